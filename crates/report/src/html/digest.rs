//! The hashes by which the page's policy knows its own style and script.
//!
//! They are taken while this crate is compiled, so they cannot differ from what they stand for; a
//! wrong one would only make a browser refuse the page's own style. Indexing out of bounds would be
//! an error of the compiler.

/// The SHA-256 of a text in base64, as a content security policy wants it.
pub(super) const fn digest(text: &str) -> [u8; 44] {
    base64(sha256(text.as_bytes()))
}

const fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut state = [
        0x6a09_e667_u32,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];
    let mut at = 0;
    // The message, one byte that ends it, and eight for its length, in blocks of 64.
    while at < bytes.len() + 9 {
        state = mixed(state, block(bytes, at));
        at += 64;
    }
    let mut out = [0; 32];
    let mut each = 0;
    while each < 32 {
        out[each] = state[each / 4].to_be_bytes()[each % 4];
        each += 1;
    }
    out
}

/// The padded message's 16 words from a place on.
const fn block(bytes: &[u8], from: usize) -> [u32; 16] {
    let blocks = (bytes.len() + 9).div_ceil(64);
    let mut words = [0; 16];
    let mut each = 0;
    while each < 64 {
        let at = from + each;
        let byte = if at < bytes.len() {
            bytes[at]
        } else if at == bytes.len() {
            0x80
        } else if at >= blocks * 64 - 8 {
            (bytes.len() as u64 * 8).to_be_bytes()[at + 8 - blocks * 64]
        } else {
            0
        };
        words[each / 4] |= (byte as u32) << (24 - 8 * (each % 4));
        each += 1;
    }
    words
}

const fn mixed(state: [u32; 8], block: [u32; 16]) -> [u32; 8] {
    let words = schedule(block);
    let mut s = state;
    let mut at = 0;
    while at < 64 {
        let big = s[4].rotate_right(6) ^ s[4].rotate_right(11) ^ s[4].rotate_right(25);
        let choice = (s[4] & s[5]) ^ (!s[4] & s[6]);
        let one = s[7].wrapping_add(big).wrapping_add(choice);
        let one = one.wrapping_add(ROUNDS[at]).wrapping_add(words[at]);
        let big = s[0].rotate_right(2) ^ s[0].rotate_right(13) ^ s[0].rotate_right(22);
        let most = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
        let two = big.wrapping_add(most);
        s = [one.wrapping_add(two), s[0], s[1], s[2], s[3].wrapping_add(one), s[4], s[5], s[6]];
        at += 1;
    }
    let mut each = 0;
    while each < 8 {
        s[each] = s[each].wrapping_add(state[each]);
        each += 1;
    }
    s
}

const fn schedule(block: [u32; 16]) -> [u32; 64] {
    let mut words = [0; 64];
    let mut at = 0;
    while at < 64 {
        words[at] = if at < 16 {
            block[at]
        } else {
            let (early, late) = (words[at - 15], words[at - 2]);
            let first = early.rotate_right(7) ^ early.rotate_right(18) ^ (early >> 3);
            let second = late.rotate_right(17) ^ late.rotate_right(19) ^ (late >> 10);
            let sum = words[at - 16].wrapping_add(first);
            sum.wrapping_add(words[at - 7]).wrapping_add(second)
        };
        at += 1;
    }
    words
}

const fn base64(bytes: [u8; 32]) -> [u8; 44] {
    let mut out = [b'='; 44];
    let mut at = 0;
    // 256 bits are 43 characters of six bits, the last of them filled with zeros.
    while at < 43 {
        let bit = at * 6;
        let here = (bytes[bit / 8] as u32) << 8;
        let next = if bit / 8 + 1 < 32 { bytes[bit / 8 + 1] as u32 } else { 0 };
        out[at] = LETTERS[(((here | next) >> (10 - bit % 8)) & 63) as usize];
        at += 1;
    }
    out
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#[rustfmt::skip]
const ROUNDS: [u32; 64] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        assert_eq!(std::str::from_utf8(&digest(text)), Ok(expect));
    }

    #[test]
    fn digests_are_those_of_the_standard() {
        check("", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        check("abc", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
        // Each of these is padded in another way.
        check(&"a".repeat(55), "n0OQ+NMMLdkuyfCVtl4rmumwqSWlJY4kHJ8ekQ9zQxg=");
        check(&"a".repeat(56), "s1Q5pKxvCUi21vnjxq8PX1kM4g8b3nCQ73lwaG7Gc4o=");
        check(&"a".repeat(64), "/+BU/nrgy23GXDr5th1SCfQ5hR20PQulmXM33xVGaOs=");
    }
}

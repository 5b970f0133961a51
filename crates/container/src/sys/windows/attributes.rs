//! Attributes of a token, by which the system tells a container that is denied what every package may
//! reach. The answer is laid out in memory with pointers into itself: `TOKEN_SECURITY_ATTRIBUTES_INFORMATION`
//! and `TOKEN_SECURITY_ATTRIBUTE_V1` of ntifs.h, on systems of 64 bits.

/// The attribute's name, and that its one value is a number other than zero.
const LESS_PRIVILEGED: &str = "WIN://NOALLAPPPKG";

/// `TOKEN_SECURITY_ATTRIBUTES_INFORMATION_VERSION_V1`.
const VERSION: u16 = 1;

/// `TOKEN_SECURITY_ATTRIBUTE_TYPE_UINT64`.
const NUMBER: u16 = 2;

/// Bytes of an attribute.
const EACH: usize = 40;

/// Most attributes that are looked at.
const MOST: u32 = 256;

/// Whether an answer that stood at `base` has that attribute. What is not laid out as it should be has not.
pub(super) fn say_less_privileged(answer: &[u8], base: u64) -> bool {
    let answer = Answer { bytes: answer, base };
    let is_one = || {
        let version = u16::from_le_bytes(answer.at(0)?);
        let count = u32::from_le_bytes(answer.at(4)?);
        let first = answer.pointer(8)?;
        let mut each = (0..count.min(MOST) as usize).map(|index| first + index * EACH);
        (version == VERSION).then(|| each.any(|at| answer.is_it(at).unwrap_or(false)))
    };
    is_one().unwrap_or(false)
}

struct Answer<'a> {
    bytes: &'a [u8],
    base: u64,
}

impl Answer<'_> {
    fn at<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.bytes.get(at..)?.first_chunk().copied()
    }

    /// Where in the answer the pointer leads that stands there.
    fn pointer(&self, at: usize) -> Option<usize> {
        let leads = u64::from_le_bytes(self.at(at)?).checked_sub(self.base)?;
        usize::try_from(leads).ok().filter(|leads| *leads < self.bytes.len())
    }

    fn is_it(&self, at: usize) -> Option<bool> {
        let length = usize::from(u16::from_le_bytes(self.at(at)?));
        let name = self.bytes.get(self.pointer(at + 8)?..)?.get(..length)?;
        let wanted = LESS_PRIVILEGED.encode_utf16().flat_map(u16::to_le_bytes);
        let kind = u16::from_le_bytes(self.at(at + 16)?);
        let values = u32::from_le_bytes(self.at(at + 24)?);
        if !name.iter().copied().eq(wanted) || kind != NUMBER || values != 1 {
            return Some(false);
        }
        let value = u64::from_le_bytes(self.at(self.pointer(at + 32)?)?);
        Some(value != 0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BASE: u64 = 0x1234_5000;

    /// An answer with these attributes, each a name and a number.
    fn answer(attributes: &[(&str, u16, u64)]) -> Vec<u8> {
        let mut all = vec![1, 0, 0, 0];
        all.extend((attributes.len() as u32).to_le_bytes());
        all.extend((BASE + 16).to_le_bytes());
        let mut behind = Vec::new();
        let start = 16 + attributes.len() * EACH;
        for (name, kind, value) in attributes {
            let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let place = |behind: &Vec<u8>| BASE + (start + behind.len()) as u64;
            let (length, at) = (units.len() as u16, place(&behind));
            behind.extend(&units);
            let values = place(&behind);
            behind.extend(value.to_le_bytes());
            for half in [length, length, 0, 0] {
                all.extend(half.to_le_bytes());
            }
            all.extend(at.to_le_bytes());
            all.extend(u32::from(*kind).to_le_bytes());
            all.extend([0; 4]);
            all.extend(1u32.to_le_bytes());
            all.extend([0; 4]);
            all.extend(values.to_le_bytes());
        }
        all.extend(behind);
        all
    }

    #[test]
    fn the_attribute_is_found_among_others() {
        let says = |attributes: &[(&str, u16, u64)]| say_less_privileged(&answer(attributes), BASE);
        assert!(says(&[(LESS_PRIVILEGED, 2, 1)]));
        assert!(says(&[("TSA://ProcUnique", 2, 7), (LESS_PRIVILEGED, 2, 1)]));
        assert!(!says(&[]));
        assert!(!says(&[(LESS_PRIVILEGED, 2, 0)]));
        assert!(!says(&[(LESS_PRIVILEGED, 3, 1)]), "a text");
        assert!(!says(&[("WIN://NOALLAPPPKGS", 2, 1), ("WIN://NOALLAPP", 2, 1)]));
    }

    #[test]
    fn what_is_cut_off_or_leads_elsewhere_says_nothing() {
        let whole = answer(&[(LESS_PRIVILEGED, 2, 1)]);
        for length in 0..whole.len() {
            assert!(!say_less_privileged(&whole[..length], BASE), "{length}");
        }
        assert!(!say_less_privileged(&whole, BASE + 8) && !say_less_privileged(&whole, 0));
        let mut other = whole;
        other[0] = 2;
        assert!(!say_less_privileged(&other, BASE), "another version");
    }

    proptest! {
        #[test]
        fn no_answer_is_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..256), base: u64) {
            let _says = say_less_privileged(&bytes, base);
        }
    }
}

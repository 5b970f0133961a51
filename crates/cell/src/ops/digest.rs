//! Random bytes and digests.

use sha2::Digest as _;

use crate::host::Host;
use crate::random;
use crate::value::{Args, Raise, Ret};

/// Most random bytes at a time, as the Web Cryptography API says.
const RANDOM_BYTES: u64 = 65_536;

pub(super) fn random(_: &Host, args: &mut Args) -> Result<Ret, Raise> {
    let count = args.count("the count")?;
    if count > RANDOM_BYTES {
        return Err(Raise::wrong("too many random bytes at a time"));
    }
    let mut bytes = vec![0; usize::try_from(count).unwrap_or(0)];
    random::fill(&mut bytes).map_err(|error| Raise::wrong(format!("no random bytes: {error}")))?;
    Ok(Ret::Bytes(bytes))
}

pub(super) fn digest(_: &Host, args: &mut Args) -> Result<Ret, Raise> {
    let algorithm = args.text("the algorithm")?;
    let bytes = args.bytes("the data")?;
    Ok(match algorithm.to_ascii_uppercase().as_str() {
        "SHA-1" => Ret::Bytes(sha1::Sha1::digest(bytes).to_vec()),
        "SHA-256" => Ret::Bytes(sha2::Sha256::digest(bytes).to_vec()),
        "SHA-384" => Ret::Bytes(sha2::Sha384::digest(bytes).to_vec()),
        "SHA-512" => Ret::Bytes(sha2::Sha512::digest(bytes).to_vec()),
        _ => Ret::Nothing,
    })
}

//! A line read as a record, and what verifying asks of it.

use serde::Deserialize;

use super::Seen;
use crate::verification::Break;
use crate::{Detail, Record};

pub(super) fn parse(bytes: &[u8]) -> Result<Record, Break> {
    #[derive(Deserialize)]
    struct Versioned {
        v: u32,
    }
    match serde_json::from_slice::<Record>(bytes) {
        Ok(record) if record.v == Record::VERSION => Ok(record),
        Ok(record) => Err(Break::UnknownVersion { version: record.v }),
        Err(_) => match serde_json::from_slice::<Versioned>(bytes) {
            Ok(other) if other.v != Record::VERSION => {
                Err(Break::UnknownVersion { version: other.v })
            }
            _ => Err(Break::NotARecord),
        },
    }
}

pub(super) fn integer(seen: &Seen<'_>, key: &str) -> Option<u64> {
    let number = seen.detail?.get(key)?.as_integer()?;
    u64::try_from(number).ok()
}

pub(super) fn text<'a>(seen: &Seen<'a>, key: &str) -> Option<&'a str> {
    seen.detail?.get(key).and_then(Detail::as_str)
}

//! Records for people and for other systems: one record in, one line of text out, without its line
//! end. The texts of a record are untrusted. Whatever they hold, the line stays one line, does
//! nothing to a terminal, and has the fields that the record has and no others.

mod cef;
mod ocsf;
mod plain;
mod target;

use crate::{Detail, Kind, Record, Verdict};

pub use cef::cef;
pub use ocsf::ocsf;
pub use plain::plain;

/// Who made the events, in the words of the formats.
const PRODUCT: &str = "Aether";

/// How grave a record is, for formats that ask for it. The log itself does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    /// A finding says itself how grave it is, in its detail `severity`.
    fn of(record: &Record) -> Severity {
        let said = record.detail.get("severity").and_then(Detail::as_str);
        match (record.kind, record.verdict) {
            (Kind::Finding, _) => Severity::said(said).unwrap_or(Severity::Medium),
            (Kind::Violation, _) | (_, Verdict::Violation) | (Kind::Unsafe, _) => Severity::High,
            (Kind::Ladder, _) => Severity::Medium,
            (_, Verdict::Denied | Verdict::Limited | Verdict::Failed) => Severity::Low,
            (_, Verdict::Allowed | Verdict::Noted) => Severity::Informational,
        }
    }

    fn said(word: Option<&str>) -> Option<Severity> {
        Some(match word? {
            "informational" | "info" => Severity::Informational,
            "low" => Severity::Low,
            "medium" => Severity::Medium,
            "high" => Severity::High,
            "critical" => Severity::Critical,
            _ => return None,
        })
    }
}

/// What no other record is called.
fn uid(record: &Record) -> String {
    format!("{}:{}", record.run, record.seq)
}

fn integer(record: &Record, key: &str) -> Option<i64> {
    record.detail.get(key).and_then(Detail::as_integer)
}

/// Milliseconds since 1970-01-01 UTC; 0 for a time that cannot be read.
fn milliseconds(record: &Record) -> i64 {
    crate::instant::of_record(&record.time).unwrap_or(0).div_euclid(1000)
}

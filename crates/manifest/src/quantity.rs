//! Sizes and durations as people write them.

use std::time::Duration;

use aether_source::{Item, Value, quoted};

/// Most digits before or after the point; more is never meant, and keeps the arithmetic exact.
const MAX_DIGITS: usize = 12;

/// Bytes by unit. `MB` and `MiB` are the same 1024 × 1024 bytes, and so on: nobody who writes a
/// memory limit of 256MB means 244 MiB. Upper and lower case are the same too.
const SIZES: [(&str, u64); 9] = [
    ("b", 1),
    ("kb", 1 << 10),
    ("kib", 1 << 10),
    ("mb", 1 << 20),
    ("mib", 1 << 20),
    ("gb", 1 << 30),
    ("gib", 1 << 30),
    ("tb", 1 << 40),
    ("tib", 1 << 40),
];

/// Milliseconds by unit.
const DURATIONS: [(&str, u64); 4] =
    [("ms", 1), ("s", 1000), ("m", 60 * 1000), ("h", 60 * 60 * 1000)];

/// Why a text is not a size or a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{typed} {problem}")]
pub struct QuantityError {
    typed: String,
    problem: QuantityProblem,
    example: &'static str,
}

impl QuantityError {
    /// What is wrong.
    pub fn problem(&self) -> QuantityProblem {
        self.problem
    }

    /// What to write instead.
    pub fn help(&self) -> String {
        format!("write a number and a unit, such as {}", self.example)
    }
}

/// The ways in which a text fails to be a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuantityProblem {
    /// It does not begin with digits.
    #[error("does not begin with a number")]
    NoNumber,
    /// Digits alone: bytes or megabytes? seconds or milliseconds?
    #[error("has no unit")]
    NoUnit,
    /// A unit that does not exist here.
    #[error("has an unknown unit")]
    UnknownUnit,
    /// More digits than make sense, or a result beyond 64 bits.
    #[error("is too large")]
    TooLarge,
}

/// Bytes from `"256MB"`, `"1.5 GiB"`, `"512kb"`. `MB` and `MiB` mean the same, 1024 × 1024 bytes.
/// Parts of a byte are dropped.
pub fn parse_size(text: &str) -> Result<u64, QuantityError> {
    let example = "\"256MB\" or \"1.5GB\"";
    parse(text, &SIZES).map_err(|problem| QuantityError { typed: quoted(text), problem, example })
}

/// A duration from `"500ms"`, `"30s"`, `"2m"`, `"1.5h"`. Parts of a millisecond are dropped.
pub fn parse_duration(text: &str) -> Result<Duration, QuantityError> {
    let example = "\"500ms\", \"30s\" or \"2m\"";
    parse(text, &DURATIONS).map(Duration::from_millis).map_err(|problem| QuantityError {
        typed: quoted(text),
        problem,
        example,
    })
}

/// Reads a size, reporting what is wrong with it.
pub fn read_size(item: &Item<'_>) -> Option<u64> {
    let help = |raw: &str| format!("write \"{raw}MB\", or whichever unit is meant");
    read(item, "a size", parse_size, help)
}

/// Reads a duration, reporting what is wrong with it.
pub fn read_duration(item: &Item<'_>) -> Option<Duration> {
    let help = |raw: &str| format!("write \"{raw}s\", or whichever unit is meant");
    read(item, "a duration", parse_duration, help)
}

/// A size in its largest fitting unit, as [`parse_size`] reads it: exact when no more than two
/// decimals are needed, else rounded down.
pub fn show_size(bytes: u64) -> String {
    let units = [("TB", 1_u64 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)];
    show(bytes, &units, "B")
}

/// A duration in its largest fitting unit, as [`parse_duration`] reads it, in the same way.
pub fn show_duration(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    show(millis, &[("h", 60 * 60 * 1000), ("m", 60 * 1000), ("s", 1000)], "ms")
}

fn read<T>(
    item: &Item<'_>,
    what: &str,
    parse: fn(&str) -> Result<T, QuantityError>,
    help: impl FnOnce(&str) -> String,
) -> Option<T> {
    if let Value::Number(number) = &item.node().value {
        let message = format!("expected {what} with a unit, found a number");
        item.error_with("wrong-type", message, help(&number.raw));
        return None;
    }
    let Some(text) = item.node().as_str() else {
        return item.expected(&format!("{what} with a unit"));
    };
    match parse(text) {
        Ok(value) => Some(value),
        Err(error) => {
            item.error_with("bad-quantity", error.to_string(), error.help());
            None
        }
    }
}

fn parse(text: &str, units: &[(&str, u64)]) -> Result<u64, QuantityProblem> {
    let number_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(number_end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.contains('.') {
        return Err(QuantityProblem::NoNumber);
    }
    let unit = unit.strip_prefix(' ').unwrap_or(unit);
    if unit.is_empty() {
        return Err(QuantityProblem::NoUnit);
    }
    let scale = units
        .iter()
        .find(|(name, _)| unit.eq_ignore_ascii_case(name))
        .map(|(_, scale)| u128::from(*scale))
        .ok_or(QuantityProblem::UnknownUnit)?;
    if whole.len() > MAX_DIGITS || fraction.len() > MAX_DIGITS {
        return Err(QuantityProblem::TooLarge);
    }
    // At most twelve digits times 2^40 fit in 128 bits, and so does ten to the twelfth.
    let digits = |text: &str| text.parse::<u128>().map_err(|_| QuantityProblem::NoNumber);
    let power = 10_u128.pow(u32::try_from(fraction.len()).unwrap_or(0));
    let total = digits(whole)? * scale + digits(fraction)? * scale / power;
    u64::try_from(total).map_err(|_| QuantityProblem::TooLarge)
}

fn show(value: u64, units: &[(&str, u64)], smallest: &str) -> String {
    for (unit, scale) in units {
        if value >= *scale {
            let hundredths = u128::from(value) * 100 / u128::from(*scale);
            let (whole, part) = (hundredths / 100, hundredths % 100);
            return match part {
                0 => format!("{whole}{unit}"),
                part if part % 10 == 0 => format!("{whole}.{}{unit}", part / 10),
                part => format!("{whole}.{part:02}{unit}"),
            };
        }
    }
    format!("{value}{smallest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(text: &str, expect: Result<u64, QuantityProblem>) {
        assert_eq!(parse_size(text).map_err(|error| error.problem()), expect, "{text:?}");
    }

    fn duration(text: &str, expect: Result<u64, QuantityProblem>) {
        let found = parse_duration(text).map_err(|error| error.problem());
        assert_eq!(found, expect.map(Duration::from_millis), "{text:?}");
    }

    #[test]
    fn sizes() {
        size("256MB", Ok(256 * 1024 * 1024));
        size("256MiB", Ok(256 * 1024 * 1024));
        size("256 mb", Ok(256 * 1024 * 1024));
        size("1.5GB", Ok(3 << 29));
        size("0.001KB", Ok(1));
        size("0B", Ok(0));
        size("12b", Ok(12));
        size("16777215TB", Ok(16_777_215 << 40));
        size("16777216TB", Err(QuantityProblem::TooLarge));
        size("9999999999999MB", Err(QuantityProblem::TooLarge));
        size("256", Err(QuantityProblem::NoUnit));
        size("256M", Err(QuantityProblem::UnknownUnit));
        size("256  MB", Err(QuantityProblem::UnknownUnit));
        size("256MB ", Err(QuantityProblem::UnknownUnit));
        for bad in ["", "MB", "-1MB", "+1MB", ".5MB", "1.MB", "1..5MB", "1.2.3MB", " 1MB", "٣MB"] {
            size(bad, Err(QuantityProblem::NoNumber));
        }
    }

    #[test]
    fn durations() {
        duration("500ms", Ok(500));
        duration("30s", Ok(30_000));
        duration("2m", Ok(120_000));
        duration("1.5h", Ok(5_400_000));
        duration("0.25s", Ok(250));
        duration("30", Err(QuantityProblem::NoUnit));
        duration("30sec", Err(QuantityProblem::UnknownUnit));
    }

    #[test]
    fn what_is_shown_is_read_again() {
        assert_eq!(show_size(256 << 20), "256MB");
        assert_eq!(show_size(3 << 29), "1.5GB");
        assert_eq!(show_size(1000), "1000B");
        assert_eq!(show_size(u64::MAX), "16777215.99TB");
        assert_eq!(show_duration(Duration::from_millis(90_000)), "1.5m");
        assert_eq!(show_duration(Duration::from_secs(30)), "30s");
        assert_eq!(show_duration(Duration::MAX), "5124095576030.43h");
        for bytes in [1, 1023, 1024, 1 << 20, 5 << 30] {
            assert_eq!(parse_size(&show_size(bytes)).unwrap(), bytes);
        }
    }

    #[test]
    fn errors_say_what_to_write() {
        let error = parse_size("12 parsecs").unwrap_err();
        assert_eq!(error.to_string(), "`12 parsecs` has an unknown unit");
        assert_eq!(error.help(), "write a number and a unit, such as \"256MB\" or \"1.5GB\"");
    }
}

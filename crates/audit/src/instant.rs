//! Times as people give them.

use jiff::Timestamp;

/// The longest text of a time.
const MAX_TIME: usize = 64;

/// A text is not a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a time is written like `2026-03-01T12:00:00Z`, or like `90s`, `10m`, `2h30m`, `7d` before now"
)]
pub struct TimeError;

/// The microseconds since 1970-01-01 UTC of a time: one of RFC 3339, or how long before `now` it was,
/// in weeks, days, hours, minutes, seconds and milliseconds (`w`, `d`, `h`, `m`, `s`, `ms`). No clock is
/// asked: `now` is in the same microseconds.
pub fn instant(text: &str, now: i64) -> Result<i64, TimeError> {
    if text.len() > MAX_TIME {
        return Err(TimeError);
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time.as_microsecond());
    }
    before(text).and_then(|long| now.checked_sub(long)).ok_or(TimeError)
}

/// The time of a record.
pub(crate) fn of_record(time: &str) -> Option<i64> {
    Some(time.parse::<Timestamp>().ok()?.as_microsecond())
}

/// A length of time: numbers with units, the larger first, each once.
fn before(text: &str) -> Option<i64> {
    let (mut rest, mut sum, mut last) = (text, 0i64, i64::MAX);
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at_checked(digits)?;
        let letters = after.bytes().take_while(u8::is_ascii_lowercase).count();
        let (name, after) = after.split_at_checked(letters)?;
        let unit = unit(name).filter(|unit| *unit < last)?;
        sum = sum.checked_add(number.parse::<i64>().ok()?.checked_mul(unit)?)?;
        (rest, last) = (after, unit);
    }
    (last != i64::MAX).then_some(sum)
}

fn unit(name: &str) -> Option<i64> {
    const SECOND: i64 = 1_000_000;
    Some(match name {
        "w" => 7 * 24 * 3600 * SECOND,
        "d" => 24 * 3600 * SECOND,
        "h" => 3600 * SECOND,
        "m" => 60 * SECOND,
        "s" => SECOND,
        "ms" => SECOND / 1000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_read_in_both_ways() {
        let now = 1_772_366_400_000_450;
        let check = |text: &str, expect: Option<i64>| {
            assert_eq!(instant(text, now).ok(), expect, "{text}");
        };
        check("2026-03-01T12:00:00.000450Z", Some(now));
        check("2026-03-01T13:00:00.00045+01:00", Some(now));
        check("10m", Some(now - 600_000_000));
        check("2h30m", Some(now - 9_000_000_000));
        check("1w2d3h4m5s6ms", Some(now - 788_645_006_000));
        check("0s", Some(now));
        for bad in ["", "m", "10", "10 m", "-5m", "5m5m", "5m2h", "1.5h", "10M", "soon", "1y"] {
            check(bad, None);
        }
        check("9223372036854775807w", None);
        check(&"1".repeat(100), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn arbitrary_text_is_no_trouble(text in "([0-9]{0,20}[a-z]{0,2}){0,4}|\\PC{0,80}", now: i64) {
            let _ = instant(&text, now);
        }

        #[test]
        fn seconds_are_seconds(seconds in 0i64..1_000_000_000, now: i64) {
            let expect = now.checked_sub(seconds * 1_000_000).ok_or(TimeError);
            prop_assert_eq!(instant(&format!("{seconds}s"), now), expect);
        }
    }
}

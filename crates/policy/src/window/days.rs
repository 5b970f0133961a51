//! Sets of week days.

use std::fmt;

use jiff::civil::Weekday;

/// A set of week days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Days(u8);

const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const LONG_NAMES: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl Days {
    /// Every day.
    pub const ALL: Days = Days(0x7f);
    /// No day.
    pub const NONE: Days = Days(0);

    /// Reads a day (`mon`, `monday`) or a range of days (`wed-fri`, `sat-mon`), case ignored.
    pub fn parse(text: &str) -> Option<Days> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last) = (number(first)?, number(last)?);
        let length = (last + 7 - first) % 7;
        Some((0..=length).map(|step| Days(1 << ((first + step) % 7))).fold(Days::NONE, Days::union))
    }

    /// Whether the day is one of them.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & (1 << day.to_monday_zero_offset()) != 0
    }

    /// The days of both.
    #[must_use]
    pub fn union(self, other: Days) -> Days {
        Days(self.0 | other.0)
    }

    /// The words a day can be written as, for suggestions.
    pub(super) fn words() -> impl Iterator<Item = &'static str> {
        NAMES.into_iter().chain(LONG_NAMES)
    }
}

fn number(name: &str) -> Option<u8> {
    let name = name.trim();
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    let at = NAMES.iter().zip(LONG_NAMES).position(|(short, long)| is(short) || is(long))?;
    u8::try_from(at).ok()
}

/// `mon, wed-fri`; ranges do not wrap around the week's end.
impl fmt::Display for Days {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has = |day: usize| day < 7 && self.0 & (1 << day) != 0;
        let mut separator = "";
        let mut day = 0;
        while day < 7 {
            let first = day;
            while has(day) {
                day += 1;
            }
            if day > first {
                out.write_str(separator)?;
                separator = ", ";
                write_range(out, first, day - 1)?;
            }
            day += 1;
        }
        Ok(())
    }
}

fn write_range(out: &mut fmt::Formatter<'_>, first: usize, last: usize) -> fmt::Result {
    let name = |day: usize| NAMES.get(day).copied().unwrap_or_default();
    if first == last {
        out.write_str(name(first))
    } else {
        write!(out, "{}-{}", name(first), name(last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_ranges_are_read_and_shown() {
        let check = |text: &str, expect: Option<&str>| {
            let shown = Days::parse(text).map(|days| days.to_string());
            assert_eq!(shown.as_deref(), expect, "{text}");
        };
        check("mon", Some("mon"));
        check("Sunday", Some("sun"));
        check("wed-fri", Some("wed-fri"));
        check("sat-mon", Some("mon, sat-sun"));
        check("mon-sun", Some("mon-sun"));
        check("tue-mon", Some("mon-sun"));
        check("fri-fri", Some("fri"));
        for wrong in ["", "-", "mon-", "-mon", "mon-tue-wed", "m", "moon", "1"] {
            check(wrong, None);
        }
    }
}

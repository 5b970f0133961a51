//! How fast a plugin may call its host, as manifests and policies write it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use aether_source::{Item, quoted};

use crate::quantity::{parse_duration, parse_size, show_duration, show_size};

/// What there are rates of: the kinds of calls, and what they carry.
pub const RATED: [&str; 7] =
    ["reads", "writes", "requests", "starts", "messages", "questions", BYTES];

/// The one of them that is no number of calls.
const BYTES: &str = "bytes";

/// Most calls in a period. Against "no limit" in disguise.
pub const MAX_CALLS: u64 = 1_000_000_000;

/// Fewest bytes in a period: less than the longest line, and a call could wait for ever.
pub const MIN_BYTES: u64 = 2 << 20;

/// Longest period: whoever has to wait longer is refused, not slowed.
pub const MAX_PERIOD: Duration = Duration::from_secs(24 * 60 * 60);

/// So many at once, and as many more in each period after that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Calls, or bytes.
    pub count: u64,
    /// How long it takes until as many more may come.
    pub period: Duration,
}

/// The rates that a file names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rates(BTreeMap<&'static str, Rate>);

impl Rates {
    /// The rate of one of [`RATED`]; nothing where the file does not name it.
    pub fn get(&self, what: &str) -> Option<Rate> {
        self.0.get(what).copied()
    }

    /// Whether the file names none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each rate that the file names, with its text.
    pub fn shown(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.0.iter().map(|(what, rate)| (*what, rate.show(what)))
    }

    /// Reads an object of rates, reporting what is wrong.
    pub fn read(item: &Item<'_>) -> Option<Rates> {
        let fields = item.fields(&RATED)?;
        let rate = |what: &'static str| Some((what, read_rate(&fields.get(what)?, what)?));
        Some(Rates(RATED.into_iter().filter_map(rate).collect()))
    }
}

impl Rate {
    /// The rate as a file writes it.
    pub fn show(&self, what: &str) -> String {
        let count = if what == BYTES { show_size(self.count) } else { self.count.to_string() };
        let period = show_duration(self.period);
        format!(
            "{count}/{}",
            period.strip_prefix('1').filter(|unit| is_unit(unit)).unwrap_or(&period)
        )
    }
}

fn is_unit(text: &str) -> bool {
    matches!(text, "ms" | "s" | "m" | "h")
}

/// What is wrong with the text of a rate.
enum Problem {
    Form,
    Range(String),
}

fn read_rate(item: &Item<'_>, what: &str) -> Option<Rate> {
    let example = if what == BYTES { "\"64MB/s\"" } else { "\"100/s\" or \"600/10m\"" };
    let help = format!("write how many, and in what time, such as {example}");
    let Some(text) = item.node().as_str() else {
        return item.expected(&format!("a rate such as {example}"));
    };
    match parse_rate(text, what) {
        Ok(rate) => return Some(rate),
        Err(Problem::Form) => {
            item.error_with("bad-rate", format!("{} is not a rate", quoted(text)), help);
        }
        Err(Problem::Range(range)) => {
            let help = "leave the key out for the default";
            item.error_with("rate-range", format!("a rate of `{what}` has {range}"), help);
        }
    }
    None
}

fn parse_rate(text: &str, what: &str) -> Result<Rate, Problem> {
    let (count, period) = text.split_once('/').ok_or(Problem::Form)?;
    let count = if what == BYTES {
        parse_size(count).map_err(|_| Problem::Form)?
    } else {
        let plain = count.bytes().all(|byte| byte.is_ascii_digit()) && !count.starts_with('0');
        count.parse().ok().filter(|_| plain).ok_or(Problem::Form)?
    };
    let whole;
    let period = match is_unit(period) {
        true => {
            whole = format!("1{period}");
            &whole
        }
        false => period,
    };
    let period = parse_duration(period).map_err(|_| Problem::Form)?;
    if what == BYTES && count < MIN_BYTES {
        return Err(Problem::Range(format!("at least {}", show_size(MIN_BYTES))));
    }
    if what != BYTES && count > MAX_CALLS {
        return Err(Problem::Range(format!("at most {MAX_CALLS} calls")));
    }
    if period.is_zero() || period > MAX_PERIOD {
        let most = show_duration(MAX_PERIOD);
        return Err(Problem::Range(format!("a period from 1ms to {most}")));
    }
    Ok(Rate { count, period })
}

impl fmt::Display for Rates {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> =
            self.shown().map(|(what, text)| format!("{what}: {text}")).collect();
        write!(out, "{{ {} }}", words.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_strictly_and_shown_as_they_are_read() {
        let check = |what: &str, text: &str, expect: Option<(u64, u64)>| {
            let found = parse_rate(text, what).ok();
            let expect =
                expect.map(|(count, millis)| Rate { count, period: Duration::from_millis(millis) });
            assert_eq!(found, expect, "{what}: {text}");
            if let Some(rate) = found {
                assert_eq!(parse_rate(&rate.show(what), what).ok(), Some(rate), "{text}");
            }
        };
        check("reads", "100/s", Some((100, 1000)));
        check("reads", "600/10m", Some((600, 600_000)));
        check("writes", "1/24h", Some((1, 86_400_000)));
        check("writes", "5/1.5s", Some((5, 1500)));
        check("bytes", "64MB/s", Some((64 << 20, 1000)));
        check("bytes", "2MB/ms", Some((2 << 20, 1)));
        for text in [
            "",
            "/",
            "100",
            "100/",
            "/s",
            "0/s",
            "-1/s",
            "+1/s",
            "01/s",
            "1.5/s",
            "100 / s",
            "100/s ",
            "100/S",
            "100/0s",
            "100/25h",
            "100/d",
            "1/s/s",
            "2000000000/s",
            "64MB/s",
            "99999999999999999999/s",
        ] {
            check("reads", text, None);
        }
        for text in ["100/s", "1MB/s", "64/s", "64MB", "MB/s"] {
            check("bytes", text, None);
        }
    }
}

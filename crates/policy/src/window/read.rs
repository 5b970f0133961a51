//! Windows as written in a policy.

use aether_source::{Fields, Item, did_you_mean, quoted};
use jiff::civil::Time;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::{Days, Window, Windows};

/// The most windows one plugin may have: each is computed at every start.
pub const MAX_WINDOWS: usize = 64;

const KEYS: &[&str] = &["days", "from", "to", "timezone"];

/// Reads a list of windows, as in a policy's `windows`, reporting every problem. Time zones are
/// looked up in `zones`.
pub fn read_windows(item: &Item<'_>, zones: &TimeZoneDatabase) -> Option<Windows> {
    let list = item.list()?;
    if list.is_empty() {
        item.error_with(
            "no-window",
            "an empty list of windows never opens",
            "remove the key, or write a window",
        );
        return None;
    }
    if list.len() > MAX_WINDOWS {
        item.error(
            "too-many-windows",
            format!("{} windows; at most {MAX_WINDOWS} are read", list.len()),
        );
        return None;
    }
    Some(Windows::new(list.iter().filter_map(|item| window(item, zones)).collect()))
}

fn window(item: &Item<'_>, zones: &TimeZoneDatabase) -> Option<Window> {
    let fields = item.fields(KEYS)?;
    let days = match fields.get("days") {
        Some(days) => read_days(&days),
        None => Some(Days::ALL),
    };
    let from = match fields.get("from") {
        Some(from) => from_time(&from),
        None => Some(Time::midnight()),
    };
    let to = match fields.get("to") {
        Some(to) => to_time(&to),
        None => Some(None),
    };
    let zone = read_zone(&fields, zones);
    let (days, from, to, zone) = (days?, from?, to?, zone?);
    if to == Some(from) {
        let help = "for the whole day leave both out, or write from: \"00:00\" and to: \"24:00\"";
        item.error_with("window-empty", "the window ends when it begins", help);
        return None;
    }
    Some(Window::new(days, from, to, zone))
}

fn read_days(item: &Item<'_>) -> Option<Days> {
    let mut all = Days::NONE;
    for (item, text) in item.strings()? {
        match Days::parse(text) {
            Some(days) => all = all.union(days),
            None => unknown_day(&item, text),
        }
    }
    if all == Days::NONE {
        let none_read = item.list().is_some_and(|list| list.is_empty());
        if none_read {
            item.error_with(
                "no-day",
                "a window without days never opens",
                "remove the key for every day",
            );
        }
        return None;
    }
    Some(all)
}

fn unknown_day(item: &Item<'_>, text: &str) {
    let help = match did_you_mean(text, Days::words()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write `mon` to `sun`, or a range such as `mon-fri`".to_owned(),
    };
    item.error_with("unknown-day", format!("{} is no day of the week", quoted(text)), help);
}

fn from_time(item: &Item<'_>) -> Option<Time> {
    let text = item.string()?;
    let time = clock(text);
    if time.is_none() {
        wrong_time(item, text, "write hours and minutes, from \"00:00\" to \"23:59\"");
    }
    time
}

/// `24:00` is the end of the day, which the inner `None` stands for.
fn to_time(item: &Item<'_>) -> Option<Option<Time>> {
    let text = item.string()?;
    if text == "24:00" {
        return Some(None);
    }
    let time = clock(text);
    if time.is_none() {
        wrong_time(item, text, "write hours and minutes, from \"00:00\" to \"24:00\"");
    }
    time.map(Some)
}

fn wrong_time(item: &Item<'_>, text: &str, help: &str) {
    item.error_with("wrong-time", format!("{} is no time of day", quoted(text)), help);
}

/// `HH:MM`, both with two digits.
fn clock(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    Time::new(two_digits(hour)?, two_digits(minute)?, 0, 0).ok()
}

fn two_digits(text: &str) -> Option<i8> {
    let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

fn read_zone(fields: &Fields<'_>, zones: &TimeZoneDatabase) -> Option<TimeZone> {
    let help = "write an IANA name such as timezone: Europe/Berlin, or timezone: UTC";
    let item = fields.require_with("timezone", help)?;
    let name = item.string()?;
    if let Ok(zone) = zones.get(name) {
        return Some(zone);
    }
    let message = format!("there is no time zone {}", quoted(name));
    let known: Vec<String> = zones.available().map(|zone| zone.as_str().to_owned()).collect();
    match did_you_mean(name, known.iter().map(String::as_str)) {
        Some(near) => {
            item.error_with("unknown-timezone", message, format!("did you mean `{near}`?"))
        }
        None => item.error_with(
            "unknown-timezone",
            message,
            "write an IANA name such as `Europe/Berlin`, or `UTC`",
        ),
    }
    None
}

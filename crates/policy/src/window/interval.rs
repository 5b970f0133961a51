//! Windows and the instants at which they open and close.

use std::fmt;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp};

use super::Days;

/// How many days ahead an opening is looked for. Every window opens within a week; one that the
/// change of the clock skips on its only day opens in the next.
const DAYS_AHEAD: i32 = 15;
/// How often windows that follow each other without a break are joined to find the end: daily
/// windows chain for ever.
const MAX_JOINED: usize = 32;

/// A weekly window.
#[derive(Clone, Debug)]
pub struct Window {
    days: Days,
    from: Time,
    /// `None`: the end of the day (`24:00`).
    to: Option<Time>,
    zone: TimeZone,
}

impl Window {
    /// A window that begins at `from` on each of the days and ends at the next `to`: on the same
    /// day when that is later, else on the following one. Without `to` it ends with the day.
    pub fn new(days: Days, from: Time, to: Option<Time>, zone: TimeZone) -> Self {
        Window { days, from, to, zone }
    }

    /// Whether the window is open.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.closes_at(now).is_some()
    }

    /// When the window closes, if it is open.
    pub fn closes_at(&self, now: Timestamp) -> Option<Timestamp> {
        // Two days back: a window reaches into the next day, and a clock can skip a day. One ahead:
        // a clock can be set back over midnight.
        let around = self.openings(now, -2, 1);
        around
            .filter(|(opens, closes)| *opens <= now && now < *closes)
            .map(|(_, closes)| closes)
            .max()
    }

    /// The first instant from `now` on at which the window is open: `now` itself when it is.
    pub fn next_opening(&self, now: Timestamp) -> Option<Timestamp> {
        if self.is_open(now) {
            return Some(now);
        }
        let ahead = self.openings(now, -2, DAYS_AHEAD);
        ahead.map(|(opens, _)| opens).filter(|opens| *opens >= now).min()
    }

    /// The window as a policy writes it, with every key.
    pub(crate) fn to_yaml(&self) -> String {
        let to = self.to.map_or_else(|| "24:00".to_owned(), |to| to.strftime("%H:%M").to_string());
        format!(
            "{{ days: [{}], from: \"{}\", to: \"{to}\", timezone: \"{}\" }}",
            self.days,
            self.from.strftime("%H:%M"),
            self.zone.iana_name().unwrap_or("UTC"),
        )
    }

    /// The openings on the days around `now`, from `first` to `last` days away.
    fn openings(
        &self,
        now: Timestamp,
        first: i32,
        last: i32,
    ) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let today = self.zone.to_datetime(now).date();
        (first..=last).filter_map(move |away| {
            self.opening(today.checked_add(Span::new().try_days(away).ok()?).ok()?)
        })
    }

    fn opening(&self, day: Date) -> Option<(Timestamp, Timestamp)> {
        if !self.days.contains(day.weekday()) {
            return None;
        }
        let end = match self.to {
            Some(to) if to > self.from => day.to_datetime(to),
            to => day.tomorrow().ok()?.to_datetime(to.unwrap_or(Time::midnight())),
        };
        let opens = instant(&self.zone, day.to_datetime(self.from))?;
        let closes = instant(&self.zone, end)?;
        (opens < closes).then_some((opens, closes))
    }
}

/// The instant at which a clock in the zone shows this time: the first one if it does so twice, the
/// instant of the skip if it never does.
fn instant(zone: &TimeZone, shown: DateTime) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(shown);
    let earlier = ambiguous.earlier().ok()?;
    match ambiguous.offset() {
        AmbiguousOffset::Gap { .. } => {
            zone.following(earlier).next().map(|change| change.timestamp())
        }
        _ => Some(earlier),
    }
}

/// `mon-fri 22:00 to 06:00, Europe/Berlin`
impl fmt::Display for Window {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zone = self.zone.iana_name().unwrap_or("a local time zone");
        write!(out, "{} {} to ", self.days, self.from.strftime("%H:%M"))?;
        match self.to {
            Some(to) => write!(out, "{}", to.strftime("%H:%M"))?,
            None => out.write_str("24:00")?,
        }
        write!(out, ", {zone}")
    }
}

/// The windows of a plugin: it may start in any of them.
#[derive(Clone, Debug, Default)]
pub struct Windows(Vec<Window>);

impl Windows {
    /// A set of windows; an empty one is never open.
    pub fn new(windows: Vec<Window>) -> Self {
        Windows(windows)
    }

    /// Whether one of the windows is open.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.0.iter().any(|window| window.is_open(now))
    }

    /// When the last of the open windows closes; windows that follow without a break count as one.
    /// `None` when none is open. For windows that never close, the answer is some weeks away.
    pub fn closes_at(&self, now: Timestamp) -> Option<Timestamp> {
        let next = |at: &Timestamp| self.0.iter().filter_map(|window| window.closes_at(*at)).max();
        std::iter::successors(next(&now), next).take(MAX_JOINED).last()
    }

    /// The first instant from `now` on at which a window is open: `now` itself when one is.
    pub fn next_opening(&self, now: Timestamp) -> Option<Timestamp> {
        self.0.iter().filter_map(|window| window.next_opening(now)).min()
    }

    /// The same by the clock of the window that opens: `2026-11-24 08:00 in Europe/Berlin`.
    pub fn next_opening_shown(&self, now: Timestamp) -> Option<String> {
        let openings = self.0.iter().filter_map(|window| Some((window.next_opening(now)?, window)));
        let (at, window) = openings.min_by_key(|(at, _)| *at)?;
        let local = window.zone.to_datetime(at).strftime("%a %Y-%m-%d %H:%M").to_string();
        Some(format!("{local} in {}", window.zone.iana_name().unwrap_or("a local time zone")))
    }

    /// The windows as written.
    pub fn iter(&self) -> impl Iterator<Item = &Window> {
        self.0.iter()
    }
}

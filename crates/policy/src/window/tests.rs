//! Windows against instants, with the days on which the clock changes.

use aether_source::{Reader, Source, yaml};
use jiff::Timestamp;
use jiff::tz::TimeZoneDatabase;

use super::{Windows, read_windows};

fn read(text: &str) -> Result<Windows, Vec<String>> {
    let source = Source::new("w.yaml", text);
    let node = yaml(&source).unwrap();
    let reader = Reader::new(&source);
    let found = read_windows(&reader.root(&node), &TimeZoneDatabase::bundled());
    let said = |problems: Vec<aether_source::Diagnostic>| {
        problems.iter().map(ToString::to_string).collect()
    };
    reader.finish(found).map(|(found, _)| found).map_err(said)
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The window (in flow notation), an instant, and when it closes if it is open or else when it
/// opens.
fn check(window: &str, now: &str, expect: &str) {
    let windows = read(&format!("[{window}]")).unwrap();
    let now = at(now);
    let found = match windows.closes_at(now) {
        Some(closes) => format!("open to {closes}"),
        None => format!("opens {}", windows.next_opening(now).unwrap()),
    };
    assert_eq!(windows.is_open(now), expect.starts_with("open to"), "{window} {now}");
    assert_eq!(found, expect, "{window} {now}");
}

#[test]
fn a_window_is_open_from_its_beginning_to_before_its_end() {
    let office = "{ days: [mon-fri], from: '09:00', to: '17:00', timezone: UTC }";
    check(office, "2026-11-23T08:59:59Z", "opens 2026-11-23T09:00:00Z");
    check(office, "2026-11-23T09:00:00Z", "open to 2026-11-23T17:00:00Z");
    check(office, "2026-11-23T16:59:59.999Z", "open to 2026-11-23T17:00:00Z");
    check(office, "2026-11-23T17:00:00Z", "opens 2026-11-24T09:00:00Z");
    check(office, "2026-11-27T17:00:00Z", "opens 2026-11-30T09:00:00Z");
}

#[test]
fn a_window_over_midnight_belongs_to_the_day_it_begins_on() {
    let night = "{ days: [fri], from: '22:00', to: '06:00', timezone: Europe/Berlin }";
    check(night, "2026-11-27T20:59:59Z", "opens 2026-11-27T21:00:00Z");
    check(night, "2026-11-28T04:59:59Z", "open to 2026-11-28T05:00:00Z");
    check(night, "2026-11-27T04:00:00Z", "opens 2026-11-27T21:00:00Z");
    check(night, "2026-11-28T05:00:00Z", "opens 2026-12-04T21:00:00Z");
    let day = "{ days: [sat], timezone: Asia/Kolkata }";
    check(day, "2026-11-27T18:30:00Z", "open to 2026-11-28T18:30:00Z");
    check(day, "2026-11-28T18:30:00Z", "opens 2026-12-04T18:30:00Z");
}

#[test]
fn windows_that_follow_without_a_break_are_one() {
    let two = "{ days: [mon], from: '20:00', timezone: UTC }, { days: [tue], to: '04:00', timezone: UTC }";
    check(two, "2026-11-23T21:00:00Z", "open to 2026-11-24T04:00:00Z");
    let overlap = "{ from: '08:00', to: '12:00', timezone: UTC }, { from: '10:00', to: '14:00', timezone: UTC }";
    check(overlap, "2026-11-23T09:00:00Z", "open to 2026-11-23T14:00:00Z");
    let always = read("[{ timezone: UTC }]").unwrap();
    assert!(always.closes_at(at("2026-11-23T09:00:00Z")).unwrap() > at("2026-12-20T00:00:00Z"));
}

/// Europe/Berlin skips 02:00 to 03:00 on 2026-03-29: 01:00Z is 03:00.
#[test]
fn a_time_that_the_clock_skips_is_the_instant_of_the_skip() {
    let zone = "timezone: Europe/Berlin";
    check(
        &format!("{{ days: [sun], from: '02:30', to: '05:00', {zone} }}"),
        "2026-03-29T00:59:59Z",
        "opens 2026-03-29T01:00:00Z",
    );
    check(
        &format!("{{ days: [sun], from: '02:30', to: '05:00', {zone} }}"),
        "2026-03-29T01:00:00Z",
        "open to 2026-03-29T03:00:00Z",
    );
    check(
        &format!("{{ days: [sun], from: '01:00', to: '02:30', {zone} }}"),
        "2026-03-29T00:30:00Z",
        "open to 2026-03-29T01:00:00Z",
    );
    check(
        &format!("{{ days: [sun], from: '02:10', to: '02:50', {zone} }}"),
        "2026-03-29T00:30:00Z",
        "opens 2026-04-05T00:10:00Z",
    );
}

/// Europe/Berlin shows 02:00 to 03:00 twice on 2026-10-25: from 00:00Z and again from 01:00Z.
#[test]
fn a_time_that_the_clock_shows_twice_is_the_first() {
    let zone = "timezone: Europe/Berlin";
    check(
        &format!("{{ days: [sun], from: '02:30', to: '05:00', {zone} }}"),
        "2026-10-25T00:00:00Z",
        "opens 2026-10-25T00:30:00Z",
    );
    check(
        &format!("{{ days: [sun], from: '02:30', to: '05:00', {zone} }}"),
        "2026-10-25T00:30:00Z",
        "open to 2026-10-25T04:00:00Z",
    );
    check(
        &format!("{{ days: [sun], from: '02:10', to: '02:50', {zone} }}"),
        "2026-10-25T00:20:00Z",
        "open to 2026-10-25T00:50:00Z",
    );
    check(
        &format!("{{ days: [sun], from: '02:10', to: '02:50', {zone} }}"),
        "2026-10-25T01:20:00Z",
        "opens 2026-11-01T01:10:00Z",
    );
}

/// Pacific/Apia had no 2011-12-30, which was a Friday.
#[test]
fn a_day_that_the_clock_skips_has_no_window() {
    let friday = "{ days: [fri], from: '09:00', to: '17:00', timezone: Pacific/Apia }";
    check(friday, "2011-12-30T09:30:00Z", "opens 2012-01-05T19:00:00Z");
}

#[test]
fn the_ends_of_time_do_not_panic() {
    let windows =
        read("[{ days: [mon-fri], from: '22:00', to: '06:00', timezone: Europe/Berlin }]").unwrap();
    for now in [Timestamp::MIN, Timestamp::MAX] {
        let _ = (windows.is_open(now), windows.closes_at(now), windows.next_opening(now));
    }
}

#[test]
fn every_problem_is_reported() {
    let wrong = |text: &str, expect: &[&str]| {
        assert_eq!(read(text).unwrap_err(), expect, "{text}");
    };
    wrong(
        "[]",
        &[
            "w.yaml:1:1: error: an empty list of windows never opens\n  help: remove the key, or write a window",
        ],
    );
    wrong(
        "- { days: [mo, x], from: '9:00', to: '24:01', timezone: Europe/Berlim, until: 1 }",
        &[
            "w.yaml:1:12: error: `mo` is no day of the week\n  help: did you mean `mon`?",
            "w.yaml:1:16: error: `x` is no day of the week\n  help: write `mon` to `sun`, or a range such as `mon-fri`",
            "w.yaml:1:26: error: `9:00` is no time of day\n  help: write hours and minutes, from \"00:00\" to \"23:59\"",
            "w.yaml:1:38: error: `24:01` is no time of day\n  help: write hours and minutes, from \"00:00\" to \"24:00\"",
            "w.yaml:1:57: error: there is no time zone `Europe/Berlim`\n  help: did you mean `Europe/Berlin`?",
            "w.yaml:1:72: error: unknown key `until` in `0`\n  help: known here: `days`, `from`, `to` or `timezone`",
        ],
    );
    wrong(
        "[{ from: '09:00' }]",
        &[
            "w.yaml:1:4: error: the key `timezone` is missing\n  help: write an IANA name such as timezone: Europe/Berlin, or timezone: UTC",
        ],
    );
    wrong(
        "[{ from: '09:00', to: '09:00', timezone: UTC }]",
        &[
            "w.yaml:1:2: error: the window ends when it begins\n  help: for the whole day leave both out, or write from: \"00:00\" and to: \"24:00\"",
        ],
    );
    wrong(
        "[{ days: [], timezone: UTC }]",
        &[
            "w.yaml:1:10: error: a window without days never opens\n  help: remove the key for every day",
        ],
    );
}

#[test]
fn a_window_is_shown_as_written() {
    let windows = read("[{ days: [mon, wed-fri], from: '22:00', to: '06:00', timezone: Europe/Berlin }, { timezone: UTC }]").unwrap();
    let shown: Vec<String> = windows.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        ["mon, wed-fri 22:00 to 06:00, Europe/Berlin", "mon-sun 00:00 to 24:00, UTC"]
    );
}

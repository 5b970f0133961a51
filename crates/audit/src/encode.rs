//! An event made into a line.

use blake3::Hash;
use jiff::Timestamp;
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::inert::Inert;
use crate::limits::{
    MAX_ACTION, MAX_DETAIL_KEY, MAX_DETAIL_TEXT, MAX_DETAILS, MAX_OBJECT, MAX_PLUGIN, MAX_RULE,
    capped,
};
use crate::summary::OWN;
use crate::{Event, Kind, Record, Value, Verdict, chain};

/// What the log itself adds to an event.
pub(crate) struct Stamp<'a> {
    pub(crate) seq: u64,
    pub(crate) wall_us: i64,
    pub(crate) mono_us: u64,
    pub(crate) run: &'a str,
    pub(crate) prev: Hash,
}

/// Appends the line to `out` and returns its hash. On an error `out` is as it was.
pub(crate) fn line(
    out: &mut Vec<u8>,
    stamp: &Stamp<'_>,
    event: &Event<'_>,
) -> Result<Hash, serde_json::Error> {
    let start = out.len();
    let prev = stamp.prev.to_hex();
    let time = rfc3339(stamp.wall_us);
    let mut cut = Cut::default();
    let line = Line {
        v: Record::VERSION,
        seq: stamp.seq,
        time: &time,
        mono_us: stamp.mono_us,
        run: stamp.run,
        kind: event.kind,
        plugin: event.plugin.map(|text| cut.cap("plugin", text, MAX_PLUGIN)),
        cell: event.cell,
        action: cut.cap("action", event.action, MAX_ACTION),
        object: event.object.map(|text| cut.cap("object", text, MAX_OBJECT)),
        verdict: event.verdict,
        rule: event.rule.map(|text| cut.cap("rule", text, MAX_RULE)),
        detail: cut.details(event),
        truncated: cut.0,
        prev: &prev,
    };
    let written = line.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, Inert));
    if let Err(error) = written {
        out.truncate(start);
        return Err(error);
    }
    Ok(chain::seal(out, start))
}

/// A time beyond the year 9999, which only a broken clock gives, becomes the epoch.
pub(crate) fn rfc3339(wall_us: i64) -> String {
    let time = Timestamp::from_microsecond(wall_us).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{time:.6}")
}

/// The order of the fields in a line. `hash` follows when the line is sealed.
#[derive(serde::Serialize)]
struct Line<'a> {
    v: u32,
    seq: u64,
    time: &'a str,
    mono_us: u64,
    run: &'a str,
    kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    plugin: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cell: Option<u32>,
    action: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'a str>,
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    #[serde(skip_serializing_if = "Details::is_empty")]
    detail: Details<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    truncated: Vec<&'static str>,
    prev: &'a str,
}

struct Details<'a>(Vec<(&'a str, Value<'a>)>);

impl Details<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Details<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// The fields that were too long.
#[derive(Default)]
struct Cut(Vec<&'static str>);

impl Cut {
    fn cap<'a>(&mut self, field: &'static str, text: &'a str, max: usize) -> &'a str {
        let (text, is_cut) = capped(text, max);
        if is_cut {
            self.mark(field);
        }
        text
    }

    fn mark(&mut self, field: &'static str) {
        if self.0.last() != Some(&field) {
            self.0.push(field);
        }
    }

    /// Keys that become equal by being cut stand next to each other, since the map is sorted; the
    /// first is kept. What the log is verified by always has room.
    fn details<'a>(&mut self, event: &Event<'a>) -> Details<'a> {
        let is_own = |key: &str| event.kind.is_reserved() && OWN.contains(&key);
        let own = event.detail.keys().filter(|key| is_own(key)).count();
        let mut room = MAX_DETAILS.saturating_sub(own);
        let mut kept: Vec<(&str, Value<'_>)> =
            Vec::with_capacity(event.detail.len().min(MAX_DETAILS));
        for (key, value) in &event.detail {
            let is_other = !is_own(key);
            let key = self.cap("detail", key, MAX_DETAIL_KEY);
            if (is_other && room == 0) || kept.last().is_some_and(|(last, _)| *last == key) {
                self.mark("detail");
                continue;
            }
            room -= usize::from(is_other);
            let value = match value {
                Value::Text(text) => Value::Text(self.cap("detail", text, MAX_DETAIL_TEXT)),
                other => *other,
            };
            kept.push((key, value));
        }
        Details(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MAX_LINE;

    fn encode(event: &Event<'_>) -> (Vec<u8>, Record) {
        let stamp = Stamp {
            seq: u64::MAX,
            wall_us: 1_772_366_400_000_450,
            mono_us: u64::MAX,
            run: "000102030405060708090a0b0c0d0e0f",
            prev: blake3::hash(b""),
        };
        let mut out = Vec::new();
        let hash = line(&mut out, &stamp, event).unwrap();
        let record: Record = serde_json::from_slice(&out).unwrap();
        assert_eq!(record.hash, hash.to_hex().as_str());
        (out, record)
    }

    #[test]
    fn a_line_has_this_form() {
        let event = Event::new(Kind::Denied, "fs.read", Verdict::Denied)
            .plugin("log-reader")
            .cell(1)
            .object("/etc/shadow")
            .rule("aether-plugin.json:6:15")
            .detail("count", 3);
        let (line, _) = encode(&event);
        let line = String::from_utf8(line).unwrap();
        let expect = concat!(
            r#"{"v":1,"seq":18446744073709551615,"time":"2026-03-01T12:00:00.000450Z","#,
            r#""mono_us":18446744073709551615,"run":"000102030405060708090a0b0c0d0e0f","#,
            r#""kind":"denied","plugin":"log-reader","cell":1,"action":"fs.read","#,
            r#""object":"/etc/shadow","verdict":"denied","rule":"aether-plugin.json:6:15","#,
            r#""detail":{"count":3},"#,
            r#""prev":"af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262","hash":""#,
        );
        assert_eq!(line.get(..expect.len()), Some(expect));
        assert_eq!(line.len(), expect.len() + 64 + 3);
    }

    #[test]
    fn the_longest_possible_record_fits_in_a_line() {
        let long = "\u{9b}".repeat(100_000);
        let keys: Vec<String> = (0..1000).map(|key| format!("{key}{long}")).collect();
        let mut event = Event::new(Kind::HostCall, &long, Verdict::Noted)
            .plugin(&long)
            .object(&long)
            .rule(&long);
        for key in &keys {
            event = event.detail(key, &long);
        }
        let (line, record) = encode(&event);
        assert!(line.len() <= MAX_LINE, "{}", line.len());
        assert_eq!(record.truncated, ["plugin", "action", "object", "rule", "detail"]);
        assert_eq!(record.detail.len(), MAX_DETAILS);
        assert_eq!(record.object.unwrap().len(), MAX_OBJECT);
    }

    #[test]
    fn what_a_log_is_verified_by_is_kept_beside_however_much_else() {
        let keys: Vec<String> = (0..200).map(|number| format!("plugin {number:03}")).collect();
        let full = |kind| {
            let mut event = Event::new(kind, "run", Verdict::Noted);
            for key in &keys {
                event = event.detail(key, "b3:00");
            }
            encode(&OWN.iter().fold(event, |event, key| event.detail(key, 7))).1
        };
        let record = full(Kind::RunStart);
        assert_eq!(
            (record.detail.len(), &*record.truncated),
            (MAX_DETAILS, &["detail".to_owned()][..])
        );
        assert!(OWN.iter().all(|key| record.detail[*key].as_integer() == Some(7)));
        assert!(
            record.detail.contains_key("plugin 050") && !record.detail.contains_key("plugin 051")
        );
        let record = full(Kind::Load);
        assert_eq!(record.detail.len(), MAX_DETAILS);
        assert!(!record.detail.contains_key("segment"), "elsewhere the words are a caller's own");
    }

    #[test]
    fn keys_that_become_equal_are_kept_once() {
        let long = "k".repeat(MAX_DETAIL_KEY);
        let (first, second) = (format!("{long}1"), format!("{long}2"));
        let event = Event::new(Kind::Load, "load", Verdict::Noted)
            .detail(&first, 1)
            .detail(&second, 2)
            .detail(&long, 0);
        let (_, record) = encode(&event);
        assert_eq!(record.detail.len(), 1);
        assert_eq!(record.detail[&long].as_integer(), Some(0));
        assert_eq!(record.truncated, ["detail"]);
    }

    #[test]
    fn times_have_microseconds() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(rfc3339(-1), "1969-12-31T23:59:59.999999Z");
        assert_eq!(rfc3339(i64::MAX), "1970-01-01T00:00:00.000000Z");
        assert_eq!(rfc3339(i64::MIN), "1970-01-01T00:00:00.000000Z");
    }
}

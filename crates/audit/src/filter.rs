//! Picking records.

use crate::{Kind, Record, Verdict, instant};

/// What a record must be to be picked. What is empty asks for nothing; all that is asked for must
/// hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The plugin's name.
    pub plugin: Option<String>,
    /// One of these kinds.
    pub kinds: Vec<Kind>,
    /// One of these verdicts.
    pub verdicts: Vec<Verdict>,
    /// What the action begins with: `fs.` picks every one on files.
    pub action: Option<String>,
    /// The cell.
    pub cell: Option<u32>,
    /// The run.
    pub run: Option<String>,
    /// Not before this time, in microseconds since 1970-01-01 UTC; see [`instant`](crate::instant()).
    pub since: Option<i64>,
    /// Before this time, in the same way.
    pub until: Option<i64>,
}

impl Filter {
    /// Whether a record is picked. One whose time cannot be read is not, where a time is asked for.
    pub fn matches(&self, record: &Record) -> bool {
        is_same(self.plugin.as_deref(), record.plugin.as_deref())
            && (self.kinds.is_empty() || self.kinds.contains(&record.kind))
            && (self.verdicts.is_empty() || self.verdicts.contains(&record.verdict))
            && self.action.as_ref().is_none_or(|begin| record.action.starts_with(begin))
            && (self.cell.is_none() || self.cell == record.cell)
            && is_same(self.run.as_deref(), Some(&record.run))
            && self.is_in_time(record)
    }

    fn is_in_time(&self, record: &Record) -> bool {
        if self.since.is_none() && self.until.is_none() {
            return true;
        }
        let Some(time) = instant::of_record(&record.time) else { return false };
        self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time < until)
    }
}

fn is_same(wanted: Option<&str>, found: Option<&str>) -> bool {
    wanted.is_none() || wanted == found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Event, Log, Records, RunId, Start};

    fn record() -> Record {
        let run = RunId::parse(&"a".repeat(32)).unwrap();
        let (log, memory) = Log::memory(run, &Start::default()).unwrap();
        let event = Event::new(Kind::Denied, "fs.read", Verdict::Denied).plugin("reader").cell(3);
        log.record(&event).unwrap();
        let record = Records::new(&memory.bytes()[..]).nth(1).unwrap().unwrap();
        Record { time: "2026-03-01T12:00:00.000450Z".to_owned(), ..record }
    }

    #[test]
    fn every_field_is_asked_for_by_itself_and_with_others() {
        let noon = 1_772_366_400_000_450;
        let text = |text: &str| Some(text.to_owned());
        let check = |change: &dyn Fn(&mut Filter), expect: bool| {
            let mut filter = Filter::default();
            change(&mut filter);
            assert_eq!(filter.matches(&record()), expect, "{filter:?}");
        };
        check(&|_| {}, true);
        check(&|filter| filter.plugin = text("reader"), true);
        check(&|filter| filter.plugin = text("read"), false);
        check(&|filter| filter.kinds = vec![Kind::Call, Kind::Denied], true);
        check(&|filter| filter.kinds = vec![Kind::Call], false);
        check(&|filter| filter.verdicts = vec![Verdict::Denied], true);
        check(&|filter| filter.verdicts = vec![Verdict::Allowed], false);
        check(&|filter| filter.action = text("fs."), true);
        check(&|filter| filter.action = text("fs.read"), true);
        check(&|filter| filter.action = text("s.read"), false);
        check(&|filter| filter.cell = Some(3), true);
        check(&|filter| filter.cell = Some(0), false);
        check(&|filter| filter.run = text(&"a".repeat(32)), true);
        check(&|filter| filter.run = text(&"b".repeat(32)), false);
        check(&|filter| filter.since = Some(noon), true);
        check(&|filter| filter.since = Some(noon + 1), false);
        check(&|filter| filter.until = Some(noon + 1), true);
        check(&|filter| filter.until = Some(noon), false);
        check(&|filter| (filter.cell, filter.action) = (Some(3), text("net")), false);
    }

    #[test]
    fn what_is_not_there_is_not_what_is_asked_for() {
        let record = Record { plugin: None, cell: None, time: "?".to_owned(), ..record() };
        let plugin = Filter { plugin: Some("reader".to_owned()), ..Filter::default() };
        assert!(!plugin.matches(&record));
        assert!(!Filter { cell: Some(3), ..Filter::default() }.matches(&record));
        assert!(!Filter { since: Some(i64::MIN), ..Filter::default() }.matches(&record));
        assert!(Filter::default().matches(&record));
    }
}

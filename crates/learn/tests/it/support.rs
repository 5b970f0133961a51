//! Records that were never written, and what is made of them.

use std::collections::BTreeMap;

use aether_audit::{Detail, Kind, Record, Verdict};
use aether_learn::{Observations, Options, Peaks, Suggestion, suggest};
use aether_manifest::{Manifest, Permission};
use aether_source::Source;

/// The plugin that everything here is about.
pub(crate) const PLUGIN: &str = "notes";

pub(crate) fn record(kind: Kind, action: &str, object: &str, verdict: Verdict) -> Record {
    Record {
        v: Record::VERSION,
        seq: 0,
        time: String::new(),
        mono_us: 0,
        run: String::new(),
        kind,
        plugin: Some(PLUGIN.to_owned()),
        cell: Some(1),
        action: action.to_owned(),
        object: Some(object.to_owned()),
        verdict,
        rule: None,
        detail: BTreeMap::new(),
        truncated: Vec::new(),
        prev: String::new(),
        hash: String::new(),
    }
}

pub(crate) fn call(action: &str, object: &str) -> Record {
    record(Kind::HostCall, action, object, Verdict::Allowed)
}

pub(crate) fn denied(permission: &str, object: &str) -> Record {
    record(Kind::Denied, permission, object, Verdict::Denied)
}

pub(crate) fn with(mut record: Record, key: &str, value: &str) -> Record {
    record.detail.insert(key.to_owned(), Detail::Text(value.to_owned()));
    record
}

/// The records in this order, numbered.
pub(crate) fn seen(records: impl IntoIterator<Item = Record>) -> Observations {
    let number = |(seq, record): (u64, Record)| Record { seq, ..record };
    Observations::of((0..).zip(records).map(number), PLUGIN)
}

pub(crate) fn suggestion(records: impl IntoIterator<Item = Record>) -> Suggestion {
    suggest(&seen(records), &Peaks::default(), None, &Options::default())
}

/// The entries of a permission, in their order.
pub(crate) fn entries(suggestion: &Suggestion, permission: Permission) -> Vec<&str> {
    let lines = suggestion.lines.iter().filter(|line| line.permission == permission);
    lines.map(|line| line.entry.as_str()).collect()
}

/// What is asked for when these files are read.
pub(crate) fn reading<'a>(paths: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let found = suggestion(paths.into_iter().map(|path| call("fs.read", path)));
    entries(&found, Permission::FilesystemRead).into_iter().map(str::to_owned).collect()
}

pub(crate) fn manifest(text: &str) -> Manifest {
    let read = aether_manifest::parse(Source::new("aether-plugin.json", text));
    read.unwrap_or_else(|problems| panic!("{text}: {problems:?}"))
}

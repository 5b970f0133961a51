//! What holds for any observations.

use std::collections::BTreeSet;

use aether_audit::{Kind, Record, Verdict};
use aether_learn::{Options, Peaks, Suggestion, suggest, tighten, without_sensitive};
use aether_manifest::{DomainPattern, MAX_ENTRIES, METHODS, Manifest, Permission};
use aether_path::{PathPattern, VirtualPath};
use aether_policy::sensitive;
use aether_source::Source;
use proptest::prelude::*;

use crate::support::{call, denied, manifest, record, seen, suggestion};

/// Names that vary, names that do not, and names that are traps.
fn name() -> impl Strategy<Value = String> {
    let trap = [".ssh", ".aws", "id_rsa", ".config", "private", ".env"];
    prop_oneof![
        4 => "[abc]{1,2}",
        2 => "log\\.[0-9]{1,2}",
        1 => "v[0-9]\\.[0-9]",
        1 => "2026-1[0-2]-[0-2][1-9]\\.txt",
        1 => "[0-9a-f]{7,18}",
        1 => "tmp\\.[A-Za-z0-9]{6}",
        1 => "[0-9]{1,3}",
        1 => prop::sample::select(trap.to_vec()).prop_map(str::to_owned),
        1 => "[ab*?\\[\\]{}!\\\\\n]{1,5}",
    ]
}

fn path() -> impl Strategy<Value = String> {
    let top = prop_oneof![
        5 => Just("/workspace"),
        2 => Just("/var/log"),
        3 => prop::sample::select(vec!["", "/etc", "/etc/ssl", "/home", "/home/a", "/proc"]),
    ];
    (top, prop::collection::vec(name(), 1..4))
        .prop_map(|(top, names)| format!("{top}/{}", names.join("/")))
}

fn host_call() -> impl Strategy<Value = Record> {
    let file = ["fs.read", "fs.write", "fs.list", "fs.stat", "fs.open", "fs.mkdir", "fs.remove"];
    let request =
        "(GET |POST | )[ab]\\.(example\\.com|co\\.uk|x\\.example\\.org)(:80|)(/[ab1]{0,3}){0,3}";
    prop_oneof![
        8 => (prop::sample::select(file.to_vec()), path())
            .prop_map(|(action, path)| call(action, &path)),
        1 => request.prop_map(|request| call("network.request", &request)),
        1 => "[A-Z]{1,3}".prop_map(|name| call("env.get", &name)),
        1 => path().prop_map(|path| denied("filesystem.read", &path)),
    ]
}

fn host_calls() -> impl Strategy<Value = Vec<Record>> {
    prop::collection::vec(host_call(), 0..60)
}

/// Any words where the log has words.
fn any_record() -> impl Strategy<Value = Record> {
    let actions = [
        "fs.rename",
        "fs.read",
        "network.request",
        "openat",
        "execve",
        "renameat2",
        "plugins.call",
        "events.on",
        "filesystem.write",
        "secrets",
        "process",
        "network.inbound",
    ];
    let kinds = [Kind::HostCall, Kind::SystemCall, Kind::Denied, Kind::Changeset];
    let verdicts = [Verdict::Allowed, Verdict::Denied, Verdict::Noted];
    let object = "(openat |execve |)[/ab*. \\[>%:1\n\\-é\"]{0,24}|\\PC{0,20}";
    (
        prop::sample::select(kinds.to_vec()),
        prop::sample::select(actions.to_vec()),
        object,
        prop::sample::select(verdicts.to_vec()),
    )
        .prop_map(|(kind, action, object, verdict)| record(kind, action, &object, verdict))
}

fn patterns(manifest: &Manifest, permission: Permission) -> Vec<PathPattern> {
    let entries = manifest.permissions.entries(permission);
    entries.iter().map(|entry| PathPattern::parse(&entry.value).unwrap()).collect()
}

/// What was allowed and the manifest would not let happen, but for what the suggestion says that it
/// leaves out.
fn uncovered(manifest: &Manifest, records: &[Record], found: &Suggestion) -> Option<String> {
    let left: BTreeSet<&str> = found.not_suggested.iter().map(|left| left.what.as_str()).collect();
    let read = patterns(manifest, Permission::FilesystemRead);
    let write = patterns(manifest, Permission::FilesystemWrite);
    let allowed = records.iter().filter(|record| record.verdict == Verdict::Allowed);
    let mut lacking = allowed.filter(|record| {
        let object = record.object.as_deref().unwrap_or_default();
        let Ok(path) = VirtualPath::parse(object) else { return !others(manifest, record, object) };
        let names = |all: &[PathPattern]| all.iter().any(|pattern| pattern.matches(&path));
        let shows = |pattern: &PathPattern| pattern.matches(&path) || pattern.leads_to(&path);
        let holds = match record.action.as_str() {
            "fs.read" => names(&read),
            "fs.open" => names(&read) || names(&write),
            "fs.list" | "fs.stat" => read.iter().chain(&write).any(shows) || path.is_root(),
            _ => names(&write),
        };
        !holds && !left.contains(object) && !was_listed(records, record, &path)
    });
    lacking.next().map(|record| format!("{} {:?}", record.action, record.object))
}

/// Whether it was only looked at, and a listing had shown it.
fn was_listed(records: &[Record], record: &Record, path: &VirtualPath) -> bool {
    let folder = path.parent();
    let lists = |other: &Record| {
        other.action == "fs.list" && other.object.as_deref() == folder.as_ref().map(AsRef::as_ref)
    };
    matches!(record.action.as_str(), "fs.list" | "fs.stat") && records.iter().any(lists)
}

fn others(manifest: &Manifest, record: &Record, object: &str) -> bool {
    match record.action.as_str() {
        "env.get" => manifest.permissions.environment.iter().any(|e| e.value.as_str() == object),
        _ => reaches(manifest, object),
    }
}

/// By the parts of the request, without the code under test.
fn reaches(manifest: &Manifest, request: &str) -> bool {
    let (method, target) = request.split_once(' ').unwrap_or(("", request));
    let (authority, path) = target.split_at(target.find('/').unwrap_or(target.len()));
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    let allows = |pattern: &DomainPattern| {
        let methods = match method {
            "" => pattern.methods().len() == METHODS.len(),
            method => pattern.methods().contains(&method),
        };
        let ports = port.is_empty() || pattern.port().is_some_and(|own| own.to_string() == port);
        let paths = pattern.path().is_none_or(|own| !path.is_empty() && own.matches(path));
        methods && ports && paths && pattern.host().matches(host)
    };
    manifest.permissions.domains.iter().any(|entry| allows(&entry.value))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_manifest_covers_all_that_was_allowed(records in host_calls()) {
        let found = suggestion(records.clone());
        let text = found.manifest().unwrap();
        let manifest = manifest(&text);
        let codes: Vec<&str> = manifest.warnings.iter().map(|warning| warning.code).collect();
        prop_assert!(!codes.contains(&"covered-entry"), "{}", text);
        prop_assert_eq!(uncovered(&manifest, &records, &found), None, "{}", text);
    }

    #[test]
    fn no_wildcard_reaches_a_sensitive_place(records in host_calls()) {
        let was_allowed = |pattern: &PathPattern| records.iter().any(|record| {
            let path = record.object.as_deref().and_then(|object| VirtualPath::parse(object).ok());
            record.verdict == Verdict::Allowed && path.is_some_and(|path| pattern.matches(&path))
        });
        for line in suggestion(records.clone()).lines {
            let files = [Permission::FilesystemRead, Permission::FilesystemWrite];
            if !files.contains(&line.permission) {
                continue;
            }
            let pattern = PathPattern::parse(&line.entry).unwrap();
            prop_assert!(was_allowed(&pattern), "{} was never allowed", line.entry);
            if !pattern.is_exact() {
                prop_assert_eq!(sensitive::reached(&pattern), None, "{}", line.entry);
                prop_assert!(pattern.root().components().count() > 0, "{}", line.entry);
                prop_assert!(!["./", "./*"].contains(&line.entry.as_str()), "{}", line.entry);
            }
        }
    }

    /// What is sensitive and known to be there, since it was denied or kept closed, is covered by no
    /// wildcard: by its own name alone, and only where it was allowed.
    #[test]
    fn no_wildcard_covers_a_sensitive_file_that_is_there(
        records in host_calls(), closed in prop::collection::vec(path(), 0..20),
        many in prop::sample::select(vec!["/workspace/a", "/var/log/b", "/home/a/c"]),
    ) {
        let is_sensitive = |path: &str| PathPattern::parse(path)
            .is_ok_and(|pattern| pattern.is_exact() && sensitive::reached(&pattern).is_some());
        let bulk = (0..20).map(|n| call("fs.read", &format!("{many}/f{n}x")));
        let hidden = closed.iter().map(|path| record(Kind::Check, "closed", path, Verdict::Noted));
        let key = denied("filesystem.read", &format!("{many}/id_rsa"));
        let all: Vec<Record> = records.into_iter().chain(bulk).chain(hidden).chain([key]).collect();
        let allowed: BTreeSet<&str> = all.iter()
            .filter(|record| record.verdict == Verdict::Allowed)
            .filter_map(|record| record.object.as_deref()).collect();
        let there = all.iter().filter(|record| record.verdict != Verdict::Allowed);
        let there: Vec<VirtualPath> = there.filter_map(|record| record.object.as_deref())
            .filter(|object| is_sensitive(object) && !allowed.contains(object))
            .filter_map(|object| VirtualPath::parse(object).ok()).collect();
        for line in suggestion(all.clone()).lines {
            let files = [Permission::FilesystemRead, Permission::FilesystemWrite];
            if files.contains(&line.permission) {
                let pattern = PathPattern::parse(&line.entry).unwrap();
                let covered = there.iter().find(|path| pattern.matches(path));
                prop_assert_eq!(covered, None, "{}", line.entry);
            }
        }
    }

    /// A folder that is shown to a plugin is shown without its sensitive files, and with all others.
    #[test]
    fn a_folder_is_shown_but_for_what_is_sensitive(
        below in prop::collection::btree_set(prop::collection::vec(name(), 1..4), 0..40),
    ) {
        let folder = VirtualPath::parse("/workspace/in").unwrap();
        let mut all = std::collections::BTreeMap::new();
        for names in &below {
            let mut at = folder.clone();
            for (depth, name) in names.iter().enumerate() {
                let Ok(next) = at.join(name) else { break };
                let is_folder = depth + 1 < names.len();
                *all.entry(next.clone()).or_insert(is_folder) |= is_folder;
                at = next;
            }
        }
        let all: Vec<(VirtualPath, bool)> = all.into_iter().collect();
        let shown: Vec<PathPattern> = without_sensitive(&folder, &all)
            .iter().map(|entry| PathPattern::parse(entry).unwrap()).collect();
        for (path, is_folder) in &all {
            let exact = PathPattern::parse(path.as_str()).ok();
            let sensitive = exact.as_ref().is_some_and(|own| sensitive::reached(own).is_some());
            let is_shown = shown.iter().any(|pattern| pattern.matches(path));
            prop_assert!(!(sensitive && is_shown), "{} by {:?}", path, shown);
            let plain = exact.is_some_and(|own| own.is_exact()) && !sensitive;
            let is_plain = |path: &VirtualPath| PathPattern::parse(path.as_str())
                .is_ok_and(|own| own.is_exact() && sensitive::reached(&own).is_none());
            let within = all.iter().any(|(above, _)| path.starts_with(above) && !is_plain(above));
            prop_assert!(*is_folder || !plain || within || is_shown, "{} by {:?}", path, shown);
        }
    }

    /// Never more entries than what was used, and one for files that differ only in a number.
    #[test]
    fn the_manifest_is_small(records in host_calls(), logs in 2_usize..40) {
        let different: BTreeSet<(&str, &Option<String>)> =
            records.iter().map(|record| (record.action.as_str(), &record.object)).collect();
        prop_assert!(suggestion(records.clone()).lines.len() <= different.len());
        let numbered = (0..logs).map(|n| call("fs.read", &format!("/srv/logs/app/log.{n}")));
        let found = suggestion(records.iter().cloned().chain(numbered));
        let of_logs = found.lines.iter().filter(|line| line.entry.starts_with("/srv/"));
        prop_assert_eq!(of_logs.count(), 1);
    }

    /// Against a grant written by hand, for a workload made from it: at most half as long again.
    #[test]
    fn it_is_about_as_long_as_one_written_by_hand(
        folders in 1_usize..4, files in 1_usize..6, logs in 2_usize..30, days in 2_usize..20,
        bulk in 9_usize..40,
    ) {
        let mut paths = Vec::new();
        for folder in ["a", "b", "c"].into_iter().take(folders) {
            paths.extend(["p", "q", "r", "s", "t"].iter().take(files).map(|f| format!("{folder}/{f}")));
            paths.extend((0..logs).map(|n| format!("{folder}/logs/log.{n}")));
            paths.extend((0..days).map(|n| format!("{folder}/days/2026-11-{:02}.csv", n + 1)));
            paths.extend((0..bulk).map(|n| format!("{folder}/bulk/f{n}x")));
        }
        let calls = paths.iter().map(|path| call("fs.read", &format!("/workspace/{path}")));
        let (found, by_hand) = (suggestion(calls).lines.len(), folders * (files + 3));
        prop_assert!(found * 2 <= by_hand * 3, "{} for {}", found, by_hand);
    }

    #[test]
    fn nothing_makes_it_fail(records in prop::collection::vec(any_record(), 0..40)) {
        let found = suggestion(records.clone());
        prop_assert!(found.lines.len() <= MAX_ENTRIES * Permission::ALL.len());
        let text = found.manifest().unwrap();
        tighten(&manifest(&text), &seen(records.clone()), &Options::default());
        let odd = |letter: char| letter != '\n' && letter.is_control();
        prop_assert!(!found.text().contains(odd), "{:?}", found.text());
        prop_assert_eq!(suggestion(records), found);
    }

    /// What is in the manifest already stays, and a second round has nothing to add.
    #[test]
    fn a_patch_is_whole_and_done(before in host_calls(), after in host_calls()) {
        let text = suggestion(before).manifest().unwrap();
        let (old, options) = (manifest(&text), Options::default());
        let found = suggest(&seen(after.clone()), &Peaks::default(), Some(&old), &options);
        let new = manifest(&found.patch(&Source::new("m", text.as_str())).unwrap());
        for permission in Permission::ALL {
            let entries = new.permissions.entries(permission);
            for entry in old.permissions.entries(permission) {
                prop_assert!(entries.iter().any(|new| new.value == entry.value), "{}", entry.value);
            }
        }
        let again = suggest(&seen(after), &Peaks::default(), Some(&new), &options);
        prop_assert!(again.lines.is_empty(), "{:?}", again.lines);
    }
}

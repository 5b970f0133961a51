//! Stores, opened again and again.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use aether_store::{Owner, Quota, Store, StoreProblem, Usage};
use proptest::prelude::*;
use tempfile::TempDir;

const QUOTA: Quota = Quota { bytes: 8 << 20, keys: 10_000 };

/// What tells this program that it is the one to be killed.
const VICTIM: &str = "AETHER_STORE_VICTIM";

fn owner(digest: &str) -> Owner {
    Owner { plugin: "p".into(), digest: digest.into() }
}

fn open(file: &Path) -> Store {
    Store::open(file, owner("b3:1"), QUOTA).unwrap()
}

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p.store");
    (folder, file)
}

fn set(store: &mut Store, key: &str, value: &str) {
    store.set(key.into(), value.into()).unwrap();
}

#[test]
fn what_was_flushed_is_there_again() {
    let (_folder, file) = place();
    let mut store = open(&file);
    assert_eq!((store.before(), store.usage()), (None, Usage::default()));
    set(&mut store, "user:b", "\"2\"");
    set(&mut store, "user:a", "1");
    set(&mut store, "other", "null");
    assert_eq!(store.get("user:a").unwrap().as_deref(), Some("1"));
    store.flush().unwrap();
    assert!(store.delete("other").unwrap() && !store.delete("other").unwrap());
    set(&mut store, "user:c", "3");
    assert_eq!(store.names("user:").unwrap(), ["user:a", "user:b", "user:c"]);
    assert_eq!(store.names("").unwrap().len(), 3);
    drop(store);
    let mut store = Store::open(&file, owner("b3:2"), QUOTA).unwrap();
    assert_eq!(store.before(), Some(&owner("b3:1")));
    assert_eq!(store.names("").unwrap(), ["other", "user:a", "user:b"], "what was not is not");
    assert_eq!(store.usage(), Usage { bytes: 6 + 3 + 6 + 1 + 5 + 4, keys: 3 });
    store.delete("user:a").unwrap();
    store.flush().unwrap();
    let store = store.revert().unwrap();
    assert_eq!(store.before(), Some(&owner("b3:2")));
    assert_eq!(store.get("user:a").unwrap(), None);
}

#[test]
fn opening_alone_changes_nothing() {
    let (_folder, file) = place();
    let mut store = open(&file);
    set(&mut store, "a", "1");
    store.flush().unwrap();
    drop(store);
    let mut stranger = Store::open(&file, owner("b3:stranger"), QUOTA).unwrap();
    stranger.flush().unwrap();
    set(&mut stranger, "a", "2");
    drop(stranger);
    let store = open(&file);
    assert_eq!(store.before(), Some(&owner("b3:1")));
    assert_eq!(store.get("a").unwrap().as_deref(), Some("1"));
}

#[test]
fn the_quota_counts_what_is_there_now() {
    let (_folder, file) = place();
    let mut store = Store::open(&file, owner("1"), Quota { bytes: 10, keys: 2 }).unwrap();
    let full = |result: Result<(), aether_store::StoreError>| {
        matches!(result.unwrap_err().problem(), StoreProblem::Full(_))
    };
    set(&mut store, "a", "12345678");
    assert!(full(store.set("b".into(), "12".into())));
    assert_eq!(store.get("b").unwrap(), None);
    set(&mut store, "a", "1234567");
    set(&mut store, "b", "1");
    assert!(full(store.set("c".into(), String::new())));
    store.flush().unwrap();
    assert!(full(store.set("a".into(), "123456789".into())));
    assert!(store.delete("a").unwrap());
    set(&mut store, "c", "1234567");
    store.flush().unwrap();
    drop(store);
    let mut lowered = Store::open(&file, owner("1"), Quota { bytes: 5, keys: 1 }).unwrap();
    assert_eq!(lowered.usage(), Usage { bytes: 10, keys: 2 });
    assert!(full(lowered.set("c".into(), "12345678".into())));
    set(&mut lowered, "c", "123");
    assert!(lowered.delete("b").unwrap());
    set(&mut lowered, "c", "1234");
    assert!(full(lowered.set("c".into(), "12345".into())));
}

#[test]
fn a_store_is_opened_once() {
    let (_folder, file) = place();
    let store = open(&file);
    let error = Store::open(&file, owner("1"), QUOTA).unwrap_err();
    assert!(matches!(error.problem(), StoreProblem::InUse), "{error}");
    drop(store);
    open(&file);
}

#[test]
fn a_file_that_is_no_store_is_left_alone() {
    let (folder, file) = place();
    for content in [&b"something else"[..], &[0; 10_000], &[0xff; 5000]] {
        fs::write(&file, content).unwrap();
        let error = Store::open(&file, owner("1"), QUOTA).unwrap_err();
        assert!(
            matches!(error.problem(), StoreProblem::Foreign | StoreProblem::Damaged(_)),
            "{error}"
        );
        assert_eq!(fs::read(&file).unwrap(), content);
    }
    let error = Store::open(&folder.path().join("no/where"), owner("1"), QUOTA).unwrap_err();
    assert!(matches!(error.problem(), StoreProblem::Io(_)), "{error}");
    assert!(error.to_string().contains("no/where"), "{error}");
}

/// Either as it was, or refused: no wrong value, and no panic.
#[test]
fn a_damaged_file_is_found_out() {
    let (_folder, file) = place();
    let value = |index: usize| "x".repeat(index * 7);
    let mut store = open(&file);
    for index in 0..100 {
        set(&mut store, &format!("key {index}"), &value(index));
    }
    store.flush().unwrap();
    drop(store);
    let good = fs::read(&file).unwrap();
    let (mut whole, mut random) = (0, 0x9e37_79b9_7f4a_7c15_u64);
    for round in 0..200 {
        let mut bad = good.clone();
        for _ in 0..=round % 4 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let at = (random % bad.len() as u64) as usize;
            bad[at] ^= (random >> 40) as u8 | 1;
        }
        fs::write(&file, &bad).unwrap();
        let Ok(mut store) = Store::open(&file, owner("b3:1"), QUOTA) else { continue };
        for index in 0..100 {
            assert_eq!(store.get(&format!("key {index}")).unwrap(), Some(value(index)));
        }
        set(&mut store, "one more", "1");
        store.flush().unwrap();
        whole += 1;
    }
    assert!((1..150).contains(&whole), "{whole} of 200 were whole");
}

#[test]
fn a_value_that_changes_often_does_not_fill_the_disk() {
    let (_folder, file) = place();
    let mut store = open(&file);
    let large = "x".repeat(1 << 20);
    for round in 0..100 {
        set(&mut store, "large", &large);
        set(&mut store, &format!("key {}", round % 7), "1");
        if round % 3 == 0 {
            store.flush().unwrap();
        }
    }
    let bytes = fs::metadata(&file).unwrap().len();
    assert!(bytes < 16 << 20, "{bytes} bytes for one of {}", store.usage().bytes);
}

#[derive(Clone, Debug)]
enum Step {
    Set(String, String),
    Delete(String),
    Flush,
    /// Ends without a flush, and begins again.
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let key = || "[ab\u{e9}]{1,2}";
    prop_oneof![
        6 => (key(), "[x-z]{0,30}").prop_map(|(key, value)| Step::Set(key, value)),
        2 => key().prop_map(Step::Delete),
        2 => Just(Step::Flush),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn it_is_a_map_that_remembers_its_last_flush(steps in prop::collection::vec(step(), 1..40)) {
        let (_folder, file) = place();
        let quota = Quota { bytes: 100, keys: 5 };
        let mut store = Store::open(&file, owner("1"), quota).unwrap();
        let mut now: BTreeMap<String, String> = BTreeMap::new();
        let mut flushed = now.clone();
        for step in steps {
            match step {
                Step::Set(key, value) => {
                    let mut next = now.clone();
                    next.insert(key.clone(), value.clone());
                    let bytes: usize = next.iter().map(|(key, value)| key.len() + value.len()).sum();
                    let fits = bytes <= 100 && next.len() <= 5;
                    let smaller = now.get(&key).is_some_and(|old| value.len() <= old.len());
                    prop_assert_eq!(store.set(key, value).is_ok(), fits || smaller);
                    if fits || smaller { now = next }
                }
                Step::Delete(key) => {
                    prop_assert_eq!(store.delete(&key).unwrap(), now.remove(&key).is_some());
                }
                Step::Flush => {
                    store.flush().unwrap();
                    flushed = now.clone();
                }
                Step::Reopen => {
                    store = store.revert().unwrap();
                    now = flushed.clone();
                }
            }
            prop_assert_eq!(store.names("").unwrap(), now.keys().cloned().collect::<Vec<_>>());
            let bytes = now.iter().map(|(key, value)| (key.len() + value.len()) as u64).sum();
            prop_assert_eq!(store.usage(), Usage { bytes, keys: now.len() as u64 });
            for key in ["a", "\u{e9}b"] {
                let value = store.get(key).unwrap();
                prop_assert_eq!(value.as_ref(), now.get(key));
            }
        }
    }
}

#[test]
#[ignore = "the process that another test kills"]
fn victim() {
    let Some(file) = std::env::var_os(VICTIM) else { return };
    let mut store = open(Path::new(&file));
    let begin: u64 = store.get("a").unwrap().map_or(0, |text| text.parse().unwrap());
    let mut out = std::io::stdout();
    for round in begin + 1.. {
        let text = round.to_string();
        set(&mut store, "a", &text);
        set(&mut store, &format!("key {}", round % 50), &text.repeat(500));
        store.delete(&format!("key {}", (round + 7) % 50)).unwrap();
        set(&mut store, "b", &text);
        store.flush().unwrap();
        writeln!(out, "flushed {round}").unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn killed_in_the_middle_of_writing_it_holds_what_a_flush_left() {
    let (_folder, file) = place();
    let mut last = 0;
    for kill in 0..12_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "victim", "--ignored", "--nocapture"])
            .env(VICTIM, &file)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut told = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut flushed = |line: String| line.strip_prefix("flushed ").and_then(|n| n.parse().ok());
        let wanted = 1 + kill % 4;
        let mut acknowledged: u64 =
            told.by_ref().filter_map(&mut flushed).nth(wanted as usize).unwrap();
        // Somewhere within the next one.
        std::thread::sleep(std::time::Duration::from_micros(kill * 700));
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged = told.filter_map(&mut flushed).last().unwrap_or(acknowledged);
        let store = open(&file);
        let number = |key: &str| store.get(key).unwrap().unwrap().parse::<u64>().unwrap();
        assert_eq!(number("a"), number("b"), "half of a flush");
        assert!(number("a") >= acknowledged && number("a") <= acknowledged + 1);
        assert!(number("a") > last);
        last = number("a");
        let names = store.names("").unwrap();
        let bytes =
            names.iter().map(|key| (key.len() + store.get(key).unwrap().unwrap().len()) as u64);
        assert_eq!(store.usage(), Usage { bytes: bytes.sum(), keys: names.len() as u64 });
        for key in names.iter().filter(|key| key.starts_with("key ")) {
            let value = store.get(key).unwrap().unwrap();
            assert_eq!(value.len() % 500, 0, "half of a value");
        }
    }
}

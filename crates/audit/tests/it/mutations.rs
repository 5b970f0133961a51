//! Everything that can be done to a log, tried on logs of several shapes, each without and with
//! checkpoints. With them all of it shows. Without, the table below says what does not.

use std::fs;

use aether_audit::{
    BlindSpot, Break, ChainVerdict, CheckpointSink, Clock, Evidence, LogOptions, RunId,
    SignedCheckpoint, Signer, Verification, verify_log,
};

use crate::common::{Place, end, host_call, signer, small, start};

/// What a log is made of: for each run how many events it has and whether it came to its end.
struct Shape {
    name: &'static str,
    segment_bytes: u64,
    runs: &'static [(u32, bool)],
}

const SHAPES: [Shape; 5] = [
    Shape { name: "one run", segment_bytes: u64::MAX, runs: &[(6, true)] },
    Shape { name: "one run of many segments", segment_bytes: 1300, runs: &[(12, true)] },
    Shape { name: "three runs", segment_bytes: u64::MAX, runs: &[(3, true), (0, true), (4, true)] },
    Shape {
        name: "three runs of many segments",
        segment_bytes: 1500,
        runs: &[(6, true), (1, true), (7, true)],
    },
    Shape {
        name: "with a run that was stopped",
        segment_bytes: 1500,
        runs: &[(5, true), (4, false), (5, true)],
    },
];

type Files = Vec<Vec<u8>>;

/// A log of some shape, what is known of it elsewhere, and a copy from the end of each run.
struct Made {
    files: Files,
    evidence: Evidence,
    copies: Vec<Files>,
}

struct Noon;

impl Clock for Noon {
    fn wall_us(&self) -> i64 {
        1_772_366_400_000_000
    }

    fn mono_us(&self) -> u64 {
        7
    }
}

/// `mark` tells logs apart that are otherwise the same; `changed` is an event that is another.
fn make(shape: &Shape, mark: u8, changed: Option<u32>) -> Made {
    let place = Place::new();
    let (mut copies, mut checkpoints, mut count) = (Vec::new(), Vec::new(), 0);
    for (number, (events, ended)) in shape.runs.iter().enumerate() {
        let run = RunId::parse(&format!("{mark:02x}{number:030x}")).unwrap();
        let sink = CheckpointSink::new(place.elsewhere(), signer());
        let options = small(shape.segment_bytes).checkpoints(sink).clock(Box::new(Noon));
        let log = options.create_or_append(&place.log(), run.clone(), &start()).unwrap();
        for number in 0..*events {
            let is_changed = changed == Some(count);
            log.record(&host_call(if is_changed { 1000 } else { number })).unwrap();
            count += 1;
            if number % 3 == 0 {
                log.keep_checkpoint().unwrap();
            }
        }
        if *ended {
            log.end(&end()).unwrap();
        }
        drop(log);
        let notes = CheckpointSink::file_of(&place.elsewhere(), &run);
        checkpoints.extend(SignedCheckpoint::read_all(&notes).unwrap());
        let segments = (0..).take_while(|number| place.segment(*number).exists());
        copies.push(segments.map(|number| fs::read(place.segment(number)).unwrap()).collect());
    }
    let keys = vec![signer().key().clone()];
    let evidence = Evidence { checkpoints, keys, ..Evidence::default() };
    Made { files: copies.last().cloned().unwrap(), evidence, copies }
}

/// The log put somewhere and checked. `None`: nothing is there, and nothing says it should be.
fn check(files: &[Option<Vec<u8>>], evidence: &Evidence) -> Option<Verification> {
    let place = Place::new();
    for (number, bytes) in files.iter().enumerate() {
        if let Some(bytes) = bytes {
            fs::write(place.segment(number as u64), bytes).unwrap();
        }
    }
    verify_log(&place.log(), evidence).ok()
}

/// What is seen of a change without a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Without {
    /// The log is broken.
    Broken,
    /// The log is unclean, as after a crash. One that was so before is no more so.
    Unclean,
    /// The log is valid: nothing is seen.
    Nothing,
    /// There is no log.
    Gone,
}

/// A change, and what is seen of it without a checkpoint.
struct Change {
    name: String,
    files: Vec<Option<Vec<u8>>>,
    without: Without,
}

struct Changes<'a> {
    made: &'a Made,
    /// What a log that is cut between two runs looks like.
    is_clean: bool,
    all: Vec<Change>,
}

impl Changes<'_> {
    fn add(&mut self, name: String, files: Files, without: Without) {
        let files = files.into_iter().map(Some).collect();
        self.all.push(Change { name, files, without });
    }

    /// With the lines of one file changed.
    fn lines(&mut self, name: String, file: usize, lines: &[Vec<u8>], without: Without) {
        let mut files = self.made.files.clone();
        files[file] = lines.concat();
        self.add(name, files, without);
    }
}

fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

fn is_run_end(line: &[u8]) -> bool {
    String::from_utf8_lossy(line).contains(r#""kind":"run-end""#)
}

/// Edits, drops, insertions and swaps, at every record of every segment.
fn within(changes: &mut Changes<'_>, other: &Made) {
    let files = changes.made.files.clone();
    for (file, bytes) in files.iter().enumerate() {
        let all = lines(bytes);
        for at in 0..all.len() {
            let is_last = file == files.len() - 1 && at == all.len() - 1;
            let mut edited = all.clone();
            let place = 20 + 31 * at % (edited[at].len() - 40);
            edited[at][place] ^= 1;
            changes.lines(format!("edit {file}:{at}"), file, &edited, Without::Broken);

            let mut dropped = all.clone();
            dropped.remove(at);
            let without = if is_last { Without::Unclean } else { Without::Broken };
            changes.lines(format!("drop {file}:{at}"), file, &dropped, without);

            let mut repeated = all.clone();
            repeated.insert(at, all[at].clone());
            changes.lines(format!("repeat {file}:{at}"), file, &repeated, Without::Broken);

            let mut inserted = all.clone();
            inserted.insert(at, lines(&other.files[0])[1].clone());
            changes.lines(format!("insert {file}:{at}"), file, &inserted, Without::Broken);

            if at + 1 < all.len() {
                let mut swapped = all.clone();
                swapped.swap(at, at + 1);
                changes.lines(format!("swap {file}:{at}"), file, &swapped, Without::Broken);
            }
        }
    }
}

/// Every length that the last file can be cut to, and every whole number of records before.
fn truncated(changes: &mut Changes<'_>) {
    let files = changes.made.files.clone();
    let (last, before) = files.split_last().unwrap();
    for length in 0..last.len() {
        let is_boundary = length == 0 || last[length - 1] == b'\n';
        if !is_boundary && length % 13 != 0 {
            continue;
        }
        let kept = &last[..length];
        let ends_run =
            lines(kept).last().is_some_and(|line| line.ends_with(b"\n") && is_run_end(line));
        let without = match ends_run && changes.is_clean {
            true => Without::Nothing,
            false => Without::Unclean,
        };
        let files = [before, &[kept.to_vec()]].concat();
        changes.add(format!("truncate to {length}"), files, without);
    }
}

/// Segments removed, exchanged, or put together.
fn segments(changes: &mut Changes<'_>) {
    let files: Vec<Option<Vec<u8>>> = changes.made.files.iter().cloned().map(Some).collect();
    let count = files.len();
    let mut add = |name: String, files, without| changes.all.push(Change { name, files, without });
    add("drop all".to_owned(), vec![None; count], Without::Gone);
    if count == 1 {
        return;
    }
    for number in 0..count {
        let mut dropped = files.clone();
        dropped[number] = None;
        let is_last = number == count - 1;
        let without = if is_last { Without::Unclean } else { Without::Broken };
        add(format!("drop segment {number}"), dropped, without);
        if !is_last {
            let mut swapped = files.clone();
            swapped.swap(number, number + 1);
            add(format!("swap segments {number}"), swapped, Without::Broken);
            let mut joined = files.clone();
            let next = joined.remove(number + 1).unwrap();
            joined[number].as_mut().unwrap().extend(next);
            add(format!("join segments {number}"), joined, Without::Broken);
            let mut shifted = files.clone();
            shifted.remove(number);
            add(format!("close the gap of segment {number}"), shifted, Without::Broken);
        }
    }
}

/// Older copies, other logs, and the same log made up anew from some event on.
fn replaced(changes: &mut Changes<'_>, shape: &Shape, other: &Made) {
    let made = changes.made;
    let (_, older) = made.copies.split_last().unwrap();
    for (number, copy) in older.iter().enumerate() {
        let is_clean = shape.runs[..=number].iter().all(|(_, ended)| *ended);
        let without = if is_clean { Without::Nothing } else { Without::Unclean };
        changes.add(format!("roll back to run {number}"), copy.clone(), without);
    }
    let without = if changes.is_clean { Without::Nothing } else { Without::Unclean };
    changes.add("replace by another log".to_owned(), other.files.clone(), without);
    let events: u32 = shape.runs.iter().map(|(events, _)| events).sum();
    for event in 0..events {
        let rewritten = make(shape, 0, Some(event)).files;
        assert_ne!(rewritten, made.files);
        changes.add(format!("rewrite from event {event}"), rewritten, without);
    }
    let (one, two) = (lines(&made.files[0]), lines(&other.files[0]));
    for at in 1..one.len().min(two.len()) {
        let spliced = [&one[..at], &two[at..]].concat();
        changes.lines(format!("splice at {at}"), 0, &spliced, Without::Broken);
    }
    let joined = [&made.files[..], &other.files].concat();
    changes.add("another log behind it".to_owned(), joined, Without::Broken);
}

fn changes(shape: &Shape, made: &Made, other: &Made) -> Vec<Change> {
    let is_clean = shape.runs.iter().all(|(_, ended)| *ended);
    let mut changes = Changes { made, is_clean, all: Vec::new() };
    within(&mut changes, other);
    truncated(&mut changes);
    segments(&mut changes);
    replaced(&mut changes, shape, other);
    changes.all
}

fn whole(made: &Made) -> Vec<Option<Vec<u8>>> {
    made.files.iter().cloned().map(Some).collect()
}

fn seen(found: Option<&Verification>) -> Without {
    match found.map(|found| &found.verdict) {
        None => Without::Gone,
        Some(ChainVerdict::Broken { .. }) => Without::Broken,
        Some(ChainVerdict::Valid) => Without::Nothing,
        Some(ChainVerdict::Unclean { .. }) => Without::Unclean,
    }
}

#[test]
fn every_change_is_seen_with_checkpoints_and_without_them_those_of_the_table() {
    let mut tried = 0;
    for shape in &SHAPES {
        let (made, other) = (make(shape, 0, None), make(shape, 1, None));
        let untouched = check(&whole(&made), &made.evidence).unwrap();
        assert!(!matches!(untouched.verdict, ChainVerdict::Broken { .. }), "{untouched}");
        assert_eq!(untouched.met.checkpoints, made.evidence.checkpoints.len() as u64);
        for change in changes(shape, &made, &other) {
            let name = format!("{}: {}", shape.name, change.name);
            if change.files == whole(&made) {
                continue;
            }
            let with = check(&change.files, &made.evidence).expect(&name);
            assert!(matches!(with.verdict, ChainVerdict::Broken { .. }), "{name}: {with}");
            let without = check(&change.files, &Evidence::default());
            assert_eq!(seen(without.as_ref()), change.without, "{name}: {without:?}");
            tried += 1;
        }
    }
    assert!(tried > 600, "{tried}");
}

/// What a bare chain cannot show, one row each, with a log on which it is so. The words are those
/// that [`Verification::blind_spots`] has for every log without a checkpoint.
#[test]
fn what_cannot_be_seen_without_a_checkpoint_is_said_and_is_so() {
    let shape = &SHAPES[2];
    let made = make(shape, 0, None);
    let all = lines(&made.files[0]);
    let rows: [(BlindSpot, Files, &str); 4] = [
        (BlindSpot::CutShort, vec![all[..all.len() - 1].concat()], "unclean"),
        (BlindSpot::RunsRemoved, made.copies[0].clone(), "valid"),
        (BlindSpot::RolledBack, made.copies[1].clone(), "valid"),
        (BlindSpot::Rewritten, make(shape, 0, Some(2)).files, "valid"),
    ];
    let named: Vec<BlindSpot> = rows.iter().map(|(spot, ..)| spot.clone()).collect();
    for (spot, files, verdict) in rows {
        let files: Vec<_> = files.into_iter().map(Some).collect();
        let found = check(&files, &Evidence::default()).unwrap();
        assert_eq!(found.verdict.as_str(), verdict, "{spot}");
        assert_eq!(found.blind_spots(), named);
        assert!(found.full_sentence().contains(&spot.to_string()));
        let with = check(&files, &made.evidence).unwrap();
        assert_eq!(with.verdict.as_str(), "broken", "{spot}");
        assert_eq!(with.blind_spots(), []);
    }
}

fn reason(found: &Verification) -> Option<Break> {
    match found.verdict {
        ChainVerdict::Broken { reason, .. } => Some(reason),
        _ => None,
    }
}

#[test]
fn a_checkpoint_that_is_forged_or_of_another_log_does_not_help_who_changed_it() {
    for shape in &SHAPES {
        let (made, other) = (make(shape, 0, None), make(shape, 1, None));
        let rewritten = make(shape, 0, Some(1));
        let stranger = Signer::from_seed("host.example/audit", &[66; 32]).unwrap();
        let forge = |note: &SignedCheckpoint| stranger.sign(note.claimed()).unwrap();
        let forged: Vec<_> = rewritten.evidence.checkpoints.iter().map(forge).collect();
        let keys = made.evidence.keys.clone();

        let alone =
            Evidence { checkpoints: forged.clone(), keys: keys.clone(), ..Evidence::default() };
        let found = check(&whole(&rewritten), &alone).unwrap();
        assert_eq!(found.refused.len(), forged.len(), "{}", shape.name);
        assert_eq!(found.met.checkpoints, 0);
        assert_eq!(found.blind_spots(), BlindSpot::WITHOUT_CHECKPOINT);

        let mut both = made.evidence.clone();
        both.checkpoints.extend(forged);
        let found = check(&whole(&rewritten), &both).unwrap();
        assert_eq!(reason(&found), Some(Break::CheckpointDiffers), "{}", shape.name);

        let of_other = check(&whole(&made), &other.evidence).unwrap();
        assert_eq!(reason(&of_other), Some(Break::CheckpointMissing), "{}", shape.name);
    }
}

#[test]
fn a_claim_in_a_genuine_note_that_was_changed_is_not_counted() {
    let made = make(&SHAPES[0], 0, None);
    let newest = made.evidence.checkpoints.last().unwrap().to_note().unwrap();
    for (from, to) in [("records 8", "records 2"), ("segment 0", "segment 1"), ("\n8\n", "\n2\n")] {
        assert!(newest.contains(from), "{newest}");
        let changed = SignedCheckpoint::parse(&newest.replacen(from, to, 1)).unwrap();
        let evidence = Evidence { checkpoints: vec![changed], ..made.evidence.clone() };
        let found = check(&whole(&made), &evidence).unwrap();
        assert!(found.refused[0].reason.contains("is false"), "{found:?}");
    }
}

/// An old checkpoint is true. It shows nothing of what came later, and that is said.
#[test]
fn an_older_checkpoint_replayed_with_an_older_log_covers_only_what_it_names() {
    let shape = &SHAPES[3];
    let made = make(shape, 0, None);
    let first_run = &made.copies[0];
    let is_of_first = |note: &&SignedCheckpoint| note.claimed().run.ends_with('0');
    let older: Vec<_> = made.evidence.checkpoints.iter().filter(is_of_first).cloned().collect();
    let newest = older.last().unwrap().claimed().clone();
    let replayed = Evidence { checkpoints: older, ..made.evidence.clone() };
    let files: Vec<_> = first_run.iter().cloned().map(Some).collect();
    let found = check(&files, &replayed).unwrap();
    assert!(found.is_valid(), "{found}");
    let spot = BlindSpot::SinceCheckpoint { run: newest.run, records: newest.records };
    assert!(found.full_sentence().contains(&spot.to_string()), "{}", found.full_sentence());
    assert_eq!(found.blind_spots(), [spot]);
    let found = check(&files, &made.evidence).unwrap();
    assert_eq!(reason(&found), Some(Break::CheckpointMissing));
}

#[test]
fn a_checkpoint_narrows_down_where_a_log_was_changed() {
    let shape = &SHAPES[1];
    let made = make(shape, 0, None);
    let rewritten = make(shape, 0, Some(9));
    let found = check(&whole(&rewritten), &made.evidence).unwrap();
    assert_eq!(reason(&found), Some(Break::CheckpointDiffers));
    assert!(found.met.checkpoints >= 3, "those before it were met: {found:?}");
}

#[test]
fn trusted_checkpoints_need_no_signature() {
    let made = make(&SHAPES[2], 0, None);
    let trusted = made.evidence.checkpoints.iter().map(|note| note.claimed().clone()).collect();
    let evidence = Evidence { trusted, ..Evidence::default() };
    assert!(check(&whole(&made), &evidence).unwrap().is_valid());
    let rolled_back: Vec<_> = made.copies[0].iter().cloned().map(Some).collect();
    let found = check(&rolled_back, &evidence).unwrap();
    assert_eq!(reason(&found), Some(Break::CheckpointMissing));
}

#[test]
fn options_do_not_matter_to_what_is_verified() {
    let made = make(&SHAPES[0], 0, None);
    let place = Place::new();
    fs::write(place.log(), &made.files[0]).unwrap();
    let log = LogOptions::default();
    let log = log.create_or_append(&place.log(), RunId::random().unwrap(), &start()).unwrap();
    log.end(&end()).unwrap();
    assert!(verify_log(&place.log(), &made.evidence).unwrap().is_valid());
}

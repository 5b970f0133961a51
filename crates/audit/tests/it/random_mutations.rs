//! Changes at random places of random logs of several segments, each held against nothing but the
//! newest checkpoint: all of them must show. What does not show without it is counted, and printed
//! with `--nocapture`.

use std::collections::BTreeMap;
use std::fs;

use aether_audit::{
    ChainVerdict, CheckpointSink, Clock, Event, Evidence, Kind, RunId, SignedCheckpoint, Verdict,
    verify_log,
};

use crate::common::{Place, end, signer, small, start};

/// How many logs are made.
const LOGS: u64 = 50;

/// How many times each change is made to each, at another place every time.
const TIMES: usize = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    Edit,
    Drop,
    Insert,
    Swap,
    Truncate,
    DropSegment,
    DropAll,
    RollBack,
    Splice,
    /// Another event, and every hash from there on made anew.
    Rewrite,
}

const CHANGES: [Change; 10] = [
    Change::Edit,
    Change::Drop,
    Change::Insert,
    Change::Swap,
    Change::Truncate,
    Change::DropSegment,
    Change::DropAll,
    Change::RollBack,
    Change::Splice,
    Change::Rewrite,
];

impl Change {
    /// A log that is rewritten is written to the disk as the first one was, which takes its time.
    const fn times(self) -> usize {
        if matches!(self, Change::Rewrite) { 1 } else { TIMES }
    }
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn between(&mut self, begin: usize, end: usize) -> usize {
        begin + self.below(end - begin)
    }
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

/// The bytes of each segment; `None` is one that is not there.
type Files = Vec<Option<Vec<u8>>>;

struct Made {
    files: Files,
    /// What stood in the folder at moments before the end.
    earlier: Vec<Files>,
    newest: SignedCheckpoint,
    events: usize,
}

fn contents(place: &Place) -> Files {
    let segments = (0..).take_while(|number| place.segment(*number).exists());
    segments.map(|number| Some(fs::read(place.segment(number)).unwrap())).collect()
}

/// `mark` makes other runs of the same seed; `changed` is an event that is another.
fn make(seed: u64, mark: u8, changed: Option<usize>) -> Made {
    let mut random = Random(seed);
    let place = Place::new();
    let segment_bytes = random.between(900, 2600) as u64;
    let (mut earlier, mut newest, mut count) = (Vec::new(), None, 0);
    for number in 0..random.between(1, 4) {
        let run = RunId::parse(&format!("{mark:02x}{seed:014x}{number:016x}")).unwrap();
        let sink = CheckpointSink::new(place.elsewhere(), signer());
        let options = small(segment_bytes).checkpoints(sink).clock(Box::new(Noon));
        let log = options.create_or_append(&place.log(), run.clone(), &start()).unwrap();
        earlier.push(contents(&place));
        let events = if number == 0 { random.between(8, 25) } else { random.below(20) };
        for _ in 0..events {
            let drawn = random.next().to_string();
            let word = if changed == Some(count) { "changed" } else { &drawn };
            let event = Event::new(Kind::HostCall, "fs.read", Verdict::Allowed);
            log.record(&event.object(word)).unwrap();
            count += 1;
            if random.below(6) == 0 {
                log.flush().unwrap();
                earlier.push(contents(&place));
            }
        }
        if random.below(5) > 0 {
            log.end(&end()).unwrap();
        }
        drop(log);
        earlier.push(contents(&place));
        let notes = CheckpointSink::file_of(&place.elsewhere(), &run);
        newest = SignedCheckpoint::read_all(&notes).unwrap().pop();
    }
    let files = earlier.pop().unwrap();
    Made { files, earlier, newest: newest.unwrap(), events: count }
}

/// Every line of every segment that is there, with where it stands.
fn lines(files: &Files) -> Vec<(usize, Vec<u8>)> {
    let of = |(file, bytes): (usize, &Option<Vec<u8>>)| {
        let bytes = bytes.clone().unwrap_or_default();
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        lines.map(|line| (file, line.to_vec())).collect::<Vec<_>>()
    };
    files.iter().enumerate().flat_map(of).collect()
}

/// The files of these lines.
fn files(lines: &[(usize, Vec<u8>)], count: usize) -> Files {
    let mut files = vec![Some(Vec::new()); count];
    for (file, line) in lines {
        files[*file].get_or_insert_default().extend_from_slice(line);
    }
    files
}

/// A record that was never written, with hashes as if it followed `line`.
fn forged(line: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(line).unwrap();
    let (body, hash) = text.trim_end().rsplit_once(r#","hash":""#).unwrap();
    let (body, _) = body.rsplit_once(r#""prev":""#).unwrap();
    let record: aether_audit::Record = serde_json::from_slice(line).unwrap();
    let (old, new) = (format!("\"seq\":{}", record.seq), format!("\"seq\":{}", record.seq + 1));
    let body = body.replacen(&old, &new, 1);
    let body = format!("{body}\"prev\":\"{}\"", hash.trim_end_matches("\"}"));
    format!("{body},\"hash\":\"{}\"}}\n", blake3::hash(body.as_bytes()).to_hex()).into_bytes()
}

fn changed(change: Change, made: &Made, other: &Made, seed: u64, random: &mut Random) -> Files {
    let count = made.files.len();
    let mut all = lines(&made.files);
    match change {
        Change::Edit => {
            let mut files = made.files.clone();
            let bytes = files[random.below(count)].as_mut().unwrap();
            let at = random.below(bytes.len());
            bytes[at] ^= random.between(1, 256) as u8;
            return files;
        }
        Change::Drop => {
            let at = random.below(all.len());
            let end = all.len().min(at + random.between(1, 4));
            all.drain(at..end);
        }
        Change::Insert => {
            let at = random.below(all.len());
            let (file, before) = (all[at].0, all[at.saturating_sub(1)].1.clone());
            let strange = lines(&other.files);
            let line = match random.below(3) {
                0 => all[random.below(all.len())].1.clone(),
                1 => strange[random.below(strange.len())].1.clone(),
                _ => forged(&before),
            };
            all.insert(at, (file, line));
        }
        Change::Swap => {
            let one = random.below(all.len());
            let two = (one + random.between(1, all.len())) % all.len();
            let line = std::mem::take(&mut all[one].1);
            let line = std::mem::replace(&mut all[two].1, line);
            all[one].1 = line;
        }
        // Now and then where a run ends: nothing is missing there that the chain speaks of.
        Change::Truncate if random.below(3) == 0 => {
            let is_end =
                |line: &[u8]| String::from_utf8_lossy(line).contains(r#""kind":"run-end""#);
            let ends = (1..all.len()).filter(|at| is_end(&all[at - 1].1)).collect::<Vec<_>>();
            match ends.len() {
                0 => all.truncate(random.below(all.len())),
                some => all.truncate(ends[random.below(some)]),
            }
            let count = all.last().map_or(1, |(file, _)| file + 1);
            return files(&all, count);
        }
        Change::Truncate => {
            let mut files = made.files.clone();
            files.truncate(random.between(1, count + 1));
            let last = files.last_mut().and_then(Option::as_mut).unwrap();
            last.truncate(random.below(last.len()));
            return files;
        }
        Change::DropSegment => {
            let mut files = made.files.clone();
            files[random.below(count)] = None;
            return files;
        }
        Change::DropAll => return vec![None; count],
        Change::RollBack => return made.earlier[random.below(made.earlier.len())].clone(),
        Change::Splice => {
            let strange = lines(&other.files);
            let from = random.between(1, strange.len());
            all.truncate(random.between(1, all.len()));
            let last = all.last().map_or(0, |(file, _)| *file);
            all.extend(strange[from..].iter().map(|(file, line)| (last.max(*file), line.clone())));
            return files(&all, count.max(other.files.len()));
        }
        Change::Rewrite => return make(seed, 0, Some(random.below(made.events))).files,
    }
    files(&all, count)
}

/// What is seen of a log that was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    Broken,
    /// As after a crash, though it was not so before.
    Unclean,
    /// The same as before: the change is missed.
    Nothing,
    /// There is no log, and nothing says that there was one.
    Gone,
}

fn seen(files: &Files, evidence: &Evidence, before: &ChainVerdict) -> Seen {
    let place = Place::new();
    for (number, bytes) in files.iter().enumerate() {
        if let Some(bytes) = bytes {
            fs::write(place.segment(number as u64), bytes).unwrap();
        }
    }
    match verify_log(&place.log(), evidence).map(|found| found.verdict) {
        Err(_) => Seen::Gone,
        Ok(ChainVerdict::Broken { .. }) => Seen::Broken,
        Ok(found) if found.as_str() == before.as_str() => Seen::Nothing,
        Ok(_) => Seen::Unclean,
    }
}

fn newest_of(made: &Made) -> Evidence {
    let (checkpoints, keys) = (vec![made.newest.clone()], vec![signer().key().clone()]);
    Evidence { checkpoints, keys, ..Evidence::default() }
}

fn verdict(made: &Made) -> ChainVerdict {
    let place = Place::new();
    for (number, bytes) in made.files.iter().enumerate() {
        fs::write(place.segment(number as u64), bytes.as_ref().unwrap()).unwrap();
    }
    let found = verify_log(&place.log(), &newest_of(made)).unwrap();
    assert_eq!((found.met.checkpoints, found.met.after), (1, found.records), "{found}");
    found.verdict
}

#[derive(Default)]
struct Counts {
    made: usize,
    with: BTreeMap<Seen, usize>,
    without: BTreeMap<Seen, usize>,
    /// What was missed without a checkpoint of logs that had all their ends.
    missed_of_clean: usize,
}

#[test]
fn every_change_at_a_random_place_shows_given_the_newest_checkpoint() {
    let mut table: BTreeMap<Change, Counts> = BTreeMap::new();
    let mut segments = 0;
    for seed in 0..LOGS {
        let (made, other) = (make(seed, 0, None), make(seed, 1, None));
        assert!(made.files.len() > 1, "one segment is too few");
        segments += made.files.len();
        let before = verdict(&made);
        let (with, without) = (newest_of(&made), Evidence::default());
        assert_eq!(seen(&made.files, &with, &before), Seen::Nothing, "it was not changed");
        let mut random = Random(!seed);
        let all = CHANGES.into_iter();
        for change in all.flat_map(|change| std::iter::repeat_n(change, change.times())) {
            let files = changed(change, &made, &other, seed, &mut random);
            if files == made.files {
                continue;
            }
            let counts = table.entry(change).or_default();
            counts.made += 1;
            let found = seen(&files, &with, &before);
            assert_eq!(found, Seen::Broken, "{change:?} of log {seed} is missed");
            *counts.with.entry(found).or_default() += 1;
            let bare = seen(&files, &without, &before);
            *counts.without.entry(bare).or_default() += 1;
            counts.missed_of_clean +=
                usize::from(bare == Seen::Nothing && before == ChainVerdict::Valid);
        }
    }
    println!("{LOGS} logs of {segments} segments");
    for (change, Counts { made, with, without, .. }) in &table {
        println!(
            "{change:?}: {made} made; with the newest checkpoint {with:?}; without {without:?}"
        );
    }
    for change in CHANGES {
        let counts = &table[&change];
        let all = LOGS as usize * change.times();
        assert!(counts.made > all * 9 / 10, "{change:?}: {} of {all}", counts.made);
        // What a bare chain cannot show is missed without a checkpoint, so that a check which sees
        // nothing would be noticed here; and it is no more than that.
        match change {
            Change::Truncate | Change::RollBack | Change::Rewrite => {
                assert!(counts.missed_of_clean > 0, "{change:?}: {:?}", counts.without);
            }
            // Whole runs at the end can be hit.
            Change::Drop => {}
            _ => assert_eq!(counts.missed_of_clean, 0, "{change:?}: {:?}", counts.without),
        }
        let gone = counts.without.get(&Seen::Gone).copied().unwrap_or_default();
        assert_eq!(gone == counts.made, change == Change::DropAll, "{change:?}");
    }
}

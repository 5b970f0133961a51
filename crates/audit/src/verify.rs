//! Checking a log, line by line, in one pass and bounded memory.

use std::collections::HashMap;
use std::io::{self, BufRead};

use blake3::Hash;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::chain::{self, Unsealed};
use crate::lines::{Line, Lines};
use crate::summary::RECORDS;
use crate::verification::{Break, ChainVerdict, Gap, Verification};
use crate::{Checkpoint, Kind, Record};

/// Checks every line of `reader`. An error means that it could not be read; everything else,
/// arbitrary bytes included, is a verdict.
pub fn verify(reader: impl BufRead) -> io::Result<Verification> {
    verify_against(reader, &[])
}

/// Checks every line, and that the log holds every one of `checkpoints` with the hash it names.
pub fn verify_against(
    reader: impl BufRead,
    checkpoints: &[Checkpoint],
) -> io::Result<Verification> {
    let mut lines = Lines::new(reader);
    let mut walk = Walk::new(checkpoints);
    let mut found = Ok(());
    while let Some(line) = lines.next()? {
        found = walk.step(line);
        if found.is_err() {
            break;
        }
    }
    let broken = found.err().or_else(|| walk.missing_checkpoint());
    Ok(walk.finish(lines.number(), broken))
}

/// The state of the check between two lines.
struct Walk<'a> {
    records: u64,
    runs: u64,
    bytes: u64,
    head: Option<Hash>,
    run: Option<Run>,
    /// The first run without an end that another run follows.
    without_end: Option<String>,
    cut_off: Option<u64>,
    /// Those of each run, the earliest last. What is met is taken out.
    checkpoints: HashMap<&'a str, Vec<&'a Checkpoint>>,
}

/// The run the last record belongs to.
struct Run {
    id: String,
    records: u64,
    ended: bool,
}

impl<'a> Walk<'a> {
    fn new(checkpoints: &'a [Checkpoint]) -> Walk<'a> {
        let mut by_run: HashMap<&str, Vec<&Checkpoint>> = HashMap::new();
        for each in checkpoints {
            by_run.entry(&each.run).or_default().push(each);
        }
        for each in by_run.values_mut() {
            each.sort_by_key(|checkpoint| std::cmp::Reverse(checkpoint.records));
        }
        Walk {
            records: 0,
            runs: 0,
            bytes: 0,
            head: None,
            run: None,
            without_end: None,
            cut_off: None,
            checkpoints: by_run,
        }
    }

    fn step(&mut self, line: Line<'_>) -> Result<(), Break> {
        match line {
            Line::Whole(bytes) => self.whole(bytes),
            Line::CutOff(bytes) if self.is_beginning(bytes) => {
                self.cut_off = Some(bytes.len() as u64);
                Ok(())
            }
            Line::CutOff(_) => Err(Break::TailChanged),
            Line::TooLong => Err(Break::TooLong),
        }
    }

    fn whole(&mut self, bytes: &[u8]) -> Result<(), Break> {
        let hash = chain::check(bytes).map_err(|unsealed| match unsealed {
            Unsealed::NoHash => Break::NoHash,
            Unsealed::Differs => Break::Changed,
        })?;
        let record = parse(bytes)?;
        let begins = self.place(&record)?;
        self.link(&record)?;
        self.meet_checkpoint(&record, hash)?;
        self.accept(&record, hash, begins);
        self.bytes += bytes.len() as u64 + 1;
        Ok(())
    }

    /// Whether the record begins a run or continues the one before it.
    fn place(&self, record: &Record) -> Result<bool, Break> {
        let begins = record.kind == Kind::RunStart;
        match &self.run {
            _ if begins && record.seq == 0 => Ok(true),
            Some(run) if run.ended && run.id == record.run => Err(Break::AfterEnd),
            Some(run) if !run.ended && run.id == record.run => {
                continues(run, record).map(|()| false)
            }
            _ => Err(Break::NoStart),
        }
    }

    fn link(&self, record: &Record) -> Result<(), Break> {
        let expected = self.head.unwrap_or_else(|| chain::origin(&record.run));
        if expected.to_hex().as_str() == record.prev { Ok(()) } else { Err(Break::Unlinked) }
    }

    fn meet_checkpoint(&mut self, record: &Record, hash: Hash) -> Result<(), Break> {
        let Some(waiting) = self.checkpoints.get_mut(record.run.as_str()) else { return Ok(()) };
        while waiting.last().is_some_and(|next| next.records == record.seq.saturating_add(1)) {
            let met = waiting.pop();
            if met.is_some_and(|met| met.head != hash.to_hex().as_str()) {
                return Err(Break::CheckpointDiffers);
            }
        }
        Ok(())
    }

    fn accept(&mut self, record: &Record, hash: Hash, begins: bool) {
        if begins {
            self.note_missing_end();
            self.runs += 1;
            self.run = Some(Run { id: record.run.clone(), records: 0, ended: false });
        }
        if let Some(run) = &mut self.run {
            run.records += 1;
            run.ended = record.kind == Kind::RunEnd;
        }
        self.records += 1;
        self.head = Some(hash);
    }

    fn note_missing_end(&mut self) {
        if let Some(run) = self.run.take().filter(|run| !run.ended) {
            self.without_end.get_or_insert(run.id);
        }
    }

    /// Whether the bytes can be what a writer left that was stopped in the middle of the next
    /// line: they begin as that line must, and JSON that is right so far. (Bytes changed inside
    /// half a record cannot be found, as its hash is not there; it counts for nothing.)
    fn is_beginning(&self, bytes: &[u8]) -> bool {
        let fits = |head: &str| {
            let shorter = bytes.len().min(head.len());
            bytes.get(..shorter) == head.as_bytes().get(..shorter)
        };
        let next = format!("{{\"v\":{},\"seq\":{},", Record::VERSION, self.next_seq());
        let first = format!("{{\"v\":{},\"seq\":0,", Record::VERSION);
        if !fits(&next) && !fits(&first) {
            return false;
        }
        match serde_json::from_slice::<IgnoredAny>(bytes) {
            Ok(_) => chain::check(bytes).is_ok(),
            Err(error) => error.is_eof(),
        }
    }

    fn next_seq(&self) -> u64 {
        self.run.as_ref().filter(|run| !run.ended).map_or(0, |run| run.records)
    }

    fn missing_checkpoint(&self) -> Option<Break> {
        let is_waiting = self.checkpoints.values().any(|waiting| !waiting.is_empty());
        is_waiting.then_some(Break::CheckpointMissing)
    }

    fn finish(mut self, lines: u64, broken: Option<Break>) -> Verification {
        let seq = self.next_seq();
        let verdict = match broken {
            Some(Break::CheckpointMissing) => {
                ChainVerdict::Broken { line: lines + 1, seq, reason: Break::CheckpointMissing }
            }
            Some(reason) => ChainVerdict::Broken { line: lines, seq, reason },
            None => {
                self.gap(lines).map_or(ChainVerdict::Valid, |gap| ChainVerdict::Unclean { gap })
            }
        };
        Verification {
            records: self.records,
            runs: self.runs,
            bytes: self.bytes,
            head: self.head.map(|hash| hash.to_hex().to_string()),
            verdict,
        }
    }

    /// A cut-off line comes before a missing end, which it mostly causes.
    fn gap(&mut self, lines: u64) -> Option<Gap> {
        if let Some(bytes) = self.cut_off {
            return Some(Gap::CutOff { line: lines, bytes });
        }
        if self.records == 0 {
            return Some(Gap::Empty);
        }
        self.note_missing_end();
        self.without_end.take().map(|run| Gap::NoEnd { run })
    }
}

fn parse(bytes: &[u8]) -> Result<Record, Break> {
    #[derive(Deserialize)]
    struct Versioned {
        v: u32,
    }
    match serde_json::from_slice::<Record>(bytes) {
        Ok(record) if record.v == Record::VERSION => Ok(record),
        Ok(record) => Err(Break::UnknownVersion { version: record.v }),
        Err(_) => match serde_json::from_slice::<Versioned>(bytes) {
            Ok(other) if other.v != Record::VERSION => {
                Err(Break::UnknownVersion { version: other.v })
            }
            _ => Err(Break::NotARecord),
        },
    }
}

fn continues(run: &Run, record: &Record) -> Result<(), Break> {
    let found = record.seq;
    if found > run.records {
        return Err(Break::Missing { found });
    }
    if found < run.records || record.kind == Kind::RunStart {
        return Err(Break::OutOfOrder { found });
    }
    let is_end = record.kind == Kind::RunEnd;
    let counted = record.detail.get(RECORDS).and_then(|detail| detail.as_integer());
    if is_end && counted != i64::try_from(run.records + 1).ok() {
        return Err(Break::CountDiffers);
    }
    Ok(())
}

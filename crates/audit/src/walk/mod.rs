//! The way of a check through a log, line by line, in bounded memory.

mod reading;
mod segments;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use blake3::Hash;
use serde::de::IgnoredAny;

use self::reading::{integer, parse};
use self::segments::{Files, Segment};
use crate::chain::{self, Seal, Unsealed};
use crate::hex::{self, Digits};
use crate::lines::Line;
use crate::merkle::Tree;
use crate::scan::{Seen, scan};
use crate::summary::RECORDS;
use crate::verification::{Break, ChainVerdict, Gap, Met, Verification};
use crate::{Checkpoint, Kind, Record};

/// The state of the check between two lines.
pub(crate) struct Walk<'a> {
    records: u64,
    runs: u64,
    bytes: u64,
    head: Option<(Hash, Digits)>,
    run: Option<Run<'a>>,
    segment: Segment,
    /// The number of the file that is read, and of the last one that was.
    pub(crate) last_file: u64,
    files: Files,
    /// The first run without an end that another run follows.
    without_end: Option<String>,
    cut_off: Option<u64>,
    /// Those of each run, the earliest last. What is met is taken out.
    checkpoints: HashMap<&'a str, Vec<&'a Checkpoint>>,
    met: Met,
    /// Whether lines are looked at by the reader of JSON alone.
    slow: bool,
}

/// The run the last record belongs to.
struct Run<'a> {
    id: String,
    records: u64,
    ended: bool,
    waiting: Vec<&'a Checkpoint>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(checkpoints: impl Iterator<Item = &'a Checkpoint>) -> Walk<'a> {
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
            segment: Segment::default(),
            last_file: 0,
            files: Files::Joined,
            without_end: None,
            cut_off: None,
            checkpoints: by_run,
            met: Met::default(),
            slow: false,
        }
    }

    /// Looks at every line with the reader of JSON, as a second opinion.
    #[cfg(test)]
    pub(crate) fn slow(self) -> Walk<'a> {
        Walk { slow: true, ..self }
    }

    /// Comes to the file of a segment. What was read before must be closed then.
    pub(crate) fn enter_file(&mut self, number: u64) -> Result<(), Break> {
        if number > 0 && (!self.segment.closed || self.cut_off.is_some()) {
            return Err(Break::SegmentUnclosed);
        }
        self.last_file = number;
        self.files = Files::Apart { at_start: true };
        Ok(())
    }

    pub(crate) fn step(&mut self, line: Line<'_>) -> Result<(), Break> {
        match line {
            Line::Whole(bytes) => self.step_sealed(bytes, chain::check(bytes)),
            // Of the next segment it could be the beginning only in that one's own file.
            Line::CutOff(_) if self.has_ended_file() => Err(Break::AfterSegmentEnd),
            Line::CutOff(bytes) if self.is_beginning(bytes) => {
                self.cut_off = Some(bytes.len() as u64);
                Ok(())
            }
            Line::CutOff(_) => Err(Break::TailChanged),
            Line::TooLong => Err(Break::TooLong),
        }
    }

    /// The number of the segment that the next record must begin, if the last one is closed.
    pub(crate) fn next_segment(&self) -> Option<u64> {
        self.segment.closed.then(|| self.segment.number.saturating_add(1))
    }

    pub(crate) fn head(&self) -> Option<Hash> {
        self.head.map(|(hash, _)| hash)
    }

    pub(crate) fn segment_bytes(&self) -> u64 {
        self.segment.bytes
    }

    pub(crate) fn into_tree(self) -> Tree {
        self.segment.tree
    }

    /// Takes a whole line whose hash was looked at before.
    pub(crate) fn step_sealed(
        &mut self,
        bytes: &[u8],
        sealed: Result<Seal, Unsealed>,
    ) -> Result<(), Break> {
        let seal = sealed.map_err(|unsealed| match unsealed {
            Unsealed::NoHash => Break::NoHash,
            Unsealed::Differs => Break::Changed,
        })?;
        let body = chain::unseal(bytes).map(|(body, _)| body).filter(|_| !self.slow);
        match body.and_then(scan) {
            Some(seen) => self.follow(&seen, &seal, bytes.len()),
            None => self.follow(&Seen::of(&parse(bytes)?), &seal, bytes.len()),
        }
    }

    fn follow(&mut self, seen: &Seen<'_>, seal: &Seal, length: usize) -> Result<(), Break> {
        let begins = self.place(seen)?;
        let opened = self.place_in_segments(seen)?;
        self.link(seen)?;
        self.meet_end(seen)?;
        self.meet_checkpoints(seen, seal, begins, opened)?;
        self.accept(seen, seal, begins, opened);
        self.bytes += length as u64 + 1;
        self.segment.bytes += length as u64 + 1;
        Ok(())
    }

    /// Whether the record begins a run or continues the one before it.
    fn place(&self, seen: &Seen<'_>) -> Result<bool, Break> {
        let begins = seen.kind == Kind::RunStart;
        match &self.run {
            _ if begins && seen.seq == 0 => Ok(true),
            Some(run) if run.ended && run.id == seen.run => Err(Break::AfterEnd),
            Some(run) if !run.ended && run.id == seen.run => continues(run, seen).map(|()| false),
            _ => Err(Break::NoStart),
        }
    }

    fn link(&self, seen: &Seen<'_>) -> Result<(), Break> {
        let is_linked = match &self.head {
            Some((_, digits)) => digits == seen.prev.as_bytes(),
            None => hex::digits(&chain::origin(seen.run)) == *seen.prev.as_bytes(),
        };
        if is_linked { Ok(()) } else { Err(Break::Unlinked) }
    }

    fn accept(&mut self, seen: &Seen<'_>, seal: &Seal, begins: bool, opened: bool) {
        if begins {
            self.leave_run();
            self.runs += 1;
            let waiting = self.checkpoints.remove(seen.run).unwrap_or_default();
            self.run = Some(Run { id: seen.run.to_owned(), records: 0, ended: false, waiting });
        }
        if let Some(run) = &mut self.run {
            run.records += 1;
            run.ended = seen.kind == Kind::RunEnd;
        }
        if opened {
            self.segment = self.segment.next();
        }
        self.segment.tree.push_leaf(seal.leaf);
        self.segment.closed = seen.kind == Kind::SegmentEnd;
        self.records += 1;
        self.head = Some((seal.hash, seal.digits));
    }

    /// Holds the record, not accepted yet, against the checkpoints that name it.
    fn meet_checkpoints(
        &mut self,
        seen: &Seen<'_>,
        seal: &Seal,
        begins: bool,
        opened: bool,
    ) -> Result<(), Break> {
        let waiting = match &mut self.run {
            Some(run) if !begins => Some(&mut run.waiting),
            _ => self.checkpoints.get_mut(seen.run),
        };
        let Some(waiting) = waiting else { return Ok(()) };
        while waiting.last().is_some_and(|next| next.records == seen.seq.saturating_add(1)) {
            let Some(met) = waiting.pop() else { break };
            if !self.segment.grown(seal, opened).is_named_by(met, seal) {
                return Err(Break::CheckpointDiffers);
            }
            self.met.checkpoints += 1;
            self.met.newest = Some((met.run.clone(), met.records));
            self.met.after = self.records + 1;
        }
        Ok(())
    }

    /// What waited for records of a run that are not there goes on waiting: they will not come.
    fn leave_run(&mut self) {
        let Some(run) = self.run.take() else { return };
        if let Some(next) = run.waiting.first() {
            self.checkpoints.insert(&next.run, run.waiting);
        }
        if !run.ended {
            self.without_end.get_or_insert(run.id);
        }
    }

    /// Whether the bytes can be what a writer left that was stopped in the middle of the next
    /// line: they begin as that line must, and JSON that is right so far. (Bytes changed inside
    /// half a record cannot be found, as its hash is not there; it counts for nothing.) Zeros at the
    /// end are what a file system leaves that was stopped before the bytes themselves.
    fn is_beginning(&self, bytes: &[u8]) -> bool {
        let written = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let bytes = bytes.get(..written).unwrap_or_default();
        if bytes.is_empty() {
            return true;
        }
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

    /// Whether a checkpoint names records that did not come.
    pub(crate) fn missing_checkpoint(&self) -> Option<Break> {
        let is_any = |waiting: &Vec<&Checkpoint>| !waiting.is_empty();
        let is_waiting = self.checkpoints.values().any(is_any)
            || self.run.as_ref().is_some_and(|run| is_any(&run.waiting));
        is_waiting.then_some(Break::CheckpointMissing)
    }

    /// The judgement, after so many lines of the last file.
    pub(crate) fn finish(&mut self, lines: u64, broken: Option<Break>) -> Verification {
        let seq = self.next_seq();
        let segment = match self.files {
            Files::Joined => 0,
            Files::Apart { .. } => self.last_file,
        };
        let verdict = match broken {
            Some(reason) => {
                let is_about_next = reason == Break::CheckpointMissing;
                let line = if is_about_next { lines + 1 } else { lines };
                ChainVerdict::Broken { segment, line, seq, reason }
            }
            None => self
                .gap(segment, lines)
                .map_or(ChainVerdict::Valid, |gap| ChainVerdict::Unclean { gap }),
        };
        Verification {
            records: self.records,
            runs: self.runs,
            segments: if self.records == 0 { 0 } else { self.segment.number + 1 },
            bytes: self.bytes,
            head: self.head.map(|(hash, _)| hex::text(&hash)),
            met: std::mem::take(&mut self.met),
            refused: Vec::new(),
            verdict,
        }
    }

    /// A cut-off line comes before a missing end, which it mostly causes.
    fn gap(&mut self, segment: u64, lines: u64) -> Option<Gap> {
        if let Some(bytes) = self.cut_off {
            return Some(Gap::CutOff { segment, line: lines, bytes });
        }
        if self.records == 0 {
            return Some(Gap::Empty);
        }
        if let Some(run) = self.without_end.take() {
            return Some(Gap::NoEnd { run });
        }
        let run = self.run.as_ref().filter(|run| !run.ended)?;
        Some(Gap::NoEnd { run: run.id.clone() })
    }
}

fn continues(run: &Run<'_>, seen: &Seen<'_>) -> Result<(), Break> {
    let found = seen.seq;
    if found > run.records {
        return Err(Break::Missing { found });
    }
    if found < run.records || seen.kind == Kind::RunStart {
        return Err(Break::OutOfOrder { found });
    }
    let is_end = seen.kind == Kind::RunEnd;
    if is_end && integer(seen, RECORDS) != Some(run.records + 1) {
        return Err(Break::CountDiffers);
    }
    Ok(())
}

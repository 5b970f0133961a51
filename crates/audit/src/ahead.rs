//! Hashing the lines of a long log on a second thread, ahead of the walk.
//!
//! Hashes are most of what verifying costs, and need nothing but their line. The walk itself stays
//! one, in order, and comes to the same verdict as if it did everything alone.

use std::io::{self, BufRead};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::chain::{self, Seal, Unsealed};
use crate::lines::{Line, Lines};
use crate::verification::Break;
use crate::walk::Walk;

/// How many lines are walked alone before a thread is worth its start.
const ALONE: u64 = 1000;

/// How many bytes of lines are handed over at once, and how many times that may be on the way:
/// together they bound the memory.
const BATCH: usize = 256 * 1024;
const AHEAD: usize = 16;

/// How many lines were walked, and what was wrong with the last of them.
pub(crate) type Walked = (u64, Result<(), Break>);

/// Walks to the end of what is read, or to the first line that is not right.
pub(crate) fn walk_lines(
    walk: &mut Walk<'_>,
    lines: &mut Lines<impl BufRead>,
) -> io::Result<Walked> {
    while lines.number() < ALONE {
        let Some(line) = lines.next()? else { return Ok((lines.number(), Ok(()))) };
        if let Err(reason) = walk.step(line) {
            return Ok((lines.number(), Err(reason)));
        }
    }
    thread::scope(|scope| {
        let (to_hash, jobs) = channel();
        let (done, hashed) = channel();
        let hasher = move || hash_all(jobs, done);
        // Without a thread, or a processor for it, this one hashes.
        let can_help = thread::available_parallelism().is_ok_and(|count| count.get() > 1);
        let start = || thread::Builder::new().spawn_scoped(scope, hasher).ok();
        let other = can_help.then(start).flatten().map(|_| to_hash);
        Ahead { walk, other, hashed, underway: 0, walked: ALONE, spare: Vec::new() }.run(lines)
    })
}

fn hash_all(jobs: Receiver<Batch>, done: Sender<Batch>) {
    for mut batch in jobs {
        batch.hash();
        if done.send(batch).is_err() {
            return;
        }
    }
}

struct Ahead<'a, 'w> {
    walk: &'a mut Walk<'w>,
    other: Option<Sender<Batch>>,
    hashed: Receiver<Batch>,
    /// How many batches are not walked yet.
    underway: usize,
    walked: u64,
    /// Batches that are done with, for their memory.
    spare: Vec<Batch>,
}

impl Ahead<'_, '_> {
    fn run(mut self, lines: &mut Lines<impl BufRead>) -> io::Result<Walked> {
        let mut read = Ok(true);
        while matches!(read, Ok(true)) {
            let mut batch = self.spare.pop().unwrap_or_default();
            read = batch.fill(lines);
            if let Err(reason) = self.hand_over(batch)? {
                return Ok((self.walked, Err(reason)));
            }
        }
        while self.underway > 0 {
            if let Err(reason) = self.walk_next()? {
                return Ok((self.walked, Err(reason)));
            }
        }
        // Lines before a failure to read come first.
        read.map(|_| (self.walked, Ok(())))
    }

    /// Has a batch hashed, and walks one if enough are on the way.
    fn hand_over(&mut self, mut batch: Batch) -> io::Result<Result<(), Break>> {
        let Some(other) = &self.other else {
            batch.hash();
            return Ok(self.walk_batch(&batch));
        };
        other.send(batch).map_err(|_| gone())?;
        self.underway += 1;
        if self.underway < AHEAD { Ok(Ok(())) } else { self.walk_next() }
    }

    fn walk_next(&mut self) -> io::Result<Result<(), Break>> {
        let mut batch = self.hashed.recv().map_err(|_| gone())?;
        self.underway -= 1;
        let found = self.walk_batch(&batch);
        batch.clear();
        self.spare.push(batch);
        Ok(found)
    }

    fn walk_batch(&mut self, batch: &Batch) -> Result<(), Break> {
        let mut begin = 0;
        for read in &batch.lines {
            let bytes = batch.bytes.get(begin..read.end).unwrap_or_default();
            begin = read.end;
            self.walked += 1;
            match read.sort {
                Sort::Whole(Some(sealed)) => self.walk.step_sealed(bytes, sealed)?,
                Sort::Whole(None) => self.walk.step(Line::Whole(bytes))?,
                Sort::CutOff => self.walk.step(Line::CutOff(bytes))?,
                Sort::TooLong => self.walk.step(Line::TooLong)?,
            }
        }
        Ok(())
    }
}

/// The other thread ends before it is told to only if it panicked, which it has no reason to.
fn gone() -> io::Error {
    io::Error::other("the thread that hashes the log has ended")
}

/// Lines that are handed over together.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    lines: Vec<Read>,
}

struct Read {
    /// Where its bytes end; they begin where those of the one before end.
    end: usize,
    sort: Sort,
}

enum Sort {
    /// With what its hash is found to be.
    Whole(Option<Result<Seal, Unsealed>>),
    CutOff,
    TooLong,
}

impl Batch {
    /// Reads lines until there are enough. False at the end of what is read.
    fn fill(&mut self, lines: &mut Lines<impl BufRead>) -> io::Result<bool> {
        while self.bytes.len() < BATCH {
            let (bytes, sort) = match lines.next()? {
                None => return Ok(false),
                Some(Line::Whole(bytes)) => (bytes, Sort::Whole(None)),
                Some(Line::CutOff(bytes)) => (bytes, Sort::CutOff),
                Some(Line::TooLong) => (&[][..], Sort::TooLong),
            };
            self.bytes.extend_from_slice(bytes);
            self.lines.push(Read { end: self.bytes.len(), sort });
        }
        Ok(true)
    }

    fn hash(&mut self) {
        let mut begin = 0;
        for read in &mut self.lines {
            if let Sort::Whole(sealed) = &mut read.sort {
                let line = self.bytes.get(begin..read.end).unwrap_or_default();
                *sealed = Some(chain::check(line));
            }
            begin = read.end;
        }
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.lines.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::*;
    use crate::{ChainVerdict, End, Event, Gap, Kind, Log, RunId, Start, Verdict, verify};

    /// Lines of a run long enough that several batches are on the way.
    fn long() -> Vec<Vec<u8>> {
        let run = RunId::parse(&"a".repeat(32)).unwrap();
        let (log, memory) = Log::memory(run, &Start::default()).unwrap();
        let object = "o".repeat(600);
        for number in 0..3000u32 {
            let event = Event::new(Kind::HostCall, "fs.read", Verdict::Allowed);
            log.record(&event.object(&object).detail("n", number)).unwrap();
        }
        log.end(&End { outcome: "done", exit_code: 0, verdict: Verdict::Allowed }).unwrap();
        memory.bytes().split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
    }

    /// Gives what it has, and then an error.
    struct Failing<'a>(&'a [u8]);

    impl io::Read for Failing<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            match self.0.read(into)? {
                0 => Err(io::Error::other("the disk is gone")),
                some => Ok(some),
            }
        }
    }

    #[test]
    fn a_long_log_is_walked_to_its_end_whatever_that_is() {
        let lines = long();
        let bytes = lines.concat();
        let found = verify(&bytes[..]).unwrap();
        assert_eq!((found.verdict, found.records), (ChainVerdict::Valid, 3002));
        assert_eq!(found.bytes, bytes.len() as u64);
        let found = verify(&bytes[..bytes.len() - 10]).unwrap();
        let gap = Gap::CutOff { segment: 0, line: 3002, bytes: lines[3001].len() as u64 - 10 };
        assert_eq!(found.verdict, ChainVerdict::Unclean { gap });
    }

    #[test]
    fn a_failure_to_read_is_told_after_what_comes_before_it() {
        let mut lines = long();
        let read = |lines: &[Vec<u8>]| verify(BufReader::new(Failing(&lines.concat())));
        assert_eq!(read(&lines).unwrap_err().to_string(), "the disk is gone");
        lines[2900][30] ^= 1;
        let found = read(&lines).unwrap();
        assert!(matches!(found.verdict, ChainVerdict::Broken { line: 2901, .. }), "{found}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(12) })]

        #[test]
        fn the_first_line_that_is_not_right_is_named(
            first in 0usize..3002, second in 0usize..3002, place in 0usize..200,
        ) {
            let mut lines = long();
            lines[first][place] ^= 1;
            lines[second][place + 200] ^= 1;
            let found = verify(&lines.concat()[..]).unwrap();
            let line = first.min(second) as u64;
            let named = matches!(
                found.verdict, ChainVerdict::Broken { line: at, seq, .. } if (at, seq) == (line + 1, line)
            );
            prop_assert!(named && found.records == line, "{}", found);
        }
    }
}

//! Checking a log in one pass and bounded memory.

use std::io::{self, BufRead, BufReader};
use std::path::Path;

use crate::ahead::{Walked, walk_lines};
use crate::lines::Lines;
use crate::segment::{last, open_segment};
use crate::verification::{Break, Verification};
use crate::walk::Walk;
use crate::{Checkpoint, Evidence};

/// How much of a file is read at once.
const CHUNK: usize = 256 * 1024;

/// Checks every line of `reader`. An error means that it could not be read; everything else,
/// arbitrary bytes included, is a verdict.
///
/// This sees one stream: a log that is one file, or all of its segments joined. [`verify_log`] finds
/// the segments itself.
pub fn verify(reader: impl BufRead) -> io::Result<Verification> {
    verify_against(reader, &[])
}

/// Checks every line, and that the log holds every one of `checkpoints` with the hash it names.
pub fn verify_against(
    reader: impl BufRead,
    checkpoints: &[Checkpoint],
) -> io::Result<Verification> {
    walk_stream(reader, Walk::new(checkpoints.iter()))
}

/// Checks the log at `path` over all of its segments, and holds it against what is known from
/// elsewhere. That nothing at all is there is an error, unless a checkpoint says that something was:
/// then it is a verdict.
pub fn verify_log(path: &Path, evidence: &Evidence) -> io::Result<Verification> {
    let (checkpoints, refused) = evidence.judged();
    let (mut found, _) = walk_files(path, checkpoints)?;
    found.refused = refused;
    Ok(found)
}

pub(crate) fn walk_stream(reader: impl BufRead, mut walk: Walk<'_>) -> io::Result<Verification> {
    let (lines, found) = walk_lines(&mut walk, &mut Lines::new(reader))?;
    let broken = found.err().or_else(|| walk.missing_checkpoint());
    Ok(walk.finish(lines, broken))
}

/// The verdict, and where the walk ended.
pub(crate) fn walk_files<'a>(
    log: &Path,
    checkpoints: Vec<&'a Checkpoint>,
) -> io::Result<(Verification, Walk<'a>)> {
    let is_evidence = !checkpoints.is_empty();
    let mut walk = Walk::new(checkpoints.into_iter());
    let Some(last) = last(log)? else {
        if !is_evidence {
            return Err(io::ErrorKind::NotFound.into());
        }
        let found = walk.finish(0, walk.missing_checkpoint());
        return Ok((found, walk));
    };
    let (lines, found) = walk_segments(&mut walk, log, last)?;
    let broken = found.err().or_else(|| walk.missing_checkpoint());
    Ok((walk.finish(lines, broken), walk))
}

fn walk_segments(walk: &mut Walk<'_>, log: &Path, last: u64) -> io::Result<Walked> {
    let mut lines = 0;
    for number in 0..=last {
        let Some(file) = open_segment(log, number)? else {
            return Ok((lines, Err(Break::SegmentMissing { segment: number })));
        };
        let found;
        (lines, found) = walk_file(walk, number, BufReader::with_capacity(CHUNK, file), lines)?;
        if found.is_err() {
            return Ok((lines, found));
        }
    }
    Ok((lines, Ok(())))
}

/// The lines read of the file, or of the one before if that is what is wrong.
fn walk_file(
    walk: &mut Walk<'_>,
    number: u64,
    reader: impl BufRead,
    before: u64,
) -> io::Result<Walked> {
    if let Err(reason) = walk.enter_file(number) {
        return Ok((before, Err(reason)));
    }
    walk_lines(walk, &mut Lines::new(reader))
}

//! That a single record is in a log, shown without the rest of it.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use blake3::Hash;
use serde::{Deserialize, Serialize};

use crate::lines::{Line, Lines};
use crate::segment::segment_path;
use crate::{Checkpoint, Kind, MAX_PROOF, Record, chain, hex, merkle};

/// A record, and the way from it to the root of the tree over its segment. By itself it shows only
/// that the record belongs to that root; whose root that is, a [`Checkpoint`] says, or the end of
/// the segment in a log that was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The number of the segment.
    pub segment: u64,
    /// Which of its records it is, from 0: one less than the line.
    pub index: u64,
    /// Over how many records the tree is.
    pub size: u64,
    /// The record, as it stands in the file.
    pub line: String,
    /// The hashes beside the way to the root, the lowest first, as 64 hexadecimal digits each.
    pub hashes: Vec<String>,
    /// The root, in the same way.
    pub root: String,
}

/// Which record is to be proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'a> {
    /// That in a line of a segment, from 1.
    Line {
        /// The number of the segment.
        segment: u64,
        /// The line.
        line: u64,
    },
    /// That of a number in a run.
    Record {
        /// The run.
        run: &'a str,
        /// The number, from 0.
        seq: u64,
    },
}

/// A proof cannot be made, or does not hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// A file of the log cannot be read.
    #[error("cannot read the audit log {path}: {error}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The log has no such record.
    #[error("the audit log has no such record")]
    NotFound,
    /// The log holds fewer records than the proof is to be over, or the record is not among them.
    #[error("the audit log has no {size} records in segment {segment} that hold the record")]
    TooFew {
        /// The segment.
        segment: u64,
        /// How many were asked for.
        size: u64,
    },
    /// A line of the log is not as it was written.
    #[error("line {line} of segment {segment} of the audit log is not as it was written")]
    Changed {
        /// The segment.
        segment: u64,
        /// The line.
        line: u64,
    },
    /// The text is too long to be a proof, or no proof.
    #[error("the text is not a proof")]
    NotAProof,
    /// The record in the proof is not as it was written.
    #[error("the record in the proof is not as it was written")]
    Record,
    /// The record does not lead to the root.
    #[error("the record in the proof does not belong to the root")]
    Root,
    /// The checkpoint is about another segment, size or root.
    #[error("the proof is not one against that checkpoint")]
    Checkpoint,
}

impl Proof {
    /// Reads a proof as it is written in JSON.
    pub fn parse(json: &str) -> Result<Proof, ProofError> {
        if json.len() > MAX_PROOF {
            return Err(ProofError::NotAProof);
        }
        serde_json::from_str(json).map_err(|_| ProofError::NotAProof)
    }

    /// The record, if it is as it was written and belongs to the root.
    pub fn check(&self) -> Result<Record, ProofError> {
        let seal = chain::check(self.line.as_bytes()).map_err(|_| ProofError::Record)?;
        let record = serde_json::from_str(&self.line).map_err(|_| ProofError::Record)?;
        let hashes: Option<Vec<Hash>> = self.hashes.iter().map(|each| hex::hash(each)).collect();
        let hashes = hashes.ok_or(ProofError::Root)?;
        let root = merkle::root_from(&seal.hash, self.index, self.size, &hashes);
        if root.is_some_and(|root| hex::text(&root) == self.root) {
            Ok(record)
        } else {
            Err(ProofError::Root)
        }
    }

    /// The same, if the root is that of a checkpoint, too: then the record was in the log when the
    /// checkpoint was made. Whether the checkpoint is to be trusted is the caller's to know; see
    /// [`SignedCheckpoint::verify`](crate::SignedCheckpoint::verify).
    pub fn check_against(&self, checkpoint: &Checkpoint) -> Result<Record, ProofError> {
        let named = (checkpoint.segment, checkpoint.size, &checkpoint.root);
        if (self.segment, self.size, &self.root) != named {
            return Err(ProofError::Checkpoint);
        }
        self.check()
    }
}

/// Proves a record of the log at `path`, over as many records as its segment's end names, or over
/// all that are there if it has none.
pub fn prove(log: &Path, which: Which<'_>) -> Result<Proof, ProofError> {
    let found = find(log, which)?;
    let size = found.size;
    found.prove(log, size)
}

/// Proves a record over the first `size` records of its segment: as many as a checkpoint names.
pub fn prove_in(log: &Path, which: Which<'_>, size: u64) -> Result<Proof, ProofError> {
    find(log, which)?.prove(log, size)
}

/// A record that is to be proven, found in a first pass.
struct Found {
    segment: u64,
    index: u64,
    line: String,
    /// How many records the segment has before its end.
    size: u64,
}

impl Found {
    /// The second pass, which needs no more memory than the first.
    fn prove(self, log: &Path, size: u64) -> Result<Proof, ProofError> {
        let Found { segment, index, line, size: all } = self;
        let too_few = ProofError::TooFew { segment, size };
        if index >= size || size > all.max(index.saturating_add(1)) {
            return Err(too_few);
        }
        let mut hashes = Hashes::open(log, segment)?.map(|each| each.map(|(hash, _)| hash));
        let (hashes, root) = merkle::path(&mut hashes, index, size)?.ok_or(too_few)?;
        let hashes = hashes.iter().map(hex::text).collect();
        Ok(Proof { segment, index, size, line, hashes, root: hex::text(&root) })
    }
}

fn find(log: &Path, which: Which<'_>) -> Result<Found, ProofError> {
    match which {
        Which::Line { segment, line } => {
            let index = line.checked_sub(1).ok_or(ProofError::NotFound)?;
            find_in(log, segment, |at, _| Some(at == index))?.ok_or(ProofError::NotFound)
        }
        Which::Record { run, seq } => {
            let is_it = |record: Record| record.seq == seq && record.run == run;
            let mut segment = 0;
            loop {
                let found =
                    find_in(log, segment, |_, line| serde_json::from_slice(line).ok().map(is_it));
                match found {
                    Ok(Some(found)) => return Ok(found),
                    Ok(None) => segment += 1,
                    Err(ProofError::Read { error, .. })
                        if segment > 0 && error.kind() == io::ErrorKind::NotFound =>
                    {
                        return Err(ProofError::NotFound);
                    }
                    Err(error) => return Err(error),
                }
            }
        }
    }
}

/// Looks for one record among all of a segment. `is_it` says nothing about what is no record.
fn find_in(
    log: &Path,
    segment: u64,
    is_it: impl Fn(u64, &[u8]) -> Option<bool>,
) -> Result<Option<Found>, ProofError> {
    let mut found = None;
    let mut size = 0;
    for (index, each) in (0..).zip(Hashes::open(log, segment)?) {
        let (_, line) = each?;
        let changed = || ProofError::Changed { segment, line: index + 1 };
        if found.is_none() && is_it(index, &line).ok_or_else(changed)? {
            let line = String::from_utf8(line.clone()).map_err(|_| changed())?;
            found = Some((index, line));
        }
        if !is_end(&line) {
            size = index + 1;
        }
    }
    Ok(found.map(|(index, line)| Found { segment, index, line, size: size.max(index + 1) }))
}

/// How the kind of a segment's last record is written.
const END: &str = "\"kind\":\"segment-end\"";

/// Whether a line closes a segment. Its tree is over the records before it.
fn is_end(line: &[u8]) -> bool {
    let may_be = line.windows(END.len()).any(|part| part == END.as_bytes());
    let read = || serde_json::from_slice::<Record>(line);
    may_be && read().is_ok_and(|record| record.kind == Kind::SegmentEnd)
}

/// The records of a segment, each with its hash; half a record at the end is none.
struct Hashes {
    path: PathBuf,
    segment: u64,
    lines: Lines<BufReader<File>>,
}

impl Hashes {
    fn open(log: &Path, segment: u64) -> Result<Hashes, ProofError> {
        let path = segment_path(log, segment);
        let file =
            File::open(&path).map_err(|error| ProofError::Read { path: path.clone(), error })?;
        Ok(Hashes { path, segment, lines: Lines::new(BufReader::new(file)) })
    }
}

impl Iterator for Hashes {
    type Item = Result<(Hash, Vec<u8>), ProofError>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.lines.number() + 1;
        let changed = ProofError::Changed { segment: self.segment, line };
        match self.lines.next() {
            Ok(Some(Line::Whole(bytes))) => Some(match chain::check(bytes) {
                Ok(seal) => Ok((seal.hash, bytes.to_vec())),
                Err(_) => Err(changed),
            }),
            Ok(Some(Line::CutOff(_)) | None) => None,
            Ok(Some(Line::TooLong)) => Some(Err(changed)),
            Err(error) => Some(Err(ProofError::Read { path: self.path.clone(), error })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_segment_is_looked_for_by_its_kind() {
        assert_eq!(END, format!("\"kind\":\"{}\"", Kind::SegmentEnd.as_str()));
    }
}

//! What a check of a log found, and how it is said.

use std::fmt;

use crate::{BlindSpot, Refused};

/// The result of [`verify`](crate::verify()) and [`verify_log`](crate::verify_log). Its `Display` is one line for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// How many records are as they were written, from the first on.
    pub records: u64,
    /// To how many runs they belong.
    pub runs: u64,
    /// Over how many segments they are spread.
    pub segments: u64,
    /// How many bytes of the files they fill.
    pub bytes: u64,
    /// The hash of the last of them, as 64 hexadecimal digits.
    pub head: Option<String>,
    /// The evidence that was met on the way.
    pub met: Met,
    /// The checkpoints that did not count as evidence.
    pub refused: Vec<Refused>,
    /// The judgement.
    pub verdict: ChainVerdict,
}

/// What a log was held against, and held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Met {
    /// How many checkpoints.
    pub checkpoints: u64,
    /// The run of the last of them, and how many of its records it speaks of.
    pub newest: Option<(String, u64)>,
    /// How many records of the log are covered by it, those of earlier runs included.
    pub after: u64,
}

/// The judgement on a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainVerdict {
    /// Every line is as it was written and every run has its end.
    Valid,
    /// Every record is as it was written, but something is missing at the end of a run. A crash
    /// of the host leaves this, and so does the removal of the last records.
    Unclean {
        /// What is missing.
        gap: Gap,
    },
    /// The log was changed after it was written.
    Broken {
        /// The segment.
        segment: u64,
        /// The first line of it that is not right, from 1.
        line: u64,
        /// The number of the record that should be there, in its run.
        seq: u64,
        /// What is not right.
        reason: Break,
    },
}

/// What an unclean log lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gap {
    /// There is no record at all.
    Empty,
    /// A run has no `run-end`; the first such run.
    NoEnd {
        /// The run id. Only ever taken from a line whose hash is right.
        run: String,
    },
    /// The last line is the beginning of a record: the host was stopped while it wrote.
    CutOff {
        /// The segment.
        segment: u64,
        /// The line of it, from 1.
        line: u64,
        /// How many bytes of it there are.
        bytes: u64,
    },
}

/// What is not right with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Break {
    /// It is longer than any record.
    TooLong,
    /// It does not end in a hash.
    NoHash,
    /// Its hash is not the hash of its bytes.
    Changed,
    /// Its hash is right, but it is not a record.
    NotARecord,
    /// It is a record of a version that is not known.
    UnknownVersion {
        /// That version.
        version: u32,
    },
    /// Records between it and the line before are not there.
    Missing {
        /// The number of the record that is there.
        found: u64,
    },
    /// It is a record that should have come earlier, or come before.
    OutOfOrder {
        /// The number of the record that is there.
        found: u64,
    },
    /// It does not name the hash of the line before.
    Unlinked,
    /// It belongs to a run that has not begun.
    NoStart,
    /// It belongs to a run that has ended.
    AfterEnd,
    /// It says the run has another number of records than there are.
    CountDiffers,
    /// It says the segment has another root than its records have.
    RootDiffers,
    /// A file of the log is not there, though a later one is.
    SegmentMissing {
        /// Its number.
        segment: u64,
    },
    /// A file of the log has no end, though a later one is there.
    SegmentUnclosed,
    /// It begins or ends another segment than it must.
    SegmentDiffers,
    /// It stands where a segment has ended, and begins none.
    AfterSegmentEnd,
    /// The last line has no line end and is not the beginning of a record either.
    TailChanged,
    /// A checkpoint names another hash for it.
    CheckpointDiffers,
    /// A checkpoint names a record that is not there.
    CheckpointMissing,
}

impl Verification {
    /// Whether nothing is wrong and nothing is missing.
    pub fn is_valid(&self) -> bool {
        self.verdict == ChainVerdict::Valid
    }

    /// What was found, without the word of the verdict: for where that stands beside it.
    pub fn sentence(&self) -> String {
        let records = Counted(self.records, "record");
        let runs = Counted(self.runs, "run");
        match &self.verdict {
            ChainVerdict::Valid => format!("{records} of {runs}, all as they were written"),
            ChainVerdict::Unclean { gap: Gap::Empty } => "the log holds no record".to_owned(),
            ChainVerdict::Unclean { gap } => {
                format!("{records} of {runs} as they were written, but {gap}")
            }
            ChainVerdict::Broken { reason: reason @ Break::SegmentMissing { .. }, .. } => {
                format!("{reason}; {records} before it as they were written")
            }
            ChainVerdict::Broken { segment, line, seq, reason } => format!(
                "at line {line}{} ({}) {reason}; {records} before it as they were written",
                OfSegment(*segment),
                // After a run has ended no record is due: there may be one of the next run.
                match (seq, self.records) {
                    (0, 1..) => "behind the end of a run".to_owned(),
                    _ => format!("record {seq}"),
                }
            ),
        }
    }
}

impl Verification {
    /// What could have been done to the log without being noticed here. Of a broken log there is
    /// nothing to say.
    pub fn blind_spots(&self) -> Vec<BlindSpot> {
        match (&self.verdict, &self.met.newest) {
            (ChainVerdict::Broken { .. }, _) => Vec::new(),
            (_, Some((run, records))) => {
                vec![BlindSpot::SinceCheckpoint { run: run.clone(), records: *records }]
            }
            (_, None) => BlindSpot::WITHOUT_CHECKPOINT.to_vec(),
        }
    }

    /// The sentence, what it cannot say, and which checkpoints were left out: all there is to say,
    /// in one line.
    pub fn full_sentence(&self) -> String {
        let mut said = self.sentence();
        for (at, spot) in self.blind_spots().iter().enumerate() {
            said.push_str(if at == 0 { "; not noticed would be: " } else { ", " });
            said.push_str(&spot.to_string());
        }
        self.say_refused(&mut said);
        said
    }

    /// Checkpoints of one run that do not count for one reason are told of together.
    fn say_refused(&self, said: &mut String) {
        let mut groups: Vec<(&Refused, usize)> = Vec::new();
        for refused in &self.refused {
            let is_alike = |(one, _): &&mut (&Refused, usize)| {
                (&one.run, &one.reason) == (&refused.run, &refused.reason)
            };
            let has_room = groups.len() < TOLD;
            match groups.iter_mut().find(is_alike) {
                Some((_, count)) => *count += 1,
                None if has_room => groups.push((refused, 1)),
                None => {}
            }
        }
        let told: usize = groups.iter().map(|(_, count)| count).sum();
        for (Refused { run, records, reason }, count) in groups {
            said.push_str(&match count {
                1 => format!("; a checkpoint of run {run} at {records} does not count: {reason}"),
                _ => format!("; {count} checkpoints of run {run} do not count: {reason}"),
            });
        }
        match self.refused.len() - told {
            0 => {}
            more => said.push_str(&format!("; {more} checkpoints more do not count")),
        }
    }
}

/// How many runs and reasons of checkpoints that do not count are told of: against a file of them that
/// would fill the screen.
const TOLD: usize = 8;

impl ChainVerdict {
    /// One word: `valid`, `unclean` or `broken`.
    pub fn as_str(&self) -> &'static str {
        match self {
            ChainVerdict::Valid => "valid",
            ChainVerdict::Unclean { .. } => "unclean",
            ChainVerdict::Broken { .. } => "broken",
        }
    }
}

/// The word of the verdict and the sentence.
impl fmt::Display for Verification {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.verdict.as_str(), self.sentence())
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Gap::Empty => write!(out, "there is no record"),
            Gap::NoEnd { run } => write!(
                out,
                "run {run} has no end: the host was stopped, or the last records were removed"
            ),
            Gap::CutOff { segment, line, bytes } => write!(
                out,
                "line {line}{} is cut off after {bytes} bytes: the host was stopped while it wrote",
                OfSegment(*segment)
            ),
        }
    }
}

impl fmt::Display for Break {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Break::TooLong => write!(out, "the line is longer than any record"),
            Break::NoHash => write!(out, "the line does not end in a hash"),
            Break::Changed => write!(out, "the line was changed after it was written"),
            Break::NotARecord => write!(out, "the line is not a record"),
            Break::UnknownVersion { version } => {
                write!(out, "the record has version {version}, which is not known here")
            }
            Break::Missing { found } => {
                write!(out, "record {found} stands there; those before it are missing")
            }
            Break::OutOfOrder { found } => {
                write!(out, "record {found} stands there, which is out of order")
            }
            Break::Unlinked => {
                write!(out, "the line does not follow the one before it")
            }
            Break::NoStart => write!(out, "the line belongs to a run that has not begun"),
            Break::AfterEnd => write!(out, "the line follows the end of its run"),
            Break::CountDiffers => {
                write!(out, "the run's end names another number of records")
            }
            Break::RootDiffers => {
                write!(out, "the root named does not belong to the records of the segment")
            }
            Break::SegmentMissing { segment } => {
                write!(out, "segment {segment} of the log is not there, though a later one is")
            }
            Break::SegmentUnclosed => {
                write!(out, "the segment is not closed, though a later one is there")
            }
            Break::SegmentDiffers => {
                write!(out, "the line names another segment than the one it stands in")
            }
            Break::AfterSegmentEnd => {
                write!(out, "the line follows the end of its segment")
            }
            Break::TailChanged => {
                write!(out, "the line has no end and is not the beginning of a record")
            }
            Break::CheckpointDiffers => {
                write!(out, "a checkpoint names another hash: the log was rewritten")
            }
            Break::CheckpointMissing => {
                write!(out, "a checkpoint names records that are not there: they were removed")
            }
        }
    }
}

/// Nothing for the first, which most logs have alone.
struct OfSegment(u64);

impl fmt::Display for OfSegment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 { Ok(()) } else { write!(out, " of segment {}", self.0) }
    }
}

struct Counted(u64, &'static str);

impl fmt::Display for Counted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0 == 1 { "" } else { "s" };
        write!(out, "{} {}{plural}", self.0, self.1)
    }
}

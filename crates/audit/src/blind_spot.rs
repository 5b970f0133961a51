//! What a check cannot see.

use std::fmt;

/// A change to a log that the check of it would not have noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlindSpot {
    /// Without a checkpoint: the last records of a run were removed. What is left is unclean, but a
    /// host that was stopped leaves the same.
    CutShort,
    /// Without a checkpoint: whole runs were removed from the end, or everything.
    RunsRemoved,
    /// Without a checkpoint: an older copy was put in place.
    RolledBack,
    /// Without a checkpoint: everything from some record on was made up anew, hashes and all.
    Rewritten,
    /// With one: any of these, but only to what came after it.
    SinceCheckpoint {
        /// The run of the last checkpoint.
        run: String,
        /// How many records of that run it covers, and all runs before it with them.
        records: u64,
    },
}

impl BlindSpot {
    /// All that a bare chain cannot show.
    pub const WITHOUT_CHECKPOINT: [BlindSpot; 4] =
        [BlindSpot::CutShort, BlindSpot::RunsRemoved, BlindSpot::RolledBack, BlindSpot::Rewritten];
}

impl fmt::Display for BlindSpot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BlindSpot::CutShort => {
                write!(out, "that the last records of a run were removed rather than never written")
            }
            BlindSpot::RunsRemoved => write!(out, "that whole runs were removed from the end"),
            BlindSpot::RolledBack => write!(out, "that an older copy was put in place"),
            BlindSpot::Rewritten => {
                write!(out, "that everything from some record on was written anew")
            }
            BlindSpot::SinceCheckpoint { run, records } => write!(
                out,
                "what was removed or changed after record {} of run {run}, where the newest \
                 checkpoint stands",
                records.saturating_sub(1)
            ),
        }
    }
}

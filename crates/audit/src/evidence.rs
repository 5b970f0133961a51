//! What is known about a log from elsewhere.

use crate::{Checkpoint, Key, NoteError, SignedCheckpoint};

/// Checkpoints to hold a log against. Without any, whole classes of change cannot be noticed: see
/// [`Verification::blind_spots`](crate::Verification::blind_spots).
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// Signed ones, wherever they come from. Those that none of `keys` has signed prove nothing: they
    /// are left out, and [`Verification::refused`](crate::Verification::refused) says so.
    pub checkpoints: Vec<SignedCheckpoint>,
    /// The keys that are known to be the host's.
    pub keys: Vec<Key>,
    /// Checkpoints that need no signature, because the place they come from is trusted.
    pub trusted: Vec<Checkpoint>,
}

/// A checkpoint that was not counted as evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The run it claims to be about.
    pub run: String,
    /// How many records of that run it claims there were.
    pub records: u64,
    /// Why it does not count.
    pub reason: String,
}

impl Evidence {
    /// Those that count, and those that do not.
    pub(crate) fn judged(&self) -> (Vec<&Checkpoint>, Vec<Refused>) {
        let mut counted: Vec<&Checkpoint> = self.trusted.iter().collect();
        let mut refused = Vec::new();
        for signed in &self.checkpoints {
            match signed.verify(&self.keys) {
                Ok(checkpoint) => counted.push(checkpoint),
                Err(error) => refused.push(Refused::new(signed.claimed(), &error)),
            }
        }
        (counted, refused)
    }
}

impl Refused {
    fn new(claimed: &Checkpoint, error: &NoteError) -> Refused {
        Refused { run: claimed.run.clone(), records: claimed.records, reason: error.to_string() }
    }
}

//! What is known of a hostile peer.

use std::time::Duration;

use super::{Verdict, Wire};

/// Most that a peer may make its host grow by, in bytes, where its entry names no other bound: a
/// line at its cap, what is made of it, and the pieces that it came in.
const GROWTH: u64 = 8 << 20;

/// How long loading and a call may take where its entry names no other time.
const LIMIT: Duration = Duration::from_secs(5);

/// A hostile peer and what its host must make of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    /// The name by which it is asked for.
    pub(crate) name: &'static str,
    /// What it tries, in one sentence.
    pub(crate) tries: &'static str,
    /// What it does in its cell, after confinement.
    pub(crate) act: fn(&mut Wire),
    /// What comes of each call; of the start, where it does not start.
    pub(crate) verdicts: &'static [Verdict],
    /// What comes of it when it is asked to end; normal if left out.
    pub(crate) at_the_end: Verdict,
    /// Violations of the protocol that the audit log must hold: at least and at most.
    pub(crate) strikes: (usize, usize),
    /// Further records that the audit log must hold, `KIND/VERDICT`.
    pub(crate) records: &'static [&'static str],
    /// Most bytes that the host may grow by.
    pub(crate) growth: u64,
    /// How long loading and each call may take.
    pub(crate) limit: Duration,
    /// Most lines of log that the host may be told.
    pub(crate) log_lines: u64,
    /// What it is granted, as a manifest and a policy write it.
    pub(crate) grant: &'static str,
    /// Whether the first call's result is wanted in pieces, which are taken half a second late.
    pub(crate) streamed: bool,
    /// Whether the host tells it of something all the time.
    pub(crate) told: bool,
    /// The hole that it gets through; the trial fails once it is closed.
    pub(crate) open: Option<&'static str>,
}

/// A peer with one call, or whose start fails.
pub(crate) const fn peer(
    name: &'static str,
    tries: &'static str,
    act: fn(&mut Wire),
    verdicts: &'static [Verdict],
) -> Peer {
    Peer {
        name,
        tries,
        act,
        verdicts,
        at_the_end: Verdict::Normal,
        strikes: (0, 0),
        records: &[],
        growth: GROWTH,
        limit: LIMIT,
        log_lines: 0,
        grant: "{}",
        streamed: false,
        told: false,
        open: None,
    }
}

impl Peer {
    pub(crate) const fn strikes(self, strikes: usize) -> Self {
        Self { strikes: (strikes, strikes), ..self }
    }

    /// For a race that nobody loses.
    pub(crate) const fn strikes_at_most(self, most: usize) -> Self {
        Self { strikes: (0, most), ..self }
    }

    pub(crate) const fn records(self, records: &'static [&'static str]) -> Self {
        Self { records, ..self }
    }

    pub(crate) const fn grows(self, mib: u64) -> Self {
        Self { growth: mib << 20, ..self }
    }

    pub(crate) const fn within(self, seconds: u64) -> Self {
        Self { limit: Duration::from_secs(seconds), ..self }
    }

    pub(crate) const fn logs(self, log_lines: u64) -> Self {
        Self { log_lines, ..self }
    }

    pub(crate) const fn ends(self, at_the_end: Verdict) -> Self {
        Self { at_the_end, ..self }
    }

    pub(crate) const fn granted(self, grant: &'static str) -> Self {
        Self { grant, ..self }
    }

    pub(crate) const fn streamed(self) -> Self {
        Self { streamed: true, ..self }
    }

    pub(crate) const fn told(self) -> Self {
        Self { told: true, ..self }
    }

    #[allow(dead_code, reason = "for the next hole that is known and not yet closed")]
    pub(crate) const fn open(self, why: &'static str) -> Self {
        Self { open: Some(why), ..self }
    }
}

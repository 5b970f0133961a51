//! The audit log: every security-relevant operation of a run, one JSON object per line, each line
//! bound to the one before it by a BLAKE3 hash.
//!
//! [`Log`] writes, [`read`] reads, [`verify`] checks. The crate decides nothing, knows no policy
//! and no operating system protection, and never drops a record in silence: what cannot be written
//! poisons the log, and [`Log::is_healthy`] lets the gateway refuse elevated operations. It touches
//! only the file it is given. It depends on none of Aether's other crates.
//!
//! # One line
//!
//! ```text
//! {"v":1,"seq":4,"time":"2026-03-01T12:00:00.000450Z","mono_us":450,"run":"…32 hex…",
//!  "kind":"denied","plugin":"log-reader","cell":1,"action":"fs.read","object":"/etc/shadow",
//!  "verdict":"denied","rule":"aether-plugin.json:6:15","detail":{"count":3},
//!  "prev":"…64 hex…","hash":"…64 hex…"}
//! ```
//!
//! (shown broken; in the file it is one line, ended by one `\n`). `hash` is always last and is the
//! BLAKE3 of the bytes of the line that stand before `,"hash":`, exactly as they are in the file,
//! so every changed byte shows, white space included. Without this program, line 5 is checked by
//! `sed -n 5p audit.jsonl | sed 's/,"hash":"[0-9a-f]*"}$//' | tr -d '\n' | b3sum`.
//! `prev` is the `hash` of the line before. The first line of a file has no line before it; its
//! `prev` is an origin derived from the run id. A later run in the same file continues the chain.
//!
//! A run begins with a `run-start` record (policy and plugin digests, version, platform) and ends
//! with a `run-end` record (how many records, of which verdict). Numbers are integers, never floats.
//!
//! # What the chain shows, and what it cannot
//!
//! A bare chain shows every edit, insertion, removal, swap and splice inside the file: the verdict
//! is [`ChainVerdict::Broken`]. Records missing from the end show as [`ChainVerdict::Unclean`],
//! because `run-end` is missing with them; a crash of the host looks the same. The chain is not
//! keyed, so it **cannot** show that somebody with write access
//!
//! - removed the whole file, or whole runs from its end,
//! - put an older copy of it in place, or
//! - rewrote it from some point on with new hashes.
//!
//! For these a [`Checkpoint`] kept outside the reach of that somebody is needed: [`Log::end`]
//! returns one, [`Log::checkpoint`] gives one at any time, and [`verify_against`] checks a file
//! against those it is given. The head hash in a report is such a checkpoint if the report is kept
//! elsewhere. Checkpoints are not signed here.

#![forbid(unsafe_code)]

mod chain;
mod checkpoint;
mod clock;
mod encode;
mod error;
mod event;
mod inert;
mod kind;
mod limits;
mod lines;
mod log;
mod read;
mod record;
mod run_id;
mod sink;
mod summary;
mod verification;
mod verify;
mod writer;

pub use checkpoint::Checkpoint;
pub use clock::{Clock, SystemClock};
pub use error::{LogError, ReadError};
pub use event::{Detail, Event, Value};
pub use kind::{Kind, Verdict};
pub use limits::{
    FLUSH_BYTES, FLUSH_INTERVAL, MAX_ACTION, MAX_DETAIL_KEY, MAX_DETAIL_TEXT, MAX_DETAILS,
    MAX_LINE, MAX_OBJECT, MAX_PENDING, MAX_PLUGIN, MAX_RULE,
};
pub use log::Log;
pub use read::{Records, read};
pub use record::Record;
pub use run_id::{RunId, RunIdError};
pub use sink::{Memory, Sink};
pub use summary::{End, Start};
pub use verification::{Break, ChainVerdict, Gap, Verification};
pub use verify::{verify, verify_against};

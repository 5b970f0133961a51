//! The audit log: every security-relevant operation of a run, one JSON object per line, each line
//! bound to the one before it by a BLAKE3 hash.
//!
//! [`Log`] writes, [`read`] and [`Follow`] read, [`Filter`] picks, [`verify_log`] checks, [`prove`]
//! shows one record without the others, [`export`] makes lines for other systems. The crate decides
//! nothing, knows no policy and no operating system protection, and never drops a record in silence:
//! what cannot be written poisons the log, and [`Log::is_healthy`] lets the gateway refuse elevated
//! operations. It touches only the files it is given and those beside them that belong to the same
//! log. It depends on none of Aether's other crates.
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
//! `prev` is the `hash` of the line before. The first line of a log has no line before it; its
//! `prev` is an origin derived from the run id. A later run in the same log continues the chain.
//!
//! A run begins with a `run-start` record (policy and plugin digests, version, platform) and ends
//! with a `run-end` record (how many records, of which verdict). Numbers are integers, never floats.
//!
//! # Segments
//!
//! A log is a file, `audit.jsonl`, and where it grew large the files `audit.1.jsonl`,
//! `audit.2.jsonl` and so on beside it, its *segments*. They are never renamed. When one reaches a
//! limit of its [`Rotation`] it is closed with a `segment-end` record, and the next one begins with a
//! `segment-start` record, which continues the chain:
//!
//! | record | details |
//! | --- | --- |
//! | `segment-end` | `segment`, its number; `records`, how many stand before it in the segment; `root`, of the tree over those |
//! | `segment-start` | `segment`, its number; `head`, the hash of the record before it |
//! | `run-end` | beside the rest: `segment`, `segment_records` and `root`, in the same way |
//!
//! A host can be stopped between the two; the `run-start` of the next run then begins the segment,
//! and has a detail `segment`. A closed segment is on the disk before the next one is made.
//!
//! The tree is that of RFC 6962 with BLAKE3 for SHA-256: a leaf is the hash of a zero byte and the 32
//! bytes named by a record's `hash`, a node that of a one byte and the two hashes below it.
//!
//! # What the chain shows, and what it cannot
//!
//! A bare chain shows every edit, insertion, removal, swap and splice inside the log, and a segment
//! that is missing before a later one: the verdict is [`ChainVerdict::Broken`]. Records missing from
//! the end show as [`ChainVerdict::Unclean`], because `run-end` is missing with them; a crash of the
//! host looks the same. The chain is not keyed, so it **cannot** show that somebody with write access
//!
//! - removed everything, or whole runs from the end, with the segments they are in,
//! - put an older copy in place, or
//! - rewrote it from some point on with new hashes.
//!
//! [`Verification::blind_spots`] says so of each log that is checked like that.
//!
//! # Checkpoints
//!
//! For these a [`Checkpoint`] kept outside the reach of that somebody is needed. With a
//! [`CheckpointSink`], a log writes them into a folder elsewhere while it runs, each signed by a
//! [`Signer`] and in the form of a [signed note](SignedCheckpoint); [`Log::checkpoint`] gives one at
//! any time, and [`Log::end`] the last. [`verify_log`] takes them as [`Evidence`]: a log that has not
//! every record that a checkpoint speaks of, as it was, is broken. A checkpoint that no known key has
//! signed is no evidence. The newest one is all that is needed; what came after it is as blind as
//! before. The head hash in a report is a checkpoint of a kind too, if the report is kept elsewhere.
//!
//! Whoever can read the key can sign as the host. A host that was taken over can write what it wants
//! from then on: checkpoints bind it to what it had written before.

#![forbid(unsafe_code)]

mod ahead;
mod base64;
mod blind_spot;
mod chain;
mod checkpoint;
mod clock;
mod commit;
mod encode;
mod error;
mod event;
mod evidence;
pub mod export;
mod filter;
mod follow;
mod hex;
mod inert;
mod instant;
mod key;
mod kind;
mod limits;
mod lines;
mod log;
mod merkle;
mod note;
mod notes;
mod options;
mod proof;
mod read;
mod record;
mod resume;
mod rotation;
mod run_id;
mod scan;
mod segment;
mod signer;
mod sink;
mod summary;
mod target;
mod tip;
mod verification;
mod verify;
mod walk;
mod writer;

pub use blind_spot::BlindSpot;
pub use checkpoint::Checkpoint;
pub use clock::{Clock, SystemClock};
pub use error::{LogError, ReadError};
pub use event::{Detail, Event, Value};
pub use evidence::{Evidence, Refused};
pub use filter::Filter;
pub use follow::Follow;
pub use instant::{TimeError, instant};
pub use key::{Key, KeyError, KeyId};
pub use kind::{Kind, Verdict};
pub use limits::{
    CHECKPOINT_INTERVAL, CHECKPOINT_RECORDS, FLUSH_BYTES, FLUSH_INTERVAL, MAX_ACTION,
    MAX_CHECKPOINT_FILES, MAX_CHECKPOINTS, MAX_DETAIL_KEY, MAX_DETAIL_TEXT, MAX_DETAILS, MAX_LINE,
    MAX_NAME, MAX_NOTE, MAX_NOTES, MAX_OBJECT, MAX_PENDING, MAX_PLUGIN, MAX_POLL, MAX_PROOF,
    MAX_RULE, MAX_SEGMENTS, MAX_SIGNATURES, SEGMENT_BYTES,
};
pub use log::Log;
pub use note::{NoteError, SignedCheckpoint};
pub use notes::CheckpointSink;
pub use options::LogOptions;
pub use proof::{Proof, ProofError, Which, prove, prove_in};
pub use read::{Records, Segments, read, runs};
pub use record::Record;
pub use rotation::Rotation;
pub use run_id::{RunId, RunIdError};
pub use segment::segment_path;
pub use signer::Signer;
pub use sink::{Memory, Sink};
pub use summary::{End, Start};
pub use verification::{Break, ChainVerdict, Gap, Met, Verification};
pub use verify::{verify, verify_against, verify_log};

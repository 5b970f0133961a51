//! An in-memory copy-on-write file layer over granted host folders.
//!
//! A plugin reads host folders through it and writes into memory, and beyond a limit into a private
//! file; what it would change is offered as a [`Changeset`], to be shown, kept, applied or dropped.
//! What a native program wrote through the kernel's own overlay is read into one too
//! ([`read_layers`]), and so is what it changed in copies, where the system has no overlay ([`Stage`]).
//! It never lets the kernel follow a symlink of a host folder, never opens what is not a regular file
//! or a folder, never writes to the host except in [`apply`], [`apply_journalled`], [`resume`],
//! [`Overlay::write_through`], [`Changeset::save`] and [`Stage::lay`], and knows no grant: the caller
//! checks a [`Resolved`] path first. Of our crates it may depend on `aether-path` only.

#![forbid(unsafe_code)]

mod case;
mod config;
mod error;
mod mounts;
mod overlay;
mod resolve;

mod attributes;
mod handle;
mod link;
mod list;
mod mkdir;
mod read;
mod remove;
mod rename;
mod survey;
mod through;
mod write;

mod blob;
mod fingerprint;
mod inode;
mod lexical;
mod paged;
mod pool;
mod spill;
mod stamps;
mod upper;

mod apply;
mod changeset;
mod diff;

mod layer;
mod stage;

mod sys;

pub use apply::{
    Applied, ApplyReport, Atomicity, Conflict, JournalError, Outcome, Resumed, apply,
    apply_journalled, journal_waits, preview, resume,
};
pub use blob::{Blob, MAX_KEPT_IN_MEMORY};
pub use changeset::{After, Change, ChangeKind, Changeset, Modes, StoreError};
pub use config::{Absent, Mount, OverlayConfig, Quota, Resolution, Usage};
pub use diff::{DiffBody, FileDiff, diff};
pub use error::{Error, HostProblem, Problem, QuotaKind, SetupError, SpecialKind};
pub use fingerprint::{ContentHash, Fingerprint, NotAHash};
pub use handle::{Handle, MAX_HANDLES};
pub use layer::{
    Layer, LayerError, LayersConfig, LeftOut, LeftOutReason, MAX_LEFT_OUT, Written, read_layers,
};
pub use list::{Entry, Listing, MAX_LISTED};
pub use overlay::{MAX_DEPTH, Overlay};
pub use read::{Chunk, Kind, Stat};
pub use resolve::{LastLink, MAX_LINKS, Resolved};
pub use stage::{Stage, StageConfig, StageError, StageKind, StagedPlace};
pub use through::AtOnce;

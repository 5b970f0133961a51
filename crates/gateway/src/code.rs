//! Code that was compiled of a plugin's entry: handed to the cell that runs it, taken from the one that
//! compiled it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aether_protocol::v1::method::{BUNDLE_CODE, BUNDLE_KEEP};
use aether_protocol::v1::{BundleCode, BundleCoded, BundleKeep, CodePart, Empty};
use aether_protocol::{Code, RpcError};

use crate::answer::{Answer, Blobs};
use crate::door::{Door, bad_payload};
use crate::limits::{CODE_BYTES, COREDUMP_BYTES, FACTS_BYTES};
use crate::pool::Attach;

/// What a cell has to do with compiled code.
#[derive(Clone, Debug, Default)]
pub enum CodeSide {
    /// Nothing.
    #[default]
    Nothing,
    /// It runs this. A coredump goes there, if one is wanted.
    Runs(Coded, Option<CodeSink>),
    /// It compiles these bytes, and what it gives goes here.
    Compiles(Attach, CodeSink),
    /// It runs JavaScript, and its engine may have this, which was made ahead.
    Has(Ahead),
    /// Its engine makes this part ahead, and what it gives goes here.
    Makes(CodePart, CodeSink),
}

/// What an engine of JavaScript made ahead, as far as it is there.
#[derive(Clone, Debug, Default)]
pub struct Ahead {
    /// Of its own runtime.
    pub snapshot: Option<AheadPart>,
    /// Of the plugin.
    pub script: Option<AheadPart>,
}

/// A part that was made ahead.
#[derive(Clone, Debug)]
pub struct AheadPart {
    /// What the engine reads.
    pub bytes: Attach,
    /// Its digest, for the record: `b3:` and 64 hex digits.
    pub digest: String,
}

impl CodeSide {
    /// The parts that `hello` tells of.
    #[must_use]
    pub fn parts(&self) -> Vec<CodePart> {
        match self {
            Self::Has(ahead) => {
                let snapshot = ahead.snapshot.as_ref().map(|_| CodePart::Snapshot);
                let script = ahead.script.as_ref().map(|_| CodePart::Script);
                snapshot.into_iter().chain(script).collect()
            }
            Self::Makes(part, _) => vec![*part],
            _ => Vec::new(),
        }
    }
}

/// Compiled code as the host keeps it.
#[derive(Clone)]
pub struct Coded {
    /// The digest of the entry that it was made of, in hex.
    pub entry: String,
    /// What is known of it, sealed.
    pub facts: Attach,
    /// What it is sealed with, in hex.
    pub key: String,
    /// The machine code.
    pub code: Attach,
    /// Its digest, for the record: `b3:` and 64 hex digits.
    pub digest: String,
}

impl fmt::Debug for Coded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The key is nobody's to read.
        write!(formatter, "Coded of {} bytes", self.code.size())
    }
}

/// Where compiled code goes. What is in it comes from a cell that a stranger's bytes were in: it is for
/// cells of the same plugin alone.
#[derive(Clone, Default)]
pub struct CodeSink(Arc<Mutex<Given>>);

/// What a cell has given.
#[derive(Default)]
pub struct Given {
    /// JSON, unread.
    pub facts: Vec<u8>,
    /// Machine code or a coredump, unread.
    pub code: Vec<u8>,
}

impl CodeSink {
    /// What was given, which is then gone.
    #[must_use]
    pub fn take(&self) -> Given {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, part: CodePart, piece: &[u8]) -> bool {
        let mut given = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (into, most) = match part {
            CodePart::Facts => (&mut given.facts, FACTS_BYTES),
            CodePart::Coredump => (&mut given.code, COREDUMP_BYTES),
            CodePart::Code | CodePart::Entry | CodePart::Script | CodePart::Snapshot => {
                (&mut given.code, CODE_BYTES)
            }
        };
        let fits = into.len().saturating_add(piece.len()) <= most;
        if fits {
            into.extend_from_slice(piece);
        }
        fits
    }
}

impl fmt::Debug for CodeSink {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CodeSink")
    }
}

impl Door {
    pub(crate) fn bundle_code(&mut self, asked: BundleCode) -> Result<Answer, RpcError> {
        if !self.attaches() {
            let text =
                "compiled code comes along with the answer, which this cell takes nothing with";
            return Err(RpcError::new(Code::InvalidRequest, text));
        }
        let (file, entry, key) = match (self.code.clone(), asked.part) {
            (CodeSide::Compiles(bytes, _), CodePart::Entry) => (bytes, None, None),
            (CodeSide::Runs(coded, _), CodePart::Facts) => {
                (coded.facts, Some(coded.entry), Some(coded.key))
            }
            (CodeSide::Runs(coded, _), CodePart::Code) => {
                self.record(BUNDLE_CODE, Some(&coded.digest))?;
                (coded.code, None, None)
            }
            (CodeSide::Has(Ahead { snapshot: Some(part), .. }), CodePart::Snapshot)
            | (CodeSide::Has(Ahead { script: Some(part), .. }), CodePart::Script) => {
                self.record(BUNDLE_CODE, Some(&part.digest))?;
                (part.bytes, None, None)
            }
            _ => return Err(none()),
        };
        Answer::attached(&BundleCoded { size: file.size(), entry, key }, file)
    }

    pub(crate) fn bundle_keep(
        &mut self,
        asked: BundleKeep,
        blobs: &mut dyn Blobs,
    ) -> Result<Answer, RpcError> {
        let sink = match (&self.code, asked.part) {
            (CodeSide::Compiles(_, sink), CodePart::Facts | CodePart::Code)
            | (CodeSide::Runs(_, Some(sink)), CodePart::Coredump) => sink.clone(),
            (CodeSide::Makes(part, sink), asked) if *part == asked => sink.clone(),
            _ => return Err(none()),
        };
        match asked.part {
            CodePart::Facts => self.record(BUNDLE_KEEP, None)?,
            CodePart::Coredump => self.record(BUNDLE_KEEP, Some("coredump"))?,
            _ => {}
        }
        let blob = self.claim(&asked.data, blobs)?;
        let piece = asked.data.into_bytes(blob).map_err(|error| bad_payload(&error))?;
        if !sink.add(asked.part, &piece) {
            let text = "it is more than the host holds of compiled code";
            return Err(RpcError::new(Code::QuotaExceeded, text));
        }
        Answer::of(&Empty {})
    }
}

fn none() -> RpcError {
    RpcError::new(Code::MethodNotFound, "this plugin has nothing to do with compiled code")
}

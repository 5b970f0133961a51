//! Checkpoints as signed notes: text for people and for the tools of transparency logs.
//!
//! ```text
//! aether-audit
//! 412
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//! run 000102030405060708090a0b0c0d0e0f
//! records 412
//! head 9bf5ef621b23bc9501f86b8eb4baab0cdb581cee4f2254a69e97b126f2f46529
//! segment 0
//! time 2026-03-01T12:00:00.000450Z
//!
//! — host.example/audit Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5…
//! ```
//!
//! The form is that of C2SP `signed-note` and `tlog-checkpoint`: origin, size and root of a tree,
//! then extension lines. It departs from the latter in two things: the tree is one of BLAKE3, and
//! begins anew with each segment, so that two checkpoints are consistent as trees only where they
//! name the same log and segment.

mod text;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::key::is_name;
use crate::{Checkpoint, Key, KeyId, MAX_NOTE, MAX_NOTES, MAX_SIGNATURES, base64};

/// What a signature line begins with: an em dash and a space.
const DASH: &str = "\u{2014} ";

/// A checkpoint with what was signed under it. It proves nothing until
/// [`verify`](SignedCheckpoint::verify) has said whose signature it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    signatures: Vec<NoteSignature>,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoteSignature {
    pub(crate) name: String,
    pub(crate) id: KeyId,
    pub(crate) bytes: Vec<u8>,
}

/// A note is not a signed checkpoint, or not by somebody known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// It is longer than [`MAX_NOTE`], or a file of them longer than [`MAX_NOTES`].
    #[error("a signed note is too long to be one")]
    TooLong,
    /// It is not UTF-8 text without control characters.
    #[error("a signed note is not plain text")]
    NotText,
    /// A line is not what it must be.
    #[error("line {line} of a signed note is not its {what}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What should be there.
        what: &'static str,
    },
    /// There is no signature, or there are more than [`MAX_SIGNATURES`].
    #[error("a signed note has no signature, or too many")]
    Signatures,
    /// None of the keys that are known has signed it.
    #[error("no known key has signed the checkpoint")]
    UnknownKey,
    /// It names a known key, which has not signed this.
    #[error("the signature of `{name}` under the checkpoint is false")]
    False {
        /// The key.
        name: String,
    },
    /// The file cannot be read.
    #[error("cannot read the checkpoints {path}: {error}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl SignedCheckpoint {
    pub(crate) fn new(checkpoint: Checkpoint, signatures: Vec<NoteSignature>) -> SignedCheckpoint {
        SignedCheckpoint { checkpoint, signatures }
    }

    /// What it says, whoever said it.
    pub fn claimed(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The checkpoint, if one of the keys has signed it, and no signature that names one of them is
    /// false. Signatures of others are not looked at.
    pub fn verify(&self, keys: &[Key]) -> Result<&Checkpoint, NoteError> {
        let text = self.checkpoint.to_text()?;
        let mut found = Err(NoteError::UnknownKey);
        for signature in &self.signatures {
            let is_meant = |key: &&Key| key.name() == signature.name && key.id() == signature.id;
            for key in keys.iter().filter(is_meant) {
                if !key.has_signed(text.as_bytes(), &signature.bytes) {
                    return Err(NoteError::False { name: signature.name.clone() });
                }
                found = Ok(&self.checkpoint);
            }
        }
        found
    }

    /// The note.
    pub fn to_note(&self) -> Result<String, NoteError> {
        let mut note = self.checkpoint.to_text()?;
        note.push('\n');
        for NoteSignature { name, id, bytes } in &self.signatures {
            let coded = base64::encode(&[&id.0, &bytes[..]].concat());
            note.push_str(&format!("{DASH}{name} {coded}\n"));
        }
        Ok(note)
    }

    /// Reads one note. Nothing is said about its signatures.
    pub fn parse(note: &str) -> Result<SignedCheckpoint, NoteError> {
        if note.len() > MAX_NOTE {
            return Err(NoteError::TooLong);
        }
        let (text, signed) = note.rsplit_once("\n\n").ok_or(NoteError::Signatures)?;
        let checkpoint = Checkpoint::parse_lines(text)?;
        let first = text.split('\n').count() + 2;
        let lines = signed.strip_suffix('\n').ok_or(NoteError::Signatures)?.split('\n');
        let mut signatures = Vec::new();
        for (line, text) in (first..).zip(lines) {
            if signatures.len() == MAX_SIGNATURES {
                return Err(NoteError::Signatures);
            }
            let read = NoteSignature::parse(text);
            signatures.push(read.ok_or(NoteError::Line { line, what: "signature" })?);
        }
        Ok(SignedCheckpoint { checkpoint, signatures })
    }

    /// Reads notes that follow each other, as a log writes them. What stands at the end without
    /// being a whole note is what a stopped host left, and is left out.
    pub fn parse_all(notes: &str) -> Result<Vec<SignedCheckpoint>, NoteError> {
        let mut found = Vec::new();
        let mut rest = notes;
        while let Some(length) = length_of_first(rest) {
            let (note, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
            found.push(SignedCheckpoint::parse(note)?);
            rest = after.strip_prefix('\n').unwrap_or(after);
        }
        Ok(found)
    }

    /// Reads a file of notes.
    pub fn read_all(path: &Path) -> Result<Vec<SignedCheckpoint>, NoteError> {
        let failed = |error| NoteError::Read { path: path.to_owned(), error };
        let file = File::open(path).map_err(failed)?;
        let mut bytes = Vec::new();
        file.take(MAX_NOTES as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() > MAX_NOTES {
            return Err(NoteError::TooLong);
        }
        SignedCheckpoint::parse_all(&String::from_utf8(bytes).map_err(|_| NoteError::NotText)?)
    }
}

impl NoteSignature {
    fn parse(line: &str) -> Option<NoteSignature> {
        let (name, coded) = line.strip_prefix(DASH)?.split_once(' ')?;
        let bytes = base64::decode(coded)?;
        let (id, bytes) = bytes.split_first_chunk::<4>()?;
        let is_fine = is_name(name) && !bytes.is_empty();
        is_fine.then(|| NoteSignature {
            name: name.to_owned(),
            id: KeyId(*id),
            bytes: bytes.to_vec(),
        })
    }
}

/// Where the first note ends: behind the first line of a signature that no other one follows.
fn length_of_first(notes: &str) -> Option<usize> {
    let mut length = 0;
    let mut is_signed = false;
    for line in notes.split_inclusive('\n') {
        let is_signature = line.starts_with(DASH);
        if is_signed && !is_signature {
            return Some(length);
        }
        if !line.ends_with('\n') {
            return None;
        }
        is_signed = is_signature;
        length += line.len();
    }
    is_signed.then_some(length)
}

//! What is made ahead, and kept by the host: the runtime, evaluated, as a snapshot that a context begins
//! with; and of a plugin's files what V8 compiled of them.
//!
//! V8 trusts both: whoever could write them could run machine code in the cells that read them. So a
//! snapshot is made in a cell without a plugin, what is compiled of a plugin is for that plugin alone, and
//! the host seals both.

use std::collections::BTreeMap;

use aether_protocol::v1::CodePart;
use v8::script_compiler::CachedData;
use v8::{Context, CreateParams, Isolate, Local, PinScope, StartupData};

use super::{Thrown, natives};
use crate::host::Host;
use crate::ops;
use crate::requests;
use crate::runtime;
use crate::value::{Raise, Ret};

/// Bytes that are handed over at a time.
const PIECE: usize = 8 << 20;

/// Most bytes of one file's name.
const NAME_BYTES: usize = 4096;

/// Says which build made something: V8, the runtime's scripts, and how many operations they call by their
/// places.
pub(crate) fn identity(jit: bool) -> String {
    let (v8, scripts) = (v8::V8::get_version(), runtime::NUMBER);
    let kind = if jit { "jit" } else { "plain" };
    format!("{v8}-{scripts:016x}-{}-{kind}", ops::TABLE.len())
}

/// A part that the host has, if it has one.
pub(super) fn part(host: &Host, part: CodePart) -> Option<Vec<u8>> {
    if !host.hello.made.contains(&part) {
        return None;
    }
    let answer = requests::bundle_code(part).and_then(|request| host.request_and_wait(request));
    match answer {
        Ok(Ret::Bytes(bytes)) => Some(bytes),
        // It is made again here then.
        _ => None,
    }
}

/// Hands over a part.
pub(super) fn hand_over(host: &Host, part: CodePart, bytes: &[u8]) -> Result<(), Raise> {
    for piece in bytes.chunks(PIECE) {
        host.request_and_wait(requests::bundle_keep(part, piece)?)?;
    }
    Ok(())
}

/// The snapshot that the host has, unless it is another build's.
pub(super) fn snapshot(host: &Host) -> Option<Vec<u8>> {
    // A debugger wants to be told of every script.
    let mut bytes = part(host, CodePart::Snapshot).filter(|_| host.hello.debug.is_no())?;
    let identity = identity(host.hello.jit);
    // Behind the blob, which is not to be moved.
    let end = bytes.len().checked_sub(identity.len())?;
    let made_by = bytes.split_off(end);
    (made_by == identity.as_bytes()).then_some(bytes)
}

/// An isolate that begins with a snapshot.
pub(super) fn beginning(params: CreateParams, snapshot: Vec<u8>) -> CreateParams {
    params
        .snapshot_blob(StartupData::from(snapshot))
        .external_references(natives::references().into())
}

/// The hooks of the runtime in a context that began with a snapshot.
pub(super) fn restored<'s>(scope: &PinScope<'s, '_>) -> Result<Local<'s, v8::Object>, Thrown> {
    scope.get_context_data_from_snapshot_once::<v8::Object>(0).map_err(|_| Thrown)
}

/// Makes a snapshot of the runtime.
pub(super) fn made(jit: bool) -> Result<Vec<u8>, Thrown> {
    let params = Isolate::create_params().set_code_range_size_in_bytes(super::code_range());
    let references = natives::references().into();
    let mut isolate = Isolate::snapshot_creator(Some(references), Some(params));
    let evaluated = evaluated(&mut isolate);
    // Whatever came of it: an isolate that makes a snapshot has to make one.
    let blob = isolate.create_blob(v8::FunctionCodeHandling::Keep);
    evaluated?;
    let mut bytes = blob.ok_or(Thrown)?.to_vec();
    bytes.extend_from_slice(identity(jit).as_bytes());
    Ok(bytes)
}

fn evaluated(isolate: &mut v8::OwnedIsolate) -> Result<(), Thrown> {
    v8::scope!(let scope, isolate);
    let context = Context::new(scope, v8::ContextOptions::default());
    let scope = &mut v8::ContextScope::new(scope, context);
    let hooks = natives::evaluated(scope, false);
    if let Ok(hooks) = hooks {
        scope.add_context_data(context, hooks);
    }
    scope.set_default_context(context);
    hooks.map(drop)
}

/// What was compiled of a plugin's files, by their paths.
#[derive(Debug, Default)]
pub(super) struct Compiled(BTreeMap<String, Vec<u8>>);

impl Compiled {
    /// What the host has.
    pub(super) fn of(host: &Host) -> Self {
        part(host, CodePart::Script).and_then(|bytes| Self::read(&bytes)).unwrap_or_default()
    }

    /// Adds what was made of a file, if something was.
    pub(super) fn extend(&mut self, path: String, made: Option<&CachedData<'_>>) {
        if let Some(made) = made {
            self.0.insert(path, made.to_vec());
        }
    }

    /// What was compiled of a file: taken, since none is compiled twice.
    pub(super) fn take(&mut self, path: &str) -> Option<Vec<u8>> {
        self.0.remove(path)
    }

    /// As the host keeps it: of each file the lengths of its path and of what was made, and both.
    pub(super) fn written(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (path, made) in &self.0 {
            for part in [path.as_bytes(), made] {
                let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
                bytes.extend_from_slice(&length.to_le_bytes());
            }
            bytes.extend_from_slice(path.as_bytes());
            bytes.extend_from_slice(made);
        }
        bytes
    }

    fn read(mut bytes: &[u8]) -> Option<Self> {
        let mut all = BTreeMap::new();
        while !bytes.is_empty() {
            let mut length = || {
                let (length, rest) = bytes.split_first_chunk::<4>()?;
                bytes = rest;
                usize::try_from(u32::from_le_bytes(*length)).ok()
            };
            let (path, made) = (length()?, length()?);
            let (path, rest) =
                bytes.split_at_checked(path).filter(|(path, _)| path.len() <= NAME_BYTES)?;
            let (made, rest) = rest.split_at_checked(made)?;
            all.insert(std::str::from_utf8(path).ok()?.to_owned(), made.to_vec());
            bytes = rest;
        }
        Some(Self(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut compiled = Compiled::default();
        for (path, made) in [("main.js", vec![1, 2, 3]), ("lib/ä.js", Vec::new())] {
            compiled.0.insert(path.to_owned(), made);
        }
        let bytes = compiled.written();
        assert_eq!(Compiled::read(&bytes).unwrap().0, compiled.0);
        for cut in 1..bytes.len() {
            let read = Compiled::read(&bytes[..cut]);
            assert!(read.is_none_or(|read| read.0.len() < 2), "{cut}");
        }
        assert!(Compiled::read(&[255; 8]).is_none());
        assert!(Compiled::read(b"").unwrap().0.is_empty());
    }

    #[test]
    fn builds_that_make_machine_code_are_told_apart() {
        assert_ne!(identity(true), identity(false));
        assert_eq!(identity(true), identity(true));
    }
}

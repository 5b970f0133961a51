//! What is made ahead, and kept by the host: the runtime, evaluated, as a snapshot that a context begins
//! with; and of a plugin's files what V8 compiled of them.
//!
//! V8 trusts both: whoever could write them could run machine code in the cells that read them. So a
//! snapshot is made in a cell without a plugin, what is compiled of a plugin is for that plugin alone, and
//! the host seals both.

use std::collections::BTreeMap;
use std::ops::Range;

use aether_protocol::limits;
use aether_protocol::v1::CodePart;
use v8::script_compiler::{CachedData, CompileOptions};
use v8::{Context, CreateParams, Isolate, Local, PinScope, StartupData};

use super::{Thrown, mapped, natives};
use crate::host::Host;
use crate::ops;
use crate::requests::{self, Outgoing};
use crate::runtime;
use crate::value::{Raise, Ret};

/// Bytes that are handed over at a time.
const PIECE: usize = 8 << 20;

/// Most bytes of one file's name.
const NAME_BYTES: usize = 4096;

/// To be raised with whatever changes what is made, and is not among what [`NUMBER`] is of: which functions a
/// snapshot refers to, in which order, and how a file becomes the source that is compiled.
const FORM: u64 = 2;

/// A number for what snapshots depend on beside V8: the runtime's scripts, the operations that they call by
/// their places, the system, this crate's version, and which library of V8 it was built with.
const NUMBER: u64 = {
    let mut number = runtime::NUMBER.wrapping_add(FORM);
    let mut at = 0;
    while at < ops::TABLE.len() {
        number = runtime::hashed(number, ops::TABLE[at].name.as_bytes());
        at += 1;
    }
    let about = [
        std::env::consts::ARCH,
        std::env::consts::OS,
        env!("CARGO_PKG_VERSION"),
        match option_env!("RUSTY_V8_ARCHIVE") {
            Some(archive) => archive,
            None => "",
        },
    ];
    let mut at = 0;
    while at < about.len() {
        number = runtime::hashed(number, about[at].as_bytes());
        at += 1;
    }
    number
};

/// Says which build made something.
pub(crate) fn identity(jit: bool) -> String {
    let kind = if jit { "jit" } else { "plain" };
    format!("{}-{NUMBER:016x}-{kind}", v8::V8::get_version())
}

/// A part that is on its way here.
pub(super) struct Asked(u64);

/// Asks for a part, unless the host has none. What cannot be had is made again here.
fn asked(
    host: &Host,
    part: CodePart,
    asking: impl FnOnce() -> Result<Outgoing, Raise>,
) -> Option<Asked> {
    if !host.hello.made.contains(&part) {
        return None;
    }
    asking().and_then(|request| host.request(request)).map(Asked).ok()
}

/// How many bytes of a part were made, if this build made them: who did stands behind them, so that V8 reads
/// them where they lie.
fn made_here(host: &Host, part: &[u8]) -> Option<usize> {
    Some(part.strip_suffix(identity(host.hello.jit).as_bytes())?.len())
}

/// Hands over a part, with who made it.
pub(super) fn hand_over(host: &Host, part: CodePart, mut bytes: Vec<u8>) -> Result<(), Raise> {
    bytes.extend_from_slice(identity(host.hello.jit).as_bytes());
    // A snapshot travels as a payload does.
    if part == CodePart::Snapshot && bytes.len() as u64 > limits::PAYLOAD_BYTES {
        return Err(Raise::wrong("the snapshot is larger than a payload may be"));
    }
    for piece in bytes.chunks(PIECE) {
        host.request_and_wait(requests::bundle_keep(part, piece)?)?;
    }
    Ok(())
}

/// Asks for the snapshot.
pub(super) fn snapshot_asked(host: &Host) -> Option<Asked> {
    asked(host, CodePart::Snapshot, requests::bundle_snapshot)
}

/// The snapshot that the host has.
pub(super) fn snapshot(host: &Host, asked: Option<Asked>) -> Option<&'static [u8]> {
    let Ok(Ret::File(file)) = host.wait(asked?.0) else { return None };
    let bytes = mapped::bytes(&file).ok()?;
    bytes.get(..made_here(host, bytes)?)
}

/// An isolate that begins with a snapshot.
pub(super) fn beginning(params: CreateParams, snapshot: &'static [u8]) -> CreateParams {
    params
        .snapshot_blob(StartupData::from(snapshot))
        .external_references(natives::references().into())
}

/// The hooks of the runtime in a context that began with a snapshot.
pub(super) fn restored<'s>(scope: &PinScope<'s, '_>) -> Result<Local<'s, v8::Object>, Thrown> {
    scope.get_context_data_from_snapshot_once::<v8::Object>(0).map_err(|_| Thrown)
}

/// Makes a snapshot of the runtime.
pub(super) fn made() -> Result<Vec<u8>, Thrown> {
    let params = Isolate::create_params().set_code_range_size_in_bytes(super::code_range());
    let references = natives::references().into();
    let mut isolate = Isolate::snapshot_creator(Some(references), Some(params));
    let evaluated = evaluated(&mut isolate);
    // Whatever came of it: an isolate that makes a snapshot has to make one.
    let blob = isolate.create_blob(v8::FunctionCodeHandling::Keep);
    evaluated?;
    // Each isolate is to have hashes of its own: what one plugin learns of them is of no use to another.
    blob.filter(StartupData::can_be_rehashed).map(|blob| blob.to_vec()).ok_or(Thrown)
}

fn evaluated(isolate: &mut v8::OwnedIsolate) -> Result<(), Thrown> {
    v8::scope!(let scope, isolate);
    let context = Context::new(scope, v8::ContextOptions::default());
    let scope = &mut v8::ContextScope::new(scope, context);
    // What every start runs is kept compiled, functions that wait for a plugin too.
    let hooks = natives::evaluated(scope, false, CompileOptions::EagerCompile);
    if let Ok(hooks) = hooks {
        scope.add_context_data(context, hooks);
    }
    scope.set_default_context(context);
    hooks.map(drop)
}

/// What was compiled of a plugin's files.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    bytes: Vec<u8>,
    /// By the paths of the files: a number for the source, and where in the bytes it is.
    files: BTreeMap<String, (u64, Range<usize>)>,
}

impl Compiled {
    /// What the host has.
    pub(super) fn of(host: &Host) -> Self {
        let asked = asked(host, CodePart::Script, requests::bundle_scripts);
        let answer = asked.map(|Asked(id)| host.wait(id));
        let Some(Ok(Ret::Bytes(mut bytes))) = answer else { return Self::default() };
        bytes.truncate(made_here(host, &bytes).unwrap_or_default());
        Self::read(bytes).unwrap_or_default()
    }

    /// Adds what was made of a file's source, if something was.
    pub(super) fn add(&mut self, path: &str, source: &str, made: Option<&CachedData<'_>>) {
        let Some(made) = made else { return };
        let lengths = [path.len(), made.len()].map(u32::try_from);
        let [Ok(of_path), Ok(of_made)] = lengths else { return };
        self.bytes.extend_from_slice(&of_path.to_le_bytes());
        self.bytes.extend_from_slice(&of_made.to_le_bytes());
        self.bytes.extend_from_slice(&number_of(source).to_le_bytes());
        self.bytes.extend_from_slice(path.as_bytes());
        self.bytes.extend_from_slice(made);
    }

    /// What was compiled of a file, if it was of this source: V8 looks at the length of a source alone.
    pub(super) fn get(&self, path: &str, source: &str) -> Option<&[u8]> {
        let (number, range) = self.files.get(path)?;
        self.bytes.get(range.clone()).filter(|_| *number == number_of(source))
    }

    /// As the host keeps it: of each file the lengths of its path and of what was made, the number of the
    /// source, the path, and what was made.
    pub(super) fn written(self) -> Vec<u8> {
        self.bytes
    }

    fn read(bytes: Vec<u8>) -> Option<Self> {
        let mut files = BTreeMap::new();
        let mut at = 0;
        while at < bytes.len() {
            let (lengths, rest) = bytes.get(at..)?.split_first_chunk::<16>()?;
            let number =
                |from: usize| lengths.get(from..from + 4)?.try_into().ok().map(u32::from_le_bytes);
            let (of_path, of_made) = (number(0)? as usize, number(4)? as usize);
            let source = u64::from_le_bytes(lengths.get(8..)?.try_into().ok()?);
            let path = rest.get(..of_path).filter(|path| path.len() <= NAME_BYTES)?;
            let begin = at + 16 + of_path;
            let end = begin.checked_add(of_made).filter(|end| *end <= bytes.len())?;
            files.insert(std::str::from_utf8(path).ok()?.to_owned(), (source, begin..end));
            at = end;
        }
        Some(Self { bytes, files })
    }
}

fn number_of(source: &str) -> u64 {
    runtime::hashed(runtime::HASH, source.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut compiled = Compiled::default();
        for (path, source, made) in [("main.js", "1", &[1, 2, 3][..]), ("lib/ä.js", "2", &[])] {
            compiled.add(path, source, Some(&CachedData::new(made)));
        }
        let bytes = compiled.written();
        let read = Compiled::read(bytes.clone()).unwrap();
        assert_eq!(read.get("main.js", "1"), Some(&[1, 2, 3][..]));
        assert_eq!(read.get("main.js", "2"), None, "of another source");
        assert_eq!(read.get("lib/ä.js", "2"), Some(&[][..]));
        for cut in 1..bytes.len() {
            let read = Compiled::read(bytes[..cut].to_vec());
            assert!(read.is_none_or(|read| read.files.len() < 2), "{cut}");
        }
        assert!(Compiled::read(vec![255; 8]).is_none());
        assert!(Compiled::read(vec![255; 64]).is_none());
        assert!(Compiled::read(Vec::new()).unwrap().files.is_empty());
    }

    #[test]
    fn builds_that_make_machine_code_are_told_apart() {
        assert_ne!(identity(true), identity(false));
        assert_eq!(identity(true), identity(true));
    }
}

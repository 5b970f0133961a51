//! Code that is compiled of WebAssembly plugins: each in a cell of its own, once, and kept by the
//! digest of what it was made of.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use aether_gateway::{Attach, CodeSide, CodeSink, Coded, Given};
use aether_wasm::Compiled;
use aether_wasm::entry::{self, EntryKey, Key};

use super::start::{StartError, StartOptions};
use super::{Host, lock};
use crate::Plugin;
use crate::wire::held;

/// The digest of a plugin's bytes.
type Digest = [u8; 32];

/// Largest file of the cache that is read, in bytes.
const FILE_BYTES: u64 = aether_gateway::limits::CODE_BYTES as u64;

/// Compiled code, for the cells of a run.
pub(crate) struct Codes {
    key: Key,
    /// Where it is kept from run to run, if it is.
    folder: Option<PathBuf>,
    made: Mutex<BTreeMap<Digest, Coded>>,
    /// What cells that compile now give.
    given: Mutex<BTreeMap<Digest, CodeSink>>,
}

impl Codes {
    /// Keeps code in this folder, or for one run.
    pub(crate) fn new(folder: Option<PathBuf>) -> io::Result<Self> {
        let key = match &folder {
            Some(folder) => key_in(folder)?,
            None => new_key()?,
        };
        let (made, given) = (Mutex::default(), Mutex::default());
        Ok(Self { key: Key::new(key), folder, made, given })
    }

    fn find(&self, wasm: &Digest) -> Option<Coded> {
        if let Some(coded) = lock(&self.made).get(wasm) {
            return Some(coded.clone());
        }
        let folder = self.folder.as_ref()?;
        let facts = read(&folder.join(name_of(wasm, "facts"))).ok()?;
        let code = read(&folder.join(name_of(wasm, "code"))).ok()?;
        let key = self.key.of(wasm);
        // One of another version, or somebody else's, is made again.
        if !entry::fits(&facts, &code, wasm, &key) {
            return None;
        }
        self.hold(wasm, &key, facts, &code).ok()
    }

    fn hold(
        &self,
        wasm: &Digest,
        key: &EntryKey,
        facts: Vec<u8>,
        code: &[u8],
    ) -> io::Result<Coded> {
        let key = key.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let coded = Coded { facts: facts.into(), key, code: Attach::Held(held(code)?) };
        lock(&self.made).insert(*wasm, coded.clone());
        Ok(coded)
    }

    /// Seals and keeps what a cell gave.
    fn keep(&self, wasm: &Digest, given: Given) -> Result<Coded, String> {
        let compiled = Compiled::of(&given.facts, given.code).map_err(|error| error.to_string())?;
        let key = self.key.of(wasm);
        let facts = entry::seal(&compiled, wasm, &key).map_err(|error| error.to_string())?;
        if let Some(folder) = &self.folder {
            // What cannot be kept is compiled again another time.
            drop(store(folder, wasm, &facts, &compiled.code));
        }
        self.hold(wasm, &key, facts, &compiled.code).map_err(|error| error.to_string())
    }
}

impl Host {
    /// What a cell of this plugin has to do with compiled code. Compiles it first where that was not
    /// done yet.
    pub(super) fn code_side(
        &self,
        plugin: &Plugin,
        options: &StartOptions,
    ) -> Result<CodeSide, StartError> {
        let Some(wasm) = plugin.wasm() else { return Ok(CodeSide::Nothing) };
        let wasm = entry::digest(wasm);
        if options.compile_only {
            let sink = CodeSink::default();
            lock(&self.0.codes.given).insert(wasm, sink.clone());
            return Ok(CodeSide::Compiles(sink));
        }
        if let Some(coded) = self.0.codes.find(&wasm) {
            return Ok(CodeSide::Runs(coded));
        }
        self.compile(plugin)?;
        let sink = lock(&self.0.codes.given).remove(&wasm).unwrap_or_default();
        let kept = self.0.codes.keep(&wasm, sink.take()).map_err(StartError::Code)?;
        Ok(CodeSide::Runs(kept))
    }
}

fn name_of(wasm: &Digest, part: &str) -> String {
    let hex: String = wasm.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{hex}.{part}")
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The code first: facts without code are of no use, and found to be of other code.
fn store(folder: &Path, wasm: &Digest, facts: &[u8], code: &[u8]) -> io::Result<()> {
    for (part, bytes) in [("code", code), ("facts", facts)] {
        let beside = folder.join(format!(".{}-{}", name_of(wasm, part), std::process::id()));
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(bytes)?;
        fs::rename(&beside, folder.join(name_of(wasm, part)))?;
    }
    Ok(())
}

/// The key of the cache in a folder, which is made where there is none.
fn key_in(folder: &Path) -> io::Result<[u8; 32]> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let path = folder.join("key");
    match File::open(&path) {
        Ok(mut file) => {
            let mut key = [0; 32];
            file.read_exact(&mut key)?;
            Ok(key)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = new_key()?;
            let beside = folder.join(format!(".key-{}", std::process::id()));
            let mut file =
                OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
            file.write_all(&key)?;
            // Whoever was faster has made the one that counts.
            let linked = fs::hard_link(&beside, &path);
            fs::remove_file(&beside)?;
            match linked {
                Ok(()) => Ok(key),
                Err(_) => key_in(folder),
            }
        }
        Err(error) => Err(error),
    }
}

fn new_key() -> io::Result<[u8; 32]> {
    let mut key = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut key)?;
    Ok(key)
}

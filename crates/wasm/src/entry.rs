//! Entries of the cache of compiled code: what a host writes beside the code so that it takes no
//! other for it.
//!
//! An entry is two files: the code as the compiler gave it, and this header. The header says for
//! which engine and processor the code is, of which plugin's bytes it was made and what they are,
//! and ends in a keyed digest of all that. A forged, swapped or cut entry is refused, and so is
//! one whose code is another. A host keeps one [`Key`] for its cache, and gives a cell an
//! [`EntryKey`], with which no other entry can be made.

#[cfg(unix)]
use std::fs::File;
use std::io;

use serde::{Deserialize, Serialize};

use crate::compile::Compiled;
use crate::engine::Engine;
use crate::facts::Facts;
use crate::limits;

/// Each name with whether the processor has it.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
macro_rules! abilities_of {
    ($detected:ident, $($name:tt)*) => {
        vec![$(($name, std::arch::$detected!($name))),*]
    };
}

const MAGIC: &[u8; 8] = b"aetherwa";

/// The form of the header. Another form is another number.
const FORMAT: u32 = 1;

/// What compiles, in the words of its makers. Code of another one is compiled again.
const COMPILER: &str = concat!("wasmtime 48, aether ", env!("CARGO_PKG_VERSION"));

/// Bytes of the keyed digest that ends a header.
const MAC_BYTES: usize = 32;

/// Largest header, in bytes. Facts are bounded by what a component may have of exports.
const HEADER_BYTES: usize = 2 * limits::FACTS_BYTES;

/// Largest compiled code, in bytes.
const CODE_BYTES: u64 = 1 << 30;

/// A digest of a plugin's bytes.
pub type Digest = [u8; 32];

/// The digest under which bytes are compiled once.
#[must_use]
pub fn digest(wasm: &[u8]) -> Digest {
    *blake3::hash(wasm).as_bytes()
}

/// The secret of a host's cache. Whoever has it can have any code run.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl Key {
    /// 32 bytes that nobody else knows, from the host's own state.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key of the entries for the plugin with this digest alone.
    #[must_use]
    pub fn of(&self, wasm: &Digest) -> EntryKey {
        EntryKey(*blake3::keyed_hash(&self.0, wasm).as_bytes())
    }
}

/// The secret of one plugin's entries. A cell is given this one, so that a cell which was taken
/// over cannot make an entry for anybody else.
#[derive(Clone)]
pub struct EntryKey([u8; 32]);

impl EntryKey {
    /// The same from its bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes, to be given to a cell.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Where compiled code is.
pub enum Code {
    /// In memory.
    Held(Vec<u8>),
    /// In a file that nobody writes to while the program lasts: a sealed memory file, or one in a
    /// folder that is the host's alone. It is mapped, not read.
    #[cfg(unix)]
    Mapped(File),
}

/// Where the machine code stands in the compiled code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Text {
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

/// Why compiled code is not loaded. The answer to each is to compile again, but for the last one.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// The header is not one of this product's, or of another version of it.
    #[error("the cache entry is no entry of this version: {0}; compile the plugin again")]
    Form(&'static str),
    /// The keyed digest is another's.
    #[error(
        "the cache entry was not written by this host, or has been changed; delete it and compile \
         the plugin again"
    )]
    Forged,
    /// It is of other bytes.
    #[error("the cache entry is of another plugin; compile the plugin again")]
    OtherPlugin,
    /// It is for another engine or processor.
    #[error("the cache entry is for another engine or processor; compile the plugin again")]
    OtherEngine,
    /// The code is not the one that the header is for.
    #[error("the compiled code is not the one that its header is for; compile the plugin again")]
    OtherCode,
    /// The code cannot be read.
    #[error("the compiled code cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// The engine does not take it.
    #[error("the compiled code cannot be loaded: {0}")]
    Engine(String),
}

/// The members of a header.
#[derive(Serialize, Deserialize)]
struct Members {
    wasm: Digest,
    code: Digest,
    code_bytes: u64,
    compatibility: u64,
    /// Compiler and processor, for a host that has no engine to ask.
    machine: String,
    text: Text,
    facts: Facts,
}

/// An entry whose header and code belong together and were stored by the host. There is no other
/// way to one than [`Verified::check`].
pub(crate) struct Verified {
    pub(crate) facts: Facts,
    #[cfg(unix)]
    pub(crate) text: Text,
}

/// The header for compiled code, to be stored beside it.
///
/// # Errors
/// [`EntryError::Form`] where the code is not what the compiler gives.
pub fn seal(compiled: &Compiled, wasm: &Digest, key: &EntryKey) -> Result<Vec<u8>, EntryError> {
    let members = Members {
        wasm: *wasm,
        code: digest(&compiled.code),
        code_bytes: compiled.code.len() as u64,
        compatibility: compiled.compatibility,
        machine: machine(),
        text: text_of(&compiled.code).ok_or(EntryError::Form("it is no compiled code"))?,
        facts: compiled.facts.clone(),
    };
    let body = serde_json::to_vec(&members).map_err(|_| EntryError::Form("it has no form"))?;
    let mut header = Vec::with_capacity(MAGIC.len() + 4 + body.len() + MAC_BYTES);
    header.extend_from_slice(MAGIC);
    header.extend_from_slice(&FORMAT.to_le_bytes());
    header.extend_from_slice(&body);
    let mac = blake3::keyed_hash(&key.0, &header);
    header.extend_from_slice(mac.as_bytes());
    Ok(header)
}

/// The same header under another key, for a cell: with that it can make no entry that is taken from the cache.
///
/// # Errors
/// [`EntryError`], but nothing about the code.
pub fn resealed(header: &[u8], key: &EntryKey, other: &EntryKey) -> Result<Vec<u8>, EntryError> {
    open(header, key)?;
    let signed = &header[..header.len() - MAC_BYTES];
    Ok([signed, blake3::keyed_hash(&other.0, signed).as_bytes()].concat())
}

impl Verified {
    pub(crate) fn check(
        engine: &Engine,
        header: &[u8],
        code: &Code,
        wasm: &Digest,
        key: &EntryKey,
    ) -> Result<Self, EntryError> {
        let members = open(header, key)?;
        if members.wasm != *wasm {
            return Err(EntryError::OtherPlugin);
        }
        if members.compatibility != engine.compatibility() {
            return Err(EntryError::OtherEngine);
        }
        if measure(code)? != (members.code_bytes, members.code) {
            return Err(EntryError::OtherCode);
        }
        Ok(Self {
            facts: members.facts,
            #[cfg(unix)]
            text: members.text,
        })
    }
}

/// Whether a header and code belong together, were stored by this host, and are of these bytes, for
/// this version and this processor as far as a host can tell; the rest is found out by whoever loads
/// them.
#[must_use]
pub fn fits(header: &[u8], code: &[u8], wasm: &Digest, key: &EntryKey) -> bool {
    open(header, key).is_ok_and(|members| {
        members.wasm == *wasm
            && members.machine == machine()
            && members.code_bytes == code.len() as u64
            && members.code == digest(code)
    })
}

/// What a header says of the plugin, for a host that only wants to know.
///
/// # Errors
/// [`EntryError`], but nothing about the code, which is not looked at.
pub fn facts(header: &[u8], key: &EntryKey) -> Result<Facts, EntryError> {
    Ok(open(header, key)?.facts)
}

fn open(header: &[u8], key: &EntryKey) -> Result<Members, EntryError> {
    let least = MAGIC.len() + 4 + MAC_BYTES;
    if header.len() < least || header.len() > HEADER_BYTES || !header.starts_with(MAGIC) {
        return Err(EntryError::Form("the header is not ours"));
    }
    let (signed, mac) = header.split_at(header.len() - MAC_BYTES);
    let mac: [u8; MAC_BYTES] = mac.try_into().map_err(|_| EntryError::Forged)?;
    // Compared in constant time, and before anything in it is read.
    if blake3::keyed_hash(&key.0, signed) != blake3::Hash::from_bytes(mac) {
        return Err(EntryError::Forged);
    }
    let body = &signed[MAGIC.len()..];
    if !body.starts_with(&FORMAT.to_le_bytes()) {
        return Err(EntryError::Form("its form has another number"));
    }
    serde_json::from_slice(&body[4..]).map_err(|_| EntryError::Form("its members differ"))
}

/// What compiled code is for. A folder of a network, or a disk that moves, has code of several
/// processors in time.
fn machine() -> String {
    let mut machine = format!("{COMPILER}, {}", std::env::consts::ARCH);
    for (name, has) in abilities() {
        if *has {
            machine.push(' ');
            machine.push_str(name);
        }
    }
    machine
}

/// The abilities of processors that the compiler makes use of.
fn abilities() -> &'static [(&'static str, bool)] {
    static FOUND: std::sync::OnceLock<Vec<(&'static str, bool)>> = std::sync::OnceLock::new();
    FOUND.get_or_init(|| {
        #[cfg(target_arch = "x86_64")]
        let found = abilities_of!(
            is_x86_feature_detected,
            "cmpxchg16b" "sse3" "ssse3" "sse4.1" "sse4.2" "popcnt" "lzcnt" "bmi1" "bmi2" "fma"
            "avx" "avx2" "avxvnni" "avx512bitalg" "avx512dq" "avx512f" "avx512vl" "avx512vbmi"
            "avx512vnni"
        );
        #[cfg(target_arch = "aarch64")]
        let found =
            abilities_of!(is_aarch64_feature_detected, "lse" "paca" "fp16" "dotprod" "i8mm");
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let found = Vec::new();
        found
    })
}

/// Size and digest of the code.
fn measure(code: &Code) -> Result<(u64, Digest), EntryError> {
    match code {
        Code::Held(bytes) => Ok((bytes.len() as u64, digest(bytes))),
        #[cfg(unix)]
        Code::Mapped(file) => measure_file(file),
    }
}

#[cfg(unix)]
fn measure_file(file: &File) -> Result<(u64, Digest), EntryError> {
    use std::os::unix::fs::FileExt as _;

    let found = rustix::fs::fstat(file).map_err(io::Error::from)?;
    let size = u64::try_from(found.st_size).unwrap_or(u64::MAX);
    if size > CODE_BYTES {
        return Err(EntryError::OtherCode);
    }
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; 64 << 10];
    let mut at = 0;
    while at < size {
        // By position: the file may be shared, and the position with it.
        let got = file.read_at(&mut piece, at)?;
        if got == 0 {
            return Err(EntryError::OtherCode);
        }
        hasher.update(&piece[..got]);
        at += got as u64;
    }
    Ok((size, *hasher.finalize().as_bytes()))
}

/// Where `.text` stands in an ELF file of 64 bits. Nothing is trusted: what does not fit is none.
fn text_of(code: &[u8]) -> Option<Text> {
    if !code.starts_with(b"\x7fELF\x02") {
        return None;
    }
    let table = number(code, 0x28, 8)?;
    let entry = number(code, 0x3a, 2)?;
    let count = number(code, 0x3c, 2)?;
    let names = section(code, table, entry, number(code, 0x3e, 2)?)?;
    (0..count).find_map(|index| {
        let at = table.checked_add(index.checked_mul(entry)?)?;
        let name = names.offset.checked_add(number(code, at, 4)?)?;
        let rest = code.get(usize::try_from(name).ok()?..)?;
        rest.starts_with(b".text\0").then(|| section(code, table, entry, index))?
    })
}

fn section(code: &[u8], table: u64, entry: u64, index: u64) -> Option<Text> {
    let at = table.checked_add(index.checked_mul(entry)?)?;
    let offset = number(code, at.checked_add(0x18)?, 8)?;
    let length = number(code, at.checked_add(0x20)?, 8)?;
    (offset.checked_add(length)? <= code.len() as u64).then_some(Text { offset, length })
}

fn number(code: &[u8], at: u64, size: usize) -> Option<u64> {
    let at = usize::try_from(at).ok()?;
    let bytes = code.get(at..at.checked_add(size)?)?;
    let mut whole = [0; 8];
    whole[..size].copy_from_slice(bytes);
    Some(u64::from_le_bytes(whole))
}

impl std::fmt::Debug for Code {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Held(bytes) => write!(out, "Held({} bytes)", bytes.len()),
            #[cfg(unix)]
            Self::Mapped(file) => write!(out, "Mapped({file:?})"),
        }
    }
}

const _: () = assert!(limits::WASM_BYTES as u64 <= CODE_BYTES);

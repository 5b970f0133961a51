//! Code that is compiled of WebAssembly plugins: each in a cell of its own, once, and kept by the
//! digest of what it was made of.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use aether_gateway::{Attach, CodeSide, CodeSink, Coded, Given};
use aether_manifest::{Asking, Limit, Permission, show_size};
use aether_policy::check::{Import, check_imports};
use aether_policy::grant::Grant;
use aether_policy::policy::Isolation;
use aether_protocol::v1::CodePart;
use aether_source::Diagnostic;
use aether_wasm::entry::{self, EntryKey, Key};
use aether_wasm::{Compiled, Facts, Need};

use super::launch::Manner;
use super::recipe::EngineMemory;
use super::start::{StartError, StartOptions, start_failure};
use super::{Host, lock};
use crate::wire::held;
use crate::{Plugin, private};

/// Whose code it is: the digest of a plugin's bytes, and whether each of its calls gets a fresh instance,
/// for which other code is made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Whose {
    wasm: [u8; 32],
    stateless: bool,
    /// It is to run in the host's own process.
    in_host: bool,
}

impl Whose {
    fn of(plugin: &Plugin, wasm: &[u8], in_host: bool) -> Self {
        Self { wasm: entry::digest(wasm), stateless: plugin.manifest().stateless, in_host }
    }

    /// The name of its file in the folder.
    fn file(&self, part: &str) -> String {
        let fresh = if self.stateless { "-stateless" } else { "" };
        let place = if self.in_host { "-in-host" } else { "" };
        format!("{}{fresh}{place}.{part}", hex(&self.wasm))
    }
}

/// What a cell that only compiles is told to run, for reports. No step of a pipeline has such a name.
const COMPILE_STEP: &str = "(compile)";

/// Largest file of the cache that is read, in bytes.
const FILE_BYTES: u64 = aether_gateway::limits::CODE_BYTES as u64;

/// Code of one plugin, and what is known of it.
#[derive(Clone)]
struct Made {
    coded: Coded,
    facts: Arc<Facts>,
}

/// Compiled code, for the cells of a run.
pub(crate) struct Codes {
    /// Where it is kept from run to run, if it is.
    folder: Option<PathBuf>,
    /// Made when the first plugin needs it; and whether it is the folder's.
    key: OnceLock<(Key, bool)>,
    made: Mutex<Recent<Whose, Made>>,
    /// Held by whoever compiles.
    compiling: Mutex<()>,
}

/// Plugins whose code a host holds at most, but for those that are compiled now. Each holds a memory
/// file; who is used again is compiled again, or read from the folder.
const HELD: usize = 16;

/// Code that was used last.
pub(crate) struct Recent<K, V> {
    /// Each is held by whoever compiles it: whoever else wants it waits.
    places: BTreeMap<K, Arc<Mutex<Option<V>>>>,
    /// From the one that was used the longest time ago.
    order: VecDeque<K>,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self { places: BTreeMap::new(), order: VecDeque::new() }
    }
}

impl<K: Ord + Clone, V> Recent<K, V> {
    pub(super) fn place(&mut self, whose: K) -> Arc<Mutex<Option<V>>> {
        self.order.retain(|other| *other != whose);
        self.order.push_back(whose.clone());
        let place = Arc::clone(self.places.entry(whose).or_default());
        while self.order.len() > HELD {
            let unused = |whose: &K| {
                self.places.get(whose).is_none_or(|place| Arc::strong_count(place) == 1)
            };
            let Some(at) = self.order.iter().position(unused) else { break };
            if let Some(oldest) = self.order.remove(at) {
                self.places.remove(&oldest);
            }
        }
        place
    }

    fn forget(&mut self, whose: &K) {
        self.order.retain(|other| other != whose);
        self.places.remove(whose);
    }
}

impl Codes {
    /// Keeps code in this folder, or for one run.
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, key: OnceLock::new(), made: Mutex::default(), compiling: Mutex::default() }
    }

    /// What entries are sealed with. Where none can be kept, one for this host: nothing that is in the folder
    /// fits it then, and plugins are compiled again.
    fn key(&self) -> Result<&(Key, bool), String> {
        if let Some(key) = self.key.get() {
            return Ok(key);
        }
        let kept = self.folder.as_ref().and_then(|folder| key_in(folder).ok());
        let is_kept = kept.is_some();
        let key = match kept {
            Some(key) => key,
            None => new_key().map_err(|error| format!("no random bytes: {error}"))?,
        };
        Ok(self.key.get_or_init(|| (Key::new(key), is_kept)))
    }

    /// Where it is kept from run to run, if it is.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The folder's key; none where it has none.
    pub(super) fn kept_key(&self) -> Option<&Key> {
        self.key().ok().filter(|(_, is_kept)| *is_kept).map(|(key, _)| key)
    }

    /// The place of one plugin's code.
    fn place(&self, whose: Whose) -> Arc<Mutex<Option<Made>>> {
        lock(&self.made).place(whose)
    }

    /// What was kept by an earlier run. What is of another version, or somebody else's, is none.
    fn kept(&self, whose: Whose) -> Option<Made> {
        let folder = self.folder.as_ref()?;
        let key = self.key().ok()?.0.of(&whose.wasm);
        let facts = read(&folder.join(whose.file("facts"))).ok()?;
        let code = read(&folder.join(whose.file("code"))).ok()?;
        if !entry::fits(&facts, &code, &whose.wasm, &key) {
            return None;
        }
        made_of(&whose.wasm, &key, &facts, &code).ok()
    }

    /// Seals and keeps what a cell gave.
    fn keep(&self, whose: Whose, given: Given) -> Result<Made, String> {
        let compiled = Compiled::of(&given.facts, given.code).map_err(|error| error.to_string())?;
        let (key, is_kept) = self.key()?;
        let key = key.of(&whose.wasm);
        let facts = entry::seal(&compiled, &whose.wasm, &key).map_err(|error| error.to_string())?;
        if let Some(folder) = self.folder.as_ref().filter(|_| *is_kept) {
            // What cannot be kept is compiled again another time.
            drop(store(folder, whose, &facts, &compiled.code));
        }
        made_of(&whose.wasm, &key, &facts, &compiled.code).map_err(|error| error.to_string())
    }
}

fn made_of(wasm: &[u8; 32], key: &EntryKey, header: &[u8], code: &[u8]) -> io::Result<Made> {
    let facts = entry::facts(header, key).map_err(io::Error::other)?;
    // Cells never see what the cache is sealed with.
    let once = EntryKey::new(new_key()?);
    let header = entry::resealed(header, key, &once).map_err(io::Error::other)?;
    let coded = Coded {
        entry: hex(wasm),
        // Small enough to need no descriptor of the host for as long as it is held.
        facts: Attach::Bytes(header),
        key: hex(once.bytes()),
        code: Attach::Held(held(code)?),
        digest: format!("b3:{}", hex(&entry::digest(code))),
    };
    Ok(Made { coded, facts: Arc::new(facts) })
}

impl Host {
    /// What a cell of this plugin has to do with compiled code. Compiles it first where that was not
    /// done yet, and refuses a plugin that imports what its manifest does not ask for.
    pub(super) fn code_side(
        &self,
        plugin: &Plugin,
        grant: &Grant,
        manner: Manner<'_>,
        (dump, debugged): (Option<&CodeSink>, bool),
    ) -> Result<CodeSide, StartError> {
        let Some(wasm) = plugin.wasm() else {
            return Ok(match (manner.compiles, manner.makes) {
                (Some(_), None) => CodeSide::Nothing,
                (sink, part) => self.ahead(plugin, grant, part.zip(sink), debugged),
            });
        };
        let (memory, in_host) = (grant.limits().memory, grant.isolation() == Isolation::InProcess);
        if let Some(sink) = manner.compiles {
            let entry =
                Attach::Held(held(wasm).map_err(|error| StartError::Code(error.to_string()))?);
            return Ok(CodeSide::Compiles(entry, sink.clone()));
        }
        let made = self.coded(plugin, wasm, in_host)?;
        let problems = problems_of(plugin, &made.facts, memory);
        // Of a plugin that is learned from it is seen what it asks for.
        let learns = self.0.monitoring.traces;
        let is_against =
            |one: &Diagnostic| one.is_error() && !(learns && one.code == "import-unrequested");
        match problems.iter().any(is_against) {
            true => Err(StartError::Unfit(problems)),
            false => Ok(CodeSide::Runs(made.coded, dump.cloned())),
        }
    }

    /// What a WebAssembly plugin's imports and its manifest have against each other. Compiles it.
    pub(super) fn look_at_imports(
        &self,
        plugin: &Plugin,
        wasm: &[u8],
    ) -> Result<Vec<Diagnostic>, StartError> {
        let memory = plugin.manifest().resources.memory;
        Ok(problems_of(plugin, &self.coded(plugin, wasm, false)?.facts, memory))
    }

    /// Compiles a plugin anew when it is started next. Says whether it is one that is compiled.
    pub(super) fn forget_code(&self, plugin: &Plugin) -> bool {
        let Some(wasm) = plugin.wasm() else { return false };
        let whose = [false, true].map(|in_host| Whose::of(plugin, wasm, in_host));
        whose.iter().for_each(|whose| lock(&self.0.codes.made).forget(whose));
        if let Some(folder) = &self.0.codes.folder {
            // Without its facts, the code is not found again.
            whose.iter().for_each(|whose| drop(fs::remove_file(folder.join(whose.file("facts")))));
        }
        true
    }

    /// The code of a plugin, compiled by now.
    fn coded(&self, plugin: &Plugin, wasm: &[u8], in_host: bool) -> Result<Made, StartError> {
        let whose = Whose::of(plugin, wasm, in_host);
        let place = self.0.codes.place(whose);
        let mut place = lock(&place);
        if let Some(made) = &*place {
            return Ok(made.clone());
        }
        let made = match self.0.codes.kept(whose) {
            Some(made) => made,
            None => {
                // One at a time: each may take gigabytes and minutes.
                let _turn = lock(&self.0.codes.compiling);
                let given = self.compiled(plugin, in_host)?;
                self.0.codes.keep(whose, given).map_err(StartError::Code)?
            }
        };
        *place = Some(made.clone());
        Ok(made)
    }

    /// Compiles a plugin in a cell that is granted nothing, and ends it. Gives what came of it: of
    /// JavaScript nothing.
    pub(super) fn compiled(&self, plugin: &Plugin, in_host: bool) -> Result<Given, StartError> {
        self.made_of(&plugin.without_request(), None, in_host)
    }

    /// The same of a plugin without any request; or what an engine of JavaScript makes ahead of it.
    pub(super) fn made_of(
        &self,
        plain: &Plugin,
        makes: Option<CodePart>,
        in_host: bool,
    ) -> Result<Given, StartError> {
        let sink = CodeSink::default();
        let manner = Manner { compiles: Some(&sink), makes, in_host, ..Manner::plugin() };
        let step = Some(COMPILE_STEP.to_owned());
        let options = StartOptions { step, ..StartOptions::default() };
        let finished = Arc::default();
        let number = self.begin(plain, &options, &finished);
        let compiles = plain.wasm().is_some() || makes.is_some();
        self.update(number, |started| started.compiles = compiles);
        let terms = OnceLock::new();
        let result = self.start_numbered(number, plain, &options, (&terms, manner), finished);
        // A run is no worse for what could not be made ahead.
        if let Err(error) = &result
            && makes.is_none()
        {
            self.note_failure(number, start_failure(error));
        }
        result?;
        Ok(sink.take())
    }
}

/// What its imports and its manifest have against each other.
fn problems_of(plugin: &Plugin, facts: &Facts, memory: u64) -> Vec<Diagnostic> {
    let imports: Vec<Import<'_>> = facts
        .imports
        .iter()
        .map(|import| Import {
            name: &import.name,
            permissions: permissions_for(import.needs),
            deliberate: !import.name.starts_with("wasi:") || import.name.starts_with("wasi:http/"),
        })
        .filter(|import| !import.permissions.is_empty())
        .collect();
    let may_ask = facts.imports.iter().any(|one| one.name.starts_with("aether:plugin/token@"));
    let mut found = check_imports(plugin.manifest(), &imports, may_ask);
    found.extend(too_large(plugin, facts.size.memory, memory));
    if !facts.listener {
        found.extend(aether_policy::check::hears_nothing(plugin.manifest()));
    }
    found.into_iter().map(|problem| plugin.with_folder(problem)).collect()
}

/// Memory that it has from the start, and may not have.
fn too_large(plugin: &Plugin, has: u64, memory: u64) -> Option<Diagnostic> {
    let heap = EngineMemory::SMALL.heap(memory);
    if has <= heap {
        return None;
    }
    let manifest = plugin.manifest();
    let message = format!(
        "the code has {has} bytes of memory from the start, and of {} the plugin may have {heap}",
        show_size(memory)
    );
    let place = manifest.resources.place_of(Limit::Memory);
    let place =
        place.unwrap_or_else(|| manifest.permissions.place_of(Permission::FilesystemRead).span);
    // What the engine has of it besides, and whole megabytes.
    let mut asked = manifest.resources.clone();
    asked.memory = has.saturating_add(memory.saturating_sub(heap)).next_multiple_of(1 << 20);
    let line = Asking::Manifest.limit(Limit::Memory, &asked);
    let help = format!("ask for more with {line}, or build it with less initial memory");
    let found = Diagnostic::error("memory-declared", &manifest.source, place, message);
    Some(found.with_help(help))
}

/// Any of these makes an import useful.
const fn permissions_for(need: Need) -> &'static [Permission] {
    match need {
        // Commands are allowed by a policy alone; the others need nothing, or get nothing.
        Need::Nothing | Need::Commands | Need::Refused => &[],
        Need::Files => &[Permission::FilesystemRead, Permission::FilesystemWrite],
        Need::Network => &[Permission::NetworkDomains],
        Need::Environment => &[Permission::Environment],
        Need::Plugins => &[Permission::Plugins],
        Need::Events => &[Permission::EventsEmit, Permission::EventsOn],
        Need::Secrets => &[Permission::Secrets],
    }
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    // A pipe would be waited for.
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The code first: facts without code are of no use, and found to be of other code.
fn store(folder: &Path, whose: Whose, facts: &[u8], code: &[u8]) -> io::Result<()> {
    write_file(folder, &whose.file("code"), code)?;
    write_file(folder, &whose.file("facts"), facts)
}

/// Writes a file of the cache, whole or not at all.
pub(super) fn write_file(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    static STORED: AtomicU64 = AtomicU64::new(0);
    let number = STORED.fetch_add(1, Ordering::Relaxed);
    let beside = folder.join(format!(".{name}-{}-{number}", std::process::id()));
    let mut file = private::file().create(true).truncate(true).open(&beside)?;
    let written = file.write_all(bytes);
    let moved = written.and_then(|()| fs::rename(&beside, folder.join(name)));
    if moved.is_err() {
        // A full disk: what was written of it would only fill it.
        drop(fs::remove_file(&beside));
    }
    moved
}

/// The key of the cache in a folder, which is made where there is none, or none that is whole.
fn key_in(folder: &Path) -> io::Result<[u8; 32]> {
    private::make_folder(folder)?;
    if !private::is_ours(folder)? {
        return Err(io::Error::other("others may write to it"));
    }
    let path = folder.join("key");
    if let Ok(key) = read_key(&path) {
        return Ok(key);
    }
    let key = new_key()?;
    let beside = folder.join(format!(".key-{}", std::process::id()));
    let mut file = private::file().create(true).truncate(true).open(&beside)?;
    file.write_all(&key)?;
    file.sync_all()?;
    match fs::hard_link(&beside, &path) {
        // Somebody was faster, or it is one that was cut off.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match read_key(&path) {
            Ok(theirs) => fs::remove_file(&beside).map(|()| theirs),
            Err(_) => fs::rename(&beside, &path).map(|()| key),
        },
        linked => {
            fs::remove_file(&beside)?;
            linked.map(|()| key)
        }
    }
}

fn read_key(path: &Path) -> io::Result<[u8; 32]> {
    let (mut key, mut file) = ([0; 32], File::open(path)?);
    file.read_exact(&mut key)?;
    Ok(key)
}

fn new_key() -> io::Result<[u8; 32]> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whose(number: u8) -> Whose {
        Whose { wasm: [number; 32], stateless: false, in_host: false }
    }

    #[test]
    fn code_that_was_used_last_is_held() {
        let mut recent = Recent::<Whose, ()>::default();
        let first = recent.place(whose(0));
        let compiles = recent.place(whose(1));
        drop(first);
        for number in 2..200 {
            drop(recent.place(whose(number)));
        }
        assert_eq!(recent.places.len(), HELD);
        assert!(!recent.places.contains_key(&whose(0)), "used too long ago");
        assert!(Arc::ptr_eq(&compiles, &recent.place(whose(1))), "somebody still has it");
        assert!(recent.places.contains_key(&whose(199)));
        recent.forget(&whose(199));
        assert_eq!((recent.places.len(), recent.order.len()), (HELD - 1, HELD - 1));
    }
}

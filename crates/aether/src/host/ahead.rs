//! What an engine of JavaScript makes ahead: its own runtime as a snapshot, in a cell without a plugin, and
//! what it compiled of a plugin's files, in a cell in which nothing of the plugin runs. Kept like code of
//! WebAssembly, by the build of the engine and the digest of the plugin, and sealed: an engine trusts what
//! it is given back.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::time::SystemTime;

use aether_gateway::{Ahead, AheadPart, Attach, CodeSide, CodeSink};
use aether_policy::grant::Grant;
use aether_protocol::v1::CodePart;

use super::code::{Recent, read, write_file};
use super::start::StartError;
use super::{Host, lock};
use crate::Plugin;
use crate::wire::held;

/// Scripts of a bundle, in bytes together, from which on they are compiled ahead: reading fewer takes no
/// longer than asking for what was made of them.
const SCRIPT_BYTES: usize = 256 << 10;

/// What was compiled of a plugin is of no use to it beyond this share of its memory, into which it is read.
const MEMORY_SHARE: u64 = 8;

/// Most bytes of compiled scripts in the folder; those that were made first go first.
const FOLDER_BYTES: u64 = 512 << 20;

/// How files of compiled scripts end.
const SCRIPT: &str = ".script";

/// Bytes of a seal, in front of what it seals.
const SEAL: usize = 32;

/// What was made ahead, by its name; none of what cannot be made.
pub(crate) type AheadParts = Mutex<Recent<String, Option<AheadPart>>>;

impl Host {
    /// What a cell of a JavaScript plugin has to do with what is made ahead.
    pub(super) fn ahead(
        &self,
        plugin: &Plugin,
        grant: &Grant,
        makes: Option<(CodePart, &CodeSink)>,
        debugged: bool,
    ) -> CodeSide {
        if let Some((part, sink)) = makes {
            return CodeSide::Makes(part, sink.clone());
        }
        let Some(engine) = grant.engine().filter(|_| !plugin.is_native()) else {
            return CodeSide::Nothing;
        };
        let Some(build) = aether_cell::made_by(engine.kind.as_str(), engine.jit) else {
            return CodeSide::Nothing;
        };
        // A debugger wants to be told of every script as it is compiled.
        if debugged {
            return CodeSide::Nothing;
        }
        let snapshot =
            self.ahead_part(plugin, CodePart::Snapshot, &build, format!("{build}.snapshot"));
        let digest = plugin.identity().digest.trim_start_matches("b3:");
        let script = (script_bytes(plugin) >= SCRIPT_BYTES)
            .then(|| {
                let name = format!("{digest}-{build}{SCRIPT}");
                self.ahead_part(plugin, CodePart::Script, &build, name)
            })
            .flatten()
            .filter(|part| part.bytes.size() <= grant.limits().memory / MEMORY_SHARE);
        match (&snapshot, &script) {
            (None, None) => CodeSide::Nothing,
            _ => CodeSide::Has(Ahead { snapshot, script }),
        }
    }

    /// A part by its name: held, kept from an earlier run, or made now. Only where there is a folder to keep
    /// it in: making one takes longer than it saves once.
    fn ahead_part(
        &self,
        plugin: &Plugin,
        part: CodePart,
        build: &str,
        name: String,
    ) -> Option<AheadPart> {
        let folder = self.0.codes.folder()?;
        let place = lock(&self.0.ahead).place(name.clone());
        let mut place = lock(&place);
        if let Some(known) = &*place {
            return known.clone();
        }
        let bytes = match self.unsealed(folder, &name) {
            Some(bytes) => bytes,
            None => {
                let bytes = self.make_ahead(plugin, part, build).ok()?;
                // That a plugin's files cannot be compiled is kept too. What cannot be kept is made again.
                if let Some(file) = self
                    .sealed(&name, &bytes)
                    .filter(|_| part == CodePart::Script || !bytes.is_empty())
                {
                    let _unkept = write_file(folder, &name, &file);
                    tidy(folder);
                }
                bytes
            }
        };
        let made = (!bytes.is_empty()).then(|| held(&bytes).ok()).flatten().map(|file| AheadPart {
            bytes: Attach::Held(file),
            digest: format!("b3:{}", blake3::hash(&bytes).to_hex()),
        });
        *place = Some(made.clone());
        made
    }

    /// Makes a part, in a cell of its own; nothing where that cannot be, by this build.
    ///
    /// # Errors
    /// [`StartError`] where it may be another time.
    fn make_ahead(
        &self,
        plugin: &Plugin,
        part: CodePart,
        build: &str,
    ) -> Result<Vec<u8>, StartError> {
        let plain = match part {
            CodePart::Snapshot => plugin.without_files(),
            _ => plugin.without_request(),
        };
        match self.made_of(&plain, Some(part), false) {
            // Another program may have become the cell.
            Ok(given) if given.code.ends_with(build.as_bytes()) => Ok(given.code),
            Ok(_) | Err(StartError::Load(_)) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// What a file holds, if it was sealed here under this name.
    fn unsealed(&self, folder: &Path, name: &str) -> Option<Vec<u8>> {
        self.0.codes.kept_key()?;
        let file = read(&folder.join(name)).ok()?;
        let (seal, bytes) = file.split_first_chunk::<SEAL>()?;
        // Compared without a hint of where they differ.
        (blake3::Hash::from_bytes(*seal) == self.seal(name, bytes)?).then(|| bytes.to_vec())
    }

    /// What is to be kept under a name, with its seal.
    fn sealed(&self, name: &str, bytes: &[u8]) -> Option<Vec<u8>> {
        let seal = self.seal(name, bytes)?;
        Some([seal.as_bytes(), bytes].concat())
    }

    fn seal(&self, name: &str, bytes: &[u8]) -> Option<blake3::Hash> {
        let key = self.0.codes.kept_key()?.of(blake3::hash(name.as_bytes()).as_bytes());
        Some(blake3::keyed_hash(key.bytes(), bytes))
    }
}

fn script_bytes(plugin: &Plugin) -> usize {
    let is_script = |name: &str| {
        [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"].iter().any(|ending| name.ends_with(ending))
    };
    let files = plugin.bundle().files().iter();
    files.filter(|(name, _)| is_script(name)).map(|(_, bytes)| bytes.len()).sum()
}

/// Removes compiled scripts that are too much, the oldest first. Whoever holds one goes on with it.
fn tidy(folder: &Path) {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut scripts: Vec<(SystemTime, u64, std::path::PathBuf)> = files
        .filter(|entry| entry.file_name().to_string_lossy().ends_with(SCRIPT))
        .filter_map(|entry| {
            let about = entry.metadata().ok()?;
            Some((about.modified().ok()?, about.len(), entry.path()))
        })
        .collect();
    scripts.sort();
    let mut all: u64 = scripts.iter().map(|(_, bytes, _)| bytes).sum();
    for (_, bytes, path) in scripts {
        if all <= FOLDER_BYTES {
            return;
        }
        all -= bytes;
        // It is there another time, or somebody else was faster.
        drop(fs::remove_file(path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_scripts_go_first() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: u64| {
            let file = fs::File::create(folder.path().join(name)).unwrap();
            file.set_len(bytes).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(20));
        };
        file("a.script", FOLDER_BYTES / 2);
        file("b.snapshot", FOLDER_BYTES);
        file("c.script", FOLDER_BYTES / 2);
        let there = |name: &str| folder.path().join(name).exists();
        tidy(folder.path());
        assert!(there("a.script") && there("b.snapshot") && there("c.script"));
        file("d.script", 1);
        tidy(folder.path());
        assert!(
            !there("a.script") && there("b.snapshot") && there("c.script") && there("d.script")
        );
    }
}

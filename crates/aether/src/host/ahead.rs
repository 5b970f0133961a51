//! What an engine of JavaScript makes ahead: its own runtime as a snapshot, in a cell without a plugin, and
//! what it compiled of a plugin's files, in a cell in which nothing of the plugin runs. Kept like code of
//! WebAssembly, by the build of the engine and the digest of the plugin, and sealed: an engine trusts what
//! it is given back.

use std::path::Path;
use std::sync::Mutex;

use aether_gateway::{Attach, CodeSide, CodeSink, Made};
use aether_policy::grant::Grant;
use aether_protocol::v1::CodePart;

use super::code::{Recent, read, write_file};
use super::{Host, lock};
use crate::Plugin;
use crate::wire::held;

/// Scripts of a bundle, in bytes together, from which on they are compiled ahead: reading fewer takes no
/// longer than asking for what was made of them.
const SCRIPT_BYTES: usize = 256 << 10;

/// Bytes of a seal, in front of what it seals.
const SEAL: usize = 32;

/// What was made ahead, by its name; none of what cannot be made.
pub(crate) type Parts = Mutex<Recent<String, Option<Attach>>>;

impl Host {
    /// What a cell of a JavaScript plugin has to do with what is made ahead.
    pub(super) fn made_ahead(
        &self,
        plugin: &Plugin,
        grant: &Grant,
        makes: Option<(CodePart, &CodeSink)>,
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
        let part = |part, name: String| self.part(plugin, part, name);
        let snapshot = part(CodePart::Snapshot, format!("{build}.snapshot"));
        let digest = plugin.identity().digest.trim_start_matches("b3:");
        let script = (script_bytes(plugin) >= SCRIPT_BYTES)
            .then(|| part(CodePart::Script, format!("{digest}-{build}.script")))
            .flatten();
        match (&snapshot, &script) {
            (None, None) => CodeSide::Nothing,
            _ => CodeSide::Has(Made { snapshot, script }),
        }
    }

    /// A part by its name: held, kept from an earlier run, or made now. Only where there is a folder to keep
    /// it in: making one takes longer than it saves once.
    fn part(&self, plugin: &Plugin, part: CodePart, name: String) -> Option<Attach> {
        let folder = self.0.codes.folder()?;
        let place = lock(&self.0.parts).place(name.clone());
        let mut place = lock(&place);
        if let Some(known) = &*place {
            return known.clone();
        }
        let bytes = self.unsealed(folder, &name).or_else(|| {
            let bytes = self.made(plugin, part)?;
            // What cannot be kept is made again another time.
            let _unkept = self.sealed(&name, &bytes).map(|file| write_file(folder, &name, &file));
            Some(bytes)
        });
        let made = bytes.and_then(|bytes| held(&bytes).ok()).map(Attach::Held);
        *place = Some(made.clone());
        made
    }

    /// Makes a part, in a cell of its own.
    fn made(&self, plugin: &Plugin, part: CodePart) -> Option<Vec<u8>> {
        let plain = match part {
            CodePart::Snapshot => plugin.without_files(),
            _ => plugin.without_request(),
        };
        let code = self.made_of(&plain, Some(part), false).ok()?.code;
        (!code.is_empty()).then_some(code)
    }

    /// What a file holds, if it was sealed here under this name.
    fn unsealed(&self, folder: &Path, name: &str) -> Option<Vec<u8>> {
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

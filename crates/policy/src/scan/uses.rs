//! The summary of a scan: what the code seems to use.

use std::collections::BTreeSet;

use super::specifier::Specifier;
use crate::modules::Tier;

/// The most different module names that are kept of one file.
const MAX_MODULES: usize = 1024;

/// What code seems to use, as far as its text tells. Advice: the gateway enforces, whatever this
/// says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// Names of modules outside the bundle, as written, from every kind of import; of a single file,
    /// those of packages too, which the bundle may have.
    pub modules: BTreeSet<String>,
    /// `fetch`, sockets, or Node's network modules.
    pub network: bool,
    /// `aether:fs` or `node:fs`.
    pub files: bool,
    /// `aether:env` or `process.env`.
    pub environment: bool,
    /// `aether:kv`
    pub kv: bool,
    /// `WebAssembly`
    pub wasm: bool,
    /// `eval`, `Function` and other ways to make code out of text.
    pub dynamic_code: bool,
    /// `import()` or `require()` of a computed name.
    pub computed_import: bool,
}

impl Uses {
    /// Adds a module that is imported, by its name as written.
    pub(crate) fn module(&mut self, name: &str) {
        let specifier = Specifier::of(name);
        if !matches!(specifier, Specifier::Relative(_)) && self.modules.len() < MAX_MODULES {
            self.modules.insert(name.to_owned());
        }
        match specifier {
            Specifier::Aether("fs") => self.files = true,
            Specifier::Aether("env") => self.environment = true,
            Specifier::Aether("kv") => self.kv = true,
            Specifier::Node(module) if module.tier == Tier::Virtualised => self.files = true,
            Specifier::Node(module) => {
                self.network |= matches!(
                    module.name,
                    "http" | "http2" | "https" | "net" | "tls" | "dgram" | "dns"
                );
            }
            _ => {}
        }
    }

    /// Adds what another file uses.
    pub fn merge(&mut self, other: &Uses) {
        self.modules.extend(other.modules.iter().cloned());
        self.network |= other.network;
        self.files |= other.files;
        self.environment |= other.environment;
        self.kv |= other.kv;
        self.wasm |= other.wasm;
        self.dynamic_code |= other.dynamic_code;
        self.computed_import |= other.computed_import;
    }

    /// Whether a request could be used in a way the text does not show.
    pub fn is_certain(&self) -> bool {
        !self.dynamic_code && !self.computed_import
    }
}

//! The module names that the JavaScript cell knows, what each is, and what to use instead of a
//! blocked one. The scan and the cell's loader read this one table, so a plugin's author meets the
//! same words before and during a run.
//!
//! Node's names count with and without the `node:` prefix, as in Node itself. A name that is in
//! neither table does not exist in the cell.

/// How the cell treats one of Node's modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tier {
    /// Computes and nothing more: always there.
    Pure,
    /// Reaches the virtual file tree through the gateway: there when the manifest opts in with
    /// `compat`.
    Virtualised,
    /// Never there.
    Blocked,
}

/// One of Node's modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Module {
    /// The name without `node:`.
    pub name: &'static str,
    /// How the cell treats it.
    pub tier: Tier,
    /// What a plugin uses instead, as a sentence fragment; empty for pure modules.
    pub alternative: &'static str,
}

/// The modules of Aether itself, without `aether:`.
pub const AETHER_MODULES: &[&str] = &[
    "blob", "command", "env", "errors", "events", "fs", "http", "kv", "log", "plugins", "secret",
    "time", "token",
];

/// Node's modules by name, sorted.
pub const NODE_MODULES: &[Module] = &[
    pure("assert"),
    pure("assert/strict"),
    blocked("async_hooks", "pass the context along as an argument"),
    pure("buffer"),
    blocked("child_process", "plugins start no programs"),
    blocked(
        "cluster",
        "every plugin runs in one process of its own; split the work into pipeline steps",
    ),
    blocked("console", "use the global `console` or `aether:log`"),
    blocked("constants", "write the values down in the plugin"),
    blocked("crypto", "use the global `crypto` (getRandomValues, randomUUID, subtle.digest)"),
    blocked("dgram", "plugins open no sockets"),
    blocked("diagnostics_channel", "use `aether:log`"),
    blocked("dns", "plugins resolve no names; the HTTP gateway does it for allowed domains"),
    blocked(
        "dns/promises",
        "plugins resolve no names; the HTTP gateway does it for allowed domains",
    ),
    blocked("domain", "handle errors with try and catch"),
    pure("events"),
    blocked("ffi", "plugins load no native code; ship it as a native plugin of its own"),
    virtualised("fs", "use `aether:fs`, or opt in with \"compat\": [\"node:fs\"] in the manifest"),
    virtualised(
        "fs/promises",
        "use `aether:fs`, or opt in with \"compat\": [\"node:fs\"] in the manifest",
    ),
    blocked("http", "request \"network\": { \"domains\": [...] } in the manifest and use `fetch`"),
    blocked("http2", "request \"network\": { \"domains\": [...] } in the manifest and use `fetch`"),
    blocked("https", "request \"network\": { \"domains\": [...] } in the manifest and use `fetch`"),
    blocked(
        "inspector",
        "use `aether:log`; the host debugs plugins, plugins do not debug themselves",
    ),
    blocked(
        "inspector/promises",
        "use `aether:log`; the host debugs plugins, plugins do not debug themselves",
    ),
    blocked("module", "use static `import` of files in the plugin's folder"),
    blocked("net", "plugins open no sockets; use `fetch` for allowed domains"),
    blocked(
        "os",
        "machine facts are not shown to plugins; use `aether:env` for requested variables",
    ),
    pure("path"),
    pure("path/posix"),
    blocked("perf_hooks", "use the global `performance` or `aether:time`"),
    blocked("process", "use `aether:env` for variables and the `ctx` argument for the rest"),
    blocked("punycode", "use the global `URL`"),
    pure("querystring"),
    blocked(
        "readline",
        "plugins have no terminal; read lines of a file with `lines` of `aether:fs`",
    ),
    blocked(
        "readline/promises",
        "plugins have no terminal; read lines of a file with `lines` of `aether:fs`",
    ),
    blocked("repl", "plugins have no terminal; export a method and call it"),
    blocked("sea", "a plugin is not an executable; put its files in the plugin's folder"),
    blocked("sqlite", "use `aether:kv`"),
    blocked("stream", "use async iterators, such as `lines` and `walk` of `aether:fs`"),
    blocked("stream/promises", "use async iterators, such as `lines` and `walk` of `aether:fs`"),
    blocked("stream/web", "use async iterators, such as `lines` and `walk` of `aether:fs`"),
    pure("string_decoder"),
    blocked("sys", "use `node:util`"),
    blocked("test", "test the plugin outside the cell, or call its methods with `aether call`"),
    pure("timers"),
    pure("timers/promises"),
    blocked("tls", "plugins open no sockets; use `fetch` for allowed domains"),
    blocked("trace_events", "use `aether:log`"),
    blocked("tty", "plugins have no terminal; use `aether:log`"),
    pure("url"),
    pure("util"),
    pure("util/types"),
    blocked("v8", "use `structuredClone` to copy values; engine controls are the host's"),
    blocked("vm", "put the code in a module of the plugin's folder and import it"),
    blocked("wasi", "ship the code as a WebAssembly plugin of its own"),
    blocked("worker_threads", "every plugin has one thread; split the work into pipeline steps"),
    blocked("zlib", "bundle a compression library written in JavaScript"),
];

/// Finds one of Node's modules by its name, with or without `node:`.
pub fn node_module(specifier: &str) -> Option<&'static Module> {
    let name = specifier.strip_prefix("node:").unwrap_or(specifier);
    let at = NODE_MODULES.binary_search_by(|module| module.name.cmp(name)).ok()?;
    NODE_MODULES.get(at)
}

/// Finds one of Aether's modules by its full name (`aether:fs`); returns the name without the
/// prefix.
pub fn aether_module(specifier: &str) -> Option<&'static str> {
    let name = specifier.strip_prefix("aether:")?;
    AETHER_MODULES.iter().copied().find(|known| *known == name)
}

/// Every name that an import can have and that the cell provides, for suggestions.
pub fn provided_names() -> impl Iterator<Item = String> {
    let aether = AETHER_MODULES.iter().map(|name| format!("aether:{name}"));
    let node = NODE_MODULES.iter().filter(|module| module.tier != Tier::Blocked);
    aether.chain(node.map(|module| format!("node:{}", module.name)))
}

const fn pure(name: &'static str) -> Module {
    Module { name, tier: Tier::Pure, alternative: "" }
}

const fn virtualised(name: &'static str, alternative: &'static str) -> Module {
    Module { name, tier: Tier::Virtualised, alternative }
}

const fn blocked(name: &'static str, alternative: &'static str) -> Module {
    Module { name, tier: Tier::Blocked, alternative }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_module_that_can_be_refused_names_an_alternative() {
        assert!(NODE_MODULES.is_sorted_by(|left, right| left.name < right.name));
        for module in NODE_MODULES {
            assert_eq!(module.tier == Tier::Pure, module.alternative.is_empty(), "{}", module.name);
        }
    }

    #[test]
    fn names_are_found_with_and_without_prefix() {
        let check = |specifier: &str, expect: Option<Tier>| {
            assert_eq!(node_module(specifier).map(|module| module.tier), expect, "{specifier}");
        };
        check("path", Some(Tier::Pure));
        check("node:path", Some(Tier::Pure));
        check("node:fs/promises", Some(Tier::Virtualised));
        check("child_process", Some(Tier::Blocked));
        check("node:node:fs", None);
        check("NODE:fs", None);
        check("left-pad", None);
        assert_eq!(aether_module("aether:fs"), Some("fs"));
        assert_eq!(aether_module("aether:FS"), None);
        assert_eq!(aether_module("fs"), None);
    }
}

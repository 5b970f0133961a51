//! Names of modules that are not files of the bundle: what exists, and what is blocked with what
//! to use instead. Data only.

/// Modules of Aether's own.
pub(crate) const AETHER: &[&str] = &[
    "aether:blob",
    "aether:command",
    "aether:env",
    "aether:errors",
    "aether:events",
    "aether:fs",
    "aether:http",
    "aether:kv",
    "aether:log",
    "aether:plugins",
    "aether:secret",
    "aether:time",
    "aether:token",
];

/// Modules of Node that work here: they compute and reach nothing.
pub(crate) const NODE: &[&str] = &[
    "assert",
    "assert/strict",
    "buffer",
    "events",
    "path",
    "path/posix",
    "querystring",
    "string_decoder",
    "timers",
    "timers/promises",
    "url",
    "util",
    "util/types",
];

/// Modules of Node that work over the plugin's virtual files when the manifest opts in.
pub(crate) const NODE_FS: &[&str] = &["fs", "fs/promises"];

/// The opt-in for [`NODE_FS`].
pub(crate) const FS_OPT_IN: &str = "node:fs";

/// Modules of Node that are blocked, and what to use instead.
pub(crate) const BLOCKED: &[(&str, &str)] = &[
    ("async_hooks", "pass state as an argument; contexts are not tracked"),
    ("child_process", "programs cannot be started by a JavaScript plugin in this version"),
    ("cluster", "a plugin is one process; let the pipeline run several plugins"),
    ("console", "use the global `console`"),
    ("constants", "nothing here needs them"),
    ("crypto", "use the global `crypto` (randomUUID, getRandomValues, subtle.digest)"),
    ("dgram", "a plugin has no sockets; use the global `fetch`"),
    ("diagnostics_channel", "use `aether:log`"),
    ("dns", "a plugin has no sockets; use the global `fetch`"),
    ("domain", "use try/catch and promises"),
    ("fs", "use `aether:fs`, or add \"compat\": [\"node:fs\"] to the manifest"),
    ("http", "use the global `fetch`"),
    ("http2", "use the global `fetch`"),
    ("https", "use the global `fetch`"),
    ("inspector", "use `aether:log`"),
    ("module", "use `import`"),
    ("net", "a plugin has no sockets; use the global `fetch`"),
    ("os", "the machine is not visible to a plugin; `aether:env` has the granted variables"),
    ("perf_hooks", "use the global `performance` (coarse)"),
    ("process", "use `aether:env` for variables and `aether:time` for clocks"),
    ("punycode", "use `URL`"),
    ("readline", "use `lines(path)` of `aether:fs`"),
    ("repl", "a plugin has no terminal"),
    ("sea", "a plugin is a bundle already"),
    ("sqlite", "use `aether:kv`"),
    ("stream", "use async iterators, such as `lines(path)` of `aether:fs`"),
    ("sys", "use `node:util`"),
    ("test", "test a plugin from outside, with `aether call`"),
    ("tls", "a plugin has no sockets; use the global `fetch`"),
    ("trace_events", "use `aether:log`"),
    ("tty", "a plugin has no terminal"),
    ("v8", "the engine is not visible to a plugin"),
    ("vm", "use `eval` or `new Function`; they gain nothing"),
    ("wasi", "write the plugin as a WebAssembly component"),
    ("worker_threads", "a plugin has one thread; let the pipeline run several plugins"),
    ("zlib", "bring a JavaScript implementation in the bundle"),
];

/// Parts of modules that Node names apart.
const SUBMODULES: &[&str] = &["consumers", "promises", "reporters", "web"];

/// What there is to say about a module of Node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NodeModule {
    /// It works.
    Works,
    /// It works when the manifest opts in.
    OptIn,
    /// It is blocked; use this instead.
    Blocked(&'static str),
}

/// What there is to say about a module of Node; `None` when Node has no such module.
pub(crate) fn node(name: &str) -> Option<NodeModule> {
    if NODE.contains(&name) {
        return Some(NodeModule::Works);
    }
    if NODE_FS.contains(&name) {
        return Some(NodeModule::OptIn);
    }
    // Such as `dns/promises`; not `process/`, by which packages are meant that are called so.
    let family = name
        .split_once('/')
        .map_or(name, |(family, rest)| if SUBMODULES.contains(&rest) { family } else { name });
    let blocked = BLOCKED.iter().find(|(blocked, _)| *blocked == family);
    blocked.map(|(_, instead)| NodeModule::Blocked(instead))
}

/// Why a module that needs the opt-in is blocked without it.
pub(crate) fn fs_alternative() -> &'static str {
    BLOCKED.iter().find(|(name, _)| *name == "fs").map_or("", |(_, instead)| instead)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_has_one_answer() {
        assert_eq!(node("path"), Some(NodeModule::Works));
        assert_eq!(node("fs/promises"), Some(NodeModule::OptIn));
        assert!(matches!(node("dns/promises"), Some(NodeModule::Blocked(_))));
        assert_eq!(node("left-pad"), None);
        assert_eq!((node("punycode/"), node("process/browser")), (None, None));
        assert!(fs_alternative().contains("compat"));
    }
}

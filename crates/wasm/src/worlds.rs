//! What a plugin can import: the table, and what is said of everything else.

use crate::compile::Missing;
use crate::facts::Need;

/// The version of the `aether:plugin` package that is served. A later one with the same first
/// number has more, and takes nothing away.
const AETHER: (u64, u64, u64) = (1, 0, 0);

/// The version of WASI that is served: every 0.2 up to it.
const WASI: (u64, u64, u64) = (0, 2, 12);

/// The interfaces that are served, without their versions, sorted, each with what it takes.
pub(crate) const SERVED: &[(&str, Need)] = &[
    ("aether:plugin/blob", Need::Nothing),
    ("aether:plugin/call", Need::Nothing),
    ("aether:plugin/command", Need::Commands),
    ("aether:plugin/env", Need::Environment),
    ("aether:plugin/events", Need::Events),
    ("aether:plugin/fs", Need::Files),
    ("aether:plugin/http", Need::Network),
    ("aether:plugin/kv", Need::Nothing),
    ("aether:plugin/log", Need::Nothing),
    ("aether:plugin/plugins", Need::Plugins),
    ("aether:plugin/secret", Need::Secrets),
    ("aether:plugin/time", Need::Nothing),
    ("aether:plugin/token", Need::Nothing),
    ("aether:plugin/types", Need::Nothing),
    ("wasi:cli/environment", Need::Environment),
    ("wasi:cli/exit", Need::Nothing),
    ("wasi:cli/stderr", Need::Nothing),
    ("wasi:cli/stdin", Need::Nothing),
    ("wasi:cli/stdout", Need::Nothing),
    ("wasi:cli/terminal-input", Need::Nothing),
    ("wasi:cli/terminal-output", Need::Nothing),
    ("wasi:cli/terminal-stderr", Need::Nothing),
    ("wasi:cli/terminal-stdin", Need::Nothing),
    ("wasi:cli/terminal-stdout", Need::Nothing),
    ("wasi:clocks/monotonic-clock", Need::Nothing),
    ("wasi:clocks/timezone", Need::Nothing),
    ("wasi:clocks/wall-clock", Need::Nothing),
    ("wasi:filesystem/preopens", Need::Files),
    ("wasi:filesystem/types", Need::Files),
    ("wasi:http/outgoing-handler", Need::Network),
    ("wasi:http/types", Need::Nothing),
    ("wasi:io/error", Need::Nothing),
    ("wasi:io/poll", Need::Nothing),
    ("wasi:io/streams", Need::Nothing),
    ("wasi:random/insecure", Need::Nothing),
    ("wasi:random/insecure-seed", Need::Nothing),
    ("wasi:random/random", Need::Nothing),
    ("wasi:sockets/instance-network", Need::Refused),
    ("wasi:sockets/ip-name-lookup", Need::Refused),
    ("wasi:sockets/network", Need::Refused),
    ("wasi:sockets/tcp", Need::Refused),
    ("wasi:sockets/tcp-create-socket", Need::Refused),
    ("wasi:sockets/udp", Need::Refused),
    ("wasi:sockets/udp-create-socket", Need::Refused),
];

/// What an import of a component takes.
///
/// # Errors
/// What to do about one that is not there.
pub(crate) fn need(name: &str) -> Result<Need, Missing> {
    let (interface, version) = name.split_once('@').unwrap_or((name, ""));
    let missing = |advice: String| Missing { name: name.to_owned(), advice };
    if interface.starts_with("wasi:") && version.starts_with("0.3") {
        return Err(missing(advice(interface, version)));
    }
    let Ok(at) = SERVED.binary_search_by(|(served, _)| (*served).cmp(interface)) else {
        return Err(missing(advice(interface, version)));
    };
    let (package, latest) = match interface.starts_with("aether:") {
        true => ("aether:plugin", AETHER),
        false => ("WASI", WASI),
    };
    match numbers(version) {
        Some(version) if fits(version, latest) => Ok(SERVED[at].1),
        _ => {
            let (major, minor, patch) = latest;
            let built = "build the plugin for that or an older one with the same beginning";
            Err(missing(format!("{package} is served as {major}.{minor}.{patch}; {built}")))
        }
    }
}

/// The version of WASI that is served.
pub(crate) fn wasi_version() -> String {
    format!("{}.{}.{}", WASI.0, WASI.1, WASI.2)
}

/// Whether what was built for `version` finds all of it in `latest`.
fn fits(version: (u64, u64, u64), latest: (u64, u64, u64)) -> bool {
    match latest.0 {
        0 => version.0 == 0 && version.1 == latest.1 && version.2 <= latest.2,
        major => version.0 == major && (version.1, version.2) <= (latest.1, latest.2),
    }
}

/// Three numbers. A version that is not released yet has more, and is none of those.
fn numbers(version: &str) -> Option<(u64, u64, u64)> {
    let mut parts = version.splitn(3, '.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}

fn advice(interface: &str, version: &str) -> String {
    if interface.starts_with("wasi:") && version.starts_with("0.3") {
        return "WASI 0.3 is not served; build for 0.2 (`--target wasm32-wasip2`)".to_owned();
    }
    let near = SERVED.iter().map(|(name, _)| *name).find(|name| {
        let last = |name: &str| name.rsplit('/').next().map(str::to_owned);
        last(name) == last(interface)
    });
    match near {
        Some(near) => format!("there is no such interface; was `{near}` meant?"),
        None => "no host of this version has it; build the plugin without it".to_owned(),
    }
}

/// Whether a core module's import can be served, and otherwise what to do about it.
pub(crate) fn core_import(module: &str, name: &str) -> Result<(), Missing> {
    let advice = match (module, name) {
        ("wasi_snapshot_preview1", _) | ("env", "abort") => return Ok(()),
        ("wasi_unstable", _) => {
            "WASI preview 0 is not served; build with a current toolchain for `wasm32-wasip1`"
        }
        ("wbg" | "__wbindgen_placeholder__" | "__wbindgen_externref_xform__", _) => {
            "wasm-bindgen's modules are for browsers; build for `wasm32-wasip2`"
        }
        ("wasi", "thread-spawn") => "plugins have one thread; build without threads",
        (module, _) if module.contains(':') => {
            "it is the core of a component; make that with `wasm-tools component new`"
        }
        _ => {
            "core modules can import WASI preview 1 alone; for more, build a component for the \
             world `aether:plugin/plugin`"
        }
    };
    Err(Missing { name: format!("{module}.{name}"), advice: advice.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(SERVED.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn what_is_served_depends_on_the_version() {
        let check = |name: &str, there: bool| assert_eq!(need(name).is_ok(), there, "{name}");
        check("aether:plugin/fs@1.0.0", true);
        check("aether:plugin/fs@1.0.1", false);
        check("aether:plugin/fs@2.0.0", false);
        check("aether:plugin/fs", false);
        check("aether:plugin/filesystem@1.0.0", false);
        check("wasi:io/streams@0.2.0", true);
        check("wasi:io/streams@0.2.12", true);
        check("wasi:io/streams@0.2.13", false);
        check("wasi:io/streams@0.3.0", false);
        check("wasi:io/streams@0.2.0-rc-2023-11-10", false);
        check("wasi:nn/graph@0.2.0", false);
    }
}

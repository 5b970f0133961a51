//! Global names that reach out of the language.

use crate::scan::format::Format;
use crate::scan::look::{Look, Need};
use crate::scan::token::Kind;

/// What a global name means here.
#[derive(Clone, Copy)]
enum Meaning {
    /// Needs a network request.
    Network,
    /// Does not exist in a cell; the text says what to use.
    Absent(&'static str),
    /// Exists in CommonJS alone.
    CommonJs(&'static str),
    /// `process`: what it means depends on its member.
    Process,
}

/// The names looked for, sorted.
const WATCHED: &[(&str, Meaning)] = &[
    ("Bun", Meaning::Absent("use the `aether:*` modules")),
    ("Deno", Meaning::Absent("use the `aether:*` modules")),
    ("EventSource", Meaning::Network),
    ("RTCPeerConnection", Meaning::Network),
    ("SharedWorker", Meaning::Absent("split the work into pipeline steps")),
    ("WebAssembly", Meaning::Absent("ship the code as a WebAssembly plugin of its own")),
    ("WebSocket", Meaning::Network),
    ("WebTransport", Meaning::Network),
    ("Worker", Meaning::Absent("split the work into pipeline steps")),
    ("XMLHttpRequest", Meaning::Network),
    (
        "__dirname",
        Meaning::CommonJs(
            "read data files with `aether:fs`; a plugin does not know its own folder",
        ),
    ),
    (
        "__filename",
        Meaning::CommonJs(
            "read data files with `aether:fs`; a plugin does not know its own folder",
        ),
    ),
    ("fetch", Meaning::Network),
    ("importScripts", Meaning::Absent("use a static `import` of a file in the plugin's folder")),
    ("indexedDB", Meaning::Absent("use `aether:kv`")),
    ("localStorage", Meaning::Absent("use `aether:kv`")),
    ("process", Meaning::Process),
    ("sessionStorage", Meaning::Absent("use `aether:kv`")),
];

fn meaning(name: &str) -> Option<Meaning> {
    let at = WATCHED.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    WATCHED.get(at).map(|(_, meaning)| *meaning)
}

/// Whether the name is one of those looked for here.
pub(crate) fn is_watched(name: &str) -> bool {
    meaning(name).is_some()
}

/// A reference to the global `name`, which stands in the tokens `first..=last`.
pub(crate) fn reference(look: &mut Look<'_>, name: &str, first: usize, last: usize) {
    let Some(meaning) = meaning(name) else { return };
    let span = look.view.span(first, last);
    // `typeof fetch` asks whether the name exists, which is harmless.
    if look.view.word_before(first, 1) == "typeof" {
        return;
    }
    match meaning {
        Meaning::Network => look.sighting(Need::Network, name, span),
        Meaning::Process => process(look, first, last),
        Meaning::CommonJs(_) if look.format == Format::CommonJs => {}
        Meaning::CommonJs(help) => {
            let message = format!("`{name}` does not exist in an ES module");
            look.warn("global-absent", span, &message, help);
        }
        Meaning::Absent(help) => {
            look.uses.wasm |= name == "WebAssembly";
            absent(look, name, first, last, help);
        }
    }
}

fn process(look: &mut Look<'_>, first: usize, last: usize) {
    match look.view.member(last) {
        Some((member, end)) if member == "env" => {
            look.sighting(Need::Environment, "process.env", look.view.span(first, end));
            absent(look, "process.env", first, end, "use `get` of `aether:env`");
        }
        Some((member, end)) if matches!(&*member, "binding" | "_linkedBinding" | "dlopen") => {
            absent(look, &format!("process.{member}"), first, end, "plugins load no native code");
        }
        Some((member, end)) if matches!(&*member, "exit" | "kill" | "abort" | "reallyExit") => {
            absent(
                look,
                &format!("process.{member}"),
                first,
                end,
                "return from the method, or throw an error",
            );
        }
        _ => absent(
            look,
            "process",
            first,
            last,
            "use `aether:env`, `aether:time` and the `ctx` argument",
        ),
    }
}

fn absent(look: &mut Look<'_>, name: &str, first: usize, last: usize, help: &str) {
    let span = look.view.span(first, last);
    look.warn("global-absent", span, &format!("`{name}` does not exist in a cell"), help);
}

/// `globalThis[…]` with a computed name at `at`.
pub(crate) fn computed_member(look: &mut Look<'_>, at: usize) {
    if look.view.kind(at + 1) != Kind::OpenBracket {
        return;
    }
    let message =
        "a global is looked up by a computed name: what it reaches cannot be checked in advance";
    look.uses.dynamic_code = true;
    look.warn("global-computed", look.view.span(at, at + 1), message, "write the name out");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(WATCHED.is_sorted_by(|left, right| left.0 < right.0));
    }
}

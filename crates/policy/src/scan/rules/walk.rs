//! One walk over the tokens; every rule looks at a bounded number of neighbours.

use std::collections::HashSet;

use super::{dynamic, globals, hidden, imports, members};
use crate::scan::format::Format;
use crate::scan::look::Look;
use crate::scan::token::Kind;
use crate::scan::view::View;

/// Names of the global object; many files declare those but the first for something else.
const GLOBAL_OBJECTS: [&str; 4] = ["globalThis", "self", "window", "global"];

/// Applies every rule to the file.
pub(crate) fn apply(look: &mut Look<'_>) {
    look.declared = declared(look.view);
    let mut at = 0;
    while at < look.view.len() {
        at = step(look, at);
    }
    hidden::look_through(look);
}

/// Whether some rule looks for the global of this name.
pub(crate) fn is_watched(name: &str) -> bool {
    let special = name == "require" || GLOBAL_OBJECTS.contains(&name);
    special || globals::is_watched(name) || dynamic::is_watched(name)
}

/// Watched names that the file declares. Scopes are not followed: a name declared anywhere counts
/// everywhere.
fn declared(view: View<'_>) -> HashSet<String> {
    let declares = |at: &usize| {
        let before = view.word_before(*at, 1);
        matches!(&*before, "function" | "class" | "const" | "let" | "var")
            || (view.kind_before(*at, 1) == Kind::Star && view.word_before(*at, 2) == "function")
    };
    let names = (0..view.len()).filter(declares).map(|at| view.word(at));
    names.filter(|name| is_watched(name)).map(|name| name.into_owned()).collect()
}

/// Looks at one token; returns the index of the next one to look at.
fn step(look: &mut Look<'_>, at: usize) -> usize {
    let view = look.view;
    match view.kind(at) {
        Kind::Name => {}
        Kind::String | Kind::Template => {
            let bracketed = view.kind_before(at, 1) == Kind::OpenBracket
                && view.kind(at + 1) == Kind::CloseBracket;
            if bracketed && view.literal(at).is_some_and(|name| name == "constructor") {
                dynamic::constructor(look, at - 1, at + 1);
            }
            return at + 1;
        }
        _ => return at + 1,
    }
    let word = view.word(at);
    match &*word {
        "import" => return imports::import(look, at),
        "export" => return imports::export(look, at),
        "require" => return imports::require(look, at),
        "exports" => look.exports |= look.format == Format::CommonJs,
        "constructor" if is_member(view, at) => dynamic::constructor(look, at - 1, at),
        "getPrototypeOf" => dynamic::prototype_of(look, at),
        name if GLOBAL_OBJECTS.contains(&name) => global_object(look, name, at),
        name if look.bound.contains_key(name)
            && !view.token(at).is_key()
            && !is_member(view, at) =>
        {
            let bound = look.bound.get(name).copied();
            bound.into_iter().for_each(|bound| members::used(look, bound, at));
        }
        name if is_watched(name) && is_reference(look, name, at) => reference(look, name, at, at),
        _ => {}
    }
    at + 1
}

fn reference(look: &mut Look<'_>, name: &str, first: usize, last: usize) {
    dynamic::reference(look, name, first, last);
    globals::reference(look, name, first, last);
}

/// A global reached through the global object: `globalThis.fetch`, `self["eval"]`.
fn global_object(look: &mut Look<'_>, object: &str, at: usize) {
    let other = is_member(look.view, at) || look.view.token(at).is_key();
    if other || look.declared.contains(object) {
        return;
    }
    match look.view.member(at) {
        Some((name, last)) => reference(look, &name, at, last),
        // The other names are as often a parameter: `self[symbol]`.
        None if object == "globalThis" => globals::computed_member(look, at),
        None => {}
    }
}

fn is_member(view: View<'_>, at: usize) -> bool {
    matches!(view.kind_before(at, 1), Kind::Dot | Kind::OptionalDot)
}

/// Whether the name at `at` stands for the global of that name.
fn is_reference(look: &Look<'_>, name: &str, at: usize) -> bool {
    let view = look.view;
    let shorthand = matches!(view.kind(at + 1), Kind::Comma | Kind::CloseBrace);
    let key = view.token(at).is_key() && !shorthand;
    !key && !is_member(view, at) && !look.declared.contains(name)
}

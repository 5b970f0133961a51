//! What is done with the modules that reach files and variables, as far as names tell.

use std::ops::Range;

use crate::scan::look::{Bound, Look, Need};
use crate::scan::specifier::Specifier;
use crate::scan::token::Kind;

/// Functions of `aether:fs` and `node:fs` that change something.
const WRITERS: &[&str] = &[
    "appendFile",
    "appendFileSync",
    "copyFile",
    "copyFileSync",
    "createWriteStream",
    "mkdir",
    "mkdirSync",
    "remove",
    "rename",
    "renameSync",
    "rm",
    "rmSync",
    "rmdir",
    "rmdirSync",
    "truncate",
    "truncateSync",
    "unlink",
    "unlinkSync",
    "writeBytes",
    "writeFile",
    "writeFileSync",
    "writeText",
];

/// Takes note of the names that an import clause, or the pattern before a `require`, gives to a module's
/// parts; they are the tokens `names`.
pub(crate) fn bind(look: &mut Look<'_>, names: Range<usize>, module: &str) {
    let whole = match Specifier::of(module) {
        Specifier::Aether("env") => Bound::Variables,
        Specifier::Aether("fs") => Bound::Files,
        Specifier::Node(node) if matches!(node.name, "fs" | "fs/promises") => Bound::Files,
        _ => return,
    };
    let view = look.view;
    let mut inside = false;
    for at in names {
        match view.kind(at) {
            Kind::OpenBrace => inside = true,
            Kind::CloseBrace => inside = false,
            Kind::Name if inside && begins_part(look, at) => {
                let renamed = view.word(at + 1) == "as" || view.kind(at + 1) == Kind::Colon;
                let local = if renamed { at + 2 } else { at };
                part(look, whole, at, local);
            }
            // `* as name`, or the default export.
            Kind::Name if !inside && view.word(at) != "as" => {
                look.bound.insert(view.word(at).into_owned(), whole);
            }
            _ => {}
        }
    }
}

fn begins_part(look: &Look<'_>, at: usize) -> bool {
    matches!(look.view.kind_before(at, 1), Kind::OpenBrace | Kind::Comma)
}

fn part(look: &mut Look<'_>, whole: Bound, at: usize, local: usize) {
    let (word, span) = (look.view.word(at).into_owned(), look.view.span(at, at));
    match whole {
        Bound::Files if WRITERS.contains(&word.as_str()) => look.sighting(Need::Write, &word, span),
        Bound::Variables if word == "get" => {
            look.bound.insert(look.view.word(local).into_owned(), Bound::Get);
        }
        _ if word == "default" => {
            look.bound.insert(look.view.word(local).into_owned(), whole);
        }
        _ => {}
    }
}

/// A name at `at` that was bound to a module or to a function of one.
pub(crate) fn used(look: &mut Look<'_>, bound: Bound, at: usize) {
    let view = look.view;
    let (name, last) = match bound {
        Bound::Get => return variable(look, at),
        _ => match view.member(at) {
            Some((name, last)) if name == "promises" => match view.member(last) {
                Some(found) => found,
                None => return,
            },
            Some(found) => found,
            None => return,
        },
    };
    match bound {
        Bound::Files if WRITERS.contains(&&*name) => {
            look.sighting(Need::Write, &name, view.span(at, last));
        }
        Bound::Variables if name == "get" => variable(look, last),
        _ => {}
    }
}

/// A call of `get`, whose last token is at `at`, with a name that is written out.
fn variable(look: &mut Look<'_>, at: usize) {
    let view = look.view;
    let ends = matches!(view.kind(at + 3), Kind::CloseParen | Kind::Comma);
    if view.kind(at + 1) == Kind::OpenParen
        && ends
        && let Some(name) = view.literal(at + 2)
    {
        look.sighting(Need::Variable, &name, view.span(at + 2, at + 2));
    }
}

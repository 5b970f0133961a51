//! Limits on every source, checked before anything is parsed.

use crate::{Diagnostic, Source, Span};

/// Most bytes a source may have (1 MiB). Files people write by hand are far smaller; a larger one
/// is an attempt to exhaust memory or time.
pub const MAX_SOURCE: usize = 1024 * 1024;

/// How deep values may nest. Against stack exhaustion here and in everything that walks the tree.
pub const MAX_DEPTH: usize = 64;

/// Most values in one source. Against memory amplification: a two-byte `0,` becomes a node of
/// some sixty bytes.
pub const MAX_NODES: usize = 65_536;

/// What both front ends check first: size, and the NUL character, which no file needs and which
/// ends a string early wherever the text later meets C.
pub(crate) fn check(source: &Source) -> Result<(), Diagnostic> {
    let text = source.text();
    if text.len() > MAX_SOURCE {
        return Err(Diagnostic::too_large(source, text.len()));
    }
    match text.find('\0') {
        Some(at) => Err(nul(source, Span::new(at, at + 1))),
        None => Ok(()),
    }
}

pub(crate) fn nul(source: &Source, span: Span) -> Diagnostic {
    Diagnostic::error("nul-character", source, span, "a NUL character is not allowed")
}

pub(crate) fn too_deep(source: &Source, span: Span) -> Diagnostic {
    let message = format!("nested too deep: at most {MAX_DEPTH} levels");
    Diagnostic::error("too-deep", source, span, message)
}

pub(crate) fn too_many(source: &Source, span: Span) -> Diagnostic {
    let message = format!("too many values: at most {MAX_NODES} in one file");
    Diagnostic::error("too-many-values", source, span, message)
}

pub(crate) fn duplicate_key(source: &Source, key: &str, first: Span, again: Span) -> Diagnostic {
    let message = format!("the key {} appears twice", crate::quoted(key));
    let help = format!("it is first given at {}; remove one", source.place(first.start));
    Diagnostic::error("duplicate-key", source, again, message).with_help(help)
}

//! A plain subset of YAML 1.2 into nodes with places.
//!
//! The scanner and parser are `saphyr-parser`, used event by event: it keeps its own stacks on the
//! heap and recurses nowhere in that mode, and stops by itself at 255 levels of brackets. What the
//! subset leaves out (anchors, aliases, tags, merge keys, several documents) is refused by name.

mod builder;
mod errors;
mod offsets;
mod scalar;

use crate::{Diagnostic, Node, Source, Span, caps};

/// Most of the characters `[ ] { } ,` one YAML text may hold. Brackets may be a key as a whole, so
/// the scanner holds every token between an outer pair back until it closes: a file of nothing
/// else would take a hundred times its size in memory.
pub const MAX_FLOW: usize = 131_072;

/// Reads one YAML document of the JSON data model: mappings with scalar keys, sequences, scalars
/// of the core schema, of which only `true` and `false` are booleans (so `no` is text) and only
/// nothing, `~` and `null` are null. Refuses anchors, aliases, tags, merge keys, further documents,
/// duplicate keys, numbers with leading zeros, and numbers that are not finite. Size, depth and the
/// number of values are capped. A syntax error ends the reading; other problems are all reported.
pub fn yaml(source: &Source) -> Result<Node, Vec<Diagnostic>> {
    check(source).map_err(|diagnostic| vec![diagnostic])?;
    builder::build(source)
}

fn check(source: &Source) -> Result<(), Diagnostic> {
    caps::check(source)?;
    let brackets = |byte: &u8| matches!(byte, b'[' | b']' | b'{' | b'}' | b',');
    if source.text().as_bytes().iter().filter(|byte| brackets(byte)).count() > MAX_FLOW {
        let message = format!("too many brackets and commas: at most {MAX_FLOW} in one file");
        let diagnostic = Diagnostic::error("too-many-values", source, Span::default(), message);
        return Err(diagnostic.without_place());
    }
    Ok(())
}

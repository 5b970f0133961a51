//! From a declared schema to a compiled one.

use aether_source::{Diagnostic, Node, Reader, Source, Span};

use crate::limits::{MAX_PATTERNS, MAX_SCHEMA};
use crate::read::{Draft, patterns};
use crate::schema::Schema;

/// Compiles one schema that stands in a source, or says everything that is wrong with it. `seen`
/// counts the patterns of all schemas that belong together: begin with 0.
///
/// # Errors
/// Every problem, each with its place in the source.
pub fn compile(source: &Source, node: &Node, seen: &mut usize) -> Result<Schema, Vec<Diagnostic>> {
    let bytes = node.span.end.saturating_sub(node.span.start);
    if bytes > MAX_SCHEMA {
        let message = format!("the schema has {bytes} bytes; at most {MAX_SCHEMA} are read");
        return Err(vec![Diagnostic::error("too-long", source, beginning(node.span), message)]);
    }
    let reader = Reader::new(source);
    let item = reader.root(node);
    let mut draft = Draft::after(*seen);
    draft.read(&item);
    *seen = draft.patterns;
    if draft.patterns > MAX_PATTERNS {
        let message = format!("more than {MAX_PATTERNS} patterns in the schemas of a plugin");
        reader.error("too-many-entries", beginning(node.span), message);
    }
    if reader.has_errors() {
        return Err(problems(&reader));
    }
    let options = jsonschema::draft202012::options().offline().with_pattern_options(patterns());
    match options.should_validate_formats(false).build(&node.to_json()) {
        Ok(validator) => Ok(Schema { validator, shapes: draft.shapes }),
        Err(error) => {
            let place = node.pointer(error.instance_path().as_str()).unwrap_or(node);
            let message = format!("this is not JSON Schema: {}", error.masked_with("it"));
            reader.error("bad-schema", place.span, message);
            Err(problems(&reader))
        }
    }
}

fn problems(reader: &Reader) -> Vec<Diagnostic> {
    reader.finish(None::<()>).err().unwrap_or_default()
}

/// What is wrong with the whole of something long is shown at its first character.
pub(crate) fn beginning(span: Span) -> Span {
    Span::new(span.start, span.end.min(span.start + 1))
}

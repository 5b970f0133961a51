//! Additions in the midst of a text that somebody has laid out.

use aether_source::{Entry, Node, Source, Span, Value};

use super::PatchError;
use super::addition::Addition;

/// Longest line that several things are put on, in characters.
const WIDTH: usize = 100;

/// One level of indentation where the text shows none.
const USUAL_INDENT: &str = "  ";

/// A text, and how it is laid out.
pub(super) struct Weaver<'a> {
    source: &'a Source,
    /// One level of indentation.
    indent: String,
    line_break: &'static str,
}

/// What of the text a place is at, for messages and for indentation.
#[derive(Clone, Copy)]
struct Place<'p> {
    pointer: &'p str,
    /// The indentation of the line that it begins on.
    indent: &'p str,
    /// Where on its line it begins, in characters.
    column: usize,
}

impl<'a> Weaver<'a> {
    /// A weaver of a text; the indentation is that of the root's first key.
    pub(super) fn new(source: &'a Source, root: &Node) -> Self {
        let first = match &root.value {
            Value::Object(entries) => entries.first().map(|entry| entry.key_span.start),
            _ => None,
        };
        let indent = first.map(|at| leading(source, at)).filter(|indent| !indent.is_empty());
        let line_break = if source.text().contains("\r\n") { "\r\n" } else { "\n" };
        Weaver { source, indent: indent.unwrap_or(USUAL_INDENT).to_owned(), line_break }
    }

    /// The whole text with the additions to its root.
    pub(super) fn weave(&self, root: &Node, addition: &Addition) -> Result<String, PatchError> {
        let woven = self.node(root, addition, Place { pointer: "", indent: "", column: 0 })?;
        let text = self.source.text();
        let before = text.get(..root.span.start).unwrap_or_default();
        let after = text.get(root.span.end..).unwrap_or_default();
        Ok(format!("{before}{woven}{after}"))
    }

    fn node(&self, node: &Node, addition: &Addition, at: Place<'_>) -> Result<String, PatchError> {
        match (&node.value, addition) {
            (Value::Object(entries), Addition::Object(members)) => {
                self.object(node, entries, members, at)
            }
            (Value::Array(items), Addition::List(elements)) => {
                let new = elements.clone();
                let kept =
                    items.iter().map(|item| (item.span, self.source.slice(item.span).to_owned()));
                Ok(self.joined(node, kept.collect(), new, at))
            }
            (_, Addition::Value(value)) => Ok(value.clone()),
            (_, addition) => {
                let (pointer, kind) = (at.pointer.to_owned(), node.kind());
                Err(PatchError::Shape { pointer, kind, expected: addition.expected() })
            }
        }
    }

    fn object(
        &self,
        node: &Node,
        entries: &[Entry],
        members: &[(String, Addition)],
        at: Place<'_>,
    ) -> Result<String, PatchError> {
        let mut kept = Vec::new();
        for entry in entries {
            let addition = members.iter().find(|(key, _)| *key == entry.key);
            kept.push((entry.key_span.to(entry.value.span), self.entry(entry, addition, at)?));
        }
        let new = members.iter().filter(|(key, _)| entries.iter().all(|entry| entry.key != *key));
        let indent = self.inner(node, entries.first().map(|entry| entry.key_span), at);
        let new = new.map(|(key, addition)| self.member(key, addition, &indent)).collect();
        Ok(self.joined(node, kept, new, at))
    }

    /// A key that is there, with what is added to its value.
    fn entry(
        &self,
        entry: &Entry,
        addition: Option<&(String, Addition)>,
        at: Place<'_>,
    ) -> Result<String, PatchError> {
        let Some((key, addition)) = addition else {
            return Ok(self.source.slice(entry.key_span.to(entry.value.span)).to_owned());
        };
        let head = self.source.slice(Span::new(entry.key_span.start, entry.value.span.start));
        let start = entry.value.span.start;
        let pointer = format!("{}/{key}", at.pointer);
        let (indent, column) = (leading(self.source, start), column(self.source, start));
        let value =
            self.node(&entry.value, addition, Place { pointer: &pointer, indent, column })?;
        Ok(format!("{head}{value}"))
    }

    /// An object or list of parts that were there, each with its old range, and new ones behind
    /// them.
    fn joined(
        &self,
        node: &Node,
        kept: Vec<(Span, String)>,
        new: Vec<String>,
        at: Place<'_>,
    ) -> String {
        let first = kept.first().map(|(span, _)| *span);
        let last = kept.last().map(|(span, _)| *span);
        let (Some(first), Some(last)) = (first, last) else {
            return self.fresh(node, &new, at);
        };
        let was_broken = self.source.slice(Span::new(node.span.start, first.start)).contains('\n');
        let indent = self.inner(node, Some(last), at);
        let parts = kept.iter().map(|(_, text)| text.clone()).chain(new.iter().cloned());
        let parts: Vec<String> = parts.collect();
        let inline = self.between(node, &kept, &new, ", ");
        let fits = at.column + inline.chars().count() <= WIDTH && !inline.contains('\n');
        if was_broken || new.is_empty() || fits {
            let gap =
                if was_broken { format!(",{}{indent}", self.line_break) } else { ", ".into() };
            return self.between(node, &kept, &new, &gap);
        }
        let was_flat = !self.source.slice(node.span).contains('\n');
        // Where all stood on one line, what was broken in it is deeper by one from now on.
        let deeper = format!("{}{}", self.line_break, self.indent);
        let deep = |part: &String| match was_flat {
            true => part.replace(self.line_break, &deeper),
            false => part.clone(),
        };
        self.broken(node, &parts.iter().map(deep).collect::<Vec<_>>(), at.indent)
    }

    /// The text of the node with the parts in their places, and the new ones behind the last.
    fn between(&self, node: &Node, kept: &[(Span, String)], new: &[String], gap: &str) -> String {
        let (mut out, mut end) = (String::new(), node.span.start);
        for (span, text) in kept {
            out.push_str(self.source.slice(Span::new(end, span.start)));
            out.push_str(text);
            end = span.end;
        }
        for text in new {
            out.push_str(gap);
            out.push_str(text);
        }
        out.push_str(self.source.slice(Span::new(end, node.span.end)));
        out
    }

    /// Parts of what was empty, on one line where they fit.
    fn fresh(&self, node: &Node, parts: &[String], at: Place<'_>) -> String {
        if parts.is_empty() {
            return self.source.slice(node.span).to_owned();
        }
        let is_root = at.pointer.is_empty();
        let inline = bracketed(node, &parts.join(", "));
        let fits = at.column + inline.chars().count() <= WIDTH && !inline.contains('\n');
        let simple = parts.len() == 1 || matches!(node.value, Value::Array(_));
        if fits && simple && !is_root { inline } else { self.broken(node, parts, at.indent) }
    }

    /// The parts on lines of their own.
    fn broken(&self, node: &Node, parts: &[String], indent: &str) -> String {
        let (open, close) = brackets(node);
        let inner = format!("{}{indent}{}", self.line_break, self.indent);
        let parts = parts.join(&format!(",{inner}"));
        format!("{open}{inner}{parts}{}{indent}{close}", self.line_break)
    }

    /// A key that was not there, with its value.
    fn member(&self, key: &str, addition: &Addition, indent: &str) -> String {
        format!(
            "\"{key}\": {}",
            self.value(addition, indent, indent.chars().count() + key.len() + 4)
        )
    }

    fn value(&self, addition: &Addition, indent: &str, column: usize) -> String {
        let inner = format!("{indent}{}", self.indent);
        let (open, close, parts) = match addition {
            Addition::Value(value) => return value.clone(),
            Addition::List(elements) => ("[", "]", elements.clone()),
            Addition::Object(members) => {
                let member = |(key, value): &(String, Addition)| self.member(key, value, &inner);
                ("{", "}", members.iter().map(member).collect())
            }
        };
        let blank = if open == "{" { " " } else { "" };
        let inline = format!("{open}{blank}{}{blank}{close}", parts.join(", "));
        if column + inline.chars().count() <= WIDTH && !inline.contains('\n') {
            return inline;
        }
        let gap = format!("{}{inner}", self.line_break);
        format!("{open}{gap}{}{}{indent}{close}", parts.join(&format!(",{gap}")), self.line_break)
    }

    /// The indentation of the parts of a node: that of the line of a part where it has one of its
    /// own.
    fn inner(&self, node: &Node, part: Option<Span>, at: Place<'_>) -> String {
        let own = part.filter(|part| {
            self.source.slice(Span::new(node.span.start, part.start)).contains('\n')
        });
        match own {
            Some(part) => leading(self.source, part.start).to_owned(),
            None => format!("{}{}", at.indent, self.indent),
        }
    }
}

fn brackets(node: &Node) -> (&'static str, &'static str) {
    if matches!(node.value, Value::Array(_)) { ("[", "]") } else { ("{", "}") }
}

fn bracketed(node: &Node, inside: &str) -> String {
    match brackets(node) {
        ("[", close) => format!("[{inside}{close}"),
        (open, close) => format!("{open} {inside} {close}"),
    }
}

/// The blanks that the line of an offset begins with.
fn leading(source: &Source, offset: usize) -> &str {
    let line = line_before(source, offset);
    let end = line.find(|letter| !matches!(letter, ' ' | '\t')).unwrap_or(line.len());
    line.get(..end).unwrap_or_default()
}

fn column(source: &Source, offset: usize) -> usize {
    line_before(source, offset).chars().count()
}

/// What stands before an offset on its line.
fn line_before(source: &Source, offset: usize) -> &str {
    let before = source.text().get(..offset).unwrap_or_default();
    before.rsplit('\n').next().unwrap_or_default()
}

//! From events to the tree, with an explicit stack.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::offsets::Offsets;
use super::{errors, scalar};
use crate::{
    Diagnostic, Entry, MAX_DEPTH, MAX_NODES, Node, Problems, Severity, Source, Span, Value, caps,
};

/// Builds the tree from the text.
pub(super) fn build(source: &Source) -> Result<Node, Vec<Diagnostic>> {
    let mut builder = Builder::new(source);
    let mut parser = Parser::new_from_str(source.text());
    while let Some(result) = parser.next_event() {
        let step = match result {
            Ok((event, marks)) => builder.event(event, builder.offsets.span(&marks)),
            Err(error) => Err(errors::syntax(source, &builder.offsets, &error)),
        };
        if let Err(diagnostic) = step {
            builder.problems.push(diagnostic);
            break;
        }
    }
    builder.finish()
}

struct Builder<'a> {
    source: &'a Source,
    offsets: Offsets,
    stack: Vec<Frame>,
    root: Option<Node>,
    documents: usize,
    nodes: usize,
    /// Problems that do not end the reading, and at last the one that does.
    problems: Problems,
}

/// A collection that is not closed yet.
enum Frame {
    List {
        start: usize,
        items: Vec<Node>,
    },
    Map {
        start: usize,
        entries: Vec<Entry>,
        seen: HashMap<String, Span>,
        key: Option<(String, Span)>,
    },
}

impl<'a> Builder<'a> {
    fn new(source: &'a Source) -> Self {
        Builder {
            source,
            offsets: Offsets::new(source.text()),
            stack: Vec::new(),
            root: None,
            documents: 0,
            nodes: 0,
            problems: Problems::new(),
        }
    }

    fn finish(self) -> Result<Node, Vec<Diagnostic>> {
        match self.root {
            Some(root) if !self.problems.has_errors() => Ok(root),
            None if !self.problems.has_errors() => {
                let source = self.source;
                let empty =
                    Diagnostic::error("empty", source, Span::default(), "the file is empty");
                Err(vec![empty.without_place()])
            }
            _ => Err(self.problems.into_vec(self.source)),
        }
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Diagnostic> {
        match event {
            Event::DocumentStart(_) => self.document(span),
            Event::Scalar(text, style, anchor, tag) => {
                self.decorations(anchor, tag.is_some(), span);
                self.scalar(&text, style, span)
            }
            Event::SequenceStart(anchor, tag) => {
                self.decorations(anchor, tag.is_some(), span);
                self.open(Frame::List { start: span.start, items: Vec::new() }, span)
            }
            Event::MappingStart(anchor, tag) => {
                self.decorations(anchor, tag.is_some(), span);
                self.open(Frame::map(span.start), span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(_) => {
                self.problems.push(errors::alias(self.source, span));
                self.place(Node { span, value: Value::Null })
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn document(&mut self, span: Span) -> Result<(), Diagnostic> {
        self.documents += 1;
        if self.documents > 1 {
            return Err(errors::documents(self.source, span));
        }
        Ok(())
    }

    fn decorations(&mut self, anchor: usize, tagged: bool, span: Span) {
        let source = self.source;
        if anchor != 0 {
            self.problems.push_with(Severity::Error, || errors::anchor(source, span));
        }
        if tagged {
            self.problems.push_with(Severity::Error, || errors::tag(source, span));
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, span: Span) -> Result<(), Diagnostic> {
        let span = self.trimmed(span, style);
        if text.contains('\0') {
            self.problems.push(caps::nul(self.source, span));
        }
        if self.awaits_key() {
            return self.key(text, style, span);
        }
        let value = match scalar::resolve(self.source, span, text, style) {
            Ok(value) => value,
            Err(diagnostic) => {
                self.problems.push(diagnostic);
                Value::Null
            }
        };
        self.place(Node { span, value })
    }

    /// Without the white space, and after a quote the comment, that the parser counts in.
    fn trimmed(&self, span: Span, style: ScalarStyle) -> Span {
        let text = self.source.slice(span);
        let length = match style {
            ScalarStyle::SingleQuoted => quoted_length(text, '\''),
            ScalarStyle::DoubleQuoted => quoted_length(text, '"'),
            _ => text.trim_end().len(),
        };
        Span::new(span.start, span.start + length)
    }

    fn awaits_key(&self) -> bool {
        matches!(self.stack.last(), Some(Frame::Map { key: None, .. }))
    }

    fn key(&mut self, text: &str, style: ScalarStyle, span: Span) -> Result<(), Diagnostic> {
        let plain = style == ScalarStyle::Plain;
        if plain && matches!(text, "" | "~" | "null") {
            self.problems.push(errors::key(self.source, span));
        } else if plain && text == "<<" {
            self.problems.push(errors::merge(self.source, span));
        }
        if let Some(Frame::Map { key, .. }) = self.stack.last_mut() {
            *key = Some((text.to_owned(), span));
        }
        Ok(())
    }

    fn open(&mut self, frame: Frame, span: Span) -> Result<(), Diagnostic> {
        if self.awaits_key() {
            return Err(errors::key(self.source, span));
        }
        if self.stack.len() >= MAX_DEPTH {
            return Err(caps::too_deep(self.source, span));
        }
        self.stack.push(frame);
        Ok(())
    }

    fn close(&mut self, span: Span) -> Result<(), Diagnostic> {
        let bracket = matches!(self.source.slice(span), "]" | "}").then_some(span.end);
        match self.stack.pop() {
            Some(frame) => self.place(frame.into_node(bracket)),
            None => Ok(()),
        }
    }

    /// Puts a finished value where it belongs.
    fn place(&mut self, mut node: Node) -> Result<(), Diagnostic> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(caps::too_many(self.source, node.span));
        }
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(Frame::List { items, .. }) => items.push(node),
            Some(Frame::Map { entries, seen, key, .. }) => {
                // An alias or collection in place of a key has been reported.
                let Some((name, key_span)) = key.take() else { return Ok(()) };
                if node.span.is_empty() {
                    // Nothing is written there, so people are shown the key.
                    node.span = key_span;
                }
                if let Some(first) = seen.get(&name) {
                    let again = caps::duplicate_key(self.source, &name, *first, key_span);
                    self.problems.push(again);
                    return Ok(());
                }
                seen.insert(name.clone(), key_span);
                entries.push(Entry { key: name, key_span, value: node });
            }
        }
        Ok(())
    }
}

/// The length of the quoted text that `text` begins with, up to its closing quote.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((offset, character)) = characters.next() {
        let escapes = match quote {
            '"' => character == '\\',
            _ => character == quote && characters.peek().is_some_and(|(_, next)| *next == quote),
        };
        if escapes {
            characters.next();
        } else if character == quote {
            return offset + quote.len_utf8();
        }
    }
    text.len()
}

impl Frame {
    fn map(start: usize) -> Self {
        Frame::Map { start, entries: Vec::new(), seen: HashMap::new(), key: None }
    }

    /// `bracket` is the end of the closing bracket; without one a collection ends where its last
    /// element does.
    fn into_node(self, bracket: Option<usize>) -> Node {
        let (start, last, value) = match self {
            Frame::List { start, items } => {
                let last = items.last().map(|item| item.span.end);
                (start, last, Value::Array(items))
            }
            Frame::Map { start, entries, .. } => {
                let last = entries.last().map(|entry| entry.value.span.end);
                (start, last, Value::Object(entries))
            }
        };
        let end = bracket.or(last).unwrap_or(start);
        Node { span: Span::new(start, end), value }
    }
}

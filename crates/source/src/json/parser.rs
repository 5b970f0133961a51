//! The grammar.

use std::collections::HashMap;

use super::cursor::{Cursor, Parsed};
use super::{number, string, words};
use crate::{Diagnostic, Entry, MAX_DEPTH, MAX_NODES, Node, Problems, Source, Span, Value, caps};

pub(super) struct Parser<'a> {
    cursor: Cursor<'a>,
    nodes: usize,
    /// Problems that do not end the reading.
    problems: Problems,
}

impl<'a> Parser<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        Parser { cursor: Cursor::new(source), nodes: 0, problems: Problems::new() }
    }

    /// The tree, with the problems that did not keep it from being read.
    pub(super) fn document(mut self) -> Result<(Node, Vec<Diagnostic>), Vec<Diagnostic>> {
        let source = self.cursor.source;
        let parsed = self.value(0).and_then(|node| self.end().map(|()| node));
        for span in std::mem::take(&mut self.cursor.nuls) {
            self.problems.push(caps::nul(source, span));
        }
        match parsed {
            Ok(node) => Ok((node, self.problems.into_vec(source))),
            Err(diagnostic) => {
                self.problems.push(*diagnostic);
                Err(self.problems.into_vec(source))
            }
        }
    }

    fn end(&mut self) -> Parsed<()> {
        self.cursor.skip_space();
        if self.cursor.peek().is_none() {
            return Ok(());
        }
        words::refuse_comment(&self.cursor)?;
        let message = format!("expected the end of the file, found {}", self.cursor.found());
        Err(self.cursor.error(self.cursor.here(), message))
    }

    fn value(&mut self, depth: usize) -> Parsed<Node> {
        self.cursor.skip_space();
        self.count()?;
        let start = self.cursor.at;
        let value = match self.cursor.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Value::String(string::read(&mut self.cursor)?),
            Some(b'-' | b'0'..=b'9') => Value::Number(number::read(&mut self.cursor)?),
            _ => words::read(&mut self.cursor)?,
        };
        Ok(Node { span: self.cursor.since(start), value })
    }

    fn count(&mut self) -> Parsed<()> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Box::new(caps::too_many(self.cursor.source, self.cursor.here())));
        }
        Ok(())
    }

    /// Takes the opening bracket, if there is still a level to open.
    fn open(&mut self, depth: usize) -> Parsed<()> {
        if depth >= MAX_DEPTH {
            return Err(Box::new(caps::too_deep(self.cursor.source, self.cursor.here())));
        }
        self.cursor.at += 1;
        self.cursor.skip_space();
        Ok(())
    }

    fn array(&mut self, depth: usize) -> Parsed<Value> {
        self.open(depth)?;
        let mut items = Vec::new();
        if self.cursor.eat(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.closes(b']')? {
                return Ok(Value::Array(items));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Parsed<Value> {
        self.open(depth)?;
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen: HashMap<String, Span> = HashMap::new();
        if self.cursor.eat(b'}') {
            return Ok(Value::Object(entries));
        }
        loop {
            let entry = self.entry(depth)?;
            match seen.get(&entry.key) {
                Some(first) => self.problems.push(caps::duplicate_key(
                    self.cursor.source,
                    &entry.key,
                    *first,
                    entry.key_span,
                )),
                None => {
                    seen.insert(entry.key.clone(), entry.key_span);
                    entries.push(entry);
                }
            }
            if self.closes(b'}')? {
                return Ok(Value::Object(entries));
            }
        }
    }

    fn entry(&mut self, depth: usize) -> Parsed<Entry> {
        self.cursor.skip_space();
        let start = self.cursor.at;
        if self.cursor.peek() != Some(b'"') {
            return Err(words::not_a_key(&self.cursor));
        }
        let key = string::read(&mut self.cursor)?;
        let key_span = self.cursor.since(start);
        self.cursor.skip_space();
        if !self.cursor.eat(b':') {
            words::refuse_comment(&self.cursor)?;
            let message = format!("expected `:` after a key, found {}", self.cursor.found());
            return Err(self.cursor.error(self.cursor.here(), message));
        }
        let value = self.value(depth + 1)?;
        Ok(Entry { key, key_span, value })
    }

    /// After an element: true at the closing bracket, false after a comma with more to come.
    fn closes(&mut self, bracket: u8) -> Parsed<bool> {
        self.cursor.skip_space();
        if self.cursor.eat(bracket) {
            return Ok(true);
        }
        let comma = self.cursor.here();
        let bracket_text = char::from(bracket);
        if !self.cursor.eat(b',') {
            words::refuse_comment(&self.cursor)?;
            let found = self.cursor.found();
            let message = format!("expected `,` or `{bracket_text}`, found {found}");
            return Err(self.cursor.error(comma, message));
        }
        self.cursor.skip_space();
        if self.cursor.peek() == Some(bracket) {
            let message = format!("a comma before `{bracket_text}` is not JSON");
            return Err(self.cursor.advise(comma, message, "remove the comma"));
        }
        Ok(false)
    }
}

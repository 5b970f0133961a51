//! One value being read.

use super::{Fields, Key, Reader};
use crate::node::pointer_step;
use crate::{Diagnostic, Entry, Node, Severity, Span, Value, did_you_mean, quoted};

/// A value, where it stands, and the reader its problems go to.
#[derive(Debug, Clone)]
pub struct Item<'a> {
    reader: &'a Reader,
    node: &'a Node,
    pointer: String,
    /// Of the key this is the value of; elements of a list and the root have none.
    key_span: Option<Span>,
}

impl<'a> Item<'a> {
    pub(super) fn new(reader: &'a Reader, node: &'a Node, pointer: String) -> Self {
        Item { reader, node, pointer, key_span: None }
    }

    /// The value itself.
    pub fn node(&self) -> &'a Node {
        self.node
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        self.node.span
    }

    /// Where to point when the whole of it is meant: at its key if it has one, since a long value
    /// would underline everything in it.
    pub fn heading(&self) -> Span {
        self.key_span.unwrap_or(self.node.span)
    }

    /// Its JSON pointer (RFC 6901).
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// The reader.
    pub fn reader(&self) -> &'a Reader {
        self.reader
    }

    /// Whether nothing is written here (`null`, or an empty value in YAML).
    pub fn is_null(&self) -> bool {
        matches!(self.node.value, Value::Null)
    }

    /// Text.
    pub fn string(&self) -> Option<&'a str> {
        match &self.node.value {
            Value::String(text) => Some(text),
            Value::Number(_) | Value::Bool(_) => {
                let help = format!("put it in quotes: \"{}\"", self.written());
                self.expected_with("a string", Some(help))
            }
            _ => self.expected("a string"),
        }
    }

    /// True or false.
    pub fn boolean(&self) -> Option<bool> {
        match &self.node.value {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => {
                let help = match text.to_ascii_lowercase().as_str() {
                    "true" | "yes" | "on" => Some("write `true`".to_owned()),
                    "false" | "no" | "off" => Some("write `false`".to_owned()),
                    _ => None,
                };
                self.expected_with("true or false", help)
            }
            _ => self.expected("true or false"),
        }
    }

    /// A number.
    pub fn number(&self) -> Option<f64> {
        match &self.node.value {
            Value::Number(number) => Some(number.value),
            _ => self.expected_number("a number"),
        }
    }

    /// A whole number from 0.
    pub fn whole(&self) -> Option<u64> {
        match &self.node.value {
            Value::Number(number) => match number.as_u64() {
                Some(whole) => Some(whole),
                None => {
                    let found = quoted(&number.raw);
                    self.error("wrong-type", format!("expected a whole number, found {found}"));
                    None
                }
            },
            _ => self.expected_number("a whole number"),
        }
    }

    /// A list of anything.
    pub fn list(&self) -> Option<Vec<Item<'a>>> {
        match &self.node.value {
            Value::Array(items) => Some(self.elements(items)),
            _ => self.expected("a list"),
        }
    }

    /// A list of strings, each with its item. Elements of another type are reported and left out.
    pub fn strings(&self) -> Option<Vec<(Item<'a>, &'a str)>> {
        match &self.node.value {
            Value::Array(items) => Some(
                self.elements(items)
                    .into_iter()
                    .filter_map(|item| item.string().map(|text| (item, text)))
                    .collect(),
            ),
            Value::String(text) => {
                let help = quoted_list(text);
                self.expected_with("a list of strings", help)
            }
            _ => self.expected("a list of strings"),
        }
    }

    /// One of a few words, each with its meaning.
    pub fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let text = self.string()?;
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*meaning);
        }
        let known = || words.iter().map(|(word, _)| *word);
        self.reader.report_with(Severity::Error, |source| {
            let message = format!("{} is not one of {}", quoted(text), listing(known()));
            let diagnostic = Diagnostic::error("unknown-value", source, self.span(), message);
            match did_you_mean(text, known()) {
                Some(near) => diagnostic.with_help(format!("did you mean `{near}`?")),
                None => diagnostic.with_help(format!("write {}", listing(known()))),
            }
        });
        None
    }

    /// An object with these keys and no others; further keys are reported with a suggestion.
    pub fn fields(&self, known: &'static [&'static str]) -> Option<Fields<'a>> {
        match &self.node.value {
            Value::Object(entries) => Some(Fields::open(self.clone(), entries, known)),
            _ => self.expected("an object"),
        }
    }

    /// An object whose keys are names of the writer's choice.
    pub fn entries(&self) -> Option<Vec<(Key<'a>, Item<'a>)>> {
        let Value::Object(entries) = &self.node.value else {
            return self.expected("an object");
        };
        let pair = |entry: &'a Entry| {
            let item = self.child(entry);
            (Key { text: &entry.key, span: entry.key_span }, item)
        };
        Some(entries.iter().map(pair).collect())
    }

    /// Reports that something else was expected here; always `None`.
    pub fn expected<T>(&self, what: &str) -> Option<T> {
        self.expected_with(what, None)
    }

    /// Reports an error about this value.
    pub fn error(&self, code: &'static str, message: impl Into<String>) {
        self.reader.error(code, self.span(), message);
    }

    /// Reports an error about this value, with advice.
    pub fn error_with(
        &self,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let diagnostic = Diagnostic::error(code, self.reader.source(), self.span(), message);
        self.reader.report(diagnostic.with_help(help));
    }

    /// Reports a warning about this value.
    pub fn warning(&self, code: &'static str, message: impl Into<String>) {
        self.reader.warning(code, self.span(), message);
    }

    pub(super) fn child(&self, entry: &'a Entry) -> Item<'a> {
        let pointer = format!("{}/{}", self.pointer, pointer_step(&entry.key));
        let key_span = Some(entry.key_span);
        Item { reader: self.reader, node: &entry.value, pointer, key_span }
    }

    fn elements(&self, nodes: &'a [Node]) -> Vec<Item<'a>> {
        let item = |(index, node): (usize, &'a Node)| {
            Item::new(self.reader, node, format!("{}/{index}", self.pointer))
        };
        nodes.iter().enumerate().map(item).collect()
    }

    fn expected_number<T>(&self, what: &str) -> Option<T> {
        let number = |text: &&str| text.parse::<f64>().is_ok_and(f64::is_finite);
        let help = self.node.as_str().filter(number).map(|_| "write it without quotes".to_owned());
        self.expected_with(what, help)
    }

    fn expected_with<T>(&self, what: &str, help: Option<String>) -> Option<T> {
        let message = format!("expected {what}, found {}", self.node.kind());
        let help = help.or_else(|| self.is_null().then(|| "give a value or remove the key".into()));
        match help {
            Some(help) => self.error_with("wrong-type", message, help),
            None => self.error("wrong-type", message),
        }
        None
    }

    /// The value as the file has it, for a scalar.
    fn written(&self) -> &str {
        self.reader.source().slice(self.span())
    }
}

/// The list with one element, when that is short enough to be advice.
fn quoted_list(text: &str) -> Option<String> {
    let plain = text.len() <= 60 && !text.contains(['"', '\\']);
    plain.then(|| format!("write [\"{text}\"]"))
}

/// `a`, `b` or `c`.
pub(super) fn listing<'s>(words: impl Iterator<Item = &'s str>) -> String {
    let words: Vec<String> = words.map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

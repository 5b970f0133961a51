//! The keys of an object with a fixed set of them.

use super::Item;
use super::item::listing;
use crate::{Diagnostic, Entry, Severity, Span, did_you_mean, quoted};

/// A key and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Key<'a> {
    /// The key.
    pub text: &'a str,
    /// Where it stands, with its quotes.
    pub span: Span,
}

/// An object that may have certain keys only.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    item: Item<'a>,
    entries: &'a [Entry],
}

impl<'a> Fields<'a> {
    /// Reports unknown keys at once, so that they cannot be forgotten.
    pub(super) fn open(
        item: Item<'a>,
        entries: &'a [Entry],
        known: &'static [&'static str],
    ) -> Self {
        for entry in entries {
            if !known.contains(&entry.key.as_str()) {
                report_unknown(&item, entry, known);
            }
        }
        Fields { item, entries }
    }

    /// The object itself.
    pub fn item(&self) -> &Item<'a> {
        &self.item
    }

    /// The value of a key, if it is there.
    pub fn get(&self, key: &str) -> Option<Item<'a>> {
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        Some(self.item.child(entry))
    }

    /// The value of a key; reports when it is not there.
    pub fn require(&self, key: &str) -> Option<Item<'a>> {
        let found = self.get(key);
        if found.is_none() {
            self.item.reader().report(self.missing(key));
        }
        found
    }

    /// The same, with what to write.
    pub fn require_with(&self, key: &str, help: &str) -> Option<Item<'a>> {
        let found = self.get(key);
        if found.is_none() {
            self.item.reader().report(self.missing(key).with_help(help));
        }
        found
    }

    fn missing(&self, key: &str) -> Diagnostic {
        let message = format!("the key `{key}` is missing");
        Diagnostic::error("missing-key", self.item.reader().source(), self.place(), message)
    }

    /// Where a key stands, if it is there.
    pub fn key_span(&self, key: &str) -> Option<Span> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| entry.key_span)
    }

    /// Where to point when something is missing: at the key of the object, else at its first key.
    pub fn place(&self) -> Span {
        match self.entries.first() {
            Some(first) if self.item.heading() == self.item.span() => first.key_span,
            _ => self.item.heading(),
        }
    }
}

fn report_unknown(item: &Item<'_>, entry: &Entry, known: &'static [&'static str]) {
    item.reader().report_with(Severity::Error, |source| {
        let inside = match item.pointer() {
            "" => String::new(),
            pointer => format!(" in {}", quoted(&readable(pointer))),
        };
        let message = format!("unknown key {}{inside}", quoted(&entry.key));
        let help = match did_you_mean(&entry.key, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known here: {}", listing(known.iter().copied())),
        };
        Diagnostic::error("unknown-key", source, entry.key_span, message).with_help(help)
    });
}

/// `/permissions/filesystem` as `permissions.filesystem`.
fn readable(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".").replace("~1", "/").replace("~0", "~")
}

//! Lists of entries.

use std::collections::HashMap;
use std::hash::Hash;

use aether_source::{Diagnostic, Item, Severity, Span, quoted};

use crate::Located;

/// Most entries of one list. A person has to review them, and each costs time at every check.
pub const MAX_ENTRIES: usize = 128;

/// Reads a list of strings into checked values. `parse` reports what is wrong with one; an entry
/// given twice is a warning, and kept once.
pub(super) fn read_texts<T: Hash + Eq + Clone>(
    item: &Item<'_>,
    parse: impl Fn(&Item<'_>, &str) -> Option<T>,
) -> Vec<Located<T>> {
    let Some(texts) = item.strings() else { return Vec::new() };
    let parsed = capped(item, texts)
        .filter_map(|(item, text)| parse(&item, text).map(|value| Located::at(&item, value)));
    unique(item, parsed)
}

/// The first [`MAX_ENTRIES`]; reports when there are more.
pub(super) fn capped<T>(item: &Item<'_>, entries: Vec<T>) -> impl Iterator<Item = T> {
    if entries.len() > MAX_ENTRIES {
        let message = format!("{} entries are too many: at most {MAX_ENTRIES}", entries.len());
        item.reader().error("too-many-entries", item.heading(), message);
    }
    entries.into_iter().take(MAX_ENTRIES)
}

/// Each value once, in order, with a warning for each repetition.
pub(crate) fn unique<T: Hash + Eq + Clone>(
    item: &Item<'_>,
    entries: impl Iterator<Item = Located<T>>,
) -> Vec<Located<T>> {
    let reader = item.reader();
    let mut seen: HashMap<T, Span> = HashMap::new();
    let mut kept = Vec::new();
    for entry in entries {
        if let Some(first) = seen.get(&entry.value) {
            reader.report_with(Severity::Warning, |source| {
                let written = quoted(source.slice(entry.span).trim_matches('"'));
                let message = format!("{written} is listed twice");
                let help = format!("it is first listed at {}", source.place(first.start));
                Diagnostic::warning("duplicate-entry", source, entry.span, message).with_help(help)
            });
        } else {
            seen.insert(entry.value.clone(), entry.span);
            kept.push(entry);
        }
    }
    kept
}

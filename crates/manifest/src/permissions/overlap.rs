//! Entries that another entry makes superfluous.

use aether_source::{Diagnostic, Reader, Severity, quoted};

use crate::Located;

/// Longest list to compare, in bytes of all its entries together. Every pair is compared, at a cost
/// of the product of their lengths: a list of nothing but wildcards would take a second.
const MAX_COMPARED: usize = 16 * 1024;

/// Warns of each entry that another one covers: it grants nothing, and a person who removes it
/// believes to have taken something away.
pub(super) fn warn<T>(
    reader: &Reader,
    entries: &[Located<T>],
    covers: impl Fn(&T, &T) -> bool,
    written: impl Fn(&T) -> &str,
) {
    if entries.iter().map(|entry| written(&entry.value).len()).sum::<usize>() > MAX_COMPARED {
        return;
    }
    for (index, entry) in entries.iter().enumerate() {
        let wider = entries.iter().enumerate().find(|(other, candidate)| {
            // Of two that cover each other the later one is superfluous.
            *other != index
                && covers(&candidate.value, &entry.value)
                && (*other < index || !covers(&entry.value, &candidate.value))
        });
        if let Some((_, wider)) = wider {
            reader.report_with(Severity::Warning, |source| {
                let (this, that) = (quoted(written(&entry.value)), quoted(written(&wider.value)));
                let message = format!("{this} is already covered by {that}");
                let help =
                    format!("remove it, or narrow {that} at {}", source.place(wider.span.start));
                Diagnostic::warning("covered-entry", source, entry.span, message).with_help(help)
            });
        }
    }
}

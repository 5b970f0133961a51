//! What the plugins would change on the host.

use super::page::Page;
use super::table::Head;
use super::view::View;
use crate::ChangeRecord;
use crate::tally::{Tone, entries};
use crate::words::bytes;

/// How many flags one change shows.
const MAX_FLAGS: usize = 12;

pub(super) fn section(page: &mut Page, view: &View<'_>) {
    let all = entries(view.record, |cell| &cell.changes);
    if all.is_empty() {
        page.quiet("changes", "Changes", "No change is on record.");
        return;
    }
    page.section("changes", "File changes", view.tally.changes);
    let applied = all.iter().filter(|entry| entry.what.applied).count();
    page.raw("<p>What the plugins did to files, in the overlay: ").show(all.len() - applied);
    page.raw(" not applied to the host, ").show(applied).raw(" applied.</p>\n");
    let heads = [
        Head::Text("Plugin"),
        Head::Text("Change"),
        Head::Text("Path"),
        Head::Text("Host"),
        Head::Number("Size"),
        Head::Text("Mind"),
    ];
    page.listing("Changes", &heads, &all, "changes", |page, entry| {
        page.cell_row(entry.at, entry.cell);
        row(page, entry.what);
    });
    page.end_section();
}

fn row(page: &mut Page, change: &ChangeRecord) {
    page.raw("<td class=\"when\"><span class=\"sign\" aria-hidden=\"true\">");
    page.raw(change.kind.sign()).raw("</span> ").raw(change.kind.words());
    page.raw("</td><td class=\"wide\"><code>").path(&change.path).raw("</code>");
    if let Some(host) = change.host.as_ref().filter(|host| **host != change.path) {
        page.raw("<small>on the host <code>").path(host).raw("</code></small>");
    }
    if let Some(from) = &change.from {
        page.raw("<small>from <code>").path(from).raw("</code></small>");
    }
    if let Some(to) = &change.to {
        page.raw("<small>to <code>").path(to).raw("</code></small>");
    }
    page.raw("</td><td class=\"when\">");
    page.raw(if change.applied { "applied" } else { "not applied" });
    page.raw("</td>").number(bytes(change.bytes)).raw("<td>");
    for flag in change.flags.iter().take(MAX_FLAGS) {
        page.badge(Tone::Warn, flag).raw(" ");
    }
    page.raw("</td>");
}

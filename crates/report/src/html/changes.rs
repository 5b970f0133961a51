//! What the plugins would change on the host.

use super::page::{Head, Page};
use crate::limits::MAX_ROWS;
use crate::tally::Tone;
use crate::words::bytes;
use crate::{CellRecord, ChangeRecord, RunRecord};

pub(super) fn section(page: &mut Page, record: &RunRecord) {
    page.section("changes", "Changes");
    let all: Vec<(&CellRecord, &ChangeRecord)> = record
        .cells
        .iter()
        .flat_map(|cell| cell.changes.iter().map(move |change| (cell, change)))
        .collect();
    if all.is_empty() {
        page.nothing("No change is on record.").end_section();
        return;
    }
    let applied = all.iter().filter(|(_, change)| change.applied).count();
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
    page.listing("Changes", &heads, &all, "changes", |page, (cell, change)| {
        row(page, cell, change)
    });
    page.end_section();
}

fn row(page: &mut Page, cell: &CellRecord, change: &ChangeRecord) {
    page.cell_head(cell).raw("<td><span class=\"sign\" aria-hidden=\"true\">");
    page.raw(change.kind.sign())
        .raw("</span> ")
        .raw(change.kind.words())
        .raw("</td><td class=\"wide\"><code>");
    page.path(&change.path).raw("</code>");
    if let Some(host) = change.host.as_ref().filter(|host| **host != change.path) {
        page.raw("<small>on the host <code>").path(host).raw("</code></small>");
    }
    if let Some(from) = &change.from {
        page.raw("<small>from <code>").path(from).raw("</code></small>");
    }
    if let Some(to) = &change.to {
        page.raw("<small>to <code>").path(to).raw("</code></small>");
    }
    page.raw("</td><td>").raw(if change.applied { "applied" } else { "not applied" });
    page.raw("</td>").number(bytes(change.bytes)).raw("<td>");
    for flag in change.flags.iter().take(MAX_ROWS) {
        page.badge(Tone::Warn, flag).raw(" ");
    }
    page.raw("</td>");
}

//! Every plugin that ran or should have.

use super::page::{Head, Page};
use crate::words::millis;
use crate::{CellRecord, RunRecord};

pub(super) fn section(page: &mut Page, record: &RunRecord) {
    page.section("cells", "Plugins");
    if record.cells.is_empty() {
        page.nothing("No cell is on record.").end_section();
        return;
    }
    let heads = [
        Head::Number("Cell"),
        Head::Text("Step"),
        Head::Text("Version and digest"),
        Head::Text("Runtime"),
        Head::Number("Started"),
        Head::Text("Ended"),
    ];
    page.listing("Plugins", &heads, &record.cells, "cells", row).end_section();
}

fn row(page: &mut Page, cell: &CellRecord) {
    page.number(cell.id).cell_head(cell).raw("<td>");
    page.text(cell.plugin.version.as_deref().unwrap_or("no version"));
    if let Some(digest) = &cell.plugin.digest {
        page.raw("<small><code class=\"digest\">").text(digest).raw("</code></small>");
    }
    page.raw("</td><td>").text(&cell.runtime).raw("</td>").number(millis(cell.started_ms));
    page.raw("<td>").badge(cell.exit.kind.tone(), cell.exit.kind.words());
    if !cell.exit.text.is_empty() {
        page.raw("<small class=\"wide\">").text(&cell.exit.text).raw("</small>");
    }
    page.raw("</td>");
}

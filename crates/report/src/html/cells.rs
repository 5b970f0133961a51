//! Every plugin that ran or should have.

use super::findings::tone_of;
use super::page::Page;
use super::table::Head;
use super::view::View;
use crate::limits::MAX_NAME;
use crate::tally::{Tone, highest};
use crate::words::{count, counted, millis};
use crate::{CellRecord, ProtectionState};

/// Writes the section; how many cells, the record's first, got a row that can be linked to.
pub(super) fn section(page: &mut Page, view: &View<'_>) -> usize {
    if view.record.cells.is_empty() {
        page.quiet("cells", "Plugins", "No cell is on record.");
        return 0;
    }
    page.section("cells", "Plugins", view.tally.cells);
    let heads = [
        Head::Text("Plugin"),
        Head::Text("Version and digest"),
        Head::Text("Runtime"),
        Head::Number("Started"),
        Head::Text("Ended"),
        Head::Text("On record"),
        Head::Number("Cell"),
    ];
    let cells: Vec<(usize, &CellRecord)> = view.record.cells.iter().enumerate().collect();
    let written =
        page.listing("Plugins", &heads, &cells, "cells", |page, (at, cell)| row(page, *at, cell));
    page.end_section();
    written
}

fn row(page: &mut Page, at: usize, cell: &CellRecord) {
    page.raw("<tr id=\"c").whole(at).raw("\" data-c=\"").whole(at).raw("\"><th scope=\"row\">");
    page.cut(cell.label(), MAX_NAME).plugin_of(cell).raw("</th><td class=\"wide\">");
    page.cut(cell.plugin.version.as_deref().unwrap_or("no version"), MAX_NAME);
    if let Some(digest) = &cell.plugin.digest {
        page.raw("<small><code class=\"digest\">").text(digest).raw("</code></small>");
    }
    page.raw("</td><td class=\"mid\">")
        .text(&cell.runtime)
        .raw("</td>")
        .number(millis(cell.started_ms));
    page.raw("<td>").badge(cell.exit.kind.tone(), cell.exit.kind.words());
    if !cell.exit.text.is_empty() {
        page.raw("<small>").text(&cell.exit.text).raw("</small>");
    }
    page.raw("</td><td>");
    on_record(page, cell);
    page.raw("</td>").number(cell.id);
}

/// What there is about the cell in the other sections.
fn on_record(page: &mut Page, cell: &CellRecord) {
    let refused = cell.violations.iter().fold(0u64, |sum, each| sum.saturating_add(each.count));
    let tone = cell.violations.iter().map(|each| each.verdict.tone()).max();
    if refused > 0 {
        page.badge(tone.unwrap_or(Tone::Plain), &format!("{} refused", count(refused))).raw(" ");
    }
    let findings = u64::try_from(cell.findings.len()).unwrap_or(u64::MAX);
    if findings > 0 {
        page.badge(tone_of(&cell.findings), &counted(findings, "finding", "findings")).raw(" ");
    }
    if !cell.ladder.is_empty() {
        page.badge(highest(cell).tone(), highest(cell).words()).raw(" ");
    }
    let enforced = |state| state == ProtectionState::Enforced;
    let weak = cell.posture.iter().filter(|each| !enforced(each.state)).count();
    if weak > 0 {
        let weak = u64::try_from(weak).unwrap_or(u64::MAX);
        page.badge(Tone::Warn, &counted(weak, "weak protection", "weak protections"));
    }
}

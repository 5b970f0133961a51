//! Where every cell stood on the ladder, over time, and who put it there.

use std::cmp::Reverse;

use super::page::Page;
use super::table::Head;
use super::view::View;
use crate::limits::MAX_NAME;
use crate::tally::{Entry, Tone, entries, highest};
use crate::words::{count, millis};
use crate::{CellRecord, LadderStep, Rung};

/// How many cells have a step line; all are in the table of steps.
const MAX_LINES: usize = 60;

/// How many steps of one cell are drawn, and how many can be pointed at. Against a plugin that is
/// put up and down all the time.
const MAX_STEPS: usize = 300;
const MAX_MARKS: usize = 40;

/// The size of a drawing, which is then stretched to the width that there is.
const WIDE: f64 = 600.0;
const HIGH: f64 = 60.0;

pub(super) fn section(page: &mut Page, view: &View<'_>) {
    if view.tally.steps == 0 {
        page.quiet("ladder", "Ladder", "No plugin was put on another place of the ladder.");
        return;
    }
    page.section("ladder", "Ladder history", view.tally.steps);
    page.raw(
        "<p class=\"help\">The answers to what was noticed, from the mildest to the hardest: ",
    );
    page.raw(
        "observe, notify, throttle, narrow, freeze, kill. What is automatic only narrows.</p>\n",
    );
    page.within(page.left() / 2, |page| lines(page, view));
    steps(page, view);
    page.end_section();
}

fn lines(page: &mut Page, view: &View<'_>) {
    let mut all: Vec<(usize, &CellRecord)> = view.record.cells.iter().enumerate().collect();
    all.retain(|(_, cell)| !cell.ladder.is_empty());
    all.sort_by_key(|(_, cell)| Reverse(highest(cell)));
    let shown = all.get(..MAX_LINES).unwrap_or(&all);
    let heads = [Head::Text("Plugin"), Head::Text("Over the run"), Head::Text("In the end")];
    page.listing("Ladder over time", &heads, shown, "plugins", |page, (at, cell)| {
        page.cell_row(*at, cell).raw("<td class=\"wide\"><div class=\"way-of\">");
        page.raw("<span class=\"rungs\"><span>kill</span><span>observe</span></span>");
        line(page, cell, view);
        let last = cell.ladder.last().map(|step| step.to).unwrap_or_default();
        page.raw("</div></td><td>").badge(last.tone(), last.words()).raw("</td>");
    });
    page.left_out(all.len(), shown.len(), "plugins");
}

/// A line that rises with each step and stays until the next.
fn line(page: &mut Page, cell: &CellRecord, view: &View<'_>) {
    page.raw("<svg class=\"steps ").tone(highest(cell).tone());
    page.raw("\" viewBox=\"0 0 600 60\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    for rung in 0..Rung::ALL.len() {
        let y = HIGH - 5.0 - rung as f64 * 10.0;
        page.raw("<path class=\"rung\" d=\"M0 ").at(y).raw("H600\"/>");
    }
    let first = cell.ladder.first().map(|step| step.from).unwrap_or_default();
    page.raw("<path class=\"way\" d=\"M").at(view.share(cell.started_ms) * WIDE).raw(" ");
    page.at(height(first));
    for step in cell.ladder.iter().take(MAX_STEPS) {
        page.raw("H").at(view.share(step.at_ms) * WIDE).raw("V").at(height(step.to));
    }
    page.raw("H").at(view.share(end(cell, view)) * WIDE).raw("\"/>");
    for step in cell.ladder.iter().take(MAX_MARKS) {
        mark(page, step, view);
    }
    page.raw("</svg>");
}

/// A step can be pointed at.
fn mark(page: &mut Page, step: &LadderStep, view: &View<'_>) {
    page.raw("<rect class=\"hit\" x=\"").at(view.share(step.at_ms) * WIDE - 5.0);
    page.raw("\" y=\"0\" width=\"10\" height=\"60\"><title>").show(millis(step.at_ms)).raw(": ");
    page.raw(step.from.words()).raw(" → ").raw(step.to.words()).raw(", by ");
    page.cut(&step.by, MAX_NAME).raw("</title></rect>");
}

fn height(rung: Rung) -> f64 {
    let at = Rung::ALL.iter().position(|each| *each == rung).unwrap_or(0);
    HIGH - 5.0 - at as f64 * 10.0
}

/// A cell's own end; the run's where it is not known.
fn end(cell: &CellRecord, view: &View<'_>) -> u64 {
    let last = cell.ladder.last().map_or(0, |step| step.at_ms);
    match cell.resources.wall_ms {
        0 => view.end_ms(),
        wall => cell.started_ms.saturating_add(wall).max(last),
    }
}

fn steps(page: &mut Page, view: &View<'_>) {
    let mut all: Vec<Entry<'_, LadderStep>> = entries(view.record, |cell| &cell.ladder);
    all.sort_by_key(|entry| entry.what.at_ms);
    let heads = [
        Head::Number("At"),
        Head::Text("Plugin"),
        Head::Text("Step"),
        Head::Text("By"),
        Head::Number("Risk"),
        Head::Text("Because"),
    ];
    page.listing("Steps on the ladder", &heads, &all, "steps", |page, entry| {
        let step = entry.what;
        page.row(entry.at).number(millis(step.at_ms)).cell_head(entry.at, entry.cell);
        page.raw("<td class=\"when\"><span class=\"dim\">").raw(step.from.words());
        page.raw(" → </span>").badge(step.to.tone(), step.to.words());
        page.raw("</td><td class=\"mid\">");
        page.cut(&step.by, MAX_NAME).raw("</td><td class=\"num\">");
        page.show(count(step.risk.into())).bar(f64::from(step.risk) / 100.0, risk(step.risk));
        page.raw("</td><td class=\"wide\">").text(&step.because).raw("</td>");
    });
}

fn risk(risk: u8) -> Tone {
    match risk {
        0..50 => Tone::Plain,
        50..80 => Tone::Warn,
        _ => Tone::Bad,
    }
}

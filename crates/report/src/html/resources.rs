//! What every plugin used: heat maps over time, and the figures.

use super::heat::Nearness;
use super::heatmap;
use super::page::Page;
use super::table::Head;
use super::view::View;
use crate::tally::Tone;
use crate::words::{bytes, count, millis};
use crate::{CellRecord, ExitKind};

pub(super) fn section(page: &mut Page, view: &View<'_>) {
    let cells = view.record.cells.iter().enumerate();
    let ran: Vec<(usize, &CellRecord)> = cells.filter(|(_, cell)| has_run(cell)).collect();
    if ran.is_empty() {
        page.quiet("resources", "Resources", "No plugin that ran is on record.");
        return;
    }
    page.section("resources", "Resource consumption", 0);
    let is_sampled = |(_, cell): &&(usize, &CellRecord)| !cell.resources.samples.is_empty();
    let sampled: Vec<(usize, &CellRecord)> = ran.iter().filter(is_sampled).copied().collect();
    if sampled.is_empty() {
        page.nothing("No measurements over time are on record.");
    } else {
        page.raw(
            "<p class=\"help\">Time runs from left to right; the darker, the more. The hottest ",
        );
        page.raw("plugin stands first. Point at a square for its value.</p>\n");
        heatmap::maps(page, view, &sampled);
    }
    totals(page, &ran);
    page.end_section();
}

fn has_run(cell: &CellRecord) -> bool {
    !matches!(cell.exit.kind, ExitKind::NotStarted | ExitKind::Refused)
}

fn totals(page: &mut Page, cells: &[(usize, &CellRecord)]) {
    let heads = [
        Head::Text("Plugin"),
        Head::Number("Memory at most"),
        Head::Number("Time"),
        Head::Number("Written"),
        Head::Number("Processor"),
        Head::Number("Calls"),
        Head::Number("Received"),
        Head::Number("Sent"),
        Head::Number("Output"),
        Head::Number("Processes"),
        Head::Number("Descriptors"),
    ];
    page.raw("<h3>In figures</h3>\n");
    page.listing("Resources", &heads, cells, "plugins", |page, (at, cell)| {
        let used = &cell.resources;
        page.cell_row(*at, cell);
        of_limit(page, used.memory_peak, used.memory_limit, bytes);
        of_limit(page, used.wall_ms, used.wall_limit_ms, millis);
        of_limit(page, used.disk_used, used.disk_limit, bytes);
        page.number(millis(used.cpu_ms)).number(count(used.calls)).number(bytes(used.bytes_in));
        page.number(bytes(used.bytes_out)).number(bytes(used.log_bytes));
        let most = |of: fn(&crate::Sample) -> u64| used.samples.iter().map(of).max().unwrap_or(0);
        at_most(page, most(|sample| sample.processes));
        at_most(page, most(|sample| sample.descriptors));
    });
}

/// A number that is 0 where it was not measured.
fn at_most(page: &mut Page, number: u64) {
    match number {
        0 => page.dash(),
        number => page.number(count(number)),
    };
}

/// A figure, and if there is a limit, that and a bar.
fn of_limit(page: &mut Page, used: u64, limit: u64, said: fn(u64) -> String) {
    page.raw("<td class=\"num\">").show(said(used));
    if limit > 0 {
        let tone = match Nearness::of(used as f64, Some(limit as f64)) {
            Nearness::Far => Tone::Plain,
            Nearness::Near => Tone::Warn,
            Nearness::Reached => Tone::Bad,
        };
        page.raw("<small>of ").show(said(limit)).raw("</small>");
        page.bar(used as f64 / limit as f64, tone);
    }
    page.raw("</td>");
}

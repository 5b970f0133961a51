//! What every plugin used: heat maps over time, and the figures.

use super::heat::{COLUMNS, Measure, SHADES, largest, stretches, values};
use super::page::{Head, Page};
use crate::tally::Tone;
use crate::words::{bytes, count, millis};
use crate::{CellRecord, ExitKind, RunRecord};

/// How many cells a heat map shows: the rows must stay readable.
const MAX_HEAT_ROWS: usize = 40;

/// From this share of a limit on, a bar says so.
const NEAR: f64 = 0.9;

const LABELS: f64 = 150.0;
const SQUARE: f64 = 15.0;
const ROW: f64 = 18.0;

pub(super) fn section(page: &mut Page, record: &RunRecord) {
    page.section("resources", "Resources");
    let ran: Vec<&CellRecord> = record.cells.iter().filter(|cell| has_run(cell)).collect();
    if ran.is_empty() {
        page.nothing("No plugin that ran is on record.").end_section();
        return;
    }
    let mut sampled: Vec<&CellRecord> =
        ran.iter().copied().filter(|cell| !cell.resources.samples.is_empty()).collect();
    if sampled.is_empty() {
        page.nothing("No measurements over time are on record.");
    } else {
        let all = sampled.len();
        keep_hottest(&mut sampled);
        heat_map(page, record, &sampled, Measure::Memory);
        heat_map(page, record, &sampled, Measure::Cpu);
        heat_map(page, record, &sampled, Measure::Calls);
        page.left_out(all, sampled.len(), "plugins, those with the most processor time,");
    }
    table(page, &ran);
    page.end_section();
}

fn has_run(cell: &CellRecord) -> bool {
    !matches!(cell.exit.kind, ExitKind::NotStarted | ExitKind::Refused)
}

/// Where there are too many rows, those with the most processor time, in their old order.
fn keep_hottest(cells: &mut Vec<&CellRecord>) {
    if cells.len() > MAX_HEAT_ROWS {
        let mut times: Vec<u64> = cells.iter().map(|cell| cell.resources.cpu_ms).collect();
        times.sort_unstable_by(|one, other| other.cmp(one));
        let least = times.get(MAX_HEAT_ROWS - 1).copied().unwrap_or(0);
        cells.retain(|cell| cell.resources.cpu_ms >= least);
        cells.truncate(MAX_HEAT_ROWS);
    }
}

fn heat_map(page: &mut Page, record: &RunRecord, cells: &[&CellRecord], measure: Measure) {
    let rows: Vec<_> = cells.iter().map(|cell| values(cell, measure, record.duration_ms)).collect();
    let most = largest(&rows);
    let peak = cells.iter().map(|cell| cell.resources.memory_peak).max().unwrap_or(0);
    heading(page, measure, if measure == Measure::Memory { most.max(peak as f64) } else { most });
    let width = LABELS + COLUMNS as f64 * SQUARE + 2.0;
    let height = cells.len() as f64 * ROW + 20.0;
    page.raw("<div class=\"scroll draw\" role=\"region\" tabindex=\"0\" aria-label=\"Heat map\">");
    page.raw(
        "<svg class=\"heat\" role=\"img\" aria-label=\"Heat map, a row for each plugin, time from ",
    );
    page.raw("left to right; the table below has the totals\" viewBox=\"0 0 ").at(width).raw(" ");
    page.at(height).raw("\" width=\"").at(width).raw("\" height=\"").at(height).raw("\">\n");
    for (at, (cell, values)) in cells.iter().zip(&rows).enumerate() {
        let full = match (measure, cell.resources.memory_limit) {
            (Measure::Memory, limit) if limit > 0 => limit as f64,
            (Measure::Cpu, _) => most.max(1000.0),
            _ => most,
        };
        row(page, cell, measure, &stretches(values, full), at as f64 * ROW, record.duration_ms);
    }
    axis(page, record.duration_ms, height);
    page.raw("</svg></div>\n");
}

fn heading(page: &mut Page, measure: Measure, most: f64) {
    page.raw("<h3>").raw(match measure {
        Measure::Memory => "Memory",
        Measure::Cpu => "Processor",
        Measure::Calls => "Calls to the host",
    });
    page.raw(" <small>measured up to ").show(said(measure, most)).raw(match measure {
        Measure::Memory => "; darkest at the plugin's limit</small>",
        Measure::Cpu => "; darkest at one core, or at the most there was</small>",
        Measure::Calls => "; darkest at the most there was</small>",
    });
    page.raw("<svg class=\"heat legend\" viewBox=\"0 0 108 12\" width=\"108\" height=\"12\" aria-hidden=\"true\">");
    for shade in 0..=SHADES {
        page.raw("<rect class=\"s").show(shade).raw("\" x=\"").at(f64::from(shade) * 12.0);
        page.raw("\" width=\"11\" height=\"12\" rx=\"2\"/>");
    }
    page.raw("</svg></h3>\n");
}

fn row(
    page: &mut Page,
    cell: &CellRecord,
    measure: Measure,
    stretches: &[super::heat::Stretch],
    top: f64,
    duration_ms: u64,
) {
    page.raw("<text class=\"name\" text-anchor=\"end\" x=\"").at(LABELS - 10.0).raw("\" y=\"");
    page.at(top + 12.5).raw("\">").text(&short_name(cell.label())).raw("</text>");
    page.raw("<rect class=\"rail\" x=\"").at(LABELS).raw("\" y=\"").at(top + 1.0);
    page.raw("\" width=\"").at(COLUMNS as f64 * SQUARE).raw("\" height=\"").at(ROW - 3.0);
    page.raw("\" rx=\"3\"/>");
    for each in stretches {
        let wide = (each.to - each.from) as f64 * SQUARE;
        page.raw("<rect class=\"s").show(each.shade).raw("\" x=\"");
        page.at(LABELS + each.from as f64 * SQUARE).raw("\" y=\"").at(top + 1.0).raw("\" width=\"");
        page.at(wide - 1.0).raw("\" height=\"").at(ROW - 3.0).raw("\" rx=\"2\"><title>");
        let time =
            |column: usize| millis((duration_ms as f64 * column as f64 / COLUMNS as f64) as u64);
        page.show(time(each.from)).raw("–").show(time(each.to)).raw(": ");
        page.show(said(measure, each.value)).raw("</title></rect>");
    }
    page.raw("\n");
}

fn axis(page: &mut Page, duration_ms: u64, height: f64) {
    for (quarter, anchor) in [(0, "start"), (1, "middle"), (2, "middle"), (3, "middle"), (4, "end")]
    {
        page.raw("<text class=\"tick\" text-anchor=\"").raw(anchor).raw("\" x=\"");
        page.at(LABELS + f64::from(quarter) / 4.0 * COLUMNS as f64 * SQUARE).raw("\" y=\"");
        page.at(height - 5.0).raw("\">");
        page.show(millis((duration_ms as f64 * f64::from(quarter) / 4.0) as u64)).raw("</text>");
    }
}

fn short_name(name: &str) -> String {
    match name.char_indices().nth(20) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

fn said(measure: Measure, value: f64) -> String {
    match measure {
        Measure::Memory => bytes(value as u64),
        Measure::Cpu => format!("{:.0} % of a core", value / 10.0),
        Measure::Calls => format!("{} per second", count(value.ceil() as u64)),
    }
}

fn table(page: &mut Page, cells: &[&CellRecord]) {
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
    ];
    page.listing("Resources", &heads, cells, "plugins", |page, cell| {
        let used = &cell.resources;
        page.cell_head(cell);
        of_limit(page, used.memory_peak, used.memory_limit, bytes);
        of_limit(page, used.wall_ms, used.wall_limit_ms, millis);
        of_limit(page, used.disk_used, used.disk_limit, bytes);
        page.number(millis(used.cpu_ms)).number(count(used.calls)).number(bytes(used.bytes_in));
        page.number(bytes(used.bytes_out)).number(bytes(used.log_bytes));
    });
}

/// A figure, and if there is a limit, that and a bar.
fn of_limit(page: &mut Page, used: u64, limit: u64, said: fn(u64) -> String) {
    page.raw("<td class=\"num\">").show(said(used));
    if limit > 0 {
        let share = share(used, limit);
        page.raw("<small>of ").show(said(limit)).raw("</small>");
        page.bar(share, if share >= NEAR { Tone::Bad } else { Tone::Plain });
    }
    page.raw("</td>");
}

fn share(used: u64, limit: u64) -> f64 {
    if limit == 0 { 0.0 } else { used as f64 / limit as f64 }
}

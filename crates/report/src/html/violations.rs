//! What was refused or stopped, grouped by rule, with the line that decided and the line that would
//! allow it.

use super::page::{Head, Page};
use crate::limits::MAX_ROWS;
use crate::rules::UNKNOWN;
use crate::tally::{Tone, worst_first};
use crate::words::{count, counted, millis};
use crate::{CellRecord, RunRecord, Violation, rule};

type Entry<'a> = (&'a CellRecord, &'a Violation);

pub(super) fn section(page: &mut Page, record: &RunRecord) {
    page.section("violations", "Violations");
    let all = worst_first(record);
    if all.is_empty() {
        page.nothing("No refusal and no limit is on record.");
    }
    let shown = all.get(..MAX_ROWS).unwrap_or(&all);
    for group in groups(shown) {
        one_rule(page, &group, record.duration_ms);
    }
    page.left_out(all.len(), shown.len(), "entries").end_section();
}

/// By rule, in the order in which the rules come up: the worst first.
fn groups<'a>(entries: &[Entry<'a>]) -> Vec<Vec<Entry<'a>>> {
    let mut groups: Vec<Vec<Entry<'a>>> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for entry in entries {
        let place = *places.entry(entry.1.rule.as_str()).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(place) {
            group.push(*entry);
        }
    }
    groups
}

fn one_rule(page: &mut Page, entries: &[Entry<'_>], duration_ms: u64) {
    let Some((_, first)) = entries.first() else { return };
    let about = rule(&first.rule).unwrap_or(&UNKNOWN);
    let tone = entries.iter().map(|(_, each)| each.verdict.tone()).max().unwrap_or(Tone::Plain);
    let times = entries.iter().fold(0u64, |sum, (_, each)| sum.saturating_add(each.count));
    page.raw("<article class=\"rule ").tone(tone).raw("\"><h3>").raw(about.title).raw(" ");
    page.badge(tone, &counted(times, "time", "times"));
    page.raw("</h3>\n<p class=\"help\"><code>").text(&first.rule).raw("</code> ").raw(about.help);
    page.raw("</p>\n");
    let heads = [
        Head::Text("Plugin"),
        Head::Text("What it tried"),
        Head::Number("Times"),
        Head::Text("When"),
        Head::Text("Decided by, and what would allow it"),
    ];
    page.listing("Refusals by this rule", &heads, entries, "entries", |page, (cell, violation)| {
        row(page, cell, violation, duration_ms);
    });
    page.raw("</article>\n");
}

fn row(page: &mut Page, cell: &CellRecord, violation: &Violation, duration_ms: u64) {
    page.cell_head(cell)
        .raw("<td class=\"wide\"><b>")
        .text(&violation.permission)
        .raw("</b> <code>");
    page.path(&violation.object).raw("</code>");
    if !violation.message.is_empty() {
        page.raw("<small>").text(&violation.message).raw("</small>");
    }
    page.raw("</td>").number(count(violation.count)).raw("<td class=\"when\">");
    when(page, violation, duration_ms);
    page.raw("</td><td class=\"wide\">").place(violation.manifest.as_ref());
    if let Some(fix) = &violation.fix {
        page.raw("<small>to allow it</small><pre>").text(fix).raw("</pre>");
    }
    page.raw("</td>");
}

/// From the first to the last time, in words and as a stretch of the whole run.
fn when(page: &mut Page, violation: &Violation, duration_ms: u64) {
    let (first, last) = (violation.first_ms, violation.last_ms.max(violation.first_ms));
    page.show(millis(first));
    if last > first {
        page.raw("–").show(millis(last));
    }
    let share = |at: u64| (at as f64 / duration_ms.max(last).max(1) as f64) * 90.0;
    page.raw("<svg class=\"strip ").tone(violation.verdict.tone());
    page.raw("\" viewBox=\"0 0 96 8\" width=\"96\" height=\"8\" aria-hidden=\"true\">");
    page.raw("<line x1=\"3\" y1=\"4\" x2=\"93\" y2=\"4\"/><rect x=\"")
        .at(share(first))
        .raw("\" y=\"1\" width=\"");
    page.at(share(last) - share(first) + 6.0).raw("\" height=\"6\" rx=\"3\"/></svg>");
}

//! The heat maps: plugins by time, one map for each thing that is measured.
//!
//! Each is a table whose rows say the largest value and its limit, with the squares as a drawing
//! between, so that nothing is lost to a reader who does not see it.

use super::heat::{COLUMNS, Measure, Nearness, SHADES, Stretch, largest, stretches, values};
use super::page::Page;
use super::table::folds;
use super::view::View;
use crate::CellRecord;
use crate::words::millis;

/// How many plugins a heat map shows: the hottest.
const MAX_HEAT_ROWS: usize = 40;

/// One row of a map.
struct Row<'a> {
    at: usize,
    cell: &'a CellRecord,
    values: Vec<Option<f64>>,
    most: f64,
    limit: Option<f64>,
}

/// Every map in which there is something to see, and the names of the others.
pub(super) fn maps(page: &mut Page, view: &View<'_>, cells: &[(usize, &CellRecord)]) {
    let mut still = Vec::new();
    // The figures below the maps get what the maps leave, which is at least as much as one map.
    let room = page.left() / (Measure::ALL.len() + 2);
    page.raw("<div class=\"maps\">\n");
    for measure in Measure::ALL {
        let mut rows: Vec<Row<'_>> =
            cells.iter().map(|(at, cell)| row(*at, cell, measure, view)).collect();
        let most = rows.iter().map(|row| row.most).fold(0.0, f64::max);
        if most > 0.0 {
            rows.sort_by(|one, other| heat(other, most).total_cmp(&heat(one, most)));
            page.within(room, |page| map(page, measure, &rows, most, view));
        } else {
            still.push(measure);
        }
    }
    page.raw("</div>\n");
    nothing_in(page, &still);
}

fn nothing_in(page: &mut Page, still: &[Measure]) {
    if still.is_empty() {
        return;
    }
    page.raw("<p class=\"nothing\">Nothing was measured of: ");
    for (at, measure) in still.iter().enumerate() {
        page.raw_if(at > 0, ", ").raw(measure.title());
    }
    page.raw(".</p>\n");
}

fn row<'a>(at: usize, cell: &'a CellRecord, measure: Measure, view: &View<'_>) -> Row<'a> {
    let values = values(cell, measure, view.end_ms());
    let mut most = largest(&values);
    if measure == Measure::Memory {
        // What was highest between two measurements is known as well.
        most = most.max(cell.resources.memory_peak as f64);
    }
    Row { at, cell, values, most, limit: measure.limit(cell) }
}

/// By what rows are sorted: the share of the limit, or of the most there is.
fn heat(row: &Row<'_>, most: f64) -> f64 {
    row.most / row.limit.unwrap_or(most)
}

fn map(page: &mut Page, measure: Measure, rows: &[Row<'_>], most: f64, view: &View<'_>) {
    let full = match measure {
        Measure::Cpu => most.max(1000.0),
        _ => most,
    };
    page.raw("<figure class=\"map");
    page.raw_if(measure == Measure::Denials, " alarm");
    page.raw_if(measure == Measure::Memory, " limited").raw("\">\n<figcaption><h3>");
    page.raw(measure.title()).raw("</h3>");
    legend(page, measure, full);
    page.raw("</figcaption>\n");
    let shown = rows.get(..MAX_HEAT_ROWS).unwrap_or(rows);
    let (open, folded) = folds(shown);
    let mut written = table(page, measure, open, full, view);
    if !folded.is_empty() && !page.is_full() {
        page.raw("<details><summary>").whole(folded.len()).raw(" more plugins</summary>\n");
        written += table(page, measure, folded, full, view);
        page.raw("</details>\n");
    }
    page.left_out(rows.len(), written, "plugins, the hottest,").raw("</figure>\n");
}

/// From none to the most, with what the marks of limits mean.
fn legend(page: &mut Page, measure: Measure, full: f64) {
    page.raw("<p class=\"legend\"><span>0</span><svg class=\"hm\" viewBox=\"0 0 9 1\" ");
    page.raw("preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    for shade in 0..=SHADES {
        page.raw("<rect class=\"s").whole(shade.into()).raw("\" x=\"").whole(shade.into());
        page.raw("\" width=\"1\"/>");
    }
    page.raw("</svg><span>");
    match measure {
        Measure::Memory => page.raw("its limit"),
        _ => page.show(measure.said(full)),
    };
    page.raw("</span>");
    if measure == Measure::Memory {
        page.raw("<span class=\"key near\">90 %</span><span class=\"key reached\">limit</span>");
    }
    page.raw("</p>");
}

fn table(page: &mut Page, measure: Measure, rows: &[Row<'_>], full: f64, view: &View<'_>) -> usize {
    page.raw("<table><caption>").raw(measure.title());
    page.raw(" over time, for each plugin</caption><thead><tr><th scope=\"col\">Plugin</th>");
    axis(page, view);
    page.raw("<th scope=\"col\" class=\"num\">Most</th></tr></thead><tbody>\n");
    let mut written = 0;
    for row in rows {
        if page.is_full() {
            break;
        }
        one(page, measure, row, full, view);
        written += 1;
    }
    page.raw("</tbody></table>\n");
    written
}

fn axis(page: &mut Page, view: &View<'_>) {
    page.raw("<th scope=\"col\" class=\"axis\"><span>0</span><span>");
    page.show(millis(view.end_ms() / 2)).raw("</span><span>").show(millis(view.end_ms()));
    page.raw("</span></th>");
}

fn one(page: &mut Page, measure: Measure, row: &Row<'_>, full: f64, view: &View<'_>) {
    page.row(row.at).raw("<th scope=\"row\">").cell_name(row.at, row.cell);
    page.raw("</th><td><svg class=\"hm\" viewBox=\"0 0 60 1\" preserveAspectRatio=\"none\" ");
    page.raw("aria-hidden=\"true\">");
    for each in stretches(&row.values, row.limit.unwrap_or(full), row.limit) {
        square(page, measure, &each, view);
    }
    page.raw("</svg></td><td class=\"num\">");
    most(page, measure, row);
    page.raw("</td></tr>\n");
}

fn square(page: &mut Page, measure: Measure, each: &Stretch, view: &View<'_>) {
    page.raw("<rect class=\"s").whole(each.shade.into());
    page.raw(match each.nearness {
        Nearness::Far => "",
        Nearness::Near => " near",
        Nearness::Reached => " reached",
    });
    page.raw("\" x=\"").whole(each.from).raw("\" width=\"").whole(each.to - each.from);
    page.raw("\"><title>");
    let time =
        |column: usize| millis((view.end_ms() as f64 * column as f64 / COLUMNS as f64) as u64);
    page.show(time(each.from)).raw(" – ").show(time(each.to)).raw(": ");
    page.show(measure.brief(each.value)).raw("</title></rect>");
}

fn most(page: &mut Page, measure: Measure, row: &Row<'_>) {
    match Nearness::of(row.most, row.limit) {
        Nearness::Far => page.raw("<span>"),
        Nearness::Near => page.raw("<span class=\"near\">! "),
        Nearness::Reached => page.raw("<span class=\"reached\">✕ "),
    };
    page.show(measure.brief(row.most)).raw("</span>");
    if let Some(limit) = row.limit {
        page.raw("<small>").show(format!("{:.0} %", 100.0 * row.most / limit)).raw("</small>");
    }
}

//! Which machines the plugins talked to, or wanted to.

use std::cmp::Reverse;

use super::page::Page;
use super::table::Head;
use super::view::View;
use crate::tally::{Entry, Tone, entries};
use crate::words::{bytes, count, counted, millis, other_destinations};
use crate::{CellRecord, EgressRecord};

pub(super) fn section(page: &mut Page, view: &View<'_>) {
    let mut all: Vec<Entry<'_, EgressRecord>> = entries(view.record, |cell| &cell.egress);
    if all.is_empty() && view.tally.other_destinations == 0 {
        page.quiet("egress", "Egress", "No request to another machine is on record.");
        return;
    }
    all.sort_by_key(|entry| Reverse((entry.what.refused, sum(entry.what))));
    page.section("egress", "Egress", u64::try_from(all.len()).unwrap_or(u64::MAX));
    let refused = all.iter().fold(0u64, |sum, each| sum.saturating_add(each.what.refused));
    if refused > 0 {
        page.raw("<p>").badge(Tone::Warn, &counted(refused, "request", "requests"));
        page.raw(" to destinations outside a grant went nowhere.</p>\n");
    }
    let heads = [
        Head::Text("Plugin"),
        Head::Text("Destination"),
        Head::Number("Allowed"),
        Head::Number("Refused"),
        Head::Number("Sent"),
        Head::Number("Received"),
        Head::Text("First and last"),
    ];
    let most = all.iter().map(|entry| sum(entry.what)).max().unwrap_or(0);
    let others = view.record.cells.iter().enumerate();
    let others = others.filter(|(_, cell)| cell.other_destinations > 0);
    let mut rows: Vec<Row<'_>> = others.map(|(at, cell)| Row::Others(at, cell)).collect();
    rows.extend(all.iter().map(Row::One));
    page.listing("Destinations", &heads, &rows, "destinations", |page, each| match each {
        Row::Others(at, cell) => {
            page.cell_row(*at, cell);
            others_row(page, cell);
        }
        Row::One(entry) => {
            page.cell_row(entry.at, entry.cell);
            row(page, entry.what, most);
        }
    });
    page.end_section();
}

/// A destination, or all those of a plugin that found no room: these first, as nobody knows what
/// they hide.
enum Row<'a> {
    Others(usize, &'a CellRecord),
    One(&'a Entry<'a, EgressRecord>),
}

fn others_row(page: &mut Page, cell: &CellRecord) {
    page.raw("<td class=\"wide\">").badge(Tone::Warn, "others").raw(" <small>");
    page.show(other_destinations(cell.other_destinations)).raw("</small></td>");
    (0..4).for_each(|_| {
        page.dash();
    });
    page.raw("<td class=\"when\"></td>");
}

fn sum(egress: &EgressRecord) -> u64 {
    egress.bytes_out.saturating_add(egress.bytes_in)
}

fn row(page: &mut Page, egress: &EgressRecord, most: u64) {
    page.raw("<td class=\"wide\"><code>").text(&egress.destination).raw("</code>");
    if sum(egress) > 0 {
        page.bar((sum(egress) as f64 / most.max(1) as f64).sqrt(), Tone::Plain);
    }
    page.raw("</td>").number(count(egress.allowed));
    match egress.refused {
        0 => page.number("0"),
        more => page.raw("<td class=\"num\">").badge(Tone::Warn, &count(more)).raw("</td>"),
    };
    page.number(bytes(egress.bytes_out)).number(bytes(egress.bytes_in));
    page.raw("<td class=\"when\">").show(millis(egress.first_ms));
    if egress.last_ms > egress.first_ms {
        page.raw(" – ").show(millis(egress.last_ms));
    }
    page.raw("</td>");
}

//! What plugins asked for beyond their grants.

use super::page::{Head, Page};
use crate::record::ElevationRecord;
use crate::tally::Tone;
use crate::words::millis;
use crate::{CellRecord, RunRecord};

pub(super) fn section(page: &mut Page, record: &RunRecord) {
    page.section("elevations", "Beyond the grants");
    let all: Vec<(&CellRecord, &ElevationRecord)> = record
        .cells
        .iter()
        .flat_map(|cell| cell.elevations.iter().map(move |elevation| (cell, elevation)))
        .collect();
    if all.is_empty() {
        page.nothing("No plugin asked for anything beyond its grants.").end_section();
        return;
    }
    let heads = [
        Head::Text("Plugin"),
        Head::Text("Asked for"),
        Head::Text("Answer"),
        Head::Number("Uses"),
        Head::Number("Within"),
        Head::Number("At"),
    ];
    page.listing("Beyond the grants", &heads, &all, "wishes", |page, (cell, elevation)| {
        row(page, cell, elevation);
    });
    page.end_section();
}

fn row(page: &mut Page, cell: &CellRecord, elevation: &ElevationRecord) {
    page.cell_head(cell).raw("<td class=\"wide\"><code>").path(&elevation.want).raw("</code>");
    if !elevation.why.is_empty() {
        page.raw("<small>it says: ").text(&elevation.why).raw("</small>");
    }
    page.raw("</td><td class=\"wide\">");
    match elevation.issued {
        true => page.badge(Tone::Warn, "allowed"),
        false => page.badge(Tone::Plain, "refused"),
    };
    page.raw(" <small>").text(&elevation.by).raw("</small></td>");
    page.number(elevation.uses);
    page.number(millis(elevation.lifetime_ms));
    page.number(millis(elevation.at_ms));
}

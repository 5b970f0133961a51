//! The tokens that plugins asked for, for single operations beyond their grants.

use super::page::Page;
use super::table::Head;
use super::view::View;
use crate::ElevationRecord;
use crate::tally::{Tone, entries};
use crate::words::millis;

pub(super) fn section(page: &mut Page, view: &View<'_>) {
    let all = entries(view.record, |cell| &cell.elevations);
    if all.is_empty() {
        let sentence = "No plugin asked for a token for a single operation beyond its grants.";
        page.quiet("elevations", "Tokens beyond the grants", sentence);
        return;
    }
    let number = u64::try_from(all.len()).unwrap_or(u64::MAX);
    page.section("elevations", "Tokens beyond the grants", number);
    let heads = [
        Head::Text("Plugin"),
        Head::Text("Asked for"),
        Head::Text("Answer"),
        Head::Number("Uses"),
        Head::Number("Within"),
        Head::Number("At"),
    ];
    page.listing("Tokens beyond the grants", &heads, &all, "wishes", |page, entry| {
        page.cell_row(entry.at, entry.cell);
        row(page, entry.what);
    });
    page.end_section();
}

fn row(page: &mut Page, elevation: &ElevationRecord) {
    page.raw("<td class=\"wide\"><code>").path(&elevation.want).raw("</code>");
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

//! What every plugin may do, and what it made of that.

use super::page::{Head, Page};
use crate::tally::{Tally, Tone};
use crate::words::{count, counted, millis};
use crate::{CellRecord, GrantUse, RunRecord};

pub(super) fn section(page: &mut Page, record: &RunRecord, tally: &Tally) {
    page.section("grants", "Grants and their use");
    let all: Vec<(&CellRecord, &GrantUse)> = record
        .cells
        .iter()
        .flat_map(|cell| cell.grants.iter().map(move |grant| (cell, grant)))
        .collect();
    if all.is_empty() {
        page.nothing("No grant is on record.").end_section();
        return;
    }
    if tally.grants_unused > 0 {
        page.raw("<p>").show(counted(tally.grants_unused, "grant was", "grants were"));
        page.raw(" never used in this run and could perhaps be taken back.</p>\n");
    }
    let most = all.iter().map(|(_, grant)| grant.used).max().unwrap_or(0);
    let heads = [
        Head::Text("Plugin"),
        Head::Text("May"),
        Head::Text("Asked for at"),
        Head::Number("Used"),
        Head::Number("Last used"),
    ];
    page.listing("Grants and their use", &heads, &all, "grants", |page, (cell, grant)| {
        row(page, cell, grant, most);
    });
    page.end_section();
}

fn row(page: &mut Page, cell: &CellRecord, grant: &GrantUse, most: u64) {
    page.cell_head(cell).raw("<td class=\"wide\"><b>").text(&grant.permission).raw("</b> <code>");
    page.path(&grant.pattern).raw("</code>");
    if let Some(host) = &grant.host {
        page.raw("<small>on the host <code>").path(host).raw("</code></small>");
    }
    page.raw("</td><td class=\"wide\">").place(grant.manifest.as_ref()).raw("</td>");
    if grant.used == 0 {
        page.raw("<td class=\"num\">").badge(Tone::Warn, "never").raw("</td>");
    } else {
        // The root keeps a grant that was used once visible beside one that was used a million times.
        let share = (grant.used as f64 / most.max(1) as f64).sqrt();
        page.raw("<td class=\"num\">").show(count(grant.used)).bar(share, Tone::Plain).raw("</td>");
    }
    match grant.last_used_ms {
        Some(at) => page.number(millis(at)),
        None => page.raw("<td class=\"num\"><span class=\"none\">–</span></td>"),
    };
}

//! What every plugin may do, and what it made of that.

use super::page::Page;
use super::table::Head;
use super::view::View;
use crate::tally::{Tone, entries};
use crate::words::{count, counted, millis};
use crate::{CellRecord, GrantUse};

/// How many plugins with unused grants are summed up.
const MAX_SUMS: usize = 24;

pub(super) fn section(page: &mut Page, view: &View<'_>) {
    let all = entries(view.record, |cell| &cell.grants);
    if all.is_empty() {
        page.quiet("grants", "Granted and used", "No grant is on record.");
        return;
    }
    page.section("grants", "Granted and used", view.tally.grants);
    if view.tally.grants_unused > 0 {
        page.raw("<p>").show(counted(view.tally.grants_unused, "grant was", "grants were"));
        page.raw(" never used in this run and could perhaps be taken back.</p>\n");
        sums(page, view);
    }
    let most = all.iter().map(|entry| entry.what.used).max().unwrap_or(0);
    let heads = [
        Head::Text("Plugin"),
        Head::Text("May"),
        Head::Text("Asked for at"),
        Head::Number("Used"),
        Head::Number("Last used"),
    ];
    page.listing("Grants and their use", &heads, &all, "grants", |page, entry| {
        page.cell_row(entry.at, entry.cell);
        row(page, entry.what, most);
    });
    page.end_section();
}

/// For each plugin that has more than it used, how much of it that was.
fn sums(page: &mut Page, view: &View<'_>) {
    let used = |cell: &CellRecord| cell.grants.iter().filter(|grant| grant.used > 0).count();
    let cells = view.record.cells.iter().enumerate();
    let wide: Vec<_> = cells.filter(|(_, cell)| used(cell) < cell.grants.len()).collect();
    page.raw("<ul class=\"sums\">");
    for (at, cell) in wide.iter().take(MAX_SUMS) {
        page.raw("<li data-c=\"").whole(*at).raw("\">").cell_name(*at, cell).raw(" ");
        page.bar(used(cell) as f64 / cell.grants.len() as f64, Tone::Plain).raw(" <small>");
        page.whole(used(cell)).raw(" of ").whole(cell.grants.len()).raw(" used</small></li>");
    }
    page.raw("</ul>\n").left_out(wide.len(), wide.len().min(MAX_SUMS), "plugins");
}

fn row(page: &mut Page, grant: &GrantUse, most: u64) {
    page.raw("<td class=\"wide\"><b>").text(&grant.permission).raw("</b> <code>");
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
        None => page.dash(),
    };
}

//! Who passed how much to whom, as a matrix: what stays readable where a diagram does not.

use std::collections::BTreeSet;

use super::flows::{Flow, Flows, busiest, cells, label};
use super::heat::shade;
use super::page::Page;
use super::view::View;
use crate::words::{bytes, count, counted};

/// How many cells it has.
const MAX_SIDE: usize = 40;

/// Up to so many cells, the figures stand in it; beyond, shades alone.
const WITH_FIGURES: usize = 12;

pub(super) fn matrix(page: &mut Page, flows: &Flows<'_>, view: &View<'_>, is_open: bool) {
    let shown = busiest(flows, MAX_SIDE);
    if shown.len() < 2 {
        return;
    }
    page.raw(if is_open { "<details open>" } else { "<details>" });
    page.raw(
        "<summary>As a matrix</summary>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" ",
    );
    page.raw("aria-label=\"Matrix of interactions\"><table class=\"matrix");
    page.raw_if(shown.len() > WITH_FIGURES, " dense").raw("\"><caption>From each row's plugin to ");
    page.raw("each column's</caption><thead><tr><th scope=\"col\">from ↓ to →</th>");
    for (number, at) in shown.iter().enumerate() {
        page.raw("<th scope=\"col\"><abbr title=\"");
        page.text(view.cell(*at).map_or("", label))
            .raw("\">")
            .whole(number + 1)
            .raw("</abbr></th>");
    }
    page.body();
    let written = rows(page, flows, view, &shown);
    page.end_table().left_out(cells(flows).len(), written, "plugins, those that passed most,");
    page.raw("</details>\n");
}

fn rows(page: &mut Page, flows: &Flows<'_>, view: &View<'_>, shown: &BTreeSet<usize>) -> usize {
    let most = flows.values().map(|flow| flow.bytes).max().unwrap_or(0);
    for (number, from) in shown.iter().enumerate() {
        let Some(cell) = view.cell(*from).filter(|_| !page.is_full()) else { return number };
        page.row(*from).raw("<th scope=\"row\"><span class=\"dim\">").whole(number + 1);
        page.raw("</span> ").cell_name(*from, cell).raw("</th>");
        for to in shown {
            match flows.get(&(*from, *to)) {
                // What was refused to nobody has no column.
                Some(flow) if from == to && flow.calls == 0 => page.raw("<td class=\"own\"></td>"),
                Some(flow) => field(page, flow, most, shown.len() <= WITH_FIGURES),
                None if from == to => page.raw("<td class=\"own\"></td>"),
                None => page.raw("<td></td>"),
            };
        }
        page.raw("</tr>\n");
    }
    shown.len()
}

/// Shaded by bytes, on a scale on which little is still seen beside much.
fn field<'a>(page: &'a mut Page, flow: &Flow<'_>, most: u64, figures: bool) -> &'a mut Page {
    let shade = shade((flow.bytes as f64 + 1.0).ln(), (most as f64 + 1.0).ln().max(1.0));
    page.raw("<td class=\"s").whole(shade.into());
    page.raw_if(flow.refused > 0, " bad").raw("\" title=\"").show(bytes(flow.bytes)).raw(", ");
    page.show(counted(flow.calls, "call", "calls"));
    if flow.refused > 0 {
        page.raw(", ").show(count(flow.refused)).raw(" refused");
    }
    page.raw("\">");
    if figures && (flow.bytes > 0 || flow.refused == 0) {
        page.raw("<span>").show(bytes(flow.bytes)).raw("</span>");
    }
    if flow.refused > 0 {
        page.raw("<b>✕");
        if figures {
            page.raw(" ").show(count(flow.refused));
        }
        page.raw("</b>");
    }
    page.raw("</td>")
}

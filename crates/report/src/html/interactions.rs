//! Who passed what to whom, and what they share.

use super::diagram::diagram;
use super::flows::{flows, users};
use super::lanes::{self, end, nobody};
use super::matrix::matrix;
use super::page::Page;
use super::table::Head;
use super::view::View;
use crate::Edge;
use crate::limits::MAX_NAME;
use crate::tally::Tone;
use crate::words::{bytes, count};

/// How many cells are named beside a shared thing.
const MAX_USERS: usize = 8;

pub(super) fn section(page: &mut Page, view: &View<'_>) {
    let record = view.record;
    if record.edges.is_empty() && record.messages.is_empty() && record.shared.is_empty() {
        let sentence = "Nothing passed between plugins is on record.";
        page.quiet("interactions", "Interactions", sentence);
        return;
    }
    page.section("interactions", "Interactions between plugins", 0);
    let flows = flows(&record.edges, view);
    let is_drawn = diagram(page, &flows, view);
    if is_drawn {
        key(page);
    } else if !flows.is_empty() {
        page.raw(
            "<p class=\"note\">More than 30 plugins passed something on: a matrix shows more ",
        );
        page.raw("than a diagram would.</p>\n");
    }
    matrix(page, &flows, view, !is_drawn);
    page.within(page.left() / 2, |page| lanes::section(page, view));
    page.within(page.left() / 4 * 3, |page| edges(page, view));
    shared(page, view);
    page.end_section();
}

fn key(page: &mut Page) {
    page.raw(
        "<p class=\"note\">The thicker an arrow, the more bytes. Dashed with <b>✕</b>: refused. ",
    );
    page.raw("Thin and dotted: uses something shared.</p>\n");
}

fn edges(page: &mut Page, view: &View<'_>) {
    if view.record.edges.is_empty() {
        return;
    }
    let heads = [
        Head::Text("From"),
        Head::Text("To"),
        Head::Text("By"),
        Head::Number("Times"),
        Head::Number("Data"),
        Head::Text("Refused"),
    ];
    page.raw("<h3>In figures</h3>\n");
    let edges = &view.record.edges;
    page.listing("Interactions", &heads, edges, "interactions", |page, edge| {
        row(page, view, edge);
    });
}

fn row(page: &mut Page, view: &View<'_>, edge: &Edge) {
    match view.place_of(edge.from) {
        Some(at) => page.row(at),
        None => page.raw("<tr>"),
    };
    end(page, view, edge.from);
    match edge.ends_nowhere() && edge.calls == 0 {
        true => nobody(page),
        false => end(page, view, edge.to),
    }
    page.raw("<td class=\"mid\">").cut(&edge.via, MAX_NAME).raw("</td>").number(count(edge.calls));
    page.number(bytes(edge.bytes));
    if edge.refused == 0 {
        page.raw("<td>0</td>");
        return;
    }
    page.raw("<td>").badge(Tone::Bad, &count(edge.refused));
    if let Some(why) = &edge.why {
        page.raw("<small>").text(why).raw("</small>");
    }
    page.raw("</td>");
}

fn shared(page: &mut Page, view: &View<'_>) {
    let all = &view.record.shared;
    if all.is_empty() {
        return;
    }
    let heads =
        [Head::Text("What"), Head::Text("Name"), Head::Text("Written by"), Head::Text("Read by")];
    page.raw("<h3>What they share</h3>\n");
    page.listing("What plugins share", &heads, all, "shared things", |page, thing| {
        let (writers, readers) = users(thing, view);
        page.raw("<tr><td>").raw(thing.kind.words()).raw("</td><td class=\"wide\"><code>");
        page.path(&thing.name).raw("</code></td>");
        names(page, view, writers.iter());
        names(page, view, readers.iter());
    });
}

fn names<'a>(page: &mut Page, view: &View<'_>, places: impl ExactSizeIterator<Item = &'a usize>) {
    let more = places.len().saturating_sub(MAX_USERS);
    page.raw("<td>");
    for (number, at) in places.take(MAX_USERS).enumerate() {
        if let Some(cell) = view.cell(*at) {
            page.raw_if(number > 0, ", ").cell_name(*at, cell);
        }
    }
    if more > 0 {
        page.raw(" and ").whole(more).raw(" more");
    }
    page.raw("</td>");
}

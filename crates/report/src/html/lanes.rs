//! What happened in which order: a lane for each cell, messages between the lanes.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use super::flows::label;
use super::page::Page;
use super::table::Head;
use super::view::View;
use crate::limits::MAX_NAME;
use crate::tally::Tone;
use crate::words::{bytes, count, millis};
use crate::{CellRecord, Message};

/// How many lanes and messages are drawn: the first, between those that have most.
const MAX_LANES: usize = 24;
const MAX_DRAWN: usize = 240;

/// How many marks of one kind a lane has.
const MAX_MARKS: usize = 12;

/// How many messages are listed.
const MAX_LISTED: usize = 200;

const LEFT: f64 = 150.0;
const RIGHT: f64 = 985.0;
const LANE: f64 = 30.0;
const TOP: f64 = 24.0;

pub(super) fn section(page: &mut Page, view: &View<'_>) {
    let messages = &view.record.messages;
    if messages.is_empty() {
        return;
    }
    page.raw("<h3>In order</h3>\n");
    let lanes = lanes(messages, view);
    if !lanes.is_empty() {
        drawing(page, view, &lanes);
    }
    list(page, view);
}

/// The cells with most messages, in the order of the record.
fn lanes(messages: &[Message], view: &View<'_>) -> Vec<usize> {
    let mut counts: HashMap<usize, u64> = HashMap::new();
    for id in messages.iter().flat_map(|message| [message.from, message.to]) {
        if let Some(at) = view.place_of(id) {
            *counts.entry(at).or_default() += 1;
        }
    }
    let mut all: Vec<usize> = counts.keys().copied().collect();
    all.sort_by_key(|at| (Reverse(counts.get(at).copied()), *at));
    all.truncate(MAX_LANES);
    all.into_iter().collect::<BTreeSet<_>>().into_iter().collect()
}

fn drawing(page: &mut Page, view: &View<'_>, lanes: &[usize]) {
    let height = TOP + lanes.len() as f64 * LANE + 6.0;
    page.raw("<div class=\"scroll draw\" role=\"region\" tabindex=\"0\" aria-label=\"Messages in order\">");
    page.raw(
        "<svg class=\"lanes\" role=\"img\" aria-label=\"A lane for each plugin, time from left to ",
    );
    page.raw("right; the table below lists the messages\" viewBox=\"0 0 1000 ").at(height);
    page.raw(
        "\"><defs><marker id=\"dart\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" ",
    );
    page.raw("markerHeight=\"7\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">");
    page.raw("<path d=\"M0 0 8 4 0 8z\"/></marker></defs>\n");
    ticks(page, view, height);
    for (lane, at) in lanes.iter().enumerate() {
        if let Some(cell) = view.cell(*at) {
            one_lane(page, view, *at, cell, middle(lane));
        }
    }
    let lane_of = |id| lanes.binary_search(&view.place_of(id)?).ok().map(middle);
    let messages = view.record.messages.iter();
    let drawn = messages.filter_map(|each| Some((each, lane_of(each.from)?, lane_of(each.to)?)));
    for (message, from, to) in drawn.take(MAX_DRAWN) {
        if page.is_full() {
            break;
        }
        arrow(page, view, message, from, to);
    }
    page.raw("</svg></div>\n");
    key(page);
}

fn middle(lane: usize) -> f64 {
    TOP + lane as f64 * LANE + LANE / 2.0
}

fn x(view: &View<'_>, at_ms: u64) -> f64 {
    LEFT + view.share(at_ms) * (RIGHT - LEFT)
}

fn ticks(page: &mut Page, view: &View<'_>, height: f64) {
    for quarter in 0..=4u32 {
        let share = f64::from(quarter) / 4.0;
        let x = LEFT + share * (RIGHT - LEFT);
        page.raw("<path class=\"tick\" d=\"M").at(x).raw(" 18V").at(height - 4.0).raw("\"/>");
        page.raw(match quarter {
            0 => "<text class=\"tick\" x=\"",
            4 => "<text class=\"tick end\" x=\"",
            _ => "<text class=\"tick mid\" x=\"",
        });
        page.at(x).raw("\" y=\"12\">").show(millis((view.end_ms() as f64 * share) as u64));
        page.raw("</text>");
    }
}

fn one_lane(page: &mut Page, view: &View<'_>, at: usize, cell: &CellRecord, y: f64) {
    let (start, end) = life(cell, view);
    page.raw("<g data-c=\"").whole(at).raw("\"><text class=\"name\" x=\"140\" y=\"").at(y + 4.0);
    page.raw("\">").brief(label(cell), 20).raw("</text><path class=\"rail\" d=\"M150 ").at(y);
    page.raw("H985\"/><rect class=\"life ").tone(cell.exit.kind.tone()).raw("\" x=\"").at(start);
    page.raw("\" y=\"").at(y - 6.0).raw("\" width=\"").at((end - start).max(2.0));
    page.raw("\" height=\"12\" rx=\"4\"><title>").text(label(cell)).raw(": ");
    page.raw(cell.exit.kind.words()).raw("</title></rect>");
    marks(page, view, cell, y);
    page.raw("</g>\n");
}

fn life(cell: &CellRecord, view: &View<'_>) -> (f64, f64) {
    let end = cell.started_ms.saturating_add(cell.resources.wall_ms);
    (x(view, cell.started_ms), x(view, end))
}

/// A cross for what was refused, a diamond for what was noticed, a triangle for a step.
fn marks(page: &mut Page, view: &View<'_>, cell: &CellRecord, y: f64) {
    for violation in cell.violations.iter().take(MAX_MARKS) {
        let x = x(view, violation.first_ms);
        page.raw("<path class=\"mark ").tone(violation.verdict.tone()).raw("\" d=\"M").at(x - 3.5);
        page.raw(" ").at(y - 3.5).raw("l7 7m0-7l-7 7\"><title>").show(millis(violation.first_ms));
        page.raw(": ").cut(&violation.rule, MAX_NAME).raw("</title></path>");
    }
    for finding in cell.findings.iter().take(MAX_MARKS) {
        let x = x(view, finding.at_ms);
        page.raw("<path class=\"mark full ").tone(finding.tone().max(Tone::Warn)).raw("\" d=\"M");
        page.at(x).raw(" ").at(y - 11.0).raw("l4 4-4 4-4-4z\"><title>").show(millis(finding.at_ms));
        page.raw(": ").cut(&finding.rule, MAX_NAME).raw("</title></path>");
    }
    for step in cell.ladder.iter().take(MAX_MARKS) {
        let x = x(view, step.at_ms);
        page.raw("<path class=\"mark full ").tone(step.to.tone()).raw("\" d=\"M").at(x).raw(" ");
        page.at(y + 4.0).raw("l4 7h-8z\"><title>").show(millis(step.at_ms)).raw(": ");
        page.raw(step.from.words()).raw(" → ").raw(step.to.words()).raw("</title></path>");
    }
}

fn arrow(page: &mut Page, view: &View<'_>, message: &Message, from: f64, to: f64) {
    let x = x(view, message.at_ms);
    page.raw("<path class=\"msg");
    page.raw_if(message.refused.is_some(), " bad").raw("\" d=\"M").at(x).raw(" ").at(from);
    match from == to {
        // It got nowhere, or came back to where it began.
        true => page.raw("v-11m-3-3l6 6m0-6l-6 6"),
        false => page.raw("V").at(to + if to > from { -7.0 } else { 7.0 }),
    };
    page.raw_if(from != to, "\" marker-end=\"url(#dart)").raw("\"><title>");
    page.show(millis(message.at_ms)).raw(": ").cut(&message.via, MAX_NAME).raw(", ");
    page.show(bytes(message.bytes));
    if let Some(why) = &message.refused {
        page.raw(", refused: ").cut(why, MAX_NAME);
    }
    page.raw("</title></path>");
}

fn key(page: &mut Page) {
    page.raw(
        "<p class=\"note\"><b>│</b> a message, dashed where it was refused · <b>✕</b> a refusal ",
    );
    page.raw("by the sandbox · <b>◆</b> a finding · <b>▲</b> a step on the ladder</p>\n");
}

fn list(page: &mut Page, view: &View<'_>) {
    let all = &view.record.messages;
    let shown = all.get(..MAX_LISTED).unwrap_or(all);
    let heads = [
        Head::Number("At"),
        Head::Text("From"),
        Head::Text("To"),
        Head::Text("By"),
        Head::Number("Data"),
        Head::Number("Took"),
        Head::Text("Refused"),
    ];
    page.raw("<details><summary>The messages one by one</summary>\n");
    page.listing("Messages", &heads, shown, "messages", |page, message| row(page, view, message));
    page.raw("</details>\n");
    let unseen = view.record.more_messages.saturating_add((all.len() - shown.len()) as u64);
    if unseen > 0 {
        page.raw("<p class=\"note\">The first ").show(count(shown.len() as u64));
        page.raw(" messages are listed; ").show(count(unseen)).raw(" more were passed.</p>\n");
    }
}

fn row(page: &mut Page, view: &View<'_>, message: &Message) {
    match view.place_of(message.from) {
        Some(at) => page.row(at),
        None => page.raw("<tr>"),
    };
    page.number(millis(message.at_ms));
    end(page, view, message.from);
    match message.ends_nowhere() {
        true => nobody(page),
        false => end(page, view, message.to),
    }
    page.raw("<td>").cut(&message.via, MAX_NAME).raw("</td>").number(bytes(message.bytes));
    page.number(millis(message.took_ms)).raw("<td>");
    if let Some(why) = &message.refused {
        page.badge(Tone::Bad, "refused").raw("<small>").text(why).raw("</small>");
    }
    page.raw("</td>");
}

/// Where what got nowhere went.
pub(super) fn nobody(page: &mut Page) {
    page.raw("<td><span class=\"none\">nobody</span></td>");
}

/// A cell named by its number.
pub(super) fn end(page: &mut Page, view: &View<'_>, id: u32) {
    match view.place_of(id).and_then(|at| Some((at, view.cell(at)?))) {
        Some((at, cell)) => page.cell_head(at, cell),
        None => {
            page.raw("<th scope=\"row\">cell ").show(id).raw(" <small>not on record</small></th>")
        }
    };
}

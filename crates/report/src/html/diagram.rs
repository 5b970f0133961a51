//! The interaction diagram: cells and what they share, and what went between them.

use std::collections::BTreeSet;

use super::flows::{End, Flow, Flows, cells, label, users};
use super::frame::{Frame, Line, MARGIN};
use super::layout::{Graph, Layout, layers};
use super::page::Page;
use super::view::View;
use crate::tally::Tone;
use crate::words::{bytes, count, counted};
use crate::{CellRecord, Shared};

/// How many boxes a diagram shows: more cannot be told apart, and there is the matrix for them.
pub(super) const MAX_NODES: usize = 30;

/// How many characters of a name fit in a box.
const MAX_SHOWN_NAME: usize = 19;

/// Up to so many arrows, all of a label is shown; up to so many, any of it.
const FULL_LABELS: usize = 12;
const MAX_LABELS: usize = 30;

/// How many arrows: more are a thicket.
const MAX_ARROWS: usize = 120;

/// How many characters of a title are kept.
const MAX_TITLE: usize = 120;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Passed,
    Refused,
    Uses,
    /// Both puts into it and takes out of it.
    UsesBothWays,
}

struct Arrow {
    from: End,
    to: End,
    kind: Kind,
    label: String,
    title: String,
}

/// Draws it, where it would be readable; whether it did.
pub(super) fn diagram(page: &mut Page, flows: &Flows<'_>, view: &View<'_>) -> bool {
    let arrows = arrows(flows, view);
    let ends: BTreeSet<End> = arrows.iter().flat_map(|arrow| [arrow.from, arrow.to]).collect();
    if arrows.is_empty() || arrows.len() > MAX_ARROWS || ends.len() > MAX_NODES {
        return false;
    }
    let ends: Vec<End> = ends.into_iter().collect();
    let index = |end: End| ends.binary_search(&end).unwrap_or_default();
    let edges: Vec<(usize, usize)> =
        arrows.iter().map(|arrow| (index(arrow.from), index(arrow.to))).collect();
    let layout = layers(&Graph { nodes: ends.len(), edges: edges.clone() });
    let frame = Frame::of(&layout);
    let lines = frame.lines(&layout, &edges);
    open(page, &frame, &layout, &lines);
    for (arrow, line) in arrows.iter().zip(&lines) {
        draw(page, &frame, arrow, line, thickness(arrow, flows));
    }
    for (end, place) in ends.iter().zip(&layout.nodes) {
        node(page, *end, frame.point(frame.corner(*place)), view);
    }
    // Names of the arrows last, so that no arrow crosses one.
    if arrows.len() <= MAX_LABELS {
        labels(page, &frame, &arrows, &lines);
    }
    page.raw("</svg></div>\n");
    true
}

fn arrows(flows: &Flows<'_>, view: &View<'_>) -> Vec<Arrow> {
    let mut arrows = Vec::new();
    let many = cells(flows).len() > MAX_NODES;
    for ((from, to), flow) in flows.iter().filter(|_| !many) {
        let new = |to, kind, (label, title)| {
            let from = End::Cell(*from);
            Arrow { from, to, kind, label, title }
        };
        if flow.calls > 0 || flow.bytes > 0 || flow.refused == 0 {
            arrows.push(new(End::Cell(*to), Kind::Passed, passed(flow)));
        }
        if flow.refused > 0 {
            let to = if from == to { End::Nobody } else { End::Cell(*to) };
            arrows.push(new(to, Kind::Refused, refused(flow)));
        }
    }
    for (at, shared) in view.record.shared.iter().enumerate().take(MAX_NODES) {
        let (writers, readers) = users(shared, view);
        for cell in writers.union(&readers) {
            let both = (writers.contains(cell), readers.contains(cell));
            arrows.push(use_of(End::Cell(*cell), End::Shared(at), both, shared));
        }
    }
    if arrows.len() <= FULL_LABELS {
        return arrows;
    }
    // Where there are many arrows, the size alone says enough.
    arrows.iter_mut().for_each(|arrow| {
        let (short, _) = arrow.label.split_once(" · ").unwrap_or((&arrow.label, ""));
        arrow.label = short.to_owned();
    });
    arrows
}

fn passed(flow: &Flow<'_>) -> (String, String) {
    let label = format!("{} · {}", bytes(flow.bytes), counted(flow.calls, "call", "calls"));
    (label.clone(), label)
}

fn refused(flow: &Flow<'_>) -> (String, String) {
    let label = format!("✕ {} refused", count(flow.refused));
    let title = match flow.why {
        Some(why) => format!("{label}: {why}"),
        None => label.clone(),
    };
    (label, title)
}

fn use_of(cell: End, thing: End, uses: (bool, bool), shared: &Shared) -> Arrow {
    let (from, to, kind, words) = match uses {
        (true, true) => (cell, thing, Kind::UsesBothWays, "writes and reads"),
        (true, false) => (cell, thing, Kind::Uses, "writes"),
        (false, _) => (thing, cell, Kind::Uses, "reads"),
    };
    let title = format!("{words} the {} {}", shared.kind.words(), shared.name);
    Arrow { from, to, kind, label: String::new(), title }
}

fn open(page: &mut Page, frame: &Frame, layout: &Layout, lines: &[Line]) {
    let along = layout.layers.saturating_sub(1) as f64 * frame.step.0 + frame.size.0 + 2.0 * MARGIN;
    let bottoms = lines.iter().filter_map(|line| line.bottom);
    let beside = if frame.is_down { 70.0 } else { 12.0 };
    let across = bottoms.fold(frame.edge, |across, bottom| across.max(bottom + beside));
    let (width, height) = frame.point((along, across));
    page.raw("<div class=\"scroll draw\" role=\"region\" tabindex=\"0\" aria-label=\"Interaction diagram\">");
    page.raw(
        "<svg class=\"graph\" role=\"img\" aria-label=\"Which plugin passed what to which, and ",
    );
    page.raw("what they share; the tables below have the same\" viewBox=\"0 0 ").at(width).raw(" ");
    page.at(height).raw("\" width=\"").at(width).raw("\" height=\"").at(height).raw("\"><defs>");
    page.raw(TIPS);
}

/// The heads of the arrows.
const TIPS: &str = concat!(
    "<marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"9\" ",
    "markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" orient=\"auto-start-reverse\">",
    "<path d=\"M0 0 8 4 0 8z\"/></marker>",
    "<marker id=\"tip-bad\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"9\" ",
    "markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">",
    "<path class=\"bad\" d=\"M0 0 8 4 0 8z\"/></marker>",
    "<marker id=\"tip-use\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" ",
    "markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto-start-reverse\">",
    "<path class=\"use\" d=\"M0 0 8 4 0 8z\"/></marker></defs>\n",
);

/// By bytes, on a scale on which a hundred times as much is seen as more, not as all.
fn thickness(arrow: &Arrow, flows: &Flows<'_>) -> f64 {
    let most = flows.values().map(|flow| flow.bytes).max().unwrap_or(0);
    let bytes = match (arrow.kind, arrow.from, arrow.to) {
        (Kind::Passed, End::Cell(from), End::Cell(to)) => {
            flows.get(&(from, to)).map_or(0, |flow| flow.bytes)
        }
        _ => return 1.4,
    };
    1.4 + 3.6 * (bytes as f64 + 1.0).ln() / (most as f64 + 2.0).ln()
}

fn draw(page: &mut Page, frame: &Frame, arrow: &Arrow, line: &Line, thickness: f64) {
    page.raw(match arrow.kind {
        Kind::Passed => "<path class=\"edge\" marker-end=\"url(#tip)\" d=\"",
        Kind::Refused => "<path class=\"edge bad\" marker-end=\"url(#tip-bad)\" d=\"",
        Kind::Uses => "<path class=\"edge use\" marker-end=\"url(#tip-use)\" d=\"",
        Kind::UsesBothWays => {
            "<path class=\"edge use\" marker-start=\"url(#tip-use)\" marker-end=\"url(#tip-use)\" d=\""
        }
    });
    match line.bottom {
        Some(bottom) => bow(page, frame, line, bottom),
        None => curve(page, frame, line),
    }
    page.raw("\" stroke-width=\"").at(thickness).raw("\"><title>").cut(&arrow.title, MAX_TITLE);
    page.raw("</title></path>\n");
}

fn point(page: &mut Page, frame: &Frame, command: &'static str, at: (f64, f64)) {
    let (x, y) = frame.point(at);
    page.raw(command).at(x).raw(" ").at(y);
}

fn curve(page: &mut Page, frame: &Frame, line: &Line) {
    let mut before: Option<(f64, f64)> = None;
    for &end in &line.points {
        match before {
            None => point(page, frame, "M", end),
            Some(start) if start.1 == end.1 => point(page, frame, "L", end),
            Some(start) => {
                let bend = (end.0 - start.0) / 2.0;
                point(page, frame, "C", (start.0 + bend, start.1));
                point(page, frame, " ", (end.0 - bend, end.1));
                point(page, frame, " ", end);
            }
        }
        before = Some(end);
    }
}

fn bow(page: &mut Page, frame: &Frame, line: &Line, bottom: f64) {
    let (Some(&start), Some(&end)) = (line.points.first(), line.points.last()) else { return };
    let turn = if end.0 < start.0 { -8.0 } else { 8.0 };
    point(page, frame, "M", start);
    point(page, frame, "L", (start.0, bottom - 8.0));
    point(page, frame, "Q", (start.0, bottom));
    point(page, frame, " ", (start.0 + turn, bottom));
    point(page, frame, "L", (end.0 - turn, bottom));
    point(page, frame, "Q", (end.0, bottom));
    point(page, frame, " ", (end.0, bottom - 8.0));
    point(page, frame, "L", end);
}

/// Each beside its arrow; moved down where it would cover another.
fn labels(page: &mut Page, frame: &Frame, arrows: &[Arrow], lines: &[Line]) {
    let mut taken: Vec<(f64, f64)> = Vec::new();
    for (arrow, line) in arrows.iter().zip(lines).filter(|(arrow, _)| !arrow.label.is_empty()) {
        let (x, mut y) = frame.middle(line);
        let covers = |y: f64| {
            taken.iter().any(|other| (other.0 - x).abs() < 96.0 && (other.1 - y).abs() < 13.0)
        };
        while covers(y) {
            y += 7.0;
        }
        taken.push((x, y));
        page.raw("<text class=\"flow");
        page.raw_if(arrow.kind == Kind::Refused, " bad").raw("\" x=\"").at(x).raw("\" y=\"");
        page.at(y).raw("\">").text(&arrow.label).raw("</text>\n");
    }
}

fn node(page: &mut Page, end: End, corner: (f64, f64), view: &View<'_>) {
    match end {
        End::Cell(at) => {
            if let Some(cell) = view.cell(at) {
                cell_box(page, at, cell, corner);
            }
        }
        End::Shared(at) => {
            if let Some(shared) = view.record.shared.get(at) {
                shared_box(page, shared, corner);
            }
        }
        End::Nobody => nobody_box(page, corner),
    }
}

fn cell_box(page: &mut Page, at: usize, cell: &CellRecord, corner: (f64, f64)) {
    let tone = cell.exit.kind.tone();
    page.raw("<g class=\"node ").tone(tone).raw("\" data-c=\"").whole(at);
    begin(page, corner);
    page.text(label(cell)).raw(": ").raw(cell.exit.kind.words()).raw("</title>");
    page.raw("<rect width=\"160\" height=\"48\" rx=\"9\"/><circle cx=\"16\" cy=\"18\" r=\"4\"/>");
    page.raw("<text class=\"name\" x=\"28\" y=\"22\">").brief(label(cell), MAX_SHOWN_NAME);
    page.raw("</text><text class=\"sub\" x=\"28\" y=\"38\">");
    match tone {
        Tone::Good if cell.label() == cell.plugin.name => page.brief(&cell.runtime, MAX_SHOWN_NAME),
        Tone::Good => page.brief(&cell.plugin.name, MAX_SHOWN_NAME),
        _ => page.raw(cell.exit.kind.words()),
    };
    page.raw("</text></g>\n");
}

fn shared_box(page: &mut Page, shared: &Shared, corner: (f64, f64)) {
    page.raw("<g class=\"node shared");
    begin(page, corner);
    page.raw(shared.kind.words()).raw(" ").text(&shared.name).raw("</title>");
    page.raw("<rect width=\"160\" height=\"48\" rx=\"24\"/>");
    page.raw("<text class=\"name\" x=\"22\" y=\"22\">").text(&tail(&shared.name));
    page.raw("</text><text class=\"sub\" x=\"22\" y=\"38\">shared ").raw(shared.kind.words());
    page.raw("</text></g>\n");
}

fn nobody_box(page: &mut Page, corner: (f64, f64)) {
    page.raw("<g class=\"node shared");
    begin(page, corner);
    page.raw("nobody: no such plugin was there</title>");
    page.raw("<rect width=\"160\" height=\"48\" rx=\"24\"/>");
    page.raw("<text class=\"name\" x=\"22\" y=\"22\">nobody</text>");
    page.raw("<text class=\"sub\" x=\"22\" y=\"38\">no such plugin</text></g>\n");
}

fn begin(page: &mut Page, corner: (f64, f64)) {
    page.raw("\" transform=\"translate(").at(corner.0).raw(" ").at(corner.1).raw(")\"><title>");
}

/// The end of a long name, where the names of files differ.
fn tail(name: &str) -> String {
    let shown = aether_source::printable(name);
    let long = shown.chars().count();
    if long <= MAX_SHOWN_NAME {
        return shown.into_owned();
    }
    let end: String = shown.chars().skip(long - MAX_SHOWN_NAME + 1).collect();
    format!("…{end}")
}

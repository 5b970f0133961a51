//! Who passed what to whom.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::layout::{Graph, Layout, layers};
use super::page::{Head, Page};
use crate::tally::Tone;
use crate::words::{bytes, count, counted};
use crate::{CellRecord, Edge, RunRecord};

/// How many cells a diagram shows: more cannot be told apart.
const MAX_NODES: usize = 30;

/// How many characters of a name fit in a box.
const MAX_NAME: usize = 20;

const BOX: (f64, f64) = (168.0, 52.0);
const STEP: (f64, f64) = (290.0, 84.0);
const MARGIN: f64 = 14.0;

/// How far an arrow that leads back hangs below the boxes.
const BOW: f64 = 34.0;

pub(super) fn section(page: &mut Page, record: &RunRecord) {
    page.section("interactions", "Interactions");
    if record.edges.is_empty() {
        page.nothing("Nothing passed between plugins is on record.").end_section();
        return;
    }
    let mut cells = HashMap::new();
    for cell in &record.cells {
        cells.entry(cell.id).or_insert(cell);
    }
    let flows = flows(&record.edges, &cells);
    let all: HashSet<u32> = flows.keys().flat_map(|(from, to)| [*from, *to]).collect();
    let shown = busiest(&flows);
    if !shown.is_empty() {
        diagram(page, &flows, &shown, &cells);
    }
    page.left_out(all.len(), shown.len(), "plugins, those that passed most,");
    table(page, record, &cells);
    page.end_section();
}

/// What went from one cell to another, by all ways together.
#[derive(Clone, Copy, Default)]
struct Flow {
    calls: u64,
    bytes: u64,
    refused: u64,
}

type Flows = BTreeMap<(u32, u32), Flow>;
type Cells<'a> = HashMap<u32, &'a CellRecord>;

fn flows(edges: &[Edge], cells: &Cells<'_>) -> Flows {
    let mut flows = Flows::new();
    for edge in edges {
        if cells.contains_key(&edge.from) && cells.contains_key(&edge.to) {
            let flow = flows.entry((edge.from, edge.to)).or_default();
            flow.calls = flow.calls.saturating_add(edge.calls);
            flow.bytes = flow.bytes.saturating_add(edge.bytes);
            flow.refused = flow.refused.saturating_add(edge.refused);
        }
    }
    flows
}

/// The cells of the largest flows, as many as fit in a diagram, in the order of their numbers.
fn busiest(flows: &Flows) -> Vec<u32> {
    let mut largest: Vec<_> = flows.iter().collect();
    largest.sort_by_key(|(_, flow)| std::cmp::Reverse((flow.refused > 0, flow.bytes, flow.calls)));
    let mut kept = std::collections::BTreeSet::new();
    for ((from, to), _) in largest {
        let more =
            usize::from(!kept.contains(from)) + usize::from(from != to && !kept.contains(to));
        if kept.len() + more <= MAX_NODES {
            kept.extend([*from, *to]);
        }
    }
    kept.into_iter().collect()
}

fn diagram(page: &mut Page, flows: &Flows, shown: &[u32], cells: &Cells<'_>) {
    let place = |id: &u32| shown.binary_search(id).ok();
    let drawn: Vec<((usize, usize), Flow)> = flows
        .iter()
        .filter_map(|((from, to), flow)| Some(((place(from)?, place(to)?), *flow)))
        .collect();
    let graph =
        Graph { nodes: shown.to_vec(), edges: drawn.iter().map(|(ends, _)| *ends).collect() };
    let layout = layers(&graph);
    let column = |node: usize| layout.places.get(node).map_or(0, |place| place.0);
    let bows = drawn.iter().any(|((from, to), _)| column(*to) <= column(*from));
    let frame = Frame::of(&layout, bows);
    open(page, &frame);
    let most = drawn.iter().map(|(_, flow)| flow.bytes).max().unwrap_or(0);
    for ((from, to), flow) in &drawn {
        arrow(page, frame.corner(&layout, *from), frame.corner(&layout, *to), flow, most);
    }
    for (at, id) in shown.iter().enumerate() {
        if let Some(cell) = cells.get(id) {
            node(page, frame.corner(&layout, at), cell);
        }
    }
    // Names of the arrows last, so that no arrow crosses one.
    for ((from, to), flow) in &drawn {
        label(page, frame.corner(&layout, *from), frame.corner(&layout, *to), flow);
    }
    page.raw("</svg></div>\n");
}

struct Frame {
    width: f64,
    height: f64,
    /// How far each column is pushed down, so that short ones stand in the middle.
    down: Vec<f64>,
}

impl Frame {
    /// `bows`: whether an arrow leads back, below the boxes.
    fn of(layout: &Layout, bows: bool) -> Frame {
        let in_column = |column| layout.places.iter().filter(|place| place.0 == column).count();
        let spare = |column| (layout.rows - in_column(column)) as f64 * STEP.1 / 2.0;
        Frame {
            width: layout.columns.saturating_sub(1) as f64 * STEP.0 + BOX.0 + 2.0 * MARGIN,
            height: layout.rows.saturating_sub(1) as f64 * STEP.1
                + BOX.1
                + 2.0 * MARGIN
                + if bows { BOW } else { 0.0 },
            down: (0..layout.columns).map(spare).collect(),
        }
    }

    fn corner(&self, layout: &Layout, node: usize) -> (f64, f64) {
        let (column, row) = layout.places.get(node).copied().unwrap_or_default();
        let down = self.down.get(column).copied().unwrap_or_default();
        (MARGIN + column as f64 * STEP.0, MARGIN + down + row as f64 * STEP.1)
    }
}

fn open(page: &mut Page, frame: &Frame) {
    page.raw("<div class=\"scroll draw\" role=\"region\" tabindex=\"0\" aria-label=\"Interaction diagram\">");
    page.raw(
        "<svg class=\"graph\" role=\"img\" aria-label=\"Which plugin passed data to which; the ",
    );
    page.raw("table below has the same figures\" viewBox=\"0 0 ").at(frame.width).raw(" ");
    page.at(frame.height).raw("\" width=\"").at(frame.width).raw("\" height=\"").at(frame.height);
    page.raw("\"><defs>");
    page.raw("<marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" ");
    page.raw("markerWidth=\"9\" markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" ");
    page.raw("orient=\"auto\"><path d=\"M0 0 8 4 0 8z\"/></marker>");
    page.raw("<marker id=\"tip-bad\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" ");
    page.raw("markerWidth=\"9\" markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" ");
    page.raw("orient=\"auto\"><path class=\"bad\" d=\"M0 0 8 4 0 8z\"/></marker>");
    page.raw("</defs>\n");
}

/// Forward from side to side; back, or to itself, in a bow below the boxes.
fn arrow(page: &mut Page, from: (f64, f64), to: (f64, f64), flow: &Flow, most: u64) {
    let refused = flow.refused > 0;
    page.raw(if refused {
        "<path class=\"edge bad\" marker-end=\"url(#tip-bad)\" d=\"M"
    } else {
        "<path class=\"edge\" marker-end=\"url(#tip)\" d=\"M"
    });
    if is_forward(from, to) {
        let (start, end) =
            ((from.0 + BOX.0, from.1 + BOX.1 / 2.0), (to.0 - 2.0, to.1 + BOX.1 / 2.0));
        let bend = (end.0 - start.0) / 2.0;
        page.at(start.0).raw(" ").at(start.1).raw("C").at(start.0 + bend).raw(" ").at(start.1);
        page.raw(" ").at(end.0 - bend).raw(" ").at(end.1).raw(" ").at(end.0).raw(" ").at(end.1);
    } else {
        let bottom = from.1.max(to.1) + BOX.1;
        let (start, end) = (from.0 + BOX.0 * 0.6, to.0 + BOX.0 * 0.4);
        page.at(start).raw(" ").at(from.1 + BOX.1).raw("C").at(start).raw(" ").at(bottom + BOW);
        page.raw(" ").at(end).raw(" ").at(bottom + BOW).raw(" ").at(end).raw(" ");
        page.at(to.1 + BOX.1 + 2.0);
    }
    let share = (flow.bytes as f64 + 1.0).ln() / (most as f64 + 2.0).ln();
    page.raw("\" stroke-width=\"").at(1.2 + 2.6 * share).raw("\"/>\n");
}

fn is_forward(from: (f64, f64), to: (f64, f64)) -> bool {
    to.0 > from.0
}

fn label(page: &mut Page, from: (f64, f64), to: (f64, f64), flow: &Flow) {
    let (x, y) = if is_forward(from, to) {
        ((from.0 + BOX.0 + to.0) / 2.0, (from.1 + to.1 + BOX.1) / 2.0 - 7.0)
    } else {
        ((from.0 + to.0 + BOX.0) / 2.0, from.1.max(to.1) + BOX.1 + BOW - 4.0)
    };
    page.raw("<text class=\"flow\" text-anchor=\"middle\" x=\"")
        .at(x)
        .raw("\" y=\"")
        .at(y)
        .raw("\">");
    if flow.calls > 0 || flow.refused == 0 {
        page.show(bytes(flow.bytes)).raw(" · ").show(counted(flow.calls, "call", "calls"));
    }
    if flow.refused > 0 {
        page.raw(if flow.calls > 0 { " · " } else { "" });
        page.raw("<tspan class=\"bad\">").show(count(flow.refused)).raw(" refused</tspan>");
    }
    page.raw("</text>\n");
}

fn node(page: &mut Page, corner: (f64, f64), cell: &CellRecord) {
    let tone = cell.exit.kind.tone();
    page.raw("<g class=\"node ").tone(tone).raw("\" transform=\"translate(").at(corner.0).raw(" ");
    page.at(corner.1).raw(")\"><title>").text(cell.label()).raw(": ").raw(cell.exit.kind.words());
    page.raw("</title><rect width=\"")
        .at(BOX.0)
        .raw("\" height=\"")
        .at(BOX.1)
        .raw("\" rx=\"10\"/>");
    page.raw("<circle cx=\"16\" cy=\"20\" r=\"4\"/><text class=\"name\" x=\"28\" y=\"24.5\">");
    page.text(&brief(cell.label()));
    page.raw("</text><text class=\"sub\" x=\"28\" y=\"41\">");
    if cell.exit.kind.tone() == Tone::Good {
        page.text(&brief(&cell.plugin.name));
    } else {
        page.raw(cell.exit.kind.words());
    }
    page.raw("</text></g>\n");
}

/// The beginning of a name. The whole is in the table.
fn brief(name: &str) -> String {
    match name.char_indices().nth(MAX_NAME) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

fn table(page: &mut Page, record: &RunRecord, cells: &Cells<'_>) {
    let heads = [
        Head::Text("From"),
        Head::Text("To"),
        Head::Text("By"),
        Head::Number("Times"),
        Head::Number("Data"),
        Head::Number("Refused"),
    ];
    page.listing("Interactions", &heads, &record.edges, "interactions", |page, edge| {
        end(page, edge.from, cells);
        end(page, edge.to, cells);
        page.raw("<td>").text(&edge.via).raw("</td>").number(count(edge.calls));
        page.number(bytes(edge.bytes));
        match edge.refused {
            0 => page.number("0"),
            more => page.raw("<td class=\"num\">").badge(Tone::Bad, &count(more)).raw("</td>"),
        };
    });
}

fn end(page: &mut Page, id: u32, cells: &Cells<'_>) {
    match cells.get(&id) {
        Some(cell) => page.cell_head(cell),
        None => {
            page.raw("<th scope=\"row\">cell ").show(id).raw(" <small>not on record</small></th>")
        }
    };
}

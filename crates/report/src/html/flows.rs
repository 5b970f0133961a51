//! What went between cells, and through what they share, added up for drawings.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::view::View;
use crate::{CellRecord, Edge, Shared};

/// What a drawing joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum End {
    /// The cell at a place of the record.
    Cell(usize),
    /// The shared thing at a place of the record.
    Shared(usize),
    /// Nobody: what was refused because whoever was called has no cell.
    Nobody,
}

/// What went from one end to another, by all ways together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Flow<'a> {
    pub(super) calls: u64,
    pub(super) bytes: u64,
    pub(super) refused: u64,
    /// Why it was refused the last time.
    pub(super) why: Option<&'a str>,
}

/// All flows between cells, by their places.
pub(super) type Flows<'a> = BTreeMap<(usize, usize), Flow<'a>>;

/// Edges whose cells are on record, those between the same two cells as one.
pub(super) fn flows<'a>(edges: &'a [Edge], view: &View<'_>) -> Flows<'a> {
    let mut flows = Flows::new();
    for edge in edges {
        let (Some(from), Some(to)) = (view.place_of(edge.from), view.place_of(edge.to)) else {
            continue;
        };
        let flow = flows.entry((from, to)).or_default();
        flow.calls = flow.calls.saturating_add(edge.calls);
        flow.bytes = flow.bytes.saturating_add(edge.bytes);
        flow.refused = flow.refused.saturating_add(edge.refused);
        flow.why = edge.why.as_deref().or(flow.why);
    }
    flows
}

/// Every cell that a flow begins or ends at.
pub(super) fn cells(flows: &Flows<'_>) -> BTreeSet<usize> {
    flows.keys().flat_map(|(from, to)| [*from, *to]).collect()
}

/// The cells of the largest flows, those with a refusal before all others, at most so many, in the
/// order of the record.
pub(super) fn busiest(flows: &Flows<'_>, most: usize) -> BTreeSet<usize> {
    let mut largest: Vec<_> = flows.iter().collect();
    largest.sort_by_key(|(_, flow)| Reverse((flow.refused > 0, flow.bytes, flow.calls)));
    let mut kept = BTreeSet::new();
    for ((from, to), _) in largest {
        let more =
            usize::from(!kept.contains(from)) + usize::from(from != to && !kept.contains(to));
        if kept.len() + more <= most {
            kept.extend([*from, *to]);
        }
    }
    kept
}

/// Who puts into a shared thing and who takes out of it, as places in the record.
pub(super) fn users(shared: &Shared, view: &View<'_>) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let places = |ids: &[u32]| ids.iter().filter_map(|id| view.place_of(*id)).collect();
    (places(&shared.writers), places(&shared.readers))
}

/// A cell's name, or what there is instead.
pub(super) fn label(cell: &CellRecord) -> &str {
    match cell.label() {
        "" => "(no name)",
        label => label,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RunRecord;

    #[test]
    fn flows_between_the_same_cells_are_one() {
        let cell = |id| CellRecord { id, ..CellRecord::default() };
        let edge = |from, to, bytes, refused| Edge { from, to, bytes, refused, ..Edge::default() };
        let record = RunRecord {
            cells: vec![cell(7), cell(3), cell(9)],
            edges: vec![
                edge(7, 3, u64::MAX, 0),
                edge(7, 3, 9, 2),
                edge(7, 8, 1, 0),
                edge(9, 3, 1, 0),
            ],
            ..RunRecord::default()
        };
        let view = View::of(&record);
        let flows = flows(&record.edges, &view);
        assert_eq!(
            flows.keys().copied().collect::<Vec<_>>(),
            [(0, 1), (2, 1)],
            "8 is not on record"
        );
        assert_eq!((flows[&(0, 1)].bytes, flows[&(0, 1)].refused), (u64::MAX, 2));
        assert_eq!(busiest(&flows, 2), BTreeSet::from([0, 1]));
        assert_eq!(cells(&flows).len(), 3);
    }
}

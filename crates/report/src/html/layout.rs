//! Where the boxes of an interaction diagram stand: in layers, data flowing to the right.

use std::collections::HashMap;

/// A diagram's nodes and its edges as pairs of positions in `nodes`; the positions are the diagram's
/// own, never taken from a record, and always exist.
pub(super) struct Graph {
    pub(super) nodes: Vec<u32>,
    pub(super) edges: Vec<(usize, usize)>,
}

/// Column and row of every node, and the size of the whole.
pub(super) struct Layout {
    pub(super) places: Vec<(usize, usize)>,
    pub(super) columns: usize,
    pub(super) rows: usize,
}

/// A node stands right of everything that leads to it. Where edges go round in a circle, those that
/// close it are not counted.
pub(super) fn layers(graph: &Graph) -> Layout {
    let forward = without_circles(graph);
    let mut column = vec![0usize; graph.nodes.len()];
    // A longest path has fewer steps than there are nodes.
    for _ in 0..graph.nodes.len() {
        for &(from, to) in &forward {
            column[to] = column[to].max(column[from] + 1);
        }
    }
    let columns = column.iter().max().map_or(0, |last| last + 1);
    let mut places = vec![(0, 0); graph.nodes.len()];
    let mut rows = 0;
    for each in 0..columns {
        let mut here: Vec<usize> = (0..column.len()).filter(|node| column[*node] == each).collect();
        order(&mut here, &forward, &places);
        rows = rows.max(here.len());
        for (row, node) in here.into_iter().enumerate() {
            places[node] = (each, row);
        }
    }
    Layout { places, columns, rows }
}

/// Nodes of one column stand at about the height of what leads to them.
fn order(nodes: &mut [usize], edges: &[(usize, usize)], places: &[(usize, usize)]) {
    let mut sums: HashMap<usize, (usize, usize)> = HashMap::new();
    for &(from, to) in edges {
        let sum = sums.entry(to).or_default();
        *sum = (sum.0 + places[from].1, sum.1 + 1);
    }
    let height =
        |node: &usize| sums.get(node).map_or(0, |(sum, count)| 1000 * sum / (*count).max(1));
    nodes.sort_by_key(height);
}

/// The edges but those that lead back to a node on the way to them, found in depth-first order.
fn without_circles(graph: &Graph) -> Vec<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        OnTheWay,
        Done,
    }
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes.len()];
    for &(from, to) in &graph.edges {
        next[from].push(to);
    }
    let mut marks = vec![Mark::New; graph.nodes.len()];
    let mut kept = Vec::new();
    for root in 0..graph.nodes.len() {
        if marks[root] != Mark::New {
            continue;
        }
        marks[root] = Mark::OnTheWay;
        let mut way = vec![(root, 0)];
        while let Some((node, at)) = way.last_mut() {
            let from = *node;
            let Some(&to) = next[from].get(*at) else {
                marks[from] = Mark::Done;
                way.pop();
                continue;
            };
            *at += 1;
            if marks[to] != Mark::OnTheWay {
                kept.push((from, to));
            }
            if marks[to] == Mark::New {
                marks[to] = Mark::OnTheWay;
                way.push((to, 0));
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(nodes: u32, edges: &[(usize, usize)], expect: &[(usize, usize)]) {
        let graph = Graph { nodes: (0..nodes).collect(), edges: edges.to_vec() };
        assert_eq!(layers(&graph).places, expect);
    }

    #[test]
    fn data_flows_to_the_right() {
        check(0, &[], &[]);
        check(1, &[], &[(0, 0)]);
        check(3, &[(0, 1), (1, 2)], &[(0, 0), (1, 0), (2, 0)]);
        check(3, &[(2, 1), (1, 0)], &[(2, 0), (1, 0), (0, 0)]);
        check(4, &[(0, 1), (0, 2), (1, 3), (2, 3)], &[(0, 0), (1, 0), (1, 1), (2, 0)]);
        check(3, &[(0, 1), (1, 2), (0, 2)], &[(0, 0), (1, 0), (2, 0)]);
    }

    #[test]
    fn circles_end() {
        check(1, &[(0, 0)], &[(0, 0)]);
        check(3, &[(0, 1), (1, 2), (2, 0)], &[(0, 0), (1, 0), (2, 0)]);
        check(2, &[(0, 1), (1, 0), (1, 1)], &[(0, 0), (1, 0)]);
    }
}

//! Where the boxes of an interaction diagram stand: in layers, data flowing to the right.
//!
//! An arrow over several layers gets a place of its own in each layer between, so that it passes
//! boxes instead of crossing them. Positions in these tables are the diagram's own, never taken from
//! a record, and always exist.

/// A diagram's number of nodes and its edges as pairs of nodes.
pub(super) struct Graph {
    pub(super) nodes: usize,
    pub(super) edges: Vec<(usize, usize)>,
}

/// The middle of something: its layer, and how far down, where a box is 1 high.
pub(super) type Place = (usize, f64);

/// Where everything is, and the size of the whole.
pub(super) struct Layout {
    pub(super) nodes: Vec<Place>,
    /// For each edge that leads to the right, the places between its ends; `None` for the others.
    pub(super) ways: Vec<Option<Vec<Place>>>,
    pub(super) layers: usize,
    pub(super) height: f64,
}

/// How high the place of a passing arrow is, where a box is 1 high.
const PASSAGE: f64 = 0.45;

/// How often the order within the layers is improved, from left to right and back.
const SWEEPS: usize = 8;

/// A node stands right of everything that leads to it. Where edges go round in a circle, those that
/// close it are not counted.
pub(super) fn layers(graph: &Graph) -> Layout {
    let mut tracks = Tracks::of(graph);
    for sweep in 0..SWEEPS {
        tracks.improve(sweep % 2 == 0);
    }
    let (middles, height) = tracks.middles();
    let place = |item: usize| (tracks.layer[item], middles[item]);
    let way = |between: &Vec<usize>| between.iter().map(|item| place(*item)).collect();
    Layout {
        nodes: (0..graph.nodes).map(place).collect(),
        ways: tracks.chains.iter().map(|chain| chain.as_ref().map(way)).collect(),
        layers: tracks.order.len(),
        height,
    }
}

/// Nodes and passages, the nodes first, in their layers.
struct Tracks {
    nodes: usize,
    layer: Vec<usize>,
    /// The items of each layer from above.
    order: Vec<Vec<usize>>,
    /// Pairs of items in neighbouring layers that a line joins.
    links: Vec<(usize, usize)>,
    /// For each edge to the right, its passages.
    chains: Vec<Option<Vec<usize>>>,
}

impl Tracks {
    fn of(graph: &Graph) -> Tracks {
        let layer = layer_of_each(graph);
        let layers = layer.iter().max().map_or(0, |last| last + 1);
        let (nodes, links, chains) = (graph.nodes, Vec::new(), Vec::new());
        let mut tracks = Tracks { nodes, layer, order: vec![Vec::new(); layers], links, chains };
        for node in 0..nodes {
            let layer = tracks.layer[node];
            tracks.order[layer].push(node);
        }
        for &(from, to) in &graph.edges {
            let chain = tracks.chain(from, to);
            tracks.chains.push(chain);
        }
        tracks
    }

    /// Makes the passages of an edge, if it leads to the right.
    fn chain(&mut self, from: usize, to: usize) -> Option<Vec<usize>> {
        let (first, last) = (self.layer[from], self.layer[to]);
        if last <= first {
            return None;
        }
        let mut chain = Vec::new();
        let mut before = from;
        for layer in first + 1..last {
            let passage = self.layer.len();
            self.layer.push(layer);
            self.order[layer].push(passage);
            self.links.push((before, passage));
            chain.push(passage);
            before = passage;
        }
        self.links.push((before, to));
        Some(chain)
    }

    /// Sorts each layer by the height of what it is joined with in the layer before, or behind.
    fn improve(&mut self, rightwards: bool) {
        let mut layers: Vec<usize> = (0..self.order.len()).collect();
        if !rightwards {
            layers.reverse();
        }
        for layer in layers {
            let (middles, _) = self.middles();
            let mut sums = vec![(0.0, 0.0); self.layer.len()];
            for &(left, right) in &self.links {
                let (mine, other) = if rightwards { (right, left) } else { (left, right) };
                sums[mine] = (sums[mine].0 + middles[other], sums[mine].1 + 1.0);
            }
            let height = |item: &usize| match sums[*item] {
                (_, 0.0) => middles[*item],
                (sum, number) => sum / number,
            };
            self.order[layer].sort_by(|one, other| height(one).total_cmp(&height(other)));
        }
    }

    /// The height of every item's middle, each layer centred, and the height of the highest.
    fn middles(&self) -> (Vec<f64>, f64) {
        let size = |item: usize| if item < self.nodes { 1.0 } else { PASSAGE };
        let total = |items: &Vec<usize>| items.iter().map(|item| size(*item)).sum::<f64>();
        let height = self.order.iter().map(total).fold(0.0, f64::max);
        let mut middles = vec![0.0; self.layer.len()];
        for items in &self.order {
            let mut top = (height - total(items)) / 2.0;
            for &item in items {
                middles[item] = top + size(item) / 2.0;
                top += size(item);
            }
        }
        (middles, height)
    }
}

fn layer_of_each(graph: &Graph) -> Vec<usize> {
    let forward = without_circles(graph);
    let mut layer = vec![0usize; graph.nodes];
    // A longest path has fewer steps than there are nodes.
    for _ in 0..graph.nodes {
        for &(from, to) in &forward {
            layer[to] = layer[to].max(layer[from] + 1);
        }
    }
    layer
}

/// The edges but those that lead back to a node on the way to them, found in depth-first order.
fn without_circles(graph: &Graph) -> Vec<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        OnTheWay,
        Done,
    }
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes];
    for &(from, to) in &graph.edges {
        next[from].push(to);
    }
    let mut marks = vec![Mark::New; graph.nodes];
    let mut kept = Vec::new();
    for root in 0..graph.nodes {
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
    use proptest::prelude::*;

    use super::*;

    fn check(nodes: usize, edges: &[(usize, usize)], expect: &[(usize, f64)]) {
        let graph = Graph { nodes, edges: edges.to_vec() };
        assert_eq!(layers(&graph).nodes, expect);
    }

    #[test]
    fn data_flows_to_the_right() {
        check(0, &[], &[]);
        check(1, &[], &[(0, 0.5)]);
        check(3, &[(0, 1), (1, 2)], &[(0, 0.5), (1, 0.5), (2, 0.5)]);
        check(3, &[(2, 1), (1, 0)], &[(2, 0.5), (1, 0.5), (0, 0.5)]);
        let two = [(0, 1.0), (1, 0.5), (1, 1.5), (2, 1.0)];
        check(4, &[(0, 1), (0, 2), (1, 3), (2, 3)], &two);
    }

    #[test]
    fn circles_end() {
        check(1, &[(0, 0)], &[(0, 0.5)]);
        check(3, &[(0, 1), (1, 2), (2, 0)], &[(0, 0.5), (1, 0.5), (2, 0.5)]);
        check(2, &[(0, 1), (1, 0), (1, 1)], &[(0, 0.5), (1, 0.5)]);
    }

    #[test]
    fn lines_that_need_not_cross_do_not() {
        let graph = Graph { nodes: 4, edges: vec![(0, 3), (1, 2)] };
        let layout = layers(&graph);
        let is_above = |one: usize, other: usize| layout.nodes[one].1 < layout.nodes[other].1;
        assert_eq!(is_above(0, 1), is_above(3, 2));
    }

    proptest! {
        #[test]
        fn no_two_things_stand_in_one_place(
            edges in prop::collection::vec((0usize..12, 0usize..12), 0..40),
        ) {
            let layout = layers(&Graph { nodes: 12, edges: edges.clone() });
            let mut places = layout.nodes.clone();
            for ((from, to), way) in edges.iter().zip(&layout.ways) {
                let (first, last) = (layout.nodes[*from].0, layout.nodes[*to].0);
                let between = last.saturating_sub(first).saturating_sub(1);
                prop_assert_eq!(way.as_ref().map(Vec::len), (last > first).then_some(between));
                places.extend(way.iter().flatten());
            }
            places.sort_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
            for pair in places.windows(2) {
                prop_assert!(pair[0].0 != pair[1].0 || pair[1].1 - pair[0].1 > 0.4);
            }
            prop_assert!(places.iter().all(|place| place.1 > 0.0 && place.1 < layout.height));
        }
    }
}

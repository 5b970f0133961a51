//! Who waits for whom: whether one plugin may call another now, without a circle and not too deep.
//!
//! A cell serves several calls at once, and which of them asks for another cannot be known. So what
//! counts for one call of a cell counts for all of them: whoever waits for the cell, through however
//! many others, waits for whatever it calls. A call that would make a plugin wait for itself is
//! refused, here and under one lock, so that of two calls that would close a circle together one is
//! refused whatever the order. What is open has no circle then, and somebody in it waits for nobody.

use std::collections::{BTreeMap, BTreeSet};

/// Longest chain of calls, the first caller and the last plugin that is called included. Stops
/// plugins from building up a tower of processes, each of which waits for the next.
pub(crate) const CHAIN: usize = 8;

/// A cell that calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// One that the host started for itself: no plugin can call it.
    Own {
        /// Its number.
        cell: u32,
        /// Its plugin's name.
        plugin: String,
    },
    /// The one of an offered plugin.
    Offered {
        /// The plugin's name.
        plugin: String,
    },
}

impl Node {
    fn plugin(&self) -> &str {
        match self {
            Self::Own { plugin, .. } | Self::Offered { plugin } => plugin,
        }
    }
}

/// Who calls a plugin, as its cell and the log are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The plugin that calls.
    pub(crate) plugin: String,
    /// Everybody who waits for the call, the plugin that calls last: `a > b`.
    pub(crate) chain: String,
}

/// Why a call is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Knot {
    /// The plugin would wait for itself.
    Cycle,
    /// The chain would be too long.
    Depth,
}

#[derive(Debug)]
struct Edge {
    from: Node,
    to: String,
    /// Names from the first caller to `from`, each once.
    chain: Vec<String>,
    /// Plugins on the longest way here, the called one not counted.
    depth: usize,
}

/// The calls between plugins that are open.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    next: u64,
    open: BTreeMap<u64, Edge>,
}

impl Graph {
    /// Begins a call if it may be; gives its number, and who waits for it.
    pub(crate) fn begin(&mut self, from: &Node, to: &str) -> Result<(u64, Caller), Knot> {
        if self.waiting(from).contains(to) {
            return Err(Knot::Cycle);
        }
        let (mut chain, mut depth) = (Vec::new(), 0);
        for edge in self.open.values().filter(|edge| is_at(edge, from)) {
            depth = depth.max(edge.depth);
            for name in &edge.chain {
                if !chain.contains(name) {
                    chain.push(name.clone());
                }
            }
        }
        depth += 1;
        if depth >= CHAIN {
            return Err(Knot::Depth);
        }
        chain.push(from.plugin().to_owned());
        let caller = Caller { plugin: from.plugin().to_owned(), chain: chain.join(" > ") };
        self.next += 1;
        let edge = Edge { from: from.clone(), to: to.to_owned(), chain, depth };
        self.open.insert(self.next, edge);
        Ok((self.next, caller))
    }

    /// A call is over.
    pub(crate) fn end(&mut self, call: u64) {
        self.open.remove(&call);
    }

    /// Whether a call to this plugin is open.
    #[cfg(test)]
    fn is_called(&self, plugin: &str) -> bool {
        self.open.values().any(|edge| edge.to == plugin)
    }

    /// The names of everybody who waits for this cell, its own included.
    fn waiting(&self, at: &Node) -> BTreeSet<String> {
        let mut names = BTreeSet::from([at.plugin().to_owned()]);
        let (mut seen, mut left) = (BTreeSet::new(), vec![at]);
        while let Some(node) = left.pop() {
            for (call, edge) in self.open.iter().filter(|(_, edge)| is_at(edge, node)) {
                if seen.insert(*call) {
                    // Those whose own calls have ended meanwhile stand in the chain still.
                    names.extend(edge.chain.iter().cloned());
                    left.push(&edge.from);
                }
            }
        }
        names
    }
}

/// Whether a call leads to this cell.
fn is_at(edge: &Edge, node: &Node) -> bool {
    matches!(node, Node::Offered { plugin } if *plugin == edge.to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(cell: u32, plugin: &str) -> Node {
        Node::Own { cell, plugin: plugin.to_owned() }
    }

    fn offered(plugin: &str) -> Node {
        Node::Offered { plugin: plugin.to_owned() }
    }

    #[test]
    fn nobody_waits_for_itself() {
        let mut graph = Graph::default();
        assert_eq!(graph.begin(&own(1, "a"), "a").map(drop), Err(Knot::Cycle));
        let (first, caller) = graph.begin(&own(1, "a"), "b").unwrap();
        assert_eq!(caller, Caller { plugin: "a".to_owned(), chain: "a".to_owned() });
        let (second, caller) = graph.begin(&offered("b"), "c").unwrap();
        assert_eq!(caller, Caller { plugin: "b".to_owned(), chain: "a > b".to_owned() });
        for name in ["a", "b", "c"] {
            assert_eq!(graph.begin(&offered("c"), name).map(drop), Err(Knot::Cycle), "{name}");
        }
        // The call that was made first has ended, and what it led to has not.
        graph.end(first);
        assert_eq!(graph.begin(&offered("c"), "a").map(drop), Err(Knot::Cycle));
        graph.end(second);
        assert!(graph.begin(&offered("c"), "a").is_ok());
        assert!(!graph.is_called("b") && graph.is_called("a"));
    }

    #[test]
    fn whoever_comes_later_waits_for_what_is_open_already() {
        let mut graph = Graph::default();
        graph.begin(&own(1, "x"), "a").unwrap();
        graph.begin(&offered("a"), "b").unwrap();
        graph.begin(&own(2, "y"), "c").unwrap();
        graph.begin(&offered("c"), "a").unwrap();
        // `c` waits for `a`, which waits for `b`.
        assert_eq!(graph.begin(&offered("b"), "c").map(drop), Err(Knot::Cycle));
        assert_eq!(graph.begin(&offered("b"), "y").map(drop), Err(Knot::Cycle));
    }

    #[test]
    fn of_two_calls_that_close_a_circle_one_is_refused() {
        let mut graph = Graph::default();
        // Two plugins are called for themselves, and each then calls the other.
        graph.begin(&own(1, "x"), "a").unwrap();
        graph.begin(&own(2, "y"), "b").unwrap();
        assert!(graph.begin(&offered("a"), "b").is_ok());
        assert_eq!(graph.begin(&offered("b"), "a").map(drop), Err(Knot::Cycle));
        // Those that the host started for itself nobody waits for.
        let mut graph = Graph::default();
        assert!(graph.begin(&own(1, "a"), "b").is_ok());
        assert!(graph.begin(&own(2, "b"), "a").is_ok());
    }

    #[test]
    fn a_chain_is_bounded() {
        let mut graph = Graph::default();
        let mut from = own(1, "p0");
        for depth in 1..CHAIN {
            let to = format!("p{depth}");
            graph.begin(&from, &to).unwrap();
            from = offered(&to);
        }
        assert_eq!(graph.begin(&from, "last").map(drop), Err(Knot::Depth));
    }

    /// Random calls, begun and ended in any order: what is open never has a circle, so that somebody
    /// can always go on, and no chain is too long.
    #[test]
    fn what_is_open_never_has_a_circle() {
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = move |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % below
        };
        let (mut refused, mut made) = (0, 0);
        for _ in 0..200 {
            let mut graph = Graph::default();
            let mut calls = Vec::new();
            for step in 0..200_u32 {
                if random(3) == 0 && !calls.is_empty() {
                    let call = calls.swap_remove(random(calls.len()));
                    graph.end(call);
                    continue;
                }
                let from = names[random(names.len())];
                // Only what is called, or was started for itself, can call.
                let node = if graph.is_called(from) { offered(from) } else { own(step, from) };
                match graph.begin(&node, names[random(names.len())]) {
                    Ok((call, _)) => {
                        made += 1;
                        calls.push(call);
                    }
                    Err(_) => refused += 1,
                }
                assert_acyclic(&graph);
            }
        }
        assert!(refused > 1000 && made > 1000, "{refused} {made}");
    }

    fn assert_acyclic(graph: &Graph) {
        // Takes away those who wait for nobody, as if each had answered.
        let mut open: Vec<&Edge> = graph.open.values().collect();
        loop {
            let before = open.len();
            let still = open.clone();
            open.retain(|edge| still.iter().any(|other| is_at(edge, &other.from)));
            if open.len() == before {
                break;
            }
        }
        assert!(open.is_empty(), "{open:?}");
        assert!(graph.open.values().all(|edge| edge.depth < CHAIN));
    }
}

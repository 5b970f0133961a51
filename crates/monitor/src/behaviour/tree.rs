//! How often each symbol followed each context.

use std::collections::HashMap;

use super::limits::ORDER;

/// The probability of one symbol after contexts of each length, the shortest first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Experts {
    chances: [f64; ORDER + 1],
    known: usize,
    /// What is known about the longest context: how long it is, how often it came, and how
    /// different its followers were. Contexts of one kind are weighed alike.
    pub(super) kind: u16,
    /// How many symbols are known to lead to this one, itself included.
    pub(super) seen: usize,
    /// Written after Witten and Bell: what stands in where a kind was never weighed.
    pub(super) plain: f64,
}

impl Experts {
    /// The chances that are known, that of pure chance first.
    pub(super) fn chances(&self) -> &[f64] {
        self.chances.get(..self.known).unwrap_or_default()
    }
}

/// Counts of contexts, as a tree whose edges go back in time.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// From a context and the symbol before it, to the longer context.
    longer: HashMap<(u32, u32), u32>,
    /// How often a symbol followed a context.
    followed: HashMap<(u32, u32), u32>,
    /// How many times as many calls the tree is of that this one stands in for.
    of: f64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Node {
    total: u32,
    kinds: u32,
}

/// The context of no symbols.
const ROOT: u32 = 0;

impl Tree {
    pub(super) fn new() -> Self {
        let (longer, followed) = (HashMap::new(), HashMap::new());
        Self { nodes: vec![Node::default()], longer, followed, of: 1.0 }
    }

    /// The same, standing in for a tree of so many times as many calls: what is counted here would
    /// there be counted so many times as often, and contexts be of other kinds.
    pub(super) const fn standing_for(mut self, times: f64) -> Self {
        self.of = times;
        self
    }

    /// Takes in a sequence that came `count` times: its last symbol after the ones before.
    pub(super) fn add(&mut self, sequence: &[u32], count: u32) {
        let Some((symbol, context)) = sequence.split_last() else { return };
        let mut node = ROOT;
        self.count(node, *symbol, count);
        for before in context.iter().rev() {
            node = self.grown(node, *before);
            self.count(node, *symbol, count);
        }
    }

    /// What is known about the last symbol of a sequence after the ones before.
    pub(super) fn experts(&self, sequence: &[u32]) -> Experts {
        let chance = 1.0 / f64::from(self.node(ROOT).kinds + 1);
        let mut experts =
            Experts { chances: [chance; ORDER + 1], known: 1, kind: 0, seen: 0, plain: chance };
        let Some((symbol, context)) = sequence.split_last() else { return experts };
        let mut node = Some(ROOT);
        let mut back = context.iter().rev();
        for place in 1..=ORDER {
            let Some(here) = node.filter(|node| self.node(*node).total > 0) else { break };
            self.consult(here, *symbol, place, &mut experts);
            let Some(before) = back.next() else { break };
            node = self.longer.get(&(here, *before)).copied();
        }
        experts
    }

    fn consult(&self, node: u32, symbol: u32, place: usize, experts: &mut Experts) {
        let count = self.followed.get(&(node, symbol)).copied().unwrap_or_default();
        let Node { total, kinds } = self.node(node);
        let chance = f64::from(count) / f64::from(total);
        if let Some(slot) = experts.chances.get_mut(place) {
            *slot = chance;
            experts.known = place + 1;
        }
        if count > 0 {
            experts.seen = place;
        }
        experts.kind = kind(place, self.expected(total), kinds);
        let (count, total, kinds) = (f64::from(count), f64::from(total), f64::from(kinds));
        experts.plain = (count + kinds * experts.plain) / (total + kinds);
    }

    fn count(&mut self, node: u32, symbol: u32, count: u32) {
        let followed = self.followed.entry((node, symbol)).or_default();
        let new = *followed == 0;
        *followed = followed.saturating_add(count);
        let place = usize::try_from(node).ok();
        if let Some(node) = place.and_then(|place| self.nodes.get_mut(place)) {
            node.total = node.total.saturating_add(count);
            node.kinds += u32::from(new);
        }
    }

    fn grown(&mut self, node: u32, before: u32) -> u32 {
        let next = u32::try_from(self.nodes.len()).unwrap_or(ROOT);
        *self.longer.entry((node, before)).or_insert_with(|| {
            self.nodes.push(Node::default());
            next
        })
    }

    /// A count, as it would be in the tree that this one stands in for.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
    fn expected(&self, count: u32) -> u32 {
        (f64::from(count) * self.of) as u32
    }

    fn node(&self, node: u32) -> Node {
        let place = usize::try_from(node).ok();
        place.and_then(|place| self.nodes.get(place)).copied().unwrap_or_default()
    }
}

/// Length of the context, magnitude of its count, magnitude of its count for each follower.
fn kind(place: usize, total: u32, kinds: u32) -> u16 {
    let magnitude = |count: u32| u16::try_from(count.max(1).ilog2().min(7)).unwrap_or(7);
    let place = u16::try_from(place).unwrap_or_default();
    place * 64 + magnitude(total) * 8 + magnitude(total / kinds.max(1))
}

/// How many chances a kind has.
pub(super) fn experts_of(kind: u16) -> usize {
    usize::from(kind / 64) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_are_shares_of_counts() {
        let mut tree = Tree::new();
        tree.add(&[1, 2], 3);
        tree.add(&[1, 3], 1);
        let experts = tree.experts(&[1, 2]);
        assert_eq!(experts.chances(), [1.0 / 3.0, 0.75, 0.75]);
        assert_eq!(experts.seen, 2);
        assert_eq!(tree.experts(&[3, 2]).seen, 1, "2 is known, and not after 3");
        assert_eq!(tree.experts(&[9]).seen, 0);
        assert_eq!(experts_of(experts.kind), experts.chances().len());
    }
}

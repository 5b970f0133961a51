//! The order of the steps, and the circles that have none.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::Need;

/// What a step waits for, as far as it could be read.
pub(crate) type Needs = Vec<Vec<Need>>;

/// A circle of steps, each waiting for the next and the last for the first.
pub(crate) struct Circle {
    pub(crate) steps: Vec<usize>,
    /// The need that closes it.
    pub(crate) closing: Need,
}

/// Indexes of the steps, each after all it needs, otherwise in the order of the file; or circles,
/// no step in two of them, enough that without their closing needs there would be an order of the
/// steps they hold.
pub(crate) fn order(needs: &Needs) -> Result<Vec<usize>, Vec<Circle>> {
    let order = sort(needs);
    if order.len() == needs.len() {
        return Ok(order);
    }
    let mut left: Vec<bool> = vec![true; needs.len()];
    for step in &order {
        if let Some(left) = left.get_mut(*step) {
            *left = false;
        }
    }
    Err(circles(needs, left))
}

/// Kahn's algorithm with the smallest ready step first. Steps in or behind a circle are missing.
fn sort(needs: &Needs) -> Vec<usize> {
    let mut waits: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut dependants: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (step, list) in needs.iter().enumerate() {
        for need in list {
            if let Some(dependants) = dependants.get_mut(need.step) {
                dependants.push(step);
            }
        }
    }
    let ready = waits.iter().enumerate().filter(|(_, count)| **count == 0);
    let mut ready: BinaryHeap<Reverse<usize>> = ready.map(|(step, _)| Reverse(step)).collect();
    let mut order = Vec::with_capacity(needs.len());
    while let Some(Reverse(step)) = ready.pop() {
        order.push(step);
        for dependant in dependants.get(step).into_iter().flatten() {
            if let Some(count) = waits.get_mut(*dependant) {
                *count -= 1;
                if *count == 0 {
                    ready.push(Reverse(*dependant));
                }
            }
        }
    }
    order
}

/// Every step left waits for another one left, so walking along needs must come round.
fn circles(needs: &Needs, mut left: Vec<bool>) -> Vec<Circle> {
    let mut found = Vec::new();
    for start in 0..needs.len() {
        let mut walk: Vec<usize> = Vec::new();
        let mut at = start;
        while left.get(at) == Some(&true) {
            walk.push(at);
            let open = |need: &&Need| left.get(need.step) == Some(&true);
            let Some(next) = needs.get(at).and_then(|list| list.iter().find(open)) else { break };
            if let Some(begin) = walk.iter().position(|step| *step == next.step) {
                found.push(Circle { steps: walk.split_off(begin), closing: *next });
                break;
            }
            at = next.step;
        }
        let done = found.last().map(|circle: &Circle| circle.steps.as_slice()).unwrap_or_default();
        // What has been walked leads to a circle already named, or nowhere any more.
        for step in walk.iter().chain(done) {
            if let Some(left) = left.get_mut(*step) {
                *left = false;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use aether_source::Span;

    fn check(needs: &[&[usize]], expect: Result<&[usize], &[&[usize]]>) {
        let list: Needs = needs
            .iter()
            .map(|list| list.iter().map(|step| Need { step: *step, span: Span::at(0) }).collect())
            .collect();
        match (order(&list), expect) {
            (Ok(found), Ok(expect)) => assert_eq!(found, expect),
            (Err(found), Err(expect)) => {
                let found: Vec<&[usize]> =
                    found.iter().map(|circle| circle.steps.as_slice()).collect();
                assert_eq!(found, expect);
            }
            (found, _) => panic!("{needs:?}: {:?}", found.map_err(|all| all.len())),
        }
    }

    #[test]
    fn orders() {
        check(&[], Ok(&[]));
        check(&[&[], &[], &[]], Ok(&[0, 1, 2]));
        check(&[&[1], &[2], &[]], Ok(&[2, 1, 0]));
        check(&[&[], &[0], &[0], &[1, 2]], Ok(&[0, 1, 2, 3]));
    }

    #[test]
    fn circles_are_named_once() {
        check(&[&[0]], Err(&[&[0]]));
        check(&[&[1], &[0]], Err(&[&[0, 1]]));
        // 0 only leads into the circle; 3 is free.
        check(&[&[1], &[2], &[1], &[]], Err(&[&[1, 2]]));
        check(&[&[1], &[0], &[3], &[2]], Err(&[&[0, 1], &[2, 3]]));
        // Two circles through one step: the first is named.
        check(&[&[1, 2], &[0], &[0]], Err(&[&[0, 1]]));
    }
}

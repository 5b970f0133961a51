//! Matching of sequences that have gaps.
//!
//! A pattern for paths is such a sequence twice over: of segments, where `**` is the gap, and within
//! a segment of letters, where `*` is. Gaps take whatever they are given, so that what stands
//! between two of them is best matched where it first can be: nothing is tried twice for the sake
//! of an earlier gap, and the work is at most the input's length times the pattern's.
//!
//! The crate `path` matches such sequences too, by an automaton with room for 255 steps. Its patterns
//! are kept as short as that; those of URLs are not, and of them alone it is asked whether two of
//! them [`meet`].

/// One item of a sequence.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Item<E> {
    /// Any number of elements, none included.
    Gap,
    /// One element.
    One(E),
}

/// Whether the sequence matches all of the input; `one` tells whether an element matches.
pub(super) fn matches<E, I>(items: &[Item<E>], input: &[I], one: impl Fn(&E, &I) -> bool) -> bool {
    let (mut item, mut at) = (0, 0);
    // The last gap, and where in the input what follows it was last tried.
    let mut gap: Option<(usize, usize)> = None;
    while let Some(element) = input.get(at) {
        match items.get(item) {
            Some(Item::Gap) => {
                gap = Some((item, at));
                item += 1;
            }
            Some(Item::One(mine)) if one(mine, element) => {
                item += 1;
                at += 1;
            }
            _ => match gap {
                Some((after, tried)) => {
                    gap = Some((after, tried + 1));
                    (item, at) = (after + 1, tried + 1);
                }
                None => return false,
            },
        }
    }
    items.get(item..).is_some_and(|rest| rest.iter().all(|item| matches!(item, Item::Gap)))
}

/// Whether everything that `theirs` matches is certainly matched by `ours`: a gap of theirs can be
/// taken by a gap alone. A "no" may be wrong where only several items together cover one.
pub(super) fn covers<E>(
    ours: &[Item<E>],
    theirs: &[Item<E>],
    one: impl Fn(&E, &E) -> bool,
) -> bool {
    let covered = |mine: &E, their: &Item<E>| matches!(their, Item::One(their) if one(mine, their));
    matches(ours, theirs, covered)
}

/// Whether some input is matched by both; `one` tells whether two elements have something in common.
pub(super) fn meet<E>(a: &[Item<E>], b: &[Item<E>], one: impl Fn(&E, &E) -> bool) -> bool {
    // Whether what is left of `a` meets what is left of `b`, from the end on, a row for each item.
    let mut below: Vec<bool> = Vec::new();
    for i in (0..=a.len()).rev() {
        let mut row = vec![false; b.len() + 1];
        for j in (0..=b.len()).rev() {
            let down = below.get(j).copied().unwrap_or(false);
            let right = row.get(j + 1).copied().unwrap_or(false);
            row[j] = match (a.get(i), b.get(j)) {
                (None, None) => true,
                (Some(Item::Gap), _) | (_, Some(Item::Gap)) => down || right,
                (Some(Item::One(mine)), Some(Item::One(their))) => {
                    below.get(j + 1).copied().unwrap_or(false) && one(mine, their)
                }
                _ => false,
            };
        }
        below = row;
    }
    below.first().copied().unwrap_or(false)
}

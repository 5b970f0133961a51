//! How many schemas are about one and the same value.

use aether_source::{Diagnostic, Item};

use crate::compile::beginning;
use crate::limits::MAX_SAME_PLACE;
use crate::shape::{Index, Shapes};

/// What is known of a schema.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Nothing,
    /// It is being looked at: met again, it is part of a loop.
    Open,
    /// So many are one within the other, itself included.
    Depth(usize),
}

/// Reports schemas that lead back to themselves for the same value, or through too many others.
pub(crate) fn check(shapes: &Shapes, item: &Item<'_>) {
    let mut known = vec![Known::Nothing; shapes.all.len()];
    for index in 0..shapes.all.len() {
        match depth(shapes, index, &mut known) {
            Some(depth) if depth <= MAX_SAME_PLACE => {}
            Some(_) => {
                let message = format!(
                    "more than {MAX_SAME_PLACE} schemas one within the other are about the same value"
                );
                let help = "write fewer levels of `allOf`, `anyOf`, `$ref` and the like";
                return report(item, "too-deep", &message, help);
            }
            None => {
                let message = "a `$ref` leads back to itself without going into the value";
                let help = "let the reference stand below `properties` or `items`";
                return report(item, "bad-reference", message, help);
            }
        }
    }
}

fn report(item: &Item<'_>, code: &'static str, message: &str, help: &str) {
    let span = beginning(item.span());
    let problem = Diagnostic::error(code, item.reader().source(), span, message);
    item.reader().report(problem.with_help(help));
}

/// How many schemas are one within the other from this one on; nothing where there is a loop.
fn depth(shapes: &Shapes, index: Index, known: &mut [Known]) -> Option<usize> {
    // The schemas on the way, each with how many of those below it were looked at, and the deepest.
    let mut way: Vec<(Index, usize, usize)> = vec![(index, 0, 0)];
    let mut last = None;
    while let Some((at, next, deepest)) = way.last_mut() {
        if let Some(depth) = last.take() {
            *deepest = (*deepest).max(depth);
        }
        if let Known::Depth(depth) = known[*at] {
            last = Some(depth);
            way.pop();
            continue;
        }
        match shapes.all[*at].here.get(*next) {
            None => {
                let depth = *deepest + 1;
                known[*at] = Known::Depth(depth);
                last = Some(depth);
                way.pop();
            }
            Some(inner) => {
                known[*at] = Known::Open;
                *next += 1;
                if known[*inner] == Known::Open {
                    return None;
                }
                let inner = *inner;
                way.push((inner, 0, 0));
            }
        }
    }
    last
}

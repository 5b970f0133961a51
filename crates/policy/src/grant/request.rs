//! The request: the manifest's, less what a pipeline's step leaves out.

use aether_manifest::{Located, Manifest, Permissions};
use aether_source::{Diagnostic, Source, quoted};

use super::line::Line;
use super::right::{Right, covering};

/// What is asked for in one run.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) lines: Vec<Line>,
    /// What the manifest requests and the step does not leave as it is.
    pub(super) withheld: Vec<Right>,
}

impl Request {
    pub(super) fn of(manifest: &Manifest, narrowing: Option<&Permissions>) -> Request {
        let asked = Right::all(&manifest.permissions);
        let (kept, withheld) = match narrowing {
            None => (asked, Vec::new()),
            Some(narrowing) => narrow(asked, &Right::all(narrowing)),
        };
        let line = |(index, right): (usize, Located<Right>)| Line {
            index,
            permission: right.value.permission(),
            resource: right.value.resource(),
            place: manifest.source.place(right.span.start),
            pointer: right.pointer,
            allowed_at: None,
            right: right.value,
            span: right.span,
        };
        Request { lines: kept.into_iter().enumerate().map(line).collect(), withheld }
    }
}

/// What both sides contain, as far as that is certain: where one of two patterns covers the other,
/// the narrower of them. Patterns that overlap only partly leave nothing, which is narrower than
/// they mean, never wider.
fn narrow(
    asked: Vec<Located<Right>>,
    narrowing: &[Located<Right>],
) -> (Vec<Located<Right>>, Vec<Right>) {
    let mut kept: Vec<Located<Right>> = Vec::new();
    let mut withheld = Vec::new();
    for right in asked {
        if covering(narrowing, &right.value).is_some() {
            kept.push(right);
            continue;
        }
        for part in narrowing.iter().filter(|part| right.value.covers(&part.value)) {
            // The place stays that of the request, which is what a person can change.
            let part = Located {
                value: part.value.clone(),
                span: right.span,
                pointer: right.pointer.clone(),
            };
            if kept.iter().all(|known| known.value != part.value) {
                kept.push(part);
            }
        }
        withheld.push(right.value);
    }
    (kept, withheld)
}

/// Says which entries of a step's narrowing have no effect because the manifest does not request
/// them. `source` is the text that the narrowing was read from.
pub fn check_narrowing(
    request: &Permissions,
    narrowing: &Permissions,
    source: &Source,
) -> Vec<Diagnostic> {
    let asked = Right::all(request);
    let beyond = |entry: &Located<Right>| {
        let meets = asked
            .iter()
            .any(|right| right.value.covers(&entry.value) || entry.value.covers(&right.value));
        (!meets).then(|| {
            let message = format!(
                "{} is not among what the plugin requests as `{}`",
                quoted(&entry.value.resource()),
                entry.value.permission()
            );
            let help = "a step can only leave out, never add; remove the entry";
            Diagnostic::error("narrowing-widens", source, entry.span, message).with_help(help)
        })
    };
    Right::all(narrowing).iter().filter_map(beyond).collect()
}

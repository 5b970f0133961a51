//! Tokens with their pairs of brackets, and what may be read ahead.

use std::borrow::Cow;
use std::cell::Cell;

use crate::scan::token::Kind;
use crate::scan::view::View;

/// How often a token may be looked at ahead of the walk, on average. A file that people write needs
/// less than one; one that would make every bracket look ahead to its end gets no more.
const LOOKS: usize = 8;

/// The tokens of a file.
pub(super) struct Reader<'a> {
    pub(super) view: View<'a>,
    /// By the index of an opening bracket or template: that of the end.
    pairs: Vec<Option<u32>>,
    fuel: Cell<usize>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(view: View<'a>) -> Self {
        let fuel = Cell::new(view.len().saturating_mul(LOOKS));
        Reader { view, pairs: pairs(view), fuel }
    }

    pub(super) fn kind(&self, at: usize) -> Kind {
        self.view.kind(at)
    }

    /// The identifier at `at`; empty when there is none.
    pub(super) fn word(&self, at: usize) -> Cow<'a, str> {
        self.view.word(at)
    }

    /// Whether a line ends before the token at `at`.
    pub(super) fn newline(&self, at: usize) -> bool {
        self.view.token(at).newline_before()
    }

    /// Where the bracket or template that opens at `at` closes.
    pub(super) fn pair(&self, at: usize) -> Option<usize> {
        self.pairs.get(at).copied().flatten().map(|pair| pair as usize)
    }

    /// Whether the piece of a template at `at` is its first.
    pub(super) fn opens_template(&self, at: usize) -> bool {
        self.view.raw(at).starts_with('`')
    }

    /// Pays for a look ahead; nothing when there was enough of that.
    pub(super) fn pay(&self) -> Option<()> {
        self.fuel.set(self.fuel.get().checked_sub(1)?);
        Some(())
    }

    /// `at`, or behind the semicolon there.
    pub(super) fn semicolon(&self, at: usize) -> usize {
        at + usize::from(self.kind(at) == Kind::Semicolon)
    }
}

/// Finds the pairs. A `}` closes what was left open inside its braces; each bracket is closed once, so
/// the work stays linear.
fn pairs(view: View<'_>) -> Vec<Option<u32>> {
    let mut pairs = vec![None; view.len()];
    let mut open: Vec<usize> = Vec::new();
    for at in 0..view.len() {
        let opening = match view.kind(at) {
            Kind::OpenParen | Kind::OpenBracket | Kind::OpenBrace => {
                open.push(at);
                continue;
            }
            Kind::CloseParen => Kind::OpenParen,
            Kind::CloseBracket => Kind::OpenBracket,
            Kind::CloseBrace => Kind::OpenBrace,
            Kind::TemplatePart => {
                match (view.raw(at).starts_with('`'), view.raw(at).ends_with('`')) {
                    (true, _) => {
                        open.push(at);
                        continue;
                    }
                    (false, true) => Kind::TemplatePart,
                    (false, false) => continue,
                }
            }
            _ => continue,
        };
        let closes_all = matches!(opening, Kind::OpenBrace | Kind::TemplatePart);
        while let Some(last) = open.last().copied() {
            let fits = view.kind(last) == opening;
            if fits || closes_all {
                open.pop();
            }
            if fits && let Some(pair) = pairs.get_mut(last) {
                *pair = u32::try_from(at).ok();
            }
            if fits || !closes_all {
                break;
            }
        }
    }
    pairs
}

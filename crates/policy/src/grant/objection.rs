//! A reason against a start while it is put together.

use aether_source::{Source, Span};

use super::changes::Changes;
use super::refusal::{Refusal, RefusalKind};
use crate::policy::{Policy, Rule};

/// A reason, and the change of the policy that would lift it.
pub(super) struct Objection {
    refusal: Refusal,
    pub(super) changes: Changes,
}

impl Objection {
    /// A reason about the whole of a source, which no change lifts.
    pub(super) fn new(kind: RefusalKind, what: String, why: String, source: &Source) -> Self {
        let (advice, source) = (String::new(), source.clone());
        let refusal = Refusal { kind, what, why, source, span: None, advice, fix: None };
        Objection { refusal, changes: Changes::default() }
    }

    pub(super) fn at(mut self, span: Option<Span>) -> Self {
        self.refusal.span = span;
        self
    }

    pub(super) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.refusal.advice = advice.into();
        self
    }

    pub(super) fn lifted_by(mut self, changes: Changes) -> Self {
        self.changes = changes;
        self
    }

    /// The finished reason, with the policy's lines.
    pub(super) fn into_refusal(
        self,
        plugin: &str,
        policy: Option<&Policy>,
        rule: Option<&Rule>,
    ) -> Refusal {
        let fix = (!self.changes.is_empty()).then(|| self.changes.lines(plugin, policy, rule));
        Refusal { fix, ..self.refusal }
    }
}

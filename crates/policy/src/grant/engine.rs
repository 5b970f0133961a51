//! The engine of a JavaScript plugin.

use aether_manifest::{JsEngine, Runtime};

use super::input::Input;
use crate::policy::PolicyOrigin;

/// What runs a JavaScript plugin, and what it may beyond running it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Engine {
    /// Which one: the manifest's, else the policy's, else QuickJS.
    pub kind: JsEngine,
    /// Whether it may make machine code, so that its memory is writable and executable. QuickJS makes
    /// none.
    pub jit: bool,
    /// Whether a debugger may be attached.
    pub debug: bool,
}

impl Engine {
    /// The engine of the plugin; nothing where that is not JavaScript.
    pub(super) fn of(input: &Input<'_>) -> Option<Self> {
        let (manifest, policy) = (input.manifest, input.policy);
        if manifest.runtime_or_default() != Runtime::Javascript {
            return None;
        }
        let said = policy.map(|policy| {
            let rule = policy.rule_for(&input.identity.name);
            policy.javascript_under(rule)
        });
        let said = said.unwrap_or_default();
        let asked = manifest.engine.as_ref().map(|engine| engine.value);
        let named = said.engine.as_ref().map(|engine| engine.value);
        let usual = Some(input.engine.kind).filter(|usual| said.allows(*usual));
        let listed = said.engines.as_ref().and_then(|listed| listed.value.first().copied());
        let kind = asked.or(named).or(usual).or(listed).unwrap_or_default();
        // Whoever wrote a pipeline may have laid a policy beside it. Reading refuses these there; that
        // holds too where somebody changes the origin afterwards.
        let is_named = policy.is_some_and(|policy| policy.origin == PolicyOrigin::Named);
        let opens = |key: Option<bool>, otherwise| match key {
            Some(allowed) => allowed && is_named,
            None => otherwise,
        };
        Some(Engine {
            kind,
            jit: kind == JsEngine::V8 && opens(said.jit, input.engine.jit),
            debug: opens(said.debug, input.engine.debug),
        })
    }
}

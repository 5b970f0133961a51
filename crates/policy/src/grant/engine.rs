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
        let kind = asked.unwrap_or_else(|| said.engine_or_default());
        // Whoever wrote a pipeline may have laid a policy beside it. Reading refuses these there; that
        // holds too where somebody changes the origin afterwards.
        let is_named = policy.is_some_and(|policy| policy.origin == PolicyOrigin::Named);
        let opens = |key: Option<bool>| is_named && key.unwrap_or_default();
        Some(Engine {
            kind,
            jit: kind == JsEngine::V8 && opens(said.jit),
            debug: opens(said.debug),
        })
    }
}

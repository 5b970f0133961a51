//! The engine for JavaScript that is attacked.

use aether::manifest::JsEngine;
use aether::policy::grant::Engine;

/// The variable that names it: `v8`, or `v8-jit`, which makes machine code. Without it, QuickJS.
pub(super) const VARIABLE: &str = "AETHER_TEST_ENGINE";

/// Refuses a cell that runs in another engine.
pub(super) fn is_it(cell: &aether::Cell) -> Result<(), String> {
    let (wanted, found) = (under_test().kind.as_str(), cell.engine());
    match found.starts_with(wanted) || found.starts_with("wasmtime") {
        true => Ok(()),
        false => Err(format!("it is to run in {wanted}, and runs in {found}")),
    }
}

/// What `VARIABLE` says.
///
/// # Panics
/// For a name that is none: another engine would be attacked than was meant.
pub(super) fn under_test() -> Engine {
    let said = std::env::var(VARIABLE).unwrap_or_default();
    let (kind, jit) = match said.as_str() {
        "" | "quickjs" => (JsEngine::QuickJs, false),
        "v8" => (JsEngine::V8, false),
        "v8-jit" => (JsEngine::V8, true),
        other => panic!("{VARIABLE} is {other:?}: it may be quickjs, v8 or v8-jit"),
    };
    Engine { kind, jit, debug: false }
}

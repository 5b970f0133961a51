//! What `attack.json` says.

use std::path::Path;

use aether::manifest::JsEngine;
use serde::Deserialize;
use serde_json::Value;

use super::engine::under_test;
use super::expect::Expect;
use super::setup::Setup;
use super::sys;

/// One hostile plugin and the verdict that it must get.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Attack {
    /// What it tries, in one sentence.
    pub(super) tries: String,
    /// The row of its suite's catalogue that it stands for.
    pub(super) catalogue: u32,
    /// The method that attacks.
    #[serde(default = "run")]
    pub(super) method: String,
    /// Its input; `scene` is added to it.
    #[serde(default = "nothing")]
    pub(super) input: Value,
    /// The verdict.
    pub(super) expect: Expect,
    /// Further calls of the same cell.
    #[serde(default)]
    pub(super) then: Vec<Call>,
    /// What another cell of the same plugin was told to do before.
    #[serde(default)]
    pub(super) accomplice: Option<Accomplice>,
    /// What the harness prepares for it.
    #[serde(default)]
    pub(super) setup: Vec<Setup>,
    /// How it bites without the sandbox.
    pub(super) outside: Outside,
    /// What differs in V8.
    #[serde(default)]
    on_v8: Elsewhere,
    /// What differs where V8 makes machine code.
    #[serde(default)]
    on_v8_jit: Elsewhere,
    /// What differs where it makes none.
    #[serde(default)]
    on_v8_jitless: Elsewhere,
    /// What differs in QuickJS.
    #[serde(default)]
    on_quickjs: Elsewhere,
    /// What differs where cells are those of Windows.
    #[serde(default)]
    on_windows: Elsewhere,
    /// What differs where Wine passes for Windows.
    #[serde(default)]
    under_wine: Elsewhere,
    /// What the audit log must hold, each `KIND` or `KIND/VERDICT`.
    #[serde(default)]
    pub(super) records: Vec<String>,
    /// The hole that it gets through. The trial fails when the verdict is right after all.
    #[serde(default)]
    pub(super) open: Option<String>,
    /// The same, where the host is an ordinary user.
    #[serde(default)]
    pub(super) open_for_user: Option<String>,
}

/// A further call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Call {
    pub(super) method: String,
    #[serde(default = "nothing")]
    pub(super) input: Value,
    /// How long the cell is left alone before.
    #[serde(default)]
    pub(super) wait_ms: u64,
    pub(super) expect: Expect,
    /// What differs in V8.
    #[serde(default)]
    on_v8: Option<Expect>,
}

/// Another cell, which holds the secret.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Accomplice {
    pub(super) method: String,
    /// Whether it goes on while the attack runs, instead of answering before.
    #[serde(default)]
    pub(super) busy: bool,
}

/// The same act without a sandbox.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Outside {
    /// A script for Node that prints what it should not have: the secret.
    Leaks(String),
    /// A script for Node that prints `BITES` when it did what it tries.
    Bites(String),
    /// A script for Node that does not end.
    Hangs(String),
    /// A script for Node that brings the whole process down.
    Dies(String),
    /// There is no such thing outside; why.
    None(String),
}

/// What differs on another system than Linux.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Elsewhere {
    /// Why it is not tried there.
    none: Option<String>,
    /// The verdict that its first call gets there.
    expect: Option<Expect>,
    /// What the audit log must hold there.
    records: Option<Vec<String>>,
}

fn run() -> String {
    "run".to_owned()
}

fn nothing() -> Value {
    Value::Object(serde_json::Map::new())
}

/// The file that makes a folder an attack.
const FILE: &str = "attack.json";

impl Attack {
    /// The hole that it gets through on a host of this kind.
    pub(super) fn hole(&self, ordinary: bool) -> Option<&str> {
        let for_user = self.open_for_user.as_deref().filter(|_| ordinary);
        self.open.as_deref().or(for_user)
    }

    /// Why it is not tried on this system.
    pub(super) fn left_out(&self) -> Option<&str> {
        let engine = under_test();
        let of_engine = match (engine.kind, engine.jit) {
            (JsEngine::QuickJs, _) => [&self.on_quickjs, &self.on_quickjs],
            (JsEngine::V8, true) => [&self.on_v8, &self.on_v8_jit],
            (JsEngine::V8, false) => [&self.on_v8, &self.on_v8_jitless],
        };
        let on_engine = of_engine.into_iter().find_map(|elsewhere| elsewhere.none.as_deref());
        let on_windows = self.on_windows.none.as_deref().filter(|_| sys::WINDOWS);
        on_engine.or(on_windows).or(self.under_wine.none.as_deref().filter(|_| sys::is_wine()))
    }

    /// Reads `attack.json` of a plugin's folder.
    pub(super) fn read(plugin: &Path) -> Result<Self, String> {
        let file = plugin.join(FILE);
        let say = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
        let text = std::fs::read_to_string(&file).map_err(|error| say(&error))?;
        let mut attack: Self = serde_json::from_str(&text).map_err(|error| say(&error))?;
        let one_sentence = attack.tries.ends_with('.') && !attack.tries.contains(". ");
        if !one_sentence {
            return Err(say(&"`tries` must be one sentence"));
        }
        let engine = under_test();
        let is_v8 = engine.kind == JsEngine::V8;
        for (is_there, elsewhere) in [
            (is_v8, &mut attack.on_v8),
            (is_v8 && engine.jit, &mut attack.on_v8_jit),
            (is_v8 && !engine.jit, &mut attack.on_v8_jitless),
            (!is_v8, &mut attack.on_quickjs),
            (sys::WINDOWS, &mut attack.on_windows),
            (sys::is_wine(), &mut attack.under_wine),
        ] {
            if let Some(expect) = elsewhere.expect.take_if(|_| is_there) {
                attack.expect = expect;
            }
            if let Some(records) = elsewhere.records.take_if(|_| is_there) {
                attack.records = records;
            }
        }
        for call in attack.then.iter_mut().filter(|_| is_v8) {
            if let Some(expect) = call.on_v8.take() {
                call.expect = expect;
            }
        }
        Ok(attack)
    }
}

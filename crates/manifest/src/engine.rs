//! Which engine runs JavaScript.

use std::fmt;

/// An engine for JavaScript.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JsEngine {
    /// QuickJS: it starts at once, takes little memory, and interprets.
    #[default]
    QuickJs,
    /// V8: it starts later and takes more memory, and is faster where there is much to compute.
    V8,
}

impl JsEngine {
    /// Each with its word.
    pub const WORDS: [(&'static str, JsEngine); 2] =
        [("quickjs", JsEngine::QuickJs), ("v8", JsEngine::V8)];

    /// As written in a manifest or policy.
    pub fn as_str(self) -> &'static str {
        match self {
            JsEngine::QuickJs => "quickjs",
            JsEngine::V8 => "v8",
        }
    }
}

impl fmt::Display for JsEngine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

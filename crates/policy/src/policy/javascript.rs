//! What runs JavaScript plugins, and what it may.

use std::fmt;

use aether_manifest::{JsEngine, Located};
use aether_source::{Diagnostic, Item, Reader, Severity};

use super::read::is_not_here;
use super::{Policy, PolicyOrigin, Rule};

/// What a policy says of JavaScript plugins. What an entry leaves out is as for every plugin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Javascript {
    /// The engine of plugins whose manifest names none.
    pub engine: Option<Located<JsEngine>>,
    /// The engines that may be had; without the key, every one.
    pub engines: Option<Located<Vec<JsEngine>>>,
    /// Whether V8 may make machine code.
    pub jit: Option<bool>,
    /// Whether a debugger may be attached.
    pub debug: Option<bool>,
}

const KEYS: &[&str] = &["engine", "engines", "jit", "debug"];
const WORDS: [(&str, bool); 2] = [("allow", true), ("forbid", false)];

impl Javascript {
    /// Reads the section. With something wrong about its engines there is none, so that nothing is
    /// concluded from them.
    pub(super) fn read(item: &Item<'_>, origin: PolicyOrigin) -> Option<Self> {
        let fields = item.fields(KEYS)?;
        let engine = fields.get("engine").map(|item| engine(&item));
        let engines = fields.get("engines").map(|item| engines(&item));
        let opened = |key| fields.get(key).and_then(|item| opened(key, &item, origin));
        let (jit, debug) = (opened("jit"), opened("debug"));
        Some(Self { engine: sound(engine)?, engines: sound(engines)?, jit, debug })
    }

    /// This, and where it says nothing what the other says.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self {
            engine: self.engine.clone().or_else(|| other.engine.clone()),
            engines: self.engines.clone().or_else(|| other.engines.clone()),
            jit: self.jit.or(other.jit),
            debug: self.debug.or(other.debug),
        }
    }

    /// The engine of plugins whose manifest names none.
    pub fn engine_or_default(&self) -> JsEngine {
        self.engine.as_ref().map(|engine| engine.value).unwrap_or_default()
    }

    /// Whether a plugin may have the engine.
    pub fn allows(&self, engine: JsEngine) -> bool {
        self.engines.as_ref().is_none_or(|listed| listed.value.contains(&engine))
    }

    /// Reports an engine that counts where none is named, and that no plugin may have: of the section
    /// for every plugin (`all` says nothing then), or of one for some under that.
    pub(super) fn check_under(&self, all: &Self, reader: &Reader) {
        let both = self.or(all);
        let engine = both.engine_or_default();
        // What is wrong without a word of this section is told where it stands.
        let named = self.engine.as_ref().map(|engine| engine.span);
        let place = named.or_else(|| self.engines.as_ref().map(|listed| listed.span));
        let listed = both.engines.as_ref().filter(|listed| !listed.value.contains(&engine));
        let other = listed.and_then(|listed| listed.value.first());
        let Some((place, other)) = place.zip(other) else { return };
        reader.report_with(Severity::Error, |source| {
            let message = format!(
                "the engine of plugins that name none is `{engine}`, which is not among `engines`"
            );
            let help = format!("write `engine: {other}`, or add `{engine}` to `engines`");
            Diagnostic::error("engine-not-listed", source, place, message).with_help(help)
        });
    }
}

impl Policy {
    /// What counts for the JavaScript plugins that the entry governs, or for those without one.
    pub(crate) fn javascript_under(&self, rule: Option<&Rule>) -> Javascript {
        rule.map_or_else(|| self.javascript.clone(), |rule| rule.javascript.or(&self.javascript))
    }
}

/// As a policy writes it.
impl fmt::Display for Javascript {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |allowed: bool| if allowed { "allow" } else { "forbid" };
        let list = |all: &[JsEngine]| all.iter().map(|one| one.as_str()).collect::<Vec<_>>();
        let engines = self.engines.as_ref().map(|listed| list(&listed.value).join(", "));
        let keys = [
            self.engine.as_ref().map(|engine| format!("engine: {}", engine.value)),
            engines.map(|engines| format!("engines: [{engines}]")),
            self.jit.map(|allowed| format!("jit: {}", word(allowed))),
            self.debug.map(|allowed| format!("debug: {}", word(allowed))),
        ];
        write!(out, "{{ {} }}", keys.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

/// What was read of a key that may be left out; nothing where it is there and wrong.
pub(super) fn sound<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    match read {
        Some(None) => None,
        read => Some(read.flatten()),
    }
}

fn engine(item: &Item<'_>) -> Option<Located<JsEngine>> {
    item.one_of(&JsEngine::WORDS).map(|engine| Located::at(item, engine))
}

fn engines(item: &Item<'_>) -> Option<Located<Vec<JsEngine>>> {
    let list = item.list()?;
    if list.is_empty() {
        let help = "name those that may be had, or leave `engines` out";
        item.error_with("no-engine", "no engine is listed", help);
        return None;
    }
    let read: Vec<_> = list.iter().map(|item| item.one_of(&JsEngine::WORDS)).collect();
    let mut known = read.into_iter().collect::<Option<Vec<JsEngine>>>()?;
    known.sort_unstable();
    known.dedup();
    // At the key: a list can be long.
    Some(Located { value: known, span: item.heading(), pointer: item.pointer().to_owned() })
}

/// Whoever laid a policy beside a pipeline may shut what is open, and not open what is shut.
fn opened(key: &str, item: &Item<'_>, origin: PolicyOrigin) -> Option<bool> {
    let allowed = item.one_of(&WORDS)?;
    (!allowed || !is_not_here(&format!("{key}: allow"), item, origin)).then_some(allowed)
}

//! Imports: `import`, `export … from`, `import()`, `require()`, and what their names mean.

use aether_source::{Diagnostic, Severity, Span, did_you_mean, quoted};

use crate::modules::{Tier, provided_names};
use crate::scan::format::Format;
use crate::scan::look::{How, Look, Need};
use crate::scan::specifier::{Specifier, is_packaged};
use crate::scan::token::Kind;
use crate::scan::view::View;

const IN_BUNDLE: &str = "put the file into the plugin's folder and import it by a relative path";

/// `import` at `at`. Returns the index where the walk goes on.
pub(crate) fn import(look: &mut Look<'_>, at: usize) -> usize {
    let view = look.view;
    if view.token(at).is_key() || matches!(view.kind_before(at, 1), Kind::Dot | Kind::OptionalDot) {
        return at + 1;
    }
    match view.kind(at + 1) {
        Kind::OpenParen => call(look, at, at + 1, How::Dynamic),
        // `import.source(…)` and `import.defer(…)` import; `import.meta` does not.
        Kind::Dot if view.kind(at + 3) == Kind::OpenParen => call(look, at, at + 3, How::Dynamic),
        Kind::Dot => at + 3,
        Kind::String => literal(look, at + 1, How::Static),
        _ => clause(look, at),
    }
}

/// `export` at `at`; only `export * from` and `export { … } from` import.
pub(crate) fn export(look: &mut Look<'_>, at: usize) -> usize {
    let dotted = matches!(look.view.kind_before(at, 1), Kind::Dot | Kind::OptionalDot);
    look.exports |= !dotted && !look.view.token(at).is_key();
    match look.view.kind(at + 1) {
        Kind::Star | Kind::OpenBrace if !look.view.token(at).is_key() => clause(look, at),
        _ => at + 1,
    }
}

/// `require` at `at`.
pub(crate) fn require(look: &mut Look<'_>, at: usize) -> usize {
    let view = look.view;
    let dotted = matches!(view.kind_before(at, 1), Kind::Dot | Kind::OptionalDot);
    let own = look.declared.contains("require") || view.token(at).is_key();
    if own || (dotted && view.word_before(at, 2) != "module") {
        return at + 1;
    }
    let open = if view.kind(at + 1) == Kind::Dot { at + 3 } else { at + 1 };
    if view.kind(open) != Kind::OpenParen {
        if look.format == Format::CommonJs && is_kept(view, at) {
            let message =
                "`require` under another name: what it loads cannot be checked in advance";
            look.uses.computed_import = true;
            look.warn("import-computed", view.span(at, at), message, "call `require` itself");
        }
        return at + 1;
    }
    match look.format {
        Format::Module => {
            let message = "`require` does not exist in an ES module";
            let help = "use `import`, or call the file `.cjs`";
            look.warn("require-call", view.span(at, at), message, help);
        }
        Format::CommonJs => bind_required(look, at, open),
    }
    call(look, at, open, How::Require)
}

/// Whether the name at `at` is given another name: `const load = require`.
fn is_kept(view: View<'_>, at: usize) -> bool {
    let alone = matches!(
        view.kind(at + 1),
        Kind::Comma
            | Kind::Semicolon
            | Kind::CloseParen
            | Kind::CloseBrace
            | Kind::End
            | Kind::Name
    );
    alone && view.kind_before(at, 1) == Kind::Assign
}

/// Takes note of the names in `const name = require("…")` and `const { name: other } = require("…")`.
fn bind_required(look: &mut Look<'_>, at: usize, open: usize) {
    let view = look.view;
    let Some(module) = view.literal(open + 1) else { return };
    let Some(last) = at.checked_sub(2).filter(|last| view.kind(last + 1) == Kind::Assign) else {
        return;
    };
    let mut first = last;
    if view.kind(last) == Kind::CloseBrace {
        while matches!(
            view.kind_before(first, 1),
            Kind::Name | Kind::String | Kind::Comma | Kind::Colon
        ) {
            first -= 1;
        }
        first = first.saturating_sub(1);
    }
    super::members::bind(look, first..last + 1, &module);
}

/// The names of an import or export up to `from "…"`. The walk ends at the next `import` or
/// `export`, so that however many of them there are, each token is walked once.
fn clause(look: &mut Look<'_>, at: usize) -> usize {
    let view = look.view;
    let mut end = at + 1;
    while matches!(
        view.kind(end),
        Kind::Name | Kind::OpenBrace | Kind::CloseBrace | Kind::Comma | Kind::Star | Kind::String
    ) {
        let word = view.word(end);
        if word == "from" && view.kind(end + 1) == Kind::String {
            let names = (at + 1..end).map(|index| view.word(index).into_owned());
            look.declared.extend(names.filter(|name| super::is_watched(name)));
            let module = view.literal(end + 1).unwrap_or_default();
            super::members::bind(look, at + 1..end, &module);
            return literal(look, end + 1, How::Static);
        }
        if word == "import" || word == "export" {
            break;
        }
        end += 1;
    }
    at + 1
}

/// `import(…)` or `require(…)`: the keyword stands at `at`, the bracket at `open`.
fn call(look: &mut Look<'_>, at: usize, open: usize, how: How) -> usize {
    let view = look.view;
    let ends = matches!(view.kind(open + 2), Kind::CloseParen | Kind::Comma);
    if ends && view.literal(open + 1).is_some() {
        return literal(look, open + 1, how);
    }
    let span = view.span(at, open);
    look.uses.computed_import = true;
    look.import(None, how, span);
    let message =
        "the name of the imported module is computed: what it loads cannot be checked in advance";
    look.warn("import-computed", span, message, "write the module's name as a plain string");
    open + 1
}

/// The module name at `at`.
fn literal(look: &mut Look<'_>, at: usize, how: How) -> usize {
    let name = look.view.literal(at).unwrap_or_default().into_owned();
    let span = look.view.span(at, at);
    look.import(Some(&name), how, span);
    judge(look, &name, how, span);
    at + 1
}

fn judge(look: &mut Look<'_>, name: &str, how: How, span: Span) {
    look.uses.module(name);
    match Specifier::of(name) {
        Specifier::Relative(_) => {}
        Specifier::Aether("fs") => look.sighting(Need::Files, name, span),
        Specifier::Aether("env") => look.sighting(Need::Environment, name, span),
        Specifier::Aether(_) => {}
        Specifier::Node(module) if module.tier == Tier::Virtualised => {
            look.sighting(Need::Files, name, span);
        }
        Specifier::Node(module) if module.tier == Tier::Blocked => {
            refuse(look, "module-blocked", how, span, || {
                (format!("the module {} is blocked", quoted(name)), module.alternative.to_owned())
            });
        }
        Specifier::Node(_) => {}
        Specifier::Absolute => refuse(look, "import-absolute", how, span, || {
            (format!("the absolute name {} leads to no module", quoted(name)), IN_BUNDLE.to_owned())
        }),
        Specifier::Url(scheme) => refuse(look, "import-url", how, span, || {
            (format!("modules are never loaded from a `{scheme}:` address"), IN_BUNDLE.to_owned())
        }),
        // Whether there is such a package, the bundle tells.
        Specifier::Unknown if is_packaged(name) => {}
        Specifier::Unknown => refuse(look, "module-unknown", how, span, || unknown(name)),
    }
}

fn unknown(name: &str) -> (String, String) {
    let known: Vec<String> = provided_names().collect();
    let help = match did_you_mean(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "the modules are {}",
            known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        ),
    };
    (format!("there is no module {}", quoted(name)), help)
}

/// A static import that fails, fails the plugin; the other kinds may stand in a `try`.
fn refuse(
    look: &mut Look<'_>,
    code: &'static str,
    how: How,
    span: Span,
    words: impl FnOnce() -> (String, String),
) {
    let severity = if how == How::Static { Severity::Error } else { Severity::Warning };
    let source = look.source;
    look.problems.push_with(severity, || {
        let (message, help) = words();
        Diagnostic::new(severity, code, source, span, message).with_help(help)
    });
}

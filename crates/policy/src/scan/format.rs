//! How a file is run.

use super::token::Kind;
use super::view::View;

/// How a file is run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// As an ES module.
    #[default]
    Module,
    /// As a function with `require`, `module` and `exports`.
    CommonJs,
}

/// Whether the file is an ES module by what it contains: `import` or `export` outside of every bracket.
/// As for Node, that counts for more than what its name and its `package.json` say.
pub(crate) fn is_module(view: View<'_>) -> bool {
    let mut open = 0_usize;
    for at in 0..view.len() {
        match view.kind(at) {
            Kind::OpenParen | Kind::OpenBracket | Kind::OpenBrace => open += 1,
            Kind::CloseParen | Kind::CloseBracket | Kind::CloseBrace => {
                open = open.saturating_sub(1);
            }
            Kind::TemplatePart if view.raw(at).starts_with('`') => open += 1,
            Kind::TemplatePart if view.raw(at).ends_with('`') => open = open.saturating_sub(1),
            Kind::Name if open == 0 && begins_module_syntax(view, at) => return true,
            _ => {}
        }
    }
    false
}

fn begins_module_syntax(view: View<'_>, at: usize) -> bool {
    if matches!(view.kind_before(at, 1), Kind::Dot | Kind::OptionalDot) {
        return false;
    }
    let next = view.kind(at + 1);
    match &*view.word(at) {
        // `import(…)` is in CommonJS too.
        "import" => {
            matches!(next, Kind::String | Kind::Dot | Kind::OpenBrace | Kind::Star | Kind::Name)
        }
        "export" => matches!(next, Kind::OpenBrace | Kind::Star | Kind::Name),
        _ => false,
    }
}

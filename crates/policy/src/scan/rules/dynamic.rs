//! Ways to make code out of text: `eval`, the function constructors, and timers given a string.

use crate::scan::look::Look;
use crate::scan::token::Kind;

/// Whether the global name is looked at here.
pub(crate) fn is_watched(name: &str) -> bool {
    matches!(
        name,
        "eval"
            | "Function"
            | "AsyncFunction"
            | "GeneratorFunction"
            | "AsyncGeneratorFunction"
            | "setTimeout"
            | "setInterval"
            | "setImmediate"
    )
}

/// A reference to the global `name`, which stands in the tokens `first..=last`.
pub(crate) fn reference(look: &mut Look<'_>, name: &str, first: usize, last: usize) {
    let view = look.view;
    let called =
        matches!(view.kind(last + 1), Kind::OpenParen | Kind::Template | Kind::TemplatePart);
    let found = match name {
        "eval" => view.word_before(first, 1) != "typeof",
        "Function" => called || is_function_value(look, first, last),
        "AsyncFunction" | "GeneratorFunction" | "AsyncGeneratorFunction" => called,
        "setTimeout" | "setInterval" | "setImmediate" => {
            view.kind(last + 1) == Kind::OpenParen
                && matches!(view.kind(last + 2), Kind::String | Kind::Template | Kind::TemplatePart)
        }
        _ => false,
    };
    if !found {
        return;
    }
    let what = if name.starts_with("set") {
        format!("`{name}` with a string")
    } else {
        format!("`{name}`")
    };
    look.dynamic_code(view.span(first, last), &what);
}

/// `Function` kept, passed on or extended rather than compared with.
fn is_function_value(look: &Look<'_>, first: usize, last: usize) -> bool {
    let view = look.view;
    let member = view.member(last);
    let bound = member.is_some_and(|(name, end)| match &*name {
        "constructor" => true,
        // `Function.call.bind(…)` makes no code.
        "call" | "apply" | "bind" => view.kind(end + 1) == Kind::OpenParen,
        _ => false,
    });
    let alone = !matches!(view.kind(last + 1), Kind::Dot | Kind::OptionalDot | Kind::OpenBracket);
    let kept = view.kind_before(first, 1) == Kind::Assign && alone;
    let constructed =
        view.kind_before(first, 1) == Kind::OpenParen && view.word_before(first, 2) == "construct";
    bound || kept || constructed || view.word_before(first, 1) == "extends"
}

/// A member `constructor` whose access ends at `last` and begins (with its dot or bracket) at
/// `first`. The constructor of a constructor is `Function`, and so is that of any function.
pub(crate) fn constructor(look: &mut Look<'_>, first: usize, last: usize) {
    let view = look.view;
    let bracketed = first
        .checked_sub(2)
        .and_then(|at| view.literal(at))
        .is_some_and(|name| name == "constructor");
    if bracketed || view.word_before(first, 1) == "constructor" {
        return; // The first of the chain has said it.
    }
    if let Some((member, end)) = view.member(last)
        && member == "constructor"
    {
        return look.dynamic_code(view.span(first, end), "`.constructor.constructor`");
    }
    if view.kind(last + 1) != Kind::OpenParen {
        return;
    }
    let of_class = matches!(&*view.word_before(first, 1), "this" | "super");
    let text = matches!(view.kind(last + 2), Kind::String | Kind::Template | Kind::TemplatePart);
    let of_value = view.kind_before(first, 1) == Kind::CloseParen;
    if of_value || (text && !of_class) {
        look.dynamic_code(view.span(first, last), "a call of `.constructor`");
    }
}

/// `getPrototypeOf(async function …)` at `at`: the way to the constructors that have no global
/// name.
pub(crate) fn prototype_of(look: &mut Look<'_>, at: usize) {
    let view = look.view;
    let function = matches!(&*view.word(at + 2), "async" | "function");
    if view.kind(at + 1) == Kind::OpenParen && function {
        look.dynamic_code(view.span(at, at + 2), "the prototype of a function literal");
    }
}

//! The parser, and what it says against a text.

use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_parser::{ParseOptions, Parser};
use oxc_span::{LabeledSpan, SourceType};

use crate::Goal;
use crate::problem::Problem;

/// The program that a text is, or the first thing that is wrong with it.
pub(crate) fn parse<'a>(
    allocator: &'a Allocator,
    source: &'a str,
    goal: Goal,
) -> Result<Program<'a>, Problem> {
    let is_module = goal == Goal::Module;
    let kind = SourceType::ts().with_module(is_module).with_script(!is_module);
    let options =
        ParseOptions { allow_return_outside_function: !is_module, ..ParseOptions::default() };
    let parsed = Parser::new(allocator, source, kind).with_options(options).parse();
    match parsed.diagnostics.iter().min_by_key(|found| start(&found.labels)) {
        Some(found) => Err(problem(source, &found.message, start(&found.labels))),
        None if parsed.panicked => Err(problem(source, "it cannot be read", 0)),
        None => Ok(parsed.program),
    }
}

fn start(labels: &[LabeledSpan]) -> usize {
    labels.first().map_or(0, |label| label.offset() as usize)
}

/// What the parser says, in the form that messages have here.
fn problem(source: &str, message: &str, offset: usize) -> Problem {
    let message = message.trim_end_matches('.').replace("`EOF`", "the end of the file");
    let mut characters = message.chars();
    let (first, second) = (characters.next(), characters.next());
    let message = match (first, second) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            format!("{}{}", first.to_lowercase(), &message[first.len_utf8()..])
        }
        _ => message,
    };
    Problem::syntax(source, offset, &message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_in_house_style() {
        let check = |message: &str, expect: &str| {
            assert_eq!(problem("", message, 0).message, expect);
        };
        check("Unexpected token.", "unexpected token");
        check("`a` is no name", "`a` is no name");
        check("TS(1): What", "TS(1): What");
        check("", "");
    }
}

//! Reading an expression.

use aether_source::quoted;
use serde_json::Value as Json;

use super::cursor::Cursor;
use super::{MAX_EXPRESSION, MAX_PATH, Names, Operand, PathStep};

/// What an expression can begin with, for advice.
const FORMS: &str = "write `inputs.name`, `steps.id.result` or `steps.id.outcome`";

/// What is wrong with an expression.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ExpressionError {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    help: Help,
}

/// Advice, found only for an error that is shown: a file may hold very many unknown names.
#[derive(Debug, PartialEq, Eq)]
enum Help {
    None,
    Text(String),
    NearInput(String),
    NearStep(String),
}

impl ExpressionError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        ExpressionError { code: "bad-expression", message: message.into(), help: Help::None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Help::Text(help.into());
        self
    }

    /// What to do about it.
    pub(crate) fn advice(&self, names: &dyn Names) -> Option<String> {
        let near = match &self.help {
            Help::None => None,
            Help::Text(text) => return Some(text.clone()),
            Help::NearInput(name) => names.near_input(name),
            Help::NearStep(name) => names.near_step(name),
        };
        near.map(|near| format!("did you mean `{near}`?"))
    }
}

/// An operand, and the length of the text up to and including the closing braces.
pub(crate) struct Parsed {
    pub(crate) operand: Result<Operand, ExpressionError>,
    pub(crate) length: usize,
}

/// Reads the expression after `${{`.
pub(crate) fn parse(text: &str, names: &dyn Names) -> Parsed {
    let mut cursor = Cursor::new(text);
    let operand = read(&mut cursor, names);
    if operand.is_ok() && cursor.at <= MAX_EXPRESSION {
        return Parsed { operand, length: cursor.at };
    }
    let end = text.find("}}");
    let length = end.map_or(text.len(), |end| end + 2);
    let error = match (end, operand) {
        (None, _) => {
            ExpressionError::new("`${{` is not closed").help("end the expression with `}}`")
        }
        (Some(end), _) if end > MAX_EXPRESSION => too_long(),
        (Some(_), Err(error)) => error,
        (Some(_), Ok(_)) => too_long(),
    };
    Parsed { operand: Err(error), length }
}

fn too_long() -> ExpressionError {
    ExpressionError::new(format!("the expression is longer than {MAX_EXPRESSION} bytes"))
}

fn read(cursor: &mut Cursor<'_>, names: &dyn Names) -> Result<Operand, ExpressionError> {
    cursor.skip_space();
    let operand = operand(cursor, names)?;
    cursor.skip_space();
    if cursor.eat("}}") {
        return Ok(operand);
    }
    let found = cursor.peek().map(String::from).unwrap_or_default();
    let error = ExpressionError::new(format!("unexpected {} in an expression", quoted(&found)));
    Err(error.help("an expression is one name or literal; there are no operators"))
}

fn operand(cursor: &mut Cursor<'_>, names: &dyn Names) -> Result<Operand, ExpressionError> {
    match cursor.peek() {
        Some('\'' | '"') => cursor.quoted().map(|text| Operand::Literal(Json::from(text))),
        Some('-' | '0'..='9') => number(cursor),
        Some(_) => word(cursor, names),
        None => Err(ExpressionError::new("the expression is empty").help(FORMS)),
    }
}

fn number(cursor: &mut Cursor<'_>) -> Result<Operand, ExpressionError> {
    let text = cursor.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.'));
    match serde_json::from_str::<serde_json::Number>(text) {
        Ok(number) => Ok(Operand::Literal(Json::Number(number))),
        Err(_) => Err(ExpressionError::new(format!("{} is not a number", quoted(text)))),
    }
}

fn word(cursor: &mut Cursor<'_>, names: &dyn Names) -> Result<Operand, ExpressionError> {
    let word = cursor.name();
    match word {
        "true" => Ok(Operand::Literal(Json::Bool(true))),
        "false" => Ok(Operand::Literal(Json::Bool(false))),
        "null" => Ok(Operand::Literal(Json::Null)),
        "inputs" => input(cursor, names),
        "steps" => step(cursor, names),
        "" if cursor.rest().starts_with("}}") => {
            Err(ExpressionError::new("the expression is empty").help(FORMS))
        }
        "" => {
            let found = cursor.peek().map(String::from).unwrap_or_default();
            Err(ExpressionError::new(format!("unexpected {}", quoted(&found))).help(FORMS))
        }
        other => {
            let message = format!("{} is nothing an expression can use", quoted(other));
            Err(match aether_source::did_you_mean(other, ["inputs", "steps"]) {
                Some(near) => ExpressionError::new(message).help(format!("did you mean `{near}`?")),
                None => ExpressionError::new(message).help(FORMS),
            })
        }
    }
}

fn input(cursor: &mut Cursor<'_>, names: &dyn Names) -> Result<Operand, ExpressionError> {
    let name = member(cursor, "`inputs` needs the name of an input: `inputs.name`")?;
    let Some(index) = names.input(name) else {
        let message = format!("there is no input {}", quoted(name));
        let help = Help::NearInput(name.to_owned());
        return Err(ExpressionError { code: "unknown-input", message, help });
    };
    if matches!(cursor.peek(), Some('.' | '[')) {
        return Err(ExpressionError::new("an input has no parts"));
    }
    Ok(Operand::Input(index))
}

fn step(cursor: &mut Cursor<'_>, names: &dyn Names) -> Result<Operand, ExpressionError> {
    let name = member(cursor, "`steps` needs the id of a step: `steps.id.result`")?;
    let Some(index) = names.step(name) else {
        let message = format!("there is no step {}", quoted(name));
        let help = Help::NearStep(name.to_owned());
        return Err(ExpressionError { code: "unknown-step", message, help });
    };
    let needs_part = format!("`steps.{name}` needs `.result` or `.outcome`");
    match member(cursor, &needs_part)? {
        "result" => Ok(Operand::Result(index, path(cursor)?)),
        "outcome" => Ok(Operand::Outcome(index)),
        other => {
            let message = format!("a step has no {}", quoted(other));
            Err(ExpressionError::new(message).help("it has `result` and `outcome`"))
        }
    }
}

fn member<'a>(cursor: &mut Cursor<'a>, missing: &str) -> Result<&'a str, ExpressionError> {
    if !cursor.eat(".") {
        return Err(ExpressionError::new(missing));
    }
    match cursor.name() {
        "" => Err(ExpressionError::new(missing)),
        name => Ok(name),
    }
}

fn path(cursor: &mut Cursor<'_>) -> Result<Vec<PathStep>, ExpressionError> {
    let mut path = Vec::new();
    loop {
        let step = if cursor.eat(".") {
            match cursor.name() {
                "" => return Err(ExpressionError::new("a name must follow `.`")),
                name => PathStep::Key(name.to_owned()),
            }
        } else if cursor.eat("[") {
            bracket(cursor)?
        } else {
            return Ok(path);
        };
        if path.len() == MAX_PATH {
            return Err(ExpressionError::new(format!("the path has more than {MAX_PATH} steps")));
        }
        path.push(step);
    }
}

fn bracket(cursor: &mut Cursor<'_>) -> Result<PathStep, ExpressionError> {
    let step = match cursor.peek() {
        Some('\'' | '"') => PathStep::Key(cursor.quoted()?),
        _ => {
            let digits = cursor.take_while(|c| c.is_ascii_digit());
            let index = digits.parse().map_err(|_| {
                let error = ExpressionError::new("`[` needs a position or a quoted key");
                error.help("write `[0]` or `['key']`; positions begin at 0")
            })?;
            PathStep::Index(index)
        }
    };
    if cursor.eat("]") { Ok(step) } else { Err(ExpressionError::new("`[` is not closed")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Known;

    impl Names for Known {
        fn input(&self, name: &str) -> Option<usize> {
            (name == "logs").then_some(0)
        }
        fn step(&self, name: &str) -> Option<usize> {
            ["read", "log-find"].iter().position(|known| *known == name)
        }
        fn near_input(&self, name: &str) -> Option<String> {
            aether_source::did_you_mean(name, ["logs"]).map(str::to_owned)
        }
        fn near_step(&self, name: &str) -> Option<String> {
            aether_source::did_you_mean(name, ["read", "log-find"]).map(str::to_owned)
        }
    }

    fn good(text: &str, expect: &Operand) {
        let parsed = parse(text, &Known);
        assert_eq!(parsed.operand.as_ref(), Ok(expect), "{text}");
        assert_eq!(parsed.length, text.len(), "{text}");
    }

    fn bad(text: &str, code: &str, message: &str) {
        let error = parse(text, &Known).operand.expect_err(text);
        assert_eq!(error.code, code, "{text}");
        let shown = format!("{} {}", error.message, error.advice(&Known).unwrap_or_default());
        assert!(shown.contains(message), "{text}: {shown}");
    }

    fn key(name: &str) -> PathStep {
        PathStep::Key(name.to_owned())
    }

    #[test]
    fn what_can_be_written() {
        good(" inputs.logs }}", &Operand::Input(0));
        good("inputs.logs}}", &Operand::Input(0));
        good(" steps.read.result }}", &Operand::Result(0, vec![]));
        good(
            " steps.log-find.result.by-ip[0]['10.0.0.1'][\"a\\\"b\"] }}",
            &Operand::Result(
                1,
                vec![key("by-ip"), PathStep::Index(0), key("10.0.0.1"), key("a\"b")],
            ),
        );
        good(" steps.read.outcome }}", &Operand::Outcome(0));
        good(" 'a }} b' }}", &Operand::Literal("a }} b".into()));
        good(" \"it's\" }}", &Operand::Literal("it's".into()));
        good(" -1.5 }}", &Operand::Literal((-1.5).into()));
        good(" 10 }}", &Operand::Literal(10.into()));
        good(" true }}", &Operand::Literal(true.into()));
        good(" null }}", &Operand::Literal(Json::Null));
    }

    #[test]
    fn names_are_checked() {
        bad("inputs.logz }}", "unknown-input", "did you mean `logs`");
        bad("inputs.x }}", "unknown-input", "there is no input `x`");
        bad("steps.raed.result }}", "unknown-step", "did you mean `read`");
        bad("input.logs }}", "bad-expression", "did you mean `inputs`");
        bad("env.HOME }}", "bad-expression", "write `inputs.name`");
        bad("steps.read.output }}", "bad-expression", "it has `result` and `outcome`");
    }

    #[test]
    fn there_is_nothing_else() {
        bad("", "bad-expression", "not closed");
        bad(" }}", "bad-expression", "empty");
        bad(" inputs.logs ", "bad-expression", "not closed");
        bad("inputs }}", "bad-expression", "needs the name");
        bad("inputs. }}", "bad-expression", "needs the name");
        bad("inputs.logs.x }}", "bad-expression", "no parts");
        bad("steps.read }}", "bad-expression", "needs `.result`");
        bad("steps.read.result. }}", "bad-expression", "name must follow");
        bad("steps.read.result[-1] }}", "bad-expression", "position");
        bad("steps.read.result[0 }}", "bad-expression", "not closed");
        bad("steps.read.result[99999999999999999999] }}", "bad-expression", "position");
        bad("inputs.logs + 1 }}", "bad-expression", "no operators");
        bad("inputs.logs inputs.logs }}", "bad-expression", "no operators");
        bad("'a }}", "bad-expression", "quote is not closed");
        bad("'a\\n' }}", "bad-expression", "escapes");
        bad("01 }}", "bad-expression", "not a number");
        bad("é }}", "bad-expression", "unexpected `é`");
        bad(
            &format!("steps.read.result{} }}}}", ".a".repeat(33)),
            "bad-expression",
            "more than 32",
        );
        bad(&format!("'{}' }}}}", "a".repeat(600)), "bad-expression", "longer than 512");
    }
}

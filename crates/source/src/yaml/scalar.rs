//! What a plain scalar means.

use saphyr_parser::ScalarStyle;

use crate::{Diagnostic, Number, Source, Span, Value, quoted};

/// Resolves a scalar. Quoted and block scalars are always text.
pub(super) fn resolve(
    source: &Source,
    span: Span,
    text: &str,
    style: ScalarStyle,
) -> Result<Value, Diagnostic> {
    if style != ScalarStyle::Plain {
        return Ok(Value::String(text.to_owned()));
    }
    match text {
        "" | "~" | "null" => Ok(Value::Null),
        "true" => Ok(Value::Bool(true)),
        "false" => Ok(Value::Bool(false)),
        _ => plain(source, span, text),
    }
}

fn plain(source: &Source, span: Span, text: &str) -> Result<Value, Diagnostic> {
    if is_not_finite(text) {
        let message = format!("{} is not a number that can be used here", quoted(text));
        let diagnostic = Diagnostic::error("number-range", source, span, message);
        return Err(diagnostic.with_help("text needs quotes"));
    }
    let value = match classify(text) {
        Kind::Text => return Ok(Value::String(text.to_owned())),
        Kind::LeadingZero => return Err(leading_zero(source, span, text)),
        Kind::Radix(digits, radix) => u64::from_str_radix(digits, radix).ok().map(|n| n as f64),
        Kind::Decimal => text.parse::<f64>().ok().filter(|value| value.is_finite()),
    };
    match value {
        Some(value) => Ok(Value::Number(Number { value, raw: text.to_owned() })),
        None => Err(Diagnostic::error("number-range", source, span, "the number is too large")),
    }
}

enum Kind<'a> {
    Text,
    Decimal,
    Radix(&'a str, u32),
    LeadingZero,
}

/// The number forms of the core schema.
fn classify(text: &str) -> Kind<'_> {
    let radix = |digits: &str, radix: u32| {
        !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix))
    };
    match text.split_at_checked(2) {
        Some(("0x", digits)) if radix(digits, 16) => return Kind::Radix(digits, 16),
        Some(("0o", digits)) if radix(digits, 8) => return Kind::Radix(digits, 8),
        _ => {}
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let power = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !power.is_empty() && digits(power)
    });
    let some_digit = !whole.is_empty() || fraction.is_some_and(|part| !part.is_empty());
    if !some_digit || !digits(whole) || !fraction.is_none_or(digits) || !exponent_fits {
        Kind::Text
    } else if whole.len() > 1 && whole.starts_with('0') {
        Kind::LeadingZero
    } else {
        Kind::Decimal
    }
}

fn is_not_finite(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN")
}

/// YAML 1.1 reads `0755` as octal, 1.2 as decimal: whichever is meant, it is written otherwise.
fn leading_zero(source: &Source, span: Span, text: &str) -> Diagnostic {
    let message = format!("{} could be octal, decimal or text", quoted(text));
    Diagnostic::error("ambiguous-number", source, span, message)
        .with_help("write `0o…` for octal, no leading zero for decimal, or quotes for text")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let source = Source::new("t.yaml", text);
        let found = match resolve(&source, Span::new(0, text.len()), text, ScalarStyle::Plain) {
            Ok(Value::Null) => "null".to_owned(),
            Ok(Value::Bool(flag)) => format!("bool {flag}"),
            Ok(Value::Number(number)) => format!("number {}", number.value),
            Ok(Value::String(text)) => format!("text {text}"),
            Ok(other) => format!("{other:?}"),
            Err(diagnostic) => diagnostic.code.to_owned(),
        };
        assert_eq!(found, expect, "for {text:?}");
    }

    #[test]
    fn only_three_spellings_are_null_and_two_are_booleans() {
        check("", "null");
        check("~", "null");
        check("null", "null");
        check("Null", "text Null");
        check("true", "bool true");
        check("false", "bool false");
        for word in ["no", "No", "NO", "yes", "on", "off", "y", "n", "True", "FALSE"] {
            check(word, &format!("text {word}"));
        }
    }

    #[test]
    fn numbers_of_the_core_schema() {
        check("0", "number 0");
        check("-12", "number -12");
        check("+3", "number 3");
        check("1.50", "number 1.5");
        check(".5", "number 0.5");
        check("5.", "number 5");
        check("1e3", "number 1000");
        check("0x1F", "number 31");
        check("0o17", "number 15");
        check("0.5", "number 0.5");
    }

    #[test]
    fn what_only_looks_like_a_number_is_text() {
        for text in
            ["22:00", "1_000", "0x", "0xg", "-", "+", ".", "e5", "1e", "1.2.3", "-0x1", "infinity"]
        {
            check(text, &format!("text {text}"));
        }
    }

    #[test]
    fn doubtful_numbers_are_refused() {
        check("0755", "ambiguous-number");
        check("-007", "ambiguous-number");
        check("1e999", "number-range");
        check(".inf", "number-range");
        check("-.INF", "number-range");
        check(".nan", "number-range");
        check("0xfffffffffffffffff", "number-range");
    }
}

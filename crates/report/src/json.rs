//! The record itself, as JSON.

use aether_source::{inert_json, printable};
use serde_json::Value;

use crate::limits::{MAX_LONG_TEXT, MAX_RECORD, shortened};
use crate::{RunRecord, SCHEMA};

/// The record as readable JSON, every text cut to [`MAX_LONG_TEXT`]. Beyond what JSON asks for,
/// characters that act on a terminal or hide text are written as `\u` escapes.
pub fn json(record: &RunRecord) -> String {
    render(serde_json::to_value(record).unwrap_or_default())
}

/// The record in a JSON text that [`json`] wrote.
pub fn parse(text: &str) -> Result<RunRecord, ParseError> {
    if text.len() > MAX_RECORD {
        return Err(ParseError::TooLong);
    }
    #[derive(serde::Deserialize)]
    struct Named {
        schema: String,
    }
    let named: Named = serde_json::from_str(text).map_err(ParseError::Json)?;
    if named.schema != SCHEMA {
        return Err(ParseError::Schema { found: printable(&shortened(&named.schema, 80)).into() });
    }
    serde_json::from_str(text).map_err(ParseError::Json)
}

/// A text is not a record.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// It is longer than [`MAX_RECORD`].
    #[error("the report is longer than {MAX_RECORD} bytes")]
    TooLong,
    /// It has another form.
    #[error("the report has the form `{found}`, not `{SCHEMA}`")]
    Schema {
        /// That form.
        found: String,
    },
    /// It is not JSON, or not that of a record.
    #[error("not the JSON of a report: {0}")]
    Json(serde_json::Error),
}

/// Readable JSON with short, inert texts.
pub(crate) fn render(mut value: Value) -> String {
    shorten(&mut value);
    inert_json(&format!("{value:#}"))
}

/// The same without line ends and indents, for what only programs read.
pub(crate) fn render_compact(mut value: Value) -> String {
    shorten(&mut value);
    inert_json(&value.to_string())
}

fn shorten(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > MAX_LONG_TEXT => {
            *text = shortened(text, MAX_LONG_TEXT).into_owned();
        }
        Value::Array(values) => values.iter_mut().for_each(shorten),
        Value::Object(entries) => entries.values_mut().for_each(shorten),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expect: &str) {
        let json = render(Value::from(input));
        assert_eq!(json, expect);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), input, "nothing is lost");
    }

    #[test]
    fn texts_are_inert_and_whole() {
        check("plain \"é\" 🦀", r#""plain \"é\" 🦀""#);
        check("\x1b[2J\n\0", r#""\u001b[2J\n\u0000""#);
        check("a\u{202e}b\u{9b}c\u{7f}\u{e0041}", r#""a\u202eb\u009bc\u007f\udb40\udc41""#);
    }

    #[test]
    fn long_texts_are_cut() {
        let json = render(Value::from("x".repeat(10_000_000)));
        assert!(json.len() < MAX_LONG_TEXT + 40, "{}", json.len());
        assert!(json.ends_with("… (cut; 10000000 bytes)\""));
    }
}

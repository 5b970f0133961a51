//! The inputs of a pipeline.

use std::fmt;

use aether_source::{Span, did_you_mean, quoted};
use serde_json::Value as Json;

/// An input the pipeline declares.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: InputType,
    /// Its value: as set, else its default, if any.
    pub value: Option<Json>,
    /// Whether the value was set from outside the file.
    pub is_set: bool,
    /// What it is for.
    pub description: Option<String>,
    /// Where it is declared (its name).
    pub span: Span,
}

/// What an input holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InputType {
    /// Text.
    String,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// The path of a folder on the host.
    Folder,
    /// The path of a file on the host.
    File,
}

impl InputType {
    pub(crate) const WORDS: [(&'static str, InputType); 5] = [
        ("string", InputType::String),
        ("number", InputType::Number),
        ("boolean", InputType::Boolean),
        ("folder", InputType::Folder),
        ("file", InputType::File),
    ];

    /// As written in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            InputType::String => "string",
            InputType::Number => "number",
            InputType::Boolean => "boolean",
            InputType::Folder => "folder",
            InputType::File => "file",
        }
    }

    fn expects(self) -> &'static str {
        match self {
            InputType::String => "text without NUL",
            InputType::Number => "a number, such as 10 or 0.5",
            InputType::Boolean => "`true` or `false`",
            InputType::Folder => "the path of a folder",
            InputType::File => "the path of a file",
        }
    }

    /// The value a text stands for.
    fn read(self, text: &str) -> Option<Json> {
        match self {
            InputType::String => (!text.contains('\0')).then(|| Json::from(text)),
            InputType::Number => number(text),
            InputType::Boolean => match text {
                "true" => Some(Json::Bool(true)),
                "false" => Some(Json::Bool(false)),
                _ => None,
            },
            InputType::Folder | InputType::File => {
                (!text.is_empty() && !text.contains('\0')).then(|| Json::from(text))
            }
        }
    }
}

impl fmt::Display for InputType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A number by the rules of JSON, so that the command line and the file agree.
fn number(text: &str) -> Option<Json> {
    let value: Json = serde_json::from_str(text).ok()?;
    value.is_number().then_some(value)
}

/// Why an input cannot be set, or the pipeline not be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// No input has this name.
    #[error("the pipeline has no input {}", quoted(.name))]
    Unknown {
        /// The name given.
        name: String,
        /// What to do.
        help: String,
    },
    /// The input was set before: one of two values would be dropped without a word.
    #[error("the input `{name}` is set twice")]
    Twice {
        /// The input.
        name: String,
    },
    /// The text is no value of the declared type.
    #[error("{} is not a value for the input `{name}`, a {kind}", quoted(.text))]
    WrongType {
        /// The input.
        name: String,
        /// Its type.
        kind: InputType,
        /// The text given.
        text: String,
    },
    /// Inputs without a value.
    #[error("no value for {}", .names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))]
    Missing {
        /// Their names.
        names: Vec<String>,
    },
}

impl InputError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            InputError::Unknown { help, .. } => help.clone(),
            InputError::Twice { name } => format!("give --set {name}=… once"),
            InputError::WrongType { kind, .. } => format!("give {}", kind.expects()),
            InputError::Missing { names } => {
                let settings: Vec<String> =
                    names.iter().map(|name| format!("--set {name}=…")).collect();
                format!("give {}", settings.join(" "))
            }
        }
    }

    pub(crate) fn unknown(name: &str, inputs: &[Input]) -> Self {
        let known = || inputs.iter().map(|input| input.name.as_str());
        let help = match did_you_mean(name, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if inputs.is_empty() => "it takes none".to_owned(),
            None => format!("it takes {}", known().collect::<Vec<_>>().join(", ")),
        };
        InputError::Unknown { name: name.to_owned(), help }
    }
}

impl Input {
    pub(crate) fn set(&mut self, text: &str) -> Result<(), InputError> {
        if self.is_set {
            return Err(InputError::Twice { name: self.name.clone() });
        }
        match self.kind.read(text) {
            Some(value) => {
                self.value = Some(value);
                self.is_set = true;
                Ok(())
            }
            None => Err(InputError::WrongType {
                name: self.name.clone(),
                kind: self.kind,
                text: text.to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(kind: InputType, text: &str, expect: Option<Json>) {
        assert_eq!(kind.read(text), expect, "{kind} {text:?}");
    }

    #[test]
    fn texts_become_values_of_the_type() {
        check(InputType::String, "5", Some(json!("5")));
        check(InputType::String, "", Some(json!("")));
        check(InputType::String, "a\0", None);
        check(InputType::Number, "5", Some(json!(5)));
        check(InputType::Number, "-0.5", Some(json!(-0.5)));
        for bad in ["", "five", "0x10", "NaN", "1e999", "true", "[1]", "01"] {
            check(InputType::Number, bad, None);
        }
        check(InputType::Boolean, "true", Some(json!(true)));
        check(InputType::Boolean, "yes", None);
        check(InputType::Folder, "/var/log", Some(json!("/var/log")));
        check(InputType::Folder, "", None);
        check(InputType::File, "a\0b", None);
    }
}

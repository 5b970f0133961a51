//! The names of a pipeline: inputs and steps.

use std::cell::RefCell;
use std::collections::HashMap;

use aether_source::{Item, Reader, did_you_mean};

use crate::Input;
use crate::expression::Names;

/// Longest name, in bytes.
pub(super) const MAX_NAME: usize = 64;

/// What a name is, for messages.
pub(super) const NAME_RULE: &str =
    "a name is 1 to 64 of `a-z`, `A-Z`, `0-9`, `_` and `-`, and begins with a letter";

/// Whether a text can name a step or an input, which is what expressions can spell.
pub(super) fn is_name(text: &str) -> bool {
    text.len() <= MAX_NAME
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// All names, known before any expression is read, so that order in the file does not matter.
pub(super) struct Scope {
    pub(super) inputs: Vec<Input>,
    /// By index; empty for a step without an id.
    step_names: Vec<String>,
    steps: HashMap<String, usize>,
    input_indexes: HashMap<String, usize>,
    /// Which inputs an expression uses.
    used: RefCell<Vec<bool>>,
}

impl Scope {
    pub(super) fn new(inputs: Vec<Input>, items: &[Item<'_>]) -> Self {
        let step_names: Vec<String> = items.iter().map(id).collect();
        let mut steps = HashMap::new();
        for (index, name) in step_names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            steps.entry(name.clone()).or_insert(index);
        }
        let input_indexes =
            inputs.iter().enumerate().map(|(index, input)| (input.name.clone(), index)).collect();
        let used = RefCell::new(vec![false; inputs.len()]);
        Scope { inputs, step_names, steps, input_indexes, used }
    }

    pub(super) fn step_name(&self, index: usize) -> &str {
        self.step_names.get(index).map_or("", String::as_str)
    }

    pub(super) fn warn_unused(&self, reader: &Reader) {
        for (input, used) in self.inputs.iter().zip(self.used.borrow().iter()) {
            if !used {
                let message = format!("the input `{}` is never used", input.name);
                reader.warning("unused-input", input.span, message);
            }
        }
    }
}

/// The id of a step, or nothing.
fn id(item: &Item<'_>) -> String {
    let id = item.node().get("id").and_then(|entry| entry.value.as_str());
    id.unwrap_or_default().to_owned()
}

impl Names for Scope {
    fn input(&self, name: &str) -> Option<usize> {
        let index = self.input_indexes.get(name).copied()?;
        if let Some(used) = self.used.borrow_mut().get_mut(index) {
            *used = true;
        }
        Some(index)
    }

    fn step(&self, name: &str) -> Option<usize> {
        self.steps.get(name).copied()
    }

    fn near_input(&self, name: &str) -> Option<String> {
        did_you_mean(name, self.inputs.iter().map(|input| input.name.as_str())).map(str::to_owned)
    }

    fn near_step(&self, name: &str) -> Option<String> {
        did_you_mean(name, self.step_names.iter().map(String::as_str)).map(str::to_owned)
    }
}

//! What a check would cost, counted before it is made.
//!
//! The walk meets every pair of a schema and a value that checking could meet, and goes the same
//! ways whether or not anything fits. It stops when the budget is spent, so it costs no more than a
//! check may.

use serde_json::Value;

use crate::limits::{MAX_VALUE_DEPTH, STEP_BYTES};
use crate::mismatch::Unfit;
use crate::shape::{Index, Shapes};

/// Counts the steps of a check, up to a budget.
pub(crate) struct Meter<'a> {
    shapes: &'a Shapes,
    budget: u64,
    spent: u64,
}

impl<'a> Meter<'a> {
    pub(crate) fn new(shapes: &'a Shapes, budget: u64) -> Self {
        Meter { shapes, budget, spent: 0 }
    }

    /// The steps of a check of the value against the whole schema.
    pub(crate) fn steps(mut self, value: &Value) -> Result<u64, Unfit> {
        self.value(0, value, 0)?;
        Ok(self.spent)
    }

    fn spend(&mut self, steps: u64) -> Result<(), Unfit> {
        self.spent = self.spent.saturating_add(steps);
        if self.spent > self.budget { Err(Unfit::TooCostly) } else { Ok(()) }
    }

    fn value(&mut self, index: Index, value: &Value, depth: usize) -> Result<(), Unfit> {
        if depth > MAX_VALUE_DEPTH {
            return Err(Unfit::TooDeep);
        }
        if let Value::String(text) = value {
            return self.string(index, text.len());
        }
        let shapes = self.shapes;
        let shape = &shapes.all[index];
        self.spend(shape.own)?;
        for inner in &shape.here {
            self.value(*inner, value, depth)?;
        }
        match value {
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.spend(1)?;
                    for inner in shape.prefix.get(at).into_iter().chain(&shape.any_item) {
                        self.value(*inner, item, depth + 1)?;
                    }
                }
                if shape.unique {
                    // Few items are compared each with each, many by a hash.
                    items.iter().try_for_each(|item| self.whole(item, 8, depth + 1))?;
                }
            }
            Value::Object(entries) => {
                for (key, item) in entries {
                    self.spend(1 + shape.key_patterns * text_steps(key.len()))?;
                    for inner in shape.properties.get(key).into_iter().chain(&shape.any_property) {
                        self.value(*inner, item, depth + 1)?;
                    }
                    if let Some(names) = shape.names {
                        self.string(names, key.len())?;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn string(&mut self, index: Index, bytes: usize) -> Result<(), Unfit> {
        let shapes = self.shapes;
        let shape = &shapes.all[index];
        self.spend(shape.own + text_steps(bytes) * (1 + u64::from(shape.pattern)))?;
        shape.here.iter().try_for_each(|inner| self.string(*inner, bytes))
    }

    /// A value that is looked at as a whole, so many times.
    fn whole(&mut self, value: &Value, times: u64, depth: usize) -> Result<(), Unfit> {
        if depth > MAX_VALUE_DEPTH {
            return Err(Unfit::TooDeep);
        }
        self.spend(times)?;
        match value {
            Value::String(text) => self.spend(times * text_steps(text.len())),
            Value::Array(items) => {
                items.iter().try_for_each(|item| self.whole(item, times, depth + 1))
            }
            Value::Object(entries) => entries.iter().try_for_each(|(key, item)| {
                self.spend(times * text_steps(key.len()))?;
                self.whole(item, times, depth + 1)
            }),
            _ => Ok(()),
        }
    }
}

fn text_steps(bytes: usize) -> u64 {
    (bytes / STEP_BYTES) as u64
}

/// Whether a value takes no more than so many bytes, roughly; looks no further than that.
pub(crate) fn is_small(value: &Value, bytes: u64) -> bool {
    fn rest(value: &Value, left: u64) -> Option<u64> {
        let left = left.checked_sub(32)?;
        match value {
            Value::String(text) => left.checked_sub(text.len() as u64),
            Value::Array(items) => items.iter().try_fold(left, |left, item| rest(item, left)),
            Value::Object(entries) => entries.iter().try_fold(left, |left, (key, item)| {
                rest(item, left.checked_sub(key.len() as u64)?)
            }),
            _ => Some(left),
        }
    }
    rest(value, bytes).is_some()
}

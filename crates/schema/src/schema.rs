//! A compiled schema.

use jsonschema::Validator;
use serde_json::Value;

use crate::cost::{Meter, is_small};
use crate::limits::{DETAILED_BYTES, DETAILED_STEPS, MAX_STEPS, MISMATCHES};
use crate::mismatch::{Mismatch, Unfit};
use crate::shape::Shapes;

/// A schema that values can be held against. Made by [`compile`](crate::compile()).
#[derive(Debug)]
pub struct Schema {
    pub(crate) validator: Validator,
    pub(crate) shapes: Shapes,
}

impl Schema {
    /// Holds a value against the schema, in no more than
    /// [`MAX_STEPS`](crate::limits::MAX_STEPS) steps and with a bounded answer.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn check(&self, value: &Value) -> Result<(), Unfit> {
        let steps = Meter::new(&self.shapes, MAX_STEPS).steps(value)?;
        if self.validator.is_valid(value) {
            return Ok(());
        }
        if steps <= DETAILED_STEPS && is_small(value, DETAILED_BYTES) {
            let errors = self.validator.iter_errors(value);
            return Err(Unfit::Mismatch(
                errors.take(MISMATCHES).map(|error| Mismatch::of(&error)).collect(),
            ));
        }
        // What did not fit of each alternative would be copied, value and all.
        if self.shapes.alternatives {
            return Err(Unfit::Somewhere);
        }
        match self.validator.validate(value) {
            Err(error) => Err(Unfit::Mismatch(vec![Mismatch::of(&error)])),
            Ok(()) => Err(Unfit::Somewhere),
        }
    }
}

//! The schemas of a plugin's methods.

use std::collections::BTreeMap;

use aether_manifest::{Located, Manifest};
use aether_source::{Diagnostic, Node, Problems};
use serde_json::Value;

use crate::{Schema, Unfit, compile};

/// What the methods of a plugin take and give, as far as its manifest says.
#[derive(Debug, Default)]
pub struct Contracts {
    methods: BTreeMap<String, Contract>,
}

/// What one method takes and gives.
#[derive(Debug, Default)]
pub struct Contract {
    /// The schema of its input; without one, anything.
    pub params: Option<Schema>,
    /// The schema of its result; without one, anything.
    pub result: Option<Schema>,
}

impl Contracts {
    /// Compiles the schemas of a manifest's `exports`.
    ///
    /// # Errors
    /// Every problem, each with its place in the manifest.
    pub fn of(manifest: &Manifest) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = Problems::new();
        let mut seen = 0;
        let mut compiled = |schema: &Option<Located<Node>>| match schema {
            Some(schema) => compile(&manifest.source, &schema.value, &mut seen)
                .map_err(|all| all.into_iter().for_each(|problem| problems.push(problem)))
                .ok(),
            None => None,
        };
        let methods = manifest
            .exports
            .iter()
            .map(|(name, export)| {
                let params = compiled(&export.params);
                let result = compiled(&export.result);
                (name.clone(), Contract { params, result })
            })
            .collect();
        if problems.is_empty() {
            Ok(Contracts { methods })
        } else {
            Err(problems.into_vec(&manifest.source))
        }
    }

    /// What is said of a method; nothing when the manifest does not describe it.
    #[must_use]
    pub fn get(&self, method: &str) -> Option<&Contract> {
        self.methods.get(method)
    }

    /// Holds a method's input against its schema; without one it fits.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn check_params(&self, method: &str, value: &Value) -> Result<(), Unfit> {
        let schema = self.get(method).and_then(|contract| contract.params.as_ref());
        schema.map_or(Ok(()), |schema| schema.check(value))
    }

    /// Holds a method's result against its schema; without one it fits.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn check_result(&self, method: &str, value: &Value) -> Result<(), Unfit> {
        let schema = self.get(method).and_then(|contract| contract.result.as_ref());
        schema.map_or(Ok(()), |schema| schema.check(value))
    }
}

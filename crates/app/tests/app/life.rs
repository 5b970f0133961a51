//! A plugin's life in an app.

use aether_testkit::{Test, tests};

pub(crate) const TESTS: &[Test] = tests![];

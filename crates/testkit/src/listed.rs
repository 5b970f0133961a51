//! Tests of a program that becomes the cells of its own hosts: it has a main function of its own, and
//! lists them.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

/// A test and its name.
pub type Test = (&'static str, fn());

/// Lists a module's tests as its `TESTS`, named by their functions.
#[macro_export]
macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        pub(crate) const TESTS: &[$crate::Test] =
            &[$((concat!(module_path!(), "::", stringify!($name)), $name)),*];
    };
}

/// Runs the tests of each module as `cargo test` does, by the program's own arguments.
#[must_use]
pub fn run_tests(modules: &[&[Test]]) -> ExitCode {
    let trial = |(name, test): &Test| {
        let test = *test;
        Trial::test(*name, move || {
            test();
            Ok(())
        })
    };
    let trials = modules.concat().iter().map(trial).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

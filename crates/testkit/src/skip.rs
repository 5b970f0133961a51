//! Leaving a test out, aloud.

use std::io::Write;

/// Says on standard error, past the capture of the test harness, that a test is left out and why.
pub fn skip(test: &str, why: &str) {
    // Nobody to tell is no reason to fail.
    drop(writeln!(std::io::stderr(), "SKIPPED {test}: {why}"));
}

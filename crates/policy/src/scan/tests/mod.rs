//! Tests of the scan.

mod properties;
mod tables;

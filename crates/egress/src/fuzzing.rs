//! What the fuzz targets reach that nobody else does. It exists only where they are built.

use crate::wire::checks;

/// Bytes are chunks or not, however they come.
pub fn chunks(bytes: &[u8], cut: usize) {
    checks::chunks(bytes, cut);
}

/// A head ends in one place, and what is sent on is read as what was decided on.
pub fn head(bytes: &[u8]) {
    checks::head(bytes);
}

/// Less of a greeting is never read as more.
pub fn hello(bytes: &[u8]) {
    checks::hello(bytes);
}

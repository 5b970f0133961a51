//! Archives: zip files, read with suspicion.
//!
//! [`read_archive`] works on bytes in memory and writes nothing. Before anything is unpacked, `layout`
//! walks the archive's own lists and refuses whatever two programs could read as two different things,
//! `names` whatever is not the name of one file on every system. Then the crate `zip` unpacks, and
//! what it finds must be what was found before.

mod error;
mod layout;
mod names;
mod unpack;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use error::{ArchiveError, ArchiveProblem};

/// The files of an archive, by their paths with `/`. A single folder around everything is left out.
///
/// # Errors
/// [`ArchiveError`], with the entry at fault.
pub fn read_archive(bytes: &[u8]) -> Result<BTreeMap<String, Arc<[u8]>>, ArchiveError> {
    let entries = layout::entries(bytes)?;
    let paths = names::paths(&entries)?;
    unpack::files(bytes, &entries, paths)
}

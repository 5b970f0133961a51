//! Unpacking, with limits on what really comes out.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::sync::Arc;

use zip::ZipArchive;
use zip::read::{ArchiveOffset, Config};

use super::layout::Entry;
use crate::archive::{ArchiveError, ArchiveProblem as Problem};

/// The content of each file. What was declared is within every limit, and what comes must be what was
/// declared: a byte more, and it is refused.
pub(super) fn files(
    bytes: &[u8],
    entries: &[Entry<'_>],
    paths: BTreeMap<usize, String>,
) -> Result<BTreeMap<String, Arc<[u8]>>, ArchiveError> {
    let from_the_start = Config { archive_offset: ArchiveOffset::Known(0) };
    let archive = ZipArchive::with_config(from_the_start, Cursor::new(bytes));
    let mut archive = archive.map_err(|_| ArchiveError::whole(Problem::List))?;
    if archive.len() != entries.len() {
        return Err(ArchiveError::whole(Problem::List));
    }
    let mut files = BTreeMap::new();
    for (index, path) in paths {
        let Some(entry) = entries.get(index) else { continue };
        let content = content(&mut archive, index, entry)
            .map_err(|problem| ArchiveError::of(entry.name, problem))?;
        files.insert(path, content);
    }
    Ok(files)
}

fn content(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    index: usize,
    entry: &Entry<'_>,
) -> Result<Arc<[u8]>, Problem> {
    let file = archive.by_index(index).map_err(|_| Problem::Damaged)?;
    // The second reader must mean the same entry.
    let same = file.name_raw() == entry.name.as_bytes()
        && file.header_start() == entry.offset as u64
        && file.size() == entry.size;
    if !same {
        return Err(Problem::Disagrees);
    }
    let mut content = Vec::new();
    let taken = file.take(entry.size + 1).read_to_end(&mut content);
    match taken {
        // The checksum is compared by the reader, at the end.
        Ok(length) if length as u64 == entry.size => Ok(content.into()),
        _ => Err(Problem::Damaged),
    }
}

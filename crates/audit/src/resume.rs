//! Where a new run goes on in a log that is there.

use std::fs::File;
use std::io::{Seek as _, SeekFrom};
use std::path::Path;

use blake3::Hash;

use crate::segment::segment_path;
use crate::target::Files;
use crate::tip::Segment;
use crate::verify::walk_files;
use crate::{ChainVerdict, Gap, LogError, sink};

pub(crate) struct Resumed {
    pub(crate) files: Files,
    pub(crate) head: Option<Hash>,
    pub(crate) segment: Segment,
    /// How many bytes of half a record were cut off.
    pub(crate) cut_bytes: Option<u64>,
    /// The number of the segment that the run begins, if it begins one.
    pub(crate) begins: Option<u64>,
}

/// Verifies the whole log, of which `first` is the first file, and makes its end ready.
pub(crate) fn resume(first: File, log: &Path) -> Result<Resumed, LogError> {
    let failed = |error| LogError::Open { path: log.to_owned(), error };
    let (found, walk) = walk_files(log, Default::default()).map_err(failed)?;
    let cut_bytes = match &found.verdict {
        ChainVerdict::Broken { .. } => {
            return Err(LogError::NotWhole { path: log.to_owned(), found: Box::new(found) });
        }
        ChainVerdict::Unclean { gap: Gap::CutOff { bytes, .. } } => Some(*bytes),
        _ => None,
    };
    let place = Place { begins: walk.next_segment(), file: walk.last_file };
    let number = place.begins.unwrap_or(place.file);
    let bytes = if place.begins.is_some() { 0 } else { walk.segment_bytes() };
    let files = place.open(first, log, bytes, cut_bytes.is_some())?;
    Ok(Resumed {
        files,
        head: walk.head(),
        segment: match place.begins {
            Some(number) => Segment::resumed(number, 0, Default::default()),
            None => Segment::resumed(number, bytes, walk.into_tree()),
        },
        cut_bytes,
        begins: place.begins,
    })
}

/// What of a log is there to be continued.
struct Place {
    /// The segment that must be begun, if the last one is closed.
    begins: Option<u64>,
    /// The last file. That of the segment that must be begun may be there, with nothing whole in it.
    file: u64,
}

impl Place {
    fn open(&self, first: File, log: &Path, bytes: u64, is_cut: bool) -> Result<Files, LogError> {
        let number = self.begins.unwrap_or(self.file);
        let path = segment_path(log, number);
        let failed = |error| LogError::Open { path: path.clone(), error };
        if number > self.file {
            return Ok(Files::new(first, log.to_owned()).at(sink::create(&path)?, number));
        }
        let mut file = match number {
            0 => first.try_clone().map_err(failed)?,
            _ => sink::open_segment(&path)?,
        };
        if is_cut {
            file.set_len(bytes).map_err(failed)?;
        }
        file.seek(SeekFrom::Start(bytes)).map_err(failed)?;
        Ok(Files::new(first, log.to_owned()).at(file, number))
    }
}

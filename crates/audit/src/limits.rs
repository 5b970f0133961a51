//! How much of anything the log takes, and when it is written out.

use std::time::Duration;

/// The longest line, in bytes, that is read or written. Against a file made to fill the memory of
/// the program that verifies it. The caps below keep every written line under it, even when every
/// character of every text needs a six-byte escape.
pub const MAX_LINE: usize = 256 * 1024;

/// The longest plugin name kept, in bytes. Names are checked before; this is against a caller that
/// did not.
pub const MAX_PLUGIN: usize = 128;

/// The longest action kept, in bytes: against a method name a plugin made up.
pub const MAX_ACTION: usize = 128;

/// The longest object kept, in bytes: against a plugin that fills the disk through the paths it is
/// refused. As long as the longest path.
pub const MAX_OBJECT: usize = 4096;

/// The longest rule kept, in bytes: a place and the manifest or policy line there.
pub const MAX_RULE: usize = 1024;

/// The most entries of `detail` kept: against records that grow without end.
pub const MAX_DETAILS: usize = 64;

/// The longest key of `detail` kept, in bytes.
pub const MAX_DETAIL_KEY: usize = 128;

/// The longest text in `detail` kept, in bytes.
pub const MAX_DETAIL_TEXT: usize = 384;

/// How long, at most, an accepted record waits in memory before it is handed to the operating
/// system. This is what a killed host loses.
pub const FLUSH_INTERVAL: Duration = Duration::from_millis(20);

/// How many waiting bytes wake the flusher before [`FLUSH_INTERVAL`] is over.
pub const FLUSH_BYTES: usize = 64 * 1024;

/// How many bytes may wait at all. A caller that goes beyond writes them out itself and so is
/// slowed to the speed of the disk: against a flood that outruns it. Nothing is dropped.
pub const MAX_PENDING: usize = 4 * 1024 * 1024;

/// How large a segment of a log grows before the next one is begun, unless said otherwise: a size
/// that editors and mail take, and that a program which reads a segment whole can hold.
pub const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;

/// The highest number of a segment that is looked for: against a file of a huge number, put beside
/// a log, of which nothing could be right.
pub const MAX_SEGMENTS: u64 = 1_000_000_000;

/// After how many new records a checkpoint is written.
pub const CHECKPOINT_RECORDS: u64 = 256;

/// How long, at most, a new record waits for the next checkpoint.
pub const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(2);

/// How many checkpoints of a run are kept at most. When there are as many, every second one is
/// dropped, but for the first and the last: against a plugin that fills the disk with them by
/// having much recorded.
pub const MAX_CHECKPOINTS: usize = 512;

/// How many files of checkpoints a folder holds, one for each run. When there are as many, the oldest
/// tenth is removed. A note has some 330 bytes, most runs one of them and none more than
/// [`MAX_CHECKPOINTS`].
pub const MAX_CHECKPOINT_FILES: usize = 1000;

/// The longest signed note that is read, in bytes: against one made to fill the memory. Sixteen
/// signatures, as many as a reader must bear with, fit in it even where they are long ones.
pub const MAX_NOTE: usize = 128 * 1024;

/// The most signatures of a note that are looked at: against a note that costs much to refuse.
pub const MAX_SIGNATURES: usize = 16;

/// The largest file of signed notes that is read, in bytes: as for a note.
pub const MAX_NOTES: usize = 16 * 1024 * 1024;

/// The longest name of a key or origin, in bytes.
pub const MAX_NAME: usize = 128;

/// The largest proof that is read, in bytes: a line in JSON within JSON, and 64 hashes.
pub const MAX_PROOF: usize = 2 * MAX_LINE + 8192;

/// How many records one [`poll`](crate::Follow::poll) gives at most: against a log that is written
/// faster than it is shown.
pub const MAX_POLL: usize = 10_000;

/// The beginning of `text` that fits in `max` bytes, cut between characters, and whether it is
/// less than the whole.
pub(crate) fn capped(text: &str, max: usize) -> (&str, bool) {
    let end = text.floor_char_boundary(max);
    (text.get(..end).unwrap_or_default(), end < text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(capped("abc", 3), ("abc", false));
        assert_eq!(capped("abcd", 3), ("abc", true));
        assert_eq!(capped("aé", 2), ("a", true));
        assert_eq!(capped("", 0), ("", false));
    }

    #[test]
    fn the_caps_fit_in_a_line() {
        let texts = MAX_PLUGIN + MAX_ACTION + MAX_OBJECT + MAX_RULE;
        let details = MAX_DETAILS * (MAX_DETAIL_KEY + MAX_DETAIL_TEXT);
        let marks_hashes_and_punctuation = 4096 + MAX_DETAILS * 8;
        assert!(6 * (texts + details) + marks_hashes_and_punctuation <= MAX_LINE);
    }
}

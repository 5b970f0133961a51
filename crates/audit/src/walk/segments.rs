//! How the records of a log lie in segments.

use super::reading::{integer, text};
use super::{Seen, Walk};
use crate::chain::Seal;
use crate::merkle::Tree;
use crate::summary::{HEAD, RECORDS, ROOT, SEGMENT, SEGMENT_RECORDS};
use crate::verification::Break;
use crate::{Checkpoint, Kind, hex};

/// The segment the last record belongs to.
#[derive(Default)]
pub(super) struct Segment {
    pub(super) number: u64,
    pub(super) bytes: u64,
    pub(super) tree: Tree,
    pub(super) closed: bool,
}

impl Segment {
    /// The one that follows, with nothing in it.
    pub(super) fn next(&self) -> Segment {
        Segment { number: self.number.saturating_add(1), ..Segment::default() }
    }

    /// What it is with one more record, if that does not open the next one.
    pub(super) fn grown(&self, seal: &Seal, opened: bool) -> Segment {
        let mut grown = match opened {
            true => self.next(),
            false => Segment { number: self.number, tree: self.tree.clone(), ..Segment::default() },
        };
        grown.tree.push_leaf(seal.leaf);
        grown
    }

    pub(super) fn is_named_by(&self, checkpoint: &Checkpoint, seal: &Seal) -> bool {
        checkpoint.head.as_bytes() == seal.digits
            && checkpoint.segment == self.number
            && checkpoint.size == self.tree.size()
            && checkpoint.root == hex::text(&self.tree.root())
    }
}

/// How the segments lie.
#[derive(PartialEq, Eq)]
pub(super) enum Files {
    /// One behind the other in what is read.
    Joined,
    /// Each in a file; whether nothing of this one was read yet.
    Apart { at_start: bool },
}

impl Walk<'_> {
    /// Whether the record begins a segment: only where one was closed, and with its number. After a
    /// host that was stopped in between, the next run's first record does that.
    pub(super) fn place_in_segments(&mut self, seen: &Seen<'_>) -> Result<bool, Break> {
        let at_start = match &mut self.files {
            Files::Joined => true,
            Files::Apart { at_start } => std::mem::replace(at_start, false),
        };
        let is_start = seen.kind == Kind::SegmentStart;
        if !self.segment.closed {
            return if is_start { Err(Break::SegmentDiffers) } else { Ok(false) };
        }
        if !at_start || !(is_start || seen.kind == Kind::RunStart) {
            return Err(Break::AfterSegmentEnd);
        }
        let is_next =
            integer(seen, SEGMENT).is_some() && integer(seen, SEGMENT) == self.next_segment();
        let is_head = !is_start || text(seen, HEAD) == Some(seen.prev);
        if is_next && is_head { Ok(true) } else { Err(Break::SegmentDiffers) }
    }

    /// Whether the end of the segment has been read from the file that is read now: nothing is ever
    /// written behind it.
    pub(super) fn has_ended_file(&self) -> bool {
        self.segment.closed && self.files == Files::Apart { at_start: false }
    }

    /// What the end of a segment or run says of the segment. (Older logs say nothing in `run-end`.)
    pub(super) fn meet_end(&self, seen: &Seen<'_>) -> Result<(), Break> {
        let counted = match seen.kind {
            Kind::SegmentEnd => RECORDS,
            Kind::RunEnd if text(seen, ROOT).is_some() => SEGMENT_RECORDS,
            _ => return Ok(()),
        };
        if integer(seen, SEGMENT) != Some(self.segment.number) {
            return Err(Break::SegmentDiffers);
        }
        if integer(seen, counted) != Some(self.segment.tree.size()) {
            return Err(Break::CountDiffers);
        }
        let root = hex::text(&self.segment.tree.root());
        if text(seen, ROOT) == Some(&root) { Ok(()) } else { Err(Break::RootDiffers) }
    }
}

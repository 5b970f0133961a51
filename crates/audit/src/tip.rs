//! The growing end of a log: what is accepted and not yet handed over.

use blake3::Hash;

use crate::encode::{self, Stamp};
use crate::merkle::Tree;
use crate::summary::{self, Totals};
use crate::{Clock, End, Event, Kind, LogError, Rotation, RunId};

pub(crate) struct Tip {
    clock: Box<dyn Clock>,
    /// Lines accepted and not yet handed over.
    pub(crate) pending: Vec<u8>,
    /// Where in them a new segment begins.
    pub(crate) breaks: Vec<usize>,
    pub(crate) seq: u64,
    head: Hash,
    totals: Totals,
    pub(crate) ended: bool,
    pub(crate) closing: bool,
    segment: Segment,
    /// Without it there is one segment.
    rotation: Option<Rotation>,
    /// How many records the last checkpoint was asked for.
    pub(crate) noted: u64,
}

/// The segment that is being written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Segment {
    pub(crate) number: u64,
    pub(crate) bytes: u64,
    pub(crate) tree: Tree,
    begun_us: u64,
}

/// Where a log stands: what a checkpoint says of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    pub(crate) records: u64,
    pub(crate) head: Hash,
    pub(crate) segment: u64,
    pub(crate) size: u64,
    pub(crate) root: Hash,
    pub(crate) wall_us: i64,
}

impl Segment {
    pub(crate) fn resumed(number: u64, bytes: u64, tree: Tree) -> Segment {
        Segment { number, bytes, tree, begun_us: 0 }
    }
}

impl Tip {
    pub(crate) fn new(
        clock: Box<dyn Clock>,
        head: Hash,
        segment: Segment,
        rotation: Option<Rotation>,
    ) -> Tip {
        Tip {
            clock,
            pending: Vec::new(),
            breaks: Vec::new(),
            seq: 0,
            head,
            totals: Totals::default(),
            ended: false,
            closing: false,
            segment,
            rotation,
            noted: 0,
        }
    }

    /// Accepts an event of a caller, in a new segment if this one is full.
    pub(crate) fn accept(&mut self, run: &RunId, event: &Event<'_>) -> Result<(), LogError> {
        if self.ended {
            return Err(LogError::Ended);
        }
        if self.is_full() {
            self.rotate(run)?;
        }
        self.push(run, event)
    }

    /// Accepts the first record of a run.
    pub(crate) fn begin(&mut self, run: &RunId, event: &Event<'_>) -> Result<(), LogError> {
        self.push(run, event)
    }

    /// Accepts the last record.
    pub(crate) fn end(&mut self, run: &RunId, end: &End<'_>) -> Result<(), LogError> {
        if self.ended {
            return Err(LogError::Ended);
        }
        let root = crate::hex::text(&self.segment.tree.root());
        let event = end
            .event(self.seq.saturating_add(1), self.totals)
            .detail(summary::SEGMENT, self.segment.number)
            .detail(summary::SEGMENT_RECORDS, self.segment.tree.size())
            .detail(summary::ROOT, &root);
        self.push(run, &event)?;
        self.ended = true;
        Ok(())
    }

    pub(crate) fn position(&self) -> Position {
        Position {
            records: self.seq,
            head: self.head,
            segment: self.segment.number,
            size: self.segment.tree.size(),
            root: self.segment.tree.root(),
            wall_us: self.clock.wall_us(),
        }
    }

    /// A segment that holds nothing but its start is not closed, whatever the limits are.
    fn is_full(&self) -> bool {
        let Some(rotation) = self.rotation else { return false };
        let age = || self.clock.mono_us().saturating_sub(self.segment.begun_us);
        let age = if rotation.age.is_some() { age() } else { 0 };
        self.segment.tree.size() > 1 && rotation.is_due(self.segment.bytes, age)
    }

    fn rotate(&mut self, run: &RunId) -> Result<(), LogError> {
        let root = crate::hex::text(&self.segment.tree.root());
        let event = Event::new(Kind::SegmentEnd, "segment", crate::Verdict::Noted)
            .detail(summary::SEGMENT, self.segment.number)
            .detail(summary::RECORDS, self.segment.tree.size())
            .detail(summary::ROOT, &root);
        self.push(run, &event)?;
        self.breaks.push(self.pending.len());
        self.segment = Segment {
            number: self.segment.number.saturating_add(1),
            begun_us: self.clock.mono_us(),
            ..Segment::default()
        };
        let head = crate::hex::text(&self.head);
        let event = Event::new(Kind::SegmentStart, "segment", crate::Verdict::Noted)
            .detail(summary::SEGMENT, self.segment.number)
            .detail(summary::HEAD, &head);
        self.push(run, &event)
    }

    fn push(&mut self, run: &RunId, event: &Event<'_>) -> Result<(), LogError> {
        let stamp = Stamp {
            seq: self.seq,
            wall_us: self.clock.wall_us(),
            mono_us: self.clock.mono_us(),
            run: run.as_str(),
            prev: self.head,
        };
        let before = self.pending.len();
        let line = encode::line(&mut self.pending, &stamp, event);
        self.head = line.map_err(|error| LogError::Write(error.into()))?;
        self.segment.tree.push(&self.head);
        self.segment.bytes += (self.pending.len() - before) as u64;
        self.seq += 1;
        self.totals.count(event.verdict);
        Ok(())
    }
}

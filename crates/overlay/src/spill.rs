//! The file of no name, a page of some content in each of its slots.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::pool::PAGE;

/// A private file of the host's, made when the first page comes.
#[derive(Debug)]
pub(crate) struct Spill {
    folder: PathBuf,
    slots: Mutex<Slots>,
}

#[derive(Debug, Default)]
struct Slots {
    file: Option<File>,
    /// Those that nobody has any more. What was written there is still in the file.
    free: Vec<u64>,
    /// How many there are, free ones included.
    count: u64,
}

impl Spill {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, slots: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slots {
    fn file(&mut self) -> io::Result<&mut File> {
        self.file.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn write(&mut self, slot: u64, offset: usize, bytes: &[u8]) -> io::Result<()> {
        let file = self.file()?;
        file.seek(SeekFrom::Start(start(slot).saturating_add(offset as u64)))?;
        file.write_all(bytes)
    }
}

/// The place of a page in the file, which is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    spill: Arc<Spill>,
    number: u64,
    /// Bytes of the page; what is behind them in the file is of nobody.
    len: usize,
}

impl Slot {
    pub(crate) fn new(spill: &Arc<Spill>, bytes: &[u8]) -> io::Result<Self> {
        let number = {
            let mut slots = spill.lock();
            if slots.file.is_none() {
                slots.file = Some(tempfile::tempfile_in(&spill.folder)?);
            }
            slots.free.pop().unwrap_or_else(|| {
                slots.count += 1;
                slots.count - 1
            })
        };
        // From here on dropping it gives the slot back, should the disk be full.
        let mut slot = Self { spill: Arc::clone(spill), number, len: 0 };
        slot.write(0, bytes)?;
        Ok(slot)
    }

    pub(crate) fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; self.len];
        let mut slots = self.spill.lock();
        let file = slots.file()?;
        file.seek(SeekFrom::Start(start(self.number)))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Writes within a page; a gap before `offset` is filled with zeros.
    pub(crate) fn write(&mut self, offset: usize, bytes: &[u8]) -> io::Result<()> {
        let mut slots = self.spill.lock();
        if let Some(gap) = offset.checked_sub(self.len).filter(|gap| *gap > 0) {
            slots.write(self.number, self.len, &vec![0; gap])?;
        }
        slots.write(self.number, offset, bytes)?;
        self.len = self.len.max(offset + bytes.len());
        Ok(())
    }

    pub(crate) fn cut(&mut self, len: usize) {
        self.len = self.len.min(len);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.spill.lock().free.push(self.number);
    }
}

fn start(slot: u64) -> u64 {
    slot.saturating_mul(PAGE as u64)
}

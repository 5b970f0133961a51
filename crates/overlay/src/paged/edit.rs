//! Writing to a content, in place where nobody else holds its pages.

use std::io;
use std::sync::{Arc, OnceLock};

use super::{Paged, pieces, place};
use crate::pool::{PAGE, Page, Pool};

impl Paged {
    /// Writes bytes from `offset` on; a gap before it becomes a hole.
    pub(crate) fn write(&mut self, offset: u64, bytes: &[u8], pool: &mut Pool) -> io::Result<()> {
        self.hash = OnceLock::new();
        let mut rest = bytes;
        for (index, range) in pieces(offset, bytes.len()) {
            let Some((piece, behind)) = rest.split_at_checked(range.len()) else { break };
            self.write_page(index, range.start, piece, pool)?;
            rest = behind;
            let end = index.saturating_mul(PAGE as u64).saturating_add(range.end as u64);
            self.len = self.len.max(end);
        }
        Ok(())
    }

    fn write_page(
        &mut self,
        index: u64,
        start: usize,
        piece: &[u8],
        pool: &mut Pool,
    ) -> io::Result<()> {
        match self.page_mut(index) {
            Some(Page::Memory(shared)) => {
                let before = shared.len();
                let bytes = Arc::make_mut(shared);
                put(bytes, start, piece);
                pool.hold(bytes.len(), before);
                return Ok(());
            }
            Some(Page::Spilled(slot)) => {
                if let Some(slot) = Arc::get_mut(slot) {
                    return slot.write(start, piece);
                }
            }
            None => {}
        }
        let mut bytes = match self.page(index) {
            Some(page) => page.bytes()?.into_owned(),
            None => Vec::new(),
        };
        put(&mut bytes, start, piece);
        let page = pool.page(bytes)?;
        self.set_page(index, page);
        Ok(())
    }

    /// Cuts it, or lets it end with a hole.
    pub(crate) fn set_len(&mut self, len: u64, pool: &mut Pool) -> io::Result<()> {
        self.hash = OnceLock::new();
        if len < self.len {
            let (index, end) = place(len);
            // First, since it may fail: nothing is lost then.
            self.cut_page(index, end, pool)?;
            let gone = self.rest.split_off(&index.saturating_add(1));
            gone.values().for_each(|page| pool.hold(0, page.held()));
        }
        self.len = len;
        Ok(())
    }

    fn cut_page(&mut self, index: u64, end: usize, pool: &mut Pool) -> io::Result<()> {
        let cut = match self.page_mut(index) {
            None => return Ok(()),
            Some(page) if end == 0 => {
                pool.hold(0, page.held());
                None
            }
            Some(Page::Memory(shared)) => {
                let before = shared.len();
                let bytes = Arc::make_mut(shared);
                bytes.truncate(end);
                bytes.shrink_to_fit();
                pool.hold(bytes.len(), before);
                return Ok(());
            }
            Some(Page::Spilled(slot)) => match Arc::get_mut(slot) {
                Some(slot) => {
                    slot.cut(end);
                    return Ok(());
                }
                None => {
                    let mut bytes = slot.read()?;
                    bytes.truncate(end);
                    pool.page(bytes)?
                }
            },
        };
        self.set_page(index, cut);
        Ok(())
    }

    /// Takes pages out of memory until at least so many bytes are free there, or none is left. Those
    /// at the end stay longest: files grow there.
    pub(crate) fn spill(&mut self, bytes: u64, pool: &mut Pool) -> io::Result<()> {
        let mut freed = 0;
        for page in self.first.iter_mut().chain(self.rest.values_mut()) {
            if freed >= bytes {
                break;
            }
            freed += pool.spill(page)?;
        }
        Ok(())
    }
}

/// Puts bytes into a page. It grows by no more than it needs: what a plugin is not charged for, it
/// could make the host keep.
fn put(page: &mut Vec<u8>, start: usize, bytes: &[u8]) {
    let end = start + bytes.len();
    if end > page.len() {
        page.reserve_exact(end - page.len());
        page.resize(end, 0);
    }
    if let Some(place) = page.get_mut(start..end) {
        place.copy_from_slice(bytes);
    }
}

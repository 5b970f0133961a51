//! A content in pages.

mod edit;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::OnceLock;

use crate::fingerprint::ContentHash;
use crate::pool::{PAGE, Page, Pool, SpillError, ZEROS};

/// The least hole that is copied as one: what file systems usually give out at a time.
const BLOCK: usize = 4096;

/// A content: its length and the pages that are not zeros.
///
/// Whoever drops one that was counted in a [`Pool`] gives it back by [`Paged::release`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Paged {
    len: u64,
    /// Most contents have no other: one page is not worth a map.
    first: Option<Page>,
    rest: BTreeMap<u64, Page>,
    hash: OnceLock<ContentHash>,
}

impl Paged {
    /// These bytes.
    pub(crate) fn of(bytes: Vec<u8>, pool: &mut Pool) -> io::Result<Self> {
        let len = bytes.len() as u64;
        if bytes.len() <= PAGE {
            return Ok(Self { len, first: pool.page(bytes)?, ..Self::default() });
        }
        let mut paged = Self::default();
        let written = paged.write(0, &bytes, pool);
        paged.or_released(written, pool)
    }

    /// What `read` gives: at most so many bytes from an offset on, and none at the end, which it
    /// must come to.
    pub(crate) fn read_from<E: From<SpillError>>(
        mut read: impl FnMut(u64, usize) -> Result<Vec<u8>, E>,
        pool: &mut Pool,
    ) -> Result<Self, E> {
        let mut paged = Self::default();
        let mut hasher = blake3::Hasher::new();
        let mut fill = || loop {
            let piece = read(paged.len, PAGE)?;
            if piece.is_empty() {
                return Ok(());
            }
            hasher.update(&piece);
            paged.write(paged.len, &piece, pool).map_err(SpillError)?;
        };
        let filled = fill();
        paged.hash = ContentHash::of_hashed(&hasher).into();
        paged.or_released(filled, pool)
    }

    fn or_released<E>(self, done: Result<(), E>, pool: &mut Pool) -> Result<Self, E> {
        match done {
            Ok(()) => Ok(self),
            Err(error) => {
                self.release(pool);
                Err(error)
            }
        }
    }

    /// Gives back what it takes of a pool.
    pub(crate) fn release(&self, pool: &mut Pool) {
        self.pages().for_each(|(_, page)| pool.hold(0, page.held()));
    }

    /// Its length in bytes, holes included.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Bytes of it that are in memory.
    pub(crate) fn held(&self) -> u64 {
        self.pages().map(|(_, page)| page.held() as u64).sum()
    }

    /// At most `max` bytes from `offset` on; fewer only at the end.
    pub(crate) fn read(&self, offset: u64, max: usize) -> io::Result<Cow<'_, [u8]>> {
        let rest = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = max.min(rest);
        let (index, start) = place(offset);
        if let Some(Page::Memory(bytes)) = self.page(index)
            && let Some(bytes) = bytes.get(start..start.saturating_add(wanted))
        {
            return Ok(Cow::Borrowed(bytes));
        }
        let mut found = vec![0; wanted];
        let mut to = 0;
        for (index, range) in pieces(offset, wanted) {
            let wanted = range.len();
            if let Some(page) = self.page(index) {
                let bytes = page.bytes()?;
                let bytes = bytes.get(range.start..).unwrap_or_default();
                let bytes = bytes.get(..wanted).unwrap_or(bytes);
                if let Some(place) = found.get_mut(to..to + bytes.len()) {
                    place.copy_from_slice(bytes);
                }
            }
            to += wanted;
        }
        Ok(Cow::Owned(found))
    }

    /// The hash of all of it.
    pub(crate) fn hash(&self) -> io::Result<ContentHash> {
        if let Some(hash) = self.hash.get() {
            return Ok(*hash);
        }
        let mut hasher = blake3::Hasher::new();
        let mut at = 0;
        for (index, page) in self.pages() {
            let start = index.saturating_mul(PAGE as u64);
            add_zeros(&mut hasher, start.saturating_sub(at));
            let bytes = page.bytes()?;
            hasher.update(&bytes);
            at = start.saturating_add(bytes.len() as u64);
        }
        add_zeros(&mut hasher, self.len.saturating_sub(at));
        Ok(*self.hash.get_or_init(|| ContentHash::of_hashed(&hasher)))
    }

    /// Gives its data to `write`, piece by piece and each with its place, and leaves out its holes.
    pub(crate) fn copy<E: From<io::Error>>(
        &self,
        mut write: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<u64, E> {
        for (index, page) in self.pages() {
            let bytes = page.bytes()?;
            for run in runs(&bytes) {
                let start = index.saturating_mul(PAGE as u64).saturating_add(run.start as u64);
                write(start, bytes.get(run).unwrap_or_default())?;
            }
        }
        Ok(self.len)
    }

    fn pages(&self) -> impl Iterator<Item = (u64, &Page)> {
        let first = self.first.iter().map(|page| (0, page));
        first.chain(self.rest.iter().map(|(index, page)| (*index, page)))
    }

    fn page(&self, index: u64) -> Option<&Page> {
        if index == 0 { self.first.as_ref() } else { self.rest.get(&index) }
    }

    fn page_mut(&mut self, index: u64) -> Option<&mut Page> {
        if index == 0 { self.first.as_mut() } else { self.rest.get_mut(&index) }
    }

    fn set_page(&mut self, index: u64, page: Option<Page>) {
        match page {
            page if index == 0 => self.first = page,
            Some(page) => {
                self.rest.insert(index, page);
            }
            None => {
                self.rest.remove(&index);
            }
        }
    }
}

/// The page that holds an offset, and where it is in it.
fn place(offset: u64) -> (u64, usize) {
    let page = PAGE as u64;
    (offset / page, usize::try_from(offset % page).unwrap_or_default())
}

/// The parts of pages that a range consists of.
fn pieces(offset: u64, len: usize) -> impl Iterator<Item = (u64, Range<usize>)> {
    let (mut index, mut start) = place(offset);
    let mut rest = len;
    std::iter::from_fn(move || {
        let len = rest.min(PAGE - start);
        let piece = (index, start..start + len);
        rest -= len;
        index += 1;
        start = 0;
        (len > 0).then_some(piece)
    })
}

fn add_zeros(hasher: &mut blake3::Hasher, mut count: u64) {
    while count > 0 {
        let piece = usize::try_from(count).unwrap_or(PAGE).min(PAGE);
        hasher.update(ZEROS.get(..piece).unwrap_or_default());
        count -= piece as u64;
    }
}

/// Where a piece has data, in whole blocks.
pub(crate) fn runs(piece: &[u8]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (index, block) in piece.chunks(BLOCK).enumerate() {
        if ZEROS.starts_with(block) {
            continue;
        }
        let start = index * BLOCK;
        let end = start + block.len();
        match runs.last_mut() {
            Some(last) if last.end == start => last.end = end,
            _ => runs.push(start..end),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_found_in_whole_blocks() {
        let check = |piece: &[u8], expect: &[Range<usize>]| assert_eq!(runs(piece), expect);
        let hole = vec![0; 3 * BLOCK + 7];
        check(&[], &[]);
        check(&hole, &[]);
        check(b"data", std::slice::from_ref(&(0..4)));
        let with = |places: &[usize]| {
            let mut piece = hole.clone();
            places.iter().for_each(|place| piece[*place] = 1);
            piece
        };
        check(&with(&[BLOCK - 1, BLOCK]), std::slice::from_ref(&(0..2 * BLOCK)));
        check(&with(&[0, 3 * BLOCK + 6]), &[0..BLOCK, 3 * BLOCK..3 * BLOCK + 7]);
    }

    fn pool(limit: u64) -> Pool {
        Pool::new(limit, std::env::temp_dir())
    }

    fn whole(paged: &Paged) -> Vec<u8> {
        paged.read(0, usize::MAX).unwrap().into_owned()
    }

    /// The same writes and cuts on pages and on plain bytes, with all in memory, none and some.
    #[test]
    fn pages_are_as_plain_bytes_are() {
        let steps: [(bool, usize, usize); 12] = [
            (true, 0, 5),
            (true, PAGE - 2, 4),
            (false, 2, 0),
            (true, 3 * PAGE + 7, 2 * PAGE),
            (false, 3 * PAGE + 9, 0),
            (false, 4 * PAGE, 0),
            (true, PAGE, PAGE),
            (false, PAGE, 0),
            (false, PAGE + 1, 0),
            (true, 1, 0),
            (true, 2 * PAGE - 1, 2),
            (false, 0, 0),
        ];
        for limit in [0, 7, PAGE as u64 + 1, u64::MAX] {
            let (mut pool, mut paged, mut plain) = (pool(limit), Paged::default(), Vec::new());
            let mut taken = Vec::new();
            for (number, (write, at, len)) in steps.into_iter().enumerate() {
                if write {
                    let bytes = vec![number as u8 + 1; len];
                    paged.write(at as u64, &bytes, &mut pool).unwrap();
                    if len > 0 {
                        plain.resize(plain.len().max(at + len), 0);
                        plain[at..at + len].copy_from_slice(&bytes);
                    }
                } else {
                    paged.set_len(at as u64, &mut pool).unwrap();
                    plain.resize(at, 0);
                }
                assert!(whole(&paged) == plain, "{limit} {number}");
                assert_eq!(paged.len(), plain.len() as u64);
                assert_eq!(paged.hash().unwrap(), ContentHash::of(&plain));
                assert_eq!(paged.held(), pool.held(), "what is counted is what there is");
                let across = paged.read(PAGE as u64 - 3, 9).unwrap().into_owned();
                assert_eq!(
                    across,
                    plain.iter().skip(PAGE - 3).take(9).copied().collect::<Vec<_>>()
                );
                if number % 3 == 0 {
                    // Like a changeset: it must not change with what is written later.
                    taken.push((paged.clone(), plain.clone()));
                }
                paged.spill(pool.excess(0), &mut pool).unwrap();
                assert!(pool.held() <= limit);
            }
            assert!(taken.iter().all(|(paged, plain)| whole(paged) == *plain), "{limit}");
            paged.release(&mut pool);
            assert_eq!(pool.held(), 0);
        }
    }

    #[test]
    fn what_is_read_in_is_read_again_wherever_it_is() {
        let mut sparse = vec![0; 4 * PAGE + BLOCK + 1];
        sparse[PAGE - 1] = 1;
        let contents = [b"one".to_vec(), vec![0; 3 * PAGE], Vec::new(), sparse, b"two".to_vec()];
        for limit in [0, 3, u64::MAX] {
            let mut pool = pool(limit);
            let mut keep = |content: &Vec<u8>| {
                let read = |offset, max| -> Result<Vec<u8>, SpillError> {
                    let rest = content.get(usize::try_from(offset).unwrap()..).unwrap_or_default();
                    Ok(rest[..rest.len().min(max)].to_vec())
                };
                Paged::read_from(read, &mut pool).unwrap()
            };
            let kept: Vec<Paged> = contents.iter().map(&mut keep).collect();
            assert!(kept.iter().map(whole).eq(contents.iter().cloned()));
            for (paged, content) in kept.iter().zip(&contents) {
                assert_eq!(paged.hash().unwrap(), ContentHash::of(content));
                let mut copied = vec![0; content.len()];
                let write = |offset: u64, data: &[u8]| -> io::Result<()> {
                    let start = usize::try_from(offset).unwrap();
                    copied[start..start + data.len()].copy_from_slice(data);
                    Ok(())
                };
                assert_eq!(paged.copy(write).unwrap(), content.len() as u64);
                assert!(copied == *content);
            }
        }
    }

    #[test]
    fn nothing_of_what_failed_or_was_cut_shows_in_what_follows() {
        let mut pool = pool(0);
        let broken = |offset, _| match offset {
            0 => Ok(vec![1; PAGE]),
            _ => Err(SpillError(io::ErrorKind::Other.into())),
        };
        assert!(Paged::read_from(broken, &mut pool).is_err());
        let mut paged = Paged::default();
        paged.write(5, b"x", &mut pool).unwrap();
        paged.set_len(3, &mut pool).unwrap();
        paged.write(9, b"y", &mut pool).unwrap();
        assert_eq!(whole(&paged), b"\0\0\0\0\0\0\0\0\0y");
    }

    #[test]
    fn holes_take_nothing() {
        let mut pool = pool(u64::MAX);
        let mut paged = Paged::default();
        paged.write(1 << 40, b"x", &mut pool).unwrap();
        paged.set_len(1 << 50, &mut pool).unwrap();
        assert_eq!((paged.held(), paged.len()), (1, 1 << 50));
        assert_eq!(*paged.read(1 << 40, 3).unwrap(), *b"x\0\0");
    }
}

//! The blobs of a host's run: who made them, who may read them, and how much they are.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use aether_audit::RunId;
use aether_gateway::limits::{ALL_BLOB_BYTES, BLOB_READERS, BLOBS};
use aether_gateway::{Attach, Pool, PoolError};

use crate::host::lock;

/// Descriptors that the blobs of one plugin keep open in the host. What is beyond is copied into its
/// memory. Stops a plugin from using up for all the descriptors that its host may have.
const FILES: usize = 64;

/// The same for all plugins of a run: a quarter of what most systems let a program have.
const ALL_FILES: usize = 256;

/// All blobs of a run.
#[derive(Debug, Default)]
pub(crate) struct AllBlobs(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// By name. Hashed with a key that nobody knows: how long a look takes says nothing of how much
    /// of a name was right.
    blobs: HashMap<String, Blob>,
    /// What each plugin's come to.
    sums: BTreeMap<String, Sum>,
    all: Sum,
    /// How many there have been.
    made: u64,
}

#[derive(Debug)]
struct Blob {
    content: Attach,
    /// The plugin that made it, whose quota it counts against.
    plugin: String,
    /// The cell that made it, while that lives: it alone can send it.
    maker: Option<u32>,
    /// The plugins that it was sent to.
    readers: BTreeSet<String>,
    /// Its place in the order of all.
    number: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    bytes: u64,
    blobs: usize,
    files: usize,
}

impl Sum {
    const fn of(content: &Attach, bytes: u64) -> Self {
        Self { bytes, blobs: 1, files: matches!(content, Attach::Held(_)) as usize }
    }

    const fn add(&mut self, more: Self) {
        self.bytes += more.bytes;
        self.blobs += more.blobs;
        self.files += more.files;
    }

    const fn remove(&mut self, less: Self) {
        self.bytes -= less.bytes;
        self.blobs -= less.blobs;
        self.files -= less.files;
    }
}

impl State {
    /// What is the matter with so many more bytes of a plugin.
    fn lacks(&self, who: &Blobs, bytes: u64) -> Option<PoolError> {
        let mine = self.sum(&who.plugin);
        if mine.bytes.saturating_add(bytes) > who.most {
            Some(PoolError::Full(who.most))
        } else if mine.blobs >= BLOBS {
            Some(PoolError::TooMany)
        } else if self.all.bytes.saturating_add(bytes) > ALL_BLOB_BYTES {
            Some(PoolError::AllFull)
        } else {
            None
        }
    }

    fn sum(&self, plugin: &str) -> Sum {
        self.sums.get(plugin).copied().unwrap_or_default()
    }

    fn has_place_for_file(&self, plugin: &str) -> bool {
        self.sum(plugin).files < FILES && self.all.files < ALL_FILES
    }

    /// Makes room for so many more bytes, as far as blobs whose makers have ended leave some: those
    /// of the same plugin for its own quota, those of every plugin where all are full.
    fn make_room(&mut self, who: &Blobs, bytes: u64) -> Result<(), PoolError> {
        while let Some(error) = self.lacks(who, bytes) {
            // More than there ever is room for is not worth anybody's blob.
            if bytes > who.most {
                return Err(error);
            }
            let any = error == PoolError::AllFull;
            let left = self.blobs.iter().filter(|(_, blob)| blob.maker.is_none());
            let left = left.filter(|(_, blob)| any || blob.plugin == who.plugin);
            let oldest = left.min_by_key(|(_, blob)| blob.number).map(|(name, _)| name.clone());
            self.remove(&oldest.ok_or(error)?);
        }
        Ok(())
    }

    fn add(&mut self, name: String, who: &Blobs, content: Attach, bytes: u64) {
        let sum = Sum::of(&content, bytes);
        self.all.add(sum);
        self.sums.entry(who.plugin.clone()).or_default().add(sum);
        self.made += 1;
        let (plugin, maker, number) = (who.plugin.clone(), Some(who.cell), self.made);
        let blob = Blob { content, plugin, maker, readers: BTreeSet::new(), number };
        self.blobs.insert(name, blob);
    }

    fn remove(&mut self, name: &str) {
        let Some(blob) = self.blobs.remove(name) else { return };
        let sum = Sum::of(&blob.content, blob.content.size());
        self.all.remove(sum);
        if let Some(of_plugin) = self.sums.get_mut(&blob.plugin) {
            of_plugin.remove(sum);
            if *of_plugin == Sum::default() {
                self.sums.remove(&blob.plugin);
            }
        }
    }

    /// A blob that a cell may read. One that it may not is none for it.
    fn find(&mut self, name: &str, who: &Blobs) -> Result<&mut Blob, PoolError> {
        let blob = self.blobs.get_mut(name).ok_or(PoolError::Unknown)?;
        match blob.maker == Some(who.cell) || blob.readers.contains(&who.plugin) {
            true => Ok(blob),
            false => Err(PoolError::Unknown),
        }
    }
}

/// The blobs of a run, as one cell reaches them.
#[derive(Debug)]
pub(crate) struct Blobs {
    all: Arc<AllBlobs>,
    plugin: String,
    cell: u32,
    /// Bytes that its plugin may have in blobs.
    most: u64,
}

impl Blobs {
    pub(crate) fn new(all: Arc<AllBlobs>, plugin: &str, cell: u32, most: u64) -> Self {
        Self { all, plugin: plugin.to_owned(), cell, most }
    }
}

impl Pool for Blobs {
    fn create(&mut self, content: Attach) -> Result<String, PoolError> {
        let bytes = content.size();
        let has_place = {
            let mut state = lock(&self.all.0);
            state.make_room(self, bytes)?;
            state.has_place_for_file(&self.plugin)
        };
        let content = match content {
            // The others need not wait for the copy.
            Attach::Held(held) if !has_place => {
                Attach::Bytes(held.read().map_err(|_| PoolError::Nowhere)?)
            }
            other => other,
        };
        let name = RunId::random().map_err(|_| PoolError::Nowhere)?.to_string();
        let mut state = lock(&self.all.0);
        state.make_room(self, bytes)?;
        state.add(name.clone(), self, content, bytes);
        Ok(name)
    }

    fn open(&mut self, blob: &str) -> Result<Attach, PoolError> {
        Ok(lock(&self.all.0).find(blob, self)?.content.clone())
    }

    fn may_send(&mut self, blob: &str, to: &str) -> Result<u64, PoolError> {
        let mut state = lock(&self.all.0);
        let found = state.find(blob, self)?;
        if found.maker != Some(self.cell) {
            return Err(PoolError::NotMine);
        }
        match found.readers.contains(to) || found.readers.len() < BLOB_READERS {
            true => Ok(found.content.size()),
            false => Err(PoolError::TooManyReaders),
        }
    }

    fn send(&mut self, blob: &str, to: &str) -> Result<(), PoolError> {
        self.may_send(blob, to)?;
        lock(&self.all.0).find(blob, self)?.readers.insert(to.to_owned());
        Ok(())
    }

    fn give_up(&mut self, blob: &str) -> Result<u64, PoolError> {
        let mut state = lock(&self.all.0);
        let found = state.find(blob, self)?;
        let size = found.content.size();
        let is_over = found.maker == Some(self.cell) || {
            found.readers.remove(&self.plugin);
            found.maker.is_none() && found.readers.is_empty()
        };
        if is_over {
            state.remove(blob);
        }
        Ok(size)
    }
}

impl Drop for Blobs {
    /// What the cell has sent stays for those whom it was sent to.
    fn drop(&mut self) {
        let mut state = lock(&self.all.0);
        let mut unsent = Vec::new();
        for (name, blob) in &mut state.blobs {
            if blob.maker == Some(self.cell) {
                blob.maker = None;
                if blob.readers.is_empty() {
                    unsent.push(name.clone());
                }
            }
        }
        for name in unsent {
            state.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use aether_gateway::Held;

    use super::*;

    const MIB: usize = 1 << 20;

    fn bytes(count: usize) -> Attach {
        Attach::Bytes(vec![7; count])
    }

    /// As large as it says, and no larger in memory.
    #[derive(Debug)]
    struct Large(u64);

    impl Held for Large {
        fn size(&self) -> u64 {
            self.0
        }

        fn read(&self) -> Result<Vec<u8>, String> {
            Ok(vec![0; usize::try_from(self.0).map_err(|error| error.to_string())?])
        }
    }

    fn large(mib: u64) -> Attach {
        Attach::Held(Arc::new(Large(mib << 20)))
    }

    fn cells(count: u32) -> (Arc<AllBlobs>, Vec<Blobs>) {
        let all = Arc::<AllBlobs>::default();
        let cells = (1..=count)
            .map(|cell| Blobs::new(Arc::clone(&all), &format!("p{cell}"), cell, 64 << 20));
        let cells = cells.collect();
        (all, cells)
    }

    fn pair() -> (Arc<AllBlobs>, Blobs, Blobs) {
        let (all, mut cells) = cells(2);
        let (second, first) = (cells.remove(1), cells.remove(0));
        (all, first, second)
    }

    fn is_empty(all: &AllBlobs) -> bool {
        let state = lock(&all.0);
        state.blobs.is_empty() && state.sums.is_empty() && state.all == Sum::default()
    }

    #[test]
    fn a_blob_is_read_by_its_maker_and_by_whom_it_is_sent_to() {
        let (all, mut first, mut second) = pair();
        let blob = first.create(bytes(3)).unwrap();
        assert!(blob.len() == 32 && blob.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(first.open(&blob).unwrap(), bytes(3));
        for forged in [blob.as_str(), "", &blob[..31], &blob.to_uppercase(), "0"] {
            assert_eq!(second.open(forged), Err(PoolError::Unknown), "{forged}");
            assert_eq!(second.may_send(forged, "p2"), Err(PoolError::Unknown));
            assert_eq!(second.give_up(forged), Err(PoolError::Unknown));
        }
        first.send(&blob, "p2").unwrap();
        assert_eq!(second.open(&blob).unwrap(), bytes(3));
        assert_eq!(second.send(&blob, "p3"), Err(PoolError::NotMine));
        first.give_up(&blob).unwrap();
        assert_eq!(second.open(&blob), Err(PoolError::Unknown));
        assert!(is_empty(&all));
    }

    #[test]
    fn a_reader_gives_up_its_own_hold_alone() {
        let (_, mut first, mut second) = pair();
        let blob = first.create(bytes(3)).unwrap();
        first.send(&blob, "p2").unwrap();
        assert_eq!(second.give_up(&blob), Ok(3));
        assert_eq!(second.open(&blob), Err(PoolError::Unknown));
        assert!(first.open(&blob).is_ok());
    }

    #[test]
    fn what_was_sent_outlives_its_maker_until_nobody_holds_it() {
        let (all, mut first, mut second) = pair();
        first.create(bytes(3)).unwrap();
        let sent = first.create(bytes(3)).unwrap();
        first.send(&sent, "p2").unwrap();
        drop(first);
        assert_eq!(lock(&all.0).blobs.len(), 1);
        assert!(second.open(&sent).is_ok());
        // Another cell of the same plugin is not the one that made it.
        let mut next = Blobs::new(Arc::clone(&all), "p1", 3, 64 << 20);
        assert_eq!(next.open(&sent), Err(PoolError::Unknown));
        second.give_up(&sent).unwrap();
        assert!(is_empty(&all));
    }

    #[test]
    fn a_plugin_has_so_many_bytes_and_blobs_and_no_more() {
        let (all, mut first, mut second) = pair();
        let blob = first.create(large(48)).unwrap();
        assert_eq!(first.create(large(17)), Err(PoolError::Full(64 << 20)));
        first.create(large(16)).unwrap();
        assert_eq!(first.create(bytes(1)), Err(PoolError::Full(64 << 20)));
        first.give_up(&blob).unwrap();
        first.create(large(48)).unwrap();
        // Others have their own.
        for _ in 0..BLOBS {
            second.create(bytes(0)).unwrap();
        }
        assert_eq!(second.create(bytes(0)), Err(PoolError::TooMany));
        // The next cell of a plugin has no more than the one before.
        let mut next = Blobs::new(Arc::clone(&all), "p1", 3, 64 << 20);
        assert_eq!(next.create(bytes(1)), Err(PoolError::Full(64 << 20)));
        let mut small = Blobs::new(all, "p4", 4, 1 << 20);
        assert_eq!(small.create(bytes(MIB + 1)), Err(PoolError::Full(1 << 20)));
    }

    #[test]
    fn all_plugins_together_have_so_many_bytes_and_no_more() {
        let (_, mut cells) = cells(9);
        for cell in &mut cells[..8] {
            cell.create(large(64)).unwrap();
        }
        assert_eq!(cells[8].create(bytes(1)), Err(PoolError::AllFull));
        drop(cells.remove(0));
        cells[7].create(bytes(1)).unwrap();
    }

    #[test]
    fn room_is_made_from_what_ended_cells_have_left_the_oldest_first() {
        let (all, mut first, mut second) = pair();
        let old: Vec<String> = (0..2).map(|_| first.create(large(24)).unwrap()).collect();
        old.iter().for_each(|blob| first.send(blob, "p2").unwrap());
        drop(first);
        let mut next = Blobs::new(Arc::clone(&all), "p1", 3, 64 << 20);
        assert_eq!(next.create(large(65)), Err(PoolError::Full(64 << 20)));
        assert!(second.open(&old[0]).is_ok(), "nothing goes for what never fits");
        next.create(large(30)).unwrap();
        assert_eq!(second.open(&old[0]), Err(PoolError::Unknown));
        assert!(second.open(&old[1]).is_ok());
    }

    #[test]
    fn files_beyond_what_the_host_keeps_open_are_copied() {
        let (all, mut first, mut second) = pair();
        let small = || Attach::Held(Arc::new(Large(10)));
        let names: Vec<String> = (0..FILES + 1).map(|_| first.create(small()).unwrap()).collect();
        assert!(matches!(first.open(&names[FILES - 1]).unwrap(), Attach::Held(_)));
        assert_eq!(first.open(&names[FILES]).unwrap(), Attach::Bytes(vec![0; 10]));
        let blob = second.create(small()).unwrap();
        assert!(matches!(second.open(&blob).unwrap(), Attach::Held(_)));
        drop((first, second));
        assert!(is_empty(&all));
    }

    #[test]
    fn a_blob_has_so_many_readers_and_no_more() {
        let (_, mut first, _second) = pair();
        let blob = first.create(bytes(1)).unwrap();
        for reader in 0..BLOB_READERS {
            first.send(&blob, &format!("r{reader}")).unwrap();
        }
        assert_eq!(first.send(&blob, "one-more"), Err(PoolError::TooManyReaders));
        first.send(&blob, "r0").unwrap();
    }
}

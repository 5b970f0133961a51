//! The tree over the records of a segment, as RFC 6962 builds it, with BLAKE3 for SHA-256.
//!
//! A leaf is `BLAKE3(0x00 ‖ hash)`, where `hash` is the 32 bytes that the record's `hash` names, and
//! thereby the bytes of its line. A node is `BLAKE3(0x01 ‖ left ‖ right)`. The first byte keeps a
//! node from being passed off as a leaf. A tree of no leaves has the hash of nothing.

use blake3::Hash;

/// A tree that grows, of which only the roots of its full parts are kept: as many as its size has
/// binary ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tree {
    size: u64,
    /// The largest part first.
    peaks: Vec<Hash>,
}

impl Tree {
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Adds the record of that hash.
    pub(crate) fn push(&mut self, record: &Hash) {
        self.push_leaf(leaf(record));
    }

    /// Adds the record of which that is the leaf.
    pub(crate) fn push_leaf(&mut self, leaf: Hash) {
        let mut part = leaf;
        let mut size = self.size;
        while size & 1 == 1 {
            if let Some(left) = self.peaks.pop() {
                part = node(&left, &part);
            }
            size >>= 1;
        }
        self.peaks.push(part);
        self.size += 1;
    }

    pub(crate) fn root(&self) -> Hash {
        let mut parts = self.peaks.iter().rev();
        let last = parts.next().copied().unwrap_or_else(|| blake3::hash(&[]));
        parts.fold(last, |right, left| node(left, &right))
    }
}

pub(crate) fn leaf(record: &Hash) -> Hash {
    let mut bytes = [0; 33];
    bytes.split_at_mut(1).1.copy_from_slice(record.as_bytes());
    blake3::hash(&bytes)
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [1; 65];
    let (first, second) = bytes.split_at_mut(1).1.split_at_mut(32);
    first.copy_from_slice(left.as_bytes());
    second.copy_from_slice(right.as_bytes());
    blake3::hash(&bytes)
}

/// The hashes beside the way from leaf `index` to the root of a tree of `size` leaves, the lowest
/// first, and the root. The leaves are taken in order, once; `None` if there are too few.
pub(crate) fn path<E>(
    records: &mut impl Iterator<Item = Result<Hash, E>>,
    index: u64,
    size: u64,
) -> Result<Option<(Vec<Hash>, Hash)>, E> {
    let mut hashes = Vec::new();
    let root = descend(records, Some(index), size, &mut hashes)?;
    Ok(root.map(|root| (hashes, root)))
}

/// The root of the next `size` leaves. No deeper than there are bits in `size`.
fn descend<E>(
    records: &mut impl Iterator<Item = Result<Hash, E>>,
    index: Option<u64>,
    size: u64,
    hashes: &mut Vec<Hash>,
) -> Result<Option<Hash>, E> {
    if size <= 1 {
        return Ok(records.next().transpose()?.map(|record| leaf(&record)));
    }
    let split = split_of(size);
    let (in_left, in_right) = match index {
        Some(index) if index < split => (Some(index), None),
        Some(index) => (None, Some(index - split)),
        None => (None, None),
    };
    let Some(left) = descend(records, in_left, split, hashes)? else { return Ok(None) };
    let Some(right) = descend(records, in_right, size - split, hashes)? else { return Ok(None) };
    if in_left.is_some() {
        hashes.push(right);
    } else if in_right.is_some() {
        hashes.push(left);
    }
    Ok(Some(node(&left, &right)))
}

/// The largest power of two that is smaller than `size`, which is at least two.
fn split_of(size: u64) -> u64 {
    1 << (63 - (size - 1).leading_zeros())
}

/// The root to which the hashes lead from a record, after RFC 9162, 2.1.3.2. `None` if they are not
/// as many as they must be.
pub(crate) fn root_from(record: &Hash, index: u64, size: u64, hashes: &[Hash]) -> Option<Hash> {
    let mut last = size.checked_sub(1).filter(|last| index <= *last)?;
    let mut at = index;
    let mut part = leaf(record);
    for hash in hashes {
        if last == 0 {
            return None;
        }
        if at & 1 == 1 || at == last {
            part = node(hash, &part);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            part = node(&part, hash);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    (last == 0).then_some(part)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    /// Word for word what RFC 6962, 2.1 says.
    fn naive_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => blake3::hash(b""),
            [one] => blake3::hash(&[&[0][..], one.as_bytes()].concat()),
            more => {
                let (left, right) = more.split_at(naive_split(more.len()));
                let (left, right) = (naive_root(left), naive_root(right));
                blake3::hash(&[&[1][..], left.as_bytes(), right.as_bytes()].concat())
            }
        }
    }

    /// Word for word what RFC 6962, 2.1.1 says.
    fn naive_path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
        if leaves.len() == 1 {
            return Vec::new();
        }
        let split = naive_split(leaves.len());
        let (left, right) = leaves.split_at(split);
        if index < split {
            [naive_path(index, left), vec![naive_root(right)]].concat()
        } else {
            [naive_path(index - split, right), vec![naive_root(left)]].concat()
        }
    }

    fn naive_split(size: usize) -> usize {
        let mut split = 1;
        while split * 2 < size {
            split *= 2;
        }
        split
    }

    fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|number| blake3::hash(&number.to_le_bytes())).collect()
    }

    fn path_of(all: &[Hash], index: usize) -> (Vec<Hash>, Hash) {
        let mut records = all.iter().map(|each| Ok::<_, Infallible>(*each));
        let Ok(found) = path(&mut records, index as u64, all.len() as u64);
        found.unwrap()
    }

    #[test]
    fn roots_and_paths_are_those_of_the_standard_for_every_size_up_to_300() {
        let all = leaves(300);
        let mut tree = Tree::default();
        assert_eq!(tree.root(), naive_root(&[]));
        for size in 1..=300 {
            let some = &all[..size];
            tree.push(&all[size - 1]);
            assert_eq!(tree.size(), size as u64);
            assert_eq!(tree.root(), naive_root(some), "{size}");
            assert!(tree.peaks.len() <= 9);
            let step = if size < 70 { 1 } else { 13 };
            for index in (0..size).step_by(step).chain([size - 1]) {
                let (hashes, root) = path_of(some, index);
                assert_eq!(hashes, naive_path(index, some), "{index} of {size}");
                assert_eq!(root, tree.root());
                let found = root_from(&all[index], index as u64, size as u64, &hashes);
                assert_eq!(found, Some(root), "{index} of {size}");
            }
        }
    }

    #[test]
    fn too_few_leaves_give_no_path() {
        let mut records = leaves(3).into_iter().map(Ok::<_, Infallible>);
        assert_eq!(path(&mut records, 0, 4), Ok(None));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_other_place_size_record_or_path_leads_to_the_root(
            size in 2usize..300, index: prop::sample::Index, other: prop::sample::Index,
            bit in 0usize..256,
        ) {
            let all = leaves(size);
            let (index, other) = (index.index(size), other.index(size));
            let (hashes, root) = path_of(&all, index);
            let (at, of) = (index as u64, size as u64);
            let leads = |record: &Hash, at, of, hashes: &[Hash]| {
                root_from(record, at, of, hashes) == Some(root)
            };
            prop_assert!(leads(&all[index], at, of, &hashes));
            if other != index {
                prop_assert!(!leads(&all[other], at, of, &hashes));
                prop_assert!(!leads(&all[index], other as u64, of, &hashes));
            }
            prop_assert!(!leads(&all[index], of, of, &hashes));
            prop_assert!(!leads(&all[index], at, of, &hashes[1..]));
            prop_assert!(!leads(&all[index], at, of, &[&hashes[..], &[root]].concat()));
            let mut changed = hashes.clone();
            let place = other % changed.len();
            let mut bytes = *changed[place].as_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            changed[place] = Hash::from_bytes(bytes);
            prop_assert!(!leads(&all[index], at, of, &changed));
        }

        #[test]
        fn arbitrary_numbers_are_no_trouble(index: u64, size: u64, count in 0usize..70) {
            let hashes = leaves(count);
            let _ = root_from(&blake3::hash(b""), index, size, &hashes);
        }
    }
}

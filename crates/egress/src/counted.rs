//! Lengths, as they are counted.

/// A length in the 64 bits that limits and records have on every system.
pub(crate) fn counted(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

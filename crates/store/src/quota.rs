//! How much a store may hold.

/// The most that a store may hold. The owner of the host pays for it in disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Bytes of all keys and values.
    pub bytes: u64,
    /// Keys. Each costs some dozen bytes that the other number does not count.
    pub keys: u64,
}

/// What a store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of all keys and values.
    pub bytes: u64,
    /// Keys.
    pub keys: u64,
}

impl Usage {
    pub(crate) fn cost(key: &str, value_bytes: usize) -> u64 {
        (key.len() + value_bytes) as u64
    }

    /// What there is when a value of so many bytes takes the place of another one, or of none.
    pub(crate) fn after(self, key: &str, old: Option<usize>, new: Option<usize>) -> Usage {
        let bytes = |value: Option<usize>| value.map_or(0, |bytes| Self::cost(key, bytes));
        let one = |value: Option<usize>| u64::from(value.is_some());
        Usage {
            bytes: (self.bytes + bytes(new)).saturating_sub(bytes(old)),
            keys: (self.keys + one(new)).saturating_sub(one(old)),
        }
    }

    /// Whether it is within a quota.
    #[must_use]
    pub const fn is_within(&self, quota: &Quota) -> bool {
        self.bytes <= quota.bytes && self.keys <= quota.keys
    }
}

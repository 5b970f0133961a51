//! Security identifiers: who somebody is, or what a group is. By number and never by name, which is in the
//! language of the machine.

use std::fmt;

/// A security identifier, as bytes: `winnt.h`, `SID`.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Sid(pub(super) Vec<u8>);

/// `SID_REVISION`.
const REVISION: u8 = 1;

/// Bytes before the first number.
const HEAD: usize = 8;

impl Sid {
    /// `S-1-authority-number-…`.
    pub(super) fn of<const N: usize>(authority: u8, numbers: [u32; N]) -> Self {
        const { assert!(N <= 15, "SID_MAX_SUB_AUTHORITIES") };
        let mut bytes = vec![REVISION, N as u8, 0, 0, 0, 0, 0, authority];
        bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        Self(bytes)
    }

    /// Everyone.
    pub(super) fn everyone() -> Self {
        Self::of(1, [0])
    }

    /// In place of what an owner may otherwise do.
    pub(super) fn owner_rights() -> Self {
        Self::of(3, [4])
    }

    /// Whoever sits at the machine.
    pub(super) fn interactive() -> Self {
        Self::of(5, [4])
    }

    /// Restricted code.
    pub(super) fn restricted() -> Self {
        Self::of(5, [12])
    }

    /// The system itself.
    pub(super) fn system() -> Self {
        Self::of(5, [18])
    }

    /// Administrators of the machine.
    #[cfg(test)]
    pub(super) fn administrators() -> Self {
        Self::of(5, [32, 544])
    }

    /// Users of the machine.
    pub(super) fn users() -> Self {
        Self::of(5, [32, 545])
    }

    /// An integrity level.
    pub(super) fn integrity(level: u32) -> Self {
        Self::of(16, [level])
    }

    /// One that is nobody's: the authority of those whom programs name as they like.
    /// `SECURITY_RESOURCE_MANAGER_AUTHORITY`.
    pub(super) fn unique(random: [u32; 8]) -> Self {
        Self::of(9, random)
    }

    /// The identifier at the head of these bytes, if there is a whole one.
    pub(super) fn first_of(bytes: &[u8]) -> Option<Self> {
        let count = usize::from(*bytes.get(1)?);
        let whole = bytes.get(..HEAD + 4 * count)?;
        (whole[0] == REVISION).then(|| Self(whole.to_vec()))
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((head, numbers)) = self.0.split_first_chunk::<HEAD>() else {
            return formatter.write_str("S-?");
        };
        let authority = head[2..].iter().fold(0, |all, byte| all << 8 | u64::from(*byte));
        write!(formatter, "S-{}-{authority}", head[0])?;
        let (numbers, _) = numbers.as_chunks();
        numbers.iter().try_for_each(|number| write!(formatter, "-{}", u32::from_le_bytes(*number)))
    }
}

impl fmt::Debug for Sid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_laid_out_as_the_system_has_them() {
        let all = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x21, 2, 0, 0];
        assert_eq!(Sid::users().0, all);
        assert_eq!(Sid::users().to_string(), "S-1-5-32-545");
        assert_eq!(
            Sid::unique([u32::MAX; 8]).to_string(),
            format!("S-1-9{}", "-4294967295".repeat(8))
        );
    }

    #[test]
    fn one_is_read_as_far_as_it_goes_and_only_whole() {
        let users = Sid::users();
        let mut bytes = users.0.clone();
        bytes.extend([9; 3]);
        assert_eq!(Sid::first_of(&bytes), Some(users));
        assert_eq!(Sid::first_of(&bytes[..15]), None);
        assert_eq!(Sid::first_of(&[]), None);
        assert_eq!(Sid::first_of(&[2, 0, 0, 0, 0, 0, 0, 5]), None);
    }
}

//! Sections: memory of the host's that it has put into this process, so that large payloads need no
//! copy through the pipe.

use std::{fmt, io};

use aether_protocol::limits;

/// Takes over a section that the host has put into this process: by its handle's value and its size.
pub type Open = fn(handle: u64, size: u64) -> io::Result<Box<dyn Attachment>>;

/// A section that was taken over. It is given back when this is dropped.
pub trait Attachment: fmt::Debug {
    /// Its size in bytes.
    fn size(&self) -> u64;

    /// Fills this room, which has its size, with its bytes.
    ///
    /// # Errors
    /// When the system refuses.
    fn read_into(&self, room: &mut [u8]) -> io::Result<()>;
}

/// Why a section cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SectionError {
    /// Its size is not the announced one.
    #[error("the attached section has {found} bytes, announced were {announced}")]
    WrongSize {
        /// Bytes that the line announced.
        announced: u64,
        /// Bytes that it has.
        found: u64,
    },
    /// Larger than any payload may be.
    #[error("{0} bytes are more than a payload may have")]
    TooLarge(u64),
    /// The system refused.
    #[error("a section cannot be used: {0}")]
    System(#[from] io::Error),
}

/// A section that arrived and was checked, and is read later.
#[derive(Debug)]
pub(crate) struct Attached {
    section: Box<dyn Attachment>,
    size: usize,
}

impl Attached {
    /// Takes a payload that was announced with this size.
    ///
    /// # Errors
    /// [`SectionError`].
    pub(crate) fn new(section: Box<dyn Attachment>, announced: u64) -> Result<Self, SectionError> {
        check_payload(announced)?;
        Self::of_any_size(section, announced)
    }

    /// Takes one that is no payload: compiled code may have more.
    ///
    /// # Errors
    /// [`SectionError`].
    pub(crate) fn of_any_size(
        section: Box<dyn Attachment>,
        announced: u64,
    ) -> Result<Self, SectionError> {
        let found = section.size();
        if found != announced {
            return Err(SectionError::WrongSize { announced, found });
        }
        let size = usize::try_from(announced).map_err(|_| SectionError::TooLarge(announced))?;
        Ok(Self { section, size })
    }

    /// Its size in bytes.
    pub(crate) const fn size(&self) -> usize {
        self.size
    }

    /// Reads it into memory of exactly its size.
    ///
    /// # Errors
    /// [`SectionError`].
    pub(crate) fn read_into(&self, room: &mut [u8]) -> Result<(), SectionError> {
        if room.len() != self.size {
            let (announced, found) = (room.len() as u64, self.size as u64);
            return Err(SectionError::WrongSize { announced, found });
        }
        Ok(self.section.read_into(room)?)
    }

    /// Its bytes.
    ///
    /// # Errors
    /// [`SectionError::System`].
    pub(crate) fn read(&self) -> Result<Vec<u8>, SectionError> {
        let mut bytes = vec![0; self.size];
        self.section.read_into(&mut bytes)?;
        Ok(bytes)
    }
}

impl PartialEq for Attached {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// Refuses what is larger than a payload may be.
///
/// # Errors
/// [`SectionError::TooLarge`].
pub(crate) const fn check_payload(size: u64) -> Result<(), SectionError> {
    if size > limits::PAYLOAD_BYTES {
        return Err(SectionError::TooLarge(size));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A section of zeroes, or one that the system does not let be read.
    #[derive(Debug)]
    struct Zeroes {
        size: u64,
        readable: bool,
    }

    impl Attachment for Zeroes {
        fn size(&self) -> u64 {
            self.size
        }

        fn read_into(&self, room: &mut [u8]) -> io::Result<()> {
            room.fill(0);
            if self.readable { Ok(()) } else { Err(io::ErrorKind::PermissionDenied.into()) }
        }
    }

    fn section(size: u64) -> Box<dyn Attachment> {
        Box::new(Zeroes { size, readable: true })
    }

    #[test]
    fn a_wrong_or_huge_size_is_refused() {
        let wrong = Attached::new(section(3), 4);
        assert!(matches!(wrong, Err(SectionError::WrongSize { announced: 4, found: 3 })));
        let huge = limits::PAYLOAD_BYTES + 1;
        assert!(matches!(Attached::new(section(huge), huge), Err(SectionError::TooLarge(_))));
        let code = Attached::of_any_size(section(huge), huge).unwrap();
        assert_eq!(code.read().unwrap().len() as u64, huge);
        assert!(Attached::of_any_size(section(3), 4).is_err());
    }

    #[test]
    fn it_is_read_into_room_of_its_size_alone() {
        let attached = Attached::new(section(3), 3).unwrap();
        let mut room = [1; 4];
        assert!(attached.read_into(&mut room).is_err());
        assert_eq!(room, [1; 4]);
        attached.read_into(&mut room[..attached.size()]).unwrap();
        assert_eq!(room, [0, 0, 0, 1]);
    }

    #[test]
    fn the_systems_refusal_is_told() {
        let section = Box::new(Zeroes { size: 3, readable: false });
        let attached = Attached::new(section, 3).unwrap();
        assert!(matches!(attached.read(), Err(SectionError::System(_))));
        assert!(matches!(attached.read_into(&mut [0; 3]), Err(SectionError::System(_))));
        assert_ne!(attached, Attached::new(self::section(3), 3).unwrap());
    }
}

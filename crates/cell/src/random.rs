//! Random bytes of the system's.

use std::io;

/// Fills this room.
///
/// # Errors
/// When the system has none.
#[cfg(unix)]
pub(crate) fn fill(room: &mut [u8]) -> io::Result<()> {
    let mut filled = 0;
    while let Some(rest) = room.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match rustix::rand::getrandom(rest, rustix::rand::GetRandomFlags::empty()) {
            Ok(got) => filled += got,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Fills this room.
///
/// # Errors
/// When the system has none.
#[cfg(windows)]
pub(crate) fn fill(room: &mut [u8]) -> io::Result<()> {
    getrandom::fill(room).map_err(|error| io::Error::other(error.to_string()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn all_of_the_room_is_filled_and_never_the_same() {
        let mut rooms = [[0; 1024]; 2];
        for room in &mut rooms {
            super::fill(room).unwrap();
            // By chance once in 2^128 times.
            assert!(room.chunks(16).all(|part| part != [0; 16]));
        }
        assert_ne!(rooms[0], rooms[1]);
    }
}

//! Files for this user, since no other one has hosts here, and processes.

use std::io;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

/// The name of the copied program.
pub(crate) const PROGRAM: &str = "program.exe";

/// Files have the access list of the folder that they are made in: its user has them, and nobody else has
/// to.
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
pub(crate) const fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

/// Starts a program. Wine says `ERROR_INTERNAL_ERROR` where it could not do so in time on a busy machine:
/// then it is asked again, twice.
pub(crate) fn spawn(command: &mut Command) -> io::Result<Child> {
    const NOT_IN_TIME: i32 = 1359;
    for _ in 0..2 {
        match command.spawn() {
            Err(error) if error.raw_os_error() == Some(NOT_IN_TIME) => {
                std::thread::sleep(Duration::from_secs(1));
            }
            done => return done,
        }
    }
    command.spawn()
}

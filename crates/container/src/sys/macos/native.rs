//! Native programs: on the host's own tree, with Seatbelt alone between it and the program.
//!
//! There is no root to build, so nothing is shown that is not where it lies ([`super::place`]), and
//! nothing is laid over what may be read. There is no init either: our own program confines itself and
//! becomes the one that is to run, which may start no other.
//!
//! Type-checked only: unproven until it has run on a Mac.

use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;

use rustix::io::{FdFlags, fcntl_setfd};

use super::super::unix::raw;
use crate::{Door, Native};

/// Executes the program in this process, sealed by now. Returns only to say why not.
pub(super) fn become_program(native: &Native, gateway: OwnedFd) -> io::Error {
    // Kept open until the program is executed.
    let kept = match native.door {
        Door::Open => Some(gateway),
        Door::Closed => None,
    };
    let begun = || -> io::Result<_> {
        if let Some(gateway) = &kept {
            fcntl_setfd(gateway, FdFlags::empty())?;
        }
        rustix::process::chdir(&native.folder)?;
        let pair = |(name, value): &(OsString, OsString)| {
            let mut pair = name.clone();
            pair.push("=");
            pair.push(value);
            c_text(&pair)
        };
        let arguments = native.command.iter().map(|word| c_text(word));
        Ok((
            c_text(native.program.as_os_str())?,
            arguments.collect::<io::Result<Vec<_>>>()?,
            native.environment.iter().map(pair).collect::<io::Result<Vec<_>>>()?,
        ))
    };
    match begun() {
        Ok((path, arguments, environment)) => raw::execute(&path, &arguments, &environment),
        Err(error) => error,
    }
}

fn c_text(text: &OsStr) -> io::Result<CString> {
    CString::new(text.as_bytes()).map_err(io::Error::other)
}

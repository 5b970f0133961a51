//! What is measured is what people run: a program that was copied to its place, as an installer does. Where
//! a linker has just written one, the kernel has its file in single pages, and takes half a millisecond
//! longer to show a new process those that it touches.

use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::programs::Programs;

/// Says that this program was copied, and that the others lie beside it.
pub(crate) const OPTION: &str = "--installed";

/// Copies the programs, and runs this one as it was run, but from there.
pub(crate) fn run(programs: &Programs) -> Result<ExitCode, Box<dyn Error>> {
    let own = std::env::current_exe()?;
    let beside = own.parent().ok_or("this program has no folder")?;
    // On the same disk: in memory, files are in other pages.
    let folder = tempfile::Builder::new().prefix("installed-").tempdir_in(beside)?;
    for program in [&own, &programs.cli, &programs.client] {
        fs::copy(program, folder.path().join(name(program)?))?;
    }
    let mut again = Command::new(folder.path().join(name(&own)?));
    let status = again.args(std::env::args_os().skip(1)).arg(OPTION).status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn name(program: &Path) -> Result<&OsStr, Box<dyn Error>> {
    program.file_name().ok_or_else(|| "a program without a name".into())
}

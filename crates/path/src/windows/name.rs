//! One name of a Windows path.

use crate::windows::case::same_windows_name;
use crate::windows::error::{WindowsNameError, WindowsNameProblem};

/// Longest name, in UTF-16 units: that of NTFS.
pub const MAX_WINDOWS_NAME_UNITS: usize = 255;

/// Names that mean a device in whatever folder they stand. `CLOCK$` is of old systems.
const DEVICES: &[&str] = &["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"];

/// Names that mean a device with a digit behind them.
const PORTS: &[&str] = &["COM", "LPT"];

/// What NTFS keeps for itself in the top folder of a volume.
const SYSTEM_FILES: &[&str] = &[
    "$AttrDef", "$BadClus", "$Bitmap", "$Boot", "$Extend", "$LogFile", "$MFT", "$MFTMirr",
    "$Secure", "$UpCase", "$Volume",
];

/// Whether a name can be that of a file on Windows, and of no other file than it says.
///
/// A component of a [`VirtualPath`](crate::VirtualPath) may be none: `a:b`, `nul.txt` and `a.` are
/// files to Linux. Ask before one becomes a file of a Windows host; names of one folder that are
/// [the same](same_windows_name) become one file.
///
/// Refused beside what Windows refuses are a name that it would read as another (`a.` is `a`,
/// `nul.txt` may be the device `NUL`, `a:b` a second content of `a`) and what looks like a short
/// name, `PROGRA~1` or `NAME~2.TXT`. Windows gives such an alias to files with long names, so it
/// could name a file that nobody granted. Ask the system for the long name first.
pub fn windows_name(name: &str) -> Result<(), WindowsNameError> {
    check_name(name).map_err(|problem| WindowsNameError::new(name, problem))
}

pub(crate) fn check_name(name: &str) -> Result<(), WindowsNameProblem> {
    match name {
        "" => return Err(WindowsNameProblem::Empty),
        "." => return Err(WindowsNameProblem::Dot),
        ".." => return Err(WindowsNameProblem::Parent),
        _ => name.chars().try_for_each(check_character)?,
    }
    if units(name) > MAX_WINDOWS_NAME_UNITS {
        Err(WindowsNameProblem::TooLong)
    } else if name.ends_with(['.', ' ']) {
        Err(WindowsNameProblem::TrailingDotOrSpace)
    } else if is_device(name) {
        Err(WindowsNameProblem::Device)
    } else if is_short(name) {
        Err(WindowsNameProblem::ShortName)
    } else {
        Ok(())
    }
}

/// Whether NTFS keeps this name for itself in the top folder of a volume.
pub(crate) fn is_system_file(name: &str) -> bool {
    SYSTEM_FILES.iter().any(|file| same_windows_name(file, name))
}

/// Length in the unit in which Windows counts.
pub(crate) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

fn check_character(character: char) -> Result<(), WindowsNameProblem> {
    match character {
        '\\' | '/' => Err(WindowsNameProblem::Separator),
        ':' => Err(WindowsNameProblem::Stream),
        '<' | '>' | '"' | '|' | '?' | '*' => Err(WindowsNameProblem::Character(character)),
        _ if character.is_control() => Err(WindowsNameProblem::Control),
        _ => Ok(()),
    }
}

/// Whether some Windows takes the name for a device: up to Windows 10 whatever follows a dot does
/// not count, nor do the spaces before it.
fn is_device(name: &str) -> bool {
    let base = name.split('.').next().unwrap_or_default().trim_end_matches(' ');
    // `¹`, `²` and `³` are digits to Windows. Which others might be is its own affair, so all count.
    let port = base.strip_suffix(char::is_numeric);
    DEVICES.iter().any(|device| same_windows_name(device, base))
        || PORTS.iter().any(|name| port.is_some_and(|port| same_windows_name(name, port)))
}

/// Whether the name has the shape of a short (8.3) one: at most eight units of which the last are
/// `~` and a number, and an extension of at most three.
fn is_short(name: &str) -> bool {
    let (base, extension) = name.split_once('.').unwrap_or((name, ""));
    let number = base.rsplit_once('~').map_or("", |(_, number)| number);
    let numbered = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    numbered && units(base) <= 8 && units(extension) <= 3 && !extension.contains('.')
}

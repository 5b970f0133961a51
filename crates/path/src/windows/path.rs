//! The checked path of a file of the host.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use crate::windows::case::{same_windows_name, upper};
use crate::windows::error::{WindowsPathError, WindowsPathProblem};
use crate::windows::name::{check_name, is_system_file, units};

/// Longest path, in UTF-16 units. Windows ends at 32 767, its own name of the drive included, for
/// which this leaves room.
pub const MAX_WINDOWS_PATH_UNITS: usize = 32_000;

/// What tells Windows to take the rest as it stands.
const VERBATIM: &str = r"\\?\";

/// The one spelling of a path on a drive of a Windows host: `C:\`, `C:\Users\me`.
///
/// The drive is a capital, the separator is `\`, no component is empty, `.` or `..`, each is a
/// [`windows_name`](crate::windows_name), and nothing follows the last one. What Windows reads in
/// more than one way is refused:
///
/// | written | is |
/// | --- | --- |
/// | `c:/a//./b\` | `C:\a\b` |
/// | `\\?\c:\a\b` | `C:\a\b`; after `\\?\` Windows interprets nothing, so it must be exact |
/// | `a`, `C:a`, `\a` | refused: depends on what is current |
/// | `C:\a\..\b` | refused: its meaning depends on links |
/// | `\\server\share`, `\\.\`, `\??\`, `\\?\UNC\`, `\\?\Volume{…}` | refused: not on a drive |
/// | `C:\a:b`, `C:\a::$DATA` | refused: another stream |
/// | `C:\nul.txt`, `C:\a.`, `C:\a ` | refused: Windows would read another name |
/// | `C:\PROGRA~1` | refused: an alias of another name |
/// | `C:\$MFT` | refused: NTFS's own |
///
/// Paths that differ only in case are equal, and the spelling is kept: see
/// [`same_windows_name`](crate::same_windows_name) for what that does not cover. They are ordered
/// component by component, so everything below a folder directly follows it.
///
/// What text cannot tell stays to be found out by who opens the file: links and junctions on the
/// way, a drive that is another machine's or a folder under another name, an alias given by hand
/// that has no `~`, and folders that are case-sensitive. Open a granted folder once, then what
/// [`strip_prefix`](Self::strip_prefix) gives below that handle, following no link, and compare the
/// name that the system tells of the opened file.
#[derive(Clone)]
pub struct WindowsPath(String);

impl WindowsPath {
    /// Reads an absolute path as a person or a program wrote it.
    pub fn parse(text: &str) -> Result<Self, WindowsPathError> {
        let form = Form::of(text).map_err(|problem| WindowsPathError::new(text, problem))?;
        let mut path = Self(format!("{}:\\", form.drive.to_ascii_uppercase()));
        for name in form.names() {
            path.push(name).map_err(|problem| WindowsPathError::in_name(text, name, problem))?;
        }
        Ok(path)
    }

    /// Reads a path as Windows gives it: in UTF-16 which need not be Unicode.
    pub fn parse_utf16(units: &[u16]) -> Result<Self, WindowsPathError> {
        match String::from_utf16(units) {
            Ok(text) => Self::parse(&text),
            Err(_) => {
                let shown = String::from_utf16_lossy(units);
                Err(WindowsPathError::new(&shown, WindowsPathProblem::Surrogate))
            }
        }
    }

    /// The path of `name` in this folder; exactly one component, never `.` or several.
    pub fn join(&self, name: &str) -> Result<Self, WindowsPathError> {
        let mut path = self.clone();
        path.push(name).map_err(|problem| WindowsPathError::in_name(&self.0, name, problem))?;
        if units(&path.0) > MAX_WINDOWS_PATH_UNITS {
            return Err(WindowsPathError::new(&path.0, WindowsPathProblem::TooLong));
        }
        Ok(path)
    }

    /// The letter of the drive, a capital.
    pub fn drive(&self) -> char {
        self.0.chars().next().unwrap_or_default()
    }

    /// The names from the top of the drive on; none for that itself.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &str> + Clone {
        self.below_drive().split('\\').filter(|name| !name.is_empty())
    }

    /// The folder that holds this path; `None` at the top of the drive.
    pub fn parent(&self) -> Option<Self> {
        let below = self.below_drive();
        let name = self.file_name()?;
        // The separator goes with the name, except that of the drive.
        let kept = self.0.len() - name.len() - usize::from(below.len() > name.len());
        self.0.get(..kept).map(|parent| Self(parent.to_owned()))
    }

    /// The last component; `None` at the top of the drive.
    pub fn file_name(&self) -> Option<&str> {
        self.components().next_back()
    }

    /// Whether this is the top of a drive.
    pub fn is_root(&self) -> bool {
        self.below_drive().is_empty()
    }

    /// Whether this path is `folder` or lies below it, by whole components and ignoring case.
    pub fn starts_with(&self, folder: &WindowsPath) -> bool {
        self.strip_prefix(folder).is_some()
    }

    /// What follows `folder` in this path, without a leading separator: empty when both are the
    /// same, `None` when this path is not below `folder`.
    pub fn strip_prefix(&self, folder: &WindowsPath) -> Option<&str> {
        if self.drive() != folder.drive() {
            return None;
        }
        let mut rest = self.below_drive();
        for theirs in folder.components() {
            let (ours, below) = rest.split_once('\\').unwrap_or((rest, ""));
            if !same_windows_name(ours, theirs) {
                return None;
            }
            rest = below;
        }
        Some(rest)
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path for a call to the system, with the `\\?\` that keeps Windows from interpreting it
    /// and from ending it at 260 units.
    pub fn verbatim(&self) -> String {
        format!("{VERBATIM}{}", self.0)
    }

    /// [`verbatim`](Self::verbatim) in UTF-16 with the zero that ends it.
    pub fn verbatim_utf16(&self) -> Vec<u16> {
        self.verbatim().encode_utf16().chain([0]).collect()
    }

    fn below_drive(&self) -> &str {
        self.0.get(r"C:\".len()..).unwrap_or_default()
    }

    fn push(&mut self, name: &str) -> Result<(), WindowsPathProblem> {
        check_name(name).map_err(WindowsPathProblem::Name)?;
        if self.is_root() && is_system_file(name) {
            return Err(WindowsPathProblem::SystemFile);
        }
        if !self.is_root() {
            self.0.push('\\');
        }
        self.0.push_str(name);
        Ok(())
    }

    /// What is compared: capitals, and a separator that comes before everything in a name.
    fn key(&self) -> impl Iterator<Item = char> {
        self.0.chars().map(|character| if character == '\\' { '\0' } else { upper(character) })
    }
}

/// A typed path, taken apart.
struct Form<'a> {
    drive: char,
    below: &'a str,
    verbatim: bool,
}

impl<'a> Form<'a> {
    fn of(text: &'a str) -> Result<Self, WindowsPathProblem> {
        let rest = text.strip_prefix(VERBATIM);
        if units(rest.unwrap_or(text)) > MAX_WINDOWS_PATH_UNITS {
            return Err(WindowsPathProblem::TooLong);
        }
        match rest {
            Some(rest) => Self::verbatim(rest).ok_or(WindowsPathProblem::DeviceNamespace),
            None => Self::interpreted(text),
        }
    }

    fn verbatim(rest: &'a str) -> Option<Self> {
        let (drive, below) = split_drive(rest)?;
        let below = below.strip_prefix('\\')?;
        drive.is_ascii_alphabetic().then_some(Self { drive, below, verbatim: true })
    }

    fn interpreted(text: &'a str) -> Result<Self, WindowsPathProblem> {
        let Some((drive, rest)) = split_drive(text) else {
            return Err(without_drive(text));
        };
        if !drive.is_ascii_alphabetic() {
            return Err(WindowsPathProblem::NotADrive);
        }
        let below = rest.strip_prefix(SEPARATORS).ok_or(WindowsPathProblem::DriveRelative)?;
        Ok(Self { drive, below, verbatim: false })
    }

    /// The components to check, without those that mean nothing.
    fn names(&self) -> impl Iterator<Item = &'a str> {
        let verbatim = self.verbatim;
        let top = self.below.is_empty();
        self.below
            .split(if verbatim { &SEPARATORS[..1] } else { &SEPARATORS[..] })
            .filter(move |name| !top && (verbatim || !matches!(*name, "" | ".")))
    }
}

const SEPARATORS: [char; 2] = ['\\', '/'];

/// Windows takes whatever stands before a colon in the second place for a drive.
fn split_drive(text: &str) -> Option<(char, &str)> {
    let mut characters = text.chars();
    let drive = characters.next().filter(|first| !SEPARATORS.contains(first))?;
    characters.as_str().strip_prefix(':').map(|rest| (drive, rest))
}

fn without_drive(text: &str) -> WindowsPathProblem {
    let spelled = text.replace('/', "\\");
    let begins = |with: &str| {
        spelled.strip_prefix(with).is_some_and(|rest| rest.is_empty() || rest.starts_with('\\'))
    };
    if text.is_empty() {
        WindowsPathProblem::Empty
    } else if [r"\\.", r"\\?", r"\??"].into_iter().any(begins) {
        WindowsPathProblem::DeviceNamespace
    } else if spelled.starts_with(r"\\") {
        WindowsPathProblem::Unc
    } else if spelled.starts_with('\\') {
        WindowsPathProblem::Rooted
    } else {
        WindowsPathProblem::Relative
    }
}

impl PartialEq for WindowsPath {
    fn eq(&self, other: &Self) -> bool {
        self.key().eq(other.key())
    }
}

impl Eq for WindowsPath {}

impl Hash for WindowsPath {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().for_each(|character| character.hash(state));
        state.write_u8(0xff);
    }
}

impl Ord for WindowsPath {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(other.key())
    }
}

impl PartialOrd for WindowsPath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FromStr for WindowsPath {
    type Err = WindowsPathError;

    fn from_str(text: &str) -> Result<Self, WindowsPathError> {
        Self::parse(text)
    }
}

impl AsRef<str> for WindowsPath {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for WindowsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for WindowsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WindowsPath({:?})", self.0)
    }
}

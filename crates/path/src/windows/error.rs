//! Why a text is not a path or a name of a Windows host.

use std::fmt;

use crate::error::Quoted;
use crate::windows::name::MAX_WINDOWS_NAME_UNITS;
use crate::windows::path::MAX_WINDOWS_PATH_UNITS;

/// A text that is not a [`WindowsPath`](crate::WindowsPath).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowsPathError {
    typed: Spelling,
    /// The component at fault, where it is one.
    name: Option<Spelling>,
    problem: WindowsPathProblem,
}

impl WindowsPathError {
    pub(crate) fn new(typed: &str, problem: WindowsPathProblem) -> Self {
        Self { typed: Spelling(Quoted::new(typed)), name: None, problem }
    }

    pub(crate) fn in_name(typed: &str, name: &str, problem: WindowsPathProblem) -> Self {
        Self { name: Some(Spelling(Quoted::new(name))), ..Self::new(typed, problem) }
    }

    /// What is wrong.
    pub fn problem(&self) -> WindowsPathProblem {
        self.problem
    }

    /// What to write instead, when there is something better to say than the problem itself.
    pub fn help(&self) -> Option<&'static str> {
        self.problem.help()
    }
}

impl fmt::Display for WindowsPathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "path {} ", self.typed)?;
        if let Some(name) = &self.name {
            write!(f, "has the component {name}, which ")?;
        }
        self.problem.fmt(f)
    }
}

impl std::error::Error for WindowsPathError {}

/// The ways in which a text fails to be a [`WindowsPath`](crate::WindowsPath).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowsPathProblem {
    /// Nothing was typed.
    #[error("is empty")]
    Empty,
    /// `foo`: depends on the current folder.
    #[error("is relative: it does not begin with a drive, as `C:\\` does")]
    Relative,
    /// `C:foo`: depends on the folder last current on that drive.
    #[error("is relative to its drive: no `\\` follows the colon")]
    DriveRelative,
    /// `\foo`: depends on the current drive.
    #[error("begins with a separator and no drive")]
    Rooted,
    /// `\\server\share`: another machine's file, and asking for it signs the user in there.
    #[error("names another machine")]
    Unc,
    /// `\\.\`, `\??\`, or `\\?\` before anything but a drive: any object of the system.
    #[error("names a device or another object of the system")]
    DeviceNamespace,
    /// `1:\x`.
    #[error("begins with a drive that is no letter from A to Z")]
    NotADrive,
    /// UTF-16 that is not Unicode.
    #[error("has an unpaired surrogate")]
    Surrogate,
    /// Longer than [`MAX_WINDOWS_PATH_UNITS`].
    #[error("is longer than {MAX_WINDOWS_PATH_UNITS} UTF-16 units")]
    TooLong,
    /// `$MFT` and its like at the top of a drive.
    #[error("NTFS keeps for itself at the top of a drive")]
    SystemFile,
    /// A component that is no name.
    #[error(transparent)]
    Name(WindowsNameProblem),
}

impl WindowsPathProblem {
    /// What to write instead.
    pub fn help(self) -> Option<&'static str> {
        Some(match self {
            Self::Relative | Self::DriveRelative | Self::Rooted => {
                "write the whole path, from the drive on"
            }
            Self::Unc => "copy the files to a drive of this machine",
            Self::Name(problem) => return problem.help(),
            _ => return None,
        })
    }
}

/// A text that no file of a Windows host should have as its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("name {name} {problem}")]
pub struct WindowsNameError {
    name: Spelling,
    problem: WindowsNameProblem,
}

impl WindowsNameError {
    pub(crate) fn new(name: &str, problem: WindowsNameProblem) -> Self {
        Self { name: Spelling(Quoted::new(name)), problem }
    }

    /// What is wrong.
    pub fn problem(&self) -> WindowsNameProblem {
        self.problem
    }

    /// What to write instead, when there is something better to say than the problem itself.
    pub fn help(&self) -> Option<&'static str> {
        self.problem.help()
    }
}

/// The ways in which a text fails to be a name; see [`windows_name`](crate::windows_name).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowsNameProblem {
    /// Two separators in a row or, after `\\?\`, one at the end.
    #[error("is empty")]
    Empty,
    /// The folder itself.
    #[error("is the folder itself")]
    Dot,
    /// `..` is refused, never resolved: its meaning depends on links.
    #[error("is the folder above")]
    Parent,
    /// `\` or `/`, in a single name or, the latter, after `\\?\`.
    #[error("has a separator")]
    Separator,
    /// `file:stream`, `folder::$INDEX_ALLOCATION`: the same file by another name, or a content of
    /// it that no listing shows.
    #[error("has a `:` and so names a stream of a file")]
    Stream,
    /// `<`, `>`, `"`, `|`, `?` or `*`.
    #[error("has the character `{0}`, forbidden in names")]
    Character(char),
    /// Windows refuses most of them. All could hide part of the name from the person who reviews it.
    #[error("has a control character")]
    Control,
    /// `a.` and `a ` are `a` to some calls, and to others not.
    #[error("ends in a dot or a space, and Windows drops those")]
    TrailingDotOrSpace,
    /// `NUL`, `com1.txt`.
    #[error("means a device")]
    Device,
    /// `PROGRA~1`.
    #[error("looks like the short alias of another name")]
    ShortName,
    /// Longer than [`MAX_WINDOWS_NAME_UNITS`].
    #[error("is longer than {MAX_WINDOWS_NAME_UNITS} UTF-16 units")]
    TooLong,
}

impl WindowsNameProblem {
    /// What to write instead.
    pub fn help(self) -> Option<&'static str> {
        Some(match self {
            Self::Parent => "write the folder's absolute path",
            Self::ShortName => "write the long name, as `dir /x` shows it beside the short one",
            _ => return None,
        })
    }
}

/// A quoted text in which the separator of Windows stays as it was typed: doubled it would be a
/// path that nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Spelling(Quoted);

impl fmt::Display for Spelling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`")?;
        for (index, piece) in self.0.text.split('\\').enumerate() {
            write!(f, "{}{}", if index > 0 { "\\" } else { "" }, piece.escape_debug())?;
        }
        write!(f, "{}`", self.0.mark())
    }
}

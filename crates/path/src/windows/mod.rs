//! Paths of a Windows host. This is text only, the same on every system.

mod case;
mod error;
mod name;
mod path;

pub use case::same_windows_name;
pub use error::{WindowsNameError, WindowsNameProblem, WindowsPathError, WindowsPathProblem};
pub use name::{MAX_WINDOWS_NAME_UNITS, windows_name};
pub use path::{MAX_WINDOWS_PATH_UNITS, WindowsPath};

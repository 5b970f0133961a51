//! What an error number says about a sandbox.

use std::io;

use rustix::io::Errno;

use crate::probe::{Kind, Miss, Outcome};

/// What an error of this number proves.
pub(crate) fn kind(errno: i32) -> Kind {
    match errno {
        // EXDEV comes where a grant is a mount of its own.
        libc::EPERM | libc::EACCES | libc::EROFS | libc::ENOSYS | libc::EXDEV => Kind::Denied,
        libc::ENOENT
        | libc::ENOTDIR
        | libc::ESRCH
        | libc::ENXIO
        | libc::ENODEV
        | libc::ECONNREFUSED
        | libc::ENETUNREACH
        | libc::EHOSTUNREACH
        | libc::EAFNOSUPPORT
        | libc::EPROTONOSUPPORT
        | libc::ESOCKTNOSUPPORT
        | libc::EOPNOTSUPP
        | libc::ENOKEY => Kind::Absent,
        libc::EAGAIN
        | libc::ENOMEM
        | libc::ENOSPC
        | libc::EMFILE
        | libc::ENFILE
        | libc::EDQUOT
        | libc::EFBIG => Kind::Limited,
        // Another error is that of a call made wrongly.
        _ => Kind::Inconclusive,
    }
}

impl Miss {
    pub(crate) fn of(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, errno: None, detail: detail.into() }
    }

    pub(crate) fn absent(detail: impl Into<String>) -> Self {
        Self::of(Kind::Absent, detail)
    }

    pub(crate) fn denied(detail: impl Into<String>) -> Self {
        Self::of(Kind::Denied, detail)
    }

    pub(crate) fn limited(detail: impl Into<String>) -> Self {
        Self::of(Kind::Limited, detail)
    }

    pub(crate) fn inconclusive(detail: impl Into<String>) -> Self {
        Self::of(Kind::Inconclusive, detail)
    }

    /// The same with another meaning, where the call gives this error number for it.
    pub(crate) fn means(mut self, errno: i32, kind: Kind) -> Self {
        if self.errno == Some(errno) {
            self.kind = kind;
        }
        self
    }
}

impl From<i32> for Miss {
    fn from(errno: i32) -> Self {
        let detail = io::Error::from_raw_os_error(errno).to_string();
        // The number is a field of its own.
        let detail = detail.split(" (os error").next().unwrap_or_default().to_owned();
        Self { kind: kind(errno), errno: Some(errno), detail }
    }
}

impl From<Errno> for Miss {
    fn from(errno: Errno) -> Self {
        errno.raw_os_error().into()
    }
}

impl From<io::Error> for Miss {
    fn from(error: io::Error) -> Self {
        match error.raw_os_error() {
            Some(errno) => errno.into(),
            None => Self::inconclusive(error.to_string()),
        }
    }
}

impl From<std::ffi::NulError> for Miss {
    fn from(error: std::ffi::NulError) -> Self {
        Self::inconclusive(error.to_string())
    }
}

/// What was being done.
pub(crate) trait While<T> {
    /// Names the step whose failure is the verdict.
    ///
    /// # Errors
    /// The same, with the step before it.
    fn at_step(self, step: &str) -> Result<T, Miss>;

    /// Names a step without which nothing is proven.
    ///
    /// # Errors
    /// The same, inconclusive.
    fn needed(self, step: &str) -> Result<T, Miss>;
}

impl<T, E: Into<Miss>> While<T> for Result<T, E> {
    fn at_step(self, step: &str) -> Result<T, Miss> {
        self.map_err(|error| {
            let miss: Miss = error.into();
            Miss { detail: format!("{step}: {}", miss.detail), ..miss }
        })
    }

    fn needed(self, step: &str) -> Result<T, Miss> {
        self.at_step(step).map_err(|miss| Miss { kind: Kind::Inconclusive, ..miss })
    }
}

/// Tries several ways; wins by the first that wins. Otherwise the strongest miss, so that one way
/// that proves nothing is not hidden by others.
pub(crate) fn any(ways: impl IntoIterator<Item = Outcome>) -> Outcome {
    let mut worst = Miss::absent("nothing to try it on");
    for way in ways {
        match way {
            Ok(won) => return Ok(won),
            Err(miss) if miss.kind > worst.kind || worst.errno.is_none() => worst = miss,
            Err(_) => {}
        }
    }
    Err(worst)
}

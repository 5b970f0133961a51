//! Why a native program cannot be started.

use std::io;
use std::path::{Path, PathBuf};

use aether_manifest::{Asking, Manifest, Permission};
use aether_source::{Diagnostic, Span, quoted};

/// Why a native program, or what it was granted, cannot be had as it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NativeError {
    /// The program is nowhere where programs are.
    #[error("the program {} is not there: {} was looked in", quoted(.name), .looked)]
    NoProgram {
        /// As it is named.
        name: String,
        /// Where it was looked for.
        looked: String,
        /// Where this host has one of that name, outside of the runtime folders.
        elsewhere: Option<PathBuf>,
    },
    /// The file is there, and no program of this machine.
    #[error("{} cannot be executed: {why}", quoted(.name))]
    NotAProgram {
        /// The file.
        name: String,
        /// Why, as a sentence fragment.
        why: String,
    },
    /// A granted path without wildcards is not there.
    #[error("{} is granted to be read and is not there{}", quoted(.pattern), elsewhere(.pattern, .host))]
    Missing {
        /// As granted.
        pattern: String,
        /// Where it would be on the host.
        host: PathBuf,
    },
    /// A grant that names a folder as if it were a file.
    #[error("{} is a folder{}", quoted(.pattern), elsewhere(.pattern, .host))]
    Folder {
        /// As granted.
        pattern: String,
        /// Where it is on the host.
        host: PathBuf,
    },
    /// A grant of something that is neither file nor folder.
    #[error("{} is neither a file nor a folder{}", quoted(.pattern), elsewhere(.pattern, .host))]
    Special {
        /// As granted.
        pattern: String,
        /// Where it is on the host.
        host: PathBuf,
    },
    /// A grant to write whose wildcards are not a whole folder.
    #[error("{} cannot be granted to a native program for writing", quoted(.pattern))]
    WritePattern {
        /// As granted.
        pattern: String,
    },
    /// What is to be read lies partly in what is to be written.
    #[error("{} lies within {}, which may be written", quoted(.read), quoted(.write))]
    PartlyReadable {
        /// The grant to read.
        read: String,
        /// The grant to write.
        write: String,
    },
    /// A pattern that names too much at once.
    #[error("{} names more than {most} {what}", quoted(.pattern))]
    TooMany {
        /// As granted.
        pattern: String,
        /// How many are too many.
        most: usize,
        /// Of what.
        what: &'static str,
    },
    /// A place of the root that is Aether's own.
    #[error("{} lies in a place that every native program has for itself", quoted(.pattern))]
    Reserved {
        /// As granted.
        pattern: String,
    },
    /// What was granted could not be copied for the program.
    #[error("what was granted cannot be laid out for the program: {0}")]
    Stage(#[from] aether_overlay::StageError),
    /// The host's own files could not be laid out.
    #[error("{}: {error}", .path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
}

impl NativeError {
    pub(super) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::Io { path, error }
    }

    /// The grant over files that is the matter, as it was granted.
    #[must_use]
    pub fn pattern(&self) -> Option<&str> {
        match self {
            Self::Missing { pattern, .. }
            | Self::Folder { pattern, .. }
            | Self::Special { pattern, .. }
            | Self::WritePattern { pattern }
            | Self::TooMany { pattern, .. }
            | Self::Reserved { pattern } => Some(pattern),
            Self::PartlyReadable { read, .. } => Some(read),
            Self::NoProgram { .. }
            | Self::NotAProgram { .. }
            | Self::Stage(_)
            | Self::Io { .. } => None,
        }
    }

    /// The same with the place in the manifest that is the matter, where there is one.
    pub(crate) fn in_manifest(&self, manifest: &Manifest) -> Option<Diagnostic> {
        let span = self.span(manifest)?;
        let problem = Diagnostic::error(self.code(), &manifest.source, span, self.to_string());
        Some(match self.help(manifest.asking) {
            Some(help) => problem.with_help(help),
            None => problem,
        })
    }

    fn span(&self, manifest: &Manifest) -> Option<Span> {
        if let Some(pattern) = self.pattern() {
            let files = &manifest.permissions;
            // What is to be written makes more trouble, where the same is to be read.
            let all = files.write.iter().chain(&files.read);
            return all.into_iter().find(|one| one.value.as_str() == pattern).map(|one| one.span);
        }
        let (Self::NoProgram { name, .. } | Self::NotAProgram { name, .. }) = self else {
            return None;
        };
        let process = manifest.permissions.process.iter().find(|one| one.value == *name);
        let entry = manifest.entry.as_ref().map(|entry| entry.span);
        process.map(|one| one.span).or(entry)
    }

    const fn code(&self) -> &'static str {
        match self {
            Self::NoProgram { .. } => "program-missing",
            Self::NotAProgram { .. } => "program-unusable",
            Self::Missing { .. } => "grant-missing",
            Self::Folder { .. } => "grant-folder",
            Self::Special { .. } => "grant-special",
            Self::WritePattern { .. } => "grant-write-pattern",
            Self::PartlyReadable { .. } => "grant-partly-readable",
            Self::TooMany { .. } => "grant-too-many",
            Self::Reserved { .. } => "grant-reserved",
            Self::Stage(_) => "grant-stage",
            Self::Io { .. } => "host-files",
        }
    }

    /// What to do about it, if anything is known, for who asks in a manifest or by options.
    #[must_use]
    pub fn help(&self, asking: Asking) -> Option<String> {
        Some(match self {
            Self::NoProgram { elsewhere: Some(place), .. } if asking == Asking::Options => {
                let path = place.display();
                let option = asking.line(Permission::Process, &path.to_string());
                format!("this machine has {path}; name it by that path, with `{option}`")
            }
            Self::NoProgram { .. } if asking == Asking::Options => {
                "install it, or name one of your own by its path, with `--run PATH`".to_owned()
            }
            Self::NoProgram { elsewhere: Some(place), .. } => format!(
                "this machine has {}, outside of the folders that native programs see; name one \
                 that is in them, or put it into the plugin's folder",
                place.display()
            ),
            Self::NoProgram { .. } => {
                "install it, or put it into the plugin's folder and name it with `./`".to_owned()
            }
            Self::Missing { .. } => "make it first, or take it out of the grant".to_owned(),
            Self::Folder { pattern, .. } => {
                format!("write `{pattern}/` for the folder and everything in it")
            }
            Self::WritePattern { .. } => {
                "grant a single file, or a whole folder with a `/` at its end".to_owned()
            }
            Self::PartlyReadable { write, .. } => {
                format!("grant all of {} to be read, or nothing of it", quoted(write))
            }
            Self::TooMany { .. } => {
                "grant the folder as a whole with a `/` at its end, or name less".to_owned()
            }
            Self::Reserved { .. } => {
                "take it out of the grant: what the program has there is its own".to_owned()
            }
            Self::Stage(_) => "grant less, or folders that hold less".to_owned(),
            Self::NotAProgram { .. } | Self::Special { .. } | Self::Io { .. } => return None,
        })
    }
}

/// Where a grant is on the host, if that is not where it says.
fn elsewhere(pattern: &str, host: &Path) -> String {
    match Path::new(pattern) == host {
        true => String::new(),
        false => format!(" ({})", host.display()),
    }
}

//! Why an archive is refused.

use crate::limits::{MAX_ARCHIVE, MAX_ENTRIES, MAX_ENTRY_NAME, MAX_RATIO, UNRATIOED};

/// A refused archive, with the entry at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub struct ArchiveError {
    /// The entry's name, escaped for showing; empty where it is about the archive as a whole.
    pub entry: String,
    /// What is wrong.
    pub problem: ArchiveProblem,
}

impl ArchiveError {
    pub(crate) fn whole(problem: ArchiveProblem) -> Self {
        Self { entry: String::new(), problem }
    }

    pub(super) fn of(name: &str, problem: ArchiveProblem) -> Self {
        Self { entry: aether_source::quoted(name), problem }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> &'static str {
        self.problem.help()
    }

    fn message(&self) -> String {
        if self.entry.is_empty() {
            return format!("the archive {}", self.problem);
        }
        format!("{} {}", self.entry, self.problem)
    }
}

/// What is wrong with an archive or an entry of it. Each text follows the name of the entry, or "the
/// archive".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveProblem {
    /// Longer than [`MAX_ARCHIVE`].
    #[error("is larger than {} MiB", MAX_ARCHIVE >> 20)]
    ArchiveTooLarge,
    /// No zip file.
    #[error("is not a zip file")]
    NotZip,
    /// Ends with something else than its one end record, or has another one.
    #[error("does not end with its one end record")]
    EndRecord,
    /// Of several parts.
    #[error("is one part of several")]
    MultiDisk,
    /// With the larger numbers of zip64.
    #[error("is written for sizes beyond 4 GiB (zip64)")]
    Zip64,
    /// The list of its entries cannot be read.
    #[error("has a list of entries that cannot be read")]
    List,
    /// Too many entries.
    #[error("has more than {MAX_ENTRIES} entries")]
    TooManyEntries,
    /// There is no file in it.
    #[error("holds no file")]
    Empty,
    /// Bytes that belong to no entry, or to two.
    #[error("does not follow the entry before it directly: bytes between them, or shared by them")]
    Gap,
    /// The list says one thing, the entry itself another.
    #[error("is described in two ways that differ")]
    Disagrees,
    /// The name is empty, or longer than [`MAX_ENTRY_NAME`].
    #[error("has no name, or one longer than {MAX_ENTRY_NAME} bytes")]
    NameLength,
    /// The name is not UTF-8, or not marked as such.
    #[error("has a name that is not marked as UTF-8, or is none")]
    NotUtf8,
    /// The name is absolute, or begins with a drive.
    #[error("has an absolute name")]
    Absolute,
    /// The name has a backslash.
    #[error("has a name with a backslash")]
    Backslash,
    /// The name leads out of its folder or is not in normal form.
    #[error("has a name with `.`, `..` or an empty part")]
    NotNormal,
    /// A part of the name may not stand in a bundle.
    #[error("has a name that is not portable")]
    NotPortable,
    /// In too many folders.
    #[error("is nested deeper than {} folders", aether_bundle::MAX_DEPTH)]
    TooDeep,
    /// There twice.
    #[error("is there twice")]
    Duplicate,
    /// Differs from another one in upper and lower case only.
    #[error("differs from {0} in upper and lower case only")]
    CaseOnly(String),
    /// A file where another entry needs a folder.
    #[error("is a file, and the folder of another entry")]
    FileAndFolder,
    /// A symbolic link.
    #[error("is a symbolic link")]
    Symlink,
    /// A device, socket or pipe, or a folder that is written as a file.
    #[error("is neither a file nor a folder")]
    Special,
    /// A folder with content.
    #[error("is a folder with content")]
    FolderWithContent,
    /// Encrypted.
    #[error("is encrypted")]
    Encrypted,
    /// Compressed by another method than deflate.
    #[error("is packed by method {0}, and neither stored nor deflated")]
    Method(u16),
    /// Features of the format that no plugin needs.
    #[error("uses a part of the format that is not read")]
    Flags,
    /// Too large.
    #[error("is larger than {} MiB", aether_bundle::MAX_FILE_BYTES >> 20)]
    FileTooLarge,
    /// All files together are too large.
    #[error("unpacks to more than {} MiB", aether_bundle::MAX_BYTES >> 20)]
    TooLarge,
    /// Too many files.
    #[error("holds more than {} files", aether_bundle::MAX_FILES)]
    TooManyFiles,
    /// Compressed so well that it is probably a bomb.
    #[error("unpacks to more than {MAX_RATIO} times its size, and to more than {} MiB", UNRATIOED >> 20)]
    Ratio,
    /// Not what the list said: other bytes, or another length.
    #[error("cannot be unpacked to what the archive says of it")]
    Damaged,
}

impl ArchiveProblem {
    /// What to do.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::ArchiveTooLarge
            | Self::TooManyEntries
            | Self::FileTooLarge
            | Self::TooLarge
            | Self::TooManyFiles
            | Self::TooDeep => "leave out what the plugin does not need when it runs",
            Self::NotZip => "choose a zip file, or the plugin's folder",
            Self::Empty => "pack the plugin's folder, with its aether-plugin.json",
            Self::EndRecord | Self::List | Self::Gap | Self::Disagrees | Self::Damaged => {
                "get the archive again from where it came from; if it is the same, do not install it"
            }
            Self::Duplicate | Self::FileAndFolder | Self::FolderWithContent => {
                "pack the plugin's folder anew, each file once"
            }
            Self::MultiDisk | Self::Zip64 | Self::Flags => {
                "pack the plugin's folder anew as one plain zip file"
            }
            Self::NameLength
            | Self::NotUtf8
            | Self::Absolute
            | Self::Backslash
            | Self::NotNormal
            | Self::NotPortable
            | Self::CaseOnly(_) => {
                "have its author rename it: relative, in UTF-8, with `/` between folders, without control characters, `\\` and `:`, and unlike every other name in lower case too"
            }
            Self::Symlink | Self::Special => "have its author pack the file that it stands for",
            Self::Encrypted => "pack it without a password",
            Self::Method(_) => "pack it with the usual method, deflate",
            Self::Ratio => "do not install it unless you know why it holds so much of the same",
        }
    }
}

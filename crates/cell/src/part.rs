//! A part of what a plugin is loaded from, as the host hands it over: a file, which is mapped where it
//! is code, or its bytes where attachments are no files.

#[cfg(unix)]
use std::fs::File;
use std::io;

use aether_wasm::entry::Code;

use crate::channel::{Channel, ChannelError};

/// A part of a plugin.
#[cfg(unix)]
pub(crate) struct Part {
    file: File,
    size: u64,
}

#[cfg(unix)]
impl Part {
    /// Claims the next attachment, which a line announced with this size.
    pub(crate) fn claim(channel: &mut Channel, size: u64) -> Result<Self, ChannelError> {
        Ok(Self { file: channel.claim_file(size)?, size })
    }

    /// All of its bytes. By position: others may have the same file.
    pub(crate) fn into_bytes(self) -> io::Result<Vec<u8>> {
        use std::os::unix::fs::FileExt as _;

        let size = usize::try_from(self.size).map_err(io::Error::other)?;
        let mut bytes = vec![0; size];
        self.file.read_exact_at(&mut bytes, 0)?;
        Ok(bytes)
    }

    /// As code to be loaded.
    pub(crate) fn into_code(self) -> Code {
        Code::Mapped(self.file)
    }
}

/// A part of a plugin.
#[cfg(windows)]
pub(crate) struct Part(Vec<u8>);

#[cfg(windows)]
impl Part {
    /// Claims the next attachment, which a line announced with this size.
    pub(crate) fn claim(channel: &mut Channel, size: u64) -> Result<Self, ChannelError> {
        Ok(Self(channel.claim_code(size)?))
    }

    /// All of its bytes.
    pub(crate) fn into_bytes(self) -> io::Result<Vec<u8>> {
        Ok(self.0)
    }

    /// As code to be loaded.
    pub(crate) fn into_code(self) -> Code {
        Code::Held(self.0)
    }
}

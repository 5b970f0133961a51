//! The folder that a run works in, and hosts that work there.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use aether::{Answer, Cell, Host, HostBuilder, Plugin, StartOptions};
use tempfile::TempDir;

use crate::args::Args;
use crate::programs::Programs;

/// Size of the large files, bytes.
pub(crate) const LARGE: usize = 64 << 20;

/// Everything that measurements share.
pub(crate) struct Scene {
    pub(crate) args: Args,
    pub(crate) programs: Programs,
    folder: TempDir,
}

impl Scene {
    /// A folder with the files that are read.
    pub(crate) fn new(args: Args, programs: Programs) -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("data");
        fs::create_dir(&data)?;
        fs::write(data.join("small.bin"), noise(4096))?;
        fs::write(data.join("large.bin"), noise(LARGE))?;
        fs::write(data.join("large.txt"), text(LARGE))?;
        Ok(Self { args, programs, folder })
    }

    /// The folder that plugins see as `/workspace`.
    pub(crate) fn workspace(&self) -> &Path {
        self.folder.path()
    }

    /// A path below it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A host whose audit log is a file, as every host of the command line has one.
    pub(crate) fn host(&self, audit: &str) -> Result<Host, Box<dyn Error>> {
        Ok(self.builder(audit).build()?)
    }

    /// The same, not built yet.
    pub(crate) fn builder(&self, audit: &str) -> HostBuilder {
        let path = self.path(audit);
        // An audit log begins in a new file; one of an earlier round is in the way.
        drop(fs::remove_file(&path));
        Host::builder().workdir(self.workspace()).ask(|_| Answer::Once).audit(path)
    }

    /// A host whose cells are the client without an engine.
    pub(crate) fn client_host(&self, audit: &str) -> Result<Host, Box<dyn Error>> {
        Ok(self.builder(audit).cell_program(&self.programs.client).build()?)
    }

    /// The plugin that calls its host as often as it is told.
    pub(crate) fn probe(&self, host: &Host) -> Result<Cell, Box<dyn Error>> {
        let plugin = host.load(own("plugins/probe"))?;
        Ok(host.start(&plugin, &StartOptions::default())?)
    }
}

/// The hello plugin.
pub(crate) fn hello() -> PathBuf {
    own("../examples/hello")
}

/// A file or folder of this package.
pub(crate) fn own(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Starts a plugin as it is.
pub(crate) fn start(host: &Host, plugin: &Plugin) -> Result<Cell, Box<dyn Error>> {
    Ok(host.start(plugin, &StartOptions::default())?)
}

/// Bytes that are no text: the first one already is no UTF-8. xorshift64.
fn noise(size: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = vec![0xff];
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}

fn text(size: usize) -> String {
    let line = "Dec 10 06:55:46 LabSZ sshd[24200]: Failed password for root from 10.0.0.1\n";
    let mut text = line.repeat(size / line.len() + 1);
    text.truncate(size);
    text
}

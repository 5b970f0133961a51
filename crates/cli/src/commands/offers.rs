//! Plugins that others of a run can call: `--with`.

use std::path::Path;

use aether::{Host, Plugin, StartOptions};

use crate::args::WithArgs;
use crate::failure::Failure;
use crate::state::RunFolder;

/// Prepares what a command needs of the host. Where that fails nothing of the run is left: nothing
/// ran, and a log without an end would look as if somebody had cut it.
pub(crate) fn prepared<T>(
    host: Host,
    folder: RunFolder,
    prepare: impl FnOnce(&Host) -> Result<T, Failure>,
) -> Result<(Host, RunFolder, T), Failure> {
    match prepare(&host) {
        Ok(made) => Ok((host, folder, made)),
        Err(error) => {
            host.tidy();
            drop(host);
            folder.forget();
            Err(error)
        }
    }
}

/// Loads the plugin that a command is about, and offers those beside it.
pub(crate) fn load(host: &Host, folder: &Path, with: &WithArgs) -> Result<Plugin, Failure> {
    let plugin = host.load(folder)?;
    offer(host, with)?;
    Ok(plugin)
}

/// Offers the plugins that were named.
pub(crate) fn offer(host: &Host, args: &WithArgs) -> Result<(), Failure> {
    for folder in &args.with {
        let plugin = host.load(folder)?;
        host.offer(&plugin, &StartOptions::default()).map_err(|error| {
            Failure::usage_with(error.to_string(), "name each plugin once with --with")
        })?;
    }
    Ok(())
}

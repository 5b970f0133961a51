//! Plugins that others of a run can call: `--with`.

use aether::{Host, StartOptions};

use crate::args::WithArgs;
use crate::failure::Failure;

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

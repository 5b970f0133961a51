//! The host and its plugins.

use aether::Plugin;
use aether::source::Diagnostic;
use serde_json::{Value, json};

use super::millis;
use crate::cells::{About, Cells};

/// The host as a whole.
pub(crate) fn host(cells: &Cells) -> Value {
    let host = &cells.host;
    json!({
        "version": aether::VERSION,
        "platform": aether::platform(),
        "run": host.run_id(),
        "pressure": host.pressure().name(),
        "uptime_ms": millis(cells.started.elapsed()),
        "cells": host.cells().len(),
        "plugins": cells.loaded(),
        "audit": audit(cells),
    })
}

fn audit(cells: &Cells) -> Value {
    let log = cells.host.log();
    let records = log.checkpoint().ok().map(|checkpoint| checkpoint.records);
    json!({ "healthy": log.is_healthy(), "records": records })
}

/// The plugins that are loaded.
pub(crate) fn plugins(cells: &Cells) -> Value {
    let running = cells.host.cells();
    let one = |plugin: &Plugin| {
        let name = &plugin.identity().name;
        let own = running.iter().filter(|(_, plugin)| plugin == name);
        let mut about = about(plugin);
        about["cells"] = own.map(|(number, _)| *number).collect();
        about
    };
    json!({ "plugins": cells.plugins().iter().map(one).collect::<Vec<_>>() })
}

/// A plugin that was just loaded, with what a look at it finds.
pub(crate) fn plugin(plugin: &Plugin) -> Value {
    let mut about = about(plugin);
    about["diagnostics"] = plugin.check().iter().map(Diagnostic::to_json).collect();
    about
}

fn about(plugin: &Plugin) -> Value {
    let (identity, manifest) = (plugin.identity(), plugin.manifest());
    json!({
        "name": identity.name,
        "version": identity.version,
        "digest": identity.digest,
        "runtime": manifest.runtime_or_default().to_string(),
        "description": manifest.description,
        "declares": manifest.exports.keys().collect::<Vec<_>>(),
    })
}

/// A cell that was just started.
pub(crate) fn started(number: u32, about: &About) -> Value {
    json!({
        "cell": number,
        "plugin": about.plugin,
        "engine": about.engine,
        "methods": about.methods,
    })
}

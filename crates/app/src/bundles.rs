//! The code of plugins in memory, once for each version.

use std::collections::BTreeMap;
use std::sync::Mutex;

use aether::Plugin;

use crate::lock;

/// Plugins as they were loaded last, by name. The host remembers the plugin of each start: without this,
/// every start would keep a copy of all its code.
#[derive(Debug, Default)]
pub(crate) struct Bundles(Mutex<BTreeMap<String, Plugin>>);

impl Bundles {
    /// The same plugin as it was loaded before, if it was: what was just read is dropped then.
    pub(crate) fn shared(&self, plugin: Plugin) -> Plugin {
        let mut all = lock(&self.0);
        let known = all.get(&plugin.identity().name);
        if let Some(known) = known.filter(|known| known.identity() == plugin.identity()) {
            return known.clone();
        }
        all.insert(plugin.identity().name.clone(), plugin.clone());
        plugin
    }

    pub(crate) fn forget(&self, name: &str) {
        lock(&self.0).remove(name);
    }
}

//! What was learned of plugins' behaviour, from run to run.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::sync::Arc;

use aether_audit::{Event, Kind, LogError, Verdict};
use aether_monitor::model_limits::MODEL_BYTES;
use aether_monitor::{Model, ModelError};

use super::{Host, lock};
use crate::Plugin;

/// The file of what was learned of a plugin's behaviour, in the folder of such files.
#[must_use]
pub fn model_file(plugin: &str) -> String {
    format!("{plugin}.json")
}

impl Host {
    /// What was learned of a plugin's behaviour, where that is kept and is of this very code. That it is
    /// not is on record: nobody looks at the order of what the plugin does then.
    pub(super) fn model(&self, plugin: &Plugin) -> Result<Option<Arc<Model>>, LogError> {
        match self.kept_model(plugin) {
            None => Ok(None),
            Some(Ok(model)) => Ok(Some(Arc::new(model))),
            Some(Err(error)) => {
                let text = error.to_string();
                let record = Event::new(Kind::Check, "model", Verdict::Failed).object(&text);
                self.0.log.record(&record.plugin(&plugin.identity().name))?;
                Ok(None)
            }
        }
    }

    /// Of which plugins that were started it was not used, and why.
    pub(crate) fn model_notes(&self) -> Vec<String> {
        let plugins: Vec<Plugin> =
            lock(&self.0.starts).iter().map(|started| started.plugin.clone()).collect();
        let mut known = BTreeSet::new();
        let note = |plugin: &Plugin| {
            let name = plugin.identity().name.clone();
            let error = self.kept_model(plugin)?.err().filter(|_| known.insert(name.clone()))?;
            Some(format!("what was learned of `{name}` is not used: {error}"))
        };
        plugins.iter().filter_map(note).collect()
    }

    fn kept_model(&self, plugin: &Plugin) -> Option<Result<Model, ModelError>> {
        let file = self.0.models.as_ref()?.join(model_file(&plugin.identity().name));
        let mut bytes = Vec::new();
        let opened = File::open(file).ok()?;
        opened.take(MODEL_BYTES as u64 + 1).read_to_end(&mut bytes).ok()?;
        Some(Model::read(&bytes, &plugin.code_digest()))
    }
}

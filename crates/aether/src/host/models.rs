//! What was learned of plugins' behaviour, from run to run.

use std::fs::File;
use std::io::Read as _;
use std::sync::Arc;

use aether_audit::{Event, Kind, LogError, Verdict};
use aether_monitor::model_limits::MODEL_BYTES;
use aether_monitor::{Model, ModelError};

use super::Host;
use crate::Plugin;

/// The file of what was learned of a plugin's behaviour, in the folder of such files.
#[must_use]
pub fn model_file(plugin: &str) -> String {
    format!("{plugin}.json")
}

impl Host {
    /// What was learned of a plugin's behaviour, where that is kept and is of this very code. That it is
    /// not is on record: nobody looks at the order of what the plugin does then.
    pub(super) fn model(
        &self,
        number: u32,
        plugin: &Plugin,
    ) -> Result<Option<Arc<Model>>, LogError> {
        match self.kept_model(plugin) {
            None => Ok(None),
            Some(Ok(model)) => Ok(Some(Arc::new(model))),
            Some(Err(error)) => {
                let (name, text) = (&plugin.identity().name, error.to_string());
                let record = Event::new(Kind::Check, "model", Verdict::Failed).object(&text);
                self.0.log.record(&record.plugin(name))?;
                self.update(number, |started| {
                    let why = format!("what was learned of `{name}` is not used: {text}");
                    started.model_unused = Some(why);
                });
                Ok(None)
            }
        }
    }

    fn kept_model(&self, plugin: &Plugin) -> Option<Result<Model, ModelError>> {
        let file = self.0.models.as_ref()?.join(model_file(&plugin.identity().name));
        let mut bytes = Vec::new();
        let opened = File::open(file).ok()?;
        opened.take(MODEL_BYTES as u64 + 1).read_to_end(&mut bytes).ok()?;
        Some(Model::read(&bytes, &plugin.code_digest()))
    }
}

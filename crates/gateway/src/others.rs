//! Calling other plugins.

use aether_protocol::v1::{CallReply, PluginsCall};
use aether_protocol::{Code, Payload, RpcError, strict};
use serde_json::Value;

use crate::answer::{Answer, Blobs};
use crate::door::{Door, Reply, bad_payload};
use crate::limits;
use crate::work::{Rest, Work};

impl Door {
    /// Calls a method of another plugin, where the grant names it. Whether that plugin lets itself
    /// be called is asked elsewhere.
    pub(crate) fn plugins_call(
        &mut self,
        asked: PluginsCall,
        blobs: &mut dyn Blobs,
    ) -> Result<Reply, RpcError> {
        let blob = self.claim(&asked.input, blobs)?;
        if asked.method.len() > limits::METHOD_NAME_BYTES {
            let text = format!("a method's name has at most {} bytes", limits::METHOD_NAME_BYTES);
            return Err(RpcError::new(Code::InvalidParams, text));
        }
        match self.rights.0.may_call(&asked.method) {
            Ok(allowed) => self.ledger.used(allowed.line),
            Err(denial) => return Err(self.deny(denial)),
        }
        let Some((plugin, method)) = asked.method.rsplit_once('.') else {
            let text = "name the plugin and the method, as in `geoip.lookup`";
            return Err(RpcError::new(Code::InvalidParams, text));
        };
        let text = asked.input.into_json_text(blob).map_err(|error| bad_payload(&error))?;
        let input = strict::parse(&text).map_err(|error| bad_payload(&error.into()))?;
        self.record("plugins.call", Some(&asked.method))?;
        let (plugin, method) = (plugin.to_owned(), method.to_owned());
        Ok(Reply::later(Work::Call { plugin, method, input }, Rest::Answer))
    }

    /// The other plugin's result, which was validated at its own door.
    pub(crate) fn plugin_output(&self, output: Value) -> Result<Answer, RpcError> {
        let output = self.carried(Payload::json(output.to_string()))?;
        Answer::payload(output, |output| CallReply { output })
    }
}

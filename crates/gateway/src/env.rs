//! Granted environment variables.

use aether_protocol::RpcError;
use aether_protocol::v1::{Empty, EnvGet, EnvValue, Names};

use crate::answer::Answer;
use crate::door::Door;

impl Door {
    pub(crate) fn env_get(&mut self, asked: EnvGet) -> Result<Answer, RpcError> {
        self.allow_env(&asked.name)?;
        self.record("env.get", Some(&asked.name))?;
        Answer::of(&EnvValue { value: self.services.environment.get(&asked.name).cloned() })
    }

    pub(crate) fn env_list(&mut self, _: Empty) -> Result<Answer, RpcError> {
        self.record("env.list", None)?;
        Answer::of(&Names { names: self.services.environment.keys().cloned().collect() })
    }
}

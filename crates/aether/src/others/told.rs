//! What a plugin is told of another that it called.

use aether_protocol::limits::cut;
use aether_protocol::v1::failure;
use aether_protocol::{Code, RpcError};

use crate::host::millis;
use crate::{CallError, Ending, Limit};

/// Longest message of a called plugin that its caller is told, in bytes: it has its room beside the
/// caller's own words in logs and reports.
const MESSAGE_BYTES: usize = 1 << 10;

/// Longest word for how it failed, in bytes. Those that there are are shorter.
const KIND_BYTES: usize = 64;

/// A failed call as the plugin that made it is told: how and in which words, but nothing of where in
/// the other's code, of what that was refused, and of this machine.
pub(super) fn told(target: &str, error: &CallError) -> RpcError {
    let (kind, message) = match error {
        CallError::Plugin(error) => (&*error.kind, error.message.clone()),
        CallError::Params(misfit) => (failure::PARAMS, format!("the input of {misfit}")),
        CallError::Input(why) => (failure::PARAMS, format!("the input cannot be sent: {why}")),
        CallError::Result(misfit) => (failure::RESULT, format!("the result of {misfit}")),
        CallError::Unkept(_) => {
            (failure::RESULT, "what the plugin stored cannot be kept".to_owned())
        }
        CallError::Cancelled => (failure::CANCELLED, "the call was cancelled".to_owned()),
        CallError::Ended(Ending::Limit(Limit::Time(_))) => {
            (failure::TIMEOUT, "the plugin did not answer within its time limit".to_owned())
        }
        CallError::Ended(ending) => {
            (failure::ENDED, format!("the plugin ended before it answered: {}", ending.word()))
        }
        CallError::NotStarted(_) => {
            (failure::NOT_STARTED, "the plugin could not be started".to_owned())
        }
        CallError::Resting(_) => {
            (failure::NOT_STARTED, "the plugin has failed before, and rests".to_owned())
        }
        CallError::Degraded { why, retry_after } => {
            return RpcError::new(Code::Degraded, cut(why, MESSAGE_BYTES))
                .with("called", target)
                .with("retry_after_ms", millis(*retry_after));
        }
        CallError::Full(_) | CallError::Retired => {
            (failure::NOT_STARTED, "the plugin is not started again".to_owned())
        }
    };
    let error_to = RpcError::new(Code::Plugin, cut(&message, MESSAGE_BYTES))
        .with("kind", cut(kind, KIND_BYTES))
        .with("called", target);
    match error {
        CallError::Resting(resting) => match resting.retry_after {
            Some(time) => {
                let wait_ms = millis(time);
                error_to.with("retry_after_ms", wait_ms.saturating_add(1))
            }
            None => error_to,
        },
        _ => error_to,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PluginError;

    #[test]
    fn nothing_of_the_others_code_and_rights_is_told() {
        let error = PluginError {
            kind: "exception".to_owned(),
            name: Some("PermissionDenied".to_owned()),
            message: "x".repeat(5000),
            stack: Some("at secret (main.js:1)".to_owned()),
            code: Some("ERR_ACCESS_DENIED".to_owned()),
            fix: Some("\"permissions\": {}".to_owned()),
            place: None,
            disk_limit: false,
        };
        let told = told("b.run", &CallError::Plugin(Box::new(error)));
        assert_eq!(told.code, Code::Plugin);
        assert_eq!(told.message.len(), MESSAGE_BYTES);
        let mut facts: Vec<_> = told.data.keys().map(String::as_str).collect();
        facts.sort_unstable();
        assert_eq!(facts, ["called", "kind"]);
    }

    #[test]
    fn an_end_is_told_by_its_word() {
        let crashed = Ending::Crashed("the audit log /home/a cannot be written".to_owned());
        let told = told("b.run", &CallError::Ended(crashed));
        assert_eq!(told.message, "the plugin ended before it answered: crashed");
        assert_eq!(told.fact("kind"), Some("ended"));
    }
}

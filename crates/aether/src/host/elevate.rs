//! Asking a person for a single operation beyond a grant.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aether_gateway::Question;

use super::{Host, lock};

/// What a plugin wants to do beyond its grant. Its reason is its own words: escape them where they
/// are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElevationQuestion {
    /// The plugin's name.
    pub plugin: String,
    /// The cell's number in this run.
    pub cell: u32,
    /// The kind of right, such as `host-write`.
    pub right: &'static str,
    /// What for, such as `host-write below /workspace/out`.
    pub want: String,
    /// How often it could be done.
    pub uses: u32,
    /// Within which time.
    pub lifetime: Duration,
    /// Why, in the plugin's words.
    pub reason: String,
    /// The line of the policy that would allow it without asking.
    pub policy_line: String,
}

pub(super) type AskElevation = dyn Fn(&ElevationQuestion) -> bool + Send + Sync;

impl Host {
    /// Whether a person agrees; nothing when nobody was asked. One question at a time: nobody can read two. One that is not `wanted`
    /// any more when its turn comes is not put.
    pub(crate) fn elevate(
        &self,
        plugin: &str,
        cell: u32,
        question: &Question,
        wanted: &AtomicBool,
    ) -> Option<bool> {
        let ask = self.0.ask_elevation.as_ref()?;
        let _turn = lock(&self.0.asking);
        if self.is_interrupted() || !wanted.load(Ordering::SeqCst) {
            return None;
        }
        let agreed = ask(&ElevationQuestion {
            plugin: plugin.to_owned(),
            cell,
            right: question.want.right().as_str(),
            want: question.want.to_string(),
            uses: question.uses,
            lifetime: question.lifetime,
            reason: question.reason.clone(),
            policy_line: question.policy_line.clone(),
        });
        // Nobody's answer counts any more.
        (!self.is_interrupted()).then_some(agreed)
    }
}

//! Events and questions.

use serde::Serialize;
use serde_json::Value;

use super::Metrics;

/// What happens to a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LifeState {
    /// It is about to be confined and loaded.
    Starting,
    /// It is loaded.
    Started,
    /// Its cell has ended.
    Ended,
    /// It has failed, and is started again by a later call.
    Restarting,
    /// It has failed too often, and is left alone for a while.
    Resting,
    /// It is not started again before a person restores it.
    Held,
    /// It is installed, and was not.
    Installed,
    /// Another version took the place of the one before.
    Updated,
    /// An update waits for a person.
    Waiting,
    /// An update that waited was removed.
    Rejected,
    /// It is not installed any more.
    Uninstalled,
    /// It may be started.
    Enabled,
    /// It may not.
    Disabled,
    /// It was granted a right.
    Granted,
    /// A right was taken from it.
    Revoked,
    /// What was taken from it was given back.
    Restored,
}

/// Something that a page hears of.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Event {
    /// A plugin's life.
    Lifecycle {
        /// The plugin.
        plugin: String,
        /// Its cell, where it is about one.
        cell: Option<u32>,
        /// What happened.
        state: LifeState,
        /// How or why, in words.
        detail: Option<String>,
    },
    /// How far a call has come.
    Progress {
        /// The plugin.
        plugin: String,
        /// Its cell.
        cell: u32,
        /// Which of the cell's calls.
        call: u64,
        /// From 0 to 1.
        fraction: f64,
        /// What is being done, in the plugin's words.
        message: String,
    },
    /// A line of a plugin's log.
    Log {
        /// The plugin.
        plugin: String,
        /// Its cell.
        cell: u32,
        /// `debug`, `info`, `warn` or `error`.
        level: String,
        /// The text, the plugin's own.
        message: String,
    },
    /// Something was refused, for the first time in this cell.
    Violation {
        /// The plugin.
        plugin: String,
        /// Its cell.
        cell: u32,
        /// The permission that was missing.
        permission: String,
        /// What was asked for.
        object: String,
        /// What was refused and why, in a sentence.
        message: String,
        /// The manifest line that would ask for it.
        fix: Option<String>,
        /// The policy line that would allow it.
        policy_line: Option<String>,
    },
    /// The monitor noticed something.
    Finding {
        /// The plugin.
        plugin: String,
        /// Its cell.
        cell: u32,
        /// Which detector.
        rule: String,
        /// What was seen and what was to be expected, in a sentence.
        text: String,
        /// Points of risk that it adds.
        risk: f64,
    },
    /// A step was taken on the ladder.
    Ladder {
        /// The plugin.
        plugin: String,
        /// Its cell.
        cell: u32,
        /// From which rung.
        from: String,
        /// To which.
        to: String,
        /// By whom.
        by: String,
        /// Why.
        because: String,
    },
    /// A plugin tells of something.
    Emitted {
        /// The plugin.
        plugin: String,
        /// Its cell.
        cell: u32,
        /// What kind of thing.
        topic: String,
        /// What there is to say about it.
        data: Value,
    },
    /// The figures of the cells that run.
    Sample {
        /// Them.
        metrics: Metrics,
    },
    /// How short the machine is.
    Pressure {
        /// How short.
        tier: String,
        /// Of what.
        because: String,
    },
    /// A cell has ended, and would change something.
    Changes {
        /// The plugin.
        plugin: String,
        /// The cell.
        cell: u32,
        /// How many changes.
        count: usize,
    },
    /// A person is asked before a plugin starts.
    ConsentNeeded {
        /// What.
        question: Question,
    },
    /// A person is asked for a single thing beyond a grant.
    ElevationNeeded {
        /// What.
        question: Question,
    },
    /// A question is over, answered or not.
    QuestionOver {
        /// Which.
        id: u64,
    },
    /// The listener was too slow: so many events are lost.
    Missed {
        /// How many.
        count: u64,
    },
}

/// Which kind of question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuestionKind {
    /// Whether a plugin may start with what it asks for.
    Consent,
    /// Whether one that runs may do a single thing more.
    Elevation,
}

/// What a person is asked.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    /// Its number.
    pub id: u64,
    /// Which kind.
    pub kind: QuestionKind,
    /// The plugin.
    pub plugin: String,
    /// What for, in plain words.
    pub want: String,
    /// Why, in the plugin's own words.
    pub reason: Option<String>,
    /// How much it could cost: `low`, `medium` or `high`.
    pub risk: Option<String>,
    /// How often it could be done.
    pub uses: Option<u32>,
    /// Within which time, in milliseconds.
    pub lifetime_ms: Option<u64>,
    /// The line of the policy that would allow it without asking.
    pub policy_line: Option<String>,
}

//! What a host tells its owner while plugins run.

use std::path::PathBuf;
use std::time::Duration;

use aether_gateway::{Denied, Elevation};
use aether_monitor::Finding;
use aether_monitor::pressure::Tier;
pub use aether_protocol::v1::Level;
use aether_report::LadderStep;
use serde_json::{Map, Value};

use crate::{CallError, Ending};

/// Something that happened in a cell. Texts are the plugin's: escape them where they are shown.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A plugin is about to be granted, confined and loaded.
    Starting {
        /// The cell's number in this run.
        cell: u32,
        /// The plugin's name.
        plugin: String,
        /// The pipeline step that it runs.
        step: Option<String>,
    },
    /// The cell is confined and the plugin loaded.
    Started {
        /// The cell's number in this run.
        cell: u32,
        /// The plugin's name.
        plugin: String,
    },
    /// A line of the plugin's log.
    Log {
        /// The cell's number.
        cell: u32,
        /// How important.
        level: Level,
        /// The text.
        message: String,
        /// Further facts.
        fields: Map<String, Value>,
    },
    /// Further log lines of the cell are dropped.
    LogCapped {
        /// The cell's number.
        cell: u32,
    },
    /// How far a call has come.
    Progress {
        /// The cell's number.
        cell: u32,
        /// Which of the cell's calls: they are numbered as they begin.
        call: u64,
        /// From 0 to 1.
        fraction: f64,
        /// What is being done.
        message: String,
    },
    /// Something was refused, for the first time in this cell.
    Denied {
        /// The cell's number.
        cell: u32,
        /// What.
        denied: Denied,
    },
    /// A token for something beyond the grant was issued, or refused.
    Elevated {
        /// The cell's number.
        cell: u32,
        /// What for, and by whom.
        elevation: Elevation,
    },
    /// A plugin tells of something. Others that listen for it are told too.
    Emitted {
        /// The cell's number.
        cell: u32,
        /// What kind of thing.
        topic: String,
        /// What there is to say about it.
        data: Value,
    },
    /// A request of the plugin, or a call of it, has ended: where a host
    /// [traces calls](crate::HostBuilder::trace_calls).
    Traced {
        /// The cell's number.
        cell: u32,
        /// What, and when.
        traced: Traced,
    },
    /// A call was cancelled by its caller.
    Cancelled {
        /// The cell's number.
        cell: u32,
        /// The method that was called.
        method: String,
    },
    /// What the cell uses, a few times a second while it works.
    Usage {
        /// The cell's number.
        cell: u32,
        /// Resident bytes.
        memory: u64,
        /// Milliseconds of processor time so far.
        cpu_ms: u64,
    },
    /// The monitor noticed something about the cell.
    Finding {
        /// The cell's number.
        cell: u32,
        /// What, with its evidence.
        finding: Box<Finding>,
    },
    /// A step was taken on the ladder, up or down.
    Ladder {
        /// The cell's number.
        cell: u32,
        /// Which.
        step: LadderStep,
    },
    /// The machine is short of something, or is not any more.
    Pressure {
        /// How short.
        tier: Tier,
        /// Of what, and how it was measured.
        because: String,
    },
    /// A coredump of a plugin that trapped was written, or could not be.
    Dumped {
        /// The cell's number.
        cell: u32,
        /// The file.
        path: PathBuf,
        /// Why it is not there.
        error: Option<String>,
    },
    /// A kept plugin has failed. It is started again by the next call that comes late enough.
    Restarting {
        /// The plugin's name.
        plugin: String,
        /// How its cell ended, or why it did not start.
        after: CallError,
        /// Milliseconds until then, from its failure on.
        in_ms: u64,
    },
    /// A kept plugin has failed too often and is left alone.
    BreakerOpened {
        /// The plugin's name.
        plugin: String,
        /// Failures that were too many: 1 where it was on trial.
        failures: u32,
        /// Milliseconds until a call may try it, from its last failure on.
        for_ms: u64,
    },
    /// A kept plugin that had failed too often has answered, or was restored.
    BreakerClosed {
        /// The plugin's name.
        plugin: String,
    },
    /// A kept plugin is not started again before it is restored.
    Held {
        /// The plugin's name.
        plugin: String,
        /// How its cell ended, or why it did not start.
        after: CallError,
    },
    /// The cell has ended.
    Ended {
        /// The cell's number.
        cell: u32,
        /// How.
        ending: Ending,
    },
}

/// A request of a plugin to its host, or a call of one of its methods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced {
    /// The protocol's word for it, such as `fs.read`; `load`, or `call` of one of its own methods; `?` for
    /// what is no method.
    pub method: String,
    /// What it is about, the beginning of it: a path, a whole address, a key; of a call the method. The
    /// plugin's words.
    pub object: String,
    /// How long the plugin was running when it began.
    pub at: Duration,
    /// How long it took.
    pub took: Duration,
    /// What became of it if it was not done: `denied`, `wants a token`, `came too fast`, `beyond a quota`,
    /// `failed`, `refused`, or `ended` where its cell did before it. Of those in a row that came too fast the
    /// first, the tenth, the hundredth and so on are told.
    pub failed: Option<&'static str>,
}

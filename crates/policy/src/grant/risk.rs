//! What a permission could cost, in plain words.

use aether_path::PathPattern;
use aether_source::quoted;

use super::engine::Engine;
use super::input::Mount;
use super::line::Line;
use super::mounts::{reaches, sensitive};
use super::right::Right;
use crate::check::is_broad;
use crate::sensitive::is_secret_name;

/// How much a permission could cost; the greater, the worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Risk {
    /// Little, whatever the plugin does.
    Low,
    /// Something, if the plugin is bad or careless.
    Medium,
    /// A lot: secrets, other people's data, control of the machine.
    High,
}

impl Risk {
    /// The lower-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Risk::Low => "low",
            Risk::Medium => "medium",
            Risk::High => "high",
        }
    }
}

/// The risk of a line, and a sentence on it.
pub(super) fn of(line: &Line, mounts: &[Mount]) -> (Risk, String) {
    match &line.right {
        Right::Read(pattern) => files(pattern, mounts, false),
        Right::Write(pattern) => files(pattern, mounts, true),
        Right::Domain(pattern) => {
            let note = format!(
                "it can send to {} whatever it can read",
                quoted(&pattern.host().to_string())
            );
            let wild = !matches!(pattern.host(), aether_manifest::HostPattern::Exact(_));
            (if wild { Risk::High } else { Risk::Medium }, note)
        }
        Right::Inbound(port) => (Risk::High, format!("others can connect to it on port {port}")),
        Right::Environment(name) if is_secret_name(name.as_str()) => {
            (Risk::High, "it learns what is probably a secret".to_owned())
        }
        Right::Environment(_) => (Risk::Low, "it learns this variable's value".to_owned()),
        Right::Process(name) => {
            (Risk::High, format!("it can start {} with arguments of its choice", quoted(name)))
        }
        Right::Plugin(_) => {
            (Risk::Medium, "it can make the other plugin act with that plugin's rights".to_owned())
        }
        Right::Secret(name) => {
            let note = format!(
                "it can act with the secret {} where the policy puts it in, without seeing it",
                quoted(name.as_str())
            );
            (Risk::High, note)
        }
        Right::Emit(_) => {
            (Risk::Medium, "plugins that hear these events act on what it says".to_owned())
        }
        Right::Hear(topics) => {
            let risk = if topics.is_exact() { Risk::Low } else { Risk::Medium };
            (risk, "it learns what other plugins say in these events".to_owned())
        }
    }
}

/// What the policy lets an engine do beyond running the plugin: the policy's word for it, the risk, and
/// a sentence on it.
pub(super) fn of_engine(engine: Engine) -> Vec<(&'static str, Risk, &'static str)> {
    let jit = "it makes machine code of its own: memory is writable and executable";
    let debug = "whoever attaches a debugger sees and changes whatever it has";
    let all = [("jit", engine.jit, jit), ("debug", engine.debug, debug)];
    let opened = all.into_iter().filter(|(_, is_allowed, _)| *is_allowed);
    opened.map(|(word, _, note)| (word, Risk::Medium, note)).collect()
}

fn files(pattern: &PathPattern, mounts: &[Mount], write: bool) -> (Risk, String) {
    let (risk, note) = plain(pattern, mounts, write);
    let reaches = reaches(pattern, mounts);
    let is_hidden = reaches.iter().any(|reach| !reach.is_plain());
    // Said whoever chose the folder: a person agrees to what it is, not to what it is called.
    let moved: Vec<String> = reaches
        .iter()
        .filter(|reach| reach.mount.host != reach.mount.root.as_str())
        .map(|reach| {
            let (at, host) = (quoted(reach.mount.root.as_str()), quoted(&reach.mount.host));
            format!("{at} is this machine's {host}")
        })
        .collect();
    if moved.is_empty() {
        return (risk, note);
    }
    let note = format!("{note}; {}", moved.join(", "));
    (if is_hidden { Risk::High } else { risk }, note)
}

fn plain(pattern: &PathPattern, mounts: &[Mount], write: bool) -> (Risk, String) {
    let act = if write { "it can change" } else { "it can read" };
    if let Some(place) = sensitive(pattern, mounts) {
        return (Risk::High, format!("{act} {}", place.name));
    }
    let later = if write { ", once you apply its changes" } else { "" };
    let workspace = pattern.root().starts_with(&aether_path::VirtualPath::workspace());
    match (workspace, write) {
        (true, false) => (Risk::Low, format!("{act} files of the folder you are in")),
        (true, true) => (Risk::Medium, format!("{act} files of the folder you are in{later}")),
        (false, _) if is_broad(pattern) => {
            (Risk::High, format!("{act} very much of this machine{later}"))
        }
        (false, false) => (Risk::Medium, format!("{act} files of this machine")),
        (false, true) => (Risk::High, format!("{act} files of this machine{later}")),
    }
}

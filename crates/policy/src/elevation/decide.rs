//! The decision on a wish.

use std::sync::Arc;
use std::time::Duration;

use super::places::{Standing, standing};
use super::rule::{Answer, ElevationRule, LIFETIME, Reach, USES, text};
use super::wish::{Scope, Wish};
use crate::grant::Mount;
use crate::policy::{PolicyOrigin, Rule};

/// How a refusal is called that no line of a policy makes: the wish leads to what the kernel shows
/// of the host's own process.
const HOST_PROCESS: &str = "host-process";

/// The lines that govern the single operations of one plugin. Without any, a person decides on
/// each.
#[derive(Clone, Debug, Default)]
pub struct Elevation(Arc<Lines>);

#[derive(Debug, Default)]
struct Lines {
    /// The name of the entry that they stand in: a plugin's, or the beginning of several.
    entry: String,
    rules: Vec<ElevationRule>,
    /// Where the paths of wishes lead to on the host.
    mounts: Vec<Mount>,
    /// Whether a line can allow: whoever wrote a pipeline may have laid a policy beside it.
    named: bool,
}

/// The answer to a wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decided {
    /// The policy allows it.
    Allow {
        /// How the line is called: `plugins.publisher.elevation[0]`.
        rule: String,
        /// What may be given: what was asked for.
        scope: Scope,
        /// How often it may be used.
        uses: u32,
        /// How long it is there.
        lifetime: Duration,
    },
    /// A person decides.
    Ask,
    /// The policy refuses it.
    Refuse {
        /// How the line is called, or another stable word for why.
        rule: String,
    },
}

impl Elevation {
    /// The lines of an entry, for a plugin whose paths lead through these mounts.
    pub(crate) fn of(rule: Option<&Rule>, origin: Option<PolicyOrigin>, mounts: &[Mount]) -> Self {
        Elevation(Arc::new(Lines {
            entry: rule.map(|rule| rule.name.value.to_string()).unwrap_or_default(),
            rules: rule.map(|rule| rule.elevation.clone()).unwrap_or_default(),
            mounts: mounts.to_vec(),
            named: origin == Some(PolicyOrigin::Named),
        }))
    }

    /// Decides on a wish: the first line that is for it, else a person.
    ///
    /// - What is allowed is exactly what was asked for.
    /// - A line never makes a sensitive place writable that it does not name itself, nor a folder
    ///   that stands under another name and that no person chose: a person decides.
    /// - A policy that was found beside a pipeline allows nothing: a person decides.
    /// - What the kernel shows of the host's own process is refused, whatever the lines say.
    pub fn decide(&self, wish: &Wish<'_>) -> Decided {
        if let Wish::HostWrite { path } = wish
            && self.0.mounts.iter().any(|mount| mount.shows_host && mount.meets(path))
        {
            return Decided::Refuse { rule: HOST_PROCESS.to_owned() };
        }
        let mut lines = self.0.rules.iter().enumerate();
        let Some((index, line)) = lines.find(|(_, line)| line.reach.holds(wish)) else {
            return Decided::Ask;
        };
        let rule = format!("plugins.{}.elevation[{index}]", self.0.entry);
        match line.answer {
            Answer::Refuse => Decided::Refuse { rule },
            Answer::Allow if self.0.named && !self.needs_person(line, wish) => Decided::Allow {
                rule,
                scope: wish.scope(),
                uses: line.uses,
                lifetime: line.lifetime,
            },
            Answer::Allow | Answer::Ask => Decided::Ask,
        }
    }

    /// The line of a policy, in YAML, that would allow exactly this wish. It counts from the first
    /// place of the plugin's `elevation` on: a line before it may say otherwise.
    pub fn policy_line(&self, plugin: &str, wish: &Wish<'_>) -> String {
        let line = ElevationRule {
            reach: Reach::Within(wish.scope()),
            answer: Answer::Allow,
            uses: USES,
            lifetime: LIFETIME,
            span: aether_source::Span::default(),
        };
        format!("plugins: {{ {}: {{ elevation: [{line}] }} }}", text(plugin))
    }

    fn needs_person(&self, line: &ElevationRule, wish: &Wish<'_>) -> bool {
        match (&line.reach, wish) {
            (Reach::Within(Scope::HostWrite { path: below }), Wish::HostWrite { path }) => {
                standing(path, below, &self.0.mounts) == Standing::NeedsPerson
            }
            // What is allowed is always within a scope: the reader sees to it.
            (Reach::All(_), _) => true,
            _ => false,
        }
    }
}

//! One cell, watched.

use std::sync::Arc;
use std::time::Duration;

use crate::behaviour::limits::FEW_RUNS;
use crate::figures::Gauges;
use crate::finding::{Finding, Layer, Noted};
use crate::moment::Moment;
use crate::rules::Rules;
use crate::{
    Act, Carried, Follower, Journal, Ladder, Limits, Model, Oddity, Rung, Sample, Settings, Step,
};

/// A run that is unlike those before: it may mean something new, or something bad.
const BEHAVIOUR: f64 = 20.0;

/// The same of a model that few runs trained: it only advises.
const ADVICE: f64 = 4.0;

/// What is new after a sample or an act.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Noticed {
    /// New findings, and known ones that got worse or came again after a silence.
    pub findings: Vec<Finding>,
    /// The step on the ladder, if there was one.
    pub step: Option<Step>,
}

/// Watches one cell. It keeps less than 100 KB, however long the cell lives, and less than 512 KB
/// when the cell fills every finding with the longest words it can. The model is not counted: the
/// cells of a plugin share it.
#[derive(Clone, Debug)]
pub struct Watcher {
    settings: Settings,
    limits: Limits,
    rules: Rules,
    gauges: Gauges,
    behaviour: Option<(Arc<Model>, Follower)>,
    journal: Journal,
    ladder: Ladder,
    /// When the cell was started, on the host's clock.
    started: Duration,
}

impl Watcher {
    /// A watcher of a cell that has just started. Without a model it does not look at behaviour.
    #[must_use]
    pub fn new(settings: Settings, limits: Limits, model: Option<Arc<Model>>) -> Self {
        let model = model.filter(|_| settings.enabled.behaviour);
        Self {
            journal: Journal::new(settings.quiet),
            ladder: Ladder::new(settings.thresholds.clone(), settings.half_life),
            behaviour: model.map(|model| (model, Follower::default())),
            settings,
            limits,
            rules: Rules::default(),
            gauges: Gauges::default(),
            started: Duration::ZERO,
        }
    }

    /// The same for a cell of a plugin that has run before: with what its earlier cells have left.
    /// `started` is when this one is started, on the clock of the host, which goes on between cells.
    #[must_use]
    pub fn with(mut self, carried: Carried, started: Duration) -> Self {
        self.started = started;
        self.journal.begin(carried.known, started);
        self.rules = carried.rules;
        if let Some(risk) = carried.risk {
            self.ladder.begin(risk, started);
        }
        self
    }

    /// What is left to the cells of the same plugin that are started after this one.
    #[must_use]
    pub fn carried(&self) -> Carried {
        Carried {
            risk: Some(self.ladder.risk().clone().since(self.started)),
            known: self.journal.known(),
            rules: self.rules.clone(),
        }
    }

    /// Takes a sample in, about four a second. `open_calls` is how many calls of the host, or of
    /// other plugins, the cell is working on; its loading counts as one.
    pub fn sample(&mut self, sample: Sample, open_calls: usize) -> Noticed {
        let found = self.gauges.sample(&sample, open_calls, &self.limits, &self.settings);
        self.noticed(sample.at, found)
    }

    /// Takes an act in.
    pub fn act(&mut self, at: Duration, act: &Act) -> Noticed {
        let mut found = self.rules.act(self.moment(at), act, &self.settings);
        if let Act::Egress { host } = act {
            found.extend(self.gauges.egress(at, host, &self.settings));
        }
        found.extend(self.followed(at, act));
        self.noticed(at, found)
    }

    /// The cell has ended: looks at what it did as a whole.
    pub fn end(&mut self, at: Duration) -> Noticed {
        let odd = self.behaviour.as_mut().and_then(|(model, follower)| {
            let odd = follower.end(model)?;
            Some(behaviour(at, model, odd))
        });
        self.noticed(at, odd.into_iter().collect())
    }

    /// All findings so far, each once, with how often it was made.
    #[must_use]
    pub fn findings(&self) -> Vec<Noted> {
        self.journal.findings()
    }

    /// Where the cell stands on the ladder.
    #[must_use]
    pub const fn rung(&self) -> Rung {
        self.ladder.rung()
    }

    /// Whether it is slowed down.
    #[must_use]
    pub const fn is_slowed(&self) -> bool {
        self.ladder.is_slowed()
    }

    /// What speaks against it, from 0 to 100.
    #[must_use]
    pub fn risk(&self) -> f64 {
        self.ladder.risk().score()
    }

    /// Puts the cell back to the bottom of the ladder, and forgets what it did so far: what it does
    /// again counts again, and a secret that it read has been looked at. Only the policy or a person may say so: `by`
    /// names who.
    pub fn restore(&mut self, at: Duration, by: &str) -> Option<Step> {
        self.journal.settle();
        self.rules.settle();
        self.ladder.restore(at, by)
    }

    const fn moment(&self, at: Duration) -> Moment {
        Moment { at, started: self.started }
    }

    fn noticed(&mut self, at: Duration, found: Vec<Finding>) -> Noticed {
        let findings: Vec<Finding> =
            found.into_iter().filter_map(|finding| self.journal.note(finding)).collect();
        let step = self.ladder.weigh(at, &findings);
        Noticed { findings, step }
    }

    fn followed(&mut self, at: Duration, act: &Act) -> Option<Finding> {
        let (model, follower) = self.behaviour.as_mut()?;
        let odd = follower.follow(model, &act.class()?)?;
        Some(behaviour(at, model, odd))
    }
}

fn behaviour(at: Duration, model: &Model, odd: Oddity) -> Finding {
    let advice = model.runs() < FEW_RUNS;
    let sentence =
        format!("It does what it did in none of {} runs: {}.", model.runs(), odd.observed);
    Finding::new(odd.rule, Layer::Behaviour, "", at)
        .seen(odd.observed, odd.expected)
        .sure(odd.sure)
        .says(sentence)
        .because(odd.evidence)
        .risks(if advice { ADVICE } else { BEHAVIOUR })
}

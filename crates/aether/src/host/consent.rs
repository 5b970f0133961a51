//! What a person is asked, and what becomes of the answer.

use aether_audit::{Event as Record, Kind, Verdict};
use aether_policy::consent::Consents;
use aether_policy::grant::{Decision, Grant, Refused, Review};

use super::launch::Manner;
use super::start::{StartError, StartOptions};
use super::{Host, lock};
use crate::Plugin;
use crate::mounts::Places;

/// A person's answer to a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes, this time.
    Once,
    /// Yes, and for every later run of exactly this version.
    Always,
    /// Yes, this time, and by nobody: it is looked at what plugins do when they may.
    Learning,
    /// No.
    Refuse,
}

pub(super) type Ask = dyn Fn(&[Review]) -> Answer + Send + Sync;

impl Host {
    /// What persons agreed to for always, during this run.
    #[must_use]
    pub fn consents_given(&self) -> Consents {
        lock(&self.0.given).clone()
    }

    /// Adds answers that persons gave since the host was made.
    pub fn remember(&self, consents: &Consents) {
        let mut agreed = lock(&self.0.agreed);
        consents.iter().for_each(|consent| agreed.remember(consent.clone()));
    }

    /// Forgets what persons agreed to about a plugin, by its name or digest. What runs keeps what it was
    /// granted, and so does one that is kept or offered ([`Host::keep`], [`Host::offer`]) once it was
    /// started.
    pub fn forget_consents(&self, plugin: &str) {
        lock(&self.0.agreed).revoke(plugin);
        lock(&self.0.given).revoke(plugin);
    }

    /// Asks for everything that the plugins about to start want and nobody has agreed to yet, all
    /// at once; those that are offered ([`Host::offer`]) among them. Says what stands against a start,
    /// for each that is refused.
    ///
    /// # Errors
    /// [`StartError::Declined`], or when the audit log cannot be written.
    pub fn ask_for<'a>(
        &self,
        plugins: impl Iterator<Item = (&'a Plugin, &'a StartOptions)>,
    ) -> Result<Vec<Refused>, StartError> {
        let (mut reviews, mut refusals) = (Vec::<Review>::new(), Vec::new());
        let mut weigh = |plugin: &Plugin, options: &StartOptions| match self.decide(plugin, options)
        {
            Decision::Granted(_) => {}
            Decision::Refused(refused) => refusals.push(refused),
            Decision::Ask(review) => add(&mut reviews, *review),
        };
        let plugins: Vec<_> = plugins.collect();
        for (plugin, options) in &plugins {
            weigh(plugin, options);
        }
        for (plugin, options) in self.offers() {
            let same = |(other, with): &(&Plugin, &StartOptions)| {
                other.identity() == plugin.identity() && with.is_like(&options)
            };
            if !plugins.iter().any(same) {
                weigh(&plugin, &options);
            }
        }
        if !refusals.is_empty() || reviews.is_empty() || self.agree(&reviews)? {
            return Ok(refusals);
        }
        Err(StartError::Declined)
    }

    /// request ∩ policy ∩ consent.
    pub(super) fn obtain(
        &self,
        number: u32,
        plugin: &Plugin,
        options: &StartOptions,
        places: &Places,
        manner: Manner<'_>,
    ) -> Result<Grant, StartError> {
        let by_owner = manner.command.is_some();
        match self.decide_at(plugin, options, places, by_owner) {
            Decision::Granted(grant) => {
                if !by_owner && manner.compiles.is_none() {
                    self.agree_with_offered(Vec::new())?;
                }
                Ok(*grant)
            }
            Decision::Refused(refused) => Err(self.refuse(number, plugin, refused)),
            // What is made ahead of a plugin is made of one that asks for nothing: there is nothing to agree to.
            Decision::Ask(review) if by_owner || manner.makes.is_some() => Ok(review.accept()),
            Decision::Ask(review) => {
                self.agree_with_offered(vec![(*review).clone()])?;
                Ok(review.accept())
            }
        }
    }

    /// Asks for these and for what is still to be agreed to for the plugins that others can call:
    /// nobody is asked in the middle of a call.
    fn agree_with_offered(&self, mut reviews: Vec<Review>) -> Result<(), StartError> {
        for (plugin, options) in self.offers() {
            // What is refused is refused when it is called.
            if let Decision::Ask(review) = self.decide(&plugin, &options) {
                add(&mut reviews, *review);
            }
        }
        match reviews.is_empty() || self.agree(&reviews)? {
            true => Ok(()),
            false => Err(StartError::Declined),
        }
    }

    /// Records why a start is refused.
    pub(super) fn refuse(&self, number: u32, plugin: &Plugin, refused: Refused) -> StartError {
        for refusal in &refused.refusals {
            let (place, text) = (place_of(refusal), format!("{}: {}", refusal.what, refusal.why));
            let event = Record::new(Kind::Grant, refusal.kind.code(), Verdict::Denied)
                .plugin(&plugin.identity().name)
                .cell(number)
                .object(&text);
            let recorded = self.0.log.record(&match &place {
                Some(place) => event.rule(place),
                None => event,
            });
            if let Err(error) = recorded {
                return error.into();
            }
        }
        StartError::Refused(Box::new(refused))
    }

    /// Whether a person agrees, to all or to nothing.
    pub(super) fn agree(&self, reviews: &[Review]) -> Result<bool, StartError> {
        let Some(_turn) = self.0.asking.wait(|| !self.is_interrupted()) else {
            return Err(StartError::Interrupted);
        };
        let answer = self.0.ask.as_ref().map_or(Answer::Refuse, |ask| ask(reviews));
        // Nobody's answer counts any more, and none is remembered.
        if self.is_interrupted() {
            return Err(StartError::Interrupted);
        }
        let (word, verdict) = match answer {
            Answer::Once => ("once", Verdict::Allowed),
            Answer::Always => ("always", Verdict::Allowed),
            Answer::Learning => ("learning", Verdict::Allowed),
            Answer::Refuse => ("refuse", Verdict::Denied),
        };
        let now = jiff::Timestamp::now();
        for review in reviews {
            let record = Record::new(Kind::Consent, word, verdict).plugin(&review.plugin.name);
            self.0.log.record(&record.object(review.request_digest()))?;
            if answer != Answer::Refuse {
                lock(&self.0.agreed).remember(review.consent(now));
            }
            if answer == Answer::Always {
                lock(&self.0.given).remember(review.consent(now));
            }
        }
        Ok(answer != Answer::Refuse)
    }
}

/// Adds a review, unless the same stands there.
fn add(reviews: &mut Vec<Review>, review: Review) {
    let same = |other: &Review| {
        other.plugin == review.plugin && other.request_digest() == review.request_digest()
    };
    if !reviews.iter().any(same) {
        reviews.push(review);
    }
}

fn place_of(refusal: &aether_policy::grant::Refusal) -> Option<String> {
    refusal.place().map(|place| format!("{}:{place}", refusal.source.name()))
}

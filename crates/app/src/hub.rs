//! What the host's own threads tell and ask.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Instant;

use aether::{CallError, ElevationQuestion, Ending};

use crate::calls::Calls;
use crate::feed::Feed;
use crate::lock;
use crate::model::{Event, Question, QuestionKind};
use crate::offences::{Offences, reason};
use crate::questions::{PATIENCE, Questions};
use crate::settings::{AskQuestion, Asking};

/// See the module. It outlives neither the host nor the app, and knows neither.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    pub(crate) feed: Feed,
    pub(crate) questions: Questions,
    /// Plugins that are not started before a person restores them, and why.
    pub(crate) offenders: Mutex<Offences>,
    /// Where ended cells go.
    pub(crate) ended: Mutex<Option<Sender<u32>>>,
    /// The app is closed, or being closed: nothing starts, and nobody is asked any more.
    pub(crate) closed: AtomicBool,
    /// Plugins that are being ended, and by how many: nobody is asked for them.
    ending: Mutex<BTreeMap<String, usize>>,
}

/// A plugin is being ended as long as this lives: what is asked for it is answered with no.
pub(crate) struct Ends<'h> {
    hub: &'h Hub,
    plugin: String,
}

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        let mut all = lock(&self.hub.ending);
        if let Some(count) = all.get_mut(&self.plugin) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.plugin);
            }
        }
    }
}

impl Hub {
    /// Asks whether plugins may start.
    pub(crate) fn consent(
        &self,
        reviews: &[aether::policy::grant::Review],
        own: Option<&AskQuestion>,
    ) -> aether::Answer {
        let agreed = |review: &aether::policy::grant::Review| {
            let name = &review.plugin.name;
            let is_wanted =
                || !self.closed.load(Ordering::SeqCst) && !lock(&self.ending).contains_key(name);
            is_wanted() && self.ask(consent_question(review), is_wanted, own)
        };
        match reviews.iter().all(agreed) {
            true => aether::Answer::Once,
            false => aether::Answer::Refuse,
        }
    }

    /// Answers what is asked for a plugin, now and as long as what this gives lives.
    pub(crate) fn ends(&self, plugin: &str) -> Ends<'_> {
        *lock(&self.ending).entry(plugin.to_owned()).or_default() += 1;
        self.questions.withdraw(Some(plugin));
        Ends { hub: self, plugin: plugin.to_owned() }
    }

    /// Asks whether one that runs may do a single thing more.
    pub(crate) fn elevation(
        &self,
        question: &ElevationQuestion,
        own: Option<&AskQuestion>,
    ) -> bool {
        self.ask(elevation_question(question), || question.is_open(), own)
    }

    /// Asks the app's own code, or else the pages.
    fn ask(
        &self,
        question: Question,
        is_wanted: impl Fn() -> bool,
        own: Option<&AskQuestion>,
    ) -> bool {
        let until = Instant::now() + PATIENCE;
        let is_wanted = || Instant::now() < until && is_wanted();
        let asking = Asking { question: &question, is_wanted: &is_wanted };
        if let Some(answer) = own.and_then(|own| own(&asking)) {
            // What nobody wants any more is no.
            return answer && is_wanted();
        }
        let plugin = question.plugin.clone();
        let told = |question: &Question| {
            let question = question.clone();
            let event = match question.kind {
                QuestionKind::Consent => Event::ConsentNeeded { question },
                QuestionKind::Elevation => Event::ElevationNeeded { question },
            };
            self.feed.tell(Some(&plugin), &event);
        };
        let (id, answer) = self.questions.ask(question, is_wanted, told);
        self.feed.tell(Some(&plugin), &Event::QuestionOver { id });
        answer
    }

    /// Passes on what the host tells.
    pub(crate) fn tell(&self, event: &aether::Event, calls: &Calls) {
        use aether::Event as Told;
        match event {
            Told::Starting { cell, plugin, .. } => self.feed.begins(*cell, plugin),
            Told::Progress { cell, call, fraction, message } => {
                calls.progress(*cell, *call, *fraction, message);
            }
            // Of a violation it was told already when the cell ended, and a person may have forgiven it.
            Told::Held { after: CallError::Ended(Ending::Violation(_)), .. } => {}
            Told::Held { plugin, after } => self.offends(plugin, &after.to_string()),
            Told::Ended { cell, ending: ending @ Ending::Violation(_) } => {
                if let Some(plugin) = self.feed.plugin_of(*cell) {
                    self.offends(&plugin, &ending.to_string());
                }
            }
            _ => {}
        }
        let plugin_of = |cell: u32| self.feed.plugin_of(cell).unwrap_or_default();
        if let Some((plugin, event)) = crate::records::page_event(event, plugin_of) {
            self.feed.tell(plugin.as_deref(), &event);
        }
        if let Told::Ended { cell, .. } = event
            && let Some(ended) = &*lock(&self.ended)
        {
            // Nobody listens any more when the app is being closed.
            let _closing = ended.send(*cell);
        }
    }

    /// A plugin is not started again before a person restores it.
    fn offends(&self, plugin: &str, why: &str) {
        lock(&self.offenders).insert(plugin.to_owned(), reason(why));
    }
}

fn consent_question(review: &aether::policy::grant::Review) -> Question {
    let lines: Vec<String> = review.lines.iter().map(|line| line.note.clone()).collect();
    let risk = review.lines.first().map(|line| line.risk.as_str().to_owned());
    Question {
        id: 0,
        kind: QuestionKind::Consent,
        plugin: review.plugin.name.clone(),
        want: lines.join("; "),
        reason: None,
        risk,
        uses: None,
        lifetime_ms: None,
        policy_line: None,
    }
}

fn elevation_question(question: &ElevationQuestion) -> Question {
    Question {
        id: 0,
        kind: QuestionKind::Elevation,
        plugin: question.plugin.clone(),
        want: question.want.clone(),
        reason: Some(question.reason.clone()).filter(|reason| !reason.is_empty()),
        risk: None,
        uses: Some(question.uses),
        lifetime_ms: Some(crate::millis(question.lifetime)),
        policy_line: Some(question.policy_line.clone()),
    }
}

//! What a person is asked while plugins run.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::feed::Hears;
use crate::lock;
use crate::model::Question;

/// How long a question waits for an answer. After that it is no.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// How often it is looked whether a question is still wanted.
const LOOK: Duration = Duration::from_millis(50);

/// Questions that are open.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    open: Mutex<Open>,
    news: Condvar,
    /// The pages that answer, and for which plugins.
    answerers: Answerers,
}

#[derive(Default)]
struct Answerers(Mutex<BTreeMap<String, Box<Hears>>>);

impl fmt::Debug for Answerers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(lock(&self.0).keys()).finish()
    }
}

#[derive(Debug, Default)]
struct Open {
    last: u64,
    questions: BTreeMap<u64, Waiting>,
}

#[derive(Debug)]
struct Waiting {
    question: Question,
    answer: Option<bool>,
}

impl Questions {
    /// Those that are open about the plugins that `hears` is true for. Whoever asks for them answers them
    /// too, until it has gone.
    pub(crate) fn list(&self, caller: &str, hears: Box<Hears>) -> Vec<Question> {
        let open = lock(&self.open);
        let unanswered = open.questions.values().filter(|waiting| waiting.answer.is_none());
        let questions = unanswered.map(|waiting| waiting.question.clone());
        let own = questions.filter(|question| hears(&question.plugin)).collect();
        lock(&self.answerers.0).insert(caller.to_owned(), hears);
        own
    }

    /// Whoever this was answers no more.
    pub(crate) fn gone(&self, caller: &str) {
        lock(&self.answerers.0).remove(caller);
    }

    /// The plugin that a question is about, if that is open.
    pub(crate) fn plugin_of(&self, id: u64) -> Option<String> {
        lock(&self.open).questions.get(&id).map(|waiting| waiting.question.plugin.clone())
    }

    /// Answers one; false where it is over.
    pub(crate) fn respond(&self, id: u64, allow: bool) -> bool {
        let mut open = lock(&self.open);
        let waiting = open.questions.get_mut(&id).filter(|waiting| waiting.answer.is_none());
        let Some(waiting) = waiting else { return false };
        waiting.answer = Some(allow);
        drop(open);
        self.news.notify_all();
        true
    }

    /// Answers with no what is open about a plugin.
    pub(crate) fn withdraw(&self, plugin: Option<&str>) {
        let mut open = lock(&self.open);
        let about = open
            .questions
            .values_mut()
            .filter(|waiting| plugin.is_none_or(|plugin| waiting.question.plugin == plugin));
        about.for_each(|waiting| waiting.answer = waiting.answer.or(Some(false)));
        drop(open);
        self.news.notify_all();
    }

    /// Asks, and waits for the answer. Where no page answers, it is no at once.
    pub(crate) fn ask(
        &self,
        question: Question,
        is_wanted: impl Fn() -> bool,
        tell: impl FnOnce(&Question),
    ) -> (u64, bool) {
        let mut open = lock(&self.open);
        open.last += 1;
        let id = open.last;
        if !lock(&self.answerers.0).values().any(|hears| hears(&question.plugin)) {
            return (id, false);
        }
        let question = Question { id, ..question };
        open.questions.insert(id, Waiting { question: question.clone(), answer: None });
        drop(open);
        tell(&question);
        let until = Instant::now() + PATIENCE;
        let mut open = lock(&self.open);
        loop {
            let answer = open.questions.get(&id).and_then(|waiting| waiting.answer);
            if answer.is_some() || Instant::now() >= until || !is_wanted() {
                open.questions.remove(&id);
                return (id, answer.unwrap_or(false));
            }
            let waited = self.news.wait_timeout(open, LOOK);
            open = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::QuestionKind;

    fn question() -> Question {
        Question {
            id: 0,
            kind: QuestionKind::Elevation,
            plugin: "p".to_owned(),
            want: "host-write below /out".to_owned(),
            reason: None,
            risk: None,
            uses: Some(1),
            lifetime_ms: Some(1000),
            policy_line: None,
        }
    }

    fn list(questions: &Questions) -> Vec<Question> {
        questions.list("page", Box::new(|plugin| plugin == "p"))
    }

    #[test]
    fn nobody_who_answers_is_no() {
        let questions = Questions::default();
        // One that answers for others is nobody, and so is one that has gone.
        questions.list("another", Box::new(|plugin| plugin == "q"));
        list(&questions);
        questions.gone("page");
        let (_, allowed) = questions.ask(question(), || true, |_| panic!("nobody is told"));
        assert!(!allowed);
    }

    #[test]
    fn an_answer_counts_once() {
        let questions = Questions::default();
        assert!(list(&questions).is_empty());
        let answer = |question: &Question| {
            assert_eq!(list(&questions).len(), 1);
            assert!(questions.respond(question.id, true));
            assert!(!questions.respond(question.id, false), "it is answered");
        };
        let (id, allowed) = questions.ask(question(), || true, answer);
        assert!(allowed);
        assert!(!questions.respond(id, true), "it is over");
    }

    #[test]
    fn what_is_not_wanted_any_more_is_no() {
        let questions = Questions::default();
        list(&questions);
        assert!(!questions.ask(question(), || false, |_| {}).1);
        let withdraw = |_: &Question| questions.withdraw(Some("p"));
        assert!(!questions.ask(question(), || true, withdraw).1);
        assert!(list(&questions).is_empty());
    }
}

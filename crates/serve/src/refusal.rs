//! What is said to whoever asks for what there is not, or may not be.

use aether::source::printable;
use hyper::StatusCode;
use serde_json::{Value, json};

/// Why a request is not done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// A stable word for programs.
    pub(crate) code: &'static str,
    /// One sentence.
    pub(crate) message: String,
    /// What to do.
    pub(crate) fix: Option<String>,
    /// What else there is to know.
    pub(crate) facts: Vec<(&'static str, Value)>,
    /// The methods that there are, where another one was used.
    pub(crate) allow: Option<&'static str>,
    /// Seconds after which it may be tried again.
    pub(crate) retry_after: Option<u32>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let (message, facts) = (message.into(), Vec::new());
        Self { status, code, message, fix: None, facts, allow: None, retry_after: None }
    }

    /// With what to do about it.
    pub(crate) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// With a fact beside the words.
    pub(crate) fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.facts.push((key, value.into()));
        self
    }

    /// With when to try again.
    pub(crate) fn later(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// A request that is not understood.
    pub(crate) fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// Too much is under way.
    pub(crate) fn busy(of: &str) -> Self {
        let message = format!("too many {of} are under way");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message)
            .fix("wait until some of them have ended")
            .later(1)
    }

    /// As JSON. Words that others wrote are escaped here, for whoever prints them.
    pub(crate) fn to_json(&self) -> Value {
        let fix = self.fix.as_deref().map(printable);
        let message = printable(&self.message);
        let mut error = json!({ "code": self.code, "message": message, "fix": fix });
        if let Some(error) = error.as_object_mut() {
            error.extend(self.facts.iter().map(|(key, fact)| ((*key).to_owned(), fact.clone())));
        }
        json!({ "error": error })
    }
}

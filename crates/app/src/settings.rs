//! What an app says before it has plugins.

use std::fmt;
use std::path::{Path, PathBuf};

use aether::policy::policy::{Policy, PolicyOrigin};
use aether::source::{Diagnostic, Source};
use aether::{HostBuilder, Mount};

use crate::model::{Answers, Question, Review, Right};

type Adjust = dyn FnOnce(HostBuilder) -> HostBuilder + Send;
pub(crate) type AskConsent = dyn Fn(&Consent<'_>) -> bool + Send + Sync;
pub(crate) type AskQuestion = dyn Fn(&Asking<'_>) -> Option<bool> + Send + Sync;

/// What a page says that a person agrees to. Texts come from the plugin: show them as text.
#[derive(Clone, Copy, Debug)]
pub enum Consent<'a> {
    /// A plugin is installed, or another version of one.
    Install {
        /// What the person has to know, the difference to what is installed among it.
        review: &'a Review,
        /// What the page says that they answered.
        answers: &'a Answers,
    },
    /// A right is granted that a plugin can do without.
    Grant {
        /// The plugin.
        plugin: &'a str,
        /// The right.
        right: &'a Right,
    },
}

/// A question that is put to the app's own code.
pub struct Asking<'a> {
    /// What is asked.
    pub question: &'a Question,
    pub(crate) is_wanted: &'a dyn Fn() -> bool,
}

impl Asking<'_> {
    /// Whether an answer still counts: not once the plugin is being ended, or the app closed, or the
    /// question's time is over. A dialog may be closed then.
    #[must_use]
    pub fn is_open(&self) -> bool {
        (self.is_wanted)()
    }
}

impl fmt::Debug for Asking<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Asking").field("question", self.question).finish_non_exhaustive()
    }
}

/// Where an app keeps its plugins, and what it lets them do. All of this is the app's own: nothing of it
/// comes from a page.
pub struct Settings {
    pub(crate) folder: PathBuf,
    pub(crate) policy: Option<Policy>,
    pub(crate) workspace: Option<PathBuf>,
    pub(crate) mounts: Vec<Mount>,
    pub(crate) audit: Option<PathBuf>,
    pub(crate) adjust: Vec<Box<Adjust>>,
    pub(crate) consent: Option<Box<AskConsent>>,
    pub(crate) question: Option<Box<AskQuestion>>,
}

impl Settings {
    /// Everything below this folder, which the app has for nothing else: the library, the audit logs,
    /// what plugins store, compiled code, reports, and, unless another is named, the working folder.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            policy: None,
            workspace: None,
            mounts: Vec::new(),
            audit: None,
            adjust: Vec::new(),
            consent: None,
            question: None,
        }
    }

    /// What plugins may do at most. Without one, what a person agreed to at the installation is what
    /// there is.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// The folder that plugins see as `/workspace`.
    #[must_use]
    pub fn workspace(mut self, folder: impl Into<PathBuf>) -> Self {
        self.workspace = Some(folder.into());
        self
    }

    /// A folder of the machine at a place of the plugins' file tree. A plugin sees it only where it was
    /// granted something in it.
    #[must_use]
    pub fn mount(mut self, mount: Mount) -> Self {
        self.mounts.push(mount);
        self
    }

    /// The folder of the audit logs, one file for each time that the app runs.
    #[must_use]
    pub fn audit(mut self, folder: impl Into<PathBuf>) -> Self {
        self.audit = Some(folder.into());
        self
    }

    /// Changes the host before it is made: the program for cells, what is let go without, how closely it
    /// watches. It keeps a process ready for the next start ([`HostBuilder::spares`]).
    #[must_use]
    pub fn host(
        mut self,
        adjust: impl FnOnce(HostBuilder) -> HostBuilder + Send + 'static,
    ) -> Self {
        self.adjust.push(Box::new(adjust));
        self
    }

    /// Has the last word, beside the page that showed the review, on what is installed, in whichever
    /// version, and on rights that are granted: a dialog of the system, say, that no page can answer.
    /// Without it, the answer of a page counts that may install.
    #[must_use]
    pub fn on_consent(
        mut self,
        ask: impl Fn(&Consent<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.consent = Some(Box::new(ask));
        self
    }

    /// Answers questions that come up while plugins run; nothing leaves one to the pages that may answer.
    /// Called on a thread of its own, for one question at a time: one that waits on after
    /// [`Asking::is_open`] says no keeps all others waiting.
    #[must_use]
    pub fn on_question(
        mut self,
        ask: impl Fn(&Asking<'_>) -> Option<bool> + Send + Sync + 'static,
    ) -> Self {
        self.question = Some(Box::new(ask));
        self
    }

    pub(crate) fn below(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn audit_folder(&self) -> PathBuf {
        self.audit.clone().unwrap_or_else(|| self.below("audit"))
    }

    pub(crate) fn workspace_folder(&self) -> PathBuf {
        self.workspace.clone().unwrap_or_else(|| self.below("workspace"))
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Settings");
        shown.field("folder", &self.folder).field("workspace", &self.workspace);
        shown.field("mounts", &self.mounts).finish_non_exhaustive()
    }
}

/// Reads a policy from its text. `name` is what messages call the file.
///
/// # Errors
/// Everything that is wrong with it, each with its place and what to do.
pub fn policy(name: &str, text: &str) -> Result<Policy, Vec<Diagnostic>> {
    let source =
        Source::from_bytes(name, text.as_bytes().to_vec()).map_err(|problem| vec![problem])?;
    Policy::parse(source, PolicyOrigin::Named, jiff::tz::db())
}

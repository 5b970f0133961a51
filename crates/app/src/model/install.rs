//! What is installed, or may be.

use aether::manifest::{JsEngine, Permission};
use aether::source::Diagnostic;
use aether_installed as installed;
use serde::{Deserialize, Serialize};

use super::PostureLine;
use crate::Error;

/// One right: its kind, such as `filesystem.read`, and the entry of the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Right {
    /// Its kind.
    pub permission: String,
    /// The entry.
    pub resource: String,
}

/// A right that is asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// Which.
    pub right: Right,
    /// Whether the plugin says that it can do without.
    pub optional: bool,
    /// How much it could cost: `low`, `medium` or `high`.
    pub risk: String,
    /// What it means, in plain words.
    pub note: String,
    /// Whether it is granted; nothing where that is being asked.
    pub granted: Option<bool>,
}

/// A limit above its default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LimitAsked {
    /// Which.
    pub limit: String,
    /// What is asked for.
    pub asked: String,
    /// The default.
    pub standard: String,
}

/// Something that is wrong or odd.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// What.
    pub message: String,
    /// Where: file, line and column.
    pub place: Option<String>,
    /// What to do.
    pub fix: Option<String>,
}

/// What the app's policy says of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyAnswer {
    /// In a word.
    pub answer: PolicySays,
    /// What it is against.
    pub refusals: Vec<Problem>,
}

/// The same in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicySays {
    /// All of it is allowed.
    Allows,
    /// All of it is, if a person agrees.
    Asks,
    /// Some of it is not, and the plugin will not start.
    Refuses,
}

/// What a person has to know before a plugin is installed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    /// By which it is installed.
    pub ticket: u64,
    /// The plugin's name.
    pub name: String,
    /// As its manifest has it; empty when it has none.
    pub version: String,
    /// What it does, in its author's words.
    pub description: Option<String>,
    /// What runs it.
    pub runtime: String,
    /// The identity of its content.
    pub digest: String,
    /// Who vouches for it: `unsigned`.
    pub signature: String,
    /// How many files it has.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// What it asks for, the greatest risk first.
    pub rights: Vec<Asked>,
    /// Limits above their defaults.
    pub limits: Vec<LimitAsked>,
    /// What the policy says; nothing where the app has none.
    pub policy: Option<PolicyAnswer>,
    /// What a look at the code finds.
    pub findings: Vec<Problem>,
    /// What it changes of what is installed.
    pub difference: Option<Difference>,
    /// Whether it brings a panel.
    pub panel: bool,
}

/// What a person answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Answers {
    /// Whether they agree to what the plugin requires.
    pub agreed: bool,
    /// Which of what it can do without they grant.
    #[serde(default)]
    pub granted: Vec<Right>,
    /// What they refuse.
    #[serde(default)]
    pub refused: Vec<Right>,
}

/// What a new version changes, seen from what was granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The version that is installed.
    pub version: String,
    /// Its digest.
    pub digest: String,
    /// Whether the other one is `newer`, `older`, the `same`, or `unknown`.
    pub order: String,
    /// Rights that nothing granted covers.
    pub added: Vec<Right>,
    /// Rights that go beyond granted ones.
    pub widened: Vec<Widened>,
    /// Granted rights that it does not ask for any more.
    pub removed: Vec<Right>,
    /// Limits that are raised.
    pub limits: Vec<LimitRaised>,
    /// What runs it, before and after, where that is another.
    pub runtime: Option<(String, String)>,
    /// The engine that its manifest names, before and after, where that is another.
    pub engine: Option<(Option<String>, Option<String>)>,
    /// Its files, where both versions can be read.
    pub files: Option<Files>,
    /// Whether it asks for more than was granted.
    pub asks_for_more: bool,
}

/// A right that goes beyond granted ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Widened {
    /// What is asked for.
    pub right: Right,
    /// What was granted.
    pub was: Vec<Right>,
}

/// A limit that is raised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LimitRaised {
    /// Which.
    pub limit: String,
    /// Before.
    pub was: String,
    /// After.
    pub now: String,
}

/// Files that differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Files {
    /// There now and not before.
    pub added: Vec<String>,
    /// With other content.
    pub changed: Vec<String>,
    /// There before and not now.
    pub removed: Vec<String>,
}

/// What an installation came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Installed {
    /// The plugin.
    pub name: String,
    /// The digest of what was reviewed.
    pub digest: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Whether the version before runs on until it is started again.
    pub running: bool,
    /// What it asks for beyond what was granted, where it waits.
    pub difference: Option<Difference>,
}

/// What became of a reviewed plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is installed, and no version was.
    New,
    /// Nothing changed.
    Unchanged,
    /// Its files are again what they had been.
    Repaired,
    /// It took the place of another version.
    Updated,
    /// It waits for a person.
    Waiting,
}

/// One version of an installed plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// As its manifest has it; empty when it has none.
    pub version: String,
    /// The identity of its content.
    pub digest: String,
    /// What it does, in its author's words.
    pub description: Option<String>,
    /// What runs it.
    pub runtime: String,
    /// When it was installed (RFC 3339).
    pub installed: String,
    /// What it was granted.
    pub granted: Vec<Right>,
    /// What it asked for and was not.
    pub refused: Vec<Right>,
}

/// An installed plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plugin {
    /// Its name.
    pub name: String,
    /// Whether it may be started.
    pub enabled: bool,
    /// Whether a cell of it runs.
    pub running: bool,
    /// Which.
    pub cell: Option<u32>,
    /// What is started.
    pub current: Version,
    /// An update that waits for a person.
    pub waiting: Option<Version>,
    /// Whether it brings a panel.
    pub panel: bool,
    /// How many changes of its ended cells wait for a person.
    pub changes: usize,
    /// Why it is not called now, if it is not.
    pub resting: Option<String>,
}

/// Everything about an installed plugin.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Inspection {
    /// As in the list.
    pub plugin: Plugin,
    /// What it asks for, the greatest risk first.
    pub rights: Vec<Asked>,
    /// Limits above their defaults.
    pub limits: Vec<LimitAsked>,
    /// Where its files are.
    pub folder: String,
    /// How many files it has; nothing where they are not what was installed.
    pub files: Option<usize>,
    /// Their bytes.
    pub bytes: Option<u64>,
    /// What the update that waits would change.
    pub difference: Option<Difference>,
    /// What can be called: what runs says so, or else what the manifest declares.
    pub methods: Vec<String>,
    /// What holds it, where it runs.
    pub posture: Option<Vec<PostureLine>>,
    /// The text of its manifest.
    pub manifest: String,
}

impl Right {
    pub(crate) fn of(right: &installed::Right) -> Self {
        let permission = right.permission.as_str().to_owned();
        Self { permission, resource: right.resource.clone() }
    }

    pub(crate) fn all(rights: &[installed::Right]) -> Vec<Self> {
        rights.iter().map(Self::of).collect()
    }

    /// The library's form of it.
    pub(crate) fn read(&self) -> Result<installed::Right, Error> {
        let known = Permission::ALL.into_iter().find(|kind| kind.as_str() == self.permission);
        match known {
            Some(permission) => Ok(installed::Right::new(permission, self.resource.clone())),
            None => Err(Error::bad_input(format!(
                "there is no kind of right {}",
                aether::source::quoted(&self.permission)
            ))),
        }
    }
}

impl Asked {
    pub(crate) fn of(asked: &installed::AskedRight, granted: Option<bool>) -> Self {
        Self {
            right: Right::of(&asked.right),
            optional: asked.optional,
            risk: asked.risk.as_str().to_owned(),
            note: asked.note.clone(),
            granted,
        }
    }
}

impl LimitAsked {
    pub(crate) fn of(limit: &aether::policy::grant::ReviewLimit) -> Self {
        let name = limit.limit.as_str().to_owned();
        Self { limit: name, asked: limit.value.clone(), standard: limit.default.clone() }
    }
}

impl Problem {
    pub(crate) fn of(found: &Diagnostic) -> Self {
        let place = found.place().map(|place| format!("{}:{place}", found.source.name()));
        Self { message: found.message.clone(), place, fix: found.help.clone() }
    }

    pub(crate) fn refused(refusal: &aether::policy::grant::Refusal) -> Self {
        let place = refusal.place().map(|place| format!("{}:{place}", refusal.source.name()));
        let fix = refusal.fix.clone().unwrap_or_else(|| refusal.advice.clone());
        let message = format!("{}: {}", refusal.what, refusal.why);
        Self { message, place, fix: Some(fix).filter(|fix| !fix.is_empty()) }
    }
}

impl PolicyAnswer {
    fn of(answer: &installed::PolicyAnswer) -> Self {
        use installed::PolicyAnswer as Answer;
        let (answer, refusals) = match answer {
            Answer::Allows => (PolicySays::Allows, Vec::new()),
            Answer::AllowsIfAgreed => (PolicySays::Asks, Vec::new()),
            Answer::Refuses(refused) => {
                (PolicySays::Refuses, refused.refusals.iter().map(Problem::refused).collect())
            }
        };
        Self { answer, refusals }
    }
}

impl Review {
    pub(crate) fn of(ticket: u64, review: &installed::Review) -> Self {
        let manifest = review.manifest();
        let files = review.bundle().files();
        Self {
            ticket,
            name: review.name().to_string(),
            version: review.version().to_owned(),
            description: manifest.description.clone(),
            runtime: manifest.runtime_or_default().to_string(),
            digest: review.digest().to_string(),
            // There are none in this version: whoever adds one has to say its word here.
            signature: match review.signature() {
                installed::Signature::Unsigned => "unsigned".to_owned(),
                _ => "unknown".to_owned(),
            },
            files: files.len(),
            bytes: files.values().map(|content| content.len() as u64).sum(),
            rights: review.rights().iter().map(|asked| Asked::of(asked, None)).collect(),
            limits: review.limits().iter().map(LimitAsked::of).collect(),
            policy: review.policy().map(PolicyAnswer::of),
            findings: review.findings().iter().map(Problem::of).collect(),
            difference: review.difference().map(Difference::of),
            panel: manifest.panel.is_some(),
        }
    }
}

impl Answers {
    /// The library's form of them.
    pub(crate) fn read(&self) -> Result<installed::Answers, Error> {
        let start = match self.agreed {
            true => installed::Answers::agreed(),
            false => installed::Answers::nobody(),
        };
        let granted = self
            .granted
            .iter()
            .try_fold(start, |answers, right| Ok::<_, Error>(answers.granting(right.read()?)))?;
        self.refused.iter().try_fold(granted, |answers, right| Ok(answers.refusing(right.read()?)))
    }
}

impl Difference {
    pub(crate) fn of(difference: &installed::Difference) -> Self {
        let order = match difference.order {
            installed::Order::Newer => "newer",
            installed::Order::Older => "older",
            installed::Order::Same => "same",
            installed::Order::Unknown => "unknown",
        };
        let widened = |widened: &installed::Widened| Widened {
            right: Right::of(&widened.right),
            was: Right::all(&widened.was),
        };
        let limit = |change: &installed::LimitChange| LimitRaised {
            limit: change.limit.as_str().to_owned(),
            was: change.was.clone(),
            now: change.now.clone(),
        };
        let files = |files: &installed::FileChanges| Files {
            added: files.added.clone(),
            changed: files.changed.clone(),
            removed: files.removed.clone(),
        };
        let name = |engine: Option<JsEngine>| engine.map(|engine| engine.to_string());
        Self {
            version: difference.version.clone(),
            digest: difference.digest.to_string(),
            order: order.to_owned(),
            added: Right::all(&difference.added),
            widened: difference.widened.iter().map(widened).collect(),
            removed: Right::all(&difference.removed),
            limits: difference.limits.iter().map(limit).collect(),
            runtime: difference.runtime.map(|(was, now)| (was.to_string(), now.to_string())),
            engine: difference.engine.map(|(was, now)| (name(was), name(now))),
            files: difference.files.as_ref().map(files),
            asks_for_more: difference.asks_for_more(),
        }
    }
}

impl Installed {
    pub(crate) fn of(done: &installed::Installed) -> Self {
        let (outcome, difference) = match &done.outcome {
            installed::Outcome::New => (Outcome::New, None),
            installed::Outcome::Unchanged => (Outcome::Unchanged, None),
            installed::Outcome::Repaired => (Outcome::Repaired, None),
            installed::Outcome::Updated(_) => (Outcome::Updated, None),
            installed::Outcome::Waiting(difference) => {
                (Outcome::Waiting, Some(Difference::of(difference)))
            }
        };
        let (name, digest) = (done.name.to_string(), done.digest.to_string());
        Self { name, digest, outcome, running: done.running, difference }
    }
}

impl Version {
    pub(crate) fn of(listed: &installed::ListedVersion) -> Self {
        Self {
            version: listed.version.clone(),
            digest: listed.digest.to_string(),
            description: listed.description.clone(),
            runtime: listed.runtime.to_string(),
            installed: listed.installed.to_string(),
            granted: Right::all(&listed.granted),
            refused: Right::all(&listed.refused),
        }
    }
}

//! What a launch really got.

use serde::{Deserialize, Serialize};

use crate::Protection;

/// How a protection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// In force.
    Enforced,
    /// Not in force, or weaker, because the caller named it as optional.
    Degraded,
    /// Could not be had, and was required: the launch was refused.
    Refused,
    /// Switched off as a whole: by `--unsafe`, or for a plugin that runs in its host's own process.
    Off,
}

/// One protection of a posture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Which.
    pub protection: Protection,
    /// How it stands.
    pub state: State,
    /// By what means, or why not; one short clause.
    pub detail: String,
}

/// Every protection of one launch, each with its state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posture {
    /// One line per protection, in the order of [`Protection::ALL`].
    pub lines: Vec<Line>,
}

impl Posture {
    /// The posture of a process without a container.
    #[must_use]
    pub fn off() -> Self {
        Self::off_since("the container is switched off")
    }

    /// The posture of what is confined by nothing, for this reason.
    #[must_use]
    pub fn off_since(why: &str) -> Self {
        let line = |&protection| Line { protection, state: State::Off, detail: why.to_owned() };
        let all = Protection::ALL.iter().filter(|protection| protection.applies(false));
        Self { lines: all.map(line).collect() }
    }

    /// Sets a protection's line, replacing an earlier one.
    pub fn set(&mut self, protection: Protection, state: State, detail: impl Into<String>) {
        let line = Line { protection, state, detail: detail.into() };
        match self.lines.binary_search_by_key(&protection, |line| line.protection) {
            Ok(at) => self.lines[at] = line,
            Err(at) => self.lines.insert(at, line),
        }
    }

    /// The line of a protection.
    #[must_use]
    pub fn get(&self, protection: Protection) -> Option<&Line> {
        self.lines.iter().find(|line| line.protection == protection)
    }

    /// Whether every protection is in force.
    #[must_use]
    pub fn is_full(&self) -> bool {
        // Each kind has some of its own; a posture of neither is held to what both have.
        let has = |native: bool| self.lines.iter().any(|line| !line.protection.applies(!native));
        let native = has(true) || !has(false);
        Protection::ALL
            .iter()
            .filter(|protection| protection.applies(native))
            .all(|&p| self.get(p).is_some_and(|line| line.state == State::Enforced))
    }
}

/// How much stands, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something that the others rest on does not stand.
    Reduced,
    /// The borders stand, and the limits; something that makes it harder to attack them does not.
    Contained,
    /// Everything stands.
    Strict,
}

impl Level {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reduced => "reduced",
            Self::Contained => "contained",
            Self::Strict => "strict",
        }
    }

    /// What it means, as part of a sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Reduced => {
                "a border or a limit does not stand: a plugin could have more than it was granted"
            }
            Self::Contained => {
                "every border and every limit stands, and not all that makes them harder to attack"
            }
            Self::Strict => "everything stands",
        }
    }
}

impl Posture {
    /// How much of it stands. Borders and limits come first: whoever is in no container, may leave its
    /// job or has a network is not contained, whatever else holds it.
    #[must_use]
    pub fn level(&self) -> Level {
        let hardens = |protection: Protection| {
            use Protection as P;
            matches!(
                protection,
                P::Lpac
                    | P::Token
                    | P::Ui
                    | P::Dep
                    | P::Aslr
                    | P::StrictHandles
                    | P::ExtensionPoints
                    | P::ImageLoad
                    | P::Win32k
                    | P::WriteXorExecute
                    | P::NonDumpable
                    | P::Keyring
                    | P::SyscallRecord
            )
        };
        let borders = self.lines.iter().filter(|line| !hardens(line.protection));
        match self.is_full() {
            true => Level::Strict,
            false if self.lines.is_empty() => Level::Reduced,
            false if borders.into_iter().all(|line| line.state == State::Enforced) => {
                Level::Contained
            }
            false => Level::Reduced,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_falls_with_the_first_border() {
        let mut posture = Posture::default();
        assert_eq!(posture.level(), Level::Reduced);
        for &protection in Protection::ALL.iter().filter(|protection| protection.applies(false)) {
            posture.set(protection, State::Enforced, "");
        }
        assert_eq!(posture.level(), Level::Strict);
        posture.set(Protection::WriteXorExecute, State::Degraded, "");
        assert_eq!(posture.level(), Level::Contained);
        for border in [Protection::Memory, Protection::Descriptors, Protection::Processes] {
            let mut posture = posture.clone();
            posture.set(border, State::Degraded, "");
            assert_eq!(posture.level(), Level::Reduced, "{border}");
        }
        assert_eq!(Posture::off().level(), Level::Reduced);
    }

    #[test]
    fn a_posture_with_a_missing_or_weaker_line_is_not_full() {
        let mut posture = Posture::default();
        assert!(!posture.is_full());
        for &protection in Protection::ALL.iter().filter(|protection| protection.applies(false)) {
            posture.set(protection, State::Enforced, "");
        }
        assert!(posture.is_full());
        if cfg!(target_os = "linux") {
            let mut native = posture.clone();
            native.set(Protection::Init, State::Enforced, "");
            assert!(!native.is_full(), "a native cell needs its own");
        }
        posture.set(Protection::Memory, State::Degraded, "");
        assert!(!posture.is_full());
        assert!(!Posture::off().is_full());
    }
}

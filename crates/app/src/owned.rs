//! What is installed: seen, reviewed, installed, granted, removed.

use aether::manifest::PluginName;
use aether_installed::{Inspection as Inspected, LibraryError, Listed, NextStart, Source, Terms};

use crate::app::Place;
use crate::changes::Waiting;
use crate::model::{
    Answers, Asked, Difference, Inspection, Installed, LifeState, LimitAsked, Outcome, Plugin,
    Review, Right, Version,
};
use crate::run::posture_lines;
use crate::settings::Consent;
use crate::{App, Error};

impl App {
    /// Every installed plugin, by name.
    #[must_use]
    pub fn list(&self) -> Vec<Plugin> {
        let pending = self.pending();
        self.0.library.list().iter().map(|listed| self.plugin(listed, &pending)).collect()
    }

    /// Everything about one.
    ///
    /// # Errors
    /// `unknown-plugin`.
    pub fn inspect(&self, name: &str) -> Result<Inspection, Error> {
        let found = self.0.library.inspect(name, &self.terms())?;
        let running = self.running(name);
        let exports = running.as_ref().map(|running| running.kept.exports().to_vec());
        let declared = || found.manifest.exports.keys().cloned().collect();
        let methods = exports.filter(|names| !names.is_empty()).unwrap_or_else(declared);
        let posture = running.as_ref().and_then(|running| running.kept.posture());
        let Inspected { listed, rights, limits, folder, files, difference, manifest } = &found;
        Ok(Inspection {
            plugin: self.plugin(listed, &self.pending()),
            rights: rights
                .iter()
                .map(|(asked, granted)| Asked::of(asked, Some(*granted)))
                .collect(),
            limits: limits.iter().map(LimitAsked::of).collect(),
            folder: folder.display().to_string(),
            files: files.map(|(files, _)| files),
            bytes: files.map(|(_, bytes)| bytes),
            difference: difference.as_ref().map(Difference::of),
            methods,
            posture: posture.map(|posture| posture_lines(&posture)),
            manifest: manifest.source.text().to_owned(),
        })
    }

    /// Reads a plugin and says what a person has to know. What was read is kept until it is installed, or
    /// other reviews take its place.
    ///
    /// # Errors
    /// Why it is none that can be installed: `bad-archive`, `bad-folder`, `bad-manifest`, `unreadable`,
    /// `bad-plugin`.
    pub fn review(&self, place: &Place) -> Result<Review, Error> {
        let source = match place {
            Place::Folder(path) => Source::Folder(path),
            Place::Archive(path) => Source::Archive(path),
        };
        let review = self.0.library.review(source, &self.terms())?;
        let (number, review) = self.0.tickets.add(review, false);
        Ok(Review::of(number, &review))
    }

    /// The same for an update that waits.
    ///
    /// # Errors
    /// `unknown-plugin` where none waits.
    pub fn review_waiting(&self, name: &str) -> Result<Review, Error> {
        let review = self.0.library.review_waiting(name, &self.terms())?;
        let (number, review) = self.0.tickets.add(review, true);
        Ok(Review::of(number, &review))
    }

    /// The name of the plugin that a review is of.
    ///
    /// # Errors
    /// `no-ticket`.
    pub fn reviewed(&self, ticket: u64) -> Result<String, Error> {
        Ok(self.0.tickets.get(ticket)?.review.name().to_string())
    }

    /// Forgets a review; false where there is none.
    #[must_use]
    pub fn discard_review(&self, ticket: u64) -> bool {
        self.0.tickets.remove(ticket)
    }

    /// Installs what was reviewed, with what a person answered. Where [`Settings::on_consent`](crate::Settings::on_consent)
    /// is set, it is asked too.
    ///
    /// # Errors
    /// `no-ticket`, `declined`, `audit` where that a person wants it cannot be recorded, and what the
    /// library refuses: nothing is changed then.
    pub fn install(&self, ticket: u64, answers: &Answers) -> Result<Installed, Error> {
        let kept = self.0.tickets.get(ticket)?;
        let given = answers.read()?;
        let review = Review::of(ticket, &kept.review);
        self.consented(&Consent::Install { review: &review, answers })?;
        let name = kept.review.name();
        self.0.record(name.as_str(), "install", &review.digest)?;
        let _turn = self.take_turn(name.as_str());
        let is_new = self.known(name.as_str()).is_err();
        if is_new {
            self.forget_values(name)?;
        }
        let library = &self.0.library;
        let done = match kept.waits {
            true => library.accept(&kept.review, &given),
            false => library.install(&kept.review, &given),
        };
        let done = done.inspect_err(|error| {
            // It is on record that a person wanted it: that nothing came of it is no more than a help.
            drop(self.0.record(name.as_str(), "install-failed", &error.to_string()));
        })?;
        self.0.tickets.remove(ticket);
        let installed =
            Installed { running: self.is_running(name.as_str()), ..Installed::of(&done) };
        let state = match installed.outcome {
            Outcome::New | Outcome::Repaired => LifeState::Installed,
            Outcome::Updated => LifeState::Updated,
            Outcome::Waiting => LifeState::Waiting,
            Outcome::Unchanged => return Ok(installed),
        };
        if state != LifeState::Waiting {
            self.outdate(name.as_str());
        }
        self.tell(&installed.name, state, Some(installed.digest.clone()));
        Ok(installed)
    }

    /// Removes an update that waits.
    ///
    /// # Errors
    /// `not-waiting`.
    pub fn reject(&self, name: &str, digest: &str) -> Result<(), Error> {
        let waiting = self.listed(name).ok().and_then(|listed| listed.waiting);
        let waiting = waiting.map(|waiting| waiting.digest);
        let known = waiting.filter(|known| known.to_string() == digest).ok_or_else(|| {
            Error::new("not-waiting", "no update of this digest waits").fix("review what waits now")
        })?;
        self.0.library.reject(name, &known)?;
        self.tell(name, LifeState::Rejected, Some(digest.to_owned()));
        self.0.record(name, "reject", digest)
    }

    /// Grants a right that it can do without, if [`Settings::on_consent`](crate::Settings::on_consent)
    /// agrees where it is set. Gives whether it runs, so that this counts from its next start on.
    ///
    /// # Errors
    /// `not-asked`, `declined`.
    pub fn grant(&self, name: &str, right: &Right) -> Result<bool, Error> {
        let asked = right.read()?;
        let listed = self.listed(name)?;
        let all = listed.current.granted.iter().chain(&listed.current.refused);
        if !all.clone().any(|known| *known == asked) {
            return Err(LibraryError::NotAsked { name: listed.name, right: asked }.into());
        }
        self.consented(&Consent::Grant { plugin: name, right })?;
        // On record before it is so: it widens what the plugin may do.
        self.0.record(name, "grant", &asked.to_string())?;
        let _turn = self.take_turn(name);
        let _next: NextStart = self.0.library.grant(name, &asked)?;
        self.outdate(name);
        self.tell(name, LifeState::Granted, Some(asked.to_string()));
        Ok(self.is_running(name))
    }

    /// Takes a right that it can do without. Gives whether it runs.
    ///
    /// # Errors
    /// `required` for a right that it cannot do without, `covered` where another one permits the same;
    /// `audit` where it is taken and that cannot be recorded.
    pub fn revoke(&self, name: &str, right: &Right) -> Result<bool, Error> {
        let right = right.read()?;
        self.known(name)?;
        let _turn = self.take_turn(name);
        let _next: NextStart = self.0.library.revoke(name, &right)?;
        self.outdate(name);
        self.tell(name, LifeState::Revoked, Some(right.to_string()));
        // What is taken does not wait for the log.
        self.0.record(name, "revoke", &right.to_string())?;
        Ok(self.is_running(name))
    }

    /// Lets it be started.
    ///
    /// # Errors
    /// `unknown-plugin`.
    pub fn enable(&self, name: &str) -> Result<bool, Error> {
        self.known(name)?;
        self.0.record(name, "enable", "")?;
        let _turn = self.take_turn(name);
        let _next: NextStart = self.0.library.enable(name)?;
        self.outdate(name);
        self.tell(name, LifeState::Enabled, None);
        Ok(self.is_running(name))
    }

    /// Keeps it from being started, and stops it.
    ///
    /// # Errors
    /// `unknown-plugin`; `audit` where it is done and that cannot be recorded.
    pub fn disable(&self, name: &str) -> Result<bool, Error> {
        let _next: NextStart = self.0.library.disable(name)?;
        let _turn = self.turn_to_end(name);
        self.end(name);
        self.tell(name, LifeState::Disabled, None);
        self.0.record(name, "disable", "")?;
        Ok(self.is_running(name))
    }

    /// Stops it, and removes it with all that was granted to it, what it had stored, and changes that
    /// wait.
    ///
    /// # Errors
    /// `unknown-plugin`. After any other error it is not installed any more where a list does not have it;
    /// what it had stored is removed before another plugin of its name is installed.
    pub fn uninstall(&self, name: &str) -> Result<(), Error> {
        let is_unreadable = self.0.library.unreadable().iter().any(|known| known == name);
        if self.known(name).is_err() && !is_unreadable {
            return Err(Error::unknown(name));
        }
        // What is taken away does not wait for the log, nor for a question.
        let recorded = self.0.record(name, "uninstall", "");
        let _turn = self.turn_to_end(name);
        self.end(name);
        let _next: NextStart = self.0.library.uninstall(name)?;
        self.0.pages.close_all(name);
        self.0.host.forget_consents(name);
        self.throw_away(name);
        self.0.bundles.forget(name);
        self.0.idle.forget(name);
        let forgiven = self.0.forgive(name);
        let forgotten = match PluginName::parse(name) {
            Ok(name) => self.forget_values(&name),
            Err(_) => Ok(()),
        };
        self.tell(name, LifeState::Uninstalled, None);
        recorded.and(forgiven).and(forgotten)
    }

    /// What the app's own code says beside a page, where it says something.
    fn consented(&self, consent: &Consent<'_>) -> Result<(), Error> {
        match &self.0.on_consent {
            Some(ask) if !ask(consent) => {
                Err(Error::new("declined", "the person who was asked said no"))
            }
            _ => Ok(()),
        }
    }

    fn forget_values(&self, name: &PluginName) -> Result<(), Error> {
        let forgotten = self.0.host.forget_values(name);
        forgotten.map_err(|error| Error::system("remove what a plugin had stored", &error))
    }

    pub(crate) fn listed(&self, name: &str) -> Result<Listed, Error> {
        let all = self.0.library.list();
        let found = all.into_iter().find(|listed| listed.name.as_str() == name);
        found.ok_or_else(|| Error::unknown(name))
    }

    fn terms(&self) -> Terms<'_> {
        Terms { policy: self.0.policy.as_ref(), mounts: &self.0.mounts }
    }

    fn plugin(&self, listed: &Listed, pending: &[Waiting]) -> Plugin {
        let name = listed.name.as_str();
        let running = self.running(name);
        let cell = self.cell_of(name);
        let resting = running.as_ref().and_then(|running| running.kept.resting());
        let offence = || self.0.offence(name);
        let own = pending.iter().filter(|waiting| waiting.plugin == name);
        Plugin {
            name: name.to_owned(),
            enabled: listed.enabled,
            running: cell.is_some(),
            cell,
            current: Version::of(&listed.current),
            waiting: listed.waiting.as_ref().map(Version::of),
            panel: listed.current.panel,
            changes: own.map(Waiting::count).sum(),
            resting: offence().or_else(|| resting.map(|resting| resting.to_string())),
        }
    }
}

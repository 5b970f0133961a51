//! The app's plugins: made, and what is installed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::DirBuilder;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use aether::path::VirtualPath;
use aether::policy::grant::Mount as PolicyMount;
use aether::policy::policy::Policy;
use aether::report::CellRecord;
use aether::{ElevationQuestion, Host, StartOptions};
use aether_installed::{Inspection as Inspected, Library, Listed, NextStart, Source, Terms};

use crate::calls::Calls;
use crate::changes::Waiting;
use crate::feed::{Feed, Hears, Listener};
use crate::model::{
    Answers, Asked, Difference, Event, Inspection, Installed, LifeState, LimitAsked, Outcome,
    Plugin, Question, QuestionKind, Review, Right, Version,
};
use crate::offers::Offers;
use crate::pages::{Page, Pages};
use crate::questions::Questions;
use crate::run::{Running, Turns, posture_lines};
use crate::settings::{AskInstall, AskQuestion};
use crate::tickets::Tickets;
use crate::{Error, Settings, lock};

/// How long it is waited until the record of an ended cell is there.
const SETTLING: Duration = Duration::from_secs(5);

/// Where a plugin comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Its folder.
    Folder(PathBuf),
    /// A zip file.
    Archive(PathBuf),
}

/// The plugins of one app. Clones are the same.
#[derive(Clone, Debug)]
pub struct App(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) library: Library,
    pub(crate) host: Host,
    pub(crate) policy: Option<Policy>,
    pub(crate) mounts: Vec<PolicyMount>,
    pub(crate) options: StartOptions,
    pub(crate) folder: PathBuf,
    pub(crate) log: PathBuf,
    pub(crate) started: Instant,
    pub(crate) hub: Arc<Hub>,
    pub(crate) calls: Arc<Calls>,
    pub(crate) pages: Pages,
    tickets: Tickets,
    on_install: Option<Box<AskInstall>>,
    pub(crate) running: Mutex<BTreeMap<String, Arc<Running>>>,
    pub(crate) offers: Offers,
    /// Held while one plugin is started or stopped.
    pub(crate) turns: Mutex<BTreeMap<String, Arc<Turns>>>,
    /// Changes of ended cells that were made or thrown away.
    pub(crate) dealt: Mutex<BTreeMap<u32, BTreeSet<VirtualPath>>>,
    /// Held while changes are made.
    pub(crate) applying: Mutex<()>,
    /// Cells that the host has forgotten since their changes were dealt with.
    pub(crate) past: Mutex<Vec<CellRecord>>,
    pub(crate) reports: AtomicU64,
    closed: AtomicBool,
}

/// What the host's threads tell.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    pub(crate) feed: Feed,
    pub(crate) questions: Questions,
    /// Plugins that are not started before a person restores them, and why.
    pub(crate) offenders: Mutex<BTreeMap<String, String>>,
    /// Where ended cells go.
    ended: Mutex<Option<Sender<u32>>>,
}

impl App {
    /// Opens the app's plugins, and begins a run of their host.
    ///
    /// # Errors
    /// [`Error`]: `in-use` while another process has them open, `no-host` where no host can be made,
    /// `system` for what the system says.
    pub fn open(settings: Settings) -> Result<Self, Error> {
        Self::open_with_bridge(settings, b"")
    }

    /// The same with the script that panels get as `aether-panel.js`.
    ///
    /// # Errors
    /// As [`App::open`].
    pub fn open_with_bridge(mut settings: Settings, bridge: &[u8]) -> Result<Self, Error> {
        let folder = settings.folder().to_owned();
        let (audit, workspace) = (settings.audit_folder(), settings.workspace_folder());
        for needed in [&folder, &audit, &workspace] {
            private(needed)?;
        }
        let library = Library::open(&settings.below("installed"))?;
        let log = new_log(&audit);
        let hub = Arc::new(Hub::default());
        let calls = Arc::new(Calls::default());
        let adjust = std::mem::take(&mut settings.adjust);
        let builder = adjust.into_iter().fold(Host::builder().spares(), |host, one| one(host));
        let builder = match settings.policy.clone() {
            Some(policy) => builder.policy(policy),
            None => builder,
        };
        let question: Arc<Option<_>> = Arc::new(settings.question.take());
        let (asked, elevated) = (Arc::clone(&question), question);
        let (consents, elevations) = (Arc::clone(&hub), Arc::clone(&hub));
        let (told, progress) = (Arc::clone(&hub), Arc::clone(&calls));
        let host = builder
            .audit(&log)
            .checkpoints(settings.below("checkpoints"), settings.below("key"))
            .workdir(&workspace)
            .keep_values(settings.below("values"))
            .keep_code(settings.below("code"))
            .keep_narrowed(settings.below("narrowed.json"))
            .models(settings.below("models"))
            .on_event(move |event| told.tell(event, &progress))
            .ask(move |reviews| {
                let yes = reviews.iter().all(|review| {
                    let question = consent_question(review);
                    consents.ask(question, || true, asked.as_ref().as_deref())
                });
                if yes { aether::Answer::Once } else { aether::Answer::Refuse }
            })
            .ask_elevation(move |question| {
                let asked = elevation_question(question);
                elevations.ask(asked, || question.is_open(), elevated.as_ref().as_deref())
            })
            .build()?;
        let options = StartOptions { mounts: settings.mounts.clone(), ..StartOptions::default() };
        let inner = Arc::new(Inner {
            mounts: host.folders(&options),
            library,
            host,
            policy: settings.policy,
            options,
            folder,
            log,
            started: Instant::now(),
            hub,
            calls,
            pages: Pages::new(bridge),
            tickets: Tickets::default(),
            on_install: settings.install,
            running: Mutex::default(),
            offers: Offers::default(),
            turns: Mutex::default(),
            dealt: Mutex::default(),
            applying: Mutex::default(),
            past: Mutex::default(),
            reports: AtomicU64::new(0),
            closed: AtomicBool::new(false),
        });
        inner.attend()?;
        let app = Self(inner);
        app.0.library.list().iter().for_each(|listed| app.offer(listed.name.as_str()));
        Ok(app)
    }

    /// The host that runs the plugins.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.0.host
    }

    /// What is installed.
    #[must_use]
    pub fn library(&self) -> &Library {
        &self.0.library
    }

    /// The file of this run's audit log.
    #[must_use]
    pub fn log_file(&self) -> &Path {
        &self.0.log
    }

    /// Hears of what happens to the plugins that `hears` is true for, and of what concerns none alone.
    #[must_use]
    pub fn watch(&self, hears: Box<Hears>) -> Listener {
        self.0.hub.feed.listen(hears)
    }

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

    /// Installs what was reviewed, with what a person answered. Where [`Settings::on_install`] is set, it
    /// is asked too, unless nobody was to be asked at all.
    ///
    /// # Errors
    /// `no-ticket`, `declined`, and what the library refuses: nothing is changed then.
    pub fn install(&self, ticket: u64, answers: &Answers) -> Result<Installed, Error> {
        let kept = self.0.tickets.get(ticket)?;
        let given = answers.read()?;
        if let (Some(ask), true) = (&self.0.on_install, answers.agreed)
            && !ask(&Review::of(ticket, &kept.review))
        {
            return Err(Error::new("declined", "the person who was asked said no"));
        }
        let library = &self.0.library;
        let done = match kept.waits {
            true => library.accept(&kept.review, &given)?,
            false => library.install(&kept.review, &given)?,
        };
        self.0.tickets.remove(ticket);
        let installed = Installed::of(&done);
        let state = match installed.outcome {
            Outcome::New | Outcome::Repaired => Some(LifeState::Installed),
            Outcome::Updated => Some(LifeState::Updated),
            Outcome::Waiting => Some(LifeState::Waiting),
            Outcome::Unchanged => None,
        };
        self.0.record(&installed.name, outcome_word(installed.outcome), &installed.digest)?;
        self.offer_anew(&installed.name);
        if let Some(state) = state {
            self.tell(&installed.name, state, Some(installed.digest.clone()));
        }
        Ok(installed)
    }

    /// Removes an update that waits.
    ///
    /// # Errors
    /// `not-waiting`.
    pub fn reject(&self, name: &str, digest: &str) -> Result<(), Error> {
        let waiting = self.0.library.list().into_iter().find(|listed| listed.name.as_str() == name);
        let waiting = waiting.and_then(|listed| listed.waiting).map(|waiting| waiting.digest);
        let known = waiting.filter(|known| known.to_string() == digest).ok_or_else(|| {
            Error::new("not-waiting", "no update of this digest waits").fix("review what waits now")
        })?;
        self.0.library.reject(name, &known)?;
        self.0.record(name, "reject", digest)?;
        self.tell(name, LifeState::Rejected, Some(digest.to_owned()));
        Ok(())
    }

    /// Grants a right that it can do without. Gives whether it runs, so that this counts from its next
    /// start on.
    ///
    /// # Errors
    /// `not-asked`.
    pub fn grant(&self, name: &str, right: &Right) -> Result<bool, Error> {
        let right = right.read()?;
        // On record before it is so: it widens what the plugin may do.
        self.0.record(name, "grant", &right.to_string())?;
        let _next: NextStart = self.0.library.grant(name, &right)?;
        self.offer_anew(name);
        self.tell(name, LifeState::Granted, Some(right.to_string()));
        Ok(self.is_running(name))
    }

    /// Takes a right that it can do without. Gives whether it runs.
    ///
    /// # Errors
    /// `required` for a right that it cannot do without, `covered` where another one permits the same.
    pub fn revoke(&self, name: &str, right: &Right) -> Result<bool, Error> {
        let right = right.read()?;
        let _next: NextStart = self.0.library.revoke(name, &right)?;
        self.0.record(name, "revoke", &right.to_string())?;
        self.offer_anew(name);
        self.tell(name, LifeState::Revoked, Some(right.to_string()));
        Ok(self.is_running(name))
    }

    /// Lets it be started.
    ///
    /// # Errors
    /// `unknown-plugin`.
    pub fn enable(&self, name: &str) -> Result<bool, Error> {
        self.0.record(name, "enable", "")?;
        let _next: NextStart = self.0.library.enable(name)?;
        self.offer_anew(name);
        self.tell(name, LifeState::Enabled, None);
        Ok(self.is_running(name))
    }

    /// Keeps it from being started, and stops it.
    ///
    /// # Errors
    /// `unknown-plugin`.
    pub fn disable(&self, name: &str) -> Result<bool, Error> {
        let _next: NextStart = self.0.library.disable(name)?;
        self.0.record(name, "disable", "")?;
        let _turn = self.take_turn(name);
        self.end(name);
        self.tell(name, LifeState::Disabled, None);
        Ok(self.is_running(name))
    }

    /// Stops it, and removes it with all that was granted to it, what it had stored, and changes that
    /// wait.
    ///
    /// # Errors
    /// `unknown-plugin`.
    pub fn uninstall(&self, name: &str) -> Result<(), Error> {
        let listed = self.0.library.list().into_iter().find(|listed| listed.name.as_str() == name);
        let unreadable = || self.0.library.unreadable().iter().any(|known| known == name);
        if listed.is_none() && !unreadable() {
            return Err(Error::unknown(name));
        }
        self.0.hub.questions.withdraw(Some(name));
        {
            let _turn = self.take_turn(name);
            self.end(name);
            let _next: NextStart = self.0.library.uninstall(name)?;
        }
        self.0.pages.close_all(name);
        self.0.host.forget_consents(name);
        self.discard(name)?;
        lock(&self.0.hub.offenders).remove(name);
        lock(&self.0.turns).remove(name);
        self.0.record(name, "uninstall", "")?;
        self.tell(name, LifeState::Uninstalled, None);
        if let Some(listed) = listed {
            let forgotten = self.0.host.forget_values(&listed.name);
            forgotten.map_err(|error| Error::system("remove what it had stored", &error))?;
        }
        Ok(())
    }

    /// Opens a plugin's panel: the token that [`App::page`] and [`App::panel_call`] take, and the path of
    /// its page below that.
    ///
    /// # Errors
    /// `no-panel`, `changed` where its files are not what was installed.
    pub fn panel(&self, name: &str) -> Result<(String, String), Error> {
        let (panel, files) = crate::pages::files_of(&self.0.library, name)?;
        self.0.pages.open_panel(name, panel, files)
    }

    /// The plugin whose panel has this token.
    #[must_use]
    pub fn plugin_of(&self, token: &str) -> Option<String> {
        self.0.pages.plugin_of(token)
    }

    /// Closes a panel.
    pub fn close_panel(&self, token: &str) {
        self.0.pages.close(token);
    }

    /// The file at a path such as `/TOKEN/panel.html`; `base` is what stands before it in addresses, such
    /// as `aether-panel://localhost`.
    #[must_use]
    pub fn page(&self, base: &str, path: &str) -> Option<Page> {
        self.0.pages.get(base, path)
    }

    /// The questions that are open. Whoever asks for them answers them too: before the first time, every
    /// question is answered with no at once.
    #[must_use]
    pub fn questions(&self) -> Vec<Question> {
        self.0.hub.questions.list()
    }

    /// The plugin that a question is about, if that is open.
    #[must_use]
    pub fn asks(&self, id: u64) -> Option<String> {
        self.0.hub.questions.plugin_of(id)
    }

    /// Answers one; false where it is over.
    #[must_use]
    pub fn respond(&self, id: u64, allow: bool) -> bool {
        self.0.hub.questions.respond(id, allow)
    }

    /// Stops everything, and ends the audit log. Nothing starts any more.
    pub fn close(&self) {
        self.0.close();
    }

    /// Offers what is installed and granted now, once what is called of it has ended: as what was
    /// started here, it goes on as it is until then.
    fn offer_anew(&self, name: &str) {
        let _turn = self.take_turn(name);
        if !self.is_running(name) {
            self.offer(name);
        }
    }

    pub(crate) fn tell(&self, plugin: &str, state: LifeState, detail: Option<String>) {
        let event = Event::Lifecycle { plugin: plugin.to_owned(), cell: None, state, detail };
        self.0.hub.feed.tell(Some(plugin), &event);
    }

    fn terms(&self) -> Terms<'_> {
        Terms { policy: self.0.policy.as_ref(), mounts: &self.0.mounts }
    }

    fn plugin(&self, listed: &Listed, pending: &[Waiting]) -> Plugin {
        let name = listed.name.as_str();
        let running = self.running(name);
        let cell = self.cell_of(name);
        let resting = running.as_ref().and_then(|running| running.kept.resting());
        let offence = || lock(&self.0.hub.offenders).get(name).cloned();
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

impl Inner {
    /// Keeps on record what a person did.
    pub(crate) fn record(&self, plugin: &str, action: &str, object: &str) -> Result<(), Error> {
        use aether::audit::{Event as Record, Kind, Verdict};
        let action = format!("app.{action}");
        let record = Record::new(Kind::Consent, &action, Verdict::Noted).plugin(plugin);
        let record = match object.is_empty() {
            true => record,
            false => record.object(object),
        };
        self.host.log().record(&record.detail("by", "a person"))?;
        Ok(())
    }

    /// Sees to cells that have ended, on a thread of its own.
    fn attend(self: &Arc<Self>) -> Result<(), Error> {
        let (say, ended) = channel();
        *lock(&self.hub.ended) = Some(say);
        let own = Arc::downgrade(self);
        let attend = move || {
            for cell in ended {
                let Some(inner) = Weak::upgrade(&own) else { return };
                inner.settle(cell);
            }
        };
        let thread = std::thread::Builder::new().name("ended cells".to_owned()).spawn(attend);
        thread.map(drop).map_err(|error| Error::system("begin a thread", &error))
    }

    /// Tells of what an ended cell would change.
    fn settle(&self, cell: u32) {
        let until = Instant::now() + SETTLING;
        let changes = loop {
            let changes = self.host.changes().into_iter().find(|(number, _)| *number == cell);
            if let Some((_, changes)) = changes {
                break changes;
            }
            if Instant::now() >= until {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let count = changes.changes().len();
        if let (Some(plugin), 1..) = (self.hub.feed.plugin_of(cell), count) {
            let event = Event::Changes { plugin: plugin.clone(), cell, count };
            self.hub.feed.tell(Some(&plugin), &event);
        }
    }

    fn close(&self) {
        if self.closed.swap(true, Ordering::SeqCst) {
            return;
        }
        self.hub.questions.withdraw(None);
        let running = std::mem::take(&mut *lock(&self.running));
        std::thread::scope(|scope| {
            for running in running.values() {
                scope.spawn(|| drop(running.kept.halt()));
            }
        });
        self.host.interrupt();
        self.hub.feed.close();
        *lock(&self.hub.ended) = None;
        // What cannot be written now is missing at the log's end, which a check of it tells.
        drop(self.host.finish(aether::ExitCode::Done));
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Inner").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Hub {
    /// Asks the app's own code, or else the pages.
    fn ask(
        &self,
        question: Question,
        is_wanted: impl Fn() -> bool,
        own: Option<&AskQuestion>,
    ) -> bool {
        if let Some(answer) = own.and_then(|own| own(&question)) {
            return answer;
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

    /// A plugin is not started again before a person restores it.
    fn offends(&self, plugin: &str, why: String) {
        lock(&self.offenders).insert(plugin.to_owned(), why);
    }

    /// Passes on what the host tells.
    fn tell(&self, event: &aether::Event, calls: &Calls) {
        use aether::Event as Told;
        match event {
            Told::Starting { cell, plugin, .. } => self.feed.begins(*cell, plugin),
            Told::Progress { cell, call, fraction, message } => {
                calls.progress(*cell, *call, *fraction, message);
            }
            Told::Held { plugin, after } => self.offends(plugin, after.to_string()),
            Told::Ended { cell, ending: ending @ aether::Ending::Violation(_) } => {
                if let Some(plugin) = self.feed.plugin_of(*cell) {
                    self.offends(&plugin, ending.to_string());
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

const fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::New => "install",
        Outcome::Unchanged => "install-unchanged",
        Outcome::Repaired => "repair",
        Outcome::Updated => "update",
        Outcome::Waiting => "update-waits",
    }
}

/// A new name for this run's log, by its time. The library is this app's alone by now, so that nobody
/// takes it meanwhile.
fn new_log(folder: &Path) -> PathBuf {
    let now = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S").to_string();
    let name = |number: u32| match number {
        1 => folder.join(format!("{now}.jsonl")),
        number => folder.join(format!("{now}-{number}.jsonl")),
    };
    (1..).map(name).find(|name| !name.exists()).unwrap_or_else(|| name(0))
}

/// Makes a folder for this user alone, where it is not there.
fn private(folder: &Path) -> Result<(), Error> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.create(folder);
    made.map_err(|error| Error::system(&format!("make the folder {}", folder.display()), &error))
}

//! The app's plugins: opened, looked at, closed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::DirBuilder;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use aether::path::VirtualPath;
use aether::policy::grant::Mount as PolicyMount;
use aether::policy::policy::Policy;
use aether::report::CellRecord;
use aether::{Host, StartOptions};
use aether_installed::Library;

use crate::bundles::Bundles;
use crate::calls::Calls;
use crate::ended::Idle;
use crate::feed::{Hears, Listener};
use crate::hub::Hub;
use crate::model::{Event, LifeState, Question};
use crate::offers::Offers;
use crate::pages::{Page, Pages};
use crate::run::{Running, Turns};
use crate::settings::AskConsent;
use crate::tickets::Tickets;
use crate::{Error, Settings, lock, offences};

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
    pub(crate) tickets: Tickets,
    pub(crate) on_consent: Option<Box<AskConsent>>,
    pub(crate) bundles: Bundles,
    pub(crate) idle: Idle,
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
        *lock(&hub.offenders) = offences::load(&folder)?;
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
            .ask(move |reviews| consents.consent(reviews, asked.as_ref().as_deref()))
            .ask_elevation(move |question| {
                elevations.elevation(question, elevated.as_ref().as_deref())
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
            on_consent: settings.consent,
            bundles: Bundles::default(),
            idle: Idle::default(),
            running: Mutex::default(),
            offers: Offers::default(),
            turns: Mutex::default(),
            dealt: Mutex::default(),
            applying: Mutex::default(),
            past: Mutex::default(),
            reports: AtomicU64::new(0),
        });
        inner.attend()?;
        let app = Self(inner);
        app.offer_all();
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

    /// Opens a plugin's panel: the token that [`App::page`] and [`App::panel_call`] take, and the path of
    /// its page below that.
    ///
    /// # Errors
    /// `no-panel`, `changed` where its files are not what was installed.
    pub fn panel(&self, name: &str) -> Result<(String, String), Error> {
        self.known(name)?;
        // Not while it is removed: what is opened then would be the next one's of its name.
        let _turn = self.take_turn(name);
        let (_, plugin, _) = self.loaded(name)?;
        let panel = plugin.manifest().panel.as_ref().map(|panel| panel.value.clone());
        let panel = panel.ok_or_else(|| {
            Error::new("no-panel", format!("{} brings no panel", aether::source::quoted(name)))
        })?;
        self.0.pages.open_panel(name, panel, plugin.bundle().shared_files())
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

    /// The questions that are open about the plugins that `hears` is true for. Whoever asks for them answers
    /// them too, until [`App::gone`]: where nobody does for a plugin, what is asked about it is no at once.
    #[must_use]
    pub fn questions(&self, caller: &str, hears: Box<Hears>) -> Vec<Question> {
        self.0.hub.questions.list(caller, hears)
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

    pub(crate) fn tell(&self, plugin: &str, state: LifeState, detail: Option<String>) {
        let event = Event::Lifecycle { plugin: plugin.to_owned(), cell: None, state, detail };
        self.0.hub.feed.tell(Some(plugin), &event);
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

    fn close(&self) {
        if self.hub.closed.swap(true, Ordering::SeqCst) {
            return;
        }
        self.hub.questions.withdraw(None);
        // All at once; what each has done so far is on record when it is ended.
        self.host.interrupt();
        let running = std::mem::take(&mut *lock(&self.running));
        running.values().for_each(|running| drop(running.kept.end()));
        self.save_offences();
        self.hub.feed.close();
        *lock(&self.hub.ended) = None;
        // What cannot be written now is missing at the log's end, which a check of it tells.
        drop(self.host.finish(aether::ExitCode::Done));
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.hub.closed.load(Ordering::SeqCst)
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
pub(crate) fn private(folder: &Path) -> Result<(), Error> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.create(folder);
    made.map_err(|error| Error::system(&format!("make the folder {}", folder.display()), &error))
}

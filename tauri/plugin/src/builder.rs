//! Making the plugin.

use std::fmt;
use std::path::PathBuf;

use aether::policy::policy::Policy;
use aether_app::{App, Asking, Consent, Error, Settings};
use tauri::plugin::{Builder as PluginBuilder, TauriPlugin};
use tauri::webview::PageLoadEvent;
use tauri::{AppHandle, Manager, RunEvent, Runtime, Url, WindowEvent};

use crate::state::{self, Aether};
use crate::{SCHEME, commands, pages};

type Adjust<R> = dyn FnOnce(&AppHandle<R>, Settings) -> Settings + Send;

/// Makes the plugin. What it says comes from the app; a page can say none of it.
pub struct Builder<R: Runtime> {
    folder: Option<PathBuf>,
    adjust: Vec<Box<Adjust<R>>>,
}

impl<R: Runtime> Default for Builder<R> {
    fn default() -> Self {
        Self::new()
    }
}

/// The plugin as it is without further words: its folder is `aether` in the app's data, and without a
/// policy a person decides at the installation.
#[must_use]
pub fn init<R: Runtime>() -> TauriPlugin<R> {
    Builder::new().build()
}

impl<R: Runtime> Builder<R> {
    /// Begins.
    #[must_use]
    pub fn new() -> Self {
        Self { folder: None, adjust: Vec::new() }
    }

    /// The folder of the plugins and of all that is kept of them, instead of `aether` in the app's data.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// What plugins may do at most; see [`policy`](crate::policy) for reading one.
    #[must_use]
    pub fn policy(self, policy: Policy) -> Self {
        self.settings(move |_, settings| settings.policy(policy))
    }

    /// The folder that plugins see as `/workspace`, instead of one in the plugins' folder.
    #[must_use]
    pub fn workspace(self, folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        self.settings(move |_, settings| settings.workspace(folder))
    }

    /// The folder of the audit logs, instead of one in the plugins' folder.
    #[must_use]
    pub fn audit(self, folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        self.settings(move |_, settings| settings.audit(folder))
    }

    /// The program that becomes a cell, such as a sidecar, instead of `aether-cell` beside this one.
    /// Without either, every command says that there is none.
    #[must_use]
    pub fn cell_program(self, program: impl Into<PathBuf>) -> Self {
        let program = program.into();
        self.settings(move |_, settings| settings.host(move |host| host.cell_program(program)))
    }

    /// Has the last word, beside the page that showed the review, on what is installed, in whichever
    /// version, and on rights that are granted. Called on a thread of its own: it may wait for a dialog of
    /// the system.
    #[must_use]
    pub fn on_consent(
        self,
        ask: impl Fn(&AppHandle<R>, &Consent<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.settings(move |app, settings| {
            let app = app.clone();
            settings.on_consent(move |consent| ask(&app, consent))
        })
    }

    /// Answers questions that come up while plugins run; nothing leaves one to the pages that may answer.
    /// Called on a thread of its own, for one question at a time: a dialog is to be closed once
    /// [`Asking::is_open`] says no.
    #[must_use]
    pub fn on_question(
        self,
        ask: impl Fn(&AppHandle<R>, &Asking<'_>) -> Option<bool> + Send + Sync + 'static,
    ) -> Self {
        self.settings(move |app, settings| {
            let app = app.clone();
            settings.on_question(move |asking| ask(&app, asking))
        })
    }

    /// Whatever else [`Settings`] can say, once the app is there: places that are known by then, or the
    /// host itself.
    #[must_use]
    pub fn settings(
        mut self,
        adjust: impl FnOnce(&AppHandle<R>, Settings) -> Settings + Send + 'static,
    ) -> Self {
        self.adjust.push(Box::new(adjust));
        self
    }

    /// The plugin. Where its plugins cannot be opened when the app starts, the app starts all the same, and
    /// every command says why.
    #[must_use]
    pub fn build(self) -> TauriPlugin<R> {
        let Self { folder, adjust } = self;
        let plugin = PluginBuilder::new("aether").invoke_handler(commands::handler());
        plugin
            .register_uri_scheme_protocol(SCHEME, |context, request| {
                pages::serve(&context, &request)
            })
            .setup(move |app, _| {
                app.manage(Aether::new(open(app, folder, adjust)));
                Ok(())
            })
            .on_page_load(|webview, payload| {
                if payload.event() != PageLoadEvent::Started {
                    return;
                }
                // What the page before began is gone with it.
                if let Some(aether) = state::of(webview.app_handle()) {
                    aether.page_gone(webview.label());
                }
                // A stranger's page is shown in frames alone: in a window of its own it would have what
                // the app's pages have.
                if pages::is_strange(payload.url())
                    && let Ok(nowhere) = Url::parse("about:blank")
                {
                    // One that cannot be left any more is being closed.
                    drop(webview.navigate(nowhere));
                }
            })
            .on_event(|app, event| match event {
                RunEvent::WindowEvent { label, event: WindowEvent::Destroyed, .. } => {
                    if let Some(aether) = state::of(app) {
                        aether.page_gone(label);
                    }
                }
                RunEvent::Exit => {
                    if let Some(aether) = state::of(app) {
                        aether.close();
                    }
                }
                _ => {}
            })
            .build()
    }
}

/// The small program that becomes cells, where it lies beside this one. A program with a window cannot.
fn beside() -> Option<PathBuf> {
    let name = format!("aether-cell{}", std::env::consts::EXE_SUFFIX);
    let beside = std::env::current_exe().ok()?.with_file_name(name);
    beside.is_file().then_some(beside)
}

fn open<R: Runtime>(
    app: &AppHandle<R>,
    folder: Option<PathBuf>,
    adjust: Vec<Box<Adjust<R>>>,
) -> Result<App, Error> {
    let own = || {
        let data = app.path().app_data_dir();
        data.map(|data| data.join("aether")).map_err(|error| Error {
            code: "system",
            message: format!("the app's data has no place: {error}"),
            fix: Some("name one with `Builder::folder`".to_owned()),
        })
    };
    let folder = folder.map_or_else(own, Ok)?;
    // What the app says comes after this, and counts.
    let settings = match beside() {
        Some(program) => Settings::new(folder).host(|host| host.cell_program(program)),
        None => Settings::new(folder),
    };
    let settings = adjust.into_iter().fold(settings, |settings, adjust| adjust(app, settings));
    App::open_with_bridge(settings, pages::BRIDGE)
}

impl<R: Runtime> fmt::Debug for Builder<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Builder").field("folder", &self.folder).finish_non_exhaustive()
    }
}

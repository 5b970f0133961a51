//! What the plugin keeps while its app runs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aether_app::{App, Closer, Error, MAX_CALLS};
use tauri::{AppHandle, Manager, Runtime};

/// Things that the page of one window waits for at a time, calls of plugins and what ends something apart.
/// Stops a page from taking every thread of its app.
const MAX_WORK: usize = 32;

/// Listeners that one window has.
const MAX_WATCHES: usize = 16;

/// Panels and reports that one window shows; the oldest gives way.
const MAX_PANELS: usize = 16;

/// The app's plugins, or why it has none.
#[derive(Clone, Debug)]
pub struct Aether(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    app: Result<App, Error>,
    watches: Mutex<BTreeMap<u64, (String, Closer)>>,
    /// Tokens and their windows, the oldest first.
    panels: Mutex<Vec<(String, String)>>,
    last: AtomicU64,
    work: Mutex<BTreeMap<(String, Kind), usize>>,
}

/// Gives an app handle, or whatever has one, the app's plugins.
pub trait AetherExt<R: Runtime> {
    /// What the plugin keeps. It is there once the app is set up.
    fn aether(&self) -> Aether;
}

impl<R: Runtime, M: Manager<R>> AetherExt<R> for M {
    fn aether(&self) -> Aether {
        self.state::<Aether>().inner().clone()
    }
}

impl Aether {
    pub(crate) fn new(app: Result<App, Error>) -> Self {
        Self(Arc::new(Inner {
            app,
            watches: Mutex::default(),
            panels: Mutex::default(),
            last: AtomicU64::new(0),
            work: Mutex::default(),
        }))
    }

    /// The plugins.
    ///
    /// # Errors
    /// Why they could not be opened when the app started, such as that its folder cannot be written to.
    pub fn app(&self) -> Result<&App, Error> {
        self.0.app.as_ref().map_err(Clone::clone)
    }

    /// Does something for the page of a window that may take long, on a thread of its own.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        window: &str,
        act: impl FnOnce(&App) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.within((window, Kind::Work), MAX_WORK, act).await
    }

    /// The same for what ends something: it waits for nothing else that the window has asked for.
    pub(crate) async fn end<T: Send + 'static>(
        &self,
        window: &str,
        act: impl FnOnce(&App) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.within((window, Kind::End), MAX_WORK, act).await
    }

    /// The same for calls of plugins.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        window: &str,
        act: impl FnOnce(&App) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.within((window, Kind::Call), MAX_CALLS, act).await
    }

    async fn within<T: Send + 'static>(
        &self,
        (window, kind): (&str, Kind),
        most: usize,
        act: impl FnOnce(&App) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let app = self.app()?.clone();
        // Before there is a thread for it.
        let place = self.place(window, kind, most)?;
        let act = move || {
            let _place = place;
            act(&app)
        };
        let done = tauri::async_runtime::spawn_blocking(act).await;
        done.unwrap_or_else(|error| {
            Err(Error { code: "bug", message: format!("a thread ended early: {error}"), fix: None })
        })
    }

    fn place(&self, window: &str, kind: Kind, most: usize) -> Result<Place, Error> {
        let key = (window.to_owned(), kind);
        let mut work = lock(&self.0.work);
        let own = work.entry(key.clone()).or_default();
        if *own >= most {
            return Err(Error {
                code: "busy",
                message: format!(
                    "{most} things of this kind are being done for this window already"
                ),
                fix: Some("wait for one of them".to_owned()),
            });
        }
        *own += 1;
        Ok(Place { inner: Arc::clone(&self.0), key })
    }

    /// Keeps what ends a listener of this window. Gives its number.
    pub(crate) fn add_watch(&self, window: &str, closer: Closer) -> Result<u64, Error> {
        let mut watches = lock(&self.0.watches);
        watches.retain(|_, (_, closer)| closer.is_open());
        if watches.values().filter(|(owner, _)| owner == window).count() >= MAX_WATCHES {
            return Err(Error {
                code: "busy",
                message: format!("this window has {MAX_WATCHES} listeners already"),
                fix: Some("end one of them".to_owned()),
            });
        }
        let id = self.0.last.fetch_add(1, Ordering::SeqCst) + 1;
        watches.insert(id, (window.to_owned(), closer));
        Ok(id)
    }

    /// Ends a listener of this window; false where it has none of that number.
    pub(crate) fn end_watch(&self, window: &str, id: u64) -> bool {
        let mut watches = lock(&self.0.watches);
        if watches.get(&id).is_none_or(|(owner, _)| owner != window) {
            return false;
        }
        if let Some((_, closer)) = watches.remove(&id) {
            closer.close();
        }
        true
    }

    /// Notes that a window shows this panel. Where it shows too many, the oldest is closed.
    pub(crate) fn add_panel(&self, window: &str, token: &str) {
        let mut panels = lock(&self.0.panels);
        let own = |(_, owner): &(String, String)| owner == window;
        if panels.iter().filter(|panel| own(panel)).count() >= MAX_PANELS
            && let Some(oldest) = panels.iter().position(own)
        {
            let (gone, _) = panels.remove(oldest);
            if let Ok(app) = &self.0.app {
                app.close_panel(&gone);
            }
        }
        panels.push((token.to_owned(), window.to_owned()));
    }

    /// Whether a window shows this panel.
    pub(crate) fn has_panel(&self, window: &str, token: &str) -> bool {
        lock(&self.0.panels).iter().any(|(known, owner)| known == token && owner == window)
    }

    pub(crate) fn end_panel(&self, token: &str) {
        lock(&self.0.panels).retain(|(known, _)| known != token);
    }

    /// Ends what the page of a window began: its calls, listeners and panels. Called when the page is left
    /// or its window closed; for an app that reuses a window in other ways.
    pub fn page_gone(&self, window: &str) {
        lock(&self.0.watches).retain(|_, (owner, closer)| {
            let stays = owner != window;
            if !stays {
                closer.close();
            }
            stays
        });
        let Ok(app) = &self.0.app else { return };
        app.gone(window);
        lock(&self.0.panels).retain(|(token, owner)| {
            let stays = owner != window;
            if !stays {
                app.close_panel(token);
            }
            stays
        });
    }

    /// Ends everything, as when the app does.
    pub(crate) fn close(&self) {
        if let Ok(app) = &self.0.app {
            app.close();
        }
    }
}

/// That something is being done for a page.
struct Place {
    inner: Arc<Inner>,
    key: (String, Kind),
}

/// What is counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Work,
    End,
    Call,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut work = lock(&self.inner.work);
        if let Some(own) = work.get_mut(&self.key) {
            *own -= 1;
            if *own == 0 {
                work.remove(&self.key);
            }
        }
    }
}

/// The state of an app, if the plugin is set up.
pub(crate) fn of<R: Runtime>(app: &AppHandle<R>) -> Option<Aether> {
    app.try_state::<Aether>().map(|state| state.inner().clone())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_much_is_done_at_a_time() {
        let aether = Aether::new(Err(Error::unsupported("this")));
        let place = |window: &str| aether.place(window, Kind::Work, MAX_WORK);
        let places: Vec<Place> = (0..MAX_WORK).map(|_| place("a").unwrap()).collect();
        for _ in 0..3 {
            assert_eq!(place("a").err().map(|error| error.code), Some("busy"));
        }
        drop(place("b").expect("another window has its own"));
        drop(aether.place("a", Kind::End, MAX_WORK).expect("what ends something has its own"));
        drop(places);
        drop(place("a").unwrap());
        assert!(lock(&aether.0.work).is_empty());
    }

    #[test]
    fn a_window_shows_so_many_panels() {
        let aether = Aether::new(Err(Error::unsupported("this")));
        (0..=MAX_PANELS).for_each(|number| aether.add_panel("a", &number.to_string()));
        aether.add_panel("b", "other");
        assert!(!aether.has_panel("a", "0") && aether.has_panel("a", "1"));
        assert!(aether.has_panel("b", "other") && !aether.has_panel("a", "other"));
    }

    #[test]
    fn why_there_are_none_is_told() {
        let aether = Aether::new(Err(Error::unsupported("this")));
        assert_eq!(aether.app().unwrap_err().code, "unsupported");
        aether.page_gone("main");
        aether.close();
    }
}

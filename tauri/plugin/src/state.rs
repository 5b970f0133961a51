//! What the plugin keeps while its app runs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aether_app::{App, Closer, Error};
use tauri::{AppHandle, Manager, Runtime};

/// Things that pages wait for at a time, calls of plugins apart. Stops a page from taking every thread
/// of its app.
const MAX_WORK: usize = 64;

/// Listeners that one window has.
const MAX_WATCHES: usize = 16;

/// The app's plugins, or why it has none.
#[derive(Clone, Debug)]
pub struct Aether(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    app: Result<App, Error>,
    watches: Mutex<BTreeMap<u64, (String, Closer)>>,
    panels: Mutex<BTreeMap<String, String>>,
    last: AtomicU64,
    work: AtomicUsize,
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
            work: AtomicUsize::new(0),
        }))
    }

    /// The plugins.
    ///
    /// # Errors
    /// Why they could not be opened when the app started, such as that its folder cannot be written to.
    pub fn app(&self) -> Result<&App, Error> {
        self.0.app.as_ref().map_err(Clone::clone)
    }

    /// Does something that may take long, on a thread of its own.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        act: impl FnOnce(&App) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let app = self.app()?.clone();
        let place = self.place()?;
        blocking(move || {
            let _place = place;
            act(&app)
        })
        .await
    }

    /// The same for a call of a plugin, of which each window has so many.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        act: impl FnOnce(&App) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let app = self.app()?.clone();
        blocking(move || act(&app)).await
    }

    fn place(&self) -> Result<Place, Error> {
        let place = Place(Arc::clone(&self.0));
        match self.0.work.fetch_add(1, Ordering::SeqCst) {
            ..MAX_WORK => Ok(place),
            // Dropped, it is given back.
            _ => Err(Error {
                code: "busy",
                message: format!("{MAX_WORK} things are being done for pages already"),
                fix: Some("wait for one of them".to_owned()),
            }),
        }
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

    /// Notes that a window shows this panel.
    pub(crate) fn add_panel(&self, window: &str, token: &str) {
        lock(&self.0.panels).insert(token.to_owned(), window.to_owned());
    }

    /// Whether a window shows this panel.
    pub(crate) fn has_panel(&self, window: &str, token: &str) -> bool {
        lock(&self.0.panels).get(token).is_some_and(|owner| owner == window)
    }

    pub(crate) fn end_panel(&self, token: &str) {
        lock(&self.0.panels).remove(token);
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
        app.cancel_all(window);
        lock(&self.0.panels).retain(|token, owner| {
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
struct Place(Arc<Inner>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.work.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let done = tauri::async_runtime::spawn_blocking(act).await;
    done.unwrap_or_else(|error| {
        Err(Error { code: "bug", message: format!("a thread ended early: {error}"), fix: None })
    })
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
        let places: Vec<Place> = (0..MAX_WORK).map(|_| aether.place().unwrap()).collect();
        for _ in 0..3 {
            assert_eq!(aether.place().err().map(|error| error.code), Some("busy"));
        }
        drop(places);
        drop(aether.place().unwrap());
        assert_eq!(aether.0.work.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn why_there_are_none_is_told() {
        let aether = Aether::new(Err(Error::unsupported("this")));
        assert_eq!(aether.app().unwrap_err().code, "unsupported");
        aether.page_gone("main");
        aether.close();
    }
}

//! The plugins of an app with windows: installed, started, called, watched, asked about.
//!
//! An [`App`] joins a library of installed plugins with a host that runs them, and speaks to pages in
//! values that are JSON ([`model`]): every operation that a window may want is one method, and each
//! either is done or says in an [`Error`] why not and what would help. It knows nothing of any
//! framework of windows; who may do what is for the one that calls it.
//!
//! ```no_run
//! use aether_app::model::Answers;
//! use aether_app::{App, Place, Settings};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     aether::init(); // becomes a cell when a host starts this program as one
//!     let app = App::open(Settings::new("app-data/plugins"))?;
//!     let review = app.review(&Place::Folder("downloads/notes".into()))?;
//!     // Show it to a person, and pass what they answered.
//!     app.install(review.ticket, &Answers { agreed: true, ..Answers::default() })?;
//!     let found = app.call("main", "1", "notes", "search", serde_json::json!("x"), None, None)?;
//!     println!("{found}");
//!     app.close();
//!     Ok(())
//! }
//! ```
//!
//! It depends on `aether` and `installed`. It trusts no page: what a page sends are names, tickets of
//! reviews that this made, and answers about rights that those reviews list. Policy, places and programs
//! come from the app's own [`Settings`].

#![forbid(unsafe_code)]

mod app;
mod bundles;
mod calls;
mod changes;
mod ended;
mod error;
mod feed;
mod hub;
pub mod model;
mod offences;
mod offers;
mod owned;
mod pages;
mod questions;
mod records;
mod run;
mod settings;
mod tickets;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use app::{App, Place};
pub use calls::{MAX_CALLS, Sink};
pub use error::Error;
pub use feed::{Closer, Heard, Hears, Listener};
pub use pages::{MAX_PAGES, Page};
pub use settings::{Asking, Consent, Settings, policy};

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is in these is whole at every moment; a panic elsewhere leaves it usable.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whole milliseconds; what no number holds is as many as one holds.
pub(crate) fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The word by which records name one of several: of what is no word, nothing.
pub(crate) fn word(of: &impl serde::Serialize) -> String {
    let named = serde_json::to_value(of);
    named.ok().and_then(|named| named.as_str().map(str::to_owned)).unwrap_or_default()
}

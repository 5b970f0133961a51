//! The plugins that an app has installed.
//!
//! A [`Library`] is a folder of the app's own. [`Library::review`] reads a bundle once, from a
//! folder or an archive, and says what a person has to know; [`Library::install`] keeps exactly the
//! bytes that were reviewed, with the rights that the person gave; [`Library::hold`] gives what a
//! host needs to start it. An update that asks for more than was granted waits until a person
//! accepts it, and the version before stays in use.
//!
//! ```
//! use aether_installed::{Answers, Library, Outcome, Source, Terms};
//!
//! # let app = tempfile::tempdir()?;
//! # let folder = app.path().join("notes");
//! # std::fs::create_dir(&folder)?;
//! # std::fs::write(folder.join("main.js"), "export function run() { return 1; }")?;
//! # let manifest = r#"{ "name": "notes", "permissions": { "filesystem": { "read": ["/data/**"] } } }"#;
//! # std::fs::write(folder.join("aether-plugin.json"), manifest)?;
//! let library = Library::open(&app.path().join("plugins"))?;
//! let review = library.review(Source::Folder(&folder), &Terms::default())?;
//! for asked in review.rights() {
//!     println!("{} risk: {}: {}", asked.risk.as_str(), asked.right, asked.note);
//! }
//! // Show it to a person, and pass what they answered.
//! let installed = library.install(&review, &Answers::agreed())?;
//! assert_eq!(installed.outcome, Outcome::New);
//!
//! // Keep this for as long as the plugin runs.
//! let held = library.hold("notes")?;
//! let bundle = aether_bundle::Bundle::read(held.folder())?;
//! assert_eq!(bundle.digest(), held.digest());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Whatever ends the process at whatever moment, the library is what it was before an operation or
//! what it is after it. This crate runs no plugin, asks nobody and grants nothing beyond what it was
//! told that a person answered; a grant is made by `policy` alone. It writes nowhere but in its
//! folder. Of Aether's crates it depends on `bundle`, `manifest`, `path`, `policy` and `source`.

#![forbid(unsafe_code)]

mod answers;
mod archive;
mod difference;
mod disk;
mod error;
mod held;
mod index;
mod install;
mod library;
mod limits;
mod open;
mod review;
mod right;
mod state;
mod sys;
mod text;

pub use answers::Answers;
pub use archive::{ArchiveError, ArchiveProblem, read_archive};
pub use difference::{Difference, FileChanges, LimitChange, Order, Widened};
pub use error::{IndexProblem, LibraryError, ReviewError};
pub use held::{Held, NextStart};
pub use install::{Installed, Outcome};
pub use library::{Inspection, Library, Listed, ListedVersion};
pub use limits::{
    MAX_ARCHIVE, MAX_ENTRIES, MAX_ENTRY_NAME, MAX_INDEX, MAX_MANIFEST, MAX_PLUGINS, MAX_RATIO,
    UNRATIOED,
};
pub use review::{AskedRight, PolicyAnswer, Review, Signature, Source, Terms};
pub use right::Right;

//! Untrusted plugins in a Tauri app: install, consent, run, watch and stop them.
//!
//! Each plugin runs in a process of its own that can do nothing but talk to its host, under a manifest
//! that says what it asks for. A page of the app drives them by the commands of this crate, as far as
//! the capabilities of its window let it; what the plugins may do is between the app's policy and the
//! person who installs them, and no page can widen it.
//!
//! ```ignore
//! tauri::Builder::default()
//!     .plugin(tauri_plugin_aether::Builder::new().build())
//!     .run(tauri::generate_context!())?;
//! ```
//!
//! Beside the app's program lies a small one, `aether-cell`, that becomes the cells: its `main` calls
//! [`aether::init`] and nothing else. The app's own program cannot be that, since the libraries of its
//! windows begin threads before `main`.
//!
//! Everything that a page may do stands in [`aether_app::App`]; this crate adds windows to it: which of
//! them may drive which plugin, streams, panels under a scheme of their own, and the end of what a page
//! began when it is gone.
#![forbid(unsafe_code)]

#[cfg(desktop)]
mod builder;
#[cfg(desktop)]
mod commands;
#[cfg(desktop)]
mod pages;
#[cfg(desktop)]
mod scope;
#[cfg(desktop)]
mod state;
pub mod unsupported;

#[cfg(desktop)]
pub use aether;
#[cfg(desktop)]
pub use aether_app;
#[cfg(desktop)]
pub use aether_app::{App, Asking, Consent, Error, Settings, policy};
#[cfg(desktop)]
pub use builder::{Builder, init};
#[cfg(desktop)]
pub use scope::Entry;
#[cfg(desktop)]
pub use state::{Aether, AetherExt};
#[cfg(mobile)]
pub use unsupported::init;

/// The scheme under which panels and reports are shown. An app's own content security policy has to let
/// it into frames: `frame-src aether-panel: http://aether-panel.localhost`.
pub const SCHEME: &str = "aether-panel";

//! A host that stays: plugins are loaded, called, watched and held back over HTTP, by programs and
//! by a person with a browser.
//!
//! A [`Server`] holds one [`aether::Host`] and its cells. Whoever has its token can do what the
//! host's owner can do with these plugins, and nobody else learns more than that it is there. It
//! decides nothing about a plugin, widens nothing, reads no policy, and listens beyond this machine
//! only where its owner says so in words. It depends on the facade `aether` alone among Aether's
//! crates.
//!
//! ```no_run
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     aether::init(); // becomes a cell when a host starts this program as one
//!     let feed = aether_serve::Feed::default();
//!     let told = feed.clone();
//!     let host = aether::Host::builder().on_event(move |event| told.tell(event)).build()?;
//!     let settings = aether_serve::Settings::default();
//!     let server = aether_serve::Server::bind(host, feed, &settings)?;
//!     println!("{}", server.url());
//!     server.serve()?; // until whoever has its `stopper()` says so
//!     Ok(())
//! }
//! ```
#![forbid(unsafe_code)]

mod answers;
mod cells;
mod door;
mod feed;
mod note;
mod refusal;
mod server;
mod settings;
mod token;

pub use feed::Feed;
pub use note::{Note, NoteError};
pub use server::{ServeError, Server, Stopper};
pub use settings::Settings;
pub use token::{Token, TokenError};

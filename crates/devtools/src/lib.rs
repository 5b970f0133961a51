//! The door through which a person's debugger reaches what runs confined: Chrome's DevTools, VS Code,
//! any client of the Chrome DevTools Protocol.
//!
//! A [`Door`] listens on loopback, answers what debuggers ask to find something to debug as Node's
//! inspector does, and carries the text messages of one WebSocket at a time to and from whoever
//! opened it. It never looks into a message, listens beyond this machine, has a page of the web
//! attach, or lets a debugger that stops reading hold anybody up for longer than [`STALL_TIME`]. It
//! knows nothing of plugins and hosts, and depends on no other crate of ours.
//!
//! It does not tell the users of a machine apart. As with Node, the list of what can be debugged has
//! the token in it, so whatever program here may connect to loopback may attach, and debugging is as
//! good as running code: a door is opened because a person asked for it, while they debug.
//!
//! ```no_run
//! # fn main() -> std::io::Result<()> {
//! use aether_devtools::{Door, Event, Target};
//!
//! let target = Target {
//!     title: "thumbnails".to_owned(),
//!     url: "file:///thumbnails/main.js".to_owned(),
//!     description: "a plugin in its cell".to_owned(),
//! };
//! let door = Door::open(9229, target, |event| match event {
//!     Event::Attached => {}            // begin a session
//!     Event::Message(_command) => {}   // hand it to the session
//!     Event::Detached => {}            // end the session: what is paused goes on
//! })?;
//! println!("{}", door.devtools_url());
//! door.send(r#"{"method":"Runtime.executionContextsCleared","params":{}}"#);
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod about;
mod answer;
mod door;
mod head;
mod judge;
mod limits;
mod line;
mod listen;
mod serve;
mod shared;
mod talk;
mod token;

pub use about::Target;
pub use door::{Door, Event};
pub use limits::{MAX_MESSAGE_BYTES, MAX_WAITING_BYTES, STALL_TIME};

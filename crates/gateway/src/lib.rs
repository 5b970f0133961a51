//! The host's side of the only door between a cell and its host.
//!
//! A [`Door`] is a state machine: lines and attached bytes go in, lines to send and [`Event`]s come
//! out. It checks in one order, cheapest first: (frame cap, by the reader) → UTF-8 → depth →
//! envelope → version → method → typed parameters → rates → permission → quota → handler → audit. It
//! opens no file and no socket itself: everything that a plugin may reach is handed in as
//! [`Services`].
#![forbid(unsafe_code)]

mod answer;
mod asked;
mod auditor;
mod beyond;
mod blob;
mod chunks;
mod code;
mod door;
mod elevated;
mod env;
mod event;
mod files;
mod fs;
mod http;
mod kv;
mod ledger;
pub mod limits;
mod listing;
mod others;
mod pending;
mod pool;
mod promised;
mod rate;
mod rights;
mod services;
mod values;
mod version;
mod work;

pub use answer::{Blobs, Outgoing};
pub use auditor::Auditor;
pub use code::{Ahead, AheadPart, CodeSide, CodeSink, Coded, Given};
pub use door::{Door, Expelled, Lender};
pub use elevated::{Elevated, Named, Nothing, by, name_of};
pub use event::Event;
pub use ledger::{Denied, Elevation, Ledger, Time, Totals, Uses};
pub use others::{News, Uncalled, check_topic, read_event};
pub use pool::{Attach, Held, NoPool, Pool, PoolError};
pub use promised::WITHHELD;
pub use rate::{Bucket, Class, Exceeded, Lack, Meters, Rate, Rates};
pub use services::Services;
pub use values::{InMemory, Values, ValuesError};
pub use work::{Done, Fetched, Fetching, Opened, Question, Ran, Work};

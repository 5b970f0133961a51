//! Requests that the host program makes for a plugin, by the same rules and over the same
//! connections as the proxy's.

mod decode;
mod error;
mod handle;
mod redirect;
mod request;
mod run;

pub use decode::MAX_RATIO;
pub use error::FetchError;
pub use handle::{AnswerHead, Fetcher, Fetching, Part};
pub use redirect::{MAX_REDIRECTS, Redirects};
pub use request::Fetch;

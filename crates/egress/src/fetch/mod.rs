//! Requests that the host program makes for a plugin, by the same rules and over the same
//! connections as the proxy's.

mod body;
mod decode;
mod error;
mod give;
mod handle;
mod redirect;
mod request;
mod run;
mod socket;
mod turn;

pub use body::{Body, BodyStream, BodyWriter, Unwritten, body_stream};
pub use decode::MAX_RATIO;
pub use error::FetchError;
pub use handle::{AnswerHead, Fetcher, Fetching, Part, Wake};
pub use redirect::{MAX_REDIRECTS, Redirects};
pub use request::Fetch;
pub use socket::{Heard, MAX_REASON, Message, OpenSocket, Unsent, WebSocket};

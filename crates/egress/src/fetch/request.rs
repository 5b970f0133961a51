//! What is fetched.

use std::fmt;

use super::body::Body;
use super::redirect::Redirects;

/// A request, as a plugin asks for it.
#[derive(Default)]
pub struct Fetch {
    /// The method.
    pub method: String,
    /// The whole address; a fragment is dropped.
    pub url: String,
    /// Names and values; those that are about the connection or the length are dropped.
    pub headers: Vec<(String, String)>,
    /// The body, if there is one.
    pub body: Body,
    /// What to do with redirects.
    pub redirects: Redirects,
}

/// Without headers and body, which may hold secrets, and without the query.
impl fmt::Debug for Fetch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.split(['?', '#']).next().unwrap_or_default();
        out.debug_struct("Fetch")
            .field("method", &self.method)
            .field("url", &url)
            .finish_non_exhaustive()
    }
}

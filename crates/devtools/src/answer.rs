//! What is said to whoever asks over HTTP, and in which form.

/// An answer, after which the connection ends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The code and its words.
    pub(crate) status: &'static str,
    kind: &'static str,
    /// More fields, each with the end of its line.
    fields: &'static str,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) const fn json(body: String) -> Self {
        Self { status: "200 OK", kind: "application/json", fields: "", body }
    }

    /// That something is not done, and why.
    pub(crate) fn refusal(status: &'static str, why: &str) -> Self {
        Self { status, kind: "text/plain", fields: "", body: format!("{why}\n") }
    }

    pub(crate) fn bad(why: &str) -> Self {
        Self::refusal("400 Bad Request", why)
    }

    pub(crate) fn forbidden(why: &str) -> Self {
        Self::refusal("403 Forbidden", why)
    }

    pub(crate) fn not_found() -> Self {
        Self::refusal("404 Not Found", "there is nothing here; see /json/list")
    }

    pub(crate) fn busy() -> Self {
        let why = "a debugger is attached already; close it, or wait until it has left";
        Self::refusal("409 Conflict", why)
    }

    pub(crate) fn other_version() -> Self {
        let why = "only version 13 of the WebSocket protocol is spoken here";
        let fields = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
        Self { fields, ..Self::refusal("426 Upgrade Required", why) }
    }

    pub(crate) fn large() -> Self {
        let why = "the head of the request is too large";
        Self::refusal("431 Request Header Fields Too Large", why)
    }

    pub(crate) fn full() -> Self {
        Self::refusal("503 Service Unavailable", "too many connections are open at once")
    }

    pub(crate) fn closing() -> Self {
        Self::refusal("503 Service Unavailable", "debugging ends here")
    }

    /// As it is sent. Chrome looks for `Content-Length:` in just these letters.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let Self { status, kind, fields, body } = self;
        let length = body.len();
        // The last two keep other pages from having a browser show or run what has the token in it.
        let text = format!(
            "HTTP/1.1 {status}\r\n\
             Content-Type: {kind}; charset=UTF-8\r\n\
             Content-Length: {length}\r\n\
             Cache-Control: no-store\r\n\
             Connection: close\r\n\
             {fields}\
             X-Content-Type-Options: nosniff\r\n\
             Cross-Origin-Resource-Policy: same-origin\r\n\
             \r\n\
             {body}"
        );
        text.into_bytes()
    }
}

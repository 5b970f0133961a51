//! Requests to other machines, and answers that are read piece by piece.

use aether_protocol::v1::{Empty, HttpClose, HttpData, HttpFetch, HttpRead, HttpReply, Want};
use aether_protocol::{Code, RpcError};
use aether_token::{Act, Allowed, HostName};

use crate::answer::{Answer, Blobs};
use crate::beyond::{MISFIT, another, bytes_or_text};
use crate::door::{Door, Reply, bad_payload};
use crate::elevated::by;
use crate::work::{Done, Fetched, Fetching, Opened, Rest, Work, WorkKind};
use crate::{Event, limits};

impl Door {
    /// A request to another machine. What the grant covers is decided by whoever makes the request,
    /// on what it would dial; a token opens one host beside that.
    pub(crate) fn http_fetch(
        &mut self,
        mut asked: HttpFetch,
        blobs: &mut dyn Blobs,
    ) -> Result<Reply, RpcError> {
        let body = match asked.body.take() {
            Some(body) => {
                let blob = self.claim(&body, blobs)?;
                Some(body.into_bytes(blob).map_err(|error| bad_payload(&error))?)
            }
            None => None,
        };
        let target = self.services.elevated.named.target(&asked.url);
        let (host, port) = target.map_err(|why| {
            RpcError::new(Code::InvalidParams, format!("the address cannot be used: {why}"))
        })?;
        self.owed.room_for(WorkKind::Request, body.as_ref().map_or(0, Vec::len))?;
        if let Some(stream) = asked.stream {
            self.room_for_stream(stream)?;
        }
        let opened = match asked.token.take() {
            Some(token) => {
                let name = HostName::parse(&host)
                    .map_err(|error| RpcError::new(Code::InvalidParams, error.to_string()))?;
                let want = Want::Network { host: host.clone(), port };
                let bytes = body.as_ref().map_or(0, |body| body.len() as u64);
                let act = Act::Network { host: &name, port, bytes };
                let authority = self.authority("http.fetch", Some(&token), &want, act)?;
                let Allowed::Network { host, port, .. } = authority.allowed() else {
                    return Err(another());
                };
                let by = by(authority.issued_by());
                Some(Opened { host: host.as_str().to_owned(), port: *port, by })
            }
            None => None,
        };
        let rest = asked.stream.map_or(Rest::Answer, Rest::Stream);
        self.streams.extend(asked.stream);
        let fetching = Fetching { request: asked, body, host, port, opened };
        Ok(Reply::later(Work::Fetch(fetching), rest))
    }

    fn room_for_stream(&self, stream: u64) -> Result<(), RpcError> {
        if self.streams.contains(&stream) {
            let text = format!("the answer of the `stream` {stream} is still open");
            return Err(RpcError::new(Code::InvalidParams, text));
        }
        if self.streams.len() >= limits::STREAMS_OPEN {
            let text = format!("{} answers are open: read them or close them", self.streams.len());
            let error = RpcError::new(Code::RateLimited, text);
            return Err(error.with("retry_after_ms", limits::RETRY_MS));
        }
        Ok(())
    }

    /// The next piece of an answer. It was allowed when it was asked for.
    pub(crate) fn http_read(&mut self, asked: HttpRead) -> Result<Reply, RpcError> {
        let HttpRead { stream } = asked;
        if !self.streams.contains(&stream) {
            let text = format!("no answer of the `stream` {stream} is open");
            return Err(RpcError::new(Code::InvalidParams, text));
        }
        if self.owed.reads(stream) {
            let text = format!("the `stream` {stream} is waited for already");
            return Err(RpcError::new(Code::InvalidParams, text));
        }
        Ok(Reply::later(Work::Read { stream }, Rest::Stream(stream)))
    }

    /// Ends a request, whether or not its answer has begun.
    pub(crate) fn http_close(&mut self, asked: HttpClose) -> Result<Answer, RpcError> {
        if self.streams.remove(&asked.stream) {
            self.events.push_back(Event::Close { stream: asked.stream });
        }
        Answer::of(&Empty {})
    }

    /// The call that asked for an answer is over, and so is the answer.
    pub fn end_stream(&mut self, stream: u64) {
        self.streams.remove(&stream);
    }

    /// What became of a request, or of a piece of its answer.
    pub(crate) fn of_stream(&mut self, stream: u64, done: Done) -> Result<Answer, RpcError> {
        let done = match done {
            Done::Fetched(Ok(head)) => return self.http_reply(head),
            Done::Read(Ok((data, is_end))) => {
                if is_end {
                    self.streams.remove(&stream);
                }
                let data = self.carried(bytes_or_text(data))?;
                return Answer::payload(data, |data| HttpData { data, end: is_end });
            }
            Done::Fetched(Err(error)) | Done::Read(Err(error)) | Done::Failed(error) => error,
            _ => RpcError::new(Code::Internal, MISFIT),
        };
        self.streams.remove(&stream);
        Err(done)
    }

    pub(crate) fn http_reply(&self, fetched: Fetched) -> Result<Answer, RpcError> {
        let Fetched { status, reason, url, redirected, headers, body } = fetched;
        let reply = |body| HttpReply { status, reason, url, redirected, headers, body };
        match body {
            Some(body) => {
                Answer::payload(self.carried(bytes_or_text(body))?, |body| reply(Some(body)))
            }
            None => Answer::of(&reply(None)),
        }
    }
}

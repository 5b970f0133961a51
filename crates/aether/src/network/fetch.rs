//! Requests that the host makes for a cell that has no sockets.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use aether_container::Cell;
use aether_egress::{
    AnswerHead, Basic, Denied, EgressEvent, Failure, FailureKind, Fetch as Wanted, FetchError,
    Fetching, Part, Redirects, Request, RequestError, Rule, Rules, Stage, Why,
};
use aether_gateway::{Fetched, Fetching as Asked, Opened};
use aether_manifest::{DomainPattern, Permission};
use aether_policy::elevation::{Decided, Wish};
use aether_policy::grant::{Grant, api_name};
use aether_protocol::limits::PAYLOAD_BYTES;
use aether_protocol::v1::{Redirect, Want};
use aether_protocol::{Code, RpcError};

use super::WayOut;
use super::recorder::{OPENED, Recorder};

/// Bytes of a body that are handed on at once, about, where it is read piece by piece: what a plugin
/// can have its host hold for each answer.
const PIECE: usize = 256 << 10;

/// What a reference to a secret begins with, in the value of a header.
const SECRET: &str = "secret://";

/// A request under way. Dropping it ends it.
pub(crate) struct Fetch {
    way: Way,
    head: Option<AnswerHead>,
    body: Vec<u8>,
    /// It is read piece by piece: how it ended, once that is known.
    over: Option<Result<(), RpcError>>,
    /// Where it goes, for a refusal: host and port.
    target: (String, u16),
    /// A token opened it already.
    is_opened: bool,
}

/// How far it came.
enum Way {
    /// The gateway makes it.
    Begun(Fetching),
    /// It was denied before anything was begun; nothing once that is told.
    Denied(Option<FetchError>),
}

impl WayOut {
    /// Begins a request. `wake` is called when something of the answer is there.
    pub(crate) fn fetch(
        &mut self,
        cell: &Cell,
        asked: Asked,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> Result<Fetch, RpcError> {
        let Asked { request, body, host, port, opened } = asked;
        let rules = match &opened {
            Some(opened) => Arc::new(self.opened(opened)?),
            None => Arc::clone(&self.rules),
        };
        let recorder = self.recorder(cell);
        let headers = self.headers(request.headers, &recorder)?;
        let is_opened = opened.is_some();
        let target = (host, port);
        let fetch =
            |way| Fetch { way, head: None, body: Vec::new(), over: None, target, is_opened };
        // A gateway has a thread and descriptors: none is started for what it would deny.
        let what = (&*request.method, &*request.url);
        let sent = body.as_deref().unwrap_or_default();
        if let Some(denied) = self.denied_at_once(&rules, what, &headers, sent) {
            recorder.take(&denied.0).map_err(|_| unrecorded())?;
            let error = FetchError::Denied(Box::new(denied.1));
            wake();
            return Ok(fetch(Way::Denied(Some(error))));
        }
        let outlet = self.outlet(cell).map_err(|error| {
            RpcError::new(Code::Degraded, format!("the egress gateway cannot be started: {error}"))
        })?;
        let fetcher = outlet.fetcher().with_rules(rules);
        let wanted = Wanted {
            method: request.method,
            url: request.url,
            headers,
            body: body.into(),
            redirects: match request.redirect {
                Redirect::Follow => Redirects::Follow,
                Redirect::Error => Redirects::Error,
                Redirect::Manual => Redirects::Manual,
            },
        };
        Ok(fetch(Way::Begun(fetcher.fetch(wanted, wake))))
    }

    /// What the gateway would deny before it does anything, as it would tell of it.
    fn denied_at_once(
        &self,
        rules: &Rules,
        (method, url): (&str, &str),
        headers: &[(String, String)],
        body: &[u8],
    ) -> Option<(EgressEvent, Denied)> {
        let request = request_of(method, url).ok()?;
        let denied = rules.decide_whole(&request, headers, body).err()?;
        let event = EgressEvent {
            client: self.auditor.plugin().into(),
            exchange: 0,
            stage: Stage::Denied(Box::new(denied.clone())),
            method: Some(request.method.as_str()),
            host: Some(request.host.to_string()),
            port: Some(request.port),
            path: Some(request.path.path().to_owned()),
            rule: denied.rule.clone(),
            rule_index: None,
            status: None,
            bytes_out: 0,
            bytes_in: 0,
            duration: Duration::ZERO,
        };
        Some((event, denied))
    }

    /// The rules with what a token opens beside them.
    fn opened(&self, opened: &Opened) -> Result<Rules, RpcError> {
        let text = format!("{}:{}", opened.host, opened.port);
        let pattern = DomainPattern::parse(&text)
            .map_err(|error| RpcError::new(Code::InvalidParams, error.to_string()))?;
        self.rules
            .with_rule(Rule { index: OPENED, pattern })
            .map_err(|error| RpcError::new(Code::PermissionDenied, error.to_string()))
    }

    /// The headers with placeholders where secrets are named, which the gateway fills in.
    fn headers(
        &self,
        headers: Vec<(String, String)>,
        recorder: &Recorder,
    ) -> Result<Vec<(String, String)>, RpcError> {
        let fill = |(name, value): (String, String)| {
            let value = self.placed_in(&name, &value, recorder)?;
            Ok((name, value))
        };
        headers.into_iter().map(fill).collect()
    }

    fn placed_in(&self, name: &str, value: &str, recorder: &Recorder) -> Result<String, RpcError> {
        // In `name:password`, whose encoding would hide it.
        if name.eq_ignore_ascii_case("authorization")
            && let Some(basic) = Basic::parse(value.as_bytes())
            && let Ok(text) = std::str::from_utf8(basic.text())
            && text.contains(SECRET)
        {
            let text = self.placed(text, recorder)?;
            return Ok(basic.with_text(text.into_bytes()).value());
        }
        self.placed(value, recorder)
    }

    fn placed(&self, value: &str, recorder: &Recorder) -> Result<String, RpcError> {
        let mut parts = value.split(SECRET);
        let mut placed = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let is_name = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
            let end = part.find(|letter| !is_name(letter)).unwrap_or(part.len());
            let (name, rest) = part.split_at(end);
            let placeholder =
                self.placeholders.get(name).ok_or_else(|| self.no_secret(name, recorder))?;
            recorder.uses_secret(name).map_err(|_| {
                RpcError::new(Code::Internal, "the use of a secret cannot be recorded")
            })?;
            placed.push_str(placeholder);
            placed.push_str(rest);
        }
        Ok(placed)
    }

    fn no_secret(&self, name: &str, recorder: &Recorder) -> RpcError {
        let (message, line) = match self.grant.may_use_secret(name) {
            Err(denial) => (denial.message, Some(denial.manifest_line)),
            Ok(_) => {
                let text = format!("the policy names no secret `{name}` that a request may carry");
                (text, None)
            }
        };
        recorder.no_secret(name, &message, line.as_deref());
        let error = RpcError::new(Code::PermissionDenied, message)
            .with("permission", api_name(Permission::Secrets))
            .with("resource", name);
        match line {
            Some(line) => error.with("fix", line),
            None => error,
        }
    }
}

impl Fetch {
    /// Bytes of its answer that are here.
    pub(crate) fn held(&self) -> usize {
        self.body.len()
    }

    fn next(&mut self) -> Option<Part> {
        match &mut self.way {
            Way::Begun(fetching) => fetching.try_next(),
            Way::Denied(error) => error.take().map(Part::Failed),
        }
    }

    /// Where the body is read piece by piece: the head, or why there is none.
    pub(crate) fn head(&mut self, grant: &Grant, asks: bool) -> Option<Result<Fetched, RpcError>> {
        match self.next()? {
            Part::Head(head) => Some(Ok(fetched(head, None))),
            Part::Failed(error) => Some(Err(self.failed(&error, grant, asks))),
            Part::Data(_) | Part::End => Some(Err(no_head())),
        }
    }

    /// Takes what is there of the body, up to a piece; and whether nothing follows.
    pub(crate) fn piece(
        &mut self,
        grant: &Grant,
        asks: bool,
    ) -> Option<Result<(Vec<u8>, bool), RpcError>> {
        while self.over.is_none() && self.body.len() < PIECE {
            match self.next() {
                None => break,
                Some(Part::Data(bytes)) => self.body.extend_from_slice(&bytes),
                Some(Part::End) => self.over = Some(Ok(())),
                Some(Part::Failed(error)) => {
                    self.over = Some(Err(self.failed(&error, grant, asks)));
                }
                Some(Part::Head(_)) => self.over = Some(Err(no_head())),
            }
        }
        // What came before an error is handed on before it.
        if self.body.is_empty()
            && let Some(Err(error)) = &self.over
        {
            return Some(Err(error.clone()));
        }
        let is_end = matches!(self.over, Some(Ok(())));
        (is_end || !self.body.is_empty()).then(|| Ok((std::mem::take(&mut self.body), is_end)))
    }

    /// Takes what is there; gives the answer when it is whole, or what became of it.
    pub(crate) fn turn(&mut self, grant: &Grant, asks: bool) -> Option<Result<Fetched, RpcError>> {
        loop {
            match self.next()? {
                Part::Head(head) => self.head = Some(head),
                Part::Data(bytes) => {
                    if (self.body.len() + bytes.len()) as u64 > PAYLOAD_BYTES {
                        let text = format!("the answer has more than {PAYLOAD_BYTES} bytes");
                        return Some(Err(RpcError::new(Code::Io, text).with("code", "EFBIG")));
                    }
                    self.body.extend_from_slice(&bytes);
                }
                Part::End => return Some(self.whole()),
                Part::Failed(error) => return Some(Err(self.failed(&error, grant, asks))),
            }
        }
    }

    fn whole(&mut self) -> Result<Fetched, RpcError> {
        let head = self.head.take().ok_or_else(no_head)?;
        Ok(fetched(head, Some(std::mem::take(&mut self.body))))
    }

    /// Why there is no answer. Where a token would open the way, it says which.
    fn failed(&self, error: &FetchError, grant: &Grant, asks: bool) -> RpcError {
        let FetchError::Denied(denied) = error else {
            let text = error.to_string();
            return match error.kind() {
                FailureKind::Invalid => RpcError::new(Code::InvalidParams, text),
                FailureKind::Unrecorded => RpcError::new(Code::Internal, text),
                _ => RpcError::new(Code::Io, text).with("code", code_of(error)),
            };
        };
        let (host, port) = &self.target;
        let resource = denied.advice.resource.as_deref().unwrap_or(host);
        if !self.is_opened && matches!(denied.why, Why::Host | Why::Port) {
            let decided = grant.elevation().decide(&Wish::Network { host, port: *port });
            if matches!(decided, Decided::Allow { .. }) || matches!(decided, Decided::Ask) && asks {
                let want = Want::Network { host: host.clone(), port: *port };
                let text = format!("reaching {host}:{port} needs a token: {}", denied.why);
                let request = serde_json::to_value(want).unwrap_or_default();
                return RpcError::new(Code::CapabilityRequired, text).with("request", request);
            }
        }
        if denied.why == Why::Taken {
            let denial = grant.without(&[Permission::NetworkDomains]).deny_request(host);
            return RpcError::new(Code::PermissionDenied, denial.message)
                .with("permission", "NetworkOutbound")
                .with("resource", &**host)
                .with("fix", denial.manifest_line);
        }
        let mut refusal = RpcError::new(
            Code::PermissionDenied,
            format!("reaching {resource} is denied: {}", denied.why),
        )
        .with("permission", "NetworkOutbound")
        .with("resource", resource);
        if denied.advice.resource.is_some() {
            refusal = refusal.with("fix", grant.deny_request(resource).manifest_line);
        }
        if let Some(policy) = &denied.advice.policy {
            refusal = refusal.with("policy", &**policy);
        }
        refusal
    }
}

/// What an error is called where programs look at it: as Node names them where it does.
fn code_of(error: &FetchError) -> &'static str {
    match (error.kind(), error) {
        (FailureKind::NameNotFound, FetchError::Failed(Failure::Lookup)) => "EAI_AGAIN",
        (FailureKind::NameNotFound, _) => "ENOTFOUND",
        (FailureKind::Refused, _) => "ECONNREFUSED",
        (_, FetchError::Failed(Failure::Connect(io::ErrorKind::HostUnreachable))) => "EHOSTUNREACH",
        (FailureKind::Unreachable, _) => "ENETUNREACH",
        (FailureKind::Tls, _) => "ERR_TLS",
        (FailureKind::Timeout, _) => "ETIMEDOUT",
        (FailureKind::Reset, _) => "ECONNRESET",
        (FailureKind::TooLarge, _) => "EFBIG",
        (FailureKind::Closed | FailureKind::Aborted, _) => "ECONNABORTED",
        _ => "EPROTO",
    }
}

fn fetched(head: AnswerHead, body: Option<Vec<u8>>) -> Fetched {
    let AnswerHead { status, reason, url, is_redirected, headers } = head;
    Fetched { status, reason, url, redirected: is_redirected, headers, body }
}

fn no_head() -> RpcError {
    RpcError::new(Code::Internal, "the parts of an answer are out of order")
}

/// A request as it would be made; what follows `#` is not sent.
pub(crate) fn request_of(method: &str, url: &str) -> Result<Request, RequestError> {
    Request::parse(method, url.split('#').next().unwrap_or_default())
}

fn unrecorded() -> RpcError {
    RpcError::new(Code::Internal, "refused: it cannot be written to the audit log")
}

/// What stands for each granted secret, by its name.
pub(crate) type Placeholders = BTreeMap<String, String>;

#[cfg(test)]
mod tests {
    use aether_egress::HeadError;

    use super::*;

    fn check(errors: &[FetchError], expect: &str) {
        for error in errors {
            assert_eq!(code_of(error), expect, "{error}");
        }
    }

    fn connecting(kind: io::ErrorKind) -> FetchError {
        Failure::Connect(kind).into()
    }

    #[test]
    fn what_goes_wrong_has_the_names_that_programs_know() {
        check(&[Failure::NoAddress.into()], "ENOTFOUND");
        check(&[Failure::Lookup.into()], "EAI_AGAIN");
        check(&[connecting(io::ErrorKind::ConnectionRefused)], "ECONNREFUSED");
        check(&[connecting(io::ErrorKind::HostUnreachable)], "EHOSTUNREACH");
        check(
            &[connecting(io::ErrorKind::NetworkUnreachable), Failure::Peer.into()],
            "ENETUNREACH",
        );
        check(&[Failure::Tls("a name".to_owned()).into()], "ERR_TLS");
        let late = [connecting(io::ErrorKind::TimedOut), Failure::ServerIdle.into()];
        check(&late, "ETIMEDOUT");
        check(&[Failure::Time.into(), Failure::ClientIdle.into()], "ETIMEDOUT");
        let cut = [Failure::AnswerShort, Failure::Server(io::ErrorKind::ConnectionReset)];
        check(&cut.map(FetchError::Failed), "ECONNRESET");
        check(&[Failure::AnswerLong.into(), Failure::RequestLong.into()], "EFBIG");
        check(&[FetchError::Ratio], "EFBIG");
        check(&[Failure::Closed.into(), Failure::RequestShort.into()], "ECONNABORTED");
        check(&[Failure::Answer(HeadError::LineEnd).into(), Failure::Interim.into()], "EPROTO");
        check(&[FetchError::Encoding, FetchError::Redirected, FetchError::Location], "EPROTO");
        check(&[FetchError::TooManyRedirects, FetchError::Unrepeatable], "EPROTO");
    }
}

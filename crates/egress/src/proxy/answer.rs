//! What the gateway answers by itself.

use std::io;

use serde_json::{Value, json};

use super::record::Subject;
use crate::decide::{Advice, Denied};
use crate::failure::Failure;
use crate::wire::HeadError;
use crate::wire::socks::Reply;

/// An answer of the gateway's own. It says that it is one, so that no client takes a decision for
/// a passing fault and tries again, or around.
pub(crate) struct Answer {
    pub(crate) status: u16,
    body: Value,
    /// What says so to a client that speaks SOCKS.
    pub(crate) reply: Reply,
}

impl Answer {
    /// It is denied.
    pub(crate) fn denied(subject: &Subject<'_>, denied: &Denied) -> Self {
        let body = json!({
            "error": "denied by policy",
            "rule": denied.rule,
            "method": subject.method,
            "host": subject.host.to_string(),
            "port": subject.port,
            "why": denied.why.to_string(),
            "deliberate": true,
            "retry": false,
            "allow": allow(&denied.advice),
            "help": help(&denied.advice),
        });
        Answer { status: 403, body, reply: Reply::Denied }
    }

    /// It cannot be read for certain.
    pub(crate) fn refused(error: &HeadError) -> Self {
        let body = json!({
            "error": "refused by the gateway",
            "why": error.to_string(),
            "deliberate": true,
            "retry": false,
        });
        Answer { status: error.status(), body, reply: Reply::Failed }
    }

    /// It was allowed and went wrong.
    pub(crate) fn failed(failure: &Failure) -> Self {
        let body = json!({
            "error": "failed beyond the gateway",
            "why": failure.to_string(),
            "deliberate": false,
        });
        Answer { status: failure.status(), body, reply: reply(failure) }
    }

    /// The bytes; a `HEAD` gets no body.
    pub(crate) fn write(&self, to_head: bool, keep_alive: bool) -> Vec<u8> {
        let body = format!("{}\n", self.body);
        let connection = if keep_alive { "" } else { "Connection: close\r\n" };
        let head = format!(
            "HTTP/1.1 {} {}\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n\
             Content-Length: {}\r\n{connection}\r\n",
            self.status,
            reason(self.status),
            body.len(),
        );
        let mut out = head.into_bytes();
        if !to_head {
            out.extend_from_slice(body.as_bytes());
        }
        out
    }
}

/// What would allow it, for whom it is said to: whoever typed a command has no manifest.
fn allow(advice: &Advice) -> Value {
    match &advice.option {
        Some(option) => json!({ "option": option }),
        None => json!({ "manifest": advice.manifest, "policy": advice.policy }),
    }
}

/// The same in a sentence, for whoever reads what a program printed.
fn help(advice: &Advice) -> String {
    let lines = [
        advice.option.as_ref().map(|option| format!("give the command the option `{option}`")),
        advice.manifest.as_ref().map(|line| format!("ask for it in the manifest with `{line}`")),
        advice.policy.as_ref().map(|line| format!("let the policy allow it with `{line}`")),
    ];
    let ways: Vec<String> = lines.into_iter().flatten().collect();
    let way = match ways.as_slice() {
        [] => "no line of a manifest or policy would allow it".to_owned(),
        ways => format!("to have it allowed, {}", ways.join(", and ")),
    };
    format!("this was decided and is no fault, so trying again will not help; {way}")
}

fn reply(failure: &Failure) -> Reply {
    match failure {
        Failure::NoAddress | Failure::Lookup => Reply::Host,
        Failure::Connect(io::ErrorKind::ConnectionRefused) => Reply::Refused,
        Failure::Connect(io::ErrorKind::NetworkUnreachable) => Reply::Network,
        Failure::Connect(_) => Reply::Host,
        _ => Reply::Failed,
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        403 => "Forbidden",
        408 => "Request Timeout",
        413 => "Content Too Large",
        414 => "URI Too Long",
        417 => "Expectation Failed",
        431 => "Request Header Fields Too Large",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "Refused",
    }
}

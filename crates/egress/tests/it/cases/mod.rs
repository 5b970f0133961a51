//! What is asked of the gateway by way of every trick that is known, as a table: one runner, real
//! sockets, a name server that lies, and canaries that must hear nothing.

mod addresses;
mod heads;
mod hosts;
mod names;
mod paths;
mod redirects;
mod run;
mod secrets;
mod tunnels;

use crate::dns::Script;

/// Cases with the same rules. `{p}` stands for the port of the server and of the canaries, `{a}`
/// for the server's name with it, and `{s}` for its address.
pub(crate) struct Group {
    name: &'static str,
    rules: &'static [&'static str],
    private: &'static [&'static str],
    /// What the name server says; the name of the server is known without it.
    names: Script,
    cases: &'static [Case],
}

/// What is done, what becomes of it, and why; or the request that the server hears if it passes.
type Case = (Act, Verdict, &'static str);

/// What is done.
#[derive(Debug, Clone, Copy)]
enum Act {
    /// A GET of this address through the proxy.
    Get(&'static str),
    /// The same with a header.
    With(&'static str, &'static str),
    /// Twice, each time over a connection of its own; the second counts.
    Twice(&'static str),
    /// These bytes to the proxy.
    Bytes(&'static str),
    /// A tunnel to this host and port, in which TLS greets this name.
    Tunnel(&'static str, Option<&'static str>),
    /// A GET that the host program makes for the plugin.
    Fetch(&'static str),
    /// The same with a header.
    FetchWith(&'static str, &'static str),
    /// A POST of this body.
    Post(&'static str, &'static str),
}

use Act::{Bytes, Fetch, FetchWith, Get, Post, Tunnel, Twice, With};

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Passed,
    /// The rules do not allow it.
    Denied,
    /// It cannot be read for certain.
    Refused,
    /// It is allowed, and something else is in the way.
    Failed,
}

use Verdict::{Denied, Failed, Passed, Refused};

/// The server, which the owner opened.
const NAME: &str = "api.test.example";
/// What stands for a secret that may go to the server's `/in/**` by header.
const PLACEHOLDER: &str = "aether-secret-0123456789";

const GROUPS: [&[Group]; 8] = [
    paths::GROUPS,
    hosts::GROUPS,
    addresses::GROUPS,
    names::GROUPS,
    heads::GROUPS,
    redirects::GROUPS,
    secrets::GROUPS,
    tunnels::GROUPS,
];

#[test]
fn nothing_escapes() {
    let groups = GROUPS.iter().copied().flatten();
    let total: usize = groups.clone().map(|group| group.cases.len()).sum();
    let mut stage = run::Stage::new();
    let mut wrong = Vec::new();
    for group in groups {
        for case in group.cases {
            wrong.extend(stage.play(group, *case));
        }
    }
    let escapes = stage.escapes();
    println!("{total} cases, {escapes} escapes, {} wrong", wrong.len());
    assert!(wrong.is_empty() && escapes == 0, "{escapes} escapes\n{}", wrong.join("\n"));
    assert!(total >= 250, "{total} cases");
}

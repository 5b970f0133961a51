//! Tunnels, and what is said in them first.

use crate::dns::Says::These;

use super::{Denied, Failed, Group, Passed, Tunnel};

const SERVER_NAME: &str = "TLS server name";
const LITERAL: &str = "given as an address";

pub(super) const GROUPS: &[Group] = &[Group {
    name: "tunnels",
    rules: &["{a}", "*.evil.example:{p}", "GET part.test.example:{p}/x", "plain.test.example"],
    private: &["127.0.0.1:{p}"],
    names: &[
        ("in.evil.example", &[These(&["127.0.0.2"])]),
        ("mixed.evil.example", &[These(&["127.0.0.1", "127.0.0.2"])]),
        ("mapped.evil.example", &[These(&["::ffff:127.0.0.2"])]),
        ("ok.evil.example", &[These(&["127.0.0.1"])]),
        ("part.test.example", &[These(&["127.0.0.1"])]),
    ],
    cases: &[
        (Tunnel("{a}", Some("api.test.example")), Passed, ""),
        (Tunnel("{a}", Some("API.Test.Example")), Passed, ""),
        (Tunnel("ok.evil.example:{p}", Some("ok.evil.example")), Passed, ""),
        (Tunnel("127.0.0.1:{p}", None), Passed, ""),
        (Tunnel("{a}", Some("other.example")), Denied, SERVER_NAME),
        (Tunnel("{a}", Some("test.example")), Denied, SERVER_NAME),
        (Tunnel("{a}", Some("x.api.test.example")), Denied, SERVER_NAME),
        (Tunnel("{a}", Some("api.test.example.")), Denied, SERVER_NAME),
        (Tunnel("{a}", Some("api.test.example\0.evil.example")), Denied, SERVER_NAME),
        (Tunnel("{a}", Some("127.0.0.1")), Denied, SERVER_NAME),
        (Tunnel("{a}", Some("")), Denied, SERVER_NAME),
        (Tunnel("{a}", None), Denied, SERVER_NAME),
        (Tunnel("127.0.0.1:{p}", Some("api.test.example")), Denied, SERVER_NAME),
        (Tunnel("ok.evil.example:{p}", Some("api.test.example")), Denied, SERVER_NAME),
        // The rule names a path, so the tunnel is looked into; nothing is dialled for it.
        (Tunnel("part.test.example:{p}", Some("api.test.example")), Denied, SERVER_NAME),
        (Tunnel("part.test.example:{p}", Some("part.test.example")), Failed, "TLS with the plugin"),
        (Tunnel("in.evil.example:{p}", Some("in.evil.example")), Denied, "this machine"),
        (Tunnel("mixed.evil.example:{p}", Some("mixed.evil.example")), Denied, "this machine"),
        (Tunnel("mapped.evil.example:{p}", Some("mapped.evil.example")), Denied, "inside"),
        (Tunnel("evil.example:{p}", Some("evil.example")), Denied, "no rule"),
        (Tunnel("a.b.evil.example:{p}", Some("a.b.evil.example")), Denied, "no rule"),
        (Tunnel("api.test.example:443", Some("api.test.example")), Denied, "other ports"),
        (Tunnel("plain.test.example:80", Some("plain.test.example")), Denied, "other ports"),
        (Tunnel("plain.test.example:22", Some("plain.test.example")), Denied, "other ports"),
        (Tunnel("plain.test.example:{p}", Some("plain.test.example")), Denied, "other ports"),
        (Tunnel("127.0.0.2:{p}", None), Denied, LITERAL),
        (Tunnel("127.0.0.1:443", None), Denied, LITERAL),
        (Tunnel("[::1]:{p}", None), Denied, LITERAL),
        (Tunnel("[::ffff:127.0.0.2]:{p}", None), Denied, LITERAL),
        (Tunnel("0.0.0.0:{p}", None), Denied, LITERAL),
    ],
}];

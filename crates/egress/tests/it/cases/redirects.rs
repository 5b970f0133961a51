//! Where servers send their clients. The server redirects to what follows the `?`.

use crate::dns::Says::{Chain, These};

use super::{Denied, Failed, Fetch, FetchWith, Group, Passed, Refused};

pub(super) const GROUPS: &[Group] = &[Group {
    name: "redirects",
    rules: &["GET {a}/r", "GET {a}/open/**", "lead.evil.example:{p}"],
    private: &["api.test.example"],
    names: &[
        ("lead.evil.example", &[Chain("inside.example", &["127.0.0.2"])]),
        ("x.example", &[These(&["127.0.0.2"])]),
    ],
    cases: &[
        (Fetch("{s}/r?{s}/open/a"), Passed, "GET /open/a"),
        (Fetch("{s}/r?/open/a"), Passed, "GET /open/a"),
        (Fetch("{s}/r?open/a"), Passed, "GET /open/a"),
        (Fetch("{s}/r?//{a}/open/a"), Passed, "GET /open/a"),
        (Fetch("{s}/r?/r?/r?/open/a"), Passed, "GET /open/a"),
        (Fetch("{s}/r?/r?/r?/r?/r?/r?/r?/open/a"), Failed, "more than 5 times"),
        (Fetch("{s}/r?/shut"), Denied, "other paths"),
        (Fetch("{s}/r?/open/../shut"), Denied, "other paths"),
        (Fetch("{s}/r?/open/..%2fshut"), Denied, "escaped"),
        (Fetch("{s}/r?/open/..%3B/shut"), Denied, "dots and blanks"),
        (Fetch("{s}/r?/open\\..\\shut"), Denied, "other paths"),
        (Fetch("{s}/r?http://x.example:{p}/"), Denied, "no rule"),
        (Fetch("{s}/r?http://lead.evil.example:{p}/"), Denied, "this machine"),
        (Fetch("{s}/r?http://127.0.0.2:{p}/"), Denied, "given as an address"),
        (Fetch("{s}/r?http://127.2:{p}/"), Denied, "given as an address"),
        (Fetch("{s}/r?http://0x7f000002:{p}/"), Denied, "given as an address"),
        (Fetch("{s}/r?http://2130706434:{p}/"), Denied, "given as an address"),
        (Fetch("{s}/r?http://[::1]:{p}/"), Denied, "given as an address"),
        (Fetch("{s}/r?http://[::ffff:127.0.0.2]:{p}/"), Refused, "canonical form"),
        (Fetch("{s}/r?http://169.254.169.254/latest"), Denied, "given as an address"),
        (Fetch("{s}/r?http://localhost:{p}/"), Denied, "no rule"),
        (Fetch("{s}/r?//127.0.0.2:{p}/open/a"), Denied, "given as an address"),
        (Fetch("{s}/r?\\\\127.0.0.2:{p}/open/a"), Denied, "given as an address"),
        (Fetch("{s}/r?http://{a}@127.0.0.2:{p}/"), Refused, "user name"),
        (Fetch("{s}/r?https://api.test.example/open/a"), Denied, "other ports"),
        (Fetch("{s}/r?http://api.test.example/open/a"), Denied, "other ports"),
        (Fetch("{s}/r?ftp://{a}/open/a"), Refused, "http://"),
        (Fetch("{s}/r?file:///etc/passwd"), Refused, "http://"),
        (Fetch("{s}/r?data:text/plain,x"), Refused, "http://"),
        (Fetch("{s}/r?javascript:alert(1)"), Refused, "http://"),
        (Fetch("{s}/r?http://"), Failed, "no address"),
        (FetchWith("{s}/r?/open/a", "X-Original-URL: /shut"), Denied, "may change"),
    ],
}];

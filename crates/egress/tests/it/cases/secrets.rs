//! Placeholders on their way to somebody whom they do not concern. The secret may go to `/in/**` of
//! `localhost`, which is the server too.

use super::{Denied, FetchWith, Get, Group, Passed, Post, With};

const SECRET: &str = "placeholder of the secret";

pub(super) const GROUPS: &[Group] = &[Group {
    name: "secrets",
    rules: &["localhost:{p}", "{a}"],
    private: &["127.0.0.1:{p}"],
    names: &[],
    cases: &[
        (With("http://localhost:{p}/in/a", "X-Key: aether-secret-0123456789"), Passed, "GET /in/a"),
        (
            With(
                "http://localhost:{p}/in/a",
                "Authorization: Basic dTphZXRoZXItc2VjcmV0LTAxMjM0NTY3ODk=",
            ),
            Passed,
            "GET /in/a",
        ),
        (With("http://localhost:{p}/out", "X-Key: aether-secret-0123456789"), Denied, SECRET),
        (
            With("http://localhost:{p}/in/a/../../out", "X-Key: aether-secret-0123456789"),
            Denied,
            SECRET,
        ),
        (
            With("http://localhost:{p}/in/..%3B/out", "X-Key: aether-secret-0123456789"),
            Denied,
            SECRET,
        ),
        (
            With(
                "http://localhost:{p}/out",
                "Authorization: Basic dTphZXRoZXItc2VjcmV0LTAxMjM0NTY3ODk=",
            ),
            Denied,
            SECRET,
        ),
        (
            With("http://localhost:{p}/out", "X: basic dTphZXRoZXItc2VjcmV0LTAxMjM0NTY3ODk"),
            Denied,
            SECRET,
        ),
        (With("{s}/in/a", "X-Key: aether-secret-0123456789"), Denied, SECRET),
        (
            With("{s}/in/a", "Authorization: Basic dTphZXRoZXItc2VjcmV0LTAxMjM0NTY3ODk="),
            Denied,
            SECRET,
        ),
        (With("{s}/in/a", "aether-secret-0123456789: x"), Denied, SECRET),
        (With("http://evil.example:{p}/", "X-Key: aether-secret-0123456789"), Denied, SECRET),
        (Get("http://localhost:{p}/in/aether-secret-0123456789"), Denied, SECRET),
        (Get("http://localhost:{p}/in/a?k=aether-secret-0123456789"), Denied, SECRET),
        (Get("http://localhost:{p}/in/%61ether-secret-0123456789"), Denied, SECRET),
        (Post("http://localhost:{p}/in/a", "aether-secret-0123456789"), Denied, SECRET),
        (Post("{s}/a", "{\"key\":\"aether-secret-0123456789\"}"), Denied, SECRET),
        (Post("{s}/a", "aether-secret-012345678"), Passed, "POST /a"),
        (
            FetchWith("http://localhost:{p}/in/a", "X-Key: aether-secret-0123456789"),
            Passed,
            "GET /in/a",
        ),
        (FetchWith("{s}/a", "X-Key: aether-secret-0123456789"), Denied, SECRET),
        (
            FetchWith("http://localhost:{p}/in/r?{s}/a", "X-Key: aether-secret-0123456789"),
            Denied,
            SECRET,
        ),
    ],
}];

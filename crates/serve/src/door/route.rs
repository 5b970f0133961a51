//! From a method and a path to what is wanted.

use aether::monitor::Rung;
use aether::source::quoted;
use hyper::{Method, StatusCode};

use crate::refusal::Refusal;

/// The longest name of a plugin in a path; manifests allow no longer one.
const NAME: usize = 256;

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// The live page, which has no data of its own.
    Page,
    /// That the server is there.
    Health,
    Host,
    Plugins,
    Load,
    Start(String),
    Cells,
    Cell(u32),
    Call(u32),
    Act(u32, Act),
    Events,
    Record,
    Report,
    Metrics,
}

/// What is done about a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Stop,
    Restore,
    Impose(Rung),
}

impl Act {
    /// The acts, by their words.
    const ALL: [(&'static str, Self); 6] = [
        ("stop", Self::Stop),
        ("restore", Self::Restore),
        ("throttle", Self::Impose(Rung::Throttle)),
        ("narrow", Self::Impose(Rung::Narrow)),
        ("freeze", Self::Impose(Rung::Freeze)),
        ("kill", Self::Impose(Rung::Kill)),
    ];

    fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == word).map(|(_, act)| *act)
    }

    /// Its word.
    pub(crate) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, act)| *act == self).map_or("", |(name, _)| name)
    }
}

impl Route {
    /// Whether it is answered without a token: it tells nothing of any plugin.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self, Self::Page | Self::Health)
    }

    /// Whether it has something done.
    pub(crate) const fn is_order(&self) -> bool {
        matches!(self, Self::Load | Self::Start(_) | Self::Call(_) | Self::Act(..))
    }
}

/// Finds what is wanted.
pub(crate) fn route(method: &Method, path: &str) -> Result<Route, Refusal> {
    let parts: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
    let (get, post) = match parts.as_slice() {
        [""] => (Some(Route::Page), None),
        ["healthz"] => (Some(Route::Health), None),
        ["metrics"] => (Some(Route::Metrics), None),
        ["report"] => (Some(Route::Report), None),
        ["v1", "host"] => (Some(Route::Host), None),
        ["v1", "plugins"] => (Some(Route::Plugins), Some(Route::Load)),
        ["v1", "plugins", name, "start"] if name.len() <= NAME => {
            (None, Some(Route::Start((*name).to_owned())))
        }
        ["v1", "cells"] => (Some(Route::Cells), None),
        ["v1", "cells", cell] => (number(cell).map(Route::Cell), None),
        ["v1", "cells", cell, "call"] => (None, number(cell).map(Route::Call)),
        ["v1", "cells", cell, act] => {
            (None, number(cell).zip(Act::of(act)).map(|(cell, act)| Route::Act(cell, act)))
        }
        ["v1", "events"] => (Some(Route::Events), None),
        ["v1", "report"] => (Some(Route::Record), None),
        _ => (None, None),
    };
    chosen(method, path, get, post)
}

fn chosen(
    method: &Method,
    path: &str,
    get: Option<Route>,
    post: Option<Route>,
) -> Result<Route, Refusal> {
    let allow = match (&get, &post) {
        (Some(_), Some(_)) => "GET, POST",
        (Some(_), None) => "GET",
        (None, Some(_)) => "POST",
        (None, None) => {
            let message = format!("there is nothing at {}", quoted(path));
            let refusal = Refusal::new(StatusCode::NOT_FOUND, "no-route", message);
            return Err(refusal.fix("docs/serve.md lists what there is"));
        }
    };
    let found = match *method {
        Method::GET => get,
        Method::POST => post,
        _ => None,
    };
    found.ok_or_else(|| {
        let message = format!("{} takes {allow} alone", quoted(path));
        let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "other-method", message);
        Refusal { allow: Some(allow), ..refusal.fix(format!("use {allow}")) }
    })
}

/// A cell's number in its one form.
fn number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_there_is_is_found() {
        let check = |method: Method, path: &str, expect: Route| {
            assert_eq!(route(&method, path), Ok(expect), "{method} {path}");
        };
        check(Method::GET, "/", Route::Page);
        check(Method::GET, "/v1/plugins", Route::Plugins);
        check(Method::POST, "/v1/plugins", Route::Load);
        check(Method::POST, "/v1/plugins/a.b-c/start", Route::Start("a.b-c".to_owned()));
        check(Method::GET, "/v1/cells/7", Route::Cell(7));
        check(Method::POST, "/v1/cells/7/call", Route::Call(7));
        check(Method::POST, "/v1/cells/7/kill", Route::Act(7, Act::Impose(Rung::Kill)));
        check(Method::POST, "/v1/cells/7/stop", Route::Act(7, Act::Stop));
        for (word, act) in Act::ALL {
            assert_eq!(act.word(), word);
        }
    }

    #[test]
    fn what_there_is_not_is_told_apart_from_what_is_not_done() {
        let check = |method: &str, path: &str, status: u16, allow: Option<&str>| {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let refusal = route(&method, path).unwrap_err();
            assert_eq!(
                (refusal.status.as_u16(), refusal.allow),
                (status, allow),
                "{method} {path}"
            );
        };
        check("GET", "/v1", 404, None);
        check("GET", "//", 404, None);
        check("GET", "/v1/cells/", 404, None);
        check("GET", "/v1/cells/007", 404, None);
        check("GET", "/v1/cells/+7", 404, None);
        check("GET", "/v1/cells/4294967296", 404, None);
        check("POST", "/v1/cells/7/observe", 404, None);
        check("POST", "/v1/cells/7/kill/", 404, None);
        check("GET", "/v1/cells/7/kill", 405, Some("POST"));
        check("POST", "/v1/cells/7", 405, Some("GET"));
        check("DELETE", "/v1/plugins", 405, Some("GET, POST"));
        check("OPTIONS", "/v1/plugins", 405, Some("GET, POST"));
        check("HEAD", "/", 405, Some("GET"));
        check("BREW", "/metrics", 405, Some("GET"));
    }

    proptest! {
        #[test]
        fn any_path_is_answered(path in "(/(v1|cells|plugins|start|call|[0-9]{1,12}|\\PC{0,8})){0,6}") {
            for method in [Method::GET, Method::POST] {
                if let Err(refusal) = route(&method, &path) {
                    prop_assert!(matches!(refusal.status.as_u16(), 404 | 405));
                }
            }
        }
    }
}

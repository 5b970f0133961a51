//! Whether a scope and its caveats allow a request. Pure.

use crate::{Act, Allowed, Asked, Beyond, Caveat, Moment, Name, Scope};

/// What of the scope is allowed for this request, when this plugin asks for it now. `uses` is
/// counted elsewhere.
pub(crate) fn check(
    scope: &Scope,
    caveats: &[Caveat],
    asked: &Asked<'_>,
    plugin: &Name,
    now: Moment,
) -> Result<Allowed, Beyond> {
    let mut allowed = within(scope, &asked.act)?;
    for caveat in caveats {
        let holds = match caveat {
            Caveat::Method(method) => method == asked.method,
            Caveat::Plugin(named) => named == plugin,
            Caveat::Before(moment) => now < *moment,
            Caveat::Uses(_) => true,
            Caveat::Host(host) => is_host(&allowed, host.as_str()),
            Caveat::MaxBytes(most) => keep_bytes(&mut allowed, &asked.act, *most),
            Caveat::PathPrefix(prefix) => keep_below(&mut allowed, prefix),
        };
        if !holds {
            return Err(Beyond::Caveat(caveat.name()));
        }
    }
    Ok(allowed)
}

/// The scope itself, where it is enough: names and hosts are taken from it, never from the request.
fn within(scope: &Scope, act: &Act<'_>) -> Result<Allowed, Beyond> {
    let allowed = match (scope, act) {
        (Scope::HostWrite { below }, Act::HostWrite { path, .. }) => {
            path.starts_with(below).then(|| Allowed::HostWrite {
                below: below.clone(),
                path: (*path).clone(),
                max_bytes: None,
            })
        }
        (Scope::Network { host, port }, Act::Network { host: other, port: at, .. }) => (host
            == *other
            && port == at)
            .then(|| Allowed::Network { host: host.clone(), port: *port, max_bytes: None }),
        (Scope::Command { name }, Act::Command { name: other }) => {
            (name == *other).then(|| Allowed::Command { name: name.clone() })
        }
        (Scope::Secret { name }, Act::Secret { name: other }) => {
            (name == *other).then(|| Allowed::Secret { name: name.clone() })
        }
        (Scope::Time { most_ms }, Act::Time { ms }) => {
            (ms <= most_ms).then_some(Allowed::Time { ms: *ms })
        }
        (Scope::Memory { most_bytes }, Act::Memory { bytes }) => {
            (bytes <= most_bytes).then_some(Allowed::Memory { bytes: *bytes })
        }
        _ => return Err(Beyond::Right { has: scope.right(), needs: act.right() }),
    };
    allowed.ok_or(Beyond::Scope)
}

fn is_host(allowed: &Allowed, named: &str) -> bool {
    matches!(allowed, Allowed::Network { host, .. } if host.as_str() == named)
}

fn keep_bytes(allowed: &mut Allowed, act: &Act<'_>, most: u64) -> bool {
    if let Allowed::HostWrite { max_bytes, .. } | Allowed::Network { max_bytes, .. } = allowed {
        *max_bytes = Some(max_bytes.map_or(most, |known| known.min(most)));
    }
    act.bytes().is_some_and(|bytes| bytes <= most)
}

/// The file lies below both places then, so one of them lies below the other.
fn keep_below(allowed: &mut Allowed, prefix: &aether_path::VirtualPath) -> bool {
    let Allowed::HostWrite { below, path, .. } = allowed else { return false };
    if prefix.starts_with(below) {
        *below = prefix.clone();
    }
    path.starts_with(prefix)
}

#[cfg(test)]
mod tests {
    use aether_path::VirtualPath;

    use super::*;
    use crate::{HostName, Right};

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    fn path(text: &str) -> VirtualPath {
        VirtualPath::parse(text).unwrap()
    }

    fn host(text: &str) -> HostName {
        HostName::parse(text).unwrap()
    }

    #[track_caller]
    fn check_write(at: &str, bytes: u64, caveats: &[Caveat], expect: Result<&str, Beyond>) {
        let (method, plugin, at) = (name("fs.write"), name("p"), path(at));
        let scope = Scope::HostWrite { below: path("/workspace/out") };
        let asked = Asked { method: &method, act: Act::HostWrite { path: &at, bytes } };
        let got = check(&scope, caveats, &asked, &plugin, Moment(100)).map(|it| match it {
            Allowed::HostWrite { below, path, .. } if path == at => below.to_string(),
            other => panic!("{other:?}"),
        });
        assert_eq!(got.as_deref().map_err(|e| *e), expect);
    }

    #[test]
    fn what_is_given_is_the_place_of_the_token() {
        let below = |text| Caveat::PathPrefix(path(text));
        check_write("/workspace/out", 1, &[], Ok("/workspace/out"));
        check_write("/workspace/out/a", 1, &[], Ok("/workspace/out"));
        check_write("/workspace/outer", 1, &[], Err(Beyond::Scope));
        check_write("/workspace", 1, &[], Err(Beyond::Scope));
        check_write("/workspace/out/a/b", 1, &[below("/workspace/out/a")], Ok("/workspace/out/a"));
        check_write("/workspace/out/a", 1, &[below("/")], Ok("/workspace/out"));
        let two = [below("/workspace/out/a"), below("/workspace/out")];
        check_write("/workspace/out/a", 1, &two, Ok("/workspace/out/a"));
        let apart = [below("/workspace/out/a"), below("/workspace/out/b")];
        let refused = Err(Beyond::Caveat("path-prefix"));
        check_write("/workspace/out/a", 1, &apart, refused);
        check_write("/workspace/out/b", 1, &apart, refused);
        check_write("/workspace/out/ab", 1, &[below("/workspace/out/a")], refused);
    }

    #[test]
    fn each_caveat_must_hold() {
        let write = |caveat: Caveat, expect| {
            check_write("/workspace/out/a", 10, &[caveat], expect);
        };
        let (ok, no) = (Ok("/workspace/out"), |name| Err(Beyond::Caveat(name)));
        write(Caveat::Method(name("fs.write")), ok);
        write(Caveat::Method(name("fs.remove")), no("method"));
        write(Caveat::Plugin(name("p")), ok);
        write(Caveat::Plugin(name("q")), no("plugin"));
        write(Caveat::MaxBytes(10), ok);
        write(Caveat::MaxBytes(9), no("max-bytes"));
        write(Caveat::Before(Moment(101)), ok);
        write(Caveat::Before(Moment(100)), no("before"));
        write(Caveat::Host(host("example.com")), no("host"));
        write(Caveat::Uses(0), ok);
    }

    #[test]
    fn a_right_is_good_for_nothing_else() {
        let (method, plugin, named) = (name("m"), name("p"), name("git"));
        let scope = Scope::Command { name: named.clone() };
        let ask = |act| check(&scope, &[], &Asked { method: &method, act }, &plugin, Moment(0));
        assert_eq!(
            ask(Act::Command { name: &named }),
            Ok(Allowed::Command { name: named.clone() })
        );
        assert_eq!(ask(Act::Command { name: &method }), Err(Beyond::Scope));
        let secret = Beyond::Right { has: Right::Command, needs: Right::Secret };
        assert_eq!(ask(Act::Secret { name: &named }), Err(secret));
        let capped = check(
            &scope,
            &[Caveat::MaxBytes(u64::MAX)],
            &Asked { method: &method, act: Act::Command { name: &named } },
            &plugin,
            Moment(0),
        );
        assert_eq!(capped, Err(Beyond::Caveat("max-bytes")));
    }

    #[test]
    fn hosts_and_amounts() {
        let (method, plugin) = (name("m"), name("p"));
        let (here, there) = (host("db.example.com"), host("example.com"));
        let scope = Scope::Network { host: here.clone(), port: 5432 };
        let net = |host, port, caveats: &[Caveat]| {
            let act = Act::Network { host, port, bytes: 5 };
            check(&scope, caveats, &Asked { method: &method, act }, &plugin, Moment(0))
        };
        let given = |max_bytes| Ok(Allowed::Network { host: here.clone(), port: 5432, max_bytes });
        assert_eq!(net(&here, 5432, &[]), given(None));
        let both = [Caveat::MaxBytes(9), Caveat::MaxBytes(7), Caveat::MaxBytes(8)];
        assert_eq!(net(&here, 5432, &both), given(Some(7)));
        assert_eq!(net(&here, 5432, &[Caveat::Host(here.clone())]), given(None));
        assert_eq!(net(&here, 443, &[]), Err(Beyond::Scope));
        assert_eq!(net(&there, 5432, &[]), Err(Beyond::Scope));
        let other = [Caveat::Host(there.clone())];
        assert_eq!(net(&here, 5432, &other), Err(Beyond::Caveat("host")));
        let time = |ms| {
            let asked = Asked { method: &method, act: Act::Time { ms } };
            check(&Scope::Time { most_ms: 10 }, &[], &asked, &plugin, Moment(0))
        };
        assert_eq!((time(10), time(11)), (Ok(Allowed::Time { ms: 10 }), Err(Beyond::Scope)));
        let memory = |bytes| {
            let asked = Asked { method: &method, act: Act::Memory { bytes } };
            let caveats = [Caveat::MaxBytes(5)];
            check(&Scope::Memory { most_bytes: 10 }, &caveats, &asked, &plugin, Moment(0))
        };
        assert_eq!(memory(5), Ok(Allowed::Memory { bytes: 5 }));
        assert_eq!(memory(6), Err(Beyond::Caveat("max-bytes")));
        assert_eq!(memory(11), Err(Beyond::Scope));
    }
}

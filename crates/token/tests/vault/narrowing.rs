//! No chain of caveats widens.
//!
//! A second opinion, which knows scopes and caveats as sets of requests only, says for each request
//! what must come out; and each form is compared with the one that it was narrowed from. A million
//! chains in an optimised build, some thousands otherwise.

use aether_path::VirtualPath;
use aether_token::{
    Act, Allowed, Asked, Authority, Beyond, Caveat, HostName, Issuer, Moment, Name, Refusal, Scope,
    Terms, Token,
};

use crate::bench::{Bench, host, name, path};

const CHAINS: u32 = if cfg!(debug_assertions) { 5_000 } else { 1_000_000 };

/// Small worlds, so that scopes, caveats and requests meet often.
struct World {
    paths: Vec<VirtualPath>,
    hosts: Vec<HostName>,
    names: Vec<Name>,
    plugins: Vec<Name>,
    random: u64,
}

impl World {
    fn new() -> Self {
        let paths = ["/", "/w", "/w/a", "/w/a/b", "/w/ab", "/w/a/b/c", "/x", "/w/\u{e9},=%"];
        World {
            paths: paths.map(path).into(),
            hosts: ["a.example", "b.a.example", "example"].map(host).into(),
            names: ["fs.write", "git", "key"].map(name).into(),
            plugins: ["a", "b"].map(name).into(),
            random: 0x9e37_79b9_7f4a_7c15,
        }
    }

    /// Below `bound`; xorshift.
    fn below(&mut self, bound: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random % bound as u64) as usize
    }

    fn number(&mut self) -> u64 {
        [0, 1, 5, 9, 10, u64::MAX][self.below(6)]
    }

    fn pick<T: Clone>(&mut self, of: fn(&World) -> &Vec<T>) -> T {
        let at = self.below(of(self).len());
        of(self)[at].clone()
    }

    fn name(&mut self) -> Name {
        self.pick(|world| &world.names)
    }

    fn scope(&mut self) -> Scope {
        match self.below(8) {
            0 => Scope::Command { name: self.name() },
            1 => Scope::Secret { name: self.name() },
            2 => Scope::Time { most_ms: self.number() },
            3 => Scope::Memory { most_bytes: self.number() },
            4 | 5 => Scope::Network { host: self.pick(|world| &world.hosts), port: 1 },
            _ => Scope::HostWrite { below: self.pick(|world| &world.paths) },
        }
    }

    fn caveat(&mut self) -> Caveat {
        match self.below(8) {
            0 => Caveat::Method(self.name()),
            1 | 2 => Caveat::PathPrefix(self.pick(|world| &world.paths)),
            3 => Caveat::Host(self.pick(|world| &world.hosts)),
            4 => Caveat::MaxBytes(self.number()),
            5 => Caveat::Before(Moment(self.number())),
            6 => Caveat::Uses(1000),
            _ => Caveat::Plugin(self.pick(|world| &world.plugins)),
        }
    }

    fn request(&mut self, scope: &Scope) -> Request {
        let of = if self.below(8) == 0 { self.scope() } else { scope.clone() };
        Request {
            method: self.name(),
            of,
            path: self.pick(|world| &world.paths),
            host: self.pick(|world| &world.hosts),
            name: self.name(),
            port: if self.below(8) == 0 { 2 } else { 1 },
            amount: self.number(),
        }
    }
}

/// A request, with a value for whatever kind it turns out to be.
struct Request {
    method: Name,
    of: Scope,
    path: VirtualPath,
    host: HostName,
    name: Name,
    port: u16,
    amount: u64,
}

impl Request {
    fn asked(&self) -> Asked<'_> {
        let (name, bytes) = (&self.name, self.amount);
        let act = match self.of {
            Scope::HostWrite { .. } => Act::HostWrite { path: &self.path, bytes },
            Scope::Network { .. } => Act::Network { host: &self.host, port: self.port, bytes },
            Scope::Command { .. } => Act::Command { name },
            Scope::Secret { .. } => Act::Secret { name },
            Scope::Time { .. } => Act::Time { ms: bytes },
            Scope::Memory { .. } => Act::Memory { bytes },
        };
        Asked { method: &self.method, act }
    }
}

/// `path` is `folder` or below it, by text.
fn is_below(path: &VirtualPath, folder: &VirtualPath) -> bool {
    let (path, folder) = (path.as_str(), folder.as_str());
    path == folder || folder == "/" || path.starts_with(&format!("{folder}/"))
}

fn in_scope(scope: &Scope, asked: &Asked<'_>) -> bool {
    match (scope, asked.act) {
        (Scope::HostWrite { below }, Act::HostWrite { path, .. }) => is_below(path, below),
        (Scope::Network { host, port }, Act::Network { host: to, port: at, .. }) => {
            (host, *port) == (to, at)
        }
        (Scope::Command { name }, Act::Command { name: to })
        | (Scope::Secret { name }, Act::Secret { name: to }) => name == to,
        (Scope::Time { most_ms: most }, Act::Time { ms: of })
        | (Scope::Memory { most_bytes: most }, Act::Memory { bytes: of }) => of <= *most,
        _ => false,
    }
}

fn holds(caveat: &Caveat, asked: &Asked<'_>, plugin: &Name, now: Moment) -> bool {
    match (caveat, asked.act) {
        (Caveat::Method(method), _) => method == asked.method,
        (Caveat::Before(moment), _) => now.0 < moment.0,
        (Caveat::Plugin(named), _) => named == plugin,
        (Caveat::Uses(_), _) => true,
        (Caveat::PathPrefix(prefix), Act::HostWrite { path, .. }) => is_below(path, prefix),
        (Caveat::Host(host), Act::Network { host: to, .. }) => host == to,
        (
            Caveat::MaxBytes(most),
            Act::HostWrite { bytes, .. } | Act::Network { bytes, .. } | Act::Memory { bytes },
        ) => bytes <= *most,
        _ => false,
    }
}

/// What is given is within what the wider form gave.
fn narrower(wide: &Authority, narrow: &Authority) {
    let fewer = |wide: &Option<u64>, narrow: &Option<u64>| {
        wide.is_none_or(|wide| narrow.is_some_and(|narrow| narrow <= wide))
    };
    match (wide.allowed(), narrow.allowed()) {
        (
            Allowed::HostWrite { below: wide, path: at, max_bytes: most },
            Allowed::HostWrite { below: narrow, path, max_bytes: less },
        ) => assert!(
            is_below(narrow, wide) && path == at && is_below(at, narrow) && fewer(most, less)
        ),
        (
            Allowed::Network { host: wide, port: at, max_bytes: most },
            Allowed::Network { host: narrow, port, max_bytes: less },
        ) => assert!(wide == narrow && at == port && fewer(most, less)),
        (wide, narrow) => assert_eq!(wide, narrow),
    }
}

#[test]
fn no_chain_of_caveats_widens() {
    let mut world = World::new();
    let bench = Bench::new();
    let mut allowed = 0;
    for _ in 0..CHAINS {
        let connection = bench.vault.connect(name("a"), 1);
        let scope = world.scope();
        let terms = Terms { uses: None, ..Terms::new(scope.clone(), Issuer::Person, "") };
        let now = Moment(5);
        let whole = bench.vault.issue(connection, terms, now).unwrap();
        let mut forms: Vec<Token> = vec![whole];
        for _ in 0..world.below(5) {
            forms.push(forms[forms.len() - 1].narrow(world.caveat()).unwrap());
        }
        let request = world.request(&scope);
        let asked = request.asked();
        let mut wider: Option<Result<Authority, Refusal>> = None;
        for form in &forms {
            let got = bench.vault.redeem(connection, form, &asked, now);
            let expect = in_scope(&scope, &asked)
                && form.caveats().iter().all(|it| holds(it, &asked, &name("a"), now));
            assert_eq!(got.is_ok(), expect, "{form:?} {scope} {asked:?} {got:?}");
            match (&wider, &got) {
                (Some(Ok(wide)), Ok(narrow)) => narrower(wide, narrow),
                (Some(Err(_)), Ok(_)) => panic!("{form:?} allows more than it was made of"),
                (_, Err(error)) => {
                    assert!(
                        matches!(
                            error,
                            Refusal::Beyond(
                                Beyond::Scope | Beyond::Right { .. } | Beyond::Caveat(_)
                            )
                        ),
                        "{error}"
                    );
                }
                _ => {}
            }
            allowed += u32::from(got.is_ok());
            wider = Some(got);
        }
        bench.vault.close(connection);
    }
    assert!(allowed > CHAINS / 3, "of {CHAINS} chains only {allowed} forms allowed something");
}

//! From issue to end.

use std::thread;
use std::time::Duration;

use aether_token::limits::{
    LIFETIME, MAX_ANCESTORS, MAX_COUNTED, MAX_LIFETIME, MAX_TOKENS, MAX_WHY,
};
use aether_token::{
    Act, Allowed, Asked, Beyond, Caveat, Issuer, Moment, Refusal, Scope, Terms, Token, Unissued,
};

use crate::bench::{Bench, git, host, name, path};

fn often(terms: Terms) -> Terms {
    Terms { uses: None, ..terms }
}

#[test]
fn by_default_one_use_within_a_minute() {
    let bench = Bench::new();
    let token = bench.issue(git());
    let authority = bench.run(bench.a, &token, 59_999).unwrap();
    assert_eq!(authority.allowed(), &Allowed::Command { name: name("git") });
    assert_eq!((authority.plugin(), authority.owner()), (&name("a"), &name("a")));
    assert_eq!(authority.instance(), 1);
    assert_eq!(authority.fingerprint(), token.fingerprint());
    assert_eq!(authority.issued_by(), &Issuer::Person);
    assert_eq!(authority.why(), "asked in the terminal");
    assert_eq!(bench.run(bench.a, &token, 59_999), Err(Refusal::UsedUp));
    let token = bench.vault.issue(bench.a, git(), Moment(59_999)).unwrap();
    assert_eq!(bench.run(bench.a, &token, 119_999), Err(Refusal::Expired));
}

#[test]
fn a_clock_that_goes_back_revives_nothing() {
    let bench = Bench::new();
    let token = bench.issue(often(git()));
    assert!(bench.run(bench.a, &token, 10).is_ok());
    assert_eq!(bench.run(bench.a, &token, 60_000), Err(Refusal::Expired));
    assert_eq!(bench.run(bench.a, &token, 10), Err(Refusal::Expired));
    let token = bench.vault.issue(bench.a, often(git()), Moment(0)).unwrap();
    let lives = bench.vault.standing(bench.a, Moment(0)).pop().unwrap().expires;
    assert_eq!(lives, Moment(60_000).after(LIFETIME));
    assert!(bench.run(bench.a, &token, 119_999).is_ok());
}

#[test]
fn on_another_connection_it_is_unknown() {
    let bench = Bench::new();
    let token = bench.issue(often(git()));
    let same_plugin = bench.vault.connect(name("a"), 3);
    for connection in [bench.b, same_plugin] {
        assert_eq!(bench.run(connection, &token, 0), Err(Refusal::Unknown));
        let narrowed = token.narrow(Caveat::Plugin(name("b"))).unwrap();
        assert_eq!(bench.run(connection, &narrowed, 0), Err(Refusal::Unknown));
    }
    let other_run = Bench::new();
    assert_eq!(other_run.run(other_run.a, &token, 0), Err(Refusal::Unknown));
    assert!(bench.run(bench.a, &token, 0).is_ok());
}

#[test]
fn what_may_be_lent_is_accepted_from_the_plugin_that_it_names() {
    let bench = Bench::new();
    let token = bench.issue(Terms { lendable: true, ..often(git()) });
    assert_eq!(bench.run(bench.b, &token, 0), Err(Refusal::Unknown));
    let to_c = token.narrow(Caveat::Plugin(name("c"))).unwrap();
    assert_eq!(bench.run(bench.b, &to_c, 0), Err(Refusal::Unknown));
    let to_b = token.narrow(Caveat::Plugin(name("b"))).unwrap();
    let authority = bench.run(bench.b, &to_b, 0).unwrap();
    assert_eq!((authority.plugin(), authority.owner()), (&name("b"), &name("a")));
    let refused = Err(Refusal::Beyond(Beyond::Caveat("plugin")));
    assert_eq!(bench.run(bench.a, &to_b, 0), refused);
    let to_both = to_b.narrow(Caveat::Plugin(name("c"))).unwrap();
    assert_eq!(bench.run(bench.b, &to_both, 0), refused);
    bench.vault.close(bench.a);
    assert_eq!(bench.run(bench.b, &to_b, 0), Err(Refusal::Unknown));
}

#[test]
fn a_request_never_decides_what_is_used() {
    let bench = Bench::new();
    let scope = Scope::HostWrite { below: path("/workspace/out") };
    let token = bench.issue(often(Terms::new(scope, Issuer::Policy("line".into()), "")));
    let token = token.narrow(Caveat::MaxBytes(100)).unwrap();
    let (method, at) = (name("fs.write"), path("/workspace/out/a/b"));
    let act = Act::HostWrite { path: &at, bytes: 7 };
    let asked = Asked { method: &method, act };
    let authority = bench.vault.redeem(bench.a, &token, &asked, Moment(0)).unwrap();
    let below = path("/workspace/out");
    let expect = Allowed::HostWrite { below, path: at.clone(), max_bytes: Some(100) };
    assert_eq!(authority.allowed(), &expect);
    let net = Act::Network { host: &host("example.com"), port: 443, bytes: 1 };
    let asked = Asked { method: &method, act: net };
    let error = bench.vault.redeem(bench.a, &token, &asked, Moment(0)).unwrap_err();
    assert!(matches!(error, Refusal::Beyond(Beyond::Right { .. })), "{error}");
}

#[test]
fn what_is_taken_back_takes_along_what_came_of_it() {
    let bench = Bench::new();
    let top = bench.issue(Terms { lendable: true, ..often(git()) });
    let derived = Terms { parent: Some(top.id()), ..often(git()) };
    let middle = bench.vault.issue(bench.b, derived, Moment(0)).unwrap();
    let derived = Terms { parent: Some(middle.id()), ..often(git()) };
    let low = bench.vault.issue(bench.a, derived, Moment(0)).unwrap();
    let lent = top.narrow(Caveat::Plugin(name("b"))).unwrap();
    let beside = bench.issue(often(git()));
    assert!(bench.run(bench.a, &low, 0).is_ok());
    assert!(bench.vault.revoke(middle.id()));
    assert!(!bench.vault.revoke(middle.id()), "it was before");
    assert_eq!(bench.run(bench.b, &middle, 0), Err(Refusal::Revoked));
    assert_eq!(bench.run(bench.a, &low, 0), Err(Refusal::Revoked));
    assert!(bench.run(bench.a, &top, 0).is_ok());
    assert!(bench.run(bench.b, &lent, 0).is_ok());
    assert!(bench.vault.revoke(top.id()));
    assert_eq!(bench.run(bench.b, &lent, 0), Err(Refusal::Revoked));
    assert!(bench.run(bench.a, &beside, 0).is_ok());
}

#[test]
fn all_of_a_plugin_is_taken_back_at_once() {
    let bench = Bench::new();
    let of_a = bench.issue(Terms { lendable: true, ..often(git()) });
    let of_b = bench.vault.issue(bench.b, often(git()), Moment(0)).unwrap();
    let to_b = of_a.narrow(Caveat::Plugin(name("b"))).unwrap();
    bench.vault.revoke_plugin(&name("b"));
    assert_eq!(bench.run(bench.b, &of_b, 0), Err(Refusal::Revoked));
    assert_eq!(bench.run(bench.b, &to_b, 0), Err(Refusal::Revoked), "nor what it was lent");
    assert!(bench.run(bench.a, &of_a, 0).is_ok());
    let new = bench.vault.issue(bench.b, often(git()), Moment(0)).unwrap();
    assert!(bench.run(bench.b, &new, 0).is_ok(), "what is issued later is good");
    bench.vault.revoke_plugin(&name("a"));
    assert_eq!(bench.run(bench.a, &of_a, 0), Err(Refusal::Revoked));
    assert!(bench.vault.standing(bench.a, Moment(0)).is_empty());
}

#[test]
fn what_is_derived_is_never_more() {
    let bench = Bench::new();
    let scope = |below: &str| Scope::HostWrite { below: path(below) };
    let terms = |below: &str| often(Terms::new(scope(below), Issuer::Person, ""));
    let top = bench.issue(Terms { lifetime: Duration::from_secs(5), ..terms("/workspace/out") });
    let derive = |below: &str| {
        let terms = Terms { parent: Some(top.id()), ..terms(below) };
        bench.vault.issue(bench.b, terms, Moment(1000))
    };
    assert_eq!(derive("/workspace").unwrap_err(), Unissued::Wider);
    assert_eq!(derive("/workspace/outer").unwrap_err(), Unissued::Wider);
    derive("/workspace/out/a").unwrap();
    let lives = bench.vault.standing(bench.b, Moment(1000)).pop().unwrap();
    assert_eq!((lives.expires, lives.parent), (Moment(5000), Some(top.id())));
    assert!(bench.vault.revoke(top.id()));
    assert_eq!(derive("/workspace/out").unwrap_err(), Unissued::Parent(Refusal::Revoked));
}

#[test]
fn a_use_is_a_use_of_what_it_was_derived_from() {
    let bench = Bench::new();
    let top = bench.issue(Terms { uses: Some(3), ..git() });
    let derive = || {
        let terms = Terms { parent: Some(top.id()), uses: Some(2), ..git() };
        bench.vault.issue(bench.b, terms, Moment(0)).unwrap()
    };
    let (one, two) = (derive(), derive());
    assert!(bench.run(bench.b, &one, 0).is_ok());
    assert!(bench.run(bench.b, &one, 0).is_ok());
    assert_eq!(bench.run(bench.b, &one, 0), Err(Refusal::UsedUp));
    assert!(bench.run(bench.b, &two, 0).is_ok());
    assert_eq!(bench.run(bench.b, &two, 0), Err(Refusal::UsedUp));
    assert_eq!(bench.run(bench.a, &top, 0), Err(Refusal::UsedUp));
}

#[test]
fn forms_that_are_narrowed_further_share_their_uses() {
    let bench = Bench::new();
    let token = bench.issue(often(git()));
    let twice = token.narrow(Caveat::Uses(2)).unwrap();
    let further = twice.narrow(Caveat::Method(name("process.run"))).unwrap();
    let once = twice.narrow(Caveat::Uses(1)).unwrap();
    let refused = Err(Refusal::Beyond(Beyond::Caveat("uses")));
    assert!(bench.run(bench.a, &once, 0).is_ok());
    assert_eq!(bench.run(bench.a, &once, 0), refused);
    assert!(bench.run(bench.a, &further, 0).is_ok());
    assert_eq!(bench.run(bench.a, &twice, 0), refused);
    assert_eq!(bench.run(bench.a, &further, 0), refused);
    assert!(bench.run(bench.a, &token, 0).is_ok());
    let never = token.narrow(Caveat::Uses(0)).unwrap();
    assert_eq!(bench.run(bench.a, &never, 0), refused);
}

#[test]
fn a_refused_request_takes_no_use() {
    let bench = Bench::new();
    let token = bench.issue(git());
    let narrowed = token.narrow(Caveat::Uses(1)).unwrap();
    let wrong = narrowed.narrow(Caveat::Method(name("fs.read"))).unwrap();
    for _ in 0..3 {
        let refused = Err(Refusal::Beyond(Beyond::Caveat("method")));
        assert_eq!(bench.run(bench.a, &wrong, 0), refused);
    }
    assert!(bench.run(bench.a, &narrowed, 0).is_ok());
}

#[test]
fn terms_have_bounds() {
    let bench = Bench::new();
    let refused = |terms| bench.vault.issue(bench.a, terms, Moment(0)).unwrap_err();
    assert_eq!(refused(Terms { lifetime: Duration::ZERO, ..git() }), Unissued::Terms);
    let longer = MAX_LIFETIME + Duration::from_millis(1);
    assert_eq!(refused(Terms { lifetime: longer, ..git() }), Unissued::Terms);
    assert_eq!(refused(Terms { uses: Some(0), ..git() }), Unissued::Terms);
    let unknown = Bench::new().issue(git()).id();
    let refusal = Unissued::Parent(Refusal::Unknown);
    assert_eq!(refused(Terms { parent: Some(unknown), ..git() }), refusal);
    bench.issue(Terms { why: "é".repeat(MAX_WHY), ..git() });
    let kept = bench.vault.standing(bench.a, Moment(0)).pop().unwrap();
    assert_eq!(kept.why.len(), MAX_WHY);
    bench.vault.close(bench.a);
    assert_eq!(refused(git()), Unissued::Closed);
    // The last moment there is.
    let token = bench.vault.issue(bench.b, git(), Moment(u64::MAX - 1)).unwrap();
    assert!(bench.run(bench.b, &token, u64::MAX - 1).is_ok());
}

#[test]
fn a_connection_has_so_many_tokens_and_dead_ones_make_room() {
    let bench = Bench::new();
    let first = bench.issue(git());
    for _ in 1..MAX_TOKENS {
        bench.issue(git());
    }
    assert_eq!(bench.vault.issue(bench.a, git(), Moment(0)).unwrap_err(), Unissued::TooMany);
    assert!(bench.vault.issue(bench.b, git(), Moment(0)).is_ok());
    bench.run(bench.a, &first, 0).unwrap();
    bench.issue(git());
    assert_eq!(bench.run(bench.a, &first, 0), Err(Refusal::Unknown), "it is forgotten");
    assert_eq!(bench.vault.standing(bench.a, Moment(0)).len(), MAX_TOKENS);
}

#[test]
fn derivation_and_counting_are_bounded() {
    let bench = Bench::new();
    let mut token = bench.issue(often(git()));
    for _ in 0..MAX_ANCESTORS {
        token = bench.issue(Terms { parent: Some(token.id()), ..often(git()) });
    }
    assert!(bench.run(bench.a, &token, 0).is_ok());
    let deeper = Terms { parent: Some(token.id()), ..git() };
    assert_eq!(bench.vault.issue(bench.a, deeper, Moment(0)).unwrap_err(), Unissued::TooDeep);
    let form = |uses| token.narrow(Caveat::Uses(uses)).unwrap();
    for uses in 1..=MAX_COUNTED as u32 {
        bench.run(bench.a, &form(uses), 0).unwrap();
    }
    assert_eq!(bench.run(bench.a, &form(1000), 0), Err(Refusal::TooManyCounted));
    assert!(bench.run(bench.a, &form(2), 0).is_ok(), "a counted one goes on");
}

#[test]
fn threads_never_use_a_token_more_often_than_it_may_be() {
    let bench = Bench::new();
    let token = bench.issue(Terms { uses: Some(1000), ..git() });
    let narrowed = token.narrow(Caveat::Uses(300)).unwrap();
    // So many tries of the whole token leave the narrowed one its uses, whoever comes first.
    let tries = |token: &Token| if std::ptr::eq(token, &narrowed) { 500 } else { 350 };
    let used =
        |token: &Token| (0..tries(token)).filter(|_| bench.run(bench.a, token, 0).is_ok()).count();
    let (of_narrowed, all) = thread::scope(|scope| {
        let threads = [&narrowed, &token, &narrowed, &token]
            .map(|token| (token, scope.spawn(|| used(token))));
        let mut sums = (0, 0);
        for (which, thread) in threads {
            let count = thread.join().unwrap();
            sums.0 += if std::ptr::eq(which, &narrowed) { count } else { 0 };
            sums.1 += count;
        }
        sums
    });
    assert_eq!(of_narrowed, 300);
    assert_eq!(all, 1000);
    assert_eq!(bench.run(bench.a, &token, 0), Err(Refusal::UsedUp));
}

#[test]
fn nothing_that_is_shown_holds_a_token() {
    let bench = Bench::new();
    let token = bench.issue(often(git()));
    let text = token.expose();
    let authority = bench.run(bench.a, &token, 0).unwrap();
    let standing = bench.vault.standing(bench.a, Moment(0));
    let shown = format!("{token:?} {authority:?} {standing:?} {:?}", bench.vault);
    for secret in text.split('.').filter(|part| part.len() > 8) {
        for at in 0..secret.len() - 8 {
            let part = &secret[at..at + 9];
            assert!(!shown.contains(part), "{part} of {secret} is in {shown}");
        }
    }
}

//! Whatever is done to a token's text, it is that token or none.

use aether_token::limits::{MAX_CAVEATS, MAX_TOKEN};
use aether_token::{Caveat, Malformed, Moment, Name, Refusal, Terms, Token};
use proptest::prelude::*;

use crate::bench::{Bench, git, host, name, path};

pub(crate) fn caveat() -> impl Strategy<Value = Caveat> {
    prop_oneof![
        "[A-Za-z0-9._/-]{1,20}".prop_map(|text| Caveat::Method(Name::parse(&text).unwrap())),
        prop::collection::vec("[^/\0]{1,8}", 0..4)
            .prop_filter("`.` and `..` are no names", |names| {
                names.iter().all(|name| name != "." && name != "..")
            })
            .prop_map(|names| Caveat::PathPrefix(path(&format!("/{}", names.join("/"))))),
        prop_oneof!["[a-z]{1,9}(\\.[a-z]{1,9}){0,3}", Just("[::1]".to_owned())]
            .prop_map(|text| Caveat::Host(host(&text))),
        any::<u64>().prop_map(Caveat::MaxBytes),
        any::<u64>().prop_map(|at| Caveat::Before(Moment(at))),
        any::<u32>().prop_map(Caveat::Uses),
        "[a-z0-9._-]{1,20}".prop_map(|text| Caveat::Plugin(Name::parse(&text).unwrap())),
    ]
}

fn narrowed(token: Token, caveats: &[Caveat]) -> Token {
    caveats.iter().fold(token, |token, caveat| token.narrow(caveat.clone()).unwrap())
}

fn refused(bench: &Bench, text: &str) {
    if let Ok(token) = Token::parse(text) {
        assert_eq!(bench.run(bench.a, &token, 0).unwrap_err(), Refusal::Unknown, "{text}");
    }
}

#[test]
fn no_caveat_can_be_taken_away_or_changed() {
    let bench = Bench::new();
    let token = bench.issue(Terms { uses: None, ..git() });
    let caveats = [Caveat::Uses(9), Caveat::Method(name("process.run")), Caveat::Before(Moment(9))];
    let text = narrowed(token.clone(), &caveats).expose();
    assert!(bench.run(bench.a, &Token::parse(&text).unwrap(), 0).is_ok());
    for (old, new) in [
        ("uses=9,", ""),
        (",before=9", ""),
        ("uses=9,method=process.run,before=9", ""),
        ("uses=9", "uses=8"),
        ("uses=9", "uses=9,uses=9"),
        ("before=9", "before=90"),
        ("uses=9,method=process.run", "method=process.run,uses=9"),
        ("method", "plugin"),
    ] {
        let changed = text.replace(old, new);
        assert_ne!(changed, *text, "{old}");
        refused(&bench, &changed);
    }
    // The caveats of one with the tag of another, and the tag of the token without caveats.
    let tag = |text: &str| text.rsplit('.').next().unwrap().to_owned();
    let other = bench.issue(Terms { uses: None, ..git() });
    for whose in
        [tag(&token.expose()), tag(&other.expose()), tag(&narrowed(other, &caveats).expose())]
    {
        refused(&bench, &text.replace(&tag(&text), &whose));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_written_is_read_again(caveats in prop::collection::vec(caveat(), 0..8)) {
        let bench = Bench::new();
        let token = narrowed(bench.issue(git()), &caveats);
        let again = Token::parse(&token.expose()).unwrap();
        prop_assert_eq!(again.caveats(), &caveats[..]);
        prop_assert_eq!(again.id(), token.id());
        prop_assert_eq!(again.expose(), token.expose());
    }

    #[test]
    fn any_text_is_a_token_in_one_spelling_or_none(
        text in prop_oneof![
            any::<String>(),
            "aec1\\.[0-9a-f]{32}\\.([a-z-]{1,9}=[%A-F0-9a-z/]{0,9},?){0,3}\\.[0-9a-f]{64}",
        ],
    ) {
        match Token::parse(&text) {
            Ok(token) => {
                let again = token.expose();
                prop_assert_eq!(again.as_str(), text.as_str());
                prop_assert!(token.caveats().len() <= MAX_CAVEATS && text.len() <= MAX_TOKEN);
            }
            Err(Malformed::TooLong) => prop_assert!(text.len() > MAX_TOKEN),
            Err(_) => {}
        }
    }

    #[test]
    fn one_changed_character_makes_it_another(
        caveats in prop::collection::vec(caveat(), 0..4),
        at in any::<prop::sample::Index>(),
        new in prop_oneof!["[0-9a-f.,=%]", any::<char>().prop_map(String::from), Just(String::new())],
        insert in any::<bool>(),
    ) {
        let bench = Bench::new();
        let token = narrowed(bench.issue(Terms { uses: None, ..git() }), &caveats);
        let text = token.expose();
        let at = at.index(text.len());
        let end = if insert { at } else { at + 1 };
        let changed = format!("{}{new}{}", &text[..at], &text[end..]);
        if changed != *text {
            refused(&bench, &changed);
        }
    }
}

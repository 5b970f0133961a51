//! Patterns against a reference matcher that is slow, recursive and evidently right.

use aether_path::{PathPattern, VirtualPath};
use proptest::prelude::*;

/// Matches names against the text of a pattern by trying everything.
fn reference(pattern: &str, path: &VirtualPath) -> bool {
    let mut pieces: Vec<&str> = pattern.split('/').collect();
    if pieces.last() == Some(&"") {
        pieces.pop();
        pieces.push("**");
    }
    if pattern.starts_with('/') {
        pieces.remove(0);
    } else {
        pieces.insert(0, "workspace");
    }
    pieces.retain(|piece| *piece != ".");
    let names: Vec<&str> = path.components().collect();
    let spelled = pieces.iter().take_while(|piece| !piece.contains(['*', '?'])).count();
    let must = match names.as_slice() {
        ["proc", "1", ..] => 2,
        ["proc", ..] => 1,
        _ => 0,
    };
    spelled >= must && tree(&pieces, &names)
}

fn tree(pieces: &[&str], names: &[&str]) -> bool {
    match (pieces, names) {
        ([], _) => names.is_empty(),
        (["**", rest @ ..], _) => (0..=names.len()).any(|skip| tree(rest, &names[skip..])),
        ([piece, rest @ ..], [name, others @ ..]) => {
            let piece: Vec<char> = piece.chars().collect();
            let name: Vec<char> = name.chars().collect();
            glob(&piece, &name) && tree(rest, others)
        }
        (_, []) => false,
    }
}

fn glob(piece: &[char], name: &[char]) -> bool {
    match (piece, name) {
        ([], _) => name.is_empty(),
        (['*', rest @ ..], _) => (0..=name.len()).any(|skip| glob(rest, &name[skip..])),
        (['?', rest @ ..], [_, others @ ..]) => glob(rest, others),
        ([letter, rest @ ..], [first, others @ ..]) => letter == first && glob(rest, others),
        (_, []) => false,
    }
}

/// Few letters and few names, so that patterns and paths meet often.
fn patterns() -> impl Strategy<Value = String> {
    let piece = prop_oneof![3 => "[ab]", 2 => Just("**".to_owned()), 2 => "[ab*?]{1,4}", 1 => Just("*".to_owned()), 1 => Just("workspace".to_owned()), 1 => Just("proc".to_owned()), 1 => Just("1".to_owned()), 1 => Just(".".to_owned())];
    (any::<bool>(), prop::collection::vec(piece, 1..6), any::<bool>())
        .prop_map(|(absolute, pieces, tree)| {
            format!(
                "{}{}{}",
                if absolute { "/" } else { "" },
                pieces.join("/"),
                if tree { "/" } else { "" }
            )
        })
        .prop_filter("only what parses", |text| PathPattern::parse(text).is_ok())
}

fn paths() -> impl Strategy<Value = VirtualPath> {
    let name = prop_oneof![5 => "[ab]{1,3}", 1 => Just("workspace".to_owned()), 1 => Just("proc".to_owned()), 1 => Just("1".to_owned())];
    prop::collection::vec(name, 0..6)
        .prop_map(|names| VirtualPath::parse(&format!("/{}", names.join("/"))).expect("normal"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn matches_agrees_with_the_reference(text in patterns(), paths in prop::collection::vec(paths(), 8)) {
        let pattern = PathPattern::parse(&text).unwrap();
        for path in paths {
            prop_assert_eq!(pattern.matches(&path), reference(&text, &path), "{} on {}", text, path);
        }
    }

    #[test]
    fn covers_is_sound_and_reflexive(wide in patterns(), narrow in patterns(), paths in prop::collection::vec(paths(), 16)) {
        let (a, b) = (PathPattern::parse(&wide).unwrap(), PathPattern::parse(&narrow).unwrap());
        prop_assert!(a.covers(&a));
        if a.covers(&b) {
            for path in paths {
                prop_assert!(!b.matches(&path) || a.matches(&path), "{} does not cover {}: {}", wide, narrow, path);
            }
        }
    }

    #[test]
    fn covers_everything_for_the_root(text in patterns()) {
        let (all, pattern) = (PathPattern::parse("/").unwrap(), PathPattern::parse(&text).unwrap());
        let spelled = pattern.root().components().next() == Some("proc");
        prop_assert_eq!(all.covers(&pattern), !spelled, "what must be spelled out is in no wildcard");
    }

    #[test]
    fn what_matches_is_led_to(text in patterns(), path in paths()) {
        let pattern = PathPattern::parse(&text).unwrap();
        if pattern.matches(&path) {
            prop_assert!(path.starts_with(&pattern.root()));
            let mut folder = path.parent();
            while let Some(at) = folder {
                prop_assert!(pattern.leads_to(&at), "{} leads to {}", text, at);
                folder = at.parent();
            }
        }
    }

    /// A folder that leads somewhere has something below it that matches: what it is can be built
    /// from the pattern's own pieces, as wildcards match the letters `a` and `b`.
    #[test]
    fn what_is_led_to_leads_somewhere(text in patterns(), path in paths()) {
        let pattern = PathPattern::parse(&text).unwrap();
        let pieces: Vec<String> = format!("workspace/{text}").split('/').map(|piece| piece.replace('*', "").replace('?', "a")).collect();
        let found = (0..=pieces.len()).any(|from| {
            let below: Vec<&str> = pieces[from..].iter().map(|piece| if piece.is_empty() { "a" } else { piece }).filter(|piece| *piece != ".").collect();
            // Empty pieces stand for `**` and for `*`: present for one, absent for the other.
            subsets(&below).into_iter().any(|below| !below.is_empty() && pattern.matches(&path.join(&below.join("/")).unwrap()))
        });
        prop_assert_eq!(pattern.leads_to(&path), found, "{} leads to {}", text, path);
    }

    #[test]
    fn no_text_panics(text in "[/.ab*?\\[\0é]{0,40}|\\PC{0,40}", path in paths()) {
        if let Ok(pattern) = PathPattern::parse(&text) {
            pattern.matches(&path);
            pattern.leads_to(&path);
            prop_assert!(pattern.covers(&pattern));
        }
    }
}

fn subsets<'a>(names: &[&'a str]) -> Vec<Vec<&'a str>> {
    let pick = |mask: u32| {
        names
            .iter()
            .enumerate()
            .filter(move |(index, _)| mask >> index & 1 == 1)
            .map(|(_, name)| *name)
            .collect()
    };
    (0..1 << names.len()).map(pick).collect()
}

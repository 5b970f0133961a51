//! Names below which strangers can have names.

use std::cell::Cell;

use psl::Psl as _;

/// Whether strangers can have names below this one: it is a public suffix (`co.uk`, `github.io`),
/// all that is right below it are, or a suffix is somewhere below it (`eu-west-1.amazonaws.com`).
pub(super) fn is_shared(name: &str) -> bool {
    is_public(name) || is_public(&format!("aether-probe.{name}")) || is_above(name)
}

/// Whether the name as a whole is a public suffix, those of companies for their customers included.
/// A last label that no list knows is somebody's own network.
fn is_public(name: &str) -> bool {
    psl::suffix(name.as_bytes())
        .is_some_and(|suffix| suffix.is_known() && suffix.as_bytes() == name.as_bytes())
}

/// Whether the list of public suffixes has a rule for something below the name.
///
/// The list cannot be asked what is in it. It can be watched, though: it takes the labels of a name
/// one at a time, the last one first, and only as long as the next could change what it finds. If
/// nothing but the name itself decided, it would answer for `a.name` and `b.name` alike; where it
/// has a rule below, it has to ask for one label more than there is. A list that asks without need
/// would make this refuse too much, never too little, and the tests below would say so.
fn is_above(name: &str) -> bool {
    let asked_for_more = Cell::new(false);
    let mut labels = name.as_bytes().rsplit(|byte| *byte == b'.');
    psl::List.find(std::iter::from_fn(|| {
        let label = labels.next();
        asked_for_more.set(asked_for_more.get() || label.is_none());
        label
    }));
    asked_for_more.get()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn names_of_strangers_and_of_one_owner() {
        for (name, expect) in [
            ("co.uk", true),
            ("com.au", true),
            ("github.io", true),
            ("s3.amazonaws.com", true),
            ("amazonaws.com", true),
            ("eu-west-1.amazonaws.com", true),
            ("us-east-1.on.aws", true),
            ("on.aws", true),
            ("core.windows.net", true),
            ("windows.net", true),
            ("compute.amazonaws.com", true),
            ("auth.us-east-1.amazoncognito.com", true),
            ("kawasaki.jp", true),
            ("ck", true),
            ("xn--p1ai", true),
            ("example.com", false),
            ("example.co.uk", false),
            ("someone.github.io", false),
            ("bucket.s3.amazonaws.com", false),
            ("city.kawasaki.jp", false),
            ("www.ck", false),
            ("cdn.example.com", false),
            ("cluster.local", false),
            ("corp.internal", false),
        ] {
            assert_eq!(is_shared(name), expect, "{name}");
        }
    }

    /// The rules that the list was made of, which its package has beside it where Cargo put it.
    fn rules() -> Option<String> {
        let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
        let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")))?;
        let lock = std::fs::read_to_string("../../Cargo.lock").ok()?;
        let (_, version) = lock.split_once("name = \"psl\"\nversion = \"")?;
        let folder = format!("psl-{}", version.split_once('"')?.0);
        let registries = std::fs::read_dir(home.join("registry/src")).ok()?;
        let file = |registry: std::io::Result<std::fs::DirEntry>| {
            std::fs::read_to_string(registry.ok()?.path().join(&folder).join("data/rules.txt")).ok()
        };
        registries.into_iter().find_map(file)
    }

    /// Every suffix of the list and every name above one is shared; a name that no rule knows is not.
    #[test]
    fn the_whole_list() {
        let Some(rules) = rules() else {
            eprintln!("skipped: the source of the package `psl` is not where Cargo puts it");
            return;
        };
        let ascii = |rule: &str| rule.is_ascii().then(|| rule.trim().to_owned());
        let rules: Vec<String> = rules.lines().filter_map(ascii).collect();
        let rules = || rules.iter().filter(|rule| !rule.is_empty() && !rule.starts_with("//"));
        let (exceptions, suffixes): (Vec<_>, Vec<_>) = rules().partition(|r| r.starts_with('!'));
        let mut above = BTreeSet::new();
        for suffix in suffixes {
            let suffix = suffix.trim_start_matches("*.");
            assert!(is_shared(suffix), "{suffix}");
            let mut rest = suffix;
            while let Some((_, parent)) = rest.split_once('.') {
                above.insert(parent);
                rest = parent;
            }
        }
        for parent in &above {
            assert!(is_shared(parent), "{parent}");
        }
        assert!(above.len() > 400, "only {} names are above others", above.len());
        for exception in exceptions {
            assert!(!is_shared(&exception[1..]), "{exception}");
        }
        println!("{} names above public suffixes", above.len());
    }
}

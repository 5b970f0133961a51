//! What patterns are, and what they name.

use aether_path::{PathPattern, PatternProblem, VirtualPath};

fn pattern(text: &str) -> PathPattern {
    PathPattern::parse(text).expect(text)
}

fn path(text: &str) -> VirtualPath {
    VirtualPath::parse(text).expect(text)
}

#[test]
fn the_kernels_own_files_must_be_spelled_out() {
    let check = |pattern: &str, named: &[&str], not: &[&str]| {
        let pattern = PathPattern::parse(pattern).unwrap();
        let path = |text: &&str| VirtualPath::parse(text).unwrap();
        for each in named.iter().map(path) {
            assert!(pattern.matches(&each), "{pattern} {each}");
        }
        for each in not.iter().map(path) {
            assert!(!pattern.matches(&each) && !pattern.leads_to(&each), "{pattern} {each}");
        }
    };
    let process = ["/proc/self/environ", "/proc/1/environ", "/proc/thread-self/status", "/proc/42"];
    check(
        "/**",
        &["/", "/etc/hosts", "/home/proc/self"],
        &["/proc", "/proc/cpuinfo", "/sys/power"],
    );
    check("/*/cpuinfo", &["/etc/cpuinfo"], &["/proc/cpuinfo"]);
    check("/**", &[], &process);
    check("/proc/**", &["/proc", "/proc/cpuinfo", "/proc/net/dev"], &process);
    check("/proc/*/environ", &["/proc/x/environ"], &process);
    check("/proc/self/**", &["/proc/self", "/proc/self/status"], &["/proc/1/status"]);
    check("/sys/", &["/sys/power/state"], &["/proc/cpuinfo"]);
    let covers = |wide: &str, narrow: &str| {
        PathPattern::parse(wide).unwrap().covers(&PathPattern::parse(narrow).unwrap())
    };
    assert!(covers("/**", "/etc/**") && covers("/**", "/**") && covers("/proc/**", "/proc/net/"));
    assert!(!covers("/**", "/proc/cpuinfo") && !covers("/**", "/sys/"));
    assert!(!covers("/proc/**", "/proc/self/environ") && covers("/proc/self/", "/proc/self/a"));
}

#[test]
fn parse() {
    let check = |text: &str, expect: Option<PatternProblem>| {
        let got = PathPattern::parse(text);
        assert_eq!(got.as_ref().err().map(|e| e.problem()), expect, "{text:?}");
        if let Ok(pattern) = got {
            assert_eq!(pattern.to_string(), text);
        }
    };
    for good in [
        "/",
        "/a",
        "/a/",
        "*",
        "./",
        ".",
        "./out/",
        "**",
        "/**/a?*.b",
        "/a/./b",
        "/é/ü*",
        "/a b/#~$(x)^|",
    ] {
        check(good, None);
    }
    check("", Some(PatternProblem::Empty));
    check("..", Some(PatternProblem::Parent));
    check("/a/../b", Some(PatternProblem::Parent));
    check("//", Some(PatternProblem::EmptyName));
    check("/a//b", Some(PatternProblem::EmptyName));
    check("/a//", Some(PatternProblem::EmptyName));
    check("a\0", Some(PatternProblem::Control));
    check("a\nb", Some(PatternProblem::Control));
    check("a\\b", Some(PatternProblem::Backslash));
    for character in ['[', ']', '{', '}', '!'] {
        check(&format!("/a/x{character}y"), Some(PatternProblem::Unsupported(character)));
    }
    for inside in ["/a**", "/**a", "/***", "/a/b**c/d"] {
        check(inside, Some(PatternProblem::TreeInsideName));
    }
    check("/*a*a*a*a*a*a*a*b", None);
    check("/*a*a*a*a*a*a*a*a*", Some(PatternProblem::TooManyWildcards));
    check("/?????????", Some(PatternProblem::TooManyWildcards));
    check(&"/a".repeat(63), None);
    check(&"/a".repeat(64), Some(PatternProblem::TooManyComponents));
    check(&"/a".repeat(600), Some(PatternProblem::TooLong));
    check(&format!("/{}", "a".repeat(256)), Some(PatternProblem::NameTooLong));
}

#[test]
fn matches_and_leads_to() {
    enum Is {
        Named,
        NamedAndOnTheWay,
        OnTheWay,
        Neither,
    }
    use Is::*;
    let check = |text: &str, at: &str, expect: Is| {
        let (named, way) = match expect {
            Named => (true, false),
            NamedAndOnTheWay => (true, true),
            OnTheWay => (false, true),
            Neither => (false, false),
        };
        assert_eq!(pattern(text).matches(&path(at)), named, "{text} names {at}");
        assert_eq!(pattern(text).leads_to(&path(at)), way, "{text} leads to {at}");
    };
    check("/var/log/**", "/", OnTheWay);
    check("/var/log/**", "/var", OnTheWay);
    check("/var/log/**", "/var/log", NamedAndOnTheWay);
    check("/var/log/**", "/var/log/a/b", NamedAndOnTheWay);
    check("/var/log/**", "/var/logs", Neither);
    check("/var/log/**", "/etc", Neither);
    check("/var/log/", "/var/log", NamedAndOnTheWay);
    check("/var/log/", "/var/log/a/b", NamedAndOnTheWay);
    check("/a/*", "/a", OnTheWay);
    check("/a/*", "/a/b", Named);
    check("/a/*", "/a/.hidden", Named);
    check("/a/*", "/a/b/c", Neither);
    check("/a/b", "/a/b", Named);
    check("/a/b", "/a/b/c", Neither);
    check("/a/b", "/A/b", Neither);
    check("/", "/", NamedAndOnTheWay);
    check("/", "/x/y", NamedAndOnTheWay);
    check("/.", "/", Named);
    check("/.", "/x", Neither);
    check("./out/", "/workspace", OnTheWay);
    check("./out/", "/workspace/out", NamedAndOnTheWay);
    check("out", "/workspace/out", Named);
    check(".", "/workspace", Named);
    check("./", "/workspace/x", NamedAndOnTheWay);
    check("*.txt", "/workspace/a.txt", Named);
    check("*.txt", "/workspace/.txt", Named);
    check("*.txt", "/workspace/a.txt.bak", Neither);
    check("*.txt", "/a.txt", Neither);
    check("/**/b", "/b", NamedAndOnTheWay);
    check("/**/b", "/a/a/b", NamedAndOnTheWay);
    check("/**/b", "/a/a", OnTheWay);
    check("/a/**/b/*.c", "/a/b/x.c", NamedAndOnTheWay);
    check("/a/**/b/*.c", "/a/x/b/b/x.c", NamedAndOnTheWay);
    check("/a/**/b/*.c", "/a/x/b/b", OnTheWay);
    check("/a/**/b/*.c", "/x", Neither);
    check("/x?z", "/xyz", Named);
    check("/x?z", "/xéz", Named);
    check("/x?z", "/xz", Neither);
    check("/x?z", "/x/z", Neither);
    check("/**/*", "/", OnTheWay);
    check("/**/*", "/a", NamedAndOnTheWay);
}

#[test]
fn covers() {
    let check = |wide: &str, narrow: &str, expect: bool| {
        assert_eq!(pattern(wide).covers(&pattern(narrow)), expect, "{wide} covers {narrow}");
    };
    check("/var/log/**", "/var/log/*.log", true);
    check("/var/log/**", "/var/log/", true);
    check("/var/log/", "/var/log/**", true);
    check("/var/log/**", "/var/log", true);
    check("/var/log/*", "/var/log", false);
    check("/var/log/*", "/var/log/**", false);
    check("/var/log/*", "/var/log/*.log", true);
    check("/var/log/*.log", "/var/log/*", false);
    check("/var/log/*.log", "/var/log/auth*.log", true);
    check("/a/?", "/a/*", false);
    check("/a/*", "/a/?", true);
    check("/a/?b", "/a/xb", true);
    check("/a/*x*", "/a/*xx", true);
    check("/a/*xx", "/a/*x*", false);
    check("/**", "/", true);
    check("/", "./out/", true);
    check("./", "./out/*.txt", true);
    check("/workspace/**", "out", true);
    check("out", "/workspace/out", true);
    check("/a/**/b", "/a/b", true);
    check("/a/**/b", "/a/x/**/b", true);
    check("/a/x/**/b", "/a/**/b", false);
    check("/a/**/*", "/a/*/**", true);
    check("/a/*/**", "/a/**/*", true);
    check("/a/**/**/b", "/a/**/b", true);
    check("/a/b", "/a/*", false);
    check("/a", "/a/b", false);
}

#[test]
fn root_and_shape() {
    let check = |text: &str, root: &str, tree: bool, exact: bool| {
        let pattern = pattern(text);
        assert_eq!(pattern.root().as_str(), root, "{text}");
        assert_eq!((pattern.is_tree(), pattern.is_exact()), (tree, exact), "{text}");
    };
    check("/var/log/**", "/var/log", true, false);
    check("/var/log/", "/var/log", true, false);
    check("/var/*/x", "/var", false, false);
    check("/etc/hosts", "/etc/hosts", false, true);
    check("/", "/", true, false);
    check("*.txt", "/workspace", false, false);
    check("./out/", "/workspace/out", true, false);
    check("/a/b?c/d", "/a", false, false);
}

/// Sizes at the caps; a matcher that backtracks would not return from the first in a lifetime.
#[test]
fn hostile_patterns_end() {
    let deep = path(&"/aaaaaaa".repeat(512));
    let names = path(&format!("/{}", "a".repeat(255)).repeat(16));
    for text in [
        "/**/a*/**/*a/**/a*a/**/*a*a*a*a*a*b".to_owned(),
        "/**/*a*a*a*a*a*a*b".repeat(31),
        "/**/a".repeat(31),
    ] {
        let pattern = pattern(&text);
        assert!(!pattern.matches(&names), "{text}");
        pattern.matches(&deep);
        pattern.leads_to(&deep);
        assert!(pattern.covers(&pattern));
    }
}

//! Paths in their one form, and which rules they are within.

use aether_egress::{PathProblem, RequestPath};
use aether_manifest::DomainPattern;

fn canonical(text: &str, expect: &str) {
    let path = RequestPath::parse(text).unwrap_or_else(|problem| panic!("{text:?}: {problem}"));
    assert_eq!(path.to_string(), expect, "{text:?}");
    let again = RequestPath::parse(expect).unwrap();
    assert_eq!(again, path, "{text:?} is not canonical after one reading");
}

fn refused(text: &str, expect: PathProblem) {
    assert_eq!(RequestPath::parse(text).err(), Some(expect), "{text:?}");
}

/// Whether a path is within a rule of these paths.
fn within(pattern: &str, text: &str, expect: bool) {
    let rule = DomainPattern::parse(&format!("a.example{pattern}")).unwrap();
    let path = RequestPath::parse(text).unwrap();
    assert_eq!(path.is_within(rule.path().unwrap()), expect, "{text:?} within {pattern}");
}

#[test]
fn one_form() {
    canonical("", "/");
    canonical("/", "/");
    canonical("?a=b", "/?a=b");
    canonical("/a/b", "/a/b");
    canonical("/a/b/", "/a/b/");
    canonical("/a/./b", "/a/b");
    canonical("/a/.", "/a/");
    canonical("/.", "/");
    canonical("/..", "/");
    canonical("/../..", "/");
    canonical("/../../etc/passwd", "/etc/passwd");
    canonical("/a/..", "/");
    canonical("/a/../", "/");
    canonical("/a/../b", "/b");
    canonical("/a/b/..", "/a/");
    canonical("/a/b/../..", "/");
    canonical("/a/b/../../../c", "/c");
    canonical("/a/%2e%2e/b", "/b");
    canonical("/a/%2E%2e/b", "/b");
    canonical("/a/.%2e/b", "/b");
    canonical("/a/%2e./b", "/b");
    canonical("/a/%2e/b", "/a/b");
    canonical("/a/...", "/a/...");
    canonical("/a/..b", "/a/..b");
    canonical("/%61%62", "/ab");
    canonical("/%7euser", "/~user");
    canonical("/%41%2d%5F", "/A-_");
    canonical("/a%20b", "/a%20b");
    canonical("/%c3%a9", "/%C3%A9");
    canonical("/%2f", "/%2F");
    canonical("/a//b", "/a//b");
    canonical("//", "//");
    canonical("/a;b=c/d", "/a;b=c/d");
    canonical("/a|b", "/a%7Cb");
    canonical("/a\"<>^`{}[]", "/a%22%3C%3E%5E%60%7B%7D%5B%5D");
    canonical("/!$&'()*+,;=:@", "/!$&'()*+,;=:@");
    canonical("/a?b=../c", "/a?b=../c");
    canonical("/a?b=%2e%2E&c=%2f", "/a?b=%2e%2E&c=%2f");
    canonical("/a?b?c", "/a?b?c");
    canonical("/a?\"<>|\\", "/a?%22%3C%3E|\\");
    canonical("/a?", "/a?");
}

#[test]
fn what_is_no_path() {
    refused("a", PathProblem::NotAbsolute);
    refused("*", PathProblem::NotAbsolute);
    refused("/a\\b", PathProblem::Backslash);
    refused("/..\\..\\x", PathProblem::Backslash);
    refused("/a#b", PathProblem::Fragment);
    refused("/a?b#c", PathProblem::Fragment);
    refused("/a b", PathProblem::Character(' '));
    refused("/a\tb", PathProblem::Character('\t'));
    refused("/a\r\nHost: x", PathProblem::Character('\r'));
    refused("/a?b\nc", PathProblem::Character('\n'));
    refused("/a\0", PathProblem::Character('\0'));
    refused("/é", PathProblem::Character('é'));
    refused("/%", PathProblem::Escape);
    refused("/%2", PathProblem::Escape);
    refused("/%zz", PathProblem::Escape);
    refused("/%u002e", PathProblem::Escape);
    refused("/%+1", PathProblem::Escape);
    refused("/a?%", PathProblem::Escape);
    refused("/a%00", PathProblem::Nul);
    refused(&format!("/{}", "a".repeat(8192)), PathProblem::TooLong);
}

#[test]
fn within_rules() {
    within("/v1/**", "/v1/users", true);
    within("/v1/**", "/v1", true);
    within("/v1/**", "/v1/", true);
    within("/v1/**", "/v1/users/", true);
    within("/v1/", "/v1/x/y", true);
    within("/v1/**", "/v2/users", false);
    within("/v1/**", "/v10", false);
    within("/v1/**", "/V1/users", false);
    within("/v1/*", "/v1/users", true);
    within("/v1/*", "/v1/users/1", false);
    within("/v1/*", "/v1/users/", false);
    within("/v1/users", "/v1/users", true);
    within("/v1/users", "/v1/users/", false);
    within("/v1/users", "/v1/users?x=1", true);
    within("/v1/users", "/v1/us%65rs", true);
    within("/v1/*/x", "/v1//x", false);
    within("/public/**", "/public/../secret", false);
    within("/public/**", "/public/%2e%2e/secret", false);
    within("/public/**", "/public/..%2fsecret", false);
    within("/public/**", "/public/%2e%2e%2fsecret", false);
    within("/public/**", "/public/..%5csecret", false);
    within("/public/**", "/public/%252e%252e/secret", false);
    within("/public/**", "/public//../secret", true);
    within("/public/**", "/public//secret", false);
    within("/public/**", "//public/x", false);
    within("/public/**", "/public/..;/secret", false);
    within("/public/**", "/public/.;x=y/secret", false);
    within("/public/**", "/public/a;x=y/b", true);
    within("/public/**", "/public/%c0%ae%c0%ae/secret", false);
    within("/public/**", "/public/%ef%bc%8e%ef%bc%8e/secret", false);
    within("/public/**", "/public/a%0d%0ab", false);
    within("/public/**", "/public/a%7f", false);
    within("/public/**", "/public/caf%C3%A9", true);
    within("/public/**", "/public/a%20b", true);
    within("/public/**", "/secret/../public/x", true);
    // Parameters and blanks that a server drops before it resolves dots, escaped or not.
    for dots in [
        "..%3B",
        "..%3b",
        "..%3Bx=y",
        ".%3B",
        "%2e%2e%3B",
        "..;",
        ".;",
        "..%20",
        "..%20%20",
        "%20..",
        ".%20.",
        "..%20;x",
        "...",
        "....",
        "..%C2%A0",
        "..%E3%80%80",
        "..%E2%80%8B",
        "..%EF%BB%BF",
        "..%C2%AD",
        "%20",
        ";",
        ";x",
        "%3B",
        "%20;x",
    ] {
        within("/public/**", &format!("/public/{dots}/admin"), false);
        within("/public/**", &format!("/public/{dots}"), false);
        within("/public/*/x", &format!("/public/{dots}/x"), false);
    }
    // What a server that decodes first takes for the end of the path, or decodes once more.
    for escape in ["%3F", "%3f", "%23", "%2F", "%5C", "%252e%252e", "%25", "%253B", "%2525"] {
        within("/v1/*/log", &format!("/v1/secret{escape}/log"), false);
        within("/v1/**", &format!("/v1/{escape}"), false);
    }
    // What compatibility forms and best-fit tables make dots and separators of.
    for disguise in [
        "%E2%80%A5",
        "%EF%BC%8E%EF%BC%8E",
        "%EF%B9%92%EF%B9%92",
        "%EF%B8%B0",
        "%E2%84%80",
        "%E2%84%86",
        "%E2%88%95",
        "%E2%88%96",
        "%EF%B9%A8",
        "%EF%BC%BC",
        "%CD%BE",
        "%E3%80%82",
        "%EF%B9%94",
    ] {
        within("/public/**", &format!("/public/{disguise}/admin"), false);
    }
    within("/public/**", "/public/a..", true);
    within("/public/**", "/public/..a", true);
    within("/public/**", "/public/a%20", true);
    within("/public/**", "/public/a%3Bb", true);
    within("/public/**", "/public/.a;b", true);
    within("/public/**", "/public/%C4%AF", true);
    // Paths of a server are none of this machine.
    within("/**", "/sys/health", true);
    within("/**", "/proc/x", true);
    within("/*/1/environ", "/proc/1/environ", true);
    within("/**", "/", true);
    within("/**", "/a/b/c/", true);
    within("/a/*", &format!("/a/{}", "x".repeat(300)), true);
}

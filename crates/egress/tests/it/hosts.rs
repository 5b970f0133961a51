//! What is a host, and in which form.

use aether_egress::Host;

/// `expect` is the canonical form, or the beginning of what is wrong.
fn check(text: &str, expect: Result<&str, &str>) {
    let found = Host::parse(text);
    match (&found, expect) {
        (Ok(host), Ok(form)) => assert_eq!(host.to_string(), form, "{text:?}"),
        (Err(error), Err(problem)) => {
            let said = error.problem().to_string();
            assert!(said.contains(problem), "{text:?}: {said}");
        }
        _ => panic!("{text:?}: {found:?}, not {expect:?}"),
    }
}

#[test]
fn names() {
    check("api.example.com", Ok("api.example.com"));
    check("API.Example.COM", Ok("api.example.com"));
    check("example.com.", Ok("example.com"));
    check("localhost", Ok("localhost"));
    check("localhost.", Ok("localhost"));
    check("a-b.c--d.example", Ok("a-b.c--d.example"));
    check("_dmarc.example.com", Ok("_dmarc.example.com"));
    check("1.example", Ok("1.example"));
    check("1e3.example", Ok("1e3.example"));
    check("0x7f.1.example", Ok("0x7f.1.example"));
    check("127.0.0.1.nip.io", Ok("127.0.0.1.nip.io"));
    check("bücher.example", Ok("xn--bcher-kva.example"));
    check("BÜCHER.example", Ok("xn--bcher-kva.example"));
    check("xn--bcher-kva.example", Ok("xn--bcher-kva.example"));
    check("XN--BCHER-KVA.example", Ok("xn--bcher-kva.example"));
    check("例え.テスト", Ok("xn--r8jz45g.xn--zckzah"));
    check(&"a".repeat(63), Ok(&"a".repeat(63)));
    check(&format!("{}a", "a.".repeat(126)), Ok(&format!("{}a", "a.".repeat(126))));
}

#[test]
fn what_is_no_name() {
    check("", Err("is empty"));
    check(".", Err("label"));
    check("a..b", Err("label"));
    check(".example.com", Err("label"));
    check("example.com..", Err("label"));
    check("-a.example", Err("label"));
    check("a-.example", Err("label"));
    check(&"a".repeat(64), Err("label"));
    check(&format!("{}aa", "a.".repeat(126)), Err("longer than 253"));
    check(&"a.".repeat(4000), Err("longer than 253"));
    check(&"ü".repeat(200), Err(""));
    for bad in [
        "a\0.example",
        "evil.org\0.example.com",
        "a b.example",
        " a.example",
        "a.example ",
        "a%2eexample",
        "a%00.example",
        "user@a.example",
        "a.example:80",
        "a/b",
        "a\\b",
        "a?b",
        "a#b",
        "a\tb",
        "a\nb",
        "a\rb",
        "a\u{7f}",
        "*.example.com",
        "a,b",
        "a;b",
        "a'b",
        "a\"b",
        "a<b",
        "a>b",
        "a[b",
        "a]b",
        "a^b",
        "a|b",
        "a{b",
        "a}b",
        "a`b",
        "a~b",
        "a!b",
        "a$b",
        "a&b",
        "a(b)",
        "a+b",
        "a=b",
    ] {
        check(bad, Err("has `"));
    }
}

#[test]
fn disguises() {
    // Full-width letters, digits and dots; the ideographic dots.
    for bad in [
        "ｅxample.com",
        "１２７.０.０.１",
        "127.0.0．1",
        "a。example",
        "a｡example",
        "a．example",
        "ａ.example",
        "ｌocalhost",
    ] {
        check(bad, Err("pass for ASCII"));
    }
    // Mathematical, circled and other letters that IDNA folds to ASCII; characters that it drops.
    for bad in [
        "𝐥ocalhost",
        "ⓛocalhost",
        "loc\u{ad}alhost",
        "ﬁle.example",
        "①②⑦.0.0.1",
        "\u{212a}.example",
        "𝟏27.0.0.1",
        "a\u{2024}example",
    ] {
        assert!(Host::parse(bad).is_err(), "{bad:?}");
    }
    check("xn--a", Err("IDNA"));
    check("xn--.example", Err(""));
    check("xn--localhost-.example", Err(""));
}

#[test]
fn addresses_have_one_spelling() {
    check("127.0.0.1", Ok("127.0.0.1"));
    check("93.184.216.34", Ok("93.184.216.34"));
    check("[::1]", Ok("[::1]"));
    check("[2001:db8::1]", Ok("[2001:db8::1]"));
    check("[2001:DB8::1]", Ok("[2001:db8::1]"));
    check("[::ffff:127.0.0.1]", Ok("[::ffff:127.0.0.1]"));
    for bad in [
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.01",
        "127.0.0.1.",
        "256.0.0.1",
        "1.2.3.4.5",
        "0",
        "1",
        "0x",
        "a.1",
        "1.2.3",
        "1.2.3.0x4",
        "00000127.0.0.1",
        "99999999999",
        "4294967295",
        "0xffffffff",
        "127.0.0.0x1",
        "a.0xff",
        "0X7F.1",
    ] {
        check(bad, Err("IPv4"));
    }
    for bad in ["::1", "fe80::1", "2001:db8::ff"] {
        check(bad, Err("has `:`"));
    }
    for bad in [
        "[",
        "[]",
        "[::1",
        "[::1]x",
        "[fe80::1%eth0]",
        "[fe80::1%25eth0]",
        "[0:0:0:0:0:0:0:1]",
        "[::01]",
        "[1.2.3.4]",
        "[v1.a]",
        "[::1]:80",
        "[::ffff:7f00:1]",
        "[[::1]]",
    ] {
        check(bad, Err("IPv6"));
    }
}

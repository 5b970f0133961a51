//! What people see.

use aether_learn::{Options, Peaks, suggest};

use crate::support::{call, denied, seen, suggestion};

#[test]
fn a_table_with_evidence() {
    let peaks = Peaks { memory: 20 << 20, ..Peaks::default() };
    let records = [
        call("fs.read", "/workspace/log.1"),
        call("fs.read", "/workspace/log.2"),
        call("fs.read", "/workspace/log.2"),
        call("network.request", "GET a.com/x"),
        denied("filesystem.read", "/etc/shadow"),
    ];
    let found = suggest(&seen(records), &peaks, None, &Options::default());
    let expect = "\
2 entries would cover what `notes` did beyond its manifest, the riskiest first:

  medium  network.domains  GET a.com/x
          it can send to `a.com` whatever it can read
          seen once, from record 3 on: `GET a.com/x`

  low     filesystem.read  ./log.*
          it can read files of the folder that it works in; the wildcard stands for a number
          seen 3 times, from record 0 on: `/workspace/log.2`, `/workspace/log.1`

Limits that would have been enough:

  memory     32MB, now 256MB; 20MB was used

Not suggested:

  filesystem.read `/etc/shadow`, once: it was denied: it reaches the password hashes
";
    assert_eq!(found.text(), expect);
}

#[test]
fn nothing_untrusted_acts_on_a_terminal() {
    let found = suggestion([
        call("fs.read", "/workspace/a\u{1b}[31mb"),
        call("fs.read", "/workspace/\u{202e}gpj.exe"),
        call("fs.read", "/workspace/line\nNot suggested:"),
        call("plugins.call", "x\u{1b}]0;y"),
        denied("filesystem.exception", "\u{9b}2J\n"),
    ]);
    let text = found.text();
    let acts = |letter: char| letter != '\n' && (letter.is_control() || letter == '\u{202e}');
    assert!(!text.contains(acts), "{text:?}");
    assert!(!text.contains("line\n"), "{text}");
    assert_eq!(text.matches("\nNot suggested:").count(), 1, "{text}");
}

#[test]
fn programs_get_the_same() {
    let found = suggestion([call("env.get", "LANG"), denied("environment", "A_TOKEN")]);
    let json = found.json();
    assert_eq!(json["lines"][0]["entry"], "LANG");
    assert_eq!(json["lines"][0]["risk"], "low");
    assert_eq!(json["not_suggested"][0]["what"], "A_TOKEN");
    assert_eq!(json["incomplete"].as_array().map(Vec::len), Some(0));
}

//! What differs from run to run, by one list.

/// A part of something to be redacted.
enum Part {
    /// Exactly this.
    Text(&'static str),
    /// So many decimal digits at least, and at most.
    Digits(usize, usize),
    /// So many hexadecimal digits at least, and at most.
    Hex(usize, usize),
    /// This, if it is there.
    Maybe(&'static str),
    /// A dot and digits, if they are there.
    Fraction,
}

use Part::{Digits, Fraction, Hex, Maybe, Text};

/// Every kind of text that differs from run to run, and what stands in its place. The first that
/// fits at a place counts; it must begin and end where a word does.
const RULES: &[(&str, &[Part])] = &[
    (
        "[RUN]",
        &[Digits(8, 8), Text("T"), Digits(6, 6), Text("-"), Digits(5, 7), Text("-"), Digits(1, 3)],
    ),
    (
        "[TIME]",
        &[
            Digits(4, 4),
            Text("-"),
            Digits(2, 2),
            Text("-"),
            Digits(2, 2),
            Text("T"),
            Digits(2, 2),
            Text(":"),
            Digits(2, 2),
            Text(":"),
            Digits(2, 2),
            Fraction,
            Text("Z"),
        ],
    ),
    ("[DIGEST]", &[Text("b3:"), Hex(12, 64), Maybe("…")]),
    ("[HASH]", &[Hex(64, 64)]),
    ("[HASH]", &[Hex(16, 16), Text("…")]),
    ("[RUN-ID]", &[Hex(32, 32)]),
    ("[DURATION]", &[Digits(1, 9), Fraction, Maybe(" "), Text("ms")]),
    ("[DURATION]", &[Digits(1, 9), Text("."), Digits(1, 3), Maybe(" "), Text("s")]),
    ("[SIZE]", &[Digits(1, 9), Fraction, Text(" MB of "), Digits(1, 9), Text(" MB")]),
];

/// The text with everything that differs from run to run replaced: `names` first, such as the path
/// of a temporary folder, then run identifiers, times, digests and durations.
#[must_use]
pub fn redact(text: &str, names: &[(&str, &str)]) -> String {
    let mut text = text.to_owned();
    for (name, stand_in) in names {
        text = text.replace(name, stand_in);
    }
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text.as_str();
    let mut in_word = false;
    while let Some(letter) = rest.chars().next() {
        let found = if in_word { None } else { rule_at(rest) };
        if let Some((stand_in, length)) = found {
            redacted.push_str(stand_in);
            rest = &rest[length..];
            continue;
        }
        in_word = letter.is_alphanumeric();
        redacted.push(letter);
        rest = &rest[letter.len_utf8()..];
    }
    redacted
}

/// The rule that fits the beginning of the text, and how much of it.
fn rule_at(text: &str) -> Option<(&'static str, usize)> {
    RULES.iter().find_map(|(stand_in, parts)| {
        let length = length_of(text, parts)?;
        let ends = !text[length..].starts_with(char::is_alphanumeric);
        ends.then_some((*stand_in, length))
    })
}

fn length_of(text: &str, parts: &[Part]) -> Option<usize> {
    let mut at = 0;
    for part in parts {
        let rest = &text[at..];
        at += match part {
            Text(wanted) => rest.starts_with(wanted).then_some(wanted.len())?,
            Maybe(wanted) if rest.starts_with(wanted) => wanted.len(),
            Maybe(_) => 0,
            Digits(least, most) => run(rest, *least, *most, |byte| byte.is_ascii_digit())?,
            Hex(least, most) => run(rest, *least, *most, |byte| byte.is_ascii_hexdigit())?,
            Fraction => match rest.strip_prefix('.') {
                Some(digits) => 1 + run(digits, 1, 9, |byte| byte.is_ascii_digit())?,
                None => 0,
            },
        };
    }
    Some(at)
}

fn run(text: &str, least: usize, most: usize, fits: impl Fn(&u8) -> bool) -> Option<usize> {
    let length = text.bytes().take(most).take_while(fits).count();
    (length >= least).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_replaced_and_the_rest_stays() {
        let check = |text: &str, expect: &str| {
            assert_eq!(redact(text, &[("/tmp/x", "[SCENE]")]), expect);
        };
        check("aether apply 20261123T214546-29561-0", "aether apply [RUN]");
        check("at 2026-03-01T12:00:00.000450Z and 2026-03-01T12:00:00Z", "at [TIME] and [TIME]");
        check("b3:9ccaa9b7744413b2… b3:zz", "[DIGEST] b3:zz");
        check("run  5a856e0a4bc907ddb9f3dd472976a762", "run  [RUN-ID]");
        check(
            "done in 76ms, 57 ms, 1.5 ms, 1.06 s, 1.58s; 30s, 2 s",
            "done in [DURATION], [DURATION], [DURATION], [DURATION], [DURATION]; 30s, 2 s",
        );
        check("6.2 MB of 192 MB", "[SIZE]");
        check("in /tmp/x/work", "in [SCENE]/work");
        check("x76ms ünd 12 msx", "x76ms ünd 12 msx");
    }
}

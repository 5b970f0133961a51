//! Text that seems written so as not to be read: packed lines, machine-made names, escapes,
//! characters one cannot see.

use aether_source::Span;

use crate::scan::look::Look;
use crate::scan::token::Kind;

/// Lines up to this many bytes are never called packed.
const LONG_LINE: usize = 1000;
/// Bits per byte above which a long line is packed data rather than code: minified JavaScript has
/// about 5.2, base64 6.
const PACKED_BITS: f64 = 5.7;
/// How many names like `_0x4f2a` show that an obfuscator wrote the file.
const MACHINE_NAMES: usize = 16;
/// How many escaped characters a string may have before it counts as hidden text.
const ESCAPES: usize = 32;

const HELP: &str = "ship readable source, so that a person can review it";

/// Looks through the whole file once.
pub(crate) fn look_through(look: &mut Look<'_>) {
    packed_line(look);
    machine_names(look);
    escaped_names(look);
    escaped_strings(look);
    invisible_characters(look);
}

fn packed_line(look: &mut Look<'_>) {
    let text = look.source.text();
    let mut start = 0;
    for line in text.split('\n') {
        if line.len() > LONG_LINE && entropy(line.as_bytes()) > PACKED_BITS {
            let message = "a very long line that looks like packed data";
            return look.warn(
                "obfuscated-code",
                Span::new(start, start + line.len()),
                message,
                HELP,
            );
        }
        start += line.len() + 1;
    }
}

/// Shannon entropy in bits per byte.
fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    let total = bytes.len() as f64;
    let share = counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / total);
    share.map(|share| -share * share.log2()).sum()
}

fn machine_names(look: &mut Look<'_>) {
    let view = look.view;
    let machine = |at: &usize| view.word(*at).strip_prefix("_0x").is_some_and(is_hex);
    if let Some(at) = (0..view.len()).filter(machine).nth(MACHINE_NAMES - 1) {
        look.warn(
            "obfuscated-code",
            view.span(at, at),
            "names like this one are made by an obfuscator",
            HELP,
        );
    }
}

fn is_hex(rest: &str) -> bool {
    rest.len() >= 3 && rest.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// No one needs escapes in a name of plain letters, except to keep it from being found.
fn escaped_names(look: &mut Look<'_>) {
    let view = look.view;
    let hidden = |at: &usize| {
        let token = view.token(*at);
        token.is_escaped()
            && token.kind == Kind::Name
            && view.word(*at).bytes().all(|byte| byte.is_ascii_graphic())
    };
    if let Some(at) = (0..view.len()).find(hidden) {
        let message = format!("the name `{}` is written with escapes", view.word(at));
        look.warn("obfuscated-code", view.span(at, at), &message, HELP);
    }
}

fn escaped_strings(look: &mut Look<'_>) {
    let (view, text) = (look.view, look.source.text());
    let hidden = |at: &usize| {
        let token = view.token(*at);
        let raw = text.get(token.start as usize..token.end as usize).unwrap_or_default();
        // `\x41` is four bytes for one character, so half the bytes is most of the text.
        let escapes = raw.matches("\\x").count() + raw.matches("\\u").count();
        token.is_escaped() && escapes >= ESCAPES && escapes * 8 >= raw.len()
    };
    if let Some(at) = (0..view.len()).find(hidden) {
        look.warn(
            "obfuscated-code",
            view.span(at, at),
            "a string written almost only in escapes",
            HELP,
        );
    }
}

/// Bidirectional controls make code read differently from what it does (CVE-2021-42574).
fn invisible_characters(look: &mut Look<'_>) {
    let text = look.source.text();
    let hidden = |character: char| {
        matches!(
            character,
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' // bidirectional controls
                | '\u{200e}' | '\u{200f}' | '\u{61c}'          // direction marks
                | '\u{200b}' | '\u{2060}'                      // without width
                | '\u{e0000}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}' // tags, selectors
        )
    };
    if let Some(at) = text.find(hidden) {
        let length = text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let message =
            "an invisible character that can make code read differently from what it does";
        look.warn(
            "invisible-character",
            Span::new(at, at + length),
            message,
            "write it as an escape",
        );
    }
}

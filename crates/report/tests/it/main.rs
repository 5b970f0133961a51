//! Reports as their readers see them.

mod fixture;
mod hostile;
mod html;
mod incident;
mod json;
mod misdeeds;
mod sarif;
mod text;
mod timeline;

/// Texts a plugin might try.
const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</style></title></textarea></svg>-->]]><b>",
    "&lt;script&gt;&#0;&amp",
    "javascript:alert(1)",
    "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m",
    "a\u{202e}b\u{2066}c\u{200b}d\u{feff}e\u{ad}",
    "NUL\0 and\r\nlines\u{2028}and\ttabs",
    "\u{e0041}\u{fe0f}\u{7f}",
    "\\u003cscript\\u003e",
    "{{7*7}} ${x} `x`",
    "\u{fffd}\u{fffd}",
    "end\n  click c0 \"javascript:alert(1)\"",
    "%%{init: {\"securityLevel\": \"loose\"}}%%",
    "url(#tip)",
    "",
];

/// Whether a text can be shown as it is: nothing in it acts, turns around or hides.
fn is_inert(text: &str) -> bool {
    let acts_or_hides = |c: char| {
        c != '\n' && c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
            || matches!(c, '\u{ad}' | '\u{feff}' | '\u{fe0f}' | '\u{e0041}')
    };
    !text.chars().any(acts_or_hides)
}

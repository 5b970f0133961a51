//! The live page: one file, a script of our own, and no word of any plugin in it. It asks for the token,
//! or finds it behind the `#` of its address, which a browser sends to nobody, and draws what the API
//! tells as text.

use hyper::header::HeaderValue;

use crate::refusal::Refusal;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// Random bytes of a nonce: a word that nobody who got text into the page could have known.
const NONCE: usize = 16;

/// The page, and what a browser may do with it: run this script, show this style, ask this server.
pub(crate) fn page() -> Result<(String, HeaderValue), Refusal> {
    let internal =
        || Refusal::new(hyper::StatusCode::INTERNAL_SERVER_ERROR, "no-nonce", "no nonce");
    let mut bytes = [0_u8; NONCE];
    getrandom::fill(&mut bytes).map_err(|_| internal())?;
    let nonce: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let page =
        PAGE.replace("{{nonce}}", &nonce).replace("{{style}}", STYLE).replace("{{script}}", SCRIPT);
    Ok((page, HeaderValue::from_str(&policy).map_err(|_| internal())?))
}

#[cfg(test)]
mod tests {
    use aether::source::printable;

    use super::*;

    /// What reports write out, as the ranges of a regular expression.
    fn hidden() -> String {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for character in '\0'..=char::MAX {
            if printable(character.encode_utf8(&mut [0; 4])) == character.to_string() {
                continue;
            }
            let number = u32::from(character);
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == number => *last = number,
                _ => ranges.push((number, number)),
            }
        }
        let range = |(first, last): (u32, u32)| match first == last {
            true => format!("\\u{{{first:x}}}"),
            false => format!("\\u{{{first:x}}}-\\u{{{last:x}}}"),
        };
        ranges.into_iter().map(range).collect()
    }

    #[test]
    fn the_page_writes_out_what_reports_write_out() {
        let line = SCRIPT.lines().find(|line| line.starts_with("const HIDDEN = "));
        // Beside what a text of Rust can have: half of a pair, which a text of JavaScript can have too.
        let expect = format!("const HIDDEN = /[{}]|\\p{{Cs}}/gu;", hidden());
        assert_eq!(line, Some(expect.as_str()));
    }

    #[test]
    fn the_page_loads_nothing_and_makes_no_markup_of_text() {
        let (page, policy) = page().unwrap();
        assert!(SCRIPT.len() <= 15 << 10, "{} bytes of script", SCRIPT.len());
        for word in
            ["innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function("]
        {
            assert!(!SCRIPT.contains(word), "{word}");
        }
        for word in ["http://", "https://", " src=", "url(", "@import", " style=", " onclick="] {
            let svg = "http://www.w3.org/2000/svg";
            assert!(!page.replace(svg, "").contains(word), "{word}");
        }
        assert!(!page.contains("{{"), "something was not put in its place");
        assert!(!policy.to_str().unwrap().contains("unsafe"));
    }
}

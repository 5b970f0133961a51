//! Stack traces: what of them is the plugin author's business.

use aether_protocol::limits;

use crate::host::Host;
use crate::specifier::ROOT;
use crate::value::{Args, Raise, Ret};

/// Most lines of a stack that are shown.
const LINES: usize = 20;

/// Longest line of a stack, in bytes.
const LINE_BYTES: usize = 400;

pub(super) fn clean_op(host: &Host, args: &mut Args) -> Result<Ret, Raise> {
    let stack = clean(&args.text("the stack")?);
    let lines = stack.lines().map(|line| limits::cut(&mapped(host, line), LINE_BYTES).to_owned());
    let lines: Vec<String> = lines.collect();
    Ok(Ret::Text(lines.join("\n")))
}

/// A line of a stack with the place in what the plugin was made of, where the bundle has a map for that.
fn mapped(host: &Host, line: &str) -> String {
    let rewritten = || {
        let (before, place) = line.split_once(ROOT)?;
        let (place, after) = match place.strip_suffix(')') {
            Some(place) => (place, ")"),
            None => (place, ""),
        };
        let mut parts = place.rsplitn(3, ':');
        let (column, row) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let (file, row, column) = host.sources.origin(host, parts.next()?, row, column)?;
        Some(format!("{before}{ROOT}{file}:{row}:{column}{after}"))
    };
    rewritten().unwrap_or_else(|| line.to_owned())
}

/// The lines of a stack that lie in the plugin's own files; the runtime's are hidden.
pub(crate) fn clean(stack: &str) -> String {
    let own = stack.lines().filter(|line| line.contains(ROOT)).take(LINES);
    let own: Vec<&str> = own.map(|line| limits::cut(line, LINE_BYTES)).collect();
    own.join("\n")
}

/// The line and column that a stack's first line names in this file.
pub(crate) fn place(stack: &str, url: &str) -> Option<(u32, u32)> {
    let first = stack.lines().next()?.trim_end_matches(')');
    let (_, after) = first.split_once(url)?;
    let (line, column) = after.strip_prefix(':')?.split_once(':')?;
    Some((line.parse().ok()?, column.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_plugins_own_lines_stay() {
        let stack = "    at f (aether://plugin/main.js:3:5)\n    at call (aether:runtime/start.js:9:1)\n    at map (native)\n";
        assert_eq!(clean(stack), "    at f (aether://plugin/main.js:3:5)");
    }

    #[test]
    fn the_place_of_a_syntax_error() {
        let url = "aether://plugin/main.js";
        assert_eq!(place("    at aether://plugin/main.js:3:14\n", url), Some((3, 14)));
        assert_eq!(place("    at f (aether://plugin/main.js:3:14)\n", url), Some((3, 14)));
        assert_eq!(place("    at aether://plugin/other.js:3:14\n", url), None);
        assert_eq!(place("", url), None);
    }
}

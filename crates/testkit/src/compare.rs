//! Comparing text with what was expected.

/// Panics, showing both, unless `actual` is what `expected` says.
///
/// Lines are compared without blanks at their ends, and with two for more within, so that the
/// width of a redacted figure does not move what follows. In an expected line `[..]` stands for anything
/// on that line; an expected line `...` stands for any number of lines.
///
/// # Panics
/// When it is not.
#[track_caller]
pub fn compare(actual: &str, expected: &str) {
    assert!(
        matches(actual, expected),
        "---- expected ----\n{}\n---- found ----\n{}\n----",
        expected.trim(),
        actual.trim()
    );
}

/// Whether `actual` is what `expected` says, as in [`compare`].
#[must_use]
pub fn matches(actual: &str, expected: &str) -> bool {
    let lines = |text: &str| -> Vec<String> {
        text.trim_matches('\n').lines().map(|line| narrow(line.trim_end())).collect()
    };
    lines_match(&lines(actual), &lines(expected))
}

fn narrow(line: &str) -> String {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let mut narrowed = line[indent..].to_owned();
    while narrowed.contains("   ") {
        narrowed = narrowed.replace("   ", "  ");
    }
    line[..indent].to_owned() + &narrowed
}

fn lines_match(actual: &[String], expected: &[String]) -> bool {
    match expected.split_first() {
        None => actual.is_empty(),
        Some((any, rest)) if any.trim() == "..." => {
            (0..=actual.len()).any(|skipped| lines_match(&actual[skipped..], rest))
        }
        Some((first, rest)) => match actual.split_first() {
            Some((line, others)) => line_matches(line, first) && lines_match(others, rest),
            None => false,
        },
    }
}

fn line_matches(actual: &str, expected: &str) -> bool {
    let Some((head, tail)) = expected.split_once("[..]") else { return actual == expected };
    let Some(rest) = actual.strip_prefix(head) else { return false };
    let starts = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    starts.into_iter().any(|at| line_matches(&rest[at..], tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards() {
        let check = |actual: &str, expected: &str, expect: bool| {
            assert_eq!(matches(actual, expected), expect, "{actual:?} against {expected:?}");
        };
        check("a\nb\n", "a\nb", true);
        check("a \nb", "a\nb", true);
        check("a\nb", "a", false);
        check("  a     b", "  a   b", true);
        check("  a", "    a", false);
        check("a", "a\nb", false);
        check("one two three", "one [..] three", true);
        check("one two three", "one [..] four", false);
        check("äöü", "[..]ö[..]", true);
        check("a\nb\nc\nd", "a\n...\nd", true);
        check("a\nd", "a\n...\nd", true);
        check("a\nb\nc", "a\n...\nd", false);
        check("", "...", true);
    }
}

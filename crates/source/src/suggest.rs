//! "Did you mean": the nearest of some known words.

/// Words longer than this get no suggestion: the comparison is quadratic in the length, and a
/// hostile file may hold very long words.
const MAX_WORD: usize = 64;

/// The candidate that `word` is most likely a misspelling of, or nothing when none is near: at
/// most one edit in three letters, where a swap of neighbours is one edit and case is ignored.
pub fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = letters(word)?;
    let allowed = (word.len() / 3).max(1);
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        let Some(known) = letters(candidate) else { continue };
        if known.len().abs_diff(word.len()) > allowed {
            continue;
        }
        let distance = distance(&word, &known);
        // A word of one or two letters is within one edit of everything short.
        let near = distance <= allowed && distance < known.len();
        if near && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn letters(word: &str) -> Option<Vec<char>> {
    let letters: Vec<char> = word.chars().take(MAX_WORD + 1).flat_map(char::to_lowercase).collect();
    (1..=MAX_WORD).contains(&letters.len()).then_some(letters)
}

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut older: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=right.len()).collect();
    for (row, a) in left.iter().enumerate() {
        let mut current = Vec::with_capacity(previous.len());
        current.push(row + 1);
        for (column, b) in right.iter().enumerate() {
            let replaced = previous[column] + usize::from(a != b);
            let mut least = replaced.min(previous[column + 1] + 1).min(current[column] + 1);
            let swapped = row > 0 && column > 0 && left[row - 1] == *b && right[column - 1] == *a;
            if swapped {
                least = least.min(older[column - 1] + 1);
            }
            current.push(least);
        }
        older = std::mem::replace(&mut previous, current);
    }
    previous.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 7] =
        ["name", "version", "permissions", "resources", "exports", "api", "runtime"];

    fn check(word: &str, expect: Option<&str>) {
        assert_eq!(did_you_mean(word, KEYS), expect, "for {word:?}");
    }

    #[test]
    fn near_words_are_found() {
        check("nmae", Some("name"));
        check("Version", Some("version"));
        check("permision", Some("permissions"));
        check("resource", Some("resources"));
        check("export", Some("exports"));
        check("runTime", Some("runtime"));
        check("apl", Some("api"));
    }

    #[test]
    fn far_words_are_not() {
        check("", None);
        check("x", None);
        check("network", None);
        check("somethingelse", None);
        check(&"n".repeat(100_000), None);
    }

    #[test]
    fn distances() {
        let measure = |a: &str, b: &str| {
            distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>())
        };
        assert_eq!(measure("", "abc"), 3);
        assert_eq!(measure("abc", ""), 3);
        assert_eq!(measure("ab", "ba"), 1);
        assert_eq!(measure("kitten", "sitting"), 3);
        assert_eq!(measure("ca", "abc"), 3);
    }
}

//! Links and what they can point to.

use crate::blocks::without_blocks;

/// A link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its line, from 1.
    pub line: usize,
    /// Where it leads, as written.
    pub target: String,
}

/// The links and pictures of a Markdown text.
#[must_use]
pub fn links(markdown: &str) -> Vec<Link> {
    let mut found = Vec::new();
    for (index, line) in without_blocks(markdown).into_iter().enumerate() {
        let plain = without_code(line);
        for (opening, closing) in [("](", ')'), ("src=\"", '"'), ("href=\"", '"')] {
            let targets = plain.split(opening).skip(1).filter_map(|rest| rest.split_once(closing));
            let link =
                |(target, _): (&str, &str)| Link { line: index + 1, target: target.to_owned() };
            found.extend(targets.map(link));
        }
    }
    found
}

/// The names by which the headings of a Markdown text can be linked to, as hosting pages make them:
/// lower case, without punctuation, with `-` for blanks.
#[must_use]
pub fn anchors(markdown: &str) -> Vec<String> {
    let heading = |line: &&str| line.starts_with('#');
    let anchor = |line: &str| {
        let text = line.trim_start_matches('#').trim().to_lowercase();
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        text.chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    without_blocks(markdown).into_iter().filter(heading).map(anchor).collect()
}

/// A line without what stands between backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("``")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_outside_of_code() {
        let text = "[a](b.md#c) and ![d](e.svg) `[x](y)`\n```\n[x](y)\n```\n<img src=\"f.png\">";
        let targets: Vec<_> =
            links(text).into_iter().map(|link| (link.line, link.target)).collect();
        let expect = [(1, "b.md#c"), (1, "e.svg"), (5, "f.png")];
        assert_eq!(targets, expect.map(|(line, target)| (line, target.to_owned())));
    }

    #[test]
    fn headings_become_anchors() {
        assert_eq!(anchors("# A b\n## `c`: d, e\n```\n# no\n```"), ["a-b", "c-d-e"]);
    }
}

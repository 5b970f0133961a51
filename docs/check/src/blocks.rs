//! Fenced blocks of code.

/// A fenced block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The line of the opening fence, from 1.
    pub line: usize,
    /// The first word after the fence: the language.
    pub language: String,
    /// The file that the block says it shows: the second word after the fence, or a comment with
    /// nothing but a path in its first line.
    pub file: Option<String>,
    /// What stands between the fences.
    pub text: String,
}

/// The fenced blocks of a Markdown text.
#[must_use]
pub fn blocks(markdown: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<(usize, String, String)> = None;
    for (index, line) in markdown.lines().enumerate() {
        match (open.take(), line.strip_prefix("```")) {
            (None, Some(info)) => open = Some((index + 1, info.to_owned(), String::new())),
            (None, None) => {}
            (Some((line, info, text)), Some(_)) => found.push(block(line, &info, text)),
            (Some((at, info, text)), None) => open = Some((at, info, text + line + "\n")),
        }
    }
    found
}

/// The text without its fenced blocks, line for line.
pub(crate) fn without_blocks(markdown: &str) -> Vec<&str> {
    let mut inside = false;
    markdown
        .lines()
        .map(|line| {
            let fence = line.starts_with("```");
            let hidden = inside || fence;
            inside ^= fence;
            if hidden { "" } else { line }
        })
        .collect()
}

fn block(line: usize, info: &str, text: String) -> Block {
    let mut words = info.split_whitespace();
    let language = words.next().unwrap_or_default().to_owned();
    let file = words.next().map(str::to_owned).or_else(|| commented_path(&text));
    Block { line, language, file, text }
}

fn commented_path(text: &str) -> Option<String> {
    let first = text.lines().next()?;
    let path = first.strip_prefix("// ").or_else(|| first.strip_prefix("# "))?;
    (path.contains('/') && path.contains('.') && !path.contains(' ')).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_names_its_file_after_the_fence_or_in_a_comment() {
        let found =
            blocks("a\n```js\n// a/b.js\nx\n```\n```json c/d.json\n{}\n```\n```sh\n# a b\n```");
        let files: Vec<_> = found.iter().map(|block| block.file.as_deref()).collect();
        assert_eq!(files, [Some("a/b.js"), Some("c/d.json"), None]);
        assert_eq!((found[0].line, found[0].text.as_str()), (2, "// a/b.js\nx\n"));
        assert_eq!(found[1].language, "json");
    }

    #[test]
    fn text_is_what_is_not_in_a_block() {
        assert_eq!(without_blocks("a\n```js\nb\n```\nc"), ["a", "", "", "", "c"]);
    }
}

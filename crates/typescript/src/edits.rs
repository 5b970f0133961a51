//! What is erased of a text, and the text without it.

use crate::text::ends_line;

/// Parts of a text that become blank, and the few characters that take the place of blank ones.
/// They are noted in any order and may overlap.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    /// Beginnings and ends in bytes.
    blanks: Vec<(u32, u32)>,
    /// Each in the place of the character at an offset, which is blank otherwise.
    marks: Vec<(u32, char)>,
}

impl Edits {
    pub(crate) fn blank(&mut self, start: u32, end: u32) {
        self.blanks.push((start, end));
    }

    pub(crate) fn mark(&mut self, at: u32, character: char) {
        self.blanks.push((at, at + 1));
        self.marks.push((at, character));
    }

    /// The text with as many UTF-16 units on each line as before.
    pub(crate) fn apply(mut self, source: &str) -> String {
        self.blanks.sort_unstable();
        self.marks.sort_unstable();
        self.marks.dedup_by_key(|(at, _)| *at);
        let mut marks = self.marks.into_iter().peekable();
        let mut result = String::with_capacity(source.len());
        let mut done = 0;
        for (start, end) in self.blanks {
            let start = (start as usize).max(done);
            let kept = source.get(done..start).unwrap_or_default();
            result.push_str(kept);
            done += kept.len();
            while done < end as usize {
                let Some(character) = source[done..].chars().next() else { break };
                let mark = marks.next_if(|(at, _)| *at as usize == done).map(|(_, mark)| mark);
                push_blank(&mut result, character, mark);
                done += character.len_utf8();
            }
        }
        result.push_str(&source[done..]);
        result
    }
}

/// A character that stands for no more than its width, or for a mark.
fn push_blank(result: &mut String, character: char, mark: Option<char>) {
    if ends_line(character) {
        result.push(character);
        return;
    }
    result.push(mark.unwrap_or(' '));
    if character.len_utf16() == 2 {
        result.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_and_lines_stay() {
        let check = |source: &str, blanks: &[(u32, u32)], marks: &[(u32, char)], expect: &str| {
            let edits = Edits { blanks: blanks.to_vec(), marks: marks.to_vec() };
            assert_eq!(edits.apply(source), expect, "{source:?}");
        };
        check("abc", &[], &[], "abc");
        check("abc", &[(1, 2)], &[], "a c");
        check("abcdef", &[(3, 5), (1, 4)], &[], "a    f");
        check("abcdef", &[(1, 5), (2, 3)], &[], "a    f");
        check("a\r\nb\tc", &[(0, 6)], &[], " \r\n   ");
        check("a\u{2028}b", &[(0, 5)], &[], " \u{2028} ");
        check("aé𝒳b", &[(1, 7)], &[], "a   b");
        check("a𝒳b", &[(1, 5)], &[(1, ';')], "a; b");
        check("abc", &[(0, 3)], &[(2, ')')], "  )");
    }
}

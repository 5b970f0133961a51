//! Rows of tables.

use crate::blocks::without_blocks;

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The heading above the table.
    pub section: String,
    /// Its cells.
    pub cells: Vec<String>,
}

impl Row {
    /// The words between backticks in a cell; none for a cell that is not there.
    #[must_use]
    pub fn code(&self, cell: usize) -> Vec<&str> {
        let text = self.cells.get(cell).map_or("", String::as_str);
        text.split('`').skip(1).step_by(2).collect()
    }
}

/// The rows of all tables of a Markdown text, without the lines under their heads.
#[must_use]
pub fn rows(markdown: &str) -> Vec<Row> {
    let mut section = String::new();
    let mut found = Vec::new();
    for line in without_blocks(markdown) {
        if line.starts_with('#') {
            section = line.trim_start_matches('#').trim().to_owned();
        }
        let inner = line.strip_prefix('|').and_then(|rest| rest.trim_end().strip_suffix('|'));
        if let Some(inner) = inner.filter(|inner| !inner.trim_start().starts_with("---")) {
            let cells = inner.split(" | ").map(|cell| cell.trim().to_owned()).collect();
            found.push(Row { section: section.clone(), cells });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_know_their_section() {
        let found = rows("# A\n| h | i |\n| --- | --- |\n| `a|b` | c `d` `e` |\n");
        assert_eq!(found[1].section, "A");
        assert_eq!(found[1].cells, ["`a|b`", "c `d` `e`"]);
        assert_eq!(found[1].code(1), ["d", "e"]);
        assert_eq!(found.len(), 2);
    }
}

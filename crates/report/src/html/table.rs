//! Tables: heads, rows, what is folded and what is left out.

use super::page::Page;
use crate::limits::MAX_ROWS;
use crate::words::count;

/// How many rows of a table are seen without unfolding it.
const OPEN_ROWS: usize = 12;

impl Page {
    /// Begins a table that scrolls sideways where it does not fit. `caption` is for readers that do
    /// not see it. The heads follow, then [`Page::body`].
    pub(super) fn open_table(&mut self, caption: &'static str) -> &mut Self {
        self.raw("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"");
        self.raw(caption).raw("\"><table><caption>").raw(caption).raw("</caption><thead><tr>")
    }

    /// Ends the heads of a table.
    pub(super) fn body(&mut self) -> &mut Self {
        self.raw("</tr></thead><tbody>\n")
    }

    /// A table with a row for each of `rows`, as `each` writes it. The first few are open, the
    /// others behind a fold, and what is beyond [`MAX_ROWS`] or finds no room is counted as `what`. Gives how many are shown.
    pub(super) fn listing<T>(
        &mut self,
        caption: &'static str,
        heads: &[Head],
        rows: &[T],
        what: &'static str,
        each: impl Fn(&mut Page, &T),
    ) -> usize {
        let fits = rows.get(..MAX_ROWS).unwrap_or(rows);
        let (open, folded) = folds(fits);
        let mut shown = self.rows(caption, heads, open, &each);
        if !folded.is_empty() && !self.is_full() {
            // How many rows find room is known only once they are written.
            let mut inner = self.another();
            let more = inner.rows(caption, heads, folded, &each);
            self.raw("<details><summary>").show(more).raw(" more ").raw(what);
            self.raw("</summary>\n").part(inner).raw("</details>\n");
            shown += more;
        }
        self.left_out(rows.len(), shown, what);
        shown
    }

    /// A table of rows until there is no room; how many there are.
    fn rows<T>(
        &mut self,
        caption: &'static str,
        heads: &[Head],
        rows: &[T],
        each: &impl Fn(&mut Page, &T),
    ) -> usize {
        self.open_table(caption).heads(heads).body();
        let mut shown = 0;
        for row in rows {
            if self.is_full() {
                break;
            }
            each(self, row);
            self.raw("</tr>\n");
            shown += 1;
        }
        self.end_table();
        shown
    }

    pub(super) fn heads(&mut self, heads: &[Head]) -> &mut Self {
        for head in heads {
            match head {
                Head::Text(title) => self.raw("<th scope=\"col\">").raw(title).raw("</th>"),
                Head::Number(title) => {
                    self.raw("<th scope=\"col\" class=\"num\">").raw(title).raw("</th>")
                }
            };
        }
        self
    }

    pub(super) fn end_table(&mut self) -> &mut Self {
        self.raw("</tbody></table></div>\n")
    }

    /// Says how many rows a table left out.
    pub(super) fn left_out(&mut self, all: usize, shown: usize, what: &'static str) -> &mut Self {
        if all <= shown {
            return self;
        }
        self.raw("<p class=\"note\">").show(count(shown as u64)).raw(" of ");
        self.show(count(all as u64)).raw(" ").raw(what);
        self.raw(" are shown; report.json has them all.</p>\n")
    }
}

/// The rows that are open, and those behind a fold, where that is worth one.
pub(super) fn folds<T>(rows: &[T]) -> (&[T], &[T]) {
    match rows.split_at_checked(OPEN_ROWS) {
        Some((open, folded)) if folded.len() > OPEN_ROWS / 2 => (open, folded),
        _ => (rows, &[]),
    }
}

/// The head of a column.
pub(super) enum Head {
    Text(&'static str),
    Number(&'static str),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_end_where_the_room_does() {
        let mut page = Page::of(2000, 0);
        page.listing("Things", &[], &vec!["x".repeat(90); 100], "things", |page, text| {
            page.raw("<tr><td>").text(text).raw("</td>");
        });
        let text = page.finish();
        let rows = text.matches("<tr><td>").count();
        assert!(text.len() < 2500 && rows > 10, "{rows} rows in {} bytes", text.len());
        assert!(text.contains(&format!("{rows} of 100 things are shown")), "{text}");
    }
}

//! The page as it is written: markup from this crate, text from anybody.

use std::fmt::Display;

use aether_source::printable;

use crate::limits::{MAX_ROWS, MAX_SHOWN_TEXT, shortened};
use crate::tally::Tone;
use crate::{CellRecord, Location};

/// How many rows of a table are seen without unfolding it.
const OPEN_ROWS: usize = 12;

/// Everything that goes into a page goes through here: markup is `'static`, so it can only be this
/// crate's own; everything else is escaped.
#[derive(Default)]
pub(super) struct Page(String);

impl Page {
    /// Markup.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Untrusted text, for an element or a quoted attribute: cut, made printable, escaped.
    pub(super) fn text(&mut self, untrusted: &str) -> &mut Self {
        for character in printable(&shortened(untrusted, MAX_SHOWN_TEXT)).chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                other => self.0.push(other),
            }
        }
        self
    }

    /// A number, or words made by this crate; escaped all the same.
    pub(super) fn show(&mut self, value: impl Display) -> &mut Self {
        self.text(&value.to_string())
    }

    /// A coordinate, in tenths of a pixel, without a superfluous fraction.
    pub(super) fn at(&mut self, coordinate: f64) -> &mut Self {
        self.show((coordinate * 10.0).round() / 10.0)
    }

    /// The class of a tone.
    pub(super) fn tone(&mut self, tone: Tone) -> &mut Self {
        self.raw(match tone {
            Tone::Plain => "plain",
            Tone::Good => "good",
            Tone::Warn => "warn",
            Tone::Bad => "bad",
        })
    }

    /// A word in the colour of its tone, with a mark, so that colour is not all there is.
    pub(super) fn badge(&mut self, tone: Tone, word: &str) -> &mut Self {
        self.raw("<span class=\"badge ").tone(tone).raw("\">");
        self.raw(match tone {
            Tone::Plain => "",
            Tone::Good => "<i aria-hidden=\"true\">✓</i>",
            Tone::Warn => "<i aria-hidden=\"true\">!</i>",
            Tone::Bad => "<i aria-hidden=\"true\">✕</i>",
        });
        self.text(word).raw("</span>")
    }

    /// Begins a section. `id` is also the target of a link.
    pub(super) fn section(&mut self, id: &'static str, title: &'static str) -> &mut Self {
        self.raw("<section aria-labelledby=\"").raw(id).raw("\"><h2 id=\"").raw(id).raw("\">");
        self.raw(title).raw("</h2>\n")
    }

    pub(super) fn end_section(&mut self) -> &mut Self {
        self.raw("</section>\n")
    }

    /// A paragraph that says that there is nothing.
    pub(super) fn nothing(&mut self, sentence: &'static str) -> &mut Self {
        self.raw("<p class=\"nothing\">").raw(sentence).raw("</p>\n")
    }

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
    /// others behind a fold, and what is beyond [`MAX_ROWS`] is counted as `what`.
    pub(super) fn listing<T>(
        &mut self,
        caption: &'static str,
        heads: &[Head],
        rows: &[T],
        what: &'static str,
        each: impl Fn(&mut Page, &T),
    ) -> &mut Self {
        let shown = rows.get(..MAX_ROWS).unwrap_or(rows);
        let (open, folded) = match shown.split_at_checked(OPEN_ROWS) {
            Some((open, folded)) if folded.len() > OPEN_ROWS / 2 => (open, folded),
            _ => (shown, [].as_slice()),
        };
        self.rows(caption, heads, open, &each);
        if !folded.is_empty() {
            self.raw("<details><summary>").show(folded.len()).raw(" more ").raw(what);
            self.raw("</summary>\n").rows(caption, heads, folded, &each).raw("</details>\n");
        }
        self.left_out(rows.len(), shown.len(), what)
    }

    fn rows<T>(
        &mut self,
        caption: &'static str,
        heads: &[Head],
        rows: &[T],
        each: &impl Fn(&mut Page, &T),
    ) -> &mut Self {
        self.open_table(caption);
        for head in heads {
            match head {
                Head::Text(title) => self.raw("<th scope=\"col\">").raw(title).raw("</th>"),
                Head::Number(title) => {
                    self.raw("<th scope=\"col\" class=\"num\">").raw(title).raw("</th>")
                }
            };
        }
        self.body();
        for row in rows {
            self.raw("<tr>");
            each(self, row);
            self.raw("</tr>\n");
        }
        self.end_table()
    }

    pub(super) fn end_table(&mut self) -> &mut Self {
        self.raw("</tbody></table></div>\n")
    }

    /// Says how many rows a table left out.
    pub(super) fn left_out(&mut self, all: usize, shown: usize, what: &'static str) -> &mut Self {
        if all <= shown {
            return self;
        }
        self.raw("<p class=\"note\">").show(shown).raw(" of ").show(all).raw(" ").raw(what);
        self.raw(" are shown; report.json has them all.</p>\n")
    }

    /// The head of a row: which cell it is about.
    pub(super) fn cell_head(&mut self, cell: &CellRecord) -> &mut Self {
        self.raw("<th scope=\"row\">").text(cell.label());
        if cell.step.is_some() {
            self.raw("<small>").text(&cell.plugin.name).raw("</small>");
        }
        self.raw("</th>")
    }

    /// A field with a number in words.
    pub(super) fn number(&mut self, value: impl Display) -> &mut Self {
        self.raw("<td class=\"num\">").show(value).raw("</td>")
    }

    /// How much of something is used: a bar, for eyes only.
    pub(super) fn bar(&mut self, share: f64, tone: Tone) -> &mut Self {
        self.raw("<svg class=\"bar ").tone(tone).raw("\" viewBox=\"0 0 100 6\" width=\"100\" ");
        self.raw("height=\"6\" aria-hidden=\"true\"><rect class=\"rail\" width=\"100\" height=\"6\" rx=\"3\"/>");
        self.raw("<rect class=\"fill\" width=\"").at(share.clamp(0.0, 1.0) * 100.0);
        self.raw("\" height=\"6\" rx=\"3\"/></svg>")
    }

    /// A place in a file, or a dash.
    pub(super) fn place(&mut self, place: Option<&Location>) -> &mut Self {
        let Some(Location { file, line, column }) = place else {
            return self.raw("<span class=\"none\">–</span>");
        };
        self.raw("<code>").path(file).raw(":").show(line).raw(":").show(column).raw("</code>")
    }

    /// A path that may be broken behind each of its slashes.
    pub(super) fn path(&mut self, path: &str) -> &mut Self {
        for part in shortened(path, MAX_SHOWN_TEXT).split_inclusive('/') {
            self.text(part).raw(if part.ends_with('/') { "<wbr>" } else { "" });
        }
        self
    }

    pub(super) fn finish(self) -> String {
        self.0
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

    fn check(input: &str, expect: &str) {
        let mut page = Page::default();
        page.text(input);
        assert_eq!(page.finish(), expect);
    }

    #[test]
    fn text_is_escaped() {
        check("a <b> & \"c\" 'd'", "a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
        check("\x1b[31m\0\u{202e}", "\\u{1b}[31m\\u{0}\\u{202e}");
        check("&amp;", "&amp;amp;");
        check("Grüße 世界", "Grüße 世界");
    }

    #[test]
    fn text_is_cut() {
        let mut page = Page::default();
        page.text(&"<".repeat(10_000_000));
        assert!(page.finish().ends_with("&lt;… (cut; 10000000 bytes)"));
    }

    #[test]
    fn coordinates_are_short() {
        let mut page = Page::default();
        page.at(1.0).raw(" ").at(2.26).raw(" ").at(f64::NAN);
        assert_eq!(page.finish(), "1 2.3 NaN");
    }
}

//! The page as it is written: markup from this crate, text from anybody.

use std::fmt::{Display, Write as _};

use aether_source::printable;

use crate::limits::{MAX_NAME, MAX_SHOWN_TEXT, shortened};
use crate::tally::Tone;
use crate::words::count;
use crate::{CellRecord, Location};

/// Everything that goes into a page goes through here: markup is `'static`, so it can only be this
/// crate's own; everything else is escaped.
pub(super) struct Page {
    out: String,
    /// The length at which no further row is begun.
    room: usize,
    /// How many cells, the record's first, can be linked to.
    linked: usize,
}

impl Default for Page {
    fn default() -> Self {
        Page { out: String::new(), room: usize::MAX, linked: 0 }
    }
}

impl Page {
    /// A part of a page: of about this many bytes, with links to so many cells.
    pub(super) fn of(room: usize, linked: usize) -> Page {
        Page { out: String::new(), room, linked }
    }

    /// Whether a further row would be too much.
    pub(super) fn is_full(&self) -> bool {
        self.out.len() >= self.room
    }

    /// A part of this one, with the room that is left.
    pub(super) fn another(&self) -> Page {
        Page::of(self.left(), self.linked)
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.room.saturating_sub(self.out.len())
    }

    /// Writes what may take so many bytes of what is left, so that something is left for the rest.
    pub(super) fn within<T>(&mut self, room: usize, write: impl FnOnce(&mut Page) -> T) -> T {
        let whole = self.room;
        self.room = whole.min(self.out.len().saturating_add(room));
        let written = write(self);
        self.room = whole;
        written
    }

    pub(super) fn len(&self) -> usize {
        self.out.len()
    }

    /// Markup.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.out.push_str(markup);
        self
    }

    /// Markup if something is so.
    pub(super) fn raw_if(&mut self, is: bool, markup: &'static str) -> &mut Self {
        self.raw(if is { markup } else { "" })
    }

    /// A part that is finished.
    pub(super) fn part(&mut self, part: Page) -> &mut Self {
        self.out.push_str(&part.out);
        self
    }

    /// Untrusted text, for an element or a quoted attribute: cut, made printable, escaped.
    pub(super) fn text(&mut self, untrusted: &str) -> &mut Self {
        self.cut(untrusted, MAX_SHOWN_TEXT)
    }

    /// Untrusted text of a shorter length.
    pub(super) fn cut(&mut self, untrusted: &str, max: usize) -> &mut Self {
        self.escaped(&printable(&shortened(untrusted, max)))
    }

    /// The beginning of an untrusted name, where the whole stands elsewhere.
    pub(super) fn brief(&mut self, untrusted: &str, max: usize) -> &mut Self {
        let text = printable(&shortened(untrusted, max)).into_owned();
        match text.char_indices().nth(max) {
            Some((end, _)) => self.escaped(text.get(..end).unwrap_or_default()).raw("…"),
            None => self.escaped(&text),
        }
    }

    fn escaped(&mut self, text: &str) -> &mut Self {
        for character in text.chars() {
            match character {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&#39;"),
                other => self.out.push(other),
            }
        }
        self
    }

    /// A number, or words made by this crate; escaped all the same.
    pub(super) fn show(&mut self, value: impl Display) -> &mut Self {
        self.text(&value.to_string())
    }

    /// A whole number of this crate's own, such as a place: nothing in it could need escaping.
    pub(super) fn whole(&mut self, number: usize) -> &mut Self {
        // Writing to a String cannot fail.
        let _ = write!(self.out, "{number}");
        self
    }

    /// A coordinate, in tenths of a pixel, without a superfluous fraction.
    pub(super) fn at(&mut self, coordinate: f64) -> &mut Self {
        let _ = write!(self.out, "{}", (coordinate * 10.0).round() / 10.0);
        self
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
        self.raw("<span class=\"badge ").tone(tone).raw("\">").mark(tone);
        self.text(word).raw("</span>")
    }

    /// The mark of a tone, for eyes only.
    pub(super) fn mark(&mut self, tone: Tone) -> &mut Self {
        self.raw(match tone {
            Tone::Plain => "",
            Tone::Good => "<i aria-hidden=\"true\">✓</i>",
            Tone::Warn => "<i aria-hidden=\"true\">!</i>",
            Tone::Bad => "<i aria-hidden=\"true\">✕</i>",
        })
    }

    /// Begins a section. `id` is also the target of a link; `number` of what it is about stands
    /// beside the title.
    pub(super) fn section(
        &mut self,
        id: &'static str,
        title: &'static str,
        number: u64,
    ) -> &mut Self {
        self.raw("<section id=\"").raw(id).raw("\" aria-labelledby=\"").raw(id).raw("-title\">");
        self.raw("<h2 id=\"").raw(id).raw("-title\">").raw(title);
        if number > 0 {
            self.raw(" <span class=\"count\">").show(count(number)).raw("</span>");
        }
        self.raw("</h2>\n")
    }

    pub(super) fn end_section(&mut self) -> &mut Self {
        self.raw("</section>\n")
    }

    /// A section that has nothing to say, in one line.
    pub(super) fn quiet(&mut self, id: &'static str, title: &'static str, sentence: &'static str) {
        self.raw("<section class=\"quiet\" id=\"").raw(id).raw("\" aria-labelledby=\"").raw(id);
        self.raw("-title\"><h2 id=\"").raw(id).raw("-title\">").raw(title).raw("</h2><p>");
        self.raw(sentence).raw("</p></section>\n");
    }

    /// A paragraph that says that there is nothing.
    pub(super) fn nothing(&mut self, sentence: &'static str) -> &mut Self {
        self.raw("<p class=\"nothing\">").raw(sentence).raw("</p>\n")
    }

    /// Begins a row about the cell at a place of the record.
    pub(super) fn row(&mut self, at: usize) -> &mut Self {
        self.raw("<tr data-c=\"").whole(at).raw("\">")
    }

    /// Begins a row about a cell, with its name as the head.
    pub(super) fn cell_row(&mut self, at: usize, cell: &CellRecord) -> &mut Self {
        self.row(at).cell_head(at, cell)
    }

    /// The head of a row: which cell it is about.
    pub(super) fn cell_head(&mut self, at: usize, cell: &CellRecord) -> &mut Self {
        self.raw("<th scope=\"row\">").cell_name(at, cell).plugin_of(cell).raw("</th>")
    }

    /// Which plugin a step runs, where its name does not say so already.
    pub(super) fn plugin_of(&mut self, cell: &CellRecord) -> &mut Self {
        if cell.label() == cell.plugin.name {
            return self;
        }
        self.raw("<small>").cut(&cell.plugin.name, MAX_NAME).raw("</small>")
    }

    /// A cell's name, as a link to its row among the plugins.
    pub(super) fn cell_name(&mut self, at: usize, cell: &CellRecord) -> &mut Self {
        let is_linked = at < self.linked;
        if is_linked {
            self.raw("<a href=\"#c").whole(at).raw("\">");
        }
        match cell.label() {
            "" => self.raw("(no name)"),
            label => self.cut(label, MAX_NAME),
        };
        self.raw_if(is_linked, "</a>")
    }

    /// A field with a number in words.
    pub(super) fn number(&mut self, value: impl Display) -> &mut Self {
        self.raw("<td class=\"num\">").show(value).raw("</td>")
    }

    /// A field with a dash for nothing.
    pub(super) fn dash(&mut self) -> &mut Self {
        self.raw("<td class=\"num\"><span class=\"none\">–</span></td>")
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
            self.text(part).raw_if(part.ends_with('/'), "<wbr>");
        }
        self
    }

    pub(super) fn finish(self) -> String {
        self.out
    }
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
    fn a_brief_name_is_cut_after_it_was_made_printable() {
        let mut page = Page::default();
        page.brief("a\u{202e}bc<", 4).raw(" ").brief("ab<", 4);
        assert_eq!(page.finish(), "a\\u{… ab&lt;");
    }

    #[test]
    fn coordinates_are_short() {
        let mut page = Page::default();
        page.at(1.0).raw(" ").at(2.26).raw(" ").at(f64::NAN);
        assert_eq!(page.finish(), "1 2.3 NaN");
    }
}

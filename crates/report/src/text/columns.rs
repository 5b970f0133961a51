//! Columns that line up whatever the script.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::ink::Ink;
use crate::tally::Tone;

/// Between two columns.
const GAP: &str = "  ";

/// No text column is made narrower than this.
const NARROWEST: usize = 8;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// One field: printable text and its tone.
pub(super) struct Field(pub(super) Tone, pub(super) String);

/// Rows of as many fields as there are `columns`, indented by two, no wider than `width` if the
/// left-aligned columns can be cut to that.
pub(super) fn columns(columns: &[Align], rows: &[Vec<Field>], width: usize, ink: Ink) -> String {
    let widths = fit(columns, natural(columns.len(), rows), width);
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for ((Field(tone, text), align), width) in row.iter().zip(columns).zip(&widths) {
            line.push_str(GAP);
            line.push_str(&padded(text, *align, *width, *tone, ink));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn natural(columns: usize, rows: &[Vec<Field>]) -> Vec<usize> {
    let widest = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|f| f.1.width()).max();
    (0..columns).map(|at| widest(at).unwrap_or(0)).collect()
}

/// Takes from the widest text column until the row fits or nothing more can be taken.
fn fit(columns: &[Align], mut widths: Vec<usize>, width: usize) -> Vec<usize> {
    let full: usize = widths.iter().map(|each| each + GAP.len()).sum();
    for _ in width..full {
        let widest = widths
            .iter_mut()
            .zip(columns)
            .filter(|(each, align)| **align == Align::Left && **each > NARROWEST)
            .max_by_key(|(each, _)| **each);
        match widest {
            Some((each, _)) => *each -= 1,
            None => break,
        }
    }
    widths
}

fn padded(text: &str, align: Align, width: usize, tone: Tone, ink: Ink) -> String {
    let text = clipped(text, width);
    let space = " ".repeat(width.saturating_sub(text.width()));
    let text = ink.tone(tone, &text);
    match align {
        Align::Left => text + &space,
        Align::Right => space + &text,
    }
}

/// The beginning of a text that fits, with an ellipsis if that is not all.
pub(super) fn clipped(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for character in text.chars() {
        used += character.width().unwrap_or(0);
        if used > width {
            break;
        }
        out.push(character);
    }
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(fields: &[&str]) -> Vec<Field> {
        fields.iter().map(|text| Field(Tone::Plain, (*text).to_owned())).collect()
    }

    #[test]
    fn columns_line_up() {
        let rows = [row(&["a", "1", "x"]), row(&["世界", "1000", ""])];
        let aligns = [Align::Left, Align::Right, Align::Left];
        let out = columns(&aligns, &rows, 80, Ink { colour: false });
        assert_eq!(out, "  a        1  x\n  世界  1000\n");
    }

    #[test]
    fn the_widest_text_gives_way() {
        let rows = [row(&[&"p".repeat(30), "12"])];
        let out = columns(&[Align::Left, Align::Right], &rows, 20, Ink { colour: false });
        assert_eq!(out, "  ppppppppppppp…  12\n");
        let narrow = columns(&[Align::Left, Align::Right], &rows, 1, Ink { colour: false });
        assert_eq!(narrow, "  ppppppp…  12\n");
    }
}

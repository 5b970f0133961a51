//! The keys, told.

use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

const TEXT: [&str; 12] = [
    "arrows, j, k   choose a cell",
    "t              throttle it",
    "f              freeze it",
    "r              restore it",
    "K              kill it, after a y",
    "g              what it was granted",
    "s              sort by something else",
    "q              quit",
    "",
    "freeze*  held back for others: the",
    "         machine is short of memory",
    "limit    memory against its limit",
];

pub(super) fn text() -> Paragraph<'static> {
    Paragraph::new(TEXT.map(Line::from).to_vec())
}

/// Where it stands: in the middle, as far as there is room.
pub(super) fn window(area: Rect) -> Rect {
    let width = area.width.min(42);
    let height = area.height.min(TEXT.len() as u16 + 2);
    let (left, above) = ((area.width - width) / 2, (area.height - height) / 2);
    Rect::new(area.x + left, area.y + above, width, height)
}

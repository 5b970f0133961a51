//! The table of cells.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::colour;
use crate::columns::{Column, fit, fitting};
use crate::history::History;
use crate::overview::Cell;
use crate::view::View;

/// From here on a figure is bad.
const BAD: f64 = 60.0;

/// From here on it is odd.
const ODD: f64 = 20.0;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let columns = fitting(usize::from(area.width));
    let title = |(column, width): &(Column, usize)| {
        let text = fit(column.title(), *width, column.is_number());
        let style = match view.sort.column() == *column {
            true => Style::new().add_modifier(Modifier::BOLD),
            false => Style::new().add_modifier(Modifier::DIM),
        };
        Span::styled(text + " ", style)
    };
    let head = Line::from(columns.iter().map(title).collect::<Vec<_>>());
    let mut lines = vec![head.style(Style::new().add_modifier(Modifier::UNDERLINED))];
    let rows = usize::from(area.height).saturating_sub(1);
    let cells = view.overview.cells.iter().skip(first(view.place(), rows)).take(rows);
    lines.extend(cells.map(|cell| row(cell, view, &columns)));
    if view.is_connected && view.overview.cells.is_empty() {
        lines.push(Line::from("No cell runs."));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

/// The first row that is shown, so that the chosen one is among them.
const fn first(place: usize, rows: usize) -> usize {
    (place + 1).saturating_sub(rows)
}

fn row<'v>(cell: &Cell, view: &View, columns: &[(Column, usize)]) -> Line<'v> {
    let none = History::default();
    let history = view.histories.get(&cell.number).unwrap_or(&none);
    let one = |(column, width): &(Column, usize)| {
        let text = column.text(cell, history);
        let style = style(*column, cell, &text);
        Span::styled(fit(&text, *width, column.is_number()) + " ", style)
    };
    let line = Line::from(columns.iter().map(one).collect::<Vec<_>>());
    match view.chosen == Some(cell.number) {
        true => line.style(Style::new().add_modifier(Modifier::REVERSED)),
        false => line,
    }
}

fn style(column: Column, cell: &Cell, text: &str) -> Style {
    let plain = Style::new();
    let of = |figure: f64| match figure {
        figure if figure >= BAD => plain.fg(Color::Red),
        figure if figure >= ODD => plain.fg(Color::Yellow),
        _ => plain,
    };
    match column {
        Column::Rung => plain.fg(colour(text)),
        Column::Risk => of(cell.risk),
        Column::Bar if cell.of_memory() > 0.85 => plain.fg(Color::Red),
        Column::Bar => plain.fg(Color::Green),
        Column::Findings if cell.findings > 0 => plain.fg(Color::Yellow),
        Column::Denials if cell.denials > 0 => plain.fg(Color::Yellow),
        Column::ProcessorLine => plain.fg(Color::Cyan),
        Column::MemoryLine => plain.fg(Color::Green),
        _ => plain,
    }
}

//! The screen.

mod detail;
mod help;
mod table;

use aether_source::printable;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear};

use crate::columns::fit;
use crate::view::{Mode, View};

/// Rows of the pane below the table.
const DETAIL: u16 = 9;

/// A screen that is lower has no such pane.
const LOW: u16 = 16;

const KEYS: &str =
    "q quit  j/k choose  t throttle  f freeze  r restore  K kill  g grants  s sort  ?";

/// Draws everything.
pub(crate) fn draw(frame: &mut Frame<'_>, view: &View) {
    let area = frame.area();
    let below = if area.height >= LOW { DETAIL } else { 0 };
    let rows = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(below),
        Constraint::Length(1),
    ]);
    let [head, middle, pane, foot] = rows.areas(area);
    line(frame, head, headline(view), Style::new().add_modifier(Modifier::BOLD));
    table::draw(frame, middle, view);
    detail::draw(frame, pane, view);
    footer(frame, foot, view);
    if view.mode == Mode::Help {
        let window = help::window(area);
        frame.render_widget(Clear, window);
        frame.render_widget(help::text().block(Block::bordered().title(" Keys ")), window);
    }
}

/// The host in one line.
pub(crate) fn headline(view: &View) -> String {
    if !view.is_connected {
        return "aether · no host answers".to_owned();
    }
    let overview = &view.overview;
    let count = overview.cells.len();
    let cells = if count == 1 { "1 cell".to_owned() } else { format!("{count} cells") };
    let run: String = overview.run.chars().take(8).collect();
    let (pressure, time) = (&overview.pressure, time(overview.uptime.as_secs()));
    printable(&format!("aether · {cells} · machine {pressure} · up {time} · run {run}"))
        .into_owned()
}

fn footer(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let (text, style) = match (&view.mode, &view.message) {
        (Mode::Confirm(cell), _) => {
            let plugin = view.overview.cells.iter().find(|one| one.number == *cell);
            let plugin = plugin.map_or("", |cell| &cell.plugin);
            (format!("End cell {cell} ({plugin})? y/n"), Style::new().fg(Color::Red))
        }
        (_, Some(message)) => (message.clone(), Style::new().fg(Color::Yellow)),
        _ => (KEYS.to_owned(), Style::new().add_modifier(Modifier::DIM)),
    };
    line(frame, area, printable(&text).into_owned(), style);
}

/// One line, cut where it ends.
fn line(frame: &mut Frame<'_>, area: Rect, text: String, style: Style) {
    let text = fit(&text, usize::from(area.width), false);
    frame.render_widget(Line::from(Span::styled(text, style)), area);
}

fn time(seconds: u64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{minutes} min {} s", seconds % 60),
        _ => format!("{hours} h {} min", minutes % 60),
    }
}

/// The colour of a place on the ladder.
fn colour(rung: &str) -> Color {
    match rung.trim_end_matches('*') {
        "observe" => Color::Green,
        "notify" => Color::Blue,
        "throttle" | "narrow" => Color::Yellow,
        _ => Color::Red,
    }
}

#[cfg(test)]
mod tests;

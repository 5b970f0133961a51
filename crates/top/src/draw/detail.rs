//! The chosen cell.

use aether_source::printable;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, Borders, Paragraph, Wrap};

use crate::columns::{memory, percent, size, standing};
use crate::history::History;
use crate::overview::{Cell, Detail};
use crate::view::View;

/// Room beside a line for its name and figure.
const BESIDE: usize = 21;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let Some(cell) = view.chosen_cell() else { return };
    let title = format!(" cell {} · {} · {} ", cell.number, cell.plugin, standing(cell));
    let block = Block::new().borders(Borders::TOP).title(printable(&title).into_owned());
    let lines = match (view.grants, view.chosen_detail()) {
        (true, Some(detail)) => granted(detail),
        (true, None) => vec![Line::from("…")],
        (false, detail) => figures(cell, view, detail, usize::from(area.width)),
    };
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: false }).block(block), area);
}

fn figures<'v>(cell: &Cell, view: &View, detail: Option<&Detail>, width: usize) -> Vec<Line<'v>> {
    let none = History::default();
    let history = view.histories.get(&cell.number).unwrap_or(&none);
    let room = width.saturating_sub(BESIDE);
    let of = memory(cell.memory_limit);
    let memory = format!("{} of {of}", memory(cell.memory));
    let mut lines = vec![
        Line::from(format!("cpu    {:>13} {}", percent(cell.cores) + " %", history.cores(room))),
        Line::from(format!("memory {memory:>13} {}", history.memory(room))),
        Line::from(format!(
            "calls open {} · to the host {} · refused {} · in {} · out {}",
            cell.open_calls,
            cell.calls,
            cell.denials,
            size(cell.bytes_in as f64),
            size(cell.bytes_out as f64),
        )),
    ];
    lines.extend(detail.map(posture));
    lines.push(match &cell.last_finding {
        None => Line::from("nothing was noticed"),
        Some(finding) => {
            let text = format!("{} noticed, lastly: {}", cell.findings, printable(finding));
            Line::from(text).style(Style::new().fg(Color::Yellow))
        }
    });
    lines
}

fn posture<'v>(detail: &Detail) -> Line<'v> {
    let text = format!("{} protections enforced", detail.enforced);
    if detail.weaker.is_empty() {
        return Line::from(text);
    }
    let weaker = printable(&detail.weaker.join(", ")).into_owned();
    Line::from(format!("{text}; {weaker}")).style(Style::new().fg(Color::Red))
}

fn granted<'v>(detail: &Detail) -> Vec<Line<'v>> {
    let mut lines = vec![posture(detail)];
    if detail.grants.is_empty() {
        lines.push(Line::from("it was granted nothing"));
    }
    let line = |grant: &String| Line::from(format!("may {}", printable(grant)));
    lines.extend(detail.grants.iter().map(line));
    lines
}

//! One table as plain text, for a pipe.

use std::time::Duration;

use crate::client::ask;
use crate::columns::{Column, fit, fitting_of};
use crate::draw::headline;
use crate::history::History;
use crate::overview::Overview;
use crate::view::View;
use crate::{Target, TopError};

/// Columns of a table that is no terminal's.
const WIDTH: usize = 100;

/// The host's cells as they are now.
///
/// # Errors
/// [`TopError`].
pub fn once(target: &Target) -> Result<String, TopError> {
    let mut view = View::default();
    view.take(Overview::of(&ask(target, "GET", "/v1/cells")?), Duration::ZERO);
    Ok(table(&view))
}

/// What happens in a second is not known at one moment.
fn is_known(column: Column) -> bool {
    !matches!(column, Column::Calls | Column::Net | Column::ProcessorLine | Column::MemoryLine)
}

fn table(view: &View) -> String {
    let columns = fitting_of(WIDTH, is_known);
    let line = |text: &dyn Fn(Column) -> String| {
        let one =
            |(column, width): &(Column, usize)| fit(&text(*column), *width, column.is_number());
        let line = columns.iter().map(one).collect::<Vec<_>>().join(" ");
        line.trim_end().to_owned() + "\n"
    };
    let mut text = headline(view) + "\n" + &line(&|column| column.title().to_owned());
    let none = History::default();
    for cell in &view.overview.cells {
        let history = view.histories.get(&cell.number).unwrap_or(&none);
        text += &line(&|column| column.text(cell, history));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overview::Cell;

    #[test]
    fn a_table_is_plain_text_whatever_a_plugin_is_called() {
        let cell = Cell {
            number: 7,
            plugin: "a\u{1b}[2J\n\u{202e}b".into(),
            rung: "freeze".into(),
            cores: 0.25,
            memory: 12 << 20,
            memory_limit: 24 << 20,
            findings: 3,
            risk: 61.7,
            ..Cell::default()
        };
        let overview = Overview {
            run: "0123456789abcdef".into(),
            pressure: "calm".into(),
            uptime: Duration::from_secs(75),
            cells: vec![cell],
        };
        let mut view = View::default();
        view.take(overview, Duration::ZERO);
        let expect = "\
aether · 1 cell · machine calm · up 1 min 15 s · run 01234567
cell plugin                                   ladder   cpu % memory limit  deny find risk
   7 a\\u{1b}[2J\\n\\u{202e}b                    freeze    25.0    12M ███░░░    0    3   62
";
        assert_eq!(table(&view), expect);
    }
}

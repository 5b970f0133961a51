//! The columns of the table: what stands in them, and which of them there is room for.

use aether_source::printable;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::history::History;
use crate::overview::Cell;

/// Between two columns.
const GAP: usize = 1;

/// The plugin's name has what is left, up to this.
const NAME: usize = 40;

/// Cells of a bar.
const BAR: usize = 6;

/// Cells of a line.
const LINE: usize = 12;

/// A column. Those that stand further down give way first where there is little room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Number,
    Plugin,
    Rung,
    Processor,
    Memory,
    Findings,
    Risk,
    Bar,
    Calls,
    Denials,
    Net,
    ProcessorLine,
    MemoryLine,
}

/// All of them, the ones that stay longest first.
const BY_WORTH: [Column; 13] = [
    Column::Plugin,
    Column::Rung,
    Column::Number,
    Column::Processor,
    Column::Memory,
    Column::Risk,
    Column::Findings,
    Column::Bar,
    Column::Calls,
    Column::Denials,
    Column::Net,
    Column::ProcessorLine,
    Column::MemoryLine,
];

/// The same in the order in which they are shown.
const BY_PLACE: [Column; 13] = [
    Column::Number,
    Column::Plugin,
    Column::Rung,
    Column::Processor,
    Column::ProcessorLine,
    Column::Memory,
    Column::Bar,
    Column::MemoryLine,
    Column::Calls,
    Column::Net,
    Column::Denials,
    Column::Findings,
    Column::Risk,
];

impl Column {
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Number => "cell",
            Self::Plugin => "plugin",
            Self::Rung => "ladder",
            Self::Processor => "cpu %",
            Self::Memory => "memory",
            Self::Findings => "find",
            Self::Risk => "risk",
            Self::Bar => "limit",
            Self::Calls => "calls/s",
            Self::Denials => "deny",
            Self::Net => "in/out /s",
            Self::ProcessorLine | Self::MemoryLine => "",
        }
    }

    const fn least(self) -> usize {
        match self {
            Self::Number | Self::Findings | Self::Risk | Self::Denials => 4,
            Self::Plugin => 10,
            Self::Rung => 8,
            Self::Processor => 5,
            Self::Memory => 6,
            Self::Bar => BAR,
            Self::Calls => 7,
            Self::Net => 11,
            Self::ProcessorLine | Self::MemoryLine => LINE,
        }
    }

    /// Whether it is read from the right.
    pub(crate) const fn is_number(self) -> bool {
        !matches!(
            self,
            Self::Plugin | Self::Rung | Self::Bar | Self::ProcessorLine | Self::MemoryLine
        )
    }

    /// What stands in it for one cell.
    pub(crate) fn text(self, cell: &Cell, history: &History) -> String {
        match self {
            Self::Number => cell.number.to_string(),
            Self::Plugin => printable(&cell.plugin).into_owned(),
            Self::Rung => standing(cell),
            Self::Processor => percent(cell.cores),
            Self::Memory => memory(cell.memory),
            Self::Findings => short(cell.findings),
            Self::Risk => format!("{:.0}", cell.risk.min(999.0)),
            Self::Bar => bar(cell.of_memory()),
            Self::Calls => rate(history.calls),
            Self::Denials => short(cell.denials),
            Self::Net => format!("{}/{}", size(history.bytes_in), size(history.bytes_out)),
            Self::ProcessorLine => history.cores(LINE),
            Self::MemoryLine => history.memory(LINE),
        }
    }
}

/// The columns for which there is room, each with its width.
pub(crate) fn fitting(width: usize) -> Vec<(Column, usize)> {
    fitting_of(width, |_| true)
}

/// The same of those that are wanted.
pub(crate) fn fitting_of(width: usize, is_wanted: impl Fn(Column) -> bool) -> Vec<(Column, usize)> {
    let mut left = width;
    let mut chosen = Vec::new();
    for column in BY_WORTH.into_iter().filter(|column| is_wanted(*column)) {
        let takes = column.least() + if chosen.is_empty() { 0 } else { GAP };
        // Those that are worth less do not take the room of one that is worth more.
        let Some(rest) = left.checked_sub(takes) else { break };
        left = rest;
        chosen.push(column);
    }
    let extra = left.min(NAME - Column::Plugin.least());
    let wide = |column: Column| match column {
        Column::Plugin => column.least() + extra,
        other => other.least(),
    };
    let shown = BY_PLACE.into_iter().filter(|column| chosen.contains(column));
    shown.map(|column| (column, wide(column))).collect()
}

/// The text in exactly this width: cut, or filled on the side that is not read from.
pub(crate) fn fit(text: &str, width: usize, right: bool) -> String {
    let has = text.width();
    if has > width {
        return cut(text, width);
    }
    let space = " ".repeat(width - has);
    if right { space + text } else { text.to_owned() + &space }
}

fn cut(text: &str, width: usize) -> String {
    let Some(room) = width.checked_sub(1) else { return String::new() };
    let (mut kept, mut used) = (String::new(), 0);
    for letter in text.chars() {
        let takes = letter.width().unwrap_or_default();
        if used + takes > room {
            break;
        }
        kept.push(letter);
        used += takes;
    }
    kept.push('…');
    kept + &" ".repeat(room - used)
}

/// Where it stands: on the ladder, or because the machine is short of something.
pub(crate) fn standing(cell: &Cell) -> String {
    let is_pressed = !cell.pressed.is_empty() && cell.pressed != "observe";
    let rung = if cell.rung.is_empty() { "?" } else { &cell.rung };
    match is_pressed && rung == "observe" {
        true => printable(&format!("{}*", cell.pressed)).into_owned(),
        false => printable(rung).into_owned(),
    }
}

fn bar(share: f64) -> String {
    let full = (share * BAR as f64).round() as usize;
    let full = full.min(BAR);
    "█".repeat(full) + &"░".repeat(BAR - full)
}

pub(crate) fn percent(cores: f64) -> String {
    let percent = (cores * 100.0).min(99_999.0);
    if percent < 99.95 { format!("{percent:.1}") } else { format!("{percent:.0}") }
}

fn rate(each: f64) -> String {
    if each < 100.0 { format!("{each:.1}") } else { size(each) }
}

fn short(count: u64) -> String {
    if count < 10_000 { count.to_string() } else { size(count as f64) }
}

/// A count in at most five letters.
pub(crate) fn size(count: f64) -> String {
    scaled(count, 1000.0)
}

/// Bytes of memory likewise, in the units in which manifests limit it: 256 MB are `256M`.
pub(crate) fn memory(bytes: u64) -> String {
    scaled(bytes as f64, 1024.0)
}

fn scaled(count: f64, step: f64) -> String {
    let mut rest = count.max(0.0);
    for unit in ["", "k", "M", "G", "T", "P"] {
        if rest < 999.5 {
            let places = usize::from(!unit.is_empty() && rest < 9.95);
            return format!("{rest:.places$}{unit}");
        }
        rest /= step;
    }
    "many".to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_are_short() {
        let check = |count: f64, expect: &str| assert_eq!(size(count), expect);
        check(0.0, "0");
        check(999.0, "999");
        check(999.6, "1.0k");
        check(9_949.0, "9.9k");
        check(12_345.0, "12k");
        check(256e6, "256M");
        check(1e30, "many");
        check(-1.0, "0");
    }

    #[test]
    fn memory_is_told_as_manifests_limit_it() {
        let check = |bytes: u64, expect: &str| assert_eq!(memory(bytes), expect);
        check(256 << 20, "256M");
        check(1000, "1.0k");
        check(3 << 29, "1.5G");
        check(u64::MAX, "many");
    }

    #[test]
    fn a_terminal_of_eighty_columns_shows_all_figures() {
        let shown: Vec<Column> = fitting(80).into_iter().map(|(column, _)| column).collect();
        assert!(
            shown.contains(&Column::Net) && !shown.contains(&Column::ProcessorLine),
            "{shown:?}"
        );
        assert!(fitting(120).iter().any(|(column, _)| *column == Column::MemoryLine));
    }

    #[test]
    fn whoever_is_held_back_for_others_is_marked() {
        let cell = Cell { rung: "observe".into(), pressed: "freeze".into(), ..Cell::default() };
        assert_eq!(standing(&cell), "freeze*");
    }

    proptest! {
        #[test]
        fn columns_never_take_more_than_there_is(width in 0..400_usize) {
            let all = fitting(width);
            let sum: usize = all.iter().map(|(_, width)| width).sum();
            prop_assert!(all.is_empty() || sum + GAP * (all.len() - 1) <= width);
        }

        #[test]
        fn a_text_has_its_width(text in "\\PC{0,30}", width in 0..40_usize, right: bool) {
            prop_assert_eq!(fit(&text, width, right).width(), width);
        }

        #[test]
        fn sizes_have_five_letters_at_most(count: f64) {
            prop_assert!(size(count).len() <= 5, "{}", size(count));
        }
    }
}

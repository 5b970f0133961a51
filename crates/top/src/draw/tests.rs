use std::time::Duration;

use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::overview::{Cell, Detail, Overview};

/// The screen as text.
fn shown(view: &View, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, view)).unwrap();
    let buffer = terminal.backend().buffer();
    let row = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    let rows = (0..height).map(row).map(|row| row.trim_end().to_owned());
    rows.collect::<Vec<_>>().join("\n") + "\n"
}

#[track_caller]
fn check(view: &View, width: u16, height: u16, expect: &str) {
    let text = shown(view, width, height);
    assert!(text == expect, "is:\n{text}\nexpected:\n{expect}");
}

fn cell(number: u32, plugin: &str) -> Cell {
    Cell {
        number,
        plugin: plugin.to_owned(),
        rung: "observe".to_owned(),
        pressed: "observe".to_owned(),
        cores: 0.125,
        memory: 9_860_000,
        memory_limit: 256 << 20,
        ..Cell::default()
    }
}

fn view_of(cells: Vec<Cell>) -> View {
    let mut view = View::default();
    let overview = |cells| Overview {
        run: "c0ffee0123456789".to_owned(),
        pressure: "calm".to_owned(),
        uptime: Duration::from_secs(3725),
        cells,
    };
    view.take(overview(cells.clone()), Duration::ZERO);
    let later =
        |cell: Cell| Cell { calls: cell.calls + 40, bytes_in: cell.bytes_in + 3000, ..cell };
    view.take(overview(cells.into_iter().map(later).collect()), Duration::from_secs(2));
    view
}

fn three() -> View {
    let scanner = Cell {
        rung: "freeze".to_owned(),
        risk: 71.0,
        findings: 12,
        denials: 340,
        memory: 229 << 20,
        cores: 1.02,
        last_finding: Some("it asks for one place after the other".to_owned()),
        ..cell(2, "scanner")
    };
    let waits = Cell { pressed: "freeze".to_owned(), ..cell(3, "a-plugin-with-a-long-name") };
    view_of(vec![cell(1, "hello"), scanner, waits])
}

#[test]
fn a_screen_without_a_host() {
    let message = Some("the host at 127.0.0.1:7171 cannot be reached".to_owned());
    let view = View { message, ..View::default() };
    check(&view, 60, 5, NO_HOST);
}

const NO_HOST: &str = "\
aether · no host answers
cell plugin           ladder   cpu % memory limit  find risk


the host at 127.0.0.1:7171 cannot be reached
";

#[test]
fn a_screen_without_cells() {
    check(&view_of(Vec::new()), 80, 6, NO_CELLS);
}

const NO_CELLS: &str = "\
aether · 0 cells · machine calm · up 1 h 2 min · run c0ffee01
cell plugin      ladder   cpu % memory limit  calls/s   in/out /s deny find risk
No cell runs.


q quit  j/k choose  t throttle  f freeze  r restore  K kill  g grants  s sort  ?
";

#[test]
fn a_screen_of_one_cell() {
    check(&view_of(vec![cell(1, "hello")]), 120, 18, ONE);
}

const ONE: &str = "\
aether · 1 cell · machine calm · up 1 h 2 min · run c0ffee01
cell plugin                    ladder   cpu %              memory limit               calls/s   in/out /s deny find risk
   1 hello                     observe   12.5           ▂▂   9.4M ░░░░░░           ▇▇    20.0      1.5k/0    0    0    0





 cell 1 · hello · observe ──────────────────────────────────────────────────────────────────────────────────────────────
cpu           12.5 %                                                                                                  ▂▂
memory  9.4M of 256M                                                                                                  ▇▇
calls open 0 · to the host 40 · refused 0 · in 3.0k · out 0
nothing was noticed




q quit  j/k choose  t throttle  f freeze  r restore  K kill  g grants  s sort  ?
";

#[test]
fn a_screen_of_three_cells() {
    let mut view = three();
    view.choose(1);
    view.detail = Some(Detail { number: 2, enforced: 19, ..Detail::default() });
    check(&view, 80, 24, THREE);
}

const THREE: &str = "\
aether · 3 cells · machine calm · up 1 h 2 min · run c0ffee01
cell plugin      ladder   cpu % memory limit  calls/s   in/out /s deny find risk
   1 hello       observe   12.5   9.4M ░░░░░░    20.0      1.5k/0    0    0    0
   2 scanner     freeze     102   229M █████░    20.0      1.5k/0  340   12   71
   3 a-plugin-w… freeze*   12.5   9.4M ░░░░░░    20.0      1.5k/0    0    0    0









 cell 2 · scanner · freeze ─────────────────────────────────────────────────────
cpu            102 %                                                          ██
memory  229M of 256M                                                          ▇▇
calls open 0 · to the host 40 · refused 340 · in 3.0k · out 0
19 protections enforced
12 noticed, lastly: it asks for one place after the other



q quit  j/k choose  t throttle  f freeze  r restore  K kill  g grants  s sort  ?
";

#[test]
fn grants_of_the_chosen_cell() {
    let mut view = three();
    let grants =
        vec!["filesystem.read ./notes/**".to_owned(), "network.domains a.example".to_owned()];
    let weaker = vec!["cgroup degraded".to_owned()];
    view.detail = Some(Detail { number: 1, grants, enforced: 18, weaker });
    view.grants = true;
    let text = shown(&view, 80, 24);
    assert!(
        text.contains("may filesystem.read ./notes/**\nmay network.domains a.example"),
        "{text}"
    );
    assert!(text.contains("18 protections enforced; cgroup degraded"), "{text}");
    view.choose(1);
    assert!(!shown(&view, 80, 24).contains("./notes"), "those of another cell are not its own");
}

#[test]
fn a_question_names_whom_it_is_about() {
    let mut view = three();
    view.mode = Mode::Confirm(2);
    assert!(shown(&view, 80, 24).ends_with("\nEnd cell 2 (scanner)? y/n\n"));
    view.mode = Mode::Help;
    assert!(shown(&view, 80, 24).contains("K              kill it, after a y"));
}

#[test]
fn the_chosen_cell_is_always_in_sight() {
    let cells = (1..=200).map(|number| cell(number, &format!("plugin-{number}"))).collect();
    let mut view = view_of(cells);
    for place in [0, 1, 50, 180, 250] {
        view.choose(isize::MIN);
        view.choose(place);
        let name = format!("plugin-{}", view.chosen.unwrap());
        for height in [5, 10, 24, 60] {
            let text = shown(&view, 80, height);
            let rows = text.lines().take(usize::from(height));
            assert!(rows.into_iter().any(|row| row.contains(&name)), "{name} of {height}:\n{text}");
        }
    }
}

#[test]
fn a_name_is_text_and_nothing_else() {
    let name = "a\u{1b}[2J\u{9b}31m\u{202e}\u{200b}\nb";
    let odd = Cell {
        plugin: name.to_owned(),
        rung: name.to_owned(),
        last_finding: Some(name.to_owned()),
        ..cell(1, "")
    };
    let mut view = view_of(vec![odd]);
    view.message = Some(name.to_owned());
    view.detail = Some(Detail {
        number: 1,
        grants: vec![name.to_owned()],
        enforced: 1,
        weaker: vec![name.to_owned()],
    });
    for grants in [false, true] {
        view.grants = grants;
        for mode in [Mode::Watch, Mode::Confirm(1)] {
            view.mode = mode;
            let text = shown(&view, 200, 24);
            let lines = text.lines().collect::<Vec<_>>();
            assert_eq!(lines.len(), 24);
            lines.iter().for_each(|line| assert_eq!(printable(line), *line));
            assert!(text.contains("\\u{1b}[2J\\u{9b}31m\\u{202e}\\u{200b}\\nb"), "{text}");
        }
    }
}

proptest! {
    #[test]
    fn any_screen_is_drawn(
        width in 0..160_u16,
        height in 0..50_u16,
        many in 0..40_usize,
        chosen in 0..50_isize,
        name in "\\PC{0,40}",
        mode in prop_oneof![Just(Mode::Watch), Just(Mode::Help), Just(Mode::Confirm(1))],
    ) {
        let one = |number| Cell {
            memory: u64::MAX,
            cores: f64::MAX,
            risk: f64::MAX,
            bytes_in: u64::MAX / 2,
            last_finding: Some(name.clone()),
            ..cell(number, &name)
        };
        let mut view = view_of((0..u32::try_from(many).unwrap()).map(one).collect());
        view.choose(chosen);
        view.mode = mode;
        shown(&view, width, height);
    }
}

//! Keys, and what they mean.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::view::{Mode, View};

/// Rows that a page has, about.
const PAGE: isize = 10;

/// What is to be done beyond the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    Nothing,
    Quit,
    /// An order about a cell.
    Order(u32, &'static str),
}

/// Takes a key.
pub(crate) fn press(view: &mut View, key: KeyEvent) -> Wish {
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return if key.code == KeyCode::Char('c') { Wish::Quit } else { Wish::Nothing };
    }
    match view.mode {
        Mode::Watch => watch(view, key.code),
        Mode::Help => {
            view.mode = Mode::Watch;
            Wish::Nothing
        }
        Mode::Confirm(cell) => {
            view.mode = Mode::Watch;
            match key.code {
                KeyCode::Char('y' | 'Y') => Wish::Order(cell, "kill"),
                _ => Wish::Nothing,
            }
        }
    }
}

fn watch(view: &mut View, key: KeyCode) -> Wish {
    let order = |act| view.chosen.map_or(Wish::Nothing, |cell| Wish::Order(cell, act));
    match key {
        KeyCode::Char('q') | KeyCode::Esc => return Wish::Quit,
        KeyCode::Char('t') => return order("throttle"),
        KeyCode::Char('f') => return order("freeze"),
        KeyCode::Char('r') => return order("restore"),
        KeyCode::Char('K') => {
            view.mode = view.chosen.map_or(Mode::Watch, Mode::Confirm);
        }
        KeyCode::Char('j') | KeyCode::Down => view.choose(1),
        KeyCode::Char('k') | KeyCode::Up => view.choose(-1),
        KeyCode::PageDown => view.choose(PAGE),
        KeyCode::PageUp => view.choose(-PAGE),
        KeyCode::Home => view.choose(isize::MIN),
        KeyCode::End => view.choose(isize::MAX),
        KeyCode::Char('g') => view.grants = !view.grants,
        KeyCode::Char('s') => view.sort_by(view.sort.next()),
        KeyCode::Char('?' | 'h') => view.mode = Mode::Help,
        _ => {}
    }
    Wish::Nothing
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::overview::{Cell, Overview};

    fn key(letter: char) -> KeyEvent {
        KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE)
    }

    fn view() -> View {
        let cells = (1..=3).map(|number| Cell { number, ..Cell::default() }).collect();
        let mut view = View::default();
        view.take(Overview { cells, ..Overview::default() }, Duration::ZERO);
        view
    }

    #[test]
    fn nobody_is_ended_by_one_key() {
        let mut view = view();
        assert_eq!(press(&mut view, key('j')), Wish::Nothing);
        assert_eq!(press(&mut view, key('K')), Wish::Nothing);
        assert_eq!(view.mode, Mode::Confirm(2));
        assert_eq!(press(&mut view, key('n')), Wish::Nothing);
        assert_eq!(press(&mut view, key('K')), Wish::Nothing);
        assert_eq!(press(&mut view, key('K')), Wish::Nothing, "twice the same key is no yes");
        assert_eq!(view.mode, Mode::Watch);
        press(&mut view, key('K'));
        assert_eq!(press(&mut view, key('y')), Wish::Order(2, "kill"));
        assert_eq!(press(&mut view, key('y')), Wish::Nothing);
    }

    #[test]
    fn who_is_asked_about_is_who_ends_whatever_is_chosen_meanwhile() {
        let mut view = view();
        press(&mut view, key('K'));
        let cells = vec![Cell { number: 9, ..Cell::default() }];
        view.take(Overview { cells, ..Overview::default() }, Duration::ZERO);
        assert_eq!(view.chosen, Some(9));
        assert_eq!(press(&mut view, key('y')), Wish::Order(1, "kill"));
    }

    #[test]
    fn orders_need_a_cell() {
        let mut empty = View::default();
        for letter in ['t', 'f', 'r', 'K', 'j', 'k', 'g', 's'] {
            assert_eq!(press(&mut empty, key(letter)), Wish::Nothing);
        }
        assert_eq!(empty.mode, Mode::Watch);
        let mut view = view();
        assert_eq!(press(&mut view, key('t')), Wish::Order(1, "throttle"));
        assert_eq!(press(&mut view, key('f')), Wish::Order(1, "freeze"));
        assert_eq!(press(&mut view, key('r')), Wish::Order(1, "restore"));
    }

    #[test]
    fn it_ends() {
        assert_eq!(press(&mut view(), key('q')), Wish::Quit);
        let mut asked = view();
        press(&mut asked, key('?'));
        assert_eq!(press(&mut asked, key('q')), Wish::Nothing, "any key closes the help");
        let end = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        press(&mut asked, key('K'));
        assert_eq!(press(&mut asked, end), Wish::Quit);
    }
}

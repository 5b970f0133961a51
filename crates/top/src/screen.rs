//! The terminal: taken, drawn on, and given back as it was, however this ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyEventKind};

use crate::draw::draw;
use crate::keys::{Wish, press};
use crate::view::View;
use crate::worker::{Asked, News, start};
use crate::{Target, TopError};

/// How long a key is waited for before news are looked at.
const BEAT: Duration = Duration::from_millis(100);

/// How long something that was said stands there.
const STANDS: Duration = Duration::from_secs(4);

/// Shows the host's cells until a person has seen enough.
///
/// # Errors
/// [`TopError`].
pub fn watch(target: &Target) -> Result<(), TopError> {
    let ended = signals().map_err(TopError::Terminal)?;
    let (asks, news) = start(target.clone())?;
    // Gives the terminal back where anything panics.
    let mut terminal = ratatui::try_init().map_err(TopError::Terminal)?;
    let seen = look(&mut terminal, &asks, &news, &ended);
    let restored = ratatui::try_restore();
    seen.and(restored).map_err(TopError::Terminal)
}

fn look(
    terminal: &mut DefaultTerminal,
    asks: &Sender<Asked>,
    news: &Receiver<News>,
    ended: &AtomicBool,
) -> std::io::Result<()> {
    let begun = Instant::now();
    let (mut view, mut said, mut looks_at) = (View::default(), begun, None);
    while !ended.load(Ordering::Relaxed) {
        for one in news.try_iter() {
            if hear(&mut view, one, begun.elapsed()) {
                said = Instant::now();
            }
        }
        if said.elapsed() > STANDS && view.is_connected {
            view.message = None;
        }
        // What is asked stays the same as long as a cell runs.
        let wanted = view.chosen.filter(|_| view.chosen_detail().is_none());
        if looks_at != wanted {
            looks_at = wanted;
            // The thread ends with this one alone.
            drop(asks.send(Asked::Look(looks_at)));
        }
        terminal.draw(|frame| draw(frame, &view))?;
        if !event::poll(BEAT)? {
            continue;
        }
        let Event::Key(key) = event::read()? else { continue };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        match press(&mut view, key) {
            Wish::Nothing => {}
            Wish::Quit => return Ok(()),
            Wish::Order(cell, act) => drop(asks.send(Asked::Order(cell, act))),
        }
    }
    Ok(())
}

/// Takes news in; whether something was said that a person is to read.
fn hear(view: &mut View, news: News, now: Duration) -> bool {
    match news {
        News::Overview(overview) => {
            if !view.is_connected {
                view.message = None;
            }
            view.take(overview, now);
            false
        }
        News::Detail(detail) => {
            view.detail = Some(detail);
            false
        }
        News::Said(text) => {
            view.message = Some(text);
            true
        }
        News::Gone(text) => {
            view.is_connected = false;
            view.message = Some(text);
            true
        }
    }
}

/// Whether the program was asked to end: the terminal is given back first. A second time it ends at
/// once. In a terminal that is being drawn on Ctrl-C is a key.
///
/// A terminal that hangs up ends the program as it does any other: there is nothing to give back, and
/// waiting for its keys would never end.
#[cfg(unix)]
fn signals() -> std::io::Result<Arc<AtomicBool>> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::flag::{register, register_conditional_shutdown};
    /// What a shell has for a program that was interrupted.
    const INTERRUPTED: i32 = 130;
    let ended = Arc::<AtomicBool>::default();
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first time the mark is not there yet.
        register_conditional_shutdown(signal, INTERRUPTED, Arc::clone(&ended))?;
        register(signal, Arc::clone(&ended))?;
    }
    Ok(ended)
}

#[cfg(not(unix))]
fn signals() -> std::io::Result<Arc<AtomicBool>> {
    Ok(Arc::default())
}

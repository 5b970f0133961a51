//! A thread that talks with the host, so that keys are heard while it does not answer.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::ask;
use crate::overview::{Detail, Overview};
use crate::{Target, TopError};

/// How often the cells are looked at.
const EVERY: Duration = Duration::from_millis(500);

/// What the thread is asked.
pub(crate) enum Asked {
    /// About which cell more is wanted from now on.
    Look(Option<u32>),
    Order(u32, &'static str),
}

/// What it tells.
pub(crate) enum News {
    Overview(Overview),
    Detail(Detail),
    Said(String),
    /// The host does not answer.
    Gone(String),
}

/// Starts it; it ends when nobody hears it any more.
pub(crate) fn start(target: Target) -> Result<(Sender<Asked>, Receiver<News>), TopError> {
    let (asks, asked) = channel();
    let (tell, news) = channel();
    let work = move || talk(&target, &asked, &tell);
    let thread = thread::Builder::new().name("aether-top".to_owned()).spawn(work);
    thread.map_err(TopError::Terminal)?;
    Ok((asks, news))
}

fn talk(target: &Target, asked: &Receiver<Asked>, tell: &Sender<News>) {
    let mut next = Instant::now();
    let mut looks_at = None;
    loop {
        let news = match asked.recv_timeout(next.saturating_duration_since(Instant::now())) {
            Ok(Asked::Look(cell)) => {
                looks_at = cell;
                cell.and_then(|cell| detail(target, cell)).into_iter().collect()
            }
            Ok(Asked::Order(cell, act)) => vec![order(target, cell, act)],
            Err(RecvTimeoutError::Timeout) => {
                next = Instant::now() + EVERY;
                let about = looks_at.and_then(|cell| detail(target, cell));
                std::iter::once(overview(target)).chain(about).collect()
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        if news.into_iter().any(|news: News| tell.send(news).is_err()) {
            return;
        }
    }
}

fn overview(target: &Target) -> News {
    match ask(target, "GET", "/v1/cells") {
        Ok(value) => News::Overview(Overview::of(&value)),
        Err(error) => News::Gone(error.to_string()),
    }
}

/// Nothing where it has ended meanwhile.
fn detail(target: &Target, cell: u32) -> Option<News> {
    let value = ask(target, "GET", &format!("/v1/cells/{cell}")).ok()?;
    Some(News::Detail(Detail::of(&value)))
}

fn order(target: &Target, cell: u32, act: &str) -> News {
    match ask(target, "POST", &format!("/v1/cells/{cell}/{act}")) {
        Ok(_) => News::Said(format!("cell {cell}: {act}")),
        Err(error) => News::Said(error.to_string()),
    }
}

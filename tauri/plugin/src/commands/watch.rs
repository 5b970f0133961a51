//! What happens now: figures, events, questions.

use std::thread;
use std::time::{Duration, Instant};

use aether_app::model::{Event, Interactions, Metrics, Question};
use aether_app::{App, Error, Heard, Listener};
use tauri::ipc::{Channel, CommandScope};
use tauri::{Runtime, State, Webview};

use super::PROMPT;
use crate::scope::{Entry, Scope};
use crate::state::Aether;

/// How often figures come where a page does not say, and between which bounds it can.
const SAMPLES: Duration = Duration::from_secs(1);
const OFTENEST: Duration = Duration::from_millis(250);
const RAREST: Duration = Duration::from_secs(60);

#[tauri::command]
pub(crate) async fn metrics<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
) -> Result<Metrics, Error> {
    let scope = Scope::of(&scope);
    aether.work(webview.label(), move |app| Ok(app.metrics(|plugin| scope.has(plugin)))).await
}

#[tauri::command]
pub(crate) async fn interactions<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
) -> Result<Interactions, Error> {
    let scope = Scope::of(&scope);
    aether.work(webview.label(), move |app| Ok(app.interactions(|plugin| scope.has(plugin)))).await
}

#[tauri::command]
pub(crate) async fn watch<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    on_event: Channel<Event>,
    plugins: Option<Vec<String>>,
    every_ms: Option<u64>,
) -> Result<u64, Error> {
    let app = aether.app()?.clone();
    let scope = Scope::of(&scope);
    let every = every_ms.map_or(SAMPLES, Duration::from_millis).clamp(OFTENEST, RAREST);
    let hears = move |plugin: &str| {
        let wanted = plugins.as_ref().is_none_or(|names| names.iter().any(|name| name == plugin));
        wanted && scope.has(plugin)
    };
    let listener = app.watch(Box::new(hears));
    let id = aether.add_watch(webview.label(), listener.closer())?;
    let tell = move || pass_on(&app, &listener, &on_event, every);
    let thread = thread::Builder::new().name("aether events".to_owned()).spawn(tell);
    thread.map(|_| id).map_err(|error| Error {
        code: "system",
        message: format!("no thread for the events: {error}"),
        fix: None,
    })
}

/// Passes on what is heard, and the figures now and then, until the listener is closed or the page is
/// gone.
fn pass_on(app: &App, listener: &Listener, page: &Channel<Event>, every: Duration) {
    let mut next = Instant::now();
    loop {
        // However much there is to hear, figures come in time.
        let heard = match Instant::now() >= next {
            true if !listener.is_closed() => Heard::Nothing,
            _ => listener.next(next),
        };
        let event = match heard {
            Heard::Event(event) => *event,
            Heard::Nothing => {
                next = Instant::now() + every;
                Event::Sample { metrics: app.metrics(|plugin| listener.hears(plugin)) }
            }
            Heard::Closed => return,
        };
        if page.send(event).is_err() {
            return;
        }
    }
}

#[tauri::command]
pub(crate) async fn unwatch<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    id: u64,
) -> Result<bool, Error> {
    Ok(aether.end_watch(webview.label(), id))
}

#[tauri::command]
pub(crate) async fn questions<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
) -> Result<Vec<Question>, Error> {
    let scope = Scope::of(&scope);
    let hears = move |plugin: &str| scope.has(plugin);
    Ok(aether.app()?.questions(webview.label(), Box::new(hears)))
}

#[tauri::command]
pub(crate) async fn respond<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    id: u64,
    allow: bool,
) -> Result<bool, Error> {
    let app = aether.app()?;
    let Some(plugin) = app.asks(id) else { return Ok(false) };
    Scope::of(&scope).check(webview.label(), &plugin, PROMPT)?;
    Ok(app.respond(id, allow))
}

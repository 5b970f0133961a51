//! What runs: started, called, stopped, shown.

use std::time::Duration;

use aether_app::model::{CallEvent, Started};
use aether_app::{Error, Sink};
use serde::Serialize;
use serde_json::Value;
use tauri::ipc::{Channel, CommandScope, JavaScriptChannelId};
use tauri::{Runtime, State, Webview};

use super::USE;
use crate::pages::base_for;
use crate::scope::{Entry, Scope};
use crate::state::Aether;

/// How a plugin ended.
#[derive(Debug, Serialize)]
pub(crate) struct Ended {
    ending: String,
}

/// A panel that may be shown in a frame.
#[derive(Debug, Serialize)]
pub(crate) struct Panel {
    token: String,
    url: String,
}

#[tauri::command]
pub(crate) async fn start<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    name: String,
) -> Result<Started, Error> {
    Scope::of(&scope).check(webview.label(), &name, USE)?;
    aether.work(webview.label(), move |app| app.start(&name)).await
}

#[tauri::command]
pub(crate) async fn stop<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    name: String,
) -> Result<Ended, Error> {
    Scope::of(&scope).check(webview.label(), &name, USE)?;
    let ending = aether.end(webview.label(), move |app| app.stop(&name)).await?;
    Ok(Ended { ending })
}

#[tauri::command]
pub(crate) async fn restart<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    name: String,
) -> Result<Started, Error> {
    Scope::of(&scope).check(webview.label(), &name, USE)?;
    aether.work(webview.label(), move |app| app.restart(&name)).await
}

#[tauri::command]
#[expect(clippy::too_many_arguments, reason = "each is one thing that a page says of a call")]
pub(crate) async fn call<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    name: String,
    method: String,
    input: Option<Value>,
    call: String,
    limit_ms: Option<u64>,
    on_event: Option<JavaScriptChannelId>,
) -> Result<Value, Error> {
    let window = webview.label().to_owned();
    Scope::of(&scope).check_method(&window, &name, &method, USE)?;
    let limit = limit_ms.map(Duration::from_millis);
    let sink = on_event.map(|id| sink(id.channel_on(webview.clone())));
    let input = input.unwrap_or_default();
    aether
        .call(webview.label(), move |app| {
            app.call(&window, &call, &name, &method, input, limit, sink)
        })
        .await
}

/// Where pieces and progress go. A page that is gone hears nothing: its calls are cancelled.
fn sink(channel: Channel<CallEvent>) -> Box<Sink> {
    Box::new(move |event| drop(channel.send(event)))
}

#[tauri::command]
pub(crate) async fn cancel<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    call: String,
) -> Result<bool, Error> {
    Ok(aether.app()?.cancel(webview.label(), &call))
}

#[tauri::command]
pub(crate) async fn panel<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    name: String,
) -> Result<Panel, Error> {
    Scope::of(&scope).check(webview.label(), &name, USE)?;
    let (token, page) = aether.work(webview.label(), move |app| app.panel(&name)).await?;
    aether.add_panel(webview.label(), &token);
    let url = format!("{}/{token}/{page}", base_for(&webview));
    Ok(Panel { token, url })
}

#[tauri::command]
pub(crate) async fn close_panel<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    token: String,
) -> Result<(), Error> {
    // One of another window, or that is closed already, is none of this window's affair.
    if aether.has_panel(webview.label(), &token) {
        aether.app()?.close_panel(&token);
        aether.end_panel(&token);
    }
    Ok(())
}

#[tauri::command]
pub(crate) async fn panel_call<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    token: String,
    method: String,
    input: Option<Value>,
    call: String,
) -> Result<Value, Error> {
    let window = webview.label().to_owned();
    let own = aether.has_panel(&window, &token).then(|| aether.app()).transpose()?;
    let plugin = own.and_then(|app| app.plugin_of(&token));
    let plugin = plugin.ok_or_else(Error::panel_closed)?;
    Scope::of(&scope).check_method(&window, &plugin, &method, USE)?;
    let input = input.unwrap_or_default();
    aether
        .call(webview.label(), move |app| app.panel_call(&window, &call, &token, &method, input))
        .await
}

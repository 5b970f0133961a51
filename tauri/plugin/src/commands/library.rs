//! What is installed: seen, installed, granted, removed.

use std::path::PathBuf;

use aether_app::model::{Answers, Applied, Change, Inspection, Installed, Plugin, Review, Right};
use aether_app::{Error, Place};
use serde::{Deserialize, Serialize};
use tauri::ipc::CommandScope;
use tauri::{Runtime, State, Webview};

use super::{MANAGE, READ, USE};
use crate::scope::{Entry, Scope};
use crate::state::Aether;

/// Where a page says that a plugin is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Source {
    /// Its folder.
    Folder(PathBuf),
    /// A zip file.
    Archive(PathBuf),
}

/// Whether a plugin runs, so that a change counts from its next start on.
#[derive(Debug, Serialize)]
pub(crate) struct Running {
    running: bool,
}

#[tauri::command]
pub(crate) async fn list<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
) -> Result<Vec<Plugin>, Error> {
    let scope = Scope::of(&scope);
    let all = aether.work(webview.label(), |app| Ok(app.list())).await?;
    Ok(all.into_iter().filter(|plugin| scope.has(&plugin.name)).collect())
}

#[tauri::command]
pub(crate) async fn inspect<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    name: String,
) -> Result<Inspection, Error> {
    Scope::of(&scope).check(webview.label(), &name, READ)?;
    aether.work(webview.label(), move |app| app.inspect(&name)).await
}

#[tauri::command]
pub(crate) async fn review<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    source: Source,
) -> Result<Review, Error> {
    let scope = Scope::of(&scope);
    let place = match source {
        Source::Folder(path) => Place::Folder(path),
        Source::Archive(path) => Place::Archive(path),
    };
    let window = webview.label().to_owned();
    aether
        .work(webview.label(), move |app| {
            let review = app.review(&place)?;
            // What it is called is known only now.
            if let Err(error) = scope.check(&window, &review.name, MANAGE) {
                let _there = app.discard_review(review.ticket);
                return Err(error);
            }
            Ok(review)
        })
        .await
}

#[tauri::command]
pub(crate) async fn review_waiting<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    name: String,
) -> Result<Review, Error> {
    Scope::of(&scope).check(webview.label(), &name, MANAGE)?;
    aether.work(webview.label(), move |app| app.review_waiting(&name)).await
}

#[tauri::command]
pub(crate) async fn discard_review<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    ticket: u64,
) -> Result<(), Error> {
    let app = aether.app()?;
    // One that is gone already is what was wanted.
    let Ok(name) = app.reviewed(ticket) else { return Ok(()) };
    Scope::of(&scope).check(webview.label(), &name, MANAGE)?;
    let _there = app.discard_review(ticket);
    Ok(())
}

#[tauri::command]
pub(crate) async fn install<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    ticket: u64,
    answers: Answers,
) -> Result<Installed, Error> {
    let (scope, window) = (Scope::of(&scope), webview.label().to_owned());
    aether
        .work(webview.label(), move |app| {
            scope.check(&window, &app.reviewed(ticket)?, MANAGE)?;
            app.install(ticket, &answers)
        })
        .await
}

#[tauri::command]
pub(crate) async fn reject<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    name: String,
    digest: String,
) -> Result<(), Error> {
    Scope::of(&scope).check(webview.label(), &name, MANAGE)?;
    aether.work(webview.label(), move |app| app.reject(&name, &digest)).await
}

#[tauri::command]
pub(crate) async fn grant<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    name: String,
    right: Right,
) -> Result<Running, Error> {
    Scope::of(&scope).check(webview.label(), &name, MANAGE)?;
    let running = aether.work(webview.label(), move |app| app.grant(&name, &right)).await?;
    Ok(Running { running })
}

#[tauri::command]
pub(crate) async fn revoke<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    name: String,
    right: Right,
) -> Result<Running, Error> {
    Scope::of(&scope).check(webview.label(), &name, MANAGE)?;
    let running = aether.work(webview.label(), move |app| app.revoke(&name, &right)).await?;
    Ok(Running { running })
}

#[tauri::command]
pub(crate) async fn enable<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    name: String,
) -> Result<Running, Error> {
    Scope::of(&scope).check(webview.label(), &name, MANAGE)?;
    let running = aether.work(webview.label(), move |app| app.enable(&name)).await?;
    Ok(Running { running })
}

#[tauri::command]
pub(crate) async fn disable<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    name: String,
) -> Result<Running, Error> {
    Scope::of(&scope).check(webview.label(), &name, MANAGE)?;
    let running = aether.end(webview.label(), move |app| app.disable(&name)).await?;
    Ok(Running { running })
}

#[tauri::command]
pub(crate) async fn uninstall<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    name: String,
) -> Result<(), Error> {
    Scope::of(&scope).check(webview.label(), &name, MANAGE)?;
    aether.end(webview.label(), move |app| app.uninstall(&name)).await
}

#[tauri::command]
pub(crate) async fn restore<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    name: String,
) -> Result<(), Error> {
    Scope::of(&scope).check(webview.label(), &name, MANAGE)?;
    aether.work(webview.label(), move |app| app.restore(&name)).await
}

#[tauri::command]
pub(crate) async fn changes<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    name: String,
) -> Result<Vec<Change>, Error> {
    Scope::of(&scope).check(webview.label(), &name, USE)?;
    aether.work(webview.label(), move |app| app.changes(&name)).await
}

#[tauri::command]
pub(crate) async fn apply<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    name: String,
    paths: Option<Vec<String>>,
) -> Result<Vec<Applied>, Error> {
    Scope::of(&scope).check(webview.label(), &name, MANAGE)?;
    aether.work(webview.label(), move |app| app.apply(&name, paths.as_deref())).await
}

#[tauri::command]
pub(crate) async fn discard<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    name: String,
) -> Result<usize, Error> {
    Scope::of(&scope).check(webview.label(), &name, MANAGE)?;
    aether.work(webview.label(), move |app| app.discard(&name)).await
}

//! What happened: reports and the audit log.

use aether_app::Error;
use aether_app::model::{AuditCheck, AuditRecord, Report};
use tauri::ipc::CommandScope;
use tauri::{Runtime, State, Webview};

use super::TRACE;
use crate::pages::base_for;
use crate::scope::{Entry, Scope};
use crate::state::Aether;

/// Records that are told where a page does not say how many.
const RECORDS: usize = 100;

#[tauri::command]
pub(crate) async fn report<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
) -> Result<Report, Error> {
    Scope::of(&scope).check_all(webview.label(), TRACE)?;
    let (folder, token, page) = aether.work(webview.label(), |app| app.report()).await?;
    aether.add_panel(webview.label(), &token);
    let url = format!("{}/{token}/{page}", base_for(&webview));
    Ok(Report { folder: folder.display().to_string(), url })
}

#[tauri::command]
pub(crate) async fn audit<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
    plugin: Option<String>,
    last: Option<usize>,
) -> Result<Vec<AuditRecord>, Error> {
    let scope = Scope::of(&scope);
    match &plugin {
        Some(plugin) => scope.check(webview.label(), plugin, TRACE)?,
        None => scope.check_all(webview.label(), TRACE)?,
    }
    aether
        .work(webview.label(), move |app| app.audit(plugin.as_deref(), last.unwrap_or(RECORDS)))
        .await
}

#[tauri::command]
pub(crate) async fn audit_verify<R: Runtime>(
    webview: Webview<R>,
    aether: State<'_, Aether>,
    scope: CommandScope<Entry>,
) -> Result<AuditCheck, Error> {
    Scope::of(&scope).check_all(webview.label(), TRACE)?;
    aether.work(webview.label(), |app| app.verify_audit()).await
}

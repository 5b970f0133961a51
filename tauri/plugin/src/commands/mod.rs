//! What pages can invoke. Each command checks the scope of the window that calls it, and does its work on
//! a thread of its own.

mod library;
mod run;
mod trace;
mod watch;

use tauri::Runtime;
use tauri::ipc::{Invoke, InvokeError};

use crate::pages::is_strange;

/// In which set of permissions a command is, for advice.
const USE: &str = "aether:use";
const MANAGE: &str = "aether:manage";
const PROMPT: &str = "aether:prompt";
const TRACE: &str = "aether:trace";
const READ: &str = "aether:allow-inspect";

type Handler<R> = dyn Fn(Invoke<R>) -> bool + Send + Sync;

pub(crate) fn handler<R: Runtime>() -> impl Fn(Invoke<R>) -> bool + Send + Sync + 'static {
    let commands: Box<Handler<R>> = Box::new(tauri::generate_handler![
        library::list,
        library::inspect,
        library::review,
        library::review_waiting,
        library::discard_review,
        library::install,
        library::reject,
        library::grant,
        library::revoke,
        library::enable,
        library::disable,
        library::uninstall,
        run::start,
        run::stop,
        run::restart,
        library::restore,
        run::call,
        run::cancel,
        library::changes,
        library::apply,
        library::discard,
        watch::metrics,
        watch::interactions,
        trace::report,
        trace::audit,
        trace::audit_verify,
        watch::watch,
        watch::unwatch,
        watch::questions,
        watch::respond,
        run::panel,
        run::close_panel,
        run::panel_call,
    ]);
    move |invoke| {
        // Tauri takes every scheme of an app for the app's own. What is shown under this one is not.
        if invoke.message.webview_ref().url().map_or(true, |url| is_strange(&url)) {
            invoke.resolver.invoke_error(InvokeError::from(strange()));
            return true;
        }
        commands(invoke)
    }
}

fn strange() -> serde_json::Value {
    let message = "a panel or a report fills this window: what it shows is a stranger's";
    let fix = "show it in a frame of your own page, as `mountPanel` does";
    serde_json::json!({ "code": "not-permitted", "message": message, "fix": fix })
}

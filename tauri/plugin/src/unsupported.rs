//! What the plugin is where there are no cells, as on telephones.

use serde_json::json;
use tauri::Runtime;
use tauri::ipc::{Invoke, InvokeError};
use tauri::plugin::{Builder, TauriPlugin};

/// The plugin. Every command is answered that it is not supported here.
#[must_use]
pub fn init<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("aether").invoke_handler(refuse).build()
}

fn refuse<R: Runtime>(invoke: Invoke<R>) -> bool {
    let command = invoke.message.command().to_owned();
    invoke.resolver.invoke_error(InvokeError::from(answer(&command)));
    true
}

fn answer(command: &str) -> serde_json::Value {
    let message = format!(
        "`{command}` is not supported here: plugins run in processes that are confined, which this system does not let an app have"
    );
    json!({ "code": "unsupported", "message": message, "fix": null })
}

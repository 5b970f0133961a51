//! An app with windows, without a display.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tauri::test::{INVOKE_KEY, MockRuntime, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, WebviewWindow, WebviewWindowBuilder};
use tauri_plugin_aether::Builder;
use tempfile::TempDir;

/// A test with its name.
pub(crate) type Test = (&'static str, fn());

/// Lists a module's tests.
macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        pub(crate) const TESTS: &[$crate::desk::Test] =
            &[$((concat!(module_path!(), "::", stringify!($name)), $name)),*];
    };
}
pub(crate) use tests;

/// The app, its folder, and its windows.
pub(crate) struct Desk {
    app: App<MockRuntime>,
    folder: TempDir,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(set: impl FnOnce(Builder<MockRuntime>) -> Builder<MockRuntime>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("work")).expect("a folder");
        let builder =
            Builder::new().folder(folder.path().join("app")).workspace(folder.path().join("work"));
        Self { app: app(set(builder).build()), folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn window(&self, label: &str) -> Window {
        window(&self.app, label)
    }

    pub(crate) fn app(&self) -> &App<MockRuntime> {
        &self.app
    }

    /// Writes a plugin's folder.
    pub(crate) fn plugin(&self, name: &str, more: &Value, code: &str) -> PathBuf {
        let folder = self.path(name);
        fs::create_dir_all(&folder).expect("a folder");
        let mut manifest = json!({ "name": name, "permissions": {} });
        if let (Some(manifest), Some(more)) = (manifest.as_object_mut(), more.as_object()) {
            manifest.extend(more.clone());
        }
        write(&folder.join("aether-plugin.json"), &manifest.to_string());
        write(&folder.join("main.js"), code);
        folder
    }

    /// Installs one that asks for nothing.
    pub(crate) fn install(&self, name: &str, code: &str) {
        let folder = self.plugin(name, &json!({}), code);
        let owner = self.window("owner");
        let review = owner.must("review", json!({ "source": { "folder": folder } }));
        owner.must("install", json!({ "ticket": review["ticket"], "answers": { "agreed": true } }));
    }
}

pub(crate) fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("a file");
}

/// An app with this plugin alone, under the capabilities of this crate.
pub(crate) fn app(plugin: tauri::plugin::TauriPlugin<MockRuntime>) -> App<MockRuntime> {
    mock_builder().plugin(plugin).build(tauri::generate_context!()).expect("an app")
}

pub(crate) fn window(app: &App<MockRuntime>, label: &str) -> Window {
    use tauri::Manager;
    let there = app.get_webview_window(label);
    let made = || WebviewWindowBuilder::new(app, label, Default::default()).build();
    Window(there.unwrap_or_else(|| made().expect("a window")))
}

/// A window whose page invokes commands.
#[derive(Clone)]
pub(crate) struct Window(pub(crate) WebviewWindow<MockRuntime>);

impl Window {
    /// Invokes a command of the plugin.
    pub(crate) fn invoke(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        self.invoke_from("tauri://localhost", command, arguments)
    }

    /// The same from a page of this address.
    pub(crate) fn invoke_from(
        &self,
        url: &str,
        command: &str,
        arguments: Value,
    ) -> Result<Value, Value> {
        let request = InvokeRequest {
            cmd: format!("plugin:aether|{command}"),
            callback: tauri::ipc::CallbackFn(0),
            error: tauri::ipc::CallbackFn(1),
            url: url.parse().expect("an address"),
            body: arguments.into(),
            headers: Default::default(),
            invoke_key: INVOKE_KEY.to_owned(),
        };
        let answer = tauri::test::get_ipc_response(&self.0, request);
        answer.map(|body| body.deserialize().expect("JSON"))
    }

    #[track_caller]
    pub(crate) fn must(&self, command: &str, arguments: Value) -> Value {
        match self.invoke(command, arguments) {
            Ok(answer) => answer,
            Err(error) => panic!("{command}: {error}"),
        }
    }

    /// Invokes a command that is to fail with this code. Gives the error.
    #[track_caller]
    pub(crate) fn fails(&self, command: &str, arguments: Value, code: &str) -> Value {
        let error = self.invoke(command, arguments).expect_err(command);
        assert_eq!(error["code"], json!(code), "{command}: {error}");
        assert!(error["message"].as_str().is_some_and(|text| !text.is_empty()), "{error}");
        error
    }

    /// Invokes a command that Tauri itself refuses.
    #[track_caller]
    pub(crate) fn is_refused(&self, command: &str) {
        let error = self.invoke(command, arguments(command)).expect_err(command);
        let text = error.as_str().unwrap_or_else(|| panic!("{command} got through: {error}"));
        assert!(text.contains("not allowed"), "{command}: {text}");
    }
}

/// Every command, as the permissions that are generated name them.
pub(crate) fn all_commands() -> Vec<String> {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugin/permissions/autogenerated/commands");
    let files = fs::read_dir(folder).expect("the permissions");
    let name = |file: std::io::Result<fs::DirEntry>| {
        let name = file.expect("a file").file_name().into_string().expect("a name");
        name.trim_end_matches(".toml").to_owned()
    };
    let mut all: Vec<String> = files.map(name).collect();
    all.sort();
    assert!(all.len() > 30, "{all:?}");
    all
}

/// Something that fits the command's parameters: a refusal must not be one of the arguments.
pub(crate) fn arguments(command: &str) -> Value {
    let right = json!({ "permission": "filesystem.read", "resource": "/a" });
    match command {
        "review" => json!({ "source": { "folder": "/nowhere" } }),
        "discard_review" => json!({ "ticket": 1 }),
        "install" => json!({ "ticket": 1, "answers": { "agreed": true } }),
        "reject" => json!({ "name": "one", "digest": "b3:0" }),
        "grant" | "revoke" => json!({ "name": "one", "right": right }),
        "call" => json!({ "name": "one", "method": "quick", "input": null, "call": "c" }),
        "cancel" => json!({ "call": "c" }),
        "watch" => json!({ "onEvent": "__CHANNEL__:7" }),
        "unwatch" => json!({ "id": 1 }),
        "respond" => json!({ "id": 1, "allow": false }),
        "close_panel" => json!({ "token": "t" }),
        "panel_call" => json!({ "token": "t", "method": "quick", "input": null, "call": "c" }),
        "list" | "metrics" | "interactions" | "report" | "audit" | "audit_verify" | "questions" => {
            json!({})
        }
        _ => json!({ "name": "one" }),
    }
}

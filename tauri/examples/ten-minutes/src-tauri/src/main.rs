//! A window that installs a plugin, asks a person first, and calls it.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() {
    tauri::Builder::default()
        .plugin(tauri_plugin_aether::init())
        .run(tauri::generate_context!())
        .expect("the window could not be opened");
}

//! Resolves the capabilities, as an app's build does.

fn main() {
    tauri_build::build();
}

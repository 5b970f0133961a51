//! Resolves the capabilities, and looks at the configuration.

fn main() {
    tauri_build::build();
}

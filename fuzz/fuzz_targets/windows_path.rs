//! Paths of a Windows host: what is taken has one spelling, reads in one way, and joining goes below.
#![no_main]

use aether_path::{WindowsPath, same_windows_name, windows_name};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let units: Vec<u16> = data.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    if let Ok(path) = WindowsPath::parse_utf16(&units) {
        one_spelling(&path);
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut parts = text.splitn(3, '\n');
    let (path, name, other) = (parts.next(), parts.next(), parts.next());
    let Ok(path) = WindowsPath::parse(path.unwrap_or_default()) else { return };
    one_spelling(&path);
    joined(&path, name.unwrap_or_default());
    if let Ok(other) = WindowsPath::parse(other.unwrap_or_default()) {
        assert_eq!(path == other, path.starts_with(&other) && other.starts_with(&path), "{path}, {other}");
        assert_eq!(path == other, path.cmp(&other).is_eq(), "{path}, {other}");
    }
});

fn one_spelling(path: &WindowsPath) {
    let text = path.as_str();
    for typed in [text, &path.verbatim()] {
        assert_eq!(WindowsPath::parse(typed).expect("was taken").as_str(), text);
    }
    let below = text.strip_prefix(&format!("{}:\\", path.drive())).expect("a drive");
    assert!(path.drive().is_ascii_uppercase() && !below.contains([':', '/']), "{text}");
    for name in path.components() {
        assert!(!name.ends_with(['.', ' ']), "{text}");
        let base = name.split('.').next().unwrap_or_default().trim_end();
        assert!(!["CON", "PRN", "AUX", "NUL", "COM1", "LPT³"].contains(&base.to_uppercase().as_str()), "{text}");
    }
}

fn joined(folder: &WindowsPath, name: &str) {
    assert!(same_windows_name(name, name));
    let Ok(path) = folder.join(name) else { return };
    windows_name(name).expect("was joined");
    assert_eq!(path.strip_prefix(folder), Some(name));
    assert_eq!(path.parent().expect("the folder").as_str(), folder.as_str());
    one_spelling(&path);
}

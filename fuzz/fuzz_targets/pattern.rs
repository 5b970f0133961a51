//! Patterns: a cover matches whatever the covered one does.
#![no_main]

use aether_path::{PathPattern, VirtualPath};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut parts = text.splitn(3, '\n');
    let (Some(wide), Some(narrow), Some(path)) = (parts.next(), parts.next(), parts.next()) else { return };
    let (Ok(wide), Ok(narrow)) = (PathPattern::parse(wide), PathPattern::parse(narrow)) else { return };
    let Ok(path) = VirtualPath::parse(path) else { return };
    if wide.covers(&narrow) && narrow.matches(&path) {
        assert!(wide.matches(&path), "{wide} covers {narrow}, which matches {path}");
    }
});

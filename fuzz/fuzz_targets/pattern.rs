//! Patterns: a cover matches whatever the covered one does.
#![no_main]

use aether_manifest::TopicPattern;
use aether_path::{PathPattern, VirtualPath};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut parts = text.splitn(3, '\n');
    let (Some(wide), Some(narrow), Some(path)) = (parts.next(), parts.next(), parts.next()) else { return };
    topics(wide, narrow, path);
    let (Ok(wide), Ok(narrow)) = (PathPattern::parse(wide), PathPattern::parse(narrow)) else { return };
    let Ok(path) = VirtualPath::parse(path) else { return };
    if wide.covers(&narrow) && narrow.matches(&path) {
        assert!(wide.matches(&path), "{wide} covers {narrow}, which matches {path}");
    }
});

fn topics(wide: &str, narrow: &str, topic: &str) {
    let (Ok(wide), Ok(narrow)) = (TopicPattern::parse(wide), TopicPattern::parse(narrow)) else { return };
    assert_eq!(TopicPattern::parse(wide.as_str()).as_ref(), Ok(&wide));
    assert!(wide.covers(&wide), "{wide}");
    if wide.covers(&narrow) && narrow.matches(topic) {
        assert!(wide.matches(topic), "{wide} covers {narrow}, which matches {topic}");
    }
    if narrow.is_exact() {
        assert_eq!(wide.covers(&narrow), wide.matches(narrow.as_str()), "{wide}, {narrow}");
    }
}

//! An archive is the files of a bundle, or an error that can be shown; and what it holds stays within
//! every limit.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let files = match aether_installed::read_archive(data) {
        Ok(files) => files,
        Err(error) => {
            assert!(!error.to_string().chars().any(char::is_control));
            assert!(!error.help().is_empty());
            return;
        }
    };
    assert!(!files.is_empty() && files.len() <= aether_bundle::MAX_FILES);
    let bytes: usize = files.values().map(|content| content.len()).sum();
    assert!(bytes as u64 <= aether_bundle::MAX_BYTES);
    for (path, content) in &files {
        assert!(path.split('/').all(aether_bundle::is_portable), "{path:?}");
        let most = aether_installed::UNRATIOED.max(data.len() as u64 * aether_installed::MAX_RATIO);
        assert!(content.len() as u64 <= most);
    }
});

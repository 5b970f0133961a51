//! A page as a real browser shows it.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// Opens `address` in Chromium, run by `chromium` with a profile in `profile`, again and again until
/// the page is as `is_ready` wants it. Gives the page's elements as text, as they were last.
///
/// A headless browser's clock leaps where nothing is asked of the network, so a page that follows a
/// stream may be taken before its first answer came, above all by a browser that is slow to begin.
///
/// # Errors
///
/// There is no Chromium.
pub fn browse(
    chromium: impl Fn() -> Command,
    profile: &Path,
    address: &str,
    is_ready: impl Fn(&str) -> bool,
) -> io::Result<String> {
    let look = |seconds: u64| -> io::Result<String> {
        let run = chromium()
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
            .arg(format!("--virtual-time-budget={}", seconds * 1000))
            .arg(format!("--timeout={}", seconds * 2000))
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(address)
            .stderr(Stdio::null())
            .output()?;
        Ok(String::from_utf8_lossy(&run.stdout).into_owned())
    };
    let mut page = look(4)?;
    for seconds in [8, 16, 32] {
        if is_ready(&page) {
            break;
        }
        page = look(seconds)?;
    }
    Ok(page)
}

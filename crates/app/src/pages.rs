//! What an app shows under a scheme of its own: panels that plugins bring, and reports.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::{Error, lock};

/// A plugin's files, by their paths in its folder.
type Files = Arc<BTreeMap<String, Arc<[u8]>>>;

/// Pages that are open at a time; the oldest gives way.
pub const MAX_PAGES: usize = 64;

/// The script that every panel may have: it speaks with the page around.
const BRIDGE: &str = "aether-panel.js";

/// The page that holds a panel's. A panel could carry data away by the address that it goes to, which
/// no policy of its own limits; that of the page around it does.
const FRAME: &str = "aether-frame.html";

/// What that page does: it hands on what both say.
const RELAY: &str = "aether-frame.js";
const RELAY_TEXT: &[u8] = include_bytes!("pages/frame.js");

/// One file, as it is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its type, as in `Content-Type`.
    pub kind: &'static str,
    /// What it may load and do, as in `Content-Security-Policy`.
    pub policy: String,
    /// Its bytes.
    pub body: Arc<[u8]>,
}

#[derive(Debug)]
pub(crate) struct Pages {
    open: Mutex<Open>,
    /// The text of [`BRIDGE`].
    bridge: Arc<[u8]>,
}

#[derive(Debug, Default)]
struct Open {
    last: u64,
    pages: BTreeMap<u64, Opened>,
}

/// What is open under one token.
#[derive(Debug)]
struct Opened {
    token: String,
    /// Whose it is; nothing for a report.
    plugin: Option<Panel>,
    files: Files,
}

/// Whose panel, and its page.
#[derive(Clone, Debug)]
struct Panel {
    plugin: String,
    page: String,
}

impl Pages {
    pub(crate) fn new(bridge: &[u8]) -> Self {
        Self { open: Mutex::default(), bridge: bridge.into() }
    }

    /// Opens the panel of a plugin. Gives the token that its addresses begin with, which nobody can
    /// guess, and the page to show.
    pub(crate) fn open_panel(
        &self,
        plugin: &str,
        page: String,
        files: Files,
    ) -> Result<(String, String), Error> {
        let panel = Panel { plugin: plugin.to_owned(), page };
        Ok((self.open(Some(panel), files)?, FRAME.to_owned()))
    }

    /// Opens a report.
    pub(crate) fn open_report(&self, files: Files) -> Result<String, Error> {
        self.open(None, files)
    }

    fn open(&self, plugin: Option<Panel>, files: Files) -> Result<String, Error> {
        let mut random = [0; 16];
        getrandom::fill(&mut random)
            .map_err(|error| Error::new("system", format!("no random number: {error}")))?;
        let token: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut open = lock(&self.open);
        open.last += 1;
        let number = open.last;
        open.pages.insert(number, Opened { token: token.clone(), plugin, files });
        while open.pages.len() > MAX_PAGES {
            open.pages.pop_first();
        }
        Ok(token)
    }

    /// The plugin whose panel has this token.
    pub(crate) fn plugin_of(&self, token: &str) -> Option<String> {
        let open = lock(&self.open);
        let page = open.pages.values().find(|page| page.token == token)?;
        page.plugin.as_ref().map(|panel| panel.plugin.clone())
    }

    pub(crate) fn close(&self, token: &str) {
        lock(&self.open).pages.retain(|_, page| page.token != token);
    }

    /// Closes what a plugin has open.
    pub(crate) fn close_all(&self, plugin: &str) {
        lock(&self.open)
            .pages
            .retain(|_, page| page.plugin.as_ref().is_none_or(|panel| panel.plugin != plugin));
    }

    /// The file at a path such as `/TOKEN/panel.html`; `base` is what stands before that path.
    pub(crate) fn get(&self, base: &str, path: &str) -> Option<Page> {
        let path = percent_decode_str(path).decode_utf8().ok()?;
        let (token, file) = path.strip_prefix('/')?.split_once('/')?;
        let open = lock(&self.open);
        let page = open.pages.values().find(|page| page.token == token)?;
        let own = format!("{base}/{token}/");
        let Some(panel) = &page.plugin else {
            // A report says itself what it may do.
            let policy = "sandbox allow-scripts".to_owned();
            return Some(Page {
                kind: kind_of(file),
                policy,
                body: Arc::clone(page.files.get(file)?),
            });
        };
        let (body, policy) = match file {
            FRAME => (frame(&panel.page).into(), frame_policy(&own)),
            RELAY => (RELAY_TEXT.into(), panel_policy(&own)),
            // Beside whatever page asks for it.
            file if file == BRIDGE || file.ends_with("/aether-panel.js") => {
                (Arc::clone(&self.bridge), panel_policy(&own))
            }
            file => (Arc::clone(page.files.get(file)?), panel_policy(&own)),
        };
        Some(Page { kind: kind_of(file), policy, body })
    }
}

/// The page around a panel.
fn frame(page: &str) -> Vec<u8> {
    let address = utf8_percent_encode(page, &UNSAFE);
    format!(
        "<!doctype html><meta charset=\"utf-8\"><title>panel</title>\
         <style>html, body {{ margin: 0; height: 100%; overflow: hidden; background: transparent }} \
         iframe {{ border: 0; width: 100%; height: 100%; display: block }}</style>\
         <script src=\"{RELAY}\"></script>\
         <iframe sandbox=\"allow-scripts\" referrerpolicy=\"no-referrer\" src=\"{address}\"></iframe>"
    )
    .into_bytes()
}

/// What does not stand as it is in an address that stands in an attribute: all but what every part of
/// a path may have.
const UNSAFE: AsciiSet =
    NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');

/// The frame of a panel shows that panel's files and no other address.
fn frame_policy(own: &str) -> String {
    format!(
        "sandbox allow-scripts; default-src 'none'; script-src {own}{RELAY}; style-src 'unsafe-inline'; \
         frame-src {own}; connect-src 'none'; form-action 'none'; base-uri 'none'; object-src 'none'"
    )
}

/// A panel has its own files and nothing else: no request, no form, no frame, no inline script, and where
/// the view knows the word no WebRTC.
fn panel_policy(own: &str) -> String {
    format!(
        "sandbox allow-scripts; default-src 'none'; script-src {own}; style-src {own} 'unsafe-inline'; \
         img-src {own} data:; font-src {own}; media-src {own}; connect-src 'none'; \
         form-action 'none'; base-uri 'none'; object-src 'none'; frame-src 'none'; worker-src 'none'; \
         webrtc 'block'"
    )
}

fn kind_of(file: &str) -> &'static str {
    let extension = Path::new(file).extension().and_then(|extension| extension.to_str());
    match extension.unwrap_or_default().to_ascii_lowercase().as_str() {
        "html" | "htm" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "ttf" => "font/ttf",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages() -> (Pages, Files) {
        let file = |name: &str, text: &str| (name.to_owned(), Arc::from(text.as_bytes()));
        let files = [file("a \"b\".html", "<p>"), file("lib/a.js", "1"), file(BRIDGE, "its own")];
        (Pages::new(b"bridge"), Arc::new(files.into_iter().collect()))
    }

    fn panel(pages: &Pages, plugin: &str, files: &Files) -> String {
        let page = "a \"b\".html".to_owned();
        let (token, page) = pages.open_panel(plugin, page, Arc::clone(files)).unwrap();
        assert_eq!(page, FRAME);
        token
    }

    #[test]
    fn a_panel_has_its_own_files_and_the_bridge() {
        let (pages, files) = pages();
        let (token, other) = (panel(&pages, "p", &files), panel(&pages, "q", &files));
        assert_ne!(token, other);
        let get = |path: &str| pages.get("scheme://localhost", path);
        let page = get(&format!("/{token}/a%20%22b%22.html")).unwrap();
        assert_eq!((&*page.body, page.kind), (&b"<p>"[..], "text/html; charset=utf-8"));
        assert!(page.policy.contains(&format!("script-src scheme://localhost/{token}/;")));
        assert!(!page.policy.contains(&other));
        let bridge = get(&format!("/{token}/{BRIDGE}")).unwrap();
        assert_eq!(&*bridge.body, b"bridge", "no plugin brings its own");
        let beside = get(&format!("/{token}/lib/{BRIDGE}")).unwrap();
        assert_eq!(&*beside.body, b"bridge", "for a panel in a folder");
        let none = format!("/{token}/none.js");
        let up = format!("/{token}/../{other}/lib/a.js");
        let (bare, empty, odd) =
            (format!("/{token}"), format!("/{token}/"), format!("/{token}/%ff"));
        for path in ["", "/", "/x/lib/a.js", "lib/a.js", &none, &up, &bare, &empty, &odd] {
            assert_eq!(get(path), None, "{path}");
        }
        assert_eq!(pages.plugin_of(&token).as_deref(), Some("p"));
        pages.close_all("p");
        assert_eq!(pages.plugin_of(&token), None);
        assert_eq!(pages.plugin_of(&other).as_deref(), Some("q"));
        pages.close(&other);
        assert_eq!(get(&format!("/{other}/lib/a.js")), None);
    }

    #[test]
    fn the_frame_shows_its_panel_and_no_other_address() {
        let (pages, files) = pages();
        let token = panel(&pages, "p", &files);
        let frame = pages.get("scheme://localhost", &format!("/{token}/{FRAME}")).unwrap();
        let text = String::from_utf8(frame.body.to_vec()).unwrap();
        assert!(text.contains("src=\"a%20%22b%22.html\""), "{text}");
        let own = format!("frame-src scheme://localhost/{token}/;");
        assert!(frame.policy.contains(&own), "{}", frame.policy);
        let relay = pages.get("scheme://localhost", &format!("/{token}/{RELAY}")).unwrap();
        assert_eq!(&*relay.body, RELAY_TEXT);
    }

    #[test]
    fn a_report_has_no_bridge_and_no_plugin() {
        let (pages, files) = pages();
        let token = pages.open_report(files).unwrap();
        assert_eq!(pages.plugin_of(&token), None);
        let get = |file: &str| pages.get("scheme://localhost", &format!("/{token}/{file}"));
        let page = get(BRIDGE).unwrap();
        assert_eq!((&*page.body, page.policy.as_str()), (&b"its own"[..], "sandbox allow-scripts"));
        assert_eq!(get(FRAME), None);
    }

    #[test]
    fn no_more_than_so_many_are_open() {
        let (pages, files) = pages();
        let tokens: Vec<String> = (0..=MAX_PAGES).map(|_| panel(&pages, "p", &files)).collect();
        assert_eq!(pages.plugin_of(&tokens[0]), None, "the oldest gave way");
        assert!(tokens[1..].iter().all(|token| pages.plugin_of(token).is_some()));
    }
}

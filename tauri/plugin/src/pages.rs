//! Panels and reports, under their own scheme.

use aether_app::Page;
use tauri::http::{Request, Response, StatusCode, Uri};
use tauri::{Runtime, UriSchemeContext, Url, Webview};

use crate::{SCHEME, state};

/// The script that panels get.
pub(crate) const BRIDGE: &[u8] = include_bytes!("../panel-js/aether-panel.js");

/// Answers a request for a file of a panel or a report.
pub(crate) fn serve<R: Runtime>(
    context: &UriSchemeContext<'_, R>,
    request: &Request<Vec<u8>>,
) -> Response<Vec<u8>> {
    let aether = state::of(context.app_handle());
    let app = aether.as_ref().and_then(|aether| aether.app().ok());
    let page = app.and_then(|app| app.page(&base_of(request.uri()), request.uri().path()));
    page.map_or_else(missing, |page| answer(&page))
}

fn answer(page: &Page) -> Response<Vec<u8>> {
    let response = Response::builder()
        .status(StatusCode::OK)
        .header("Content-Type", page.kind)
        .header("Content-Security-Policy", &page.policy)
        .header("X-Content-Type-Options", "nosniff")
        .header("Cache-Control", "no-store")
        .header("Referrer-Policy", "no-referrer")
        .header("X-DNS-Prefetch-Control", "off")
        // The origin of a sandboxed frame is nobody's: without this it has no fonts and no modules.
        .header("Access-Control-Allow-Origin", "*")
        .body(page.body.to_vec());
    response.unwrap_or_else(|_| missing())
}

fn missing() -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// What stands before the path in addresses of this scheme, as the request has it.
fn base_of(uri: &Uri) -> String {
    match (uri.scheme_str(), uri.host()) {
        (Some(scheme @ ("http" | "https")), Some(host)) => format!("{scheme}://{host}"),
        _ => format!("{SCHEME}://localhost"),
    }
}

/// The same for addresses that a page is given. Where the system's view knows no schemes of an app, they
/// are names of this machine, reached as the page itself is.
pub(crate) fn base_for<R: Runtime>(webview: &Webview<R>) -> String {
    if !cfg!(any(windows, target_os = "android")) {
        return format!("{SCHEME}://localhost");
    }
    let own = webview.url().ok();
    match own.as_ref().map(Url::scheme) {
        Some("https") => format!("https://{SCHEME}.localhost"),
        _ => format!("http://{SCHEME}.localhost"),
    }
}

/// Whether an address is that of a panel or a report.
pub(crate) fn is_strange(url: &Url) -> bool {
    let host = url.host_str().and_then(|host| host.strip_suffix(".localhost"));
    url.scheme() == SCHEME || host == Some(SCHEME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_as_the_system_has_them() {
        let base = |text: &str| base_of(&text.parse().unwrap());
        assert_eq!(base("aether-panel://localhost/t/a.html"), "aether-panel://localhost");
        assert_eq!(base("http://aether-panel.localhost/t/a.html"), "http://aether-panel.localhost");
        assert_eq!(base("/t/a.html"), "aether-panel://localhost");
    }

    #[test]
    fn a_panel_is_told_from_an_apps_own_page() {
        let is = |text: &str| is_strange(&text.parse().unwrap());
        assert!(is("aether-panel://localhost/t/a.html"));
        assert!(is("http://aether-panel.localhost/t/a.html"));
        assert!(is("https://aether-panel.localhost/"));
        assert!(!is("tauri://localhost/") && !is("http://tauri.localhost/aether-panel"));
    }

    #[test]
    fn a_page_says_what_it_may_do() {
        let page = Page {
            kind: "text/html",
            policy: "default-src 'none'".to_owned(),
            body: (*b"<p>").into(),
        };
        let response = answer(&page);
        let header =
            |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        assert_eq!(header("Content-Security-Policy"), Some("default-src 'none'"));
        assert_eq!(header("X-Content-Type-Options"), Some("nosniff"));
        assert_eq!((response.status(), response.body().as_slice()), (StatusCode::OK, &b"<p>"[..]));
        assert_eq!(missing().status(), StatusCode::NOT_FOUND);
    }
}

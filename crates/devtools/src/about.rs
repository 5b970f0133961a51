//! What a door tells of itself: where it is, and what can be debugged there.

use std::net::SocketAddr;

use serde_json::json;

use crate::token::Token;

/// What is debugged, as debuggers show it to a person. The texts are told as they are: whoever has the
/// words of a stranger in them makes those fit to be shown first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its name in lists of what can be debugged.
    pub title: String,
    /// The address of its main script.
    pub url: String,
    /// What kind of thing it is.
    pub description: String,
}

/// What is known of the door itself.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) address: SocketAddr,
    pub(crate) token: Token,
    pub(crate) target: Target,
}

impl About {
    /// Where a debugger attaches.
    pub(crate) fn websocket_url(&self) -> String {
        format!("ws://{}", self.place())
    }

    /// What a person types into Chrome to get its DevTools, attached.
    pub(crate) fn devtools_url(&self) -> String {
        self.frontend("js_app")
    }

    /// The list of what can be debugged: one thing.
    pub(crate) fn list(&self) -> String {
        let list = json!([{
            "description": self.target.description,
            "devtoolsFrontendUrl": self.devtools_url(),
            // For browsers before Chrome 66.
            "devtoolsFrontendUrlCompat": self.frontend("inspector"),
            "id": self.token.secret(),
            "title": self.target.title,
            // What tools take for a V8 without a page around it.
            "type": "node",
            "url": self.target.url,
            "webSocketDebuggerUrl": self.websocket_url(),
        }]);
        format!("{list:#}\n")
    }

    fn place(&self) -> String {
        format!("{}/{}", self.address, self.token.secret())
    }

    fn frontend(&self, page: &str) -> String {
        let place = self.place();
        format!("devtools://devtools/bundled/{page}.html?experiments=true&v8only=true&ws={place}")
    }
}

/// Who answers, and in which version of the protocol.
pub(crate) fn version() -> String {
    let browser = concat!("aether/", env!("CARGO_PKG_VERSION"));
    format!("{:#}\n", json!({ "Browser": browser, "Protocol-Version": "1.3" }))
}

//! What is to be added to a JSON text.

use aether_manifest::Permission;
use serde_json::Value as Json;

/// What is to be added at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Addition {
    /// Keys of an object, in their order.
    Object(Vec<(String, Addition)>),
    /// Elements of a list, as JSON.
    List(Vec<String>),
    /// A value in place of what is there, as JSON.
    Value(String),
}

impl Default for Addition {
    fn default() -> Self {
        Addition::Object(Vec::new())
    }
}

impl Addition {
    /// An entry of a permission's list.
    pub(super) fn entry(&mut self, permission: Permission, entry: &str) {
        let number = (permission == Permission::NetworkInbound).then(|| entry.parse::<u16>().ok());
        let json = match number.flatten() {
            Some(port) => Json::from(port).to_string(),
            None => Json::from(entry).to_string(),
        };
        let keys = permission.as_str().split('.');
        let path: Vec<&str> = std::iter::once("permissions").chain(keys).collect();
        self.element(&path, json);
    }

    /// An element of the list that the keys lead to.
    fn element(&mut self, path: &[&str], json: String) {
        match (path.split_first(), self) {
            (None, Addition::List(elements)) => elements.push(json),
            (Some((key, rest)), object) => {
                let new =
                    if rest.is_empty() { Addition::List(Vec::new()) } else { Self::default() };
                if let Some(place) = object.key(key, new) {
                    place.element(rest, json);
                }
            }
            (None, _) => {}
        }
    }

    /// A limit, as JSON.
    pub(super) fn limit(&mut self, key: &str, json: String) {
        if let Some(resources) = self.key("resources", Addition::default()) {
            resources.key(key, Addition::Value(json));
        }
    }

    /// What is added at a key of an object, which begins as this.
    fn key(&mut self, key: &str, new: Addition) -> Option<&mut Addition> {
        let Addition::Object(members) = self else { return None };
        let at = match members.iter().position(|(known, _)| known == key) {
            Some(at) => at,
            None => {
                members.push((key.to_owned(), new));
                members.len() - 1
            }
        };
        members.get_mut(at).map(|(_, value)| value)
    }

    /// What kind of value it can be added to.
    pub(super) fn expected(&self) -> &'static str {
        match self {
            Addition::Object(_) => "an object",
            Addition::List(_) => "a list",
            Addition::Value(_) => "a value",
        }
    }
}

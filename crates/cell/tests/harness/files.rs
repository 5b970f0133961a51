//! A file tree in memory that answers `fs.*`. Everything below `/secret` is denied.

use std::collections::BTreeMap;

use aether_protocol::{Code, Payload, RpcError};
use serde_json::{Value, json};

use super::wire::Wire;
use super::{denied, io};

type Answer = Result<(Value, Vec<Vec<u8>>), RpcError>;

/// Paths to contents; `None` is a folder.
pub struct Files(pub BTreeMap<String, Option<Vec<u8>>>);

impl Default for Files {
    fn default() -> Self {
        Self(BTreeMap::from([("/".into(), None), ("/workspace".into(), None)]))
    }
}

impl Files {
    pub fn file(mut self, path: &str, bytes: impl AsRef<[u8]>) -> Self {
        for (at, _) in path.match_indices('/').skip(1) {
            self.0.entry(path[..at].into()).or_insert(None);
        }
        self.0.insert(path.into(), Some(bytes.as_ref().to_vec()));
        self
    }

    pub fn text(&self, path: &str) -> Option<String> {
        let bytes = self.0.get(path)?.clone()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    pub fn answer(&mut self, method: &str, params: &Value, wire: &mut Wire) -> Answer {
        let done = Ok((json!({}), vec![]));
        let path = resolve(params["path"].as_str().or(params["from"].as_str()).unwrap());
        let data = match &params["data"] {
            Value::Null => Vec::new(),
            data => wire.bytes(data.clone()),
        };
        if path.starts_with("/secret") {
            return Err(denied("FileSystemRead", &path));
        }
        let entry = self.0.get(&path);
        match method {
            "fs.read" => {
                let bytes = match entry {
                    Some(Some(bytes)) => bytes,
                    Some(None) => return Err(io("EISDIR", &path)),
                    None => return Err(io("ENOENT", &path)),
                };
                let start = (params["offset"].as_u64().unwrap_or(0) as usize).min(bytes.len());
                let most = params["length"].as_u64().unwrap_or(u64::MAX).min(16 << 20) as usize;
                let end = start.saturating_add(most).min(bytes.len());
                let made = Payload::bytes(bytes[start..end].to_vec()).unwrap();
                let reply = json!({ "data": made.payload, "size": bytes.len() });
                Ok((reply, made.attach.into_iter().collect()))
            }
            "fs.write" => {
                let old = match entry {
                    Some(Some(_)) if params["exclusive"] == true => {
                        return Err(io("EEXIST", &path));
                    }
                    Some(Some(old)) if params["append"] == true => old.clone(),
                    Some(None) => return Err(io("EISDIR", &path)),
                    _ => Vec::new(),
                };
                self.parent(&path)?;
                self.0.insert(path, Some([old, data].concat()));
                done
            }
            "fs.stat" => {
                let entry = entry.ok_or_else(|| io("ENOENT", &path))?;
                let mode = if kind(entry) == "directory" { 0o755 } else { 0o644 };
                let (kind, size) = (kind(entry), size(entry));
                let reply = json!({ "kind": kind, "size": size, "modified_ms": 1000, "mode": mode, "links": 1, "id": 7 });
                Ok((reply, vec![]))
            }
            "fs.list" => {
                entry.ok_or_else(|| io("ENOENT", &path))?;
                let prefix = if path == "/" { path } else { format!("{path}/") };
                let below = self.0.iter().filter_map(|(name, entry)| {
                    let name = name.strip_prefix(&prefix).filter(|name| !name.is_empty())?;
                    let named = json!({ "name": name, "kind": kind(entry), "size": size(entry) });
                    (!name.contains('/')).then_some(named)
                });
                Ok((json!({ "entries": below.collect::<Vec<_>>() }), vec![]))
            }
            "fs.remove" => {
                entry.ok_or_else(|| io("ENOENT", &path))?;
                let prefix = format!("{path}/");
                if params["recursive"] != true && self.0.keys().any(|k| k.starts_with(&prefix)) {
                    return Err(io("ENOTEMPTY", &path));
                }
                self.0.retain(|key, _| *key != path && !key.starts_with(&prefix));
                done
            }
            "fs.rename" => {
                let to = resolve(params["to"].as_str().unwrap());
                let entry = self.0.remove(&path).ok_or_else(|| io("ENOENT", &path))?;
                self.0.insert(to, entry);
                done
            }
            "fs.mkdir" => {
                if entry.is_some() && params["recursive"] != true {
                    return Err(io("EEXIST", &path));
                }
                if params["recursive"] != true {
                    self.parent(&path)?;
                }
                for (at, _) in format!("{path}/").match_indices('/').skip(1) {
                    self.0.entry(path[..at].into()).or_insert(None);
                }
                done
            }
            _ => Err(RpcError::new(Code::MethodNotFound, method)),
        }
    }

    fn parent(&self, path: &str) -> Result<(), RpcError> {
        let parent = path.rsplit_once('/').map(|(parent, _)| parent).unwrap_or_default();
        let parent = if parent.is_empty() { "/" } else { parent };
        self.0.get(parent).map(|_| ()).ok_or_else(|| io("ENOENT", path))
    }
}

fn resolve(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    let path = if path.starts_with('/') { path.into() } else { format!("/workspace/{path}") };
    if path.len() > 1 { path.trim_end_matches(['/', '.']).into() } else { path }
}

fn kind(entry: &Option<Vec<u8>>) -> &'static str {
    if entry.is_some() { "file" } else { "directory" }
}

fn size(entry: &Option<Vec<u8>>) -> usize {
    entry.as_ref().map_or(0, Vec::len)
}

//! What to write in a manifest to be allowed something.

use serde_json::Value as Json;

use crate::Permission;

/// The line that asks for one thing, for example
/// `"permissions": { "filesystem": { "read": ["/etc/shadow"] } }`. The resource is escaped as JSON,
/// not for a terminal.
pub fn manifest_line(permission: Permission, resource: &str) -> String {
    manifest_list(permission, [resource])
}

/// The same for a whole list.
pub fn manifest_list<'a>(
    permission: Permission,
    resources: impl IntoIterator<Item = &'a str>,
) -> String {
    let entry = |resource: &str| match resource.parse::<u16>() {
        Ok(port) if permission == Permission::NetworkInbound => Json::from(port).to_string(),
        _ => Json::from(resource).to_string(),
    };
    let entry = resources.into_iter().map(entry).collect::<Vec<_>>().join(", ");
    match permission.as_str().split_once('.') {
        Some((section, list)) => {
            format!("\"permissions\": {{ \"{section}\": {{ \"{list}\": [{entry}] }} }}")
        }
        None => format!("\"permissions\": {{ \"{permission}\": [{entry}] }}"),
    }
}

//! Header fields by which some servers take a request for another one.

use crate::wire::Fields;

/// Names of fields that some server, framework or proxy puts in the place of the method or path of
/// the request line, or cuts the path by. A rule that names methods or paths means the request line;
/// whoever sends one of these beside it asks for something that was not decided on.
const NAMES: [&str; 22] = [
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x-method",
    "x-original-method",
    "x-forwarded-method",
    "x-envoy-original-method",
    "x-original-url",
    "x-original-uri",
    "x-original-path",
    "x-rewrite-url",
    "x-rewrite-uri",
    "x-override-url",
    "x-waws-unencoded-url",
    "x-envoy-original-path",
    "x-http-path-override",
    "x-forwarded-uri",
    "x-forwarded-path",
    "x-forwarded-prefix",
    "x-script-name",
    "script-name",
    "path-info",
];

/// The first of them that is there, as it is listed. Servers that hand fields on as variables make no
/// difference between one mark and another.
pub(super) fn name(fields: &Fields) -> Option<&'static str> {
    let spelled = |name: &str| {
        let dashed = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
        name.to_ascii_lowercase().chars().map(dashed).collect::<String>()
    };
    let listed = |name: &str| {
        let name = spelled(name);
        NAMES.into_iter().find(|known| *known == name)
    };
    fields.iter().find_map(|(name, _)| listed(name))
}

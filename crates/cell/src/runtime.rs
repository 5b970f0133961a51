//! The JavaScript runtime's sources, by the names that the runtime itself uses.
//!
//! Each script is an expression: a function `(native, P, need)` which returns what the script
//! offers. `native` are the operations of [`ops`](crate::ops), `P` the primordials: intrinsics
//! captured before any plugin code ran. Code that runs after plugin code uses nothing that a
//! plugin can replace: no method call on a built-in object, no `for…of`, no array spread or
//! destructuring, no property of a plain object that a setter on `Object.prototype` could catch.
//! Engine-neutral: nothing beyond ECMAScript and `native` is assumed.

macro_rules! scripts {
    ($($name:literal => $path:literal,)*) => {
        /// Name and source of every script.
        const SCRIPTS: &[(&str, &str)] = &[$(($name, include_str!(concat!("runtime/", $path)))),*];
    };
}

scripts! {
    "primordials" => "primordials.js",
    "start" => "start.js",
    "errors" => "errors.js",
}

/// The source of a script.
pub(crate) fn script(name: &str) -> Option<&'static str> {
    SCRIPTS.iter().find(|(known, _)| *known == name).map(|(_, source)| *source)
}

//! JSON and the values of WIT.
//!
//! | WIT | JSON |
//! | --- | --- |
//! | `bool` | `true`, `false` |
//! | `s8` to `u32` | a whole number within the type |
//! | `s64`, `u64` | a whole number, or its digits as a string; given as a string beyond 2^53 |
//! | `f32`, `f64` | a number; `"NaN"`, `"Infinity"` and `"-Infinity"` |
//! | `char` | a string of one character |
//! | `string` | a string |
//! | `list<u8>` | a string of base64; a list of numbers is taken too |
//! | `list<T>` | a list |
//! | `tuple` | a list of that length |
//! | `record` | an object with its members by their names in WIT; those that are options may be left out |
//! | `option<T>` | `null`, or the value; `{"some": …}` where the value could be `null` itself |
//! | `variant` | `{"case": …}`; the name alone where the case has no value |
//! | `enum` | a string |
//! | `flags` | a list of strings, each once |
//! | `result<T, E>` | `{"ok": …}` or `{"err": …}`; as the result of a method, the value or the failure of the call |
//!
//! An input that is an object has the parameters by their names; a list has several in their order;
//! anything else is the only parameter. What does not fit is refused with its place.

mod from;
mod to;

pub(crate) use from::arguments;
pub(crate) use to::text;

use wasmtime::component::Type;

/// A value that does not fit its type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at `{}`: {why}", if place.is_empty() { "/" } else { place })]
pub struct Unfit {
    /// Where, as a JSON pointer.
    pub place: String,
    /// What is there, and what must be.
    pub why: String,
}

/// Whether `null` can be a value of the type, so that an option of it needs another form.
fn takes_null(ty: &Type) -> bool {
    matches!(ty, Type::Option(_))
}

/// The form of an option whose value could be `null` itself.
const SOME: &str = "some";
const OK: &str = "ok";
const ERR: &str = "err";

/// The largest whole number that every reader of JSON has exactly.
const EXACT: u64 = (1 << 53) - 1;

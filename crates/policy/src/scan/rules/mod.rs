//! The rules, and the one walk over the tokens that applies them.

mod dynamic;
mod globals;
mod hidden;
mod imports;
mod members;
mod walk;

pub(crate) use walk::{apply, is_watched};

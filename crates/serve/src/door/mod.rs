//! What a request must pass before anything is done for it. Pure: heads and bodies in, verdicts out.

mod guard;
mod input;
mod route;

pub(crate) use guard::Guard;
pub(crate) use input::{Call, Folder, nothing};
pub(crate) use route::{Act, Route, route};

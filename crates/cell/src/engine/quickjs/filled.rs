//! Attached bytes, read straight into the engine's heap.
//!
//! A copy on the way would be memory beside the heap, which its limit does not count: large payloads
//! that arrive one after the other would end the process where the plugin has an error coming.
#![allow(unsafe_code, reason = "the engine hands out its buffers as pointers only")]

use rquickjs::{Ctx, Error, Result, TypedArray, Value};

use super::natives::Shared;
use crate::channel::Attached;
use crate::engine::Hook;

/// A new `Uint8Array` with the bytes of a memory file.
pub(super) fn filled<'js>(ctx: &Ctx<'js>, shared: &Shared, file: &Attached) -> Result<Value<'js>> {
    let array: TypedArray<'js, u8> = shared.hook(ctx, Hook::Room)?.call((file.size() as f64,))?;
    let mut room = array.as_raw().ok_or(Error::Unknown)?;
    // SAFETY: `as_mut` wants memory that is initialised, aligned, and that nothing else uses while
    // the slice lives. The engine has just filled it with zeroes; bytes need no alignment; and until
    // `read_into` returns no code of the engine runs, which could use it, move it or free it. `array`
    // keeps it alive.
    let room = unsafe { room.as_mut() };
    file.read_into(room).map_err(|error| {
        Error::new_from_js_message("memory file", "Uint8Array", error.to_string())
    })?;
    Ok(array.into_value())
}

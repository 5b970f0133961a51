//! Engine values from and to plain ones.
#![allow(unsafe_code, reason = "the engine hands out its buffers as pointers only")]

use v8::{Local, PinScope, Uint8Array, Value};

use super::Thrown;
use super::natives::Shared;
use crate::engine::Hook;
use crate::value::{Arg, Raise, Ret};

/// Copies an argument out of the engine.
///
/// # Errors
/// A `TypeError` for what is no plain value.
pub(super) fn from_js<'s>(scope: &PinScope<'s, '_>, value: Local<'s, Value>) -> Result<Arg, Raise> {
    if value.is_null_or_undefined() {
        Ok(Arg::Nothing)
    } else if value.is_boolean() {
        Ok(Arg::Bool(value.is_true()))
    } else if let Ok(number) = value.try_cast::<v8::Number>() {
        Ok(Arg::Number(number.value()))
    } else if let Ok(string) = value.try_cast::<v8::String>() {
        Ok(Arg::Text(string.to_rust_string_lossy(scope)))
    } else if let Ok(array) = value.try_cast::<Uint8Array>() {
        let mut bytes = vec![0; array.byte_length()];
        array.copy_contents(&mut bytes);
        Ok(Arg::Bytes(bytes))
    } else {
        Err(Raise::wrong(format!("{} is no plain value", value.type_repr())))
    }
}

/// Makes a value of the engine. Bytes are copied into its memory, so that its limit counts them.
///
/// # Errors
/// [`Thrown`].
pub(super) fn to_js<'s>(
    scope: &mut PinScope<'s, '_>,
    shared: &Shared,
    value: Ret,
) -> Result<Local<'s, Value>, Thrown> {
    Ok(match value {
        Ret::Nothing => v8::undefined(scope).into(),
        Ret::Bool(flag) => v8::Boolean::new(scope, flag).into(),
        Ret::Number(number) => v8::Number::new(scope, number).into(),
        Ret::Text(text) => string(scope, &text)?.into(),
        Ret::Bytes(bytes) => filled(scope, shared, bytes.len(), |room| {
            room.copy_from_slice(&bytes);
            Ok(())
        })?,
        Ret::File(file) => filled(scope, shared, file.size(), |room| {
            file.read_into(room).map_err(|error| error.to_string())
        })?,
        Ret::Json(text) => {
            let text = string(scope, &text)?;
            v8::json::parse(scope, text).ok_or(Thrown)?
        }
        Ret::List(items) => {
            let items: Vec<Local<'s, Value>> = items
                .into_iter()
                .map(|item| to_js(scope, shared, item))
                .collect::<Result<_, _>>()?;
            v8::Array::new_with_elements(scope, &items).into()
        }
    })
}

/// A string of the engine's.
///
/// # Errors
/// [`Thrown`] a `RangeError` for one that is longer than any may be.
pub(super) fn string<'s>(
    scope: &PinScope<'s, '_>,
    text: &str,
) -> Result<Local<'s, v8::String>, Thrown> {
    let made = v8::String::new(scope, text);
    made.ok_or_else(|| throw(scope, v8::Exception::range_error, "the text is too long"))
}

/// Throws an error of this kind.
pub(super) fn throw(
    scope: &PinScope<'_, '_>,
    kind: for<'s> fn(&PinScope<'s, '_>, Local<'_, v8::String>) -> Local<'s, Value>,
    message: &str,
) -> Thrown {
    let message = v8::String::new(scope, message).unwrap_or_else(|| v8::String::empty(scope));
    let error = kind(scope, message);
    scope.throw_exception(error);
    Thrown
}

/// A new `Uint8Array` of so many bytes, read straight into the engine's memory: a copy on the way would
/// be memory beside it, which its limit does not count.
fn filled<'s>(
    scope: &mut PinScope<'s, '_>,
    shared: &Shared,
    length: usize,
    fill: impl FnOnce(&mut [u8]) -> Result<(), String>,
) -> Result<Local<'s, Value>, Thrown> {
    // Made by the runtime, since what V8 cannot allocate for native code ends the process.
    let asked = v8::Number::new(scope, length as f64).into();
    let array = shared.call(scope, Hook::Room, &[asked])?;
    let array = array.try_cast::<Uint8Array>().map_err(|_| Thrown)?;
    let buffer = array.buffer(scope).ok_or(Thrown)?;
    if let Some(data) = buffer.data() {
        let length = length.min(buffer.byte_length());
        // SAFETY: a slice wants memory that is initialised, aligned, and that nothing else uses while
        // it lives. V8 has just made the buffer, of at least `length` bytes, and filled it with zeroes;
        // bytes need no alignment; and until `fill` returns no code of the engine runs, which could use
        // it, move it or free it. `buffer` keeps it alive.
        let room = unsafe { std::slice::from_raw_parts_mut(data.as_ptr().cast::<u8>(), length) };
        fill(room).map_err(|error| throw(scope, v8::Exception::error, &error))?;
    }
    Ok(array.into())
}

//! Engine values from and to plain ones.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rquickjs::{Array, Ctx, Error, Result, String as JsString, Type, TypedArray, Value};

use super::filled::filled;
use super::natives::Shared;
use crate::engine::Hook;
use crate::value::{Arg, Ret};

/// Copies an argument out of the engine.
pub(super) fn from_js<'js>(ctx: &Ctx<'js>, shared: &Shared, value: Value<'js>) -> Result<Arg> {
    Ok(match value.type_of() {
        Type::Undefined | Type::Null | Type::Uninitialized => Arg::Nothing,
        Type::Bool => Arg::Bool(value.as_bool().unwrap_or(false)),
        Type::Int | Type::Float => Arg::Number(value.as_number().unwrap_or(f64::NAN)),
        Type::String => Arg::Text(text(ctx, shared, value)?),
        Type::Object => Arg::Bytes(bytes(ctx, shared, value)?),
        other => return Err(Error::new_from_js(other.as_str(), "a plain value")),
    })
}

/// A string of the engine; lone surrogates, which UTF-8 cannot hold, are replaced.
pub(super) fn text<'js>(
    ctx: &Ctx<'js>,
    shared: &Shared,
    value: Value<'js>,
) -> Result<std::string::String> {
    let string = value.get::<JsString<'js>>()?;
    match string.to_string() {
        Err(Error::Utf8(_)) => {
            let replaced: JsString<'js> = shared.hook(ctx, Hook::WellFormed)?.call((string,))?;
            replaced.to_string()
        }
        other => other,
    }
}

/// The bytes of a `Uint8Array`. The engine hands out its memory as pointers only; its own base64
/// is the way to a copy without them.
fn bytes<'js>(ctx: &Ctx<'js>, shared: &Shared, value: Value<'js>) -> Result<Vec<u8>> {
    let array = TypedArray::<u8>::from_value(value)?;
    let encoded: std::string::String = shared.hook(ctx, Hook::Base64)?.call((array,))?;
    STANDARD
        .decode(encoded)
        .map_err(|_| Error::new_from_js_message("Uint8Array", "bytes", "not base64"))
}

/// Makes a value of the engine. Bytes are copied into its heap, so that its limit counts them.
pub(super) fn to_js<'js>(ctx: &Ctx<'js>, shared: &Shared, value: Ret) -> Result<Value<'js>> {
    Ok(match value {
        Ret::Nothing => Value::new_undefined(ctx.clone()),
        Ret::Bool(flag) => Value::new_bool(ctx.clone(), flag),
        Ret::Number(number) => Value::new_number(ctx.clone(), number),
        Ret::Text(text) => JsString::from_str(ctx.clone(), &text)?.into_value(),
        Ret::Bytes(bytes) => TypedArray::<u8>::new_copy(ctx.clone(), bytes)?.into_value(),
        Ret::File(file) => filled(ctx, shared, &file)?,
        Ret::Json(text) => ctx.json_parse(text)?,
        Ret::List(items) => list(ctx, shared, items)?.into_value(),
    })
}

/// Filled without a prototype: setters that a plugin puts on `Array.prototype` must not see it.
fn list<'js>(ctx: &Ctx<'js>, shared: &Shared, items: Vec<Ret>) -> Result<Array<'js>> {
    let array = Array::new(ctx.clone())?;
    let prototype = array.as_object().get_prototype();
    array.as_object().set_prototype(None)?;
    for (index, item) in items.into_iter().enumerate() {
        array.set(index, to_js(ctx, shared, item)?)?;
    }
    array.as_object().set_prototype(prototype.as_ref())?;
    Ok(array)
}

//! From the values of WIT to JSON.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use wasmtime::component::{Type, Val};

use super::{ERR, EXACT, OK, SOME, Unfit, takes_null};
use crate::limits;

/// The JSON text of a value, which has at most `most` bytes.
pub(crate) fn text(value: &Val, ty: &Type, most: usize) -> Result<String, Unfit> {
    let mut writer = Writer { out: String::new(), most, left: limits::VALUES };
    writer.write(value, ty)?;
    Ok(writer.out)
}

struct Writer {
    out: String,
    most: usize,
    /// Values that may still come.
    left: usize,
}

impl Writer {
    fn unfit(&self, why: impl Into<String>) -> Unfit {
        Unfit { place: String::new(), why: why.into() }
    }

    fn count(&mut self, more: usize) -> Result<(), Unfit> {
        match self.left.checked_sub(more) {
            Some(left) => self.left = left,
            None => {
                let most = limits::VALUES;
                return Err(self.unfit(format!("it has more than {most} values")));
            }
        }
        Ok(())
    }

    fn write(&mut self, value: &Val, ty: &Type) -> Result<(), Unfit> {
        self.count(1)?;
        match (value, ty) {
            (Val::Bool(value), _) => self.plain(value),
            (Val::S8(value), _) => self.plain(value),
            (Val::U8(value), _) => self.plain(value),
            (Val::S16(value), _) => self.plain(value),
            (Val::U16(value), _) => self.plain(value),
            (Val::S32(value), _) => self.plain(value),
            (Val::U32(value), _) => self.plain(value),
            (Val::S64(value), _) if value.unsigned_abs() > EXACT => self.plain(&value.to_string()),
            (Val::S64(value), _) => self.plain(value),
            (Val::U64(value), _) if *value > EXACT => self.plain(&value.to_string()),
            (Val::U64(value), _) => self.plain(value),
            (Val::Float32(value), _) if value.is_finite() => self.plain(value),
            (Val::Float32(value), _) => self.special(f64::from(*value)),
            (Val::Float64(value), _) if value.is_finite() => self.plain(value),
            (Val::Float64(value), _) => self.special(*value),
            (Val::Char(value), _) => self.plain(value),
            (Val::String(value) | Val::Enum(value), _) => self.plain(value),
            (Val::Flags(names), _) => self.plain(names),
            _ => self.compound(value, ty),
        }
    }

    fn compound(&mut self, value: &Val, ty: &Type) -> Result<(), Unfit> {
        match (value, ty) {
            (Val::List(items), Type::List(list)) if matches!(list.ty(), Type::U8) => {
                let bytes: Vec<u8> = items.iter().filter_map(byte).collect();
                self.plain(&STANDARD.encode(bytes))
            }
            (Val::List(items), Type::List(list)) => {
                let ty = list.ty();
                self.list(items.iter().map(|item| (item, ty.clone())))
            }
            (Val::Tuple(items), Type::Tuple(tuple)) => self.list(items.iter().zip(tuple.types())),
            (Val::Record(members), Type::Record(record)) => {
                for (index, ((name, value), field)) in
                    members.iter().zip(record.fields()).enumerate()
                {
                    self.raw(if index == 0 { "{" } else { "," })?;
                    self.plain(name)?;
                    self.raw(":")?;
                    self.write(value, &field.ty)?;
                }
                self.raw(if members.is_empty() { "{}" } else { "}" })
            }
            (Val::Option(None), _) => self.raw("null"),
            (Val::Option(Some(value)), Type::Option(option)) => {
                let ty = option.ty();
                match takes_null(&ty) {
                    true => self.member(SOME, Some((value, &ty))),
                    false => self.write(value, &ty),
                }
            }
            (Val::Variant(name, None), _) => self.plain(name),
            (Val::Variant(name, Some(value)), Type::Variant(variant)) => {
                self.count(variant.cases().len() / limits::CASES)?;
                let ty = variant.cases().find(|case| case.name == name).and_then(|case| case.ty);
                self.member(name, ty.as_ref().map(|ty| (&**value, ty)))
            }
            (Val::Result(Ok(value)), Type::Result(result)) => {
                self.member(OK, value.as_deref().zip(result.ok().as_ref()))
            }
            (Val::Result(Err(value)), Type::Result(result)) => {
                self.member(ERR, value.as_deref().zip(result.err().as_ref()))
            }
            _ => Err(self.unfit("it has no JSON form")),
        }
    }

    fn list<'a>(&mut self, items: impl Iterator<Item = (&'a Val, Type)>) -> Result<(), Unfit> {
        self.raw("[")?;
        for (index, (item, ty)) in items.enumerate() {
            if index > 0 {
                self.raw(",")?;
            }
            self.write(item, &ty)?;
        }
        self.raw("]")
    }

    /// An object with one member.
    fn member(&mut self, name: &str, value: Option<(&Val, &Type)>) -> Result<(), Unfit> {
        self.raw("{")?;
        self.plain(name)?;
        self.raw(":")?;
        match value {
            Some((value, ty)) => self.write(value, ty)?,
            None => self.raw("null")?,
        }
        self.raw("}")
    }

    fn special(&mut self, value: f64) -> Result<(), Unfit> {
        self.plain(match value {
            value if value.is_nan() => "NaN",
            value if value > 0.0 => "Infinity",
            _ => "-Infinity",
        })
    }

    fn plain<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        match serde_json::to_string(value) {
            Ok(text) => self.raw(&text),
            Err(error) => Err(self.unfit(error.to_string())),
        }
    }

    fn raw(&mut self, text: &str) -> Result<(), Unfit> {
        if self.out.len() + text.len() > self.most {
            let most = self.most;
            return Err(self.unfit(format!("its JSON has more than {most} bytes")));
        }
        // Writing to a string does not fail.
        let _ = self.out.write_str(text);
        Ok(())
    }
}

fn byte(value: &Val) -> Option<u8> {
    match value {
        Val::U8(byte) => Some(*byte),
        _ => None,
    }
}

//! From JSON to the values of WIT.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use wasmtime::component::{Type, Val};

use super::{ERR, OK, SOME, Unfit, takes_null};
use crate::limits;

/// The arguments of a function from the JSON text of an input.
pub(crate) fn arguments<'a>(
    input: &str,
    params: impl ExactSizeIterator<Item = (&'a str, Type)>,
) -> Result<Vec<Val>, Unfit> {
    let value = aether_protocol::strict::parse(input).map_err(|error| Unfit {
        place: String::new(),
        why: format!("it is no acceptable JSON: {error}"),
    })?;
    let mut reader = Reader { place: Vec::new(), left: limits::VALUES };
    let count = params.len();
    match value {
        Value::Object(members) => reader.named(members, params),
        Value::Null if count == 0 => Ok(Vec::new()),
        value if count == 1 => match params.into_iter().next() {
            Some((_, ty)) => Ok(vec![reader.read(value, &ty)?]),
            None => Ok(Vec::new()),
        },
        Value::Array(values) if count == values.len() => {
            let pairs = values.into_iter().zip(params).enumerate();
            pairs
                .map(|(at, (value, (_, ty)))| reader.within(at, |reader| reader.read(value, &ty)))
                .collect()
        }
        _ => {
            let names: Vec<_> = params.map(|(name, _)| format!("`{name}`")).collect();
            let why = match names.is_empty() {
                true => "the method takes nothing: the input must be `{}` or null".to_owned(),
                false => format!(
                    "the input must be an object with {0}, or a list of {count} values",
                    names.join(", ")
                ),
            };
            Err(reader.unfit(why))
        }
    }
}

struct Reader {
    place: Vec<String>,
    /// Values that may still come.
    left: usize,
}

impl Reader {
    fn unfit(&self, why: impl Into<String>) -> Unfit {
        let escape = |part: &String| part.replace('~', "~0").replace('/', "~1");
        let place = self.place.iter().map(|part| format!("/{}", escape(part))).collect();
        Unfit { place, why: why.into() }
    }

    fn within<T>(
        &mut self,
        part: impl ToString,
        work: impl FnOnce(&mut Self) -> Result<T, Unfit>,
    ) -> Result<T, Unfit> {
        self.place.push(part.to_string());
        let done = work(self);
        self.place.pop();
        done
    }

    fn count(&mut self, more: usize) -> Result<(), Unfit> {
        match self.left.checked_sub(more) {
            Some(left) => self.left = left,
            None => {
                let advice = "hand bytes to a method of the type `func(list<u8>) -> list<u8>`";
                let most = limits::VALUES;
                return Err(self.unfit(format!("there are more than {most} values; {advice}")));
            }
        }
        Ok(())
    }

    /// Members by name: each that must be there, and no other.
    fn named<'a>(
        &mut self,
        mut members: Map<String, Value>,
        fields: impl Iterator<Item = (&'a str, Type)>,
    ) -> Result<Vec<Val>, Unfit> {
        let mut values = Vec::new();
        let mut known = Vec::new();
        for (name, ty) in fields {
            known.push(format!("`{name}`"));
            let value = match members.remove(name) {
                Some(value) => value,
                None if matches!(ty, Type::Option(_)) => Value::Null,
                None => return Err(self.unfit(format!("`{name}` is missing"))),
            };
            values.push(self.within(name, |reader| reader.read(value, &ty))?);
        }
        match members.keys().next() {
            None => Ok(values),
            Some(name) => {
                let known = match known.is_empty() {
                    true => "there are none".to_owned(),
                    false => format!("there are {}", known.join(", ")),
                };
                let name = aether_protocol::limits::cut(name, limits::SYMBOL_BYTES);
                Err(self.unfit(format!("`{name}` is not known; {known}")))
            }
        }
    }

    fn read(&mut self, value: Value, ty: &Type) -> Result<Val, Unfit> {
        self.count(1)?;
        match (ty, value) {
            (Type::Bool, Value::Bool(value)) => Ok(Val::Bool(value)),
            (Type::S8, value) => self.whole(&value, "s8").map(Val::S8),
            (Type::U8, value) => self.whole(&value, "u8").map(Val::U8),
            (Type::S16, value) => self.whole(&value, "s16").map(Val::S16),
            (Type::U16, value) => self.whole(&value, "u16").map(Val::U16),
            (Type::S32, value) => self.whole(&value, "s32").map(Val::S32),
            (Type::U32, value) => self.whole(&value, "u32").map(Val::U32),
            (Type::S64, value) => self.long(&value, "s64").map(Val::S64),
            (Type::U64, value) => self.long(&value, "u64").map(Val::U64),
            #[expect(clippy::cast_possible_truncation, reason = "that is what f32 is")]
            (Type::Float32, value) => self.float(&value).map(|value| Val::Float32(value as f32)),
            (Type::Float64, value) => self.float(&value).map(Val::Float64),
            (Type::Char, Value::String(text)) => {
                let mut letters = text.chars();
                match (letters.next(), letters.next()) {
                    (Some(letter), None) => Ok(Val::Char(letter)),
                    _ => Err(self.unfit("it must be a string of one character")),
                }
            }
            (Type::String, Value::String(text)) => Ok(Val::String(text)),
            (Type::Option(option), value) => self.option(value, &option.ty()),
            (ty, value) => self.compound(value, ty),
        }
    }

    fn compound(&mut self, value: Value, ty: &Type) -> Result<Val, Unfit> {
        match (ty, value) {
            (Type::List(list), Value::String(text)) if matches!(list.ty(), Type::U8) => {
                self.bytes(&text)
            }
            (Type::List(list), Value::Array(items)) => {
                let ty = list.ty();
                let items = items.into_iter().enumerate();
                let read = items.map(|(at, item)| self.within(at, |reader| reader.read(item, &ty)));
                read.collect::<Result<_, _>>().map(Val::List)
            }
            (Type::Tuple(tuple), Value::Array(items)) => {
                let types = tuple.types();
                if items.len() != types.len() {
                    return Err(self.unfit(format!("it must be a list of {}", types.len())));
                }
                let items = items.into_iter().zip(types).enumerate();
                let read =
                    items.map(|(at, (item, ty))| self.within(at, |reader| reader.read(item, &ty)));
                read.collect::<Result<_, _>>().map(Val::Tuple)
            }
            (Type::Record(record), Value::Object(members)) => {
                let values =
                    self.named(members, record.fields().map(|field| (field.name, field.ty)))?;
                let names = record.fields().map(|field| field.name.to_owned());
                Ok(Val::Record(names.zip(values).collect()))
            }
            (Type::Variant(variant), value) => {
                self.count(variant.cases().len() / limits::CASES)?;
                let cases: Vec<_> = variant.cases().map(|case| (case.name, case.ty)).collect();
                let (name, value) = self.case(value, cases)?;
                Ok(Val::Variant(name, value))
            }
            (Type::Result(result), value) => {
                let cases = vec![(OK, result.ok()), (ERR, result.err())];
                let (name, value) = self.case(value, cases)?;
                Ok(Val::Result(if name == OK { Ok(value) } else { Err(value) }))
            }
            (Type::Enum(names), Value::String(name)) => {
                self.count(names.names().len() / limits::CASES)?;
                match names.names().any(|known| known == name) {
                    true => Ok(Val::Enum(name)),
                    false => Err(self.unfit(format!("it must be one of {}", list(names.names())))),
                }
            }
            (Type::Flags(flags), Value::Array(items)) => {
                let names: Vec<_> = flags.names().collect();
                self.flags(items, &names)
            }
            (ty, _) => Err(self.unfit(format!("it must be {}", wanted(ty)))),
        }
    }

    fn bytes(&mut self, text: &str) -> Result<Val, Unfit> {
        self.count(text.len() / 4 * 3)?;
        match STANDARD.decode(text) {
            Ok(bytes) => Ok(Val::List(bytes.into_iter().map(Val::U8).collect())),
            Err(_) => Err(self.unfit("it must be base64 with padding, or a list of numbers")),
        }
    }

    fn option(&mut self, value: Value, ty: &Type) -> Result<Val, Unfit> {
        let value = match value {
            Value::Null => return Ok(Val::Option(None)),
            Value::Object(mut members) if takes_null(ty) && members.len() == 1 => {
                match members.remove(SOME) {
                    Some(value) => self.within(SOME, |reader| reader.read(value, ty))?,
                    None => return Err(self.unfit("it must be null or {\"some\": …}")),
                }
            }
            _ if takes_null(ty) => return Err(self.unfit("it must be null or {\"some\": …}")),
            value => self.read(value, ty)?,
        };
        Ok(Val::Option(Some(Box::new(value))))
    }

    /// A case by its name, alone or with its value.
    fn case(
        &mut self,
        value: Value,
        cases: Vec<(&str, Option<Type>)>,
    ) -> Result<(String, Option<Box<Val>>), Unfit> {
        let (name, value) = match value {
            Value::String(name) => (name, None),
            Value::Object(members) if members.len() == 1 => match members.into_iter().next() {
                Some((name, value)) => (name, Some(value)),
                None => return Err(self.unfit("it must have one member")),
            },
            _ => {
                let why = "it must be the name of a case, or an object with that alone";
                return Err(self.unfit(why));
            }
        };
        let Some((_, ty)) = cases.iter().find(|(known, _)| *known == name) else {
            let names = list(cases.iter().map(|(name, _)| *name));
            return Err(self.unfit(format!("it must be one of {names}")));
        };
        let value = match (ty, value) {
            (None, None | Some(Value::Null)) => None,
            (None, Some(_)) => return Err(self.unfit(format!("`{name}` has no value"))),
            (Some(_), None) => return Err(self.unfit(format!("`{name}` must have a value"))),
            (Some(ty), Some(value)) => {
                Some(Box::new(self.within(&name, |reader| reader.read(value, ty))?))
            }
        };
        Ok((name, value))
    }

    fn flags(&mut self, items: Vec<Value>, names: &[&str]) -> Result<Val, Unfit> {
        let mut set = Vec::new();
        for item in items {
            match item {
                Value::String(name) if set.contains(&name) => {
                    return Err(self.unfit("a flag stands in it twice"));
                }
                Value::String(name) if names.contains(&name.as_str()) => set.push(name),
                _ => {
                    let names = list(names.iter().copied());
                    return Err(self.unfit(format!("it must be a list of {names}")));
                }
            }
        }
        Ok(Val::Flags(set))
    }

    fn whole<T: TryFrom<i64>>(&self, value: &Value, ty: &str) -> Result<T, Unfit> {
        let fits = value.as_i64().and_then(|number| T::try_from(number).ok());
        fits.ok_or_else(|| self.unfit(format!("it must be a whole number of the type {ty}")))
    }

    /// A number of 64 bits: as such, or as digits.
    fn long<T: std::str::FromStr>(&self, value: &Value, ty: &str) -> Result<T, Unfit> {
        let digits = match value {
            Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
            Value::String(text) if !text.starts_with('+') => Some(text.clone()),
            _ => None,
        };
        let number = digits.and_then(|digits| digits.parse().ok());
        number.ok_or_else(|| {
            self.unfit(format!("it must be a whole number of the type {ty}, or its digits"))
        })
    }

    fn float(&self, value: &Value) -> Result<f64, Unfit> {
        match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => match text.as_str() {
                "NaN" => Some(f64::NAN),
                "Infinity" => Some(f64::INFINITY),
                "-Infinity" => Some(f64::NEG_INFINITY),
                _ => None,
            },
            _ => None,
        }
        .ok_or_else(|| self.unfit("it must be a number"))
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.take(limits::PROBLEMS).map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn wanted(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "true or false",
        Type::Char | Type::String | Type::Enum(_) => "a string",
        Type::List(_) | Type::Tuple(_) | Type::Flags(_) => "a list",
        Type::Record(_) => "an object",
        _ => "of a type that is served",
    }
}

//! WIT types as text for people, and which of them have a JSON form.

use std::fmt::Write as _;

use aether_protocol::limits as wire;
use wasmtime::component::Type;

use crate::limits;

/// The type as WIT has it, cut where it is longer than anybody reads.
pub(crate) fn text(ty: &Type) -> String {
    let (mut out, mut left) = (String::new(), limits::TYPE_NODES);
    write_type(&mut out, ty, &mut left);
    if out.len() > limits::TYPE_BYTES {
        out.truncate(wire::cut(&out, limits::TYPE_BYTES).len());
        out.push('…');
    }
    out
}

fn write_type(out: &mut String, ty: &Type, left: &mut usize) {
    if *left == 0 {
        return out.push('…');
    }
    *left -= 1;
    match ty {
        Type::Bool => out.push_str("bool"),
        Type::S8 => out.push_str("s8"),
        Type::U8 => out.push_str("u8"),
        Type::S16 => out.push_str("s16"),
        Type::U16 => out.push_str("u16"),
        Type::S32 => out.push_str("s32"),
        Type::U32 => out.push_str("u32"),
        Type::S64 => out.push_str("s64"),
        Type::U64 => out.push_str("u64"),
        Type::Float32 => out.push_str("f32"),
        Type::Float64 => out.push_str("f64"),
        Type::Char => out.push_str("char"),
        Type::String => out.push_str("string"),
        Type::List(list) => generic(out, "list", &[Some(list.ty())], left),
        Type::Option(option) => generic(out, "option", &[Some(option.ty())], left),
        Type::Tuple(tuple) => {
            let types: Vec<_> = tuple.types().map(Some).collect();
            generic(out, "tuple", &types, left);
        }
        Type::Result(result) => match (result.ok(), result.err()) {
            (None, None) => out.push_str("result"),
            (ok, None) => generic(out, "result", &[ok], left),
            (ok, err) => generic(out, "result", &[ok, err], left),
        },
        Type::Enum(names) => list(out, "enum", names.names()),
        Type::Flags(names) => list(out, "flags", names.names()),
        Type::Record(record) => {
            let fields = record.fields().map(|field| (field.name, Some(field.ty)));
            members(out, "record", fields, ": ", left);
        }
        Type::Variant(variant) => {
            let cases = variant.cases().map(|case| (case.name, case.ty));
            members(out, "variant", cases, "(", left);
        }
        _ => out.push_str("resource"),
    }
}

fn generic(out: &mut String, name: &str, types: &[Option<Type>], left: &mut usize) {
    let _ = write!(out, "{name}<");
    for (index, ty) in types.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        match ty {
            Some(ty) => write_type(out, ty, left),
            None => out.push('_'),
        }
    }
    out.push('>');
}

fn list<'a>(out: &mut String, name: &str, names: impl Iterator<Item = &'a str>) {
    let names: Vec<_> = names.take(limits::TYPE_NODES).collect();
    let _ = write!(out, "{name}{{{}}}", names.join(", "));
}

fn members<'a>(
    out: &mut String,
    name: &str,
    members: impl Iterator<Item = (&'a str, Option<Type>)>,
    mark: &str,
    left: &mut usize,
) {
    let _ = write!(out, "{name}{{");
    for (index, (name, ty)) in members.enumerate() {
        if *left == 0 {
            break;
        }
        let comma = if index == 0 { "" } else { ", " };
        let _ = write!(out, "{comma}{name}");
        if let Some(ty) = ty {
            out.push_str(mark);
            write_type(out, &ty, left);
            if mark == "(" {
                out.push(')');
            }
        }
    }
    out.push('}');
}

/// Why values of this type cannot be JSON, if they cannot.
pub(crate) fn unfit(ty: &Type) -> Option<&'static str> {
    let mut left = limits::TYPES;
    find(ty, &mut left, limits::VALUE_DEPTH)
}

fn find(ty: &Type, left: &mut usize, depth: usize) -> Option<&'static str> {
    if *left == 0 || depth == 0 {
        return Some("its types are too large");
    }
    *left -= 1;
    let mut look = |ty: Type| find(&ty, left, depth - 1);
    match ty {
        Type::List(list) => look(list.ty()),
        Type::Option(option) => look(option.ty()),
        Type::Tuple(tuple) => tuple.types().find_map(look),
        Type::Record(record) => record.fields().find_map(|field| look(field.ty)),
        Type::Variant(variant) => variant.cases().filter_map(|case| case.ty).find_map(look),
        Type::Result(result) => result.ok().into_iter().chain(result.err()).find_map(look),
        Type::Own(_) | Type::Borrow(_) => Some("it takes or gives a resource"),
        Type::Future(_) | Type::Stream(_) | Type::ErrorContext => Some("it is asynchronous"),
        Type::Map(_) | Type::FixedLengthList(_) => Some("it has a type that is not served yet"),
        _ => None,
    }
}

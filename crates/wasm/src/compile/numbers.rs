//! The functions of a core module that take and give numbers, and names for them.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use wasmparser::{
    BinaryReaderError, CompositeInnerType, ExternalKind, FuncType, Parser, Payload, TypeRef,
    ValType,
};

use super::error::{CompileError, one_line};

/// Most parameters of a function that is offered: as many as the canonical form passes without
/// memory.
const PARAMETERS: usize = 16;

/// An exported function of a core module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    /// The name in the module.
    pub(crate) name: String,
    /// The name in the component.
    pub(crate) method: String,
    pub(crate) params: Vec<ValType>,
    pub(crate) results: Vec<ValType>,
}

impl Function {
    /// The line of a world that exports it.
    pub(crate) fn as_wit(&self) -> String {
        let mut line = format!("  export {}: func(", self.method);
        for (index, ty) in self.params.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            let _ = write!(line, "{comma}p{index}: {}", wit(*ty));
        }
        line.push(')');
        if let Some(result) = self.results.first() {
            let _ = write!(line, " -> {}", wit(*result));
        }
        line.push_str(";\n");
        line
    }
}

fn wit(ty: ValType) -> &'static str {
    match ty {
        ValType::I64 => "s64",
        ValType::F32 => "f32",
        ValType::F64 => "f64",
        _ => "s32",
    }
}

/// The exported functions of a module.
pub(crate) fn exported(bytes: &[u8]) -> Result<Vec<Function>, CompileError> {
    read(bytes).map_err(|error| CompileError::Invalid {
        message: one_line(error.message()),
        at: error.offset() as u64,
    })
}

fn read(bytes: &[u8]) -> Result<Vec<Function>, BinaryReaderError> {
    let mut types: Vec<Option<FuncType>> = Vec::new();
    let mut functions: Vec<u32> = Vec::new();
    let mut exports: Vec<(String, u32)> = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::TypeSection(section) => {
                for group in section {
                    types.extend(group?.into_types().map(|ty| match ty.composite_type.inner {
                        CompositeInnerType::Func(ty) => Some(ty),
                        _ => None,
                    }));
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    if let TypeRef::Func(ty) = import?.ty {
                        functions.push(ty);
                    }
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    functions.push(ty?);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        exports.push((export.name.to_owned(), export.index));
                    }
                }
            }
            _ => {}
        }
    }
    let ty = |index: u32| {
        let ty = *functions.get(index as usize)?;
        types.get(ty as usize)?.as_ref()
    };
    Ok(exports
        .into_iter()
        .filter_map(|(name, index)| {
            let ty = ty(index)?;
            let (params, results) = (ty.params().to_vec(), ty.results().to_vec());
            Some(Function { method: method(&name), name, params, results })
        })
        .collect())
}

/// Those that can be offered, and for each of the others why not. With `as_named` the name in the
/// module must do for the component too.
pub(crate) fn split(functions: Vec<Function>, as_named: bool) -> (Vec<Function>, Vec<String>) {
    let (mut fitting, mut left_out) = (Vec::new(), Vec::new());
    let mut taken = BTreeSet::new();
    for function in functions {
        // The toolchain's own: a module is told to begin, not called there.
        if function.name.starts_with('_') || function.name.starts_with("cabi_") {
            continue;
        }
        let why = unfit(&function, as_named)
            .or_else(|| (!taken.insert(function.method.clone())).then_some("another has its name"));
        match why {
            None => fitting.push(function),
            Some(why) => left_out.push(format!("`{}`: {why}", function.name)),
        }
    }
    left_out.truncate(crate::limits::PROBLEMS);
    (fitting, left_out)
}

fn unfit(function: &Function, as_named: bool) -> Option<&'static str> {
    let number =
        |ty: &ValType| matches!(ty, ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64);
    if function.method.is_empty() {
        return Some("a method's name is words of letters and digits");
    }
    if as_named && function.method != function.name {
        return Some("a method's name is small letters and digits with `-` between words");
    }
    if !function.params.iter().chain(&function.results).all(number) {
        return Some("it takes or gives what is no number");
    }
    if function.params.len() > PARAMETERS || function.results.len() > 1 {
        return Some("it takes more than 16 numbers, or gives more than one");
    }
    None
}

/// The name as a component has it: `fibRec` and `fib_rec` are `fib-rec`. Empty where it cannot be.
fn method(name: &str) -> String {
    let mut words = String::new();
    let mut before = '-';
    for letter in name.chars() {
        match letter {
            '_' | '-' | '.' | '/' | '#' => words.push('-'),
            'A'..='Z' => {
                if before.is_ascii_lowercase() || before.is_ascii_digit() {
                    words.push('-');
                }
                words.push(letter.to_ascii_lowercase());
            }
            'a'..='z' | '0'..='9' => words.push(letter),
            _ => return String::new(),
        }
        before = letter;
    }
    let is_word = |word: &str| word.starts_with(|letter: char| letter.is_ascii_lowercase());
    match words.split('-').all(is_word) {
        true => words,
        false => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_those_of_components() {
        let check = |name: &str, expect: &str| assert_eq!(method(name), expect, "{name}");
        check("add", "add");
        check("fibRec", "fib-rec");
        check("fib_rec", "fib-rec");
        check("toHTML", "to-html");
        check("sha256Sum", "sha256-sum");
        check("a.b", "a-b");
        check("", "");
        check("9lives", "");
        check("a__b", "");
        check("trailing_", "");
        check("ü", "");
    }
}

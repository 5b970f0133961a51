//! A component around a core module that imports nothing: its numeric functions, lifted one by one.

use wasm_encoder::{
    CanonicalFunctionSection, CodeSection, Component, ComponentAliasSection, ComponentExportKind,
    ComponentExportSection, ComponentTypeSection, ExportKind, ExportSection, FunctionSection,
    InstanceSection, Instruction, Module, ModuleArg, ModuleSection, PrimitiveValType, RawSection,
    TypeSection, ValType,
};

use super::adapt::Adapted;
use super::inspect::Inspected;
use super::numbers::{self, Function};
use crate::facts::Kind;

/// The section of a component that holds a core module.
const CORE_MODULE_SECTION: u8 = 1;

pub(crate) fn wrap(bytes: &[u8], found: &Inspected, functions: Vec<Function>) -> Adapted {
    let (fitting, left_out) = numbers::split(functions, false);
    let mut component = Component::new();
    component.section(&RawSection { id: CORE_MODULE_SECTION, data: bytes });
    let mut instances = InstanceSection::new();
    // AssemblyScript's modules call this before they trap.
    let module = match found.imports.is_empty() {
        true => {
            instances.instantiate::<[(&str, ModuleArg); 0], &str>(0, []);
            0
        }
        false => {
            component.section(&ModuleSection(&abort()));
            instances.instantiate::<[(&str, ModuleArg); 0], &str>(1, []);
            instances.instantiate(0, [("env", ModuleArg::Instance(0))]);
            1
        }
    };
    component.section(&instances);
    lift(&mut component, module, &fitting);
    Adapted { bytes: component.finish(), kind: Kind::Module, left_out }
}

/// Lifts and exports each function of the core instance.
fn lift(component: &mut Component, instance: u32, functions: &[Function]) {
    let mut aliases = ComponentAliasSection::new();
    let mut types = ComponentTypeSection::new();
    let mut lifted = CanonicalFunctionSection::new();
    let mut exports = ComponentExportSection::new();
    for (function, index) in functions.iter().zip(0..) {
        aliases.alias(wasm_encoder::Alias::CoreInstanceExport {
            instance,
            kind: ExportKind::Func,
            name: &function.name,
        });
        let names: Vec<String> = (0..function.params.len()).map(|at| format!("p{at}")).collect();
        let params = names.iter().map(String::as_str).zip(function.params.iter().map(number));
        types
            .function()
            .params(params)
            .result(function.results.first().map(|ty| number(ty).into()));
        lifted.lift(index, index, []);
        exports.export(function.method.as_str(), ComponentExportKind::Func, index, None);
    }
    component.section(&aliases);
    component.section(&types);
    component.section(&lifted);
    component.section(&exports);
}

fn number(ty: &wasmparser::ValType) -> PrimitiveValType {
    match ty {
        wasmparser::ValType::I64 => PrimitiveValType::S64,
        wasmparser::ValType::F32 => PrimitiveValType::F32,
        wasmparser::ValType::F64 => PrimitiveValType::F64,
        _ => PrimitiveValType::S32,
    }
}

/// A module that exports `abort`, which traps.
fn abort() -> Module {
    let (mut types, mut functions) = (TypeSection::new(), FunctionSection::new());
    let (mut exports, mut code) = (ExportSection::new(), CodeSection::new());
    types.ty().function([ValType::I32; 4], []);
    functions.function(0);
    exports.export("abort", ExportKind::Func, 0);
    let mut body = wasm_encoder::Function::new([]);
    body.instruction(&Instruction::Unreachable).instruction(&Instruction::End);
    code.function(&body);
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&exports).section(&code);
    module
}

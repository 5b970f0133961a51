//! Components from core modules in text, and a world that says what they are.

use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// What every module here can begin with: memory, and an allocator that only grows.
pub(crate) const ALLOC: &str = r#"
  (memory (export "memory") 2)
  (global $next (mut i32) (i32.const 65536))
  (func $alloc (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
    (global.set $next (i32.add (local.get $at) (local.get 3)))
    (block $done (loop $again
      (br_if $done (i32.le_u (global.get $next) (i32.mul (memory.size) (i32.const 65536))))
      (br_if $done (i32.eq (memory.grow (i32.const 1)) (i32.const -1)))
      (br $again)))
    (local.get $at))
"#;

/// A core module in text.
pub(crate) fn module(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"))
}

/// A component of a core module: `world` is the inside of a world, `text` that of a module.
pub(crate) fn component(world: &str, text: &str) -> Vec<u8> {
    component_with("", world, text)
}

/// The same beside interfaces of its own.
pub(crate) fn component_with(interfaces: &str, world: &str, text: &str) -> Vec<u8> {
    let mut module = module(&format!("(module {text})"));
    let mut resolve = Resolve::default();
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("wit");
    resolve.push_dir(&wit).expect("the WIT of this crate");
    let world = format!("package test:test;\n{interfaces}\nworld test {{ {world} }}");
    let package = resolve.push_str("test.wit", &world).unwrap_or_else(|error| panic!("{error:#}"));
    let world = resolve.select_world(&[package], Some("test")).expect("a world");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("metadata");
    ComponentEncoder::default()
        .module(&module)
        .and_then(|encoder| encoder.validate(true).encode())
        .unwrap_or_else(|error| panic!("{error:#}"))
}

//! The first look at a stranger's bytes: what they are, and whether any cap is passed. Nothing is
//! compiled, and no function's body is read.

use wasmparser::{BinaryReaderError, Encoding, Parser, Payload, TypeRef};

use super::error::CompileError;
use crate::facts::Size;
use crate::limits;

/// What the bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Component,
    Module,
}

/// What the first look found.
#[derive(Debug)]
pub(crate) struct Inspected {
    pub(crate) shape: Shape,
    pub(crate) size: Size,
    /// Of a core module: module and name of each import.
    pub(crate) imports: Vec<(String, String)>,
    /// Of a core module: the names of its exports.
    pub(crate) exports: Vec<String>,
}

pub(crate) fn inspect(bytes: &[u8]) -> Result<Inspected, CompileError> {
    let shape = shape(bytes)?;
    let mut counts = Counts::default();
    let mut found =
        Inspected { shape, size: Size::default(), imports: Vec::new(), exports: Vec::new() };
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(|error| unreadable(bytes, &error))?;
        match &payload {
            Payload::Version { encoding, .. } => {
                depth += 1;
                counts.modules(*encoding, depth)?;
            }
            Payload::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        counts.take(&payload).map_err(|why| why.into_error(bytes))?;
        if shape == Shape::Module {
            found.names(&payload).map_err(|error| unreadable(bytes, &error))?;
        }
    }
    found.size = counts.size(bytes.len());
    Ok(found)
}

/// What the first eight bytes say.
fn shape(bytes: &[u8]) -> Result<Shape, CompileError> {
    if bytes.len() > limits::WASM_BYTES {
        let (has, most) = (bytes.len() as u64, limits::WASM_BYTES as u64);
        return Err(CompileError::TooMany { what: "bytes".to_owned(), has, most });
    }
    if bytes.starts_with(b"\x7fELF") {
        return Err(CompileError::Precompiled);
    }
    if !bytes.starts_with(b"\0asm") {
        return Err(CompileError::NotWasm { text: looks_like_text(bytes) });
    }
    match bytes.get(4..8) {
        None => Err(CompileError::Truncated { at: bytes.len() as u64 }),
        Some([1, 0, 0, 0]) => Ok(Shape::Module),
        Some([0x0d, 0, 1, 0]) => Ok(Shape::Component),
        Some(other) => {
            let number = other.iter().rev().fold(0, |sum, byte| (sum << 8) | u32::from(*byte));
            Err(CompileError::Version { number })
        }
    }
}

fn looks_like_text(bytes: &[u8]) -> bool {
    let start = bytes.trim_ascii_start();
    [b"(module".as_slice(), b"(component", b";;", b"(;"].iter().any(|word| start.starts_with(word))
}

fn unreadable(bytes: &[u8], error: &BinaryReaderError) -> CompileError {
    let at = error.offset() as u64;
    let is_end = error.message().contains("unexpected end") || at >= bytes.len() as u64;
    match is_end {
        true => CompileError::Truncated { at },
        false => CompileError::Invalid { message: super::error::one_line(error.message()), at },
    }
}

impl Inspected {
    fn names(&mut self, payload: &Payload<'_>) -> Result<(), BinaryReaderError> {
        match payload {
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    let import = import?;
                    self.imports.push((import.module.to_owned(), import.name.to_owned()));
                }
            }
            Payload::ExportSection(section) => {
                for export in section.clone() {
                    self.exports.push(export?.name.to_owned());
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Why the counting stopped.
enum Stop {
    Cap { what: &'static str, has: u64, most: u64 },
    Reader(BinaryReaderError),
}

impl From<BinaryReaderError> for Stop {
    fn from(error: BinaryReaderError) -> Self {
        Self::Reader(error)
    }
}

impl Stop {
    fn into_error(self, bytes: &[u8]) -> CompileError {
        match self {
            Self::Cap { what, has, most } => {
                CompileError::TooMany { what: what.to_owned(), has, most }
            }
            Self::Reader(error) => unreadable(bytes, &error),
        }
    }
}

/// What has been counted, at every depth together.
#[derive(Default)]
struct Counts {
    modules: usize,
    functions: usize,
    types: usize,
    imports: usize,
    exports: usize,
    memories: usize,
    tables: usize,
    globals: usize,
    data: usize,
    elements: usize,
    items: usize,
    custom: usize,
    memory_bytes: u64,
}

impl Counts {
    fn size(&self, bytes: usize) -> Size {
        Size {
            bytes: bytes as u64,
            functions: self.functions as u64,
            modules: self.modules as u64,
            memory: self.memory_bytes,
        }
    }

    fn modules(&mut self, encoding: Encoding, depth: usize) -> Result<(), CompileError> {
        let deepest = limits::COMPONENT_DEPTH + usize::from(encoding == Encoding::Module);
        if depth > deepest {
            let (has, most) = (depth as u64, deepest as u64);
            let what = "components in each other".to_owned();
            return Err(CompileError::TooMany { what, has, most });
        }
        add(&mut self.modules, 1, "modules", limits::MODULES).map_err(|why| why.into_error(&[]))
    }

    fn take(&mut self, payload: &Payload<'_>) -> Result<(), Stop> {
        match payload {
            Payload::TypeSection(section) => {
                add(&mut self.types, section.count(), "types", limits::TYPES)
            }
            Payload::CoreTypeSection(section) => {
                add(&mut self.types, section.count(), "types", limits::TYPES)
            }
            Payload::ComponentTypeSection(section) => {
                add(&mut self.types, section.count(), "types", limits::TYPES)
            }
            Payload::FunctionSection(section) => {
                add(&mut self.functions, section.count(), "functions", limits::FUNCTIONS)
            }
            Payload::ImportSection(section) => self.take_imports(section),
            Payload::ComponentImportSection(section) => {
                add(&mut self.imports, section.count(), "imports", limits::IMPORTS)?;
                for import in section.clone() {
                    name_fits(import?.name.name)?;
                }
                Ok(())
            }
            Payload::ExportSection(section) => {
                add(&mut self.exports, section.count(), "exports", limits::EXPORTS)?;
                for export in section.clone() {
                    name_fits(export?.name)?;
                }
                Ok(())
            }
            Payload::ComponentExportSection(section) => {
                add(&mut self.exports, section.count(), "exports", limits::EXPORTS)?;
                for export in section.clone() {
                    name_fits(export?.name.name)?;
                }
                Ok(())
            }
            Payload::MemorySection(section) => {
                add(&mut self.memories, section.count(), "memories", limits::MEMORIES)?;
                for memory in section.clone() {
                    self.take_memory(&memory?)?;
                }
                Ok(())
            }
            Payload::TableSection(section) => {
                add(&mut self.tables, section.count(), "tables", limits::TABLES)?;
                for table in section.clone() {
                    cap("elements in a table", table?.ty.initial, limits::TABLE_ELEMENTS)?;
                }
                Ok(())
            }
            other => self.take_rest(other),
        }
    }

    fn take_rest(&mut self, payload: &Payload<'_>) -> Result<(), Stop> {
        match payload {
            Payload::GlobalSection(section) => {
                add(&mut self.globals, section.count(), "globals", limits::GLOBALS)
            }
            Payload::DataSection(section) => {
                add(&mut self.data, section.count(), "segments of data", limits::DATA_SEGMENTS)
            }
            Payload::ElementSection(section) => {
                let what = "segments of elements";
                add(&mut self.elements, section.count(), what, limits::ELEMENT_SEGMENTS)
            }
            Payload::InstanceSection(section) => self.item(section.count()),
            Payload::ComponentInstanceSection(section) => self.item(section.count()),
            Payload::ComponentAliasSection(section) => self.item(section.count()),
            Payload::ComponentCanonicalSection(section) => self.item(section.count()),
            Payload::CustomSection(section) => {
                add(&mut self.custom, 1, "custom sections", limits::CUSTOM_SECTIONS)?;
                let (has, most) = (section.data().len() as u64, limits::CUSTOM_BYTES as u64);
                cap("bytes in a custom section", has, most)
            }
            _ => Ok(()),
        }
    }

    fn item(&mut self, count: u32) -> Result<(), Stop> {
        add(&mut self.items, count, "instances, aliases and adapters", limits::COMPONENT_ITEMS)
    }

    fn take_imports(&mut self, section: &wasmparser::ImportSectionReader<'_>) -> Result<(), Stop> {
        add(&mut self.imports, section.count(), "imports", limits::IMPORTS)?;
        for import in section.clone().into_imports() {
            let import = import?;
            name_fits(import.module)?;
            name_fits(import.name)?;
            if let TypeRef::Memory(memory) = import.ty {
                add(&mut self.memories, 1, "memories", limits::MEMORIES)?;
                cap("bytes of memory", bytes_of(&memory), limits::MEMORY_BYTES)?;
            }
        }
        Ok(())
    }

    fn take_memory(&mut self, memory: &wasmparser::MemoryType) -> Result<(), Stop> {
        self.memory_bytes = self.memory_bytes.saturating_add(bytes_of(memory));
        cap("bytes of memory", self.memory_bytes, limits::MEMORY_BYTES)
    }
}

fn bytes_of(memory: &wasmparser::MemoryType) -> u64 {
    let page = memory.page_size_log2.map_or(1 << 16, |log| 1_u64.checked_shl(log).unwrap_or(1));
    memory.initial.saturating_mul(page)
}

fn name_fits(name: &str) -> Result<(), Stop> {
    cap("bytes in a name", name.len() as u64, limits::NAME_BYTES as u64)
}

fn cap(what: &'static str, has: u64, most: u64) -> Result<(), Stop> {
    match has > most {
        true => Err(Stop::Cap { what, has, most }),
        false => Ok(()),
    }
}

fn add(sum: &mut usize, more: u32, what: &'static str, most: usize) -> Result<(), Stop> {
    *sum = sum.saturating_add(more as usize);
    cap(what, *sum as u64, most as u64)
}

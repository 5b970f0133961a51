//! What the loader brings in with `aether-cell.exe` before its first instruction. It is the program of cells,
//! which make no system call to the part of the kernel that draws: libraries that make such calls as they come
//! up do not, and no cell would start.
#![cfg(windows)]

use std::collections::BTreeMap;

/// They draw, or bring in those that do. One that is loaded late (`/DELAYLOAD`) is in another table, and is
/// none of a cell's as long as no cell calls it.
const BARRED: [&str; 4] = ["user32.dll", "gdi32.dll", "shell32.dll", "ole32.dll"];

/// A program's file. Microsoft's "PE Format".
struct Image<'a>(&'a [u8]);

impl Image<'_> {
    fn number<const N: usize>(&self, at: usize) -> usize {
        let bytes = self.0[at..at + N].iter().rev();
        bytes.fold(0, |number, byte| number << 8 | usize::from(*byte))
    }

    fn text(&self, at: usize) -> String {
        let bytes = self.0[at..].iter().take_while(|byte| **byte != 0);
        bytes.map(|byte| char::from(*byte)).collect()
    }

    /// Where the header is.
    fn header(&self) -> usize {
        let header = self.number::<4>(0x3c);
        assert_eq!(&self.0[header..header + 4], b"PE\0\0", "no program");
        assert_eq!(self.number::<2>(header + 24), 0x20b, "a program of 32 bits");
        header
    }

    /// Where in the file it is that will be there in memory.
    fn offset(&self, address: usize) -> usize {
        let header = self.header();
        let sections = header + 24 + self.number::<2>(header + 20);
        let of = |index: usize| sections + 40 * index;
        let places = (0..self.number::<2>(header + 6)).map(|index| {
            let [size, begin, bytes, at] =
                [8, 12, 16, 20].map(|field| self.number::<4>(of(index) + field));
            (begin..begin + size.max(bytes), at)
        });
        let place = places.into_iter().find(|(memory, _)| memory.contains(&address));
        let (memory, at) = place.expect("a section");
        at + address - memory.start
    }

    /// Each library, in small letters, with what is wanted of it.
    fn imports(&self) -> BTreeMap<String, Vec<String>> {
        let table = self.offset(self.number::<4>(self.header() + 24 + 112 + 8));
        let mut all = BTreeMap::<String, Vec<String>>::new();
        for entry in (table..).step_by(20) {
            let [lookup, name, first] = [0, 12, 16].map(|field| self.number::<4>(entry + field));
            if name == 0 {
                break;
            }
            let names = self.offset(if lookup == 0 { first } else { lookup });
            let wanted = all.entry(self.text(self.offset(name)).to_lowercase()).or_default();
            let each = (names..).step_by(8).map(|at| self.number::<8>(at));
            wanted.extend(each.take_while(|one| *one != 0).map(|one| match one >> 63 {
                0 => self.text(self.offset(one) + 2),
                _ => format!("number {}", one & 0xffff),
            }));
        }
        all
    }
}

#[test]
fn nothing_that_draws_is_loaded_with_it() {
    let bytes = std::fs::read(env!("CARGO_BIN_EXE_aether-cell")).expect("a program");
    let imports = Image(&bytes).imports();
    let kernel = imports.get("kernel32.dll").expect("no program is without it");
    assert!(kernel.iter().any(|name| name == "GetLastError"), "{kernel:?}");
    let wrong: Vec<_> = imports.iter().filter(|(name, _)| BARRED.contains(&&***name)).collect();
    assert!(wrong.is_empty(), "it imports {wrong:?}: which crate calls them?");
}

//! Stacks show the places of the files that a plugin was made of, where its bundle has maps for them.

mod harness;

use harness::Setup;
use serde_json::Value;

/// The first line of the file came from line 6, column 3 of `src/main.ts`.
const MAP: &str = r#"{"version":3,"sources":["src/main.ts"],"names":[],"mappings":"AAKE"}"#;

/// `MAP` in base64.
const ENCODED: &str =
    "eyJ2ZXJzaW9uIjozLCJzb3VyY2VzIjpbInNyYy9tYWluLnRzIl0sIm5hbWVzIjpbXSwibWFwcGluZ3MiOiJBQUtFIn0=";

const THROWS: &str = "export default () => { throw new Error('here') }";

#[track_caller]
fn check(setup: Setup, expect: &str) -> Vec<String> {
    let mut cell = setup.load();
    let error = cell.run(Value::Null).unwrap_err();
    let stack = error.fact("stack").unwrap_or_default();
    assert!(stack.contains(expect), "{stack}");
    cell.asked
}

#[test]
fn a_map_beside_the_file() {
    let text = format!("{THROWS}\n//# sourceMappingURL=main.js.map\n");
    check(Setup::new(&text).file("main.js.map", MAP), "(aether://plugin/src/main.ts:6:3)");
}

#[test]
fn a_map_in_the_file() {
    let text = format!("{THROWS}\n//# sourceMappingURL=data:application/json;base64,{ENCODED}\n");
    check(Setup::new(&text), "(aether://plugin/src/main.ts:6:3)");
}

#[test]
fn a_map_in_another_folder() {
    let setup = Setup::new("export { default } from './dist/main.js'")
        .file("dist/main.js", &format!("{THROWS}\n//# sourceMappingURL=maps/main.js.map"))
        .file("dist/maps/main.js.map", &MAP.replace("src/main.ts", "../../src/main.ts"));
    // Sources are named from the map.
    check(setup, "(aether://plugin/src/main.ts:6:3)");
}

#[test]
fn without_a_map_places_are_what_they_are() {
    let own = "(aether://plugin/main.js:1:";
    let asked = check(Setup::new(THROWS), own);
    assert_eq!(asked.iter().filter(|asked| *asked == "bundle.read").count(), 1, "{asked:?}");
    let mark = "//# sourceMappingURL=main.js.map";
    for map in [None, Some(""), Some("{"), Some(r#"{"version":3,"sources":[],"mappings":"AAKE"}"#)]
    {
        let setup = Setup::new(&format!("{THROWS}\n{mark}"));
        let setup = map.into_iter().fold(setup, |setup, map| setup.file("main.js.map", map));
        check(setup, own);
    }
    check(Setup::new(&format!("{THROWS}\n//# sourceMappingURL=../../up.map")), own);
}

/// A map is read once.
#[test]
fn a_map_is_kept() {
    let text = format!("{THROWS}\n//# sourceMappingURL=main.js.map\n");
    let mut cell = Setup::new(&text).file("main.js.map", MAP).load();
    for _ in 0..3 {
        cell.run(Value::Null).unwrap_err();
    }
    let read = cell.asked.iter().filter(|asked| *asked == "bundle.read").count();
    assert_eq!(read, 3, "the entry, and once more with its map");
}

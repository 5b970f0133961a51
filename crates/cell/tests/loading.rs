//! Modules: what can be imported, what is refused in which words, and where errors are.

mod harness;

use harness::{Setup, by_engine, check, told};
use serde_json::{Value, json};

/// Loads a bundle of several files and calls `run`.
#[track_caller]
fn check_bundle(files: &[(&str, &str)], expect: Value) {
    let setup = files.iter().fold(Setup::new(""), |setup, (path, text)| setup.file(path, text));
    let mut cell = setup.greet();
    let outcome = match cell.load() {
        Ok(_) => told(cell.run(Value::Null)),
        Err(error) => told(Err(error)),
    };
    assert_eq!(outcome, expect);
}

/// What loading fails with: `kind`, `code` and the message.
#[track_caller]
fn check_refused(main: &str, kind: &str, code: &str, message: &str) {
    let error = Setup::new(main).load_error();
    assert_eq!(error.fact("kind"), Some(kind), "{error} {:?}", error.data);
    assert_eq!(error.fact("code").unwrap_or_default(), code, "{error}");
    assert!(error.message.contains(message), "{}\n  should say {message}", error.message);
}

#[test]
fn files_import_each_other() {
    check_bundle(
        &[
            ("main.js", "import { twice } from './lib/math.js'; export default () => twice(4);"),
            (
                "lib/math.js",
                "import { two } from '../const.js'; export const twice = (n) => n * two;",
            ),
            ("const.js", "export const two = 2;"),
        ],
        json!(8),
    );
    check_bundle(
        &[
            (
                "main.js",
                "import { b } from './b.js'; export const a = 'a'; export default () => b();",
            ),
            ("b.js", "import { a } from './main.js'; export const b = () => a + 'b';"),
        ],
        json!("ab"),
    );
    check_bundle(
        &[
            ("main.js", "export default async () => (await import('./late.js')).default;"),
            ("late.js", "export default 'late';"),
        ],
        json!("late"),
    );
}

#[test]
fn each_file_is_read_once() {
    let setup = Setup::new(
        "import './a.js'; import './b.js'; export default () => import('./a.js').then(() => 1);",
    )
    .file("a.js", "")
    .file("b.js", "import './a.js'; import './lib/../a.js';");
    let mut cell = setup.load();
    cell.run(Value::Null).unwrap();
    assert_eq!(cell.asked.iter().filter(|method| *method == "bundle.read").count(), 3);
}

#[test]
fn json_is_a_module() {
    check_bundle(
        &[
            (
                "main.js",
                "import a from './a.json' with { type: 'json' }; export default async () => [a, (await import('./a.json', { with: { type: 'json' } })).default === a];",
            ),
            ("a.json", "\u{feff}{\"x\": [1]}"),
        ],
        json!([{"x": [1]}, true]),
    );
    check_bundle(
        &[("main.js", "import './a.json' with { type: 'json' }"), ("a.json", "{\"x\": }")],
        by_engine(
            json!("exception: SyntaxError: `a.json` is not JSON: unexpected token: '}'"),
            json!(
                "exception: SyntaxError: `a.json` is not JSON: Unexpected token '}', \"{\"x\": }\" \
                 is not valid JSON"
            ),
        ),
    );
    check_bundle(
        &[("main.js", "import './a.js' with { type: 'json' }"), ("a.js", "")],
        json!("module: only `.json` files can be imported as JSON"),
    );
    check_bundle(
        &[("main.js", "import './a.css' with { type: 'css' }"), ("a.css", "")],
        json!("module: an import with { type: 'css' } is not supported"),
    );
    check_bundle(
        &[("main.js", "import 'aether:fs' with { x: 'y' }")],
        json!("module: an import with { x: 'y' } is not supported"),
    );
    check_bundle(
        &[("main.js", "import './a.json'"), ("a.json", "1")],
        json!("module: JSON is imported as `import x from './a.json' with { type: 'json' }`"),
    );
}

#[test]
fn a_large_file_comes_as_a_blob() {
    let padding = "// padding\n".repeat(20_000);
    let mut cell = Setup::new(&format!("{padding}export default () => 'big';")).load();
    assert_eq!(cell.run(Value::Null).unwrap(), json!("big"));
}

#[test]
fn the_only_paths_seen_are_virtual() {
    check(
        "export default () => [import.meta.url, new URL('./x.txt', import.meta.url).href, Object.keys(import.meta)]",
        json!(["aether://plugin/main.js", "aether://plugin/x.txt", ["url"]]),
    );
}

#[test]
fn syntax_errors_come_with_their_place() {
    let cases = [
        ("export default () => {\n  let a = ;\n}", "main.js", 2, 11, "  let a = ;"),
        ("let x = 'unfinished\n", "main.js", 1, 9, "let x = 'unfinished"),
        ("\n\nlet y = 1; let y = 2;", "main.js", 3, by_engine(18, 16), "let y = 1; let y = 2;"),
        ("import './b.js'", "b.js", 1, 4, "a +* b"),
    ];
    for (main, file, line, column, source) in cases {
        let error = Setup::new(main).file("b.js", "a +* b").load_error();
        let data = &error.data;
        assert_eq!(error.fact("kind"), Some("syntax"), "{main}\n{error} {data:?}");
        assert_eq!(
            (&data["file"], &data["line"], &data["column"], &data["source"]),
            (&json!(file), &json!(line), &json!(column), &json!(source)),
            "{main}\n{error}"
        );
        assert!(error.message.starts_with("SyntaxError: "), "{error}");
    }
}

#[test]
fn compiling_runs_nothing() {
    let mut cell = Setup::new("import './b.js'; throw 1;")
        .file("b.js", "import 'aether:fs'; throw 2;")
        .greet();
    assert_eq!(cell.request("compile", json!({"deadline_ms": 1000})).unwrap(), json!({}));
    let mut cell = Setup::new("import './b.js';").file("b.js", "}").greet();
    let error = cell.request("compile", json!({"deadline_ms": 1000})).unwrap_err();
    assert_eq!((error.fact("kind"), error.fact("file")), (Some("syntax"), Some("b.js")));
    let mut cell = Setup::new("import 'net';").greet();
    let error = cell.request("compile", json!({"deadline_ms": 1000})).unwrap_err();
    assert_eq!(
        (error.fact("kind"), error.fact("code")),
        (Some("module"), Some("ERR_MODULE_BLOCKED"))
    );
}

#[test]
fn what_is_not_in_the_bundle_is_refused_in_words() {
    let missing = "ERR_MODULE_NOT_FOUND";
    let blocked = "ERR_MODULE_BLOCKED";
    for (specifier, code, message) in [
        ("./nope.js", missing, "the bundle has no file `nope.js`, imported from `main.js`"),
        ("./util", missing, "write the file's extension"),
        ("./x.tsx", missing, "compile it first"),
        ("left-pad", missing, "it must be in the plugin's own `node_modules`"),
        ("aether:net", missing, "`aether:events`, `aether:fs`"),
        ("../x.js", blocked, "leads out of the bundle"),
        ("/etc/passwd", blocked, "absolute path"),
        ("file:///etc/passwd", blocked, "code comes from the bundle only"),
        ("data:text/javascript,1", blocked, "code comes from the bundle only"),
        ("https://x/y.js", blocked, "code comes from the bundle only"),
        ("./%2e%2e/x.js", missing, "percent-encoded"),
        ("./a\\\\b.js", missing, "backslash"),
        ("fs", blocked, "add \"compat\": [\"node:fs\"] to the manifest"),
        ("node:fs/promises", blocked, "use `aether:fs`"),
        ("child_process", blocked, "programs cannot be started"),
        ("node:net", blocked, "a plugin has no sockets"),
        ("worker_threads", blocked, "a plugin has one thread"),
        ("node:vm", blocked, "use `eval`"),
        ("node:module", blocked, "use `import`"),
        ("node:nope", missing, "Node has no module"),
    ] {
        check_refused(&format!("import '{specifier}'"), "module", code, message);
        check_refused(&format!("await import('{specifier}')"), "module", code, message);
    }
}

#[test]
fn a_refused_import_can_be_caught() {
    check(
        "export default async () => {
           try { await import('node:http'); } catch (error) { return [error.name, error.code, error instanceof Error]; }
         }",
        json!(["Error", "ERR_MODULE_BLOCKED", true]),
    );
}

#[test]
fn an_export_that_does_not_exist() {
    check_refused("import { nope } from 'aether:fs'", "module", "", "'nope'");
}

#[test]
fn a_module_imports_itself_and_what_imports_it_while_it_is_evaluated() {
    check_bundle(
        &[
            (
                "main.js",
                "import { own, above } from './a.js'; export const name = 'main'; \
                 export default async () => [(await own).name, (await above).name, (await above).default === run]; \
                 const run = (await import('./main2.js').catch(() => ({}))).default;",
            ),
            (
                "a.js",
                "export const name = 'a'; export const own = import('./a.js'); \
                 export const above = import('./main.js');",
            ),
        ],
        json!(["a", "main", false]),
    );
    check_bundle(
        &[(
            "main.js",
            "const own = import('./main.js'); export default async () => typeof (await own).default;",
        )],
        json!("function"),
    );
    // One that fails is rejected with what it failed with.
    check_bundle(
        &[
            (
                "main.js",
                "let why; const tried = import('./bad.js').catch((error) => { why = error.message; }); \
                 export default async () => { await tried; return [why, globalThis.own]; };",
            ),
            (
                "bad.js",
                "import('./bad.js').catch((error) => { globalThis.own = error.message; }); throw new Error('no');",
            ),
        ],
        json!(["no", "no"]),
    );
}

/// QuickJS cuts the name at the NUL before anybody else sees it, and what is read is what was cut.
#[test]
fn a_name_with_a_nul_leads_nowhere_else() {
    let mut cell = Setup::new("export default () => import('./a.js\\0/../../x').then(m => m.a)")
        .file("a.js", "export const a = 1;")
        .load();
    match cell.run(Value::Null) {
        Ok(value) => assert_eq!(by_engine(value, Value::Null), json!(1)),
        Err(error) => assert!(by_engine(false, error.message.contains("a backslash or a NUL"))),
    }
}

#[test]
fn bytes_that_are_no_source() {
    let mut setup = Setup::new("");
    setup.bundle.insert("main.js".into(), vec![0xff, 0xfe]);
    assert!(setup.load_error().message.contains("`main.js` is not UTF-8"));
    let error = Setup::new("let a;\0").load_error();
    assert!(error.message.contains("contains a NUL character"), "{error}");
}

#[test]
fn loading_may_fail_like_any_code() {
    for (main, expect) in [
        ("throw new Error('at load')", "exception: Error: at load"),
        (
            "await new Promise(() => {})",
            "never-settles: the promise never settles: no timer, request or job is left",
        ),
        (
            "null.x",
            by_engine(
                "exception: TypeError: cannot read property 'x' of null",
                "exception: TypeError: Cannot read properties of null (reading 'x')",
            ),
        ),
    ] {
        assert_eq!(told(Err(Setup::new(main).load_error())), json!(expect), "{main}");
    }
}

#[test]
fn the_opt_in_makes_node_fs_work() {
    let main = "import fs from 'fs'; import { readFile } from 'node:fs/promises'; export default () => typeof fs.readFileSync + typeof readFile;";
    assert_eq!(
        Setup::new(main).compat_fs().load().run(Value::Null).unwrap(),
        json!("functionfunction")
    );
}

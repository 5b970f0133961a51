//! TypeScript: its types are erased where they stand, and what is more than types is refused in words.

mod harness;

use harness::{Setup, told};
use serde_json::{Value, json};

/// A bundle whose entry is `main.ts`.
fn bundle(main: &str) -> Setup {
    let mut setup = Setup::new("").file("main.ts", main);
    setup.entry = "main.ts";
    setup
}

#[track_caller]
fn check(setup: Setup, expect: Value) {
    let mut cell = setup.greet();
    let outcome = cell.load().and_then(|_| cell.run(Value::Null));
    assert_eq!(told(outcome), expect);
}

/// What loading fails with: the message, and where.
#[track_caller]
fn refused(setup: Setup, message: &str, place: (&str, u64, u64)) {
    let error = setup.load_error();
    let data = &error.data;
    assert!(error.message.contains(message), "{}\n  should say {message}", error.message);
    assert_eq!(error.fact("kind"), Some("syntax"), "{data:?}");
    let told = [&data["file"], &data["line"], &data["column"]];
    assert_eq!(told, [&json!(place.0), &json!(place.1), &json!(place.2)], "{data:?}");
}

#[test]
fn types_are_erased() {
    check(
        bundle(
            "import type { Nothing } from './nowhere.ts'
             interface Point { readonly x: number; y?: number }
             type Pair<T> = [T, T]
             class Box<T extends Point> {
               private value!: T
               constructor(value: T) { this.value = value }
               get(): T { return this.value as T }
             }
             function twice<T>(it: T, of: (it: T) => T): T { return of(of(it)) }
             export default (input: unknown): Pair<number> => {
               const box = new Box<Point>({ x: 1 } satisfies Point)
               return [twice(box.get().x, (n: number) => n + 1)!, <U,>(x?: number): U => x as U] as any
             }",
        ),
        json!([3, null]),
    );
}

#[test]
fn files_of_all_kinds_import_each_other() {
    check(
        bundle(
            "import { a } from './a.mts'\nimport b from './b.cts'\nimport { c } from './lib/c.js'
             export default async (): Promise<unknown> =>
               [a, b.one, c, (await import('./d.ts')).d, import.meta.url]",
        )
        .file("a.mts", "export const a: string = 'a'")
        .file("b.cts", "const one: number = 1\nmodule.exports = { one } as { one: number }")
        .file("lib/c.js", "import { d } from '../d.ts'\nexport const c = d + 'c'")
        .file("d.ts", "export const d: string = 'd'"),
        json!(["a", 1, "dc", "d", "aether://plugin/main.ts"]),
    );
}

#[test]
fn packages_and_require_take_it_too() {
    check(
        bundle("import { kind } from 'kinds'\nimport { old } from './old.cts'\nexport default () => [kind, old]")
            .file("node_modules/kinds/package.json", r#"{"exports":"./src/index.ts","type":"module"}"#)
            .file("node_modules/kinds/src/index.ts", "export const kind: 'ts' = 'ts'")
            .file("old.cts", "const { two }: { two: number } = require('./two.cts')\nexports.old = two")
            .file("two.cts", "exports.two = 2 as number"),
        json!(["ts", 2]),
    );
}

/// What is no module is sloppy, and may return.
#[test]
fn commonjs_is_read_as_what_it_is() {
    let old = "var await: number = 1\nexports.one = await\nif (exports.one as number) return\nexports.one = 2";
    let main = "import { one } from './old.cts'\nimport { two } from 'two'\nexport default () => [one, two]";
    check(
        bundle(main)
            .file("old.cts", old)
            .file("node_modules/two/package.json", r#"{"main":"./index.ts"}"#)
            .file("node_modules/two/index.ts", "exports.two = 2 as number\nreturn"),
        json!([1, 2]),
    );
    refused(bundle("return 1 as number"), "return", ("main.ts", 1, 1));
}

/// A line and a column are what they were, so that nothing maps them.
#[test]
fn errors_are_where_they_were_written() {
    let mut cell = bundle(
        "type A = {\n  b: string\n}\nexport default (a: A, b: Record<string, A>): void => { null as A; throw new Error('here') }",
    )
    .load();
    let error = cell.run(Value::Null).unwrap_err();
    let stack = error.fact("stack").unwrap_or_default();
    assert!(stack.contains("main.ts:4:"), "{stack}");
    let column: usize = stack
        .split("main.ts:4:")
        .nth(1)
        .unwrap()
        .split(|c: char| !c.is_ascii_digit())
        .next()
        .unwrap()
        .parse()
        .unwrap();
    // The engines name the word `new`, or the one after it.
    assert!((73..=82).contains(&column), "{stack}");
}

#[test]
fn what_is_more_than_types_is_refused_with_what_to_write() {
    refused(bundle("let a = 1\n  enum Colour { Red }"), "enum", ("main.ts", 2, 3));
    refused(
        bundle("class A { constructor(private a: number) {} }"),
        "parameter",
        ("main.ts", 1, 23),
    );
    refused(
        bundle("import './x.ts'").file("x.ts", "\nnamespace N { export const a = 1 }"),
        "namespace",
        ("x.ts", 2, 1),
    );
    // Caught where it is imported, as any syntax error is.
    check(
        bundle("export default async () => { try { await import('./x.ts') } catch (e) { return [e.name, e instanceof SyntaxError] } }")
            .file("x.ts", "enum A { B }"),
        json!(["SyntaxError", true]),
    );
}

#[test]
fn what_is_no_typescript_is_refused_with_its_place() {
    refused(bundle("let a: = 1"), "unexpected token", ("main.ts", 1, 8));
    refused(bundle("let a = 1\nlet b: Map<string, = 2"), "unexpected token", ("main.ts", 2, 20));
}

#[test]
fn a_name_that_leads_nowhere_is_told_with_what_was_meant() {
    let error = bundle("import './util.js'").file("util.ts", "").load_error();
    assert!(error.message.contains("imported by its own name, as in `./util.ts`"), "{error}");
    let error = bundle("import './view.tsx'").load_error();
    assert!(error.message.contains("JSX is not run"), "{error}");
}

/// JavaScript that only looks like TypeScript stays what it is.
#[test]
fn javascript_is_left_alone() {
    let text = "const a = 1, b = 2, c = 3; export default () => [a < b, b > (c), a<b>(c)]";
    check(Setup::new(text), json!([true, false, false]));
    let error = Setup::new("const a: number = 1").load_error();
    assert_eq!(error.fact("kind"), Some("syntax"));
}

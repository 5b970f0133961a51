use super::super::Packages;
use super::super::tree::{Tree, told};

/// Files of the package `p` that targets can lead to.
const FILES: [&str; 9] = [
    "a.js",
    "b.js",
    "c.mjs",
    "lib/x.js",
    "lib/y.js",
    "lib/deep/z.js",
    "lib/x/x.js",
    "i/index.js",
    "a*b.js",
];

fn tree(config: &str) -> Tree {
    let files: Vec<String> = FILES.iter().map(|file| format!("node_modules/p/{file}")).collect();
    let mut all: Vec<(&str, &str)> = files.iter().map(|file| (file.as_str(), "")).collect();
    all.push(("node_modules/p/package.json", config));
    all.push(("node_modules/q/package.json", r#"{"exports":{".":"./q.js","./*":"./../x"}}"#));
    all.push(("node_modules/q/q.js", ""));
    all.push(("node_modules/old/package.json", r#"{"main":"o"}"#));
    all.push(("node_modules/old/o.js", ""));
    Tree::new(&all)
}

#[track_caller]
fn compare(config: &str, specifier: &str, got: &str, expect: &str) {
    let got = got.replace("node_modules/p/", "");
    let fits = if expect.starts_with(char::is_uppercase) {
        got.starts_with(expect)
    } else {
        got == expect
    };
    assert!(fits, "{config} {specifier}\n  gave {got}\n  expected {expect}");
}

/// What an import and a `require` of `p` with this for its `exports` give.
#[track_caller]
fn both(exports: &str, subpath: &str, import: &str, require: &str) {
    let config = format!(r#"{{"exports":{exports}}}"#);
    let specifier = format!("p{subpath}");
    let mut packages = Packages::new(|name| name == "path");
    let got = told(packages.import(&mut tree(&config), "main.js", &specifier));
    compare(&config, &specifier, &got, import);
    let got = told(packages.require(&mut tree(&config), "main.js", &specifier));
    compare(&config, &specifier, &got, require);
}

#[track_caller]
fn exports(exports: &str, subpath: &str, expect: &str) {
    both(exports, subpath, expect, expect);
}

/// What an import in `p` with this for its `imports` gives.
#[track_caller]
fn imports(imports: &str, specifier: &str, expect: &str) {
    let config = format!(r#"{{"name":"p","exports":"./b.js","imports":{imports}}}"#);
    let mut packages = Packages::new(|name| name == "path");
    for base in ["node_modules/p/a.js", "node_modules/p/lib/deep/z.js"] {
        let got = told(packages.import(&mut tree(&config), base, specifier));
        compare(&config, specifier, &got, expect);
        let got = told(packages.require(&mut tree(&config), base, specifier));
        compare(&config, specifier, &got, &expect.replace("ERR_MODULE_NOT", "MODULE_NOT"));
    }
}

const NOT_EXPORTED: &str = "ERR_PACKAGE_PATH_NOT_EXPORTED";
const INVALID_TARGET: &str = "ERR_INVALID_PACKAGE_TARGET";
const INVALID_CONFIG: &str = "ERR_INVALID_PACKAGE_CONFIG";
const INVALID_SPECIFIER: &str = "ERR_INVALID_MODULE_SPECIFIER";
const NOT_DEFINED: &str = "ERR_PACKAGE_IMPORT_NOT_DEFINED";

#[test]
fn the_main_export_has_several_forms() {
    exports(r#""./a.js""#, "", "a.js is CommonJs");
    exports(r#"["./a.js"]"#, "", "a.js is CommonJs");
    exports(r#"{"default":"./c.mjs"}"#, "", "c.mjs is Module");
    exports(r#"{".":"./a.js"}"#, "", "a.js is CommonJs");
    exports(r#"{".":{"default":["./a.js"]}}"#, "", "a.js is CommonJs");
    exports(r#""./a.js""#, "/a.js", NOT_EXPORTED);
    exports(r#"{"./b":"./b.js"}"#, "", NOT_EXPORTED);
    exports("{}", "", NOT_EXPORTED);
    exports("false", "", NOT_EXPORTED);
    exports("1", "/a.js", NOT_EXPORTED);
}

#[test]
fn without_exports_the_package_is_open() {
    both("null", "/a.js", "a.js is CommonJs", "a.js is CommonJs");
    both("null", "/a", "ERR_MODULE_NOT_FOUND", "a.js is CommonJs");
    both("null", "/i", "ERR_UNSUPPORTED_DIR_IMPORT", "i/index.js is CommonJs");
}

#[test]
fn subpaths_are_what_is_listed() {
    let listed = r#"{"./x":"./lib/x.js","./lib/y.js":"./lib/y.js","./no":null,"./i":"./i"}"#;
    exports(listed, "/x", "lib/x.js is CommonJs");
    exports(listed, "/lib/y.js", "lib/y.js is CommonJs");
    exports(listed, "/lib/x.js", NOT_EXPORTED);
    exports(listed, "/no", NOT_EXPORTED);
    exports(listed, "/x/", INVALID_SPECIFIER);
    exports(listed, "/./x", NOT_EXPORTED);
    both(
        listed,
        "/i",
        "ERR_UNSUPPORTED_DIR_IMPORT",
        "MODULE_NOT_FOUND: the bundle has no file `i`, required by `main.js`",
    );
}

#[test]
fn subpaths_and_conditions_are_not_mixed() {
    exports(r#"{".":"./a.js","import":"./b.js"}"#, "", INVALID_CONFIG);
    exports(r#"{"import":"./b.js","./a":"./a.js"}"#, "/a", INVALID_CONFIG);
    exports(r#"{"":"./b.js","./a":"./a.js"}"#, "/a", INVALID_CONFIG);
}

#[test]
fn the_first_condition_that_holds_decides() {
    both(r#"{"import":"./a.js","require":"./b.js"}"#, "", "a.js is CommonJs", "b.js is CommonJs");
    exports(r#"{"node":"./b.js","default":"./a.js"}"#, "", "a.js is CommonJs");
    exports(r#"{"default":"./a.js","import":"./b.js","require":"./b.js"}"#, "", "a.js is CommonJs");
    exports(r#"{"z":"./b.js","aether":"./a.js","import":"./b.js"}"#, "", "a.js is CommonJs");
    exports(r#"{"worker":"./a.js","browser":"./b.js"}"#, "", "a.js is CommonJs");
    exports(r#"{"node":"./b.js","browser":"./a.js","default":"./b.js"}"#, "", "a.js is CommonJs");
    exports(
        r#"{"node":"./b.js","deno":"./b.js","module-sync":"./b.js","types":"./b.js"}"#,
        "",
        NOT_EXPORTED,
    );
    both(r#"{"require":"./a.js"}"#, "", NOT_EXPORTED, "a.js is CommonJs");
}

#[test]
fn conditions_nest_and_null_ends_the_search() {
    exports(r#"{"browser":{"node":"./b.js"},"default":"./a.js"}"#, "", "a.js is CommonJs");
    exports(r#"{"browser":{"default":"./a.js"},"default":"./b.js"}"#, "", "a.js is CommonJs");
    exports(r#"{"browser":null,"default":"./b.js"}"#, "", NOT_EXPORTED);
    exports(r#"{"browser":{"x":{"y":"./b.js"}},"default":"./a.js"}"#, "", "a.js is CommonJs");
    let deep = r#"{"default":"#.repeat(100) + r#""./a.js""# + &"}".repeat(100);
    exports(&deep, "", "a.js is CommonJs");
    let deeper = r#"{"default":"#.repeat(200) + r#""./a.js""# + &"}".repeat(200);
    exports(&deeper, "", INVALID_CONFIG);
}

#[test]
fn numbers_are_no_conditions() {
    exports(r#"{".":{"0":"./a.js","default":"./b.js"}}"#, "", INVALID_CONFIG);
    exports(r#"{"default":"./a.js","4294967294":"./b.js"}"#, "", INVALID_CONFIG);
    exports(r#"{"default":"./a.js","4294967295":"./b.js","01":"./b.js"}"#, "", "a.js is CommonJs");
}

#[test]
fn of_several_targets_the_first_that_is_one_is_taken() {
    exports(r#"["../x","./a.js","./b.js"]"#, "", "a.js is CommonJs");
    exports(r#"[1,{"node":"./b.js"},null,"./a.js"]"#, "", "a.js is CommonJs");
    both(r#"["./none.js","./a.js"]"#, "", "ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND");
    exports("[]", "", NOT_EXPORTED);
    exports(r#"["../x"]"#, "", INVALID_TARGET);
    exports(r#"["../x",null]"#, "", NOT_EXPORTED);
    exports(r#"[null,"../x"]"#, "", INVALID_TARGET);
    exports(r#"["../x",{"node":"./b.js"}]"#, "", INVALID_TARGET);
    exports(r#"["./%2fx","./a.js"]"#, "", INVALID_SPECIFIER);
}

#[test]
fn targets_stay_in_the_package() {
    for target in [
        "",
        ".",
        "..",
        "a.js",
        "/a.js",
        "../a.js",
        "./",
        "./../a.js",
        "./lib/../a.js",
        "./.",
        "./lib/.",
        "./lib//x.js",
        "./lib/",
        "./node_modules/x.js",
        "./lib/NODE_modules/x.js",
        "./%2e%2e/a.js",
        "./lib/%2E/x.js",
        "./n%6fde_modules/x",
        "./lib\\\\..\\\\a.js",
        "node:fs",
        "path",
        "https://x/y",
        "file:///etc/passwd",
        "C:\\\\x.js",
    ] {
        exports(&format!(r#""{target}""#), "", INVALID_TARGET);
        exports(&format!(r#"{{"./*":"{target}"}}"#), "/x", INVALID_TARGET);
    }
    for target in [
        "./lib%2fx.js",
        "./lib%5Cx.js",
        "./a%20b.js",
        "./a.js?x",
        "./a.js#x",
        "./a\\\\b.js",
        "./a\\u0000",
    ] {
        exports(&format!(r#""{target}""#), "", INVALID_SPECIFIER);
    }
    for target in ["1", "true", "1.5e3"] {
        exports(&format!(r#"{{".":{target}}}"#), "", INVALID_TARGET);
    }
    exports(&format!(r#""./{}""#, "a".repeat(5000)), "", INVALID_TARGET);
}

#[test]
fn a_star_stands_for_some_of_the_name() {
    let keys = r#"{"./*":"./lib/*.js","./f/*.js":"./lib/*.js","./d/*/*":"./a.js","./twice/*":"./lib/*/*.js"}"#;
    exports(keys, "/x", "lib/x.js is CommonJs");
    exports(keys, "/deep/z", "lib/deep/z.js is CommonJs");
    exports(keys, "/f/y.js", "lib/y.js is CommonJs");
    exports(keys, "/twice/x", "lib/x/x.js is CommonJs");
    both(keys, "/d/x/y", "ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND");
    exports(keys, "", NOT_EXPORTED);
    exports(keys, "/x/", INVALID_SPECIFIER);
    exports(r#"{"./a*":"./a.js"}"#, "/a", NOT_EXPORTED);
    exports(r#"{"./a*b":"./a.js"}"#, "/ab", NOT_EXPORTED);
    exports(r#"{"./a*a":"./a.js"}"#, "/a", NOT_EXPORTED);
}

#[test]
fn the_most_exact_key_wins_whatever_the_order() {
    let keys = [
        r#""./*":"./none""#,
        r#""./l/*":"./none""#,
        r#""./l/*.js":"./a.js""#,
        r#""./l/x.js":"./b.js""#,
    ];
    for turn in 0..keys.len() {
        let mut keys = keys;
        keys.rotate_left(turn);
        let keys = format!("{{{}}}", keys.join(","));
        exports(&keys, "/l/x.js", "b.js is CommonJs");
        exports(&keys, "/l/y.js", "a.js is CommonJs");
    }
    exports(r#"{"./*":"./lib/*.js","./l/*":null}"#, "/l/x", NOT_EXPORTED);
}

#[test]
fn a_star_in_the_specifier_is_one_of_its_characters() {
    exports(r#"{"./*":"./a.js"}"#, "/*", "a.js is CommonJs");
    exports(r#"{"./a*b":"./b.js"}"#, "/a*b", "b.js is CommonJs");
    exports(r#"{"./*":"./*.js"}"#, "/a*b", "a*b.js is CommonJs");
}

#[test]
fn what_stands_for_a_star_stays_below() {
    let keys = r#"{"./*":"./lib/*"}"#;
    for subpath in [
        "/../a.js",
        "/x/../../a.js",
        "/./x.js",
        "/node_modules/x",
        "//x.js",
        "/x//y",
        "/%2e%2e/a.js",
        "/x/%2E",
        "/..",
        "/a%2fb",
        "/x?y",
        "/x#y",
        "/a\\b",
    ] {
        exports(keys, subpath, INVALID_SPECIFIER);
    }
    exports(r#"{"./*":"./*/*/*/*"}"#, &format!("/{}", "x".repeat(1500)), INVALID_TARGET);
}

#[test]
fn internal_names_lead_to_files_and_packages() {
    let listed = r##"{"#a":"./a.js","#q":"q","#old":"old","#path":"path","#self":"p","#l/*":"./lib/*.js",
        "#r/*":"*","#c":{"node":"fs","default":"./c.mjs"},"#/b":"./b.js","#q/x":"q/x"}"##;
    imports(listed, "#a", "a.js is CommonJs");
    imports(listed, "#q", "node_modules/q/q.js is CommonJs");
    imports(listed, "#old", "node_modules/old/o.js is CommonJs");
    imports(listed, "#path", "builtin path");
    imports(listed, "#self", "b.js is CommonJs");
    imports(listed, "#l/deep/z", "lib/deep/z.js is CommonJs");
    imports(listed, "#r/q", "node_modules/q/q.js is CommonJs");
    imports(listed, "#c", "c.mjs is Module");
    imports(listed, "#/b", "b.js is CommonJs");
    imports(listed, "#q/x", INVALID_TARGET);
    imports(listed, "#r/none", "ERR_MODULE_NOT_FOUND");
    imports(listed, "#l/..", INVALID_SPECIFIER);
}

#[test]
fn internal_names_have_to_be_defined() {
    imports(r##"{"#x":{"node":"./a.js"},"#n":null}"##, "#x", NOT_DEFINED);
    imports(r##"{"#n":null,"#*":"./a.js"}"##, "#n", NOT_DEFINED);
    imports("{}", "#x", NOT_DEFINED);
    imports(r##"{"#":"./a.js"}"##, "#", INVALID_SPECIFIER);
    imports(r##"{"#a/":"./a.js"}"##, "#a/", INVALID_SPECIFIER);
    for target in ["../x", "/x", "./../x", "node:fs", "https://x/y"] {
        imports(&format!(r##"{{"#x":"{target}"}}"##), "#x", INVALID_TARGET);
    }
    imports(r##"{"#x":".x"}"##, "#x", INVALID_SPECIFIER);
}

#[test]
fn internal_names_are_those_of_the_nearest_package_json() {
    let mut tree = Tree::new(&[
        ("package.json", r##"{"imports":{"#x":"./x.js"}}"##),
        ("lib/package.json", "{}"),
        ("x.js", ""),
        ("node_modules/p/a.js", ""),
    ]);
    let mut packages = Packages::new(|_| false);
    let mut import = |base| told(packages.import(&mut tree, base, "#x"));
    assert_eq!(import("src/main.js"), "x.js is Module");
    assert!(import("lib/main.js").starts_with(NOT_DEFINED));
    assert!(
        import("node_modules/p/a.js")
            .contains("the `package.json` above the file has no `imports`")
    );
}

#[test]
fn messages_name_the_file_and_what_to_do() {
    let told = |exports: &str, specifier| {
        let config = format!(r#"{{"exports":{exports}}}"#);
        told(Packages::new(|_| false).import(&mut tree(&config), "main.js", specifier))
    };
    assert_eq!(
        told(r#"{"./x":"../y"}"#, "p/x"),
        "ERR_INVALID_PACKAGE_TARGET: `exports` of `node_modules/p/package.json` sends `./x` to `../y`, \
         which is no target: one begins with `./` and stays in the package's folder"
    );
    assert_eq!(
        told("{}", "p/x"),
        "ERR_PACKAGE_PATH_NOT_EXPORTED: `node_modules/p/package.json` does not export `./x`, imported \
         from `main.js`: use what its `exports` lists for `aether`, `worker`, `browser`, `import` or \
         `default`"
    );
}

#[test]
fn a_search_ends_however_much_there_is_to_look_at() {
    let many = |item: &str, times| vec![item; times].join(",");
    exports(&format!("[{},\"./a.js\"]", many("1", 90_000)), "", "a.js is CommonJs");
    exports(&format!("[{},\"./a.js\"]", many("1", 110_000)), "", INVALID_CONFIG);
    // Each of the first list leads through all of the second.
    let list = format!("[{}]", many(r#""q""#, 20_000));
    let config = format!(r##"{{"imports":{{"#x":{list}}}}}"##);
    let inner = format!(r#"{{"exports":[{}]}}"#, many(r#""../x""#, 20_000));
    let mut tree = Tree::new(&[("package.json", &config), ("node_modules/q/package.json", &inner)]);
    let got = told(Packages::new(|_| false).import(&mut tree, "main.js", "#x"));
    assert!(got.starts_with("ERR_INVALID_PACKAGE_CONFIG: `#x` leads through more than"), "{got}");
}

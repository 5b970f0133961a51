//! The examples of native plugins, as a person runs them.

use std::path::Path;

use aether_docs_check::root;
use serde_json::{Value, json};

use crate::Stage;

const LANGUAGES: [&str; 5] = ["sh", "python", "node", "c", "rust"];

/// The example folder, copied to a place of its own and built there.
fn built(stage: &Stage) -> String {
    let folder = stage.aside("native");
    copy(&root().join("examples/native"), &folder);
    // The compilers are found by the person's own settings.
    let build = std::process::Command::new(folder.join("build")).output().expect("a shell");
    assert!(build.status.success(), "{}", String::from_utf8_lossy(&build.stderr));
    folder.display().to_string()
}

pub(super) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in from.read_dir().expect("the example").map(|entry| entry.expect("an entry")) {
        let to = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), to).expect("a file")),
        }
    }
}

#[test]
fn five_languages_count_alike() {
    let stage = Stage::new();
    let native = built(&stage);
    let policy = format!("{native}/aether-policy.yaml");
    stage.file("a.txt", "The quick brown fox\njumps over the lazy dog.\n");
    stage.file("b.txt", "\n  two   words\tand more\n\nno line end");
    stage.file("c.md", "is not counted\n");
    for language in LANGUAGES {
        let plugin = format!("{native}/{language}");
        let checked = stage.run(&["check", &plugin, "--policy", &policy]);
        checked.exits(0).says("0 error(s), 0 warning(s)");
        let counted = stage.run(&["call", &plugin, "run", "--policy", &policy]);
        counted.exits(0).prints(r#"{"files":2,"lines":5,"words":16}"#).no_panic();
        counted.says(&format!("info  count-{language}: counted"));
        let ordinary = stage.aether(&["call", &plugin, "run", "--policy", &policy]);
        let counted = ordinary.as_ordinary_user().run();
        counted.exits(0).prints(r#"{"files":2,"lines":5,"words":16}"#);
        // It never learns of a method that it does not have.
        let other = stage.run(&["call", &plugin, "other", "--policy", &policy]);
        other.exits(2).says("the plugin has no method `other`; it exports `run`");
    }
}

#[test]
fn five_languages_fail_alike() {
    let stage = Stage::new();
    let native = built(&stage);
    let policy = format!("{native}/aether-policy.yaml");
    for language in LANGUAGES {
        let plugin = format!("{native}/{language}");
        let failed = stage.run(&["call", &plugin, "run", "--policy", &policy]);
        failed.exits(1).prints_nothing().says("there is no text file here");
    }
}

#[test]
fn two_runtimes_in_one_pipeline_and_one_report() {
    let stage = Stage::new();
    let example = root().join("examples/mixed");
    let pipeline = example.join("pipeline.yaml").display().to_string();
    let data = format!("data={}", example.join("data").display());
    let line = ["run", &pipeline, "--set", &data, "--inspect-security=report"];
    let run = stage.run(&line);
    let result = run.exits(0).json();
    // What is known of these two: Cobb 1978 (the Nile since 1899), and Anscombe 1973.
    assert_eq!(
        result,
        json!({
            "report": "out/tables.md",
            "notable": [
                "anscombe.csv: y2 has 1 outlier(s): 3.1",
                "anscombe.csv: y3 has 1 outlier(s): 12.74",
                "anscombe.csv: x4 has 1 outlier(s): 19",
                "anscombe.csv: y4 has 1 outlier(s): 12.5",
                "nile.csv: from year 1899 on, the mean of flow is 850 instead of 1098",
            ],
        })
    );
    assert!(!stage.has("out"), "nothing on disk has changed");
    for file in ["report.html", "report.json", "violations.sarif", "audit.jsonl"] {
        assert!(stage.has(format!("report/{file}")), "{file}");
    }
    let report: Value = serde_json::from_str(&stage.text("report/report.json")).expect("JSON");
    let cells = report["cells"].as_array().expect("cells");
    let told: Vec<_> = cells
        .iter()
        .map(|cell| (&cell["step"], &cell["runtime"], cell["grants"].as_array().map(Vec::len)))
        .collect();
    assert_eq!(
        told,
        [
            (&json!("read"), &json!("javascript"), Some(1)),
            // What its manifest asks for was not left to this step.
            (&json!("measure"), &json!("native"), Some(0)),
            (&json!("report"), &json!("native"), Some(1)),
        ]
    );
    assert_eq!(cells[2]["changes"][1]["path"], "/workspace/out/tables.md", "{report}");
    stage.run(&["audit", "verify", "report/audit.jsonl"]).exits(0).says("valid: ");

    stage.run(&["apply"]).exits(0);
    let page = stage.text("out/tables.md");
    for row in [
        "| y1 | 7.501 | 2.032 | 4.26 | 6.315 · 7.58 · 8.57 | 10.84 | 0.5001 | 0.8164 |",
        "| flow | 919.4 | 169.2 | 456 | 798.5 · 893.5 · 1032 | 1370 | -2.714 | -0.4653 |",
    ] {
        assert!(page.contains(row), "{page}");
    }
}

#[test]
fn a_table_beyond_a_line_of_the_protocol() {
    let stage = Stage::new();
    let level = |row: u32| if row < 45_000 { 1000 } else { 2000 } + row * 7919 % 97;
    let rows: String = (0..60_000).map(|row| format!("{row},{},{row}.5\n", level(row))).collect();
    stage.file("data/big.csv", format!("row,level,more\n{rows}"));
    let pipeline = root().join("examples/mixed/pipeline.yaml").display().to_string();
    let run = stage.run(&["run", &pipeline, "--set", "data=data"]);
    run.exits(0).prints_some("from row 45000 on, the mean of level is 2048 instead of 1048");
}

#[test]
fn tables_that_are_none_are_left_out() {
    let stage = Stage::new();
    stage.file("data/words.csv", "a,b\nx,\"y, z\"\n");
    stage.file("data/odd<b>.csv", "\"n, \"\"1\"\"\",b\n1,2\n3,\n");
    stage.file("data/empty.csv", "");
    stage.file("data/notes.txt", "1,2\n");
    let pipeline = root().join("examples/mixed/pipeline.yaml").display().to_string();
    let run = stage.run(&["run", &pipeline, "--set", "data=data", "--apply"]);
    run.exits(0).prints(r#"{"report":"out/tables.md","notable":[]}"#);
    let page = stage.text("out/tables.md");
    for part in [
        "## odd\\<b\\>.csv\n\n2 rows.",
        "| n, \"1\" | 2 |",
        "words.csv is left out: no column of numbers.",
        "empty.csv is left out: no column of numbers.",
    ] {
        assert!(page.contains(part), "{part:?} in {page}");
    }
}

#[test]
fn a_secret_that_the_plugin_never_has_and_one_file_of_two() {
    let stage = Stage::new();
    let rates = stage.aside("rates");
    copy(&root().join("examples/rates"), &rates);
    let key = "8f0c-this-is-the-key-5a1e";
    let (_server, url) = Server::start(&rates.join("server.py"), key);
    let port = url.trim_start_matches("http://localhost:").split('/').next().expect("a port");
    for file in ["aether-policy.yaml", "plugins/rates/aether-plugin.json"] {
        let text = std::fs::read_to_string(rates.join(file)).expect("a file");
        std::fs::write(rates.join(file), text.replace("8765", port)).expect("a file");
    }
    let path = |name: &str| rates.join(name).display().to_string();
    let (pipeline, policy) = (path("pipeline.yaml"), path("aether-policy.yaml"));
    let folder = rates.display().to_string();
    let set = format!("url={url}");
    let line = ["run", &pipeline, "--workdir", &folder, "--policy", &policy, "--set", &set];
    let run = stage
        .aether(&[&line[..], &["--inspect-security=report"]].concat())
        .env("RATES_KEY", key)
        .run();
    assert_eq!(run.exits(0).json(), json!({ "date": "2026-01-02", "rates": 3 }));
    let page = |name: &str| std::fs::read_to_string(rates.join("site").join(name)).expect("a page");
    let before = [page("rates.md"), page("index.md")];
    let diff = stage.run(&["diff"]);
    diff.exits(0).prints_some("+| 1 EUR | 1.17 USD |").prints_some("as of 2026-01-02.");
    assert_eq!([page("rates.md"), page("index.md")], before, "nothing has changed yet");
    stage.run(&["apply", "--only", "./site/rates.md"]).exits(0);
    assert!(page("rates.md").contains("| 1 EUR | 1.17 USD |"), "{}", page("rates.md"));
    assert_eq!(page("index.md"), before[1], "the other waits");
    stage.run(&["discard"]).exits(0);
    assert_eq!(page("index.md"), before[1]);
    // Wherever anybody looks, the key is not there.
    for file in ["audit.jsonl", "report.json", "report.html", "violations.sarif"] {
        assert!(!stage.text(format!("report/{file}")).contains(key), "{file}");
    }
    assert!(!run.stderr.contains(key) && !run.stdout.contains(key), "{run}");
    // Without the key there is a sentence.
    let without = stage.aether(&line).run();
    without.exits(2).says("the host has no usable variable `RATES_KEY`");
}

/// The service of an example. It ends with the test, however that ends.
struct Server(std::process::Child);

impl Server {
    /// Starts it; gives the address that it says it has.
    fn start(program: &Path, key: &str) -> (Self, String) {
        let server = std::process::Command::new("python3")
            .arg(program)
            .arg("0")
            .env("RATES_KEY", key)
            .stdout(std::process::Stdio::piped())
            .spawn();
        let mut server = Self(server.expect("Python"));
        let said = server.0.stdout.take().expect("what it says");
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(said), &mut line).expect("a line");
        (server, line.trim().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

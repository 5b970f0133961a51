mod harness;
use harness::*;
use serde_json::json;
#[test]
fn t() {
    let src = std::fs::read_to_string("/tmp/t.js").unwrap();
    let mut cell = Setup::new(&src)
        .with_files(
            Files::default().file("/workspace/a.txt", "a\nb\r\nc").file("/workspace/d/e.txt", "x"),
        )
        .greet();
    match cell.load() {
        Ok(x) => println!("{x:?}"),
        Err(e) => {
            println!("LOAD {e:#?}");
            return;
        }
    }
    match cell.run(json!({})) {
        Ok(v) => println!("OK {v}"),
        Err(e) => println!("ERR {} {:#?}", e.message, e.data),
    }
    for l in &cell.logs {
        println!("[{:?}] {} {:?}", l.level, l.message, l.fields);
    }
}

//! Code that was compiled of an entry: handed to the cell that runs it, taken from the one that
//! compiles it, and to nobody else.

use aether_gateway::limits::CODE_BYTES;
use aether_gateway::{Ahead, AheadPart, Attach, CodeSide, CodeSink, Coded};
use aether_protocol::v1::CodePart;
use serde_json::{Value, json};

use crate::bench::{Bench, FakeBlobs, NoBlobs, Refusal, outcome, value};

pub(crate) fn coded() -> Coded {
    Coded {
        entry: "e".repeat(64),
        facts: Attach::Bytes(b"facts".to_vec()),
        key: "a".repeat(64),
        code: Attach::Bytes(vec![7; 20 << 20]),
        digest: "b3:code".to_owned(),
    }
}

impl Bench {
    fn with_code(code: CodeSide) -> Self {
        let mut bench = Self::new();
        bench.door.set_code(code);
        bench
    }

    /// A part, as it comes along.
    fn part(&mut self, part: &str) -> Result<(Value, Vec<u8>), Refusal> {
        let line = json!({ "jsonrpc": "2.0", "id": 7, "method": "bundle.code", "params": { "part": part } });
        let answer = self.door.receive(line.to_string().as_bytes(), &mut NoBlobs);
        let answer = answer.expect("not expelled").expect("an answer");
        let told = outcome(&value(&answer))?;
        let file = answer.attach.expect("a file").into_bytes().expect("its bytes");
        assert_eq!(told["size"], file.len());
        Ok((told, file))
    }
}

#[test]
fn code_goes_to_the_cell_that_runs_it() {
    let mut bench = Bench::with_code(CodeSide::Runs(coded(), None));
    let (told, facts) = bench.part("facts").expect("facts");
    assert_eq!(facts, b"facts");
    assert_eq!(told, json!({ "size": 5, "entry": "e".repeat(64), "key": "a".repeat(64) }));
    let (told, code) = bench.part("code").expect("code");
    assert_eq!((told, code.len()), (json!({ "size": 20 << 20 }), 20 << 20));
    assert_eq!(bench.part("entry").expect_err("it compiles nothing").number(), -32601);
    let keep = json!({ "part": "code", "data": { "base64": "AAAA" } });
    assert_eq!(bench.ask("bundle.keep", keep).expect_err("it compiles nothing").number(), -32601);
    // What runs stands in the log, by its digest.
    let recorded = bench.recorded("host-call");
    assert!(recorded.contains(&("bundle.code".to_owned(), "b3:code".to_owned())), "{recorded:?}");
}

#[test]
fn code_is_taken_from_the_cell_that_compiles_it() {
    let sink = CodeSink::default();
    let entry = Attach::Bytes(b"\0asm".to_vec());
    let mut bench = Bench::with_code(CodeSide::Compiles(entry, sink.clone()));
    assert_eq!(bench.part("entry").expect("an entry").1, b"\0asm");
    for part in ["facts", "code"] {
        assert_eq!(bench.part(part).expect_err("there is none yet").number(), -32601, "{part}");
    }
    let mut keep = |part: &str, data: Value, blobs: &mut FakeBlobs| {
        bench.ask_with("bundle.keep", json!({ "part": part, "data": data }), blobs)
    };
    let none = &mut FakeBlobs::default();
    keep("facts", json!({ "text": "{\"a\"" }), none).expect("kept");
    keep("facts", json!({ "text": ":1}" }), none).expect("kept");
    keep("code", json!({ "base64": "AQI=" }), none).expect("kept");
    let piece = json!({ "blob": 3, "as": "bytes" });
    keep("code", piece, &mut FakeBlobs::of([3, 4, 5])).expect("kept");
    keep("entry", json!({ "base64": "AQI=" }), none).expect_err("it is the host's");
    keep("code", json!({ "base64": "?" }), none).expect_err("no bytes");
    let given = sink.take();
    assert_eq!((&given.facts[..], &given.code[..]), (&b"{\"a\":1}"[..], &[1, 2, 3, 4, 5][..]));
    assert!(sink.take().code.is_empty(), "given once");
}

#[test]
fn a_coredump_is_taken_where_it_is_wanted() {
    let piece = json!({ "part": "coredump", "data": { "base64": "AAFhc20=" } });
    let sink = CodeSink::default();
    let mut bench = Bench::with_code(CodeSide::Runs(coded(), Some(sink.clone())));
    bench.ask("bundle.keep", piece.clone()).expect("kept");
    assert_eq!(sink.take().code, [0, 1, b'a', b's', b'm']);
    let recorded = bench.recorded("host-call");
    assert!(recorded.contains(&("bundle.keep".to_owned(), "coredump".to_owned())), "{recorded:?}");
    let code = json!({ "part": "code", "data": { "base64": "AAFhc20=" } });
    assert_eq!(bench.ask("bundle.keep", code).expect_err("it runs it").number(), -32601);
    for side in [
        CodeSide::Nothing,
        CodeSide::Runs(coded(), None),
        CodeSide::Compiles(Attach::Bytes(Vec::new()), CodeSink::default()),
    ] {
        let mut bench = Bench::with_code(side);
        let error = bench.ask("bundle.keep", piece.clone()).expect_err("not wanted");
        assert_eq!(error.number(), -32601);
    }
}

#[test]
fn no_more_code_is_taken_than_the_host_holds() {
    const PIECE: usize = 16 << 20;
    let sink = CodeSink::default();
    let mut bench = Bench::with_code(CodeSide::Compiles(Attach::Bytes(Vec::new()), sink.clone()));
    let mut keep = |size: usize| {
        let params = json!({ "part": "code", "data": { "blob": size, "as": "bytes" } });
        bench.ask_with("bundle.keep", params, &mut FakeBlobs::of(vec![0; size]))
    };
    for _ in 0..CODE_BYTES / PIECE {
        keep(PIECE).expect("kept");
    }
    assert_eq!(keep(1).expect_err("full").number(), -32030);
    assert_eq!(sink.take().code.len(), CODE_BYTES);
}

#[test]
fn nobody_else_has_to_do_with_code() {
    let mut bench = Bench::new();
    for part in ["entry", "facts", "code"] {
        assert_eq!(bench.part(part).expect_err("no code").number(), -32601, "{part}");
    }
    let error = bench.ask("bundle.code", json!({ "part": "key" })).expect_err("no such part");
    assert_eq!(error.number(), -32602);
    let mut bench = Bench::with_code(CodeSide::Runs(coded(), None));
    bench.door.never_attach();
    let error = bench.part("facts").expect_err("nothing comes along");
    assert_eq!(error.number(), -32600);
}

#[test]
fn what_an_engine_made_ahead_is_had_where_it_is_there() {
    let part = |bytes: &[u8]| {
        let digest = format!("b3:{}", bytes.len());
        Some(AheadPart { bytes: Attach::Bytes(bytes.to_vec()), digest })
    };
    let whole = Ahead { snapshot: part(b"snap"), script: part(b"compiled") };
    let mut bench = Bench::with_code(CodeSide::Has(whole.clone()));
    assert_eq!(bench.part("snapshot").expect("a snapshot").1, b"snap");
    assert_eq!(bench.part("script").expect("a script").1, b"compiled");
    let recorded = bench.recorded("host-call");
    let of = |digest: &str| recorded.contains(&("bundle.code".to_owned(), digest.to_owned()));
    assert!(of("b3:4") && of("b3:8"), "{recorded:?}");
    for part in ["entry", "facts", "code", "coredump"] {
        assert_eq!(bench.part(part).expect_err("no such part").number(), -32601, "{part}");
    }
    let mut bench = Bench::with_code(CodeSide::Has(Ahead { snapshot: None, ..whole }));
    assert_eq!(bench.part("snapshot").expect_err("none").number(), -32601);
}

/// Whoever could put something in the place of a snapshot could run machine code in every cell.
#[test]
fn a_cell_hands_over_what_it_was_started_to_make_and_nothing_else() {
    let piece = |part: &str| json!({ "part": part, "data": { "base64": "AAFhc20=" } });
    let parts = ["entry", "facts", "code", "coredump", "script", "snapshot"];
    for makes in [CodePart::Script, CodePart::Snapshot] {
        let sink = CodeSink::default();
        let mut bench = Bench::with_code(CodeSide::Makes(makes, sink.clone()));
        let name = if makes == CodePart::Script { "script" } else { "snapshot" };
        for part in parts {
            let answer = bench.ask("bundle.keep", piece(part));
            assert_eq!(answer.is_ok(), part == name, "{part} of one that makes {name}");
            assert_eq!(bench.part(part).expect_err("it makes it").number(), -32601);
        }
        assert_eq!(sink.take().code, [0, 1, b'a', b's', b'm']);
    }
    for side in [CodeSide::Nothing, CodeSide::Has(Ahead::default()), CodeSide::Runs(coded(), None)]
    {
        let mut bench = Bench::with_code(side);
        for part in parts {
            let error = bench.ask("bundle.keep", piece(part)).expect_err("it runs a plugin");
            assert_eq!(error.number(), -32601, "{part}");
        }
    }
}

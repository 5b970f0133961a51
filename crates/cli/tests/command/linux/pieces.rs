//! Results in pieces, printed as they come.

use crate::Stage;

const ROWS: &str = "export default async function* ({ to }) {
  for (let i = 0; i < to; i++) yield { i };
  if (to > 2) throw new Error('too many');
  return to === 2 ? 'end' : undefined;
}";

fn stage() -> Stage {
    let stage = Stage::new();
    stage.plugin("p").main(ROWS);
    stage
}

#[test]
fn each_piece_is_a_line_and_the_end_one_where_there_is_any() {
    let stage = stage();
    let call = |to: u32, more: &[&str]| {
        let input = format!("{{\"to\":{to}}}");
        stage.run(&[&["call", "p", "run", "--input", &input], more].concat())
    };
    call(1, &["--stream"]).exits(0).prints(r#"{"i":0}"#);
    call(2, &["--stream"]).exits(0).prints("{\"i\":0}\n{\"i\":1}\n\"end\"");
    call(2, &[]).exits(0).prints(r#"[{"i":0},{"i":1}]"#);
    let failed = call(3, &["--stream"]);
    failed.exits(1).prints("{\"i\":0}\n{\"i\":1}\n{\"i\":2}").says("too many");
}

#[test]
fn pieces_and_one_object_are_not_to_be_had_together() {
    let stage = stage();
    let line = ["call", "p", "run", "--input", "{\"to\":1}", "--format", "json"];
    let both = stage.run(&[&line[..], &["--stream"]].concat());
    both.exits(2).prints_some("exclude each other").says("leave out `--stream`");
    stage.run(&line).exits(0).prints_some(r#"[{"i":0}]"#);
}

//! No text panics, whatever it holds where; every run ends with every step accounted for.

use aether_pipeline::{Options, Outcome, StepRequest, StepRunner, parse, run};
use aether_source::{Diagnostic, Source};
use proptest::prelude::*;
use serde_json::{Value, json};

struct Sometimes;

impl StepRunner for Sometimes {
    type Error = String;

    fn run(&self, request: StepRequest<'_>) -> Result<Value, String> {
        if request.method == "fail" {
            Err(String::new())
        } else {
            Ok(json!({ "a": [request.input] }))
        }
    }
}

fn answered(text: &str) {
    match parse(Source::new("p", text)) {
        Ok(plan) => {
            assert_eq!(plan.order().len(), plan.steps().len());
            if let Ok(report) = run(&plan, &Sometimes, Options::default(), &mut |_| {}) {
                assert_eq!(report.steps.len(), plan.steps().len());
            }
        }
        Err(all) => assert!(all.iter().any(Diagnostic::is_error)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text(text in any::<String>()) {
        answered(&text);
    }

    #[test]
    fn any_expression(
        text in "(\\$\\{\\{|\\}\\}| |inputs|steps|\\.|\\[|\\]|'|x|a|result|outcome|[0-9]|-|\\\\|é){0,16}"
    ) {
        let value = json!({
            "inputs": { "x": { "type": "string", "default": "v" } },
            "steps": [
                { "id": "a", "plugin": "p" },
                { "id": "b", "plugin": "p", "with": text, "mounts": { "/m": text } },
            ],
            "output": text,
        });
        answered(&value.to_string());
    }

    #[test]
    fn any_value_in_any_field(
        key in "id|plugin|method|needs|mounts|with|timeout|permissions|continue-on-error",
        text in "[a-z$\\{\\}./0-9 -]{0,12}",
        shape in 0_u8..5,
    ) {
        let field = match shape {
            0 => json!(text),
            1 => json!([text]),
            2 => json!({ text: 1 }),
            3 => json!(5),
            _ => Value::Null,
        };
        let mut step = json!({ "id": "a", "plugin": "p" });
        step[key] = field;
        answered(&json!({ "steps": [step] }).to_string());
    }

    /// Any needs among a few steps: refused as a circle, or run with every rule kept.
    #[test]
    fn any_graph(
        needs in prop::collection::vec(prop::collection::vec(0_usize..6, 0..3), 6),
        fails in prop::collection::vec(any::<bool>(), 6),
        tolerated in prop::collection::vec(any::<bool>(), 6),
        parallel in 1_usize..4,
    ) {
        let steps: Vec<Value> = (0..6)
            .map(|step| json!({
                "id": format!("s{step}"),
                "plugin": "p",
                "method": if fails[step] { "fail" } else { "run" },
                "continue-on-error": tolerated[step],
                "needs": needs[step].iter().map(|need| format!("s{need}")).collect::<Vec<_>>(),
            }))
            .collect();
        let plan = match parse(Source::new("p", json!({ "steps": steps }).to_string())) {
            Ok(plan) => plan,
            Err(all) => {
                prop_assert!(all.iter().filter(|d| d.is_error()).all(|d| d.code == "cycle"), "{}", all[0]);
                return Ok(());
            }
        };
        let options = Options { parallel: Some(parallel), cancel: None };
        let report = run(&plan, &Sometimes, options, &mut |_| {}).unwrap();
        for (step, found) in report.steps.iter().enumerate() {
            let blocked = needs[step].iter().any(|need| match report.steps[*need].outcome {
                Outcome::Ok(_) => false,
                Outcome::Failed(_) => !tolerated[*need],
                Outcome::Skipped(_) => true,
            });
            let expect = if blocked { "skipped" } else if fails[step] { "failed" } else { "ok" };
            prop_assert_eq!(found.outcome.as_str(), expect);
        }
    }
}

//! Running: order, failures, skipping, values, panics, cancelling.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Barrier, Condvar, Mutex};

use aether_pipeline::{Event, Options, Outcome, RunReport, StepRequest, StepRunner, parse, run};
use aether_source::Source;
use serde_json::{Value, json};

/// Echoes its input, or does what the method says.
struct Echo;

impl StepRunner for Echo {
    type Error = String;

    fn run(&self, request: StepRequest<'_>) -> Result<Value, String> {
        match request.method {
            "fail" => Err(format!("{} broke", request.step.id)),
            "panics" => panic!("oh no"),
            "mounts" => Ok(json!(
                request
                    .mounts
                    .iter()
                    .map(|mount| format!("{}={}", mount.at, mount.host.display()))
                    .collect::<Vec<_>>()
            )),
            _ => Ok(request.input),
        }
    }
}

fn plan(text: &str) -> aether_pipeline::Plan {
    parse(Source::new("p.yaml", text)).unwrap_or_else(|all| panic!("{}", all[0]))
}

/// Runs one step at a time; gives the report and the events as text.
fn run_one_by_one(text: &str) -> (RunReport<String>, Vec<String>) {
    let mut events = Vec::new();
    let options = Options { parallel: Some(1), cancel: None };
    let report = run(&plan(text), &Echo, options, &mut |event: Event<'_, String>| {
        events.push(match event {
            Event::Started { step } => format!("{} started", step.id),
            Event::Ended { step, outcome, .. } => format!("{} {}", step.id, outcome.as_str()),
            Event::Skipped { step, reason } => format!("{} skipped: {reason}", step.id),
        });
    });
    (report.unwrap(), events)
}

fn outcomes(report: &RunReport<String>) -> BTreeMap<&str, &str> {
    report.steps.iter().map(|step| (step.id.as_str(), step.outcome.as_str())).collect()
}

#[test]
fn results_flow_from_step_to_step() {
    let (report, events) = run_one_by_one(
        r#"
inputs: { n: { type: number, default: 3 }, who: { type: string, default: "w" } }
steps:
  - id: last
    plugin: p
    with:
      all: ${{ steps.first.result }}
      one: "${{ steps.first.result.list[1]['a.b'] }}"
      text: "${{ inputs.who }} has ${{ inputs.n }}, ${{ steps.first.outcome }} ${{ steps.first.result.none }}"
      typed: ["${{ inputs.n }}", "${{ 'literal ${{' }}", "${{ true }}"]
  - id: first
    plugin: p
    with: { list: [1, { a.b: "x" }], none: null }
output: { done: "${{ steps.last.result.one }}" }
"#,
    );
    assert_eq!(events, ["first started", "first ok", "last started", "last ok"]);
    let Outcome::Ok(value) = &report.step("last").unwrap().outcome else { panic!() };
    assert_eq!(
        *value,
        json!({
            "all": { "list": [1, { "a.b": "x" }], "none": null },
            "one": "x",
            "text": "w has 3, ok null",
            "typed": [3, "literal ${{", true],
        })
    );
    assert_eq!(report.output, Some(Ok(json!({ "done": "x" }))));
    assert!(report.is_ok());
}

#[test]
fn a_failed_step_skips_what_needs_it_and_no_other() {
    let (report, events) = run_one_by_one(
        "steps:\n\
         - { id: bad, plugin: p, method: fail }\n\
         - { id: after, plugin: p, needs: [bad] }\n\
         - { id: later, plugin: p, needs: [after], continue-on-error: true }\n\
         - { id: free, plugin: p }\n\
         output: \"${{ steps.later.result }}\"\n",
    );
    assert_eq!(
        events,
        [
            "bad started",
            "bad failed",
            "after skipped: step `bad` failed",
            "later skipped: step `after` was skipped",
            "free started",
            "free ok",
        ]
    );
    assert!(!report.is_ok() && !report.cancelled);
    let failures: Vec<String> =
        report.failures().map(|(step, error)| format!("{}: {error}", step.id)).collect();
    assert_eq!(failures, ["bad: bad broke"]);
    let error = report.output.unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "`steps.later.result`: step `later` was skipped, so it has no result"
    );
}

#[test]
fn continue_on_error_goes_on_without_a_result() {
    let (report, _) = run_one_by_one(
        "steps:\n\
         - { id: bad, plugin: p, method: fail, continue-on-error: true }\n\
         - { id: after, plugin: p, with: [\"${{ steps.bad.result.x }}\", \"${{ steps.bad.outcome }}\"] }\n",
    );
    assert_eq!(outcomes(&report), BTreeMap::from([("bad", "failed"), ("after", "ok")]));
    assert_eq!(report.step("after").unwrap().outcome, Outcome::Ok(json!([null, "failed"])));
    assert!(report.is_ok() && report.failures().count() == 0);
}

#[test]
fn a_panic_in_the_runner_is_the_steps_own() {
    let (report, _) =
        run_one_by_one("steps:\n- { id: a, plugin: p, method: panics }\n- { id: b, plugin: p }\n");
    assert_eq!(outcomes(&report), BTreeMap::from([("a", "failed"), ("b", "ok")]));
    let (_, error) = report.failures().next().unwrap();
    assert_eq!(error.to_string(), "the host's own code panicked: oh no");
}

#[test]
fn what_has_no_value_fails_the_step_with_the_place() {
    let check = |expression: &str, expect: &str| {
        let text = format!(
            "steps:\n- {{ id: a, plugin: p, with: {{ list: [1], name: x, deep: {{ n: 1 }} }} }}\n\
             - {{ id: b, plugin: p, with: \"{expression}\" }}\n"
        );
        let plan = plan(&text);
        let report = run(&plan, &Echo, Options::default(), &mut |_| {}).unwrap();
        let (_, error) = report.failures().next().expect(expression);
        let aether_pipeline::StepError::Evaluate(error) = error else { panic!("{error}") };
        assert_eq!(error.diagnostic(plan.source()).to_string(), expect);
    };
    check(
        "${{ steps.a.result.nmae }}",
        "p.yaml:3:30: error: `steps.a.result.nmae`: the result has no `nmae`\n  help: did you mean `name`?",
    );
    check(
        "${{ steps.a.result.list[1] }}",
        "p.yaml:3:30: error: `steps.a.result.list[1]`: the list has no position 1, only 1 elements",
    );
    check(
        "${{ steps.a.result.name.x }}",
        "p.yaml:3:30: error: `steps.a.result.name.x`: `x` is asked of a string, which has no keys",
    );
    check(
        "${{ steps.a.result[0] }}",
        "p.yaml:3:30: error: `steps.a.result[0]`: position 0 is asked of an object, which is not a list",
    );
    check(
        "as text: ${{ steps.a.result.deep }}",
        "p.yaml:3:39: error: `steps.a.result.deep`: an object cannot be part of a text; make the expression the whole value",
    );
}

#[test]
fn values_cannot_grow_without_end() {
    struct Big;
    impl StepRunner for Big {
        type Error = String;
        fn run(&self, request: StepRequest<'_>) -> Result<Value, String> {
            match request.step.id.as_str() {
                "a" => Ok(json!("x".repeat(1 << 20))),
                _ => Ok(Value::Null),
            }
        }
    }
    let uses = "${{ steps.a.result }}".repeat(100);
    let text =
        format!("steps:\n- {{ id: a, plugin: p }}\n- {{ id: b, plugin: p, with: '{uses}' }}\n");
    let report = run(&plan(&text), &Big, Options::default(), &mut |_| {}).unwrap();
    let (_, error) = report.failures().next().unwrap();
    assert!(error.to_string().contains("larger than 64 MiB"), "{error}");
}

#[test]
fn mounts_are_paths_of_the_host() {
    let text = "inputs: { logs: { type: folder }, n: { type: number, default: 1 } }\nsteps:\n\
                - { id: a, plugin: p, method: mounts, mounts: { /logs: \"${{ inputs.logs }}\", /data: ./data, /day: \"${{ inputs.logs }}/today\" } }\n\
                - { id: b, plugin: p, method: mounts, mounts: { /x: \"${{ inputs.n }}\" } }\n";
    let mut plan = plan(text);
    plan.set_input("logs", "logs").unwrap();
    plan.anchor(Path::new("/pipes"), Path::new("/home/me"));
    let report = run(&plan, &Echo, Options::default(), &mut |_| {}).unwrap();
    let at = |folder: &str, name: &str| Path::new(folder).join(name).display().to_string();
    assert_eq!(
        report.step("a").unwrap().outcome,
        Outcome::Ok(json!([
            format!("/logs={}", at("/home/me", "logs")),
            format!("/data={}", at("/pipes", "./data")),
            format!("/day={}/today", at("/home/me", "logs"))
        ]))
    );
    let (_, error) = report.failures().next().unwrap();
    assert_eq!(error.to_string(), "the mount at `/x` is not a path on this machine");
}

#[test]
fn an_input_without_a_value_stops_before_the_start() {
    let plan = plan(
        "inputs: { a: { type: string } }\nsteps: [{ id: x, plugin: p, with: \"${{ inputs.a }}\" }]",
    );
    let mut begun = false;
    let error = run(&plan, &Echo, Options::default(), &mut |_: Event<'_, String>| begun = true);
    assert_eq!(error.unwrap_err().to_string(), "no value for `a`");
    assert!(!begun);
}

/// Steps that can end only together: this hangs unless they really run side by side.
#[test]
fn independent_steps_run_side_by_side() {
    struct Together(Barrier);
    impl StepRunner for Together {
        type Error = String;
        fn run(&self, _: StepRequest<'_>) -> Result<Value, String> {
            self.0.wait();
            Ok(Value::Null)
        }
    }
    let plan =
        plan("steps:\n- { id: a, plugin: p }\n- { id: b, plugin: p }\n- { id: c, plugin: p }\n");
    let options = Options { parallel: Some(3), cancel: None };
    let report = run(&plan, &Together(Barrier::new(3)), options, &mut |_| {}).unwrap();
    assert!(report.is_ok());
}

#[test]
fn no_more_steps_run_at_once_than_allowed() {
    struct Counting {
        now: AtomicUsize,
        most: AtomicUsize,
    }
    impl StepRunner for Counting {
        type Error = String;
        fn run(&self, _: StepRequest<'_>) -> Result<Value, String> {
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            std::thread::yield_now();
            self.now.fetch_sub(1, Ordering::SeqCst);
            Ok(Value::Null)
        }
    }
    let steps: String = (0..50).map(|n| format!("- {{ id: s{n}, plugin: p }}\n")).collect();
    let plan = plan(&format!("steps:\n{steps}"));
    for limit in [0, 1, 4] {
        let runner = Counting { now: AtomicUsize::new(0), most: AtomicUsize::new(0) };
        let options = Options { parallel: Some(limit), cancel: None };
        assert!(run(&plan, &runner, options, &mut |_| {}).unwrap().is_ok());
        assert!(runner.most.load(Ordering::SeqCst) <= limit.max(1));
    }
}

#[test]
fn cancelling_begins_nothing_more() {
    struct Cancelling<'a> {
        cancel: &'a AtomicBool,
        both: (Mutex<usize>, Condvar),
    }
    impl StepRunner for Cancelling<'_> {
        type Error = String;
        fn run(&self, request: StepRequest<'_>) -> Result<Value, String> {
            // Both run before either cancels, so that running steps are seen to end in order.
            let (count, changed) = &self.both;
            let mut count = count.lock().unwrap();
            *count += 1;
            changed.notify_all();
            let _both = changed.wait_while(count, |count| *count < 2).unwrap();
            self.cancel.store(true, Ordering::Relaxed);
            Ok(request.input)
        }
    }
    let cancel = AtomicBool::new(false);
    let runner = Cancelling { cancel: &cancel, both: (Mutex::new(0), Condvar::new()) };
    let plan = plan(
        "steps:\n- { id: a, plugin: p }\n- { id: b, plugin: p }\n- { id: c, plugin: p }\n- { id: d, plugin: p, needs: [a] }\n",
    );
    let options = Options { parallel: Some(2), cancel: Some(&cancel) };
    let report = run(&plan, &runner, options, &mut |_| {}).unwrap();
    assert_eq!(
        outcomes(&report),
        BTreeMap::from([("a", "ok"), ("b", "ok"), ("c", "skipped"), ("d", "skipped")])
    );
    assert!(report.cancelled && !report.is_ok());
}

#[test]
fn a_panic_in_the_callback_comes_back_and_leaves_no_thread() {
    let plan = plan("steps:\n- { id: a, plugin: p }\n- { id: b, plugin: p }\n");
    let caught = std::panic::catch_unwind(|| {
        run(&plan, &Echo, Options::default(), &mut |event: Event<'_, String>| {
            assert!(!matches!(event, Event::Ended { .. }), "seen");
        })
    });
    assert!(caught.is_err());
}

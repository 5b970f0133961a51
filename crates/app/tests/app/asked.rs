//! Questions while plugins run.

use aether_app::model::{Event, QuestionKind};
use serde_json::json;

use crate::desk::{Desk, tests};

tests! {
    a_page_answers_for_a_single_operation,
    where_no_page_answers_it_is_no_at_once,
    the_apps_own_code_answers_first,
    stopping_a_plugin_answers_its_question,
    the_apps_own_code_learns_that_a_question_is_over,
}

const POLICY: &str = "version: 1\nplugins:\n  p: { allow: { filesystem: { read: [./**], write: [./**] } }, limits: { timeout: 10s }, elevation: [{ right: host-write, answer: ask }] }\n";

const THROUGH: &str = "
import { writeText } from 'aether:fs';
export default async () => {
    try {
        const token = await aether.elevate({ hostWrite: './a.txt', reason: 'to publish it' });
        await writeText('./a.txt', 'new', { through: token });
        return 'written';
    } catch (error) { return error.code; }
};";

fn desk(set: impl FnOnce(aether_app::Settings) -> aether_app::Settings) -> Desk {
    let policy = aether_app::policy("aether-policy.yaml", POLICY).unwrap();
    let desk = Desk::with(|settings| set(settings.policy(policy)));
    let folder = desk.plugin("p").reads(&["./**"]).writes_too().main(THROUGH);
    desk.install(folder).unwrap();
    desk
}

/// Both, which the maker's own methods would each overwrite.
trait WritesToo {
    fn writes_too(self) -> Self;
}

impl WritesToo for aether_testkit::PluginMaker<'_> {
    fn writes_too(self) -> Self {
        self.permissions(r#"{ "filesystem": { "read": ["./**"], "write": ["./**"] } }"#)
    }
}

fn a_page_answers_for_a_single_operation() {
    for allow in [true, false] {
        let desk = desk(|settings| settings);
        assert!(desk.questions().is_empty(), "from now on a page answers");
        let app = desk.app.clone();
        let call =
            std::thread::spawn(move || app.call("test", "1", "p", "run", json!(null), None, None));
        let question = desk.hear(|event| match event {
            Event::ElevationNeeded { question } => Some(question.clone()),
            _ => None,
        });
        assert_eq!(question.kind, QuestionKind::Elevation);
        assert_eq!(
            (question.plugin.as_str(), question.reason.as_deref()),
            ("p", Some("to publish it"))
        );
        assert!(question.want.contains("a.txt"), "{question:?}");
        assert!(question.policy_line.is_some());
        assert_eq!(desk.questions(), std::slice::from_ref(&question));
        assert_eq!(desk.app.asks(question.id).as_deref(), Some("p"));
        assert!(desk.app.respond(question.id, allow));
        assert!(!desk.app.respond(question.id, !allow));
        let over = desk.hear(|event| match event {
            Event::QuestionOver { id } => Some(*id),
            _ => None,
        });
        assert_eq!(over, question.id);
        let got = call.join().unwrap().unwrap();
        assert_eq!(got == json!("written"), allow, "{got}");
        assert_eq!(desk.has("a.txt"), allow);
    }
}

fn where_no_page_answers_it_is_no_at_once() {
    let desk = desk(|settings| settings);
    let got = desk.call("p", "run", json!(null)).unwrap();
    assert_ne!(got, json!("written"));
    assert!(!desk.has("a.txt"));
}

fn the_apps_own_code_answers_first() {
    let desk = desk(|settings| {
        settings.on_question(|asking| Some(asking.question.kind == QuestionKind::Elevation))
    });
    assert_eq!(desk.call("p", "run", json!(null)).unwrap(), json!("written"));
    assert_eq!(desk.text("a.txt"), "new");
}

fn stopping_a_plugin_answers_its_question() {
    let desk = desk(|settings| settings);
    assert!(desk.questions().is_empty());
    let app = desk.app.clone();
    let call =
        std::thread::spawn(move || app.call("test", "1", "p", "run", json!(null), None, None));
    desk.hear(|event| matches!(event, Event::ElevationNeeded { .. }).then_some(()));
    desk.app.stop("p").unwrap();
    drop(call.join().unwrap());
    assert!(desk.questions().is_empty());
    assert!(!desk.has("a.txt"));
}

fn the_apps_own_code_learns_that_a_question_is_over() {
    let (asked, was_asked) = std::sync::mpsc::channel();
    let desk = desk(|settings| {
        settings.on_question(move |asking| {
            asked.send(()).unwrap();
            while asking.is_open() {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            // As a dialog that was closed a moment too late.
            Some(true)
        })
    });
    let app = desk.app.clone();
    let call =
        std::thread::spawn(move || app.call("test", "1", "p", "run", json!(null), None, None));
    was_asked.recv().unwrap();
    desk.app.stop("p").unwrap();
    drop(call.join().unwrap());
    assert!(!desk.has("a.txt"));
}

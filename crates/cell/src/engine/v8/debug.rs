//! A person's debugger: V8's inspector, whose messages go through the gateway like everything else.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aether_protocol::v1::{Debug, DebugAttached};
use serde_json::{Map, Value, json};
use v8::inspector::{
    Channel, ChannelImpl, StringBuffer, StringView, V8Inspector, V8InspectorClient,
    V8InspectorClientImpl, V8InspectorClientTrustLevel, V8InspectorSession,
};
use v8::{Context, Global, Local, OwnedIsolate, UniquePtr};

use super::natives::Shared;
use super::profile::Profile;
use crate::client::Incoming;
use crate::specifier::ROOT;

/// The number of the only group of contexts.
const GROUP: i32 = 1;

/// What the inspector calls the first context of an isolate.
const FIRST: i32 = 1;

/// The inspector of an isolate whose plugin may be debugged.
pub(super) struct Debugger {
    /// Declared before the inspector, so that it goes first.
    session: RefCell<Option<Rc<V8InspectorSession>>>,
    inspector: V8Inspector,
    state: Rc<State>,
    profile: RefCell<Option<Profile>>,
    /// Where the plugin runs.
    context: RefCell<Option<Global<Context>>>,
    /// Set while code is to be looked at often.
    often: Arc<AtomicBool>,
}

/// What the inspector's callbacks share.
struct State {
    shared: Weak<Shared>,
    /// The debugger lets the code go on.
    goes_on: Cell<bool>,
    /// The debugger has said that the plugin may begin.
    begins: Cell<bool>,
    /// Until when the debugger lets what it evaluates run.
    evaluates_until: Cell<Option<Instant>>,
    evaluated_for_too_long: Cell<bool>,
    /// What the debugger calls the plugin's folder.
    root: RefCell<String>,
}

impl Debugger {
    /// An inspector for this context.
    pub(super) fn new(
        isolate: &mut OwnedIsolate,
        shared: &Rc<Shared>,
        often: Arc<AtomicBool>,
    ) -> Rc<Self> {
        let state = Rc::new(State {
            shared: Rc::downgrade(shared),
            goes_on: Cell::new(false),
            begins: Cell::new(false),
            evaluates_until: Cell::new(None),
            evaluated_for_too_long: Cell::new(false),
            root: RefCell::default(),
        });
        let client = V8InspectorClient::new(Box::new(Client(Rc::clone(&state))));
        let inspector = V8Inspector::create(isolate, client);
        let (session, profile, context) = <_>::default();
        Rc::new(Self { session, inspector, state, profile, context, often })
    }

    /// The plugin runs in this context.
    pub(super) fn watch(&self, scope: &v8::Isolate, context: Local<'_, Context>, name: &str) {
        *self.context.borrow_mut() = Some(Global::new(scope, context));
        let about = br#"{"isDefault":true}"#;
        let (name, about) = (name.as_bytes(), StringView::from(&about[..]));
        self.inspector.context_created(context, GROUP, StringView::from(name), about);
    }

    /// A debugger comes, or is gone.
    pub(super) fn attach(&self, said: DebugAttached) {
        // What stood still goes on when its debugger is gone.
        let before = self.session.take();
        self.state.goes_on.set(true);
        drop(before);
        if !said.attached {
            self.state.begins.set(true);
            return;
        }
        *self.state.root.borrow_mut() = said.root;
        let channel = Channel::new(Box::new(Said(Weak::clone(&self.state.shared))));
        let trust = V8InspectorClientTrustLevel::FullyTrusted;
        let session = self.inspector.connect(GROUP, channel, StringView::from(&b"{}"[..]), trust);
        *self.session.borrow_mut() = Some(Rc::new(session));
    }

    /// The debugger is gone.
    fn leave(&self) {
        self.attach(DebugAttached { attached: false, root: String::new() });
    }

    /// What a debugger says.
    pub(super) fn dispatch(&self, message: &str) {
        let Some(session) = self.session.borrow().clone() else { return };
        let Ok(Value::Object(message)) = serde_json::from_str(message) else { return };
        let method = message.get("method").and_then(Value::as_str).unwrap_or_default();
        if let Some(asked) = method.strip_prefix("Profiler.") {
            return self.profile(asked, &message);
        }
        let (message, limit) = for_session(message);
        let ends = limit.map(|limit| Instant::now() + limit);
        let outer = self.state.evaluates_until.replace(ends);
        if message.is_ascii() {
            session.dispatch_protocol_message(StringView::from(message.as_bytes()));
        } else {
            let wide: Vec<u16> = message.encode_utf16().collect();
            session.dispatch_protocol_message(StringView::from(&wide[..]));
        }
        self.state.evaluates_until.set(outer);
        if self.state.evaluated_for_too_long.take()
            && let Some(shared) = self.state.shared.upgrade()
        {
            shared.goes_on();
        }
    }

    /// Its questions about where the time goes, which V8's own profiler cannot answer here.
    fn profile(&self, asked: &str, message: &Map<String, Value>) {
        let result = match asked {
            "enable" | "disable" | "setSamplingInterval" => Ok(json!({})),
            "start" => {
                self.often.store(true, Ordering::Relaxed);
                *self.profile.borrow_mut() = Some(Profile::new());
                Ok(json!({}))
            }
            "stop" => {
                self.often.store(false, Ordering::Relaxed);
                let profile = self.profile.take();
                profile
                    .map(|profile| json!({ "profile": profile.finish() }))
                    .ok_or("nothing is recorded")
            }
            _ => Err("Aether has no such profiler"),
        };
        let id = message.get("id").cloned().unwrap_or_default();
        let answer = match result {
            Ok(result) => json!({ "id": id, "result": result }),
            Err(why) => json!({ "id": id, "error": { "code": -32_000, "message": why } }),
        };
        if let Some(shared) = self.state.shared.upgrade() {
            shared.host.tell_debugger(&answer.to_string());
        }
    }

    /// Whether what the debugger evaluates takes longer than it said; it has to stop then.
    pub(super) fn is_late(&self) -> bool {
        let late = self.state.evaluates_until.get().is_some_and(|until| Instant::now() >= until);
        if late {
            self.state.evaluated_for_too_long.set(true);
        }
        late
    }

    /// A look at where running code is.
    pub(super) fn sample(&self, isolate: &mut v8::Isolate) {
        let mut profile = self.profile.borrow_mut();
        let (Some(profile), Some(context)) = (&mut *profile, &*self.context.borrow()) else {
            return;
        };
        v8::scope!(let scope, isolate);
        let context = Local::new(scope, context);
        profile.sample(&v8::ContextScope::new(scope, context));
    }

    /// Deals with what has arrived, while code runs.
    pub(super) fn look(&self, shared: &Shared) {
        while let Some(next) = shared.host.next_debug(false) {
            self.take(next);
        }
    }

    /// Waits until a debugger lets the plugin begin, and has it stop at its first statement.
    pub(super) fn wait(&self, shared: &Shared) {
        shared.host.standing(|| {
            while !self.state.begins.get() {
                match shared.host.next_debug(true) {
                    Some(next) => self.take(next),
                    None => return,
                }
            }
        });
        if let Some(session) = self.session.borrow().clone() {
            let (reason, details) = (&b"Break on start"[..], &b"{}"[..]);
            session.schedule_pause_on_next_statement(reason.into(), details.into());
        }
    }

    fn take(&self, next: Incoming) {
        match next {
            Incoming::Attached(said) => self.attach(said),
            Incoming::Debug(message) => self.dispatch(&message),
            _ => {}
        }
    }
}

/// Whether a plugin that may be debugged waits for its debugger.
pub(super) fn waits(shared: &Shared) -> bool {
    shared.host.hello.debug == Debug::Stop
}

/// What the inspector asks of whoever embeds it.
struct Client(Rc<State>);

impl V8InspectorClientImpl for Client {
    /// Code stands still: the debugger alone is listened to.
    fn run_message_loop_on_pause(&self, _: i32) {
        let Some(shared) = self.0.shared.upgrade() else { return };
        let Some(debugger) = shared.debugger.borrow().clone() else { return };
        self.0.goes_on.set(false);
        shared.host.standing(|| {
            while !self.0.goes_on.get() {
                match shared.host.next_debug(true) {
                    Some(next) => debugger.take(next),
                    // The host is gone, or wants the end.
                    None => {
                        debugger.leave();
                        return;
                    }
                }
            }
        });
    }

    fn quit_message_loop_on_pause(&self) {
        self.0.goes_on.set(true);
    }

    fn resource_name_to_url(&self, name: &StringView<'_>) -> Option<UniquePtr<StringBuffer>> {
        let root = self.0.root.borrow();
        let name = text(name);
        let file = name.strip_prefix(ROOT).filter(|_| !root.is_empty())?;
        let url = format!("{root}{file}");
        // URLs are ASCII; what is none keeps its name.
        url.is_ascii().then(|| StringBuffer::create(StringView::from(url.as_bytes())))
    }

    fn run_if_waiting_for_debugger(&self, _: i32) {
        self.0.begins.set(true);
    }
}

/// Where the inspector talks to.
struct Said(Weak<Shared>);

impl ChannelImpl for Said {
    fn send_response(&self, _: i32, message: UniquePtr<StringBuffer>) {
        self.send(message);
    }

    fn send_notification(&self, message: UniquePtr<StringBuffer>) {
        self.send(message);
    }

    fn flush_protocol_notifications(&self) {}
}

impl Said {
    fn send(&self, message: UniquePtr<StringBuffer>) {
        let (Some(shared), Some(message)) = (self.0.upgrade(), message.as_ref()) else { return };
        shared.host.tell_debugger(&text(&message.string()));
    }
}

/// A message as it goes to V8, and for how long what it evaluates may take. It is meant in the only
/// context where it leaves that open; and V8 would count the time on a thread that is not there.
fn for_session(mut message: Map<String, Value>) -> (String, Option<Duration>) {
    let method = message.get("method").and_then(Value::as_str).unwrap_or_default();
    let key = match method {
        "Runtime.evaluate" => Some("contextId"),
        "Runtime.compileScript"
        | "Runtime.runScript"
        | "Runtime.callFunctionOn"
        | "Runtime.globalLexicalScopeNames" => Some("executionContextId"),
        _ => None,
    };
    let mut limit = None;
    let params = message.entry("params").or_insert_with(|| json!({}));
    if let Value::Object(params) = params {
        limit = params.remove("timeout").and_then(|ms| ms.as_f64());
        if let Some(key) = key
            && !["objectId", "uniqueContextId", key].iter().any(|key| params.contains_key(*key))
        {
            params.insert(key.to_owned(), json!(FIRST));
        }
    }
    let limit = limit.map(|ms| Duration::from_secs_f64((ms / 1000.0).clamp(0.0, 3600.0)));
    (Value::Object(message).to_string(), limit)
}

fn text(view: &StringView<'_>) -> String {
    match (view.characters8(), view.characters16()) {
        // Latin-1.
        (Some(bytes), _) => bytes.iter().copied().map(char::from).collect(),
        (_, Some(units)) => String::from_utf16_lossy(units),
        _ => String::new(),
    }
}

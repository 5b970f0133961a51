//! What the tests share: an app with its folder, and what is heard of it.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aether_app::model::{Answers, Event, LifeState, Right, Started};
use aether_app::{App, Error, Heard, Listener, Place, Settings};
use aether_testkit::Scene;
use serde_json::Value;

pub(crate) use aether_testkit::tests;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// An app in a scene.
pub(crate) struct Desk {
    pub(crate) app: App,
    pub(crate) ears: Listener,
    scene: Scene,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::with(|settings| settings)
    }

    /// One under a policy.
    pub(crate) fn under(policy: &str) -> Self {
        let policy = aether_app::policy("aether-policy.yaml", policy).expect("a policy");
        Self::with(|settings| settings.policy(policy))
    }

    pub(crate) fn with(set: impl FnOnce(Settings) -> Settings) -> Self {
        let scene = Scene::new();
        let settings = Settings::new(scene.aside("app")).workspace(scene.path(""));
        let app = App::open_with_bridge(set(settings), b"bridge").expect("an app");
        let ears = app.watch(Box::new(|_| true));
        Self { app, ears, scene }
    }

    /// Installs a plugin from a folder, with all that it requires.
    pub(crate) fn install(&self, folder: PathBuf) -> Result<aether_app::model::Installed, Error> {
        self.install_with(folder, &agreed())
    }

    pub(crate) fn install_with(
        &self,
        folder: PathBuf,
        answers: &Answers,
    ) -> Result<aether_app::model::Installed, Error> {
        let review = self.app.review(&Place::Folder(folder))?;
        self.app.install(review.ticket, answers)
    }

    /// The same for one that asks for nothing.
    pub(crate) fn plain(&self, name: &str, code: &str) {
        self.install(self.plugin(name).main(code)).expect("a plugin");
    }

    pub(crate) fn start(&self, name: &str) -> Started {
        self.app.start(name).expect("it starts")
    }

    pub(crate) fn call(&self, name: &str, method: &str, input: Value) -> Result<Value, Error> {
        self.app.call("test", "1", name, method, input, None, None)
    }

    /// The questions that are open; from now on a page answers.
    pub(crate) fn questions(&self) -> Vec<aether_app::model::Question> {
        self.app.questions("test", Box::new(|_| true))
    }

    /// Waits until a cell works on so many calls.
    pub(crate) fn wait_for_calls(&self, count: usize) {
        let until = Instant::now() + LONG;
        while self.app.metrics(|_| true).cells.iter().all(|cell| cell.open_calls < count) {
            assert!(Instant::now() < until, "they never began: {:?}", self.app.metrics(|_| true));
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for an event that this gives something for.
    pub(crate) fn hear<T>(&self, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        let until = Instant::now() + LONG;
        loop {
            match self.ears.next(until) {
                Heard::Event(event) => {
                    if let Some(found) = wanted(&event) {
                        return found;
                    }
                }
                other => panic!("it never came: {other:?}"),
            }
        }
    }

    /// Waits until this has happened to a plugin. Gives how or why.
    pub(crate) fn hear_life(&self, name: &str, wanted: LifeState) -> Option<String> {
        self.hear(|event| match event {
            Event::Lifecycle { plugin, state, detail, .. }
                if plugin == name && *state == wanted =>
            {
                Some(detail.clone())
            }
            _ => None,
        })
    }

    /// Ends the app; what it left is there as long as this.
    pub(crate) fn leave(self) -> Scene {
        self.scene
    }

    /// The code of the error.
    #[track_caller]
    pub(crate) fn refuses<T: std::fmt::Debug>(result: Result<T, Error>, code: &str) -> Error {
        let error = result.expect_err(code);
        assert_eq!(error.code, code, "{error:?}");
        error
    }
}

/// Opens an app in a folder that another one has just left.
pub(crate) fn open_again(folder: &Path, workspace: &Path) -> App {
    let until = Instant::now() + LONG;
    loop {
        match App::open(Settings::new(folder).workspace(workspace)) {
            // What sees to ended cells may be at it still; and so is, between its fork and its program, a
            // cell that another test starts in this process.
            Err(error) if error.code == "in-use" && Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(5));
            }
            opened => break opened.expect("an app"),
        }
    }
}

pub(crate) fn agreed() -> Answers {
    Answers { agreed: true, ..Answers::default() }
}

pub(crate) fn right(permission: &str, resource: &str) -> Right {
    Right { permission: permission.to_owned(), resource: resource.to_owned() }
}

impl Deref for Desk {
    type Target = Scene;

    fn deref(&self) -> &Scene {
        &self.scene
    }
}

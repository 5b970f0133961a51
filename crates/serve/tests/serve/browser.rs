//! The live page in a real browser, where there is one.

use std::process::Command;

use aether::Event;
use serde_json::{Map, json};

use crate::client::{Served, tests};

tests![the_page_shows_what_runs_and_makes_nothing_of_its_words];

/// Changes the page's title where it becomes more than a word.
const HOSTILE: &str = "<img src=x onerror=\"document.title='taken over'\">\u{202e}";

fn the_page_shows_what_runs_and_makes_nothing_of_its_words() {
    let served = Served::new();
    let cell = served.start("p", "export function hello() { return 1; }");
    served.call(cell, "hello", json!({}));
    let level = aether::Level::Warn;
    let message = HOSTILE.to_owned();
    served.feed.tell(&Event::Log { cell: 1, level, message, fields: Map::new() });
    let home = served.scene.aside("browser");
    let chromium = || Command::new("chromium");
    let page = aether_testkit::browse(chromium, &home, &served.url, |page| {
        page.contains("1 cell · machine") && page.contains("&lt;img src=x")
    });
    let Ok(page) = page else {
        aether_testkit::skip("browser", "there is no chromium to look at the live page with");
        return;
    };
    assert!(page.contains(&format!("{cell} · p")), "{page}");
    assert!(page.contains("1 cell · machine"), "{page}");
    // The page's own script names that letter too.
    assert!(page.contains("&lt;img src=x") && page.contains("\"&gt;\\u{202e}"), "{page}");
    assert!(!page.contains("taken over</title>") && !page.contains("<img"), "{page}");
    assert!(!page.contains(&served.token), "the token stays out of the page");
}

//! Numbers in the documents, held against the constants that they speak of.

use aether_docs_check::read;
use aether_gateway::limits as gateway;
use aether_protocol::limits as wire;

#[track_caller]
fn check(document: &str, words: &str) {
    let text = read(document).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(words), "{document} does not say {words:?}");
}

/// `10000` as people read it.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let from_end = |at: usize| digits.len() - at;
    let group = |(at, digit): (usize, char)| {
        let blank = at > 0 && from_end(at).is_multiple_of(3) && digits.len() > 4;
        if blank { format!(" {digit}") } else { digit.to_string() }
    };
    digits.chars().enumerate().map(group).collect()
}

const fn mib(bytes: u64) -> u64 {
    bytes >> 20
}

#[test]
fn limits_that_a_plugin_meets() {
    let author = "docs/plugin-authors.md";
    check(author, &format!("| largest payload of one call | {} MiB |", mib(wire::PAYLOAD_BYTES)));
    check(author, &format!("A line has at most {} MiB.", wire::FRAME_BYTES >> 20));
    // The message around a value has levels of its own.
    let around: usize = read("crates/cell/src/json.rs")
        .split_once("const ENVELOPE: usize = ")
        .and_then(|(_, rest)| rest.split_once(';')?.0.parse().ok())
        .expect("how many levels a message has");
    check(author, &format!("| deepest JSON | {} levels |", wire::DEPTH - around));
    check(author, &format!("| most keys in one JSON value | {} |", grouped(wire::KEYS as u64)));
    check(author, &format!("| one line of log | {} KiB |", wire::LOG_TEXT_BYTES >> 10));
    check(
        author,
        &format!("| log that is passed on, per cell | {} MiB |", mib(gateway::LOG_BYTES)),
    );
    check(
        author,
        &format!("| log at which the cell is ended | {} MiB |", mib(gateway::LOG_FLOOD_BYTES)),
    );
    check(author, &format!("| progress notes per call | {} |", gateway::PROGRESS_NOTES));
    check(author, &format!("| entries of one `list` | {} |", gateway::LIST_ENTRIES));
    check(author, &format!("| path | {} bytes |", gateway::PATH_BYTES));
    check(author, &format!("| key of the store | {} bytes |", gateway::KV_KEY_BYTES));
    check(
        author,
        &format!(
            "| store | {} MiB in {} keys |",
            mib(gateway::KV_BYTES),
            grouped(gateway::KV_KEYS as u64)
        ),
    );
    let blobs = (mib(gateway::BLOB_BYTES), gateway::BLOBS);
    check(author, &format!("| blobs of one plugin | {} MiB in {} blobs |", blobs.0, blobs.1));
    check(author, &format!("{} MiB in {} blobs, or its memory limit", blobs.0, blobs.1));
    check(author, &format!("| blobs of a run | {} MiB |", mib(gateway::ALL_BLOB_BYTES)));
    check(author, &format!("| plugins that one blob is sent to | {} |", gateway::BLOB_READERS));
    check(author, &format!("| symbolic links on one path | {} |", aether_overlay::MAX_LINKS));
    check(
        author,
        &format!(
            "| plugin's folder | {} files, {} MiB, {} MiB each, {} folders deep |",
            aether_bundle::MAX_FILES,
            mib(aether_bundle::MAX_BYTES),
            mib(aether_bundle::MAX_FILE_BYTES),
            aether_bundle::MAX_DEPTH
        ),
    );
}

#[test]
fn resources_and_their_bounds() {
    use aether_manifest as manifest;
    let usual = manifest::Resources::default();
    let author = "docs/plugin-authors.md";
    let row = |limit: manifest::Limit, least: String, most: String| {
        format!("| `{limit}` | {} | {least} to {most} |", usual.show(limit))
    };
    use manifest::{Limit, show_duration as time, show_size as size};
    check(author, &row(Limit::Memory, size(manifest::MIN_MEMORY), size(manifest::MAX_MEMORY)));
    check(author, &row(Limit::Timeout, time(manifest::MIN_TIMEOUT), time(manifest::MAX_TIMEOUT)));
    let cores = |millis: u32| format!("{}", f64::from(millis) / 1000.0);
    check(
        author,
        &row(Limit::Cpu, cores(manifest::MIN_CPU_MILLIS), cores(manifest::MAX_CPU_MILLIS)),
    );
    check(author, &row(Limit::Disk, "1B".into(), size(manifest::MAX_DISK)));
    check(author, &row(Limit::Processes, "1".into(), manifest::MAX_PROCESSES.to_string()));
}

#[test]
fn limits_of_a_pipeline() {
    let pipelines = "docs/pipelines.md";
    check(pipelines, &format!("{} steps", aether_pipeline::MAX_STEPS));
    check(pipelines, &format!("{} inputs", aether_pipeline::MAX_INPUTS));
    check(pipelines, &format!("{} bytes", aether_pipeline::MAX_EXPRESSION));
    check(pipelines, &format!("{} MiB", aether_pipeline::MAX_EVALUATED >> 20));
}

#[test]
fn terms_of_single_operations() {
    use aether::policy::elevation::{LIFETIME, MAX_LIFETIME, MAX_USES, USES};
    let show = aether_manifest::show_duration;
    // A line may name more, and a plugin can have no more of them by one token.
    let (uses, most) = (USES, MAX_USES.min(gateway::TOKEN_USES));
    check("docs/policy.md", &format!("({uses} if left out, at most {most})"));
    // A minute of seconds is as people write it.
    assert_eq!(show(LIFETIME), "1m");
    check("docs/policy.md", &format!("(60s if left out, at most {})", show(MAX_LIFETIME)));
}

#[test]
fn rates_of_calls() {
    let (at_once, each) = (gateway::CALLS_AT_ONCE, gateway::CALLS_PER_SECOND);
    check("docs/policy.md", &format!("own files | {at_once}, {each}/s |"));
    check("docs/policy.md", &format!("of the store | {at_once}, {}/s |", each / 2));
}

#[test]
fn numbers_of_the_threat_model() {
    check("SECURITY.md", &format!("after {} violations", gateway::STRIKES));
    check("SECURITY.md", &format!("{} MiB per line", wire::FRAME_BYTES >> 20));
}

#[test]
fn limits_of_the_protocol() {
    let page = "docs/protocol.md";
    let row = |what: &str, most: String| check(page, &format!("| {what} | {most}"));
    row("a line from a plugin, without its `\\n`", format!("{} MiB;", wire::FRAME_BYTES >> 20));
    row("nesting of lists and objects in a line", format!("{} |", wire::DEPTH));
    row("keys in one JSON value", format!("{} |", grouped(wire::KEYS as u64)));
    row("values in one JSON value", format!("{} |", grouped(wire::VALUES as u64)));
    row("a payload", format!("{} MiB |", mib(wire::PAYLOAD_BYTES)));
    row("a method's name", format!("{} bytes |", wire::METHOD_BYTES));
    row("an `id` that is a string", format!("{} bytes |", wire::ID_BYTES));
    row("text of an error", format!("{} KiB;", wire::ERROR_TEXT_BYTES >> 10));
    row("text of a log line", format!("{} KiB;", wire::LOG_TEXT_BYTES >> 10));
    row("text of a progress note", format!("{} KiB;", gateway::PROGRESS_BYTES >> 10));
    row("`engine`", format!("{} bytes;", gateway::ENGINE_NAME_BYTES));
    let says = |words: String| check(page, &words);
    says(format!("payload has more than {} KiB", wire::INLINE_BYTES >> 10));
    says(format!("`errors` is cut to {} KiB", wire::INLINE_BYTES >> 10));
    says(format!("At most {} may wait.", wire::DESCRIPTORS));
    says(format!("more than {} descriptors that wait", wire::DESCRIPTORS));
    says(format!("{} MiB of log is passed on", mib(gateway::LOG_BYTES)));
    says(format!("{} MiB end the cell", mib(gateway::LOG_FLOOD_BYTES)));
    says(format!("more than {} MiB of log", mib(gateway::LOG_FLOOD_BYTES)));
    says(format!("{} for each call are passed on", gateway::PROGRESS_NOTES));
    says(format!("sorted by the bytes of their names, at most {}", gateway::LIST_ENTRIES));
    says(format!("A key has 1 to {} bytes", gateway::KV_KEY_BYTES));
    says(format!("the store holds {} MiB", mib(gateway::KV_BYTES)));
    says(format!("At most {} requests of a plugin may be unanswered", gateway::IN_FLIGHT));
    says(format!("The first {} are recorded", gateway::STRIKES - 1));
    says(format!("a plugin may ask for {} uses at most", gateway::TOKEN_USES));
    use aether::policy::elevation::{LIFETIME, USES};
    says(format!("({USES} use and {} seconds", LIFETIME.as_secs()));
    let seconds = |file: &str, name: &str| {
        let value = constant(file, name);
        let value = value.strip_prefix("Duration::from_secs(").expect("seconds");
        value.trim_end_matches(')').to_owned()
    };
    let patience = seconds("crates/aether/src/driver/work.rs", "PATIENCE");
    says(format!("the answer may take {patience} seconds"));
    let grace = seconds("crates/aether/src/driver/cancel.rs", "CANCEL_GRACE");
    says(format!("not answered within {grace} seconds ends the cell"));
    let credits = constant("crates/aether/src/driver/calls.rs", "CREDITS");
    says(format!("(this host gives {credits})"));
    let open = (gateway::QUESTIONS_OPEN, gateway::COMMANDS_OPEN, gateway::CALLS_OPEN);
    says(format!(
        "{} question to a person, {} commands and {} calls of other plugins",
        open.0, open.1, open.2
    ));
    says(format!("have {} MiB together, or are one alone", gateway::OWED_BYTES >> 20));
    says(format!("has at most {} MiB of JSON", gateway::CALL_INPUT_BYTES >> 20));
    assert_eq!(gateway::CALL_INPUT_BYTES, gateway::PIECE_BYTES, "the page says so");
    let calls = constant("crates/aether/src/others/offered.rs", "CALLS");
    says(format!("others call {calls} times at once"));
    let stands = seconds("crates/aether/src/driver/work.rs", "STANDSTILL");
    says(format!("stand still for {stands} seconds in all"));
    let unread = seconds("crates/aether/src/wire.rs", "UNREAD");
    says(format!("read nothing for {unread} seconds"));
    let waiting = constant("crates/aether/src/wire.rs", "WAITING_BYTES");
    let waiting = waiting.strip_suffix(" << 20").expect("whole mebibytes");
    says(format!("more than {waiting} MiB wait for it"));
}

#[test]
fn rates_of_the_protocol() {
    let row = |kind: &str, rate: aether_gateway::Rate, each: u64| {
        let words = format!("| {}, {} |", grouped(rate.at_once()), grouped(each));
        let text = read("docs/protocol.md");
        let row = text.lines().find(|line| line.starts_with(&format!("| `{kind}` |")));
        assert!(row.is_some_and(|row| row.ends_with(&words)), "{kind}: {words}");
    };
    let each = u64::from(gateway::CALLS_PER_SECOND);
    row("reads", gateway::READS, each);
    row("writes", gateway::WRITES, each / 2);
    let refill = |name: &str| {
        let rate = constant("crates/gateway/src/limits.rs", name).replace('_', "");
        let (_, refill) = rate.trim_end_matches(')').split_once(", ").expect("two numbers");
        refill.parse().expect("a number")
    };
    row("requests", gateway::REQUESTS, refill("REQUESTS"));
    row("starts", gateway::STARTS, refill("STARTS"));
    row("messages", gateway::MESSAGES, refill("MESSAGES"));
    let questions = "Rate::new(10, 1, Duration::from_secs(6))";
    assert_eq!(constant("crates/gateway/src/limits.rs", "QUESTIONS"), questions);
    check("docs/protocol.md", "| 10, then 1 in 6 seconds |");
    let bytes = "Rate::per_second(512 << 20, 256 << 20)";
    assert_eq!(constant("crates/gateway/src/limits.rs", "BYTES"), bytes);
    check("docs/protocol.md", "| 512 MiB, 256 MiB |");
}

/// A constant of the command, which is no library: as its source has it.
fn constant(file: &str, name: &str) -> String {
    constant_in(file, name, ": ")
}

/// The same where something else stands behind its name.
fn constant_in(file: &str, name: &str, behind: &str) -> String {
    let source = read(file);
    let value = source.split_once(&format!("const {name}{behind}")).and_then(|(_, rest)| {
        let (_, value) = rest.split_once("= ")?;
        value.split_once(';')
    });
    value.unwrap_or_else(|| panic!("{file} has no {name}")).0.to_owned()
}

#[test]
fn limits_that_a_client_of_the_command_meets() {
    let client = "docs/mcp.md";
    let line = constant("crates/cli/src/mcp/lines.rs", "MAX_LINE");
    let mib = line.strip_suffix(" << 20").expect("whole mebibytes");
    check(client, &format!("A message has at most {mib} MiB"));
    let waiting = constant("crates/cli/src/mcp/worker.rs", "MAX_WAITING");
    check(client, &format!("more than {waiting} that wait are turned away"));
    let ended = |name| constant("crates/aether/src/kept/ended.rs", name);
    let changes = ended("MOST");
    let mb = changes.strip_suffix(" << 20").expect("whole megabytes");
    check(client, &format!("would change takes more than {mb} MB"));
    check(client, &format!("the last {} of those ended cells", ended("IDLE")));
    let policy = |name| {
        let value = constant("crates/aether/src/kept/policy.rs", name);
        value
            .replace("Duration::from_millis(", "")
            .replace("Duration::from_secs(", "")
            .replace(')', "")
    };
    check(client, &format!("rests for {} ms", policy("FIRST")));
    check(client, &format!("up to {} seconds", policy("MOST")));
    let (failures, window, rest) = (policy("FAILURES"), policy("WINDOW"), policy("REST"));
    check(client, &format!("After {failures} within {window} seconds it rests for {rest} seconds"));
}

#[test]
fn limits_that_a_page_meets() {
    let row = |what: &str, words: &str| check("docs/tauri.md", &format!("| {what} | {words}"));
    let app = |file: &str, name| constant(&format!("crates/app/src/{file}.rs"), name);
    let plugin = |file: &str, name| constant(&format!("tauri/plugin/src/{file}.rs"), name);
    let page =
        |file: &str, name| constant_in(&format!("tauri/plugin/guest-js/{file}.ts"), name, " ");
    row("open calls of a window", &app("calls", "MAX_CALLS"));
    let work = plugin("state", "MAX_WORK");
    row(
        "other operations under way for a window; those that end something are counted apart",
        &work,
    );
    row("panels and reports that a window shows", &plugin("state", "MAX_PANELS"));
    row("listeners of a window", &plugin("state", "MAX_WATCHES"));
    row("plugins that run", &app("run", "MAX_RUNNING"));
    let installed = constant("crates/installed/src/limits.rs", "MAX_PLUGINS");
    row("installed plugins", &installed);
    row("panels and reports that are open", &app("pages", "MAX_PAGES"));
    let bytes = app("tickets", "MAX_BYTES");
    let mib = bytes.strip_suffix(" << 20").expect("whole mebibytes");
    let reviews = app("tickets", "MAX_TICKETS");
    row("reviews that wait", &format!("{reviews}, or {mib} MiB of plugins"));
    check("docs/tauri.md", &format!("or {reviews} newer ones took its place"));
    row("events that wait for a listener", &app("feed", "WAITING").replace('_', ""));
    let waiting = app("run", "MAX_WAITING");
    let mib = waiting.strip_suffix(" << 20").expect("whole mebibytes");
    row("changes that wait, in memory", &format!("{mib} MiB"));
    let longest = app("records", "LONGEST");
    let kib = longest.strip_suffix(" << 10").expect("whole kibibytes");
    check("docs/tauri.md", &format!("longer than {kib} KiB is left out"));
    assert_eq!(app("questions", "PATIENCE"), "Duration::from_secs(120)");
    row("a question", "2 minutes");
    row("open calls of a panel", &page("panel-host", "mostOpenCalls"));
    let records = app("records", "MAX_RECORDS").replace('_', "");
    row("records that `audit` gives", &records);
    let usual = plugin("commands/trace", "RECORDS");
    check("docs/tauri.md", &format!("{usual} unless the page says how many, {records} at most"));
    row(
        "a call's name, of an app that makes its own",
        &format!("{} bytes", app("calls", "MAX_ID")),
    );
    let (least, most) = (page("panel-host", "lowestHeight"), page("panel-host", "usualMaxHeight"));
    check("docs/tauri.md", &format!("from {least} pixels to `maxHeight`, {most} unless given"));
    assert_eq!(plugin("commands/watch", "SAMPLES"), "Duration::from_secs(1)");
    assert_eq!(plugin("commands/watch", "OFTENEST"), "Duration::from_millis(250)");
    assert_eq!(plugin("commands/watch", "RAREST"), "Duration::from_secs(60)");
    check("docs/tauri.md", "then every second, or as `everyMs` says, from 250 to 60,000");
}

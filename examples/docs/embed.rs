// examples/docs/embed.rs
use aether::source::printable;
use aether::{Answer, Event, ExitCode, Host, StartOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    aether::init(); // first: becomes a cell when a host starts this program as one

    let host = Host::builder()
        .workdir("examples/docs") // what plugins see as /workspace
        .ask(|reviews| {
            // One batch for all plugins; without `ask` and without a policy they are refused.
            for line in reviews.iter().flat_map(|review| &review.lines) {
                eprintln!("{} {}: {}", line.permission, line.resource, line.risk.as_str());
            }
            Answer::Once
        })
        .on_event(|event| {
            if let Event::Log { message, .. } = event {
                eprintln!("{}", printable(message)); // a plugin's text is escaped where it is shown
            }
        })
        .build()?;

    let plugin = host.load("examples/docs/word-count")?;
    let cell = host.start(&plugin, &StartOptions::default())?;
    println!("{}", cell.call("run", serde_json::json!({}))?);
    println!("{}", cell.stop());
    for change in host.changes().iter().flat_map(|(_, changes)| changes.changes()) {
        println!("would write {}", change.path);
    }
    host.finish(ExitCode::Done)?; // ends the audit log
    Ok(())
}

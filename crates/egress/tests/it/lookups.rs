//! Lookups that never end, and who waits for them.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use aether_egress::{
    Client, Config, Egress, Failure, Fetch, FetchError, Fetcher, Limits, Lookup, LookupError, Part,
    Resolver,
};

use crate::lab::{NAME, Server};
use crate::rules::rules;

/// Takes a thread for each lookup, as the system's resolver does; those of dead names are held until
/// this is dropped.
struct Stuck {
    held: Arc<Mutex<mpsc::Receiver<()>>>,
    _release: mpsc::Sender<()>,
    begun: Arc<Mutex<usize>>,
}

impl Stuck {
    fn new() -> Self {
        let (release, held) = mpsc::channel();
        Stuck { held: Arc::new(Mutex::new(held)), _release: release, begun: Arc::default() }
    }
}

impl Resolver for Stuck {
    fn lookup(&self, name: &str) -> Lookup {
        let is_dead = name.ends_with(".dead.example");
        let (held, begun) = (Arc::clone(&self.held), Arc::clone(&self.begun));
        let looked_up = tokio::task::spawn_blocking(move || {
            if is_dead {
                *begun.lock().unwrap() += 1;
                // The first waits for the sender, and the others for the first.
                let _released = held.lock().unwrap().recv();
            }
            vec![Ipv4Addr::LOCALHOST.into()]
        });
        Box::pin(async move { looked_up.await.map_err(|_| LookupError) })
    }
}

fn fetcher(egress: &Egress, name: &str, patterns: &[&str], lookup_time: Duration) -> Fetcher {
    egress.fetcher(Client {
        name: name.to_owned(),
        rules: Arc::new(rules(patterns, &[NAME])),
        on_event: Arc::new(|_| Ok(())),
        limits: Limits { lookup_time, ..Limits::default() },
    })
}

fn get(url: &str) -> Fetch {
    Fetch { method: "GET".into(), url: url.into(), ..Fetch::default() }
}

/// A plugin with many cells, all of them waiting for a dead name server, holds up itself alone.
#[test]
fn a_plugin_that_waits_for_dead_name_servers_holds_up_nobody_else() {
    let server = Server::hello();
    let resolver = Arc::new(Stuck::new());
    let begun = Arc::clone(&resolver.begun);
    let egress = Egress::start(Config { resolver, ..Config::default() }).unwrap();
    let long = Duration::from_secs(60);
    let cells: Vec<Fetcher> =
        (0..20).map(|_| fetcher(&egress, "greedy", &["*.dead.example"], long)).collect();
    let dead = |number: usize| get(&format!("http://n{number}.dead.example/"));
    let pending: Vec<_> = cells
        .iter()
        .flat_map(|cell| (0..5).map(|number| cell.fetch(dead(number), Arc::new(|| {}))))
        .collect();
    let pattern = format!("{NAME}:{}", server.port());
    let other = fetcher(&egress, "other", &[&pattern, "*.dead.example"], Duration::from_secs(5));
    // Lookups of its own that are dead do not hold it up either, until it has too many of them.
    let own = other.fetch(dead(0), Arc::new(|| {}));
    let url = format!("http://{pattern}/");
    let mut found = other.fetch(get(&url), Arc::new(|| {}));
    assert!(matches!(found.next_part(), Some(Part::Head(head)) if head.status == 200));
    assert!(*begun.lock().unwrap() <= 8, "{} lookups", begun.lock().unwrap());
    drop((pending, own));
}

#[test]
fn a_plugin_has_so_many_lookups_at_once() {
    let server = Server::hello();
    let egress =
        Egress::start(Config { resolver: Arc::new(Stuck::new()), ..Config::default() }).unwrap();
    let pattern = format!("{NAME}:{}", server.port());
    let patterns = ["*.dead.example", &pattern];
    let hasty = Duration::from_millis(300);
    let cells: Vec<Fetcher> =
        (0..2).map(|_| fetcher(&egress, "greedy", &patterns, hasty)).collect();
    let dead = |number: usize| get(&format!("http://n{number}.dead.example/"));
    let mut pending: Vec<_> = (0..aether_egress::LOOKUPS)
        .map(|number| cells[0].fetch(dead(number), Arc::new(|| {})))
        .collect();
    let failed = Part::Failed(FetchError::Failed(Failure::Lookup));
    for fetching in &mut pending {
        assert_eq!(fetching.next_part(), Some(failed.clone()));
    }
    // They are given up, but their threads still wait: of another cell of the plugin too, nothing
    // is looked up.
    let url = format!("http://{pattern}/");
    let mut late = cells[1].fetch(get(&url), Arc::new(|| {}));
    assert_eq!(late.next_part(), Some(failed));
}

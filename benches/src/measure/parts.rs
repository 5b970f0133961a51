//! Parts of the host by themselves.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use aether::audit::{Event, Kind, Log, RunId, Start, Verdict, verify};
use aether::overlay::{LastLink, Mount, Overlay, OverlayConfig};
use aether::path::VirtualPath;
use aether_token::{Act, Asked, Caveat, Issuer, Moment, Name, Scope, Terms, Token, Vault};

use super::us;
use crate::figure::{Aim, Figure};
use crate::run::Document;
use crate::scene::Scene;
use crate::spread::Spread;

/// Microseconds of a small read, and of a record for its caller.
const SMALL: f64 = 5.0;

/// Microseconds of a token that is verified and used.
const TOKEN: f64 = 2.0;

/// Records per second, written and verified.
const WRITTEN: f64 = 200_000.0;
const VERIFIED: f64 = 1_000_000.0;

pub(super) fn measure(scene: &Scene, document: &mut Document) -> Result<(), Box<dyn Error>> {
    overlay(scene, document)?;
    tokens(scene, document)?;
    audit(scene, document)
}

/// Verifying a token and taking a use of it: as it was issued, and narrowed three times.
fn tokens(scene: &Scene, document: &mut Document) -> Result<(), Box<dyn Error>> {
    let (vault, plugin) = (Vault::new()?, Name::parse("bench")?);
    let connection = vault.connect(plugin, 1);
    let below = VirtualPath::workspace().join("out")?;
    let path = below.join("a.txt")?;
    let terms =
        Terms::new(Scope::HostWrite { below }, Issuer::Policy("bench".to_owned()), "to measure");
    let terms = Terms { uses: None, ..terms };
    let whole = vault.issue(connection, terms, Moment(0))?;
    let method = Name::parse("fs.write")?;
    let narrow = whole
        .narrow(Caveat::Method(method.clone()))?
        .narrow(Caveat::MaxBytes(4096))?
        .narrow(Caveat::Before(Moment(30_000)))?;
    let asked = Asked { method: &method, act: Act::HostWrite { path: &path, bytes: 100 } };
    let rows = [
        ("parts.token", "token: verify and use", whole),
        ("parts.token.narrowed", "token: the same, with three caveats", narrow),
    ];
    for (id, what, token) in rows {
        // Its text, as it comes in every request.
        let text = token.expose();
        let mut took = Vec::new();
        for _ in 0..scene.args.size(20_000, 2000) {
            let began = Instant::now();
            let token = Token::parse(&text)?;
            black_box(vault.redeem(connection, &token, &asked, Moment(1))?);
            took.push(us(began.elapsed()));
        }
        push(document, Figure::new(id, what, "us", spread(took)?).aim(Aim::AtMost(TOKEN)));
    }
    Ok(())
}

/// Resolving and reading 4 KiB, from the host's file and from what a plugin wrote.
fn overlay(scene: &Scene, document: &mut Document) -> Result<(), Box<dyn Error>> {
    let at = VirtualPath::workspace();
    let host = scene.path("data").canonicalize()?;
    let mounts = vec![Mount::folder(at.clone(), host)];
    let mut overlay = Overlay::new(OverlayConfig { mounts, ..OverlayConfig::default() })?;
    let written = at.join("written.bin")?;
    let place = overlay.resolve(&written, LastLink::Follow)?;
    overlay.write(&place, vec![0xff; 4096])?;
    let rows = [
        (
            "parts.overlay.host",
            "overlay: resolve and read 4 KiB of a host file",
            at.join("small.bin")?,
        ),
        ("parts.overlay.memory", "overlay: resolve and read 4 KiB a plugin wrote", written),
    ];
    for (id, what, path) in rows {
        let mut took = Vec::new();
        for _ in 0..scene.args.size(20_000, 2000) {
            let began = Instant::now();
            let at = overlay.resolve(&path, LastLink::Follow)?;
            let chunk = overlay.read(&at, 0, 4096)?;
            took.push(us(began.elapsed()));
            black_box(chunk);
        }
        push(document, Figure::new(id, what, "us", spread(took)?).aim(Aim::AtMost(SMALL)));
    }
    Ok(())
}

/// What a record costs whoever writes it; how many go through; how fast they are verified.
fn audit(scene: &Scene, document: &mut Document) -> Result<(), Box<dyn Error>> {
    let (rounds, records) = (scene.args.size(5, 2), scene.args.size(100_000, 10_000));
    let (mut took, mut written, mut verified) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let path = scene.path(&format!("audit-{round}.jsonl"));
        let log = Log::create(&path, RunId::random()?, &Start::default())?;
        let began = Instant::now();
        for _ in 0..records {
            let before = Instant::now();
            log.record(
                &Event::new(Kind::HostCall, "fs.read", Verdict::Allowed)
                    .plugin("log-reader")
                    .cell(1)
                    .object("/var/log/auth.log"),
            )?;
            took.push(us(before.elapsed()));
        }
        written.push(records as f64 / began.elapsed().as_secs_f64());
        drop(log);
        let file = std::io::BufReader::with_capacity(1 << 16, std::fs::File::open(&path)?);
        let began = Instant::now();
        let found = verify(file)?;
        verified.push(found.records as f64 / began.elapsed().as_secs_f64());
        std::fs::remove_file(&path)?;
    }
    let rows = [
        (
            "parts.audit.caller",
            "audit: a record, for who writes it",
            "us",
            took,
            Aim::AtMost(SMALL),
        ),
        (
            "parts.audit.written",
            "audit: records written",
            "records/s",
            written,
            Aim::AtLeast(WRITTEN),
        ),
        (
            "parts.audit.verified",
            "audit: records verified",
            "records/s",
            verified,
            Aim::AtLeast(VERIFIED),
        ),
    ];
    for (id, what, unit, samples, aim) in rows {
        push(document, Figure::new(id, what, unit, spread(samples)?).aim(aim));
    }
    Ok(())
}

fn spread(samples: Vec<f64>) -> Result<Spread, Box<dyn Error>> {
    Spread::of(samples).ok_or_else(|| "nothing was measured".into())
}

fn push(document: &mut Document, figure: Figure) {
    document.figures.push(figure);
}

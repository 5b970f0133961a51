//! Parts of the host by themselves.

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::{Read as _, Write as _};
use std::time::Instant;

use aether::audit::{Event, Kind, Log, RunId, Start, Verdict, verify};
use aether::overlay::{Atomicity, LastLink, Mount, Overlay, OverlayConfig, apply_journalled};
use aether::path::VirtualPath;
use aether_token::{Act, Asked, Caveat, Issuer, Moment, Name, Scope, Terms, Token, Vault};

use super::{ms, us};
use crate::figure::{Aim, Figure};
use crate::run::Document;
use crate::scene::Scene;
use crate::spread::Spread;

/// Microseconds of a small read, and of a record for its caller.
const SMALL: f64 = 5.0;

/// Microseconds of a token that is verified and used.
const TOKEN: f64 = 2.0;

/// Files that are applied, and milliseconds for all of them.
const FILES: usize = 1000;
const APPLIED: f64 = 1000.0;

/// Records per second, written and verified.
const WRITTEN: f64 = 200_000.0;
const VERIFIED: f64 = 1_000_000.0;

pub(super) fn measure(scene: &Scene, document: &mut Document) -> Result<(), Box<dyn Error>> {
    overlay(scene, document)?;
    apply(scene, document)?;
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
    let plain = scene.path("data/small.bin");
    for (id, what, path) in rows {
        let (mut took, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..scene.args.size(20_000, 2000) {
            let began = Instant::now();
            let at = overlay.resolve(&path, LastLink::Follow)?;
            let chunk = overlay.read(&at, 0, 4096)?;
            took.push(us(began.elapsed()));
            black_box(chunk);
            let began = Instant::now();
            let mut bytes = vec![0; 4096];
            File::open(&plain)?.read_exact(&mut bytes)?;
            bare.push(us(began.elapsed()));
            black_box(bytes);
        }
        let figure = Figure::new(id, what, "us", spread(took)?);
        let figure = figure.beside("opened, read and closed by its path", spread(bare)?);
        push(document, figure.aim(Aim::AtMost(SMALL)));
    }
    Ok(())
}

/// Making 1,000 new files of 4 KiB in one folder, under a journal, each of them on disk when it is done;
/// against a program that writes each beside its place, puts it on disk and renames it.
fn apply(scene: &Scene, document: &mut Document) -> Result<(), Box<dyn Error>> {
    let (mut took, mut plain) = (Vec::new(), Vec::new());
    let content = |number: usize| number.to_le_bytes().repeat(4096 / 8);
    for round in 0..scene.args.size(5, 2) {
        let host = scene.path(&format!("applied-{round}"));
        std::fs::create_dir(&host)?;
        let at = VirtualPath::workspace();
        let mounts = vec![Mount::folder(at.clone(), host.canonicalize()?)];
        let mut overlay = Overlay::new(OverlayConfig { mounts, ..OverlayConfig::default() })?;
        for number in 0..FILES {
            let place = overlay.resolve(&at.join(&number.to_string())?, LastLink::Follow)?;
            overlay.write(&place, content(number))?;
        }
        let changes = overlay.changeset();
        let journal = scene.path(&format!("journal-{round}"));
        let began = Instant::now();
        let reports = apply_journalled(&[&changes], |_, _| true, Atomicity::Each, &journal)?;
        took.push(ms(began.elapsed()));
        if !reports.iter().all(|report| report.is_complete()) {
            return Err("not everything was applied".into());
        }
        std::fs::remove_dir_all(&host)?;

        std::fs::create_dir(&host)?;
        let began = Instant::now();
        for number in 0..FILES {
            let beside = host.join(format!(".{number}"));
            let mut file = File::create(&beside)?;
            file.write_all(&content(number))?;
            file.sync_all()?;
            std::fs::rename(&beside, host.join(number.to_string()))?;
        }
        File::open(&host)?.sync_all()?;
        plain.push(ms(began.elapsed()));
        std::fs::remove_dir_all(&host)?;
    }
    let what = "apply: 1,000 new files of 4 KiB, under a journal";
    let figure = Figure::new("parts.apply", what, "ms", spread(took)?);
    let peer = "each written, synced and renamed";
    push(document, figure.beside(peer, spread(plain)?).aim(Aim::AtMost(APPLIED)));
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

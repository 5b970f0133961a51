//! Checkpoints written elsewhere, and the keys they are signed with.

use std::fs;
use std::time::{Duration, Instant};

use aether_audit::{
    BlindSpot, ChainVerdict, CheckpointSink, Evidence, Log, LogError, LogOptions,
    MAX_CHECKPOINT_FILES, MAX_CHECKPOINTS, RunId, SignedCheckpoint, Signer, verify_log,
};

use crate::common::{Place, end, host_call, record_calls, run_id, signer, small, start};

fn sink(place: &Place) -> CheckpointSink {
    CheckpointSink::new(place.elsewhere(), signer())
}

fn notes(place: &Place, run: &RunId) -> Vec<SignedCheckpoint> {
    let path = CheckpointSink::file_of(&place.elsewhere(), run);
    SignedCheckpoint::read_all(&path).unwrap()
}

fn evidence(place: &Place, run: &RunId) -> Evidence {
    Evidence {
        checkpoints: notes(place, run),
        keys: vec![signer().key().clone()],
        ..Evidence::default()
    }
}

#[test]
fn the_last_checkpoint_is_there_when_the_run_has_ended() {
    let place = Place::new();
    let log =
        small(1500).checkpoints(sink(&place)).create(&place.log(), run_id(), &start()).unwrap();
    record_calls(&log, 0..20);
    let last = log.end(&end()).unwrap();
    assert_eq!(log.checkpoint_error(), None);
    let newest = notes(&place, &run_id()).pop().unwrap();
    let verified = newest.verify(&[signer().key().clone()]).unwrap();
    assert_eq!(verified.origin, "host.example/audit");
    assert_eq!(
        (verified, &*last.run),
        (
            &aether_audit::Checkpoint { time: verified.time.clone(), ..last.clone() },
            run_id().as_str()
        )
    );
    drop(log);
    let found = verify_log(&place.log(), &evidence(&place, &run_id())).unwrap();
    assert_eq!(found.verdict, ChainVerdict::Valid, "{found}");
    assert_eq!(found.met.after, found.records);
    assert!(found.met.checkpoints >= 1);
    let newest = BlindSpot::SinceCheckpoint { run: last.run, records: last.records };
    assert_eq!(found.blind_spots(), [newest]);
}

#[test]
fn one_is_written_after_many_records_and_after_a_while() {
    let wait_for = |place: &Place, at_least: u64| {
        let patience = Instant::now() + Duration::from_secs(20);
        let newest = || notes(place, &run_id()).last().map_or(0, |note| note.claimed().records);
        while newest() < at_least {
            assert!(Instant::now() < patience, "no checkpoint was written");
            std::thread::sleep(Duration::from_millis(2));
        }
    };
    let place = Place::new();
    let often = sink(&place).every(10, Duration::from_secs(3600));
    let log = LogOptions::default().checkpoints(often);
    let log = log.create(&place.log(), run_id(), &start()).unwrap();
    std::thread::sleep(Duration::from_millis(20));
    assert!(notes(&place, &run_id()).is_empty(), "neither many nor for long");
    record_calls(&log, 0..20);
    wait_for(&place, 10);

    let place = Place::new();
    let soon = sink(&place).every(1_000_000, Duration::from_millis(5));
    let log = LogOptions::default().checkpoints(soon);
    let log = log.create(&place.log(), run_id(), &start()).unwrap();
    wait_for(&place, 1);
    log.record(&host_call(0)).unwrap();
    wait_for(&place, 2);
    std::thread::sleep(Duration::from_millis(30));
    assert_eq!(notes(&place, &run_id()).len(), 2, "nothing new, nothing written");
}

#[test]
fn a_run_without_an_end_has_a_last_checkpoint_too() {
    let place = Place::new();
    let log = LogOptions::default().checkpoints(sink(&place));
    let log = log.create(&place.log(), run_id(), &start()).unwrap();
    record_calls(&log, 0..5);
    drop(log);
    assert_eq!(notes(&place, &run_id()).last().unwrap().claimed().records, 6);
    let found = verify_log(&place.log(), &evidence(&place, &run_id())).unwrap();
    assert!(matches!(found.verdict, ChainVerdict::Unclean { .. }), "{found}");
}

#[test]
fn very_many_are_thinned_out_and_the_rest_still_verifies() {
    let place = Place::new();
    let log = LogOptions::default().checkpoints(sink(&place));
    let log = log.create(&place.log(), run_id(), &start()).unwrap();
    for number in 0..(MAX_CHECKPOINTS as u32 + 40) {
        log.record(&host_call(number)).unwrap();
        log.keep_checkpoint().unwrap();
    }
    log.end(&end()).unwrap();
    assert_eq!(log.checkpoint_error(), None);
    let kept = notes(&place, &run_id());
    assert!(kept.len() <= MAX_CHECKPOINTS / 2 + 60, "{}", kept.len());
    assert!(kept.first().unwrap().claimed().records <= 2);
    assert!(kept.is_sorted_by_key(|note| note.claimed().records));
    assert_eq!(fs::read_dir(place.elsewhere()).unwrap().count(), 1);
    let found = verify_log(&place.log(), &evidence(&place, &run_id())).unwrap();
    assert_eq!((found.is_valid(), found.met.checkpoints), (true, kept.len() as u64), "{found}");
}

#[test]
fn what_was_removed_meanwhile_is_put_back() {
    let place = Place::new();
    let log = LogOptions::default().checkpoints(sink(&place));
    let log = log.create(&place.log(), run_id(), &start()).unwrap();
    log.keep_checkpoint().unwrap();
    let before = notes(&place, &run_id());
    fs::remove_file(CheckpointSink::file_of(&place.elsewhere(), &run_id())).unwrap();
    let last = log.end(&end()).unwrap();
    let after = notes(&place, &run_id());
    assert_eq!(after[..before.len()], before);
    assert_eq!(after.last().unwrap().claimed().records, last.records);
    assert_eq!(log.checkpoint_error(), None);
}

#[test]
fn no_more_than_so_many_files_are_kept_and_the_newest_stay() {
    let place = Place::new();
    fs::create_dir(place.elsewhere()).unwrap();
    let old = std::time::SystemTime::now() - Duration::from_secs(1_000_000);
    let file = |number: usize| {
        let path = place.elsewhere().join(format!("{number:032x}.notes"));
        let made = fs::File::create(&path).unwrap();
        made.set_modified(old + Duration::from_secs(number as u64)).unwrap();
        path
    };
    let files: Vec<_> = (0..MAX_CHECKPOINT_FILES).map(file).collect();
    fs::write(place.elsewhere().join("other.txt"), "not ours").unwrap();
    let log = LogOptions::default().checkpoints(sink(&place).log_name("shared"));
    log.create(&place.log(), run_id(), &start()).unwrap().end(&end()).unwrap();
    let gone = files.iter().take_while(|path| !path.exists()).count();
    assert_eq!(gone, MAX_CHECKPOINT_FILES / 10);
    assert!(files[gone..].iter().all(|path| path.exists()), "those written last stay");
    // The others, this run's checkpoints, its name in the list, and what is not ours.
    let left = fs::read_dir(place.elsewhere()).unwrap().count();
    assert_eq!(left, MAX_CHECKPOINT_FILES - gone + 3);
}

#[test]
fn a_log_of_several_runs_has_a_list_of_them_elsewhere() {
    let place = Place::new();
    let known = |name| CheckpointSink::runs_of(&place.elsewhere(), name);
    assert_eq!(known("shared").unwrap(), []);
    let runs: Vec<RunId> = (0..3).map(|_| RunId::random().unwrap()).collect();
    for run in &runs {
        let log = LogOptions::default().checkpoints(sink(&place).log_name("shared"));
        let log = log.create_or_append(&place.log(), run.clone(), &start()).unwrap();
        log.end(&end()).unwrap();
    }
    assert_eq!(known("shared").unwrap(), runs);
    assert_eq!(known("other").unwrap(), []);
    // The last run is removed with all that says in the log that it was there.
    let whole = fs::read_to_string(place.log()).unwrap();
    let shorter: String = whole.split_inclusive('\n').take(4).collect();
    fs::write(place.log(), shorter).unwrap();
    assert!(place.verify().is_valid());
    let all = runs.iter().flat_map(|run| notes(&place, run)).collect();
    let keys = vec![signer().key().clone()];
    let evidence = Evidence { checkpoints: all, keys, ..Evidence::default() };
    let found = verify_log(&place.log(), &evidence).unwrap();
    assert!(matches!(found.verdict, ChainVerdict::Broken { .. }), "{found}");
    for name in ["", "a/b", "..\\c", "ü", &"x".repeat(200)] {
        assert!(known(name).is_err(), "{name}");
        let log = LogOptions::default().checkpoints(sink(&place).log_name(name));
        let refused = log.create_or_append(&place.log(), RunId::random().unwrap(), &start());
        assert!(matches!(refused, Err(LogError::Checkpoints { .. })), "{name}: {refused:?}");
    }
}

#[test]
fn checkpoints_beside_the_log_are_refused() {
    let place = Place::new();
    let folder = place.log().parent().unwrap().to_owned();
    for folder in [folder.clone(), folder.join("notes"), place.elsewhere().join("../log/x")] {
        let _ = fs::create_dir_all(place.elsewhere());
        let sink = CheckpointSink::new(folder, signer());
        let refused = LogOptions::default().checkpoints(sink);
        let refused = refused.create_or_append(&place.log(), RunId::random().unwrap(), &start());
        assert!(matches!(refused, Err(LogError::CheckpointsBeside { .. })), "{refused:?}");
        assert!(!place.log().exists(), "nothing is left in the way of another try");
    }
}

#[cfg(unix)]
#[test]
fn a_checkpoint_that_cannot_be_written_is_told_of_and_poisons_nothing() {
    let place = Place::new();
    let log = LogOptions::default().checkpoints(sink(&place));
    let log = log.create(&place.log(), run_id(), &start()).unwrap();
    log.keep_checkpoint().unwrap();
    fs::rename(place.elsewhere(), place.elsewhere().with_extension("gone")).unwrap();
    log.record(&host_call(0)).unwrap();
    log.keep_checkpoint().unwrap();
    assert!(log.checkpoint_error().is_some(), "what nobody finds is not written");
    assert!(log.is_healthy());
    fs::rename(place.elsewhere().with_extension("gone"), place.elsewhere()).unwrap();
    let last = log.end(&end()).unwrap();
    assert_eq!(log.checkpoint_error(), None, "it could be written again");
    assert_eq!(notes(&place, &run_id()).last().unwrap().claimed().records, last.records);
}

#[test]
fn a_checkpoint_of_nobody_known_is_no_evidence_and_is_reported() {
    let place = Place::new();
    let log = LogOptions::default().checkpoints(sink(&place));
    let log = log.create(&place.log(), run_id(), &start()).unwrap();
    log.end(&end()).unwrap();
    let stranger = Signer::from_seed("host.example/audit", &[8; 32]).unwrap();
    let strange = Evidence { keys: vec![stranger.key().clone()], ..evidence(&place, &run_id()) };
    let found = verify_log(&place.log(), &strange).unwrap();
    assert!(found.is_valid());
    assert_eq!((found.met.checkpoints, found.refused.len()), (0, strange.checkpoints.len()));
    assert_eq!(found.blind_spots(), BlindSpot::WITHOUT_CHECKPOINT);
    let said = found.full_sentence();
    assert!(said.contains("does not count: no known key has signed"), "{said}");
    let mut many = strange.clone();
    many.checkpoints = many.checkpoints.iter().cycle().take(40).cloned().collect();
    let said = verify_log(&place.log(), &many).unwrap().full_sentence();
    assert_eq!(said.matches("not count").count(), 1, "{said}");
    let all = format!("40 checkpoints of run {} do not count", run_id());
    assert!(said.contains(&all), "{said}");
    assert!(said.contains("not noticed would be: that the last records"), "{said}");
}

#[test]
fn a_log_without_checkpoints_has_none_and_no_error() {
    let place = Place::new();
    let log = Log::create(&place.log(), run_id(), &start()).unwrap();
    log.keep_checkpoint().unwrap();
    assert_eq!(log.checkpoint_error(), None);
    assert_eq!(log.checkpoint().unwrap().origin, aether_audit::Checkpoint::ORIGIN);
}

#[cfg(unix)]
#[test]
fn a_key_is_made_once_and_is_its_owners_alone() {
    use aether_audit::KeyError;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let made = Signer::open_or_create("a", &path).unwrap();
    let again = Signer::open_or_create("a", &path).unwrap();
    assert_eq!(made.key(), again.key());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left over");
    let other = Signer::open_or_create("a", &folder.path().join("other")).unwrap();
    assert_ne!(made.key(), other.key());

    let refused = |path| Signer::open_or_create("a", path).unwrap_err();
    let link = folder.path().join("link");
    symlink(&path, &link).unwrap();
    assert!(matches!(refused(&link), KeyError::Exposed { .. }));
    for mode in [0o640, 0o604, 0o620, 0o602] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert!(matches!(refused(&path), KeyError::Exposed { .. }), "{mode:o}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    for length in [0, 31, 33, 100] {
        fs::write(&path, vec![1; length]).unwrap();
        assert!(matches!(refused(&path), KeyError::NotASeed { .. }), "{length}");
    }
    assert!(matches!(refused(folder.path()), KeyError::Exposed { .. }));
    assert!(matches!(refused(&folder.path().join("no/where")), KeyError::Open { .. }));
    assert!(Signer::open_or_create("a b", &folder.path().join("other")).is_err());
}

#[test]
fn many_who_make_a_key_at_once_get_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let keys: Vec<_> = std::thread::scope(|scope| {
        let open = || Signer::open_or_create("a", &path).unwrap().key().clone();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(keys.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

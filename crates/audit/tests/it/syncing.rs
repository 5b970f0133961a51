//! What has been synced is on the disk, and those who sync at once do it once.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use aether_audit::{Log, RunId, Sink, SystemClock};

use crate::common::{Place, end, host_call, run_id, small, start};

/// A slow disk: counts what was written, and what of that a sync has reached.
#[derive(Clone, Default)]
struct Disk {
    written: Arc<AtomicU64>,
    lasting: Arc<AtomicU64>,
    syncs: Arc<AtomicUsize>,
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.written.fetch_add(lines, Ordering::SeqCst);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Disk {
    fn sync(&mut self) -> io::Result<()> {
        let written = self.written.load(Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(3));
        self.lasting.store(written, Ordering::SeqCst);
        self.syncs.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

#[test]
fn what_was_recorded_before_a_sync_lasts_when_it_returns_and_syncs_are_shared() {
    let disk = Disk::default();
    let clock = Box::new(SystemClock::start());
    let log = Log::with(Box::new(disk.clone()), clock, run_id(), &start()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let (log, disk) = (log.clone(), disk.clone());
            scope.spawn(move || {
                for number in 0..20 {
                    let seq = log.record(&host_call(number)).unwrap();
                    log.sync().unwrap();
                    assert!(disk.lasting.load(Ordering::SeqCst) > seq);
                }
            });
        }
    });
    let syncs = disk.syncs.load(Ordering::SeqCst);
    assert!(syncs < 8 * 20 / 2, "{syncs} syncs for 160");
    log.end(&end()).unwrap();
    assert_eq!(disk.lasting.load(Ordering::SeqCst), 8 * 20 + 2);
}

#[test]
fn a_sync_with_nothing_new_is_free() {
    let disk = Disk::default();
    let clock = Box::new(SystemClock::start());
    let log = Log::with(Box::new(disk.clone()), clock, run_id(), &start()).unwrap();
    (0..5).for_each(|_| log.sync().unwrap());
    assert_eq!(disk.syncs.load(Ordering::SeqCst), 1);
}

#[test]
fn a_sync_over_a_rotation_reaches_the_records_of_both_segments() {
    let place = Place::new();
    let log = small(700).create(&place.log(), RunId::random().unwrap(), &start()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let log = log.clone();
            scope.spawn(move || {
                for number in 0..15 {
                    log.record(&host_call(number)).unwrap();
                    log.sync().unwrap();
                }
            });
        }
    });
    log.end(&end()).unwrap();
    assert!(place.verify().is_valid());
}

struct Dying(Disk);

impl Write for Dying {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Dying {
    fn sync(&mut self) -> io::Result<()> {
        Err(io::Error::other("the disk is gone"))
    }
}

#[test]
fn a_failed_sync_poisons_the_log_for_all_who_wait() {
    let sink = Box::new(Dying(Disk::default()));
    let log = Log::with(sink, Box::new(SystemClock::start()), run_id(), &start()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let log = log.clone();
            scope.spawn(move || assert!(log.sync().is_err()));
        }
    });
    assert!(!log.is_healthy());
}

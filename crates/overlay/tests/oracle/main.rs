//! Random operations on an overlay and on a real folder: the answers, what is visible, and in the
//! end what is applied must agree.
//!
//! `OVERLAY_ORACLE_CASES` says how many sequences are tried: few, unless somebody waits for it.

#![cfg(target_os = "linux")]

mod acts;
mod at_once;
#[path = "../common/mod.rs"]
mod common;
mod folder;
mod outside;
mod tree;

use acts::{Act, acts};
use aether_overlay::{OverlayConfig, Quota, Resolution, Usage, apply, preview};
use common::Lab;
use folder::Real;
use proptest::prelude::*;
use tree::{outline, real_tree, visible_tree};

const HOST: &[(&str, &str)] = &[
    ("a", "content of a"),
    ("b", ""),
    ("d/a", "d's a"),
    ("d/e/b", "deep"),
    ("d/e/c", "deeper"),
    ("c/", ""),
    ("e/a/a", "x"),
    ("l -> d", ""),
    ("d/m -> a", ""),
    ("d/e/l -> ../../a", ""),
    ("e/m -> ..", ""),
];

/// As many as proptest's own default makes of half of them.
const CASES: u32 = 128;

fn cases() -> u32 {
    let asked = std::env::var("OVERLAY_ORACLE_CASES");
    asked.map_or(CASES, |asked| asked.parse().expect("OVERLAY_ORACLE_CASES is a number"))
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() }
}

/// What errors are alike in: several things can be wrong at once, and which is told differs.
fn agree(act: &Act, ours: &acts::Answer, theirs: &acts::Answer) -> bool {
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => ours == theirs,
        (Err(ours), Err(theirs)) => {
            ours == theirs || matches!(act, Act::Rename(..) | Act::Link(..) | Act::Symlink(..))
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_overlay_behaves_as_a_folder_does(
        acts in prop::collection::vec(acts(), 1..40),
        walk in any::<bool>(),
        kept_in_memory in prop_oneof![Just(0), Just(10), Just(70_000), Just(32 << 20)],
    ) {
        let resolution = if walk { Resolution::Walk } else { Resolution::Auto };
        let config = OverlayConfig { resolution, kept_in_memory, ..OverlayConfig::default() };
        let mut lab = Lab::configured(HOST, config);
        let mut handles = acts::Handles::default();
        let mut real = Real::new(HOST);
        tree::usual_modes(&lab.host(""));
        let untouched = real_tree(&lab.host(""));
        for act in &acts {
            if real.is_beyond_us(act) {
                continue;
            }
            let act = real.mended(act);
            let leads_out = real.would_lead_out(&act);
            let ours = acts::on_overlay(&mut lab, &mut handles, &act);
            if ours == Err("EPERM") && leads_out {
                // The one thing that a file system lets a program do, and we do not.
                continue;
            }
            let theirs = real.act(&act);
            prop_assert!(agree(&act, &ours, &theirs), "{:?}: {:?}, a folder {:?}", act, ours, theirs);
            prop_assert!(!(leads_out && ours.is_ok()), "{:?} leads out", act);
        }
        prop_assert_eq!(visible_tree(&lab), real_tree(real.top()));
        prop_assert_eq!(&real_tree(&lab.host("")), &untouched);

        let changeset = lab.overlay.changeset();
        let store = lab.dir.path().join("store");
        changeset.save(&store).unwrap();
        let loaded = aether_overlay::Changeset::load(&store).unwrap();
        prop_assert_eq!(&loaded, &changeset);
        prop_assert_eq!(changeset.is_empty(), untouched == real_tree(real.top()));
        let foreseen = preview(&loaded, |_| true);
        let report = apply(&loaded, |_| true);
        prop_assert!(report.is_complete() && foreseen.is_complete(), "{:?} {:?}", foreseen, report);
        prop_assert_eq!(real_tree(&lab.host("")), real_tree(real.top()), "applied {:?}", report);
        let again = apply(&loaded, |_| true);
        prop_assert!(again.is_complete(), "again {:?}", again);
        prop_assert_eq!(real_tree(&lab.host("")), real_tree(real.top()), "again {:?}", again);
    }

    /// What is done at once is on the host as if it had been done there.
    #[test]
    fn what_is_done_at_once_is_done(acts in prop::collection::vec(acts(), 1..20)) {
        let mut lab = Lab::configured(HOST, OverlayConfig::default());
        let mut handles = acts::Handles::default();
        let mut real = Real::new(HOST);
        tree::usual_modes(&lab.host(""));
        for act in &acts {
            if real.is_beyond_us(act) {
                continue;
            }
            // Owners may read what is there: what cannot be read cannot be known to be unchanged.
            let act = match act {
                Act::Chmod(at, mode) => Act::Chmod(at.clone(), mode | 0o700),
                other => other.clone(),
            };
            let ours = match &act {
                Act::Read(_) | Act::List(_) | Act::Stat(_) => {
                    Some(acts::on_overlay(&mut lab, &mut handles, &act))
                }
                _ => at_once::on_host(&mut lab, &act),
            };
            let Some(ours) = ours else { continue };
            let leads_out = real.would_lead_out(&act);
            if ours == Err("EPERM") && leads_out {
                continue;
            }
            let theirs = real.act(&act);
            prop_assert!(agree(&act, &ours, &theirs), "{:?}: {:?}, a folder {:?}", act, ours, theirs);
            prop_assert_eq!(real_tree(&lab.host("")), real_tree(real.top()), "{:?}", act);
            prop_assert!(lab.overlay.changeset().is_empty());
        }
    }

    #[test]
    fn usage_is_what_is_left(
        acts in prop::collection::vec(acts(), 1..40),
        kept_in_memory in prop_oneof![Just(0), Just(300), Just(32 << 20)],
    ) {
        let quota = Quota { bytes: 6000, entries: 8 };
        let config = OverlayConfig { quota, kept_in_memory, ..OverlayConfig::default() };
        let mut lab = Lab::configured(&[], config);
        let mut handles = acts::Handles::default();
        for act in &acts {
            let _ = acts::on_overlay(&mut lab, &mut handles, act);
            let used = lab.overlay.usage();
            prop_assert!(used.bytes <= quota.bytes && used.entries <= quota.entries, "{:?}", used);
        }
        for name in lab.list("/w").unwrap() {
            lab.remove_tree(&format!("/w/{name}")).unwrap();
        }
        handles.close_all(&mut lab);
        prop_assert_eq!(lab.overlay.usage(), Usage::default());
        prop_assert!(lab.overlay.changeset().is_empty());
    }

    /// The same over a host that is not empty: where there is no room, nothing is half done. Nothing
    /// is read, since it could not be remembered, and files as new as these would conflict for it.
    #[test]
    fn what_does_not_fit_changes_nothing(acts in prop::collection::vec(acts(), 1..40)) {
        let quota = Quota { bytes: 9000, entries: 14 };
        let mut lab = Lab::with(HOST, quota, Resolution::Auto);
        let mut handles = acts::Handles::default();
        let reads = |act: &&Act| matches!(act, Act::Read(_) | Act::ReadOpen(_));
        for act in acts.iter().filter(|act| !reads(act)) {
            let act = &act.within_reach();
            let before = outline(&lab);
            let answer = acts::on_overlay(&mut lab, &mut handles, act);
            let used = lab.overlay.usage();
            prop_assert!(used.bytes <= quota.bytes && used.entries <= quota.entries, "{:?}", used);
            if answer.is_err() {
                prop_assert_eq!(outline(&lab), before, "{:?} {:?}", act, answer);
            }
        }
        let shown = visible_tree(&lab);
        let report = apply(&lab.overlay.changeset(), |_| true);
        prop_assert!(report.is_complete(), "{:?}", report);
        prop_assert_eq!(real_tree(&lab.host("")), shown);
    }
}

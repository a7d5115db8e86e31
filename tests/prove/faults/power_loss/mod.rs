//! The power goes at every moment at which the desk waits for its disk.

mod disk;
mod trace;

use std::collections::BTreeSet;
use std::path::Path;

use callpop_tests::{Desk, DeskSetup};
use disk::{Disk, Loss};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use trace::Step;

use super::load::{Load, shown};
use crate::claims::{Claim, Figure, Measuring, Size, measuring};

pub(crate) const CLAIM: Claim = Claim {
    number: "2a",
    claim: "power loss: a disk that drops, reorders or tears everything that was not synced costs no call that was acknowledged, at any sync",
    measure,
};

/// Posts at once.
const POSTERS: usize = 4;
/// What the mixtures of lost writes are drawn from, so that a failure can be had again.
const SEED: u64 = 20_261_129;

fn measure(size: Size) -> Measuring {
    measuring(cut_off(size))
}

async fn cut_off(size: Size) -> Figure {
    let (steps, posted) = recorded(size.of(400, 120)).await;
    let every = size.of(1, 12);
    let mut random = StdRng::seed_from_u64(SEED);
    let (mut disk, mut acknowledged) = (Disk::default(), BTreeSet::new());
    let (mut syncs, mut cuts, mut lost, mut unreadable) = (0_u32, 0_u32, 0_usize, 0_u32);
    for step in &steps {
        disk.step(step);
        match step {
            Step::Acknowledged { entry } => drop(acknowledged.insert(entry.clone())),
            Step::Sync { .. } => {
                syncs += 1;
                if syncs % every != 0 {
                    continue;
                }
                for loss in Loss::ALL {
                    cuts += 1;
                    match found_after(disk.after_a_cut(loss, &mut random)).await {
                        Some(found) => {
                            let missing: Vec<&String> = acknowledged.difference(&found).collect();
                            if let Some(entry) = missing.first() {
                                crate::proving::say(&format!(
                                    "   sync {syncs}, {loss:?}: {} lost, {entry}",
                                    missing.len()
                                ));
                            }
                            lost += missing.len();
                        }
                        None => unreadable += 1,
                    }
                }
            }
            Step::Write { .. } | Step::Cut { .. } | Step::Delete { .. } | Step::Synced { .. } => {}
        }
    }
    // A measurement that cannot fail is none: the files of half way must lack what was acknowledged later.
    let half_way = steps.len() / 2;
    let mut stale = Disk::default();
    steps.iter().take(half_way).for_each(|step| stale.step(step));
    let stale = found_after(stale.after_a_cut(Loss::Everything, &mut random)).await;
    let sees_a_loss = stale.is_some_and(|found| acknowledged.difference(&found).count() > 0);
    let checkpoints = steps.iter().filter(|step| matches!(step, Step::Synced { file } if file == "callpop.db")).count();
    Figure {
        how: format!(
            "every write, sync and answer of a desk under load ({posted} posts, {POSTERS} connections) recorded with strace; the files \
             rebuilt as a power cut leaves them at {} of {syncs} syncs (WAL and {checkpoints} of the database), three ways each: all that was not \
             synced lost, any mixture of the writes, any mixture of 512-byte sectors; the desk started on each. A deletion is durable with the next \
             sync; not modelled: a lost new file, a disk that lies about a sync",
            cuts / 3,
        ),
        told: format!(
            "{cuts} power cuts, up to {} calls acknowledged before one: {lost} lost, {unreadable} logs that did not open or were set aside",
            acknowledged.len()
        ),
        holds: sees_a_loss && lost == 0 && unreadable == 0 && checkpoints > 1 && acknowledged.len() > 20,
    }
}

/// A desk under load, and what it did; how many posts it acknowledged.
async fn recorded(posts: usize) -> (Vec<Step>, usize) {
    let told = tempfile::NamedTempFile::new().expect("a file for the trace");
    let path = told.path().to_string_lossy().into_owned();
    // `-D`: the desk is the process that was started, and strace watches from beside it.
    let strace = ["strace", "-D", "-f", "-q", "-xx", "-s", "1048576", "-e", trace::WATCHED, "-o", &path];
    let desk = DeskSetup::new().under(&strace).start();
    let folder = desk.home().join("data");
    let load = Load::on(desk.listener(), POSTERS);
    let acknowledged = load.count_of_posts();
    callpop_tests::eventually("the load is accepted", || {
        let count = acknowledged.load(std::sync::atomic::Ordering::Relaxed);
        async move { (count >= posts).then_some(()) }
    })
    .await;
    let posted = acknowledged.load(std::sync::atomic::Ordering::Relaxed);
    load.end().await;
    let process = desk.id();
    let (status, home) = desk.stop();
    assert!(status.success(), "the watched desk ended with {status}");
    let text = whole(told.path(), process).await;
    let steps = trace::read(&text, &folder.to_string_lossy());
    drop(home);
    (steps, posted)
}

/// The trace, once strace has told of the desk's end.
async fn whole(path: &Path, process: u32) -> String {
    let process = process.to_string();
    // Short ids are padded.
    let is_end = |line: &str| {
        line.strip_prefix(&process)
            .is_some_and(|told| told.starts_with(' ') && told.trim_start().starts_with("+++ exited"))
    };
    callpop_tests::eventually("the trace ends", || {
        let text = std::fs::read_to_string(path).expect("the trace is a text");
        let is_whole = text.lines().next_back().is_some_and(is_end);
        async move { is_whole.then_some(text) }
    })
    .await
}

/// What a desk knows that starts on these files; `None` when it sets them aside or does not start.
async fn found_after(files: std::collections::BTreeMap<String, Vec<u8>>) -> Option<BTreeSet<String>> {
    let home = tempfile::TempDir::new().expect("a folder for the desk");
    let data = home.path().join("data");
    std::fs::create_dir(&data).expect("a folder for the log");
    for (name, bytes) in &files {
        std::fs::write(data.join(name), bytes).expect("a file of the log");
    }
    let started = tokio::task::spawn_blocking(move || {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| DeskSetup::new().start_in(home))).ok()
    });
    let desk: Desk = started.await.expect("a start that fails is caught")?;
    let known = shown(&desk).await.into_keys().collect();
    let feed = desk.feed().await;
    feed.seen().desk["log_set_aside"].is_null().then_some(known)
}

//! In which order, how often and how fast the steps of one call are told.

use std::collections::VecDeque;
use std::time::Duration;

use rand::Rng;
use rand::seq::SliceRandom;

use crate::clock::Speed;
use crate::compose::Call;
use crate::script::{Mark, Recording, Script, State, Step, What};

/// Seconds until a completed recording is in storage.
const STORED_AFTER: u32 = 4;

/// How fast one call is told, and how long ago it ended when it is told without pauses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) speed: Speed,
    pub(crate) ended_ago: Duration,
}

pub(crate) fn is_first_answer_of_callback(step: &Step) -> bool {
    matches!(step.what, What::Leg(leg)
        if leg.mark == Mark::Callback && leg.state == State::Connected && leg.from.taken_from.is_none())
}

pub(crate) fn is_stored_later(step: &Step) -> bool {
    matches!(step.what, What::RecordAdded { .. })
}

/// A leg ended: what is recorded there is complete, and some time later in storage, unless the script says so itself.
pub(crate) fn complete_recordings(leg: usize, call: &Call, rest: &mut VecDeque<Step>, second: u32, stopping: bool) {
    for recording in call.recordings_of(leg) {
        let completed = Recording { completed: true, ..recording };
        let of = |step: &Step| matches!(step.what, What::Recording(next) if next.recording == recording.recording);
        if !rest.iter().any(of) {
            rest.push_front(Step { at: second, what: What::Recording(completed) });
        }
        let added = What::RecordAdded { recording: recording.recording, operator: recording.operator };
        if !stopping && !rest.iter().any(|step| step.what == added) {
            insert(Step { at: second + STORED_AFTER, what: added }, rest);
        }
    }
}

/// Puts a step among the others by its time: a recording is stored some seconds after its leg ended, while the call may
/// go on for long.
pub(crate) fn insert(step: Step, rest: &mut VecDeque<Step>) {
    let place = rest.iter().position(|later| later.at > step.at).unwrap_or(rest.len());
    rest.insert(place, step);
}

/// One arrival of one step's post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// The second of the script at which it is posted: never before it happened.
    pub(crate) at: u32,
    /// Index of the step.
    pub(crate) step: usize,
}

/// The order in which a script's posts arrive.
pub(crate) fn deliveries(script: &Script, repeat: u32, shuffle: bool, random: &mut impl Rng) -> Vec<Delivery> {
    let order: Vec<usize> = script.order.map_or_else(|| (0..script.steps.len()).collect(), <[usize]>::to_vec);
    let times = repeat as usize * if script.doubled { 2 } else { 1 };
    let mut steps: Vec<usize> = order.into_iter().flat_map(|step| std::iter::repeat_n(step, times)).collect();
    if shuffle {
        steps.shuffle(random);
    }
    let mut at = 0;
    steps
        .into_iter()
        .map(|step| {
            at = at.max(script.steps[step].at);
            Delivery { at, step }
        })
        .collect()
}

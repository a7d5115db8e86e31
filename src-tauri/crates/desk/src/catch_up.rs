//! Nothing missed while we slept: when the PBX's statistics are asked about the time in which its posts may not have
//! reached us, and what is shown of it. Time is handed in; the asking itself is [`asking`].
//!
//! A silence is written down before anybody is asked about it, so that it is asked about after the next start too.

mod asking;
mod failure;
mod following;
mod source;
#[cfg(test)]
mod tests;
mod told;

pub(crate) use asking::{Ended, Handed, Job, StaffAsked, Young, catch_up};
use failure::Again;
pub(crate) use told::{PATH, Staff, Told, ToldLeg};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::running::commands::refusal;
use crate::view;

/// How much of the time before a silence is asked about again: a post may have been on its way when it began.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);
/// The desk before this one may have asked a moment ago, and the PBX takes one such question in two seconds (reference 1.5).
const START_AFTER: SignedDuration = SignedDuration::from_millis(2_200);
/// The loop looks at the time four times a second. When it did not for so long, the computer slept.
const SLEPT: SignedDuration = SignedDuration::from_secs(60);
/// After so long without a post the next one does not prove that none was lost before it.
const SILENCE: SignedDuration = SignedDuration::from_mins(15);
/// How often the PBX is asked when nothing else is a reason to.
const EVERY: SignedDuration = SignedDuration::from_hours(1);
/// How long after an answer its end is asked about again: it lacks the calls of its last minutes.
const LAST_MINUTES_AFTER: SignedDuration = SignedDuration::from_mins(5);
/// How long after its end a call may be told of only in part: as long as one leg of it may follow another.
const SETTLED_AFTER: SignedDuration = calls::GONE_AFTER;
/// The waits after failures that may pass soon.
const SOON: [SignedDuration; 4] = [
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(2),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(15),
];
/// The wait after a failure that takes longer to pass.
const LATER: SignedDuration = SignedDuration::from_mins(15);
/// The wait after a refusal, when nothing else shows that the PBX takes our requests again.
const REFUSED_FOR: SignedDuration = SignedDuration::from_hours(1);

/// A time in which posts may not have reached us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Silence {
    /// When it began: Unix ms.
    since_ms: i64,
    /// Nobody was waiting for this: it is shown only if it brings something.
    quiet: bool,
}

/// What the log keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// What was not asked about yet.
    owed: Option<Silence>,
    /// Until when the PBX told everything: Unix ms.
    told_until_ms: Option<i64>,
}

/// A question that is under way.
#[derive(Debug, Clone, Copy)]
struct Run {
    silence: Silence,
    until: Timestamp,
    /// The same by the PBX's clock: Unix seconds.
    to: i64,
    /// By how much our clock is ahead of the PBX's.
    ahead: SignedDuration,
}

/// Why nobody is asked just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pause {
    No,
    Until(Timestamp),
    /// Refused; over as soon as the PBX accepts anything.
    Refused(Timestamp),
}

/// When the PBX is asked, and what came of it.
#[derive(Debug)]
pub(crate) struct CatchUp {
    /// Nobody is asked without an account, in a rehearsal, or without a log to keep the answer.
    enabled: bool,
    keep: SignedDuration,
    kept: Kept,
    kept_changed: bool,
    heard_at: Option<Timestamp>,
    looked_at: Timestamp,
    started_at: Timestamp,
    /// Since when posts reach us without a gap that we know of.
    listening_since: Timestamp,
    log_failed_at: Option<Timestamp>,
    run: Option<Run>,
    pause: Pause,
    failures: usize,
    extended: bool,
    /// The PBX said who works here, or does not say.
    staff_is_settled: bool,
    /// The silence that is asked about until its last calls are told of as well, and how often it was asked for them.
    awaited: Option<Silence>,
    follow_ups: u32,
    /// What the question under way, and those before it about the same silence, have found.
    calls: u32,
    missed: u32,
    shown: Option<wire::CatchUp>,
}

/// What a call that was told of turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct News {
    /// The desk had not heard of it, or not of how it ended.
    pub is_news: bool,
    /// It is a missed call of this desk.
    pub is_missed: bool,
}

impl CatchUp {
    /// `heard_at`: when the newest post in the log came. `kept`: what the log keeps.
    pub(crate) fn new(
        enabled: bool,
        keep_days: u32,
        kept: Option<Kept>,
        heard_at: Option<Timestamp>,
        now: Timestamp,
    ) -> CatchUp {
        let mut catch_up = CatchUp {
            enabled,
            keep: SignedDuration::from_hours(24 * i64::from(keep_days)),
            kept: kept.unwrap_or_default(),
            kept_changed: false,
            heard_at,
            looked_at: now,
            started_at: now,
            listening_since: now,
            log_failed_at: None,
            run: None,
            pause: now.checked_add(START_AFTER).map_or(Pause::No, Pause::Until),
            failures: 0,
            extended: false,
            staff_is_settled: false,
            awaited: None,
            follow_ups: 0,
            calls: 0,
            missed: 0,
            shown: None,
        };
        if let Some(silence) = &mut catch_up.kept.owed {
            silence.quiet = false;
        }
        // Of a log in which nothing ever happened nothing is missing.
        if let Some(since) = catch_up.told_of_until() {
            catch_up.owe(since, false);
        }
        catch_up
    }

    /// A post of the PBX came.
    pub(crate) fn heard(&mut self, now: Timestamp) {
        if let Some(since) = self.told_of_until().filter(|since| now.duration_since(*since) >= SILENCE) {
            self.owe(since, false);
            self.listening_since = now;
        }
        self.heard_at = Some(now);
    }

    /// Time passes.
    pub(crate) fn tick(&mut self, now: Timestamp) {
        if now.duration_since(self.looked_at) >= SLEPT {
            self.owe(self.looked_at, false);
            self.listening_since = now;
        }
        self.looked_at = now;
        // Posts may be lost one by one without a silence.
        let told_until = self.kept.told_until_ms.map_or(self.started_at, moment);
        if self.run.is_none() && self.kept.owed.is_none() && now.duration_since(told_until) >= EVERY {
            self.owe(told_until, true);
        }
    }

    /// The disk took nothing, or takes writes again.
    pub(crate) fn log_is_failing(&mut self, failing: bool, now: Timestamp) {
        match (failing, self.log_failed_at) {
            (true, None) => self.log_failed_at = Some(now),
            (false, Some(since)) => {
                self.log_failed_at = None;
                self.owe(since, false);
            }
            (true, Some(_)) | (false, None) => {}
        }
    }

    /// The PBX accepted a command or a check.
    pub(crate) fn pbx_accepts(&mut self) {
        if matches!(self.pause, Pause::Refused(_)) {
            self.pause = Pause::No;
        }
    }

    /// Somebody wants to know: what is owed, and the day so far. False: there is nobody to ask.
    pub(crate) fn ask_now(&mut self, today: Timestamp) -> bool {
        if self.enabled {
            self.pause = Pause::No;
            if self.run.is_none() {
                self.owe(today, false);
            }
        }
        self.enabled
    }

    /// What to ask now, if anything: it counts as under way from here on. `not_before`: until when a refusal would lock
    /// the account out. `ahead`: by how much our clock is ahead of the PBX's.
    pub(crate) fn due(&mut self, now: Timestamp, not_before: Option<Timestamp>, ahead: SignedDuration) -> Option<Job> {
        let silence = self.kept.owed.filter(|_| self.enabled && self.run.is_none() && self.log_failed_at.is_none())?;
        let is_paused = match self.pause {
            Pause::No => false,
            Pause::Until(until) | Pause::Refused(until) => now < until,
        };
        if is_paused || not_before.is_some_and(|not_before| now < not_before) {
            return None;
        }
        let oldest = now.checked_sub(self.keep).unwrap_or(Timestamp::MIN);
        // Since the PBX told everything, single posts may have been lost as well.
        let since = self.kept.told_until_ms.map_or(silence.since_ms, |told| told.min(silence.since_ms));
        let from = moment(since).checked_sub(OVERLAP).unwrap_or(Timestamp::MIN).max(oldest);
        self.kept.owed = None;
        // Posts that come late look as if our clock were ahead: rather too long a time than a call too few.
        let by_the_pbx = |at: Timestamp| at.checked_sub(ahead).unwrap_or(at).as_second();
        let to = by_the_pbx(now).max(now.as_second());
        self.run = Some(Run { silence, until: now, to, ahead });
        if !silence.quiet {
            self.follow_ups = 0;
            self.show(wire::CatchUpState::Asking, self.as_awaited(silence), now, None);
        }
        Some(Job {
            from: by_the_pbx(from).min(from.as_second()),
            to,
            extended: self.extended,
            staff: Staff::default(),
            asks_staff: !self.staff_is_settled,
        })
    }

    /// A call that was told of is on the board.
    pub(crate) fn found(&mut self, news: News) {
        self.calls += u32::from(news.is_news);
        self.missed += u32::from(news.is_news && news.is_missed);
    }

    /// Calls of which a post came since then need not be asked about: their ends are posted too.
    pub(crate) fn listening_since(&self) -> Timestamp {
        self.listening_since
    }

    /// The question under way ended. Its young calls are those of which nothing was heard since
    /// [`CatchUp::listening_since`].
    pub(crate) fn ended(&mut self, ended: Ended, now: Timestamp) {
        let Some(run) = self.run.take() else { return };
        let Run { silence, until, ahead, .. } = run;
        let shown = self.as_awaited(silence);
        self.extended = ended.extended;
        self.staff_is_settled |= match &ended.staff {
            StaffAsked::No => false,
            StaffAsked::Told => true,
            StaffAsked::Failed(error) => refusal(error).code == wire::ErrorCode::VpbxRefused,
        };
        let behind = ahead.min(SignedDuration::ZERO);
        let by_us = |unix: i64| Timestamp::from_second(unix).ok().and_then(|at| at.checked_add(behind).ok());
        let told_until = ended.told_until.and_then(by_us);
        if let Some(told_until) = told_until {
            let known = self.kept.told_until_ms.map_or(told_until, |known| moment(known).max(told_until));
            self.kept.told_until_ms = Some(known.min(until).as_millisecond());
        }
        self.kept_changed = true;
        match ended.failed {
            None if self.follows_up(&ended.young, shown, &run) => {}
            None => self.done(shown, until, now),
            Some(failure) => {
                // What was told before it failed need not be asked again, if there are months between.
                let told_ms = told_until.map_or(i64::MIN, Timestamp::as_millisecond);
                let since = silence.since_ms.max(told_ms);
                self.owe_silence(Silence { since_ms: since, ..silence });
                self.pause = self.pause_after(failure.again, now);
                tracing::warn!(again = ?self.pause, "what happened while nobody listened is not known yet");
                if !(shown.quiet && self.is_done()) {
                    self.show(wire::CatchUpState::Failed, shown, until, Some(failure.why));
                }
            }
        }
    }

    fn done(&mut self, silence: Silence, until: Timestamp, now: Timestamp) {
        (self.failures, self.pause) = (0, Pause::No);
        (self.awaited, self.follow_ups) = (None, 0);
        tracing::info!(calls = self.calls, missed = self.missed, "the PBX told what happened while nobody listened");
        if !(silence.quiet && self.is_done()) {
            self.show(wire::CatchUpState::Done, silence, until, None);
        } else if let Some(shown) = &mut self.shown {
            shown.calls += self.calls;
            shown.missed += self.missed;
            shown.until = view::time(until);
        }
        (self.calls, self.missed) = (0, 0);
        if !silence.quiet {
            self.owe(until, true);
            self.wait_quietly(now.checked_add(LAST_MINUTES_AFTER).unwrap_or(now));
        }
    }

    fn is_done(&self) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.state == wire::CatchUpState::Done)
    }

    /// What the viewers are shown.
    pub(crate) fn view(&self) -> Option<&wire::CatchUp> {
        self.shown.as_ref()
    }

    /// What the log is to keep, if that has changed: an unanswered question counts as not asked.
    pub(crate) fn take_kept(&mut self) -> Option<String> {
        if !std::mem::take(&mut self.kept_changed) {
            return None;
        }
        let asked = self.run.as_ref().map(|run| run.silence);
        let owed = [asked, self.kept.owed].into_iter().flatten().min_by_key(|silence| silence.since_ms);
        serde_json::to_string(&Kept { owed, ..self.kept }).ok()
    }

    /// Until when everything is known, as far as posts and answers reached us.
    fn told_of_until(&self) -> Option<Timestamp> {
        self.heard_at.max(self.kept.told_until_ms.map(moment))
    }

    fn owe(&mut self, since: Timestamp, quiet: bool) {
        if !self.enabled {
            return;
        }
        if !quiet && matches!(self.pause, Pause::Until(_)) && self.kept.owed.is_some_and(|owed| owed.quiet) {
            // It waited for its last minutes only.
            self.pause = Pause::No;
        }
        self.owe_silence(Silence { since_ms: since.as_millisecond(), quiet });
    }

    fn owe_silence(&mut self, silence: Silence) {
        let owed = match self.kept.owed {
            Some(owed) => Silence { since_ms: owed.since_ms.min(silence.since_ms), quiet: owed.quiet && silence.quiet },
            None => silence,
        };
        self.kept_changed |= self.kept.owed != Some(owed);
        self.kept.owed = Some(owed);
    }

    fn pause_after(&mut self, again: Again, now: Timestamp) -> Pause {
        let after = |wait: SignedDuration| now.checked_add(wait).unwrap_or(now);
        match again {
            Again::Soon => {
                let wait = SOON.get(self.failures).or(SOON.last()).copied().unwrap_or(LATER);
                self.failures += 1;
                Pause::Until(after(wait))
            }
            Again::Later => Pause::Until(after(LATER)),
            Again::OnceAccepted => Pause::Refused(after(REFUSED_FOR)),
            Again::At(at) => Pause::Until(at),
        }
    }

    fn show(&mut self, state: wire::CatchUpState, silence: Silence, until: Timestamp, why: Option<String>) {
        self.shown = Some(wire::CatchUp {
            state,
            since: view::time(moment(silence.since_ms)),
            until: view::time(until),
            calls: self.calls,
            missed: self.missed,
            why,
        });
    }
}

fn moment(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or_default()
}

mod asking;
mod following;

use jiff::{SignedDuration, Timestamp};

use super::*;

/// Ten in the morning of a day at work.
fn morning() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// A desk that last heard of a call so many minutes before it was started in the morning.
fn asleep_for(slept: i64) -> CatchUp {
    started(365, None, Some(morning() - minutes(slept)), morning())
}

/// A desk that was started a moment ago.
fn started(keep_days: u32, kept: Option<Kept>, heard_at: Option<Timestamp>, now: Timestamp) -> CatchUp {
    CatchUp::new(true, keep_days, kept, heard_at, now - START_AFTER)
}

fn due(catch_up: &mut CatchUp, now: Timestamp) -> Option<Job> {
    catch_up.tick(now);
    catch_up.due(now, None, SignedDuration::ZERO)
}

/// Everything was told until this question's end.
fn told(job: &Job) -> Ended {
    let young = Vec::new();
    Ended { failed: None, extended: false, told_until: Some(job.to), young, staff: StaffAsked::No }
}

fn failed(again: Again) -> Ended {
    let failed = Some(failure::Failure { why: "Не вышло".to_owned(), again });
    Ended { failed, extended: false, told_until: None, young: Vec::new(), staff: StaffAsked::No }
}

/// From which minute of the morning it is asked.
fn from(job: &Job) -> i64 {
    (job.from - morning().as_second()) / 60
}

#[test]
fn a_start_asks_from_shortly_before_the_last_post_until_now() {
    let mut catch_up = asleep_for(600);
    let job = due(&mut catch_up, morning()).unwrap();
    assert_eq!((from(&job), job.to), (-610, morning().as_second()));
    let shown = catch_up.view().unwrap();
    assert_eq!(shown.state, wire::CatchUpState::Asking);
    assert_eq!(shown.since, view::time(morning() - minutes(600)));
    assert!(due(&mut catch_up, morning() + minutes(1)).is_none(), "one question at a time");
}

#[test]
fn a_desk_that_is_started_anew_does_not_ask_as_often_as_it_is_started() {
    let mut catch_up = CatchUp::new(true, 365, None, Some(morning() - minutes(60)), morning());
    assert!(due(&mut catch_up, morning() + SignedDuration::from_secs(2)).is_none());
    assert!(due(&mut catch_up, morning() + SignedDuration::from_secs(3)).is_some());
}

#[test]
fn of_an_empty_log_nothing_is_missing() {
    let mut catch_up = started(365, None, None, morning());
    assert!(due(&mut catch_up, morning()).is_none());
    catch_up.heard(morning() + minutes(30));
    assert!(due(&mut catch_up, morning()).is_none(), "nor before its first post");
    assert_eq!(catch_up.view(), None);
}

#[test]
fn nobody_is_asked_without_an_account() {
    let mut catch_up = CatchUp::new(false, 365, None, Some(morning() - minutes(600)), morning());
    assert!(due(&mut catch_up, morning()).is_none());
    assert!(!catch_up.ask_now(morning()));
    assert!(due(&mut catch_up, morning() + minutes(600)).is_none());
    assert_eq!(catch_up.take_kept(), None);
    assert_eq!(catch_up.view(), None);
}

/// A desk that has asked at its start and heard a call a minute ago; its last minutes are asked about too.
fn awake() -> (CatchUp, Timestamp) {
    let mut catch_up = asleep_for(1);
    let job = due(&mut catch_up, morning()).unwrap();
    catch_up.ended(told(&job), morning());
    let mut now = morning();
    for _ in 0..12 {
        now += SignedDuration::from_secs(30);
        catch_up.heard(now);
        if let Some(job) = due(&mut catch_up, now) {
            catch_up.ended(told(&job), now);
        }
    }
    (catch_up, now)
}

#[test]
fn the_last_minutes_of_an_answer_are_asked_about_once_more() {
    let mut catch_up = asleep_for(60);
    let job = due(&mut catch_up, morning()).unwrap();
    catch_up.found(News { is_news: true, is_missed: true });
    catch_up.found(News { is_news: true, is_missed: false });
    catch_up.found(News { is_news: false, is_missed: true });
    catch_up.ended(told(&job), morning());
    let counted = |catch_up: &CatchUp| catch_up.view().map(|shown| (shown.state, shown.calls, shown.missed));
    assert_eq!(counted(&catch_up), Some((wire::CatchUpState::Done, 2, 1)));
    let mut now = morning();
    let job = loop {
        now += SignedDuration::from_secs(30);
        if let Some(job) = due(&mut catch_up, now) {
            break job;
        }
        assert!(now < morning() + minutes(6));
    };
    assert_eq!((from(&job), now), (-10, morning() + minutes(5)));
    assert_eq!(counted(&catch_up), Some((wire::CatchUpState::Done, 2, 1)), "nobody waits for it");
    catch_up.found(News { is_news: true, is_missed: true });
    catch_up.ended(told(&job), now);
    assert_eq!(counted(&catch_up), Some((wire::CatchUpState::Done, 3, 2)), "it belongs to the same night");
    assert!(due(&mut catch_up, now + SignedDuration::from_secs(30)).is_none());
}

#[test]
fn after_sleep_it_is_asked_what_happened() {
    let (mut catch_up, now) = awake();
    assert!(due(&mut catch_up, now + SignedDuration::from_secs(59)).is_none(), "a slow loop is not asleep");
    let woken = now + SignedDuration::from_secs(59) + minutes(480);
    let job = due(&mut catch_up, woken).unwrap();
    assert_eq!(job.to, woken.as_second());
    assert!(job.from <= (now - minutes(9)).as_second());
}

#[test]
fn a_clock_that_is_set_back_is_no_sleep() {
    let (mut catch_up, now) = awake();
    assert!(due(&mut catch_up, now - minutes(10)).is_none());
}

#[test]
fn the_first_post_after_a_silence_asks_what_was_before_it() {
    for (silence, asks) in [(14, false), (15, true)] {
        let (mut catch_up, now) = awake();
        let mut at = now;
        while at < now + minutes(silence) {
            at += SignedDuration::from_secs(30);
            assert!(due(&mut catch_up, at).is_none());
        }
        catch_up.heard(at);
        assert_eq!(due(&mut catch_up, at).is_some(), asks, "after {silence} minutes");
    }
}

#[test]
fn every_hour_it_is_asked_whether_single_posts_were_lost() {
    let (mut catch_up, mut now) = awake();
    let mut asked = Vec::new();
    for _ in 0..(4 * 60) {
        now += SignedDuration::from_secs(30);
        catch_up.heard(now);
        if let Some(job) = due(&mut catch_up, now) {
            assert_ne!(
                catch_up.view().map(|shown| shown.state),
                Some(wire::CatchUpState::Asking),
                "nobody waits for it"
            );
            catch_up.ended(told(&job), now);
            asked.push((job.to - job.from) / 60);
        }
    }
    assert_eq!(asked, [70, 70], "an hour and ten minutes more, twice in two hours");
}

#[test]
fn what_a_full_disk_did_not_take_is_asked_for_when_it_takes_writes_again() {
    let (mut catch_up, now) = awake();
    catch_up.log_is_failing(true, now);
    assert!(due(&mut catch_up, now).is_none());
    let job = {
        catch_up.log_is_failing(false, now + SignedDuration::from_secs(30));
        due(&mut catch_up, now + SignedDuration::from_secs(30)).unwrap()
    };
    assert!(job.from <= (now - minutes(9)).as_second());
}

#[test]
fn whoever_asks_is_answered_about_today() {
    let (mut catch_up, now) = awake();
    let midnight = morning() - minutes(600);
    assert!(catch_up.ask_now(midnight));
    let job = due(&mut catch_up, now).unwrap();
    assert_eq!(from(&job), -610);
    assert_eq!(catch_up.view().map(|shown| shown.state), Some(wire::CatchUpState::Asking));
}

#[test]
fn after_a_refusal_nobody_asks_until_the_pbx_accepts_something_or_an_hour_passed() {
    let refused = || {
        let mut catch_up = asleep_for(60);
        due(&mut catch_up, morning()).unwrap();
        catch_up.ended(failed(Again::OnceAccepted), morning());
        let shown = catch_up.view().cloned().unwrap();
        assert_eq!((shown.state, shown.why.as_deref()), (wire::CatchUpState::Failed, Some("Не вышло")));
        let mut now = morning();
        while now < morning() + minutes(50) {
            now += SignedDuration::from_secs(30);
            catch_up.heard(now);
            assert!(due(&mut catch_up, now).is_none(), "a second refusal locks the account out");
        }
        (catch_up, now)
    };
    let (mut catch_up, now) = refused();
    catch_up.pbx_accepts();
    assert_eq!(due(&mut catch_up, now).map(|job| from(&job)), Some(-70));
    let (mut catch_up, _) = refused();
    assert!(due(&mut catch_up, morning() + minutes(60)).is_some());
    let (mut catch_up, now) = refused();
    assert!(catch_up.ask_now(now), "somebody insists");
    assert!(due(&mut catch_up, now).is_some());
}

#[test]
fn an_unreachable_pbx_is_asked_again_ever_more_seldom() {
    let mut catch_up = asleep_for(60);
    let mut now = morning();
    let mut waits = Vec::new();
    for _ in 0..6 {
        let before = now;
        let job = loop {
            if let Some(job) = due(&mut catch_up, now) {
                break job;
            }
            now += SignedDuration::from_secs(30);
        };
        waits.push(now.duration_since(before).as_secs() / 60);
        assert_eq!(from(&job), -70);
        catch_up.ended(failed(Again::Soon), now);
    }
    assert_eq!(waits, [0, 1, 2, 5, 15, 15]);
}

#[test]
fn a_lock_out_is_waited_for() {
    let mut catch_up = asleep_for(60);
    let until = morning() + minutes(2);
    assert!(catch_up.due(morning(), Some(until), SignedDuration::ZERO).is_none(), "one refusal is remembered already");
    catch_up.due(until, Some(until), SignedDuration::ZERO).unwrap();
    catch_up.ended(failed(Again::At(until + minutes(2))), until);
    assert!(due(&mut catch_up, until + minutes(1)).is_none());
    assert!(due(&mut catch_up, until + minutes(2)).is_some());
}

#[test]
fn what_was_not_answered_is_asked_again_after_the_next_start() {
    let mut catch_up = asleep_for(600);
    due(&mut catch_up, morning()).unwrap();
    let kept: Option<Kept> = catch_up.take_kept().map(|json| serde_json::from_str(&json).unwrap());
    assert!(kept.is_some() && catch_up.take_kept().is_none(), "once is enough");
    // Posts come again, and then the power is cut.
    let later = morning() + minutes(3);
    let mut again = started(365, kept, Some(later), later);
    let job = due(&mut again, later).unwrap();
    assert_eq!(from(&job), -610);
    again.ended(told(&job), later);
    let kept: Option<Kept> = again.take_kept().map(|json| serde_json::from_str(&json).unwrap());
    let next_day = later + minutes(24 * 60);
    let mut third = started(365, kept, Some(later + minutes(500)), next_day);
    let job = due(&mut third, next_day).unwrap();
    assert_eq!(from(&job), -7, "only since everything was told");
}

#[test]
fn nobody_asks_about_days_that_the_log_deletes() {
    let mut catch_up = started(30, None, Some(morning() - minutes(60 * 24 * 300)), morning());
    let job = due(&mut catch_up, morning()).unwrap();
    assert_eq!(job.to - job.from, 30 * 24 * 3600);
}

#[test]
fn the_pbx_is_asked_by_its_own_clock() {
    let mut catch_up = asleep_for(60);
    let job = catch_up.due(morning(), None, minutes(-10)).unwrap();
    assert_eq!((from(&job), job.to), (-70, (morning() + minutes(10)).as_second()), "ours is behind");
    let mut catch_up = asleep_for(60);
    let job = catch_up.due(morning(), None, minutes(10)).unwrap();
    // Either our clock is ahead, or posts came ten minutes late.
    assert_eq!((from(&job), job.to), (-80, morning().as_second()));
}

#[test]
fn months_that_were_told_are_not_asked_for_again() {
    let mut catch_up = asleep_for(60 * 24 * 60);
    let job = due(&mut catch_up, morning()).unwrap();
    let first_month = job.from + 30 * 24 * 3600;
    catch_up.ended(Ended { told_until: Some(first_month), ..failed(Again::Later) }, morning());
    let again = due(&mut catch_up, morning() + minutes(15)).unwrap();
    assert_eq!(again.from, first_month - 600);
}

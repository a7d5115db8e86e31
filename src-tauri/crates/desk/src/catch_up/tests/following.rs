//! Calls that ended just now are told of too early, and are asked about once more.

use super::*;

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// Everything was told until this question's end, but one call ended so many seconds before it.
fn told_too_early(job: &Job, ended_before: i64) -> Ended {
    let end = job.to - ended_before;
    Ended { young: vec![Young { entry: "young".to_owned(), start: end - 1_500, end }], ..told(job) }
}

fn shown(catch_up: &CatchUp) -> (wire::CatchUpState, u32, u32) {
    let shown = catch_up.view().unwrap();
    (shown.state, shown.calls, shown.missed)
}

/// The next question, and how many seconds later it is.
fn next(catch_up: &mut CatchUp, now: Timestamp) -> (i64, Job) {
    for later in 0..400 {
        if let Some(job) = due(catch_up, now + seconds(later)) {
            return (later, job);
        }
    }
    panic!("nobody asks");
}

#[test]
fn it_is_not_done_before_the_calls_that_ended_just_now_are_told_of() {
    let mut catch_up = asleep_for(600);
    let since = view::time(morning() - minutes(600));
    let first = due(&mut catch_up, morning()).unwrap();
    catch_up.found(News { is_news: true, is_missed: true });
    catch_up.ended(told_too_early(&first, 3), morning() + seconds(1));
    assert_eq!(shown(&catch_up), (wire::CatchUpState::Asking, 1, 1));
    let (later, second) = next(&mut catch_up, morning());
    assert_eq!(later, 9, "twelve seconds after the call's end");
    assert!(second.from <= first.to - 1_503, "from its beginning: {}", second.from - first.to);
    assert!(second.from > first.to - 3_000, "and not the whole night again: {}", second.from - first.to);
    catch_up.found(News { is_news: true, is_missed: false });
    catch_up.ended(told(&second), morning() + seconds(10));
    assert_eq!(shown(&catch_up), (wire::CatchUpState::Done, 2, 1), "both count");
    assert_eq!(catch_up.view().map(|shown| shown.since.clone()), Some(since), "it is the same night");
    let (later, _) = next(&mut catch_up, morning() + seconds(10));
    assert_eq!(later, 300, "only the usual look at the last minutes is left");
}

#[test]
fn where_calls_end_all_the_time_it_is_done_after_three_more_questions() {
    let mut catch_up = asleep_for(600);
    let mut now = morning();
    let mut job = due(&mut catch_up, now).unwrap();
    for _ in 0..3 {
        catch_up.ended(told_too_early(&job, 0), now);
        assert_eq!(shown(&catch_up).0, wire::CatchUpState::Asking);
        let later;
        (later, job) = next(&mut catch_up, now);
        assert_eq!(later, 12);
        now += seconds(later);
    }
    catch_up.ended(told_too_early(&job, 0), now);
    assert_eq!(shown(&catch_up).0, wire::CatchUpState::Done);
    let (later, quiet) = next(&mut catch_up, now);
    assert_eq!(later, 300);
    catch_up.ended(told_too_early(&quiet, 0), now + seconds(300));
    assert_eq!(shown(&catch_up).0, wire::CatchUpState::Done, "nobody waits for it");
    assert!(due(&mut catch_up, now + seconds(320)).is_none());
}

#[test]
fn a_call_that_ends_in_the_future_is_not_waited_for() {
    let mut catch_up = asleep_for(600);
    let job = due(&mut catch_up, morning()).unwrap();
    catch_up.ended(told_too_early(&job, -4_000), morning());
    assert_eq!(next(&mut catch_up, morning()).0, 12);
}

#[test]
fn a_further_question_that_fails_is_said_and_asked_again() {
    let mut catch_up = asleep_for(600);
    let job = due(&mut catch_up, morning()).unwrap();
    catch_up.ended(told_too_early(&job, 3), morning());
    let (later, _) = next(&mut catch_up, morning());
    let now = morning() + seconds(later);
    catch_up.ended(failed(Again::Soon), now);
    assert_eq!(shown(&catch_up).0, wire::CatchUpState::Failed);
    let (later, job) = next(&mut catch_up, now);
    assert_eq!(later, 60);
    catch_up.ended(told(&job), now + seconds(later));
    assert_eq!(shown(&catch_up).0, wire::CatchUpState::Done);
}

#[test]
fn a_power_cut_before_the_further_question_forgets_no_call() {
    let mut catch_up = asleep_for(600);
    let job = due(&mut catch_up, morning()).unwrap();
    let ended = told_too_early(&job, 3);
    let start = ended.young[0].start;
    catch_up.ended(ended, morning());
    let kept: Option<Kept> = catch_up.take_kept().map(|json| serde_json::from_str(&json).unwrap());
    let later = morning() + minutes(30);
    let mut again = started(365, kept, Some(later), later);
    assert!(due(&mut again, later).unwrap().from <= start);
}

#[test]
fn whoever_insists_does_not_wait_for_the_last_calls() {
    let mut catch_up = asleep_for(600);
    let job = due(&mut catch_up, morning()).unwrap();
    catch_up.ended(told_too_early(&job, 0), morning());
    assert!(due(&mut catch_up, morning() + seconds(2)).is_none());
    assert!(catch_up.ask_now(morning() - minutes(60)));
    let job = due(&mut catch_up, morning() + seconds(2)).unwrap();
    catch_up.ended(told(&job), morning() + seconds(3));
    assert_eq!(shown(&catch_up).0, wire::CatchUpState::Done);
}

#[test]
fn whoever_slept_hears_what_comes_since_waking_up() {
    let mut catch_up = asleep_for(1);
    let started = catch_up.listening_since();
    catch_up.tick(morning() + seconds(30));
    assert_eq!(catch_up.listening_since(), started);
    catch_up.tick(morning() + minutes(30));
    assert_eq!(catch_up.listening_since(), morning() + minutes(30));
}

#[test]
fn a_pbx_that_does_not_say_who_works_here_is_not_asked_twice() {
    let refused = mango_vpbx::client::CommandError::Refused { code: 3102, message: None, http: 200 };
    let unreadable = mango_vpbx::client::CommandError::Unclear(mango_vpbx::client::Unclear::Unreadable);
    for (staff, asks_again) in [
        (StaffAsked::No, true),
        (StaffAsked::Failed(unreadable), true),
        (StaffAsked::Failed(refused), false),
        (StaffAsked::Told, false),
    ] {
        let mut catch_up = asleep_for(600);
        let job = due(&mut catch_up, morning()).unwrap();
        assert!(job.asks_staff);
        catch_up.ended(Ended { staff, ..told(&job) }, morning());
        assert_eq!(next(&mut catch_up, morning()).1.asks_staff, asks_again);
    }
}

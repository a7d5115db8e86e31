use calls::missed::{Closed, Episode, How, Row, Watched, Why, is_miss, rows};
use calls::{Direction, EntryId, Picture};
use proptest::prelude::*;

use crate::common::{
    Fact, LINE, PATIENT, Said, appeared, at, cases, connected, disconnected, entry_of, extension, over, picture_of,
    scenario, seconds,
};

fn reception() -> Watched {
    Watched {
        extension: Some(extension("201")),
        groups: vec!["300".to_owned()],
        everything: false,
        ignore_under: seconds(5),
    }
}

fn why(picture: &Picture) -> Option<Why> {
    is_miss(picture, &reception())
}

fn unanswered(short: &str, group: Option<&str>) -> Picture {
    let leg = |said: Said| {
        let said = said.caller(PATIENT).rings(short);
        match group {
            Some(group) => said.group(group),
            None => said,
        }
    };
    picture_of([leg(appeared("a", 1, 0)), leg(disconnected("a", 2, 20, 1110))])
}

fn menu_only(reason: i32) -> Picture {
    picture_of([
        appeared("ivr", 1, 0).location("ivr").caller(PATIENT).to(LINE),
        disconnected("ivr", 2, 9, reason).location("ivr").caller(PATIENT).to(LINE),
    ])
}

#[test]
fn stories_and_their_misses() {
    for name in ["5-1", "5-3", "5-4", "5-5", "5-6", "5-7", "5-8", "5-9"] {
        assert_eq!(why(&picture_of(scenario(name))), None, "{name}");
    }
    assert_eq!(why(&picture_of(scenario("5-2"))), Some(Why::Rang));
}

#[test]
fn whose_phone_or_group_it_was() {
    assert_eq!(why(&unanswered("201", None)), Some(Why::Rang));
    assert_eq!(why(&unanswered("205", Some("300"))), Some(Why::Rang));
    assert_eq!(why(&unanswered("205", Some("400"))), None);
    assert_eq!(why(&unanswered("205", None)), None);
    let everything = Watched { everything: true, ..reception() };
    assert_eq!(is_miss(&unanswered("205", Some("400")), &everything), Some(Why::Rang));
}

#[test]
fn died_before_distribution_concerns_everybody() {
    assert_eq!(why(&menu_only(1110)), Some(Why::Menu));
    assert_eq!(why(&menu_only(1170)), Some(Why::Menu));
}

#[test]
fn closed_when_nobody_was_there_to_ring() {
    for reason in [1164, 1190, 1191, 1192] {
        assert_eq!(why(&menu_only(reason)), Some(Why::Closed), "{reason}");
    }
    assert_eq!(why(&menu_only(1193)), Some(Why::Menu));
    let rang = picture_of([
        appeared("a", 1, 0).caller(PATIENT).rings("201"),
        disconnected("a", 2, 20, 1190).caller(PATIENT).rings("201"),
    ]);
    assert_eq!(why(&rang), Some(Why::Rang));
}

#[test]
fn waiting_in_a_queue_of_ours_is_a_miss_and_of_another_group_is_not() {
    let queue = |group: &str| {
        picture_of([
            appeared("q", 1, 0).location("queue").caller(PATIENT).group(group),
            disconnected("q", 2, 30, 1110).location("queue").caller(PATIENT).group(group),
        ])
    };
    assert_eq!(why(&queue("300")), Some(Why::Queue));
    assert_eq!(why(&queue("")), Some(Why::Queue), "a group without a number may be ours");
    assert_eq!(why(&queue("400")), None);
}

#[test]
fn summary_alone_that_names_a_group_or_an_employee() {
    let missed = |to: &str| picture_of([over(Direction::Inbound, 20).caller(PATIENT).short(to)]);
    assert_eq!(why(&missed("300")), Some(Why::Rang));
    assert_eq!(why(&missed("201")), Some(Why::Rang));
    assert_eq!(why(&missed("400")), None);
    let named = picture_of([over(Direction::Inbound, 20).caller(PATIENT).employee("201")]);
    assert_eq!(why(&named), Some(Why::Rang));
}

#[test]
fn not_before_it_is_over_and_never_when_the_end_is_lost() {
    let entry = entry_of([appeared("a", 1, 0).caller(PATIENT).rings("201")]);
    assert_eq!(why(&entry.picture(at(20))), None);
    assert_eq!(why(&entry.picture(at(100_000))), None);
}

#[test]
fn gap_before_the_next_phone_is_no_miss() {
    let entry = entry_of([
        appeared("a", 1, 0).caller(PATIENT).rings("201"),
        disconnected("a", 2, 20, 1111).caller(PATIENT).rings("201"),
    ]);
    assert_eq!(why(&entry.picture(at(30))), None);
    assert_eq!(why(&entry.picture(at(31))), Some(Why::Rang));
}

#[test]
fn shorter_than_the_setting_is_ignored() {
    let lasted = |seconds| {
        picture_of([
            appeared("a", 1, 0).caller(PATIENT).rings("201"),
            disconnected("a", 2, seconds, 1110).caller(PATIENT).rings("201"),
        ])
    };
    assert_eq!(why(&lasted(4)), None);
    assert_eq!(why(&lasted(5)), Some(Why::Rang));
}

#[test]
fn my_phone_stopped_ringing_because_a_colleague_answered() {
    let picture = picture_of([
        appeared("a", 1, 0).caller(PATIENT).rings("201"),
        appeared("b", 1, 0).caller(PATIENT).rings("202"),
        connected("b", 2, 9).caller(PATIENT).rings("202"),
        disconnected("a", 2, 9, 1100).caller(PATIENT).rings("201"),
        disconnected("b", 3, 90, 1110).caller(PATIENT).rings("202"),
    ]);
    assert_eq!(why(&picture), None);
}

#[test]
fn unanswered_calls_of_ours_are_not_missed() {
    let outbound = [appeared("a", 1, 0).by("201").to(PATIENT), disconnected("a", 2, 30, 1111).by("201").to(PATIENT)];
    assert_eq!(why(&picture_of(outbound)), None);
    let internal = [appeared("a", 1, 0).by("203").rings("201"), disconnected("a", 2, 30, 1111).by("203").rings("201")];
    assert_eq!(why(&picture_of(internal)), None);
}

#[test]
fn answer_known_to_the_summary_alone_is_no_miss() {
    let picture = picture_of::<Fact>([
        appeared("a", 1, 0).caller(PATIENT).rings("201").into(),
        disconnected("a", 3, 60, 1110).caller(PATIENT).rings("201").into(),
        over(Direction::Inbound, 60).caller(PATIENT).employee("201").answered(9).into(),
    ]);
    assert_eq!(why(&picture), None);
}

fn id(name: &str) -> EntryId {
    EntryId::new(name)
}

fn miss(entry: &str, second: i64) -> Episode {
    Episode::Missed { entry: id(entry), at: at(second), why: Why::Rang }
}

fn reached(entry: &str, second: i64) -> Episode {
    Episode::Reached { entry: id(entry), at: at(second), by: Some(extension("203")) }
}

fn called_again(entry: &str, second: i64) -> Episode {
    Episode::CalledAgain { entry: id(entry), at: at(second), by: Some(extension("202")) }
}

fn dismissed(row: &str, second: i64) -> Episode {
    said_why(row, second, None)
}

fn said_why(row: &str, second: i64, reason: Option<&str>) -> Episode {
    let reason = reason.map(str::to_owned);
    Episode::Dismissed { row: id(row), at: at(second), by: Some(extension("201")), how: How::Dismissed, reason }
}

fn claimed(row: &str, second: i64, by: &str) -> Episode {
    Episode::Claimed { row: id(row), at: at(second), by: Some(extension(by)) }
}

fn given_back(row: &str, second: i64, by: &str) -> Episode {
    Episode::GivenBack { row: id(row), at: at(second), by: Some(extension(by)) }
}

fn postponed(newest: &str, second: i64, until: Option<i64>) -> Episode {
    let until = until.map(at);
    Episode::Postponed { row: id(newest), at: at(second), by: Some(extension("201")), until }
}

fn ids(row: &Row) -> Vec<&str> {
    row.entries.iter().map(EntryId::as_str).collect()
}

#[test]
fn several_misses_make_one_row_named_after_the_first() {
    let rows = rows(&[miss("b", 20), miss("a", 0), miss("c", 30)]);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].id, id("a"));
    assert_eq!(ids(&rows[0]), ["a", "b", "c"]);
    assert_eq!((rows[0].first_at, rows[0].last_at), (at(0), at(30)));
    assert_eq!(rows[0].closed, None);
}

#[test]
fn whoever_reaches_them_closes_the_row() {
    let by = |short: &str| Some(extension(short));
    let closed = |episodes: &[Episode]| rows(episodes)[0].closed.clone();
    let told = |how, short: &str, call: Option<&str>, reason: Option<&str>| {
        let (call, reason) = (call.map(id), reason.map(str::to_owned));
        Some(Closed { how, at: at(60), by: by(short), after: seconds(60), call, reason })
    };
    assert_eq!(closed(&[miss("a", 0), reached("out", 60)]), told(How::Reached, "203", Some("out"), None));
    assert_eq!(closed(&[miss("a", 0), called_again("in", 60)]), told(How::CalledAgain, "202", Some("in"), None));
    assert_eq!(closed(&[miss("a", 0), dismissed("a", 60)]), told(How::Dismissed, "201", None, None));
    let why = said_why("a", 60, Some("спам"));
    assert_eq!(closed(&[miss("a", 0), why]), told(How::Dismissed, "201", None, Some("спам")));
}

#[test]
fn how_long_it_took_counts_from_the_first_miss_and_is_never_negative() {
    let after = |episodes: &[Episode]| rows(episodes)[0].closed.as_ref().unwrap().after;
    assert_eq!(after(&[miss("a", 0), miss("b", 600), reached("out", 720)]), seconds(720));
    assert_eq!(after(&[miss("a", 100), dismissed("a", 60)]), seconds(0));
}

#[test]
fn whoever_gives_a_row_back_gives_back_their_own_claim_only() {
    let by = |short: &str| Some(extension(short));
    let both = [miss("a", 0), claimed("a", 5, "202"), given_back("a", 9, "202")];
    assert_eq!(rows(&both)[0].claimed_by, None);
    let stolen = [miss("a", 0), claimed("a", 5, "202"), claimed("a", 7, "203"), given_back("a", 9, "202")];
    assert_eq!(rows(&stolen)[0].claimed_by, by("203"));
    let again = [miss("a", 0), claimed("a", 5, "202"), given_back("a", 9, "202"), claimed("a", 11, "202")];
    assert_eq!(rows(&again)[0].claimed_by, by("202"));
    let behind = [miss("a", 100), claimed("a", 5, "202"), given_back("a", 9, "202"), claimed("a", 11, "201")];
    assert_eq!(rows(&behind)[0].claimed_by, by("201"), "in the order in which it was said");
}

#[test]
fn a_row_is_put_off_until_a_moment_or_taken_back() {
    let until = |episodes: &[Episode]| rows(episodes)[0].postponed_until;
    assert_eq!(until(&[miss("a", 0), postponed("a", 5, Some(900))]), Some(at(900)));
    let longer = [miss("a", 0), postponed("a", 9, Some(1_800)), postponed("a", 5, Some(900))];
    assert_eq!(until(&longer), Some(at(1_800)));
    assert_eq!(until(&[miss("a", 0), postponed("a", 5, Some(900)), postponed("a", 9, None)]), None);
}

#[test]
fn a_new_miss_brings_the_row_back_whatever_the_desks_clock_says() {
    let until = |episodes: &[Episode]| rows(episodes)[0].postponed_until;
    assert_eq!(until(&[miss("a", 0), postponed("a", 5, Some(900)), miss("b", 30)]), None);
    assert_eq!(until(&[miss("a", 0), postponed("a", 300, Some(900)), miss("b", 30)]), None, "its clock is ahead");
    let behind = [miss("a", 0), miss("b", 30), postponed("b", 10, Some(900))];
    assert_eq!(until(&behind), Some(at(900)), "its clock is behind");
    let older = [miss("b", 30), postponed("b", 40, Some(900)), miss("a", 0)];
    assert_eq!(until(&older), Some(at(900)), "an earlier call that is told late is no new miss");
}

#[test]
fn a_claim_and_a_postponement_stand_together_and_a_closed_row_is_not_put_off() {
    let row = &rows(&[miss("a", 0), claimed("a", 5, "202"), postponed("a", 9, Some(900))])[0];
    assert_eq!((row.claimed_by.clone(), row.postponed_until), (Some(extension("202")), Some(at(900))));
    let row =
        &rows(&[miss("a", 0), postponed("a", 5, Some(900)), reached("out", 30), postponed("a", 40, Some(999))])[0];
    assert_eq!(row.postponed_until, None);
    let next = rows(&[miss("a", 0), reached("out", 30), miss("b", 60), postponed("a", 70, Some(900))]);
    assert_eq!(next[1].postponed_until, None, "the old row's postponement is not the new one's");
}

#[test]
fn talk_before_the_miss_closes_nothing() {
    assert_eq!(rows(&[called_again("in", 0), miss("a", 10)])[0].closed, None);
    assert_eq!(rows(&[reached("out", 0), miss("a", 10)])[0].closed, None);
}

#[test]
fn talk_at_the_moment_of_the_miss_closes_it() {
    assert!(rows(&[called_again("in", 10), miss("z", 10)])[0].closed.is_some());
}

#[test]
fn miss_after_the_close_opens_a_new_row() {
    let rows = rows(&[miss("a", 0), reached("out", 60), miss("b", 90)]);
    assert_eq!(rows.len(), 2);
    assert!(rows[0].closed.is_some());
    assert_eq!((&rows[1].id, &rows[1].closed), (&id("b"), &None));
}

#[test]
fn closed_row_keeps_what_closed_it_first() {
    let rows = rows(&[miss("a", 0), dismissed("a", 30), reached("out", 60), called_again("in", 90)]);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].closed.as_ref().unwrap().how, How::Dismissed);
}

#[test]
fn dismissal_of_a_closed_row_does_not_close_the_next_one() {
    let rows = rows(&[miss("a", 0), reached("out", 10), miss("b", 20), dismissed("a", 30)]);
    assert_eq!(rows[1].closed, None);
}

#[test]
fn row_may_be_named_by_any_of_its_calls() {
    let rows = rows(&[miss("a", 0), miss("b", 10), claimed("b", 15, "202"), dismissed("b", 20)]);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].claimed_by, Some(extension("202")));
    assert!(rows[0].closed.is_some());
}

#[test]
fn last_claim_wins_and_nobody_claims_a_closed_row() {
    let claims = [miss("a", 0), claimed("a", 20, "203"), claimed("a", 10, "202")];
    assert_eq!(rows(&claims)[0].claimed_by, Some(extension("203")));
    let late = [miss("a", 0), claimed("a", 10, "202"), dismissed("a", 15), claimed("a", 20, "203")];
    assert_eq!(rows(&late)[0].claimed_by, Some(extension("202")));
    let given_back = [miss("a", 0), claimed("a", 10, "202"), Episode::Claimed { row: id("a"), at: at(20), by: None }];
    assert_eq!(rows(&given_back)[0].claimed_by, None);
}

#[test]
fn claim_does_not_pass_to_the_next_row() {
    let rows = rows(&[miss("a", 0), claimed("a", 5, "202"), reached("out", 10), miss("b", 20)]);
    assert_eq!(rows[1].claimed_by, None);
}

#[test]
fn desk_whose_clock_is_behind_can_still_dismiss_and_claim() {
    let rows = rows(&[miss("a", 100), claimed("a", 60, "202"), dismissed("a", 70)]);
    assert_eq!(rows[0].claimed_by, Some(extension("202")));
    assert_eq!(rows[0].closed.as_ref().unwrap().at, at(70));
}

#[test]
fn dismissal_of_an_unknown_row_is_nothing() {
    assert_eq!(rows(&[dismissed("a", 0), claimed("a", 0, "201")]), []);
    assert_eq!(rows(&[miss("b", 0), dismissed("a", 5)])[0].closed, None);
}

#[test]
fn call_that_was_answered_after_all_is_not_missed() {
    assert_eq!(rows(&[miss("a", 0), called_again("a", 9)]), []);
}

#[test]
fn repeated_miss_of_one_call_counts_once_also_after_the_close() {
    let rows = rows(&[miss("a", 0), reached("out", 10), miss("a", 20), miss("a", 0)]);
    assert_eq!(rows.len(), 1);
    assert_eq!(ids(&rows[0]), ["a"]);
}

#[test]
fn why_is_of_the_last_call() {
    let menu = Episode::Missed { entry: id("b"), at: at(9), why: Why::Menu };
    assert_eq!(rows(&[menu, miss("a", 0)])[0].why, Why::Menu);
}

fn an_episode() -> impl Strategy<Value = Episode> {
    let name = prop::sample::select(&["a", "b", "c", "d"][..]);
    (0usize..8, name, 0i64..12, 0usize..4, prop::sample::select(&["201", "202"][..])).prop_map(
        |(kind, name, second, why, by)| match kind {
            0 | 1 => Episode::Missed {
                entry: id(name),
                at: at(second),
                why: [Why::Rang, Why::Queue, Why::Menu, Why::Closed][why],
            },
            2 => said_why(name, second, [None, Some("спам"), Some("решено"), None][why]),
            3 => claimed(name, second, by),
            4 => given_back(name, second, by),
            5 | 6 => postponed(name, second, [None, Some(20), Some(30), Some(40)][why]),
            _ if why == 0 => called_again("in", second),
            _ if why == 1 => called_again(name, second),
            _ => Episode::Reached { entry: id("out"), at: at(second), by: Some(extension(by)) },
        },
    )
}

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn order_and_repetition_of_episodes_make_no_difference(
        (episodes, shuffled) in prop::collection::vec((an_episode(), 1usize..4), 0..12).prop_flat_map(|episodes| {
            let once: Vec<Episode> = episodes.iter().map(|(episode, _)| episode.clone()).collect();
            let many: Vec<Episode> = episodes
                .into_iter()
                .flat_map(|(episode, times)| std::iter::repeat_n(episode, times))
                .collect();
            (Just(once), Just(many).prop_shuffle())
        })
    ) {
        prop_assert_eq!(rows(&episodes), rows(&shuffled));
    }

    #[test]
    fn rows_are_in_order_and_only_the_last_is_open(episodes in prop::collection::vec(an_episode(), 0..14)) {
        let rows = rows(&episodes);
        prop_assert!(rows.iter().rev().skip(1).all(|row| row.closed.is_some()));
        prop_assert!(rows.is_sorted_by(|one, next| one.last_at <= next.first_at));
        let mut calls: Vec<&EntryId> = rows.iter().flat_map(|row| &row.entries).collect();
        let told = calls.len();
        calls.sort_unstable();
        calls.dedup();
        prop_assert_eq!(calls.len(), told, "no call is in two rows");
        for row in &rows {
            prop_assert_eq!(&row.id, &row.entries[0]);
            prop_assert!(row.closed.is_none() || row.postponed_until.is_none());
            let closed_by_call = row.closed.as_ref().is_some_and(|closed| closed.call.is_some());
            let closed_with_reason = row.closed.as_ref().is_some_and(|closed| closed.reason.is_some());
            prop_assert!(!(closed_by_call && closed_with_reason));
            let put_off_for_newest = episodes.iter().any(|episode| matches!(
                episode,
                Episode::Postponed { row: newest, until, .. }
                    if Some(newest) == row.entries.last() && *until == row.postponed_until
            ));
            prop_assert!(row.postponed_until.is_none() || put_off_for_newest);
        }
    }
}

#[test]
fn a_row_closed_by_hand_keeps_what_they_said() {
    let closed = Episode::Dismissed { row: id("A"), at: at(60), by: None, how: How::Reached, reason: None };
    let rows = rows(&[miss("A", 0), closed]);
    assert_eq!(rows[0].closed.as_ref().unwrap().how, How::Reached);
}

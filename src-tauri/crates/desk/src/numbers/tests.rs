use calls::missed::{Episode, Why, rows};

use super::*;

fn zone() -> TimeZone {
    // Its clocks went back on 2026-10-25: that day has 25 hours.
    TimeZone::get("Europe/Berlin").unwrap()
}

fn ms(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

fn call(at: &str, direction: &str, ended: &str) -> CountedCall {
    CountedCall {
        started_ms: ms(at),
        direction: direction.to_owned(),
        ended: ended.to_owned(),
        extension: Some("201".to_owned()),
        line: None,
        wait_ms: Some(4000),
        talk_ms: Some(60_000),
        wrap_up: None,
        tags: None,
    }
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn the_hour_that_happens_twice_is_counted_twice_and_the_day_stays_one() {
    let mut counting = Counting::new((day("2026-10-25"), day("2026-10-25")), &zone());
    for at in ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T22:59:59Z"] {
        counting.call(&call(at, "inbound", "answered"));
    }
    let told = counting.told(&Names::default());
    assert_eq!((told.days.len(), told.days[0].tally.inbound), (1, 3));
    assert_eq!((told.hours[2].inbound, told.hours[23].inbound), (2, 1));
    let zone = zone();
    let length = begin_ms(day("2026-10-26"), &zone).unwrap() - begin_ms(day("2026-10-25"), &zone).unwrap();
    assert_eq!(length, 25 * 3_600_000);
}

#[test]
fn inbound_is_the_sum_of_its_four_ends_and_talk_is_of_answered_calls_only() {
    let mut counting = Counting::new((day("2026-11-24"), day("2026-11-24")), &zone());
    for (direction, ended) in [
        ("inbound", "answered"),
        ("inbound", "missed"),
        ("inbound", "abandoned"),
        ("inbound", "unknown"),
        ("outbound", "answered"),
        ("outbound", "failed"),
        ("internal", "answered"),
    ] {
        counting.call(&call("2026-11-24T09:00:00Z", direction, ended));
    }
    let told = counting.told(&Names::default());
    let total = &told.total;
    assert_eq!(total.inbound, total.answered + total.missed + total.abandoned + total.unknown);
    assert_eq!((total.inbound, total.outbound, total.outbound_answered), (4, 2, 1));
    assert_eq!((total.talk_total_ms, total.talk_p50_ms, total.wait_p90_ms), (120_000, Some(60_000), Some(4000)));
    assert_eq!((told.colleagues[0].answered, told.colleagues[0].outbound), (1, 2));
    assert_eq!(told.lines[0].line, "");
}

#[test]
fn rows_tell_how_soon_people_were_called_back() {
    let mut counting = Counting::new((day("2026-11-24"), day("2026-11-24")), &zone());
    let at = |minute: i64| Timestamp::from_millisecond(ms("2026-11-24T09:00:00Z") + minute * 60_000).unwrap();
    let missed =
        |entry: &str, minute| Episode::Missed { entry: calls::EntryId::new(entry), at: at(minute), why: Why::Rang };
    let by = phone::Extension::new("202");
    let reached = Episode::Reached { entry: calls::EntryId::new("back"), at: at(10), by };
    for episodes in [vec![missed("a", 0), missed("b", 5), reached], vec![missed("c", 1)]] {
        for row in rows(&episodes) {
            counting.row(&CountedRow { row, line: Some("+7495".to_owned()) });
        }
    }
    let told = counting.told(&Names::default());
    assert_eq!((told.total.rows, told.total.reached, told.total.open), (2, 1, 1));
    assert_eq!(told.total.callback_p50_ms, Some(600_000));
    assert_eq!((told.lines[0].line.as_str(), told.lines[0].tally.rows), ("+7495", 2));
    assert_eq!((told.colleagues[0].extension.as_str(), told.colleagues[0].reached), ("202", 1));
}

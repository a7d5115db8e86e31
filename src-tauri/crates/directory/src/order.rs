//! In which order a receptionist reads the people on one number.

use std::cmp::Reverse;

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::Date};

use crate::people::{Person, age};

/// From this age a person is more likely to be the one who calls.
const ADULT: u32 = 18;

/// Sorts the people on one number: who comes today, then who comes soonest, then adults before children and the older
/// first (no birth date: after the adults), then by name. `time_zone` is the clinic's: it says when "today" is.
pub fn in_reading_order(people: &mut [Person], now: Timestamp, time_zone: &TimeZone) {
    let today = time_zone.to_datetime(now).date();
    people.sort_by_cached_key(|person| {
        let on_today = |at: Timestamp| time_zone.to_datetime(at).date() == today;
        let visits = [&person.next_visit, &person.last_visit];
        let comes_today = visits.into_iter().flatten().any(|visit| on_today(visit.at));
        let next = person.next_visit.as_ref().map(|visit| visit.at);
        (
            !comes_today,
            next.is_none(),
            next,
            generation(person.born, today),
            person.full_name.to_lowercase(),
            person.id.clone(),
        )
    });
}

/// Adults, then people of unknown age, then children; the older first within each.
fn generation(born: Option<Date>, today: Date) -> (u8, Reverse<u32>, Option<Date>) {
    match born.map(|born| age(born, today)) {
        Some(years) if years >= ADULT => (0, Reverse(years), born),
        None => (1, Reverse(0), None),
        Some(years) => (2, Reverse(years), born),
    }
}

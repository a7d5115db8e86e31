//! Calls that live stand in history too. The log's history has what has ended; the board adds the rest, page by page.

use calls::EntryId;

use crate::log::{Page, Place, Wanted, place_of};
use crate::view;

/// Live calls by their places in history, the newest first.
#[derive(Debug, Default)]
pub(super) struct Live(Vec<(Place, String)>);

/// A live call's place is the last of its millisecond: those that ended have the first ones.
const LAST_OF_A_MS: Place = 999;

impl Live {
    /// Those among some calls that are wanted.
    pub(super) fn wanted<'a>(calls: impl Iterator<Item = &'a wire::Call>, wanted: &Wanted) -> Live {
        let mut calls: Vec<(i64, EntryId, &wire::Call)> = calls
            .filter_map(|call| {
                let started: jiff::Timestamp = call.started_at.parse().ok()?;
                Some((started.as_millisecond(), EntryId::new(&call.id), call))
            })
            .collect();
        calls.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let mut live: Vec<(Place, String)> = Vec::new();
        let mut before: Option<(i64, Place)> = None;
        for (ms, _, call) in calls {
            // The PBX tells whole seconds, so several may share one.
            let behind = before.filter(|(same, _)| *same == ms).map_or(0, |(_, behind)| behind + 1);
            before = Some((ms, behind));
            let place = place_of(ms) + (LAST_OF_A_MS - behind).max(0);
            if wanted.is_found_in(place, &view::live_search_text(call)) {
                live.extend(view::kept(call).map(|json| (place, json)));
            }
        }
        Live(live)
    }

    /// A page of history with those that belong on it.
    pub(super) fn among(self, page: Page, before: Option<Place>, limit: u32) -> Page {
        let begin = before.unwrap_or(Place::MAX);
        let end = page.next.unwrap_or(Place::MIN);
        let mut calls: Vec<(Place, String)> = page.places.into_iter().zip(page.calls).collect();
        calls.extend(self.0.into_iter().filter(|(place, _)| *place < begin && *place >= end));
        calls.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut next = page.next;
        if calls.len() > limit {
            calls.truncate(limit);
            next = calls.last().map(|(place, _)| *place);
        }
        let (places, calls) = calls.into_iter().unzip();
        Page { calls, places, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(places: &[Place], next: Option<Place>) -> Page {
        Page { calls: places.iter().map(|place| format!("ended {place}")).collect(), places: places.to_vec(), next }
    }

    fn live(places: &[Place]) -> Live {
        Live(places.iter().map(|place| (*place, format!("live {place}"))).collect())
    }

    #[test]
    fn live_calls_stand_at_their_time_on_the_page_that_is_theirs() {
        let first = live(&[90, 55, 20]).among(page(&[80, 60, 50], Some(50)), None, 10);
        assert_eq!(first.calls, ["live 90", "ended 80", "ended 60", "live 55", "ended 50"]);
        assert_eq!(first.next, Some(50));
        let last = live(&[90, 55, 20]).among(page(&[30], None), first.next, 10);
        assert_eq!(last.calls, ["ended 30", "live 20"]);
        assert_eq!(last.next, None);
    }

    #[test]
    fn a_page_never_grows_beyond_its_limit_and_loses_nothing() {
        let all = [90, 80, 70, 60, 50, 40, 30, 20, 10];
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let below: Vec<Place> = all.iter().copied().filter(|place| before.is_none_or(|at| *place < at)).collect();
            let next = (below.len() > 2).then(|| below[1]);
            let page = page(&below[..below.len().min(2)], next);
            let page = live(&[85, 83, 81, 45, 5]).among(page, before, 2);
            assert!(page.calls.len() <= 2);
            seen.extend(page.places);
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(seen, [90, 85, 83, 81, 80, 70, 60, 50, 45, 40, 30, 20, 10, 5]);
    }
}

//! Posts of the PBX, from their JSON to the picture of a call: parsed, translated by the desk's own words and folded. Each
//! line is a post as its path and its JSON, or `stats` and a row of statistics.
#![no_main]

use std::collections::BTreeMap;

use calls::missed::{Episode, Watched, is_miss, rows};
use calls::{Entry, EntryId, LegEvent, Picture, PopRule, Recalled, Skew, Summary, Viewer, deed, dial, pops};
use jiff::{SignedDuration, Timestamp};
use libfuzzer_sys::fuzz_target;
use mango_vpbx::command::StatsField;
use mango_vpbx::{Code, Post, VerifiedJson, parse};
use phone::{Extension, Region};

/// When the first line came; each further one a second later.
const BEGINNING: i64 = 1_790_000_000;

#[derive(Clone)]
enum Fact {
    Leg(LegEvent),
    Summary(Summary),
    Recalled(Recalled),
}

fuzz_target!(|text: &str| {
    let region = Region::default();
    let mut skew = Skew::new();
    let mut facts = Vec::new();
    for (line, second) in text.lines().zip(0..) {
        let at = Timestamp::from_second(BEGINNING + second).expect("a moment");
        let Some((path, rest)) = line.split_once(' ') else { continue };
        facts.extend(read(path, rest, at, &region));
    }
    for fact in &facts {
        if let Fact::Leg(event) = fact {
            skew.observe(event.at, event.received_at);
        }
    }
    let told = folded(facts.iter());
    let backwards = folded(facts.iter().rev().chain(&facts));
    let mut episodes = Vec::new();
    for (id, entry) in &told {
        let other = &backwards[id];
        let last = entry.last_heard_at();
        assert_eq!(last, other.last_heard_at());
        for after in [0, 11, 100_000] {
            let now = last + SignedDuration::from_secs(after);
            let picture = entry.picture(now);
            assert_eq!(picture, other.picture(now), "order and repetition make no difference");
            assert!(entry.next_deadline(now).is_none_or(|until| until > now), "a deadline that has passed");
            look(entry, &picture, &skew, now);
            episodes.extend(episode(&picture));
        }
    }
    let forwards = rows(&episodes);
    episodes.reverse();
    assert_eq!(forwards, rows(&episodes), "order makes no difference");
});

fn read(path: &str, rest: &str, at: Timestamp, region: &Region) -> Vec<Fact> {
    if path == "stats" {
        let rows = mango_vpbx::answer::rows(rest, StatsField::ALL).unwrap_or_default();
        let (told, _) = catch_up::of_rows(rows, &catch_up::Staff::default());
        return told.iter().map(|told| Fact::Recalled(translate::recalled(told, at, region))).collect();
    }
    let json = VerifiedJson::kept(rest.to_owned());
    match parse(path, &json) {
        Ok(Post::Call(event)) => translate::leg(&event, at, region).map(Fact::Leg).into_iter().collect(),
        Ok(Post::Summary(summary)) => vec![Fact::Summary(translate::summary(&summary, at, region))],
        Ok(Post::CommandResult(result)) => {
            assert!(!Code(result.result).russian().is_empty(), "a code without words");
            Vec::new()
        }
        Ok(_) | Err(_) => Vec::new(),
    }
}

fn folded<'f>(facts: impl Iterator<Item = &'f Fact>) -> BTreeMap<EntryId, Entry> {
    let mut entries: BTreeMap<EntryId, Entry> = BTreeMap::new();
    for fact in facts {
        let id = match fact {
            Fact::Leg(event) => &event.entry,
            Fact::Summary(summary) => &summary.entry,
            Fact::Recalled(told) => &told.entry,
        };
        let entry = entries.entry(id.clone()).or_insert_with(|| Entry::new(id.clone()));
        match fact.clone() {
            Fact::Leg(event) => entry.add_leg(event),
            Fact::Summary(summary) => entry.add_summary(summary),
            Fact::Recalled(told) => entry.add_recalled(told),
        };
    }
    entries
}

fn look(entry: &Entry, picture: &Picture, skew: &Skew, now: Timestamp) {
    let mine = Extension::new("101");
    let viewer = Viewer { extension: mine.clone(), groups: vec!["200".to_owned()], pop: PopRule::Groups };
    let _ = (pops(picture, &viewer, skew), skew.is_wrong());
    let (grips, _) = entry.grips();
    for (extension, grip) in &grips {
        assert_eq!(grip, &entry.grip(Some(extension)), "what is offered can be done");
    }
    let command = picture.command.clone().unwrap_or_else(|| calls::CommandId::new("command"));
    if let Some(leg) = picture.legs.first() {
        for what in [deed::What::Take, deed::What::Transfer] {
            let facts = deed::Facts {
                command: command.clone(),
                what,
                leg: leg.id.clone(),
                by: mine.clone(),
                to: Some("102".to_owned()),
                asked_at: picture.started_at,
                reply: Some(dial::Reply::Accepted),
                result: None,
                restarted: false,
                recorded: false,
            };
            let _ = deed::progress(&facts, entry, now);
        }
    }
    if let Some(extension) = mine {
        let facts = dial::Facts {
            command,
            extension,
            asked_at: picture.started_at,
            reply: None,
            result: None,
            restarted: false,
        };
        let _ = dial::progress(&facts, Some(entry), now);
        assert!(dial::next_deadline(&facts, Some(entry), now).is_none_or(|until| until > now));
    }
}

fn episode(picture: &Picture) -> Option<Episode> {
    let watched = Watched {
        extension: Extension::new("101"),
        groups: vec!["200".to_owned()],
        everything: true,
        ignore_under: SignedDuration::ZERO,
    };
    let missed = is_miss(picture, &watched);
    assert!(missed.is_none() || !picture.is_answered(), "a call that somebody took is not missed");
    let by = picture.answered_by.clone();
    let answered = |at| Episode::CalledAgain { entry: picture.id.clone(), at, by };
    match missed {
        Some(why) => Some(Episode::Missed { entry: picture.id.clone(), at: picture.started_at, why }),
        None => picture.answered_at.map(answered),
    }
}

/// The desk's translation itself, with as much of the desk around it as it looks at.
#[allow(dead_code, unused_imports, reason = "only a part of the desk's own files is used here")]
#[path = "../../../src-tauri/crates/desk/src/translate.rs"]
mod translate;

#[allow(dead_code, reason = "only a part of the desk's own files is used here")]
#[path = "../../../src-tauri/crates/desk/src/catch_up/told.rs"]
mod catch_up;

mod roster {
    use mango_vpbx::answer::{Employee, Group};

    /// The part of the desk's own that statistics look at.
    #[allow(dead_code, reason = "nobody is told of here")]
    pub(crate) struct Told {
        pub employees: Vec<Employee>,
        pub groups: Vec<Group>,
    }
}

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const IDS: [&str; 6] = ["1", "2", "17", "a", "b", ""];
const NAMES: [&str; 5] = [" иванова мария", " иванов иван", " петров петр 1234 11", "", " o коннор"];

fn record() -> impl Strategy<Value = Record> {
    let numbers = prop::collection::vec(prop::sample::select(vec![79_005_550_101u64, 79_005_550_102, 7, 0]), 0..3);
    let bodies = prop::collection::vec(any::<u8>(), 0..5);
    (prop::sample::select(IDS.to_vec()), numbers, prop::sample::select(NAMES.to_vec()), bodies)
        .prop_map(|(id, numbers, words, body)| Record { id: id.to_owned(), numbers, words: words.to_owned(), body })
}

#[derive(Debug, Clone)]
enum Step {
    Update(Vec<Change>),
    Replace(Vec<Record>),
}

fn step() -> impl Strategy<Value = Step> {
    let remove = prop::sample::select(IDS.to_vec()).prop_map(|id| Change::Remove(id.to_owned()));
    let change = prop_oneof![3 => record().prop_map(Change::Put), 1 => remove];
    prop_oneof![
        5 => prop::collection::vec(change, 0..6).prop_map(Step::Update),
        1 => prop::collection::vec(record(), 0..6).prop_map(Step::Replace),
    ]
}

fn ids<'e>(entries: impl IntoIterator<Item = Entry<'e>>) -> Vec<String> {
    let mut ids: Vec<String> = entries.into_iter().map(|entry| entry.id().to_owned()).collect();
    ids.sort();
    ids
}

proptest! {
    #[test]
    fn answers_as_a_plain_list_does(steps in prop::collection::vec(step(), 0..8)) {
        let index = Index::default();
        let mut plain: BTreeMap<String, Record> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Update(changes) => {
                    let before = plain.clone();
                    for change in &changes {
                        match change {
                            Change::Put(record) => drop(plain.insert(record.id.clone(), record.clone())),
                            Change::Remove(id) => drop(plain.remove(id)),
                        }
                    }
                    prop_assert_eq!(index.update(changes), before != plain, "says whether anybody changed");
                }
                Step::Replace(records) => {
                    plain = records.iter().map(|record| (record.id.clone(), record.clone())).collect();
                    index.replace(records);
                }
            }
            let now = index.snapshot();
            prop_assert_eq!(now.len(), plain.len());
            for number in [79_005_550_101, 79_005_550_102, 7, 0, 79_005_550_103] {
                let expected: Vec<String> =
                    plain.values().filter(|one| one.numbers.contains(&number)).map(|one| one.id.clone()).collect();
                prop_assert_eq!(ids(now.on_number(number)), expected);
            }
            for id in IDS {
                prop_assert!(now.get(id).map(|entry| entry.to_record()) == plain.get(id).cloned());
            }
            for (text, word) in [("ив", " ив"), ("ИВАНОВА", " иванова"), ("1234", " 1234"), ("вано", " вано")] {
                let expected: Vec<String> =
                    plain.values().filter(|one| one.words.contains(word)).map(|one| one.id.clone()).collect();
                prop_assert_eq!(ids(now.search(text, 100)), expected);
            }
        }
    }
}

fn person(id: &str, number: Number) -> Change {
    let words = format!(" иванова {id}");
    Change::Put(Record { id: id.to_owned(), numbers: vec![number], words, body: Vec::new() })
}

#[test]
fn digits_are_found_anywhere_in_a_number() {
    let index = Index::default();
    index.update([person("1", 79_005_550_101), person("2", 74_995_550_202)]);
    let now = index.snapshot();
    let found = |text| ids(now.search(text, 10));
    assert_eq!(found("555"), ["1", "2"]);
    assert_eq!(found("8 (900) 555-01-01"), ["1"]);
    assert_eq!(found("0202"), ["2"]);
    assert_eq!(found("55"), [""; 0], "two digits are on everybody's number");
    assert_eq!(now.search("иванова", 1).len(), 1);
}

#[test]
fn a_reader_keeps_what_it_began_with() {
    let index = Index::default();
    index.update([person("1", 7)]);
    let before = index.snapshot();
    index.update([Change::Remove("1".to_owned())]);
    assert_eq!(ids(before.on_number(7)), ["1"]);
    assert!(index.snapshot().is_empty());
}

#[test]
fn five_thousand_people_on_one_number_are_all_there() {
    let index = Index::default();
    index.update((0..5000).map(|id| person(&id.to_string(), 7)));
    assert_eq!(index.snapshot().on_number(7).count(), 5000);
    index.update((0..5000).map(|id| person(&id.to_string(), 8)));
    let now = index.snapshot();
    assert_eq!((now.on_number(7).count(), now.on_number(8).count()), (0, 5000));
}

#[test]
fn exactly_this_chart_is_first() {
    let index = Index::default();
    let charted = |chart: u64| {
        let words = format!(" абрамова анна {chart} 11");
        Change::Put(Record { id: chart.to_string(), numbers: vec![79_005_550_000 + chart], words, body: Vec::new() })
    };
    index.update((1..=900).map(charted));
    for (text, id) in [("1/11", "1"), ("11/11", "11"), ("abc", ""), ("900/11", "900")] {
        let now = index.snapshot();
        let found = now.search(text, 50);
        assert_eq!(found.first().map_or("", |entry| entry.id()), id, "{text}");
    }
}

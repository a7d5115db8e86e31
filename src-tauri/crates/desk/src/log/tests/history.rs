use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::log::history::place_of;

/// Lets the writer's chores run: how many calls still wait for the index.
fn waiting(folder: &Path) -> i64 {
    let connection = rusqlite::Connection::open(folder.join("callpop.db")).unwrap();
    connection.query_row("SELECT count(*) FROM history_waiting", [], |row| row.get(0)).unwrap()
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..500 {
        if holds() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("never: {what}");
}

fn words(words: &[&str]) -> Wanted {
    Wanted { terms: words.iter().map(|word| vec![(*word).to_owned()]).collect(), ..Wanted::default() }
}

/// All pages of a search, by the calls' names.
fn all(reader: &Reader, wanted: &Wanted, limit: u32) -> Vec<String> {
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let page = reader.history(wanted, before, limit, Haste::Typed).unwrap();
        assert!(page.calls.len() <= usize::try_from(limit).unwrap());
        found.extend(page.calls.iter().map(|json| json.trim_matches('"').to_owned()));
        match page.next {
            Some(next) => {
                assert!(before.is_none_or(|before| next < before), "pages go back in time");
                before = Some(next);
            }
            None => return found,
        }
    }
}

#[test]
fn history_is_paged_newest_first_and_every_word_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = opened(folder.path(), &Key::Plain);
    for at in 1..=5 {
        write(&mut writer, None, vec![Row::Call(call(&format!("E{at}"), at))]);
    }
    assert_eq!(all(&reader, &Wanted::default(), 2), ["E5", "E4", "E3", "E2", "E1"]);
    assert_eq!(all(&reader, &words(&["мария", "e3"]), 9), ["E3"]);
    assert_eq!(all(&reader, &words(&["%"]), 9), Vec::<String>::new(), "a percent sign is a percent sign");
    let days = Wanted { from: Some(place_of(2)), until: Some(place_of(4)), ..words(&["иванова"]) };
    assert_eq!(all(&reader, &days, 9), ["E3", "E2"]);
}

#[test]
fn a_call_that_lives_is_not_past_and_one_that_changes_is_there_once() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = opened(folder.path(), &Key::Plain);
    let live = CallRow { live: true, past: None, ..call("E1", 5) };
    write(&mut writer, None, vec![Row::Call(live.clone())]);
    assert!(all(&reader, &Wanted::default(), 9).is_empty());
    write(&mut writer, None, vec![Row::Call(call("E1", 5)), Row::Call(call("E2", 5))]);
    write(&mut writer, None, vec![Row::Call(call("E1", 3))]);
    assert_eq!(all(&reader, &Wanted::default(), 9), ["E2", "E1"], "it began earlier than was known");
    write(&mut writer, None, vec![Row::Call(live)]);
    assert_eq!(all(&reader, &words(&["мария"]), 9), ["E2"], "it goes on after all");
}

#[test]
fn what_is_indexed_and_what_waits_for_it_is_found_alike_and_a_later_note_too() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = opened(folder.path(), &Key::Plain);
    let rows = |from: i64, to: i64| (from..to).map(|at| Row::Call(call(&format!("E{at}"), at))).collect::<Vec<_>>();
    write(&mut writer, None, rows(0, 150));
    until("the writer indexes what gathered", || waiting(folder.path()) == 0);
    write(&mut writer, None, rows(150, 160));
    assert_eq!(all(&reader, &words(&["иванова"]), 7).len(), 160);
    let noted = |text: &str| {
        let mut row = call("E3", 3);
        row.past.as_mut().unwrap().search.push_str(text);
        vec![Row::Call(row)]
    };
    write(&mut writer, None, noted("\nперезвонить"));
    assert_eq!(all(&reader, &words(&["перезвонить"]), 9), ["E3"]);
    write(&mut writer, None, rows(160, 300));
    until("the note is indexed", || waiting(folder.path()) == 0);
    assert_eq!(all(&reader, &words(&["перезвонить"]), 9), ["E3"]);
    write(&mut writer, None, noted(""));
    write(&mut writer, None, rows(300, 450));
    until("its end too", || waiting(folder.path()) == 0);
    assert!(all(&reader, &words(&["перезвонить"]), 9).is_empty());
    assert_eq!(all(&reader, &words(&["иванова"]), 50).len(), 450);
}

#[test]
fn a_log_without_history_gets_one_from_its_calls() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, _) = opened(folder.path(), &Key::Plain);
    write(&mut writer, None, vec![Row::Call(call("E1", 1)), Row::Call(call("E2", 2))]);
    writer.close();
    let connection = rusqlite::Connection::open(folder.path().join("callpop.db")).unwrap();
    connection
        .execute_batch("DELETE FROM history; DELETE FROM history_waiting; DELETE FROM meta WHERE name LIKE 'history%'")
        .unwrap();
    drop(connection);
    let again = open(folder.path(), &Key::Plain, "1", &OneCallEach).unwrap();
    assert_eq!(all(&again.reader, &words(&["мария"]), 1), ["E2", "E1"]);
}

#[test]
fn nothing_of_a_deleted_day_is_left_in_any_byte() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = opened(folder.path(), &Key::Plain);
    let day = 86_400_000;
    let first_ms = 1_790_000_000_000;
    // A sign that stands nowhere else tells even of a single trigram.
    let canary = "ѫакробат";
    let mut row = call("E-old", first_ms);
    row.number = Some("+79161112233".to_owned());
    row.json = format!("\"{canary} +79161112233\"");
    row.past.as_mut().unwrap().search = format!("{canary}\n+79161112233");
    let episode = EpisodeRow {
        number_key: "+79161112233".to_owned(),
        kind: "missed".to_owned(),
        at_ms: first_ms,
        by: None,
        why: None,
    };
    write(
        &mut writer,
        Some(post("E-old", &format!("{{\"name\":\"{canary}\"}}"))),
        vec![
            Row::Call(row),
            Row::Episode { entry: "E-old".to_owned(), episode: Some(episode) },
            Row::OpenMissed { number_key: "+79161112233".to_owned(), open: true },
            Row::Choice { number: "+79161112233".to_owned(), person: Some(canary.to_owned()) },
            Row::Contact { number: "+79161112233".to_owned(), contact: None, name: Some(canary.to_owned()) },
            Row::Note(NoteRow {
                entry: "E-old".to_owned(),
                number: Some("+79161112233".to_owned()),
                started_ms: first_ms,
                written: Written { text: canary.to_owned(), outcome: Some(canary.to_owned()), ..Written::default() },
            }),
        ],
    );
    let later = |n: i64| Row::Call(call(&format!("E{n}"), first_ms + 2 * day + n));
    write(&mut writer, None, (0..150).map(later).collect());
    until("all is indexed", || waiting(folder.path()) == 0);
    let told = |needle: &[u8]| {
        std::fs::read_dir(folder.path()).unwrap().any(|file| {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            bytes.windows(needle.len()).any(|window| window == needle)
        })
    };
    assert!(told("ѫ".as_bytes()) && told(b"79161112233"));
    assert_eq!(all(&reader, &words(&["ѫакр"]), 9).len(), 1);
    writer.delete_before(first_ms + day);
    until("nothing of it is left", || !told("ѫ".as_bytes()) && !told(b"79161112233"));
    assert_eq!(all(&reader, &words(&["иванова"]), 50).len(), 150, "what is younger is still found");
    writer.close();
    assert!(!told("ѫ".as_bytes()) && !told(b"79161112233"));
}

const LETTERS: [&str; 8] = ["а", "б", "в", "аб", "ба", "+7", "аба", "\u{E000}m\u{E000}"];

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&LETTERS[..]), 0..8).prop_map(|parts| parts.concat())
}

fn spelling() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&LETTERS[..]), 1..4).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn a_search_finds_exactly_what_looking_at_every_call_finds(
        texts in prop::collection::vec((0_i64..30, text()), 0..60),
        indexed in 0_usize..60,
        searches in prop::collection::vec(
            (prop::collection::vec(prop::collection::vec(spelling(), 1..3), 0..4), 0_i64..40, 0_i64..40, 1_u32..9), 1..12),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (mut writer, reader) = opened(folder.path(), &Key::Plain);
        let rows: Vec<(String, i64, String)> = texts
            .into_iter()
            .enumerate()
            .map(|(number, (at, text))| (format!("E{number}"), at, text))
            .collect();
        let row = |(entry, at, text): &(String, i64, String)| {
            let mut row = call(entry, *at);
            row.past.as_mut().unwrap().search.clone_from(text);
            Row::Call(row)
        };
        let indexed = indexed.min(rows.len());
        write(&mut writer, None, rows[..indexed].iter().map(row).collect());
        writer.close();
        let mut connection = rusqlite::Connection::open(folder.path().join("callpop.db")).unwrap();
        crate::log::chores::index_all(&mut connection);
        drop(connection);
        let (mut writer, _) = opened(folder.path(), &Key::Plain);
        write(&mut writer, None, rows[indexed..].iter().map(row).collect());
        for (terms, from, until, limit) in searches {
            let wanted = Wanted { terms, from: Some(place_of(from)), until: Some(place_of(until)) };
            let found = all(&reader, &wanted, limit);
            let naive: BTreeSet<&str> = rows
                .iter()
                .filter(|(_, at, text)| wanted.is_found_in(place_of(*at), text))
                .map(|(entry, ..)| entry.as_str())
                .collect();
            prop_assert_eq!(found.iter().map(String::as_str).collect::<BTreeSet<_>>(), naive);
            prop_assert_eq!(found.len(), found.iter().collect::<BTreeSet<_>>().len(), "each once");
        }
    }
}

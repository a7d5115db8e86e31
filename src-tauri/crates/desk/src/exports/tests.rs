use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};

use super::*;

fn words() -> Words {
    Words {
        language: wire::Language::Ru,
        time_zone: TimeZone::get("Europe/Moscow").unwrap(),
        colleagues: HashMap::from([("201".to_owned(), "Петрова Анна".to_owned())]),
        lines: HashMap::new(),
    }
}

fn call(note: &str) -> String {
    serde_json::json!({
        "id": "e", "direction": "inbound", "state": "ended", "outcome": "answered",
        "number": "+79005550101", "number_display": "+7 900 555-01-01", "line": "+74951234567", "group": null,
        "started_at": "2026-11-23T21:30:00.000Z", "answered_at": "2026-11-23T21:30:07.900Z",
        "ended_at": "2026-11-23T21:32:00.000Z", "answered_by": "201", "by": null, "pops": false, "legs": [],
        "command_id": null, "reason": null,
        "card": {"status": "unknown", "people": [], "chosen": null, "took_ms": null, "source": null, "why": null,
                 "steps": []},
        "note": note, "rehearsal": false, "known_as": "=cmd|' /C calc'!A0",
    })
    .to_string()
}

/// Pages of two calls.
fn pages(notes: &[&str]) -> impl FnMut(Option<Place>) -> rusqlite::Result<Page> {
    let calls: Vec<String> = notes.iter().map(|note| call(note)).collect();
    move |before| {
        let from = usize::try_from(before.unwrap_or(0)).unwrap();
        let to = (from + 2).min(calls.len());
        let next = (to < calls.len()).then(|| i64::try_from(to).unwrap());
        Ok(Page { calls: calls[from..to].to_vec(), places: Vec::new(), next })
    }
}

fn day() -> Date {
    "2026-11-24".parse().unwrap()
}

#[test]
fn a_csv_is_what_excel_opens_and_no_cell_of_it_is_a_formula() {
    let folder = tempfile::tempdir().unwrap();
    let exports = Exports::new(folder.path());
    let notes = ["простая", "две\nстроки; и \"кавычки\"", "+1", "-1", "@x", "\tx"];
    let told = exports.write(wire::ExportFormat::Csv, day(), pages(&notes), &words()).unwrap();
    assert_eq!((told.rows, told.name.as_str()), (6, "callpop-calls-2026-11-24.csv"));
    let path = exports.held.lock().unwrap()[0].path.clone();
    let bytes = std::fs::read(&path).unwrap();
    assert!(bytes.starts_with(b"\xEF\xBB\xBF"));
    let mut table = csv::ReaderBuilder::new().delimiter(b';').from_reader(&bytes[3..]);
    assert_eq!(table.headers().unwrap().iter().collect::<Vec<_>>(), head(wire::Language::Ru));
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    let first: Vec<&str> = rows[0].iter().collect();
    assert_eq!(
        first[..11],
        [
            "24.11.2026",
            "00:30:00",
            "входящий",
            "+7 900 555-01-01",
            "'=cmd|' /C calc'!A0",
            "",
            "+74951234567".replace('+', "'+").as_str(),
            "Петрова Анна (201)",
            "отвечен",
            "7",
            "112"
        ]
    );
    let told: Vec<&str> = rows.iter().map(|row| &row[13]).collect();
    assert_eq!(told, ["простая", "две\nстроки; и \"кавычки\"", "'+1", "'-1", "'@x", "'\tx"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_file_is_in_the_language_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let exports = Exports::new(folder.path());
    let english = Words { language: wire::Language::En, ..words() };
    exports.write(wire::ExportFormat::Csv, day(), pages(&["простая"]), &english).unwrap();
    let path = exports.held.lock().unwrap()[0].path.clone();
    let bytes = std::fs::read(&path).unwrap();
    let mut table = csv::ReaderBuilder::new().delimiter(b';').from_reader(&bytes[3..]);
    let head: Vec<String> = table.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!((head[0].as_str(), head[8].as_str()), ("Date", "How it ended"));
    let row = table.records().next().unwrap().unwrap();
    assert_eq!((&row[2], &row[8], &row[13]), ("inbound", "answered", "простая"));

    let path = folder.path().join("x");
    let calls = Calls { pages: pages(&["a", "b", "c"]), words: &english };
    sheet::write(private_file(&path).unwrap(), folder.path(), 2, calls).unwrap();
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(std::fs::read(&path).unwrap())).unwrap();
    assert_eq!(book.sheet_names(), ["Calls", "Calls 2"]);
    let first = book.worksheet_range("Calls").unwrap();
    assert_eq!(first.get_value((0, 2)), Some(&Data::String("Direction".to_owned())));
}

#[test]
fn an_xlsx_goes_on_on_the_next_sheet_and_leaves_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    let rows = sheet::write(
        private_file(&path).unwrap(),
        folder.path(),
        2,
        Calls { pages: pages(&["=1+1", "b", "c", "d", "e"]), words: &words() },
    );
    assert_eq!(rows.unwrap(), 5);
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(std::fs::read(&path).unwrap())).unwrap();
    assert_eq!(book.sheet_names(), ["Звонки", "Звонки 2", "Звонки 3"]);
    let first = book.worksheet_range("Звонки").unwrap();
    assert_eq!(first.get_value((1, 3)), Some(&Data::String("+7 900 555-01-01".to_owned())));
    assert_eq!(first.get_value((1, 9)), Some(&Data::Float(7.0)));
    assert_eq!(first.get_value((1, 13)), Some(&Data::String("=1+1".to_owned())), "a text, not a formula");
    assert_eq!(book.worksheet_range("Звонки 3").unwrap().height(), 2);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn files_are_gone_when_they_are_old_when_there_are_too_many_and_at_both_ends_of_a_desk() {
    let folder = tempfile::tempdir().unwrap();
    let count = || std::fs::read_dir(folder.path().join("exports")).map_or(0, Iterator::count);
    let exports = Exports::new(folder.path());
    let write = |exports: &Exports| exports.write(wire::ExportFormat::Csv, day(), pages(&["a"]), &words()).unwrap();
    for _ in 0..MOST + 2 {
        write(&exports);
    }
    assert_eq!(count(), MOST);
    exports.held.lock().unwrap()[0].until = Instant::now();
    assert!(exports.has_old());
    exports.delete_old();
    assert_eq!((count(), exports.has_old()), (MOST - 1, false));
    exports.clear();
    assert_eq!(count(), 0);
    write(&exports);
    std::mem::forget(std::mem::take(&mut *exports.held.lock().unwrap()));
    assert_eq!(count(), 1, "the desk was killed");
    let again = Exports::new(folder.path());
    assert_eq!(count(), 0);
    let failed = again.write(wire::ExportFormat::Csv, day(), |_| Err(rusqlite::Error::InvalidQuery), &words());
    assert!(matches!(failed, Err(ExportError::Log(_))));
    assert_eq!(count(), 0, "half a file is no file");
}

//! History with a million calls: what a search costs as it is typed key by key, and what such a log costs a start.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use callpop_tests::{DeskSetup, FEED_TOKEN, FeedClient, STORE_KEY, now, workspace};
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::figures::{percentile, say};

/// Calls in the log, unless `CALLS` says otherwise.
const CALLS: i64 = 1_000_000;
/// They began over so many seconds: not quite two years.
const SPAN: i64 = 700 * 24 * 3600;
/// What the desk's answer may take, so that the list is there within 50 ms of the key.
const WITHIN_MS: f64 = 20.0;
/// From the key to the list in the window.
const PAINTED_WITHIN_MS: f64 = 50.0;

const FAMILIES: [&str; 24] = [
    "Иванов",
    "Смирнов",
    "Кузнецов",
    "Попов",
    "Васильев",
    "Петров",
    "Соколов",
    "Михайлов",
    "Новиков",
    "Фёдоров",
    "Морозов",
    "Волков",
    "Алексеев",
    "Лебедев",
    "Семёнов",
    "Егоров",
    "Павлов",
    "Козлов",
    "Степанов",
    "Николаев",
    "Орлов",
    "Андреев",
    "Макаров",
    "Щербаков",
];
const SYLLABLES: [&str; 12] = ["бе", "ро", "ли", "ка", "ну", "ши", "до", "вя", "ме", "зо", "га", "ты"];
const GIVEN: [&str; 12] = [
    "Мария",
    "Анна",
    "Елена",
    "Ольга",
    "Наталья",
    "Татьяна",
    "Иван",
    "Сергей",
    "Александр",
    "Дмитрий",
    "Алексей",
    "Андрей",
];
const PATRONYMICS: [&str; 8] =
    ["Петровна", "Сергеевна", "Ивановна", "Львовна", "Петрович", "Сергеевич", "Иванович", "Львович"];
const NOTES: [&str; 10] = [
    "просила перезвонить после обеда",
    "запись к терапевту на утро",
    "спрашивал про результаты анализов",
    "перенести приём на следующую неделю",
    "жалоба на ожидание в очереди",
    "нужна справка для работы",
    "уточняла стоимость МРТ колена",
    "отменила визит, заболел ребёнок",
    "придёт с мамой, подготовить карту",
    "интересовался вакцинацией от гриппа",
];
/// What people look for; each is typed key by key.
const SEARCHES: [&str; 24] = [
    "иванова мария",
    "смирнов",
    "щербакова",
    "петров анализ",
    "8 900 123",
    "+7 901 555-12-34",
    "0412",
    "55512",
    "перезвонить",
    "мрт колена",
    "вакцин",
    "справка",
    "терапевт иванова",
    "1234/11",
    "яндекс",
    "пропущенные вчера",
    "пропущенные",
    "24.10 кузнецов",
    "ноябрь",
    "203",
    "исходящие петрова",
    "белиро",
    "татьяна львовна",
    "фёдорова ыыы",
];

/// Fills, starts, asks, prints. The first start puts the calls into history and may take minutes: `PATIENCE=600`.
pub(crate) async fn run() {
    let calls = std::env::var("CALLS").ok().and_then(|calls| calls.parse().ok()).unwrap_or(CALLS);
    let page = free_port();
    let setup = DeskSetup::new()
        .set("history.keep_days", "3000")
        .set("feed.origins", &format!(r#"["http://127.0.0.1:{page}"]"#));
    let begun = Instant::now();
    let empty = setup.clone().start();
    say(&format!("\nHistory of {calls} calls\n\nstart on an empty log                {:>9.2} s", seconds(begun)));
    let (_, home) = empty.stop();
    let database = home.path().join("data/callpop.db");
    let begun = Instant::now();
    fill(&database, calls).unwrap_or_else(|error| panic!("the log is filled: {error}"));
    say(&format!("calls written                        {:>9.2} s", seconds(begun)));
    let begun = Instant::now();
    let desk = setup.clone().start_in(home);
    say(&format!("first start: an older log is moved   {:>9.2} s", seconds(begun)));
    let begun = Instant::now();
    let reader = open(&database).unwrap_or_else(|error| panic!("the log opens: {error}"));
    while count(&reader, "history_waiting") > 0 {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    drop(reader);
    say(&format!("words indexed beside the running desk{:>9.2} s", seconds(begun)));
    let (_, home) = desk.stop();
    let begun = Instant::now();
    let desk = setup.start_in(home);
    say(&format!("start on the full log                {:>9.2} s", seconds(begun)));
    let size = std::fs::metadata(&database).map_or(0, |file| file.len());
    say(&format!("size of the log                      {:>9.2} GB", size as f64 / 1e9));
    let feed = desk.feed().await;
    ask(&feed).await;
    drop(feed);
    match key_to_list(page, desk.feed_url()) {
        Ok(told) => say(&told),
        Err(error) => say(&format!("key → list in the window was not measured: {error}")),
    }
    drop(desk);
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("a free port: {error}"));
    listener.local_addr().map_or(0, |address| address.port())
}

/// The same searches typed into the window's own page in Chromium, before this desk.
fn key_to_list(page: u16, feed: &str) -> Result<String, String> {
    let mut node = Command::new("node")
        .args(["dev/key-to-list.mjs", &page.to_string(), feed, FEED_TOKEN])
        .current_dir(workspace().join("ui"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("node: {error}"))?;
    let mut keys = node.stdin.take().ok_or("node reads no input")?;
    keys.write_all(SEARCHES.join("\n").as_bytes()).map_err(|error| error.to_string())?;
    drop(keys);
    let output = node.wait_with_output().map_err(|error| error.to_string())?;
    let told: Value = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let mut took: Vec<Duration> = told["took"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_f64)
        .map(|milliseconds| Duration::from_secs_f64(milliseconds / 1000.0))
        .collect();
    let (keys, lists) = (told["keys"].as_u64().unwrap_or_default(), took.len());
    if keys == 0 || keys != lists as u64 {
        return Err(format!("{keys} keys, but {lists} lists: {told}"));
    }
    let p99 = percentile(&mut took, 0.99);
    let verdict = if p99 <= PAINTED_WITHIN_MS { "holds" } else { "MISSED" };
    Ok(format!(
        "{keys} keys typed in Chromium, key → list painted: p50 {:.1} ms, p99 {p99:.1} ms, max {:.1} ms   \
         p99 ≤ {PAINTED_WITHIN_MS} ms  {verdict}",
        percentile(&mut took, 0.5),
        percentile(&mut took, 1.0),
    ))
}

async fn ask(feed: &FeedClient) {
    let mut all = Vec::new();
    let mut slowest: Vec<(Duration, String)> = Vec::new();
    let mut short = 0;
    for search in SEARCHES {
        let signs: Vec<char> = search.chars().collect();
        for typed in 1..=signs.len() {
            let text: String = signs[..typed].iter().collect();
            let begun = Instant::now();
            let answer = feed.ok("history", json!({"text": text, "limit": 50})).await;
            let took = begun.elapsed();
            let found = answer["calls"].as_array().map_or(0, Vec::len);
            short += usize::from(found < 50 && !answer["next"].is_null());
            slowest.push((took, format!("{text} ({found})")));
            all.push(took);
        }
    }
    let filters = [
        json!({"ended": "unknown"}),
        json!({"ended": "missed", "extension": "203"}),
        json!({"direction": "internal"}),
        json!({"line": "+74951234567", "ended": "abandoned", "text": "анализ"}),
        json!({"wrap_up": "Запись", "text": "иванова"}),
        json!({"tag": "нет такой"}),
    ];
    for filter in filters {
        let begun = Instant::now();
        feed.ok("history", filter.clone()).await;
        slowest.push((begun.elapsed(), filter.to_string()));
        all.push(begun.elapsed());
    }
    let (p50, p99) = (percentile(&mut all, 0.5), percentile(&mut all, 0.99));
    let verdict = if p99 <= WITHIN_MS { "holds" } else { "MISSED" };
    say(&format!(
        "{} searches, request → reply: p50 {p50:.2} ms, p99 {p99:.2} ms, max {:.2} ms   p99 ≤ {WITHIN_MS} ms  {verdict}",
        all.len(),
        percentile(&mut all, 1.0),
    ));
    say(&format!("    {short} answers were short of a page, and said where to go on"));
    slowest.sort_by_key(|(took, _)| std::cmp::Reverse(*took));
    for (took, text) in slowest.iter().take(8) {
        say(&format!("    {:>8.2} ms  {text}", took.as_secs_f64() * 1000.0));
    }
    for (what, days) in [("today", 0), ("a month", 30)] {
        let day = |back: i64| day_before(now() - back * 24 * 3600);
        let begun = Instant::now();
        feed.ok("numbers", json!({"from": day(days), "to": day(0)})).await;
        say(&format!("numbers of {what:<8} {:>8.2} ms", begun.elapsed().as_secs_f64() * 1000.0));
    }
    let begun = Instant::now();
    let story = feed.ok("story", json!({"person": "p17", "limit": 50})).await;
    let found = story["calls"].as_array().map_or(0, Vec::len);
    say(&format!("one person's story   {:>8.2} ms ({found} calls)", begun.elapsed().as_secs_f64() * 1000.0));
}

fn day_before(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map(|at| at.to_string()[..10].to_owned()).unwrap_or_default()
}

/// Since then, in seconds.
pub(crate) fn seconds(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64()
}

/// The desk's encrypted log.
pub(crate) fn open(database: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(database)?;
    connection.pragma_update(None, "key", format!("x'{STORE_KEY}'"))?;
    connection.busy_timeout(Duration::from_secs(10))?;
    Ok(connection)
}

fn count(connection: &Connection, table: &str) -> i64 {
    connection
        .query_row(&format!("SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT 1)"), [], |row| row.get(0))
        .unwrap_or(1)
}

/// Puts a call as the feed showed it into the log, and what it meant for missed calls.
pub(crate) fn keep(log: &Connection, call: &Value, entry: &str, started_ms: i64) -> rusqlite::Result<()> {
    log.prepare_cached(
        "INSERT INTO calls (entry, started_at, live, number, search, json) VALUES (?1, ?2, 0, ?3, '', ?4)",
    )?
    .execute(params![entry, started_ms, call["number"].as_str(), call.to_string()])?;
    let kind = match call["outcome"].as_str() {
        Some("missed" | "abandoned") => "missed",
        Some("answered") if call["direction"] == "inbound" => "called_again",
        Some("answered") => "reached",
        _ => return Ok(()),
    };
    log.prepare_cached("INSERT INTO episodes (entry, number_key, kind, at) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![entry, call["number"].as_str(), kind, started_ms])
        .map(|_| ())
}

/// A log of before there was a history.
fn fill(database: &Path, calls: i64) -> rusqlite::Result<()> {
    let mut connection = open(database)?;
    connection.execute_batch("DELETE FROM meta WHERE name = 'history_filled_to'")?;
    let first = now() - SPAN;
    let transaction = connection.transaction()?;
    let mut dice = 88_172_645_463_325_252_u64;
    for number in 0..calls {
        let at = first + number * SPAN / calls;
        let call = call(number, at, &mut dice);
        keep(&transaction, &call, &format!("bench-{number}"), at * 1000)?;
    }
    transaction.commit()
}

/// A past call, as the desk keeps it.
pub(crate) fn call(number: i64, at: i64, dice: &mut u64) -> Value {
    let mut roll = |sides: usize| {
        *dice ^= *dice << 13;
        *dice ^= *dice >> 7;
        *dice ^= *dice << 17;
        usize::try_from(*dice % sides as u64).unwrap_or_default()
    };
    let person = roll(300_000);
    let family = if person % 3 == 0 {
        let syllable = |by: usize| SYLLABLES[person / by % SYLLABLES.len()];
        let family = format!("{}{}{}ко", syllable(3), syllable(36), syllable(432));
        family.chars().next().map_or_else(String::new, |first| first.to_uppercase().to_string()) + &family[2..]
    } else {
        FAMILIES[person % FAMILIES.len()].to_owned() + if person % 2 == 0 { "а" } else { "" }
    };
    let name = format!("{family} {} {}", GIVEN[person / 7 % GIVEN.len()], PATRONYMICS[person / 5 % PATRONYMICS.len()]);
    let phone = format!("79{:02}{:07}", person % 70, (person * 7919) % 10_000_000);
    let display = format!("+7 {} {}-{}-{}", &phone[1..4], &phone[4..7], &phone[7..9], &phone[9..]);
    let inbound = roll(100) < 75;
    let outcome = match (inbound, roll(100)) {
        (_, 0..78) => "answered",
        (true, 78..93) => "missed",
        (true, _) => "abandoned",
        (false, _) => "failed",
    };
    let answered = outcome == "answered";
    let time = |seconds: i64| jiff::Timestamp::from_second(seconds).map(|at| format!("{at:.3}")).unwrap_or_default();
    let extension = format!("2{:02}", 1 + roll(12));
    let known = roll(100) < 80;
    let people = if known {
        json!([{"id": format!("p{person}"), "full_name": name, "given_name": GIVEN[person / 7 % GIVEN.len()],
                "patronymic": null, "family_name": family, "born": "1980-01-01", "age": 46, "sex": "unknown",
                "chart": format!("{}/{}", person, person % 90 + 10), "phones": [format!("+{phone}")], "relation": null,
                "alerts": [], "debt": null, "doctor": null, "last_visit": null, "next_visit": null, "note": null,
                "open_url": null, "gaps": []}])
    } else {
        json!([])
    };
    let note = (roll(100) < 35).then(|| format!("{}, {}", NOTES[roll(NOTES.len())], NOTES[roll(NOTES.len())]));
    let wrapped = (roll(100) < 40).then(|| json!({"outcome": "Запись", "tags": ["Повторный"], "done": true}));
    json!({
        "id": format!("bench-{number}"), "direction": if inbound { "inbound" } else { "outbound" }, "state": "ended",
        "outcome": outcome, "number": format!("+{phone}"), "number_display": display,
        "line": if number % 3 == 0 { "+74951234567" } else { "+74957654321" },
        "line_name": if number % 3 == 0 { "реклама, Яндекс" } else { "регистратура" }, "group": "300",
        "started_at": time(at), "answered_at": answered.then(|| time(at + 7)), "ended_at": time(at + 95),
        "answered_by": (answered && inbound).then_some(&extension), "by": (!inbound).then_some(&extension),
        "pops": false, "legs": [], "command_id": null, "reason": 1110, "note": note, "wrap_up": wrapped,
        "card": {"status": if known { "found" } else { "unknown" }, "people": people, "chosen": null, "took_ms": 1,
                 "source": "file", "why": null, "steps": []},
        "rehearsal": false,
    })
}

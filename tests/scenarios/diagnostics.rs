/// Texts that must not be found, in every spelling.
mod canaries;

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use callpop_tests::{CommandApi, Desk, DeskSetup, FeedClient, Incoming, KEY, Poster, SALT, eventually, unique};
use canaries::Canaries;
use serde_json::{Value, json};

async fn ways(feed: &FeedClient) -> Vec<Value> {
    let told = feed.ok("diagnostics", json!({})).await;
    told["diagnostics"]["ways"].as_array().unwrap_or_else(|| panic!("no ways in {told}")).clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_of_a_call_has_every_stage_in_order() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let call = Incoming::new("79005550102").ago(1);
    pbx.deliver(&call.appeared()).await;
    feed.call(&call.entry, "has its card", |call| call["card"]["status"] == "found").await;
    feed.ok("shown", json!({"call": call.entry})).await;
    let way = ways(&feed).await.remove(0);
    assert_eq!(way["number"], "+7 9•• •••-••-02");
    assert_eq!(way["looked_up"], "found");
    let at = |name: &str| way[name].as_f64().unwrap_or_else(|| panic!("no {name} in {way}"));
    let stages = [at("verified_ms"), at("fed_ms"), at("shown_ms")];
    assert!(stages.is_sorted() && stages[0] >= 0.0, "{way}");
    for (stage, most) in [("verified_ms", 50.0), ("fed_ms", 500.0), ("stored_ms", 5_000.0), ("looked_up_ms", 5_000.0)] {
        assert!(at(stage) <= most && at(stage) >= at("verified_ms"), "{stage} in {way}");
    }
    assert!(at("looked_up_ms") >= at("fed_ms"), "the card never comes before the call: {way}");
    let moment = |name: &str| way[name].as_str().and_then(|at| at.parse::<jiff::Timestamp>().ok()).expect("a moment");
    let late = moment("received_at").duration_since(moment("happened_at")).as_secs_f64();
    assert!((0.0..30.0).contains(&late), "{late} s after it happened");

    // Another window paints it later: the first one counts. Later events begin no second way.
    feed.ok("shown", json!({"call": call.entry})).await;
    pbx.deliver(&call.connected()).await;
    let again = ways(&feed).await;
    assert_eq!(again, [way]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_twenty_ways_are_kept_and_counters_count() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let calls: Vec<Incoming> = (0..22).map(|n| Incoming::new(&format!("790055501{n:02}")).ago(1)).collect();
    for call in &calls {
        pbx.deliver(&call.appeared()).await;
    }
    Poster::with_account(desk.listener(), KEY, "a wrong salt").post(&calls[0].appeared()).await;
    let told = feed.ok("diagnostics", json!({})).await["diagnostics"].clone();
    let numbers: Vec<&str> =
        told["ways"].as_array().expect("ways").iter().filter_map(|way| way["number"].as_str()).collect();
    assert_eq!(numbers.len(), 20);
    assert_eq!(numbers[0], "+7 9•• •••-••-21", "newest first");
    assert_eq!(told["counters"]["accepted"], 22);
    assert_eq!(told["counters"]["refused"], 1);
    assert_eq!(told["events"]["events/call"], 22);
    assert_eq!(told["facts"], 22);
    assert!(told["log_bytes"].as_u64().expect("a size") > 4096, "{told}");
}

/// What is in the bundle, by name, and its address.
async fn bundle(desk: &Desk, feed: &FeedClient) -> (BTreeMap<String, String>, String) {
    let told = feed.ok("support_bundle", json!({})).await;
    let url = told["url"].as_str().expect("an address").to_owned();
    assert!(told["name"].as_str().is_some_and(|name| name.ends_with(".zip")), "{told}");
    let answer = desk.pbx().client().get(&url).send().await.expect("the feed answers");
    assert_eq!(answer.status().as_u16(), 200);
    let bytes = answer.bytes().await.expect("the file").to_vec();
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).expect("a ZIP");
    let mut files = BTreeMap::new();
    for index in 0..zip.len() {
        let mut file = zip.by_index(index).expect("a file");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("its bytes");
        files.insert(file.name().expect("its name").into_owned(), String::from_utf8(bytes).expect("a text"));
    }
    (files, url)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_is_served_to_whoever_has_its_ticket_only() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    let (files, url) = bundle(&desk, &feed).await;
    for name in ["diagnostics.json", "knocks.json", "problems.json", "settings.toml", "system.json", "log.txt"] {
        assert!(files.contains_key(name), "{name} in {:?}", files.keys());
    }
    let (start, ticket) = url.rsplit_once('/').expect("a ticket");
    assert_eq!(ticket.len(), 64);
    let client = desk.pbx().client().clone();
    let guessed = client.get(format!("{start}/{}", "0".repeat(64))).send().await.expect("an answer");
    assert_eq!(guessed.status().as_u16(), 404);
    let page = client.get(&url).header("Origin", "https://evil.example").send().await.expect("an answer");
    assert_eq!(page.status().as_u16(), 403, "a page of the web gets nothing");
}

const CSV: &str = "\
id;full_name;born;sex;chart;phones;allergy;debt;doctor;note
p1;Канарейкина Пелагея Львовна;1991-01-31;ж;1234/11;8 (912) 777-31-41;канареечная пыль;2400;Щеглов;поёт по утрам
";

#[tokio::test(flavor = "multi_thread")]
async fn no_canary_is_in_the_bundle() {
    const TOKEN: &str = "mis-token-Canary7731";
    let canaries = Canaries::new(
        &[
            KEY,
            SALT,
            callpop_tests::STORE_KEY,
            callpop_tests::FEED_TOKEN,
            TOKEN,
            "Канарейкина",
            "Пелагея",
            "Щеглов",
            "канареечная пыль",
            "поёт по утрам",
            "просила перезвонить после обеда",
            "Зяблицева",
            "Drozdova",
            "клиника Чечевица",
            "реклама Снегирь",
            "sql-Password-77",
        ],
        &["79127773141", "79127773142", "79127773143", "74997773144", "79127773145", "79127773146"],
    );
    let api = CommandApi::start().await;
    let desk = DeskSetup::new()
        .commands_to(&api.base())
        .patients(CSV)
        .secret("CALLPOP_DIRECTORY_TOKEN", TOKEN)
        .set("clinic.name", "\"клиника Чечевица\" # спросить Зяблицеву, Drozdova, 8 912 777-31-45")
        .set("lines.\"+74997773144\"", "\"реклама Снегирь\"")
        .set("desk.line", "\"+74997773144\"")
        .set("directory.sql.url", "\"postgres://drozdova:sql-Password-77@192.168.77.31/mis\"")
        .start();
    let folder = desk.home().join("logs");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::hard_link(desk.home().join("stderr.log"), folder.join("callpop.log")).expect("its log is kept");
    let (pbx, feed) = (desk.pbx(), desk.feed().await);

    let call = Incoming::new("79127773141").ago(0);
    let mut appeared = call.appeared();
    appeared.json["to"]["name"] = json!("Зяблицева");
    appeared.json["from"]["display"] = json!("Drozdova +79127773145");
    appeared.json["Зяблицева"] = json!({"79127773146": ["8 (912) 777-31-46"]});
    pbx.deliver(&appeared).await;
    pbx.deliver(&call.connected()).await;
    feed.call(&call.entry, "has its card", |call| call["card"]["status"] == "found").await;
    feed.ok("shown", json!({"call": call.entry})).await;
    feed.ok("note", json!({"call": call.entry, "text": "просила перезвонить после обеда, Зяблицева"})).await;
    let missed = Incoming::new("79127773142").ago(60);
    pbx.deliver_all(&missed.unanswered()).await;
    let row = feed.row(Some("+79127773142"), "is there", |_| true).await;
    feed.ok("claim_missed", json!({"missed": row["id"]})).await;
    let _ = feed.request("dial", json!({"number": "8 (912) 777-31-42"})).await;
    let _ = feed.request("search_people", json!({"text": "Канарейкина"})).await;

    // Posts of kinds and shapes that nobody knows, and posts that are refused.
    for path in ["events/Зяблицева", "events/79127773145", "events/Drozdova/8-912-777-31-45"] {
        let body = json!({"entry_id": unique("e"), "name": "Зяблицева", "number": "79127773145"}).to_string();
        pbx.post_text(path, &body).await;
        Poster::with_account(desk.listener(), KEY, "a wrong salt").post_text(path, &body).await;
        Poster::with_account(desk.listener(), "Drozdova79127773145", "x").post_text(path, &body).await;
    }
    pbx.post_text("events/call", "не JSON Зяблицева 79127773145").await;
    let client = desk.pbx().client().clone();
    for path in ["Зяблицева", "%D0%97%D1%8F?number=79127773145", "ping/79127773145"] {
        let _ = client.get(format!("{}/{path}", desk.listener_root())).send().await;
    }
    eventually("the log tells of a refused post", || async { desk.log().contains("wrong signature").then_some(()) })
        .await;

    let (files, _) = bundle(&desk, &feed).await;
    assert!(files["log.txt"].contains("wrong signature"), "the log's end is there:\n{}", files["log.txt"]);
    assert!(files["settings.toml"].contains("extension = \"201\""), "{}", files["settings.toml"]);
    assert!(files["diagnostics.json"].contains("+7 9•• •••-••-41"), "{}", files["diagnostics.json"]);
    let home = desk.home().display().to_string();
    for (name, text) in &files {
        let found = canaries.found_in(text);
        assert!(found.is_empty(), "{found:?} in {name}:\n{text}");
        assert!(!text.contains(&home), "the user's folder in {name}:\n{text}");
        assert!(!text.contains("192.168.77.31"), "a whole address in {name}:\n{text}");
    }

    // The search is worth something: the log of calls itself is no bundle.
    let planted = "x просила перезвонить после обеда y";
    assert_eq!(canaries.found_in(planted), ["просила перезвонить после обеда"]);
}

#[test]
fn the_search_finds_a_canary_however_it_is_written() {
    let canaries = Canaries::new(&["Канарейкина", "salt-Canary7731"], &["79127773141"]);
    for planted in [
        "… Канарейкина …",
        "КАНАРЕЙКИНА",
        "\\u041a\\u0430\\u043d\\u0430\\u0440\\u0435\\u0439\\u043a\\u0438\\u043d\\u0430",
        "%D0%9A%D0%B0%D0%BD%D0%B0%D1%80%D0%B5%D0%B9%D0%BA%D0%B8%D0%BD%D0%B0",
        "0JrQsNC90LDRgNC10LnQutC40L3QsA==",
        "a9Ca0LDQvdCw0YDQtdC50LrQuNC90LA",
        "d09ad0b0d0bdd0b0d180d0b5d0b9d0bad0b8d0bdd0b0",
        "salt-Canary7731",
        "73616c742d43616e61727937373331",
        "+79127773141",
        "8 (912) 777-31-41",
        "9127773141",
        "7 912\u{a0}777 31 41",
        "c2FsdC1DYW5hcnk3NzMx",
    ] {
        assert!(!canaries.found_in(planted).is_empty(), "{planted}");
    }
    assert!(canaries.found_in("+7 9•• •••-••-41, 2026-11-24T19:18:02.123456Z").is_empty());
}

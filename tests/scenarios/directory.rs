use callpop_tests::{DeskSetup, FAMILY_CSV, FeedClient, Incoming, eventually};
use serde_json::{Value, json};

async fn card(feed: &FeedClient, entry: &str) -> Value {
    feed.call(entry, "has its card", |call| call["card"]["status"] != "looking").await["card"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_is_found() {
    let desk = DeskSetup::new().set("directory.open_url", r#""https://mis.example/card/{id}""#).start();
    let feed = desk.feed().await;
    let call = Incoming::new("79005550102");
    desk.pbx().deliver(&call.appeared()).await;
    let card = card(&feed, &call.entry).await;
    assert_eq!(card["status"], "found", "{card}");
    assert_eq!(card["source"], "file");
    assert!(card["took_ms"].is_u64(), "{card}");
    let person = &card["people"][0];
    assert_eq!(person["id"], "p3");
    assert_eq!(person["full_name"], "Сидорова Анна Львовна");
    assert_eq!(person["born"], "1985-07-12");
    assert_eq!(person["sex"], "female");
    assert_eq!(person["chart"], "77/2");
    assert_eq!(person["phones"], json!(["+79005550102"]));
    assert_eq!(person["open_url"], "https://mis.example/card/p3");
    for unknown in ["doctor", "last_visit", "next_visit", "note", "relation", "debt"] {
        assert!(person[unknown].is_null(), "{unknown} is not known: {person}");
    }
    assert_eq!(person["alerts"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_family_is_all_of_them_and_never_a_guess() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    let call = Incoming::new("79005550101");
    desk.pbx().deliver(&call.appeared()).await;
    let card = card(&feed, &call.entry).await;
    assert_eq!(card["status"], "several", "{card}");
    assert!(card["chosen"].is_null());
    assert_eq!(card["people"].as_array().map(Vec::len), Some(2));
    let maria =
        card["people"].as_array().and_then(|people| people.iter().find(|person| person["id"] == "p1")).expect("Maria");
    assert!(maria["alerts"].to_string().contains("пенициллин"), "{maria}");
    assert!(maria["debt"]["amount"].as_str().is_some_and(|amount| amount.starts_with("2400")), "{maria}");
    let ivan =
        card["people"].as_array().and_then(|people| people.iter().find(|person| person["id"] == "p2")).expect("Ivan");
    assert_eq!(ivan["born"], "2018-05-03");
    assert_eq!(ivan["relation"], "сын");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_is_seen_everywhere_and_remembered_for_the_number() {
    let desk = DeskSetup::new().start();
    let (pbx, feed, colleague) = (desk.pbx(), desk.feed().await, desk.feed_as("202", &["300"], "mine").await);
    let call = Incoming::new("79005550101");
    pbx.deliver(&call.appeared()).await;
    card(&feed, &call.entry).await;
    feed.ok("choose_person", json!({"call": call.entry, "person": "p2"})).await;
    colleague.call(&call.entry, "shows the choice", |call| call["card"]["chosen"] == "p2").await;
    assert_eq!(feed.refused("choose_person", json!({"call": call.entry, "person": "p3"})).await["code"], "not_found");
    pbx.deliver_all(&[call.connected(), call.disconnected(1110), call.summary(true)]).await;

    let desk = desk.power_cut();
    let again = desk.feed().await;
    again.call(&call.entry, "still shows it", |call| call["card"]["chosen"] == "p2").await;
    let next = Incoming::new("79005550101");
    desk.pbx().deliver(&next.appeared()).await;
    let card =
        again.call(&next.entry, "remembers it", |call| call["card"]["status"] == "several").await["card"].clone();
    assert_eq!(card["people"][0]["id"], "p2", "the one of last time comes first: {card}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_nobody() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    for (number, place) in
        [("79005559999", "мобильный, Россия"), ("4930123456", "Германия"), ("390612345678", "Италия")]
    {
        let call = Incoming::new(number);
        desk.pbx().deliver(&call.appeared()).await;
        let card = card(&feed, &call.entry).await;
        assert_eq!((&card["status"], &card["people"]), (&json!("unknown"), &json!([])), "{number}: {card}");
        feed.call(&call.entry, "is placed", |call| call["place"]["ru"] == place).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_file_is_said_and_the_call_pops() {
    let desk = DeskSetup::new().set("directory.file.path", r#""not-there.csv""#).start();
    let feed = desk.feed().await;
    feed.until("the directory is down", |seen| (seen.desk["directory"]["state"] == "down").then_some(())).await;
    assert!(feed.seen().desk["directory"]["why"].as_str().is_some_and(|why| !why.is_empty()));
    let call = Incoming::new("79005550101");
    desk.pbx().deliver(&call.appeared()).await;
    feed.call(&call.entry, "pops", |call| call["pops"] == true).await;
    let card = card(&feed, &call.entry).await;
    assert_eq!(card["status"], "unavailable", "{card}");
    assert!(card["why"].as_str().is_some_and(|why| !why.is_empty()));

    // The file comes: asking once more finds the person.
    std::fs::write(desk.home().join("not-there.csv"), FAMILY_CSV).expect("the file is written");
    feed.until("the directory is back", |seen| (seen.desk["directory"]["state"] == "ok").then_some(())).await;
    feed.ok("lookup_again", json!({"call": call.entry})).await;
    feed.call(&call.entry, "is known", |call| call["card"]["status"] == "several").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_is_read_again_when_it_changes() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    let more = format!("{FAMILY_CSV}p9;Новикова Ольга;1970-01-01;ж;9/9;89005559999;;;;\n");
    std::fs::write(desk.patients_path(), more).expect("the file is written");
    feed.until("one more person", |seen| (seen.desk["directory"]["people"] == 4).then_some(())).await;
    let call = Incoming::new("79005559999");
    desk.pbx().deliver(&call.appeared()).await;
    assert_eq!(card(&feed, &call.entry).await["people"][0]["id"], "p9");
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_rows_are_said_and_the_rest_is_there() {
    let csv = "id;full_name;phones\n1;;89005550101\n2;Без телефона;\n3;Хорошая Строка;89005550103\n4;\"Незакрытая;89005550104\n";
    let desk = DeskSetup::new().patients(csv).start();
    let feed = desk.feed().await;
    let call = Incoming::new("79005550103");
    desk.pbx().deliver(&call.appeared()).await;
    let card = card(&feed, &call.entry).await;
    assert_eq!(card["people"][0]["full_name"], "Хорошая Строка", "{card}");
    let why = feed.seen().desk["directory"]["why"].clone();
    assert!(why.as_str().is_some_and(|why| why.contains('2')), "the line is named: {why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn old_encodings_and_russian_headers_are_read() {
    // windows-1251: "ФИО,Телефон\nПетров Пётр,8 900 555-01-01\n"
    let mut csv = vec![0xD4, 0xC8, 0xCE, b',', 0xD2, 0xE5, 0xEB, 0xE5, 0xF4, 0xEE, 0xED, b'\n'];
    csv.extend([0xCF, 0xE5, 0xF2, 0xF0, 0xEE, 0xE2, b' ', 0xCF, 0xB8, 0xF2, 0xF0]);
    csv.extend(b",8 900 555-01-01\n");
    let utf16: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain("ФИО;Телефон\r\nПетров Пётр;8 900 555-01-01\r\n".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    for bytes in [csv, utf16] {
        let desk = DeskSetup::new().patients(bytes).start();
        let feed = desk.feed().await;
        let call = Incoming::new("79005550101");
        desk.pbx().deliver(&call.appeared()).await;
        assert_eq!(card(&feed, &call.entry).await["people"][0]["full_name"], "Петров Пётр");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_may_be_named_in_the_settings() {
    let desk = DeskSetup::new()
        .patients("Пациент;Моб\nСидорова Анна;89005550101\n")
        .set("directory.file.columns", r#"{ full_name = "Пациент", phones = "Моб" }"#)
        .start();
    let feed = desk.feed().await;
    let call = Incoming::new("79005550101");
    desk.pbx().deliver(&call.appeared()).await;
    assert_eq!(card(&feed, &call.entry).await["people"][0]["full_name"], "Сидорова Анна");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_found_by_name_chart_and_number() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    eventually("the file is loaded", || async { (feed.seen().desk["directory"]["people"] == 3).then_some(()) }).await;
    for (text, id) in [("сидор", "p3"), ("77/2", "p3"), ("9005550102", "p3"), ("ИВАНОВ иван", "p2")] {
        let found = feed.ok("search_people", json!({"text": text})).await;
        let ids: Vec<&str> =
            found["people"].as_array().expect("people").iter().filter_map(|person| person["id"].as_str()).collect();
        assert!(ids.contains(&id), "{text}: {found}");
    }
    assert_eq!(feed.ok("search_people", json!({"text": "нет такого"})).await["people"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_two_hundred_letters_and_an_empty_directory_are_fine() {
    let long = "Ж".repeat(200);
    let desk = DeskSetup::new().patients(format!("full_name;phones\n{long};89005550101\n")).start();
    let feed = desk.feed().await;
    let call = Incoming::new("79005550101");
    desk.pbx().deliver(&call.appeared()).await;
    assert_eq!(card(&feed, &call.entry).await["people"][0]["full_name"], long);

    let desk = DeskSetup::new().patients("").start();
    let feed = desk.feed().await;
    let call = Incoming::new("79005550101");
    desk.pbx().deliver(&call.appeared()).await;
    assert_eq!(card(&feed, &call.entry).await["people"], json!([]), "invented patients never answer for a real caller");
}

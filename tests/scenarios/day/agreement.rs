use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use callpop_tests::{FeedClient, workspace};
use serde_json::{Value, json};

use super::played::NEVER_TOO_SHORT;

/// What the posts say, by a program that shares nothing with the product.
pub(crate) fn count(journal: &Path) -> Value {
    let counted = Command::new("node")
        .arg(workspace().join("tests/independent/count.mjs"))
        .arg(journal)
        .args(["Europe/Moscow", &NEVER_TOO_SHORT.to_string()])
        .output()
        .expect("node runs");
    assert!(counted.status.success(), "{}", String::from_utf8_lossy(&counted.stderr));
    serde_json::from_slice(&counted.stdout).expect("it prints JSON")
}

/// Every call in history is as counted, and none is missing or more.
pub(crate) async fn of_calls(desk: &FeedClient, counted: &Value) {
    let kept = history(desk).await;
    let counted = list(&counted["calls"]);
    assert_eq!(kept.len(), counted.len(), "calls in history");
    for call in counted {
        let id = text(&call["id"]);
        let kept = kept.get(id).unwrap_or_else(|| panic!("{id} is not in history: {call}"));
        let by = if kept["direction"] == "inbound" { &kept["answered_by"] } else { &kept["by"] };
        let told = json!({
            "direction": kept["direction"], "outcome": kept["outcome"], "number": kept["number"],
            "started": seconds(&kept["started_at"]), "answered": seconds(&kept["answered_at"]),
            "ended": seconds(&kept["ended_at"]),
            "by": if kept["direction"] == "internal" { &Value::Null } else { by },
        });
        let by = if call["direction"] == "internal" { &Value::Null } else { &call["by"] };
        let wanted = json!({
            "direction": call["direction"], "outcome": call["outcome"], "number": call["number"],
            "started": call["started"], "answered": call["answered"], "ended": call["ended"], "by": by,
        });
        assert_eq!(told, wanted, "{id}: {kept}");
    }
}

/// Every row of missed calls is as counted, at both desks.
pub(crate) fn of_missed(desks: &[FeedClient], counted: &Value) {
    let mut wanted: Vec<Value> =
        list(&counted["rows"]).iter().map(|row| summed_up(row, |row| row["closed"]["how"].clone())).collect();
    wanted.sort_by_key(Value::to_string);
    for desk in desks {
        let seen = desk.seen();
        let mut told: Vec<Value> =
            seen.missed.values().map(|row| summed_up(row, |row| row["closed"]["how"].clone())).collect();
        told.sort_by_key(Value::to_string);
        assert_eq!(told.len(), wanted.len(), "rows of missed calls");
        for (told, wanted) in told.iter().zip(&wanted) {
            assert_eq!(told, wanted);
        }
    }
}

fn summed_up(row: &Value, how: impl Fn(&Value) -> Value) -> Value {
    let mut calls: Vec<&str> = list(&row["calls"]).iter().map(text).collect();
    calls.sort_unstable();
    json!({"calls": calls, "number": row["number"], "how": how(row), "by": row["closed"]["by"]})
}

/// The numbers of the day (what the pictures draw) are as counted: in all, by day, by hour, by line, by colleague.
pub(crate) async fn of_numbers(desk: &FeedClient, counted: &Value) {
    let days: Vec<&String> = fields(&counted["days"]).map(|(day, _)| day).collect();
    let (from, to) = (days.first().expect("a day"), days.last().expect("a day"));
    let reply = desk.ok("numbers", json!({"from": from, "to": to})).await;
    let numbers = &reply["numbers"];
    same_tally("all days", &numbers["total"], &counted["total"]);
    for day in list(&numbers["days"]) {
        same_tally(text(&day["date"]), &day["tally"], &counted["days"][text(&day["date"])]);
    }
    for (hour, tally) in list(&numbers["hours"]).iter().enumerate() {
        same_tally(&format!("hour {hour}"), tally, &counted["hours"][hour.to_string()]);
    }
    for line in list(&numbers["lines"]) {
        same_tally(&format!("line {}", line["line"]), &line["tally"], &counted["lines"][text(&line["line"])]);
    }
    assert_eq!(list(&numbers["lines"]).len(), fields(&counted["lines"]).count(), "lines");
    let colleagues: BTreeMap<&str, &Value> =
        list(&numbers["colleagues"]).iter().map(|one| (text(&one["extension"]), one)).collect();
    assert_eq!(colleagues.len(), fields(&counted["colleagues"]).count(), "colleagues");
    for (extension, wanted) in fields(&counted["colleagues"]) {
        for key in ["answered", "outbound", "outbound_answered"] {
            assert_eq!(colleagues[extension.as_str()][key], wanted[key], "{key} of {extension}");
        }
    }
}

fn same_tally(what: &str, told: &Value, counted: &Value) {
    const COUNTED: [&str; 10] = [
        "inbound",
        "answered",
        "missed",
        "abandoned",
        "outbound",
        "outbound_answered",
        "rows",
        "reached",
        "called_again",
        "open",
    ];
    for key in COUNTED {
        let wanted = counted[key].as_u64().unwrap_or(0);
        assert_eq!(told[key].as_u64(), Some(wanted), "{key} of {what}: {told}");
    }
    assert_eq!(
        told["talk_total_ms"].as_u64(),
        Some(counted["talk_total_s"].as_u64().unwrap_or(0) * 1000),
        "talking time of {what}"
    );
    is_middle(what, &told["wait_p50_ms"], &counted["waits_s"]);
    is_middle(what, &told["talk_p50_ms"], &counted["talks_s"]);
    is_middle(what, &told["callback_p50_ms"], &counted["callbacks_s"]);
}

/// A median lies between the two values in the middle, however it is rounded.
fn is_middle(what: &str, told: &Value, sorted: &Value) {
    let sorted: Vec<f64> = sorted.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    if sorted.is_empty() {
        assert!(told.is_null(), "a median of nothing, {what}: {told}");
        return;
    }
    let low = sorted[(sorted.len() - 1) / 2] * 1000.0;
    let high = sorted[sorted.len() / 2] * 1000.0;
    let told = told.as_f64().unwrap_or_else(|| panic!("no median of {what}"));
    assert!((low..=high).contains(&told), "a median of {what}: {told} is not in {low}..={high}");
}

async fn history(desk: &FeedClient) -> BTreeMap<String, Value> {
    let mut calls = BTreeMap::new();
    let mut before = Value::Null;
    loop {
        let mut with = json!({"limit": 500});
        if !before.is_null() {
            with["before"] = before;
        }
        let page = desk.ok("history", with).await;
        for call in list(&page["calls"]) {
            assert!(calls.insert(text(&call["id"]).to_owned(), call.clone()).is_none(), "twice in history: {call}");
        }
        before = page["next"].clone();
        if before.is_null() {
            return calls;
        }
    }
}

fn seconds(moment: &Value) -> Value {
    moment.as_str().map_or(Value::Null, |text| {
        let at: jiff::Timestamp = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        at.as_second().into()
    })
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list"))
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().unwrap_or_else(|| panic!("{value} has no fields")).iter()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

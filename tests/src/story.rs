use serde_json::Value;

use crate::{Event, now, unique, workspace};

/// A typical sequence of the PBX's posts (reference 5), as if it had ended just now and with ids of its own.
#[derive(Debug, Clone)]
pub struct Story {
    /// The posts in the order in which they happened.
    pub events: Vec<Event>,
    /// The id of the whole.
    pub entry: String,
    /// When it began, in Unix seconds.
    pub began: i64,
}

impl Story {
    /// Reads `5-1` … `5-9`, moved to now.
    pub fn load(name: &str) -> Story {
        let path = workspace().join(format!("src-tauri/crates/mango/tests/fixtures/{name}.txt"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let events: Vec<Event> = text.lines().filter_map(read_line).collect();
        Story::new(events)
    }

    fn new(mut events: Vec<Event>) -> Story {
        let times: Vec<i64> = events.iter().flat_map(|event| times_of(&event.json)).collect();
        let first = times.iter().min().copied().expect("a story has times");
        let last = times.iter().max().copied().expect("a story has times");
        let later = now() - last;
        let tag = unique("");
        for event in &mut events {
            move_to(&mut event.json, later, &tag);
        }
        let entry =
            events.iter().find_map(|event| event.json["entry_id"].as_str()).expect("a story has an entry").to_owned();
        Story { events, entry, began: first + later }
    }

    /// The same story told by another caller; `number` as the PBX writes it.
    pub fn of_caller(self, number: &str) -> Story {
        self.with_text("79005550101", number)
    }

    /// The same story with another command id.
    pub fn of_command(self, command: &str) -> Story {
        self.with_text("pop-0001", command)
    }

    fn with_text(mut self, old: &str, new: &str) -> Story {
        for event in &mut self.events {
            let text = event.json.to_string().replace(&format!("\"{old}\""), &format!("\"{new}\""));
            event.json = text.parse().expect("a replaced string leaves JSON");
        }
        self
    }

    /// The moment `seconds` after the beginning, as the feed writes it.
    pub fn moment(&self, seconds: i64) -> String {
        let at = jiff::Timestamp::from_second(self.began + seconds).expect("a time of this century");
        format!("{at:.3}")
    }
}

fn read_line(line: &str) -> Option<Event> {
    let (path, json) = line.split_once(' ')?;
    if path.starts_with('#') {
        return None;
    }
    let json = json.trim().parse().unwrap_or_else(|error| panic!("{line}: {error}"));
    Some(Event { path: path.to_owned(), json })
}

const TIMES: [&str; 5] = ["timestamp", "create_time", "forward_time", "talk_time", "end_time"];
const IDS: [&str; 4] = ["entry_id", "call_id", "taken_from_call_id", "recording_id"];

fn times_of(json: &Value) -> Vec<i64> {
    TIMES.iter().filter_map(|key| json[*key].as_i64()).filter(|time| *time > 0).collect()
}

fn move_to(json: &mut Value, later: i64, tag: &str) {
    let Some(fields) = json.as_object_mut() else {
        return;
    };
    for (key, value) in fields.iter_mut() {
        if TIMES.contains(&key.as_str()) {
            if let Some(time) = value.as_i64().filter(|time| *time > 0) {
                *value = (time + later).into();
            }
        } else if IDS.contains(&key.as_str()) {
            if let Some(id) = value.as_str() {
                *value = format!("{id}{tag}").into();
            }
        } else if value.is_object() {
            move_to(value, later, tag);
        }
    }
}

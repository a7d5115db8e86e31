use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// One post of the PBX: where, and what.
#[derive(Debug, Clone)]
pub struct Event {
    /// Below the base address: `events/call`.
    pub path: String,
    /// The object in the field `json`.
    pub json: Value,
}

/// Now, in Unix seconds: the PBX's unit.
pub fn now() -> i64 {
    Timestamp::now().as_second()
}

/// A word that no other test uses.
pub fn unique(word: &str) -> String {
    format!("{word}-{}", uuid::Uuid::new_v4().simple())
}

/// The same event with every number written as text, as the manual's samples have it.
pub fn numbers_as_text(event: &Event) -> Event {
    fn walk(value: &Value) -> Value {
        match value {
            Value::Number(number) => Value::String(number.to_string()),
            Value::Array(items) => items.iter().map(walk).collect(),
            Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), walk(value))).collect(),
            Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
        }
    }
    Event { path: event.path.clone(), json: walk(&event.json) }
}

/// An inbound call that rings one extension: the smallest real story.
///
/// It appears `ago` seconds before now, is answered 5 s later and ends 20 s after it appeared.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The PBX's id of the whole.
    pub entry: String,
    /// The PBX's id of the ringing leg.
    pub leg: String,
    /// Digits, country code first; `None` for a hidden caller.
    pub number: Option<String>,
    /// Whose phone rings.
    pub extension: String,
    /// The group that distributes it.
    pub group: Option<String>,
    /// When it appeared, in Unix seconds.
    pub at: i64,
}

impl Incoming {
    /// A call of this number to extension 201, appearing half a minute ago.
    pub fn new(number: &str) -> Incoming {
        let entry = unique("entry");
        let leg = unique("leg");
        Incoming {
            entry,
            leg,
            number: Some(number.to_owned()),
            extension: "201".to_owned(),
            group: Some("300".to_owned()),
            at: now() - 30,
        }
    }

    /// A caller who hides the number.
    pub fn hidden() -> Incoming {
        Incoming { number: None, ..Incoming::new("") }
    }

    /// The same, ringing at somebody else.
    pub fn to(self, extension: &str) -> Incoming {
        Incoming { extension: extension.to_owned(), ..self }
    }

    /// The same, that many seconds ago.
    pub fn ago(self, seconds: i64) -> Incoming {
        Incoming { at: now() - seconds, ..self }
    }

    /// It rings.
    pub fn appeared(&self) -> Event {
        self.leg_event(1, 0, "Appeared", None)
    }

    /// Somebody lifts.
    pub fn connected(&self) -> Event {
        self.leg_event(2, 5, "Connected", None)
    }

    /// It ends, answered or not.
    pub fn disconnected(&self, reason: i32) -> Event {
        self.leg_event(3, 20, "Disconnected", Some(reason))
    }

    /// The end of the whole after 20 s.
    pub fn summary(&self, answered: bool) -> Event {
        self.summary_after(answered, 20)
    }

    /// The end of the whole after this many seconds.
    pub fn summary_after(&self, answered: bool, seconds: i64) -> Event {
        let json = json!({
            "entry_id": self.entry, "call_direction": 1, "from": self.from(), "to": {"extension": self.extension},
            "line_number": "74995550199", "create_time": self.at, "forward_time": self.at,
            "talk_time": if answered { self.at + 5 } else { 0 }, "end_time": self.at + seconds,
            "entry_result": i32::from(answered), "disconnect_reason": 1110,
        });
        Event { path: "events/summary".to_owned(), json }
    }

    /// The whole story of a call that nobody took.
    pub fn unanswered(&self) -> Vec<Event> {
        vec![self.appeared(), self.disconnected(1110), self.summary(false)]
    }

    /// The whole story of a call that was taken.
    pub fn answered(&self) -> Vec<Event> {
        vec![self.appeared(), self.connected(), self.disconnected(1110), self.summary(true)]
    }

    fn from(&self) -> Value {
        self.number.as_ref().map_or_else(|| json!({}), |number| json!({"number": number}))
    }

    fn leg_event(&self, seq: u32, after: i64, state: &str, reason: Option<i32>) -> Event {
        let mut to = Map::new();
        to.insert("extension".to_owned(), json!(self.extension));
        to.insert("number".to_owned(), json!(format!("sip:user{}@vpbx000000001.mangosip.ru", self.extension)));
        to.insert("line_number".to_owned(), json!("74995550199"));
        if let Some(group) = &self.group {
            to.insert("acd_group".to_owned(), json!(group));
        }
        let mut json = json!({
            "entry_id": self.entry, "call_id": self.leg, "timestamp": self.at + after, "seq": seq, "call_state": state,
            "location": "abonent", "from": self.from(), "to": to, "dct": {"type": 0},
        });
        if let (Some(reason), Some(fields)) = (reason, json.as_object_mut()) {
            fields.insert("disconnect_reason".to_owned(), json!(reason));
        }
        Event { path: "events/call".to_owned(), json }
    }
}

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::Incoming;

/// How a PBX tells of past calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// All legs.
    Ready,
    /// It never gets ready.
    Never,
    /// The answer breaks off in the middle of a leg.
    Half,
    /// A web page instead of an answer.
    Html,
    /// A redirect.
    Moved,
    /// Statistics of legs are unsupported; those of whole calls are there.
    OnlyCalls,
    /// The question is refused with this code.
    Refused(i32),
}

/// A leg of the past.
#[derive(Debug, Clone)]
pub struct PastLeg(Value);

/// One question or look at a PBX's statistics.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `stats/request` or `stats/result`.
    pub path: String,
    /// What was asked.
    pub json: Value,
    /// When.
    pub at: std::time::Instant,
}

/// What a PBX knows of the past, and what it was asked.
pub(crate) struct Statistics {
    pub(crate) telling: Telling,
    pub(crate) legs: Vec<PastLeg>,
    pub(crate) asked: Vec<Asked>,
    /// What the current key is about, and how often it was looked at.
    question: Value,
    looks: u32,
}

impl Default for Statistics {
    fn default() -> Statistics {
        Statistics { telling: Telling::Ready, legs: Vec::new(), asked: Vec::new(), question: Value::Null, looks: 0 }
    }
}

impl Incoming {
    /// What statistics tell of it afterwards.
    pub fn told(&self, answered: bool) -> PastLeg {
        PastLeg(json!({
            "records": "[]", "start": self.at, "finish": self.at + 20, "answer": if answered { self.at + 5 } else { 0 },
            "from_number": self.number.clone().unwrap_or_default(), "to_extension": self.extension,
            "to_number": format!("sip:user{}@vpbx000000001.mangosip.ru", self.extension), "disconnect_reason": 1110,
            "line_number": "74995550199", "location": "abonent", "entry_id": self.entry, "create": self.at,
        }))
    }
}

impl PastLeg {
    /// With a recording.
    pub fn recorded(mut self, id: &str) -> PastLeg {
        self.0["records"] = format!("[{id}]").into();
        self
    }

    /// The same as a whole inbound call of the extended statistics.
    fn call(&self) -> Value {
        let leg = &self.0;
        let (start, end, answer) = (leg["start"].as_i64(), leg["finish"].as_i64(), leg["answer"].as_i64());
        let talked = answer.filter(|answer| *answer > 0).zip(end).map_or(0, |(answer, end)| end - answer);
        json!({
            "entry_id": leg["entry_id"], "context_type": 1, "context_status": i32::from(talked > 0),
            "caller_number": leg["from_number"], "called_number": leg["line_number"], "context_start_time": start,
            "duration": end.zip(start).map(|(end, start)| end - start), "talk_duration": talked,
            "context_calls": [{
                "call_type": "user", "call_abonent_id": "1", "call_abonent_number": leg["to_number"],
                "call_start_time": start, "call_answer_time": answer, "call_end_time": end,
                "call_end_reason": leg["disconnect_reason"], "recording_id": [], "members": [],
            }],
        })
    }

    fn row(&self, fields: &str) -> String {
        let field = |name: &str| match &self.0[name.trim()] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => other.to_string(),
        };
        fields.split(',').map(field).collect::<Vec<_>>().join(";") + "\n"
    }

    fn is_within(&self, question: &Value) -> bool {
        let (from, to) = (question["date_from"].as_i64(), question["date_to"].as_i64());
        self.0["start"].as_i64() >= from && self.0["finish"].as_i64() <= to
    }
}

impl Statistics {
    /// Answers a PBX's question about whole calls; whoever asks about legs is told that there is no such thing.
    fn calls(&self, path: &str, json: &Value) -> Response {
        let answer = match path.trim_end_matches('/') {
            "stats/calls/request" => json!({ "result": 1000, "key": "calls-key" }),
            "stats/calls/result" if json["key"] == "calls-key" => {
                let calls: Vec<Value> = self.legs.iter().map(PastLeg::call).collect();
                json!({ "result": 1000, "status": "complete", "data": [{ "list": calls }] })
            }
            _ => json!({ "result": 4001 }),
        };
        axum::Json(answer).into_response()
    }

    /// Answers one request.
    pub(crate) fn answer(&mut self, path: &str, json: &Value) -> Response {
        self.asked.push(Asked { path: path.to_owned(), json: json.clone(), at: std::time::Instant::now() });
        match self.telling {
            Telling::Html => {
                return ([(header::CONTENT_TYPE, "text/html")], "<html><body>502</body></html>").into_response();
            }
            Telling::Moved => return (StatusCode::FOUND, [(header::LOCATION, "/elsewhere")]).into_response(),
            Telling::Refused(code) => return axum::Json(json!({ "result": code })).into_response(),
            Telling::OnlyCalls => return self.calls(path, json),
            Telling::Ready | Telling::Never | Telling::Half => {}
        }
        if path == "stats/request" {
            self.question = json.clone();
            self.looks = 0;
            return axum::Json(json!({ "key": "the-only-key" })).into_response();
        }
        self.looks += 1;
        if self.telling == Telling::Never || self.looks < 1 {
            return StatusCode::NO_CONTENT.into_response();
        }
        let fields = self.question["fields"].as_str().unwrap_or_default();
        let mut csv: String =
            self.legs.iter().filter(|leg| leg.is_within(&self.question)).map(|leg| leg.row(fields)).collect();
        if self.telling == Telling::Half {
            csv.truncate(csv.len() * 2 / 3 + 7);
            csv.truncate(csv.trim_end().len().saturating_sub(3));
        }
        csv.into_response()
    }
}

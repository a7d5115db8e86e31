//! Events that belong to no leg (reference 2.5–2.8). Where the manual prints no example, the shape is a guess of ours
//! that a listener must survive.

use serde_json::{Value, json};

use super::{Call, Post, post};
use crate::cast::PRODUCT_ID;
use crate::script::Loose;

impl Call {
    pub(super) fn tell_loose(&mut self, event: Loose, at: i64) -> Post {
        self.loose += 1;
        let (path, mut json) = self.loose_body(event, at);
        if self.cast.style.strings {
            as_texts(&mut json);
        }
        post(&path, &json)
    }

    fn loose_body(&self, event: Loose, at: i64) -> (String, Value) {
        let (entry, recording) = (self.entry_id(), self.recording_id(0));
        let own = |what: &str| format!("{what}-{}-{}", self.loose, entry.trim_end_matches('='));
        let body = match event {
            Loose::RecordingContinued => json!({
                "recording_id": recording, "recording_state": "Continued", "seq": 2, "entry_id": entry,
                "call_id": self.call_id(1), "extension": self.cast.operator(0), "timestamp": at,
            }),
            Loose::RecordTagged { topics } => {
                let mut body = json!({
                    "entry_id": entry, "product_id": PRODUCT_ID, "user_id": self.cast.user_id(0), "timestamp": at,
                    "recording_id": recording,
                });
                if topics {
                    body["topics"] = json!(["Запись на приём", "Жалоба"]);
                }
                body
            }
            Loose::Recognized { of_call: false } => json!({
                "product_id": PRODUCT_ID, "request_id": "298842241", "recognized": at * 1000, "result": 1000,
            }),
            Loose::Recognized { of_call: true } => json!({
                "entry_id": entry, "call_id": self.call_id(1), "recording_id": recording, "timestamp": at,
                "text": "Здравствуйте, я хотела бы записаться на приём.",
            }),
            Loose::Sms { reason } => json!({ "command_id": own("sms"), "timestamp": at, "reason": reason }),
            Loose::Contacts { action: "deleted" } => json!({ "action": "deleted", "data": ["500001"] }),
            Loose::Contacts { action } => json!({ "action": action, "data": [contact(500_001)] }),
            Loose::Organizations => json!({
                "action": "new", "data": [{ "org_id": "600001", "org_name": "ООО «Ромашка»", "phones": [] }],
            }),
            Loose::ContactGroups => json!({
                "action": "new", "data": [{ "group_id": "700001", "group_name": "Страховые компании" }],
            }),
            Loose::Status { operator, status } => status_body(self.cast.user_id(operator), status, at),
            Loose::SessionEnd { short } => {
                let name = if short { "abonent" } else { "abonent_id" };
                json!({ "result": 1000, name: self.cast.user_id(1), "session": own("session"), "timestamp": at * 1000 })
            }
            Loose::AppealClose => json!({
                "conversion_id": 900_001, "channel_type": 10, "create": at - 60, "end": at, "result": 1,
                "assign_user_id": self.cast.user_id(0), "close_user_id": self.cast.user_id(0), "contact_id": 500_001,
            }),
            Loose::RobotStats => json!({ "robot_id": 1, "calls": 3, "timestamp": at }),
            Loose::Result { code, .. } => json!({ "command_id": self.command_id(0), "result": code }),
            Loose::StatsReady { .. } => json!({ "key": own("key"), "request_id": own("request") }),
            Loose::Initiator { initiator } => json!({
                "entry_id": own("entry"), "call_id": own("leg"), "timestamp": at, "seq": 2,
                "call_state": "Disconnected", "location": "abonent", "from": { "number": self.number() },
                "to": { "extension": self.cast.operator(0), "number": self.cast.device(0) },
                "disconnect_reason": 1111, "dct": { "type": 0 }, "callback_initiator": initiator,
            }),
            Loose::Misspelled => json!({
                "entry_id": own("entry"), "call_id": own("leg"), "timestamp": at, "seq": 3,
                "call_state": "Disconnected", "location": "abonent", "from": { "number": self.number() },
                "to": { "extension": self.cast.operator(0), "number": self.cast.device(0), "was_transfered": true },
                "disconnect_reason": 1120, "dct": { "type": 0 },
            }),
            Loose::Novelty => json!({ "timestamp": at, "something": "new" }),
        };
        (path(event), body)
    }
}

fn path(event: Loose) -> String {
    let path = match event {
        Loose::RecordingContinued => "events/recording",
        Loose::RecordTagged { .. } => "events/record/tagged",
        Loose::Recognized { .. } => "events/recognized/offline",
        Loose::Sms { .. } => "events/sms",
        Loose::Contacts { .. } => "events/ab/contacts",
        Loose::Organizations => "events/ab/organizations",
        Loose::ContactGroups => "events/ab/groups",
        Loose::Status { .. } => "events/user/status_changed",
        Loose::SessionEnd { .. } => "events/user/session_end",
        Loose::AppealClose => "events/md/onAppealClose",
        Loose::RobotStats => "events/robots/stats",
        Loose::Result { command, .. } => return format!("result/{command}"),
        Loose::StatsReady { path } => path,
        Loose::Initiator { .. } | Loose::Misspelled => "events/call",
        Loose::Novelty => "events/novelty",
    };
    path.to_owned()
}

/// `events/user/status_changed` (manual 4.4.2.1): an employee by id, times in milliseconds.
pub(crate) fn status_body(user_id: i64, status: i64, at: i64) -> Value {
    // What the status means for telephony: nobody can be reached on a break either (manual 4.4.1.1).
    let parent = if status <= 6 { status } else { 1 };
    let alias = match status {
        1 => "На линии",
        2 => "Не беспокоить",
        3 => "Перерыв",
        4 => "Оффлайн",
        5 => "Исходящий обзвон",
        6 => "Все звонки",
        _ => "Свой статус",
    };
    json!({
        "abonent_id": user_id, "status": status, "status_alias": alias, "parent_status": parent,
        "when": at * 1000, "timestamp": at * 1000,
    })
}

/// A contact of the address book (manual 3.9.4.4): somebody whom the clinic's own program does not know.
pub(crate) fn contact(id: i64) -> Value {
    let (name, phone, organization) = match id {
        500_001 => ("Страховая «Забота», Елена", "+7 (999) 555-98-76", "Страховая «Забота»"),
        500_002 => ("Курьер лаборатории", "8 999 555 98 77", "Лаборатория"),
        _ => ("Поставщик расходников", "79995559878", "ООО «Ромашка»"),
    };
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let normal = digits.strip_prefix('8').map_or(digits.clone(), |rest| format!("7{rest}"));
    json!({
        "contact_id": id.to_string(), "type": 0, "name": name, "office": "", "site": "", "importance": 0,
        "comment": "", "birthday": "", "sex": null, "url": "",
        "org": { "org_id": (id + 100_000).to_string(), "org_name": organization },
        "phones": [{
            "phone_id": (id + 200_000).to_string(), "type": 1, "phone": phone, "phone_num": normal, "comment": "",
            "ext": null, "is_default": true,
        }],
        "emails": [], "groups": [], "nets": [], "messengers": [], "in_favorites": [], "custom_values": [],
        "user_id": null, "when_created": 1_790_000_000, "last_call": null,
    })
}

/// Every number as text, as some of the manual's samples have them.
pub(crate) fn as_texts(value: &mut Value) {
    match value {
        Value::Number(number) => *value = Value::String(number.to_string()),
        Value::Array(values) => values.iter_mut().for_each(as_texts),
        Value::Object(fields) => fields.values_mut().for_each(as_texts),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

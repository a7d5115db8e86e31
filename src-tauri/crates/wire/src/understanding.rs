use serde_json::json;

use crate::{Do, Request};

/// Why a request is none that can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotUnderstood {
    /// No such `do`.
    Unknown,
    /// Its fields do not fit; what is wrong with them, for whoever writes the client.
    Fields(String),
}

impl Request {
    /// What is asked for, with its fields. Absent fields are no fields.
    ///
    /// # Errors
    /// A `do` that this version does not know, or fields that do not fit it.
    pub fn read(&self) -> Result<Do, NotUnderstood> {
        if !KNOWN.contains(&self.what.as_str()) {
            return Err(NotUnderstood::Unknown);
        }
        let with = if self.with.is_null() { json!({}) } else { self.with.clone() };
        serde_json::from_value(json!({"do": self.what, "with": with}))
            .map_err(|why| NotUnderstood::Fields(why.to_string()))
    }
}

/// The name of every [`Do`].
const KNOWN: [&str; 33] = [
    "dial",
    "transfer",
    "complete_transfer",
    "cancel_transfer",
    "hold",
    "take",
    "record",
    "recording",
    "sms",
    "roster",
    "catch_up",
    "hang_up",
    "choose_person",
    "lookup_again",
    "search_people",
    "history",
    "claim_missed",
    "close_missed",
    "note",
    "confirm_visit",
    "register_person",
    "attach_number",
    "visit_slots",
    "make_visit",
    "cancel_visit",
    "story",
    "export",
    "numbers",
    "diagnostics",
    "support_bundle",
    "shown",
    "postpone_missed",
    "outcome",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn asked(what: &str, with: Value) -> Request {
        Request { id: "1".to_owned(), what: what.to_owned(), with }
    }

    #[test]
    fn absent_fields_are_no_fields() {
        assert_eq!(asked("diagnostics", Value::Null).read(), Ok(Do::Diagnostics {}));
        assert_eq!(asked("roster", json!({"fresh": true})).read(), Ok(Do::Roster { fresh: Some(true) }));
        assert_eq!(asked("self_destruct", json!({})).read(), Err(NotUnderstood::Unknown));
        let Err(NotUnderstood::Fields(why)) = asked("hold", json!({})).read() else { panic!("a hold of nothing") };
        assert!(why.contains("call"), "{why}");
    }

    #[test]
    fn every_known_name_is_a_do() {
        for name in KNOWN {
            let read = asked(name, json!({"no": "such field"})).read();
            // What lacks its fields says which; a name that is none would be told apart from that.
            let is_name = match &read {
                Ok(_) => true,
                Err(NotUnderstood::Fields(why)) => !why.contains("unknown variant"),
                Err(NotUnderstood::Unknown) => false,
            };
            assert!(is_name, "{name}: {read:?}");
        }
        let other = serde_json::from_value::<Do>(json!({"do": "?", "with": {}})).expect_err("no such do").to_string();
        assert_eq!(other.matches('`').count() / 2 - 1, KNOWN.len(), "{other}");
    }
}

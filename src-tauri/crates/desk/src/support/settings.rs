//! The settings file as others may read it: by a list of harmless keys; of everything else only that it is there.

use toml::{Table, Value};

use super::Masking;
use crate::settings::SettingsFile;

/// Keys whose text is a choice among words, a group of short numbers, or a port: it tells nothing of anybody.
const HARMLESS: &[&str] = &[
    "listener.bind",
    "listener.tls",
    "desk.extension",
    "desk.groups",
    "desk.pop",
    "feed.bind",
    "directory.kind",
    "directory.fallback",
    "directory.mgerm.keep",
    "directory.fhir.auth",
    "directory.fhir.phone_search",
    "directory.http.preset",
    "store.encryption",
    "clinic.time_zone",
    "clinic.country",
    "clinic.area_code",
];
/// Tables whose keys are typed by people.
const TYPED_KEYS: &[&str] = &["lines", "directory.file.columns", "directory.mgerm.card", "directory.http"];
/// A number of more digits could be somebody's.
const LARGEST_NUMBER: i64 = 999_999;

/// The settings without comments, secrets, names, paths and numbers; a file that makes no sense is only said to be one.
pub(super) fn told(text: &str, masking: &Masking) -> String {
    let Ok(file) = toml::from_str::<SettingsFile>(text) else {
        return "# the settings file makes no sense as it stands\n".to_owned();
    };
    let Ok(mut table) = Table::try_from(&file) else { return String::new() };
    hide("", &mut table, masking);
    toml::to_string_pretty(&table).unwrap_or_default()
}

fn hide(prefix: &str, table: &mut Table, masking: &Masking) {
    for (key, value) in table.iter_mut() {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        let harmless = HARMLESS.contains(&path.as_str());
        match value {
            Value::Table(inner) if TYPED_KEYS.contains(&path.as_str()) => {
                let preset = inner.get("preset").and_then(Value::as_str).map(|preset| masking.text(preset));
                let mut told = Table::new();
                told.insert("entries".to_owned(), count(inner.len()));
                told.extend(preset.map(|preset| ("preset".to_owned(), Value::String(preset))));
                *inner = told;
            }
            Value::Table(inner) => hide(&path, inner, masking),
            Value::String(text) if harmless => *text = masking.text(text),
            Value::String(text) => *text = hidden(text),
            Value::Array(items) if harmless && items.iter().all(Value::is_str) => {
                for item in items {
                    *item = Value::String(masking.text(item.as_str().unwrap_or_default()));
                }
            }
            Value::Array(items) => *value = Value::String(format!("… ({})", items.len())),
            Value::Integer(number) if number.unsigned_abs() > LARGEST_NUMBER.unsigned_abs() => {
                *value = Value::String("•••".to_owned());
            }
            Value::Integer(_) | Value::Boolean(_) | Value::Float(_) | Value::Datetime(_) => {}
        }
    }
}

/// Whether there is anything, and how an address begins.
fn hidden(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    match text.split_once("://") {
        Some((scheme @ ("http" | "https" | "postgres" | "postgresql" | "sqlite"), _)) => format!("{scheme}://…"),
        Some(_) | None => "…".to_owned(),
    }
}

fn count(of: usize) -> Value {
    Value::Integer(i64::try_from(of).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn only_harmless_keys_are_told() {
        let masking = Masking::new(vec!["typedSecret".to_owned()], Path::new("/clinic"));
        let told = told(
            "# спросить Иванову\n[vpbx]\napi_base = \"https://typedSecret.example/vpbx/\"\n[listener]\nbind = \"0.0.0.0:8082\"\n\
             tls = { cert = \"/home/ivan/c.pem\", key = \"/home/ivan/k.pem\" }\nallow = [\"81.88.80.132\"]\n\
             [desk]\nextension = \"201\"\ngroups = [\"300\"]\nline = \"+74995550199\"\n[lines]\n\"+74995550199\" = \"Яндекс\"\n\
             [directory]\nkind = \"sql\"\n[directory.sql]\nurl = \"postgres://u:typedSecret@h/mis\"\n[directory.http]\n\
             preset = \"renovatio\"\n[directory.http.headers]\n\"X-Ivanova\" = \"y\"\n[clinic]\nname = \"Мята\"\n",
            &masking,
        );
        for secret in ["Иванов", "typedSecret", "ivan", "4995550199", "Яндекс", "Ivanova", "Мята", "81.88", "спросить"]
        {
            assert!(!told.contains(secret), "{secret} in\n{told}");
        }
        for kept in [
            "bind = \"0.0.x.x:8082\"",
            "extension = \"201\"",
            "\"300\"",
            "kind = \"sql\"",
            "postgres://…",
            "keep_days = 365",
            "renovatio",
        ] {
            assert!(told.contains(kept), "{kept} not in\n{told}");
        }
    }

    #[test]
    fn a_broken_file_is_not_quoted() {
        let masking = Masking::new(Vec::new(), Path::new("/clinic"));
        assert!(!told("[desk\nИванова = 79005550101", &masking).contains("Иванова"));
    }
}

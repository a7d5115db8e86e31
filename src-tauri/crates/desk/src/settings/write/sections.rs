//! `[directory.…]`: the sections of the kinds. What was never typed is not written, and what a person wrote around the
//! values stays.

use serde::Serialize;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value, value};

use super::put;

/// Brings `[directory.<name>]` from what stands there to what is wanted. Keys that are neither in the file nor
/// different from the usual stay out; a key that is gone from the section goes from the file.
pub(super) fn write<S: Serialize + Default + PartialEq>(document: &mut DocumentMut, name: &str, stands: &S, next: &S) {
    if stands == next {
        return;
    }
    let table = |section: &S| toml::Table::try_from(section).unwrap_or_default();
    let directory = document.entry("directory").or_insert_with(toml_edit::table);
    if !directory.is_table() {
        *directory = toml_edit::table();
    }
    if let Some(directory) = directory.as_table_mut() {
        merge_into(directory, name, &table(stands), &table(next), &table(&S::default()));
    }
}

fn merge_into(parent: &mut Table, name: &str, stands: &toml::Table, next: &toml::Table, usual: &toml::Table) {
    let nothing = toml::Table::new();
    let was_table = parent.get(name).is_some_and(Item::is_table);
    // One that is written on a line of its own is written anew, whole.
    let stands = if was_table { stands } else { &nothing };
    if !was_table {
        parent.insert(name, toml_edit::table());
    }
    let Some(table) = parent.get_mut(name).and_then(Item::as_table_mut) else { return };
    for (key, wanted) in next {
        let usual = usual.get(key);
        let of = |value: Option<&toml::Value>| value.and_then(toml::Value::as_table).cloned().unwrap_or_default();
        if let toml::Value::Table(inner) = wanted {
            let stood = of(stands.get(key));
            if inner.is_empty() {
                table.remove(key);
            } else if *inner != stood {
                merge_into(table, key, &stood, inner, &of(usual));
            }
        } else if table.contains_key(key) || usual != Some(wanted) {
            put(table, key, value(edited(wanted)));
        }
    }
    for key in stands.keys().filter(|key| !next.contains_key(*key)) {
        table.remove(key);
    }
}

fn edited(from: &toml::Value) -> Value {
    match from {
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(yes) => (*yes).into(),
        toml::Value::Datetime(at) => at.to_string().into(),
        toml::Value::Array(values) => Value::Array(values.iter().map(edited).collect::<Array>()),
        toml::Value::Table(table) => {
            Value::InlineTable(table.iter().map(|(key, value)| (key.as_str(), edited(value))).collect::<InlineTable>())
        }
    }
}

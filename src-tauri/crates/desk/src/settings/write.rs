//! Writing the settings file: what a person wrote around the values stays.

mod sections;

use std::collections::BTreeMap;
use std::path::Path;

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, Value, value};

use super::file::{self, SettingsFile, TlsSection, WrapUpChoiceSection};

/// A fresh settings file with its comments.
pub const TEMPLATE: &str = include_str!("template.toml");

/// Writes `file` to `path`, keeping comments, unknown keys and order of what stands there; the old file is replaced
/// in one step, so that a crash leaves either of the two.
///
/// # Errors
/// When the folder or the file cannot be written.
pub fn write_over(path: &Path, file: &SettingsFile) -> std::io::Result<()> {
    let before = std::fs::read_to_string(path).unwrap_or_default();
    let text = merged(&before, file);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("toml.new");
    std::fs::write(&beside, text)?;
    std::fs::rename(&beside, path)
}

fn merged(before: &str, file: &SettingsFile) -> String {
    let text = if before.trim().is_empty() { TEMPLATE } else { before };
    let mut document: DocumentMut = text.parse().or_else(|_| TEMPLATE.parse()).unwrap_or_else(|_| DocumentMut::new());
    let stands = file::read(&document.to_string()).map(|(stands, _)| stands).unwrap_or_default();
    document["version"] = value(1);
    set(&mut document, &["vpbx"], "api_base", value(&file.vpbx.api_base));
    set(&mut document, &["vpbx"], "ask_about_callers", value(file.vpbx.ask_about_callers));
    set(&mut document, &["listener"], "bind", value(&file.listener.bind));
    set(&mut document, &["listener"], "path", value(&file.listener.path));
    set(&mut document, &["listener"], "tls", tls(&file.listener.tls));
    set(&mut document, &["listener"], "allow", list(&file.listener.allow));
    // Only what was ever typed: an old file that has no proxies needs no line about them.
    if stands.listener.behind_proxy != file.listener.behind_proxy {
        set(&mut document, &["listener"], "behind_proxy", list(&file.listener.behind_proxy));
    }
    set(&mut document, &["desk"], "extension", value(&file.desk.extension));
    set(&mut document, &["desk"], "groups", list(&file.desk.groups));
    if let Some(pop) = &file.desk.pop {
        set(&mut document, &["desk"], "pop", value(pop));
    }
    set(&mut document, &["desk"], "line", value(file.desk.line.trim()));
    set(&mut document, &["desk"], "auto_answer", value(file.desk.auto_answer));
    set(&mut document, &["feed"], "bind", value(&file.feed.bind));
    set(&mut document, &["directory"], "kind", value(&file.directory.kind));
    set(&mut document, &["directory"], "timeout_ms", number(file.directory.timeout_ms));
    match &file.directory.open_url {
        Some(url) => set(&mut document, &["directory"], "open_url", value(url)),
        None => drop(document.get_mut("directory").and_then(Item::as_table_mut).map(|table| table.remove("open_url"))),
    }
    if stands.directory.fallback != file.directory.fallback {
        set(&mut document, &["directory"], "fallback", value(&file.directory.fallback));
    }
    if stands.directory.certificate != file.directory.certificate {
        set(&mut document, &["directory"], "certificate", value(&file.directory.certificate));
    }
    set(&mut document, &["directory", "file"], "path", value(&file.directory.file.path));
    sections::write(&mut document, "mgerm", &stands.directory.mgerm, &file.directory.mgerm);
    sections::write(&mut document, "fhir", &stands.directory.fhir, &file.directory.fhir);
    sections::write(&mut document, "http", &stands.directory.http, &file.directory.http);
    sections::write(&mut document, "sql", &stands.directory.sql, &file.directory.sql);
    set(&mut document, &["store"], "encryption", value(&file.store.encryption));
    set(&mut document, &["history"], "keep_days", value(i64::from(file.history.keep_days)));
    set(&mut document, &["clinic"], "time_zone", value(&file.clinic.time_zone));
    set(&mut document, &["clinic"], "country", value(&file.clinic.country));
    set(&mut document, &["clinic"], "area_code", value(&file.clinic.area_code));
    set(&mut document, &["clinic"], "name", value(&file.clinic.name));
    set(&mut document, &["missed"], "ignore_under_s", value(i64::from(file.missed.ignore_under_s)));
    if stands.lines != file.lines {
        name_lines(&mut document, &file.lines);
    }
    if stands.sms.templates != file.sms.templates {
        let rows: Vec<[&str; 2]> =
            file.sms.templates.iter().map(|template| [template.name.as_str(), template.text.as_str()]).collect();
        write_tables(&mut document, "sms", "templates", ["name", "text"], &rows);
    }
    if stands.wrap_up.outcomes != file.wrap_up.outcomes {
        write_tables(&mut document, "wrap_up", "outcomes", ["name", "key"], &choices(&file.wrap_up.outcomes));
    }
    if stands.wrap_up.tags != file.wrap_up.tags {
        write_tables(&mut document, "wrap_up", "tags", ["name", "key"], &choices(&file.wrap_up.tags));
    }
    document.to_string()
}

/// `[lines]`: new names in, changed ones changed, removed ones out; whatever is written beside them stays.
fn name_lines(document: &mut DocumentMut, names: &BTreeMap<String, String>) {
    if let Some(table) = document.get_mut("lines").and_then(Item::as_table_mut) {
        table.retain(|number, _| names.contains_key(number));
    }
    for (number, name) in names {
        set(document, &["lines"], number, value(name));
    }
}

/// A list of tables, `[[sms.templates]]`: each has the same keys, and keeps its comments as long as its first value, or else
/// its second, is the same. None at all is written too: without the key the ready-made ones would come back.
fn write_tables(document: &mut DocumentMut, section: &str, list: &str, keys: [&str; 2], rows: &[[&str; 2]]) {
    if rows.is_empty() {
        set(document, &[section], list, value(toml_edit::Array::new()));
        return;
    }
    let old = document.get(section).and_then(|table| table.get(list)).and_then(Item::as_array_of_tables);
    let mut old: Vec<Table> = old.map(|tables| tables.iter().cloned().collect()).unwrap_or_default();
    // The order of the list is the order of the file: places go to the tables in turn.
    let mut places: Vec<isize> = old.iter().filter_map(Table::position).collect();
    places.sort_unstable();
    let mut places = places.into_iter();
    let mut tables = ArrayOfTables::new();
    for row in rows {
        let has = |table: &Table, index: usize| {
            !row[index].is_empty() && table.get(keys[index]).and_then(Item::as_str) == Some(row[index])
        };
        let same = old.iter().position(|table| has(table, 0)).or_else(|| old.iter().position(|table| has(table, 1)));
        let mut table = same.map_or_else(Table::new, |index| old.remove(index));
        for (key, text) in keys.iter().zip(row) {
            put(&mut table, key, value(*text));
        }
        table.set_position(places.next());
        tables.push(table);
    }
    let table = document.entry(section).or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    if !table.is_table() {
        *table = toml_edit::table();
    }
    if let Some(table) = table.as_table_mut() {
        table.insert(list, Item::ArrayOfTables(tables));
    }
}

fn choices(list: &[WrapUpChoiceSection]) -> Vec<[&str; 2]> {
    list.iter().map(|choice| [choice.name.as_str(), choice.key.as_str()]).collect()
}

fn set(document: &mut DocumentMut, path: &[&str], key: &str, item: Item) {
    let mut table: &mut Table = document.as_table_mut();
    for name in path {
        let next = table.entry(name).or_insert_with(toml_edit::table);
        if !next.is_table() {
            *next = toml_edit::table();
        }
        let Some(inner) = next.as_table_mut() else { return };
        table = inner;
    }
    put(table, key, item);
}

fn put(table: &mut Table, key: &str, mut item: Item) {
    if let (Some(old), Some(new)) = (table.get(key).and_then(Item::as_value), item.as_value_mut()) {
        // A list may have a comment on every line.
        if is_same(old, new) {
            return;
        }
        // The comment behind a value belongs to the key, not to the value it had.
        *new.decor_mut() = old.decor().clone();
    }
    // Inserting would make the key anew, without the comment above it.
    match table.get_mut(key) {
        Some(place) => *place = item,
        None => drop(table.insert(key, item)),
    }
}

/// Whether two values mean the same, however they are written.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.value() == other.value(),
        (Value::Integer(one), Value::Integer(other)) => one.value() == other.value(),
        (Value::Boolean(one), Value::Boolean(other)) => one.value() == other.value(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (_, _) => false,
    }
}

fn list(texts: &[String]) -> Item {
    value(texts.iter().map(String::as_str).collect::<toml_edit::Array>())
}

fn number(of: u64) -> Item {
    value(i64::try_from(of).unwrap_or(i64::MAX))
}

fn tls(section: &TlsSection) -> Item {
    match section {
        TlsSection::Word(word) => value(word),
        TlsSection::Files { cert, key } => {
            let mut files = toml_edit::InlineTable::new();
            files.insert("cert", cert.as_str().into());
            files.insert("key", key.as_str().into());
            value(files)
        }
    }
}

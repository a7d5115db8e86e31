//! Writing the settings file: what a person wrote around the values stays.

use std::path::Path;

use toml_edit::{DocumentMut, Item, Table, value};

use super::file::{SettingsFile, TlsSection};

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
    document["version"] = value(1);
    set(&mut document, &["vpbx"], "api_base", value(&file.vpbx.api_base));
    set(&mut document, &["listener"], "bind", value(&file.listener.bind));
    set(&mut document, &["listener"], "path", value(&file.listener.path));
    set(&mut document, &["listener"], "tls", tls(&file.listener.tls));
    set(&mut document, &["listener"], "allow", list(&file.listener.allow));
    set(&mut document, &["desk"], "extension", value(&file.desk.extension));
    set(&mut document, &["desk"], "groups", list(&file.desk.groups));
    if let Some(pop) = &file.desk.pop {
        set(&mut document, &["desk"], "pop", value(pop));
    }
    set(&mut document, &["feed"], "bind", value(&file.feed.bind));
    set(&mut document, &["directory"], "kind", value(&file.directory.kind));
    set(&mut document, &["directory"], "timeout_ms", number(file.directory.timeout_ms));
    if let Some(url) = &file.directory.open_url {
        set(&mut document, &["directory"], "open_url", value(url));
    }
    set(&mut document, &["directory", "file"], "path", value(&file.directory.file.path));
    set(&mut document, &["store"], "encryption", value(&file.store.encryption));
    set(&mut document, &["history"], "keep_days", value(i64::from(file.history.keep_days)));
    set(&mut document, &["clinic"], "time_zone", value(&file.clinic.time_zone));
    set(&mut document, &["clinic"], "country", value(&file.clinic.country));
    set(&mut document, &["clinic"], "area_code", value(&file.clinic.area_code));
    set(&mut document, &["missed"], "ignore_under_s", value(i64::from(file.missed.ignore_under_s)));
    document.to_string()
}

fn set(document: &mut DocumentMut, path: &[&str], key: &str, mut item: Item) {
    let mut table: &mut Table = document.as_table_mut();
    for name in path {
        let next = table.entry(name).or_insert_with(toml_edit::table);
        if !next.is_table() {
            *next = toml_edit::table();
        }
        let Some(inner) = next.as_table_mut() else { return };
        table = inner;
    }
    // The comment behind a value belongs to the key, not to the value it had.
    if let (Some(old), Some(new)) = (table.get(key).and_then(Item::as_value), item.as_value_mut()) {
        *new.decor_mut() = old.decor().clone();
    }
    table.insert(key, item);
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

//! The part of the settings that says where patients are looked up: every kind's section, whichever is chosen.

use desk::settings::{DirectorySection, FhirSection, HttpSection, MgermSection, SettingsError, SqlSection};
use serde::{Deserialize, Serialize};

/// `[directory]` as the window edits it. What is typed for another kind stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct DirectoryView {
    kind: String,
    /// The CSV: the directory itself, or what answers when another does not.
    path: String,
    timeout_ms: u64,
    /// Empty: charts are not opened.
    open_url: String,
    fallback: String,
    certificate: String,
    mgerm: MgermSection,
    fhir: FhirSection,
    http: HttpView,
    sql: SqlSection,
}

/// `[directory.http]`: what everybody sets, and the description as a text of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct HttpView {
    preset: String,
    base: String,
    /// How the secret is shown: `session LOGIN`, `bearer`, …; empty: as the ready-made description says.
    auth: String,
    /// The rest of the section, TOML.
    text: String,
}

/// Keys that have a field of their own.
const FIELDS: [&str; 3] = ["preset", "base", "auth"];
const DESCRIPTION: &str = "directory.http";

impl DirectoryView {
    pub(super) fn of(section: &DirectorySection) -> DirectoryView {
        DirectoryView {
            kind: section.kind.clone(),
            path: section.file.path.clone(),
            timeout_ms: section.timeout_ms,
            open_url: section.open_url.clone().unwrap_or_default(),
            fallback: section.fallback.clone(),
            certificate: section.certificate.clone(),
            mgerm: section.mgerm.clone(),
            fhir: section.fhir.clone(),
            http: HttpView::of(&section.http),
            sql: section.sql.clone(),
        }
    }

    /// # Errors
    /// The description of the API is no TOML, or has keys of another shape.
    pub(super) fn put_into(self, section: &mut DirectorySection) -> Result<(), SettingsError> {
        section.http = self.http.section()?;
        section.kind = self.kind;
        section.file.path = self.path;
        section.timeout_ms = self.timeout_ms;
        let open_url = self.open_url.trim();
        section.open_url = (!open_url.is_empty()).then(|| open_url.to_owned());
        section.fallback = self.fallback;
        section.certificate = self.certificate;
        section.mgerm = self.mgerm;
        section.fhir = self.fhir;
        section.sql = self.sql;
        Ok(())
    }
}

impl HttpView {
    fn of(section: &HttpSection) -> HttpView {
        let mut table = toml::Table::try_from(section).unwrap_or_default();
        let mut field = |name: &str| match table.remove(name) {
            Some(toml::Value::String(text)) => text,
            Some(_) | None => String::new(),
        };
        let [preset, base, auth] = FIELDS.map(&mut field);
        // What nobody typed is no line of the description.
        table.retain(|_, value| !value.as_table().is_some_and(toml::Table::is_empty));
        HttpView { preset, base, auth, text: toml::to_string_pretty(&table).unwrap_or_default() }
    }

    fn section(self) -> Result<HttpSection, SettingsError> {
        let mut table: toml::Table = toml::from_str(&self.text).map_err(|error| {
            let before = error.span().and_then(|span| self.text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            wrong(DESCRIPTION.to_owned(), format!("строка {line}: {}", error.message()))
        })?;
        for (name, text) in FIELDS.into_iter().zip([self.preset, self.base, self.auth]) {
            // A field beats the same key in the text only when it says something.
            if !text.trim().is_empty() {
                table.insert(name.to_owned(), toml::Value::String(text.trim().to_owned()));
            }
        }
        table.try_into().map_err(|error: toml::de::Error| wrong(DESCRIPTION.to_owned(), error.message().to_owned()))
    }
}

fn wrong(key: String, wrong: String) -> SettingsError {
    SettingsError { key, wrong, right: "write it as in the README, chapter on directories".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_comes_back_as_it_was_typed() {
        let mut section = DirectorySection {
            kind: "fhir".to_owned(),
            fallback: "file".to_owned(),
            open_url: Some("https://mis.example/{id}".to_owned()),
            ..DirectorySection::default()
        };
        section.file.path = "patients.csv".to_owned();
        section.file.columns.insert("phone".to_owned(), "Тел".to_owned());
        section.mgerm.card.insert("debt".to_owned(), "$.debt".to_owned());
        section.fhir.scopes = vec!["system/Patient.read".to_owned()];
        section.sql.query = "select 1\nfrom x".to_owned();
        section.http.base = "https://mis.example/api".to_owned();
        let json = serde_json::to_string(&DirectoryView::of(&section)).unwrap();
        let view: DirectoryView = serde_json::from_str(&json).unwrap();
        let mut saved = section.clone();
        view.put_into(&mut saved).unwrap();
        assert_eq!(saved, section);
    }

    #[test]
    fn an_empty_address_of_charts_is_none() {
        let mut section =
            DirectorySection { open_url: Some("https://mis.example/{id}".to_owned()), ..Default::default() };
        let mut view = DirectoryView::of(&section);
        view.open_url = "  ".to_owned();
        view.put_into(&mut section).unwrap();
        assert_eq!(section.open_url, None);
    }

    #[test]
    fn a_description_that_is_no_toml_names_its_line_and_changes_nothing() {
        let mut section = DirectorySection::default();
        let mut view = DirectoryView::of(&section);
        view.kind = "http".to_owned();
        view.http.text = "dates = []\n[look_up\npath = 1".to_owned();
        let error = view.put_into(&mut section).unwrap_err();
        assert_eq!(error.key, "directory.http");
        assert!(error.wrong.contains("строка 2"), "{error}");
        assert_eq!(section, DirectorySection::default());
    }

    #[test]
    fn fields_stand_beside_the_description() {
        let mut section = DirectorySection::default();
        let mut view = DirectoryView::of(&section);
        assert_eq!(view.http.text, "");
        view.http.preset = "renovatio".to_owned();
        view.http.base = " https://mis.example/api ".to_owned();
        view.put_into(&mut section).unwrap();
        assert_eq!(
            (section.http.preset.as_str(), section.http.base.as_str()),
            ("renovatio", "https://mis.example/api")
        );
        let again = DirectoryView::of(&section);
        assert!(!again.http.text.contains("preset") && !again.http.text.contains("mis.example"), "{}", again.http.text);
    }
}

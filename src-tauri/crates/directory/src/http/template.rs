//! Templates of the settings. A value is escaped for the place where it lands, whatever the template says, and a name
//! that does not exist is an error.

use std::fmt::Write as _;

use base64::Engine as _;
use jiff::ToSpan as _;
use jiff::civil::Date;
use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};

use crate::link::percent_encoded;
use crate::settings::SectionError;
use crate::source::DirectoryError;

/// More instructions than any honest template has.
const FUEL: u64 = 50_000;

/// Where a template's text lands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In an address: values are percent-encoded.
    Address,
    /// In a header or a form's field, which are escaped as a whole.
    Plain,
    /// In JSON: values are JSON.
    Json,
}

/// A template, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    /// The setting it stands in.
    pub(super) key: String,
    place: Place,
}

/// All templates of one description.
pub(super) struct Templates {
    address: Environment<'static>,
    plain: Environment<'static>,
    json: Environment<'static>,
}

impl Templates {
    pub(super) fn new() -> Templates {
        let mut address = environment();
        address.set_formatter(in_address);
        let mut plain = environment();
        plain.set_formatter(in_plain_text);
        let mut json = environment();
        json.set_formatter(in_json);
        Templates { address, plain, json }
    }

    /// # Errors
    /// It cannot be parsed; the error names `key`.
    pub(super) fn add(&mut self, key: &str, text: &str, place: Place) -> Result<Template, SectionError> {
        let environment = match place {
            Place::Address => &mut self.address,
            Place::Plain => &mut self.plain,
            Place::Json => &mut self.json,
        };
        environment.add_template_owned(key.to_owned(), text.to_owned()).map_err(|error| wrong(key, &error))?;
        Ok(Template { key: key.to_owned(), place })
    }

    /// # Errors
    /// A variable is missing, or a value cannot stand there.
    pub(super) fn fill(&self, template: &Template, values: &Value) -> Result<String, Error> {
        let environment = match template.place {
            Place::Address => &self.address,
            Place::Plain => &self.plain,
            Place::Json => &self.json,
        };
        environment.get_template(&template.key)?.render(values.clone())
    }

    /// As [`Templates::fill`], for a template that was tried when the settings were read.
    pub(super) fn filled(&self, template: &Template, values: &Value) -> Result<String, DirectoryError> {
        self.fill(template, values).map_err(|error| DirectoryError::Unavailable {
            why: format!("запрос не составлен, проверьте настройку {} ({})", template.key, error.kind()),
        })
    }
}

/// A template that cannot be used. The template's own text is quoted by minijinja at most as a name.
pub(super) fn wrong(key: &str, error: &Error) -> SectionError {
    let place = error.line().map(|line| format!(" in line {line}")).unwrap_or_default();
    let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    SectionError::new(
        key,
        format!("the template is wrong{place}: {}{detail}", error.kind()),
        "name only known variables, as in \"{{ phone }}\"",
    )
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    // It would print every variable, the secret too.
    environment.remove_global("debug");
    environment.add_filter("day", day);
    environment.add_filter("plus", plus);
    environment.add_filter("base64", |text: String| base64::engine::general_purpose::STANDARD.encode(text));
    environment
}

/// `{{ today | day("%d.%m.%Y") }}`
fn day(text: String, format: String) -> Result<String, Error> {
    let date = date(&text)?;
    let mut written = String::new();
    write!(written, "{}", date.strftime(&format))
        .map_err(|_| Error::new(ErrorKind::InvalidOperation, "no such format of days"))?;
    Ok(written)
}

/// `{{ today | plus(30) }}`, `{{ today | plus(-365) }}`
fn plus(text: String, days: i32) -> Result<String, Error> {
    let date = date(&text)?.saturating_add(days.days());
    Ok(date.to_string())
}

fn date(text: &str) -> Result<Date, Error> {
    text.parse().map_err(|_| Error::new(ErrorKind::InvalidOperation, "this is no day"))
}

fn in_address(output: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let text = scalar(value)?;
    // A part of a path that is dots only would climb out of it.
    if !text.is_empty() && text.chars().all(|letter| letter == '.') {
        return Err(Error::new(ErrorKind::BadEscape, "a value of dots cannot stand in an address"));
    }
    Ok(output.write_str(&percent_encoded(&text))?)
}

fn in_plain_text(output: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    Ok(output.write_str(&scalar(value)?)?)
}

fn in_json(output: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let json = serde_json::to_string(value).map_err(|_| Error::new(ErrorKind::BadSerialization, "not JSON"))?;
    Ok(output.write_str(&json)?)
}

/// A list or a map has no place outside JSON.
fn scalar(value: &Value) -> Result<String, Error> {
    if matches!(value.kind(), ValueKind::String | ValueKind::Number | ValueKind::Bool) {
        return Ok(value.to_string());
    }
    Err(Error::new(ErrorKind::BadEscape, "only one value can stand here, not a list"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::context;
    use proptest::prelude::*;

    fn fill(text: &str, place: Place, values: Value) -> Result<String, String> {
        let mut templates = Templates::new();
        let template = templates.add("key", text, place).map_err(|error| error.to_string())?;
        templates.fill(&template, &values).map_err(|error| error.to_string())
    }

    #[test]
    fn values_are_escaped_for_their_place() {
        let values = context! { phone => "+7 900&x=\"1\"", list => ["a\"", "б"] };
        assert_eq!(
            fill("p?t={{ phone }}", Place::Address, values.clone()).as_deref(),
            Ok("p?t=%2B7%20900%26x%3D%221%22")
        );
        assert_eq!(fill("{{ phone }}", Place::Plain, values.clone()).as_deref(), Ok("+7 900&x=\"1\""));
        let json = fill(r#"{"a": {{ phone }}, "l": {{ list }}}"#, Place::Json, values.clone()).unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json, serde_json::json!({"a": "+7 900&x=\"1\"", "l": ["a\"", "б"]}));
        assert!(fill("{{ list }}", Place::Address, values).is_err());
    }

    #[test]
    fn nothing_pastes_raw() {
        let values = || context! { phone => "\", \"admin\": \"yes" };
        for text in ["{{ phone | safe }}", "{% autoescape false %}{{ phone }}{% endautoescape %}"] {
            let json = fill(&format!(r#"{{"a": {text}}}"#), Place::Json, values()).unwrap();
            let json: serde_json::Value = serde_json::from_str(&json).unwrap();
            assert_eq!(json.as_object().unwrap().len(), 1, "{text}");
            let address = fill(text, Place::Address, values()).unwrap();
            assert!(!address.contains(['"', ' ', ',']), "{address}");
        }
        assert!(fill("{{ debug() }}", Place::Plain, values()).is_err());
        assert!(fill("p/{{ id }}", Place::Address, context! { id => ".." }).is_err());
    }

    #[test]
    fn unknown_names_and_endless_loops_are_errors() {
        assert!(fill("{{ fone }}", Place::Plain, context! { phone => "1" }).is_err());
        assert!(fill("{{ phone", Place::Plain, context! {}).unwrap_err().contains("key"));
        let endless = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
        assert!(fill(endless, Place::Plain, context! {}).is_err());
    }

    #[test]
    fn days_are_reckoned_and_written() {
        let values = context! { today => "2026-11-24" };
        assert_eq!(
            fill("{{ today | plus(-365) | day('%d.%m.%Y') }}", Place::Plain, values).as_deref(),
            Ok("24.11.2025")
        );
        assert_eq!(fill("{{ 'a:б' | base64 }}", Place::Plain, context! {}).as_deref(), Ok("YTrQsQ=="));
    }

    proptest! {
        #[test]
        fn an_address_keeps_its_shape(text in "\\PC{0,20}") {
            if let Ok(filled) = fill("a/{{ x }}?b={{ x }}", Place::Address, context! { x => text }) {
                let url = url(&filled);
                prop_assert_eq!(url.path_segments().unwrap().count(), 2);
                prop_assert_eq!(url.query_pairs().count(), 1);
                prop_assert!(url.fragment().is_none());
            }
        }
    }

    fn url(path: &str) -> reqwest::Url {
        reqwest::Url::parse(&format!("http://mis.example/{path}")).unwrap()
    }
}

//! Ready-made descriptions. What the settings say outranks them, key by key.

use toml::{Table, Value};

use super::section::Section;
use crate::settings::SectionError;

/// A ready-made description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// What `preset` says.
    pub name: &'static str,
    /// The system's name.
    pub title: &'static str,
    /// Whether it was tried on a running system; else it follows documents and other people's clients.
    pub checked_live: bool,
    /// The TOML, with remarks in Russian.
    pub text: &'static str,
}

const PRESETS: [Preset; 5] = [
    Preset {
        name: "renovatio",
        title: "Renovatio (Реновация)",
        checked_live: false,
        text: include_str!("presets/renovatio.toml"),
    },
    Preset { name: "macdent", title: "MacDent", checked_live: false, text: include_str!("presets/macdent.toml") },
    Preset {
        name: "gnu-health",
        title: "GNU Health",
        checked_live: true,
        text: include_str!("presets/gnu-health.toml"),
    },
    Preset {
        name: "opendental",
        title: "Open Dental",
        checked_live: false,
        text: include_str!("presets/opendental.toml"),
    },
    Preset {
        name: "openemr",
        title: "OpenEMR (REST)",
        checked_live: false,
        text: include_str!("presets/openemr.toml"),
    },
];

/// Every ready-made description.
#[must_use]
pub fn presets() -> &'static [Preset] {
    &PRESETS
}

fn find(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name.trim())
}

/// What is known of a preset, for a check.
pub(super) fn label(name: &str) -> Option<String> {
    let preset = find(name)?;
    let known = if preset.checked_live {
        "проверено на живой системе"
    } else {
        "по документации"
    };
    Some(format!("описание «{}»: {known}", preset.title))
}

/// The settings laid over their preset.
///
/// # Errors
/// There is no such preset.
pub(super) fn merged(section: &Section) -> Result<Section, SectionError> {
    if section.preset.trim().is_empty() {
        return Ok(section.clone());
    }
    let unusable = |problem: String| {
        let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
        SectionError::new("directory.http.preset", problem, format!("write one of {}, or nothing", names.join(", ")))
    };
    let preset = find(&section.preset).ok_or_else(|| unusable(format!("\"{}\" is unknown", section.preset.trim())))?;
    let mut whole: Table = preset.text.parse().map_err(|_| unusable("its text is damaged".to_owned()))?;
    let typed = Table::try_from(section).map_err(|_| unusable("it cannot be changed so".to_owned()))?;
    lay_over(&mut whole, typed);
    Value::Table(whole).try_into().map_err(|_| unusable("it cannot be changed so".to_owned()))
}

fn lay_over(under: &mut Table, over: Table) {
    for (key, value) in over {
        match (key.as_str(), &value) {
            // A form and a body exclude each other; the settings' own is meant.
            ("body", _) => drop(under.remove("form")),
            ("form", Value::Table(fields)) if !fields.is_empty() => drop(under.remove("body")),
            _ => {}
        }
        match (under.get_mut(&key), value) {
            (Some(Value::Table(under)), Value::Table(over)) => lay_over(under, over),
            (_, value) => drop(under.insert(key, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_read_whole() {
        for preset in presets() {
            let table: Table = preset.text.parse().unwrap();
            let section: Section = Value::Table(table.clone()).try_into().unwrap();
            // What the section does not know would be lost without a word.
            assert_eq!(Table::try_from(&section).unwrap(), without_empty(table), "{}", preset.name);
            let says = preset.text.contains("проверено на живой системе");
            assert_eq!(says, preset.checked_live, "{}: its text says the same", preset.name);
            assert!(says || preset.text.contains("по документации"), "{}", preset.name);
        }
    }

    /// Tables that every section has, though they are blank.
    fn without_empty(mut table: Table) -> Table {
        for name in ["session", "look_up", "search", "visits", "sex"] {
            table.entry(name).or_insert(Value::Table(Table::new()));
        }
        table
    }

    #[test]
    fn settings_outrank_the_preset_key_by_key() {
        let section: Section = toml::from_str(
            "preset = 'macdent'\nbase = 'https://other.example'\n[person]\nnote = '$.remark'\nchart = ''\n\
             [look_up]\nbody = '{}'\n",
        )
        .unwrap();
        let merged = merged(&section).unwrap();
        assert_eq!(merged.base, "https://other.example");
        assert_eq!(merged.person["note"].written(), ["$.remark"]);
        assert!(merged.person["chart"].written().is_empty());
        assert!(!merged.person["phones"].written().is_empty(), "the rest is the preset's");
        assert!(merged.look_up.form.is_empty() && merged.look_up.body == "{}");
        let unknown = super::merged(&Section { preset: "sap".to_owned(), ..Section::default() }).unwrap_err();
        assert_eq!(unknown.key, "directory.http.preset");
    }
}

//! Opens a patient's chart in the program that owns its address.

use std::sync::Arc;

use tauri::{AppHandle, Manager, Url};
use tauri_plugin_opener::OpenerExt as _;

use crate::host::Host;

/// Why a card was not opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CardError {
    /// Not an address, or of a kind that the settings do not name.
    #[error("this address may not be opened")]
    NotAllowed,
    /// The system has nothing that opens it.
    #[error("nothing opens it")]
    Opener(#[from] tauri_plugin_opener::Error),
}

/// Opens a web address, or one of the scheme that the settings' `open_url` has (`mis://…`). Nothing else: an
/// address comes from a patient's record, and `file:` or a script would run on this computer.
pub(crate) fn open(app: &AppHandle, url: &str) -> Result<(), CardError> {
    let known = app.state::<Arc<Host>>().known();
    let own = known.loaded.settings.directory.open_url.as_deref().and_then(scheme_of);
    // What was looked at is opened, not how it was written: the parser drops tabs, line ends and what leads.
    let address = address(url, own.as_deref()).ok_or(CardError::NotAllowed)?;
    Ok(app.opener().open_url(address, None::<&str>)?)
}

/// The address, when it may be opened.
fn address(url: &str, own: Option<&str>) -> Option<Url> {
    let url = Url::parse(url).ok()?;
    let scheme = url.scheme();
    let may = matches!(scheme, "http" | "https")
        || own.is_some_and(|own| own == scheme && !matches!(own, "file" | "javascript" | "data" | "vbscript"));
    may.then_some(url)
}

/// The scheme of a template: `{id}` in it is not yet an address.
fn scheme_of(template: &str) -> Option<String> {
    let (scheme, _) = template.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    is_scheme.then(|| scheme.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_open(url: &str, own: Option<&str>) -> bool {
        address(url, own).is_some()
    }

    #[test]
    fn web_addresses_and_the_own_scheme_only() {
        assert!(may_open("https://mis.example/card/12", None));
        assert!(may_open("http://10.0.0.5/card/12", Some("mis")));
        assert!(may_open("mis:card/12", Some("mis")));
        assert!(!may_open("mis:card/12", None));
        assert!(!may_open("other:card/12", Some("mis")));
        for url in [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "java\tscript:alert(1)",
            " \u{1}javascript:alert(1)",
            "JaVaScRiPt://mis.example/%0aalert(1)",
            "vbscript:x",
            "card/12",
            "//mis.example/card",
            "",
            "data:text/html,x",
        ] {
            assert!(!may_open(url, None), "{url}");
        }
        assert!(!may_open("file:///etc/passwd", Some("file")));
    }

    #[test]
    fn what_was_looked_at_is_opened() {
        let opened = |url: &str| address(url, Some("mis")).map(String::from);
        assert_eq!(opened(" ht\ntps://mis.example/a\tb ").as_deref(), Some("https://mis.example/ab"));
        assert_eq!(opened("https://mis.example/\"&calc").as_deref(), Some("https://mis.example/%22&calc"));
        assert_eq!(opened("mis:card/12").as_deref(), Some("mis:card/12"));
    }

    #[test]
    fn the_scheme_of_a_template() {
        assert_eq!(scheme_of("MIS:card/{id}").as_deref(), Some("mis"));
        assert_eq!(scheme_of("https://mis.example/{id}").as_deref(), Some("https"));
        assert_eq!(scheme_of("{id}:x"), None);
        assert_eq!(scheme_of("card/{id}"), None);
    }
}

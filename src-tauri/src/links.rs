//! `tel:` and `callto:` links: a click in a browser or a MIS shows the number ready to dial. It never dials.

use std::sync::Mutex;

use serde::Serialize;
use tauri::{AppHandle, Emitter, Manager, Url};
use tauri_plugin_deep_link::DeepLinkExt;

use crate::windows;

/// Longer than any number that people write with spaces and brackets.
const LONGEST: usize = 40;

/// The number of a link whose page was not there yet to hear of it.
#[derive(Default)]
pub(crate) struct Waiting(Mutex<Option<String>>);

/// What the desk page is told.
#[derive(Clone, Serialize)]
struct DialLink {
    number: String,
}

/// Listens for links, also for those that a second start of the program hands over.
pub(crate) fn listen(app: &AppHandle) {
    let heard = app.clone();
    app.deep_link().on_open_url(move |event| {
        for url in event.urls() {
            follow(&heard, &url);
        }
    });
}

/// Follows the link that the program was started with.
pub(crate) fn follow_text(app: &AppHandle, link: &str) {
    match Url::parse(link) {
        Ok(url) => follow(app, &url),
        Err(error) => tracing::info!(%error, "started with something that is no link"),
    }
}

/// Makes this program the one that opens the links, where the system lets a program say so itself.
pub(crate) fn register(app: &AppHandle) {
    if let Err(error) = app.deep_link().register_all() {
        tracing::warn!(%error, "tel: and callto: links are not registered");
    }
}

/// The desk page is there: it hears of a link that came before it.
pub(crate) fn tell_waiting(app: &AppHandle) {
    let number = app.state::<Waiting>().0.lock().ok().and_then(|mut waiting| waiting.take());
    if let Some(number) = number {
        tell(app, number);
    }
}

fn follow(app: &AppHandle, url: &Url) {
    let Some(number) = number_in(url) else {
        tracing::info!(scheme = url.scheme(), "a link without a number");
        return;
    };
    offer(app, number);
}

/// Shows a number ready to dial, in the desk's window.
pub(crate) fn offer(app: &AppHandle, number: String) {
    if windows::page_is_open(app, windows::DESK) {
        tell(app, number);
    } else if let Ok(mut waiting) = app.state::<Waiting>().0.lock() {
        *waiting = Some(number);
    }
    windows::show_desk(app);
}

fn tell(app: &AppHandle, number: String) {
    if let Err(error) = app.emit_to(windows::DESK, "dial-link", DialLink { number }) {
        tracing::warn!(%error, "the desk did not hear of a link");
    }
}

/// The number as the link spells it; the desk reads it with the clinic's rules. Parameters (`;ext=12`) and
/// whatever is not a number are left out; a link to something else than a number is none.
fn number_in(url: &Url) -> Option<String> {
    if !matches!(url.scheme(), "tel" | "callto") {
        return None;
    }
    // `callto://8900…` has a host where `tel:8900…` has a path.
    let written = match url.host_str() {
        Some(host) => host,
        None => url.path(),
    };
    let written = written.trim_start_matches('/').split([';', '?', '&']).next().unwrap_or_default();
    // A plus would be read as a space by the rules of forms, which is all that is borrowed here.
    let field = format!("n={}", written.replace('+', "%2B"));
    let (_, number) = form_urlencoded::parse(field.as_bytes()).next()?;
    let number = number.trim();
    let is_number = number.len() <= LONGEST
        && number.chars().any(|c| c.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_digit() || "+-(). \u{a0}*#".contains(c));
    is_number.then(|| number.replace('\u{a0}', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(link: &str) -> Option<String> {
        number_in(&Url::parse(link).unwrap())
    }

    #[test]
    fn numbers_of_links() {
        assert_eq!(number("tel:+79005550101").as_deref(), Some("+79005550101"));
        assert_eq!(number("tel:8%20(900)%20555-01-01").as_deref(), Some("8 (900) 555-01-01"));
        assert_eq!(number("tel:+7-900-555-01-01;ext=12").as_deref(), Some("+7-900-555-01-01"));
        assert_eq!(number("callto:89005550101").as_deref(), Some("89005550101"));
        assert_eq!(number("callto://+79005550101").as_deref(), Some("+79005550101"));
        assert_eq!(number("tel:*21%23").as_deref(), Some("*21#"));
    }

    #[test]
    fn links_without_a_number() {
        for link in [
            "tel:",
            "tel:abc",
            "callto:some.person",
            "callto:user@example.org",
            "https://example.org/79005550101",
            "tel:%D0%98%D0%B2%D0%B0%D0%BD",
            "tel:1111111111111111111111111111111111111111111111",
            "tel:+7900%3Cscript%3E",
        ] {
            assert_eq!(number(link), None, "{link}");
        }
    }
}

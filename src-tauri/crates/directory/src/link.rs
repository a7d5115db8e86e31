//! The address of a person's chart.

/// Fills `{id}` and `{chart}` into the settings' address; without what it asks for there is no address.
pub(crate) fn chart_link(template: Option<&str>, id: Option<&str>, chart: Option<&str>) -> Option<String> {
    let mut url = template?.to_owned();
    for (place, value) in [("{id}", id), ("{chart}", chart)] {
        if url.contains(place) {
            url = url.replace(place, &percent_encoded(value?));
        }
    }
    Some(url)
}

pub(crate) fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut url, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
        url
    })
}

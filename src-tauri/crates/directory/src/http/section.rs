//! `[directory.http]` as it is typed. Whatever is absent is the preset's; an empty text takes the preset's away only
//! where that is said.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// `[directory.http]` as it is typed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Section {
    /// A ready-made description that the other keys change: see [`super::presets`]; empty: none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub preset: String,
    /// Where it answers; every request's path is added to it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub base: String,
    /// How the secret `directory-token` is shown: `none`, `bearer`, `header NAME`, `query NAME`, `form NAME`,
    /// `basic USER`, `session LOGIN` (see `session`), or `template` (the templates say `{{ token }}` themselves).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub auth: String,
    /// The name, user or login of `auth`, when it is not written there.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub auth_name: String,
    /// `[directory.http.session]`: how a session is opened.
    pub session: SessionSection,
    /// `[directory.http.look_up]`: who has a number.
    pub look_up: RequestSection,
    /// `[directory.http.search]`: who is called so; without it there is no search.
    pub search: RequestSection,
    /// `[directory.http.visits]`: a person's visits; without it those of the person's own fields are all.
    pub visits: VisitsSection,
    /// `[directory.http.person]`: our field → JSONPath in one row of the list, or several of them. An empty path takes
    /// the preset's away.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub person: BTreeMap<String, Paths>,
    /// How dates and times are written, in strftime's words: `%d.%m.%Y`. ISO 8601 is always understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dates: Vec<String>,
    /// Of times that have no offset: `UTC`, `Asia/Almaty`; empty: the clinic's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub time_zone: String,
    /// How sex is written.
    pub sex: SexSection,
    /// Values that say nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub empty: Vec<String>,
    /// `positive` (a debt is above zero) or `negative` (the field is a balance, and a debt is below zero).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub debt_is: String,
    /// ISO 4217, of sums without a currency; empty: `RUB`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub currency: String,
    /// JSONPath that selects something (not null, false, 0 or empty) when the answer is an error, whatever its status.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub error: String,
    /// JSONPath of the error's own words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub error_text: String,
    /// JSONPath of a value that is one of `ok_is` in every answer that is no error.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub ok: String,
    /// See `ok`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ok_is: Vec<String>,
    /// JSONPath that selects something when nobody was found, though the answer looks like an error.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub nobody: String,
    /// HTTP statuses that mean that nobody was found: `[404]`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nobody_status: Vec<u16>,
    /// JSONPath that selects something when the key has not the right.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub denied: String,
    /// JSONPath that selects something when the key or session has expired.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub token_expired: String,
}

/// One kind of request. Templates are minijinja's; what they insert is always escaped for the place where it stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestSection {
    /// `GET` or `POST`; empty: `POST` when there is a form or body.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub method: String,
    /// Template of what is added to `base`; what it inserts is percent-encoded.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Templates of headers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Templates of parameters in the address.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, String>,
    /// Templates of the fields of a form.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub form: BTreeMap<String, String>,
    /// Template of a JSON body: what it inserts is JSON already (texts come with their quotes).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// JSONPath of the rows: a list, or one object.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub list: String,
    /// `once`, or `every-spelling`: a request for every way in which the number may stand there (`{{ spelling }}`).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub each: String,
    /// Templates of the ways for `every-spelling`: `["{{ digits }}", "{{ phone }}"]`; empty: all that are usual.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub spellings: Vec<String>,
    /// Names tried one after the other as `{{ field }}`, for a system that keeps mobile and home numbers apart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// Rows per page: a page of so many has a next one. 0: the answer has no pages. `{{ page }}`, `{{ offset }}` and
    /// `{{ size }}` say which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_size: Option<u32>,
    /// The number of the first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_page: Option<u32>,
    /// The source is asked by a pattern and may return a few people who do not have the number; they are dropped
    /// without a word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approximate: Option<bool>,
}

/// `[directory.http.visits]`: the keys of a request, and the fields of one visit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VisitsSection {
    /// How they are asked for; `{{ id }}` and `{{ chart }}` are the person's.
    #[serde(flatten)]
    pub request: RequestSection,
    /// The visit's id.
    #[serde(skip_serializing_if = "Paths::is_empty")]
    pub id: Paths,
    /// When it begins; several paths are joined by a space (a date and a time).
    #[serde(skip_serializing_if = "Paths::is_empty")]
    pub at: Paths,
    /// Whose it is: rows of somebody else are dropped.
    #[serde(skip_serializing_if = "Paths::is_empty")]
    pub person: Paths,
    /// Who sees the patient.
    #[serde(skip_serializing_if = "Paths::is_empty")]
    pub doctor: Paths,
    /// What is done.
    #[serde(skip_serializing_if = "Paths::is_empty")]
    pub service: Paths,
    /// Where.
    #[serde(skip_serializing_if = "Paths::is_empty")]
    pub place: Paths,
    /// Its state.
    #[serde(skip_serializing_if = "Paths::is_empty")]
    pub status: Paths,
    /// States of visits that are not or were not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cancelled: Vec<String>,
    /// States of visits that the patient confirmed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub confirmed: Vec<String>,
}

/// `[directory.http.session]`: the keys of a request, and what is made of its answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionSection {
    /// How a session is opened; `{{ login }}` and `{{ password }}` are known.
    #[serde(flatten)]
    pub request: RequestSection,
    /// Name → JSONPath in the answer.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// The header that shows the session; empty: `Authorization`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub header: String,
    /// Template of its value, of `values` and `{{ login }}`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub value: String,
}

/// `[directory.http.sex]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SexSection {
    /// Words and codes for men.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub male: Vec<String>,
    /// Words and codes for women.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub female: Vec<String>,
}

/// One JSONPath or several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Paths {
    /// One.
    One(String),
    /// Several: of texts the first that says something, of numbers all.
    Several(Vec<String>),
}

impl Default for Paths {
    fn default() -> Self {
        Paths::One(String::new())
    }
}

impl Paths {
    /// The paths that are not blank.
    pub fn written(&self) -> Vec<&str> {
        let all = match self {
            Paths::One(path) => std::slice::from_ref(path),
            Paths::Several(paths) => paths.as_slice(),
        };
        all.iter().map(|path| path.trim()).filter(|path| !path.is_empty()).collect()
    }

    fn is_empty(&self) -> bool {
        self.written().is_empty()
    }
}

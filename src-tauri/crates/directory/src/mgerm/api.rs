//! The entry points (reference, "Entry points a call desk needs"), one function each: what is asked, and what a refusal
//! means. Nothing is repeated, nothing is kept.

use jiff::civil::Date;
use reqwest::Method;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::shapes::{self, Named, PersonShape, Referral, Rows, ScheduledDepartment, said};
use crate::settings::{SectionError, Surroundings};
use crate::source::DirectoryError;
use crate::web::{Ask, Reply, Web, base_url, refused_by_status, secret_header};
use crate::writing::WriteError;

/// A day of a big clinic has a thousand referrals of some 15 kB each.
const MOST_BYTES: usize = 32 * 1024 * 1024;
/// The most of the MIS' own words that is shown.
const MAX_REASON: usize = 300;

/// Whose list of a day: doctors' or rooms'.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum List {
    Doctors,
    Rooms,
}

impl List {
    pub(super) const BOTH: [List; 2] = [List::Doctors, List::Rooms];

    /// `obj`.
    pub(super) fn number(self) -> u8 {
        match self {
            List::Doctors => 1,
            List::Rooms => 2,
        }
    }
}

/// One clinic's API.
#[derive(Debug, Clone)]
pub(super) struct Api {
    web: Web,
    base: Url,
    token: Option<SecretString>,
}

impl Api {
    pub(super) fn new(base: &str, surroundings: &Surroundings) -> Result<Api, SectionError> {
        let mut base = base_url("directory.mgerm.base", base)?;
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        base.set_query(None);
        base.set_fragment(None);
        let web = Web::new(surroundings)?.reading_at_most(MOST_BYTES);
        Ok(Api { web, base, token: surroundings.token.clone() })
    }

    /// False for plain http: the token and the patients can be read on the way.
    pub(super) fn is_encrypted(&self) -> bool {
        self.base.scheme() == "https"
    }

    pub(super) fn has_token(&self) -> bool {
        self.token.as_ref().is_some_and(|token| !token.expose_secret().trim().is_empty())
    }

    /// The address without anything secret in it.
    pub(super) fn address(&self) -> &str {
        self.base.as_str()
    }

    /// Everybody who is expected on a day.
    pub(super) async fn scheduled(&self, day: Date, list: List) -> Result<Rows<Referral>, DirectoryError> {
        let query = [("obj", list.number().to_string()), ("date", day.to_string())];
        let reply = self.get("patientScheduledOnDate.php", &query).await?;
        shapes::rows(&reply.body)
    }

    /// A patient by id; `None` when there is no such patient.
    pub(super) async fn patient(&self, id: &str) -> Result<Option<PersonShape>, DirectoryError> {
        let query = [("patientID", id.to_owned()), ("getObj", "1".to_owned())];
        match self.found(&query).await? {
            Some(reply) => shapes::read(&reply.body).map(Some),
            None => Ok(None),
        }
    }

    /// A patient's free card; `None` when there is no such patient.
    pub(super) async fn card(&self, id: &str) -> Result<Option<Value>, DirectoryError> {
        let query = [("patientID", id.to_owned()), ("getCardData", "1".to_owned())];
        self.found(&query).await?.map(|reply| reply.json()).transpose()
    }

    async fn found(&self, query: &[(&str, String)]) -> Result<Option<Reply>, DirectoryError> {
        let reply = self.web.send(self.ask(Method::GET, "getPatient.php", query)?).await?;
        let is_reason = || reason(&reply).is_some();
        if reply.status.as_u16() == 404 && is_reason() {
            return Ok(None);
        }
        refused_by_status(&reply)?;
        Ok(Some(reply))
    }

    /// A doctors' day, with free and taken places.
    pub(super) async fn schedule(
        &self,
        day: Date,
        doctor: Option<&str>,
    ) -> Result<Rows<ScheduledDepartment>, DirectoryError> {
        let mut query = vec![("scheduleType", "1".to_owned()), ("date", day.to_string())];
        query.extend(doctor.map(|doctor| ("object", doctor.to_owned())));
        let reply = self.get("schedule.php", &query).await?;
        shapes::rows(&reply.body)
    }

    /// What a doctor offers.
    pub(super) async fn services(&self, department: &str, doctor: &str) -> Result<Rows<Named>, DirectoryError> {
        let query = [("department", department.to_owned()), ("doctor", doctor.to_owned())];
        let reply = self.get("doctorServices.php", &query).await?;
        shapes::rows(&reply.body)
    }

    async fn get(&self, entry: &str, query: &[(&str, String)]) -> Result<Reply, DirectoryError> {
        self.web.ask(self.ask(Method::GET, entry, query)?).await
    }

    /// Sends a change once. Whatever leaves it open whether it was done is [`WriteError::Unclear`].
    pub(super) async fn post(&self, entry: &str, form: &[(&str, String)]) -> Result<Reply, WriteError> {
        let mut ask = self.ask(Method::POST, entry, &[])?;
        ask.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let body = Url::parse_with_params("http://form/", form).map_err(|_| WriteError::NotSupported)?;
        ask.body = Some(body.query().unwrap_or_default().as_bytes().to_vec());
        let reply = self.web.send_once(ask).await?;
        match reply.status.as_u16() {
            401 | 403 | 429 => Err(refused_by_status(&reply).err().map_or(WriteError::Unclear, WriteError::Directory)),
            502..=504 => Err(WriteError::Unclear),
            _ => Ok(reply),
        }
    }

    fn ask(&self, method: Method, entry: &str, query: &[(&str, String)]) -> Result<Ask, DirectoryError> {
        let nowhere = || DirectoryError::NotReached {
            why: "адрес не читается: проверьте его в настройках".to_owned()
        };
        let mut url = self.base.join(entry).map_err(|_| nowhere())?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut headers = HeaderMap::new();
        if let Some(token) = &self.token {
            secret_header(&mut headers, AUTHORIZATION, &format!("Bearer {}", token.expose_secret().trim()))?;
        }
        Ok(Ask { method, url, headers, body: None })
    }
}

/// The `reason` or `message` of an answer that says no.
pub(super) fn reason(reply: &Reply) -> Option<String> {
    let value: Value = serde_json::from_slice(&reply.body).ok()?;
    let text = ["reason", "message", "error"].iter().find_map(|key| value.get(*key).and_then(Value::as_str));
    said(&text.map(str::to_owned)).map(|text| text.chars().take(MAX_REASON).collect())
}

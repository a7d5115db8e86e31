//! A description of an API, parsed: whatever is wrong in it is told when the settings are read, not on a card.

use std::collections::BTreeMap;
use std::fmt;

use jiff::tz::TimeZone;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderName};
use serde_json::json;

use super::card::{FIELDS, PersonFields};
use super::path::{Field, Path};
use super::presets;
use super::request::{self, Request, Values};
use super::rules::Rules;
use super::section::Section;
use super::template::{Place, Template, Templates, wrong};
use super::values::{Calendar, SexWords, words};
use crate::settings::{SectionError, Surroundings};
use crate::web::base_url;

/// How the secret is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Auth {
    None,
    Bearer,
    Header(HeaderName),
    Query(String),
    Form(String),
    Basic(String),
    Session(String),
    Template,
}

/// A description, parsed.
pub(super) struct Plan {
    pub(super) base: Url,
    pub(super) auth: Auth,
    pub(super) templates: Templates,
    pub(super) session: Option<SessionPlan>,
    pub(super) look_up: Request,
    pub(super) search: Option<Request>,
    pub(super) visits: Option<VisitsPlan>,
    pub(super) person: PersonFields,
    pub(super) rules: Rules,
    pub(super) calendar: Calendar,
    pub(super) sex: SexWords,
    pub(super) empty: Vec<String>,
    pub(super) debt_below_zero: bool,
    pub(super) currency: String,
    /// What is known of the preset, a Russian sentence.
    pub(super) label: Option<String>,
}

/// How a session is opened.
#[derive(Debug, Clone)]
pub(super) struct SessionPlan {
    pub(super) request: Request,
    pub(super) values: Vec<(String, Path)>,
    pub(super) header: HeaderName,
    pub(super) value: Template,
}

/// How a person's visits are asked for and read.
#[derive(Debug, Clone)]
pub(super) struct VisitsPlan {
    pub(super) request: Request,
    pub(super) id: Field,
    pub(super) at: Field,
    pub(super) person: Field,
    pub(super) doctor: Field,
    pub(super) service: Field,
    pub(super) place: Field,
    pub(super) status: Field,
    pub(super) cancelled: std::collections::BTreeSet<String>,
    pub(super) confirmed: std::collections::BTreeSet<String>,
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

impl Plan {
    /// # Errors
    /// A setting that makes no sense, by its key.
    pub(super) fn new(section: &Section, surroundings: &Surroundings) -> Result<Plan, SectionError> {
        let label = presets::label(&section.preset);
        let section = presets::merged(section)?;
        let base = base_url("directory.http.base", &section.base)?;
        let auth = auth(&section)?;
        let form_auth = matches!(auth, Auth::Form(_));
        let mut templates = Templates::new();

        let look_up = Request::new("directory.http.look_up", &section.look_up, &mut templates, form_auth)?;
        with_list(&look_up)?;
        let search = (section.search != super::RequestSection::default())
            .then(|| Request::new("directory.http.search", &section.search, &mut templates, form_auth))
            .transpose()?;
        search.as_ref().map(with_list).transpose()?;
        let visits = visits(&section, &mut templates, form_auth)?;
        let session = session(&section, &auth, &mut templates)?;
        let plan = Plan {
            person: person(&section.person)?,
            rules: Rules::new(&section)?,
            calendar: Calendar {
                formats: section.dates.clone(),
                zone: time_zone(&section.time_zone, surroundings)?,
                clinic: surroundings.time_zone.clone(),
            },
            sex: SexWords { male: words(&section.sex.male), female: words(&section.sex.female) },
            empty: section.empty.iter().map(|text| text.trim().to_owned()).collect(),
            debt_below_zero: debt_below_zero(&section.debt_is)?,
            currency: currency(&section.currency)?,
            base,
            auth,
            templates,
            session,
            look_up,
            search,
            visits,
            label,
        };
        plan.try_out()?;
        Ok(plan)
    }

    /// Fills every template with invented values.
    fn try_out(&self) -> Result<(), SectionError> {
        let mut common = request::today(jiff::Timestamp::UNIX_EPOCH, &TimeZone::UTC);
        if self.auth == Auth::Template {
            common.insert("token".to_owned(), json!("t"));
        }
        let mut number = common.clone();
        request::AskedNumber::nobodys().known(&mut number);
        self.look_up.try_out(&self.templates, &number)?;
        if let Some(search) = &self.search {
            let mut values = common.clone();
            request::of_search(&mut values, "Вымыслова Мария");
            search.try_out(&self.templates, &values)?;
        }
        if let Some(visits) = &self.visits {
            let mut values = common;
            of_person(&mut values, "17", Some("1234/11"));
            visits.request.try_out(&self.templates, &values)?;
        }
        if let Some(session) = &self.session {
            let mut values = Values::new();
            values.extend(["login", "password"].map(|name| (name.to_owned(), json!("x"))));
            session.request.try_out(&self.templates, &values)?;
            values.extend(session.values.iter().map(|(name, _)| (name.clone(), json!("x"))));
            let filled = self.templates.fill(&session.value, &request::known(&values));
            filled.map_err(|error| wrong(&session.value.key, &error))?;
        }
        Ok(())
    }
}

/// The variables of a person.
pub(super) fn of_person(values: &mut Values, id: &str, chart: Option<&str>) {
    // Some APIs want the number without quotes in their JSON.
    let number = id.parse::<u64>().map_or(json!(id), |number| json!(number));
    values.insert("id".to_owned(), json!(id));
    values.insert("id_number".to_owned(), number);
    values.insert("chart".to_owned(), json!(chart.unwrap_or_default()));
}

fn auth(section: &Section) -> Result<Auth, SectionError> {
    let key = "directory.http.auth";
    let (kind, name) = section.auth.trim().split_once(' ').unwrap_or((section.auth.trim(), ""));
    let name = if name.trim().is_empty() { section.auth_name.trim() } else { name.trim() };
    let named = |what: &str| {
        if name.is_empty() {
            let key = "directory.http.auth_name";
            Err(SectionError::new(key, format!("\"{kind}\" without {what}"), "write the name"))
        } else {
            Ok(name.to_owned())
        }
    };
    Ok(match kind {
        "" | "none" => Auth::None,
        "bearer" => Auth::Bearer,
        "header" => Auth::Header(named("the header's name")?.parse().map_err(|_| {
            SectionError::new(key, format!("\"{name}\" is no header's name"), "write \"header X-Api-Key\"")
        })?),
        "query" => Auth::Query(named("the parameter's name")?),
        "form" => Auth::Form(named("the field's name")?),
        "basic" => Auth::Basic(named("the user's name")?),
        "session" => Auth::Session(named("the login")?),
        "template" => Auth::Template,
        other => {
            return Err(SectionError::new(
                key,
                format!("\"{other}\" is unknown"),
                "write none, bearer, header, query, form, basic, session or template",
            ));
        }
    })
}

fn with_list(request: &Request) -> Result<(), SectionError> {
    if request.list.is_some() {
        return Ok(());
    }
    let key = format!("{}.list", request.key);
    Err(SectionError::new(&key, "it is empty", "write the JSONPath of the rows, for example \"$.data\""))
}

fn person(section: &BTreeMap<String, super::Paths>) -> Result<PersonFields, SectionError> {
    let mut fields = BTreeMap::new();
    for (name, paths) in section {
        let key = format!("directory.http.person.{name}");
        let Some(known) = FIELDS.iter().find(|known| *known == name) else {
            return Err(SectionError::new(&key, "there is no such field", format!("use one of {}", FIELDS.join(", "))));
        };
        let field = Field::new(&key, paths)?;
        if !field.paths.is_empty() {
            fields.insert(*known, field);
        }
    }
    if !fields.contains_key("phones") {
        return Err(SectionError::new(
            "directory.http.person.phones",
            "without it nobody can tell whose number it is",
            "write the JSONPath of the numbers in a row, for example \"$.mobile\"",
        ));
    }
    if !["full_name", "family_name", "given_name"].iter().any(|name| fields.contains_key(name)) {
        return Err(SectionError::new(
            "directory.http.person.full_name",
            "the people have no names",
            "write the JSONPath of the name in a row, for example \"$.name\"",
        ));
    }
    Ok(PersonFields { fields })
}

fn visits(section: &Section, templates: &mut Templates, form_auth: bool) -> Result<Option<VisitsPlan>, SectionError> {
    let visits = &section.visits;
    if *visits == super::VisitsSection::default() {
        return Ok(None);
    }
    let field = |name: &str, paths: &super::Paths| Field::new(&format!("directory.http.visits.{name}"), paths);
    if ["id", "chart"].iter().all(|name| section.person.get(*name).is_none_or(|paths| paths.written().is_empty())) {
        let key = "directory.http.person.id";
        return Err(SectionError::new(key, "visits are asked for by it", "write the JSONPath of a person's id"));
    }
    let request = Request::new("directory.http.visits", &visits.request, templates, form_auth)?;
    with_list(&request)?;
    let at = field("at", &visits.at)?;
    if at.paths.is_empty() {
        let key = "directory.http.visits.at";
        return Err(SectionError::new(key, "it is empty", "write the JSONPath of a visit's time"));
    }
    Ok(Some(VisitsPlan {
        request,
        id: field("id", &visits.id)?,
        at,
        person: field("person", &visits.person)?,
        doctor: field("doctor", &visits.doctor)?,
        service: field("service", &visits.service)?,
        place: field("place", &visits.place)?,
        status: field("status", &visits.status)?,
        cancelled: words(&visits.cancelled),
        confirmed: words(&visits.confirmed),
    }))
}

fn session(section: &Section, auth: &Auth, templates: &mut Templates) -> Result<Option<SessionPlan>, SectionError> {
    if !matches!(auth, Auth::Session(_)) {
        return Ok(None);
    }
    let session = &section.session;
    let key = "directory.http.session";
    let mut values = Vec::new();
    for (name, path) in &session.values {
        values.push((name.clone(), Path::new(&format!("{key}.values.{name}"), path)?));
    }
    if values.is_empty() || session.value.trim().is_empty() {
        let problem = "it does not say what shows the session";
        return Err(SectionError::new(key, problem, "write its values and the header's value"));
    }
    let header = match session.header.trim() {
        "" => AUTHORIZATION,
        name => name.parse().map_err(|_| {
            SectionError::new(&format!("{key}.header"), "this is no header's name", "write a name like X-Session")
        })?,
    };
    let request = Request::new(key, &session.request, templates, false)?;
    let value = templates.add(&format!("{key}.value"), &session.value, Place::Plain)?;
    Ok(Some(SessionPlan { request, values, header, value }))
}

fn time_zone(name: &str, surroundings: &Surroundings) -> Result<TimeZone, SectionError> {
    match name.trim() {
        "" => Ok(surroundings.time_zone.clone()),
        name => TimeZone::get(name).map_err(|_| {
            let key = "directory.http.time_zone";
            SectionError::new(key, format!("\"{name}\" is no time zone"), "write a name like UTC or Asia/Almaty")
        }),
    }
}

fn debt_below_zero(text: &str) -> Result<bool, SectionError> {
    match text.trim() {
        "" | "positive" => Ok(false),
        "negative" => Ok(true),
        other => Err(SectionError::new(
            "directory.http.debt_is",
            format!("\"{other}\" is neither"),
            "write positive, or negative for a balance",
        )),
    }
}

fn currency(text: &str) -> Result<String, SectionError> {
    let code = text.trim().to_uppercase();
    match code.as_str() {
        "" => Ok("RUB".to_owned()),
        code if code.len() == 3 && code.chars().all(|letter| letter.is_ascii_uppercase()) => Ok(code.to_owned()),
        _ => {
            let problem = format!("\"{text}\" is no currency");
            Err(SectionError::new("directory.http.currency", problem, "write three letters, for example KZT"))
        }
    }
}

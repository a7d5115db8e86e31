//! One kind of request: from a number, a name or a person to what is sent.

use minijinja::Value;
use phone::PhoneNumber;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde_json::{Map, json};

use super::path::Path;
use super::section::RequestSection;
use super::template::{Place, Template, Templates, wrong};
use crate::matching::spellings;
use crate::settings::SectionError;
use crate::source::DirectoryError;
use crate::web::{Ask, secret_header};

/// More variants of one question than are sent.
const MOST_VARIANTS: usize = 40;

/// What the templates of a request know.
pub(super) type Values = Map<String, serde_json::Value>;

/// A request, parsed.
#[derive(Debug, Clone)]
pub(super) struct Request {
    /// `directory.http.look_up`
    pub(super) key: &'static str,
    method: Method,
    path: Template,
    headers: Vec<(HeaderName, Template)>,
    query: Vec<(String, Template)>,
    body: Body,
    /// Where the rows are; always there but in a session's.
    pub(super) list: Option<Path>,
    /// `None`: asked once.
    ways: Option<Vec<Template>>,
    fields: Vec<String>,
    /// 0: no pages.
    pub(super) page_size: u32,
    pub(super) first_page: u32,
    pub(super) approximate: bool,
}

#[derive(Debug, Clone)]
enum Body {
    None,
    Form(Vec<(String, Template)>),
    Json(Template),
}

/// What shows who asks; where it goes is the description's.
#[derive(Clone, Default)]
pub(super) struct Credential {
    pub(super) header: Option<(HeaderName, String)>,
    pub(super) query: Option<(String, String)>,
    pub(super) form: Option<(String, String)>,
    /// For templates that say `{{ token }}` themselves.
    pub(super) token: Option<String>,
}

impl Request {
    /// # Errors
    /// A template, path or word that makes no sense; the error names its key.
    pub(super) fn new(
        key: &'static str,
        section: &RequestSection,
        templates: &mut Templates,
        form_auth: bool,
    ) -> Result<Request, SectionError> {
        let of = |name: &str| format!("{key}.{name}");
        if !section.body.trim().is_empty() && (!section.form.is_empty() || form_auth) {
            return Err(SectionError::new(&of("body"), "there is a form too", "write either a form or a body"));
        }
        let body = if !section.body.trim().is_empty() {
            Body::Json(templates.add(&of("body"), &section.body, Place::Json)?)
        } else if !section.form.is_empty() || form_auth {
            let mut fields = Vec::new();
            for (name, text) in &section.form {
                fields.push((name.clone(), templates.add(&of(&format!("form.{name}")), text, Place::Plain)?));
            }
            Body::Form(fields)
        } else {
            Body::None
        };
        let method = match (section.method.trim().to_uppercase().as_str(), &body) {
            ("" | "GET", Body::None) => Method::GET,
            ("", Body::Form(_) | Body::Json(_)) | ("POST", _) => Method::POST,
            (other, _) => {
                let problem = format!("\"{other}\" does not go with this request");
                return Err(SectionError::new(&of("method"), problem, "write GET, or POST for a form or body"));
            }
        };
        let mut headers = Vec::new();
        for (name, text) in &section.headers {
            let key = of(&format!("headers.{name}"));
            let name = name
                .parse::<HeaderName>()
                .map_err(|_| SectionError::new(&key, "this is no header's name", "write a name like X-Clinic"))?;
            headers.push((name, templates.add(&key, text, Place::Plain)?));
        }
        let mut query = Vec::new();
        for (name, text) in &section.query {
            query.push((name.clone(), templates.add(&of(&format!("query.{name}")), text, Place::Plain)?));
        }
        let ways = match section.each.trim() {
            "" | "once" => None,
            "every-spelling" => {
                let mut ways = Vec::new();
                for (index, text) in section.spellings.iter().enumerate() {
                    ways.push(templates.add(&of(&format!("spellings.{index}")), text, Place::Plain)?);
                }
                Some(ways)
            }
            other => {
                let problem = format!("\"{other}\" is none of them");
                return Err(SectionError::new(&of("each"), problem, "write \"once\" or \"every-spelling\""));
            }
        };
        Ok(Request {
            key,
            method,
            path: templates.add(&of("path"), &section.path, Place::Address)?,
            headers,
            query,
            body,
            list: Path::optional(&of("list"), &section.list)?,
            ways,
            fields: section.fields.clone(),
            page_size: section.page_size.unwrap_or(0).min(1000),
            first_page: section.first_page.unwrap_or(1),
            approximate: section.approximate.unwrap_or(false),
        })
    }

    /// Fills every template once, so that a wrong one is found while settings are read.
    ///
    /// # Errors
    /// A variable is unknown, or the body is no JSON; the error names its key.
    pub(super) fn try_out(&self, templates: &Templates, values: &Values) -> Result<(), SectionError> {
        let mut values = values.clone();
        self.first_page_of(&mut values);
        values.insert("spelling".to_owned(), json!("+79005550101"));
        if let Some(field) = self.fields.first() {
            values.insert("field".to_owned(), json!(field));
        }
        let values = known(&values);
        let form = match &self.body {
            Body::Form(fields) => fields.as_slice(),
            Body::None | Body::Json(_) => &[],
        };
        let plain = self.headers.iter().map(|(_, template)| template);
        let plain = plain.chain(self.query.iter().chain(form).map(|(_, template)| template));
        for template in plain.chain([&self.path]).chain(self.ways.iter().flatten()) {
            templates.fill(template, &values).map_err(|error| wrong(&template.key, &error))?;
        }
        if let Body::Json(template) = &self.body {
            let body = templates.fill(template, &values).map_err(|error| wrong(&template.key, &error))?;
            serde_json::from_str::<serde::de::IgnoredAny>(&body).map_err(|error| {
                SectionError::new(
                    &template.key,
                    format!("filled in, it is no JSON: {error}"),
                    "write JSON; {{ phone }} brings its own quotes",
                )
            })?;
        }
        Ok(())
    }

    pub(super) fn first_page_of(&self, values: &mut Values) {
        self.page_of(values, 0);
    }

    /// Sets the page counted from zero.
    pub(super) fn page_of(&self, values: &mut Values, page: u32) {
        values.insert("page".to_owned(), json!(self.first_page + page));
        values.insert("offset".to_owned(), json!(page * self.page_size));
        values.insert("size".to_owned(), json!(if self.page_size == 0 { 100 } else { self.page_size }));
    }

    /// The question in every variant in which it is to be sent: by field and by spelling.
    pub(super) fn variants(&self, templates: &Templates, values: &Values) -> Result<Vec<Values>, DirectoryError> {
        let ways: Vec<Option<String>> = match &self.ways {
            None => vec![None],
            Some(templated) if templated.is_empty() => {
                let usual = values.get("spellings").and_then(serde_json::Value::as_array);
                usual.into_iter().flatten().filter_map(|way| way.as_str()).map(|way| Some(way.to_owned())).collect()
            }
            Some(templated) => {
                let known = known(values);
                templated.iter().map(|way| templates.filled(way, &known).map(Some)).collect::<Result<_, _>>()?
            }
        };
        let fields: Vec<Option<&String>> =
            if self.fields.is_empty() { vec![None] } else { self.fields.iter().map(Some).collect() };
        let mut variants = Vec::new();
        for way in &ways {
            for field in &fields {
                let mut values = values.clone();
                values.extend(way.as_ref().map(|way| ("spelling".to_owned(), json!(way))));
                values.extend(field.map(|field| ("field".to_owned(), json!(field))));
                if !variants.contains(&values) {
                    variants.push(values);
                }
            }
        }
        variants.truncate(MOST_VARIANTS);
        Ok(variants)
    }

    /// What is sent.
    pub(super) fn ask(
        &self,
        templates: &Templates,
        base: &Url,
        values: &Values,
        credential: &Credential,
    ) -> Result<Ask, DirectoryError> {
        let mut values = values.clone();
        values.extend(credential.token.as_ref().map(|token| ("token".to_owned(), json!(token))));
        let values = known(&values);
        let mut url = self.url(&templates.filled(&self.path, &values)?, base)?;
        for (name, template) in &self.query {
            url.query_pairs_mut().append_pair(name, &templates.filled(template, &values)?);
        }
        if let Some((name, secret)) = &credential.query {
            url.query_pairs_mut().append_pair(name, secret);
        }
        let mut headers = HeaderMap::new();
        headers.insert(reqwest::header::ACCEPT, HeaderValue::from_static("application/json"));
        for (name, template) in &self.headers {
            secret_header(&mut headers, name.clone(), &templates.filled(template, &values)?)?;
        }
        if let Some((name, secret)) = &credential.header {
            secret_header(&mut headers, name.clone(), secret)?;
        }
        let body = match &self.body {
            Body::None => None,
            Body::Json(template) => {
                headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
                Some(templates.filled(template, &values)?.into_bytes())
            }
            Body::Form(fields) => {
                let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
                headers.entry(CONTENT_TYPE).or_insert(kind);
                let mut form = form_urlencoded::Serializer::new(String::new());
                for (name, template) in fields {
                    form.append_pair(name, &templates.filled(template, &values)?);
                }
                if let Some((name, secret)) = &credential.form {
                    form.append_pair(name, secret);
                }
                Some(form.finish().into_bytes())
            }
        };
        Ok(Ask { method: self.method.clone(), url, headers, body })
    }

    /// `base` and the path; never another host, so that the key stays where it belongs.
    fn url(&self, path: &str, base: &Url) -> Result<Url, DirectoryError> {
        let path = path.trim();
        let whole = match path {
            "" => base.to_string(),
            path if path.starts_with('?') => format!("{base}{path}"),
            path => format!("{}/{}", base.as_str().trim_end_matches('/'), path.trim_start_matches('/')),
        };
        let url = Url::parse(&whole).ok().filter(|url| url.origin() == base.origin());
        url.ok_or_else(|| DirectoryError::Unavailable {
            why: format!("адрес запроса не составлен, проверьте настройку {}.path", self.key),
        })
    }
}

/// The variables of every request.
pub(super) fn today(now: jiff::Timestamp, zone: &jiff::tz::TimeZone) -> Values {
    let mut values = Values::new();
    values.insert("today".to_owned(), json!(zone.to_datetime(now).date().to_string()));
    values.insert("now".to_owned(), json!(now.to_string()));
    values
}

/// A number as templates know it.
#[derive(Debug, Clone)]
pub(super) struct AskedNumber {
    phone: String,
    spellings: Vec<String>,
}

impl AskedNumber {
    pub(super) fn of(number: &PhoneNumber) -> AskedNumber {
        AskedNumber { phone: number.as_str().to_owned(), spellings: spellings(number) }
    }

    /// A number that nobody has, as no country has it.
    pub(super) fn nobodys() -> AskedNumber {
        AskedNumber {
            phone: "+70000000000".to_owned(),
            spellings: ["+70000000000", "70000000000", "80000000000", "0000000000", "+7 (000) 000-00-00"]
                .map(str::to_owned)
                .to_vec(),
        }
    }

    /// The variables of a number: `phone` (E.164), `digits`, `national` (the last ten digits), `spellings`, and
    /// `pattern` (`%9%0%0%…%`, which finds it in any spelling where the source compares by SQL's `LIKE`).
    pub(super) fn known(&self, values: &mut Values) {
        let digits = self.phone.trim_start_matches('+');
        let national = digits.get(digits.len().saturating_sub(10)..).unwrap_or(digits);
        values.insert("phone".to_owned(), json!(self.phone));
        values.insert("digits".to_owned(), json!(digits));
        values.insert("national".to_owned(), json!(national));
        values.insert("spellings".to_owned(), json!(self.spellings));
        values.insert("pattern".to_owned(), json!(pattern(national)));
    }
}

fn pattern(digits: &str) -> String {
    digits.chars().fold("%".to_owned(), |pattern, digit| pattern + &digit.to_string() + "%")
}

/// The variables of a search: `text`, its `words`, its `digits`, and their `pattern` (blank for fewer than three).
pub(super) fn of_search(values: &mut Values, text: &str) {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    // Eleven digits from 8 may stand there with +7.
    let telling = digits.strip_prefix('8').filter(|rest| rest.len() == 10).unwrap_or(&digits);
    let pattern = if telling.len() < 3 { String::new() } else { pattern(telling) };
    values.insert("text".to_owned(), json!(text));
    values.insert("words".to_owned(), json!(text.split_whitespace().collect::<Vec<_>>()));
    values.insert("digits".to_owned(), json!(digits));
    values.insert("pattern".to_owned(), json!(pattern));
}

/// As templates take them.
pub(super) fn known(values: &Values) -> Value {
    Value::from(minijinja::value::Serde(values))
}

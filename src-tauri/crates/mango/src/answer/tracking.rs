//! What call tracking and the contact centre know about a call.

use std::fmt;

use serde_json::{Map, Value};

use crate::lenient::{moment, object, objects, small, text, words};

/// Who was shown a call-tracking number on our site (manual 3.6.1).
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SiteVisitor {
    /// The visitor's id.
    pub uid: Option<String>,
    /// The tracking's name in the cabinet.
    pub widget_name: Option<String>,
    /// Where the visitor came from: `utm_source`.
    pub source: Option<String>,
    /// `utm_medium`.
    pub medium: Option<String>,
    /// `utm_campaign`.
    pub campaign: Option<String>,
    /// `utm_content`.
    pub content: Option<String>,
    /// `utm_term`: what was searched for.
    pub term: Option<String>,
    /// The visitor's town.
    pub city: Option<String>,
    /// The page on the visitor's screen.
    pub page: Option<PageVisit>,
    /// `mobile` or `desktop`.
    pub device: Option<String>,
}

/// A page of our site that a visitor saw (manual 3.6.2).
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageVisit {
    /// Its address.
    pub url: String,
    /// When it was opened, as the PBX wrote it.
    pub date: Option<String>,
    /// Its title.
    pub title: Option<String>,
}

/// What the contact centre knows about a call (manual 4.7.1).
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CentreCall {
    /// The conversation.
    pub conversion_id: Option<String>,
    /// The contact of the address book.
    pub contact_id: Option<String>,
    /// The group that got the call.
    pub group_id: Option<String>,
    /// The employee who is in charge.
    pub assigned_user_id: Option<String>,
    /// When it came: Unix seconds; 0 when not said.
    pub created: i64,
    /// When it was closed: Unix seconds; 0 when not said.
    pub ended: i64,
    /// 1 done, 2 handed over, 3 waited too long, 4 not answered, 5 spam, 6 forbidden.
    pub outcome: Option<i32>,
    /// The ids of its topics.
    pub topics: Vec<String>,
    /// What operators noted.
    pub comments: Vec<String>,
    /// What the caller said about us: 1 to 10, -1 for nothing.
    pub mark: Option<i32>,
    /// The recordings.
    pub recordings: Vec<String>,
}

/// An empty object, or one with empty data, says that nobody has the number.
pub(super) fn visitor(body: &Map<String, Value>) -> Option<SiteVisitor> {
    let data = objects(body, "data").next().unwrap_or(body);
    if !["uid", "widget_id", "widget_name", "channel", "current_page"].iter().any(|name| data.contains_key(*name)) {
        return None;
    }
    let none = Map::new();
    let channel = object(data, "channel").unwrap_or(&none);
    Some(SiteVisitor {
        uid: text(data, "uid"),
        widget_name: text(data, "widget_name"),
        source: text(channel, "source"),
        medium: text(channel, "medium"),
        campaign: text(channel, "campaign"),
        content: text(channel, "content"),
        term: text(channel, "term"),
        city: object(data, "location").and_then(|place| text(place, "city")),
        page: object(data, "current_page").and_then(page),
        device: text(data, "device"),
    })
}

pub(super) fn page(body: &Map<String, Value>) -> Option<PageVisit> {
    Some(PageVisit { url: text(body, "url")?, date: text(body, "date"), title: text(body, "title") })
}

pub(super) fn centre_call(body: &Map<String, Value>) -> CentreCall {
    let none = Map::new();
    let conversion = objects(body, "conversion").next().unwrap_or(&none);
    CentreCall {
        conversion_id: text(conversion, "conversion_id"),
        contact_id: text(conversion, "contact_id"),
        group_id: text(conversion, "group_id"),
        assigned_user_id: text(conversion, "assign_user_id"),
        created: moment(conversion, &["create"]),
        ended: moment(conversion, &["end"]),
        outcome: small(conversion, "result"),
        topics: words(body, "tag_id", &["id", "tag_id"]),
        comments: words(body, "call_comment", &["comment", "text"]),
        mark: small(body, "mark_client"),
        recordings: words(body, "recording_id", &["id", "recording_id"]),
    }
}

impl fmt::Debug for SiteVisitor {
    /// Without what tells people apart: this may reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SiteVisitor({})", self.source.as_deref().unwrap_or("-"))
    }
}

impl fmt::Debug for PageVisit {
    /// Without the address, which may name people: this may reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageVisit")
    }
}

impl fmt::Debug for CentreCall {
    /// Without comments: this may reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CentreCall({})", self.conversion_id.as_deref().unwrap_or("-"))
    }
}

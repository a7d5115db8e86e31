//! Who and what the PBX knows: colleagues, groups and lines, asked for when somebody wants to see them, and the contact
//! centre's statuses as they are posted.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use mango_vpbx::Post;
use mango_vpbx::client::{Employee, Group, Line};
use phone::{PhoneNumber, Region};
use serde::{Deserialize, Serialize};

use crate::view;

/// How long an answer serves for those who do not insist on a fresh one.
const SERVES_FOR: SignedDuration = SignedDuration::from_mins(1);
/// For how long a refusal is not tried again unless somebody insists: two bad requests lock the account out.
const REFUSED_FOR: SignedDuration = SignedDuration::from_hours(1);

/// What the PBX told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    pub employees: Vec<Employee>,
    pub groups: Vec<Group>,
    pub lines: Vec<Line>,
}

/// What is known.
#[derive(Debug)]
pub(crate) struct Roster {
    line_names: BTreeMap<String, String>,
    view: wire::Roster,
    /// The PBX's employee ids: statuses may name only those.
    extensions: BTreeMap<String, String>,
    asked_at: Option<Timestamp>,
    refused_at: Option<Timestamp>,
}

/// What the log keeps, so that the next start knows names at once.
#[derive(Serialize, Deserialize)]
struct Kept {
    roster: wire::Roster,
    extensions: BTreeMap<String, String>,
}

impl Roster {
    pub(crate) fn new(line_names: BTreeMap<String, String>) -> Roster {
        Roster {
            line_names,
            view: wire::Roster::default(),
            extensions: BTreeMap::new(),
            asked_at: None,
            refused_at: None,
        }
    }

    /// Short numbers by the PBX's ids of employees.
    pub(crate) fn extensions(&self) -> &BTreeMap<String, String> {
        &self.extensions
    }

    pub(crate) fn view(&self) -> &wire::Roster {
        &self.view
    }

    /// Takes up what the log kept.
    pub(crate) fn restore(&mut self, json: &str) {
        let Ok(Kept { mut roster, extensions }) = serde_json::from_str(json) else { return };
        for colleague in &mut roster.colleagues {
            colleague.presence = None;
            colleague.presence_text = None;
        }
        self.view = roster;
        self.extensions = extensions;
        self.name_lines();
    }

    /// What the log is to keep.
    pub(crate) fn kept(&self) -> String {
        let kept = Kept { roster: self.view.clone(), extensions: self.extensions.clone() };
        serde_json::to_string(&kept).unwrap_or_default()
    }

    /// Whether it is worth asking the PBX now.
    pub(crate) fn is_stale(&self, now: Timestamp, insists: bool) -> bool {
        let since = |at: Option<Timestamp>| at.map(|at| now.duration_since(at));
        let refused = since(self.refused_at).is_some_and(|ago| ago < REFUSED_FOR);
        let served = since(self.asked_at).is_some_and(|ago| ago < SERVES_FOR);
        insists || !(refused || served)
    }

    /// The PBX told.
    pub(crate) fn take(&mut self, told: Told, region: &Region, now: Timestamp) {
        let presences: BTreeMap<String, (Option<wire::Presence>, Option<String>)> = self
            .view
            .colleagues
            .drain(..)
            .map(|colleague| (colleague.extension, (colleague.presence, colleague.presence_text)))
            .collect();
        self.extensions = told
            .employees
            .iter()
            .filter_map(|employee| Some((employee.user_id.clone()?, employee.extension.clone()?)))
            .collect();
        let groups_of = |extension: &str| -> Vec<String> {
            let is_in = |group: &&Group| {
                group.operators.iter().any(|operator| operator.extension.as_deref() == Some(extension))
            };
            told.groups.iter().filter(is_in).filter_map(|group| group.extension.clone()).collect()
        };
        let mut colleagues: Vec<wire::Colleague> = told
            .employees
            .iter()
            .filter_map(|employee| {
                let extension = employee.extension.clone()?;
                let (presence, presence_text) = presences.get(&extension).cloned().unwrap_or_default();
                Some(wire::Colleague {
                    groups: groups_of(&extension),
                    name: employee.name.clone(),
                    department: employee.department.clone().or_else(|| employee.position.clone()),
                    extension,
                    presence,
                    presence_text,
                })
            })
            .collect();
        colleagues.sort_by(|a, b| by_length(&a.extension).cmp(&by_length(&b.extension)));
        colleagues.dedup_by(|a, b| a.extension == b.extension);
        let mut groups: Vec<wire::Group> = told
            .groups
            .iter()
            .filter_map(|group| Some(wire::Group { extension: group.extension.clone()?, name: group.name.clone() }))
            .collect();
        groups.sort_by(|a, b| by_length(&a.extension).cmp(&by_length(&b.extension)));
        let lines = told
            .lines
            .iter()
            .map(|line| {
                let number = PhoneNumber::from_pbx(&line.number, region)
                    .map_or_else(|| line.number.clone(), |number| number.as_str().to_owned());
                wire::Line { number, name: line.name.clone().or_else(|| line.comment.clone()) }
            })
            .collect();
        self.view = wire::Roster { colleagues, groups, lines, at: Some(view::time(now)), why: None };
        self.asked_at = Some(now);
        self.refused_at = None;
        self.name_lines();
    }

    /// The PBX could not be asked; what is known stays.
    pub(crate) fn fail(&mut self, error: &wire::RequestError, now: Timestamp) {
        self.asked_at = Some(now);
        if error.code == wire::ErrorCode::VpbxRefused {
            self.refused_at = Some(now);
        }
        self.view.why = Some(error.message.clone());
    }

    /// Takes up a colleague's status. Says whether it was news.
    pub(crate) fn hear(&mut self, post: &Post) -> bool {
        let (extension, user, status) = if let Post::UserStatus(told) = post {
            (&told.extension, &told.user_id, told.status.clone())
        } else if let Post::SessionEnd(told) = post {
            (&told.extension, &told.user_id, Some("offline".to_owned()))
        } else {
            return false;
        };
        let extension = extension.clone().or_else(|| self.extensions.get(user.as_ref()?).cloned());
        let Some(extension) = extension else { return false };
        let Some(colleague) = self.view.colleagues.iter_mut().find(|colleague| colleague.extension == extension) else {
            return false;
        };
        let before = (colleague.presence, colleague.presence_text.clone());
        colleague.presence = status.as_deref().map(presence);
        colleague.presence_text = status;
        before != (colleague.presence, colleague.presence_text.clone())
    }

    /// The settings' names stand before the PBX's.
    fn name_lines(&mut self) {
        for line in &mut self.view.lines {
            if let Some(name) = self.line_names.get(&line.number) {
                line.name = Some(name.clone());
            }
        }
    }
}

/// 9 before 10.
fn by_length(extension: &str) -> (usize, &str) {
    (extension.len(), extension)
}

/// The contact centre's numbers (manual 4.4.2.1), and the words that older versions use.
fn presence(status: &str) -> wire::Presence {
    let status = status.trim().to_lowercase().replace([' ', '-'], "_");
    match status.as_str() {
        "1" | "online" | "available" | "ready" | "на_линии" | "готов" => wire::Presence::Available,
        "busy" | "занят" | "post_call_processing" | "wrap_up" => wire::Presence::Busy,
        "3" | "away" | "break" | "перерыв" | "отошел" | "отошёл" | "нет_на_месте" => {
            wire::Presence::Away
        }
        "2" | "dnd" | "do_not_disturb" | "не_беспокоить" => wire::Presence::DoNotDisturb,
        "4" | "offline" | "не_в_сети" | "logout" => wire::Presence::Offline,
        _ => wire::Presence::Other,
    }
}

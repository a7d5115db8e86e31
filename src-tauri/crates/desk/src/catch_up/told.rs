//! What the PBX's statistics tell of one entry, in the form in which the log keeps it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use mango_vpbx::answer::{ContextCall, ContextLeg, StatsRow};
use serde::{Deserialize, Serialize};

use crate::roster;

/// The path of the facts.
pub(crate) const PATH: &str = "stats/result";

/// What was told of one entry: the body of a fact. The same answer gives the same bytes, so it is one fact however often
/// it comes; nothing in it tells when it was asked for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Told {
    /// The entry.
    pub entry_id: String,
    /// Of extended statistics: 1 inbound, 2 outbound, 3 internal (manual 3.4.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_type: Option<u8>,
    /// The groups that its phones belong to, sorted; null: nobody knows who is in which group.
    pub groups: Option<Vec<String>>,
    /// Its legs, sorted.
    pub legs: Vec<ToldLeg>,
}

/// One leg as it was told. Times are Unix seconds, 0 for never.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct ToldLeg {
    pub start: i64,
    pub finish: i64,
    pub answer: i64,
    pub created: i64,
    pub from_extension: Option<String>,
    pub from_number: Option<String>,
    pub to_extension: Option<String>,
    pub to_number: Option<String>,
    pub line_number: Option<String>,
    pub location: Option<String>,
    pub disconnect_reason: Option<i32>,
    #[serde(default)]
    pub records: Vec<String>,
}

/// Who works here, as far as the PBX has told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Staff {
    /// The groups of each employee by short number; `None`: not known.
    pub groups: Option<BTreeMap<String, Vec<String>>>,
    /// Short numbers by the PBX's id of the employee, which extended statistics name instead.
    pub extensions: BTreeMap<String, String>,
}

impl Staff {
    /// What the PBX told, if it named anybody.
    pub(crate) fn of(told: &roster::Told) -> Option<Staff> {
        let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut extensions = BTreeMap::new();
        for employee in &told.employees {
            let Some(extension) = &employee.extension else { continue };
            groups.entry(extension.clone()).or_default();
            if let Some(id) = &employee.user_id {
                extensions.insert(id.clone(), extension.clone());
            }
        }
        for group in &told.groups {
            let Some(name) = &group.extension else { continue };
            for extension in group.operators.iter().filter_map(|operator| operator.extension.as_ref()) {
                if let Some(groups) = groups.get_mut(extension) {
                    groups.push(name.clone());
                }
            }
        }
        (!groups.is_empty()).then_some(Staff { groups: Some(groups), extensions })
    }

    fn groups_of(&self, legs: &[ToldLeg]) -> Option<Vec<String>> {
        let groups = self.groups.as_ref()?;
        let rung = legs.iter().filter_map(|leg| leg.to_extension.as_ref());
        let all: BTreeSet<&String> = rung.filter_map(|extension| groups.get(extension)).flatten().collect();
        Some(all.into_iter().cloned().collect())
    }
}

impl Told {
    /// The fact's body.
    pub(crate) fn body(&self) -> Vec<u8> {
        // Strings and numbers only: this cannot fail, and an empty body would be read as nothing told.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Recordings that can be played.
    pub(crate) fn recordings(&self) -> Vec<String> {
        self.legs.iter().flat_map(|leg| leg.records.iter().cloned()).collect()
    }

    /// When its last leg ended; `None` when one has not ended.
    pub(crate) fn ended(&self) -> Option<i64> {
        let ends = self.legs.iter().map(|leg| (leg.finish > 0).then_some(leg.finish));
        ends.collect::<Option<Vec<i64>>>()?.into_iter().max()
    }

    fn new(entry_id: String, context_type: Option<u8>, mut legs: Vec<ToldLeg>, staff: &Staff) -> Told {
        for leg in &mut legs {
            leg.records.sort_unstable();
        }
        legs.sort_unstable();
        legs.dedup();
        Told { groups: staff.groups_of(&legs), entry_id, context_type, legs }
    }
}

/// Basic statistics, leg by leg, become what is told of each entry. Also says how many legs name no entry: nobody knows
/// to which call they belong.
pub(crate) fn of_rows(rows: Vec<StatsRow>, staff: &Staff) -> (Vec<Told>, usize) {
    let mut entries: BTreeMap<String, Vec<ToldLeg>> = BTreeMap::new();
    let mut homeless = 0;
    for row in rows {
        match row.entry_id {
            Some(entry) => entries.entry(entry).or_default().push(ToldLeg {
                start: row.start,
                finish: row.finish,
                answer: row.answer,
                created: row.created,
                from_extension: row.from_extension,
                from_number: row.from_number,
                to_extension: row.to_extension,
                to_number: row.to_number,
                line_number: row.line_number,
                location: row.location,
                disconnect_reason: row.disconnect_reason,
                records: row.records,
            }),
            None => homeless += 1,
        }
    }
    (entries.into_iter().map(|(entry, legs)| Told::new(entry, None, legs, staff)).collect(), homeless)
}

/// Extended statistics, call by call.
pub(crate) fn of_calls(calls: Vec<ContextCall>, staff: &Staff) -> (Vec<Told>, usize) {
    let mut homeless = 0;
    let mut told = Vec::new();
    for call in calls {
        match call.entry_id.clone() {
            Some(entry) => told.push(Told::new(entry, call.context_type, legs_of(&call, staff), staff)),
            None => homeless += 1,
        }
    }
    (told, homeless)
}

/// The legs of a whole call in the words of the basic statistics.
fn legs_of(call: &ContextCall, staff: &Staff) -> Vec<ToldLeg> {
    /// Manual 3.4.2.
    const INBOUND: Option<u8> = Some(1);
    let end = call.start + i64::from(call.duration);
    let whole = ToldLeg {
        start: call.start,
        finish: end,
        created: call.start,
        from_number: call.caller_number.clone(),
        line_number: call.called_number.clone(),
        ..ToldLeg::default()
    };
    if call.context_type != INBOUND {
        let to = call.legs.iter().find(|leg| is_employee(leg)).and_then(|leg| extension(leg, staff));
        return vec![ToldLeg {
            from_extension: call.caller_id.as_ref().and_then(|id| staff.extensions.get(id)).cloned(),
            to_extension: to.filter(|_| call.context_type == Some(3)),
            to_number: call.called_number.clone(),
            answer: if call.succeeded { end - i64::from(call.talk_duration) } else { 0 },
            disconnect_reason: call.legs.last().and_then(|leg| leg.end_reason),
            records: call.legs.iter().flat_map(|leg| leg.recordings.clone()).collect(),
            line_number: None,
            location: Some("abonent".to_owned()),
            ..whole
        }];
    }
    let legs: Vec<&ContextLeg> = call.legs.iter().flat_map(|leg| leg.members.iter().chain([leg])).collect();
    if legs.is_empty() {
        return vec![ToldLeg { location: Some("ivr".to_owned()), ..whole }];
    }
    legs.into_iter()
        .map(|leg| {
            let is_group = leg.call_type.as_deref() == Some("group");
            ToldLeg {
                start: if leg.start > 0 { leg.start } else { call.start },
                finish: if leg.end > 0 { leg.end } else { end },
                answer: leg.answer,
                to_extension: extension(leg, staff),
                to_number: leg.abonent_number.clone().filter(|_| !is_group),
                location: Some(if is_group { "queue" } else { "abonent" }.to_owned()),
                disconnect_reason: leg.end_reason,
                records: leg.recordings.clone(),
                ..whole.clone()
            }
        })
        .collect()
}

fn is_employee(leg: &ContextLeg) -> bool {
    leg.call_type.as_deref() == Some("user")
}

fn extension(leg: &ContextLeg, staff: &Staff) -> Option<String> {
    let id = leg.abonent_id.as_ref().filter(|_| is_employee(leg))?;
    staff.extensions.get(id).cloned()
}

impl fmt::Debug for Told {
    /// Without numbers: this may reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Told({}, {} legs)", self.entry_id, self.legs.len())
    }
}

impl fmt::Debug for ToldLeg {
    /// Without numbers: this may reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ToldLeg({}..{})", self.start, self.finish)
    }
}

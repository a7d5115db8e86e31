//! Who works here, and in which groups.

use std::fmt;

use serde_json::{Map, Value};

use crate::lenient::{object, objects, text, text_of, words};

/// An employee of the PBX (manual 3.7.1). Everything may be missing.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Employee {
    /// The id, if the field `general.user_id` was asked for.
    pub user_id: Option<String>,
    /// The short number; without one nobody can call from the desk.
    pub extension: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Department.
    pub department: Option<String>,
    /// Position.
    pub position: Option<String>,
    /// Mobile number, if the field `general.mobile` was asked for.
    pub mobile: Option<String>,
    /// The line that called people see.
    pub line: Option<String>,
    /// The phones, in the order in which they ring.
    pub devices: Vec<Device>,
    /// The ids of the employee's groups, if the field `groups` was asked for.
    pub groups: Vec<String>,
}

/// A phone of an employee.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Device {
    /// Digits, or a SIP address.
    pub number: String,
    /// `tel`, `sip`, `fmc`.
    pub protocol: Option<String>,
}

/// A group that distributes calls (manual 3.7.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// The id.
    pub id: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// The short number; a group may have none.
    pub extension: Option<String>,
    /// Its operators, if they were asked for.
    pub operators: Vec<GroupOperator>,
}

/// An employee in a group.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupOperator {
    /// The id.
    pub id: Option<String>,
    /// The short number.
    pub extension: Option<String>,
    /// Name.
    pub name: Option<String>,
}

pub(super) fn employee(body: &Map<String, Value>) -> Employee {
    let none = Map::new();
    let general = object(body, "general").unwrap_or(&none);
    let telephony = object(body, "telephony").unwrap_or(&none);
    let mut devices: Vec<(i64, Device)> = objects(telephony, "numbers")
        .filter_map(|device| {
            let order = crate::lenient::number(device, "order").unwrap_or(i64::MAX);
            Some((order, Device { number: text(device, "number")?, protocol: text(device, "protocol") }))
        })
        .collect();
    devices.sort_by_key(|(order, _)| *order);
    Employee {
        user_id: text_of(general, &["user_id", "id"]).or_else(|| text(body, "user_id")),
        extension: text(telephony, "extension").or_else(|| text(body, "extension")),
        name: text(general, "name").or_else(|| text(body, "name")),
        department: text(general, "department"),
        position: text(general, "position"),
        mobile: text(general, "mobile"),
        line: text_of(telephony, &["outgoingline", "line_number"]),
        devices: devices.into_iter().map(|(_, device)| device).collect(),
        groups: words(body, "groups", &["id", "group_id"]),
    }
}

pub(super) fn group(body: &Map<String, Value>) -> Group {
    let operator = |body: &Map<String, Value>| GroupOperator {
        id: text_of(body, &["id", "user_id"]),
        extension: text(body, "extension"),
        name: text(body, "name"),
    };
    Group {
        id: text_of(body, &["id", "group_id"]),
        name: text(body, "name"),
        extension: text(body, "extension"),
        operators: objects(body, "operators").map(operator).collect(),
    }
}

impl fmt::Debug for Employee {
    /// Without name and numbers: this may reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Employee({})", self.extension.as_deref().unwrap_or("-"))
    }
}

impl fmt::Debug for GroupOperator {
    /// Without name: this may reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GroupOperator({})", self.extension.as_deref().unwrap_or("-"))
    }
}

impl fmt::Debug for Device {
    /// Without number: this may reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Device({})", self.protocol.as_deref().unwrap_or("-"))
    }
}

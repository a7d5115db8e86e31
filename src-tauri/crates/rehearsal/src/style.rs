//! How the posts are written, and every answer that the reference leaves open (its mark `[U]`).

/// How the posts are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Numbers are sent as strings, as some of the manual's samples do.
    pub strings: bool,
    /// The fields of API v2 (`was_transferred`, `hold_initiator`, `transfer`) are left out.
    pub v1: bool,
    /// The leg of a waiting queue names the group as its called party.
    pub queue_extension: bool,
    /// The code with which the phones end that did not get the call: 1100, 1182 or 1183.
    pub losing: i32,
    /// How a hidden caller is written.
    pub hidden: Hidden,
    /// The first leg of a click-to-call ends without having been Connected (manual of 2017).
    pub short_callback: bool,
    /// `call_direction` of a click-to-call's summary: 2, or 1.
    pub callback_direction: u8,
    /// The legs of a click-to-call name the line.
    pub callback_line: bool,
    /// Statistics are announced as `result/stats` (manual of 2017), not `result/stat`.
    pub result_stats: bool,
}

/// How the number of a caller who hides it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hidden {
    /// There is no `number` (the manual).
    #[default]
    Missing,
    /// `number` is an empty text.
    Empty,
    /// `number` is `anonymous`.
    Anonymous,
}

impl Hidden {
    /// The way of this name: `missing`, `empty` or `anonymous`.
    pub fn from_name(name: &str) -> Option<Hidden> {
        match name {
            "missing" => Some(Hidden::Missing),
            "empty" => Some(Hidden::Empty),
            "anonymous" => Some(Hidden::Anonymous),
            _ => None,
        }
    }

    /// What stands in `number`, if anything.
    pub(crate) fn number(self) -> Option<&'static str> {
        match self {
            Hidden::Missing => None,
            Hidden::Empty => Some(""),
            Hidden::Anonymous => Some("anonymous"),
        }
    }
}

impl Default for Style {
    /// As the manual of 2026 and real traffic have it, where they say so.
    fn default() -> Style {
        Style {
            strings: false,
            v1: false,
            queue_extension: false,
            losing: 1100,
            hidden: Hidden::default(),
            short_callback: false,
            callback_direction: 2,
            callback_line: false,
            result_stats: false,
        }
    }
}

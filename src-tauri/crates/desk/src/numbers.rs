//! The numbers of some days, counted from history.

mod tally;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use calls::missed::{How, Row, rows};
use jiff::Span;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use self::tally::{Count, OfColleague};
use crate::board::Past;
use crate::log::{CountedCall, NotRead, Reader};
use crate::typed::{after, begin_ms};

/// What colleagues and lines are called.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// By short number.
    pub colleagues: HashMap<String, String>,
    /// By number.
    pub lines: HashMap<String, String>,
}

/// A row of missed calls and the line of its first call.
#[derive(Debug, Clone)]
pub(crate) struct CountedRow {
    /// The row.
    pub row: Row,
    /// The line; `None`: the PBX did not tell.
    pub line: Option<String>,
}

/// Counts the days from one to another, both included.
///
/// # Errors
/// When the log cannot be read.
pub(crate) fn count(
    reader: &Reader,
    (from, to): (Date, Date),
    zone: &TimeZone,
    names: &Names,
) -> Result<wire::Numbers, NotRead> {
    let days = from.until(to).map(|span| span.get_days() + 1).unwrap_or(1);
    let first_before = from.saturating_sub(Span::new().days(days));
    let oldest = reader.oldest_call()?.map(|oldest| oldest.to_zoned_datetime(zone.clone()).date());
    let mut counting = Counting::new((from, to), zone);
    read(reader, (from, to), zone, &mut counting)?;
    let before = if oldest.is_some_and(|oldest| oldest <= first_before) {
        let days_before = (first_before, from.saturating_sub(Span::new().days(1)));
        let mut counting = Counting::new(days_before, zone);
        read(reader, days_before, zone, &mut counting)?;
        Some(counting.total.tally())
    } else {
        None
    };
    let kept_since = oldest.filter(|oldest| *oldest > from).map(|oldest| oldest.to_string());
    Ok(wire::Numbers { kept_since, before, ..counting.told(names) })
}

fn read(reader: &Reader, (from, to): (Date, Date), zone: &TimeZone, counting: &mut Counting) -> Result<(), NotRead> {
    let (Some(begin), Some(end)) = (begin_ms(from, zone), begin_ms(after(to), zone)) else { return Ok(()) };
    reader.count_calls((begin, end), |call| counting.call(&call))?;
    for number in reader.numbers_missed((begin, end))? {
        for row in rows(&Past::number(reader, &number).episodes) {
            let began = row.first_at.as_millisecond();
            if (begin..end).contains(&began) {
                let line = reader.line_of(row.id.as_str())?;
                counting.row(&CountedRow { row, line });
            }
        }
    }
    Ok(())
}

/// Numbers while they are being counted.
pub(crate) struct Counting {
    days: (Date, Date),
    zone: TimeZone,
    total: Count,
    by_day: BTreeMap<Date, Count>,
    hours: Vec<Count>,
    lines: HashMap<String, Count>,
    colleagues: HashMap<String, OfColleague>,
    outcomes: HashMap<String, u32>,
    tags: HashMap<String, u32>,
}

impl Counting {
    pub(crate) fn new((from, to): (Date, Date), zone: &TimeZone) -> Counting {
        let mut by_day = BTreeMap::new();
        let mut day = from;
        while day <= to {
            by_day.insert(day, Count::default());
            let next = after(day);
            if next == day {
                break;
            }
            day = next;
        }
        Counting {
            days: (from, to),
            zone: zone.clone(),
            total: Count::default(),
            by_day,
            hours: (0..24).map(|_| Count::default()).collect(),
            lines: HashMap::new(),
            colleagues: HashMap::new(),
            outcomes: HashMap::new(),
            tags: HashMap::new(),
        }
    }

    fn of(&mut self, at: Timestamp, line: Option<&str>, mut count: impl FnMut(&mut Count)) {
        let local = at.to_zoned_datetime(self.zone.clone());
        let hour = usize::try_from(local.hour()).unwrap_or_default();
        let day = self.by_day.get_mut(&local.date());
        let line = self.lines.entry(line.unwrap_or_default().to_owned()).or_default();
        for counted in [Some(&mut self.total), day, self.hours.get_mut(hour), Some(line)].into_iter().flatten() {
            count(counted);
        }
    }

    /// Counts a call. One between colleagues is nobody's number.
    pub(crate) fn call(&mut self, call: &CountedCall) {
        let Ok(at) = Timestamp::from_millisecond(call.started_ms) else { return };
        if call.direction == "internal" {
            return;
        }
        self.of(at, call.line.as_deref(), |count| count.call(call));
        if let Some(extension) = &call.extension {
            self.colleagues.entry(extension.clone()).or_default().call(call);
        }
        if let Some(outcome) = &call.wrap_up {
            *self.outcomes.entry(outcome.clone()).or_default() += 1;
        }
        for tag in call.tags.iter().flat_map(|tags| tags.lines()) {
            *self.tags.entry(tag.to_owned()).or_default() += 1;
        }
    }

    /// Counts a row of missed calls.
    pub(crate) fn row(&mut self, counted: &CountedRow) {
        let row = &counted.row;
        self.of(row.first_at, counted.line.as_deref(), |count| count.row(row));
        let reached = row.closed.as_ref().filter(|closed| closed.how == How::Reached);
        if let Some(by) = reached.and_then(|closed| closed.by.as_ref()) {
            self.colleagues.entry(by.as_str().to_owned()).or_default().reached += 1;
        }
    }

    /// All of it, without what is known of other days.
    pub(crate) fn told(self, names: &Names) -> wire::Numbers {
        let busiest = |tally: &wire::Tally| std::cmp::Reverse(tally.inbound + tally.outbound);
        let mut lines: Vec<wire::LineNumbers> = self
            .lines
            .into_iter()
            .map(|(line, count)| wire::LineNumbers {
                name: names.lines.get(&line).cloned(),
                line,
                tally: count.tally(),
            })
            .collect();
        lines.sort_by(|a, b| busiest(&a.tally).cmp(&busiest(&b.tally)).then_with(|| a.line.cmp(&b.line)));
        let mut colleagues: Vec<wire::ColleagueNumbers> = self
            .colleagues
            .into_iter()
            .map(|(extension, count)| {
                let name = names.colleagues.get(&extension).cloned();
                count.told(extension, name)
            })
            .collect();
        colleagues.sort_by(|a, b| {
            let calls = |of: &wire::ColleagueNumbers| std::cmp::Reverse(of.answered + of.outbound);
            calls(a).cmp(&calls(b)).then_with(|| a.extension.cmp(&b.extension))
        });
        wire::Numbers {
            from: self.days.0.to_string(),
            to: self.days.1.to_string(),
            kept_since: None,
            total: self.total.tally(),
            before: None,
            days: self
                .by_day
                .into_iter()
                .map(|(date, count)| wire::DayNumbers { date: date.to_string(), tally: count.tally() })
                .collect(),
            hours: self.hours.into_iter().map(Count::tally).collect(),
            lines,
            colleagues,
            outcomes: named(self.outcomes),
            tags: named(self.tags),
        }
    }
}

fn named(counts: HashMap<String, u32>) -> Vec<wire::NamedCount> {
    let mut named: Vec<wire::NamedCount> =
        counts.into_iter().map(|(name, count)| wire::NamedCount { name, count }).collect();
    named.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    named
}

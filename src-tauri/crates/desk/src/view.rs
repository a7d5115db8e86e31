//! From what the desk knows to what the feed shows: `calls` and `directory` to `wire`.

use calls::{LegState, Outcome, Picture};
use directory::{AlertKind, HealthState, Person, Sex, StepKind};
use jiff::Timestamp;
use jiff::civil::Date;
use phone::Party;
use unicode_normalization::UnicodeNormalization as _;

use crate::log::{CallRow, PastCall, marks};

/// RFC 3339 in UTC with milliseconds.
#[must_use]
pub fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// A call without a card, as everybody sees it; whether it pops differs by viewer.
#[must_use]
pub fn call(picture: &Picture, card: wire::Card, note: Option<String>, rehearsal: bool) -> wire::Call {
    wire::Call {
        id: picture.id.as_str().to_owned(),
        direction: direction(picture.direction),
        state: state(picture.state),
        outcome: picture.outcome.map(outcome),
        number: picture.number.as_ref().and_then(number),
        number_display: picture.number.as_ref().and_then(number_display),
        line: picture.line.clone(),
        group: picture.group.clone(),
        started_at: time(picture.started_at),
        answered_at: picture.answered_at.map(time),
        ended_at: picture.ended_at.map(time),
        answered_by: picture.answered_by.as_ref().map(ToString::to_string),
        by: picture.by.as_ref().map(ToString::to_string),
        pops: false,
        legs: picture.legs.iter().map(leg).collect(),
        command_id: picture.command.as_ref().map(ToString::to_string),
        reason: picture.reason,
        card,
        recordings: Vec::new(),
        note,
        wrap_up: None,
        last_words: None,
        note_person: None,
        place: place(&picture.number),
        rehearsal,
        line_name: None,
        pressed: Vec::new(),
        advert: None,
        topics: Vec::new(),
        known_as: None,
        deeds: Vec::new(),
        may: Vec::new(),
        sip_call_id: None,
        recalled: picture.recalled,
    }
}

fn leg(leg: &calls::Leg) -> wire::Leg {
    wire::Leg {
        id: leg.id.as_str().to_owned(),
        extension: leg.extension.as_ref().map(ToString::to_string),
        state: match leg.state {
            LegState::Ringing => wire::LegState::Ringing,
            LegState::Talking => wire::LegState::Talking,
            LegState::Held => wire::LegState::Held,
            LegState::Ended => wire::LegState::Ended,
        },
        location: leg.location.clone(),
        device: leg.device.clone(),
    }
}

fn direction(direction: calls::Direction) -> wire::Direction {
    match direction {
        calls::Direction::Inbound => wire::Direction::Inbound,
        calls::Direction::Outbound => wire::Direction::Outbound,
        calls::Direction::Internal => wire::Direction::Internal,
    }
}

fn state(state: calls::CallState) -> wire::CallState {
    match state {
        calls::CallState::Greeting => wire::CallState::Greeting,
        calls::CallState::Ringing => wire::CallState::Ringing,
        calls::CallState::Talking => wire::CallState::Talking,
        calls::CallState::Held => wire::CallState::Held,
        calls::CallState::Ended => wire::CallState::Ended,
    }
}

fn outcome(outcome: Outcome) -> wire::Outcome {
    match outcome {
        Outcome::Answered => wire::Outcome::Answered,
        Outcome::Missed => wire::Outcome::Missed,
        Outcome::Abandoned => wire::Outcome::Abandoned,
        Outcome::Failed => wire::Outcome::Failed,
        Outcome::Unknown => wire::Outcome::Unknown,
    }
}

/// E.164 where it is a phone number, else as received; `None` when hidden.
#[must_use]
pub fn number(party: &Party) -> Option<String> {
    match party {
        Party::Phone(number) => Some(number.as_str().to_owned()),
        Party::Sip(text) | Party::Other(text) => Some(text.clone()),
        Party::Hidden => None,
    }
}

fn place(party: &Option<Party>) -> Option<wire::Place> {
    let Some(Party::Phone(number)) = party else { return None };
    number.place().map(|place| wire::Place { ru: place.russian.to_owned(), en: place.english.to_owned() })
}

fn number_display(party: &Party) -> Option<String> {
    match party {
        Party::Phone(number) => Some(number.display()),
        Party::Sip(_) | Party::Other(_) | Party::Hidden => number(party),
    }
}

/// A card for a call that nobody is looked up for.
#[must_use]
pub fn card_without_look_up(why: &str) -> wire::Card {
    wire::Card {
        status: wire::CardStatus::Unknown,
        people: Vec::new(),
        chosen: None,
        took_ms: None,
        source: None,
        why: Some(why.to_owned()),
        steps: Vec::new(),
        as_of: None,
        last_chosen: None,
        more_to_come: false,
    }
}

/// A card that waits for the directory.
#[must_use]
pub fn card_looking(source: &str) -> wire::Card {
    wire::Card {
        status: wire::CardStatus::Looking,
        people: Vec::new(),
        chosen: None,
        took_ms: None,
        source: Some(source.to_owned()),
        why: None,
        steps: Vec::new(),
        as_of: None,
        last_chosen: None,
        more_to_come: false,
    }
}

/// A step of a look-up.
#[must_use]
pub fn card_step(step: &directory::Step) -> wire::CardStep {
    wire::CardStep {
        what: match step.what {
            StepKind::Index => wire::CardStepKind::Index,
            StepKind::Cache => wire::CardStepKind::Cache,
            StepKind::Request => wire::CardStepKind::Request,
            StepKind::Details => wire::CardStepKind::Details,
            StepKind::Fallback => wire::CardStepKind::Fallback,
        },
        source: step.source.to_owned(),
        // Microseconds are worth showing: an index takes some.
        took_ms: (step.took.as_secs_f64() * 1e6).round() / 1e3,
        result: step.result.clone(),
    }
}

/// A person as of `today` in the clinic.
#[must_use]
pub fn person(person: &Person, today: Date) -> wire::Person {
    wire::Person {
        id: person.id.clone(),
        full_name: person.full_name.clone(),
        given_name: person.given_name.clone(),
        patronymic: person.patronymic.clone(),
        family_name: person.family_name.clone(),
        born: person.born.map(|born| born.to_string()),
        age: person.born.filter(|born| *born <= today).map(|born| directory::age(born, today)),
        sex: match person.sex {
            Sex::Male => wire::Sex::Male,
            Sex::Female => wire::Sex::Female,
            Sex::Unknown => wire::Sex::Unknown,
        },
        chart: person.chart.clone(),
        phones: person.phones.iter().map(|phone| phone.as_str().to_owned()).collect(),
        relation: person.relation.clone(),
        alerts: person.alerts.iter().map(alert).collect(),
        debt: person
            .debt
            .as_ref()
            .map(|debt| wire::Debt { amount: debt.amount.clone(), currency: debt.currency.clone() }),
        doctor: person.doctor.clone(),
        last_visit: person.last_visit.as_ref().map(visit),
        next_visit: person.next_visit.as_ref().map(visit),
        note: person.note.clone(),
        open_url: person.open_url.clone(),
        gaps: person.gaps.clone(),
    }
}

fn alert(alert: &directory::Alert) -> wire::Alert {
    wire::Alert {
        kind: match alert.kind {
            AlertKind::Allergy => wire::AlertKind::Allergy,
            AlertKind::Debt => wire::AlertKind::Debt,
            AlertKind::Vip => wire::AlertKind::Vip,
            AlertKind::Conflict => wire::AlertKind::Conflict,
            AlertKind::Note => wire::AlertKind::Note,
        },
        text: alert.text.clone(),
    }
}

fn visit(visit: &directory::Visit) -> wire::Visit {
    wire::Visit {
        id: visit.id.clone(),
        at: time(visit.at),
        doctor: visit.doctor.clone(),
        service: visit.service.clone(),
        place: visit.place.clone(),
        confirmed: visit.confirmed,
    }
}

/// How the directory fares.
#[must_use]
pub fn directory_health(kind: &str, health: directory::Health, can: directory::Abilities) -> wire::DirectoryHealth {
    wire::DirectoryHealth {
        kind: kind.to_owned(),
        state: match health.state {
            HealthState::Ok => wire::DirectoryState::Ok,
            HealthState::Slow => wire::DirectoryState::Slow,
            HealthState::Down => wire::DirectoryState::Down,
        },
        why: health.why,
        people: health.people,
        can: wire::DirectoryCan {
            confirm_visit: can.confirm_visit,
            register_person: can.register_person,
            attach_number: can.attach_number,
            make_visit: can.make_visit,
            cancel_visit: can.cancel_visit,
        },
    }
}

/// A call in the projections: what history shows, counts and searches.
#[must_use]
pub fn call_row(call: &wire::Call, started_at: Timestamp) -> Option<CallRow> {
    Some(CallRow {
        entry: call.id.clone(),
        started_ms: started_at.as_millisecond(),
        live: call.state != wire::CallState::Ended,
        number: call.number.clone(),
        past: past_call(call, started_at),
        json: kept(call)?,
    })
}

/// The call without what was said in another one: that is kept, and deleted, with the other.
#[must_use]
pub fn kept(call: &wire::Call) -> Option<String> {
    match &call.last_words {
        None => serde_json::to_string(call),
        Some(_) => serde_json::to_string(&wire::Call { last_words: None, ..call.clone() }),
    }
    .ok()
}

/// The same of a call that a log kept as it was shown.
#[must_use]
pub fn kept_call_row(json: &str) -> Option<CallRow> {
    let call: wire::Call = serde_json::from_str(json).ok()?;
    let started_at = call.started_at.parse().ok()?;
    call_row(&call, started_at).map(|row| CallRow { json: json.to_owned(), ..row })
}

fn past_call(call: &wire::Call, started_at: Timestamp) -> Option<PastCall> {
    if call.state != wire::CallState::Ended {
        return None;
    }
    let moment = |text: &Option<String>| text.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
    let answered_at = moment(&call.answered_at);
    let between = |from: Timestamp, to: Timestamp| to.duration_since(from).as_millis().max(0).try_into().ok();
    let ended = call.outcome.unwrap_or(wire::Outcome::Unknown);
    let extension = match call.direction {
        wire::Direction::Inbound => &call.answered_by,
        wire::Direction::Outbound | wire::Direction::Internal => &call.by,
    };
    let said = call.wrap_up.as_ref();
    let tags = said.map(|said| said.tags.join("\n")).filter(|tags| !tags.is_empty());
    Some(PastCall {
        person: certain_person(&call.card).map(|person| person.id.clone()),
        direction: word(&call.direction),
        ended: word(&ended),
        extension: extension.clone(),
        line: call.line.clone(),
        wait_ms: answered_at.and_then(|answered_at| between(started_at, answered_at)),
        talk_ms: answered_at
            .zip(moment(&call.ended_at))
            .and_then(|(answered_at, ended_at)| between(answered_at, ended_at)),
        wrap_up: said.and_then(|said| said.outcome.clone()),
        tags,
        search: search_text(call, Some(ended), extension.as_deref()),
    })
}

/// What a search looks through in a call that lives.
#[must_use]
pub fn live_search_text(call: &wire::Call) -> String {
    let extension = call.answered_by.as_deref().or(call.by.as_deref());
    search_text(call, None, extension)
}

fn search_text(call: &wire::Call, ended: Option<wire::Outcome>, extension: Option<&str>) -> String {
    let mut told: Vec<&str> = Vec::new();
    told.extend(call.number.as_deref());
    told.extend(call.card.people.iter().map(|person| person.full_name.as_str()));
    told.extend(call.card.people.iter().filter_map(|person| person.chart.as_deref()));
    told.extend(call.note.as_deref());
    told.extend(call.line_name.as_deref());
    told.extend(call.known_as.as_deref());
    let mut search = searchable(&told.join("\n"));
    let said = call.wrap_up.as_ref();
    let marked = ended
        .map(|ended| marks::ended(ended).to_owned())
        .into_iter()
        .chain([marks::direction(call.direction).to_owned()])
        .chain(is_withheld(call).then(|| marks::WITHHELD.to_owned()))
        .chain(extension.map(marks::extension))
        .chain(call.line.as_deref().map(marks::line))
        .chain(said.and_then(|said| said.outcome.as_deref()).map(marks::wrap_up))
        .chain(said.iter().flat_map(|said| &said.tags).map(|tag| marks::tag(tag)));
    for marked in marked {
        search.push('\n');
        search.push_str(&marked);
    }
    search
}

/// Whether the row says that the number is hidden.
fn is_withheld(call: &wire::Call) -> bool {
    call.number.is_none() && call.direction != wire::Direction::Internal
}

/// A value of a list as the feed writes it.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The person a card is certain about: the chosen one, or the only one.
#[must_use]
pub fn certain_person(card: &wire::Card) -> Option<&wire::Person> {
    match (&card.chosen, card.people.as_slice()) {
        (Some(chosen), people) => people.iter().find(|person| person.id == *chosen),
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}

/// Lower case, composed (a Mac writes й as two signs), ё as е, without signs that are ours: how searched text and its
/// search words are compared.
#[must_use]
pub fn searchable(text: &str) -> String {
    let lower: String = text.to_lowercase().nfc().collect();
    marks::without(&lower).replace('ё', "е")
}

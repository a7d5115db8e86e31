//! The scenarios by name, with a line for people about each.

use rand::{Rng, RngExt};

use crate::script::{self, Script};

/// A kind of call that the rehearsal can play.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scenario {
    /// Reference 5.1: menu, the group rings, a colleague answers.
    IvrGroupAnswer,
    /// Reference 5.2: menu, the group rings, nobody answers.
    Missed,
    /// Reference 5.3: a colleague gets the call by command.
    BlindTransfer,
    /// Reference 5.4: a colleague gets the call from the handset.
    HandsetTransfer,
    /// Reference 5.5: a colleague is asked first, then gets the call.
    ConsultativeTransfer,
    /// Reference 5.7: an employee calls out; the summary comes early.
    Outgoing,
    /// Reference 5.8: one employee calls another.
    Internal,
    /// Reference 5.9: a hidden number, over a SIP line, answered on a mobile phone.
    Hidden,
    /// Reference 5.10: 5.1 out of order, every post twice.
    Disorder,
    /// Gone in the voice menu.
    Abandoned,
    /// The last events never come.
    LostEnd,
    /// A queue between menu and operators.
    Queue,
    /// The operators ring one after another.
    Serial,
    /// One phone rings until somebody answers or hangs up.
    Ring,
    /// One employee, two devices.
    SeveralDevices,
    /// A seeded mixture of the calls above that end by themselves.
    Mixed,
    /// What a demonstration shows: several callers, answered or missed, in turn.
    Demo,
    /// An answered call that is recorded; the recording can be had then.
    Recorded,
    /// The caller presses keys in the voice menu.
    Dtmf,
    /// The caller saw our number in an advertisement.
    Advert,
    /// A caller waits in the queue until somebody takes the call over.
    QueueWait,
    /// One post of every kind and spelling.
    Everything,
    /// Colleagues' statuses in the contact centre.
    Statuses,
}

struct Told {
    scenario: Scenario,
    name: &'static str,
    russian: &'static str,
    english: &'static str,
}

const fn told(scenario: Scenario, name: &'static str, russian: &'static str, english: &'static str) -> Told {
    Told { scenario, name, russian, english }
}

/// In the order of [`Scenario`].
const TOLD: [Told; 23] = [
    told(
        Scenario::IvrGroupAnswer,
        "ivr-group-answer",
        "Меню, звонит вся группа, отвечает коллега",
        "Menu, the group rings, a colleague answers",
    ),
    told(
        Scenario::Missed,
        "missed",
        "Звонит группа, никто не ответил: пропущенный",
        "The group rings, nobody answers: missed",
    ),
    told(
        Scenario::BlindTransfer,
        "blind-transfer",
        "Перевод коллеге командой, вслепую",
        "Passed to a colleague by command, blind",
    ),
    told(
        Scenario::HandsetTransfer,
        "handset-transfer",
        "Перевод коллеге с телефонного аппарата",
        "Passed to a colleague from the handset",
    ),
    told(
        Scenario::ConsultativeTransfer,
        "consultative-transfer",
        "Перевод коллеге после консультации",
        "Passed to a colleague after a word with her",
    ),
    told(Scenario::Outgoing, "outgoing", "Исходящий звонок с софтфона", "An outgoing call from a softphone"),
    told(Scenario::Internal, "internal", "Внутренний звонок между сотрудниками", "One employee calls another"),
    told(
        Scenario::Hidden,
        "hidden",
        "Номер скрыт, ответ с мобильного телефона",
        "A hidden number, answered on a mobile phone",
    ),
    told(
        Scenario::Disorder,
        "disorder",
        "События вразнобой, и каждое дважды",
        "Events out of order, every one of them twice",
    ),
    told(
        Scenario::Abandoned,
        "abandoned",
        "Положили трубку ещё в голосовом меню",
        "Gone while still in the voice menu",
    ),
    told(Scenario::LostEnd, "lost-end", "Конец разговора так и не пришёл", "The end of the call never arrives"),
    told(Scenario::Queue, "queue", "Ожидание в очереди, затем ответ", "A wait in the queue, then an answer"),
    told(Scenario::Serial, "serial", "Телефоны звонят по очереди", "The phones ring one after another"),
    told(
        Scenario::Ring,
        "ring",
        "Звонит один телефон, пока не ответят или не сбросят",
        "One phone rings until somebody answers or hangs up",
    ),
    told(Scenario::SeveralDevices, "several-devices", "Один сотрудник, два аппарата", "One employee with two devices"),
    told(Scenario::Mixed, "mixed", "Всё вперемешку, разные номера", "All of them mixed, from many numbers"),
    told(
        Scenario::Demo,
        "demo",
        "Показ: звонки по кругу, с ответом и без",
        "A demonstration: calls for ever, answered and missed",
    ),
    told(
        Scenario::Recorded,
        "recorded",
        "Разговор записан, запись можно прослушать",
        "An answered call that is recorded",
    ),
    told(
        Scenario::Dtmf,
        "dtmf",
        "Звонящий нажимает цифры в голосовом меню",
        "The caller presses keys in the voice menu",
    ),
    told(Scenario::Advert, "advert", "Звонок по номеру из рекламы", "The caller saw our number in an advertisement"),
    told(
        Scenario::QueueWait,
        "queue-wait",
        "Ожидает в очереди, пока звонок не заберут",
        "A caller waits in the queue until the call is taken over",
    ),
    told(
        Scenario::Everything,
        "everything",
        "По одному уведомлению каждого вида",
        "One post of every kind and spelling",
    ),
    told(
        Scenario::Statuses,
        "statuses",
        "Статусы коллег в контакт-центре меняются",
        "Colleagues' statuses in the contact centre change",
    ),
];

impl Scenario {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Scenario> {
        TOLD.iter().map(|told| told.scenario)
    }

    /// The scenario of this name.
    pub fn from_name(name: &str) -> Option<Scenario> {
        TOLD.iter().find(|told| told.name == name).map(|told| told.scenario)
    }

    /// Its name on the command line: lower case, words joined by hyphens.
    pub fn name(self) -> &'static str {
        self.told().name
    }

    /// One line about it in Russian.
    pub fn russian(self) -> &'static str {
        self.told().russian
    }

    /// One line about it in English.
    pub fn english(self) -> &'static str {
        self.told().english
    }

    fn told(self) -> &'static Told {
        &TOLD[self as usize]
    }

    /// What [`Scenario::Mixed`] is mixed of: ordinary calls that end by themselves. Seeded tests count on exactly these.
    pub(crate) const MIXTURE: [Scenario; 14] = [
        Scenario::IvrGroupAnswer,
        Scenario::Missed,
        Scenario::BlindTransfer,
        Scenario::HandsetTransfer,
        Scenario::ConsultativeTransfer,
        Scenario::Outgoing,
        Scenario::Internal,
        Scenario::Hidden,
        Scenario::Disorder,
        Scenario::Abandoned,
        Scenario::LostEnd,
        Scenario::Queue,
        Scenario::Serial,
        Scenario::SeveralDevices,
    ];

    /// Itself, or one of the mixture.
    pub(crate) fn settled(self, random: &mut impl Rng) -> Scenario {
        if self != Scenario::Mixed {
            return self;
        }
        Scenario::MIXTURE[random.random_range(0..Scenario::MIXTURE.len())]
    }

    /// Whether a person decides about its calls: they are never played without pauses, or at a rate.
    pub fn waits(self) -> bool {
        matches!(self, Scenario::Ring | Scenario::QueueWait)
    }

    /// Its script in the `turn`-th performance (the demonstration alternates, the mixture goes round).
    pub(crate) fn script(self, turn: u64) -> Script {
        match self {
            Scenario::IvrGroupAnswer => script::IVR_GROUP_ANSWER,
            Scenario::Missed => script::MISSED,
            Scenario::BlindTransfer => script::BLIND_TRANSFER,
            Scenario::HandsetTransfer => script::HANDSET_TRANSFER,
            Scenario::ConsultativeTransfer => script::CONSULTATIVE_TRANSFER,
            Scenario::Outgoing => script::OUTGOING,
            Scenario::Internal => script::INTERNAL,
            Scenario::Hidden => script::HIDDEN,
            Scenario::Disorder => script::DISORDER,
            Scenario::Abandoned => script::ABANDONED,
            Scenario::LostEnd => script::LOST_END,
            Scenario::Queue => script::QUEUE,
            Scenario::Serial => script::SERIAL,
            Scenario::Ring => script::RING,
            Scenario::SeveralDevices => script::SEVERAL_DEVICES,
            Scenario::Mixed => {
                let chosen = turn % Scenario::MIXTURE.len() as u64;
                Scenario::MIXTURE[chosen as usize].script(turn)
            }
            Scenario::Demo if turn.is_multiple_of(2) => script::DEMO_ANSWERED,
            Scenario::Demo => script::DEMO_MISSED,
            Scenario::Recorded => script::RECORDED,
            Scenario::Dtmf => script::DTMF,
            Scenario::Advert => script::ADVERT,
            Scenario::QueueWait => script::QUEUE_WAIT,
            Scenario::Everything => script::EVERYTHING,
            Scenario::Statuses => script::STATUSES,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_and_are_in_order() {
        for (place, scenario) in Scenario::all().enumerate() {
            assert_eq!(scenario as usize, place);
            assert_eq!(Scenario::from_name(scenario.name()), Some(scenario));
            assert!(!scenario.russian().is_empty() && !scenario.english().is_empty());
        }
        assert_eq!(Scenario::from_name("quiet"), None);
    }

    #[test]
    fn only_a_ring_and_a_queue_wait_for_a_person() {
        let waiting: Vec<_> = Scenario::all().filter(|scenario| scenario.script(0).waits).collect();
        assert_eq!(waiting, [Scenario::Ring, Scenario::QueueWait]);
        assert!(Scenario::all().all(|scenario| scenario.waits() == scenario.script(0).waits));
        assert!(Scenario::MIXTURE.iter().all(|scenario| !scenario.script(0).waits));
    }
}

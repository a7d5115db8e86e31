//! What the rehearsal makes of a click-to-call.

/// How the callbacks of a rehearsal turn out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallbackMode {
    /// The last two digits of `to_number` choose: 02 busy, 03 no answer, 04 the patient refuses, 05 the operator does not
    /// answer, 07 the operator is busy, anything else answered.
    #[default]
    ByNumber,
    /// Always the same.
    Always(Outcome),
}

/// A click-to-call that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallBack {
    pub(crate) command_id: String,
    /// The employee who is rung first.
    pub(crate) extension: String,
    pub(crate) to_number: String,
    /// The line it goes out on, when one was chosen.
    pub(crate) line_number: Option<String>,
}

/// What happens to one accepted callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Both answer and talk.
    Answered,
    /// The employee's own phone rings out (1111): there is no second leg.
    OperatorNoAnswer,
    /// The employee's own phone is busy (1121): there is no second leg.
    OperatorBusy,
    /// The number called is busy (1121).
    Busy,
    /// The number called does not answer (1111).
    NoAnswer,
    /// The person called rejects the call (1122).
    PatientRefuses,
    /// The command is accepted, and nothing is ever heard of it: no result, no legs.
    NoEvents,
    /// The command is carried out, but its HTTP reply takes 30 seconds.
    SlowReply,
    /// The command's bytes are taken and the connection is dropped: no reply, and nothing follows.
    Reset,
    /// `result/callback` arrives before the HTTP reply and before any leg.
    ResultFirst,
}

impl Outcome {
    const ALL: [(Outcome, &'static str); 10] = [
        (Outcome::Answered, "answered"),
        (Outcome::OperatorNoAnswer, "operator-no-answer"),
        (Outcome::OperatorBusy, "operator-busy"),
        (Outcome::Busy, "busy"),
        (Outcome::NoAnswer, "no-answer"),
        (Outcome::PatientRefuses, "patient-refuses"),
        (Outcome::NoEvents, "no-events"),
        (Outcome::SlowReply, "slow-reply"),
        (Outcome::Reset, "reset"),
        (Outcome::ResultFirst, "result-first"),
    ];
}

impl CallbackMode {
    /// The mode of this name, as the command line spells it.
    pub fn from_name(name: &str) -> Option<CallbackMode> {
        if name == "by-number" {
            return Some(CallbackMode::ByNumber);
        }
        let (outcome, _) = Outcome::ALL.iter().find(|(_, known)| *known == name)?;
        Some(CallbackMode::Always(*outcome))
    }

    /// All names that [`CallbackMode::from_name`] knows.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Outcome::ALL.iter().map(|(_, name)| *name).chain(["by-number"])
    }

    pub(crate) fn outcome(self, to_number: &str) -> Outcome {
        let CallbackMode::Always(outcome) = self else {
            return match to_number.get(to_number.len().saturating_sub(2)..) {
                Some("02") => Outcome::Busy,
                Some("03") => Outcome::NoAnswer,
                Some("04") => Outcome::PatientRefuses,
                Some("05") => Outcome::OperatorNoAnswer,
                Some("07") => Outcome::OperatorBusy,
                _ => Outcome::Answered,
            };
        };
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_digits_choose() {
        let by_number = CallbackMode::ByNumber;
        assert_eq!(by_number.outcome("79005550102"), Outcome::Busy);
        assert_eq!(by_number.outcome("79005550105"), Outcome::OperatorNoAnswer);
        assert_eq!(by_number.outcome("79005550199"), Outcome::Answered);
        assert_eq!(by_number.outcome("2"), Outcome::Answered);
        assert_eq!(CallbackMode::Always(Outcome::Busy).outcome("79005550101"), Outcome::Busy);
    }

    #[test]
    fn every_name_is_known() {
        assert!(CallbackMode::names().all(|name| CallbackMode::from_name(name).is_some()));
        assert_eq!(CallbackMode::from_name("perhaps"), None);
    }
}

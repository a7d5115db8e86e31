//! How often each kind of request may be sent.

use std::time::Duration;

/// Requests that share one published limit (manual 1.4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RateClass {
    /// 4 a second.
    Callback,
    /// 4 a second.
    HangUp,
    /// 4 a second.
    RecordingStart,
    /// 1 in two seconds.
    Transfer,
    /// 1 in two seconds.
    Route,
    /// 2 a second.
    Balance,
    /// 1 in two seconds.
    Users,
    /// 10 a second.
    Recordings,
    /// 50 a second for reading; the 10 of [`RateClass::Other`] are kept.
    AddressBook,
    /// 1 in two seconds.
    StatsRequest,
    /// Once in five seconds for each key.
    StatsResult,
    /// Everything without a line of its own: 10 a second.
    Other,
}

impl RateClass {
    /// The least time between two requests of the class; of [`RateClass::StatsResult`] between two for one key.
    pub fn interval(self) -> Duration {
        match self {
            RateClass::Callback | RateClass::HangUp | RateClass::RecordingStart => Duration::from_millis(250),
            RateClass::Transfer | RateClass::Route | RateClass::Users | RateClass::StatsRequest => {
                Duration::from_secs(2)
            }
            RateClass::Balance => Duration::from_millis(500),
            RateClass::Recordings | RateClass::AddressBook | RateClass::Other => Duration::from_millis(100),
            RateClass::StatsResult => Duration::from_secs(5),
        }
    }
}

//! Whom the desk asks for what it slept through.

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mango_vpbx::answer::{CallsStats, ContextCall, Stats, StatsRow};
use mango_vpbx::client::{Client, CommandError};
use mango_vpbx::command::{CallsStatsQuery, StatsQuery};

use crate::roster;

/// Calls in one page of extended statistics; one of the numbers that the manual allows.
pub(crate) const PAGE: u32 = 1000;

/// Which statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of legs (manual 3.4.1).
    Legs,
    /// Of whole calls (manual 3.4.2), where a PBX does not know the others.
    Calls {
        /// How many calls are known already.
        offset: u32,
    },
}

/// A question: what happened between two moments, Unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Question {
    pub from: i64,
    pub to: i64,
    pub kind: Kind,
}

/// What came of asking for an answer.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The PBX still works on it.
    NotReady,
    /// Every leg.
    Legs(Vec<StatsRow>),
    /// A page of calls.
    Calls(Vec<ContextCall>),
}

impl Answer {
    /// The answer is there, and there is something in it.
    pub(crate) fn tells_something(&self) -> bool {
        match self {
            Answer::NotReady => false,
            Answer::Legs(rows) => !rows.is_empty(),
            Answer::Calls(calls) => !calls.is_empty(),
        }
    }
}

/// A PBX that can be asked about past calls.
#[async_trait]
pub(crate) trait Source: Send + Sync {
    /// Has an answer prepared; tells the key to fetch it with.
    async fn ask(&self, question: &Question) -> Result<String, CommandError>;
    /// Fetches it.
    async fn fetch(&self, key: &str, kind: Kind) -> Result<Answer, CommandError>;
    /// Who works here.
    async fn staff(&self) -> Result<roster::Told, CommandError>;
}

#[async_trait]
impl Source for Client {
    async fn ask(&self, question: &Question) -> Result<String, CommandError> {
        let Question { from, to, kind } = *question;
        match kind {
            Kind::Legs => self.ask_stats(&StatsQuery { from, to, ..StatsQuery::default() }).await,
            Kind::Calls { offset } => {
                let (start, end) = (moscow_time(from), moscow_time(to));
                self.ask_calls_stats(&CallsStatsQuery { start, end, limit: PAGE, offset, ..CallsStatsQuery::default() })
                    .await
            }
        }
    }

    async fn fetch(&self, key: &str, kind: Kind) -> Result<Answer, CommandError> {
        match kind {
            Kind::Legs => match self.stats(key).await? {
                Stats::NotReady => Ok(Answer::NotReady),
                Stats::Rows(rows) => Ok(Answer::Legs(rows)),
            },
            Kind::Calls { .. } => match self.calls_stats(key).await? {
                CallsStats::Working => Ok(Answer::NotReady),
                CallsStats::Ready(calls) => Ok(Answer::Calls(calls)),
            },
        }
    }

    async fn staff(&self) -> Result<roster::Told, CommandError> {
        let employees = self.users().await?;
        let groups = self.groups().await?;
        // They go with the roster, but no call needs them: a PBX that does not tell them has told enough.
        let lines = self.incoming_lines().await.unwrap_or_default();
        Ok(roster::Told { employees, groups, lines })
    }
}

/// Extended statistics are asked in words of Moscow time, wherever the clinic is.
fn moscow_time(unix: i64) -> String {
    let moscow = TimeZone::get("Europe/Moscow").unwrap_or(TimeZone::UTC);
    let at = Timestamp::from_second(unix).unwrap_or_default().to_zoned_datetime(moscow);
    at.strftime("%d.%m.%Y %H:%M:%S").to_string()
}

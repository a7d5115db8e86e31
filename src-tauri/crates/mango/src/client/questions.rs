//! The questions that a desk asks its PBX, each with its answer read.

use std::sync::PoisonError;

use super::reply;
use super::{Client, CommandError, Unclear};
use crate::answer::{
    Answer, Balance, CallsStats, CentreCall, ContactPage, Employee, Group, Line, PageVisit, SiteVisitor, Stats,
    TrunkNumber,
};
use crate::command::{
    CallsStatsQuery, Command, ContactCursor, ContactSearch, GroupsQuery, RecordingAction, StatsField, StatsQuery,
    UsersQuery,
};
use crate::event::Contact;

/// Prepared statistics whose columns are remembered; the PBX forgets them after minutes.
const REMEMBERED: usize = 64;

impl Client {
    /// How much money the account has: a harmless question that proves address, key and salt.
    ///
    /// # Errors
    /// As [`send`](Client::send).
    pub async fn balance(&self) -> Result<Balance, CommandError> {
        self.ask(&Command::Balance).await?.balance().ok_or(CommandError::Unclear(Unclear::Unreadable))
    }

    /// Everybody who works here, with ids, groups and mobile numbers.
    ///
    /// # Errors
    /// As [`send`](Client::send); nothing was changed whatever happened.
    pub async fn users(&self) -> Result<Vec<Employee>, CommandError> {
        let fields = ["general.user_id", "general.mobile", "groups"].map(str::to_owned).to_vec();
        self.users_of(UsersQuery { extension: None, fields }).await
    }

    /// The employees that a query names.
    ///
    /// # Errors
    /// As [`users`](Client::users).
    pub async fn users_of(&self, query: UsersQuery) -> Result<Vec<Employee>, CommandError> {
        Ok(self.ask(&query.into()).await?.employees())
    }

    /// All groups, with their operators.
    ///
    /// # Errors
    /// As [`users`](Client::users).
    pub async fn groups(&self) -> Result<Vec<Group>, CommandError> {
        let query = GroupsQuery { show_users: true, ..GroupsQuery::default() };
        Ok(self.ask(&query.into()).await?.groups())
    }

    /// The numbers that people call us at.
    ///
    /// # Errors
    /// As [`users`](Client::users).
    pub async fn incoming_lines(&self) -> Result<Vec<Line>, CommandError> {
        Ok(self.ask(&Command::IncomingLines).await?.lines())
    }

    /// The numbers of our SIP trunks.
    ///
    /// # Errors
    /// As [`users`](Client::users).
    pub async fn trunk_numbers(&self) -> Result<Vec<TrunkNumber>, CommandError> {
        Ok(self.ask(&Command::TrunkNumbers).await?.trunk_numbers())
    }

    /// Has statistics of legs prepared; the answer is the key for [`stats`](Client::stats).
    ///
    /// # Errors
    /// As [`users`](Client::users).
    pub async fn ask_stats(&self, query: &StatsQuery) -> Result<String, CommandError> {
        let key = self.key(&Command::StatsRequest(query.clone())).await?;
        let mut columns = self.shared.columns.lock().unwrap_or_else(PoisonError::into_inner);
        if columns.len() >= REMEMBERED {
            columns.pop_front();
        }
        columns.push_back((key.clone(), query.columns().to_vec()));
        Ok(key)
    }

    /// Fetches statistics of legs: every leg or none, for half of them would be read as all. Waits until five seconds
    /// after the last time for the same key. A key that this client did not get is read as one for
    /// [`StatsField::ALL`].
    ///
    /// # Errors
    /// As [`users`](Client::users); a wrong or old key [is not there](CommandError::is_not_there), an answer that
    /// breaks off is [`Unclear::Unreadable`].
    pub async fn stats(&self, key: &str) -> Result<Stats, CommandError> {
        let columns = self.columns_of(key);
        let command = Command::StatsResult { key: key.to_owned() };
        self.carry_out(&command, |heard| reply::stats(&command, &columns, &heard)).await
    }

    /// Has statistics of calls prepared; the answer is the key for [`calls_stats`](Client::calls_stats).
    ///
    /// # Errors
    /// As [`users`](Client::users).
    pub async fn ask_calls_stats(&self, query: &CallsStatsQuery) -> Result<String, CommandError> {
        self.key(&Command::CallsStatsRequest(query.clone())).await
    }

    /// Fetches statistics of calls. Waits until five seconds after the last time for the same key.
    ///
    /// # Errors
    /// As [`users`](Client::users); statistics that will never come are [`CommandError::Refused`] with code 0 and the
    /// PBX's word as message: `error`, `cancel`, `not-found`.
    pub async fn calls_stats(&self, key: &str) -> Result<CallsStats, CommandError> {
        let command = Command::CallsStatsResult { key: key.to_owned() };
        self.carry_out(&command, |heard| reply::calls_stats(&command, &heard)).await
    }

    /// Where a recording can be fetched, once and soon. The link opens it to whoever has it: do not log or keep it.
    ///
    /// # Errors
    /// As [`users`](Client::users); a recording that is not stored yet [is not there](CommandError::is_not_there).
    pub async fn recording(&self, recording_id: &str, action: RecordingAction) -> Result<String, CommandError> {
        let command = Command::RecordingPost { recording_id: recording_id.to_owned(), action };
        self.carry_out(&command, |heard| reply::one_time_link(&command, &self.shared.base, &heard)).await
    }

    /// What was spoken about in a recording: names of topics, once [`RecordTagged`](crate::RecordTagged) came.
    ///
    /// # Errors
    /// As [`users`](Client::users).
    pub async fn topics(&self, recording_id: &str) -> Result<Vec<String>, CommandError> {
        Ok(self.ask(&Command::RecordingTopics { recording_id: recording_id.to_owned() }).await?.topics())
    }

    /// A signed link to a recording for a browser, good until `expires` (Unix seconds), if the cabinet allows such
    /// links (manual 3.5.2). It opens the recording to whoever has it: do not log or keep it.
    pub fn recording_link(&self, recording_id: &str, action: RecordingAction, expires: i64) -> String {
        let sign = self.shared.account.recording_link_sign(recording_id, expires);
        let mut link = self.shared.base.clone();
        let (key, expires) = (self.shared.account.key(), expires.to_string());
        if let Ok(mut path) = link.path_segments_mut() {
            path.pop_if_empty().extend(["queries", "recording", "link", recording_id, action.as_str(), key]);
            path.extend([&expires, &sign]);
        }
        // A segment may hold "=", but the PBX's own links percent-encode it (reference 4.9).
        String::from(link).replace('=', "%3D")
    }

    /// Contacts of the PBX's address book whose name or number has this in it.
    ///
    /// # Errors
    /// As [`users`](Client::users).
    pub async fn find_contacts(&self, number: &str) -> Result<Vec<Contact>, CommandError> {
        let search = ContactSearch { query: number.to_owned(), ..ContactSearch::default() };
        Ok(self.search_contacts(search).await?.contacts)
    }

    /// The first page of a search in the PBX's address book.
    ///
    /// # Errors
    /// As [`users`](Client::users).
    pub async fn search_contacts(&self, search: ContactSearch) -> Result<ContactPage, CommandError> {
        Ok(self.ask(&search.into()).await?.contacts())
    }

    /// Another page of a search in the PBX's address book.
    ///
    /// # Errors
    /// As [`users`](Client::users).
    pub async fn more_contacts(&self, cursor: ContactCursor) -> Result<ContactPage, CommandError> {
        Ok(self.ask(&cursor.into()).await?.contacts())
    }

    /// Who was shown this call-tracking number on our site; `None` when nobody is known.
    ///
    /// # Errors
    /// As [`users`](Client::users).
    pub async fn dct_user(&self, number: &str) -> Result<Option<SiteVisitor>, CommandError> {
        Ok(self.ask(&Command::DctUser { number: number.to_owned() }).await?.visitor())
    }

    /// The pages that this visitor saw.
    ///
    /// # Errors
    /// As [`users`](Client::users).
    pub async fn dct_history(&self, number: &str) -> Result<Vec<PageVisit>, CommandError> {
        Ok(self.ask(&Command::DctHistory { number: number.to_owned() }).await?.pages())
    }

    /// What the contact centre knows about a call.
    ///
    /// # Errors
    /// As [`users`](Client::users).
    pub async fn contact_centre_call(&self, entry_id: &str) -> Result<CentreCall, CommandError> {
        Ok(self.ask(&Command::ContactCentreCall { entry_id: entry_id.to_owned() }).await?.centre_call())
    }

    async fn ask(&self, question: &Command) -> Result<Answer, CommandError> {
        self.carry_out(question, |heard| reply::answer(question, &heard).map(|(_, answer)| answer)).await
    }

    async fn key(&self, question: &Command) -> Result<String, CommandError> {
        self.ask(question).await?.key().ok_or(CommandError::Unclear(Unclear::Unreadable))
    }

    fn columns_of(&self, key: &str) -> Vec<StatsField> {
        let columns = self.shared.columns.lock().unwrap_or_else(PoisonError::into_inner);
        let known = columns.iter().rev().find(|(of, _)| of == key);
        known.map_or_else(|| StatsField::ALL.to_vec(), |(_, columns)| columns.clone())
    }
}

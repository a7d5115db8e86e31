//! Kind `sql`: one read-only query on PostgreSQL or SQLite.
//!
//! The clinic's administrator makes a view (`sql/*.sql` of this crate has some, with comments) and a role that can read
//! nothing else. A role that can write is refused. MS SQL, Firebird, MySQL and Oracle are not supported: an export
//! into a file (kind `file`) does there.
//!
//! # The columns
//! Names in any case and order; a name and a phone must be there, everything else may be absent:
//! `id` (or `patient_id`), `full_name` (or `family_name`, `given_name`, `patronymic`), `phones` (also `phone`,
//! `phone1`…, as somebody typed them, several in one field too), `born` (or `dob`), `sex`, `chart`, `allergy`, `conflict`,
//! `vip`, `alert` (or `alerts`), `debt` and `debt_currency`, `doctor`, `last_visit`, `next_visit`, each with `…_doctor`,
//! `…_service`, `…_place`, `note`, `relation`, `time_zone` (for times without an offset; else the clinic's). The Russian
//! headers of the kind `file` are understood as well. A person may have several rows: they are put together by `id`.
//!
//! # The parameters
//! Of `query`: `:phones` (spellings, a list: `any(:phones)` on PostgreSQL, `in (select value from json_each(:phones))` on
//! SQLite), `:phone` (E.164), `:phone10` (last ten digits). Of `search`: `:text`, `:words` (a list: lower case, ё as
//! е), `:digits` (when a number was typed, else empty), `:limit`. SQLite also has `callpop_folded(name)` (« иванова
//! мария», for `like '% ' || word || '%'`) and `callpop_has_number(field, :phone)`, which reads a field as Callpop does.

mod answer;
mod dialect;
mod fault;
mod postgres;
mod report;
mod rights;
mod rows;
mod sqlite;
mod statement;
mod tls;

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use phone::PhoneNumber;
use serde::{Deserialize, Serialize};

use self::answer::{Facts, Rows, Value};
use self::dialect::Source;
use self::postgres::Postgres;
use self::rows::Plan;
use self::sqlite::Sqlite;
use self::statement::{Parameter, Statement};
use crate::file::table::folded;
use crate::matching::spellings;
use crate::people::Person;
use crate::settings::{SectionError, Surroundings};
use crate::source::{Answer, CheckReport, Directory, DirectoryError, Health, HealthState, Trial};

/// A search of more letters asks for nobody.
const MOST_TYPED: usize = 200;

/// `[directory.sql]` as it is typed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Section {
    /// `postgres://role@host/database` (with `?sslmode=require` unencrypted connections are refused) or `sqlite:path`;
    /// the password is the secret `directory-token`.
    pub url: String,
    /// The query by number; parameters `:phones` (spellings, a list), `:phone` (E.164), `:phone10` (last ten digits).
    pub query: String,
    /// The query by name or chart; parameters `:text`, `:words`, `:digits`, `:limit`. Empty: no search.
    pub search: String,
}

/// Patients of one read-only query on PostgreSQL or SQLite.
pub struct SqlDirectory {
    surroundings: Surroundings,
    database: Database,
    query: Statement,
    search: Option<Statement>,
    /// Why the last question failed.
    fault: Mutex<Option<DirectoryError>>,
}

/// What is asked.
enum Database {
    Postgres(Box<Postgres>),
    Sqlite(Sqlite),
}

impl fmt::Debug for SqlDirectory {
    /// Without the address: it names a host and a role.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlDirectory").finish_non_exhaustive()
    }
}

impl Database {
    async fn ask(&self, statement: &Statement, values: &[Value]) -> Result<Rows, DirectoryError> {
        match self {
            Database::Postgres(server) => server.ask(statement, values).await,
            Database::Sqlite(file) => file.ask(statement, values).await,
        }
    }

    async fn columns(&self, statement: &Statement) -> Result<Vec<String>, DirectoryError> {
        match self {
            Database::Postgres(server) => server.columns(statement).await,
            Database::Sqlite(file) => file.columns(statement).await,
        }
    }

    async fn facts(&self) -> Result<Facts, DirectoryError> {
        match self {
            Database::Postgres(server) => server.facts().await,
            Database::Sqlite(file) => file.facts().await,
        }
    }

    async fn ping(&self) -> Result<(), DirectoryError> {
        match self {
            Database::Postgres(server) => server.ping().await,
            Database::Sqlite(file) => file.ping().await,
        }
    }
}

impl SqlDirectory {
    /// Reads the settings; asks nobody yet.
    ///
    /// # Errors
    /// A setting that makes no sense.
    pub fn new(section: &Section, surroundings: Surroundings) -> Result<SqlDirectory, SectionError> {
        let source = Source::of(&section.url, &surroundings)?;
        let statement = |key: &str, text: &str, allowed: &[Parameter]| {
            Statement::read(text, source.dialect(), allowed).map_err(|error| {
                let names: Vec<String> = allowed.iter().map(|parameter| format!(":{}", parameter.name())).collect();
                let right = format!("give one SELECT with {}", names.join(" or "));
                SectionError::new(key, error.to_string(), right)
            })
        };
        let query = statement("directory.sql.query", &section.query, Parameter::OF_NUMBER)?;
        let search = match section.search.trim() {
            "" => None,
            text => Some(statement("directory.sql.search", text, Parameter::OF_SEARCH)?),
        };
        // A late answer still lands on its card: the card's own patience is shorter than this.
        let longest = (surroundings.timeout * 4).clamp(Duration::from_secs(1), Duration::from_secs(30));
        let database = match source {
            Source::Postgres(config) => {
                let certificate = surroundings.certificate.as_ref().map(|path| surroundings.folder.join(path));
                Database::Postgres(Box::new(Postgres::new(*config, certificate.as_ref(), longest)?))
            }
            Source::Sqlite(path) => Database::Sqlite(Sqlite::new(path, surroundings.region.clone(), longest)),
        };
        Ok(SqlDirectory { surroundings, database, query, search, fault: Mutex::new(None) })
    }

    /// Remembers how it went, for [`Directory::health`].
    fn noted<T>(&self, answer: Result<T, DirectoryError>) -> Result<T, DirectoryError> {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = answer.as_ref().err().cloned();
        answer
    }

    /// The rows on a number, and what their columns are.
    async fn rows_of(&self, asked: &Asked) -> Result<(Plan, Rows), DirectoryError> {
        let values: Vec<Value> = self.query.parameters.iter().map(|parameter| asked.value(*parameter)).collect();
        let rows = self.database.ask(&self.query, &values).await?;
        Ok((self.plan(&rows.columns)?, rows))
    }

    fn plan(&self, columns: &[String]) -> Result<Plan, DirectoryError> {
        Plan::of(columns, &self.surroundings).map_err(|why| DirectoryError::Unavailable { why })
    }
}

/// A number as a query gets it.
struct Asked {
    phones: Vec<String>,
    phone: String,
    phone10: String,
}

impl Asked {
    fn of(number: &PhoneNumber) -> Asked {
        Asked {
            phones: spellings(number),
            phone: number.as_str().to_owned(),
            phone10: number.last_ten().unwrap_or(number.digits()).to_owned(),
        }
    }

    /// A number that nobody can have: whoever comes back for it is an answer to another question.
    fn nobodys() -> Asked {
        let phone = "+70000000000".to_owned();
        Asked { phones: vec![phone.clone(), "80000000000".to_owned()], phone, phone10: "0000000000".to_owned() }
    }

    fn value(&self, parameter: Parameter) -> Value {
        match parameter {
            Parameter::Phones | Parameter::Words => Value::List(self.phones.clone()),
            Parameter::Phone | Parameter::Text => Value::Text(self.phone.clone()),
            Parameter::Phone10 | Parameter::Digits => Value::Text(self.phone10.clone()),
            Parameter::Limit => Value::Whole(i64::try_from(answer::MOST_ROWS).unwrap_or(i64::MAX)),
        }
    }
}

fn of_search(parameter: Parameter, text: &str, limit: usize) -> Value {
    match parameter {
        Parameter::Text | Parameter::Phone | Parameter::Phone10 => Value::Text(text.to_owned()),
        Parameter::Words | Parameter::Phones => {
            let words = folded(text);
            Value::List(words.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect())
        }
        Parameter::Digits => Value::Text(rows::digits_of(text)),
        Parameter::Limit => Value::Whole(i64::try_from(limit).unwrap_or(i64::MAX)),
    }
}

#[async_trait]
impl Directory for SqlDirectory {
    fn kind(&self) -> &'static str {
        "sql"
    }

    async fn look_up(&self, number: &PhoneNumber, now: Timestamp) -> Result<Answer, DirectoryError> {
        let answer = async {
            let (plan, rows) = self.rows_of(&Asked::of(number)).await?;
            rows::on_number(&plan, rows, number, now, &self.surroundings)
        };
        self.noted(answer.await)
    }

    async fn search(&self, text: &str, limit: usize, now: Timestamp) -> Result<Vec<Person>, DirectoryError> {
        let text: String = text.trim().chars().take(MOST_TYPED).collect();
        let (Some(search), false, true) = (&self.search, folded(&text).is_empty(), limit > 0) else {
            return Ok(Vec::new());
        };
        let answer = async {
            let values: Vec<Value> =
                search.parameters.iter().map(|parameter| of_search(*parameter, &text, limit)).collect();
            let rows = self.database.ask(search, &values).await?;
            let plan = self.plan(&rows.columns)?;
            Ok(rows::matching(&plan, rows, &text, limit, now, &self.surroundings))
        };
        self.noted(answer.await)
    }

    fn health(&self) -> Health {
        let fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        let state = match fault.as_ref() {
            None => HealthState::Ok,
            Some(DirectoryError::Busy { .. }) => HealthState::Slow,
            Some(
                DirectoryError::Unavailable { .. }
                | DirectoryError::TooLate
                | DirectoryError::NotReached { .. }
                | DirectoryError::Failing { .. }
                | DirectoryError::Refused { .. }
                | DirectoryError::NotUnderstood { .. }
                | DirectoryError::FilterIgnored { .. },
            ) => HealthState::Down,
        };
        Health { state, why: fault.as_ref().map(ToString::to_string), people: None }
    }

    async fn ping(&self) -> Result<(), DirectoryError> {
        self.noted(self.database.ping().await)
    }

    async fn check(&self) -> CheckReport {
        report::check(self).await
    }

    async fn trial(&self, number: &PhoneNumber, now: Timestamp) -> Trial {
        report::trial(self, number, now).await
    }

    async fn reload_if_changed(&self) -> bool {
        false
    }
}

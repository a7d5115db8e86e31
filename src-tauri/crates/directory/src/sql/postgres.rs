//! PostgreSQL: at most two connections, read-only sessions, and no session at all with a role that can write.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::TryStreamExt as _;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::answer::{Facts, MOST_BYTES, MOST_ROWS, Rows, Value, cell, too_big};
use super::fault::{self, unavailable};
use super::rights;
use super::statement::Statement;
use super::tls;
use crate::settings::SectionError;
use crate::source::DirectoryError;

/// More connections at once would be a burden on somebody else's database.
const CONNECTIONS: usize = 2;
/// Longer rows are no patients.
const MOST_LETTERS_OF_ROW: usize = 200_000;

/// A PostgreSQL server that is asked.
pub(super) struct Postgres {
    config: Config,
    tls: MakeRustlsConnect,
    /// For one question, connecting included.
    longest: Duration,
    places: Semaphore,
    idle: Mutex<Vec<Session>>,
}

/// A connection whose rights were looked at.
struct Session {
    client: Client,
    /// Moves the bytes; ended with the session, also when the server hangs.
    pump: JoinHandle<()>,
    /// What the rights are, for a check.
    facts: Facts,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.pump.abort();
    }
}

impl Postgres {
    pub(super) fn new(
        mut config: Config,
        certificate: Option<&PathBuf>,
        longest: Duration,
    ) -> Result<Postgres, SectionError> {
        config.connect_timeout(longest.min(Duration::from_secs(5)));
        let tls = MakeRustlsConnect::new(tls::client(certificate)?);
        Ok(Postgres { config, tls, longest, places: Semaphore::new(CONNECTIONS), idle: Mutex::new(Vec::new()) })
    }

    /// The rows of one query.
    pub(super) async fn ask(&self, statement: &Statement, values: &[Value]) -> Result<Rows, DirectoryError> {
        self.in_time(async {
            let session = self.session().await?;
            let rows = run(&session.client, statement, values).await?;
            Ok((session, rows))
        })
        .await
    }

    /// The names of a query's columns, without running it.
    pub(super) async fn columns(&self, statement: &Statement) -> Result<Vec<String>, DirectoryError> {
        self.in_time(async {
            let session = self.session().await?;
            let columns = describe(&session.client, statement).await?;
            Ok((session, columns))
        })
        .await
    }

    /// Which server this is and what its role may do; connects afresh, so that new rights count.
    pub(super) async fn facts(&self) -> Result<Facts, DirectoryError> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.in_time(async {
            let session = self.session().await?;
            let facts = session.facts.clone();
            Ok((session, facts))
        })
        .await
    }

    /// A sign of life.
    pub(super) async fn ping(&self) -> Result<(), DirectoryError> {
        self.in_time(async {
            let session = self.session().await?;
            session.client.simple_query("select 1").await.map_err(|error| fault::of(&error))?;
            Ok((session, ()))
        })
        .await
    }

    /// Waits for a place and an answer, no longer than the directory's patience, and keeps the session for the next
    /// question. A session whose question ran out of time is closed: nobody knows what it is still reading.
    async fn in_time<T>(
        &self,
        question: impl Future<Output = Result<(Session, T), DirectoryError>>,
    ) -> Result<T, DirectoryError> {
        let answer = tokio::time::timeout(self.longest, async {
            let _place = self.places.acquire().await.map_err(|_| DirectoryError::TooLate)?;
            question.await
        });
        let (session, answer) = answer.await.map_err(|_| DirectoryError::TooLate)??;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < CONNECTIONS {
            idle.push(session);
        }
        Ok(answer)
    }

    /// A session that answers: one of the last questions', unless the server closed it meanwhile.
    async fn session(&self) -> Result<Session, DirectoryError> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            match idle {
                None => return self.connect().await,
                // A server that was restarted has closed them all; some say so only when they are asked.
                Some(session) if session.client.simple_query("").await.is_ok() => return Ok(session),
                Some(_) => {}
            }
        }
    }

    async fn connect(&self) -> Result<Session, DirectoryError> {
        let (client, connection) = self.config.connect(self.tls.clone()).await.map_err(|error| fault::of(&error))?;
        let pump = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(code = error.code().map(|code| code.code()), "a connection to the database ended");
            }
        });
        let mut session = Session { client, pump, facts: Facts::new() };
        let patience = self.longest.as_millis();
        let prepare = format!(
            "set default_transaction_read_only = on; set statement_timeout = {patience}; set lock_timeout = {patience}; \
             set idle_in_transaction_session_timeout = {patience}; set datestyle = 'ISO'; set client_encoding = 'UTF8'"
        );
        session.client.batch_execute(&prepare).await.map_err(|error| fault::of(&error))?;
        session.facts = rights::read_only(&session.client).await?;
        Ok(session)
    }
}

/// Every row comes as JSON: whatever type a column has, the database itself writes it out.
async fn run(client: &Client, statement: &Statement, values: &[Value]) -> Result<Rows, DirectoryError> {
    let began = Instant::now();
    let columns = describe(client, statement).await?;
    let wrapped = format!(
        "select left(row_to_json(callpop_rows)::text, {}) from (\n{}\n) as callpop_rows limit {}",
        MOST_LETTERS_OF_ROW + 1,
        statement.sql,
        MOST_ROWS + 1
    );
    let prepared = client.prepare_typed(&wrapped, &types(statement)).await.map_err(|error| fault::of(&error))?;
    let values: Vec<&(dyn ToSql + Sync)> = values
        .iter()
        .map(|value| match value {
            Value::Text(text) => text as &(dyn ToSql + Sync),
            Value::List(list) => list,
            Value::Whole(whole) => whole,
        })
        .collect();
    let stream = client.query_raw(&prepared, values).await.map_err(|error| fault::of(&error))?;
    let mut stream = std::pin::pin!(stream);
    let mut rows = Rows { columns, rows: Vec::new(), is_cut: false, took: Duration::ZERO };
    let mut bytes = 0;
    while let Some(row) = stream.try_next().await.map_err(|error| fault::of(&error))? {
        if rows.rows.len() == MOST_ROWS {
            rows.is_cut = true;
            continue;
        }
        let text: &str = row.try_get(0).map_err(|error| fault::of(&error))?;
        bytes += text.len();
        if bytes > MOST_BYTES || text.chars().nth(MOST_LETTERS_OF_ROW).is_some() {
            return Err(too_big());
        }
        let record: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).map_err(|_| {
            DirectoryError::NotUnderstood { why: "строка базы не читается".to_owned() }
        })?;
        let cells = rows.columns.iter().map(|column| record.get(column).map(cell).unwrap_or_default());
        rows.rows.push(cells.collect());
    }
    rows.took = began.elapsed();
    Ok(rows)
}

async fn describe(client: &Client, statement: &Statement) -> Result<Vec<String>, DirectoryError> {
    let bare = client.prepare_typed(&statement.sql, &types(statement)).await.map_err(|error| fault::of(&error))?;
    if bare.params().len() != statement.parameters.len() {
        return Err(unavailable("в запросе лишние параметры"));
    }
    Ok(bare.columns().iter().map(|column| column.name().to_owned()).collect())
}

fn types(statement: &Statement) -> Vec<Type> {
    use super::statement::Parameter::{Digits, Limit, Phone, Phone10, Phones, Text, Words};
    let of = |parameter| match parameter {
        Phones | Words => Type::TEXT_ARRAY,
        Phone | Phone10 | Text | Digits => Type::TEXT,
        Limit => Type::INT8,
    };
    statement.parameters.iter().copied().map(of).collect()
}

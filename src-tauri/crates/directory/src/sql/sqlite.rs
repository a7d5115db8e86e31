//! SQLite: a file of another program, opened for reading only, anew for every question: so a file that was replaced is
//! the one that is read, and nobody finds it in use.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use phone::{PhoneNumber, Region};
use rusqlite::functions::FunctionFlags;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, InterruptHandle, OpenFlags, ToSql};
use tokio::sync::{Semaphore, oneshot};

use super::answer::{Facts, MOST_BYTES, MOST_ROWS, Rows, Value, too_big};
use super::fault;
use super::statement::Statement;
use crate::file::table::folded;
use crate::matching::written_in;
use crate::source::DirectoryError;

/// Questions at once.
const QUESTIONS: usize = 2;

/// A database file that is asked.
pub(super) struct Sqlite {
    path: PathBuf,
    region: Region,
    longest: Duration,
    places: Arc<Semaphore>,
}

/// Stops a question whose asker has gone or waits no longer.
struct Stop(InterruptHandle);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.interrupt();
    }
}

impl Sqlite {
    pub(super) fn new(path: PathBuf, region: Region, longest: Duration) -> Sqlite {
        Sqlite { path, region, longest, places: Arc::new(Semaphore::new(QUESTIONS)) }
    }

    /// The rows of one query.
    pub(super) async fn ask(&self, statement: &Statement, values: &[Value]) -> Result<Rows, DirectoryError> {
        let (statement, values) = (statement.clone(), values.to_vec());
        self.in_time(move |connection| run(connection, &statement, &values)).await
    }

    /// The names of a query's columns, without running it.
    pub(super) async fn columns(&self, statement: &Statement) -> Result<Vec<String>, DirectoryError> {
        let statement = statement.clone();
        self.in_time(move |connection| {
            let prepared = connection.prepare(&statement.sql).map_err(|error| fault::of_sqlite(&error))?;
            Ok(names(&prepared))
        })
        .await
    }

    /// What the file is.
    pub(super) async fn facts(&self) -> Result<Facts, DirectoryError> {
        let name = self.path.display().to_string();
        self.in_time(move |connection| {
            let tables = connection
                .query_row("select count(*) from sqlite_schema where type in ('table', 'view')", [], |row| row.get(0))
                .map_err(|error| fault::of_sqlite(&error))?;
            let tables: i64 = tables;
            Ok(vec![
                format!("файл SQLite {name}: таблиц и представлений {tables}"),
                "файл открыт только для чтения".to_owned(),
            ])
        })
        .await
    }

    /// A sign of life.
    pub(super) async fn ping(&self) -> Result<(), DirectoryError> {
        self.facts().await.map(drop)
    }

    async fn in_time<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, DirectoryError> + Send + 'static,
    ) -> Result<T, DirectoryError> {
        let answer = async {
            let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| DirectoryError::TooLate)?;
            let (tell, told) = oneshot::channel();
            let (path, region, patience) = (self.path.clone(), self.region.clone(), self.longest);
            let asked = tokio::task::spawn_blocking(move || {
                // Held as long as the file is read, also when nobody waits any more.
                let _place = place;
                let connection = open(&path, region, patience)?;
                if tell.send(Stop(connection.get_interrupt_handle())).is_err() {
                    return Err(DirectoryError::TooLate);
                }
                question(&connection)
            });
            let _stop = told.await;
            asked
                .await
                .map_err(|_| DirectoryError::Failing { why: "чтение базы прервалось".to_owned() })?
        };
        tokio::time::timeout(self.longest, answer).await.map_err(|_| DirectoryError::TooLate)?
    }
}

fn open(path: &Path, region: Region, patience: Duration) -> Result<Connection, DirectoryError> {
    let told = |error: &rusqlite::Error| fault::of_sqlite(error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| told(&error))?;
    connection.busy_timeout(patience.min(Duration::from_secs(2))).map_err(|error| told(&error))?;
    connection.pragma_update(None, "query_only", true).map_err(|error| told(&error))?;
    add_functions(&connection, region).map_err(|error| told(&error))?;
    Ok(connection)
}

/// What SQLite cannot do by itself: Cyrillic in any case, and numbers in a field as somebody typed it.
fn add_functions(connection: &Connection, region: Region) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("callpop_folded", 1, flags, |context| {
        let name = context.get_raw(0).as_str_or_null().ok().flatten().unwrap_or_default();
        Ok(format!(" {}", folded(name)))
    })?;
    connection.create_scalar_function("callpop_has_number", 2, flags, move |context| {
        let text = |at: usize| context.get_raw(at).as_str_or_null().ok().flatten().unwrap_or_default();
        let wanted = PhoneNumber::parse(text(1), &region);
        Ok(wanted.is_some_and(|number| written_in([text(0)], &number, &region).is_some()))
    })
}

/// SQLite has no lists: they are JSON, for `json_each`.
impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::List(list) => {
                let list = serde_json::Value::from(list.clone()).to_string();
                ToSqlOutput::Owned(rusqlite::types::Value::Text(list))
            }
            Value::Whole(whole) => ToSqlOutput::Owned(rusqlite::types::Value::Integer(*whole)),
        })
    }
}

fn run(connection: &Connection, statement: &Statement, values: &[Value]) -> Result<Rows, DirectoryError> {
    let began = Instant::now();
    let told = |error: rusqlite::Error| fault::of_sqlite(&error);
    let mut prepared = connection.prepare(&statement.sql).map_err(told)?;
    if !prepared.readonly() {
        return Err(DirectoryError::Refused {
            why: "запрос пытается изменить базу: разрешено только чтение".to_owned(),
        });
    }
    let columns = names(&prepared);
    let width = columns.len();
    let mut rows = Rows { columns, rows: Vec::new(), is_cut: false, took: Duration::ZERO };
    let mut found = prepared.query(rusqlite::params_from_iter(values)).map_err(told)?;
    let mut bytes = 0;
    while let Some(row) = found.next().map_err(told)? {
        if rows.rows.len() == MOST_ROWS {
            rows.is_cut = true;
            break;
        }
        let mut cells = Vec::with_capacity(width);
        for column in 0..width {
            let cell = cell(row.get_ref(column).map_err(told)?);
            bytes += cell.len();
            if bytes > MOST_BYTES {
                return Err(too_big());
            }
            cells.push(cell);
        }
        rows.rows.push(cells);
    }
    rows.took = began.elapsed();
    Ok(rows)
}

fn names(prepared: &rusqlite::Statement<'_>) -> Vec<String> {
    prepared.column_names().map(str::to_owned).collect()
}

/// A value as text; what is no text is nothing.
fn cell(value: ValueRef<'_>) -> Cow<'static, str> {
    match value {
        ValueRef::Null | ValueRef::Blob(_) => Cow::Borrowed(""),
        ValueRef::Integer(whole) => Cow::Owned(whole.to_string()),
        ValueRef::Real(number) => Cow::Owned(number.to_string()),
        // Bytes that are no UTF-8 are shown as �, not refused.
        ValueRef::Text(text) => Cow::Owned(String::from_utf8_lossy(text).into_owned()),
    }
}

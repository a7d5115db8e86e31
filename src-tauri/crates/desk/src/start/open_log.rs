//! The log as a desk starts with it.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use crate::board::{Board, Past, Rules};
use crate::log::{self, CallRow, Folded, Key, LogError, Readers, Row, StoredFact};
use crate::running::OpenLog;
use crate::secrets;
use crate::settings::Settings;

/// Folds an entry's facts for a rebuild of the log's projections.
struct Fold(Rules);

impl Folded for Fold {
    fn rows(&self, entry: &str, facts: &[StoredFact], written: Option<log::Written>) -> Vec<Row> {
        let past = crate::board::OnlyFacts { facts, written };
        Board::fold_rows(&self.0, entry, &past as &dyn Past, Timestamp::now())
    }

    fn call(&self, json: &str) -> Option<CallRow> {
        crate::view::kept_call_row(json)
    }
}

/// Opens the log by the settings; the error is for a person.
pub(super) async fn open_log(
    settings: &Settings,
    secrets: &crate::Secrets,
    data_dir: &Path,
    rules: &Rules,
) -> Result<OpenLog, String> {
    let key = match (&secrets.store_key, settings.encrypted) {
        (Some(key), true) => Key::Encrypted(key.clone()),
        (_, false) => {
            tracing::warn!("store.encryption is off: whoever reads the data folder reads who called the clinic");
            Key::Plain
        }
        (None, true) => {
            let why = secrets.why_missing.clone();
            return Err(why.unwrap_or_else(|| "the log's key is missing".to_owned()));
        }
    };
    let (folder, fold) = (data_dir.to_owned(), Fold(rules.clone()));
    let opened = tokio::task::spawn_blocking(move || {
        let opened = log::open(&folder, &key, &fold.0.fold_version(), &fold)?;
        let readers = Arc::new(Readers::new(opened.path, key));
        Ok::<_, LogError>(OpenLog {
            writer: opened.writer,
            reader: opened.reader,
            readers,
            set_aside: opened.set_aside,
        })
    })
    .await;
    match opened {
        Ok(Ok(log)) => Ok(log),
        Ok(Err(error)) => Err(secrets::chain(&error)),
        Err(error) => Err(error.to_string()),
    }
}

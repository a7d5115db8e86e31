//! The patients of a rehearsal: 200 invented people, shipped with the program. They answer only for the rehearsal's own
//! calls. Their days are relative (`today+1 10:30`, `35y 03-14`), so that a demonstration has visits around today in
//! any year; real files may not have such words.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::file::FileDirectory;

/// The shipped file, relative days and all. Who is who: `rehearsal/README.md` beside this crate's sources.
pub fn rehearsal_csv() -> &'static str {
    include_str!("../rehearsal/patients.csv")
}

/// The shipped people as a directory of kind `file`. `time_zone` is the clinic's. Their visits follow the `now` of
/// every look-up.
pub fn rehearsal_people(now: Timestamp, time_zone: TimeZone) -> FileDirectory {
    FileDirectory::shipped(rehearsal_csv(), now, time_zone)
}

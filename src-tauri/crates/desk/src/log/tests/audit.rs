use super::super::audit::{self, AuditError, AuditRecord};
use super::super::schema;
use rusqlite::Connection;

const DAY: i64 = 86_400_000;

/// A trail of one record a day, from day 1 on.
fn trail(days: i64) -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    schema::migrate(&mut connection).unwrap();
    for day in 1..=days {
        let record =
            AuditRecord { at_ms: day * DAY, did: "saw".into(), person: Some(format!("p{day}")), ..Default::default() };
        audit::append(&connection, &record).unwrap();
    }
    connection
}

fn check(connection: &Connection, oldest_ms: i64) -> Result<Vec<String>, String> {
    let mut people = Vec::new();
    let told = audit::each(connection, oldest_ms, |record, _| {
        people.extend(record.person.clone());
        Ok(())
    });
    told.map(|_| people).map_err(|error: AuditError| error.to_string())
}

/// What somebody with the file does, who is not held up by our triggers.
fn tamper(connection: &Connection, sql: &str) {
    connection.execute_batch("DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_only_cut").unwrap();
    connection.execute_batch(sql).unwrap();
}

#[test]
fn an_untouched_trail_is_whole() {
    assert_eq!(check(&trail(0), 0), Ok(Vec::new()));
    assert_eq!(check(&trail(3), 0).unwrap(), ["p1", "p2", "p3"]);
}

#[test]
fn every_way_to_change_it_is_found() {
    for (sql, found) in [
        ("UPDATE audit SET body = replace(body, 'p2', 'p9') WHERE id = 2", "record 2 of the audit trail was changed"),
        ("UPDATE audit SET at = at + 1 WHERE id = 3", "record 3 of the audit trail was changed"),
        ("UPDATE audit SET seal = zeroblob(32) WHERE id = 4", "record 4 of the audit trail was changed"),
        ("DELETE FROM audit WHERE id = 2", "record 2 of the audit trail is missing"),
        ("DELETE FROM audit WHERE id = 1", "record 1 of the audit trail is missing"),
        ("DELETE FROM audit WHERE id = 5", "ends at record 4, but 5 was written"),
        ("DELETE FROM audit", "ends at record 0, but 5 was written"),
        ("UPDATE audit SET id = 9 WHERE id = 5", "record 5 of the audit trail is missing"),
        ("UPDATE audit SET body = (SELECT body FROM audit WHERE id = 1) WHERE id = 2", "record 2"),
        ("DELETE FROM meta WHERE name = 'audit_head'", "ends at record 5, but 0 was written"),
    ] {
        let connection = trail(5);
        tamper(&connection, sql);
        let error = check(&connection, 0).unwrap_err();
        assert!(error.contains(found), "{sql}: {error}");
    }
}

#[test]
fn the_table_itself_refuses_changes() {
    let connection = trail(3);
    for sql in ["UPDATE audit SET body = ''", "DELETE FROM audit WHERE id = 3", "DELETE FROM audit"] {
        assert!(connection.execute(sql, []).is_err(), "{sql}");
    }
    assert_eq!(check(&connection, 0).unwrap().len(), 3);
}

#[test]
fn retention_cuts_the_old_end_and_the_rest_stays_whole() {
    let connection = trail(10);
    assert_eq!(audit::delete_before(&connection, 5 * DAY).unwrap(), 4);
    assert_eq!(audit::delete_before(&connection, 5 * DAY).unwrap(), 0);
    assert_eq!(check(&connection, 5 * DAY).unwrap(), ["p5", "p6", "p7", "p8", "p9", "p10"]);
    // The same cut is a crime where nothing was old enough to go.
    assert!(check(&connection, 3 * DAY).unwrap_err().contains("begins at record 5"));
    // More records, more cuts; all of it may go.
    let later = AuditRecord { at_ms: 11 * DAY, did: "dial".into(), person: Some("p11".into()), ..Default::default() };
    audit::append(&connection, &later).unwrap();
    assert_eq!(check(&connection, 5 * DAY).unwrap().len(), 7);
    assert_eq!(audit::delete_before(&connection, 20 * DAY).unwrap(), 7);
    assert_eq!(check(&connection, 20 * DAY), Ok(Vec::new()));
    audit::append(&connection, &AuditRecord { at_ms: 21 * DAY, person: Some("p12".into()), ..later }).unwrap();
    assert_eq!(check(&connection, 20 * DAY).unwrap(), ["p12"]);
    tamper(&connection, "UPDATE meta SET value = '10 0 ' || hex(zeroblob(32)) WHERE name = 'audit_cut'");
    assert!(check(&connection, 20 * DAY).is_err(), "a moved cut does not fit");
}

#[test]
fn a_clock_that_jumped_back_keeps_what_is_behind_it() {
    let connection = trail(3);
    for (at, person) in [(1, "back"), (9, "later")] {
        let record = AuditRecord { at_ms: at * DAY, person: Some(person.into()), ..Default::default() };
        audit::append(&connection, &record).unwrap();
    }
    assert_eq!(audit::delete_before(&connection, 3 * DAY).unwrap(), 2);
    assert_eq!(check(&connection, 3 * DAY).unwrap(), ["p3", "back", "later"]);
}

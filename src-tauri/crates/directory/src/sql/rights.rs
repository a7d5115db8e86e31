//! Whether a role of PostgreSQL can only read. The server is asked; its answer counts, not the role's name.

use tokio_postgres::Client;

use super::answer::Facts;
use super::fault;
use crate::source::DirectoryError;

/// One row: who and where we are, and the first thing each kind of right to write is found on.
const QUESTION: &str = "
select
    current_user::text,
    current_database()::text,
    current_setting('server_version'),
    coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false),
    coalesce(host(inet_server_addr()), ''),
    (select rolsuper from pg_roles where rolname = current_user),
    (select rolcreaterole from pg_roles where rolname = current_user),
    has_database_privilege(current_database(), 'CREATE'),
    (
        select nspname::text from pg_namespace
        where nspname !~ '^pg_' and nspname <> 'information_schema' and has_schema_privilege(oid, 'CREATE')
        order by nspname limit 1
    ),
    (
        select format('%I.%I', nspname, relname)
        from pg_class join pg_namespace on pg_namespace.oid = relnamespace
        where relkind in ('r', 'p', 'v', 'm', 'f') and nspname !~ '^pg_' and nspname <> 'information_schema'
            and (
                has_table_privilege(pg_class.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
                or has_any_column_privilege(pg_class.oid, 'INSERT, UPDATE')
            )
        order by nspname, relname limit 1
    )";

/// What the server and the role are, in Russian sentences.
///
/// # Errors
/// The role can write: [`DirectoryError::Refused`] says what and what to do.
pub(super) async fn read_only(client: &Client) -> Result<Facts, DirectoryError> {
    let row = client.query_one(QUESTION, &[]).await.map_err(|error| fault::of(&error))?;
    let text = |at: usize| row.try_get::<_, Option<String>>(at).map(Option::unwrap_or_default);
    let flag = |at: usize| row.try_get::<_, Option<bool>>(at).map(Option::unwrap_or_default);
    let read = || -> Result<_, tokio_postgres::Error> {
        let names = [text(0)?, text(1)?, text(2)?, text(4)?, text(8)?, text(9)?];
        let flags = [flag(3)?, flag(5)?, flag(6)?, flag(7)?];
        Ok((names, flags))
    };
    let (names, [is_encrypted, is_superuser, makes_roles, makes_schemas]) =
        read().map_err(|error| fault::of(&error))?;
    let [role, database, version, address, schema, table] = names;
    let can = if is_superuser {
        "это суперпользователь".to_owned()
    } else if makes_roles {
        "она может создавать роли".to_owned()
    } else if !table.is_empty() {
        format!("она может менять {table}")
    } else if makes_schemas {
        format!("она может создавать схемы в базе {database}")
    } else if !schema.is_empty() {
        format!("она может создавать таблицы в схеме {schema} (revoke create on schema {schema} from public)")
    } else {
        let version = version.split_whitespace().next().unwrap_or_default();
        let mut facts = vec![format!("сервер: PostgreSQL {version}, база {database}, роль {role}")];
        facts.push("права роли: только чтение".to_owned());
        let is_near = address.is_empty() || address.starts_with("127.") || address == "::1";
        if is_encrypted {
            facts.push("соединение зашифровано, сертификат сервера проверен".to_owned());
        } else if !is_near {
            facts.push(
                "соединение не зашифровано: включите TLS на сервере и допишите к адресу ?sslmode=require".to_owned(),
            );
        }
        return Ok(facts);
    };
    Err(DirectoryError::Refused {
        why: format!("роль {role} не только читает: {can}. Заведите роль с одним правом SELECT на представление"),
    })
}

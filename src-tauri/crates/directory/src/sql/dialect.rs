//! Which database an address means.

use std::path::PathBuf;
use std::str::FromStr as _;

use secrecy::ExposeSecret as _;

use crate::settings::{SectionError, Surroundings};

/// Whose SQL a query is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Postgres,
    Sqlite,
}

impl Dialect {
    /// What stands before a parameter's number.
    pub(super) fn mark(self) -> char {
        match self {
            Dialect::Postgres => '$',
            Dialect::Sqlite => '?',
        }
    }
}

/// Where the people are.
#[derive(Debug, Clone)]
pub(super) enum Source {
    Postgres(Box<tokio_postgres::Config>),
    Sqlite(PathBuf),
}

const KEY: &str = "directory.sql.url";

impl Source {
    /// `postgres://role@host:port/database?sslmode=require` or `sqlite:path`.
    pub(super) fn of(url: &str, surroundings: &Surroundings) -> Result<Source, SectionError> {
        let url = url.trim();
        if url.is_empty() {
            return Err(SectionError::new(KEY, "it is empty", "give postgres://role@host/database or sqlite:path"));
        }
        let Some((scheme, rest)) = url.split_once(':') else {
            return Err(unknown_scheme(""));
        };
        match scheme.to_ascii_lowercase().as_str() {
            "postgres" | "postgresql" => Source::postgres(url, surroundings),
            "sqlite" => {
                let path = rest.strip_prefix("//").unwrap_or(rest);
                if path.is_empty() {
                    return Err(SectionError::new(KEY, "there is no path", "give sqlite:path"));
                }
                Ok(Source::Sqlite(surroundings.folder.join(path)))
            }
            other => Err(unknown_scheme(other)),
        }
    }

    fn postgres(url: &str, surroundings: &Surroundings) -> Result<Source, SectionError> {
        // Certificates are always verified, name and all: what others call verify-full is what `require` does here.
        let url = url.replace("sslmode=verify-full", "sslmode=require").replace("sslmode=verify-ca", "sslmode=require");
        let mut config = tokio_postgres::Config::from_str(&url)
            // The library's words may quote the address, and with it a password.
            .map_err(|_| SectionError::new(KEY, "it cannot be read", "give postgres://role@host:port/database"))?;
        if config.get_password().is_some() {
            return Err(SectionError::new(
                KEY,
                "a password stands in it",
                "leave it out and enter it as the key of the directory",
            ));
        }
        if config.get_user().is_none() {
            return Err(SectionError::new(KEY, "there is no role in it", "give postgres://role@host/database"));
        }
        if config.get_hosts().is_empty() {
            return Err(SectionError::new(KEY, "there is no host in it", "give postgres://role@host/database"));
        }
        if let Some(password) = &surroundings.token {
            config.password(password.expose_secret());
        }
        if config.get_application_name().is_none() {
            config.application_name("Callpop");
        }
        config.keepalives_idle(std::time::Duration::from_secs(30));
        Ok(Source::Postgres(Box::new(config)))
    }

    pub(super) fn dialect(&self) -> Dialect {
        match self {
            Source::Postgres(_) => Dialect::Postgres,
            Source::Sqlite(_) => Dialect::Sqlite,
        }
    }
}

fn unknown_scheme(scheme: &str) -> SectionError {
    let problem = match scheme {
        "mssql" | "sqlserver" | "firebird" | "mysql" | "mariadb" | "oracle" => {
            format!("{scheme} is not supported")
        }
        _ => "it begins with neither postgres: nor sqlite:".to_owned(),
    };
    SectionError::new(
        KEY,
        problem,
        "give postgres://role@host/database or sqlite:path, or export a file (kind = \"file\")",
    )
}

//! Whose licences we may ship: every package that is built in, against the list in `deny.toml`.
//! The same list serves `cargo deny`; this check needs no installation and therefore always runs.

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process::{cargo, output, say, workspace};

/// Checks the licence of every package of the lock file.
///
/// # Errors
/// A package has no licence that is on the list; all such packages are named.
pub fn check() -> Result<()> {
    let allowed = allowed()?;
    let metadata = output(cargo().args(["metadata", "--format-version", "1", "--locked", "--all-features"]))?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata is JSON")?;
    let packages = metadata["packages"].as_array().context("cargo metadata has packages")?;
    let strange: Vec<String> = packages.iter().filter_map(|package| objection(package, &allowed)).collect();
    if !strange.is_empty() {
        bail!("licences that are not on the list in deny.toml:\n  {}", strange.join("\n  "));
    }
    say(&format!("the licences of {} packages are on the list in deny.toml", packages.len()));
    Ok(())
}

fn allowed() -> Result<Vec<String>> {
    let path = workspace().join("deny.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("{} is missing", path.display()))?;
    let table: toml::Table = text.parse().context("deny.toml is TOML")?;
    let list = table.get("licenses").and_then(|part| part.get("allow")).and_then(toml::Value::as_array);
    let list = list.context("deny.toml has [licenses] allow")?;
    Ok(list.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect())
}

fn objection(package: &Value, allowed: &[String]) -> Option<String> {
    let name = package["name"].as_str().unwrap_or("?");
    match package["license"].as_str() {
        Some(expression) if is_allowed(expression, allowed) => None,
        Some(expression) => Some(format!("{name}: {expression}")),
        None if package["license_file"].is_string() => Some(format!("{name}: a licence file of its own")),
        None => Some(format!("{name}: none named")),
    }
}

/// Whether an SPDX expression can be met with the licences of the list. The old form `MIT/Apache-2.0` means "or".
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ").replace(" WITH ", "~WITH~");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = &words[..];
    either(&mut rest, allowed) && rest.is_empty()
}

fn either(rest: &mut &[&str], allowed: &[String]) -> bool {
    let mut holds = both(rest, allowed);
    while rest.first() == Some(&"OR") {
        *rest = &rest[1..];
        holds |= both(rest, allowed);
    }
    holds
}

fn both(rest: &mut &[&str], allowed: &[String]) -> bool {
    let mut holds = one(rest, allowed);
    while rest.first() == Some(&"AND") {
        *rest = &rest[1..];
        holds &= one(rest, allowed);
    }
    holds
}

fn one(rest: &mut &[&str], allowed: &[String]) -> bool {
    let Some((word, after)) = rest.split_first() else {
        return false;
    };
    *rest = after;
    if *word != "(" {
        let licence = word.replace("~WITH~", " WITH ");
        return allowed.contains(&licence);
    }
    let holds = either(rest, allowed);
    match rest.split_first() {
        Some((&")", after)) => {
            *rest = after;
            holds
        }
        Some(_) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(allowed: &[&str], expression: &str) -> bool {
        let allowed: Vec<String> = allowed.iter().map(|name| (*name).to_owned()).collect();
        is_allowed(expression, &allowed)
    }

    #[test]
    fn one_of_several_is_enough() {
        assert!(with(&["MIT"], "MIT OR Apache-2.0"));
        assert!(with(&["MIT"], "Apache-2.0/MIT"));
        assert!(!with(&["MIT"], "GPL-3.0-only"));
        assert!(with(&["MIT"], "GPL-3.0-only OR MIT"));
    }

    #[test]
    fn both_must_be_there() {
        assert!(!with(&["MIT"], "MIT AND Unicode-3.0"));
        assert!(with(&["MIT", "Unicode-3.0"], "(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(!with(&["MIT", "Unicode-3.0"], "(Zlib OR Apache-2.0) AND Unicode-3.0"));
    }

    #[test]
    fn an_exception_belongs_to_its_licence() {
        assert!(with(&["Apache-2.0 WITH LLVM-exception"], "Apache-2.0 WITH LLVM-exception OR GPL-2.0"));
        assert!(!with(&["Apache-2.0"], "Apache-2.0 WITH LLVM-exception"));
    }

    #[test]
    fn nonsense_is_not_allowed() {
        assert!(!with(&["MIT"], ""));
        assert!(!with(&["MIT"], "(MIT"));
        assert!(!with(&["MIT"], "MIT MIT"));
    }
}

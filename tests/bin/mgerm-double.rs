//! The double of MGERM as a program, to set up the settings window against: `mgerm-double --bind 127.0.0.1:8088`.

#[cfg(unix)]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::io::Write;

    let mut arguments = std::env::args().skip(1);
    let (mut bind, mut token) = ("127.0.0.1:8088".to_owned(), None);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or("usage: mgerm-double [--bind ADDRESS:PORT] [--token TOKEN]")?;
        match name.as_str() {
            "--bind" => bind = value,
            "--token" => token = Some(value),
            _ => return Err("usage: mgerm-double [--bind ADDRESS:PORT] [--token TOKEN]".into()),
        }
    }
    let now = jiff::tz::TimeZone::system().to_datetime(jiff::Timestamp::now());
    let clinic = callpop_tests::mgerm::invented(now);
    let double = callpop_tests::mgerm::MgermDouble::start(bind.parse()?, token.as_deref(), clinic).await?;
    writeln!(std::io::stdout(), "{}", double.base())?;
    tokio::signal::ctrl_c().await?;
    Ok(())
}

#[cfg(not(unix))]
fn main() {}

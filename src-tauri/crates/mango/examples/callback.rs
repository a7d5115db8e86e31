//! Calls a number from an employee's phone, and says what the PBX answered.
//!
//! ```text
//! MANGO_KEY=… MANGO_SALT=… cargo run --example callback --features client -- 201 79005550101
//! ```
//!
//! It rings a real phone and costs money. Key and salt are in the cabinet: Интеграции → API коннектор.

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use mango_vpbx::client::{Client, CommandError};
use mango_vpbx::command::{Callback, Command};
use mango_vpbx::{Account, Code};

const HELP: &str = "\
Calls a number from an employee's phone: rings the employee first, then dials.

Usage: callback [--line LINE] EXTENSION NUMBER

  EXTENSION    the employee's short number, such as 201
  NUMBER       whom to call: digits, country code first, no plus
  --line LINE  which of our lines the called person sees

Environment:
  MANGO_KEY    the account's unique code (vpbx_api_key)
  MANGO_SALT   the key for signatures (vpbx_api_salt)
  MANGO_API    the API's address [https://app.mango-office.ru/vpbx/]";

struct Asked {
    extension: String,
    number: String,
    line: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "this is what an example is for")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let Some(asked) = asked(arguments) else {
        eprintln!("{HELP}");
        return ExitCode::from(2);
    };
    match call(asked).await {
        // The employee's phone rings now, or soon; the posted events tell how it goes on.
        Ok(words) => {
            println!("{words}");
            ExitCode::SUCCESS
        }
        Err(words) => {
            eprintln!("{words}");
            ExitCode::FAILURE
        }
    }
}

async fn call(asked: Asked) -> Result<String, String> {
    let variable = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set; see --help"));
    let account = Account::new(variable("MANGO_KEY")?, variable("MANGO_SALT")?.into());
    let api = variable("MANGO_API").unwrap_or_else(|_| "https://app.mango-office.ru/vpbx/".to_owned());
    let client = Client::new(&api, account).map_err(|fault| fault.to_string())?;
    // Unique enough for one person at a keyboard; a program should use a UUID.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let command = Command::from(Callback {
        command_id: format!("example-{now}"),
        extension: asked.extension,
        from_number: None,
        to_number: asked.number,
        line_number: asked.line,
        auto_answer: false,
    });
    match client.send(&command).await {
        Ok(reply) => Ok(format!("accepted: {}", Code(reply.code).english())),
        Err(CommandError::Refused { code, http, .. }) => {
            Err(format!("refused: {} (code {code}, HTTP {http})", Code(code).english()))
        }
        Err(error) => Err(error.to_string()),
    }
}

fn asked(arguments: Vec<String>) -> Option<Asked> {
    let (mut line, mut rest) = (None, Vec::new());
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        if argument == "--line" {
            line = Some(arguments.next()?);
        } else if argument.starts_with('-') {
            return None;
        } else {
            rest.push(argument);
        }
    }
    let [extension, number] = rest.try_into().ok()?;
    Some(Asked { extension, number, line })
}

//! Reads one posted form from standard input, checks its signature and says what it is.
//!
//! ```text
//! MANGO_KEY=… MANGO_SALT=… cargo run --example listen -- events/call < body
//! ```
//!
//! What receives the posts is up to you: any HTTP server that answers 200 at once.

use std::io::Read;

use mango_vpbx::{Account, CallState, Code, Post, SignedForm, parse};

#[expect(clippy::print_stdout, reason = "this is what an example is for")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("which path was posted to? events/call, events/summary, …")?;
    let account = Account::new(std::env::var("MANGO_KEY")?, std::env::var("MANGO_SALT")?.into());
    let mut body = Vec::new();
    std::io::stdin().take(1024 * 1024).read_to_end(&mut body)?;

    let form = SignedForm::parse(&body)?;
    let json = account.verify(form)?;
    let post = parse(&path, &json)?;
    if let Post::Call(call) = post {
        match call.state {
            CallState::Appeared => println!("{} rings at {:?}", call.entry_id, call.to.extension),
            CallState::Disconnected => println!("{} ended: {}", call.entry_id, reason(call.disconnect_reason)),
            CallState::Connected | CallState::OnHold | CallState::Other(_) => {
                println!("{}: {:?}", call.entry_id, call.state);
            }
        }
    } else if let Post::CommandResult(result) = post {
        println!("{}: {}", result.command, Code(result.result).english());
    } else {
        // Other kinds name people and numbers; a program keeps them rather than print them.
        println!("{path}: understood: {}", post != Post::Unknown);
    }
    Ok(())
}

fn reason(code: Option<i32>) -> &'static str {
    code.map_or("no reason given", |code| Code(code).english())
}

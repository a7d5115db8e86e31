//! The bodies we send.

use mango_vpbx::command::{Callback, Command, CommandFault, HangUp, Transfer, TransferMethod};

pub(crate) const V2: &str = r#"{"command_id":"pop-0001","from":{"extension":"201"},"to_number":"79005550101"}"#;

pub(crate) fn callback() -> Command {
    Callback {
        command_id: "pop-0001".into(),
        extension: "201".into(),
        from_number: None,
        to_number: "79005550101".into(),
        line_number: None,
        auto_answer: false,
    }
    .into()
}

#[test]
fn bodies_of_commands() {
    assert_eq!(callback().json(), V2);
    let full: Command = Callback {
        command_id: "c".into(),
        extension: "201".into(),
        from_number: Some("79005550222".into()),
        to_number: "79005550101".into(),
        line_number: Some("74995550199".into()),
        auto_answer: false,
    }
    .into();
    assert_eq!(
        full.json(),
        r#"{"command_id":"c","from":{"extension":"201","number":"79005550222"},"to_number":"79005550101","line_number":"74995550199"}"#
    );
    let hang_up: Command = HangUp { command_id: "h".into(), call_id: "MTo5==".into() }.into();
    assert_eq!(
        (hang_up.path(), hang_up.json().as_str()),
        ("commands/call/hangup", r#"{"command_id":"h","call_id":"MTo5=="}"#)
    );
    let transfer: Command = Transfer {
        command_id: "t".into(),
        call_id: "c".into(),
        method: TransferMethod::Blind,
        to_number: "202".into(),
        initiator: "201".into(),
    }
    .into();
    assert_eq!(
        transfer.json(),
        r#"{"command_id":"t","call_id":"c","method":"blind","to_number":"202","initiator":"201"}"#
    );
    assert_eq!((Command::Balance.path(), Command::Balance.json().as_str()), ("account/balance", "{}"));
    for command in [callback(), full, hang_up, transfer, Command::Balance] {
        assert_eq!(command.check(), Ok(()));
    }
}

#[test]
fn commands_the_pbx_would_refuse() {
    let with = |id: &str, call: &str| Command::from(HangUp { command_id: id.into(), call_id: call.into() }).check();
    assert_eq!(with("", "c"), Err(CommandFault::CommandId));
    assert_eq!(with(&"x".repeat(129), "c"), Err(CommandFault::CommandId));
    assert_eq!(with("ключ", "c"), Err(CommandFault::CommandId));
    assert_eq!(with("a b", "c"), Err(CommandFault::CommandId));
    assert_eq!(with(&"x".repeat(128), "c"), Ok(()));
    assert_eq!(with("x", " "), Err(CommandFault::Empty("call_id")));
}

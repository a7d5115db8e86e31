//! What the check of the listener tries: the port, a request to ourselves, the network, the certificate.

use std::time::Duration;

use desk::Desk;
use desk::settings::Settings;
use desk::tls::{self, TlsSetting};
use jiff::Timestamp;

use super::{Report, Step, clock, report, step};
use crate::memory::Language;
use crate::problems::Problem;
use crate::settings_window;

/// How long the listener's own answer may take on this machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// Tries what can be tried from inside; whether the PBX gets through, only its own knock shows.
pub(super) async fn check(desk: &Desk, settings: &Settings, language: Language) -> Report {
    let port = desk.listener_port();
    let url = desk.listener_url();
    let taken = language.of("занят нами: Callpop принимает события", "is ours: Callpop accepts events");
    let mut steps = vec![step(language.of("Порт", "Port"), format!("{port} {taken}"), Some(true), None)];
    steps.push(own_request(&url, language).await);
    steps.push(network(desk, settings, language));
    steps.push(step(language.of("Брандмауэр", "Firewall"), firewall(port, language), None, None));
    steps.extend(certificate(&settings.tls, language));
    steps.push(last_guest(desk, language));
    report(steps, None)
}

async fn own_request(url: &str, language: Language) -> Step {
    let what = language.of("Запрос к себе", "Request to ourselves");
    match ping(url).await {
        Ok(status) if status == 200 => step(what, format!("GET {url}/ping → {status}"), Some(true), None),
        Ok(status) => {
            let advice = language.of(
                "Ответила не наша программа? Выберите другой порт",
                "Did another program answer? Choose another port",
            );
            step(what, format!("GET {url}/ping → {status}"), Some(false), Some(advice))
        }
        Err(error) => {
            let advice = language.of(
                "Антивирус или брандмауэр закрывает порт и для самого компьютера: добавьте исключение",
                "An antivirus or firewall closes the port even to this computer: add an exception",
            );
            step(what, format!("GET {url}/ping: {error}"), Some(false), Some(advice))
        }
    }
}

fn network(desk: &Desk, settings: &Settings, language: Language) -> Step {
    let what = language.of("Адрес в сети", "Address in the network");
    let port = desk.listener_port();
    let scheme = if desk.listener_url().starts_with("https:") { "https" } else { "http" };
    if settings.listener_bind.ip().is_loopback() {
        let only = language.of("виден только этому компьютеру", "can be reached from this computer only");
        let advice = language.of(
            "Чтобы АТС могла достучаться, впишите адрес 0.0.0.0 с портом",
            "Write 0.0.0.0 with the port, so that the PBX can reach it",
        );
        return step(what, format!("{}: {only}", settings.listener_bind), Some(false), Some(advice));
    }
    let lan: Vec<String> = desk::addresses::in_the_local_network().iter().map(ToString::to_string).collect();
    let Some(first) = lan.first() else {
        let advice = language.of("Проверьте кабель или Wi-Fi", "Check the cable or Wi-Fi");
        return step(what, language.of("сети нет", "no network").to_owned(), Some(false), Some(advice));
    };
    let path = &settings.listener_path;
    let forward = match language {
        Language::Ru => format!(
            "На роутере направьте внешний порт {port} (TCP) на {first}:{port}; в кабинете MANGO впишите белый IP или домен \
             клиники: {scheme}://<белый IP>:{port}{path}"
        ),
        Language::En => format!(
            "On the router forward the outer port {port} (TCP) to {first}:{port}; in MANGO's personal account enter the clinic's \
             public IP or domain: {scheme}://<public IP>:{port}{path}"
        ),
    };
    step(what, lan.join(", "), None, Some(&forward))
}

/// How the clinic's own certificate stands; nothing when it has none.
fn certificate(setting: &TlsSetting, language: Language) -> Option<Step> {
    let what = language.of("Сертификат", "Certificate");
    let problem = match tls::examine(setting, Timestamp::now()) {
        Ok(None) => return None,
        // It is used all the same: some calls are better than none.
        Ok(Some(validity)) => Problem::of_validity(validity),
        Err(error) => Some(Problem::of_certificate(&error, setting)),
    };
    Some(match problem {
        Some(problem) => step(what, problem.message(language).to_owned(), Some(false), None),
        None => {
            let good = language.of(
                "подходит к своему ключу и действует ещё больше месяца",
                "fits its key and is valid for more than a month",
            );
            step(what, good.to_owned(), Some(true), None)
        }
    })
}

fn last_guest(desk: &Desk, language: Language) -> Step {
    let what = language.of("Последний гость извне", "Last guest from outside");
    match desk.knocks().into_iter().rev().find(|knock| !knock.from.is_loopback()) {
        Some(knock) => {
            let advice = language.of(
                "Подпись не сошлась, или адрес не разрешён: сверьте код и ключ АТС с кабинетом и список адресов выше",
                "The signature or the address did not fit: compare code and key with the personal account, and the list above",
            );
            let from = language.of("с", "from");
            step(
                what,
                format!("{} {from} {}: {} → {}", clock(knock.at), knock.from, knock.path, knock.answer),
                Some(knock.answer == 200),
                (knock.answer == 403).then_some(advice),
            )
        }
        None => {
            let advice = language.of(
                "Нажмите «Проверить подключение» в кабинете MANGO и посмотрите сюда",
                "Press «Проверить подключение» in MANGO's personal account and look here",
            );
            let nobody = language.of("никто ещё не приходил", "nobody has come yet");
            step(what, nobody.to_owned(), None, Some(advice))
        }
    }
}

/// Where the PBX must call, with the scheme and port of the listener that runs.
pub(super) fn suggested(desk: &Desk, settings: &Settings) -> String {
    let is_tls = desk.listener_url().starts_with("https:");
    settings_window::addresses(desk.listener_port(), &settings.listener_path, is_tls).suggested
}

/// Asks the listener as the personal account's button does. Its certificate is not the question here.
async fn ping(url: &str) -> Result<u16, String> {
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .no_proxy()
        .danger_accept_invalid_certs(true)
        .build()
        .map_err(|error| desk::secrets::chain(&error))?;
    let answer = client.get(format!("{url}/ping")).send().await.map_err(|error| desk::secrets::chain(&error))?;
    Ok(answer.status().as_u16())
}

fn firewall(port: u16, language: Language) -> String {
    let rule = if cfg!(windows) {
        format!(
            "netsh advfirewall firewall add rule name=\"Callpop\" dir=in action=allow protocol=TCP localport={port}"
        )
    } else {
        format!("sudo ufw allow {port}/tcp")
    };
    let allow = language.of("если он включён, разрешите входящие:", "if it is on, allow incoming connections:");
    format!("{allow} {rule}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_ping_tells_what_answered() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/mangotelecom", listener.local_addr().unwrap());
        tokio::spawn(async move {
            use tokio::io::AsyncReadExt as _;
            use tokio::io::AsyncWriteExt as _;
            let (mut peer, _) = listener.accept().await.unwrap();
            let mut head = [0; 1024];
            let read = peer.read(&mut head).await.unwrap();
            assert!(head[..read].starts_with(b"GET /mangotelecom/ping "));
            peer.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        });
        assert_eq!(ping(&url).await.unwrap(), 404);
        assert!(ping(&url).await.is_err());
    }
}

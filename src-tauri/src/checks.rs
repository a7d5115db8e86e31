//! The settings' checks: each really tries, and says what it tried, what came back, and what to do.

mod pbx;

use std::sync::Arc;
use std::time::Duration;

use desk::Desk;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager};

use crate::feed_client::Eyes;
use crate::host::{Host, Known};
use crate::memory::{Language, Memory};
use crate::problems::Problem;
use crate::settings_window;

/// How long the listener's own answer may take on this machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// A section of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Section {
    /// MANGO: code and key.
    Vpbx,
    /// Where MANGO's events arrive.
    Listener,
    /// Where patients are looked up.
    Directory,
    /// Whose calls pop up here.
    Desk,
}

/// What a check found.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    ok: bool,
    steps: Vec<Step>,
    retry_at: Option<String>,
}

/// One thing that was tried.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Step {
    what: String,
    result: String,
    ok: Option<bool>,
    advice: Option<String>,
}

/// Somebody tried the listener's address.
#[derive(Debug, Serialize)]
pub(crate) struct KnockView {
    at: String,
    from: String,
    path: String,
    answer: u16,
}

/// Checks a section.
pub(crate) async fn check(app: &AppHandle, section: Section) -> Report {
    let host = Arc::clone(&app.state::<Arc<Host>>());
    let known = host.known();
    let running = host.desk().await;
    let Some(desk) = &*running else {
        let why =
            known.why_not.map_or_else(|| "ещё запускается".to_owned(), |why| why.message(Language::Ru).to_owned());
        let advice = "Исправьте отмеченное в настройках; Callpop пробует снова каждые 20 секунд";
        return report(vec![step("Рабочее место", why, Some(false), Some(advice))], None);
    };
    match section {
        Section::Vpbx => check_vpbx(app, desk, &known).await,
        Section::Listener => check_listener(app, desk, &known).await,
        Section::Directory => check_directory(desk).await,
        Section::Desk => check_desk(app, &known),
    }
}

/// Who tried the listener's address after a moment, oldest first.
pub(crate) async fn knocks(app: &AppHandle, since: &str) -> Vec<KnockView> {
    let host = Arc::clone(&app.state::<Arc<Host>>());
    let since = since.parse::<Timestamp>().unwrap_or(Timestamp::UNIX_EPOCH);
    let running = host.desk().await;
    let knocks = running.as_ref().map(Desk::knocks).unwrap_or_default();
    knocks
        .into_iter()
        .filter(|knock| knock.at >= since)
        .map(|knock| KnockView {
            at: knock.at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
            from: knock.from.to_string(),
            path: knock.path,
            answer: knock.answer,
        })
        .collect()
}

async fn check_vpbx(app: &AppHandle, desk: &Desk, known: &Known) -> Report {
    let language = app.state::<Memory>().read().language;
    let found = desk.check_vpbx().await;
    let mut steps = vec![step("Подписанный запрос баланса", found.what, Some(found.ok), found.advice.as_deref())];
    if let Some(code) = found.code.filter(|_| !found.ok) {
        steps.push(step("Код ответа АТС", code.to_string(), None, None));
    }
    if let Some(balance) = found.balance {
        steps.push(step("Баланс", balance, None, None));
    }
    if let Some(until) = found.retry_at {
        let advice = "После двух отказов за две минуты АТС закрывает доступ всем программам: кнопка подождёт";
        steps.push(step("Следующая попытка", clock(until), None, Some(advice)));
    }
    let is_tls = desk.listener_url().starts_with("https:");
    let addresses = settings_window::addresses(desk.listener_port(), &known.loaded.settings.listener_path, is_tls);
    steps.push(pbx::address(&addresses.suggested, language));
    steps.push(pbx::last_event(desk.last_event_at(), Timestamp::now(), language));
    steps.push(pbx::clock(app.state::<Arc<Eyes>>().clock(), language));
    let retry_at = found.retry_at.map(|until| until.to_string());
    report(steps, retry_at)
}

async fn check_listener(app: &AppHandle, desk: &Desk, known: &Known) -> Report {
    let port = desk.listener_port();
    let url = desk.listener_url();
    let is_tls = url.starts_with("https:");
    let mut steps = vec![step("Порт", format!("{port} занят нами: Callpop принимает события"), Some(true), None)];
    steps.push(match ping(&url).await {
        Ok(status) if status == 200 => step("Запрос к себе", format!("GET {url}/ping → {status}"), Some(true), None),
        Ok(status) => step(
            "Запрос к себе",
            format!("GET {url}/ping → {status}"),
            Some(false),
            Some("Ответила не наша программа? Выберите другой порт"),
        ),
        Err(error) => step(
            "Запрос к себе",
            format!("GET {url}/ping: {error}"),
            Some(false),
            Some("Антивирус или брандмауэр закрывает порт и для самого компьютера: добавьте исключение"),
        ),
    });
    let settings = &known.loaded.settings;
    let addresses = settings_window::addresses(port, &settings.listener_path, is_tls);
    let lan: Vec<String> = addresses.lan.iter().map(ToString::to_string).collect();
    if settings.listener_bind.ip().is_loopback() {
        steps.push(step(
            "Адрес в сети",
            format!("{}: виден только этому компьютеру", settings.listener_bind),
            Some(false),
            Some("Чтобы АТС могла достучаться, впишите адрес 0.0.0.0 с портом"),
        ));
    } else if lan.is_empty() {
        steps.push(step("Адрес в сети", "сети нет".to_owned(), Some(false), Some("Проверьте кабель или Wi-Fi")));
    } else {
        let forward = format!(
            "На роутере направьте внешний порт {port} (TCP) на {}:{port}; в кабинете MANGO впишите белый IP или домен клиники: \
             {}://<белый IP>:{port}{}",
            lan[0],
            if is_tls { "https" } else { "http" },
            settings.listener_path,
        );
        steps.push(step("Адрес в сети", lan.join(", "), None, Some(&forward)));
    }
    steps.push(step("Брандмауэр", firewall(port), None, None));
    steps.extend(certificate(&settings.tls, app.state::<Memory>().read().language));
    let last = desk.knocks().into_iter().rev().find(|knock| !knock.from.is_loopback());
    steps.push(match last {
        Some(knock) => step(
            "Последний гость извне",
            format!("{} с {}: {} → {}", clock(knock.at), knock.from, knock.path, knock.answer),
            Some(knock.answer == 200),
            (knock.answer == 403).then_some("Подпись не сошлась: сверьте код и ключ АТС с кабинетом"),
        ),
        None => step(
            "Последний гость извне",
            "никто ещё не приходил".to_owned(),
            None,
            Some("Нажмите «Проверить подключение» в кабинете MANGO и посмотрите сюда"),
        ),
    });
    report(steps, None)
}

/// How the clinic's own certificate stands; nothing when it has none.
fn certificate(setting: &desk::tls::TlsSetting, language: Language) -> Option<Step> {
    let what = match language {
        Language::Ru => "Сертификат",
        Language::En => "Certificate",
    };
    match desk::tls::examine(setting, Timestamp::now()) {
        Ok(None) => None,
        Ok(Some(validity)) => Some(match Problem::of_validity(validity) {
            None => {
                let good = match language {
                    Language::Ru => "подходит к своему ключу и действует ещё больше месяца",
                    Language::En => "fits its key and is valid for more than a month",
                };
                step(what, good.to_owned(), Some(true), None)
            }
            // It is used all the same: some calls are better than none.
            Some(problem) => step(what, problem.message(language).to_owned(), Some(false), None),
        }),
        Err(error) => {
            let problem = Problem::of_certificate(&error, setting);
            Some(step(what, problem.message(language).to_owned(), Some(false), None))
        }
    }
}

async fn check_directory(desk: &Desk) -> Report {
    let found = desk.directory().check().await;
    let mut steps: Vec<Step> = found.lines.into_iter().map(|line| step("Список пациентов", line, None, None)).collect();
    let people = found.people.map_or_else(|| "неизвестно".to_owned(), |people| people.to_string());
    steps.push(step("Пациентов", people, Some(found.ok), None));
    report(steps, None)
}

fn check_desk(app: &AppHandle, known: &Known) -> Report {
    let settings = &known.loaded.settings;
    let mut steps = Vec::new();
    match &settings.extension {
        Some(extension) => {
            let calls = app.state::<Arc<Eyes>>().calls_of(extension.as_str());
            let advice = "Ни один звонок сегодня не касался этого номера: позвоните на него и проверьте ещё раз";
            steps.push(step(
                "Внутренний номер",
                format!("{extension}: звонков сегодня {calls}"),
                if calls > 0 { Some(true) } else { None },
                (calls == 0).then_some(advice),
            ));
        }
        None => steps.push(step(
            "Внутренний номер",
            "не указан".to_owned(),
            Some(false),
            Some("Без него не перезвонить одним щелчком: впишите внутренний номер телефона на этом столе"),
        )),
    }
    let pops = match settings.pop {
        wire::Pop::Mine => "звонки на этот внутренний номер".to_owned(),
        wire::Pop::Groups => format!("звонки на этот номер и на группы {}", settings.groups.join(", ")),
        wire::Pop::All => "все входящие звонки".to_owned(),
    };
    let has_groups = settings.pop != wire::Pop::Groups || !settings.groups.is_empty();
    let advice = (!has_groups).then_some("Впишите номера групп регистратуры");
    steps.push(step("Всплывают", pops, Some(has_groups), advice));
    report(steps, None)
}

/// Asks the listener as the cabinet's button does. Its certificate is not the question here.
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

fn firewall(port: u16) -> String {
    if cfg!(windows) {
        format!(
            "разрешите входящие: netsh advfirewall firewall add rule name=\"Callpop\" dir=in action=allow protocol=TCP localport={port}"
        )
    } else {
        format!("если он включён, разрешите входящие: sudo ufw allow {port}/tcp")
    }
}

fn clock(at: Timestamp) -> String {
    at.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%H:%M:%S").to_string()
}

fn step(what: &str, result: String, ok: Option<bool>, advice: Option<&str>) -> Step {
    Step { what: what.to_owned(), result, ok, advice: advice.map(str::to_owned) }
}

fn report(steps: Vec<Step>, retry_at: Option<String>) -> Report {
    Report { ok: steps.iter().all(|step| step.ok != Some(false)), steps, retry_at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_step_fails_and_an_open_question_does_not() {
        let good = || step("a", String::new(), Some(true), None);
        let open = || step("b", String::new(), None, None);
        assert!(report(vec![good(), open()], None).ok);
        assert!(!report(vec![good(), step("c", String::new(), Some(false), None)], None).ok);
    }

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

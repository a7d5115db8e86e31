//! What a person must mend, in their words: settings that make no sense, a port that is taken, a keyring that is shut.

use std::io::ErrorKind;
use std::path::Path;

use desk::StartError;
use desk::secrets::{KeyringState, SecretError};
use desk::settings::SettingsError;
use desk::tls::{Found, TlsError, TlsSetting, Validity};
use serde::Serialize;

use crate::memory::Language;
use crate::ring::NoRing;

/// Something that a person must mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The key, `listener.bind`; a secret's name; `line 3` of a torn file.
    pub(crate) field: String,
    ru: String,
    en: String,
}

/// A problem in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ProblemView {
    field: String,
    message: String,
}

impl Problem {
    /// A problem that only the system has words for.
    pub(crate) fn of_system(field: &str, words: String) -> Problem {
        Problem { field: field.to_owned(), ru: words.clone(), en: words }
    }

    /// A secret that the keyring did not take.
    pub(crate) fn of_secret(field: &str, error: &SecretError) -> Problem {
        let (ru, en) = match error {
            SecretError::NoKeyring(_) => (
                "На этом компьютере нет хранилища паролей: установите gnome-keyring или KWallet и запустите Callpop заново",
                "This computer has no keyring: install gnome-keyring or KWallet and start Callpop again",
            ),
            SecretError::Locked(_) => (
                "Хранилище паролей закрыто: разблокируйте его и сохраните ещё раз",
                "The keyring is locked: unlock it and save again",
            ),
            SecretError::Failed(_) | SecretError::File(_, _) => {
                ("Хранилище паролей не приняло значение", "The keyring did not take it")
            }
        };
        Problem { field: field.to_owned(), ru: ru.to_owned(), en: en.to_owned() }
    }

    /// Quiet hours that cannot be read.
    pub(crate) fn of_quiet_hours() -> Problem {
        let (ru, en) = (
            "Не понимаю время тихих часов: впишите его так: 20:00",
            "The quiet hours cannot be read: write them like 20:00",
        );
        Problem { field: "window.quiet".to_owned(), ru: ru.to_owned(), en: en.to_owned() }
    }

    /// A sound that cannot ring.
    pub(crate) fn of_ring(why: &NoRing) -> Problem {
        let ru = match why {
            NoRing::Unreadable(why) => format!("Файл звука не прочитать ({why}): проверьте путь"),
            NoRing::OtherKind => "Играются только wav, mp3 и ogg: выберите такой файл".to_owned(),
            NoRing::TooLarge => "Файл звука больше 5 МБ: выберите покороче".to_owned(),
        };
        Problem { field: "window.ring".to_owned(), ru, en: why.to_string() }
    }

    /// A key that another program holds, or that is none.
    pub(crate) fn of_hotkey(key: &str) -> Problem {
        Problem {
            field: "window.clipboard_key".to_owned(),
            ru: format!("«{key}» занято другой программой или не клавиши: попробуйте другое, например Ctrl+Alt+N"),
            en: format!("\"{key}\" is taken by another program, or is no key: try another one, for example Ctrl+Alt+N"),
        }
    }

    /// A certificate or key that cannot be used; the field is that of the file at fault.
    pub(crate) fn of_certificate(error: &TlsError, setting: &TlsSetting) -> Problem {
        let is_key = |path: &Path| matches!(setting, TlsSetting::Files { key, .. } if key == path);
        let is_of_files = matches!(setting, TlsSetting::Files { .. });
        let field = match error {
            TlsError::Unreadable { path, .. } | TlsError::Damaged { path, .. } if is_key(path) => "listener.tls.key",
            TlsError::NoKey { .. } | TlsError::ForeignKey { .. } => "listener.tls.key",
            TlsError::NoCertificate { .. } => "listener.tls.cert",
            TlsError::Unreadable { .. } | TlsError::Damaged { .. } | TlsError::Unusable { .. } if is_of_files => {
                "listener.tls.cert"
            }
            TlsError::Unreadable { .. }
            | TlsError::Damaged { .. }
            | TlsError::Unusable { .. }
            | TlsError::NotMade { .. }
            | TlsError::NotKept { .. } => "listener.tls",
        };
        Problem { field: field.to_owned(), ru: russian_of_tls(error), en: desk::secrets::chain(error) }
    }

    /// What to say of a certificate that can be used, when there is anything to say.
    pub(crate) fn of_validity(validity: Validity) -> Option<Problem> {
        let (ru, en) = match validity {
            Validity::Good => return None,
            Validity::EndsIn { days } => {
                let words = desk::russian(days.into(), "день", "дня", "дней");
                (
                    format!("Сертификат кончается через {days} {words}: закажите новый и укажите его здесь"),
                    format!("The certificate ends within {days} days: order a new one and name it here"),
                )
            }
            Validity::Expired => (
                "Сертификат истёк: если MANGO его проверяет, события не придут. Укажите новый".to_owned(),
                "The certificate has expired: if MANGO checks it, no events will come. Name a new one".to_owned(),
            ),
            Validity::NotYet => (
                "Срок сертификата ещё не начался: проверьте часы этого компьютера".to_owned(),
                "The certificate is not valid yet: check this computer's clock".to_owned(),
            ),
        };
        Some(Problem { field: "listener.tls".to_owned(), ru, en })
    }

    /// In words.
    pub(crate) fn message(&self, language: Language) -> &str {
        match language {
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }

    /// For a page.
    pub(crate) fn view(&self, language: Language) -> ProblemView {
        ProblemView { field: self.field.clone(), message: self.message(language).to_owned() }
    }
}

impl From<SettingsError> for Problem {
    fn from(error: SettingsError) -> Problem {
        let ru = russian(&error.key).map_or_else(|| error.wrong.clone(), str::to_owned);
        let en = format!("{}; {}", error.wrong, error.right);
        Problem { field: error.key, ru, en }
    }
}

impl From<&StartError> for Problem {
    fn from(error: &StartError) -> Problem {
        let (field, ru, en) = match error {
            StartError::PortTaken { port, .. } => (
                "listener.bind",
                format!("Порт {port} занят другой программой: закройте её или выберите другой порт"),
                format!("Port {port} is taken by another program: close it or choose another port"),
            ),
            StartError::Bind { bind, source } => (
                "listener.bind",
                format!("Адрес {bind} не удаётся занять ({source})"),
                format!("{bind} cannot be listened on ({source})"),
            ),
            StartError::Log(why) => ("store", why.clone(), why.clone()),
            StartError::Tls(why) => ("listener.tls", russian_of_tls(why), desk::secrets::chain(why)),
            StartError::Directory(why) => ("directory", why.clone(), why.clone()),
            StartError::ApiBase(why) => ("vpbx.api_base", why.clone(), why.clone()),
        };
        Problem { field: field.to_owned(), ru, en }
    }
}

/// What is wrong with a certificate, for whoever chose the file.
fn russian_of_tls(error: &TlsError) -> String {
    match error {
        TlsError::Unreadable { path, source } => {
            let kind = source.kind();
            let why = if kind == ErrorKind::NotFound {
                "такого файла нет"
            } else if kind == ErrorKind::PermissionDenied {
                "файл закрыт для этого пользователя"
            } else {
                "файл не читается"
            };
            format!("{}: {why}. Проверьте путь", path.display())
        }
        TlsError::NoCertificate { path, found } => {
            format!(
                "{}: здесь нет сертификата, а есть {}. Нужен текст PEM: BEGIN CERTIFICATE",
                path.display(),
                word(*found)
            )
        }
        TlsError::NoKey { path, found } => {
            format!(
                "{}: здесь нет закрытого ключа, а есть {}. Нужен текст PEM: BEGIN PRIVATE KEY",
                path.display(),
                word(*found)
            )
        }
        TlsError::Damaged { path, .. } => {
            format!("{}: файл повреждён. Скопируйте его ещё раз, целиком и как текст", path.display())
        }
        TlsError::ForeignKey { cert, .. } => format!(
            "Ключ не от этого сертификата. Оба файла берут из одного заказа; в {} сертификат сервера стоит первым",
            cert.display()
        ),
        TlsError::Unusable { .. } => {
            "Этот сертификат не подходит: нужен X.509 с ключом RSA (от 2048 бит), EC или Ed25519".to_owned()
        }
        TlsError::NotMade { names, .. } => format!("Сертификат для {} сделать не удалось", names.join(", ")),
        TlsError::NotKept { path, .. } => format!("{}: не записывается. Проверьте место и права", path.display()),
    }
}

fn word(found: Found) -> &'static str {
    match found {
        Found::Nothing => "пустота",
        Found::Key => "закрытый ключ (файлы перепутаны?)",
        Found::Certificate => "сертификат (файлы перепутаны?)",
        Found::LockedKey => "ключ под паролем (снимет openssl pkey)",
        Found::Binary => "двоичные данные (в PEM переведёт openssl x509 или openssl pkcs12)",
        Found::Other => "что-то другое",
    }
}

/// What would be right, by the key of the settings file.
fn russian(key: &str) -> Option<&'static str> {
    Some(match key {
        "version" => "Файл настроек новее программы: обновите Callpop",
        "vpbx.api_base" => {
            "Это не адрес API: скопируйте его из кабинета MANGO, например https://app.mango-office.ru/vpbx/"
        }
        "listener.bind" => "Нужны IP-адрес и порт, например 0.0.0.0:8082",
        "listener.path" => "Путь пишется без пробелов, например /mangotelecom",
        "listener.tls" => "Выберите «без шифрования», «самоподписанный» или укажите оба файла сертификата",
        "listener.tls.cert" => "Впишите путь к файлу сертификата (PEM)",
        "listener.tls.key" => "Впишите путь к файлу закрытого ключа (PEM)",
        "listener.behind_proxy" => "Нужны IP-адреса или сети прокси, например 192.168.1.5",
        "listener.allow" => "Нужны IP-адреса или сети, например 81.88.80.132",
        "desk.extension" => "Впишите внутренний номер цифрами, например 201, или выберите другие всплывающие звонки",
        "desk.groups" => "Группы пишутся номерами, например 300",
        "desk.pop" => "Выберите, чьи звонки всплывают",
        "feed.bind" => "Лента служит только этому компьютеру: впишите 127.0.0.1:0",
        "directory.kind" => "Выберите, откуда брать пациентов",
        "directory.fallback" => "Запасным может быть только файл: впишите путь к нему",
        "directory.open_url" => "Нужен адрес с https://, например https://mis.example/card/{id}",
        "directory.mgerm.base" => "Нужен адрес, например https://mis.example/_mgerm_external",
        "directory.mgerm.keep" => "Выберите, где хранить указатель телефонов",
        "directory.fhir.base" => "Нужен адрес, например https://mis.example/fhir",
        "directory.fhir.auth" => "Выберите, как МИС пускает программы",
        "directory.fhir.client_id" => "Впишите идентификатор, под которым Callpop зарегистрирован в МИС",
        "directory.fhir.token_url" => "Нужен адрес, например https://mis.example/oauth/token, или пусто",
        "directory.http.preset" => "Такого готового описания нет: выберите из списка",
        "directory.fhir.phone_search" => "Выберите phone или telecom",
        "directory.certificate" => "Нужен файл PEM с сертификатом: BEGIN CERTIFICATE",
        "directory-token" => "Ключ не подходит: проверьте, что он скопирован целиком",
        "directory.http.auth" => "Нужно слово, например bearer, header X-Api-Key или session callpop",
        "directory.http.base" => "Нужен адрес, например https://mis.example/api",
        "directory.sql.url" => "Нужен адрес, например postgres://mis_reader@192.168.1.10/mis или sqlite:patients.db",
        "directory.timeout_ms" => "Нужны миллисекунды от 50 до 60000, например 3000",
        "store.encryption" => "Впишите on или off",
        "history.keep_days" => "Нужно число дней от 1 до 36500, например 365",
        "clinic.time_zone" => "Нужно название часового пояса, например Europe/Moscow",
        "clinic.country" => "Страна пишется двумя буквами, RU, код города — цифрами, 495",
        line if line.starts_with("line ") => {
            "Файл настроек не читается с этой строки: исправьте её или сохраните настройки здесь заново"
        }
        _ => return None,
    })
}

/// Why secrets are missing, for the receptionist.
pub(crate) fn why_missing(keyring: &KeyringState, has_account: bool, has_store_key: bool) -> Option<String> {
    let words = match keyring {
        KeyringState::Locked(_) => "Хранилище паролей закрыто: разблокируйте его и запустите Callpop заново",
        KeyringState::Absent(_) => "На этом компьютере нет хранилища паролей: коды АТС и ключ журнала негде хранить",
        KeyringState::Ok if !has_account => "Коды АТС ещё не введены: откройте настройки",
        KeyringState::Ok if !has_store_key => {
            "Ключа журнала нет в хранилище паролей: верните его туда из кода восстановления"
        }
        KeyringState::Ok => return None,
    };
    Some(words.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_setting_is_told_in_both_languages() {
        let wrong = desk::settings::parse("[listener]\nbind = \"nonsense\"\n", std::path::Path::new(".")).unwrap_err();
        let problem = Problem::from(wrong);
        assert_eq!(problem.field, "listener.bind");
        assert!(problem.message(Language::Ru).contains("0.0.0.0:8082"));
        assert!(problem.message(Language::En).contains("nonsense"));
    }

    #[test]
    fn every_key_that_can_be_wrong_has_words() {
        for text in [
            "version = 2",
            "[vpbx]\napi_base = \"x\"",
            "[listener]\npath = \"a b\"",
            "[listener]\ntls = \"maybe\"",
            "[listener]\nallow = [\"x\"]",
            "[listener]\nbehind_proxy = [\"x\"]",
            "[listener]\ntls = { cert = \"\", key = \"k\" }",
            "[listener]\ntls = { cert = \"c\", key = \"\" }",
            "[desk]\npop = \"mine\"",
            "[desk]\npop = \"nobody\"",
            "[desk]\ngroups = [\"x\"]",
            "[feed]\nbind = \"0.0.0.0:1\"",
            "[directory]\nkind = \"oracle\"",
            "[directory]\ntimeout_ms = 1",
            "[directory]\nkind = \"mgerm\"\nfallback = \"sql\"",
            "[directory]\nopen_url = \"nope\"",
            "[store]\nencryption = \"maybe\"",
            "[history]\nkeep_days = 0",
            "[clinic]\ntime_zone = \"Mars\"",
            "[clinic]\ncountry = \"Mars\"",
            "[listener\nbind",
        ] {
            let error = desk::settings::parse(text, std::path::Path::new(".")).unwrap_err();
            assert!(russian(&error.key).is_some(), "{text}: {}", error.key);
        }
    }

    #[test]
    fn a_wrong_certificate_is_told_beside_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let (cert, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
        let setting = TlsSetting::Files { cert: cert.clone(), key };
        let problem =
            || Problem::of_certificate(&desk::tls::examine(&setting, jiff::Timestamp::now()).unwrap_err(), &setting);
        let missing = problem();
        assert_eq!(missing.field, "listener.tls.cert");
        assert!(missing.message(Language::Ru).contains("chain.pem: такого файла нет"), "{missing:?}");
        assert!(missing.message(Language::En).contains("cannot be read"), "{missing:?}");
        let made = desk::tls::acceptor(&TlsSetting::SelfSigned, folder.path(), &[]).unwrap();
        assert!(made.is_some());
        std::fs::copy(folder.path().join("listener-cert.pem"), &cert).unwrap();
        assert_eq!(problem().field, "listener.tls.key");
        std::fs::copy(folder.path().join("listener-cert.pem"), folder.path().join("key.pem")).unwrap();
        assert!(problem().message(Language::Ru).contains("файлы перепутаны"), "{:?}", problem());
        std::fs::copy(folder.path().join("listener-key.pem"), folder.path().join("key.pem")).unwrap();
        assert_eq!(desk::tls::examine(&setting, jiff::Timestamp::now()).unwrap(), Some(Validity::Good));
    }

    #[test]
    fn a_certificate_that_ends_soon_is_told() {
        let said = |validity| Problem::of_validity(validity).map(|problem| problem.ru);
        assert_eq!(said(Validity::Good), None);
        assert!(said(Validity::EndsIn { days: 12 }).unwrap().contains("через 12 дней"));
        assert!(said(Validity::Expired).unwrap().contains("истёк"));
        assert!(said(Validity::NotYet).unwrap().contains("часы"));
    }

    #[test]
    fn what_is_missing_is_said_in_words() {
        assert_eq!(why_missing(&KeyringState::Ok, true, true), None);
        assert!(why_missing(&KeyringState::Ok, false, true).unwrap().contains("откройте настройки"));
        assert!(why_missing(&KeyringState::Locked("x".into()), false, false).unwrap().contains("разблокируйте"));
        assert!(why_missing(&KeyringState::Absent("x".into()), false, false).unwrap().contains("нет хранилища"));
    }
}

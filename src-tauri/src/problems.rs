//! What a person must mend, in their words: settings that make no sense, a port that is taken, a keyring that is shut.

use desk::StartError;
use desk::secrets::{KeyringState, SecretError};
use desk::settings::SettingsError;
use serde::Serialize;

use crate::memory::Language;

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
            StartError::Tls(why) => ("listener.tls", why.clone(), why.clone()),
            StartError::ApiBase(why) => ("vpbx.api_base", why.clone(), why.clone()),
        };
        Problem { field: field.to_owned(), ru, en }
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
        "listener.allow" => "Нужны IP-адреса или сети, например 81.88.80.132",
        "desk.extension" => "Впишите внутренний номер цифрами, например 201, или выберите другие всплывающие звонки",
        "desk.groups" => "Группы пишутся номерами, например 300",
        "desk.pop" => "Выберите, чьи звонки всплывают",
        "feed.bind" => "Лента служит только этому компьютеру: впишите 127.0.0.1:0",
        "directory.kind" => "Эта версия ищет пациентов только в файле CSV",
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
            "[desk]\npop = \"mine\"",
            "[desk]\npop = \"nobody\"",
            "[desk]\ngroups = [\"x\"]",
            "[feed]\nbind = \"0.0.0.0:1\"",
            "[directory]\nkind = \"oracle\"",
            "[directory]\ntimeout_ms = 1",
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
    fn what_is_missing_is_said_in_words() {
        assert_eq!(why_missing(&KeyringState::Ok, true, true), None);
        assert!(why_missing(&KeyringState::Ok, false, true).unwrap().contains("откройте настройки"));
        assert!(why_missing(&KeyringState::Locked("x".into()), false, false).unwrap().contains("разблокируйте"));
        assert!(why_missing(&KeyringState::Absent("x".into()), false, false).unwrap().contains("нет хранилища"));
    }
}

//! The icon beside the clock: its colour and its words tell how MANGO, the listener and the patients fare.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tauri::AppHandle;
use tauri::image::Image;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem, Submenu};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use wire::{DirectoryState, VpbxState};

use crate::commands;
use crate::disturbing;
use crate::manners::{Pause, Silence, Why};
use crate::memory::Language;
use crate::today;
use crate::windows;

/// What the colour says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Light {
    /// All is well.
    Ok,
    /// Calls come; something beside them does not.
    Warning,
    /// Calls do not come, or are not kept.
    Down,
    /// Nothing here is real.
    Rehearsal,
}

/// What the tray tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Truth {
    /// The colour.
    pub(crate) light: Light,
    /// About MANGO.
    pub(crate) vpbx: String,
    /// About the listener.
    pub(crate) listener: String,
    /// About the patients.
    pub(crate) directory: String,
    /// Why nothing disturbs, when nothing does.
    pub(crate) silence: Option<String>,
}

/// How things are, in words. `desk` is none while no desk runs; `why_not` then says why.
pub(crate) fn truth(
    desk: Option<&wire::Desk>,
    why_not: Option<&str>,
    is_rehearsing: bool,
    language: Language,
    zone: &TimeZone,
) -> Truth {
    let say = |ru: &str, en: &str| match language {
        Language::Ru => ru.to_owned(),
        Language::En => en.to_owned(),
    };
    let Some(desk) = desk else {
        let why = why_not.map_or_else(|| say("запускается", "starting"), str::to_owned);
        return Truth {
            light: if why_not.is_some() { Light::Down } else { Light::Warning },
            vpbx: say("MANGO: событий нет", "MANGO: no events"),
            listener: format!("{} {why}", say("Приём:", "Listener:")),
            directory: say("Пациенты: не проверено", "Patients: not checked"),
            silence: None,
        };
    };
    let (vpbx_is_well, vpbx) = vpbx_words(desk, language, zone);
    let (directory_is_well, directory) = directory_words(desk, language);
    let (listener_is_well, listener) = if desk.log_failing {
        let fails = say("журнал не пишется, звонки не сохраняются", "the log fails, calls are not kept");
        let why = desk.log_why.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
        (false, format!("{} {fails}{why}", say("Приём:", "Listener:")))
    } else {
        let refused = match desk.listener.refused {
            0 => String::new(),
            refused => format!(", {} {refused}", say("отклонено", "refused")),
        };
        let accepted = format!("{} {}", say("принято", "accepted"), desk.listener.accepted);
        (true, format!("{} {accepted}{refused}", say("Приём:", "Listener:")))
    };
    let light = if is_rehearsing {
        Light::Rehearsal
    } else if !listener_is_well {
        Light::Down
    } else if vpbx_is_well && directory_is_well && !desk.clock.wrong {
        Light::Ok
    } else {
        Light::Warning
    };
    Truth { light, vpbx, listener, directory, silence: None }
}

/// Why nothing disturbs, and until when.
pub(crate) fn silence_words(silence: Silence, language: Language, zone: &TimeZone) -> String {
    let until = silence.until.map(|until| until.to_zoned_datetime(zone.clone()).strftime("%H:%M").to_string());
    let until = match (until, language) {
        (Some(at), Language::Ru) => format!(" до {at}"),
        (Some(at), Language::En) => format!(" until {at}"),
        (None, _) => String::new(),
    };
    let (ru, en) = match silence.why {
        Why::Paused => ("Пауза", "Paused"),
        Why::QuietHours => ("Тихие часы", "Quiet hours"),
        Why::Locked => ("Экран заблокирован: звонки не всплывают", "The screen is locked: calls do not pop up"),
        Why::PopsOff => ("Всплывание звонков выключено", "Calls do not pop up"),
    };
    format!("{}{until}", language.of(ru, en))
}

fn vpbx_words(desk: &wire::Desk, language: Language, zone: &TimeZone) -> (bool, String) {
    let last = desk.listener.last_event_at.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
    let last = last.map(|at| at.to_zoned_datetime(zone.clone()).strftime("%d.%m %H:%M").to_string());
    let events = match (last, language) {
        (Some(at), Language::Ru) => format!("последнее событие {at}"),
        (Some(at), Language::En) => format!("last event {at}"),
        (None, Language::Ru) => "событий ещё не было".to_owned(),
        (None, Language::En) => "no events yet".to_owned(),
    };
    if !desk.configured {
        let words = match language {
            Language::Ru => "MANGO: код и ключ АТС не введены",
            Language::En => "MANGO: the PBX's code and key are not set",
        };
        return (false, words.to_owned());
    }
    let (is_well, commands) = match (desk.vpbx.state, language) {
        (VpbxState::Ok | VpbxState::Unknown, _) => (desk.vpbx.why.is_none(), ""),
        (VpbxState::Refused, Language::Ru) => (false, "; команды отклоняются"),
        (VpbxState::Refused, Language::En) => (false, "; commands are refused"),
        (VpbxState::Down, Language::Ru) => (false, "; для команд недоступна"),
        (VpbxState::Down, Language::En) => (false, "; not reached by commands"),
    };
    let why = desk.vpbx.why.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
    let clock = match (desk.clock.wrong, language) {
        (true, Language::Ru) => "; часы компьютера неверны",
        (true, Language::En) => "; this computer's clock is wrong",
        (false, _) => "",
    };
    (is_well, format!("MANGO: {events}{commands}{why}{clock}"))
}

fn directory_words(desk: &wire::Desk, language: Language) -> (bool, String) {
    let directory = &desk.directory;
    let (is_well, state) = match (directory.state, language) {
        (DirectoryState::Ok, Language::Ru) => (true, "отвечает"),
        (DirectoryState::Ok, Language::En) => (true, "answering"),
        (DirectoryState::Slow, Language::Ru) => (false, "отвечает медленно"),
        (DirectoryState::Slow, Language::En) => (false, "slow"),
        (DirectoryState::Down, Language::Ru) => (false, "не отвечает"),
        (DirectoryState::Down, Language::En) => (false, "not answering"),
    };
    let people = directory.people.map(|people| format!(", {people}")).unwrap_or_default();
    let why = directory.why.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
    let name = match (directory.kind.as_str(), is_well, language) {
        // The same words as on the card.
        ("file", _, Language::Ru) | (_, true, Language::Ru) => "Пациенты:",
        (_, false, Language::Ru) => "МИС",
        ("file", _, Language::En) | (_, true, Language::En) => "Patients:",
        (_, false, Language::En) => "The MIS is",
    };
    (is_well, format!("{name} {state}{people}{why}"))
}

/// The icon, its menu, and what they last said.
pub(crate) struct Tray {
    icon: TrayIcon,
    lines: [MenuItem<tauri::Wry>; 4],
    said: std::sync::Mutex<Option<Truth>>,
}

impl Tray {
    /// Puts the icon up. Without a tray on the desktop it is simply not seen.
    pub(crate) fn put_up(app: &AppHandle, language: Language) -> tauri::Result<Tray> {
        let say = |ru: &'static str, en: &'static str| match language {
            Language::Ru => ru,
            Language::En => en,
        };
        let line = |id: &str| MenuItem::with_id(app, id, "…", false, None::<&str>);
        let lines = [line("vpbx")?, line("listener")?, line("directory")?, line("silence")?];
        let item = |id: &str, words: &str| MenuItem::with_id(app, id, words, true, None::<&str>);
        let pause = Submenu::with_items(
            app,
            say("Пауза", "Pause"),
            true,
            &[
                &item("pause-15", say("15 минут", "15 minutes"))?,
                &item("pause-30", say("30 минут", "30 minutes"))?,
                &item("pause-60", say("1 час", "1 hour"))?,
                &item("pause-tomorrow", say("До завтрашнего утра", "Until tomorrow morning"))?,
                &PredefinedMenuItem::separator(app)?,
                &item("pause-over", say("Показывать звонки снова", "Show calls again"))?,
            ],
        )?;
        let menu = Menu::with_items(
            app,
            &[
                &lines[0],
                &lines[1],
                &lines[2],
                &lines[3],
                &PredefinedMenuItem::separator(app)?,
                &item("open", say("Открыть Callpop", "Open Callpop"))?,
                &pause,
                &item("extension", say("Сменить номер…", "Change the extension…"))?,
                &item("rehearse", say("Репетиция звонка", "Rehearse a call"))?,
                &item("settings", say("Настройки…", "Settings…"))?,
                &PredefinedMenuItem::separator(app)?,
                &item("quit", say("Выход", "Quit"))?,
            ],
        )?;
        let icon = TrayIconBuilder::with_id("callpop")
            .icon(picture(Light::Warning)?)
            .tooltip("Callpop")
            .menu(&menu)
            .show_menu_on_left_click(false)
            .on_menu_event(|app, event| match event.id().as_ref() {
                "open" => windows::show_desk(app),
                "rehearse" => commands::rehearse_from_tray(app),
                "settings" => windows::show_settings(app),
                "pause-15" => disturbing::pause(app, Pause::Minutes(15)),
                "pause-30" => disturbing::pause(app, Pause::Minutes(30)),
                "pause-60" => disturbing::pause(app, Pause::Minutes(60)),
                "pause-tomorrow" => disturbing::pause(app, Pause::Tomorrow),
                "pause-over" => disturbing::pause(app, Pause::Over),
                "extension" => {
                    today::ask_again(app);
                    windows::show_desk(app);
                }
                "quit" => app.exit(0),
                _ => {}
            })
            .on_tray_icon_event(|tray, event| {
                if let TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. } =
                    event
                {
                    windows::show_desk(tray.app_handle());
                }
            })
            .build(app)?;
        Ok(Tray { icon, lines, said: std::sync::Mutex::new(None) })
    }

    /// Says how things are, when that is something new.
    pub(crate) fn say(&self, truth: Truth) {
        let Ok(mut said) = self.said.lock() else {
            return;
        };
        if said.as_ref() == Some(&truth) {
            return;
        }
        tracing::debug!(light = ?truth.light, vpbx = truth.vpbx, listener = truth.listener, "the tray says");
        if let Err(error) = self.paint(&truth) {
            tracing::warn!(%error, "the tray is out of date");
        }
        *said = Some(truth);
    }

    fn paint(&self, truth: &Truth) -> tauri::Result<()> {
        self.icon.set_icon(Some(picture(truth.light)?))?;
        let nothing = String::new();
        let silence = truth.silence.as_ref().unwrap_or(&nothing);
        let words = [&truth.vpbx, &truth.listener, &truth.directory, silence];
        for (line, words) in self.lines.iter().zip(words) {
            // A single ampersand would mark a letter.
            line.set_text(words.replace('&', "&&"))?;
        }
        let first = truth.silence.as_ref().map(|words| format!("\n{words}")).unwrap_or_default();
        self.icon.set_tooltip(Some(format!("Callpop{first}\n{}\n{}\n{}", words[0], words[1], words[2])))
    }
}

fn picture(light: Light) -> tauri::Result<Image<'static>> {
    Image::from_bytes(match light {
        Light::Ok => include_bytes!("../icons/tray-ok.png"),
        Light::Warning => include_bytes!("../icons/tray-warning.png"),
        Light::Down => include_bytes!("../icons/tray-down.png"),
        Light::Rehearsal => include_bytes!("../icons/tray-rehearsal.png"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desk() -> wire::Desk {
        wire::Desk {
            extension: Some("201".into()),
            groups: vec![],
            listener: wire::ListenerHealth {
                url: String::new(),
                last_event_at: Some("2026-11-24T11:02:03.000Z".into()),
                accepted: 12,
                refused: 0,
                why: None,
            },
            directory: wire::DirectoryHealth {
                kind: "file".into(),
                state: DirectoryState::Ok,
                why: None,
                people: Some(200),
                can: wire::DirectoryCan::default(),
            },
            vpbx: wire::VpbxHealth { state: VpbxState::Ok, why: None, quiet_until: None },
            clock: wire::ClockState { ahead_ms: None, wrong: false },
            log_failing: false,
            log_why: None,
            log_set_aside: None,
            configured: true,
            catch_up: None,
            line: None,
            sms_templates: Vec::new(),
            wrap_up: wire::WrapUpChoices::default(),
            version: String::new(),
        }
    }

    fn of(desk: &wire::Desk) -> Truth {
        truth(Some(desk), None, false, Language::Ru, &TimeZone::fixed(jiff::tz::offset(3)))
    }

    #[test]
    fn all_is_well() {
        let said = of(&desk());
        assert_eq!(said.light, Light::Ok);
        assert_eq!(said.vpbx, "MANGO: последнее событие 24.11 14:02");
        assert_eq!(said.listener, "Приём: принято 12");
        assert_eq!(said.directory, "Пациенты: отвечает, 200");
    }

    #[test]
    fn one_thing_wrong_is_a_warning_and_is_named() {
        let mut slow = desk();
        slow.directory.state = DirectoryState::Down;
        slow.directory.why = Some("файла нет".into());
        assert_eq!(of(&slow).light, Light::Warning);
        assert_eq!(of(&slow).directory, "Пациенты: не отвечает, 200 (файла нет)");
        slow.directory.kind = "mgerm".into();
        slow.directory.why = Some("нет ответа от mis.example".into());
        assert_eq!(of(&slow).directory, "МИС не отвечает, 200 (нет ответа от mis.example)");
        slow.directory.state = DirectoryState::Slow;
        slow.directory.people = None;
        assert_eq!(of(&slow).directory, "МИС отвечает медленно (нет ответа от mis.example)");
        let mut refused = desk();
        refused.vpbx.state = VpbxState::Refused;
        assert_eq!(of(&refused).light, Light::Warning);
        assert!(of(&refused).vpbx.ends_with("команды отклоняются"));
        let mut late = desk();
        late.clock.wrong = true;
        assert_eq!(of(&late).light, Light::Warning);
        assert!(of(&late).vpbx.contains("часы"));
    }

    #[test]
    fn without_code_and_key_nothing_else_is_said_of_mango() {
        let mut new = desk();
        new.configured = false;
        assert_eq!(of(&new).light, Light::Warning);
        assert_eq!(of(&new).vpbx, "MANGO: код и ключ АТС не введены");
    }

    #[test]
    fn a_log_that_fails_or_no_desk_at_all_is_down() {
        let mut full = desk();
        full.log_failing = true;
        assert_eq!(of(&full).light, Light::Down);
        let none = truth(None, Some("порт 8082 занят"), false, Language::Ru, &TimeZone::UTC);
        assert_eq!(none.light, Light::Down);
        assert_eq!(none.listener, "Приём: порт 8082 занят");
    }

    #[test]
    fn a_rehearsal_is_never_taken_for_the_real_thing() {
        let said = truth(Some(&desk()), None, true, Language::En, &TimeZone::UTC);
        assert_eq!(said.light, Light::Rehearsal);
        assert_eq!(said.vpbx, "MANGO: last event 24.11 11:02");
    }

    #[test]
    fn the_pictures_are_pictures() {
        for light in [Light::Ok, Light::Warning, Light::Down, Light::Rehearsal] {
            assert_eq!(picture(light).unwrap().width(), 64);
        }
    }
}

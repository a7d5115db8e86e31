//! The part of the settings file that the settings window edits.

use std::collections::BTreeMap;

use desk::settings::{SettingsError, SettingsFile, SmsTemplateSection, TlsSection, WrapUpChoiceSection};
use serde::{Deserialize, Serialize};

use super::directory_view::DirectoryView;

/// The part of the settings file that the window edits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FileView {
    vpbx: VpbxView,
    listener: ListenerView,
    desk: DeskView,
    directory: DirectoryView,
    clinic: ClinicView,
    missed: MissedView,
    history: HistoryView,
    /// What the clinic calls its lines: number → name.
    lines: BTreeMap<String, String>,
    sms: SmsView,
    wrap_up: WrapUpView,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct VpbxView {
    api_base: String,
    ask_about_callers: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ListenerView {
    bind: String,
    path: String,
    tls: TlsSection,
    allow: Vec<String>,
    behind_proxy: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct DeskView {
    extension: String,
    groups: Vec<String>,
    pop: wire::Pop,
    line: String,
    auto_answer: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ClinicView {
    time_zone: String,
    country: String,
    area_code: String,
    name: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct MissedView {
    ignore_under_s: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct HistoryView {
    keep_days: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct SmsView {
    templates: Vec<SmsTemplateSection>,
}

/// What can be chosen when a call is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct WrapUpView {
    outcomes: Vec<WrapUpChoiceSection>,
    tags: Vec<WrapUpChoiceSection>,
}

impl FileView {
    /// What the window shows of the file.
    pub(super) fn of(file: &SettingsFile, pop: wire::Pop) -> FileView {
        FileView {
            vpbx: VpbxView { api_base: file.vpbx.api_base.clone(), ask_about_callers: file.vpbx.ask_about_callers },
            listener: ListenerView {
                bind: file.listener.bind.clone(),
                path: file.listener.path.clone(),
                tls: file.listener.tls.clone(),
                allow: file.listener.allow.clone(),
                behind_proxy: file.listener.behind_proxy.clone(),
            },
            desk: DeskView {
                extension: file.desk.extension.clone(),
                groups: file.desk.groups.clone(),
                pop,
                line: file.desk.line.clone(),
                auto_answer: file.desk.auto_answer,
            },
            directory: DirectoryView::of(&file.directory),
            clinic: ClinicView {
                time_zone: file.clinic.time_zone.clone(),
                country: file.clinic.country.clone(),
                area_code: file.clinic.area_code.clone(),
                name: file.clinic.name.clone(),
            },
            missed: MissedView { ignore_under_s: file.missed.ignore_under_s },
            history: HistoryView { keep_days: file.history.keep_days },
            lines: file.lines.clone(),
            sms: SmsView { templates: file.sms.templates.clone() },
            wrap_up: WrapUpView { outcomes: file.wrap_up.outcomes.clone(), tags: file.wrap_up.tags.clone() },
        }
    }

    /// Puts into the file what the window edits; the rest of it stays.
    ///
    /// # Errors
    /// The description of an API is no TOML.
    pub(super) fn put_into(self, file: &mut SettingsFile) -> Result<(), SettingsError> {
        let view = self;
        view.directory.put_into(&mut file.directory)?;
        file.version = Some(1);
        file.vpbx.api_base = view.vpbx.api_base;
        file.vpbx.ask_about_callers = view.vpbx.ask_about_callers;
        file.listener.bind = view.listener.bind;
        file.listener.path = view.listener.path;
        file.listener.tls = view.listener.tls;
        file.listener.allow = view.listener.allow;
        file.listener.behind_proxy = view.listener.behind_proxy;
        file.desk.extension = view.desk.extension;
        file.desk.groups = view.desk.groups;
        file.desk.line = view.desk.line;
        file.desk.auto_answer = view.desk.auto_answer;
        file.desk.pop = Some(
            match view.desk.pop {
                wire::Pop::Mine => "mine",
                wire::Pop::Groups => "groups",
                wire::Pop::All => "all",
            }
            .to_owned(),
        );
        file.clinic.time_zone = view.clinic.time_zone;
        file.clinic.country = view.clinic.country;
        file.clinic.area_code = view.clinic.area_code;
        file.clinic.name = view.clinic.name;
        file.missed.ignore_under_s = view.missed.ignore_under_s;
        file.history.keep_days = view.history.keep_days;
        file.lines = view.lines;
        file.sms.templates = view.sms.templates;
        file.wrap_up.outcomes = view.wrap_up.outcomes;
        file.wrap_up.tags = view.wrap_up.tags;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_view_keeps_what_it_does_not_show() {
        let mut file = SettingsFile::default();
        file.feed.origins = vec!["http://127.0.0.1:1420".into()];
        file.directory.open_url = Some("https://mis.example/{id}".into());
        let mut view = FileView::of(&file, wire::Pop::All);
        view.desk.extension = "205".into();
        view.listener.tls = TlsSection::Word("self-signed".into());
        view.listener.allow = vec!["81.88.80.132".into()];
        view.listener.behind_proxy = vec!["192.168.1.5".into()];
        view.desk.line = "+74995550199".into();
        view.desk.auto_answer = true;
        view.vpbx.ask_about_callers = true;
        view.clinic.name = "Мята".into();
        view.lines = BTreeMap::from([("+74995550199".into(), "реклама, Яндекс".into())]);
        view.sms.templates.remove(0);
        view.wrap_up.outcomes.swap(0, 1);
        view.wrap_up.tags.clear();
        let mut saved = file.clone();
        view.clone().put_into(&mut saved).unwrap();
        assert_eq!(saved.feed.origins, file.feed.origins);
        assert_eq!(saved.directory.open_url, file.directory.open_url);
        assert_eq!(saved.desk.extension, "205");
        assert_eq!(FileView::of(&saved, wire::Pop::All), view);
    }
}

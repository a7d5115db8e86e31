use std::path::Path;

use super::*;

fn right(text: &str) -> Settings {
    parse(text, Path::new("/clinic")).map(|loaded| loaded.settings).unwrap_or_else(|error| panic!("{error}"))
}

fn wrong(text: &str) -> SettingsError {
    match parse(text, Path::new("/clinic")) {
        Ok(_) => panic!("accepted: {text}"),
        Err(error) => error,
    }
}

#[test]
fn the_template_is_right_and_says_what_the_defaults_are() {
    let template = parse(TEMPLATE, Path::new("/clinic")).unwrap_or_else(|error| panic!("{error}"));
    assert!(template.warnings.is_empty(), "{:?}", template.warnings);
    let file = SettingsFile { version: None, ..template.file };
    assert_eq!(file, SettingsFile::default());
}

#[test]
fn an_empty_file_is_right() {
    let settings = right("");
    assert_eq!(settings.listener_bind.port(), 8082);
    assert_eq!(settings.listener_path, "/mangotelecom");
    assert_eq!(settings.pop, wire::Pop::All);
}

#[test]
fn the_contracts_example_is_right() {
    let settings = right(
        r#"
        [vpbx]
        api_base = "https://app.mango-office.ru/vpbx/"
        [listener]
        bind = "0.0.0.0:8082"
        path = "/mangotelecom"
        tls = "off"
        allow = ["81.88.80.132", "81.88.82.0/24"]
        [desk]
        extension = "201"
        groups = ["300"]
        pop = "mine"
        [feed]
        bind = "127.0.0.1:0"
        [directory]
        kind = "file"
        timeout_ms = 3000
        open_url = "https://mis.example/card/{id}"
        [directory.file]
        path = "patients.csv"
        [directory.mgerm]
        base = "http://mis.example/_mgerm_external"
        days_back = 30
        [store]
        encryption = "on"
        [history]
        keep_days = 365
        "#,
    );
    assert_eq!(settings.directory.file.as_deref(), Some(Path::new("/clinic/patients.csv")));
    assert_eq!(settings.allow.len(), 2);
    assert_eq!(settings.extension.as_ref().map(phone::Extension::as_str), Some("201"));
}

#[test]
fn an_error_names_the_key_what_is_wrong_and_what_would_be_right() {
    for (text, key, right) in [
        ("[listener]\nbind = \"8082\"", "listener.bind", "0.0.0.0:8082"),
        ("[listener]\nbind = 8082", "listener.bind", "bind = "),
        ("[listener]\npath = \"/a b\"", "listener.path", "/mangotelecom"),
        ("[listener]\ntls = \"on\"", "listener.tls", "self-signed"),
        ("[listener]\nallow = [\"mango\"]", "listener.allow", "81.88.80.132"),
        ("[listener]\ntls = { cert = \" \", key = \"key.pem\" }", "listener.tls.cert", "PEM"),
        ("[listener]\ntls = { cert = \"chain.pem\", key = \"\" }", "listener.tls.key", "PEM"),
        ("[listener]\nbehind_proxy = [\"nginx\"]", "listener.behind_proxy", "81.88.80.132"),
        ("[vpbx]\napi_base = \"mango\"", "vpbx.api_base", "https://app.mango-office.ru/vpbx/"),
        ("[desk]\npop = \"some\"", "desk.pop", "\"mine\""),
        ("[desk]\npop = \"mine\"", "desk.extension", "\"201\""),
        ("[desk]\nextension = \"двести\"", "desk.extension", "\"201\""),
        ("[desk]\ngroups = \"300\"", "desk.groups", "groups = "),
        ("[feed]\nbind = \"0.0.0.0:1\"", "feed.bind", "127.0.0.1:0"),
        ("[directory]\nkind = \"oracle\"", "directory.kind", "\"file\""),
        ("[directory]\ntimeout_ms = 0", "directory.timeout_ms", "3000"),
        ("[directory]\nopen_url = \"javascript:alert(1)\"", "directory.open_url", "https://"),
        ("[directory]\nopen_url = \"nope\"", "directory.open_url", "https://"),
        ("[store]\nencryption = \"yes\"", "store.encryption", "\"on\""),
        ("[history]\nkeep_days = 0", "history.keep_days", "365"),
        ("[history]\nkeep_days = -1", "history.keep_days", "keep_days = "),
        ("[clinic]\ntime_zone = \"Москва\"", "clinic.time_zone", "Europe/Moscow"),
        ("version = 2", "version", "1"),
        ("[vpbx\n", "line 1", "TOML"),
    ] {
        let error = wrong(text);
        assert_eq!(error.key, key, "{text}: {error}");
        assert!(error.right.contains(right), "{text}: {error}");
        assert_eq!(error.to_string().lines().count(), 1, "{error}");
    }
}

#[test]
fn an_unknown_key_is_a_warning() {
    let loaded = parse("[desk]\nextention = \"201\"\n[colours]\nname = \"red\"", Path::new(".")).unwrap();
    assert_eq!(loaded.warnings.len(), 2, "{:?}", loaded.warnings);
    assert!(loaded.warnings[0].contains("desk.extention") || loaded.warnings[1].contains("desk.extention"));
}

#[test]
fn saving_keeps_what_a_person_wrote_around_the_values() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.toml");
    std::fs::write(&path, "# наша регистратура\n[desk]\nextension = \"201\" # стойка 1\nfuture = 7\n").unwrap();
    let mut file = load(&path).unwrap().file;
    file.desk.extension = "202".to_owned();
    file.desk.groups = vec!["300".to_owned()];
    file.listener.tls = TlsSection::Files { cert: "a.pem".to_owned(), key: "b.pem".to_owned() };
    write_over(&path, &file).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("# наша регистратура") && text.contains("extension = \"202\" # стойка 1"), "{text}");
    assert!(text.contains("future = 7"), "{text}");
    let again = load(&path).unwrap().file;
    assert_eq!(SettingsFile { version: None, ..again }, SettingsFile { version: None, ..file });
}

#[test]
fn a_first_save_writes_the_commented_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new").join("settings.toml");
    write_over(&path, &SettingsFile::default()).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("# Адрес API Виртуальной АТС"), "{text}");
    load(&path).unwrap();
}

fn saved_over(before: &str, change: impl FnOnce(&mut SettingsFile)) -> (String, SettingsFile) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.toml");
    std::fs::write(&path, before).unwrap();
    let mut file = load(&path).unwrap().file;
    change(&mut file);
    write_over(&path, &file).unwrap();
    let again = load(&path).unwrap();
    assert!(again.warnings.is_empty(), "{:?}", again.warnings);
    assert_eq!(SettingsFile { version: None, ..again.file.clone() }, SettingsFile { version: None, ..file });
    (std::fs::read_to_string(&path).unwrap(), again.file)
}

#[test]
fn lines_are_named_renamed_and_forgotten_in_the_file() {
    let before = "[lines]\n# с сайта\n\"+74995550199\" = \"сайт\" # 2025\n\"sip.line\" = \"филиал\"\n\n[desk]\nextension = \"201\"\n";
    let (text, file) = saved_over(before, |file| {
        file.lines.insert("+74995550199".to_owned(), "реклама, Яндекс".to_owned());
        file.lines.insert("+74995550198".to_owned(), "карта \"2ГИС\"".to_owned());
        file.lines.remove("sip.line");
    });
    assert!(text.contains("# с сайта\n\"+74995550199\" = \"реклама, Яндекс\" # 2025"), "{text}");
    assert!(!text.contains("филиал"), "{text}");
    assert_eq!(file.lines.len(), 2);
    let (text, file) = saved_over(&text, |file| file.lines.clear());
    assert!(file.lines.is_empty() && text.contains("[lines]"), "{text}");
    let (_, file) = saved_over("lines = { \"+74995550199\" = \"сайт\" }\n", |file| {
        file.lines.insert("x".to_owned(), "y".to_owned());
    });
    assert_eq!(file.lines.len(), 2);
}

#[test]
fn templates_are_written_as_tables_and_keep_their_comments() {
    let before = "# шапка\n[[sms.templates]]\nname = \"Раз\" # первый\ntext = \"a\"\n\n# про второй\n[[sms.templates]]\n\
                  name = \"Два\"\ntext = \"b\"\n\n[desk]\nextension = \"201\"\n";
    let (text, _) = saved_over(before, |file| {
        file.sms.templates.remove(0);
        file.sms.templates[0].text = "новый".to_owned();
        file.sms.templates.push(SmsTemplateSection { name: "Три".to_owned(), text: "c\nd".to_owned() });
    });
    assert!(!text.contains("Раз"), "{text}");
    assert!(text.contains("# про второй\n[[sms.templates]]\nname = \"Два\"\ntext = \"новый\""), "{text}");
    assert_eq!(text.matches("[[sms.templates]]").count(), 2, "{text}");
    // Another order is another order in the file.
    let (text, _) = saved_over(before, |file| file.sms.templates.reverse());
    assert!(text.find("Два") < text.find("Раз"), "{text}");
    assert!(text.contains("name = \"Раз\" # первый"), "{text}");
}

#[test]
fn no_templates_is_kept_as_none() {
    for before in ["", "[sms]\n", "sms = { templates = [{ name = \"a\", text = \"b\" }] }\n", TEMPLATE] {
        let (_, file) = saved_over(before, |file| file.sms.templates.clear());
        assert!(file.sms.templates.is_empty(), "{before}");
        let (_, file) = saved_over(before, |file| {
            file.sms.templates =
                vec![SmsTemplateSection { name: "Один".to_owned(), text: "текст".to_owned() }];
        });
        assert_eq!(file.sms.templates.len(), 1, "{before}");
    }
}

#[test]
fn outcomes_and_tags_are_written_like_templates() {
    let before = "[[wrap_up.outcomes]]\nname = \"Записали\" # главный\nkey = \"1\"\n\n# не берём\n[[wrap_up.outcomes]]\n\
                  name = \"Отказ\"\nkey = \"2\"\n\n[desk]\nextension = \"201\"\n";
    let choice = |name: &str, key: &str| WrapUpChoiceSection { name: name.to_owned(), key: key.to_owned() };
    let (text, file) = saved_over(before, |file| {
        file.wrap_up.outcomes[1] = choice("Отказали", "2");
        file.wrap_up.outcomes.push(choice("Справка", ""));
    });
    assert!(text.contains("name = \"Записали\" # главный\nkey = \"1\""), "{text}");
    assert!(text.contains("# не берём\n[[wrap_up.outcomes]]\nname = \"Отказали\"\nkey = \"2\""), "{text}");
    assert!(!text.contains("wrap_up.tags"), "what was not changed needs no line: {text}");
    assert_eq!(file.wrap_up.outcomes.len(), 3);
    // Tags without keys are not one another.
    let (text, _) = saved_over(&text, |file| file.wrap_up.tags = vec![choice("Жалоба", ""), choice("Цены", "")]);
    let (text, file) = saved_over(&text, |file| file.wrap_up.tags = vec![choice("Анализы", ""), choice("Жалоба", "")]);
    assert_eq!(
        file.wrap_up.tags.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(),
        ["Анализы", "Жалоба"],
        "{text}"
    );
    for before in ["", TEMPLATE, "wrap_up = { outcomes = [] }\n"] {
        let (_, file) = saved_over(before, |file| {
            file.wrap_up.tags.clear();
            file.wrap_up.outcomes = vec![choice("Один", "q")];
        });
        assert!(file.wrap_up.tags.is_empty() && file.wrap_up.outcomes.len() == 1, "{before}");
    }
}

#[test]
fn two_choices_cannot_have_one_key_or_one_name() {
    let two = |one: &str, other: &str| format!("[[wrap_up.outcomes]]\n{one}\n[[wrap_up.outcomes]]\n{other}\n");
    for (one, other) in [
        ("name = \"A\"\nkey = \"1\"", "name = \"B\"\nkey = \"1\""),
        ("name = \"A\"", "name = \"A\""),
        ("name = \"A\"\nkey = \"12\"", "name = \"B\""),
    ] {
        assert_eq!(wrong(&two(one, other)).key, "wrap_up.outcomes");
    }
    let settings = right(&two("name = \" A \"\nkey = \"Q\"", "name = \"\""));
    assert_eq!(settings.wrap_up.outcomes, [wire::WrapUpChoice { name: "A".to_owned(), key: "q".to_owned() }]);
}

#[test]
fn what_is_unchanged_is_written_as_it_was() {
    let before = "version = 1\n[listener]\nallow = [\n  \"81.88.80.132\", # MANGO\n  \"81.88.82.0/24\",\n]\n";
    let (text, _) = saved_over(before, |file| file.desk.extension = "201".to_owned());
    assert!(text.contains("  \"81.88.80.132\", # MANGO"), "{text}");
    assert!(!text.contains("behind_proxy") && !text.contains("templates"), "{text}");
    let (text, _) = saved_over(before, |file| {
        file.listener.behind_proxy = vec!["10.0.0.0/8".to_owned()];
        file.desk.line = "+74995550199".to_owned();
        file.desk.auto_answer = true;
        file.clinic.name = "Клиника «Мята»".to_owned();
    });
    assert!(text.contains("behind_proxy = [\"10.0.0.0/8\"]"), "{text}");
}

#[test]
fn a_template_knows_the_clinics_name_and_a_line_its_own() {
    let settings = right(
        "[clinic]\nname = \"Мята\"\n[lines]\n\"8 (499) 555-01-99\" = \"сайт\"\n\"sip.line\" = \" \"\n[[sms.templates]]\nname = \"a\"\ntext = \"{имя}, это {клиника}\"\n",
    );
    assert_eq!(settings.sms_templates[0].text, "{имя}, это Мята");
    assert_eq!(settings.line_names.into_iter().collect::<Vec<_>>(), [("+74995550199".to_owned(), "сайт".to_owned())]);
}

#[test]
fn a_kind_is_set_up_and_an_old_file_gets_no_line_about_the_others() {
    let before =
        "[directory]\nkind = \"file\"\nopen_url = \"https://mis.example/{id}\"\n[directory.file]\npath = \"a.csv\"\n";
    let (text, _) = saved_over(before, |file| file.desk.extension = "201".to_owned());
    for name in ["directory.mgerm", "directory.fhir", "directory.http", "directory.sql", "fallback", "certificate"] {
        assert!(!text.contains(name), "{name}: {text}");
    }
    let (text, _) = saved_over(before, |file| {
        file.directory.kind = "mgerm".to_owned();
        file.directory.open_url = None;
        file.directory.fallback = "file".to_owned();
        file.directory.mgerm.base = "https://mis.example/_mgerm_external".to_owned();
        file.directory.mgerm.card.insert("debt".to_owned(), "$.debt".to_owned());
    });
    assert!(text.contains("[directory.mgerm]") && text.contains("[directory.mgerm.card]"), "{text}");
    assert!(!text.contains("days_back") && !text.contains("open_url") && !text.contains("fhir"), "{text}");
    // A list needs no certificate, so nobody looks for the file.
    let (text, _) = saved_over(before, |file| file.directory.certificate = "ca.pem".to_owned());
    assert!(text.contains("certificate = \"ca.pem\""), "{text}");
}

#[test]
fn a_section_keeps_its_comments_and_loses_what_is_gone() {
    let before = "[directory]\nkind = \"mgerm\"\n# наша МИС\n[directory.mgerm]\nbase = \"https://a.example/_mgerm_external\" # сервер\n\
                  days_back = 30 # месяц\n[directory.mgerm.card]\ndebt = \"$.debt\"\nnote = \"$.note\" # заметка\n";
    let (text, file) = saved_over(before, |file| {
        file.directory.mgerm.base = "https://b.example/_mgerm_external".to_owned();
        file.directory.mgerm.card.remove("debt");
    });
    assert!(
        text.contains("# наша МИС\n[directory.mgerm]\nbase = \"https://b.example/_mgerm_external\" # сервер"),
        "{text}"
    );
    assert!(text.contains("days_back = 30 # месяц") && text.contains("# заметка"), "{text}");
    assert!(!text.contains("debt"), "{text}");
    assert_eq!(file.directory.mgerm.card.len(), 1);
    // Everything on one line is written anew, whole.
    let inline =
        "[directory]\nmgerm = { base = \"https://a.example/_mgerm_external\", card = { note = \"$.note\" } }\n";
    let (_, file) = saved_over(inline, |file| file.directory.mgerm.days_ahead = 60);
    assert_eq!((file.directory.mgerm.days_ahead, file.directory.mgerm.card.len()), (60, 1));
}

#[test]
fn a_query_of_several_lines_is_kept_as_it_is() {
    let query =
        "select * from callpop.patients\nwhere name = 'O\"Brien \\' -- \u{438}\n  and phones10 @> array[:phone10]\n";
    let (_, file) = saved_over("", |file| {
        query.clone_into(&mut file.directory.sql.query);
        file.directory.sql.url = "postgres://reader@mis.example/health".to_owned();
    });
    assert_eq!(file.directory.sql.query, query);
}

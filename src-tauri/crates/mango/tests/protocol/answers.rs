//! What the PBX answers to questions, as documented and as it may come.

use mango_vpbx::answer::{Answer, CallsStats, HalfAnAnswer, StatsRow, rows};
use mango_vpbx::command::StatsField;

fn answer(json: &str) -> Answer {
    Answer::read(json.as_bytes()).expect("an object")
}

#[test]
fn employees() {
    let everybody = answer(
        r#"{"users":[
            {"general":{"name":"Анна Ким","email":"a@b","department":"Регистратура","position":"администратор","user_id":17,"mobile":"79005550222"},
             "telephony":{"extension":"201","outgoingline":"74995550199","dial_alg":1,"numbers":[
                {"number":"79005550222","protocol":"tel","order":"2","wait_sec":"20","status":"on"},
                {"number":"sip:user201@vpbx000000001.mangosip.ru","protocol":"sip","order":1,"wait_sec":20,"status":"on"},
                {"protocol":"fmc"}]},
             "groups":[300,"400",{"id":500}]},
            {"general":{"name":"Без номера","department":null},"telephony":{"extension":null,"numbers":null}},
            {}, 5]}"#,
    )
    .employees();
    assert_eq!(everybody.len(), 3);
    let anna = &everybody[0];
    assert_eq!((anna.user_id.as_deref(), anna.extension.as_deref()), (Some("17"), Some("201")));
    assert_eq!((anna.name.as_deref(), anna.department.as_deref()), (Some("Анна Ким"), Some("Регистратура")));
    assert_eq!((anna.position.as_deref(), anna.mobile.as_deref()), (Some("администратор"), Some("79005550222")));
    assert_eq!(anna.line.as_deref(), Some("74995550199"));
    let devices: Vec<_> =
        anna.devices.iter().map(|device| (device.protocol.as_deref(), device.number.as_str())).collect();
    assert_eq!(
        devices,
        [(Some("sip"), "sip:user201@vpbx000000001.mangosip.ru"), (Some("tel"), "79005550222")],
        "in the order in which they ring"
    );
    assert_eq!(anna.groups, ["300", "400", "500"]);
    assert_eq!((everybody[1].extension.as_deref(), everybody[1].department.as_deref()), (None, None));
    assert!(!format!("{everybody:?}").contains("Анна"));
}

#[test]
fn groups() {
    let groups = answer(
        r#"{"result":1000,"groups":[
            {"id":"1","name":"Регистратура","description":"","extension":"300","dial_alg_group":2,"operators":[
                {"id":17,"name":"Анна Ким","extension":"201","priority":1,"order":1},{"extension":202}]},
            {"id":2,"name":"Врачи","extension":"","operators":null}]}"#,
    )
    .groups();
    assert_eq!((groups[0].id.as_deref(), groups[0].extension.as_deref()), (Some("1"), Some("300")));
    let operators: Vec<_> = groups[0].operators.iter().filter_map(|operator| operator.extension.as_deref()).collect();
    assert_eq!(operators, ["201", "202"]);
    assert_eq!(groups[0].operators[0].name.as_deref(), Some("Анна Ким"));
    assert_eq!((groups[1].name.as_deref(), groups[1].extension.as_deref()), (Some("Врачи"), None));
    assert!(groups[1].operators.is_empty());
}

#[test]
fn lines_and_trunks() {
    let lines = answer(
        r#"{"result":1000,"lines":[
            {"line_id":7,"number":"74995550199","name":"","comment":"Яндекс","region":77,"schema_id":1},
            {"line_id":8,"number":"sip:line1@vpbx000000001.mangosip.ru","name":"Сайт","region":"sip"},
            {"line_id":9}]}"#,
    )
    .lines();
    assert_eq!(lines.len(), 2, "a line without a number is none");
    assert_eq!((lines[0].id.as_deref(), lines[0].number.as_str()), (Some("7"), "74995550199"));
    assert_eq!((lines[0].name.as_deref(), lines[0].comment.as_deref()), (None, Some("Яндекс")));
    assert_eq!((lines[1].name.as_deref(), lines[1].region.as_deref()), (Some("Сайт"), Some("sip")));
    let trunks = answer(
        r#"{"result":1000,"data":[{"trunk_number_id":1,"trunk_id":2,"number":"74995550197","options":6,"desc":"d"},
            {"number":74995550196,"options":"2"},{"number":"74995550195","options":4}]}"#,
    )
    .trunk_numbers();
    let ways: Vec<_> = trunks.iter().map(|trunk| (trunk.inbound, trunk.outbound)).collect();
    assert_eq!(ways, [(true, true), (true, false), (false, true)]);
    assert_eq!((trunks[0].trunk_id.as_deref(), trunks[0].comment.as_deref()), (Some("2"), Some("d")));
}

#[test]
fn a_balance() {
    let balance = answer(r#"{"result":1000,"balance":-12.5,"currency":"RUB","response_at":"2026-11-24 08:00:00"}"#)
        .balance()
        .unwrap();
    assert_eq!((balance.amount.as_str(), balance.currency.as_deref()), ("-12.5", Some("RUB")));
    assert_eq!(answer(r#"{"result":1000}"#).balance(), None);
}

const DEFAULT: &[StatsField] = &[
    StatsField::Records,
    StatsField::Start,
    StatsField::Finish,
    StatsField::Answer,
    StatsField::FromExtension,
    StatsField::FromNumber,
    StatsField::ToExtension,
    StatsField::ToNumber,
    StatsField::DisconnectReason,
    StatsField::LineNumber,
    StatsField::Location,
];

#[test]
fn statistics_of_legs() {
    let csv = "[R1==,R2==];1790000000;1790000060;1790000005;;79005550101;201;sip:user201@x;1110;74995550199;abonent\r\n\
               [];1790000000;1790000010;0;;;300;;Busy;74995550199;queue;\n\
               ;1790000000;1790000010;;;;;;;;\n";
    let rows_read = rows(csv, DEFAULT).unwrap();
    let expected: Vec<&str> = rows_read[0].records.iter().map(String::as_str).collect();
    assert_eq!(expected, ["R1==", "R2=="]);
    let StatsRow { start, finish, answer, .. } = rows_read[0];
    assert_eq!((start, finish, answer), (1_790_000_000, 1_790_000_060, 1_790_000_005));
    assert_eq!(
        (rows_read[0].from_extension.as_deref(), rows_read[0].from_number.as_deref()),
        (None, Some("79005550101"))
    );
    assert_eq!(
        (rows_read[0].to_extension.as_deref(), rows_read[0].to_number.as_deref()),
        (Some("201"), Some("sip:user201@x"))
    );
    assert_eq!((rows_read[0].disconnect_reason, rows_read[0].reason_text.as_deref()), (Some(1110), None));
    assert_eq!(
        (rows_read[0].line_number.as_deref(), rows_read[0].location.as_deref()),
        (Some("74995550199"), Some("abonent"))
    );
    assert_eq!((rows_read[1].answer, rows_read[1].reason_text.as_deref()), (0, Some("Busy")), "one separator too many");
    assert!(rows_read[1].records.is_empty() && rows_read[2].location.is_none());
    assert!(!format!("{rows_read:?}").contains("79005550101"));
    let one = rows("RU5U==;1790000000", &[StatsField::EntryId, StatsField::Create]).unwrap();
    assert_eq!((one[0].entry_id.as_deref(), one[0].created), (Some("RU5U=="), 1_790_000_000));
    assert_eq!(rows("", DEFAULT), Ok(Vec::new()));
    assert_eq!(rows("\u{feff}\n\n", DEFAULT), Ok(Vec::new()));
}

/// Wherever an answer breaks off, it is either the rows before the cut, or seen to be half.
#[test]
fn half_of_the_statistics_is_none_of_them() {
    let all = "[R1,R2];1790000060;1790000005;201;79005550101;202;sip:a;1110;74995550199;abonent;RU5UUlk=;;1790000000\n";
    let csv = all.repeat(2);
    let whole = rows(&csv, StatsField::ALL).unwrap();
    assert_eq!(whole.len(), 2);
    for cut in 0..csv.len() {
        match rows(&csv[..cut], StatsField::ALL) {
            Err(HalfAnAnswer) => {}
            Ok(rows) => assert_eq!(rows, whole[..rows.len()], "cut at {cut}"),
        }
    }
    for odd in ["<html>", "a;b", "[R;1;2;3;;;;;;;", ";12;1790000000;0;;;;;;;", ";x;1790000000;0;;;;;;;"] {
        assert_eq!(rows(odd, DEFAULT), Err(HalfAnAnswer), "{odd}");
    }
}

#[test]
fn statistics_of_calls() {
    let json = r#"{"result":1000,"status":"complete","data":[{"list":[
        {"entry_id":"NTAw","context_type":1,"context_status":1,"caller_id":null,"caller_name":"Мама","caller_number":"79005550101",
         "called_number":"74995550199","context_start_time":1790000000,"duration":14,"talk_duration":"9","recall_status":2,
         "context_calls":[{"call_type":"group","call_abonent_id":10051192,"call_abonent_info":"Регистратура","call_abonent_number":null,
            "call_start_time":1790000000,"call_answer_time":1790000005,"call_end_time":1790000014,"call_end_reason":1110,
            "recording_id":[[],["R=="]],"external_call_id":"MTo5","DirectionOutbound":false,"Intercepted":true,
            "members":[{"call_type":"user","call_abonent_number":"sip:user201@x","external_call_id":"MTo6","members":[{}]}]}]},
        {"context_type":"3","context_calls":null}, 7],
      "period":"24.11.2026","total_calls_count":2},{"list":[{"entry_id":"other part"}]}]}"#;
    let Some(CallsStats::Ready(calls)) = answer(json).calls_stats() else { panic!("not ready") };
    assert_eq!(calls.len(), 3);
    let call = &calls[0];
    assert_eq!((call.entry_id.as_deref(), call.context_type, call.succeeded), (Some("NTAw"), Some(1), true));
    assert_eq!((call.caller_id.as_deref(), call.caller_name.as_deref()), (None, Some("Мама")));
    assert_eq!(
        (call.caller_number.as_deref(), call.called_number.as_deref()),
        (Some("79005550101"), Some("74995550199"))
    );
    assert_eq!((call.start, call.duration, call.talk_duration), (1_790_000_000, 14, 9));
    assert_eq!(call.recall_status, Some(2));
    let leg = &call.legs[0];
    assert_eq!((leg.call_type.as_deref(), leg.abonent_id.as_deref()), (Some("group"), Some("10051192")));
    assert_eq!((leg.start, leg.answer, leg.end), (1_790_000_000, 1_790_000_005, 1_790_000_014));
    assert_eq!((leg.end_reason, leg.call_id.as_deref()), (Some(1110), Some("MTo5")));
    assert_eq!(leg.recordings, ["R=="], "lists within the list");
    assert!(leg.intercepted && !leg.outbound);
    assert_eq!(leg.members[0].call_id.as_deref(), Some("MTo6"));
    assert!(leg.members[0].members.is_empty());
    assert_eq!((calls[1].context_type, calls[1].legs.len()), (Some(3), 0));
    assert_eq!(calls[2].entry_id.as_deref(), Some("other part"));
    assert!(!format!("{call:?}").contains("79005550101"));
    for status in ["request", "work", "WORK"] {
        let json = format!(r#"{{"result":1000,"status":"{status}"}}"#);
        assert_eq!(answer(&json).calls_stats(), Some(CallsStats::Working));
    }
    for nothing in
        [r#"{"result":1000,"status":"error"}"#, r#"{"status":"not-found","data":[]}"#, r#"{"status":"complete"}"#]
    {
        assert_eq!(answer(nothing).calls_stats(), None, "{nothing}");
    }
    assert_eq!(answer(r#"{"data":[]}"#).calls_stats(), Some(CallsStats::Ready(Vec::new())));
}

#[test]
fn contacts() {
    let page = answer(
        r#"{"result":1000,"data":[
            {"contact_id":"12761840","name":"Анна","org":{"org_id":"1","org_name":"Edem Inc."},
             "phones":[{"ext":null,"phone":"+7 900 555-01-01","phone_num":"79005550101","phone_id":"1"}]},
            {"contact_id":"12761865","phones":[]}],
          "state":{"info":{"page":1,"from":0,"size":2,"limit":2,"total_rows":15,"pages":8},"cursor":"2Rl"}}"#,
    )
    .contacts();
    assert_eq!((page.contacts.len(), page.cursor.as_deref()), (2, Some("2Rl")));
    assert_eq!(page.contacts[0].numbers, ["79005550101"]);
    assert_eq!(page.contacts[0].organization.as_deref(), Some("Edem Inc."));
    let nothing = answer(r#"{"result":1000}"#).contacts();
    assert!(nothing.contacts.is_empty() && nothing.cursor.is_none());
}

#[test]
fn topics() {
    let json = r#"{"result":1000,"data":[
        {"recording_id":"R==","categories":[{"terms":[{"channels":[-1],"count":5,"value":"узи"}],"id":1688,"name":"УЗИ"},{"id":2},{"name":"Цены"}]},
        {"recording_id":"S==","categories":[{"name":"УЗИ"}]}, 5]}"#;
    assert_eq!(answer(json).topics(), ["УЗИ", "Цены"]);
    assert!(answer(r#"{"result":1000,"data":[]}"#).topics().is_empty());
}

#[test]
fn call_tracking() {
    let json = r#"{"data":{"uid":"u","widget_id":1,"widget_name":"Сайт","location":{"city":"Москва"},
        "channel":{"source":"yandex","medium":"cpc","campaign":"узи","content":"c","term":"узи цена"},
        "duration":35,"current_page":{"url":"https://clinic.example/uzi","date":"2026-11-24T08:00:00","title":"УЗИ"},"device":"mobile"}}"#;
    let visitor = answer(json).visitor().unwrap();
    assert_eq!((visitor.source.as_deref(), visitor.medium.as_deref()), (Some("yandex"), Some("cpc")));
    assert_eq!((visitor.campaign.as_deref(), visitor.term.as_deref()), (Some("узи"), Some("узи цена")));
    assert_eq!((visitor.city.as_deref(), visitor.device.as_deref()), (Some("Москва"), Some("mobile")));
    assert_eq!(visitor.page.unwrap().title.as_deref(), Some("УЗИ"));
    for nobody in ["{}", r#"{"data":{}}"#, r#"{"data":[]}"#, r#"{"data":null}"#, r#"{"result":1000}"#] {
        assert_eq!(answer(nobody).visitor(), None, "{nobody}");
    }
    let pages =
        answer(r#"{"data":[{"url":"https://clinic.example/","date":"2026-11-24T08:00:00"},{"title":"x"}]}"#).pages();
    assert_eq!((pages.len(), pages[0].url.as_str()), (1, "https://clinic.example/"));
}

#[test]
fn a_call_in_the_contact_centre() {
    let call = answer(
        r#"{"result":1000,"call":{"conversion":[{"conversion_id":14136224,"channel_type":1,"create":1591348558,"end":1591348571,
            "result":1,"assign_user_id":300025347,"contact_id":11210425,"group_id":10005129}],
            "tag_id":[10017912],"call_comment":["комментарий"],"script_id":null,"mark_client":"2","recording_id":[]}}"#,
    )
    .centre_call();
    assert_eq!((call.conversion_id.as_deref(), call.contact_id.as_deref()), (Some("14136224"), Some("11210425")));
    assert_eq!((call.group_id.as_deref(), call.assigned_user_id.as_deref()), (Some("10005129"), Some("300025347")));
    assert_eq!((call.created, call.ended, call.outcome), (1_591_348_558, 1_591_348_571, Some(1)));
    assert_eq!((call.topics.as_slice(), call.mark), (["10017912".to_owned()].as_slice(), Some(2)));
    assert_eq!(call.comments, ["комментарий"]);
    assert!(call.recordings.is_empty());
}

#[test]
fn what_is_no_object_is_no_answer() {
    for body in ["", "[]", "1", "null", "<html>", "{\"result\":10", "\u{feff}{}"] {
        assert!(Answer::read(body.as_bytes()).is_none(), "{body}");
    }
    assert!(!format!("{:?}", answer(r#"{"name":"Анна"}"#)).contains("Анна"));
}

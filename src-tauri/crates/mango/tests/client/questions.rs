//! Each question, answered well, oddly, with HTML, with an error in a 200, with a redirect.

use mango_vpbx::client::{CallsStats, Client, CommandError, ConfigFault, Stats, Unclear};
use mango_vpbx::command::{
    CallsStatsQuery, ContactCursor, ContactSearch, CursorMode, RecordingAction, StatsField, StatsQuery, UsersQuery,
};

use crate::pbx::{Answer, Pbx};

/// What is asked, where and how it arrives, a good answer, and what it says.
type Question = (Ask, &'static str, &'static str, Answer, &'static str);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Ask {
    Balance,
    Users,
    User,
    Groups,
    Lines,
    Trunks,
    StatsKey,
    Stats,
    CallsStatsKey,
    CallsStats,
    Recording,
    Topics,
    Contacts,
    MoreContacts,
    Visitor,
    Pages,
    Centre,
}

fn day() -> StatsQuery {
    StatsQuery { from: 1_790_000_000, to: 1_790_086_400, fields: vec![StatsField::EntryId], ..StatsQuery::default() }
}

fn day_of_calls() -> CallsStatsQuery {
    CallsStatsQuery {
        start: "24.11.2026 00:00:00".into(),
        end: "24.11.2026 23:59:59".into(),
        limit: 500,
        ..CallsStatsQuery::default()
    }
}

/// The answer in a few words.
async fn ask(client: &Client, question: Ask) -> Result<String, CommandError> {
    Ok(match question {
        Ask::Balance => client.balance().await?.amount,
        Ask::Users => format!("{:?}", client.users().await?),
        Ask::User => {
            let query = UsersQuery { extension: Some("201".into()), ..UsersQuery::default() };
            format!("{:?}", client.users_of(query).await?)
        }
        Ask::Groups => {
            let groups = client.groups().await?;
            format!("{:?}", groups.iter().map(|group| group.extension.as_deref()).collect::<Vec<_>>())
        }
        Ask::Lines => {
            let lines = client.incoming_lines().await?;
            lines.into_iter().map(|line| line.number).collect::<Vec<_>>().join(" ")
        }
        Ask::Trunks => {
            let trunks = client.trunk_numbers().await?;
            trunks.into_iter().map(|trunk| trunk.number).collect::<Vec<_>>().join(" ")
        }
        Ask::StatsKey => client.ask_stats(&day()).await?,
        Ask::Stats => match client.stats("k=").await? {
            Stats::NotReady => "not ready".to_owned(),
            Stats::Rows(rows) => format!("{} rows", rows.len()),
        },
        Ask::CallsStatsKey => client.ask_calls_stats(&day_of_calls()).await?,
        Ask::CallsStats => match client.calls_stats("k=").await? {
            CallsStats::Working => "working".to_owned(),
            CallsStats::Ready(calls) => format!("{} calls", calls.len()),
        },
        Ask::Recording => client.recording("R==", RecordingAction::Play).await?,
        Ask::Topics => client.topics("R==").await?.join(" "),
        Ask::Contacts => format!("{} contacts", client.find_contacts("79005550101").await?.len()),
        Ask::MoreContacts => {
            let page = client.more_contacts(ContactCursor { cursor: "2Rl".into(), mode: CursorMode::Next(1) }).await?;
            page.cursor.unwrap_or_default()
        }
        Ask::Visitor => client.dct_user("74951112233").await?.and_then(|visitor| visitor.source).unwrap_or_default(),
        Ask::Pages => format!("{} pages", client.dct_history("74951112233").await?.len()),
        Ask::Centre => client.contact_centre_call("NTAw").await?.contact_id.unwrap_or_default(),
    })
}

fn questions() -> Vec<Question> {
    let ok = |body| Answer::Json(200, body);
    let row =
        "[R==];1790000060;1790000005;;79005550101;201;sip:a;1110;74995550199;abonent;NTAw;1790000000;1790000000\n";
    vec![
        (Ask::Balance, "account/balance", "{}", ok(r#"{"result":1000,"balance":"99.5"}"#), "99.5"),
        (
            Ask::Users,
            "config/users/request",
            r#"{"ext_fields":["general.user_id","general.mobile","groups"]}"#,
            ok(r#"{"users":[{"telephony":{"extension":"201"}}]}"#),
            "[Employee(201)]",
        ),
        (Ask::User, "config/users/request", r#"{"extension":"201"}"#, ok(r#"{"result":"1000","users":[]}"#), "[]"),
        (
            Ask::Groups,
            "groups",
            r#"{"show_users":1}"#,
            ok(r#"{"result":1000,"groups":[{"extension":300},{}]}"#),
            r#"[Some("300"), None]"#,
        ),
        (Ask::Lines, "incominglines", "{}", ok(r#"{"result":1000,"lines":[{"number":"74995550199"}]}"#), "74995550199"),
        (Ask::Trunks, "trunks/numbers", "{}", ok(r#"{"result":1000,"data":[{"number":"7499"}]}"#), "7499"),
        (
            Ask::StatsKey,
            "stats/request",
            r#"{"date_from":1790000000,"date_to":1790086400,"fields":"entry_id"}"#,
            ok(r#"{"key":"k="}"#),
            "k=",
        ),
        (Ask::Stats, "stats/result", r#"{"key":"k="}"#, Answer::Text(200, row.repeat(3)), "3 rows"),
        (
            Ask::CallsStatsKey,
            "stats/calls/request",
            r#"{"start_date":"24.11.2026 00:00:00","end_date":"24.11.2026 23:59:59","limit":500,"offset":0}"#,
            ok(r#"{"result":1000,"key":"k="}"#),
            "k=",
        ),
        (
            Ask::CallsStats,
            "stats/calls/result/",
            r#"{"key":"k="}"#,
            ok(r#"{"result":1000,"status":"complete","data":[{"list":[{},{}]}]}"#),
            "2 calls",
        ),
        (
            Ask::Recording,
            "queries/recording/post",
            r#"{"recording_id":"R==","action":"play"}"#,
            Answer::To(302, "https://files.mango.example/one-time?token=a"),
            "https://files.mango.example/one-time?token=a",
        ),
        (
            Ask::Topics,
            "queries/recording_categories",
            r#"{"recording_id":"[\"R==\"]","with_names":true}"#,
            ok(r#"{"result":1000,"data":[{"categories":[{"name":"УЗИ"}]}]}"#),
            "УЗИ",
        ),
        (
            Ask::Contacts,
            "ab/contact/init",
            r#"{"query":"79005550101"}"#,
            ok(r#"{"result":1000,"data":[{"contact_id":1}],"state":{"cursor":"2Rl"}}"#),
            "1 contacts",
        ),
        (
            Ask::MoreContacts,
            "ab/contact/cursor/",
            r#"{"cursor":"2Rl","mode":"next-page-1"}"#,
            ok(r#"{"result":1000,"data":[],"state":{"cursor":"3Rl"}}"#),
            "3Rl",
        ),
        (
            Ask::Visitor,
            "queries/user_info_by_dct_number",
            r#"{"number":"74951112233"}"#,
            ok(r#"{"data":{"uid":"u","channel":{"source":"yandex"}}}"#),
            "yandex",
        ),
        (
            Ask::Pages,
            "queries/user_history_by_dct_number",
            r#"{"number":"74951112233"}"#,
            ok(r#"{"data":[{"url":"https://clinic.example/"}]}"#),
            "1 pages",
        ),
        (
            Ask::Centre,
            "cc/call/",
            r#"{"entry_id":"NTAw"}"#,
            ok(r#"{"result":1000,"call":{"conversion":[{"contact_id":11210425}]}}"#),
            "11210425",
        ),
    ]
}

/// What a client says to one answer.
async fn answered(question: Ask, answer: Answer) -> (Result<String, CommandError>, Client, Pbx) {
    let pbx = Pbx::start([answer]).await;
    let client = pbx.client();
    (ask(&client, question).await, client, pbx)
}

#[tokio::test]
async fn each_question_is_asked_and_its_answer_read() {
    for (question, path, json, answer, says) in questions() {
        let (said, client, pbx) = answered(question, answer).await;
        assert_eq!(said.unwrap(), says, "{question:?}");
        let heard = pbx.heard();
        let [(_, asked, body)] = heard.as_slice() else { panic!("{question:?} {heard:?}") };
        assert_eq!((asked.strip_prefix("/vpbx/").unwrap(), body.as_str()), (path, json), "{question:?}");
        assert_eq!(client.refused_recently(), 0);
    }
}

#[tokio::test]
async fn html_is_no_answer_to_any_question() {
    for (question, ..) in questions() {
        let (said, ..) = answered(question, Answer::Json(200, "\n<!DOCTYPE html><html></html>")).await;
        assert!(matches!(said, Err(CommandError::Unclear(Unclear::Unreadable))), "{question:?} {said:?}");
        let (said, ..) = answered(question, Answer::Json(502, "<html>Bad Gateway</html>")).await;
        assert!(matches!(said, Err(CommandError::Unclear(Unclear::Status(502)))), "{question:?} {said:?}");
    }
}

#[tokio::test]
async fn an_error_in_a_200_is_a_refusal_of_any_question() {
    for (question, ..) in questions() {
        for (body, code, bad) in [
            (r#"{"result":3102,"message":"sign"}"#, 3102, 1),
            (r#"{"result":"4001"}"#, 4001, 0),
            (r#"{"name":"Bad Request","message":"m","code":3104,"status":400}"#, 3104, 1),
        ] {
            let (said, client, _) = answered(question, Answer::Json(200, body)).await;
            let Err(CommandError::Refused { code: said, http: 200, .. }) = said else {
                panic!("{question:?} {said:?}")
            };
            assert_eq!((said, client.refused_recently()), (code, bad), "{question:?}");
        }
    }
}

#[tokio::test]
async fn redirects_are_answers_to_nothing_but_recordings() {
    for (question, ..) in questions() {
        let (said, _, pbx) = answered(question, Answer::To(307, "https://elsewhere.example/")).await;
        if question == Ask::Recording {
            assert_eq!(said.unwrap(), "https://elsewhere.example/");
        } else {
            assert!(matches!(said, Err(CommandError::Config(ConfigFault::Redirected(307)))), "{question:?} {said:?}");
        }
        assert_eq!(pbx.heard().len(), 1, "not followed");
    }
}

#[tokio::test]
async fn answers_that_lack_what_was_asked_for_are_no_answers() {
    for (question, ..) in questions() {
        // Nothing found may be said so; nobody working here, no groups, no lines and no key may not.
        let may_be_nothing =
            [Ask::Trunks, Ask::Topics, Ask::Contacts, Ask::MoreContacts, Ask::Visitor, Ask::Pages, Ask::Centre];
        let (said, ..) = answered(question, Answer::Json(200, r#"{"result":1000}"#)).await;
        if may_be_nothing.contains(&question) {
            assert!(said.is_ok(), "{question:?} {said:?}");
        } else {
            assert!(matches!(said, Err(CommandError::Unclear(Unclear::Unreadable))), "{question:?} {said:?}");
        }
        let (said, ..) = answered(question, Answer::Json(200, r#"{"result":10"#)).await;
        assert!(matches!(said, Err(CommandError::Unclear(Unclear::Unreadable))), "{question:?} {said:?}");
    }
}

#[tokio::test]
async fn odd_answers_are_read() {
    for (question, answer, says) in [
        (Ask::Balance, r#"{"balance":0,"currency":null}"#, "0"),
        (Ask::Users, r#"{"users":null}"#, "[]"),
        (Ask::Users, r#"{"result":1001,"users":{"telephony":{"extension":202}}}"#, "[Employee(202)]"),
        (Ask::Groups, r#"{"groups":[]}"#, "[]"),
        (Ask::Lines, r#"{"result":"1000","lines":[{},{"number":7499}]}"#, "7499"),
        (Ask::StatsKey, r#"{"result":1000,"key":17}"#, "17"),
        (Ask::CallsStats, r#"{"result":"1000","status":"work","data":null}"#, "working"),
        (Ask::CallsStats, r#"{"status":"request"}"#, "working"),
        (Ask::CallsStats, r#"{"data":[]}"#, "0 calls"),
        (Ask::Visitor, "{}", ""),
        (Ask::Pages, "[]", "0 pages"),
        (Ask::Pages, r#"{"data":[]}"#, "0 pages"),
        (Ask::Centre, r#"{"call":{}}"#, ""),
        (Ask::Stats, "", "0 rows"),
    ] {
        let (said, ..) = answered(question, Answer::Json(200, answer)).await;
        assert_eq!(said.unwrap(), says, "{question:?} {answer}");
    }
}

#[tokio::test]
async fn statistics_not_ready_gone_and_half() {
    let (said, ..) = answered(Ask::Stats, Answer::Json(204, "")).await;
    assert_eq!(said.unwrap(), "not ready");
    let (said, client, _) = answered(Ask::Stats, Answer::Json(404, "")).await;
    let error = said.unwrap_err();
    assert!(error.is_not_there() && matches!(error, CommandError::Refused { code: 0, http: 404, .. }), "{error:?}");
    assert_eq!(client.refused_recently(), 0);
    for half in
        ["[R==];1790000000;17900", "[R==", "[R==];1790000060;1790000005;;1;2;3;1110;4;abonent;NTAw;1790000000;17900"]
    {
        let (said, ..) = answered(Ask::Stats, Answer::Json(200, half)).await;
        assert!(matches!(said, Err(CommandError::Unclear(Unclear::Unreadable))), "{half} {said:?}");
    }
    for word in ["error", "not-found", "cancel"] {
        let (said, ..) =
            answered(Ask::CallsStats, Answer::Text(200, format!(r#"{{"result":1000,"status":"{word}"}}"#))).await;
        let Err(CommandError::Refused { code: 0, message, .. }) = said else { panic!("{word} {said:?}") };
        assert_eq!(message.as_deref(), Some(word));
    }
}

#[tokio::test]
async fn statistics_are_read_in_the_columns_that_were_asked_for() {
    let pbx = Pbx::start([Answer::Json(200, r#"{"key":"k"}"#), Answer::Json(200, "NTAw;1790000000\n")]).await;
    let client = pbx.client();
    let query = StatsQuery { fields: vec![StatsField::EntryId, StatsField::Create], ..day() };
    let key = client.ask_stats(&query).await.unwrap();
    let Stats::Rows(rows) = client.stats(&key).await.unwrap() else { panic!("not ready") };
    assert_eq!((rows[0].entry_id.as_deref(), rows[0].created), (Some("NTAw"), 1_790_000_000));
}

#[tokio::test]
async fn a_recording_that_is_not_there_yet() {
    for (answer, code, http) in [
        (Answer::Json(200, r#"{"result":3320}"#), 3320, 200),
        (Answer::Json(404, ""), 0, 404),
        (Answer::Json(404, r#"{"result":3320}"#), 3320, 404),
    ] {
        let (said, ..) = answered(Ask::Recording, answer).await;
        let error = said.unwrap_err();
        assert!(error.is_not_there(), "{error:?}");
        assert!(
            matches!(&error, CommandError::Refused { code: c, http: h, .. } if (*c, *h) == (code, http)),
            "{error:?}"
        );
    }
    let (said, ..) = answered(Ask::Recording, Answer::Json(200, r#"{"result":3102}"#)).await;
    assert!(!said.unwrap_err().is_not_there());
}

#[tokio::test]
async fn links_to_recordings() {
    let (said, _, pbx) = answered(Ask::Recording, Answer::To(302, "/files/one-time")).await;
    assert_eq!(said.unwrap(), pbx.base.replace("/vpbx/", "/files/one-time"));
    for nowhere in ["", "javascript:alert(1)", "http://", "file:///etc/passwd"] {
        let (said, ..) = answered(Ask::Recording, Answer::To(302, nowhere)).await;
        let link = said.as_deref().unwrap_or_default();
        assert!(link.is_empty() || nowhere.is_empty(), "{nowhere} {said:?}");
    }
    let (said, ..) = answered(Ask::Recording, Answer::Json(302, "")).await;
    assert!(matches!(said, Err(CommandError::Config(ConfigFault::Redirected(302)))), "{said:?}");
    // The published vector V7.
    let client = pbx.client();
    let link = client.recording_link("TVlSRUM6MDAwMTow", RecordingAction::Download, 1_790_003_600);
    let path = "queries/recording/link/TVlSRUM6MDAwMTow/download/clinicDemoKey0000000000000000001/1790003600/e835b61000442647b52488d706252413e9c58737c98f55f1352cd4e6b28dab57";
    assert_eq!(link, format!("{}{path}", pbx.base));
    let odd = client.recording_link("a/b+c==", RecordingAction::Play, 1);
    assert!(odd.contains("/link/a%2Fb+c%3D%3D/play/"), "{odd}");
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let (said, ..) = answered(Ask::Balance, Answer::Text(200, " ".repeat(9 * 1024 * 1024))).await;
    assert!(matches!(said, Err(CommandError::Unclear(Unclear::Unreadable))), "{said:?}");
    let (said, ..) = answered(Ask::Stats, Answer::Text(200, "\n".repeat(9 * 1024 * 1024))).await;
    assert_eq!(said.unwrap(), "0 rows", "statistics may be long");
}

#[tokio::test]
async fn questions_that_would_be_refused_are_not_asked() {
    let pbx = Pbx::start([]).await;
    let client = pbx.client();
    let year = StatsQuery { to: i64::MAX, ..day() };
    assert!(matches!(client.ask_stats(&year).await, Err(CommandError::Config(ConfigFault::Command(_)))));
    assert!(matches!(client.stats("").await, Err(CommandError::Config(_))));
    assert!(matches!(client.recording("", RecordingAction::Play).await, Err(CommandError::Config(_))));
    let all = ContactSearch { limit_rows: Some(5000), ..ContactSearch::default() };
    assert!(matches!(client.search_contacts(all).await, Err(CommandError::Config(_))));
    assert!(pbx.heard().is_empty());
}

//! One question after another at a PBX of paper.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use mango_vpbx::answer::rows;
use mango_vpbx::client::{CommandError, ConfigFault, Unclear};
use mango_vpbx::command::StatsField;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::super::asking::{Ended, Job, StaffAsked, Young, catch_up};
use super::super::failure::Again;
use super::super::source::{Answer, Kind, Question, Source};
use super::super::told::{Staff, Told};
use crate::happening::Happening;
use crate::log::WriteFailed;
use crate::roster;

const DAY: i64 = 24 * 3600;
/// Until when is asked.
const NOW: i64 = 1_790_000_000;

#[derive(Default)]
struct Paper {
    asks: VecDeque<Result<(), CommandError>>,
    answers: VecDeque<Result<Answer, CommandError>>,
    asked: Vec<Question>,
    fetched: Vec<Instant>,
    /// Who works there; nothing: it refuses to say.
    staff: Option<roster::Told>,
    staff_asked: usize,
}

/// A PBX that answers what a test says: keys until told otherwise, "not ready" when it has nothing to say.
#[derive(Clone, Default)]
struct PaperPbx(Arc<Mutex<Paper>>);

#[async_trait]
impl Source for PaperPbx {
    async fn ask(&self, question: &Question) -> Result<String, CommandError> {
        let mut paper = self.0.lock().unwrap();
        paper.asked.push(*question);
        paper.asks.pop_front().unwrap_or(Ok(())).map(|()| "key".to_owned())
    }

    async fn fetch(&self, _: &str, _: Kind) -> Result<Answer, CommandError> {
        let mut paper = self.0.lock().unwrap();
        paper.fetched.push(Instant::now());
        paper.answers.pop_front().unwrap_or(Ok(Answer::NotReady))
    }

    async fn staff(&self) -> Result<roster::Told, CommandError> {
        let mut paper = self.0.lock().unwrap();
        paper.staff_asked += 1;
        paper.staff.clone().ok_or(refused(3102, 200))
    }
}

impl PaperPbx {
    fn asks(self, asked: Result<(), CommandError>) -> PaperPbx {
        self.0.lock().unwrap().asks.push_back(asked);
        self
    }

    fn will(self, answer: Answer) -> PaperPbx {
        self.answers(Ok(answer))
    }

    fn answers(self, answer: Result<Answer, CommandError>) -> PaperPbx {
        self.0.lock().unwrap().answers.push_back(answer);
        self
    }

    fn asked(&self) -> Vec<Question> {
        self.0.lock().unwrap().asked.clone()
    }
}

/// Legs as the PBX writes them: a patient rings 201 from a moment on, for 20 seconds.
fn legs(calls: impl IntoIterator<Item = (String, i64)>) -> Answer {
    let csv: String = calls
        .into_iter()
        .map(|(entry, at)| {
            let end = at + 20;
            format!("{end};0;79005550101;201;sip:user201@x.mangosip.ru;1110;74995550199;abonent;{entry};{at}\n")
        })
        .collect();
    let columns = [
        StatsField::Finish,
        StatsField::Answer,
        StatsField::FromNumber,
        StatsField::ToExtension,
        StatsField::ToNumber,
        StatsField::DisconnectReason,
        StatsField::LineNumber,
        StatsField::Location,
        StatsField::EntryId,
        StatsField::Start,
    ];
    Answer::Legs(rows(&csv, &columns).unwrap())
}

fn job(days: i64) -> Job {
    Job { from: NOW - days * DAY, to: NOW, extended: false, staff: Staff::default(), asks_staff: false }
}

/// Lets it ask to the end; `disk` says what becomes of each call.
async fn asked_to_the_end(pbx: &PaperPbx, job: Job, disk: Result<(), WriteFailed>) -> (Vec<Told>, Ended) {
    let (back, mut happenings) = mpsc::channel(4);
    tokio::spawn(catch_up(Arc::new(pbx.clone()), job, back));
    let mut told = Vec::new();
    loop {
        let happening = happenings.recv().await.unwrap();
        if let Happening::Roster(roster) = happening {
            assert!(told.is_empty() && roster.is_ok(), "the roster is known before the calls");
        } else if let Happening::Recalled(handed) = happening {
            assert!(handed.len() <= 10, "the loop has other things to do");
            for handed in handed {
                told.push(handed.told);
                let _ = handed.kept.send(disk.clone());
            }
        } else if let Happening::CaughtUp(ended) = happening {
            return (told, ended);
        } else {
            panic!("{happening:?}");
        }
    }
}

async fn ended(pbx: &PaperPbx) -> (usize, Again, String) {
    let (told, ended) = asked_to_the_end(pbx, job(1), Ok(())).await;
    let failure = ended.failed.expect("it failed");
    (told.len(), failure.again, failure.why)
}

fn refused(code: i32, http: u16) -> CommandError {
    CommandError::Refused { code, message: None, http }
}

fn unreadable() -> CommandError {
    CommandError::Unclear(Unclear::Unreadable)
}

#[tokio::test(start_paused = true)]
async fn every_call_is_handed_over_once_oldest_first() {
    let calls: Vec<(String, i64)> = (0..35).map(|n| (format!("e{n:02}"), NOW - 5_000 + n)).collect();
    let pbx = PaperPbx::default().will(Answer::NotReady).will(legs(calls.clone()));
    let (told, ended) = asked_to_the_end(&pbx, job(1), Ok(())).await;
    assert_eq!(ended.failed, None);
    assert_eq!(ended.told_until, Some(NOW));
    let entries: Vec<&str> = told.iter().map(|told| told.entry_id.as_str()).collect();
    assert_eq!(entries, calls.iter().map(|(entry, _)| entry.as_str()).collect::<Vec<_>>());
    assert_eq!(pbx.asked(), [Question { from: NOW - DAY, to: NOW, kind: Kind::Legs }]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_may_not_be_over_yet_is_left_for_the_next_question() {
    let late = ("late".to_owned(), NOW - 29);
    let its_first_leg = ("late".to_owned(), NOW - 400);
    let pbx = PaperPbx::default().will(legs([("over".to_owned(), NOW - 30), its_first_leg, late]));
    let (told, ended) = asked_to_the_end(&pbx, job(1), Ok(())).await;
    assert_eq!(told.iter().map(|told| told.entry_id.as_str()).collect::<Vec<_>>(), ["over"]);
    assert_eq!(ended.young, [Young { entry: "late".to_owned(), start: NOW - 400, end: NOW - 9 }]);
}

#[tokio::test(start_paused = true)]
async fn the_same_answer_is_the_same_fact_and_names_the_groups() {
    let staff = Staff {
        groups: Some([("201".to_owned(), vec!["400".to_owned(), "300".to_owned()])].into()),
        ..Staff::default()
    };
    let mut bodies = Vec::new();
    for _ in 0..2 {
        let pbx = PaperPbx::default().will(legs([("e".to_owned(), NOW - 500)]));
        let (told, _) = asked_to_the_end(&pbx, Job { staff: staff.clone(), ..job(1) }, Ok(())).await;
        assert_eq!(told[0].groups.as_deref(), Some(&["300".to_owned(), "400".to_owned()][..]));
        bodies.push(told[0].body());
    }
    assert_eq!(bodies[0], bodies[1]);
}

#[tokio::test(start_paused = true)]
async fn two_months_are_asked_about_one_after_the_other() {
    let pbx = PaperPbx::default();
    let pbx = (0..3).fold(pbx, |pbx, n| pbx.will(legs([(format!("m{n}"), NOW - 50 * DAY + n * 20 * DAY)])));
    let (told, ended) = asked_to_the_end(&pbx, job(62), Ok(())).await;
    assert_eq!((told.len(), ended.failed), (3, None));
    let asked = pbx.asked();
    assert_eq!(
        (asked.first().map(|first| first.from), asked.last().map(|last| last.to)),
        (Some(NOW - 62 * DAY), Some(NOW))
    );
    assert!(asked.iter().all(|question| question.to - question.from <= 30 * DAY));
    assert!(asked.windows(2).all(|pair| pair[1].from < pair[0].to && pair[0].from < pair[1].from));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_never_ready_is_given_up_and_not_begged_for() {
    let pbx = PaperPbx::default();
    let begun = Instant::now();
    let (told, again, why) = ended(&pbx).await;
    assert_eq!((told, again), (0, Again::Later));
    assert!(why.contains("не подготовила"), "{why}");
    assert!((180..190).contains(&begun.elapsed().as_secs()));
    let fetched = pbx.0.lock().unwrap().fetched.clone();
    assert!(fetched.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_secs(5)));
}

#[tokio::test(start_paused = true)]
async fn a_pbx_without_statistics_of_legs_is_asked_for_those_of_calls() {
    for no_such in [refused(4001, 200), refused(0, 404)] {
        let pbx = PaperPbx::default().asks(Err(no_such)).will(Answer::Calls(Vec::new()));
        let (_, ended) = asked_to_the_end(&pbx, job(1), Ok(())).await;
        assert!(ended.failed.is_none() && ended.extended);
        let kinds: Vec<Kind> = pbx.asked().iter().map(|question| question.kind).collect();
        assert_eq!(kinds, [Kind::Legs, Kind::Calls { offset: 0 }]);
    }
    let pbx = PaperPbx::default().asks(Err(refused(4001, 200))).asks(Err(refused(4001, 200)));
    let (_, again, _) = ended(&pbx).await;
    assert_eq!((again, pbx.asked().len()), (Again::OnceAccepted, 2), "and no third time");
}

#[tokio::test(start_paused = true)]
async fn each_failure_has_its_sentence_and_its_time() {
    let moved = CommandError::Config(ConfigFault::Redirected(302));
    let quiet = CommandError::Quiet { until: std::time::SystemTime::now() + Duration::from_secs(90) };
    let at_asking = [
        (refused(3102, 200), "не удалось", true),
        (moved, "пересылает", true),
        (unreadable(), "веб-страница", false),
        (refused(4290, 429), "реже", false),
        (CommandError::Busy, "занята", false),
        (quiet, "временно не принимает", false),
        (CommandError::Unclear(Unclear::Status(502)), "не ответила", false),
    ];
    let mut sentences = std::collections::BTreeSet::new();
    for (error, words, waits_for_acceptance) in at_asking {
        let pbx = PaperPbx::default().asks(Err(error));
        let (told, again, why) = ended(&pbx).await;
        assert!(why.contains(words), "{why}");
        assert_eq!((told, again == Again::OnceAccepted), (0, waits_for_acceptance), "{why}");
        assert_eq!(pbx.asked().len(), 1, "never twice by itself");
        sentences.insert(why);
    }
    for (error, words) in [(unreadable(), "не целиком"), (refused(0, 404), "потеряла")] {
        let (told, again, why) = ended(&PaperPbx::default().answers(Err(error))).await;
        assert!(why.contains(words), "{why}");
        assert_eq!((told, again), (0, Again::Later));
        sentences.insert(why);
    }
    assert_eq!(sentences.len(), 9, "each its own");
}

#[tokio::test(start_paused = true)]
async fn what_the_disk_does_not_take_is_asked_for_again() {
    let pbx = PaperPbx::default().will(legs((0..25).map(|n| (format!("e{n}"), NOW - 500))));
    let (told, ended) = asked_to_the_end(&pbx, job(1), Err(WriteFailed("full".to_owned()))).await;
    assert_eq!(told.len(), 10, "the rest waits");
    assert_eq!(ended.failed.map(|failure| failure.again), Some(Again::Soon));
    assert_eq!(ended.told_until, None);
}

#[tokio::test(start_paused = true)]
async fn legs_without_an_entry_are_no_calls() {
    let pbx = PaperPbx::default().will(legs([(String::new(), NOW - 500)]));
    let (told, again, why) = ended(&pbx).await;
    assert_eq!((told, again), (0, Again::Later));
    assert!(why.contains("номеров вызовов"), "{why}");
}

/// A doctor, 301, who is in group 400.
fn a_doctor() -> roster::Told {
    let mut told = roster::Told::default();
    let mut employee = mango_vpbx::answer::Employee::default();
    (employee.user_id, employee.extension) = (Some("9".to_owned()), Some("301".to_owned()));
    let (mut group, mut operator) =
        (mango_vpbx::answer::Group::default(), mango_vpbx::answer::GroupOperator::default());
    operator.extension = Some("301".to_owned());
    group.extension = Some("400".to_owned());
    group.operators.push(operator);
    told.employees.push(employee);
    told.groups.push(group);
    told
}

#[tokio::test(start_paused = true)]
async fn who_works_here_is_asked_once_and_after_statistics_were_told() {
    let wanted = || Job { asks_staff: true, ..job(1) };
    let asked = |pbx: &PaperPbx| pbx.0.lock().unwrap().staff_asked;
    let pbx = PaperPbx::default().asks(Err(refused(3102, 200)));
    let (_, ended) = asked_to_the_end(&pbx, wanted(), Ok(())).await;
    assert!(ended.failed.is_some() && matches!(ended.staff, StaffAsked::No));
    assert_eq!(asked(&pbx), 0, "not on top of a refusal");

    let pbx = PaperPbx::default().will(legs([]));
    let (_, ended) = asked_to_the_end(&pbx, wanted(), Ok(())).await;
    assert!(ended.failed.is_none() && asked(&pbx) == 0, "for no call nobody needs to know");

    let pbx = PaperPbx::default().will(legs([("e".to_owned(), NOW - 500)]));
    pbx.0.lock().unwrap().staff = Some(a_doctor());
    let (told, ended) = asked_to_the_end(&pbx, wanted(), Ok(())).await;
    assert!(matches!(ended.staff, StaffAsked::Told));
    assert_eq!(told[0].groups, Some(Vec::new()), "201 is in no group");
    assert_eq!(asked(&pbx), 1);

    let pbx = PaperPbx::default();
    let pbx = (0..3).fold(pbx, |pbx, n| pbx.will(legs([(format!("m{n}"), NOW - 50 * DAY + n * 20 * DAY)])));
    let (told, ended) = asked_to_the_end(&pbx, Job { asks_staff: true, ..job(62) }, Ok(())).await;
    assert_eq!((told.len(), asked(&pbx)), (3, 1), "a refusal is tolerated, and not asked for again");
    assert!(ended.failed.is_none() && matches!(ended.staff, StaffAsked::Failed(CommandError::Refused { .. })));
    assert!(told.iter().all(|told| told.groups.is_none()), "as if nobody had asked");
}

#[test]
fn who_is_in_which_group_is_read_from_the_groups() {
    let staff = Staff::of(&a_doctor()).unwrap();
    assert_eq!(staff.groups, Some([("301".to_owned(), vec!["400".to_owned()])].into()));
    assert_eq!(staff.extensions, [("9".to_owned(), "301".to_owned())].into());
    assert_eq!(Staff::of(&roster::Told::default()), None, "nobody works here: nobody knows");
}

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;

use super::*;
use crate::people::Visit;

const PATIENCE: Duration = Duration::from_secs(3);

/// A source that answers as it is told to.
struct Source {
    kind: &'static str,
    plays: Mutex<Plays>,
    asked: AtomicUsize,
}

#[derive(Clone)]
struct Plays {
    after: Duration,
    answer: Result<Answer, DirectoryError>,
    alive: bool,
}

impl Source {
    fn new(kind: &'static str, after: Duration, answer: Result<Answer, DirectoryError>) -> Arc<Source> {
        let plays = Mutex::new(Plays { after, answer, alive: false });
        Arc::new(Source { kind, plays, asked: AtomicUsize::new(0) })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn set(&self, after: Duration, answer: Result<Answer, DirectoryError>, alive: bool) {
        *self.plays.lock().unwrap() = Plays { after, answer, alive };
    }

    fn plays(&self) -> Plays {
        self.plays.lock().unwrap().clone()
    }
}

#[async_trait]
impl Directory for Source {
    fn kind(&self) -> &'static str {
        self.kind
    }

    async fn look_up(&self, _: &PhoneNumber, _: Timestamp) -> Result<Answer, DirectoryError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let plays = self.plays();
        tokio::time::sleep(plays.after).await;
        plays.answer
    }

    async fn details(&self, mut people: Vec<Person>, _: Timestamp) -> Vec<Person> {
        for person in &mut people {
            person.note = Some("из карты".to_owned());
            if person.id == "2" {
                let at = noon();
                let visit = Visit { id: None, at, doctor: None, service: None, place: None, confirmed: None };
                person.next_visit = Some(visit);
            }
        }
        people
    }

    async fn search(&self, _: &str, _: usize, _: Timestamp) -> Result<Vec<Person>, DirectoryError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.plays().answer.map(|answer| answer.people)
    }

    fn health(&self) -> Health {
        Health { state: HealthState::Ok, why: None, people: None }
    }

    async fn ping(&self) -> Result<(), DirectoryError> {
        if self.plays().alive { Ok(()) } else { Err(dead()) }
    }

    async fn check(&self) -> CheckReport {
        CheckReport { ok: true, people: None, lines: Vec::new() }
    }

    async fn reload_if_changed(&self) -> bool {
        false
    }
}

fn dead() -> DirectoryError {
    DirectoryError::NotReached { why: "на этом порту никто не слушает".to_owned() }
}

fn maria() -> Answer {
    Answer { people: vec![Person::new("1", "Иванова Мария")], why: None, has_more: false }
}

fn number() -> PhoneNumber {
    PhoneNumber::parse("+79005550101", &phone::Region::default()).unwrap()
}

fn noon() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

async fn learn(knowledge: &Knowledge, now: Timestamp) -> Vec<(Duration, Learned)> {
    let (tell, mut told) = mpsc::channel(8);
    let begun = Instant::now();
    let number = number();
    let mut words = Vec::new();
    let hear = async {
        while let Some(learned) = told.recv().await {
            words.push((begun.elapsed(), learned));
        }
    };
    let ask = async {
        knowledge.learn(&number, now, &tell).await;
        drop(tell);
    };
    tokio::join!(hear, ask);
    assert_eq!(words.iter().filter(|(_, word)| !word.more_to_come).count(), 1, "there is one last word");
    assert!(words.last().is_some_and(|(_, word)| !word.more_to_come));
    words
}

fn names(learned: &Learned) -> Vec<String> {
    learned.answer.iter().flat_map(|answer| &answer.people).map(|person| person.full_name.clone()).collect()
}

fn later(seconds: i64) -> Timestamp {
    noon().checked_add(SignedDuration::from_secs(seconds)).unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_answer_serves_for_a_minute() {
    let source = Source::new("http", Duration::from_millis(200), Ok(maria()));
    let knowledge = Knowledge::new(source.clone(), None, PATIENCE, TimeZone::UTC);
    let words = learn(&knowledge, noon()).await;
    assert_eq!(words.len(), 1);
    assert_eq!(words[0].1.steps[0].what, StepKind::Request);
    assert_eq!(words[0].1.steps[0].result, "1 человек");
    let words = learn(&knowledge, later(59)).await;
    assert_eq!((source.asked(), words[0].1.steps[0].what), (1, StepKind::Cache));
    knowledge.forget(&number());
    learn(&knowledge, later(59)).await;
    assert_eq!(source.asked(), 2);
    learn(&knowledge, later(200)).await;
    assert_eq!(source.asked(), 3);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_not_remembered() {
    let source = Source::new("http", Duration::ZERO, Ok(Answer::default()));
    let knowledge = Knowledge::new(source.clone(), None, PATIENCE, TimeZone::UTC);
    learn(&knowledge, noon()).await;
    learn(&knowledge, noon()).await;
    assert_eq!(source.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_is_told_when_it_comes() {
    let source = Source::new("fhir", Duration::from_secs(20), Ok(maria()));
    let knowledge = Knowledge::new(source, None, PATIENCE, TimeZone::UTC);
    let words = learn(&knowledge, noon()).await;
    assert_eq!(words.len(), 2);
    assert_eq!((words[0].0.as_secs(), words[0].1.answer.clone()), (3, Err(DirectoryError::TooLate)));
    assert!(words[0].1.steps[0].result.contains("не ответила за 3 с"));
    assert_eq!((words[1].0.as_secs(), names(&words[1].1)), (20, vec!["Иванова Мария".to_owned()]));
    assert_eq!(knowledge.health().state, HealthState::Ok);
}

#[tokio::test(start_paused = true)]
async fn slow_parts_follow_the_name() {
    let people = vec![Person::new("1", "Иванова Мария"), Person::new("2", "Иванов Иван")];
    let answer = Answer { people, has_more: true, ..maria() };
    let source = Source::new("fhir", Duration::from_millis(100), Ok(answer));
    let knowledge = Knowledge::new(source, None, PATIENCE, TimeZone::UTC);
    let words = learn(&knowledge, noon()).await;
    let notes: Vec<_> = words.iter().map(|(_, word)| word.answer.as_ref().unwrap().people[0].note.clone()).collect();
    assert_eq!(notes, [None, Some("из карты".to_owned())]);
    let first = |word: &Learned| word.answer.as_ref().unwrap().people[0].id.clone();
    assert_eq!((first(&words[0].1), first(&words[1].1)), ("1".to_owned(), "2".to_owned()), "who comes today is first");
}

#[tokio::test(start_paused = true)]
async fn a_dead_source_is_left_in_peace_and_heals() {
    let source = Source::new("http", Duration::ZERO, Err(dead()));
    let knowledge = Knowledge::new(source.clone(), None, PATIENCE, TimeZone::UTC);
    for asked in 1..=3 {
        learn(&knowledge, noon()).await;
        assert_eq!(source.asked(), asked);
    }
    assert_eq!(knowledge.health().state, HealthState::Down);
    let words = learn(&knowledge, noon()).await;
    assert_eq!((source.asked(), words[0].1.answer.clone()), (3, Err(dead())));
    assert!(!knowledge.tend(noon()).await, "it is not looked after before its time");
    tokio::time::advance(Duration::from_secs(6)).await;
    assert!(!knowledge.tend(noon()).await, "still dead");
    source.set(Duration::ZERO, Ok(maria()), true);
    tokio::time::advance(Duration::from_secs(6)).await;
    assert!(knowledge.tend(noon()).await, "open cards are to be looked up again");
    assert_eq!(knowledge.health().state, HealthState::Ok);
    assert_eq!(names(&learn(&knowledge, noon()).await[0].1), ["Иванова Мария"]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_shown_and_asked_on() {
    let refused = DirectoryError::Refused { why: "ключ доступа не принят (401)".to_owned() };
    let source = Source::new("http", Duration::ZERO, Err(refused.clone()));
    let knowledge = Knowledge::new(source.clone(), None, PATIENCE, TimeZone::UTC);
    for _ in 0..6 {
        learn(&knowledge, noon()).await;
    }
    assert_eq!(source.asked(), 6);
    let health = knowledge.health();
    assert_eq!((health.state, health.why), (HealthState::Slow, Some(refused.to_string())));
}

#[tokio::test(start_paused = true)]
async fn what_was_told_today_is_shown_with_its_hour() {
    let source = Source::new("http", Duration::ZERO, Ok(maria()));
    let knowledge = Knowledge::new(source.clone(), None, PATIENCE, TimeZone::UTC);
    learn(&knowledge, noon()).await;
    source.set(Duration::ZERO, Err(dead()), false);
    let words = learn(&knowledge, later(3600)).await;
    assert_eq!((names(&words[0].1).len(), words[0].1.as_of), (1, Some(noon())));
    assert!(words[0].1.answer.as_ref().unwrap().why.as_ref().unwrap().contains("МИС не отвечает"));
    let words = learn(&knowledge, later(90_000)).await;
    assert_eq!(words[0].1.answer, Err(dead()), "yesterday's is not");
}

#[tokio::test(start_paused = true)]
async fn the_file_behind_answers_for_the_dead_and_for_the_unknown() {
    let file = Source::new("file", Duration::ZERO, Ok(maria()));
    let first = Source::new("fhir", Duration::ZERO, Err(dead()));
    let knowledge = Knowledge::new(first.clone(), Some(file), PATIENCE, TimeZone::UTC);
    let words = learn(&knowledge, noon()).await;
    assert_eq!((names(&words[0].1).len(), words[0].1.source), (1, "file"));
    let kinds: Vec<StepKind> = words[0].1.steps.iter().map(|step| step.what).collect();
    assert_eq!(kinds, [StepKind::Request, StepKind::Fallback]);
    first.set(Duration::ZERO, Ok(Answer::default()), true);
    let words = learn(&knowledge, noon()).await;
    assert_eq!((names(&words[0].1).len(), words[0].1.source), (1, "file"));
    assert!(words[0].1.answer.as_ref().unwrap().why.as_ref().unwrap().starts_with("в МИС номера нет"));
    assert_eq!(knowledge.search("Иванова", 10, noon()).await.map(|people| people.len()), Ok(0));
}

#[tokio::test(start_paused = true)]
async fn busy_means_busy() {
    let busy = DirectoryError::Busy { wait: Duration::from_secs(20) };
    let source = Source::new("http", Duration::ZERO, Err(busy));
    let knowledge = Knowledge::new(source.clone(), None, PATIENCE, TimeZone::UTC);
    learn(&knowledge, noon()).await;
    learn(&knowledge, noon()).await;
    assert_eq!(source.asked(), 1, "one request was one too many");
    tokio::time::advance(Duration::from_secs(19)).await;
    knowledge.tend(noon()).await;
    assert_eq!(knowledge.health().state, HealthState::Down);
    source.set(Duration::ZERO, Ok(maria()), true);
    tokio::time::advance(Duration::from_secs(2)).await;
    assert!(knowledge.tend(noon()).await);
    learn(&knowledge, noon()).await;
    assert_eq!(source.asked(), 2);
}

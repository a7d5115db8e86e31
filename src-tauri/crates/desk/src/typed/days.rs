//! Days as people type them: `24.11`, `24 ноября`, `вчера`, `в среду`, `ноябрь 2025`.

use jiff::Span;
use jiff::civil::{Date, Weekday};

/// No clinic's calls are older.
const FIRST_YEAR: i16 = 2000;
/// A day without a year is looked for so many years back: 29 February needs eight.
const YEARS_BACK: i16 = 8;

/// A month: as it is called, as a day of it is, as something in it is; and in English.
const MONTHS: [[&str; 4]; 12] = [
    ["январь", "января", "январе", "january"],
    ["февраль", "февраля", "феврале", "february"],
    ["март", "марта", "марте", "march"],
    ["апрель", "апреля", "апреле", "april"],
    ["май", "мая", "мае", "may"],
    ["июнь", "июня", "июне", "june"],
    ["июль", "июля", "июле", "july"],
    ["август", "августа", "августе", "august"],
    ["сентябрь", "сентября", "сентябре", "september"],
    ["октябрь", "октября", "октябре", "october"],
    ["ноябрь", "ноября", "ноябре", "november"],
    ["декабрь", "декабря", "декабре", "december"],
];

/// Months that people are called by too: alone they are names, with a year or after `в` they are months.
const NAMES_TOO: [&str; 6] = ["март", "май", "april", "may", "june", "august"];
/// A day of the week: as it is called, as something on it is, as one after it is; and in English.
const WEEKDAYS: [(Weekday, [&str; 4]); 7] = [
    (Weekday::Monday, ["понедельник", "понедельник", "понедельника", "monday"]),
    (Weekday::Tuesday, ["вторник", "вторник", "вторника", "tuesday"]),
    (Weekday::Wednesday, ["среда", "среду", "среды", "wednesday"]),
    (Weekday::Thursday, ["четверг", "четверг", "четверга", "thursday"]),
    (Weekday::Friday, ["пятница", "пятницу", "пятницы", "friday"]),
    (Weekday::Saturday, ["суббота", "субботу", "субботы", "saturday"]),
    (Weekday::Sunday, ["воскресенье", "воскресенье", "воскресенья", "sunday"]),
];
/// Days of the week that people are called by too: as they are called they are names, in other forms they are days.
const NAMED_AFTER_A_DAY: [&str; 3] = ["среда", "пятница", "суббота"];
/// What leads in to a day: `в ноябре`, `за вчера`, `с 25 по 28 ноября`.
pub(super) const LEAD_IN: [&str; 8] = ["в", "во", "за", "с", "со", "in", "on", "from"];

/// The days after a word that leads in to them, and how many words they take.
pub(super) fn read_after(lead: &str, words: &[&str], today: Date) -> Option<(Date, Date, usize)> {
    if matches!(lead, "с" | "со" | "from") {
        return range(words, today);
    }
    if let [month_word, ..] = words
        && let Some(month) = month(month_word, &[0, 2, 3])
        && words.get(1).is_none_or(|word| year(word).is_none())
    {
        return latest_month(today, month);
    }
    read(words, today)
}

/// `25 по 28 ноября`, `1.11 по 3.11`.
fn range(words: &[&str], today: Date) -> Option<(Date, Date, usize)> {
    let until = words.iter().take(4).position(|word| matches!(*word, "по" | "to"))?;
    let (_, last, length) = read(&words[until + 1..], today)?;
    let first = match read(&words[..until], today) {
        Some((first, _, taken)) if taken == until => first,
        Some(_) => return None,
        // The month is told once, for both days.
        None if until == 1 => {
            let day: i8 = words.first()?.parse().ok()?;
            Date::new(last.year(), last.month(), day).ok()?
        }
        None => return None,
    };
    // `с понедельника по пятницу` on a Tuesday: the Monday before the latest Friday.
    let first = match words {
        [word, ..] if first > last && weekday(word).is_some() => first.checked_sub(Span::new().days(7)).ok()?,
        [..] => first,
    };
    (first <= last).then_some((first, last, until + 1 + length))
}

fn latest_month(today: Date, month: i8) -> Option<(Date, Date, usize)> {
    latest(today, |year| Date::new(year, month, 1).ok())
        .and_then(|first| whole_month(first.year(), month))
        .map(|(from, to)| (from, to, 1))
}

/// The days that the first words name, and how many words that takes. What has no year is the latest that has begun.
pub(super) fn read(words: &[&str], today: Date) -> Option<(Date, Date, usize)> {
    let (first, after) = words.split_first()?;
    let back = |days| today.checked_sub(Span::new().days(days)).ok().map(|day| (day, day, 1));
    match *first {
        "сегодня" | "today" => return back(0),
        "вчера" | "yesterday" => return back(1),
        "позавчера" => return back(2),
        _ => {}
    }
    if let Some(weekday) = weekday(first) {
        return (!NAMED_AFTER_A_DAY.contains(first)).then(|| latest_weekday(today, weekday)).flatten();
    }
    let year_after = |words: &[&str]| words.first().and_then(|word| year(word));
    if let Some(month) = month(first, &[0, 2, 3]) {
        return match year_after(after) {
            Some(year) => whole_month(year, month).map(|(from, to)| (from, to, 2)),
            None if NAMES_TOO.contains(first) => None,
            None => latest_month(today, month),
        };
    }
    let day_of_month = first.parse::<i8>().ok().filter(|_| first.len() <= 2);
    if let Some(day) = day_of_month
        && let Some(month) = after.first().and_then(|word| month(word, &[1, 3]))
    {
        return match year_after(&after[1..]) {
            Some(year) => Date::new(year, month, day).ok().map(|date| (date, date, 3)),
            None => latest(today, |year| Date::new(year, month, day).ok()).map(|date| (date, date, 2)),
        };
    }
    in_figures(first, today).map(|date| (date, date, 1))
}

fn in_figures(word: &str, today: Date) -> Option<Date> {
    if let Some((year_word, _)) = word.split_once('-')
        && year(year_word).is_some()
        && word.len() == 10
    {
        return word.parse().ok();
    }
    let parts: Vec<&str> = word.trim_end_matches('.').split('.').collect();
    let figure = |text: &str| text.parse::<i8>().ok().filter(|_| text.len() <= 2 && !text.starts_with(['+', '-']));
    match parts.as_slice() {
        [day, month] => {
            let (day, month) = (figure(day)?, figure(month)?);
            latest(today, |year| Date::new(year, month, day).ok())
        }
        [day, month, year_word] => {
            let (day, month) = (figure(day)?, figure(month)?);
            let year = year(year_word)
                .or_else(|| Some(2000 + i16::from(figure(year_word)?)).filter(|_| year_word.len() == 2))?;
            Date::new(year, month, day).ok()
        }
        _ => None,
    }
}

fn weekday(word: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(_, forms)| forms.contains(&word)).map(|(weekday, _)| *weekday)
}

/// The latest such day that has begun: today is one.
fn latest_weekday(today: Date, weekday: Weekday) -> Option<(Date, Date, usize)> {
    let back = today.weekday().since(weekday);
    today.checked_sub(Span::new().days(back)).ok().map(|day| (day, day, 1))
}

fn month(word: &str, forms: &[usize]) -> Option<i8> {
    let found = MONTHS.iter().position(|names| forms.iter().any(|form| names[*form] == word))?;
    i8::try_from(found + 1).ok()
}

fn year(word: &str) -> Option<i16> {
    word.parse().ok().filter(|year| word.len() == 4 && (FIRST_YEAR..=2199).contains(year))
}

fn latest(today: Date, of_year: impl Fn(i16) -> Option<Date>) -> Option<Date> {
    (0..=YEARS_BACK).filter_map(|back| of_year(today.year().checked_sub(back)?)).find(|date| *date <= today)
}

fn whole_month(year: i16, month: i8) -> Option<(Date, Date)> {
    let first = Date::new(year, month, 1).ok()?;
    Some((first, first.last_of_month()))
}

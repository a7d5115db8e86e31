//! A million invented patients: how long they take to load, how much memory they hold, how long a look-up takes.
//!
//! `cargo run --release -p directory --example million [rows]`

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use directory::{Directory, FileDirectory, FileSettings};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use phone::{PhoneNumber, Region};

const LOOK_UPS: u64 = 100_000;

#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn main() -> Result<(), Box<dyn Error>> {
    let rows: u64 = std::env::args().nth(1).map_or(Ok(1_000_000), |rows| rows.parse())?;
    let path = std::env::temp_dir().join(format!("callpop-million-{}.csv", std::process::id()));
    write_people(&path, rows)?;
    let outcome = measure(&path, rows);
    fs::remove_file(&path)?;
    for line in outcome? {
        println!("{line}");
    }
    Ok(())
}

fn measure(path: &Path, rows: u64) -> Result<Vec<String>, Box<dyn Error>> {
    let mut lines = vec![format!("rows {rows}, file {} MB", fs::metadata(path)?.len() / 1_000_000)];
    let region = Region::default();
    let started = Instant::now();
    let directory = FileDirectory::open(FileSettings {
        path: path.to_owned(),
        columns: BTreeMap::new(),
        region: region.clone(),
        time_zone: TimeZone::get("Europe/Moscow")?,
        open_url: None,
    });
    lines.push(format!("load_s {:.2}", started.elapsed().as_secs_f64()));
    lines.push(format!("health {:?}", directory.health()));
    lines.push(format!("rss_mb {} peak_mb {}", memory("VmRSS")?, memory("VmHWM")?));

    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let now: Timestamp = "2026-11-24T09:00:00Z".parse()?;
    let mut found = 0;
    let mut times = Vec::new();
    for at in 0..LOOK_UPS {
        // A step prime to the rows, so that neighbours are not asked in turn; every tenth number is nobody's.
        let number = if at % 10 == 0 { 9_990_000_000 + at } else { number_of(at * 7_919 % rows) };
        let number = PhoneNumber::from_pbx(&format!("7{number}"), &region).ok_or("no number")?;
        let started = Instant::now();
        let answer = runtime.block_on(directory.look_up(&number, now))?;
        times.push(started.elapsed());
        found += answer.people.len();
    }
    lines.push(format!("look_up {LOOK_UPS} (people found {found}) {}", percentiles(times)));

    for text in ["мар", "пятидесятникова", "вымыслова мария", "5550101", "зззз"] {
        let mut times = Vec::new();
        let mut people = 0;
        for _ in 0..10 {
            let started = Instant::now();
            people = runtime.block_on(directory.search(text, 20, now))?.len();
            times.push(started.elapsed());
        }
        lines.push(format!("search \"{text}\" (people {people}) {}", percentiles(times)));
    }
    Ok(lines)
}

fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    format!("p50 {:?} p99 {:?}", at(50), at(99))
}

/// Megabytes of a line of /proc/self/status.
fn memory(line: &str) -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let found = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':')?.trim().strip_suffix(" kB"));
    Ok(found.ok_or("no such line")?.trim().parse::<u64>()? / 1024)
}

/// Every fourth row shares its number with the next one.
fn number_of(row: u64) -> u64 {
    9_000_000_000 + if row % 4 == 3 { row - 1 } else { row }
}

/// Spellings as exports have them: mostly plain mobiles, some with an extension or a second number.
fn write_people(path: &Path, rows: u64) -> Result<(), Box<dyn Error>> {
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(file, "Код;ФИО;Дата рождения;Пол;Карта;Телефон;Аллергия;Долг;Врач;Последний визит;Следующий визит")?;
    let names = ["Мария Петровна", "Алёна Игоревна", "Зоя Фёдоровна", "Нино Георгиевна", "Александра Константиновна"];
    let families = ["Вымыслова", "Небылицына", "Пятидесятникова", "Ёжикова", "Салтыкова-Заречная"];
    let pick = |list: &[&'static str], row: u64| {
        usize::try_from(row).ok().and_then(|row| list.get(row % list.len())).copied().unwrap_or_default()
    };
    for row in 0..rows {
        let number = number_of(row).to_string();
        let [area, first, second, third] = [&number[..3], &number[3..6], &number[6..8], &number[8..]];
        let phone = match row % 20 {
            0..9 => format!("+7{number}"),
            9..14 => format!("8 ({area}) {first}-{second}-{third}"),
            14..18 => format!("8{number}"),
            18 => format!("8({area}){first}-{second}-{third} доб.{}", row % 90),
            _ => format!("+7{number}, 8 (499) 555-{second}-{third}"),
        };
        writeln!(
            file,
            "{row};{} {};{:04}-{:02}-{:02};ж;{}/{};{phone};{};{};Петров, терапевт;2026-0{}-11 10:30;{}",
            pick(&families, row / 7),
            pick(&names, row / 3),
            1940 + row % 80,
            1 + row % 12,
            1 + row % 28,
            row / 3,
            row % 30,
            if row % 6 == 0 { "пенициллин" } else { "" },
            if row % 9 == 0 { "2 400 ₽" } else { "" },
            1 + row % 9,
            if row % 3 == 0 { "30.11.2026 10:30" } else { "" },
        )?;
    }
    file.flush()?;
    Ok(())
}

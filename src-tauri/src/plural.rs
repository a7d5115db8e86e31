//! Times in words, in both languages.

use desk::russian;
use jiff::SignedDuration;

use crate::memory::Language;

/// A length of time as people say it, in its largest unit: «2 минуты», «3 дня».
pub(crate) fn length(of: SignedDuration, language: Language) -> String {
    let seconds = of.as_secs().unsigned_abs();
    let (count, ru, en) = match seconds {
        0..60 => (seconds, ["секунду", "секунды", "секунд"], "second"),
        60..3_600 => (seconds / 60, ["минуту", "минуты", "минут"], "minute"),
        3_600..86_400 => (seconds / 3_600, ["час", "часа", "часов"], "hour"),
        _ => (seconds / 86_400, ["день", "дня", "дней"], "day"),
    };
    match language {
        Language::Ru => format!("{count} {}", russian(count, ru[0], ru[1], ru[2])),
        Language::En => format!("{count} {en}{}", if count == 1 { "" } else { "s" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_said_in_their_largest_unit() {
        for (seconds, ru, en) in [
            (0, "0 секунд", "0 seconds"),
            (61, "1 минуту", "1 minute"),
            (-600, "10 минут", "10 minutes"),
            (7_300, "2 часа", "2 hours"),
            (86_400 * 5, "5 дней", "5 days"),
        ] {
            let length_of = |language| length(SignedDuration::from_secs(seconds), language);
            assert_eq!((length_of(Language::Ru).as_str(), length_of(Language::En).as_str()), (ru, en));
        }
    }
}

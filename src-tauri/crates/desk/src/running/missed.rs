//! What receptionists say about rows of missed calls: nobody sees it before the disk has it.

use jiff::{SignedDuration, Timestamp};
use phone::Extension;

use super::Running;
use super::requests::{Effect, What, error, path_of};
use crate::board::RowWord;
use crate::happening::Asked;
use crate::log::{Fact, MAIN};

/// The longest reason, in characters.
const LONGEST_REASON: usize = 500;
/// A row that is put off for longer is a mistyped year.
const PUT_OFF_AT_MOST: SignedDuration = SignedDuration::from_hours(24 * 366);

impl Running {
    pub(super) fn ask_row(
        &mut self,
        asked: Asked,
        row: &str,
        word: &RowWord,
        me: Option<&Extension>,
        now: Timestamp,
    ) -> Result<(), wire::RequestError> {
        let Some(shown) = self.board.missed_row(row) else {
            return Err(error(wire::ErrorCode::NotFound, "Такой строки пропущенных нет"));
        };
        let is_claim = matches!(word, RowWord::Claim | RowWord::GiveBack);
        if is_claim && me.is_none() {
            let why = "Без внутреннего номера не видно, кто перезвонит: впишите его в настройках";
            return Err(error(wire::ErrorCode::NoExtension, why));
        }
        if let (RowWord::GiveBack, Some(holder)) = (word, &shown.claimed_by)
            && me.is_none_or(|me| me.as_str() != holder)
        {
            return Err(error(
                wire::ErrorCode::NotNow,
                &format!("Этот звонок взял {holder}: вернуть его может только он"),
            ));
        }
        let kind = word.kind();
        let unreadable = || error(wire::ErrorCode::BadRequest, "Строку пропущенных не удалось прочесть");
        let (number_key, body) = self.board.row_fact(row, me, word, now).ok_or_else(unreadable)?;
        let episode = crate::board::row_episode(kind, &body).ok_or_else(unreadable)?;
        let fact = Fact {
            account: MAIN,
            kind,
            path: path_of(kind).to_owned(),
            received_at: now,
            subject: Some(number_key.clone()),
            body,
        };
        self.write_then(fact, Effect { asked, what: What::Row { number_key, episode } })
    }
}

/// How a row is closed by hand, as a client says it.
pub(super) fn close(how: Option<&str>, reason: Option<String>) -> Result<RowWord, wire::RequestError> {
    let how = match how {
        Some("reached") => wire::ClosedHow::Reached,
        Some("called_again") => wire::ClosedHow::CalledAgain,
        Some(_) | None => wire::ClosedHow::Dismissed,
    };
    let reason = reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    if reason.as_ref().is_some_and(|reason| reason.chars().count() > LONGEST_REASON) {
        return Err(error(wire::ErrorCode::BadRequest, "Причина длиннее 500 знаков: сократите её"));
    }
    Ok(RowWord::Close { how, reason: reason.filter(|_| how == wire::ClosedHow::Dismissed) })
}

/// Until when a row is put off, as a client says it.
pub(super) fn put_off(until: Option<&str>, now: Timestamp) -> Result<RowWord, wire::RequestError> {
    let Some(until) = until else { return Ok(RowWord::PutOff(None)) };
    let Ok(until) = until.parse::<Timestamp>() else {
        return Err(error(wire::ErrorCode::BadRequest, "Время, до которого отложить, не прочлось"));
    };
    if until <= now {
        return Err(error(wire::ErrorCode::BadRequest, "Это время уже прошло: выберите более позднее"));
    }
    if until.duration_since(now) > PUT_OFF_AT_MOST {
        return Err(error(wire::ErrorCode::BadRequest, "Отложить можно не больше чем на год: проверьте дату"));
    }
    Ok(RowWord::PutOff(Some(until)))
}

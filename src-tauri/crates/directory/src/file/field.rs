//! The columns that a file may have, and the names they go by.

use super::fold::letters;

/// What a column can hold. The order is that of [`Field::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Id,
    FullName,
    FamilyName,
    GivenName,
    Patronymic,
    Born,
    Sex,
    Chart,
    Phones,
    Allergy,
    Debt,
    Vip,
    Conflict,
    Alert,
    Doctor,
    LastVisit,
    NextVisit,
    Note,
    Relation,
}

impl Field {
    /// Every field, in the order of its number.
    pub(super) const ALL: [Field; 19] = [
        Field::Id,
        Field::FullName,
        Field::FamilyName,
        Field::GivenName,
        Field::Patronymic,
        Field::Born,
        Field::Sex,
        Field::Chart,
        Field::Phones,
        Field::Allergy,
        Field::Debt,
        Field::Vip,
        Field::Conflict,
        Field::Alert,
        Field::Doctor,
        Field::LastVisit,
        Field::NextVisit,
        Field::Note,
        Field::Relation,
    ];

    /// The contract's name, what it is called in sentences, and headers met in exports, as [`letters`]
    /// leaves them, parted by spaces.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Field::Id => ("id", "номер записи", "ид код uid guid patientid идпациента кодпациента идентификатор"),
            Field::FullName => (
                "full_name",
                "ФИО",
                "фио имяполностью полноеимя пациент фиопациента name patient фамилияимяотчество клиент",
            ),
            Field::FamilyName => ("family_name", "фамилия", "фамилия lastname surname"),
            Field::GivenName => ("given_name", "имя", "имя firstname"),
            Field::Patronymic => ("patronymic", "отчество", "отчество middlename secondname"),
            Field::Born => (
                "born",
                "дата рождения",
                "датарождения рождение родился деньрождения др датарожд birthdate birthday dateofbirth dob birth",
            ),
            Field::Sex => ("sex", "пол", "пол gender"),
            Field::Chart => (
                "chart",
                "номер карты",
                "карта номеркарты нкарты карты картапациента номерамбулаторнойкарты амбулаторнаякарта амбкарта медкарта номермедкарты историяболезни chartnumber card cardnumber",
            ),
            Field::Phones => (
                "phones",
                "телефон",
                "телефон телефоны phone тел мобильный мобильные моб мобтел mobile сотовый контакты номертелефона",
            ),
            Field::Allergy => {
                ("allergy", "аллергия", "аллергия аллергии аллергоанамнез аллергологическийанамнез allergies")
            }
            Field::Debt => ("debt", "долг", "долг задолженность долгруб суммадолга balancedue"),
            Field::Vip => ("vip", "VIP", "вип особыйгость важныйклиент"),
            Field::Conflict => ("conflict", "конфликт", "конфликт конфликтный конфликты черныйсписок"),
            Field::Alert => ("alert", "предупреждение", "предупреждение предупреждения внимание важно"),
            Field::Doctor => ("doctor", "врач", "врач лечащийврач доктор"),
            Field::LastVisit => (
                "last_visit",
                "последний визит",
                "последнийвизит последнийприем последнеепосещение датапоследнеговизита датапоследнегоприема былприем",
            ),
            Field::NextVisit => (
                "next_visit",
                "следующий визит",
                "следующийвизит следующийприем следующеепосещение датаследующеговизита запись ближайшийприем ближайшаязапись",
            ),
            Field::Note => {
                ("note", "примечание", "примечание примечания комментарий комментарии заметка заметки notes comment")
            }
            Field::Relation => ("relation", "родство", "родство степеньродства ктоэто кемприходится отношение"),
        }
    }

    /// The name in settings and in the contract.
    pub(super) fn name(self) -> &'static str {
        self.words().0
    }

    /// What it is called in a sentence.
    pub(super) fn russian(self) -> &'static str {
        self.words().1
    }

    /// The field that a header most likely means.
    pub(super) fn by_header(header: &str) -> Option<Field> {
        let bare = letters(header);
        let known = Field::ALL.into_iter().find(|field| {
            let (name, _, others) = field.words();
            letters(name) == bare || others.split(' ').any(|other| other == bare)
        });
        known.or_else(|| is_some_phone(&bare).then_some(Field::Phones))
    }
}

/// «Телефон 2», «Домашний телефон», "phone_home"; not the number of the clinic's own people.
fn is_some_phone(bare: &str) -> bool {
    let says_phone = bare.contains("телефон") || bare.contains("phone") || bare.starts_with("мобильный");
    says_phone && !["врач", "доктор", "doctor", "страхов", "комментарий", "тип"].iter().any(|word| bare.contains(word))
}

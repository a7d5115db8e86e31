use rlibphonenumber::PHONE_NUMBER_UTIL;

/// Where the clinic is: how numbers without a country code are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    country: rlibphonenumber::Region,
    calling_code: i32,
    area_code: Option<String>,
}

/// Why a [`Region`] cannot be made from what stands in the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegionError {
    /// The country is not a two-letter code (ISO 3166) of a country with phone numbers.
    #[error("country \"{0}\" is not a two-letter country code such as RU")]
    UnknownCountry(String),
    /// The area code is not 2 to 5 digits.
    #[error("area code \"{0}\" is not 2 to 5 digits, such as 495")]
    BadAreaCode(String),
}

impl Region {
    /// A country (`"RU"`, any case) and, where people write local numbers, the area code (`"495"`).
    ///
    /// # Errors
    /// An unknown country, or an area code that is not 2 to 5 digits. Empty text counts as no area code.
    pub fn new(country: &str, area_code: Option<&str>) -> Result<Region, RegionError> {
        let unknown = || RegionError::UnknownCountry(country.to_owned());
        let code =
            rlibphonenumber::Region::from_code(country.trim().to_ascii_uppercase().as_str()).map_err(|_| unknown())?;
        let calling_code = PHONE_NUMBER_UTIL.get_country_code_for_region(code).ok_or_else(unknown)?;
        let area_code = match area_code.map(str::trim) {
            None | Some("") => None,
            Some(digits) if (2..=5).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) => {
                Some(digits.to_owned())
            }
            Some(other) => return Err(RegionError::BadAreaCode(other.to_owned())),
        };
        Ok(Region { country: code, calling_code, area_code })
    }

    pub(crate) fn country(&self) -> rlibphonenumber::Region {
        self.country
    }

    /// Whether the trunk prefix is 8 and the country code 7: Russia and Kazakhstan.
    pub(crate) fn is_seven(&self) -> bool {
        self.calling_code == 7
    }

    pub(crate) fn area_code(&self) -> Option<&str> {
        self.area_code.as_deref()
    }
}

impl Default for Region {
    /// Russia, no area code.
    fn default() -> Self {
        Region { country: rlibphonenumber::Region::RU, calling_code: 7, area_code: None }
    }
}

//! A colour that a person gave, as it stands in files: `#rrggbb`.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Colours of classes by their names; classes without one take the colour of their place in the order.
pub type ClassColors = BTreeMap<String, Rgb>;

/// Red, green and blue from 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rgb(pub [u8; 3]);

impl From<Rgb> for String {
    fn from(Rgb([red, green, blue]): Rgb) -> Self {
        format!("#{red:02x}{green:02x}{blue:02x}")
    }
}

impl FromStr for Rgb {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text
            .strip_prefix('#')
            .filter(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, red, green, blue] = number
            .ok_or_else(|| format!("`{text}` does not have the form `#rrggbb`"))?
            .to_be_bytes();
        Ok(Self([red, green, blue]))
    }
}

impl TryFrom<String> for Rgb {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_written_and_read() {
        let check = |text: &str, expected: Option<[u8; 3]>| {
            let found = text.parse::<Rgb>().ok();
            assert_eq!(found, expected.map(Rgb), "{text}");
            if let Some(found) = found {
                assert_eq!(String::from(found), text.to_lowercase());
            }
        };
        check("#ff8A00", Some([255, 138, 0]));
        check("#000000", Some([0, 0, 0]));
        check("ff8a00", None);
        check("#ff8a0", None);
        check("#+f8a00", None);
        check("#红色", None);
    }
}

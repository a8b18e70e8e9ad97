//! Personal data in texts: e-mail and IP addresses, phone, card and identity numbers, told by form and check digit.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::sync::LazyLock;

use pg_base::{Text, t};
use regex::Regex;
use serde::{Deserialize, Serialize};

/// A sort of personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Personal {
    /// An e-mail address.
    Email,
    /// An IPv4 or IPv6 address.
    IpAddress,
    /// A Chinese resident identity number with a right check digit, or a US social security number.
    IdNumber,
    /// The number of a payment card with a right check digit (Luhn).
    Card,
    /// A phone number: with a country code, a Chinese mobile or landline one, or a North American one.
    Phone,
}

impl Personal {
    /// All sorts, the clearest first: where two claim the same characters, the earlier one wins.
    pub const ALL: [Self; 5] =
        [Self::Email, Self::IpAddress, Self::IdNumber, Self::Card, Self::Phone];

    /// What the person reads.
    pub fn label(self) -> Text {
        match self {
            Self::Email => t("e-mail address", "电子邮箱"),
            Self::IpAddress => t("IP address", "IP 地址"),
            Self::IdNumber => t("identity number", "身份证件号码"),
            Self::Card => t("card number", "银行卡号"),
            Self::Phone => t("phone number", "电话号码"),
        }
    }

    /// What stands in its place in a masked text.
    pub fn mask(self) -> &'static str {
        match self {
            Self::Email => "[email]",
            Self::IpAddress => "[ip]",
            Self::IdNumber => "[id]",
            Self::Card => "[card]",
            Self::Phone => "[phone]",
        }
    }

    fn is_valid(self, found: &str) -> bool {
        match self {
            Self::Email => true,
            Self::IpAddress => {
                found.parse::<Ipv4Addr>().is_ok()
                    || (found.matches(':').count() > 2 && found.parse::<Ipv6Addr>().is_ok())
            }
            Self::IdNumber => is_resident_id(found) || is_social_security_number(found),
            Self::Card => is_card(found),
            Self::Phone => {
                let n_digits = found.bytes().filter(u8::is_ascii_digit).count();
                (10..=15).contains(&n_digits) || (found.starts_with('+') && n_digits >= 8)
            }
        }
    }
}

/// Personal data in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which sort.
    pub personal: Personal,
    /// Its bytes.
    pub range: Range<usize>,
}

/// All personal data in a text, in order, none overlapping another.
pub fn find_personal(text: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    // Nothing of all this does without a digit or an `@`.
    if !text.bytes().any(|byte| byte.is_ascii_digit() || byte == b'@') {
        return found;
    }
    for (personal, form) in FORMS.iter() {
        for candidate in form.find_iter(text) {
            let range = candidate.range();
            let is_free = found
                .iter()
                .all(|other| range.end <= other.range.start || other.range.end <= range.start);
            if is_free && stands_alone(text, &range) && personal.is_valid(candidate.as_str()) {
                found.push(Found { personal: *personal, range });
            }
        }
    }
    found.sort_by_key(|found| found.range.start);
    found
}

/// How many of the texts hold each sort, and how many hold any, of how many there are.
pub fn count_personal<'a>(texts: impl Iterator<Item = &'a str>) -> PersonalCounts {
    let mut counts = PersonalCounts::default();
    for text in texts {
        counts.n_texts += 1;
        let found = find_personal(text);
        counts.n_personal += usize::from(!found.is_empty());
        for (personal, count) in Personal::ALL.into_iter().zip(&mut counts.by_sort) {
            *count += usize::from(found.iter().any(|found| found.personal == personal));
        }
    }
    counts
}

/// How much personal data some texts hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PersonalCounts {
    /// Texts looked at.
    pub n_texts: usize,
    /// Those with personal data.
    pub n_personal: usize,
    /// Those with each sort of [`Personal::ALL`].
    pub by_sort: [usize; 5],
}

impl PersonalCounts {
    /// The share of the texts that hold personal data; 0 without texts.
    pub fn share(&self) -> f64 {
        self.n_personal as f64 / self.n_texts.max(1) as f64
    }

    /// The sort that most texts hold.
    pub fn commonest(&self) -> Option<Personal> {
        let most = *self.by_sort.iter().max()?;
        let mut counts = Personal::ALL.into_iter().zip(self.by_sort);
        counts.find(|(_, count)| *count == most && most > 0).map(|(personal, _)| personal)
    }
}

const PATTERNS: [(Personal, &str); 9] = [
    (Personal::Email, r"[\p{L}\p{N}._%+\-]+@[\p{L}\p{N}\-]+(?:\.[\p{L}\p{N}\-]+)*\.\p{L}{2,}"),
    (Personal::IpAddress, r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}"),
    (Personal::IpAddress, r"[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}"),
    (
        Personal::IdNumber,
        r"[0-9]{17}[0-9Xx]|[0-9]{6} [0-9]{8} [0-9]{3}[0-9Xx]|[0-9]{3}-[0-9]{2}-[0-9]{4}",
    ),
    (Personal::Card, r"[0-9](?:[ \-]?[0-9]){12,18}"),
    (Personal::Phone, r"\+[0-9][0-9 .\-()]{5,20}[0-9]"),
    (Personal::Phone, r"1[3-9][0-9](?:[ \-]?[0-9]{4}){2}"),
    (Personal::Phone, r"\(?0[0-9]{2,3}\)?[ \-][0-9]{7,8}"),
    (Personal::Phone, r"\(?[2-9][0-9]{2}\)?[ .\-][2-9][0-9]{2}[.\-][0-9]{4}"),
];

/// A pattern that does not compile would be missing here; a test counts them.
static FORMS: LazyLock<Vec<(Personal, Regex)>> = LazyLock::new(|| {
    let compiled =
        PATTERNS.iter().map(|(personal, form)| Some((*personal, Regex::new(form).ok()?)));
    compiled.flatten().collect()
});

/// Whether no Latin letter or digit touches it, nor a decimal point with digits behind.
fn stands_alone(text: &str, range: &Range<usize>) -> bool {
    let before = text.get(..range.start).unwrap_or_default();
    let after = text.get(range.end..).unwrap_or_default();
    let touches = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let mut next = after.chars();
    let is_decimal = next.next() == Some('.') && next.next().is_some_and(|c| c.is_ascii_digit());
    let mut last = before.chars().rev();
    let follows_point = last.next() == Some('.') && last.next().is_some_and(|c| c.is_ascii_digit());
    !touches(before.chars().next_back())
        && !touches(after.chars().next())
        && !is_decimal
        && !follows_point
}

fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|c| c.to_digit(10)).collect()
}

/// ISO 7064 MOD 11-2 over 17 digits, as GB 11643 asks, with a possible date of birth.
fn is_resident_id(text: &str) -> bool {
    let compact: String = text.chars().filter(|c| *c != ' ').collect();
    let Some((body, check)) = compact.split_at_checked(17) else { return false };
    if check.len() != 1 || !body.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let is_birthday = body
        .get(6..14)
        .and_then(|day| chrono::NaiveDate::parse_from_str(day, "%Y%m%d").ok())
        .is_some_and(|day| (1850..=2200).contains(&chrono::Datelike::year(&day)));
    let sum: u32 = digits(body)
        .into_iter()
        .zip([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
        .map(|(digit, weight)| digit * weight)
        .sum();
    let expected = match (12 - sum % 11) % 11 {
        10 => 'X',
        digit => char::from_digit(digit, 10).unwrap_or('X'),
    };
    is_birthday && check.chars().next().is_some_and(|c| c.eq_ignore_ascii_case(&expected))
}

/// The parts that are never given out are excluded.
fn is_social_security_number(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [area, group, serial] = parts.as_slice() else { return false };
    !matches!(*area, "000" | "666") && !area.starts_with('9') && *group != "00" && *serial != "0000"
}

/// Luhn's check digit, and a first digit that card networks use.
fn is_card(text: &str) -> bool {
    let digits = digits(text);
    // Networks whose numbers begin with 2 give out 16 digits only; dates with a running number begin so too.
    let has_form = match digits.first() {
        Some(2) => digits.len() == 16,
        Some(3..=6) => (13..=19).contains(&digits.len()),
        _ => false,
    };
    if !has_form {
        return false;
    }
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2 == 1, *digit) {
            (true, digit) if digit > 4 => 2 * digit - 9,
            (true, digit) => 2 * digit,
            (false, digit) => digit,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(Personal, &str)]) {
        let found = find_personal(text);
        let found: Vec<_> =
            found.into_iter().map(|found| (found.personal, &text[found.range])).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn personal_data_is_found() {
        assert_eq!(FORMS.len(), PATTERNS.len());
        check(
            "write to anna.lee+x@mail.example.org or 张三@例子.中国, from 192.168.0.12",
            &[
                (Personal::Email, "anna.lee+x@mail.example.org"),
                (Personal::Email, "张三@例子.中国"),
                (Personal::IpAddress, "192.168.0.12"),
            ],
        );
        check(
            "身份证11010519491231002X，手机13812345678",
            &[(Personal::IdNumber, "11010519491231002X"), (Personal::Phone, "13812345678")],
        );
        check("4111 1111 1111 1111", &[(Personal::Card, "4111 1111 1111 1111")]);
        check("078-05-1120", &[(Personal::IdNumber, "078-05-1120")]);
        check("call +47 22 12 34 56!", &[(Personal::Phone, "+47 22 12 34 56")]);
        check(
            "(415) 555-2671 / 010-12345678 / 138-1234-5678",
            &[
                (Personal::Phone, "(415) 555-2671"),
                (Personal::Phone, "010-12345678"),
                (Personal::Phone, "138-1234-5678"),
            ],
        );
        check("2001:db8::ff00:42:8329", &[(Personal::IpAddress, "2001:db8::ff00:42:8329")]);
    }

    #[test]
    fn what_only_looks_like_it_is_left_alone() {
        for text in [
            "",
            "Oslo",
            "3.14159265358979",
            "2023-12-31 10:20:30",
            "4111 1111 1111 1112",
            "110105194912310021",
            "A13812345678",
            "1.2.3",
            "999.1.1.1",
            "12:30:45",
            "a@b",
            "1381234567",
            "order 20231231000123",
            "138123456789",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn texts_are_counted() {
        let counts = count_personal(["a@b.co", "x", "a@b.co 13812345678"].into_iter());
        assert_eq!((counts.n_texts, counts.n_personal, counts.by_sort), (3, 2, [2, 0, 0, 0, 1]));
        assert_eq!(counts.commonest(), Some(Personal::Email));
        assert_eq!(PersonalCounts::default().commonest(), None);
        assert_eq!(count_personal(std::iter::empty()).share(), 0.0);
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics_and_ranges_fit(text in "[0-9@.:+\\-() a好X]{0,40}") {
            let mut end = 0;
            for found in find_personal(&text) {
                proptest::prop_assert!(found.range.start >= end && text.get(found.range.clone()).is_some());
                end = found.range.end;
            }
        }
    }
}

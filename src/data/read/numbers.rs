//! Numbers written as text: exact, and fast for the short decimals that fill most files.

/// What a cell says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    /// A whole number.
    Whole(i64),
    /// Any other finite number, or a whole one too large for 64 bits.
    Real(f64),
    /// Written as infinity, or too large for a float (`1e999`).
    Infinite,
    /// Written as NaN in any case of letters.
    Nan,
}

/// Powers of ten that a float holds exactly.
const POWERS_OF_TEN: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// Digits that always fit into an `i64`.
const N_SAFE_DIGITS: usize = 18;

/// Reads a number without blanks around it; none where the cell is no number.
#[inline]
pub(super) fn parse_number(cell: &str) -> Option<Number> {
    let (is_negative, unsigned) = match cell.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        bytes => (false, bytes),
    };
    let (mut mantissa, mut n_digits, mut point_after) = (0_u64, 0_usize, None);
    for byte in unsigned {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
            n_digits += 1;
        } else if *byte == b'.' && point_after.is_none() {
            point_after = Some(n_digits);
        } else {
            return parse_unusual(cell);
        }
    }
    if n_digits == 0 || n_digits > N_SAFE_DIGITS {
        return parse_unusual(cell);
    }
    let Some(point_after) = point_after else {
        let magnitude = mantissa as i64;
        return Some(Number::Whole(if is_negative { -magnitude } else { magnitude }));
    };
    // A quotient of two exactly held floats is rounded once, hence correctly (Clinger, 1990).
    match POWERS_OF_TEN.get(n_digits - point_after) {
        Some(power) if mantissa <= 1 << 53 => {
            let magnitude = mantissa as f64 / power;
            Some(Number::Real(if is_negative { -magnitude } else { magnitude }))
        }
        _ => parse_unusual(cell),
    }
}

/// Whole numbers of more digits, floats of more digits, exponents, infinity and NaN.
fn parse_unusual(cell: &str) -> Option<Number> {
    let is_whole = !cell.contains('.');
    if is_whole && let Ok(whole) = cell.parse() {
        return Some(Number::Whole(whole));
    }
    let real: f64 = cell.parse().ok()?;
    Some(if real.is_nan() {
        Number::Nan
    } else if real.is_infinite() {
        Number::Infinite
    } else {
        Number::Real(real)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cell: &str, expected: Option<Number>) {
        assert_eq!(parse_number(cell), expected, "{cell:?}");
    }

    #[test]
    fn numbers_of_every_form() {
        check("42", Some(Number::Whole(42)));
        check("-007", Some(Number::Whole(-7)));
        check("9223372036854775807", Some(Number::Whole(i64::MAX)));
        check("9223372036854775808", Some(Number::Real(9_223_372_036_854_775_808.0)));
        check("+3.25", Some(Number::Real(3.25)));
        check(".5", Some(Number::Real(0.5)));
        check("5.", Some(Number::Real(5.0)));
        check("1e-3", Some(Number::Real(0.001)));
        check("0.1234567890123456789", Some(Number::Real(0.123_456_789_012_345_68)));
        check("-Inf", Some(Number::Infinite));
        check("1e999", Some(Number::Infinite));
        check("NAN", Some(Number::Nan));
        for text in ["", "-", ".", "1.2.3", "1,5", "12a", "e5", "0x1F", "１２"] {
            check(text, None);
        }
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_the_standard_library(value: f64, n_decimals in 0_usize..20) {
            let text = format!("{value:.n_decimals$}");
            let expected: f64 = text.parse().expect("a number");
            let found = match parse_number(&text) {
                Some(Number::Whole(whole)) => whole as f64,
                Some(Number::Real(real)) => real,
                other => panic!("{other:?}"),
            };
            proptest::prop_assert_eq!(found, expected);
        }
    }
}

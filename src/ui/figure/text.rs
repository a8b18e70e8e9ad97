//! How wide texts are and how numbers are written in figures, without asking a font: every back end gets the same layout.

use crate::lang::lang;

/// Widths of the characters from space to tilde in Inter Regular, in thousandths of the size.
const REGULAR: [u16; 95] = [
    281, 278, 403, 631, 638, 812, 639, 222, 362, 362, 500, 659, 280, 460, 276, 357, 625, 464, 605,
    636, 642, 608, 624, 571, 616, 624, 276, 280, 659, 659, 659, 507, 936, 676, 651, 727, 719, 598,
    587, 743, 740, 264, 543, 652, 562, 889, 753, 761, 635, 761, 639, 638, 642, 741, 676, 949, 642,
    665, 625, 362, 357, 362, 469, 452, 497, 564, 621, 558, 621, 582, 361, 609, 591, 237, 237, 544,
    237, 869, 585, 597, 609, 609, 372, 523, 364, 581, 557, 812, 540, 557, 541, 362, 327, 362, 659,
];
/// The semibold weight is wider by this much on average.
const BOLD_FACTOR: f32 = 1.03;

/// Width of a text in one line, in points.
pub(crate) fn width(text: &str, size: f32, is_bold: bool) -> f32 {
    let thousandths: u32 = text.chars().map(|letter| u32::from(advance(letter))).sum();
    let factor = if is_bold { BOLD_FACTOR } else { 1.0 };
    thousandths as f32 / 1000.0 * size * factor
}

fn advance(letter: char) -> u16 {
    let code = letter as u32;
    match code {
        0x20..0x7f => REGULAR.get(code as usize - 0x20).copied().unwrap_or(600),
        // Letters of the Latin supplement are as wide as those without accents; superscripts are narrow.
        0xb2 | 0xb3 | 0xb9 | 0x2070..0x208f => 400,
        0x2212 | 0xd7 => 659,
        0x2026 => 821,
        0xb7 => 276,
        0x1100..0x1160
        | 0x2e80..0xa4d0
        | 0xac00..0xd7a4
        | 0xf900..0xfb00
        | 0xfe30..0xfe50
        | 0xff00..0xff61
        | 0x1f300..0x40000 => 1000,
        _ => 620,
    }
}

/// The text, cut at its end with an ellipsis where it is wider than `room`.
pub(crate) fn cut(text: &str, size: f32, is_bold: bool, room: f32) -> String {
    if width(text, size, is_bold) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = width("…", size, is_bold);
    for letter in text.chars() {
        used += width(letter.encode_utf8(&mut [0; 4]), size, is_bold);
        if used > room {
            break;
        }
        kept.push(letter);
    }
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

/// A number on an axis whose ticks are `step` apart: as many decimals as tell neighbours apart.
pub(super) fn tick(value: f64, step: f64, largest: f64) -> String {
    if value == 0.0 || value.abs() < step * 1e-6 {
        return "0".to_owned();
    }
    if largest >= 1e15 || (largest < 1e-4 && largest > 0.0) {
        return scientific(value, (largest / step).log10().ceil().clamp(0.0, 4.0) as usize);
    }
    if largest >= 1e6 {
        let (unit, name) = large_unit(largest);
        return minus(&format!("{:.*}{name}", decimals_of(step / unit), value / unit));
    }
    minus(&crate::widgets::grouped(&format!("{value:.*}", decimals_of(step))))
}

/// Decimals that show a step.
fn decimals_of(step: f64) -> usize {
    let mut decimals = 0;
    let mut scaled = step.abs();
    // A step such as 0.25 needs two decimals, one of 0.5 a single one.
    while decimals < 10 && scaled.is_finite() && (scaled - scaled.round()).abs() > scaled * 1e-6 {
        scaled *= 10.0;
        decimals += 1;
    }
    decimals
}

fn large_unit(largest: f64) -> (f64, &'static str) {
    let units: [(f64, &str); 3] = match lang() {
        pg_base::Lang::En => [(1e12, "T"), (1e9, "B"), (1e6, "M")],
        pg_base::Lang::Zh => [(1e12, "万亿"), (1e8, "亿"), (1e4, "万")],
    };
    units.into_iter().find(|(unit, _)| largest >= *unit).unwrap_or((1.0, ""))
}

/// `2×10⁻⁹`.
pub(super) fn scientific(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = if digits.contains('.') {
        digits.trim_end_matches('0').trim_end_matches('.')
    } else {
        digits
    };
    let power = power_of_ten(exponent.parse().unwrap_or_default());
    match digits {
        "1" => power,
        "-1" => format!("−{power}"),
        digits => format!("{}×{power}", minus(digits)),
    }
}

/// `10⁻⁹`.
pub(super) fn power_of_ten(exponent: i32) -> String {
    let raised = |letter: char| match letter {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32(0x2070 + digit.to_digit(10).unwrap_or_default()).unwrap_or(digit),
    };
    format!("10{}", exponent.to_string().chars().map(raised).collect::<String>())
}

fn minus(text: &str) -> String {
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_have_the_decimals_of_their_step() {
        let check = |value: f64, step: f64, largest: f64, expected: &str| {
            assert_eq!(tick(value, step, largest), expected, "{value} by {step}");
        };
        check(0.30000000000000004, 0.1, 1.0, "0.3");
        check(-0.25, 0.25, 1.0, "−0.25");
        check(1500.0, 500.0, 3000.0, "1500");
        check(20000.0, 5000.0, 30000.0, "20,000");
        check(1.5e7, 5e6, 2e7, "15M");
        check(2e-9, 1e-9, 5e-9, "2×10⁻⁹");
        check(-1e20, 1e20, 2e20, "−10²⁰");
        check(0.0, 0.5, 1.0, "0");
    }

    #[test]
    fn texts_are_cut_to_their_room() {
        let text = "petal_length (cm)";
        assert_eq!(cut(text, 11.0, false, 500.0), text);
        let short = cut(text, 11.0, false, 50.0);
        assert!(short.ends_with('…') && width(&short, 11.0, false) <= 50.0, "{short}");
        assert_eq!(cut("花瓣长度", 10.0, false, 0.0), "…");
        assert_eq!(width("花瓣", 10.0, false), 20.0);
    }
}

//! Where an axis has its ticks and what stands there: steps of 1, 2 or 5, decades, or dates.

use super::model::Scale;
use super::text;

/// A tick: its value and its text.
pub(super) type Tick = (f64, String);

/// About `n` ticks between two ends; never more than three times as many.
pub(super) fn ticks(scale: Scale, low: f64, high: f64, n: usize) -> Vec<Tick> {
    let n = n.clamp(1, 40);
    match scale {
        Scale::Linear => linear(low, high, n),
        Scale::Log => log(low, high, n),
        Scale::Time => super::dates::ticks(low, high, n),
    }
}

/// The step of 1, 2 or 5 times a power of ten that gives about `n` steps.
pub(super) fn nice_step(span: f64, n: usize) -> f64 {
    let rough = span / n as f64;
    if !(rough > 0.0 && rough.is_finite()) {
        return 1.0;
    }
    let power = 10_f64.powf(rough.log10().floor());
    let factor = rough / power;
    let nice = match factor {
        _ if factor < 1.5 => 1.0,
        _ if factor < 3.5 => 2.0,
        _ if factor < 7.5 => 5.0,
        _ => 10.0,
    };
    // A power of ten below the smallest number is zero.
    if nice * power > 0.0 { nice * power } else { rough }
}

fn linear(low: f64, high: f64, n: usize) -> Vec<Tick> {
    let step = nice_step(high - low, n);
    let largest = low.abs().max(high.abs());
    // From here on neighbours are the same number.
    if step <= largest * f64::EPSILON {
        return vec![(low, text::tick(low, largest.max(f64::MIN_POSITIVE), largest))];
    }
    let first = (low / step - 1e-6).ceil();
    let n_ticks = (((high / step + 1e-6).floor() - first) as usize).min(3 * n);
    (0..=n_ticks)
        .map(|index| (first + index as f64) * step)
        .map(|value| (value, text::tick(value, step, largest)))
        .collect()
}

fn log(low: f64, high: f64, n: usize) -> Vec<Tick> {
    if !(low > 0.0 && high > low) {
        return Vec::new();
    }
    let (first, last) = (low.log10(), high.log10());
    let n_decades = last - first;
    if n_decades < 1.0 {
        return linear(low, high, n);
    }
    let stride = (n_decades / n as f64).ceil().max(1.0) as i32;
    let factors: &[f64] = if n_decades * 3.0 <= n as f64 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let decades =
        (first.floor() as i32..=last.ceil() as i32).filter(|decade| decade.rem_euclid(stride) == 0);
    decades
        .flat_map(|decade| factors.iter().map(move |factor| (decade, *factor)))
        .map(|(decade, factor)| (factor * 10_f64.powi(decade), decade))
        .filter(|(value, _)| (low * (1.0 - 1e-9)..=high * (1.0 + 1e-9)).contains(value))
        .map(|(value, decade)| {
            let is_plain = (-3..=5).contains(&decade);
            let text =
                if is_plain { text::tick(value, value, value) } else { text::scientific(value, 1) };
            (value, text)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(scale: Scale, low: f64, high: f64, n: usize, expected: &str) {
        let texts: Vec<String> =
            ticks(scale, low, high, n).into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts.join(" "), expected, "{low}..{high}");
    }

    #[test]
    fn steps_are_one_two_or_five() {
        check(Scale::Linear, 0.0, 1.0, 5, "0 0.2 0.4 0.6 0.8 1.0");
        check(Scale::Linear, 0.0, 100.0, 4, "0 20 40 60 80 100");
        check(Scale::Linear, -1.0, 1.0, 4, "−1.0 −0.5 0 0.5 1.0");
        check(Scale::Linear, 4.3, 7.9, 6, "4.5 5.0 5.5 6.0 6.5 7.0 7.5");
        check(Scale::Log, 0.001, 10.0, 4, "0.001 0.01 0.1 1 10");
        check(Scale::Log, 1e-9, 1.0, 3, "10⁻⁹ 10⁻⁶ 0.001 1");
        check(Scale::Log, 2.0, 40.0, 5, "2 5 10 20");
    }

    #[test]
    fn hostile_ranges_give_few_ticks() {
        for (low, high) in [
            (0.0, 0.0),
            (1.0, 1.0 + f64::EPSILON),
            (-1e300, 1e300),
            (0.0, 5e-324),
            (1e15, 1e15 + 1.0),
            (f64::NAN, 1.0),
            (1.0, 0.0),
        ] {
            for scale in [Scale::Linear, Scale::Log, Scale::Time] {
                assert!(ticks(scale, low, high, 5).len() <= 16, "{scale:?} {low}..{high}");
            }
        }
    }
}

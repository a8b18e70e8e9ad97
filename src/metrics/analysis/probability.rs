//! Tails of the distributions behind the tests.

use std::f64::consts::PI;

/// Terms of a series or of a continued fraction at most; all of them end long before.
const MAX_TERMS: usize = 10_000;
const EPSILON: f64 = 1e-15;
/// In place of a zero in a continued fraction.
const TINY: f64 = 1e-300;

/// The chance that chi-squared with `degrees` degrees of freedom is at least `value`.
pub(super) fn chi_squared_tail(value: f64, degrees: f64) -> f64 {
    if value <= 0.0 || degrees <= 0.0 { 1.0 } else { gamma_tail(degrees / 2.0, value / 2.0) }
}

/// The chance that Student's t with `degrees` degrees of freedom is at least as far from 0 as `value`.
pub(super) fn t_two_sided(value: f64, degrees: f64) -> f64 {
    if degrees <= 0.0 || !value.is_finite() {
        return if value.is_infinite() { 0.0 } else { 1.0 };
    }
    beta_share(degrees / 2.0, 0.5, degrees / (degrees + value * value))
}

/// The limit of the chance of a Kolmogorov–Smirnov distance of at least `value` times the root of the rows.
pub(super) fn kolmogorov_tail(value: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    if value < 1.18 {
        // Of the two series this one converges fast where the distance is small.
        let sum: f64 = (0..20)
            .map(|k| (-(2.0 * f64::from(k) + 1.0).powi(2) * PI * PI / (8.0 * value * value)).exp())
            .sum();
        return (1.0 - (2.0 * PI).sqrt() / value * sum).clamp(0.0, 1.0);
    }
    let term = |k: i32| {
        let sign = if k % 2 == 1 { 1.0 } else { -1.0 };
        sign * (-2.0 * f64::from(k * k) * value * value).exp()
    };
    (2.0 * (1..20).map(term).sum::<f64>()).clamp(0.0, 1.0)
}

/// The chance of `n_hits` or something at least as uneven in `n` throws of a fair coin.
pub(super) fn fair_coin_two_sided(n_hits: u64, n: u64) -> f64 {
    let fewer = n_hits.min(n - n_hits.min(n));
    let log_half = 0.5_f64.ln() * n as f64;
    let chance = |k: u64| {
        let (n, k) = (n as f64, k as f64);
        (ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0) + log_half).exp()
    };
    (2.0 * (0..=fewer).map(chance).sum::<f64>()).min(1.0)
}

/// The logarithm of the gamma function (Lanczos, g = 7, nine coefficients).
fn ln_gamma(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        return (PI / (PI * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let series = COEFFICIENTS
        .iter()
        .zip(1..)
        .fold(0.999_999_999_999_809_9, |sum, (c, k)| sum + c / (x + f64::from(k)));
    let t = x + 7.5;
    0.5 * (2.0 * PI).ln() + (x + 0.5) * t.ln() - t + series.ln()
}

/// The regularised upper incomplete gamma function.
fn gamma_tail(a: f64, x: f64) -> f64 {
    let scale = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum) = (1.0 / a, 1.0 / a);
        for n in 1..MAX_TERMS {
            term *= x / (a + n as f64);
            sum += term;
            if term < sum * EPSILON {
                break;
            }
        }
        return (1.0 - scale * sum).clamp(0.0, 1.0);
    }
    // Lentz's method.
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for n in 1..MAX_TERMS {
        let n = n as f64;
        let an = -n * (n - a);
        b += 2.0;
        d = 1.0 / away_from_zero(an * d + b);
        c = away_from_zero(b + an / c);
        fraction *= c * d;
        if (c * d - 1.0).abs() < EPSILON {
            break;
        }
    }
    (scale * fraction).clamp(0.0, 1.0)
}

/// The regularised incomplete beta function.
fn beta_share(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    let scale =
        (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        scale * beta_fraction(a, b, x) / a
    } else {
        1.0 - scale * beta_fraction(b, a, 1.0 - x) / b
    }
}

fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for m in 1..MAX_TERMS {
        let m = m as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut last = 1.0;
        for step in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + step * d);
            c = away_from_zero(1.0 + step / c);
            last = c * d;
            fraction *= last;
        }
        if (last - 1.0).abs() < EPSILON {
            break;
        }
    }
    fraction
}

fn away_from_zero(value: f64) -> f64 {
    if value.abs() < TINY { TINY } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_equal_scipy() {
        let check = |found: f64, expected: f64| {
            assert!((found - expected).abs() < 1e-9, "found {found}, expected {expected}");
        };
        // scipy.stats: chi2.sf, t.sf * 2, binomtest(…).pvalue; scipy.special.kolmogorov
        check(chi_squared_tail(3.841_458_820_694_124, 1.0), 0.05);
        check(chi_squared_tail(40.0, 20.0), 0.004_995_412_308_290_4);
        check(chi_squared_tail(0.3, 5.0), 0.997_643_086_260_529);
        check(t_two_sided(2.0, 10.0), 0.073_388_034_770_740);
        check(t_two_sided(-0.5, 300.0), 0.617_441_622_554_225);
        check(kolmogorov_tail(1.0), 0.269_999_671_677_354);
        check(kolmogorov_tail(1.5), 0.022_217_962_616_525);
        check(kolmogorov_tail(0.3), 0.999_990_694_198_666);
        check(fair_coin_two_sided(3, 12), 0.145_996_093_75);
        check(fair_coin_two_sided(6, 12), 1.0);
        check(fair_coin_two_sided(0, 0), 1.0);
    }
}

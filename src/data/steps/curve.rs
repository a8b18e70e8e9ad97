//! Curves that change the shape of a column and back: logarithm, Box-Cox, Yeo-Johnson, quantiles.

use pg_base::{Text, Trouble, say, t};
use serde::{Deserialize, Serialize};

use super::{normal, statistics};

/// Which curve is fitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CurveKind {
    /// `ln(1 + x)`, above -1.
    Log,
    /// A fitted power of positive numbers (Box and Cox, 1964).
    BoxCox,
    /// A fitted power of any numbers (Yeo and Johnson, 2000).
    #[default]
    YeoJohnson,
    /// The share of the training values below, 0 to 1.
    QuantileUniform,
    /// The same on the scale of a standard normal.
    QuantileNormal,
}

/// A fitted curve; it never falls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "curve")]
pub enum Curve {
    /// `ln(1 + x)`; values of -1 and below count as `floor`.
    Log {
        /// Smallest training value.
        floor: f64,
    },
    /// `(x^lambda - 1) / lambda`; values of 0 and below count as `floor`.
    BoxCox {
        /// Power.
        lambda: f64,
        /// Smallest training value.
        floor: f64,
        /// Ends of the inverse.
        reach: [f64; 2],
    },
    /// Box-Cox of `1 + x` with mirrored negative numbers.
    YeoJohnson {
        /// Power.
        lambda: f64,
        /// Ends of the inverse.
        reach: [f64; 2],
    },
    /// Interpolation between training quantiles, as scikit-learn's `QuantileTransformer` does.
    Quantiles {
        /// Equally spaced quantiles of the training values, rising.
        values: Vec<f64>,
        /// Whether the share is brought to the scale of a standard normal.
        is_normal: bool,
    },
}

/// How far the inverse may leave the range of the training values, in widths of that range.
const REACH: f64 = 9.0;
/// Quantiles kept.
const MAX_QUANTILES: usize = 1000;
/// Values looked at while the power is searched roughly.
const MAX_ROUGH: usize = 2000;
/// Powers beyond are no sensible answer.
const MAX_LAMBDA: f64 = 8.0;
/// Shares are kept so far from 0 and 1 on the normal scale, as in scikit-learn.
const MIN_SHARE: f64 = 1e-7;

impl CurveKind {
    /// What the person reads.
    pub fn label(self) -> Text {
        match self {
            Self::Log => t("logarithm", "对数"),
            Self::BoxCox => t("Box-Cox", "Box-Cox"),
            Self::YeoJohnson => t("Yeo-Johnson", "Yeo-Johnson"),
            Self::QuantileUniform => t("quantiles, even", "分位数（均匀）"),
            Self::QuantileNormal => t("quantiles, normal", "分位数（正态）"),
        }
    }
}

impl Curve {
    /// Fits to finite values.
    ///
    /// Errors: `column-not-positive` where the curve needs larger values.
    pub fn fit(kind: CurveKind, values: &[f64]) -> Result<Self, Trouble> {
        let (low, high) = statistics::range(values).unwrap_or((1.0, 1.0));
        let is_constant = low == high;
        // Close to the pole of a negative power a small error on the curve is an astronomical one off it.
        let width = REACH * (high - low);
        let reach = [low - width, high + width].map(statistics::bounded);
        Ok(match kind {
            CurveKind::Log if low <= -1.0 => return Err(too_small(low, -1.0)),
            CurveKind::BoxCox if low <= 0.0 => return Err(too_small(low, 0.0)),
            CurveKind::Log => Self::Log { floor: low },
            CurveKind::BoxCox => {
                let lambda = if is_constant { 1.0 } else { best_lambda(values, &box_cox_fit) };
                Self::BoxCox { lambda, floor: low, reach }
            }
            CurveKind::YeoJohnson => {
                let lambda = if is_constant { 1.0 } else { best_lambda(values, &yeo_johnson_fit) };
                Self::YeoJohnson { lambda, reach }
            }
            CurveKind::QuantileUniform => quantiles(values, false),
            CurveKind::QuantileNormal => quantiles(values, true),
        })
    }

    /// The value on the curve.
    pub fn forward(&self, x: f64) -> f64 {
        match self {
            Self::Log { floor } => if x > -1.0 { x } else { *floor }.ln_1p(),
            Self::BoxCox { lambda, floor, .. } => {
                box_cox(if x > 0.0 { x } else { *floor }, *lambda)
            }
            Self::YeoJohnson { lambda, .. } => yeo_johnson(x, *lambda),
            Self::Quantiles { values, is_normal } => {
                let share = share(values, x, *is_normal);
                if *is_normal { on_normal_scale(share) } else { share }
            }
        }
    }

    /// The value that [`Self::forward`] takes to `y`; the nearest finite one where none does.
    pub fn inverse(&self, y: f64) -> f64 {
        let found = match self {
            Self::Log { .. } => y.exp_m1(),
            Self::BoxCox { lambda, reach, .. } => within(exponent(y, *lambda).exp(), reach),
            Self::YeoJohnson { lambda, reach } if y >= 0.0 => {
                within(exponent(y, *lambda).exp_m1(), reach)
            }
            Self::YeoJohnson { lambda, reach } => {
                within(-exponent(-y, 2.0 - lambda).exp_m1(), reach)
            }
            Self::Quantiles { values, is_normal } => {
                at_share(values, if *is_normal { normal::share_below(y) } else { y })
            }
        };
        statistics::bounded(found)
    }
}

/// The nearest value that the training values make believable.
fn within(value: f64, [low, high]: &[f64; 2]) -> f64 {
    value.max(*low).min(*high)
}

fn too_small(low: f64, limit: f64) -> Trouble {
    Trouble::new("column-not-positive", say!("the smallest value is {low}", "最小值为 {low}"))
        .expected(say!("values above {limit}", "所有值都大于 {limit}"))
        .advice(say!(
            "Choose Yeo-Johnson or quantiles, which take any numbers.",
            "请选择 Yeo-Johnson 或分位数，它们适用于任意数值。"
        ))
}

/// `ln(1 + lambda y) / lambda`, held inside the range of the curve.
fn exponent(y: f64, lambda: f64) -> f64 {
    if lambda.abs() < f64::EPSILON { y } else { (lambda * y).max(-1.0 + 1e-12).ln_1p() / lambda }
}

fn power(log: f64, lambda: f64) -> f64 {
    if lambda.abs() < f64::EPSILON { log } else { (lambda * log).exp_m1() / lambda }
}

fn box_cox(x: f64, lambda: f64) -> f64 {
    power(x.ln(), lambda)
}

fn yeo_johnson(x: f64, lambda: f64) -> f64 {
    if x >= 0.0 { power(x.ln_1p(), lambda) } else { -power((-x).ln_1p(), 2.0 - lambda) }
}

/// Log-likelihood of a power, up to a constant.
type Likelihood = dyn Fn(&[f64], f64) -> f64;

fn box_cox_fit(values: &[f64], lambda: f64) -> f64 {
    let logs: f64 = values.iter().map(|value| value.ln()).sum();
    likelihood(values.iter().map(|value| box_cox(*value, lambda)).collect(), lambda, logs)
}

fn yeo_johnson_fit(values: &[f64], lambda: f64) -> f64 {
    let logs: f64 = values.iter().map(|value| value.signum() * value.abs().ln_1p()).sum();
    likelihood(values.iter().map(|value| yeo_johnson(*value, lambda)).collect(), lambda, logs)
}

fn likelihood(curved: Vec<f64>, lambda: f64, logs: f64) -> f64 {
    let n = curved.len() as f64;
    let mean = curved.iter().sum::<f64>() / n;
    let variance = curved.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
    let found = (lambda - 1.0) * logs - 0.5 * n * variance.ln();
    if variance > 0.0 && found.is_finite() { found } else { f64::MIN }
}

/// The most likely power: a rough look on few values, then Brent's search on all.
fn best_lambda(values: &[f64], fit: &Likelihood) -> f64 {
    let few: Vec<f64> =
        values.iter().step_by(values.len().div_ceil(MAX_ROUGH).max(1)).copied().collect();
    let mut best = (f64::MIN, 1.0);
    for step in -16..=16 {
        let lambda = f64::from(step) * MAX_LAMBDA / 16.0;
        let found = fit(&few, lambda);
        if found > best.0 {
            best = (found, lambda);
        }
    }
    let (_, rough) = best;
    minimum(rough - 1.0, rough + 1.0, &|lambda| -fit(values, lambda))
}

/// Where a function with one valley is smallest: golden section with parabolas (Brent, 1973).
fn minimum(mut low: f64, mut high: f64, f: &dyn Fn(f64) -> f64) -> f64 {
    let golden = 0.5 * (3.0 - 5.0_f64.sqrt());
    let mut x = low + golden * (high - low);
    let (mut w, mut v) = (x, x);
    let mut fx = f(x);
    let (mut fw, mut fv) = (fx, fx);
    let (mut step, mut before): (f64, f64) = (0.0, 0.0);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        let tolerance = 1e-9 * (1.0 + x.abs());
        if (x - middle).abs() <= 2.0 * tolerance - 0.5 * (high - low) {
            break;
        }
        let r = (x - w) * (fx - fv);
        let q = (x - v) * (fx - fw);
        let (mut top, mut bottom) = ((x - v) * q - (x - w) * r, 2.0 * (q - r));
        if bottom > 0.0 {
            top = -top;
        }
        bottom = bottom.abs();
        let is_parabola = before.abs() > tolerance
            && top.abs() < (0.5 * bottom * before).abs()
            && top > bottom * (low - x)
            && top < bottom * (high - x);
        before = step;
        if is_parabola {
            step = top / bottom;
        } else {
            before = if x < middle { high - x } else { low - x };
            step = golden * before;
        }
        let u = x + if step.abs() >= tolerance { step } else { tolerance.copysign(step) };
        let fu = f(u);
        if fu <= fx {
            if u < x {
                high = x;
            } else {
                low = x;
            }
            ((v, fv), (w, fw), (x, fx)) = ((w, fw), (x, fx), (u, fu));
        } else {
            if u < x {
                low = u;
            } else {
                high = u;
            }
            if fu <= fw || w == x {
                ((v, fv), (w, fw)) = ((w, fw), (u, fu));
            } else if fu <= fv || v == x || v == w {
                (v, fv) = (u, fu);
            }
        }
    }
    x
}

fn quantiles(values: &[f64], is_normal: bool) -> Curve {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n_kept = sorted.len().min(MAX_QUANTILES);
    let share = |index: usize| if n_kept < 2 { 0.5 } else { index as f64 / (n_kept - 1) as f64 };
    Curve::Quantiles {
        values: (0..n_kept).map(|index| at_share(&sorted, share(index))).collect(),
        is_normal,
    }
}

/// The value at a share (0 to 1) of rising values, by linear interpolation; 0 without values.
fn at_share(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let position = share.clamp(0.0, 1.0) * last as f64;
    let index = position.floor() as usize;
    let low = sorted.get(index).copied().unwrap_or_default();
    let high = sorted.get(index + 1).copied().unwrap_or(low);
    let part = position - index as f64;
    statistics::bounded(low * (1.0 - part) + high * part)
}

/// The share of the training values below `x`; among equal quantiles the middle of their shares.
fn share(values: &[f64], x: f64, is_normal: bool) -> f64 {
    let (Some(&first), Some(&last)) = (values.first(), values.last()) else { return 0.5 };
    let reach = if is_normal { MIN_SHARE } else { 0.0 };
    if x <= first || x - reach < first {
        return 0.0;
    }
    if x >= last || x + reach > last {
        return 1.0;
    }
    let n_steps = (values.len() - 1).max(1) as f64;
    let between = |below: usize| {
        let (Some(&low), Some(&high)) = (values.get(below), values.get(below + 1)) else {
            return below as f64 / n_steps;
        };
        let width = high - low;
        let part = if width > 0.0 && width.is_finite() { (x - low) / width } else { 0.5 };
        (below as f64 + part) / n_steps
    };
    let after_equal = values.partition_point(|value| *value <= x) - 1;
    let before_equal = values.partition_point(|value| *value < x);
    let upper = between(after_equal);
    let is_equal = values.get(before_equal) == Some(&x);
    let lower = if is_equal {
        before_equal as f64 / n_steps
    } else {
        between(before_equal.saturating_sub(1))
    };
    0.5 * (upper + lower)
}

fn on_normal_scale(share: f64) -> f64 {
    let limit = normal::quantile(MIN_SHARE - f64::EPSILON);
    if share <= 0.0 {
        limit
    } else if share >= 1.0 {
        -limit
    } else {
        normal::quantile(share).clamp(limit, -limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_curve_leads_back() {
        let values = [0.5, 1.0, 2.0, 2.5, 4.0, 9.0, 30.0, 31.0];
        for kind in [
            CurveKind::Log,
            CurveKind::BoxCox,
            CurveKind::YeoJohnson,
            CurveKind::QuantileUniform,
            CurveKind::QuantileNormal,
        ] {
            let curve = Curve::fit(kind, &values).expect("positive values");
            for x in values {
                let back = curve.inverse(curve.forward(x));
                assert!((back - x).abs() < 1e-6, "{kind:?} {x} {back}");
            }
            for y in [f64::MAX, f64::MIN, -40.0, 40.0] {
                assert!(curve.inverse(y).is_finite(), "{kind:?} {y}");
            }
            for x in [f64::MAX, f64::MIN, -1.0, 0.0] {
                assert!(!curve.forward(x).is_nan(), "{kind:?} {x}");
            }
        }
        assert_eq!(
            Curve::fit(CurveKind::BoxCox, &[0.0, 1.0]).expect_err("zero").code,
            "column-not-positive"
        );
    }
}

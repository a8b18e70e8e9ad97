//! Losses straight from logits, with the gradient in the same pass: cross-entropy and its binary form.

use rayon::prelude::*;

use super::rows::{self, Sum, dot, exponentials, sum_of_exponentials};
use super::{TASK, task_rows};
use crate::math::functions::{ln_1p_exp, sigmoid};
use crate::math::simd::vectorized;

/// The settings of PyTorch's `cross_entropy` that change the numbers.
#[derive(Clone, Copy, Debug)]
pub struct CrossEntropy<'a> {
    pub n_classes: usize,
    /// One number per class; 1 each where missing.
    pub class_weights: Option<&'a [f32]>,
    /// The share of each target that all classes get in equal parts.
    pub smoothing: f32,
}

/// How a row's target is spread: `own` to its class and `even` to every class, each times the class's weight.
struct Shares {
    own: f32,
    even: f32,
    /// The sum of all classes' weights.
    weights: f32,
}

impl CrossEntropy<'_> {
    /// What the classes of the rows weigh together: the mean is the sum of the losses divided by this.
    pub fn total_weight(&self, classes: &[i32]) -> f32 {
        classes.iter().map(|class| self.weight(*class as usize)).sum()
    }

    /// The loss of each row of `logits` `[n_rows, n_classes]`, whose class stands in `classes` `[n_rows]`, into
    /// `losses` `[n_rows]`.
    pub fn losses(&self, logits: &[f32], classes: &[i32], losses: &mut [f32]) {
        self.check(logits, classes, losses);
        let (n_rows, shares) = (task_rows(self.n_classes), self.shares());
        let tasks = losses.par_chunks_mut(n_rows).zip(classes.par_chunks(n_rows));
        tasks.zip(logits.par_chunks(n_rows * self.n_classes)).for_each(
            |((losses, classes), logits)| {
                vectorized(
                    #[inline(always)]
                    || {
                        let rows = logits.chunks_exact(self.n_classes).zip(classes);
                        for (loss, (x, class)) in losses.iter_mut().zip(rows) {
                            let sum = sum_of_exponentials(x);
                            *loss = self.loss(&shares, x, *class as usize, sum);
                        }
                    },
                );
            },
        );
    }

    /// [`Self::losses`] and the gradient of their sum times `scale`, into `gradient` `[n_rows, n_classes]`; the mean
    /// wants the scale 1 / [`Self::total_weight`].
    pub fn losses_and_gradient(
        &self,
        logits: &[f32],
        classes: &[i32],
        scale: f32,
        losses: &mut [f32],
        gradient: &mut [f32],
    ) {
        self.check(logits, classes, losses);
        assert_eq!(logits.len(), gradient.len(), "cross-entropy: logits and gradient");
        let (n_rows, shares) = (task_rows(self.n_classes), self.shares());
        let tasks = losses.par_chunks_mut(n_rows).zip(classes.par_chunks(n_rows));
        let numbers = logits.par_chunks(n_rows * self.n_classes);
        let numbers = numbers.zip(gradient.par_chunks_mut(n_rows * self.n_classes));
        tasks.zip(numbers).for_each(|((losses, classes), (logits, gradient))| {
            vectorized(
                #[inline(always)]
                || {
                    let rows = logits.chunks_exact(self.n_classes);
                    let rows = rows.zip(gradient.chunks_exact_mut(self.n_classes)).zip(classes);
                    for (loss, ((x, dx), class)) in losses.iter_mut().zip(rows) {
                        let class = *class as usize;
                        let sum = exponentials(x, dx);
                        *loss = self.loss(&shares, x, class, sum);
                        self.differentiate(&shares, class, sum.sum, scale, dx);
                    }
                },
            );
        });
    }

    fn check(&self, logits: &[f32], classes: &[i32], losses: &[f32]) {
        assert_eq!(logits.len(), classes.len() * self.n_classes, "cross-entropy: logits");
        assert_eq!(losses.len(), classes.len(), "cross-entropy: losses and classes");
        if let Some(weights) = self.class_weights {
            assert_eq!(weights.len(), self.n_classes, "cross-entropy: weights");
        }
        // Negative ones become large.
        let outside = classes.iter().find(|class| **class as usize >= self.n_classes);
        assert_eq!(outside, None, "cross-entropy: a class outside 0..{}", self.n_classes);
    }

    #[inline(always)]
    fn weight(&self, class: usize) -> f32 {
        self.class_weights.map_or(1.0, |weights| weights[class])
    }

    fn shares(&self) -> Shares {
        let n_classes = self.n_classes as f32;
        Shares {
            own: 1.0 - self.smoothing,
            even: self.smoothing / n_classes,
            weights: self.class_weights.map_or(n_classes, |weights| weights.iter().sum()),
        }
    }

    #[inline(always)]
    fn loss(&self, shares: &Shares, x: &[f32], class: usize, Sum { max, sum }: Sum) -> f32 {
        let log_sum = sum.ln();
        let own = shares.own * self.weight(class) * (log_sum + (max - x[class]));
        if shares.even == 0.0 {
            // The other logits may be −∞, and 0 · ∞ is NaN.
            return own;
        }
        let weighted = match self.class_weights {
            Some(weights) => dot(x, weights),
            None => rows::sum(x),
        };
        own + shares.even * (shares.weights * log_sum + (shares.weights * max - weighted))
    }

    /// Turns exp(x − max) into `scale` times the derivative of [`Self::loss`].
    #[inline(always)]
    fn differentiate(
        &self,
        shares: &Shares,
        class: usize,
        sum_of_exp: f32,
        scale: f32,
        x: &mut [f32],
    ) {
        let own = shares.own * self.weight(class) * scale;
        let even = shares.even * scale;
        let factor = (own + even * shares.weights) / sum_of_exp;
        match self.class_weights {
            Some(weights) => {
                x.iter_mut().zip(weights).for_each(|(x, weight)| *x = *x * factor - even * weight);
            }
            None => x.iter_mut().for_each(|x| *x = *x * factor - even),
        }
        x[class] -= own;
    }
}

/// The binary cross-entropy of each logit against a target between 0 and 1, into `losses`, and its derivative, into
/// `gradient`; all of one length.
pub fn binary(logits: &[f32], targets: &[f32], losses: &mut [f32], gradient: &mut [f32]) {
    let length = logits.len();
    assert_eq!(length, targets.len(), "binary cross-entropy: logits and targets");
    assert_eq!(length, losses.len(), "binary cross-entropy: logits and losses");
    assert_eq!(length, gradient.len(), "binary cross-entropy: logits and gradient");
    let inputs = logits.par_chunks(TASK).zip(targets.par_chunks(TASK));
    let results = losses.par_chunks_mut(TASK).zip(gradient.par_chunks_mut(TASK));
    inputs.zip(results).for_each(|((logits, targets), (losses, gradient))| {
        vectorized(
            #[inline(always)]
            || {
                let inputs = logits.iter().zip(targets);
                for ((x, target), (loss, dx)) in inputs.zip(losses.iter_mut().zip(gradient)) {
                    // The two terms never cancel.
                    let wrong = if *x < 0.0 { -target } else { 1.0 - target };
                    *loss = wrong * x + ln_1p_exp(-x.abs());
                    *dx = sigmoid(*x) - target;
                }
            },
        );
    });
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_close, numbers, plain};
    use super::*;

    fn ours(loss: &CrossEntropy<'_>, logits: &[f32], classes: &[i32], scale: f32) -> [Vec<f32>; 3] {
        let nothing = || vec![f32::NAN; classes.len()];
        let (mut alone, mut losses, mut gradient) =
            (nothing(), nothing(), vec![f32::NAN; logits.len()]);
        loss.losses(logits, classes, &mut alone);
        loss.losses_and_gradient(logits, classes, scale, &mut losses, &mut gradient);
        [alone, losses, gradient]
    }

    fn classes(n_rows: usize, n_classes: usize) -> Vec<i32> {
        (0..n_rows).filter_map(|row| i32::try_from(row * 7 % n_classes).ok()).collect()
    }

    #[test]
    fn equals_the_sum_over_the_targets_of_all_classes() {
        for (n_rows, n_classes) in [(0, 3), (1, 1), (64, 10), (9, 16), (5, 33), (20, 1000)] {
            let logits: Vec<f32> =
                numbers(n_rows * n_classes, 1).iter().map(|x| 9.0 * x + 30.0).collect();
            let classes = classes(n_rows, n_classes);
            let weights: Vec<f32> =
                numbers(n_classes, 2).iter().map(|weight| weight + 1.5).collect();
            for (smoothing, class_weights) in
                [(0.0, None), (0.2, None), (0.0, Some(&weights[..])), (0.2, Some(&weights[..]))]
            {
                let loss = CrossEntropy { n_classes, class_weights, smoothing };
                let scale = 1.0 / loss.total_weight(&classes);
                let (mut losses, mut gradient) = (Vec::new(), Vec::new());
                for (x, class) in logits.chunks(n_classes).zip(&classes) {
                    let [p, log_p] = plain(x);
                    let target = |k: usize| {
                        let own =
                            if k == *class as usize { 1.0 - f64::from(smoothing) } else { 0.0 };
                        let weight = class_weights.map_or(1.0, |weights| f64::from(weights[k]));
                        weight * (own + f64::from(smoothing) / n_classes as f64)
                    };
                    let total: f64 = (0..n_classes).map(target).sum();
                    losses.push((0..n_classes).map(|k| -target(k) * log_p[k]).sum::<f64>());
                    gradient.extend(
                        (0..n_classes).map(|k| f64::from(scale) * (p[k] * total - target(k))),
                    );
                }
                let [alone, ours, our_gradient] = ours(&loss, &logits, &classes, scale);
                assert_close(&alone, &losses);
                assert_close(&ours, &losses);
                if n_classes > 1 {
                    assert_close(&our_gradient, &gradient);
                }
            }
        }
    }

    #[test]
    fn equals_pytorch() {
        // The means are what PyTorch's `cross_entropy` gives for the same smoothing, with and without the weights.
        let logits = [0.5, -1.0, 2.0, 0.0, 3.0, -2.0];
        let weights = [0.5, 1.0, 2.0];
        for (smoothing, class_weights, expected) in [
            (0.0, false, 1.6481483),
            (0.0, true, 0.804046),
            (0.2, false, 1.764815),
            (0.2, true, 1.0775579),
        ] {
            let class_weights = class_weights.then_some(&weights[..]);
            let loss = CrossEntropy { n_classes: 3, class_weights, smoothing };
            let [losses, ..] = ours(&loss, &logits, &[2, 0], 1.0);
            let mean = losses.iter().sum::<f32>() / loss.total_weight(&[2, 0]);
            assert!((mean - expected).abs() < 1e-6, "{mean}, not {expected}");
        }
    }

    #[test]
    fn impossible_classes_cost_nothing_and_impossible_targets_all() {
        let logits = [0.0, f32::NEG_INFINITY, 0.0, f32::NAN, 1.0, 2.0];
        let loss = CrossEntropy { n_classes: 3, class_weights: None, smoothing: 0.0 };
        let [losses, _, gradient] = ours(&loss, &logits, &[0, 1], 1.0);
        assert!((losses[0] - 2f32.ln()).abs() < 1e-6);
        assert_eq!(gradient[..3], [-0.5, 0.0, 0.5]);
        assert!(losses[1].is_nan() && gradient[3..].iter().all(|number| number.is_nan()));
        assert_eq!(ours(&loss, &logits[..3], &[1], 1.0)[0], [f32::INFINITY]);
    }

    #[test]
    fn a_class_that_is_none_is_refused() {
        let outcome = std::panic::catch_unwind(|| {
            let loss = CrossEntropy { n_classes: 3, class_weights: None, smoothing: 0.0 };
            loss.losses(&[0.0; 3], &[-1], &mut [0.0]);
        });
        assert!(outcome.is_err());
    }

    #[test]
    fn binary_equals_its_formula_far_out_too() {
        let logits: Vec<f32> = numbers(20_001, 3).iter().map(|x| 60.0 * x).collect();
        let targets: Vec<f32> =
            numbers(20_001, 4).iter().map(|x| f32::from(u8::from(*x > 0.0))).collect();
        let (mut losses, mut gradient) =
            (vec![f32::NAN; logits.len()], vec![f32::NAN; logits.len()]);
        binary(&logits, &targets, &mut losses, &mut gradient);
        for (((x, target), loss), dx) in logits.iter().zip(&targets).zip(&losses).zip(&gradient) {
            let (x, target) = (f64::from(*x), f64::from(*target));
            let expected = (1.0 - target) * x + (-x).max(0.0) + (-x.abs()).exp().ln_1p();
            assert!(
                (f64::from(*loss) - expected).abs() <= 1e-6 * expected + 1e-12,
                "{loss} at {x}"
            );
            let expected = 1.0 / (1.0 + (-x).exp()) - target;
            assert!((f64::from(*dx) - expected).abs() < 1e-6, "{dx} at {x}");
        }
        let (loss, dx) = (&mut [0.0], &mut [0.0]);
        binary(&[f32::NAN], &[1.0], loss, dx);
        assert!(loss[0].is_nan() && dx[0].is_nan());
    }

    #[test]
    fn threads_do_not_change_the_result() {
        let (logits, classes) = (numbers(900 * 100, 5), classes(900, 100));
        let loss = CrossEntropy { n_classes: 100, class_weights: None, smoothing: 0.1 };
        let results = [1, 2, 3].map(|n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build();
            pool.expect("a pool").install(|| ours(&loss, &logits, &classes, 0.1))
        });
        assert!(results[0] == results[1] && results[0] == results[2]);
    }
}

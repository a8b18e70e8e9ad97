//! Steps divided by the root of squared gradients: RMSprop (Hinton 2012) and AdaGrad (Duchi, Hazan and Singer 2011).

use super::step;

/// The constants of one step of RMSprop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsPropNumbers {
    /// Step size.
    pub learning_rate: f32,
    /// Memory of the mean squared gradient.
    pub alpha: f32,
    /// `1 − alpha`, rounded once.
    pub rest: f32,
    /// Added to the root.
    pub epsilon: f32,
    /// Memory of the velocity.
    pub momentum: f32,
    /// Share of the parameter that joins the gradient.
    pub decay: f32,
}

/// The constants of one step of AdaGrad.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaGradNumbers {
    /// Step size.
    pub learning_rate: f32,
    /// Added to the root.
    pub epsilon: f32,
    /// Share of the parameter that joins the gradient.
    pub decay: f32,
}

/// One step of RMSprop; the states are the mean squared gradient, the mean gradient where the step is centered, and
/// the velocity where it has momentum.
pub fn rms_prop(
    n: &RmsPropNumbers,
    scale: f32,
    p: &mut [f32],
    square: &mut [f32],
    mean: Option<&mut [f32]>,
    velocity: Option<&mut [f32]>,
    g: &[f32],
) {
    let n = *n;
    let gradient = move |p: f32, g: f32| scale * g + n.decay * p;
    match (mean, velocity) {
        (None, None) => step(p, [square], g, move |p, [s], g| {
            let g = gradient(p, g);
            let s = n.mean_square(s, g);
            (p - n.learning_rate * n.direction(g, s), [s])
        }),
        (Some(mean), None) => step(p, [square, mean], g, move |p, [s, m], g| {
            let g = gradient(p, g);
            let (s, m) = (n.mean_square(s, g), n.mean(m, g));
            (p - n.learning_rate * n.direction(g, spread(s, m)), [s, m])
        }),
        (None, Some(velocity)) => step(p, [square, velocity], g, move |p, [s, u], g| {
            let g = gradient(p, g);
            let s = n.mean_square(s, g);
            let u = n.momentum * u + n.direction(g, s);
            (p - n.learning_rate * u, [s, u])
        }),
        (Some(mean), Some(velocity)) => {
            step(p, [square, mean, velocity], g, move |p, [s, m, u], g| {
                let g = gradient(p, g);
                let (s, m) = (n.mean_square(s, g), n.mean(m, g));
                let u = n.momentum * u + n.direction(g, spread(s, m));
                (p - n.learning_rate * u, [s, m, u])
            });
        }
    }
}

/// One step of AdaGrad; the state is the sum of the squared gradients.
pub fn ada_grad(n: &AdaGradNumbers, scale: f32, p: &mut [f32], sum: &mut [f32], g: &[f32]) {
    let n = *n;
    step(p, [sum], g, move |p, [s], g| {
        let g = scale * g + n.decay * p;
        let s = s + g * g;
        (p - n.learning_rate * g / (s.sqrt() + n.epsilon), [s])
    });
}

impl RmsPropNumbers {
    #[inline(always)]
    fn mean_square(self, square: f32, g: f32) -> f32 {
        self.alpha * square + self.rest * g * g
    }

    #[inline(always)]
    fn mean(self, mean: f32, g: f32) -> f32 {
        self.alpha * mean + self.rest * g
    }

    #[inline(always)]
    fn direction(self, g: f32, square: f32) -> f32 {
        g / (square.sqrt() + self.epsilon)
    }
}

/// The variance from the mean square and the mean, where rounding may leave it below 0.
#[inline(always)]
fn spread(square: f32, mean: f32) -> f32 {
    let spread = square - mean * mean;
    if spread < 0.0 { 0.0 } else { spread }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{DECAY, SCALE, check};
    use super::*;

    #[test]
    fn rms_prop_equals_the_reference() {
        let n = RmsPropNumbers {
            learning_rate: 0.1,
            alpha: 0.9,
            rest: 0.1,
            epsilon: 1e-3,
            momentum: 0.8,
            decay: DECAY,
        };
        // Returns the direction; the states are square, mean and velocity, all of them kept.
        let exact = |p: f64, [s, m, u]: &mut [f64; 3], g: f64, is_centered: bool| {
            let g = g + f64::from(DECAY) * p;
            *s = 0.9 * *s + 0.1 * g * g;
            *m = 0.9 * *m + 0.1 * g;
            let spread = if is_centered { (*s - *m * *m).max(0.0) } else { *s };
            let direction = g / (spread.sqrt() + 1e-3);
            *u = 0.8 * *u + direction;
            direction
        };
        check(
            "plain",
            |p, [s], g| rms_prop(&n, SCALE, p, s, None, None, g),
            |p, [s], g| {
                let mut states = [*s, 0.0, 0.0];
                let direction = exact(p, &mut states, g, false);
                *s = states[0];
                p - 0.1 * direction
            },
        );
        check(
            "with momentum",
            |p, [s, u], g| rms_prop(&n, SCALE, p, s, None, Some(u), g),
            |p, [s, u], g| {
                let mut states = [*s, 0.0, *u];
                exact(p, &mut states, g, false);
                [*s, _, *u] = states;
                p - 0.1 * *u
            },
        );
        // The first step of a centered one divides by little, so that its rounding shows more.
        let n = RmsPropNumbers { learning_rate: 0.01, ..n };
        check(
            "centered",
            |p, [s, m], g| rms_prop(&n, SCALE, p, s, Some(m), None, g),
            |p, [s, m], g| {
                let mut states = [*s, *m, 0.0];
                let direction = exact(p, &mut states, g, true);
                [*s, *m, _] = states;
                p - 0.01 * direction
            },
        );
        check(
            "centered with momentum",
            |p, [s, m, u], g| rms_prop(&n, SCALE, p, s, Some(m), Some(u), g),
            |p, states, g| {
                exact(p, states, g, true);
                p - 0.01 * states[2]
            },
        );
    }

    #[test]
    fn ada_grad_equals_the_reference() {
        let n = AdaGradNumbers { learning_rate: 0.1, epsilon: 1e-3, decay: DECAY };
        check(
            "ada_grad",
            |p, [sum], g| ada_grad(&n, SCALE, p, sum, g),
            |p, [s], g| {
                let g = g + f64::from(DECAY) * p;
                *s += g * g;
                p - 0.1 * g / (s.sqrt() + 1e-3)
            },
        );
    }
}

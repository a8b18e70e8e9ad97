//! Gradient descent, plain or with a velocity.

use super::step;

/// The constants of one step of gradient descent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SgdNumbers {
    /// Step size.
    pub learning_rate: f32,
    /// Memory of the velocity.
    pub momentum: f32,
    /// Whether the step looks ahead along the velocity (Nesterov).
    pub is_nesterov: bool,
    /// Share of the parameter that joins the gradient.
    pub decay: f32,
}

/// One step of gradient descent without momentum.
pub fn descend(n: &SgdNumbers, scale: f32, p: &mut [f32], g: &[f32]) {
    let n = *n;
    step(p, [], g, move |p, [], g| (p - n.learning_rate * (scale * g + n.decay * p), []));
}

/// One step of gradient descent with momentum; the state is the velocity, 0 at first.
pub fn sgd(n: &SgdNumbers, scale: f32, p: &mut [f32], velocity: &mut [f32], g: &[f32]) {
    let n = *n;
    let (ahead, along) = if n.is_nesterov { (1.0, n.momentum) } else { (0.0, 1.0) };
    step(p, [velocity], g, move |p, [u], g| {
        let g = scale * g + n.decay * p;
        let u = n.momentum * u + g;
        (p - n.learning_rate * (ahead * g + along * u), [u])
    });
}

#[cfg(test)]
mod tests {
    use super::super::testing::{DECAY, SCALE, check};
    use super::*;

    #[test]
    fn gradient_descent_equals_the_reference() {
        for is_nesterov in [false, true] {
            let n = SgdNumbers { learning_rate: 0.1, momentum: 0.9, is_nesterov, decay: DECAY };
            check(
                "descend",
                |p, [], g| descend(&n, SCALE, p, g),
                |p, [], g| p - 0.1 * (g + f64::from(DECAY) * p),
            );
            check(
                "sgd",
                |p, [velocity], g| sgd(&n, SCALE, p, velocity, g),
                |p, [u], g| {
                    let g = g + f64::from(DECAY) * p;
                    *u = 0.9 * *u + g;
                    p - 0.1 * if is_nesterov { g + 0.9 * *u } else { *u }
                },
            );
        }
    }
}

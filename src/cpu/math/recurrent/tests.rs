//! Recurrent layers equal plain loops, and their gradients equal differences.

use super::*;

/// A layer with everything it reads, and the gradient that comes back.
#[derive(Clone, Debug)]
struct Case {
    cell: Cell,
    shape: Shape,
    is_reversed: bool,
    padding: Option<Vec<bool>>,
    x: Vec<f32>,
    w_input: Vec<f32>,
    w_hidden: Vec<f32>,
    b_input: Vec<f32>,
    b_hidden: Vec<f32>,
    dy: Vec<f32>,
}

struct Results {
    y: Vec<f32>,
    dx: Vec<f32>,
    dw_input: Vec<f32>,
    dw_hidden: Vec<f32>,
    db_input: Vec<f32>,
    db_hidden: Vec<f32>,
}

impl Case {
    fn new(
        cell: Cell,
        [n_rows, n_steps, n_in, n_hidden]: [usize; 4],
        is_reversed: bool,
        is_padded: bool,
        seed: u64,
    ) -> Self {
        let mut numbers = Numbers(seed);
        let n_columns = cell.n_gates() * n_hidden;
        // As PyTorch initialises, so that states neither vanish nor saturate.
        let scale = 1.0 / (n_hidden as f32).sqrt();
        Self {
            cell,
            shape: Shape { n_rows, n_steps, n_in, n_hidden },
            is_reversed,
            padding: is_padded.then(|| {
                let here = numbers.take(n_rows * n_steps, 1.0);
                here.into_iter().map(|number| number < -0.4).collect()
            }),
            x: numbers.take(n_rows * n_steps * n_in, 1.0),
            w_input: numbers.take(n_in * n_columns, scale),
            w_hidden: numbers.take(n_hidden * n_columns, scale),
            b_input: numbers.take(n_columns, scale),
            b_hidden: numbers.take(n_columns, scale),
            dy: numbers.take(n_rows * n_steps * n_hidden, 1.0),
        }
    }

    fn weights(&self) -> Weights<'_> {
        Weights {
            w_input: &self.w_input,
            w_hidden: &self.w_hidden,
            b_input: &self.b_input,
            b_hidden: &self.b_hidden,
        }
    }

    fn input(&self) -> Sequence<'_> {
        Sequence { x: &self.x, padding: self.padding.as_deref(), is_reversed: self.is_reversed }
    }

    fn infer(&self) -> Vec<f32> {
        let mut y = vec![f32::NAN; self.dy.len()];
        infer(self.cell, self.shape, self.weights(), self.input(), &mut y);
        y
    }

    fn train(&self) -> Results {
        let mut results = Results {
            y: vec![f32::NAN; self.dy.len()],
            dx: vec![f32::NAN; self.x.len()],
            dw_input: vec![f32::NAN; self.w_input.len()],
            dw_hidden: vec![f32::NAN; self.w_hidden.len()],
            db_input: vec![f32::NAN; self.b_input.len()],
            db_hidden: vec![f32::NAN; self.b_hidden.len()],
        };
        let kept = forward(self.cell, self.shape, self.weights(), self.input(), &mut results.y);
        let gradients = Gradients {
            x: Some(&mut results.dx),
            w_input: &mut results.dw_input,
            w_hidden: &mut results.dw_hidden,
            b_input: &mut results.db_input,
            b_hidden: &mut results.db_hidden,
        };
        backward(&kept, self.weights(), self.input(), &self.dy, gradients);
        results
    }

    /// The parts a gradient exists for, in the order of [`Results::gradients`].
    fn variables(&self) -> [Vec<f64>; 5] {
        [&self.x, &self.w_input, &self.w_hidden, &self.b_input, &self.b_hidden]
            .map(|part| part.iter().copied().map(f64::from).collect())
    }

    /// The output by PyTorch's formulas, number by number.
    fn reference(&self, [x, w_input, w_hidden, b_input, b_hidden]: &[Vec<f64>; 5]) -> Vec<f64> {
        let Shape { n_rows, n_steps, n_in, n_hidden } = self.shape;
        let n_columns = self.cell.n_gates() * n_hidden;
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        let mut y = vec![0.0; n_rows * n_steps * n_hidden];
        for row in 0..n_rows {
            let mut h = vec![0.0; n_hidden];
            let mut c = vec![0.0; n_hidden];
            for step in 0..n_steps {
                let time = if self.is_reversed { n_steps - 1 - step } else { step };
                let at = row * n_steps + time;
                if self.padding.as_ref().is_some_and(|padding| padding[at]) {
                    continue;
                }
                let old = h.clone();
                let part = |v: &[f64], w: &[f64], b: &[f64], k: usize| {
                    let products = v.iter().enumerate().map(|(i, v)| v * w[i * n_columns + k]);
                    b[k] + products.sum::<f64>()
                };
                let from_x = |k| part(&x[at * n_in..(at + 1) * n_in], w_input, b_input, k);
                let from_h = |k| part(&old, w_hidden, b_hidden, k);
                for j in 0..n_hidden {
                    let gate = |i: usize| from_x(i * n_hidden + j) + from_h(i * n_hidden + j);
                    h[j] = match self.cell {
                        Cell::Lstm => {
                            c[j] = sigmoid(gate(1)) * c[j] + sigmoid(gate(0)) * gate(2).tanh();
                            sigmoid(gate(3)) * c[j].tanh()
                        }
                        Cell::Gru => {
                            let (r, z) = (sigmoid(gate(0)), sigmoid(gate(1)));
                            let k = 2 * n_hidden + j;
                            let n = (from_x(k) + r * from_h(k)).tanh();
                            (1.0 - z) * n + z * old[j]
                        }
                        Cell::Tanh => gate(0).tanh(),
                    };
                }
                y[at * n_hidden..(at + 1) * n_hidden].copy_from_slice(&h);
            }
        }
        y
    }

    fn reference_loss(&self, variables: &[Vec<f64>; 5]) -> f64 {
        let y = self.reference(variables);
        y.iter().zip(&self.dy).map(|(y, dy)| y * f64::from(*dy)).sum()
    }
}

impl Results {
    fn gradients(&self) -> [&[f32]; 5] {
        [&self.dx, &self.dw_input, &self.dw_hidden, &self.db_input, &self.db_hidden]
    }

    fn bits(&self) -> Vec<u32> {
        let parts = self.gradients().concat();
        self.y.iter().chain(&parts).map(|number| number.to_bits()).collect()
    }
}

/// Pseudo-random numbers (splitmix64), the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// `n` numbers in `-scale..scale`.
    fn take(&mut self, n: usize, scale: f32) -> Vec<f32> {
        let number = |bits: u64| ((bits >> 40) as f32 / (1 << 23) as f32 - 1.0) * scale;
        (0..n).map(|_| number(self.next())).collect()
    }
}

const CELLS: [Cell; 3] = [Cell::Lstm, Cell::Gru, Cell::Tanh];

/// Equal to 1e-5 of the largest magnitude.
fn assert_near(what: &str, ours: &[f32], reference: &[f64]) {
    assert_eq!(ours.len(), reference.len());
    let largest = reference.iter().fold(0.0, |largest: f64, v| largest.max(v.abs()));
    for (i, (ours, reference)) in ours.iter().zip(reference).enumerate() {
        let error = (f64::from(*ours) - reference).abs();
        assert!(error <= 1e-5 * largest, "{what} {i}: {ours} for {reference}, largest {largest}");
    }
}

/// Compares the output, and the gradient with central differences at some places of each variable.
fn check_case(case: &Case, n_places: usize) {
    let width = 1e-5;
    let variables = case.variables();
    let reference = case.reference(&variables);
    let results = case.train();
    assert_near("y", &results.y, &reference);
    assert_eq!(results.y, case.infer());
    let mut numbers = Numbers(7);
    for (which, gradient) in results.gradients().into_iter().enumerate() {
        let largest = gradient.iter().fold(0.0, |largest: f64, v| largest.max(f64::from(v.abs())));
        for _ in 0..n_places.min(gradient.len()) {
            let i = numbers.next() as usize % gradient.len();
            let loss_at = |shift: f64| {
                let mut shifted = variables.clone();
                shifted[which][i] += shift;
                case.reference_loss(&shifted)
            };
            let slope = (loss_at(width) - loss_at(-width)) / (2.0 * width);
            let error = (f64::from(gradient[i]) - slope).abs();
            assert!(
                error <= 1e-5 * largest,
                "{:?} {:?} variable {which} {i}: {} for {slope}, largest {largest}",
                case.cell,
                case.shape,
                gradient[i]
            );
        }
    }
}

#[test]
fn equals_the_reference() {
    let mut numbers = Numbers(9);
    for case in 0..48 {
        let sizes = [20, 7, 20, 36].map(|limit| 1 + numbers.next() as usize % (limit - 1));
        let (is_reversed, is_padded) = (case & 4 != 0, case & 8 != 0);
        let case =
            Case::new(CELLS[case % CELLS.len()], sizes, is_reversed, is_padded, numbers.next());
        check_case(&case, 6);
    }
}

#[test]
fn equals_the_reference_over_many_rows_and_steps() {
    for cell in CELLS {
        check_case(&Case::new(cell, [70, 3, 5, 17], false, true, 1), 3);
        check_case(&Case::new(cell, [2, 140, 3, 16], true, true, 2), 3);
        check_case(&Case::new(cell, [32, 5, 32, 64], false, false, 3), 2);
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    for cell in CELLS {
        let case = Case::new(cell, [33, 40, 16, 48], false, true, 4);
        let runs = [1, 2, 3].map(|n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build();
            pool.expect("threads start").install(|| case.train().bits())
        });
        assert!(runs[0] == runs[1] && runs[0] == runs[2], "{cell:?}");
    }
}

#[test]
fn padding_is_not_read() {
    for cell in CELLS {
        let mut case = Case::new(cell, [3, 6, 4, 5], true, true, 5);
        let expected = case.train();
        let padding = case.padding.clone().expect("is padded");
        for (x, _) in case.x.chunks_mut(4).zip(&padding).filter(|(_, is_padding)| **is_padding) {
            x.fill(f32::NAN);
        }
        for (dy, _) in case.dy.chunks_mut(5).zip(&padding).filter(|(_, is_padding)| **is_padding) {
            dy.fill(f32::NAN);
        }
        let results = case.train();
        assert_eq!(results.bits(), expected.bits());
        let here = results.dx.chunks(4).zip(results.y.chunks(5)).zip(&padding);
        for ((dx, y), _) in here.filter(|(_, is_padding)| **is_padding) {
            assert!(dx.iter().chain(y).all(|number| *number == 0.0));
        }
    }
}

#[test]
fn nan_shows() {
    for cell in CELLS {
        let mut case = Case::new(cell, [9, 4, 3, 20], false, false, 6);
        case.x[8 * 4 * 3 + 3] = f32::NAN;
        let results = case.train();
        let last = &results.y[8 * 4 * 20..];
        assert!(results.y[..8 * 4 * 20 + 20].iter().all(|number| number.is_finite()));
        assert!(last[20..].iter().all(|number| number.is_nan()), "{cell:?}");
        assert!(results.dw_hidden.iter().all(|number| number.is_nan()), "{cell:?}");
    }
}

#[test]
fn without_rows_steps_inputs_or_units() {
    for cell in CELLS {
        for sizes in [[0, 3, 2, 4], [3, 0, 2, 4], [3, 3, 0, 4], [3, 3, 2, 0]] {
            let results = Case::new(cell, sizes, false, false, 7).train();
            assert!(results.y.iter().chain(&results.dx).all(|number| number.is_finite()));
            assert!(results.dw_hidden.iter().all(|number| number.is_finite()));
        }
    }
}

#[test]
fn the_gradient_of_the_input_is_optional() {
    let case = Case::new(Cell::Lstm, [4, 3, 2, 5], false, false, 8);
    let expected = case.train();
    let mut y = vec![0.0; case.dy.len()];
    let kept = forward(case.cell, case.shape, case.weights(), case.input(), &mut y);
    let [_, mut w_input, mut w_hidden, mut b_input, mut b_hidden] =
        expected.gradients().map(|gradient| vec![f32::NAN; gradient.len()]);
    let gradients = Gradients {
        x: None,
        w_input: &mut w_input,
        w_hidden: &mut w_hidden,
        b_input: &mut b_input,
        b_hidden: &mut b_hidden,
    };
    backward(&kept, case.weights(), case.input(), &case.dy, gradients);
    assert_eq!(w_input, expected.dw_input);
    assert_eq!(w_hidden, expected.dw_hidden);
    assert_eq!(b_input, expected.db_input);
    assert_eq!(b_hidden, expected.db_hidden);
}

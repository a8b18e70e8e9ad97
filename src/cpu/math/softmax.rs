//! Softmax over rows and its logarithm, forward and backward; the losses that end in it lie in [`cross_entropy`].

pub mod cross_entropy;
pub(super) mod rows;

use rayon::prelude::*;

use super::simd::vectorized;

/// Numbers of one task, about 10 µs.
const TASK: usize = 1 << 14;

/// The softmax of each row of `x` `[rows, width]`, into `y`. A row of −∞ alone, or with NaN in it, becomes NaN.
pub fn forward(x: &[f32], width: usize, y: &mut [f32]) {
    each_row(
        [x],
        width,
        y,
        #[inline(always)]
        |[x], y| {
            let factor = 1.0 / rows::exponentials(x, y).sum;
            for y in y {
                *y *= factor;
            }
        },
    );
}

/// The gradient `dx` of [`forward`]'s input from its result `y` and the gradient `dy` of that; all `[rows, width]`.
pub fn backward(y: &[f32], dy: &[f32], width: usize, dx: &mut [f32]) {
    each_row(
        [y, dy],
        width,
        dx,
        #[inline(always)]
        |[y, dy], dx| {
            let mean = rows::dot(y, dy);
            for ((dx, dy), y) in dx.iter_mut().zip(dy).zip(y) {
                *dx = y * (dy - mean);
            }
        },
    );
}

/// Rows of one task.
fn task_rows(width: usize) -> usize {
    (TASK / width.max(1)).max(1)
}

/// Calls `visit` with each row of the inputs and the result, which all have rows of `width` numbers.
fn each_row<const N: usize>(
    inputs: [&[f32]; N],
    width: usize,
    result: &mut [f32],
    visit: impl Fn([&[f32]; N], &mut [f32]) + Sync,
) {
    let length = result.len();
    assert!(inputs.iter().all(|input| input.len() == length), "softmax: lengths differ");
    assert!(length == 0 || length.is_multiple_of(width), "softmax: {length} in rows of {width}");
    let task = task_rows(width) * width.max(1);
    result.par_chunks_mut(task).enumerate().for_each(|(index, result)| {
        let inputs = inputs.map(|input| &input[index * task..][..result.len()]);
        vectorized(
            #[inline(always)]
            || {
                for (row, result) in result.chunks_exact_mut(width).enumerate() {
                    visit(inputs.map(|input| &input[row * width..][..width]), result);
                }
            },
        );
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pseudo-random numbers in −1..1, the same in every run (xorshift32).
    pub(super) fn numbers(length: usize, seed: u32) -> Vec<f32> {
        let mut state = seed.wrapping_mul(2_654_435_761) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as f32 / u32::MAX as f32 * 2.0 - 1.0
        };
        (0..length).map(|_| next()).collect()
    }

    pub(super) fn assert_close(ours: &[f32], reference: &[f64]) {
        assert_eq!(ours.len(), reference.len());
        let largest = reference.iter().fold(0f64, |largest, number| largest.max(number.abs()));
        for (at, (our, number)) in ours.iter().zip(reference).enumerate() {
            assert!(
                (f64::from(*our) - number).abs() <= 1e-5 * largest,
                "{at}: {our}, not {number}"
            );
        }
    }

    /// The softmax of one row and its logarithm, in 64 bits.
    pub(super) fn plain(row: &[f32]) -> [Vec<f64>; 2] {
        let row: Vec<f64> = row.iter().copied().map(f64::from).collect();
        let max = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let log_sum = max + row.iter().map(|x| (x - max).exp()).sum::<f64>().ln();
        [
            row.iter().map(|x| (x - log_sum).exp()).collect(),
            row.iter().map(|x| x - log_sum).collect(),
        ]
    }

    /// Result and gradient.
    fn ours(x: &[f32], dy: &[f32], width: usize) -> [Vec<f32>; 2] {
        let mut both = [(); 2].map(|()| vec![f32::NAN; x.len()]);
        let [y, dx] = &mut both;
        forward(x, width, y);
        backward(y, dy, width, dx);
        both
    }

    #[test]
    fn equals_plain_softmax_and_its_derivative() {
        for (n_rows, width) in
            [(1, 1), (7, 3), (5, 16), (33, 17), (3, 129), (40, 1000), (0, 4), (3, 0)]
        {
            let x: Vec<f32> = numbers(n_rows * width, 1).iter().map(|x| 5.0 * x + 50.0).collect();
            let dy = numbers(n_rows * width, 2);
            let mut reference = [(); 2].map(|()| Vec::new());
            for (x, dy) in x.chunks(width.max(1)).zip(dy.chunks(width.max(1))) {
                let [y, _] = plain(x);
                let mean: f64 = y.iter().zip(dy).map(|(y, dy)| y * f64::from(*dy)).sum();
                reference[1].extend(y.iter().zip(dy).map(|(y, dy)| y * (f64::from(*dy) - mean)));
                reference[0].extend(y);
            }
            for (ours, reference) in ours(&x, &dy, width).iter().zip(&reference) {
                assert_close(ours, reference);
            }
        }
    }

    #[test]
    fn infinities_and_nan_go_where_pytorch_lets_them_go() {
        const WIDTH: usize = 19;
        let infinity = f32::INFINITY;
        for (special, n_special) in [(f32::NAN, 1), (infinity, 1), (-infinity, WIDTH)] {
            for first in [0, 17] {
                let mut x = numbers(3 * WIDTH, 4);
                x[WIDTH + first.min(WIDTH - n_special)..][..n_special].fill(special);
                let [y, dx] = ours(&x, &x.clone(), WIDTH);
                for numbers in [y, dx] {
                    assert!(numbers[..WIDTH].iter().all(|number| number.is_finite()));
                    assert!(numbers[WIDTH..2 * WIDTH].iter().all(|number| number.is_nan()));
                    assert!(numbers[2 * WIDTH..].iter().all(|number| number.is_finite()));
                }
            }
        }
        let x = [-infinity, 0.0, -infinity, 0.0];
        let [y, _] = ours(&x, &[0.0; 4], 4);
        assert_eq!(y, [0.0, 0.5, 0.0, 0.5]);
    }

    #[test]
    fn threads_do_not_change_the_result() {
        let (x, dy) = (numbers(900 * 100, 5), numbers(900 * 100, 6));
        let results = [1, 2, 3].map(|n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build();
            pool.expect("a pool").install(|| ours(&x, &dy, 100))
        });
        assert!(results[0] == results[1] && results[0] == results[2]);
    }
}

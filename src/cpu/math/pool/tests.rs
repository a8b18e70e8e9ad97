//! Pooling equals plain loops, forward and back.

use super::*;

/// A small deterministic generator of numbers in -1..1.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 40) as f32 / (1 << 23) as f32 - 1.0
    }

    fn numbers(&mut self, n: usize) -> Vec<f32> {
        (0..n).map(|_| self.next()).collect()
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next().abs() * 1e6) as usize % n
    }
}

fn square(n_planes: usize, size: usize, [kernel, stride, padding]: [usize; 3]) -> Pool {
    Pool {
        n_planes,
        in_size: [size; 2],
        kernel: [kernel; 2],
        stride: [stride; 2],
        padding_start: [padding; 2],
        padding_end: [padding; 2],
        dilation: [1; 2],
    }
}

fn random_shapes() -> Vec<Pool> {
    let mut noise = Noise(1);
    (0..200)
        .map(|_| {
            let mut pair =
                |low: usize, high: usize| [0; 2].map(|_| low + noise.below(high - low + 1));
            let kernel = pair(1, 4);
            Pool {
                n_planes: pair(0, 5)[0],
                in_size: pair(1, 40),
                kernel,
                stride: pair(1, 3),
                padding_start: kernel.map(|kernel| kernel / 2),
                padding_end: pair(0, 2),
                dilation: pair(1, 2),
            }
        })
        .chain([square(3, 28, [2, 2, 0]), square(300, 14, [2, 2, 0]), square(4, 17, [3, 2, 1])])
        .collect()
}

/// The positions in a picture that each position of the result reads, in order.
fn windows(pool: &Pool) -> Vec<Vec<usize>> {
    let [out_rows, out_cols] = pool.out_size();
    let reads = |axis: usize, out: usize| -> Vec<usize> {
        (0..pool.kernel[axis])
            .map(|k| out * pool.stride[axis] + k * pool.dilation[axis])
            .filter_map(|at| at.checked_sub(pool.padding_start[axis]))
            .filter(|at| *at < pool.in_size[axis])
            .collect()
    };
    (0..out_rows * out_cols)
        .map(|i| {
            let cols = reads(1, i % out_cols);
            let rows = reads(0, i / out_cols);
            rows.iter()
                .flat_map(|row| cols.iter().map(move |col| row * pool.in_size[1] + col))
                .collect()
        })
        .collect()
}

fn check_max(pool: &Pool, x: &[f32]) {
    let out = pool.out_len();
    let (mut y, mut winners) = (vec![7.0; out], vec![7; out]);
    pool.max_forward(x, false, &mut y, &mut winners);
    let dy = Noise(2).numbers(out);
    let mut dx = vec![f32::NAN; x.len()];
    pool.max_backward(&dy, &winners, None, &mut dx);
    let windows = windows(pool);
    let mut right = vec![0.0; x.len()];
    for i in 0..out {
        let x = &x[i / windows.len() * pool.in_plane()..];
        // As in PyTorch: the last NaN, otherwise the first maximum.
        let window = &windows[i % windows.len()];
        let first = window
            .iter()
            .copied()
            .reduce(|best, at| if x[at] > x[best] || x[at].is_nan() { at } else { best });
        match first {
            Some(best) => {
                assert_eq!(winners[i] as usize, best, "{pool:?}");
                assert_eq!(y[i].to_bits(), x[best].to_bits());
                right[i / windows.len() * pool.in_plane() + best] += dy[i];
            }
            None => assert_eq!((winners[i], y[i]), (NOBODY, f32::NEG_INFINITY)),
        }
    }
    assert_eq!(dx, right);
}

#[test]
fn maxima_agree_with_a_plain_search() {
    let mut noise = Noise(4);
    for pool in random_shapes() {
        let mut x = noise.numbers(pool.in_len());
        check_max(&pool, &x);
        // Few different values, so that many are equal; some are not numbers.
        x = x.into_iter().map(|v| (v * 3.0).round()).collect();
        check_max(&pool, &x);
        x.iter_mut().filter(|v| **v == 1.0).for_each(|v| *v = f32::NAN);
        x.iter_mut().filter(|v| **v < 0.0).for_each(|v| *v = f32::NEG_INFINITY);
        check_max(&pool, &x);
    }
}

#[test]
fn relu_after_the_maximum_passes_what_is_above_zero() {
    let pool = square(2, 6, [2, 2, 0]);
    let mut x = Noise(8).numbers(pool.in_len());
    x[..2].fill(-0.5);
    x[6..8].fill(-0.5);
    x[35] = f32::NAN;
    let (mut y, mut winners) = (vec![0.0; pool.out_len()], vec![0; pool.out_len()]);
    pool.max_forward(&x, false, &mut y, &mut winners);
    let plain = y.clone();
    pool.max_forward(&x, true, &mut y, &mut winners);
    assert!(y[0] == 0.0 && y[8].is_nan());
    let right = plain.iter().map(|v| if *v < 0.0 { 0.0 } else { *v });
    assert!(y.iter().zip(right).all(|(y, right)| y.to_bits() == right.to_bits()));
    let mut dx = vec![f32::NAN; x.len()];
    pool.max_backward(&vec![1.0; y.len()], &winners, Some(&y), &mut dx);
    assert_eq!(
        dx.iter().sum::<f32>() as usize,
        y.iter().filter(|y| **y > 0.0 || y.is_nan()).count()
    );
    assert!(dx[0] == 0.0 && dx[35] == 1.0);
}

#[test]
fn averages_agree_with_plain_sums() {
    let mut noise = Noise(6);
    for (case, pool) in random_shapes().into_iter().enumerate() {
        let counts_padding = case % 2 == 0;
        let x = noise.numbers(pool.in_len());
        let dy = noise.numbers(pool.out_len());
        let (mut y, mut dx) = (vec![f32::NAN; dy.len()], vec![f32::NAN; x.len()]);
        pool.average_forward(&x, counts_padding, &mut y);
        pool.average_backward(&dy, counts_padding, &mut dx);
        let windows = windows(&pool);
        let mut right = vec![0.0f64; x.len()];
        for (i, y) in y.iter().enumerate() {
            let plane = i / windows.len() * pool.in_plane();
            let window = &windows[i % windows.len()];
            let n = if counts_padding { pool.kernel[0] * pool.kernel[1] } else { window.len() };
            let sum: f64 = window.iter().map(|at| f64::from(x[plane + at])).sum();
            assert!((f64::from(*y) - sum / n.max(1) as f64).abs() < 1e-5, "{pool:?}");
            for at in window {
                right[plane + at] += f64::from(dy[i]) / n as f64;
            }
        }
        assert!(dx.iter().zip(&right).all(|(dx, right)| (f64::from(*dx) - right).abs() < 1e-5));
    }
}

#[test]
fn global_average_is_the_mean_of_each_picture() {
    for (n_planes, plane) in [(0, 4), (1, 1), (5, 16), (700, 49)] {
        let x = Noise(3).numbers(n_planes * plane);
        let mut y = vec![f32::NAN; n_planes];
        global_average_forward(&x, plane, &mut y);
        for (y, x) in y.iter().zip(x.chunks(plane)) {
            let mean = x.iter().map(|x| f64::from(*x)).sum::<f64>() / plane as f64;
            assert!((f64::from(*y) - mean).abs() < 1e-6);
        }
        let mut dx = vec![f32::NAN; x.len()];
        global_average_backward(&y, plane, &mut dx);
        assert!((0..x.len()).all(|i| (dx[i] * plane as f32 - y[i / plane]).abs() < 1e-6));
    }
}

#[test]
fn gives_the_same_bits_on_any_number_of_threads() {
    let pool = square(500, 13, [3, 2, 1]);
    let x = Noise(5).numbers(pool.in_len());
    let results = [1, 2, 3].map(|n_threads| {
        let threads = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build();
        let work = || {
            let (mut y, mut winners) = (vec![0.0; pool.out_len()], vec![0; pool.out_len()]);
            let [mut mean, mut dx] = [vec![0.0; pool.out_len()], vec![0.0; pool.in_len()]];
            pool.max_forward(&x, true, &mut y, &mut winners);
            pool.max_backward(&y, &winners, Some(&y), &mut dx);
            pool.average_forward(&dx, false, &mut mean);
            pool.average_backward(&mean, true, &mut dx);
            (y, winners, mean, dx)
        };
        threads.map(|threads| threads.install(work)).ok()
    });
    assert!(results[0].is_some());
    assert_eq!(results[0], results[1]);
    assert_eq!(results[0], results[2]);
}

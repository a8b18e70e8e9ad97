//! Dropout whose mask is computed, never stored: whether a number stays depends on the seed and its place alone.

use rayon::prelude::*;

use super::simd::vectorized;

/// Numbers of one task; small enough for the copy to stay in the nearest cache.
const CHUNK: usize = 1 << 12;

/// Chunks that a thread takes at least, so that small tensors stay on the calling thread.
const MIN_CHUNKS: usize = 8;

/// Which numbers of a tensor stay, and by how much these grow.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    key: u64,
    /// A number stays when its 32 random bits reach this.
    threshold: u32,
    scale: f32,
}

/// Zeroes each number of `x` with probability `rate` and multiplies the others by 1 / (1 − `rate`), into `y`.
pub fn forward(x: &[f32], rate: f64, seed: u64, y: &mut [f32]) {
    assert_eq!(x.len(), y.len(), "dropout: input and output differ in length");
    let keep = Keep::new(rate, seed);
    let chunks = x.par_chunks(CHUNK).zip(y.par_chunks_mut(CHUNK)).with_min_len(MIN_CHUNKS);
    chunks.enumerate().for_each(|(index, (x, y))| {
        y.copy_from_slice(x);
        keep.apply((index * CHUNK) as u64, y);
    });
}

/// The gradient `dx` of what [`forward`] read, from the gradient `dy` of what it wrote at the same rate and seed.
pub fn backward(dy: &[f32], rate: f64, seed: u64, dx: &mut [f32]) {
    forward(dy, rate, seed, dx);
}

impl Keep {
    /// The mask that drops with probability `rate`, exact to 2⁻³².
    pub fn new(rate: f64, seed: u64) -> Self {
        assert!((0.0..=1.0).contains(&rate), "dropout: the rate {rate} is no probability");
        Self {
            key: scramble(seed),
            // At rate 1 this saturates, and one number in 2³² would stay; the scale drops it.
            threshold: (rate * 2f64.powi(32)) as u32,
            scale: if rate < 1.0 { (1.0 / (1.0 - rate)) as f32 } else { 0.0 },
        }
    }

    /// Multiplies the numbers at the places `first..` by 1 / (1 − rate) or by 0; NaN stays NaN, as in PyTorch.
    pub fn apply(&self, first: u64, values: &mut [f32]) {
        self.each(first, values, |value, factor| *value *= factor);
    }

    /// Writes what [`Self::apply`] multiplies the places `first..` by.
    pub fn factors(&self, first: u64, factors: &mut [f32]) {
        self.each(first, factors, |value, factor| *value = factor);
    }

    #[inline(always)]
    fn each(&self, first: u64, values: &mut [f32], visit: impl Fn(&mut f32, f32) + Copy) {
        // Every 2³² places have keys of their own: the lanes then count in 32 bits.
        let low = first as u32;
        let until_next_keys = usize::try_from((1 << 32) - u64::from(low)).unwrap_or(usize::MAX);
        let (values, rest) = values.split_at_mut(until_next_keys.min(values.len()));
        let keys = scramble(self.key ^ (first >> 32));
        let (before, between) = (keys as u32, (keys >> 32) as u32);
        // A copy: what lay behind a reference would be gathered, number by number.
        let Self { threshold, scale, .. } = *self;
        vectorized(
            #[inline(always)]
            move || {
                for (offset, value) in values.iter_mut().enumerate() {
                    let bits = random_bits(low.wrapping_add(offset as u32), before, between);
                    visit(value, if bits >= threshold { scale } else { 0.0 });
                }
            },
        );
        if !rest.is_empty() {
            self.each(first + until_next_keys as u64, rest, visit);
        }
    }
}

/// A permutation of the 32-bit numbers, another for each pair of keys: `lowbias32` of Chris Wellons' hash prospector
/// without its last shift, which would change only the low half.
#[inline(always)]
fn random_bits(place: u32, before: u32, between: u32) -> u32 {
    let x = place ^ before;
    let x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d).wrapping_add(between);
    (x ^ (x >> 15)).wrapping_mul(0x846c_a68b)
}

/// SplitMix64 (Steele, Lea and Flood 2014): neighbouring seeds turn into unrelated keys.
#[inline(always)]
fn scramble(seed: u64) -> u64 {
    let x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1 where a number stays.
    fn kept(rate: f64, seed: u64, first: u64, length: usize) -> Vec<f64> {
        let keep = Keep::new(rate, seed);
        let mut factors = vec![1.0; length];
        keep.factors(first, &mut factors);
        factors.iter().map(|&factor| f64::from(u8::from(factor > 0.0))).collect()
    }

    fn correlation(a: &[f64], b: &[f64]) -> f64 {
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        let (mean_a, mean_b) = (mean(a), mean(b));
        let covariance = |a: &[f64], b: &[f64], mean_a, mean_b| {
            a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum::<f64>()
        };
        let variances = covariance(a, a, mean_a, mean_a) * covariance(b, b, mean_b, mean_b);
        covariance(a, b, mean_a, mean_b) / variances.sqrt()
    }

    #[test]
    fn mean_and_variance_are_those_of_independent_draws() {
        const LENGTH: usize = 1 << 20;
        for (seed, rate) in [(0, 0.1), (1, 0.5), (2, 0.9), (u64::MAX, 0.003)] {
            let kept = kept(rate, seed, 0, LENGTH);
            let deviation = (rate * (1.0 - rate) / LENGTH as f64).sqrt();
            let mean = kept.iter().sum::<f64>() / LENGTH as f64;
            assert!((mean - (1.0 - rate)).abs() < 4.0 * deviation, "rate {rate}: mean {mean}");
            // Sums over windows vary as binomial sums do only if the draws inside do not influence each other.
            for window in [8, 128, 1024] {
                let expected = window as f64 * (1.0 - rate);
                let sums = kept.chunks_exact(window).map(|chunk| chunk.iter().sum::<f64>());
                let spread = sums.map(|sum| (sum - expected).powi(2)).sum::<f64>();
                let ratio = spread / LENGTH as f64 / (rate * (1.0 - rate));
                let n_windows = (LENGTH / window) as f64;
                let excess = (1.0 - 6.0 * rate * (1.0 - rate)) / (rate * (1.0 - rate));
                let tolerance = 5.0 * ((2.0 + excess / window as f64) / n_windows).sqrt();
                assert!((ratio - 1.0).abs() < tolerance, "rate {rate}: {window} vary by {ratio}");
            }
        }
    }

    #[test]
    fn places_and_seeds_are_independent() {
        const LENGTH: usize = 1 << 19;
        // Five standard deviations of the correlation of independent draws.
        let limit = 5.0 / (LENGTH as f64).sqrt();
        for rate in [0.1, 0.5] {
            let draws = kept(rate, 7, 0, LENGTH + 4096);
            for lag in (1..=16).chain([32, 64, 127, 128, 129, 512, 1024, 4096]) {
                let found = correlation(&draws[..LENGTH], &draws[lag..lag + LENGTH]);
                assert!(found.abs() < limit, "rate {rate}: correlation {found} at distance {lag}");
            }
            for other in [0, 6, 8, 7 + (1 << 32), !7] {
                let found = correlation(&draws[..LENGTH], &kept(rate, other, 0, LENGTH));
                assert!(found.abs() < limit, "rate {rate}: correlation {found} with seed {other}");
            }
        }
    }

    #[test]
    fn bits_of_keys_change_half_of_the_results() {
        for key in 0..64 {
            let changed = (0..1u32 << 14)
                .filter(|&place| {
                    let bits = |key: u64| {
                        let keys = scramble(0x1234 ^ key);
                        random_bits(place, keys as u32, (keys >> 32) as u32) >> 31
                    };
                    bits(0) != bits(1 << key)
                })
                .count();
            assert!(changed.abs_diff(1 << 13) < 350, "bit {key} of the key changes {changed}");
        }
    }

    #[test]
    fn a_place_has_one_mask_wherever_the_slice_begins() {
        let edge = (1u64 << 32) - 50;
        let whole = kept(0.3, 9, edge, 100);
        for start in 0..100 {
            assert_eq!(kept(0.3, 9, edge + start as u64, 100 - start), whole[start..]);
        }
        assert_ne!(whole[50..], kept(0.3, 9, 0, 50));
    }

    #[test]
    fn forward_and_backward_scale_what_stays() {
        for length in [0, 1, 15, 17, 4097, 70_001] {
            let x: Vec<f32> = (0..length).map(|i| i as f32 - 7.5).collect();
            let factors = kept(0.2, 3, 0, length);
            let expected: Vec<f32> =
                x.iter().zip(&factors).map(|(x, kept)| x * (kept / 0.8) as f32).collect();
            let (mut y, mut dx) = (vec![f32::NAN; length], vec![f32::NAN; length]);
            forward(&x, 0.2, 3, &mut y);
            backward(&x, 0.2, 3, &mut dx);
            assert_eq!(y, expected);
            assert_eq!(dx, expected);
        }
    }

    #[test]
    fn the_ends_of_the_rate_keep_all_and_nothing() {
        let x = [1.0, -2.0, 3.0];
        let mut y = [f32::NAN; 3];
        forward(&x, 0.0, 5, &mut y);
        assert_eq!(y, x);
        forward(&x, 1.0, 5, &mut y);
        assert_eq!(y, [0.0; 3]);
    }

    #[test]
    fn nan_shows_even_where_it_is_dropped() {
        let mut y = vec![0.0; 1000];
        forward(&vec![f32::NAN; 1000], 0.5, 1, &mut y);
        assert!(y.iter().all(|y| y.is_nan()));
    }

    #[test]
    fn threads_do_not_change_the_result() {
        let x: Vec<f32> = (0..100_000).map(|i| (i as f32).sin()).collect();
        let results = [1, 2, 3].map(|n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build();
            let mut y = vec![0.0; x.len()];
            pool.expect("a pool").install(|| forward(&x, 0.1, 11, &mut y));
            y
        });
        assert!(results[0] == results[1] && results[0] == results[2]);
    }
}

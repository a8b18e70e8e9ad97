//! Attention equals plain loops, forward and back, in all its settings.

use super::super::dropout;
use super::*;

/// Pseudo-random numbers in −1..1, the same in every run.
fn numbers(length: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as f32 / u32::MAX as f32 * 2.0 - 1.0
    };
    (0..length).map(|_| next()).collect()
}

fn shape([n_rows, n_queries, n_keys, n_heads, head_width]: [usize; 5]) -> Attention<'static> {
    Attention {
        n_rows,
        n_queries,
        n_keys,
        n_heads,
        head_width,
        scale: 1.5 / (head_width as f32).sqrt(),
        padding: None,
        causal: false,
        dropout: 0.0,
        seed: 0,
    }
}

/// Results, then the gradients of queries, keys and values.
type All<T> = [Vec<T>; 4];

struct Case {
    queries: Vec<f32>,
    keys: Vec<f32>,
    values: Vec<f32>,
    d_results: Vec<f32>,
}

impl Case {
    fn new(attention: &Attention<'_>) -> Self {
        let n_queries = attention.n_rows * attention.n_queries * attention.width();
        let n_keys = attention.n_rows * attention.n_keys * attention.width();
        Self {
            queries: numbers(n_queries, 1),
            keys: numbers(n_keys, 2),
            values: numbers(n_keys, 3),
            d_results: numbers(n_queries, 4),
        }
    }

    fn ours(&self, attention: &Attention<'_>) -> All<f32> {
        let nothing = |numbers: &[f32]| vec![f32::NAN; numbers.len()];
        let inputs = Inputs { queries: &self.queries, keys: &self.keys, values: &self.values };
        let mut results = nothing(&self.queries);
        let n_sums = attention.n_rows * attention.n_queries * attention.n_heads;
        let mut log_sums = vec![f32::NAN; n_sums];
        attention.forward(inputs, &mut results, &mut log_sums);
        let outputs = Outputs { results: &results, log_sums: &log_sums };
        let (mut queries, mut keys, mut values) =
            (nothing(&self.queries), nothing(&self.keys), nothing(&self.values));
        let gradients = Gradients { queries: &mut queries, keys: &mut keys, values: &mut values };
        attention.backward(inputs, outputs, &self.d_results, gradients);
        [results, queries, keys, values]
    }

    /// One number after the other, in 64 bits, with all probabilities.
    fn reference(&self, attention: &Attention<'_>) -> All<f64> {
        let Attention { n_rows, n_queries, n_keys, n_heads, head_width, .. } = *attention;
        let width = attention.width();
        let scale = f64::from(attention.scale);
        let mut factors = vec![1.0; n_rows * n_heads * n_queries * n_keys];
        dropout::forward(&factors.clone(), attention.dropout, attention.seed, &mut factors);
        let mut all = [&self.queries, &self.queries, &self.keys, &self.values]
            .map(|like| vec![0.0; like.len()]);
        let [results, d_queries, d_keys, d_values] = &mut all;
        let dot = |a: &[f32], b: &[f32]| -> f64 {
            a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
        };
        for row in 0..n_rows {
            for head in 0..n_heads {
                for query in 0..n_queries {
                    let at = |length: usize, position: usize| {
                        let start = (row * length + position) * width + head * head_width;
                        start..start + head_width
                    };
                    let (at_query, first) = (
                        at(n_queries, query),
                        ((row * n_heads + head) * n_queries + query) * n_keys,
                    );
                    let mut p: Vec<f64> = (0..n_keys)
                        .map(|key| {
                            let is_padding =
                                attention.padding.is_some_and(|p| p[row * n_keys + key]);
                            let score =
                                dot(&self.queries[at_query.clone()], &self.keys[at(n_keys, key)]);
                            let score = scale * score + if is_padding { -1e4 } else { 0.0 };
                            if attention.causal && key > query { f64::NEG_INFINITY } else { score }
                        })
                        .collect();
                    let max = p.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    let sum: f64 = p.iter().map(|score| (score - max).exp()).sum();
                    for p in &mut p {
                        *p = (*p - max).exp() / sum;
                    }
                    let d_result = &self.d_results[at_query.clone()];
                    let d_p: Vec<f64> = (0..n_keys)
                        .map(|key| {
                            f64::from(factors[first + key])
                                * dot(d_result, &self.values[at(n_keys, key)])
                        })
                        .collect();
                    let mean: f64 = p.iter().zip(&d_p).map(|(p, d_p)| p * d_p).sum();
                    for key in 0..n_keys {
                        let kept = p[key] * f64::from(factors[first + key]);
                        let d_score = p[key] * (d_p[key] - mean) * scale;
                        for (q, k) in at_query.clone().zip(at(n_keys, key)) {
                            results[q] += kept * f64::from(self.values[k]);
                            d_values[k] += kept * f64::from(self.d_results[q]);
                            d_queries[q] += d_score * f64::from(self.keys[k]);
                            d_keys[k] += d_score * f64::from(self.queries[q]);
                        }
                    }
                }
            }
        }
        all
    }

    fn assert_equal(attention: &Attention<'_>) {
        Self::assert_near(attention, 1e-5);
    }

    fn assert_near(attention: &Attention<'_>, tolerance: f64) {
        let case = Self::new(attention);
        let (ours, reference) = (case.ours(attention), case.reference(attention));
        for (which, (ours, reference)) in ours.iter().zip(&reference).enumerate() {
            // Where one key takes all, the gradients of queries and keys vanish.
            let largest =
                reference.iter().fold(0.1f64, |largest, number| largest.max(number.abs()));
            for (at, (our, number)) in ours.iter().zip(reference).enumerate() {
                let error = (f64::from(*our) - number).abs();
                assert!(
                    error <= tolerance * largest,
                    "{which} at {at}: {our} for {number}, {attention:?}"
                );
            }
        }
    }
}

/// Edges of vectors, blocks, chunks and heads.
const SHAPES: [[usize; 5]; 9] = [
    [1, 1, 1, 1, 1],
    [2, 5, 3, 2, 7],
    [3, 17, 16, 1, 16],
    [17, 9, 10, 2, 4],
    [2, 65, 65, 3, 8],
    [1, QUERIES, 33, 2, 5],
    [1, QUERIES + 1, KEYS, 1, 3],
    [2, 2 * QUERIES + 3, KEYS + 1, 2, 6],
    [1, 12, 2 * KEYS + 40, 2, 9],
];

#[test]
fn equals_plain_attention() {
    for sizes in SHAPES {
        Case::assert_equal(&shape(sizes));
    }
}

#[test]
fn padding_and_causality_equal_plain_attention() {
    for sizes in SHAPES {
        let attention = shape(sizes);
        let mut padding: Vec<bool> =
            numbers(attention.n_rows * attention.n_keys, 5).iter().map(|x| *x > 0.3).collect();
        // One row of padding alone.
        padding[..attention.n_keys].fill(true);
        Case::assert_equal(&Attention { padding: Some(&padding), ..attention });
        Case::assert_equal(&Attention { causal: true, ..attention });
        // A first query that sees only padding would differ: its scores lose bits to the penalty.
        padding.iter_mut().step_by(attention.n_keys).for_each(|is_padding| *is_padding = false);
        Case::assert_equal(&Attention { padding: Some(&padding), causal: true, ..attention });
    }
}

#[test]
fn drops_what_dropout_drops() {
    for sizes in SHAPES {
        Case::assert_equal(&Attention { dropout: 0.3, seed: 42, ..shape(sizes) });
        Case::assert_equal(&Attention { dropout: 0.1, seed: 7, causal: true, ..shape(sizes) });
    }
}

#[test]
fn large_scores_do_not_overflow() {
    // The scores themselves are rounded to 3e-5.
    Case::assert_near(&Attention { scale: 300.0, ..shape([1, 20, KEYS + 9, 1, 2]) }, 2e-4);
}

#[test]
fn nothing_to_do_is_no_trouble() {
    for sizes in [[0, 4, 4, 2, 3], [2, 0, 4, 2, 3], [2, 4, 0, 2, 3], [2, 4, 4, 0, 3]] {
        let attention = shape(sizes);
        for numbers in Case::new(&attention).ours(&attention) {
            assert!(numbers.iter().all(|number| *number == 0.0));
        }
    }
}

#[test]
fn nan_shows_where_it_is_seen() {
    let attention = shape([2, 20, 20, 2, 4]);
    let mut case = Case::new(&attention);
    // The first query of the first head, then a value that all queries of the second row's second head see.
    case.queries[0] = f32::NAN;
    case.values[20 * 8 + 5] = f32::NAN;
    let [results, d_queries, d_keys, _] = case.ours(&attention);
    for (at, result) in results.iter().enumerate() {
        let expected = at < 4 || (at >= 20 * 8 && at % 8 == 5);
        assert_eq!(result.is_nan(), expected, "result {at}");
    }
    assert!(d_queries[..4].iter().all(|number| number.is_nan()));
    assert!(d_keys.chunks(8).take(20).all(|key| key[..4].iter().all(|number| number.is_nan())));
}

#[test]
fn threads_do_not_change_the_result() {
    for sizes in [[5, 40, 30, 2, 8], [1, 3 * QUERIES, 70, 2, 8], [20, 20, 20, 2, 4]] {
        let attention = Attention { dropout: 0.2, seed: 1, ..shape(sizes) };
        let case = Case::new(&attention);
        let results = [1, 2, 3].map(|n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build();
            pool.expect("a pool").install(|| case.ours(&attention))
        });
        assert!(results[0] == results[1] && results[0] == results[2]);
    }
}

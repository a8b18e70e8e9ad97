//! What the tests of the normalisations share.

/// Numbers in -1..1, plus `shift`.
pub(crate) fn numbers(n: usize, seed: usize, shift: f32) -> Vec<f32> {
    (0..n)
        .map(|i| ((i * 7919 + i / 17 + seed * 104_729) % 20_011) as f32 / 10_005.5 - 1.0 + shift)
        .collect()
}

/// Exact numbers of the same values.
pub(crate) fn exact(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().map(|x| f64::from(*x)).collect()
}

/// Asserts that all differences are small beside the largest number.
pub(crate) fn assert_close(what: &str, ours: &[f32], expected: &[f64]) {
    assert_eq!(ours.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.1, |largest: f64, x| largest.max(x.abs()));
    for (i, (ours, expected)) in ours.iter().zip(expected).enumerate() {
        let error = (f64::from(*ours) - expected).abs();
        assert!(error <= 1e-5 * largest, "{what}, number {i}: {ours} is not {expected}");
    }
}

/// Asserts for some numbers of each input that its gradient is the slope of the loss, by central differences.
pub(crate) fn assert_gradients<const N: usize>(
    what: &str,
    inputs: [&[f32]; N],
    gradients: [&[f32]; N],
    loss: impl Fn(&[Vec<f64>; N]) -> f64,
) {
    const STEP: f64 = 1e-4;
    let mut at = inputs.map(exact);
    for k in 0..N {
        assert_eq!(gradients[k].len(), inputs[k].len(), "{what}");
        let n_skipped = inputs[k].len() / 24;
        let chosen: Vec<usize> = (0..inputs[k].len()).step_by(n_skipped + 1).collect();
        let slopes: Vec<f64> = chosen
            .iter()
            .map(|&i| {
                let x = at[k][i];
                let [above, below] = [STEP, -STEP].map(|step| {
                    at[k][i] = x + step;
                    loss(&at)
                });
                at[k][i] = x;
                (above - below) / (2.0 * STEP)
            })
            .collect();
        let ours: Vec<f32> = chosen.iter().map(|&i| gradients[k][i]).collect();
        assert_close(&format!("{what}, input {k}"), &ours, &slopes);
    }
}

/// Asserts that pools of 1, 2 and 3 threads give the same bits.
pub(crate) fn assert_same_on_threads(run: impl Fn() -> Vec<Vec<f32>> + Send + Sync) {
    let on = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build();
        pool.expect("threads").install(&run)
    };
    let expected = on(1);
    assert!([2, 3].map(on).iter().all(|result| result == &expected));
}

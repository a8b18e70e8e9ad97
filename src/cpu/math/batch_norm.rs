//! Batch norm over the batch and the pixels of each channel (Ioffe and Szegedy 2015), with ReLU if wanted.

mod features;
mod pictures;

use super::{CHUNK, SMALL};

/// The parameters of a batch norm over `weight.len()` channels.
#[derive(Clone, Copy, Debug)]
pub struct BatchNorm<'a> {
    /// Pixels of one channel; 1 for rows of features.
    pub n_pixels: usize,
    /// Factor of each channel, `[n_channels]`.
    pub weight: &'a [f32],
    /// Added to each channel, `[n_channels]`.
    pub bias: &'a [f32],
    /// Added to the variance.
    pub epsilon: f32,
    /// Whether ReLU follows.
    pub relu: bool,
}

/// Mean and variance of each channel, `[n_channels]`.
#[derive(Clone, Copy, Debug)]
pub struct Moments<'a> {
    /// Of the batch, or running.
    pub mean: &'a [f32],
    /// Divided by the number of values, not by one less.
    pub variance: &'a [f32],
}

/// What the backward pass writes.
#[derive(Debug)]
pub struct BatchNormGradients<'a> {
    /// `[n_images, n_channels, n_pixels]`.
    pub x: &'a mut [f32],
    /// `[n_channels]`.
    pub weight: &'a mut [f32],
    /// `[n_channels]`.
    pub bias: &'a mut [f32],
}

/// `y = (x − mean) / √(variance + epsilon) · weight + bias` for x and y `[n_images, n_channels, n_pixels]` with the
/// given moments: inference.
pub fn batch_norm(norm: BatchNorm<'_>, moments: Moments<'_>, x: &[f32], y: &mut [f32]) {
    norm.check(x, moments.mean, moments.variance);
    assert_eq!(y.len(), x.len());
    let lines = norm.lines(moments);
    if norm.n_pixels == 1 {
        features::forward(norm, &lines, x, y);
    } else {
        pictures::forward(norm, &lines, x, y);
    }
}

/// [`batch_norm`] with the moments of the batch itself, which it writes: training. The variance is divided by the
/// number of values; the running one of PyTorch by one less.
pub fn batch_norm_training(
    norm: BatchNorm<'_>,
    x: &[f32],
    y: &mut [f32],
    mean: &mut [f32],
    variance: &mut [f32],
) {
    norm.check(x, mean, variance);
    if norm.n_pixels == 1 {
        features::moments(x, mean, variance);
    } else {
        pictures::moments(norm, x, mean, variance);
    }
    batch_norm(norm, Moments { mean, variance }, x, y);
}

/// The gradients of [`batch_norm_training`] from that of its result, `dy` `[n_images, n_channels, n_pixels]`.
pub fn batch_norm_backward(
    norm: BatchNorm<'_>,
    moments: Moments<'_>,
    x: &[f32],
    dy: &[f32],
    gradients: BatchNormGradients<'_>,
) {
    let BatchNormGradients { x: dx, weight: dweight, bias: dbias } = gradients;
    norm.check(x, moments.mean, moments.variance);
    norm.check(x, dweight, dbias);
    assert_eq!(dy.len(), x.len());
    assert_eq!(dx.len(), x.len());
    let lines = norm.lines(moments);
    let is_rows = norm.n_pixels == 1;
    if is_rows {
        features::gradient_sums(norm, &lines, x, dy, [dbias, dweight]);
    } else {
        pictures::gradient_sums(norm, &lines, x, dy, [dbias, dweight]);
    }
    let corrections = norm.finish_sums(&lines, moments.variance, [dbias, dweight], x.len());
    if is_rows {
        features::backward(norm, [&lines, &corrections], x, dy, dx);
    } else {
        pictures::backward(norm, [&lines, &corrections], x, dy, dx);
    }
}

impl BatchNorm<'_> {
    fn check(self, x: &[f32], mean: &[f32], variance: &[f32]) {
        let n_channels = self.weight.len();
        assert!(self.n_pixels > 0);
        assert_eq!(self.bias.len(), n_channels);
        assert_eq!(mean.len(), n_channels);
        assert_eq!(variance.len(), n_channels);
        assert!(x.len().is_multiple_of((n_channels * self.n_pixels).max(1)));
    }

    /// What the forward pass does to the numbers of each channel.
    fn lines(self, moments: Moments<'_>) -> Lines {
        let scales = self.weight.iter().zip(moments.variance);
        Lines {
            mean: moments.mean.to_vec(),
            scale: scales.map(|(weight, v)| weight * self.inv_std(*v)).collect(),
            shift: self.bias.to_vec(),
        }
    }

    /// Makes the gradients of bias and weight from the sums of `dy` and `dy · (x − mean)`, and returns what the
    /// dependence of the moments on x adds to `dy · scale`.
    ///
    /// With n = (x − mean) / std: dx = weight / std · (dy − mean(dy) − n · mean(dy · n)).
    fn finish_sums(
        self,
        lines: &Lines,
        variance: &[f32],
        [sums, products]: [&mut [f32]; 2],
        n_numbers: usize,
    ) -> Lines {
        let share = 1.0 / n_values(n_numbers, sums.len()) as f32;
        let mut corrections = Lines { mean: lines.mean.clone(), scale: vec![], shift: vec![] };
        for (channel, variance) in variance.iter().enumerate() {
            let inv_std = self.inv_std(*variance);
            let scale = lines.scale[channel];
            let normed = products[channel] * inv_std;
            corrections.scale.push(-scale * inv_std * normed * share);
            corrections.shift.push(-scale * sums[channel] * share);
            products[channel] = normed;
        }
        corrections
    }

    fn inv_std(self, variance: f32) -> f32 {
        1.0 / (variance + self.epsilon).sqrt()
    }
}

/// Numbers of one channel.
fn n_values(n_numbers: usize, n_channels: usize) -> usize {
    (n_numbers / n_channels.max(1)).max(1)
}

/// `(x − mean) · scale + shift` for each channel.
#[derive(Debug)]
struct Lines {
    mean: Vec<f32>,
    scale: Vec<f32>,
    shift: Vec<f32>,
}

/// That of one channel.
#[derive(Clone, Copy, Debug)]
struct Line {
    mean: f32,
    scale: f32,
    shift: f32,
}

impl Lines {
    #[inline(always)]
    fn iter(&self) -> impl Iterator<Item = Line> {
        let rest = self.scale.iter().zip(&self.shift);
        self.mean.iter().zip(rest).map(|(mean, (scale, shift))| Line {
            mean: *mean,
            scale: *scale,
            shift: *shift,
        })
    }
}

impl Line {
    #[inline(always)]
    fn at(self, x: f32) -> f32 {
        (x - self.mean) * self.scale + self.shift
    }

    /// The value, with ReLU if it follows.
    #[inline(always)]
    fn value(self, x: f32, relu: bool) -> f32 {
        let y = self.at(x);
        if relu && y < 0.0 { 0.0 } else { y }
    }

    /// What ReLU lets through of the gradient; y is worked out again, which is cheaper than reading it.
    #[inline(always)]
    fn masked(self, x: f32, dy: f32, relu: bool) -> f32 {
        if relu && self.at(x) <= 0.0 { 0.0 } else { dy }
    }
}

#[cfg(test)]
mod tests {
    use super::super::norm::testing::{
        assert_close, assert_gradients, assert_same_on_threads, exact, numbers,
    };
    use super::*;

    /// Pictures, channels and pixels: around vectors, blocks of sums, parts and chunks.
    const SHAPES: [[usize; 3]; 13] = [
        [0, 3, 1],
        [0, 3, 4],
        [1, 1, 1],
        [1, 2, 9],
        [5, 7, 1],
        [64, 33, 1],
        [900, 80, 1],
        [2, 3, 16],
        [3, 70, 4],
        [2, 2, 4101],
        [9, 150, 49],
        [33, 2, 1024],
        [2, 1, 33_000],
    ];

    const EPSILON: f32 = 1e-2;

    struct Case {
        n_pixels: usize,
        relu: bool,
        x: Vec<f32>,
        weight: Vec<f32>,
        bias: Vec<f32>,
        dy: Vec<f32>,
    }

    /// What [`Case::run`] gives.
    struct Results {
        y: Vec<f32>,
        mean: Vec<f32>,
        variance: Vec<f32>,
        dx: Vec<f32>,
        dweight: Vec<f32>,
        dbias: Vec<f32>,
    }

    impl Case {
        fn new([n_images, n_channels, n_pixels]: [usize; 3], relu: bool) -> Self {
            let n = n_images * n_channels * n_pixels;
            Self {
                n_pixels,
                relu,
                x: numbers(n, 1, 3.0),
                weight: numbers(n_channels, 2, 0.5),
                bias: numbers(n_channels, 3, 0.0),
                dy: numbers(n, 4, 0.5),
            }
        }

        fn norm(&self) -> BatchNorm<'_> {
            let Self { n_pixels, relu, weight, bias, .. } = self;
            BatchNorm { n_pixels: *n_pixels, weight, bias, epsilon: EPSILON, relu: *relu }
        }

        fn run(&self) -> Results {
            let [mut y, mut dx] = [vec![9.0; self.x.len()], vec![9.0; self.x.len()]];
            let [mut mean, mut variance, mut dweight, mut dbias] =
                [(); 4].map(|()| vec![9.0; self.weight.len()]);
            batch_norm_training(self.norm(), &self.x, &mut y, &mut mean, &mut variance);
            let moments = Moments { mean: &mean, variance: &variance };
            let gradients =
                BatchNormGradients { x: &mut dx, weight: &mut dweight, bias: &mut dbias };
            batch_norm_backward(self.norm(), moments, &self.x, &self.dy, gradients);
            Results { y, mean, variance, dx, dweight, dbias }
        }

        /// Where each channel's numbers lie.
        fn places(&self) -> Vec<Vec<usize>> {
            let n_channels = self.weight.len();
            let mut places = vec![vec![]; n_channels];
            for i in 0..self.x.len() {
                places[i / self.n_pixels % n_channels].push(i);
            }
            places
        }
    }

    /// y before ReLU, mean and variance.
    fn reference(case: &Case, [x, weight, bias]: &[Vec<f64>; 3]) -> [Vec<f64>; 3] {
        let mut y = vec![0.0; x.len()];
        let (mut means, mut variances) = (vec![], vec![]);
        for (channel, places) in case.places().iter().enumerate() {
            let n = places.len().max(1) as f64;
            let mean = places.iter().map(|&i| x[i]).sum::<f64>() / n;
            let variance = places.iter().map(|&i| (x[i] - mean).powi(2)).sum::<f64>() / n;
            let std = (variance + f64::from(EPSILON)).sqrt();
            for &i in places {
                y[i] = (x[i] - mean) / std * weight[channel] + bias[channel];
            }
            means.push(mean);
            variances.push(variance);
        }
        [y, means, variances]
    }

    #[test]
    fn training_equals_the_reference() {
        for (shape, relu) in SHAPES.into_iter().flat_map(|shape| [(shape, false), (shape, true)]) {
            let case = Case::new(shape, relu);
            let ours = case.run();
            let what = format!("{shape:?}, ReLU {relu}");
            let inputs: [&[f32]; 3] = [&case.x, &case.weight, &case.bias];
            let [y, mean, variance] = reference(&case, &inputs.map(exact));
            let passed: Vec<f64> = y.iter().map(|y| if relu { y.max(0.0) } else { *y }).collect();
            assert_close(&what, &ours.y, &passed);
            assert_close(&what, &ours.mean, &mean);
            assert_close(&what, &ours.variance, &variance);
            // A difference over the kink of ReLU would be no slope, so its mask is that of the result.
            let dy = case.dy.iter().zip(&ours.y);
            let dy: Vec<f64> =
                dy.map(|(dy, y)| if relu && *y <= 0.0 { 0.0 } else { f64::from(*dy) }).collect();
            assert_gradients(&what, inputs, [&ours.dx, &ours.dweight, &ours.dbias], |inputs| {
                reference(&case, inputs)[0].iter().zip(&dy).map(|(y, dy)| y * dy).sum()
            });
        }
    }

    #[test]
    fn inference_uses_the_given_moments() {
        for n_pixels in [1, 5] {
            let case = Case::new([3, 4, n_pixels], true);
            let (mean, variance) = ([1.0, 2.0, 3.0, 4.0], [0.5, 1.0, 2.0, 4.0]);
            let mut y = vec![9.0; case.x.len()];
            let moments = Moments { mean: &mean, variance: &variance };
            batch_norm(case.norm(), moments, &case.x, &mut y);
            for (channel, places) in case.places().iter().enumerate() {
                for &i in places {
                    let std = (variance[channel] + EPSILON).sqrt();
                    let normed = (case.x[i] - mean[channel]) / std;
                    let expected = (normed * case.weight[channel] + case.bias[channel]).max(0.0);
                    assert!((y[i] - expected).abs() < 1e-6 * expected.max(1.0));
                }
            }
        }
    }

    #[test]
    fn nan_shows_in_its_channel() {
        for n_pixels in [1, 5] {
            let mut case = Case::new([3, 4, n_pixels], true);
            case.x[2 * n_pixels] = f32::NAN;
            let ours = case.run();
            for (channel, places) in case.places().iter().enumerate() {
                for &i in places {
                    assert_eq!(ours.y[i].is_nan(), channel == 2);
                    assert_eq!(ours.dx[i].is_nan(), channel == 2);
                }
                assert_eq!(ours.dweight[channel].is_nan(), channel == 2);
            }
        }
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        for shape in [[900, 80, 1], [9, 150, 49]] {
            let case = Case::new(shape, true);
            assert_same_on_threads(|| {
                let Results { y, mean, variance, dx, dweight, dbias } = case.run();
                vec![y, mean, variance, dx, dweight, dbias]
            });
        }
    }
}

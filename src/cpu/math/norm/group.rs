//! Group norm over groups of channels of each picture (Wu and He 2018).

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::super::reduce::add_up;
use super::super::rows_per_chunk;
use super::{rows_per_part, sum, sums_of_pairs};

/// The parameters of a group norm over pictures of `weight.len()` channels.
#[derive(Clone, Copy, Debug)]
pub struct GroupNorm<'a> {
    /// Number of groups; divides the number of channels.
    pub n_groups: usize,
    /// Pixels of one channel.
    pub n_pixels: usize,
    /// Factor of each channel, `[n_channels]`.
    pub weight: &'a [f32],
    /// Added to each channel, `[n_channels]`.
    pub bias: &'a [f32],
    /// Added to the variance.
    pub epsilon: f32,
}

/// What the backward pass needs.
#[derive(Clone, Copy, Debug)]
pub struct GroupNormKept<'a> {
    /// What was normalised, `[n_images, n_channels, n_pixels]`.
    pub x: &'a [f32],
    /// Mean of each group, `[n_images, n_groups]`.
    pub mean: &'a [f32],
    /// 1 / standard deviation of each group, `[n_images, n_groups]`.
    pub inv_std: &'a [f32],
}

/// What the backward pass writes.
#[derive(Debug)]
pub struct GroupNormGradients<'a> {
    /// `[n_images, n_channels, n_pixels]`.
    pub x: &'a mut [f32],
    /// `[n_channels]`.
    pub weight: &'a mut [f32],
    /// `[n_channels]`.
    pub bias: &'a mut [f32],
}

/// `y = (x − mean) / √(variance + epsilon) · weight + bias` for x and y `[n_images, n_channels, n_pixels]`, with
/// mean and variance of each group of channels of each picture; writes the mean and 1 / standard deviation of each.
pub fn group_norm(
    norm: GroupNorm<'_>,
    x: &[f32],
    y: &mut [f32],
    mean: &mut [f32],
    inv_std: &mut [f32],
) {
    norm.check(x, mean, inv_std);
    assert_eq!(y.len(), x.len());
    let n_groups = rows_per_chunk(mean.len(), norm.group_size());
    let n_numbers = (n_groups * norm.group_size()).max(1);
    x.par_chunks(n_numbers)
        .zip(y.par_chunks_mut(n_numbers))
        .zip(mean.par_chunks_mut(n_groups))
        .zip(inv_std.par_chunks_mut(n_groups))
        .enumerate()
        .for_each(|(index, (((x, y), mean), inv_std))| {
            let first = index * n_groups;
            Arch::new().dispatch(Forward { norm, first, x, y, mean, inv_std });
        });
}

/// The gradients of [`group_norm`] from that of its result, `dy` `[n_images, n_channels, n_pixels]`.
pub fn group_norm_backward(
    norm: GroupNorm<'_>,
    kept: GroupNormKept<'_>,
    dy: &[f32],
    gradients: GroupNormGradients<'_>,
) {
    let GroupNormKept { x, mean, inv_std } = kept;
    let GroupNormGradients { x: dx, weight: dweight, bias: dbias } = gradients;
    norm.check(x, mean, inv_std);
    let n_channels = norm.weight.len();
    assert_eq!(dy.len(), x.len());
    assert_eq!(dx.len(), x.len());
    assert_eq!(dweight.len(), n_channels);
    assert_eq!(dbias.len(), n_channels);
    let image_size = n_channels * norm.n_pixels;
    let n_images = rows_per_part(mean.len() / norm.n_groups, image_size);
    let n_numbers = (n_images * image_size).max(1);
    let n_groups = n_images * norm.n_groups;
    let (dweights, dbiases): (Vec<_>, Vec<_>) = x
        .par_chunks(n_numbers)
        .zip(dy.par_chunks(n_numbers))
        .zip(dx.par_chunks_mut(n_numbers))
        .zip(mean.par_chunks(n_groups))
        .zip(inv_std.par_chunks(n_groups))
        .map(|((((x, dy), dx), mean), inv_std)| {
            let kept = GroupNormKept { x, mean, inv_std };
            let (mut dweight, mut dbias) = (vec![0.0; n_channels], vec![0.0; n_channels]);
            let gradients = GroupNormGradients { x: dx, weight: &mut dweight, bias: &mut dbias };
            Arch::new().dispatch(Backward { norm, kept, dy, gradients });
            (dweight, dbias)
        })
        .unzip();
    add_up(dweights.iter().map(Vec::as_slice), dweight);
    add_up(dbiases.iter().map(Vec::as_slice), dbias);
}

impl GroupNorm<'_> {
    fn group_channels(self) -> usize {
        self.weight.len() / self.n_groups
    }

    fn group_size(self) -> usize {
        self.group_channels() * self.n_pixels
    }

    fn check(self, x: &[f32], mean: &[f32], inv_std: &[f32]) {
        assert!(self.n_groups > 0 && self.weight.len().is_multiple_of(self.n_groups));
        assert_eq!(self.bias.len(), self.weight.len());
        assert!(mean.len().is_multiple_of(self.n_groups));
        assert_eq!(inv_std.len(), mean.len());
        assert_eq!(x.len(), mean.len() * self.group_size());
    }
}

struct Forward<'a> {
    norm: GroupNorm<'a>,
    /// Number of the first group of these, counted over all pictures.
    first: usize,
    x: &'a [f32],
    y: &'a mut [f32],
    mean: &'a mut [f32],
    inv_std: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let GroupNorm { n_groups, n_pixels, weight, bias, epsilon } = self.norm;
        let n_channels = self.norm.group_channels();
        let group_size = self.norm.group_size().max(1);
        let share = 1.0 / group_size as f32;
        let groups = self.x.chunks_exact(group_size).zip(self.y.chunks_exact_mut(group_size));
        let moments = self.mean.iter_mut().zip(self.inv_std);
        for (index, ((x, y), (mean, inv_std))) in groups.zip(moments).enumerate() {
            let m = sum(simd, x, |x| x) * share;
            let middle = simd.splat_f32s(m);
            let square = sum(simd, x, |x| {
                let distance = simd.sub_f32s(x, middle);
                simd.mul_f32s(distance, distance)
            });
            let s = 1.0 / (square * share + epsilon).sqrt();
            *mean = m;
            *inv_std = s;
            let channels = (self.first + index) % n_groups * n_channels;
            let planes = x.chunks_exact(n_pixels).zip(y.chunks_exact_mut(n_pixels));
            for ((x, y), (weight, bias)) in
                planes.zip(weight[channels..].iter().zip(&bias[channels..]))
            {
                let scale = s * weight;
                for (x, y) in x.iter().zip(y) {
                    *y = (x - m) * scale + bias;
                }
            }
        }
    }
}

struct Backward<'a> {
    norm: GroupNorm<'a>,
    kept: GroupNormKept<'a>,
    dy: &'a [f32],
    /// Those of weight and bias are added to.
    gradients: GroupNormGradients<'a>,
}

impl WithSimd for Backward<'_> {
    type Output = ();

    // The formula of layer norm with g = dy · weight of the channel.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let GroupNorm { n_groups, n_pixels, weight, .. } = self.norm;
        let GroupNormKept { x, mean, inv_std } = self.kept;
        let GroupNormGradients { x: dx, weight: dweight, bias: dbias } = self.gradients;
        let n_channels = self.norm.group_channels();
        let group_size = self.norm.group_size().max(1);
        let share = 1.0 / group_size as f32;
        let groups = x.chunks_exact(group_size).zip(self.dy.chunks_exact(group_size));
        let groups = groups.zip(dx.chunks_exact_mut(group_size)).zip(mean.iter().zip(inv_std));
        for (index, (((x, dy), dx), (m, s))) in groups.enumerate() {
            let (m, s) = (*m, *s);
            let middle = simd.splat_f32s(m);
            let channels = index % n_groups * n_channels..;
            let weight = &weight[channels.clone()];
            let sums = dweight[channels.clone()].iter_mut().zip(&mut dbias[channels]);
            let (mut sum, mut product) = (0.0, 0.0);
            let planes = x.chunks_exact(n_pixels).zip(dy.chunks_exact(n_pixels));
            for ((x, dy), (weight, (dweight, dbias))) in planes.zip(weight.iter().zip(sums)) {
                let [sum_dy, product_dy] = sums_of_pairs(simd, dy, x, |dy, x| {
                    [dy, simd.mul_f32s(dy, simd.sub_f32s(x, middle))]
                });
                *dweight += product_dy * s;
                *dbias += sum_dy;
                sum += sum_dy * weight;
                product += product_dy * weight;
            }
            let slope = -product * share * s * s * s;
            let shift = -sum * share * s;
            let planes = x.chunks_exact(n_pixels).zip(dy.chunks_exact(n_pixels));
            for (((x, dy), dx), weight) in planes.zip(dx.chunks_exact_mut(n_pixels)).zip(weight) {
                let scale = weight * s;
                for ((x, dy), dx) in x.iter().zip(dy).zip(dx) {
                    *dx = dy * scale + (slope * (x - m) + shift);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{
        assert_close, assert_gradients, assert_same_on_threads, exact, numbers,
    };
    use super::*;

    const EPSILON: f32 = 1e-2;

    /// The sizes of a case; its numbers follow from them.
    #[derive(Clone, Copy, Debug)]
    struct Case {
        n_images: usize,
        n_groups: usize,
        group_channels: usize,
        n_pixels: usize,
    }

    impl Case {
        fn new([n_images, n_groups, group_channels, n_pixels]: [usize; 4]) -> Self {
            Self { n_images, n_groups, group_channels, n_pixels }
        }

        /// x, weight, bias and dy.
        fn inputs(self) -> [Vec<f32>; 4] {
            let n_channels = self.n_groups * self.group_channels;
            let n = self.n_images * n_channels * self.n_pixels;
            [
                numbers(n, 1, 3.0),
                numbers(n_channels, 2, 1.0),
                numbers(n_channels, 3, 0.0),
                numbers(n, 4, 0.5),
            ]
        }

        /// y, dx, dweight and dbias.
        fn run(self, [x, weight, bias, dy]: &[Vec<f32>; 4]) -> [Vec<f32>; 4] {
            let Self { n_images, n_groups, n_pixels, .. } = self;
            let norm = GroupNorm { n_groups, n_pixels, weight, bias, epsilon: EPSILON };
            let [mut y, mut dx] = [vec![9.0; x.len()], vec![9.0; x.len()]];
            let mut mean = vec![9.0; n_images * n_groups];
            let mut inv_std = mean.clone();
            group_norm(norm, x, &mut y, &mut mean, &mut inv_std);
            let (mut dweight, mut dbias) = (weight.clone(), bias.clone());
            let gradients =
                GroupNormGradients { x: &mut dx, weight: &mut dweight, bias: &mut dbias };
            let kept = GroupNormKept { x, mean: &mean, inv_std: &inv_std };
            group_norm_backward(norm, kept, dy, gradients);
            [y, dx, dweight, dbias]
        }

        fn reference(self, x: &[f64], weight: &[f64], bias: &[f64]) -> Vec<f64> {
            let group_size = self.group_channels * self.n_pixels;
            let mut y = Vec::new();
            for (index, x) in x.chunks(group_size).enumerate() {
                let mean = x.iter().sum::<f64>() / group_size as f64;
                let variance =
                    x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / group_size as f64;
                let std = (variance + f64::from(EPSILON)).sqrt();
                for (i, x) in x.iter().enumerate() {
                    let channel = index % self.n_groups * self.group_channels + i / self.n_pixels;
                    y.push((x - mean) / std * weight[channel] + bias[channel]);
                }
            }
            y
        }
    }

    #[test]
    fn both_ways_equal_the_reference() {
        for sizes in [
            [0, 2, 3, 4],
            [1, 1, 1, 1],
            [2, 1, 3, 5],
            [3, 4, 1, 9],
            [2, 3, 2, 37],
            [9, 2, 4, 16],
            [1, 2, 3, 2000],
            [11, 4, 2, 900],
        ] {
            let case = Case::new(sizes);
            let inputs = case.inputs();
            let [y, dx, dweight, dbias] = case.run(&inputs);
            let [x, weight, bias, dy] = &inputs;
            let what = format!("{case:?}");
            assert_close(&what, &y, &case.reference(&exact(x), &exact(weight), &exact(bias)));
            let gradients: [&[f32]; 3] = [&dx, &dweight, &dbias];
            assert_gradients(&what, [x, weight, bias], gradients, |[x, weight, bias]| {
                let y = case.reference(x, weight, bias);
                y.iter().zip(dy).map(|(y, dy)| y * f64::from(*dy)).sum()
            });
        }
    }

    #[test]
    fn nan_shows_in_its_group() {
        let case = Case::new([1, 3, 1, 2]);
        let mut inputs = case.inputs();
        inputs[0][2] = f32::NAN;
        let [y, dx, ..] = case.run(&inputs);
        for numbers in [y, dx] {
            let is_nan: Vec<bool> = numbers.iter().map(|x| x.is_nan()).collect();
            assert_eq!(is_nan, [false, false, true, true, false, false]);
        }
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let case = Case::new([11, 4, 2, 900]);
        let inputs = case.inputs();
        assert_same_on_threads(|| case.run(&inputs).into());
    }
}

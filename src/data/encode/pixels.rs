//! Pictures on their way into a batch: bytes become numbers, and training pictures change a little at random.

use pg_base::Rng;

use crate::schema::Augment;

/// How the bytes of a picture become numbers.
#[derive(Clone, Debug)]
pub(super) struct PixelForm {
    height: usize,
    width: usize,
    channels: usize,
    /// The number of each byte, per channel.
    scales: Vec<[f32; 256]>,
    augment: Augment,
}

/// Where a pixel of the result is taken from: `matrix` times its offset from the centre, plus `shift`.
struct Placement {
    matrix: [f32; 4],
    shift: [f32; 2],
}

impl PixelForm {
    /// `size` is height, width and channels; `mean` and `std` hold one number per channel.
    pub(super) fn new(
        [height, width, channels]: [usize; 3],
        mean: &[f32],
        std: &[f32],
        augment: Augment,
    ) -> Self {
        let scale_of = |channel: usize| {
            let mean = mean.get(channel).copied().unwrap_or(0.0);
            let std = std.get(channel).copied().filter(|std| *std != 0.0).unwrap_or(1.0);
            std::array::from_fn(|byte| (byte as f32 / 255.0 - mean) / std)
        };
        Self { height, width, channels, scales: (0..channels).map(scale_of).collect(), augment }
    }

    /// Bytes of a picture, and numbers of it in a batch.
    pub(super) fn n_bytes(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Channels, height, width.
    pub(super) fn shape(&self) -> [usize; 3] {
        [self.channels, self.height, self.width]
    }

    /// Channels-last bytes to channels-first numbers; random changes depend on the seed and the row alone.
    pub(super) fn write(
        &self,
        picture: &[u8],
        row: usize,
        augment_seed: Option<u64>,
        out: &mut [f32],
    ) {
        let Some(seed) = augment_seed.filter(|_| self.augment != Augment::default()) else {
            return self.write_plain(picture, (false, false), out);
        };
        let mut rng = Rng::new(seed ^ (row as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15), "flip");
        let Augment { flips_horizontally, flips_vertically, max_shift, max_turn, max_zoom } =
            self.augment;
        let flips = (flips_horizontally && rng.unit() < 0.5, flips_vertically && rng.unit() < 0.5);
        if max_shift == 0.0 && max_turn == 0.0 && max_zoom == 0.0 {
            return self.write_plain(picture, flips, out);
        }
        let mut within = |limit: f32| rng.uniform(f64::from(-limit), f64::from(limit)) as f32;
        let (sin, cos) = within(max_turn).to_radians().sin_cos();
        let zoom = 1.0 / (1.0 + within(max_zoom)).max(0.1);
        let sign = |flips: bool| if flips { -zoom } else { zoom };
        let (x, y) = (sign(flips.0), sign(flips.1));
        let shift = [within(max_shift) * self.height as f32, within(max_shift) * self.width as f32];
        self.write_placed(
            picture,
            &Placement { matrix: [cos * y, -sin * x, sin * y, cos * x], shift },
            out,
        );
    }

    fn write_plain(&self, picture: &[u8], (horizontal, vertical): (bool, bool), out: &mut [f32]) {
        let (width, channels) = (self.width, self.channels);
        for ((channel, scale), plane) in
            self.scales.iter().enumerate().zip(out.chunks_exact_mut(self.height * width))
        {
            for (y, line) in plane.chunks_exact_mut(width).enumerate() {
                let y = if vertical { self.height - 1 - y } else { y };
                let source = picture.get(y * width * channels..).unwrap_or_default();
                let bytes = source.iter().skip(channel).step_by(channels).take(width);
                let number = |byte: &u8| scale[usize::from(*byte)];
                if horizontal {
                    line.iter_mut().rev().zip(bytes).for_each(|(out, byte)| *out = number(byte));
                } else {
                    line.iter_mut().zip(bytes).for_each(|(out, byte)| *out = number(byte));
                }
            }
        }
    }

    /// Every pixel is mixed from the four around the place it comes from; beyond the edge the edge goes on.
    fn write_placed(&self, picture: &[u8], placement: &Placement, out: &mut [f32]) {
        let (height, width) = (self.height, self.width);
        let centre = [(height as f32 - 1.0) / 2.0, (width as f32 - 1.0) / 2.0];
        let [a, b, c, d] = placement.matrix;
        for (index, at) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))).enumerate() {
            let (dy, dx) = (at.0 as f32 - centre[0], at.1 as f32 - centre[1]);
            let y =
                (a * dy + b * dx + centre[0] + placement.shift[0]).clamp(0.0, height as f32 - 1.0);
            let x =
                (c * dy + d * dx + centre[1] + placement.shift[1]).clamp(0.0, width as f32 - 1.0);
            let (top, left) = (y as usize, x as usize);
            let (bottom, right) = ((top + 1).min(height - 1), (left + 1).min(width - 1));
            let (down, along) = (y - top as f32, x - left as f32);
            for (channel, scale) in self.scales.iter().enumerate() {
                let number = |y: usize, x: usize| {
                    let byte = picture
                        .get((y * width + x) * self.channels + channel)
                        .copied()
                        .unwrap_or(0);
                    scale[usize::from(byte)]
                };
                let upper = number(top, left) * (1.0 - along) + number(top, right) * along;
                let lower = number(bottom, left) * (1.0 - along) + number(bottom, right) * along;
                if let Some(slot) = out.get_mut(channel * height * width + index) {
                    *slot = upper * (1.0 - down) + lower * down;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(augment: Augment, expected: impl Fn(&[f32], &[f32]) -> bool) {
        let form = PixelForm::new([9, 9, 1], &[0.0], &[1.0], augment);
        let mut picture = [0_u8; 81];
        picture[4 * 9 + 4] = 255;
        let (mut plain, mut moved) = ([0.0; 81], [0.0; 81]);
        form.write(&picture, 3, None, &mut plain);
        form.write(&picture, 3, Some(7), &mut moved);
        assert!(expected(&plain, &moved), "{augment:?}: {moved:?}");
    }

    #[test]
    fn the_centre_stays_when_turned_and_light_is_kept_when_shifted() {
        check(Augment { max_turn: 90.0, ..Augment::default() }, |plain, moved| {
            (plain[40] - moved[40]).abs() < 1e-4
        });
        check(Augment { max_shift: 0.2, ..Augment::default() }, |plain, moved| {
            let light = |picture: &[f32]| picture.iter().sum::<f32>();
            (light(plain) - light(moved)).abs() < 1e-3 && plain != moved
        });
    }
}

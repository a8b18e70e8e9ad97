//! Arithmetic of windows that slide over pictures and sequences: output sizes and padding.

use pg_base::{Trouble, say};

/// A window along one side of a picture, or along a sequence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// Positions under the window.
    pub(super) kernel: usize,
    /// Steps between windows.
    pub(super) stride: usize,
    /// Distance of neighbouring positions under the window.
    pub(super) dilation: usize,
}

impl Window {
    /// Number of windows along `length` positions with padding, or the trouble that not even one fits.
    pub(super) fn n_positions(self, length: usize, padding: [usize; 2]) -> Result<usize, Trouble> {
        let reach = self.reach();
        let padded = length + padding[0] + padding[1];
        if padded >= reach {
            return Ok((padded - reach) / self.stride.max(1) + 1);
        }
        Err(Trouble::new(
            "window-too-large",
            say!(
                "the window covers {reach} positions, the input has {padded} (padding included)",
                "窗口覆盖 {reach} 个位置，而输入只有 {padded} 个（含填充）"
            ),
        )
        .expected(say!("a window no larger than the input", "窗口不大于输入"))
        .advice(say!(
            "Use a smaller window, padding “same”, fewer pooling layers before it, or larger pictures or sequences.",
            "请减小窗口、使用“same”填充、减少之前的池化层，或使用更大的图片或更长的序列。"
        )))
    }

    /// Padding before and after `length` positions such that there are `length / stride` windows, rounded up; an odd
    /// one goes to the end (TensorFlow's and PyTorch's `same`, ONNX's `SAME_UPPER`).
    pub(super) fn same_padding(self, length: usize) -> [usize; 2] {
        let n_positions = length.div_ceil(self.stride.max(1));
        let needed = n_positions.saturating_sub(1) * self.stride + self.reach();
        let total = needed.saturating_sub(length);
        [total / 2, total - total / 2]
    }

    /// As many windows, each of which ends at the position where its step begins.
    pub(super) fn causal_padding(self) -> [usize; 2] {
        [self.reach() - 1, 0]
    }

    fn reach(self) -> usize {
        self.dilation * self.kernel.saturating_sub(1) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_padding_keeps_the_length_over_the_stride() {
        for length in 1..20 {
            for kernel in 1..6 {
                for stride in 1..4 {
                    for dilation in 1..3 {
                        let window = Window { kernel, stride, dilation };
                        let padding = window.same_padding(length);
                        assert!(padding[1] <= padding[0] + 1 && padding[1] >= padding[0]);
                        assert_eq!(
                            window.n_positions(length, padding),
                            Ok(length.div_ceil(stride))
                        );
                        let causal = window.n_positions(length, window.causal_padding());
                        assert_eq!(causal, Ok(length.div_ceil(stride)));
                    }
                }
            }
        }
    }

    #[test]
    fn a_window_that_does_not_fit_is_named() {
        let window = Window { kernel: 5, stride: 1, dilation: 1 };
        assert_eq!(window.n_positions(5, [0, 0]), Ok(1));
        assert_eq!(window.n_positions(4, [0, 0]).expect_err("too large").code, "window-too-large");
    }
}

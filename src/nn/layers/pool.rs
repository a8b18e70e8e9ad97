//! What maximum and average pooling share: parameters, sizes and the ONNX window.

use pg_base::{Param, ParamValues, Trouble, say, t};

use super::shapes;
use super::window::Window;
use crate::kernels::Pooling;
use crate::spec::{Cost, Signal};

/// Side of the window.
pub(crate) const KERNEL: Param<i64> = Param::int("kernel", t("Window", "窗口大小"), 2, 1, 31)
    .help(t("Side of the square that becomes one pixel.", "合并为一个像素的正方形的边长。"))
    .unit(t("pixels", "像素"));

/// Step of the window.
pub(crate) const STRIDE: Param<i64> = Param::int("stride", t("Stride", "步幅"), 2, 1, 31)
    .help(t(
        "Pixels between two windows; usually the same as the window.",
        "相邻窗口的间距，通常与窗口大小相同。",
    ))
    .unit(t("pixels", "像素"));

/// Border on each side.
pub(crate) const PADDING: Param<i64> = Param::int("padding", t("Padding", "填充"), 0, 0, 15)
    .help(t(
        "Border on each of the four sides; at most half of the window.",
        "四边各补的边框，不超过窗口的一半。",
    ))
    .unit(t("pixels", "像素"));

/// Window, stride and padding, the same for height and width.
pub(super) fn window(params: &ParamValues) -> Pooling {
    Pooling {
        kernel: [shapes::size(&KERNEL, params); 2],
        stride: [shapes::size(&STRIDE, params); 2],
        padding: [shapes::size(&PADDING, params); 2],
        dilation: [1, 1],
    }
}

/// All beginnings, then all ends, as ONNX wants them.
pub(super) fn pads(window: Pooling) -> [usize; 4] {
    let [height, width] = window.padding;
    [height, width, height, width]
}

/// The smaller picture.
pub(super) fn signal(params: &ParamValues, inputs: &[Signal]) -> Result<Signal, Trouble> {
    let [n_channels, height, width] = shapes::picture(inputs)?;
    let Pooling { kernel: [kernel, _], stride: [stride, _], padding: [padding, _], .. } =
        window(params);
    if 2 * padding > kernel {
        return Err(Trouble::new(
            "pool-padding",
            say!(
                "a padding of {padding} for a window of {kernel}",
                "窗口为 {kernel}，填充为 {padding}"
            ),
        )
        .expected(say!("at most half of the window", "不超过窗口的一半"))
        .param(PADDING.spec.id));
    }
    let window = Window { kernel, stride, dilation: 1 };
    let height = window.n_positions(height, [padding; 2])?;
    let width = window.n_positions(width, [padding; 2])?;
    Ok(Signal::numbers([n_channels, height, width]))
}

/// Nothing is learnt; the sums or comparisons of the windows count as multiply-adds.
pub(super) fn cost(params: &ParamValues, _: &[Signal], output: &Signal) -> Cost {
    let area = (shapes::size(&KERNEL, params) as u64).pow(2);
    Cost {
        n_params: 0,
        n_macs: output.n_elements().saturating_mul(area),
        n_kept: 2 * output.n_elements(),
    }
}

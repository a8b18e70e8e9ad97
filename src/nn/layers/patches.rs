//! Patches: cuts a picture into squares and reads them as a sequence.

use burn::module::Module;
use burn::tensor::backend::Backend;
use pg_base::{NodeText, Param, ParamValues, Trouble, say, t};

use super::{Init, LayerModule, shapes};
use crate::kernels::Kernels;
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{self, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "patches",
    version: 1,
    text: NodeText {
        title: t("Patches", "图块"),
        summary: t(
            "Cuts a picture into squares and reads them as a sequence.",
            "把图片切成方块，并作为序列读取。",
        ),
        help: t(
            "The first step of a vision transformer (ViT): Patches, Dense to the width, Class token, Positions, transformer blocks, Sequence pooling. The side of the picture must be a multiple of that of the squares; 4 suits pictures of 32 pixels, 16 those of 224.",
            "视觉 Transformer（ViT）的第一步：图块、用全连接层变为所需宽度、分类词元、位置编码、Transformer 模块、序列池化。图片边长须为方块边长的倍数；32 像素的图片宜取 4，224 像素的宜取 16。",
        ),
        keywords: &[
            "ViT",
            "vision transformer",
            "patch embedding",
            "PatchEmbed",
            "视觉变换器",
            "分块",
        ],
    },
    params: &[SIDE.spec],
    arity: Arity::One,
    signal,
    cost: |_, _, output| Cost { n_params: 0, n_macs: 0, n_kept: output.n_elements() },
    lower,
};

/// Side of a square.
pub const SIDE: Param<i64> = Param::int("side", t("Side", "边长"), 4, 1, 512)
    .help(t("Side of a square.", "方块的边长。"))
    .unit(t("pixels", "像素"));

/// How a picture is cut.
#[derive(Module, Clone, Debug)]
pub struct Patches {
    side: usize,
}

impl<B: Backend> LayerModule<B> for Patches {
    fn build(params: &ParamValues, _: &[Signal], _: &Init<'_, B>) -> Result<Self, Trouble> {
        Ok(Self { side: shapes::size(&SIDE, params) })
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        let x = value::only(inputs)?.rank4()?;
        let [n_rows, n_channels, height, width] = x.dims();
        let (side, down, across) = (self.side, height / self.side, width / self.side);
        let cut = x.reshape([n_rows, n_channels, down, side, across, side]);
        let turned = cut.permute([0, 2, 4, 1, 3, 5]);
        Ok(turned.reshape([n_rows, down * across, n_channels * side * side]).into())
    }
}

fn signal(params: &ParamValues, inputs: &[Signal]) -> Result<Signal, Trouble> {
    let [n_channels, height, width] = shapes::picture(inputs)?;
    let side = shapes::size(&SIDE, params);
    if height.is_multiple_of(side) && width.is_multiple_of(side) {
        let n_patches = (height / side) * (width / side);
        return Ok(Signal::numbers([n_patches, n_channels * side * side]));
    }
    Err(Trouble::new(
        "patches-side",
        say!(
            "a picture of {height} × {width} in squares of {side}",
            "{height} × {width} 的图片，方块边长为 {side}"
        ),
    )
    .expected(say!("sides that the squares divide evenly", "能被方块边长整除的边长"))
    .param(SIDE.spec.id))
}

fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, _) = cx.only()?;
    let [n_channels, height, width] = shapes::picture(cx.signals)?;
    let side = shapes::size(&SIDE, cx.params);
    let (down, across) = (height / side, width / side);
    let cut = [0, n_channels, down, side, across, side].map(|size| size as i64);
    let cut = cx.graph.reshape(input.value, &cut);
    let turned = cx.graph.transpose(cut, &[0, 2, 4, 1, 3, 5]);
    let flat = [0, down * across, n_channels * side * side].map(|size| size as i64);
    Ok(cx.graph.reshape(turned, &flat).into())
}

#[cfg(test)]
mod tests {
    use burn::tensor::Tensor;
    use burn_flex::{Flex, FlexDevice};

    use super::*;
    use crate::kernels::BurnKernels;

    #[test]
    fn squares_are_read_row_by_row_with_all_their_channels() {
        let numbers: Vec<f32> = (0..16).map(|number| number as f32).collect();
        let x = Tensor::<Flex, 1>::from_floats(&numbers[..], &FlexDevice).reshape([1, 2, 2, 4]);
        let cut = Patches { side: 2 }.forward::<BurnKernels>(vec![Value::from(x)]);
        let cut = cut.and_then(Value::rank3).expect("fits");
        assert_eq!(cut.dims(), [1, 2, 8]);
        assert_eq!(
            cut.into_data().to_vec::<f32>().expect("floats"),
            [0., 1., 4., 5., 8., 9., 12., 13., 2., 3., 6., 7., 10., 11., 14., 15.]
        );
    }
}

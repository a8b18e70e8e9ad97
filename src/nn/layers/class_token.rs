//! Class token: a learnt first position that gathers what a transformer finds.

use burn::module::{Module, Param as Weight};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use pg_base::{NodeText, ParamValues, Trouble, t};

use super::{Init, LayerModule, shapes};
use crate::kernels::Kernels;
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{self, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "class_token",
    version: 1,
    text: NodeText {
        title: t("Class token", "分类词元"),
        summary: t(
            "Adds a learnt position in front that gathers what is found.",
            "在最前面加入一个可学习的位置，用来汇集信息。",
        ),
        help: t(
            "Put it before transformer blocks and choose “First token” in Sequence pooling after them, as BERT, ViT and \
             FT-Transformer do.",
            "放在 Transformer 模块之前，并在其后的序列池化中选择“首个词元”，如 BERT、ViT 和 FT-Transformer 所做的那样。",
        ),
        keywords: &["cls", "[CLS]", "class token", "BERT", "ViT", "分类标记"],
    },
    params: &[],
    arity: Arity::One,
    signal,
    cost: |_, inputs, output| Cost {
        n_params: shapes::sequence(inputs).map_or(0, |[_, width]| width as u64),
        n_macs: 0,
        n_kept: output.n_elements(),
    },
    lower,
};

/// The token.
#[derive(Module, Debug)]
pub struct ClassToken<B: Backend> {
    weight: Weight<Tensor<B, 1>>,
}

impl<B: Backend> LayerModule<B> for ClassToken<B> {
    fn build(_: &ParamValues, inputs: &[Signal], init: &Init<'_, B>) -> Result<Self, Trouble> {
        let [_, width] = shapes::sequence(inputs)?;
        Ok(Self { weight: init.uniform("weight", [width], 1.0 / (width as f64).sqrt()) })
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        let value = value::only(inputs)?;
        let padding = value.padding.clone();
        let x = value.rank3()?;
        let [n_rows, _, width] = x.dims();
        let token = self.weight.val().unsqueeze::<3>().expand([n_rows, 1, width]);
        // Position 0 of a mask is never padding, so that it can stand for the new one.
        let padding = padding.map(|padding| {
            let first = padding.clone().narrow(1, 0, 1);
            Tensor::cat(vec![first, padding], 1)
        });
        Ok(Value::from(Tensor::cat(vec![token, x], 1)).with_padding(padding))
    }
}

fn signal(_: &ParamValues, inputs: &[Signal]) -> Result<Signal, Trouble> {
    let [length, width] = shapes::sequence(inputs)?;
    Ok(Signal::numbers([length + 1, width]))
}

fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, _) = cx.only()?;
    let [_, width] = shapes::sequence(cx.signals)?;
    let weight = cx.weight("weight", &[width])?;
    let hint = cx.name("weight");
    let weight = cx.graph.constant_f32(&hint, &[1, 1, width], weight);
    // One row per row: a slice of the input times zero has the right number of them.
    let first = cx.graph.slice(input.value, 1, 0, 1);
    let zero = cx.graph.scalar("zero", 0.0);
    let zeros = cx.graph.node("Mul", &[first, zero], &[]);
    let token = cx.graph.node("Add", &[zeros, weight], &[]);
    let value = cx.graph.concat(&[token, input.value], 1);
    let padding = input.padding.map(|padding| {
        let first = cx.graph.slice(padding, 1, 0, 1);
        cx.graph.concat(&[first, padding], 1)
    });
    Ok(Lowered { value, padding })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::BurnKernels;
    use crate::layers::golden::{AD, init};
    use burn_flex::FlexDevice;
    use pg_base::Array;

    #[test]
    fn the_token_stands_first_and_the_rest_stays() {
        let inputs = [Signal::numbers([2, 3])];
        let layer = ClassToken::<AD>::build(&ParamValues::new(), &inputs, &init()).expect("fits");
        let numbers: Vec<f32> = (0..12).map(|number| number as f32).collect();
        let x = Value::from_array(&Array::f32([2, 2, 3], numbers.clone()), &FlexDevice);
        let y = LayerModule::forward::<BurnKernels>(&layer, vec![x.expect("numbers")]);
        let y = y.and_then(Value::rank3).expect("a sequence");
        assert_eq!(y.dims(), [2, 3, 3]);
        let y = y.into_data().to_vec::<f32>().expect("numbers");
        assert_eq!((&y[3..9], &y[12..]), (&numbers[..6], &numbers[6..]));
        assert_eq!(y[..3], y[9..12]);
    }
}

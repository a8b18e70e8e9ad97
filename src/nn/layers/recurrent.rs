//! Recurrent layer: reads a sequence step by step and remembers (LSTM, GRU or a plain one).

use burn::module::{Module, Param as Weight};
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Tensor};
use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_onnx::{Attr, ElemType};

use super::{Init, LayerModule, shapes};
use crate::kernels::{Cell, Kernels, Recurrence};
use crate::lower::{Lowered, Lowering};
use crate::spec::{Arity, Cost, LayerSpec, Signal};
use crate::value::{self, Value};

/// The record.
pub static SPEC: LayerSpec = LayerSpec {
    id: "recurrent",
    version: 1,
    text: NodeText {
        title: t("Recurrent", "循环层"),
        summary: t(
            "Reads a sequence step by step and remembers what came before.",
            "逐步读取序列，并记住之前的内容。",
        ),
        help: t(
            "For texts, sounds and measurements over time. LSTM remembers longest, GRU is a little quicker and often as good. Reading in both directions helps whenever the whole sequence is known before the answer. Take the last state before Dense and Output; take all positions to stack a second recurrent layer.",
            "适用于文本、声音和随时间变化的测量值。LSTM 记忆最久，GRU 稍快且往往同样有效。只要在给出答案前能看到整个序列，双向读取都有帮助。后接全连接层和输出层时取最后状态；要再叠一个循环层时取所有位置。",
        ),
        keywords: &[
            "LSTM",
            "GRU",
            "RNN",
            "recurrent",
            "sequence",
            "time series",
            "bidirectional",
            "循环神经网络",
            "长短期记忆",
            "门控",
            "时间序列",
        ],
    },
    params: &[CELL.spec, UNITS.spec, BOTH_WAYS.spec, RESULT.spec],
    arity: Arity::One,
    signal,
    cost,
    lower,
};

/// What happens at each step.
pub const CELL: Param<String> = Param::choice(
    "cell",
    t("Kind", "类型"),
    "lstm",
    &[
        Choice { id: "lstm", label: t("LSTM", "LSTM") },
        Choice { id: "gru", label: t("GRU", "GRU") },
        Choice { id: "rnn", label: t("Plain (tanh)", "普通（tanh）") },
    ],
)
.help(t(
    "LSTM and GRU have gates that keep what matters over many steps; the plain kind forgets within a few.",
    "LSTM 和 GRU 带有门控，可在许多步内保留重要内容；普通循环层几步之内就会遗忘。",
));

/// Numbers remembered.
pub const UNITS: Param<i64> = Param::int("units", t("Units", "单元数"), 64, 1, 4096)
    .help(t("How many numbers are remembered from step to step.", "每一步记住多少个数字。"));

/// Whether a second layer reads from the end.
pub const BOTH_WAYS: Param<bool> = Param::flag("both_ways", t("Both directions", "双向"), false)
    .help(t(
        "A second layer reads the sequence from its end; what both remember stands side by side.",
        "再用一层从末尾读取序列，并将两者的结果并排放置。",
    ));

/// What leaves the layer.
pub const RESULT: Param<String> = Param::choice(
    "result",
    t("Take", "取"),
    "last",
    &[
        Choice { id: "last", label: t("Last state", "最后状态") },
        Choice { id: "all", label: t("All positions", "所有位置") },
    ],
)
.help(t(
    "What is remembered after the whole sequence, or after every position.",
    "取读完整个序列后的记忆，或每个位置之后的记忆。",
));

/// One or two directions.
#[derive(Module, Debug)]
pub struct Recurrent<B: Backend> {
    onward: Direction<B>,
    back: Option<Direction<B>>,
    #[module(skip)]
    cell: Cell,
    takes_last: bool,
}

/// The weights of one direction, the gates side by side.
#[derive(Module, Debug)]
pub struct Direction<B: Backend> {
    input: Weight<Tensor<B, 2>>,
    hidden: Weight<Tensor<B, 2>>,
    input_bias: Weight<Tensor<B, 1>>,
    hidden_bias: Weight<Tensor<B, 1>>,
}

impl<B: Backend> LayerModule<B> for Recurrent<B> {
    fn build(params: &ParamValues, inputs: &[Signal], init: &Init<'_, B>) -> Result<Self, Trouble> {
        let [_, n_in] = shapes::sequence(inputs)?;
        let (cell, n_hidden) = (cell_of(params)?, shapes::size(&UNITS, params));
        let direction = |name: &str| Direction::new(name, cell, [n_in, n_hidden], init);
        Ok(Self {
            onward: direction("onward"),
            back: BOTH_WAYS.of(params).then(|| direction("back")),
            cell,
            takes_last: RESULT.of(params) != "all",
        })
    }

    fn forward<K: Kernels<B>>(&self, inputs: Vec<Value<B>>) -> Result<Value<B>, Trouble> {
        let value = value::only(inputs)?;
        let padding = value.padding.clone();
        let x = value.rank3()?;
        let run = |direction: &Direction<B>, is_reversed| {
            let layer = direction.recurrence(self.cell, padding.clone(), is_reversed);
            K::recurrent(x.clone(), &layer)
        };
        let onward = run(&self.onward, false);
        let back = self.back.as_ref().map(|direction| run(direction, true));
        if !self.takes_last {
            let all = std::iter::once(onward).chain(back).collect();
            return Ok(Value::from(Tensor::cat(all, 2)).with_padding(padding));
        }
        let onward = last_state(onward, padding);
        let [n_rows, n_hidden] = onward.dims();
        // From its end a sequence is read last at its first position, which never is padding.
        let back = back.map(|back| back.narrow(1, 0, 1).reshape([n_rows, n_hidden]));
        Ok(Tensor::cat(std::iter::once(onward).chain(back).collect(), 1).into())
    }
}

impl<B: Backend> Direction<B> {
    /// All uniform in ±1/√hidden, PyTorch's default.
    fn new(name: &str, cell: Cell, [n_in, n_hidden]: [usize; 2], init: &Init<'_, B>) -> Self {
        let bound = 1.0 / (n_hidden as f64).sqrt();
        let n_wide = cell.n_gates() * n_hidden;
        Self {
            input: init.uniform(&format!("{name}.input"), [n_in, n_wide], bound),
            hidden: init.uniform(&format!("{name}.hidden"), [n_hidden, n_wide], bound),
            input_bias: init.uniform(&format!("{name}.input_bias"), [n_wide], bound),
            hidden_bias: init.uniform(&format!("{name}.hidden_bias"), [n_wide], bound),
        }
    }

    fn recurrence(
        &self,
        cell: Cell,
        padding: Option<Tensor<B, 2, Bool>>,
        is_reversed: bool,
    ) -> Recurrence<B> {
        Recurrence {
            cell,
            input: self.input.val(),
            hidden: self.hidden.val(),
            input_bias: self.input_bias.val(),
            hidden_bias: self.hidden_bias.val(),
            padding,
            is_reversed,
        }
    }
}

/// `[rows, length, hidden]` at the last position of each row that is no padding; padding stands at the end.
fn last_state<B: Backend>(y: Tensor<B, 3>, padding: Option<Tensor<B, 2, Bool>>) -> Tensor<B, 2> {
    let [n_rows, length, n_hidden] = y.dims();
    let Some(padding) = padding else {
        return y.narrow(1, length - 1, 1).reshape([n_rows, n_hidden]);
    };
    let is_there = padding.bool_not().float();
    let is_followed = Tensor::cat(
        vec![
            is_there.clone().narrow(1, 1, length - 1),
            Tensor::zeros([n_rows, 1], &is_there.device()),
        ],
        1,
    );
    let is_last = is_there.sub(is_followed).unsqueeze_dim::<3>(2);
    y.mul(is_last).sum_dim(1).reshape([n_rows, n_hidden])
}

fn cell_of(params: &ParamValues) -> Result<Cell, Trouble> {
    match CELL.of(params).as_str() {
        "lstm" => Ok(Cell::Lstm),
        "gru" => Ok(Cell::Gru),
        "rnn" => Ok(Cell::Tanh),
        other => Err(Trouble::internal(format!("no recurrent layer `{other}`"))),
    }
}

fn n_directions(params: &ParamValues) -> usize {
    if BOTH_WAYS.of(params) { 2 } else { 1 }
}

fn signal(params: &ParamValues, inputs: &[Signal]) -> Result<Signal, Trouble> {
    let [length, _] = shapes::sequence(inputs)?;
    let width = n_directions(params) * shapes::size(&UNITS, params);
    Ok(if RESULT.of(params) == "all" {
        Signal::numbers([length, width])
    } else {
        Signal::numbers([width])
    })
}

fn cost(params: &ParamValues, inputs: &[Signal], _: &Signal) -> Cost {
    let [length, n_in] = shapes::sequence(inputs).unwrap_or_default().map(|size| size as u64);
    let n_hidden = shapes::size(&UNITS, params) as u64;
    let n_gates = cell_of(params).map_or(1, Cell::n_gates) as u64;
    let n_directions = n_directions(params) as u64;
    let n_wide = n_directions.saturating_mul(n_gates).saturating_mul(n_hidden);
    let n_maps = n_wide.saturating_mul(n_in.saturating_add(n_hidden));
    Cost {
        n_params: n_maps.saturating_add(n_wide.saturating_mul(2)),
        n_macs: n_maps.saturating_mul(length),
        // States, gates and memory of every step.
        n_kept: length
            .saturating_mul(n_wide.saturating_add(n_directions.saturating_mul(2 * n_hidden))),
    }
}

/// ONNX wants the sequence first, its own order of gates, and matrices turned.
fn lower(cx: &mut Lowering<'_>) -> Result<Lowered, Trouble> {
    let (input, _) = cx.only()?;
    let [length, n_in] = shapes::sequence(cx.signals)?;
    let (cell, n_hidden) = (cell_of(cx.params)?, shapes::size(&UNITS, cx.params));
    let (op, order): (_, &[usize]) = match cell {
        Cell::Lstm => ("LSTM", &[0, 3, 1, 2]),
        Cell::Gru => ("GRU", &[1, 0, 2]),
        Cell::Tanh => ("RNN", &[0]),
    };
    let n_directions = n_directions(cx.params);
    let n_wide = order.len() * n_hidden;
    let (mut w, mut r, mut b) = (Vec::new(), Vec::new(), Vec::new());
    for name in ["onward", "back"].into_iter().take(n_directions) {
        let input = cx.weight(&format!("{name}.input"), &[n_in, n_wide])?;
        w.extend(turned(input, n_wide, n_hidden, order));
        let hidden = cx.weight(&format!("{name}.hidden"), &[n_hidden, n_wide])?;
        r.extend(turned(hidden, n_wide, n_hidden, order));
        for bias in ["input_bias", "hidden_bias"] {
            let bias = cx.weight(&format!("{name}.{bias}"), &[n_wide])?;
            b.extend(turned(bias, n_wide, n_hidden, order));
        }
    }
    let weights = [
        ("input", vec![n_directions, n_wide, n_in], w),
        ("hidden", vec![n_directions, n_wide, n_hidden], r),
        ("bias", vec![n_directions, 2 * n_wide], b),
    ];
    let [w, r, b] = weights.map(|(name, shape, numbers)| {
        let hint = cx.name(name);
        cx.graph.constant_f32(&hint, &shape, &numbers)
    });
    let x = cx.graph.transpose(input.value, &[1, 0, 2]);
    let mut inputs = vec![x, w, r, b];
    if let Some(padding) = input.padding {
        let is_there = cx.graph.node("Not", &[padding], &[]);
        let is_there = cx.graph.cast(is_there, ElemType::I32);
        inputs.push(cx.graph.reduce("ReduceSum", is_there, &[1], false));
    }
    let direction = if n_directions == 2 { "bidirectional" } else { "forward" };
    let mut attrs = vec![
        ("hidden_size", Attr::Int(n_hidden as i64)),
        ("direction", Attr::Str(direction.to_owned())),
    ];
    if cell == Cell::Gru {
        attrs.push(("linear_before_reset", Attr::Int(1)));
    }
    let width = (n_directions * n_hidden) as i64;
    let [all, last] = cx.graph.node_multi(op, &inputs, &attrs);
    if RESULT.of(cx.params) == "all" {
        // [length, directions, N, hidden]
        let all = cx.graph.transpose(all, &[2, 0, 1, 3]);
        let value = cx.graph.reshape(all, &[0, length as i64, width]);
        return Ok(Lowered { value, padding: input.padding });
    }
    let last = cx.graph.transpose(last, &[1, 0, 2]);
    Ok(cx.graph.reshape(last, &[0, width]).into())
}

/// A matrix `[n, gates · hidden]` turned to `[gates · hidden, n]`, its gates in another order.
fn turned(matrix: &[f32], n_wide: usize, n_hidden: usize, order: &[usize]) -> Vec<f32> {
    let columns = order.iter().flat_map(|gate| gate * n_hidden..(gate + 1) * n_hidden);
    columns.flat_map(|column| matrix.iter().skip(column).step_by(n_wide).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::Layer;
    use crate::layers::golden::{AD, cases, init};

    const NAMES: [(&str, &str, bool); 8] = [
        ("weight_ih_l0", "onward.input", true),
        ("weight_hh_l0", "onward.hidden", true),
        ("bias_ih_l0", "onward.input_bias", false),
        ("bias_hh_l0", "onward.hidden_bias", false),
        ("weight_ih_l0_reverse", "back.input", true),
        ("weight_hh_l0_reverse", "back.hidden", true),
        ("bias_ih_l0_reverse", "back.input_bias", false),
        ("bias_hh_l0_reverse", "back.hidden_bias", false),
    ];

    #[test]
    fn equals_pytorch() {
        for case in cases(include_str!("../golden/recurrent.json")) {
            let params = [
                ("cell", pg_base::ParamValue::Text(case.text("kind"))),
                ("units", pg_base::ParamValue::Int(case.size("hidden_size") as i64)),
                ("both_ways", pg_base::ParamValue::Bool(case.flag("bidirectional"))),
                ("result", pg_base::ParamValue::Text(case.text("result"))),
            ];
            let params = params.into_iter().map(|(id, value)| (id.to_owned(), value)).collect();
            let signal = Signal::numbers([5, case.size("input_size")]);
            let layer = Recurrent::<AD>::build(&params, &[signal], &init()).expect("fits");
            case.check(Layer::Recurrent(layer), &NAMES);
        }
    }
}

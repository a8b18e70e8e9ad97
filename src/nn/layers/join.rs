//! What Add, Multiply and Concatenate share: the rules for the inputs of a join.

use pg_base::{Trouble, Words, say};

use super::shapes;
use crate::lower::{Lowered, Lowering};
use crate::spec::Signal;

/// The common shape of inputs that must all be alike.
pub(super) fn same_shape(inputs: &[Signal]) -> Result<Signal, Trouble> {
    let first = shapes::numbers(inputs)?;
    for other in inputs.get(1..).unwrap_or_default() {
        if other != first {
            return Err(mismatch(
                first,
                other,
                say!("inputs of one shape", "形状相同的输入"),
                say!(
                    "Give both branches the same number of units or filters before they meet, or use Concatenate.",
                    "请让各分支在汇合前具有相同的单元数或滤波器数，或改用拼接。"
                ),
            ));
        }
    }
    Ok(first.clone())
}

/// The shape of inputs placed one after the other along an axis of a row.
pub(super) fn joined(inputs: &[Signal], axis: usize) -> Result<Signal, Trouble> {
    let first = shapes::numbers(inputs)?;
    let mut joined = first.clone();
    for other in inputs.get(1..).unwrap_or_default() {
        let is_alike = other.vocabulary.is_none()
            && other.shape.len() == first.shape.len()
            && (0..first.shape.len())
                .all(|index| index == axis || other.shape[index] == first.shape[index]);
        if !is_alike {
            return Err(mismatch(
                first,
                other,
                say!("inputs that differ only in what is joined", "仅在拼接方向上不同的输入"),
                say!(
                    "Add Flatten or pooling to one branch, so that both have one form.",
                    "请在某一分支添加展平或池化，使各分支形式一致。"
                ),
            ));
        }
        joined.shape[axis] = joined.shape[axis].saturating_add(other.shape[axis]);
    }
    Ok(joined)
}

/// The axis of features (or channels) in a shape without the batch.
pub(super) fn feature_axis(n_dims: usize) -> usize {
    if n_dims == 3 { 0 } else { n_dims.saturating_sub(1) }
}

/// Folds the inputs with an ONNX operator of two operands.
pub(super) fn lower_fold(cx: &mut Lowering<'_>, op: &str) -> Result<Lowered, Trouble> {
    let (first, rest) =
        cx.inputs.split_first().ok_or_else(|| Trouble::internal("a join of nothing"))?;
    let value =
        rest.iter().fold(first.value, |sum, next| cx.graph.node(op, &[sum, next.value], &[]));
    Ok(Lowered { value, padding: padding(cx.inputs) })
}

/// The padding of the first input that has one.
pub(super) fn padding(inputs: &[Lowered]) -> Option<pg_onnx::Name> {
    inputs.iter().find_map(|input| input.padding)
}

fn mismatch(first: &Signal, other: &Signal, expected: Words, advice: Words) -> Trouble {
    let (one, two) = (shapes::describe(first), shapes::describe(other));
    let found = Words {
        en: format!("{} meets {}", one.en, two.en),
        zh: format!("{}与{}相遇", one.zh, two.zh),
    };
    Trouble::new("join-mismatch", found).expected(expected).advice(advice)
}

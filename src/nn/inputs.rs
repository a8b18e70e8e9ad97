//! Checks what enters a network: the number of arrays, their shapes, and token ids within the vocabulary.

use pg_base::{Array, Elements, Trouble, say};

use crate::blueprint::Blueprint;
use crate::spec::Signal;

/// Whether the arrays fit the network's inputs and have equally many rows; returns that number.
pub fn check_inputs(blueprint: &Blueprint, inputs: &[Array]) -> Result<usize, Trouble> {
    let (n_found, n_wanted) = (inputs.len(), blueprint.inputs.len());
    if n_found != n_wanted {
        return Err(Trouble::new(
            "input-count",
            say!("{n_found} inputs are given", "给出了 {n_found} 个输入"),
        )
        .expected(say!("{n_wanted}, as the network has", "{n_wanted} 个，与网络一致")));
    }
    let n_rows = inputs.first().map_or(0, Array::n_rows);
    for (slot, (array, signal)) in inputs.iter().zip(&blueprint.inputs).enumerate() {
        check_input(slot, array, signal)?;
        if array.n_rows() != n_rows {
            let found = array.n_rows();
            return Err(Trouble::internal(format!(
                "input {slot} has {found} rows, input 0 has {n_rows}"
            )));
        }
    }
    Ok(n_rows)
}

fn check_input(slot: usize, array: &Array, signal: &Signal) -> Result<(), Trouble> {
    let is_kind = matches!(array.elements, Elements::I32(_)) == signal.vocabulary.is_some();
    if array.shape.get(1..) != Some(signal.shape.as_slice()) || !is_kind {
        let found = array.shape.get(1..).unwrap_or_default();
        let (wanted, kind) =
            (&signal.shape, if signal.vocabulary.is_some() { "ids" } else { "numbers" });
        return Err(Trouble::new(
            "input-shape",
            say!("input {slot} has rows of shape {found:?}", "输入 {slot} 每行的形状为 {found:?}"),
        )
        .expected(say!("{kind} of shape {wanted:?}", "形状 {wanted:?}（{kind}）"))
        .advice(say!(
            "Give the network the columns it was built for.",
            "请提供构建网络时所用的列。"
        )));
    }
    let (Some(size), Some(ids)) = (signal.vocabulary, array.as_i32()) else {
        return Ok(());
    };
    match ids.iter().find(|id| usize::try_from(**id).map_or(true, |id| id >= size)) {
        None => Ok(()),
        Some(id) => Err(Trouble::new(
            "input-id",
            say!("input {slot} holds the id {id}", "输入 {slot} 含有编号 {id}"),
        )
        .expected(say!("ids from 0 and below {size}", "0 到 {size}（不含）之间的编号"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_must_fit_the_signals() {
        let blueprint = Blueprint::new(vec![Signal::numbers([2]), Signal::ids(3, 5)]);
        let numbers = |n_rows: usize| Array::f32([n_rows, 2], vec![0.0; n_rows * 2]);
        let ids = |ids: Vec<i32>| Array::i32([ids.len() / 3, 3], ids);
        let code =
            |inputs: &[Array]| check_inputs(&blueprint, inputs).expect_err("does not fit").code;
        assert_eq!(check_inputs(&blueprint, &[numbers(1), ids(vec![0, 4, 1])]), Ok(1));
        assert_eq!(check_inputs(&blueprint, &[numbers(0), ids(vec![])]), Ok(0));
        assert_eq!(code(&[numbers(1)]), "input-count");
        assert_eq!(code(&[numbers(1), ids(vec![0, 5, 1])]), "input-id");
        assert_eq!(code(&[numbers(1), ids(vec![0, -1, 1])]), "input-id");
        assert_eq!(code(&[numbers(1), numbers(1)]), "input-shape");
        assert_eq!(code(&[Array::f32([1, 3], vec![0.0; 3]), ids(vec![0, 4, 1])]), "input-shape");
        assert_eq!(code(&[numbers(2), ids(vec![0, 4, 1])]), Trouble::INTERNAL);
    }
}

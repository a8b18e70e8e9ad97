//! The right answers of a batch: checked on the host, then on a device in the form that the loss takes.

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};
use pg_base::{Array, Elements, Trouble, say};

use crate::blueprint::Head;

/// The right answers of one batch on a device.
#[derive(Clone, Debug)]
pub enum Target<B: Backend> {
    /// Class ids `[rows]`.
    Classes(Tensor<B, 1, Int>),
    /// Numbers `[rows, outputs]`; 0 or 1 for a sigmoid head and for labels.
    Numbers(Tensor<B, 2>),
}

impl<B: Backend> Target<B> {
    /// Moves checked answers (see [`check_target`]) to a device in the form that the head's loss takes.
    pub fn new(target: &Array, head: Head, device: &B::Device) -> Result<Self, Trouble> {
        let n_rows = target.n_rows();
        match (head, &target.elements) {
            (Head::Softmax { .. }, Elements::I32(ids)) => {
                Ok(Self::Classes(Tensor::from_data(TensorData::new(ids.clone(), [n_rows]), device)))
            }
            (Head::Sigmoid | Head::Labels { .. }, Elements::I32(ids)) => {
                let yes = ids.iter().map(|id| *id as f32).collect::<Vec<_>>();
                let shape = [n_rows, head.n_units()];
                Ok(Self::Numbers(Tensor::from_data(TensorData::new(yes, shape), device)))
            }
            (Head::Linear { n_outputs } | Head::Rate { n_outputs }, Elements::F32(numbers)) => {
                Ok(Self::Numbers(Tensor::from_data(
                    TensorData::new(numbers.clone(), [n_rows, n_outputs]),
                    device,
                )))
            }
            _ => Err(wrong_target(target, head)),
        }
    }
}

/// Checks that the answers of a batch of `n_rows` rows fit the head: shape, class ids in range, finite numbers.
pub fn check_target(target: Option<&Array>, head: Head, n_rows: usize) -> Result<&Array, Trouble> {
    let target = target.ok_or_else(|| Trouble::internal("a training batch has no target"))?;
    let (n_classes, shape) = match head {
        Head::Softmax { n_classes } => (n_classes, vec![n_rows]),
        Head::Sigmoid => (2, vec![n_rows]),
        Head::Labels { n_labels } => (2, vec![n_rows, n_labels]),
        Head::Linear { n_outputs } | Head::Rate { n_outputs } => {
            return check_numbers(target, head, n_rows, n_outputs);
        }
    };
    let ids = target.as_i32().ok_or_else(|| wrong_target(target, head))?;
    if target.shape != shape {
        return Err(wrong_target(target, head));
    }
    match ids.iter().find(|id| usize::try_from(**id).map_or(true, |id| id >= n_classes)) {
        None => Ok(target),
        Some(id) => Err(Trouble::new(
            "target-class",
            say!("the target holds class {id}", "目标中出现类别 {id}"),
        )
        .expected(say!(
            "classes 0 to {n_classes} − 1, as many as the network has outputs",
            "0 到 {n_classes} − 1 的类别，与网络输出数一致"
        ))),
    }
}

fn check_numbers(
    target: &Array,
    head: Head,
    n_rows: usize,
    n_outputs: usize,
) -> Result<&Array, Trouble> {
    let numbers = target.as_f32().ok_or_else(|| wrong_target(target, head))?;
    if target.shape != [n_rows, n_outputs] {
        return Err(wrong_target(target, head));
    }
    if let (Head::Rate { .. }, Some(number)) = (head, numbers.iter().find(|number| **number < 0.0))
    {
        return Err(Trouble::new(
            "target-negative",
            say!("the target holds {number}", "目标中出现 {number}"),
        )
        .expected(say!("counts, 0 or above", "计数，不小于 0"))
        .advice(say!(
            "The Poisson loss is for counts: choose another loss for a target with negative numbers.",
            "泊松损失用于计数：目标含负数时请选择其他损失。"
        ))
        .param("loss"));
    }
    if numbers.iter().all(|number| number.is_finite()) {
        return Ok(target);
    }
    Err(Trouble::new(
        "target-not-finite",
        say!("the target holds a missing or infinite number", "目标中含有缺失值或无穷大"),
    )
    .expected(say!("finite numbers", "有限的数"))
    .advice(say!(
        "Remove the rows without a target before training.",
        "请在训练前删除没有目标值的行。"
    )))
}

fn wrong_target(target: &Array, head: Head) -> Trouble {
    let kind = match target.elements {
        Elements::F32(_) => say!("numbers", "数值"),
        Elements::I32(_) => say!("class ids", "类别编号"),
    };
    let (kind_en, kind_zh) = (kind.en, kind.zh);
    let shape = &target.shape;
    let expected = match head {
        Head::Softmax { n_classes } => {
            say!("one of {n_classes} class ids per row", "每行一个类别编号（共 {n_classes} 类）")
        }
        Head::Sigmoid => say!("one of 2 class ids per row", "每行一个类别编号（共 2 类）"),
        Head::Labels { n_labels } => {
            say!("0 or 1 for each of {n_labels} labels", "{n_labels} 个标签各为 0 或 1")
        }
        Head::Linear { n_outputs } | Head::Rate { n_outputs } => {
            say!("{n_outputs} numbers per row", "每行 {n_outputs} 个数值")
        }
    };
    Trouble::new(
        "target-shape",
        say!("the target holds {kind_en} of shape {shape:?}", "目标为 {kind_zh}，形状 {shape:?}"),
    )
    .expected(expected)
    .advice(say!(
        "Choose an output layer that fits the target column.",
        "请选择与目标列匹配的输出层。"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_checked() {
        let code =
            |target: Array, head| check_target(Some(&target), head, 2).expect_err("bad").code;
        let softmax = Head::Softmax { n_classes: 3 };
        assert_eq!(code(Array::i32([2], vec![0, 3]), softmax), "target-class");
        assert_eq!(code(Array::i32([2], vec![0, -1]), Head::Sigmoid), "target-class");
        assert_eq!(code(Array::f32([2], vec![0.0, 1.0]), softmax), "target-shape");
        assert_eq!(code(Array::i32([3], vec![0, 1, 2]), softmax), "target-shape");
        let labels = Head::Labels { n_labels: 2 };
        assert_eq!(code(Array::i32([2, 2], vec![0, 1, 2, 0]), labels), "target-class");
        assert_eq!(code(Array::i32([2], vec![0, 1]), labels), "target-shape");
        assert!(check_target(Some(&Array::i32([2, 2], vec![0, 1, 1, 0])), labels, 2).is_ok());
        let linear = Head::Linear { n_outputs: 1 };
        assert_eq!(code(Array::f32([2, 1], vec![0.0, f32::NAN]), linear), "target-not-finite");
        assert_eq!(code(Array::f32([2], vec![0.0, 1.0]), linear), "target-shape");
        assert!(check_target(Some(&Array::f32([2, 1], vec![-1.0, 1.0])), linear, 2).is_ok());
        let rate = Head::Rate { n_outputs: 1 };
        assert_eq!(code(Array::f32([2, 1], vec![-1.0, 1.0]), rate), "target-negative");
    }
}

//! Losses on logits and numbers, stable and with PyTorch's meaning: the mean over all rows and outputs.

use burn::tensor::activation::{log_sigmoid, log_softmax};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};
use pg_base::{Array, Elements, Trouble, say};
use serde::{Deserialize, Serialize};

use crate::blueprint::Head;

/// What is minimised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum LossKind {
    /// The usual one of the head: cross-entropy, binary cross-entropy or mean squared.
    #[default]
    Auto,
    /// `−log softmax(logits)[class]`; `torch.nn.CrossEntropyLoss`.
    CrossEntropy,
    /// `−y·log σ(x) − (1−y)·log σ(−x)`; `torch.nn.BCEWithLogitsLoss`.
    BinaryCrossEntropy,
    /// `(prediction − target)²`; `torch.nn.MSELoss`.
    MeanSquared,
    /// Squared near zero, linear beyond `delta`; `torch.nn.HuberLoss`.
    Huber {
        /// Where the line begins, in units of the target; above 0.
        delta: f64,
    },
}

impl LossKind {
    /// The loss that is computed for a head, never [`LossKind::Auto`]; a trouble where the two do not fit.
    pub fn resolve(self, head: Head) -> Result<Self, Trouble> {
        let (usual, others) = match head {
            Head::Softmax { .. } => (Self::CrossEntropy, say!("cross-entropy", "交叉熵")),
            Head::Sigmoid => (Self::BinaryCrossEntropy, say!("binary cross-entropy", "二元交叉熵")),
            Head::Linear { .. } => {
                (Self::MeanSquared, say!("mean squared or Huber", "均方误差或 Huber"))
            }
        };
        let fits = match self {
            Self::Auto => return Ok(usual),
            Self::Huber { delta } if !(delta > 0.0 && delta.is_finite()) => {
                return Err(Trouble::new(
                    "huber-delta",
                    say!("delta is {delta}", "delta 为 {delta}"),
                )
                .expected(say!("a number above 0", "大于 0 的数"))
                .param("huber_delta"));
            }
            Self::Huber { .. } => matches!(head, Head::Linear { .. }),
            _ => self == usual,
        };
        if fits {
            return Ok(self);
        }
        let name = self.name();
        Err(Trouble::new(
            "loss-head",
            say!(
                "the loss {name} does not fit the network's output",
                "损失 {name} 与网络的输出不匹配"
            ),
        )
        .expected(others)
        .advice(say!(
            "Choose the loss `auto`, or change the output layer.",
            "请将损失设为“自动”，或更换输出层。"
        ))
        .param("loss"))
    }

    /// Stable name for messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::CrossEntropy => "cross_entropy",
            Self::BinaryCrossEntropy => "binary_cross_entropy",
            Self::MeanSquared => "mean_squared",
            Self::Huber { .. } => "huber",
        }
    }

    /// The loss `[1]` of outputs `[rows, units]`; `self` must have been resolved for the head.
    pub fn of<B: Backend>(
        self,
        outputs: Tensor<B, 2>,
        target: Target<B>,
    ) -> Result<Tensor<B, 1>, Trouble> {
        match (self, target) {
            (Self::CrossEntropy, Target::Classes(classes)) => {
                Ok(log_softmax(outputs, 1).gather(1, classes.unsqueeze_dim(1)).mean().neg())
            }
            (Self::BinaryCrossEntropy, Target::Numbers(yes)) => {
                let no = yes.clone().neg().add_scalar(1.0);
                Ok((yes * log_sigmoid(outputs.clone()) + no * log_sigmoid(outputs.neg()))
                    .mean()
                    .neg())
            }
            (Self::MeanSquared, Target::Numbers(target)) => {
                let error = outputs - target;
                Ok((error.clone() * error).mean())
            }
            (Self::Huber { delta }, Target::Numbers(target)) => {
                let size = (outputs - target).abs();
                let near = size.clone().clamp_max(delta);
                Ok((near.clone() * near.clone() * 0.5 + (size - near) * delta).mean())
            }
            (kind, _) => {
                Err(Trouble::internal(format!("loss {} got the other kind of target", kind.name())))
            }
        }
    }
}

/// The right answers of one batch on a device.
#[derive(Clone, Debug)]
pub enum Target<B: Backend> {
    /// Class ids `[rows]`.
    Classes(Tensor<B, 1, Int>),
    /// Numbers `[rows, outputs]`; 0 or 1 for a sigmoid head.
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
            (Head::Sigmoid, Elements::I32(ids)) => {
                let yes = ids.iter().map(|id| *id as f32).collect::<Vec<_>>();
                Ok(Self::Numbers(Tensor::from_data(TensorData::new(yes, [n_rows, 1]), device)))
            }
            (Head::Linear { n_outputs }, Elements::F32(numbers)) => Ok(Self::Numbers(
                Tensor::from_data(TensorData::new(numbers.clone(), [n_rows, n_outputs]), device),
            )),
            _ => Err(wrong_target(target, head)),
        }
    }
}

/// Checks that the answers of a batch of `n_rows` rows fit the head: shape, class ids in range, finite numbers.
pub fn check_target(target: Option<&Array>, head: Head, n_rows: usize) -> Result<&Array, Trouble> {
    let target = target.ok_or_else(|| Trouble::internal("a training batch has no target"))?;
    let n_classes = match head {
        Head::Softmax { n_classes } => n_classes,
        Head::Sigmoid => 2,
        Head::Linear { n_outputs } => return check_numbers(target, head, n_rows, n_outputs),
    };
    let ids = target.as_i32().ok_or_else(|| wrong_target(target, head))?;
    if target.shape != [n_rows] {
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
        Head::Linear { n_outputs } => {
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
    fn auto_follows_the_head_and_others_must_fit() {
        let softmax = Head::Softmax { n_classes: 3 };
        let linear = Head::Linear { n_outputs: 2 };
        assert_eq!(LossKind::Auto.resolve(softmax), Ok(LossKind::CrossEntropy));
        assert_eq!(LossKind::Auto.resolve(Head::Sigmoid), Ok(LossKind::BinaryCrossEntropy));
        assert_eq!(LossKind::Auto.resolve(linear), Ok(LossKind::MeanSquared));
        assert!(LossKind::Huber { delta: 1.0 }.resolve(linear).is_ok());
        for (loss, head) in [
            (LossKind::CrossEntropy, linear),
            (LossKind::MeanSquared, softmax),
            (LossKind::BinaryCrossEntropy, softmax),
            (LossKind::Huber { delta: 1.0 }, Head::Sigmoid),
        ] {
            assert_eq!(loss.resolve(head).expect_err("does not fit").code, "loss-head");
        }
        assert_eq!(
            LossKind::Huber { delta: f64::NAN }.resolve(linear).expect_err("NaN").code,
            "huber-delta"
        );
    }

    #[test]
    fn targets_are_checked() {
        let code =
            |target: Array, head| check_target(Some(&target), head, 2).expect_err("bad").code;
        let softmax = Head::Softmax { n_classes: 3 };
        assert_eq!(code(Array::i32([2], vec![0, 3]), softmax), "target-class");
        assert_eq!(code(Array::i32([2], vec![0, -1]), Head::Sigmoid), "target-class");
        assert_eq!(code(Array::f32([2], vec![0.0, 1.0]), softmax), "target-shape");
        assert_eq!(code(Array::i32([3], vec![0, 1, 2]), softmax), "target-shape");
        let linear = Head::Linear { n_outputs: 1 };
        assert_eq!(code(Array::f32([2, 1], vec![0.0, f32::NAN]), linear), "target-not-finite");
        assert_eq!(code(Array::f32([2], vec![0.0, 1.0]), linear), "target-shape");
        assert!(check_target(Some(&Array::f32([2, 1], vec![0.0, 1.0])), linear, 2).is_ok());
    }
}

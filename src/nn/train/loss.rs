//! Losses on logits and numbers, stable and with PyTorch's meaning: the mean over all rows and outputs, or with class
//! weights the sum over the rows divided by the sum of their weights.

use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};
use pg_base::{Array, Trouble, say};
use serde::{Deserialize, Serialize};

use super::TrainSettings;
use super::target::Target;
use crate::blueprint::Head;
use crate::kernels::{Kernels, log_right};

/// `1 − p` of the focal loss is kept above this, so that the slope of its power stays finite.
const LEAST_DOUBT: f64 = 1e-7;

/// What is minimised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum LossKind {
    /// The usual one of the head: cross-entropy, binary cross-entropy, mean squared or Poisson.
    #[default]
    Auto,
    /// `−log softmax(logits)[class]`; `torch.nn.CrossEntropyLoss`.
    CrossEntropy,
    /// `−y·log σ(x) − (1−y)·log σ(−x)`; `torch.nn.BCEWithLogitsLoss`.
    BinaryCrossEntropy,
    /// Cross-entropy in which rows that are right already count less: `−(1−p)^gamma·log p` (Lin et al. 2017).
    Focal {
        /// How much less; 0 is cross-entropy.
        gamma: f64,
        /// Weight of the second of two classes, the first has `1 − alpha`; none for equal weights.
        alpha: Option<f64>,
    },
    /// `(prediction − target)²`; `torch.nn.MSELoss`.
    MeanSquared,
    /// `|prediction − target|`; `torch.nn.L1Loss`. The prediction becomes the median.
    MeanAbsolute,
    /// Squared near zero, linear beyond `delta`; `torch.nn.HuberLoss`.
    Huber {
        /// Where the line begins, in units of the target; above 0.
        delta: f64,
    },
    /// Pinball loss: the prediction becomes the value below which this share of the targets lies.
    Quantile {
        /// The share, between 0 and 1.
        quantile: f64,
    },
    /// `exp(x) − target·x` for counts, where `x` is the logarithm of the prediction; `torch.nn.PoissonNLLLoss`.
    Poisson,
}

impl LossKind {
    /// The loss that is computed for a head, never [`LossKind::Auto`]; a trouble where the two do not fit.
    pub fn resolve(self, head: Head) -> Result<Self, Trouble> {
        self.check()?;
        let (usual, others) = match head {
            Head::Softmax { .. } => {
                (Self::CrossEntropy, say!("cross-entropy or focal", "交叉熵或焦点损失"))
            }
            Head::Sigmoid | Head::Labels { .. } => (
                Self::BinaryCrossEntropy,
                say!("binary cross-entropy or focal", "二元交叉熵或焦点损失"),
            ),
            Head::Linear { .. } => (
                Self::MeanSquared,
                say!(
                    "mean squared, mean absolute, Huber or quantile",
                    "均方误差、平均绝对误差、Huber 或分位数损失"
                ),
            ),
            Head::Rate { .. } => (Self::Poisson, say!("Poisson", "泊松损失")),
        };
        let fits = match self {
            Self::Auto => return Ok(usual),
            Self::MeanAbsolute | Self::Huber { .. } | Self::Quantile { .. } => {
                matches!(head, Head::Linear { .. })
            }
            Self::Focal { .. } => {
                matches!(head, Head::Softmax { .. } | Head::Sigmoid | Head::Labels { .. })
            }
            _ => self == usual,
        };
        if !fits {
            let name = self.name();
            return Err(Trouble::new(
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
            .param("loss"));
        }
        match (self, head) {
            (Self::Focal { alpha: Some(_), .. }, Head::Softmax { n_classes }) if n_classes != 2 => {
                Err(Trouble::new(
                    "focal-alpha",
                    say!(
                        "alpha is given, but the target has {n_classes} classes",
                        "设置了 alpha，但目标有 {n_classes} 个类别"
                    ),
                )
                .expected(say!("two classes", "两个类别"))
                .advice(say!(
                    "Set alpha to 0 and use class weights.",
                    "请将 alpha 设为 0，并使用类别权重。"
                ))
                .param("focal_alpha"))
            }
            _ => Ok(self),
        }
    }

    /// Says which number is out of its range.
    fn check(self) -> Result<(), Trouble> {
        let above_zero = || say!("a number above 0", "大于 0 的数");
        let inside = || say!("between 0 and 1, both excluded", "介于 0 与 1 之间（不含两端）");
        let is_inside = |value: f64| value > 0.0 && value < 1.0;
        let (code, name, value, expected) = match self {
            Self::Huber { delta } if !(delta > 0.0 && delta.is_finite()) => {
                ("huber-delta", "delta", delta, above_zero())
            }
            Self::Quantile { quantile } if !is_inside(quantile) => {
                ("quantile", "quantile", quantile, inside())
            }
            Self::Focal { gamma, .. } if !(gamma >= 0.0 && gamma.is_finite()) => {
                ("focal-gamma", "gamma", gamma, say!("at least 0", "不小于 0"))
            }
            Self::Focal { alpha: Some(alpha), .. } if !is_inside(alpha) => {
                ("focal-alpha", "alpha", alpha, inside())
            }
            _ => return Ok(()),
        };
        Err(Trouble::new(code, say!("{name} is {value}", "{name} 为 {value}"))
            .expected(expected)
            .param(code.replace('-', "_")))
    }

    /// Stable name for messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::CrossEntropy => "cross_entropy",
            Self::BinaryCrossEntropy => "binary_cross_entropy",
            Self::Focal { .. } => "focal",
            Self::MeanSquared => "mean_squared",
            Self::MeanAbsolute => "mean_absolute",
            Self::Huber { .. } => "huber",
            Self::Quantile { .. } => "quantile",
            Self::Poisson => "poisson",
        }
    }
}

/// A loss that fits a head, with what each class counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Loss {
    kind: LossKind,
    label_smoothing: f64,
    class_weights: Vec<f32>,
}

impl Loss {
    /// The loss of a training; a trouble where it does not fit the head.
    pub fn new(settings: &TrainSettings, head: Head) -> Result<Self, Trouble> {
        let kind = settings.loss.resolve(head)?;
        let n_classes = match head {
            Head::Softmax { n_classes } => n_classes,
            Head::Sigmoid => 2,
            Head::Labels { .. } | Head::Linear { .. } | Head::Rate { .. } => 0,
        };
        let weights = &settings.class_weights;
        if !weights.is_empty() && weights.len() != n_classes {
            let n_weights = weights.len();
            return Err(Trouble::new(
                "class-weights",
                say!("there are {n_weights} class weights", "类别权重有 {n_weights} 个"),
            )
            .expected(if n_classes == 0 {
                say!("none, because the target has no classes", "目标没有类别，不应有类别权重")
            } else {
                say!("one for each of the {n_classes} classes", "{n_classes} 个类别各一个")
            })
            .param("class_weights"));
        }
        Ok(Self {
            kind,
            label_smoothing: settings.label_smoothing,
            class_weights: weights.iter().map(|weight| *weight as f32).collect(),
        })
    }

    /// What the rows of a batch weigh together: by it, the losses of batches add up to that of all rows.
    pub fn weight(&self, target: &Array) -> f64 {
        match target.as_i32() {
            Some(ids) if !self.class_weights.is_empty() => {
                let weight = |id: &i32| self.class_weights.get(usize::try_from(*id).ok()?);
                ids.iter().filter_map(weight).map(|weight| f64::from(*weight)).sum()
            }
            _ => target.n_rows() as f64,
        }
    }

    /// The loss `[1]` of outputs `[rows, units]`.
    pub fn of<B: Backend, K: Kernels<B>>(
        &self,
        outputs: Tensor<B, 2>,
        target: Target<B>,
    ) -> Result<Tensor<B, 1>, Trouble> {
        match (self.kind, target) {
            (LossKind::CrossEntropy, Target::Classes(classes)) => {
                Ok(K::cross_entropy(outputs, classes, &self.class_weights, self.label_smoothing))
            }
            (LossKind::BinaryCrossEntropy, Target::Numbers(yes)) => {
                let weights = self.weights_of_yes(&yes);
                let yes = if self.label_smoothing == 0.0 {
                    yes
                } else {
                    yes * (1.0 - self.label_smoothing) + 0.5 * self.label_smoothing
                };
                Ok(K::binary_cross_entropy(outputs, yes, weights))
            }
            (LossKind::Focal { gamma, alpha }, Target::Classes(classes)) => {
                let weights = self.weights_of(&classes);
                let yes = classes.clone().unsqueeze_dim::<2>(1);
                let log_p = log_softmax(outputs, 1).gather(1, yes.clone());
                Ok(mean(focal(log_p, gamma, alpha.map(|alpha| (alpha, yes.float()))), weights))
            }
            (LossKind::Focal { gamma, alpha }, Target::Numbers(yes)) => {
                let weights = self.weights_of_yes(&yes);
                let log_p = log_right(outputs, yes.clone());
                Ok(mean(focal(log_p, gamma, alpha.map(|alpha| (alpha, yes))), weights))
            }
            (LossKind::MeanSquared, Target::Numbers(target)) => {
                let error = outputs - target;
                Ok((error.clone() * error).mean())
            }
            (LossKind::MeanAbsolute, Target::Numbers(target)) => {
                Ok((outputs - target).abs().mean())
            }
            (LossKind::Huber { delta }, Target::Numbers(target)) => {
                let size = (outputs - target).abs();
                let near = size.clone().clamp_max(delta);
                Ok((near.clone() * near.clone() * 0.5 + (size - near) * delta).mean())
            }
            (LossKind::Quantile { quantile }, Target::Numbers(target)) => {
                let short = target - outputs;
                Ok((short.clone() * quantile + relu(short.neg())).mean())
            }
            (LossKind::Poisson, Target::Numbers(counts)) => {
                Ok((outputs.clone().exp() - counts * outputs).mean())
            }
            (kind, _) => {
                Err(Trouble::internal(format!("loss {} got the other kind of target", kind.name())))
            }
        }
    }

    /// Weight per class.
    fn table<B: Backend>(&self, device: &B::Device) -> Option<Tensor<B, 1>> {
        let weights = self.class_weights.as_slice();
        (!weights.is_empty()).then(|| Tensor::from_data(TensorData::from(weights), device))
    }

    /// Weight per row `[rows, 1]`.
    fn weights_of<B: Backend>(&self, classes: &Tensor<B, 1, Int>) -> Option<Tensor<B, 2>> {
        let table = self.table(&classes.device())?;
        Some(table.select(0, classes.clone()).unsqueeze_dim(1))
    }

    /// The same for answers 0 and 1.
    fn weights_of_yes<B: Backend>(&self, yes: &Tensor<B, 2>) -> Option<Tensor<B, 2>> {
        let [of_no, of_yes] = self.class_weights.as_slice() else { return None };
        Some(yes.clone() * (of_yes - of_no) + *of_no)
    }
}

/// The focal loss of each row from the logarithm of the probability of its class; `alpha` with the answers 0 and 1.
fn focal<B: Backend>(
    log_p: Tensor<B, 2>,
    gamma: f64,
    alpha: Option<(f64, Tensor<B, 2>)>,
) -> Tensor<B, 2> {
    let loss = if gamma == 0.0 {
        log_p.neg()
    } else {
        let doubt = log_p.clone().exp().neg().add_scalar(1.0).clamp_min(LEAST_DOUBT);
        (doubt.powf_scalar(gamma) * log_p).neg()
    };
    match alpha {
        Some((alpha, yes)) => loss * (yes * (2.0 * alpha - 1.0) + (1.0 - alpha)),
        None => loss,
    }
}

/// The mean over the rows, weighted.
fn mean<B: Backend>(of_rows: Tensor<B, 2>, weights: Option<Tensor<B, 2>>) -> Tensor<B, 1> {
    match weights {
        Some(weights) => (of_rows * weights.clone()).sum() / weights.sum(),
        None => of_rows.mean(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOFTMAX: Head = Head::Softmax { n_classes: 3 };
    const LINEAR: Head = Head::Linear { n_outputs: 2 };

    fn code(loss: LossKind, head: Head) -> String {
        loss.resolve(head).expect_err("does not fit").code
    }

    #[test]
    fn auto_follows_the_head_and_others_must_fit() {
        assert_eq!(LossKind::Auto.resolve(SOFTMAX), Ok(LossKind::CrossEntropy));
        assert_eq!(LossKind::Auto.resolve(Head::Sigmoid), Ok(LossKind::BinaryCrossEntropy));
        let labels = Head::Labels { n_labels: 3 };
        assert_eq!(LossKind::Auto.resolve(labels), Ok(LossKind::BinaryCrossEntropy));
        assert_eq!(LossKind::Auto.resolve(LINEAR), Ok(LossKind::MeanSquared));
        assert_eq!(LossKind::Auto.resolve(Head::Rate { n_outputs: 1 }), Ok(LossKind::Poisson));
        assert!(LossKind::Huber { delta: 1.0 }.resolve(LINEAR).is_ok());
        let focal = |alpha| LossKind::Focal { gamma: 2.0, alpha };
        assert!(focal(None).resolve(SOFTMAX).is_ok());
        assert!(focal(Some(0.25)).resolve(Head::Sigmoid).is_ok());
        for (loss, head) in [
            (LossKind::CrossEntropy, LINEAR),
            (LossKind::MeanSquared, SOFTMAX),
            (LossKind::BinaryCrossEntropy, SOFTMAX),
            (LossKind::Huber { delta: 1.0 }, Head::Sigmoid),
            (LossKind::CrossEntropy, labels),
            (LossKind::Poisson, LINEAR),
            (focal(None), LINEAR),
        ] {
            assert_eq!(code(loss, head), "loss-head");
        }
        assert_eq!(code(LossKind::Huber { delta: f64::NAN }, LINEAR), "huber-delta");
        assert_eq!(code(LossKind::Quantile { quantile: 1.0 }, LINEAR), "quantile");
        assert_eq!(code(focal(Some(0.25)), SOFTMAX), "focal-alpha");
    }

    #[test]
    fn class_weights_must_be_as_many_as_the_classes() {
        let settings =
            TrainSettings { class_weights: vec![1.0, 2.0, 0.5], ..TrainSettings::default() };
        let loss = Loss::new(&settings, SOFTMAX).expect("fits");
        assert_eq!(loss.weight(&Array::i32([4], vec![0, 2, 2, 1])), 4.0);
        for head in [Head::Sigmoid, Head::Labels { n_labels: 3 }, LINEAR] {
            assert_eq!(Loss::new(&settings, head).expect_err("other").code, "class-weights");
        }
    }
}

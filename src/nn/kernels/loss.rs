//! Cross-entropy by burn, of classes and of answers yes or no.

use burn::tensor::activation::{log_sigmoid, log_softmax};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};

pub(super) fn cross_entropy<B: Backend>(
    logits: Tensor<B, 2>,
    classes: Tensor<B, 1, Int>,
    class_weights: &[f32],
    smoothing: f64,
) -> Tensor<B, 1> {
    let device = logits.device();
    let table = (!class_weights.is_empty())
        .then(|| Tensor::<B, 1>::from_data(TensorData::from(class_weights), &device));
    let weights = table.clone().map(|table| table.select(0, classes.clone()).unsqueeze_dim(1));
    let log_p = log_softmax(logits, 1);
    let right = log_p.clone().gather(1, classes.unsqueeze_dim(1)).neg();
    let right = match &weights {
        Some(weights) => right * weights.clone(),
        None => right,
    };
    let all = if smoothing == 0.0 {
        right
    } else {
        let [_, n_classes] = log_p.dims();
        let log_p = match table {
            Some(table) => log_p * table.unsqueeze_dim(0),
            None => log_p,
        };
        let spread = log_p.sum_dim(1).neg() * (smoothing / n_classes as f64);
        right * (1.0 - smoothing) + spread
    };
    match weights {
        Some(weights) => all.sum() / weights.sum(),
        None => all.mean(),
    }
}

pub(super) fn binary_cross_entropy<B: Backend>(
    logits: Tensor<B, 2>,
    yes: Tensor<B, 2>,
    weights: Option<Tensor<B, 2>>,
) -> Tensor<B, 1> {
    let losses = log_right(logits, yes).neg();
    match weights {
        Some(weights) => (losses * weights.clone()).sum() / weights.sum(),
        None => losses.mean(),
    }
}

/// `log` of the probability that a logit gives to answers between 0 (no) and 1 (yes).
pub(crate) fn log_right<B: Backend>(logits: Tensor<B, 2>, yes: Tensor<B, 2>) -> Tensor<B, 2> {
    let no = yes.clone().neg().add_scalar(1.0);
    yes * log_sigmoid(logits.clone()) + no * log_sigmoid(logits.neg())
}

//! Softmax and cross-entropy in one pass, value and gradient together.

use std::sync::Arc;

use burn_flex::FlexTensor;

use crate::math::softmax::cross_entropy::{CrossEntropy, binary};
use crate::op::{Op, dims, filled, like, numbers, tensor};

/// The weighted mean of the cross-entropy of logits `[rows, classes]`.
#[derive(Clone, Debug)]
pub(super) struct MeanCrossEntropy {
    pub(super) classes: Arc<[i32]>,
    pub(super) class_weights: Arc<[f32]>,
    pub(super) smoothing: f32,
}

impl Op<1> for MeanCrossEntropy {
    /// The gradient of the logits.
    type Kept = FlexTensor;

    fn forward(&self, [logits]: &[FlexTensor; 1], keeps: bool) -> (FlexTensor, Option<FlexTensor>) {
        let [n_rows, n_classes] = dims(logits);
        let loss = CrossEntropy {
            n_classes,
            class_weights: (!self.class_weights.is_empty()).then_some(&self.class_weights),
            smoothing: self.smoothing,
        };
        let total = loss.total_weight(&self.classes);
        let mut losses = filled(n_rows);
        let mut kept = None;
        if keeps {
            let mut gradient = filled(n_rows * n_classes);
            loss.losses_and_gradient(
                numbers(logits),
                &self.classes,
                1.0 / total,
                &mut losses,
                &mut gradient,
            );
            kept = Some(like(gradient, logits));
        } else {
            loss.losses(numbers(logits), &self.classes, &mut losses);
        }
        let mean = losses.iter().sum::<f32>() / total;
        (tensor(vec![mean], [1]), kept)
    }

    fn backward(
        &self,
        kept: FlexTensor,
        gradient: FlexTensor,
        _wanted: [bool; 1],
    ) -> [Option<FlexTensor>; 1] {
        [Some(times(kept, &gradient))]
    }
}

/// The weighted mean of the binary cross-entropy of logits against answers between 0 and 1.
#[derive(Clone, Debug)]
pub(super) struct MeanBinaryCrossEntropy {
    pub(super) yes: Arc<[f32]>,
    pub(super) weights: Option<Arc<[f32]>>,
}

impl Op<1> for MeanBinaryCrossEntropy {
    /// The gradient of the logits.
    type Kept = FlexTensor;

    fn forward(
        &self,
        [logits]: &[FlexTensor; 1],
        _keeps: bool,
    ) -> (FlexTensor, Option<FlexTensor>) {
        let n = self.yes.len();
        let (mut losses, mut gradient) = (filled(n), filled(n));
        binary(numbers(logits), &self.yes, &mut losses, &mut gradient);
        let mut total = n as f32;
        if let Some(weights) = &self.weights {
            total = weights.iter().sum();
            for ((loss, slope), weight) in losses.iter_mut().zip(&mut gradient).zip(weights.iter())
            {
                *loss *= weight;
                *slope *= weight;
            }
        }
        for slope in &mut gradient {
            *slope /= total;
        }
        let mean = losses.iter().sum::<f32>() / total;
        (tensor(vec![mean], [1]), Some(like(gradient, logits)))
    }

    fn backward(
        &self,
        kept: FlexTensor,
        gradient: FlexTensor,
        _wanted: [bool; 1],
    ) -> [Option<FlexTensor>; 1] {
        [Some(times(kept, &gradient))]
    }
}

/// All numbers times the only one of `factor`, which is 1 at the usual end of a graph.
fn times(tensor: FlexTensor, factor: &FlexTensor) -> FlexTensor {
    match numbers(factor) {
        [factor] if *factor != 1.0 => {
            let scaled = numbers(&tensor).iter().map(|number| number * factor).collect();
            like(scaled, &tensor)
        }
        _ => tensor,
    }
}

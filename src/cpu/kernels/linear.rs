//! Dense layers: product, bias and curve in one operation.

use burn_flex::FlexTensor;

use crate::math::curve::{self, Curve, Kept};
use crate::math::gemm::{Finish, Mat, MatMut, Start, par_gemm};
use crate::math::reduce::sum_rows;
use crate::op::{Op, dims, filled, numbers, tensor};

/// `x [rows, in] · weight [in, out] + bias [out]`, then the curve.
#[derive(Clone, Debug)]
pub(super) struct Linear {
    pub(super) curve: Option<Curve>,
}

/// Inputs, and what the curve's way back needs.
#[derive(Clone, Debug)]
pub(super) struct LinearKept {
    x: FlexTensor,
    weight: FlexTensor,
    curve: Option<FlexTensor>,
}

impl Op<3> for Linear {
    type Kept = LinearKept;

    fn forward(
        &self,
        [x, weight, bias]: &[FlexTensor; 3],
        keeps: bool,
    ) -> (FlexTensor, Option<LinearKept>) {
        let [n_rows, n_in] = dims(x);
        let [_, n_out] = dims(weight);
        let is_relu = self.curve == Some(Curve::Relu);
        let mut y = filled(n_rows * n_out);
        par_gemm(
            Mat::new(numbers(x), n_rows, n_in),
            &Mat::new(numbers(weight), n_in, n_out),
            MatMut::new(&mut y, n_rows, n_out),
            Start::PerColumn(numbers(bias)),
            if is_relu { Finish::Relu } else { Finish::Nothing },
        );
        let mut kept = None;
        if let Some(curve) = self.curve.filter(|_| !is_relu) {
            let before = y;
            y = filled(before.len());
            curve::forward(curve, &before, &mut y);
            if curve.kept() == Kept::Input {
                kept = Some(tensor(before, [n_rows, n_out]));
            }
        }
        let y = tensor(y, [n_rows, n_out]);
        let kept = keeps.then(|| LinearKept {
            x: x.clone(),
            weight: weight.clone(),
            curve: self.curve.map(|_| kept.unwrap_or_else(|| y.clone())),
        });
        (y, kept)
    }

    fn backward(
        &self,
        kept: LinearKept,
        gradient: FlexTensor,
        wanted: [bool; 3],
    ) -> [Option<FlexTensor>; 3] {
        let LinearKept { x, weight, curve } = kept;
        let [n_rows, n_in] = dims(&x);
        let [_, n_out] = dims(&weight);
        let bent = match (self.curve, &curve) {
            (Some(curve), Some(kept)) => {
                let mut bent = filled(n_rows * n_out);
                curve::backward(curve, numbers(kept), numbers(&gradient), &mut bent);
                Some(bent)
            }
            _ => None,
        };
        let dy = bent.as_deref().unwrap_or_else(|| numbers(&gradient));
        let d_out = Mat::new(dy, n_rows, n_out);
        let [wants_x, wants_weight, wants_bias] = wanted;
        let dx = wants_x.then(|| {
            let mut dx = filled(n_rows * n_in);
            par_gemm(
                d_out,
                &Mat::new(numbers(&weight), n_in, n_out).transposed(),
                MatMut::new(&mut dx, n_rows, n_in),
                Start::Zero,
                Finish::Nothing,
            );
            tensor(dx, [n_rows, n_in])
        });
        let d_weight = wants_weight.then(|| {
            let mut d_weight = filled(n_in * n_out);
            par_gemm(
                Mat::new(numbers(&x), n_rows, n_in).transposed(),
                &d_out,
                MatMut::new(&mut d_weight, n_in, n_out),
                Start::Zero,
                Finish::Nothing,
            );
            tensor(d_weight, [n_in, n_out])
        });
        let d_bias = wants_bias.then(|| tensor(sum_rows(dy, n_out), [n_out]));
        [dx, d_weight, d_bias]
    }
}

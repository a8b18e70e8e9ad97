//! Fixed curves that a network applies to every number.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, activation};
use pg_base::Trouble;

/// A curve, apart from the layer: dense layers, convolutions and transformer blocks use it too.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Curve {
    /// `max(x, 0)`.
    Relu,
    /// `x` above 0, `slope · x` below.
    LeakyRelu {
        /// Slope below 0.
        slope: f64,
    },
    /// `x · Φ(x)` with the normal distribution's Φ, exact (Hendrycks and Gimpel 2016).
    Gelu,
    /// `x · sigmoid(x)`.
    Silu,
    /// `x` above 0, `exp(x) − 1` below.
    Elu,
    /// Hyperbolic tangent.
    Tanh,
    /// `1 / (1 + exp(−x))`.
    Sigmoid,
    /// `exp(x)` over its sum along the features.
    Softmax,
}

impl Curve {
    /// The curve of a choice id.
    pub fn from_id(id: &str, slope: f64) -> Result<Self, Trouble> {
        Ok(match id {
            "relu" => Self::Relu,
            "leaky_relu" => Self::LeakyRelu { slope },
            "gelu" => Self::Gelu,
            "silu" => Self::Silu,
            "elu" => Self::Elu,
            "tanh" => Self::Tanh,
            "sigmoid" => Self::Sigmoid,
            "softmax" => Self::Softmax,
            _ => return Err(Trouble::internal(format!("no activation `{id}`"))),
        })
    }

    /// Whether each result depends on one number alone; softmax needs them all.
    pub fn is_of_single_numbers(self) -> bool {
        self != Self::Softmax
    }

    /// The dimension along which softmax sums: the channels of pictures, else the last one.
    pub fn softmax_dim(rank: usize) -> usize {
        if rank == 4 { 1 } else { rank - 1 }
    }

    /// The curve of every number, by burn.
    pub(super) fn on<B: Backend, const D: usize>(self, x: Tensor<B, D>) -> Tensor<B, D> {
        match self {
            Self::Relu => activation::relu(x),
            Self::LeakyRelu { slope } => activation::leaky_relu(x, slope),
            Self::Gelu => activation::gelu(x),
            Self::Silu => activation::silu(x),
            Self::Elu => {
                // burn's form takes exp of large positive numbers too, whose gradient is then 0 · ∞.
                let positive = activation::relu(x.clone());
                let negative = x.sub(positive.clone()).exp().sub_scalar(1.0);
                positive.add(negative)
            }
            Self::Tanh => activation::tanh(x),
            Self::Sigmoid => activation::sigmoid(x),
            Self::Softmax => activation::softmax(x, Self::softmax_dim(D)),
        }
    }
}

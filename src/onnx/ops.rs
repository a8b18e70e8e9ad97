//! Lowerings of the usual network layers; each adds one to a few nodes and returns the value they compute.

use crate::graph::{GraphBuilder, Name};
use crate::tensor::{Attr, ElemType};

/// A convolution over one or more spatial dimensions.
///
/// Empty slices mean ONNX's defaults: steps of one, no padding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conv<'a> {
    /// `[n_out, n_in / n_groups, kernel…]` in row-major order.
    pub weight: &'a [f32],
    pub weight_shape: &'a [usize],
    /// One value per output channel.
    pub bias: Option<&'a [f32]>,
    pub strides: &'a [usize],
    /// All beginnings, then all ends: `[top, left, bottom, right]` for pictures, `[left, right]` for sequences.
    pub pads: &'a [usize],
    pub dilations: &'a [usize],
    pub n_groups: usize,
}

/// The window of a pooling layer; empty slices mean ONNX's defaults: steps of one, no padding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pool<'a> {
    pub kernel: &'a [usize],
    pub strides: &'a [usize],
    /// All beginnings, then all ends, as in [`Conv::pads`].
    pub pads: &'a [usize],
    /// Whether a window that only partly fits at the end counts.
    pub is_ceil: bool,
}

/// What batch normalisation has learned; every slice has one value per channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNorm<'a> {
    pub scale: &'a [f32],
    pub bias: &'a [f32],
    pub mean: &'a [f32],
    pub variance: &'a [f32],
    pub epsilon: f32,
}

impl GraphBuilder {
    /// A constant without dimensions.
    pub fn scalar(&mut self, name_hint: &str, value: f32) -> Name {
        self.constant_f32(name_hint, &[], &[value])
    }

    /// `x · weight + bias` over the last dimension; `weight` is `[n_in, n_out]`, burn's order.
    ///
    /// `rank` is that of `x`: a `Gemm` for 2, otherwise `MatMul` and `Add`.
    /// The constants are named `hint.weight` and `hint.bias`.
    pub fn linear(
        &mut self,
        hint: &str,
        x: Name,
        rank: usize,
        [n_in, n_out]: [usize; 2],
        weight: &[f32],
        bias: Option<&[f32]>,
    ) -> Name {
        let weight = self.constant_f32(&format!("{hint}.weight"), &[n_in, n_out], weight);
        let bias = bias.map(|bias| self.constant_f32(&format!("{hint}.bias"), &[n_out], bias));
        match bias {
            _ if rank == 2 => self.node("Gemm", &with_optional(&[x, weight], bias), &[]),
            Some(bias) => {
                let product = self.node("MatMul", &[x, weight], &[]);
                self.node("Add", &[product, bias], &[])
            }
            None => self.node("MatMul", &[x, weight], &[]),
        }
    }

    /// A convolution of `x` `[n, n_in, spatial…]`; the constants are named `hint.weight` and `hint.bias`.
    pub fn conv(&mut self, hint: &str, x: Name, conv: &Conv<'_>) -> Name {
        let weight = self.constant_f32(&format!("{hint}.weight"), conv.weight_shape, conv.weight);
        let n_out = conv.weight_shape.first().copied().unwrap_or_default();
        let bias = conv.bias.map(|bias| self.constant_f32(&format!("{hint}.bias"), &[n_out], bias));
        let kernel = conv.weight_shape.get(2..).unwrap_or_default();
        let mut attrs = window_attrs(kernel, conv.strides, conv.pads);
        if !conv.dilations.is_empty() {
            attrs.push(("dilations", Attr::sizes(conv.dilations)));
        }
        attrs.push(("group", Attr::Int(conv.n_groups as i64)));
        self.node("Conv", &with_optional(&[x, weight], bias), &attrs)
    }

    /// The largest value of every window of `x` `[n, channels, spatial…]`; empty `dilations` mean one.
    pub fn max_pool(&mut self, x: Name, pool: &Pool<'_>, dilations: &[usize]) -> Name {
        let mut attrs = pool_attrs(pool);
        if !dilations.is_empty() {
            attrs.push(("dilations", Attr::sizes(dilations)));
        }
        self.node("MaxPool", &[x], &attrs)
    }

    /// The mean of every window of `x` `[n, channels, spatial…]`, padding counted as zeros where `counts_padding`.
    pub fn avg_pool(&mut self, x: Name, pool: &Pool<'_>, counts_padding: bool) -> Name {
        let mut attrs = pool_attrs(pool);
        attrs.push(("count_include_pad", Attr::Int(i64::from(counts_padding))));
        self.node("AveragePool", &[x], &attrs)
    }

    /// Batch normalisation as at inference; the constants are named `hint.scale` and so on.
    pub fn batch_norm(&mut self, hint: &str, x: Name, norm: &BatchNorm<'_>) -> Name {
        let parts = [
            ("scale", norm.scale),
            ("bias", norm.bias),
            ("mean", norm.mean),
            ("variance", norm.variance),
        ];
        // Every part is checked against the scale's length.
        let parts = parts.map(|(part, data)| {
            self.constant_f32(&format!("{hint}.{part}"), &[norm.scale.len()], data)
        });
        let [scale, bias, mean, variance] = parts;
        self.node(
            "BatchNormalization",
            &[x, scale, bias, mean, variance],
            &[("epsilon", Attr::Float(norm.epsilon))],
        )
    }

    /// Layer normalisation over the last dimension; the constants are named `hint.scale` and `hint.bias`.
    pub fn layer_norm(
        &mut self,
        hint: &str,
        x: Name,
        scale: &[f32],
        bias: Option<&[f32]>,
        epsilon: f32,
    ) -> Name {
        let width = scale.len();
        let scale = self.constant_f32(&format!("{hint}.scale"), &[width], scale);
        let bias = bias.map(|bias| self.constant_f32(&format!("{hint}.bias"), &[width], bias));
        let attrs = [("axis", Attr::Int(-1)), ("epsilon", Attr::Float(epsilon))];
        self.node("LayerNormalization", &with_optional(&[x, scale], bias), &attrs)
    }

    /// The exact GELU, `x · ½ · (1 + erf(x / √2))` (Hendrycks and Gimpel 2016); opset 18 has no operator for it.
    pub fn gelu(&mut self, x: Name) -> Name {
        let root = self.scalar("gelu.sqrt_2", std::f32::consts::SQRT_2);
        let one = self.scalar("gelu.one", 1.0);
        let half = self.scalar("gelu.half", 0.5);
        let scaled = self.node("Div", &[x, root], &[]);
        let erf = self.node("Erf", &[scaled], &[]);
        let gate = self.node("Add", &[erf, one], &[]);
        let half_gate = self.node("Mul", &[gate, half], &[]);
        self.node("Mul", &[x, half_gate], &[])
    }

    /// Softmax along `axis`; negative axes count from the end.
    pub fn softmax(&mut self, x: Name, axis: i64) -> Name {
        self.node("Softmax", &[x], &[("axis", Attr::Int(axis))])
    }

    /// `x` in another shape: `0` keeps the size at that place, one `-1` is computed.
    pub fn reshape(&mut self, x: Name, shape: &[i64]) -> Name {
        let shape = self.constant_i64("shape", &[shape.len()], shape);
        self.node("Reshape", &[x, shape], &[])
    }

    /// `x` with its dimensions in the order `perm`.
    pub fn transpose(&mut self, x: Name, perm: &[usize]) -> Name {
        self.node("Transpose", &[x], &[("perm", Attr::sizes(perm))])
    }

    /// The entries of `data` along `axis` that the 64-bit integers `indices` name.
    pub fn gather(&mut self, data: Name, indices: Name, axis: i64) -> Name {
        self.node("Gather", &[data, indices], &[("axis", Attr::Int(axis))])
    }

    /// Rows of a table `[n_entries, width]` by 64-bit `ids` of any shape; the constant is named `hint.weight`.
    pub fn embedding(
        &mut self,
        hint: &str,
        ids: Name,
        [n_entries, width]: [usize; 2],
        table: &[f32],
    ) -> Name {
        let table = self.constant_f32(&format!("{hint}.weight"), &[n_entries, width], table);
        self.gather(table, ids, 0)
    }

    /// `parts` one after the other along `axis`.
    pub fn concat(&mut self, parts: &[Name], axis: i64) -> Name {
        self.node("Concat", parts, &[("axis", Attr::Int(axis))])
    }

    /// `x` converted to another element type.
    pub fn cast(&mut self, x: Name, to: ElemType) -> Name {
        self.node("Cast", &[x], &[("to", Attr::Int(i64::from(to.code())))])
    }

    /// `x` without the dimensions `axes`, each of size one.
    pub fn squeeze(&mut self, x: Name, axes: &[i64]) -> Name {
        let axes = self.constant_i64("axes", &[axes.len()], axes);
        self.node("Squeeze", &[x, axes], &[])
    }

    /// `x` with new dimensions of size one, at the places `axes` of the result.
    pub fn unsqueeze(&mut self, x: Name, axes: &[i64]) -> Name {
        let axes = self.constant_i64("axes", &[axes.len()], axes);
        self.node("Unsqueeze", &[x, axes], &[])
    }

    /// Entries `start..end` of `x` along `axis`; negative places count from the end.
    pub fn slice(&mut self, x: Name, axis: i64, start: i64, end: i64) -> Name {
        let [start, end, axis] = [("start", start), ("end", end), ("axes", axis)]
            .map(|(hint, at)| self.constant_i64(hint, &[1], &[at]));
        self.node("Slice", &[x, start, end, axis], &[])
    }

    /// `ReduceMean`, `ReduceSum`, `ReduceMax` and the like over `axes`, which stay with size one where `keeps_dims`.
    pub fn reduce(&mut self, op: &str, x: Name, axes: &[i64], keeps_dims: bool) -> Name {
        let axes = self.constant_i64("axes", &[axes.len()], axes);
        self.node(op, &[x, axes], &[("keepdims", Attr::Int(i64::from(keeps_dims)))])
    }
}

fn with_optional(inputs: &[Name], last: Option<Name>) -> Vec<Name> {
    inputs.iter().copied().chain(last).collect()
}

fn window_attrs(kernel: &[usize], strides: &[usize], pads: &[usize]) -> Vec<(&'static str, Attr)> {
    [("kernel_shape", kernel), ("strides", strides), ("pads", pads)]
        .into_iter()
        .filter(|(_, sizes)| !sizes.is_empty())
        .map(|(name, sizes)| (name, Attr::sizes(sizes)))
        .collect()
}

fn pool_attrs(pool: &Pool<'_>) -> Vec<(&'static str, Attr)> {
    let mut attrs = window_attrs(pool.kernel, pool.strides, pool.pads);
    attrs.push(("ceil_mode", Attr::Int(i64::from(pool.is_ceil))));
    attrs
}

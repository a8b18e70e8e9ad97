//! Whole networks from a few numbers; each function adds layers to a blueprint and says which is the last.

use pg_base::{ParamValue, ParamValues, Trouble};

use crate::blueprint::Blueprint;
use crate::layers::{
    activation, batch_norm, concatenate, conv2d, dense, dropout, embedding, flatten, layer_norm,
    max_pool2d, pool, positions, sequence_pool, transformer_block,
};
use crate::spec::Signal;

mod table;

pub use table::{MlpEnsemble, ResidualMlp, TableTransformer, flat, side_by_side};

/// Dense layers in a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Mlp {
    /// Units of the hidden layers.
    pub hidden: Vec<usize>,
    /// Id of the activation.
    pub activation: String,
    /// Dropout after each hidden layer; 0 for none.
    pub dropout: f64,
    /// Batch normalisation before each activation.
    pub has_batch_norm: bool,
}

/// Embedding, positions, transformer blocks and pooling.
#[derive(Clone, Debug, PartialEq)]
pub struct TransformerText {
    /// Numbers per token.
    pub dim: usize,
    /// Attention heads.
    pub n_heads: usize,
    /// Blocks.
    pub n_blocks: usize,
    /// Width inside the feed-forward parts.
    pub feed_forward: usize,
    /// Dropout everywhere; 0 for none.
    pub dropout: f64,
    /// `pre` or `post`.
    pub norm: String,
    /// `gelu` or `relu`.
    pub activation: String,
    /// `mean`, `max` or `first`.
    pub pool: String,
}

impl Mlp {
    /// Adds the layers after `from` with ids `prefix.dense_1` …; pictures and sequences are flattened first.
    pub fn push(
        &self,
        blueprint: &mut Blueprint,
        prefix: &str,
        from: &str,
    ) -> Result<String, Trouble> {
        let mut chain = Chain::new(blueprint, prefix, from);
        chain.flatten_if_needed()?;
        for units in &self.hidden {
            let has_bias = !self.has_batch_norm;
            chain.push(
                dense::SPEC.id,
                &[
                    (dense::UNITS.spec.id, int(*units)),
                    (dense::BIAS.spec.id, ParamValue::Bool(has_bias)),
                ],
            )?;
            if self.has_batch_norm {
                chain.push(batch_norm::SPEC.id, &[])?;
            }
            chain.activation(&self.activation)?;
            chain.dropout(self.dropout)?;
        }
        Ok(chain.last)
    }
}

impl TransformerText {
    /// Adds the layers after `from` (token ids) with ids `prefix.embedding_1` ….
    pub fn push(
        &self,
        blueprint: &mut Blueprint,
        prefix: &str,
        from: &str,
    ) -> Result<String, Trouble> {
        let mut chain = Chain::new(blueprint, prefix, from);
        chain.push(embedding::SPEC.id, &[(embedding::DIM.spec.id, int(self.dim))])?;
        chain.push(positions::SPEC.id, &[])?;
        chain.dropout(self.dropout)?;
        for _ in 0..self.n_blocks {
            chain.push(
                transformer_block::SPEC.id,
                &[
                    (transformer_block::HEADS.spec.id, int(self.n_heads)),
                    (transformer_block::FEED_FORWARD.spec.id, int(self.feed_forward)),
                    (transformer_block::DROPOUT.spec.id, ParamValue::Float(self.dropout)),
                    (transformer_block::NORM.spec.id, text(&self.norm)),
                    (transformer_block::ACTIVATION.spec.id, text(&self.activation)),
                ],
            )?;
        }
        // Blocks that normalise first leave their sum as it is; one normalisation at the end makes good for it.
        if self.norm == "pre" && self.n_blocks > 0 {
            chain.push(layer_norm::SPEC.id, &[])?;
        }
        chain.push(sequence_pool::SPEC.id, &[(sequence_pool::KIND.spec.id, text(&self.pool))])?;
        Ok(chain.last)
    }
}

/// LeNet-5 (LeCun et al. 1998) with ReLU and maximum pooling, as it is used today: 61 thousand weights on 28 × 28
/// pictures. Where a picture is too small for the second window, that convolution keeps the size instead.
pub fn lenet(blueprint: &mut Blueprint, prefix: &str, from: &str) -> Result<String, Trouble> {
    let mut chain = Chain::new(blueprint, prefix, from);
    let side =
        chain.shape()?.get(1..).and_then(|sides| sides.iter().min().copied()).unwrap_or_default();
    let second_padding = if side / 2 >= 7 { "valid" } else { "same" };
    for (filters, padding) in [(6, "same"), (16, second_padding)] {
        chain.push(
            conv2d::SPEC.id,
            &[
                (conv2d::FILTERS.spec.id, int(filters)),
                (conv2d::KERNEL.spec.id, int(5)),
                (conv2d::PADDING.spec.id, text(padding)),
            ],
        )?;
        chain.activation("relu")?;
        chain.push(
            max_pool2d::SPEC.id,
            &[(pool::KERNEL.spec.id, int(2)), (pool::STRIDE.spec.id, int(2))],
        )?;
    }
    chain.flatten_if_needed()?;
    for units in [120, 84] {
        chain.push(dense::SPEC.id, &[(dense::UNITS.spec.id, int(units))])?;
        chain.activation("relu")?;
    }
    Ok(chain.last)
}

struct Chain<'a> {
    blueprint: &'a mut Blueprint,
    prefix: &'a str,
    last: String,
}

impl<'a> Chain<'a> {
    fn new(blueprint: &'a mut Blueprint, prefix: &'a str, from: &str) -> Self {
        Self { blueprint, prefix, last: from.to_owned() }
    }

    /// Begins where several layers meet, joined along `axis`.
    fn of_many(
        blueprint: &'a mut Blueprint,
        prefix: &'a str,
        mut parts: Vec<String>,
        axis: &str,
    ) -> Result<Self, Trouble> {
        let first = parts.first().cloned().ok_or_else(|| Trouble::internal("a join of nothing"))?;
        let mut chain = Self::new(blueprint, prefix, &first);
        if parts.len() > 1 {
            parts.remove(0);
            chain.add(concatenate::SPEC.id, &[(concatenate::AXIS.spec.id, text(axis))], parts)?;
        }
        Ok(chain)
    }

    /// Adds a layer; its id ends with the count of its kind under this prefix.
    fn push(&mut self, kind: &str, params: &[(&str, ParamValue)]) -> Result<(), Trouble> {
        self.add(kind, params, Vec::new())
    }

    /// Adds a layer that joins the last one and another.
    fn join(
        &mut self,
        kind: &str,
        params: &[(&str, ParamValue)],
        other: String,
    ) -> Result<(), Trouble> {
        self.add(kind, params, vec![other])
    }

    fn add(
        &mut self,
        kind: &str,
        params: &[(&str, ParamValue)],
        others: Vec<String>,
    ) -> Result<(), Trouble> {
        let id = (1..).map(|count| format!("{}.{kind}_{count}", self.prefix));
        let is_free = |id: &String| self.blueprint.layers.iter().all(|layer| layer.id != *id);
        let id =
            id.into_iter().find(is_free).ok_or_else(|| Trouble::internal("no free layer id"))?;
        let params: ParamValues =
            params.iter().map(|(id, value)| ((*id).to_owned(), value.clone())).collect();
        let inputs = [vec![self.last.clone()], others].concat();
        self.blueprint.push(id.clone(), kind, params, &inputs)?;
        self.last = id;
        Ok(())
    }

    fn activation(&mut self, kind: &str) -> Result<(), Trouble> {
        self.push(activation::SPEC.id, &[(activation::KIND.spec.id, text(kind))])
    }

    fn dropout(&mut self, rate: f64) -> Result<(), Trouble> {
        if rate > 0.0 {
            self.push(dropout::SPEC.id, &[(dropout::RATE.spec.id, ParamValue::Float(rate))])
        } else {
            Ok(())
        }
    }

    fn flatten_if_needed(&mut self) -> Result<(), Trouble> {
        if self.shape()?.len() > 1 { self.push(flatten::SPEC.id, &[]) } else { Ok(()) }
    }

    fn shape(&self) -> Result<Vec<usize>, Trouble> {
        Ok(self.signal()?.shape)
    }

    fn signal(&self) -> Result<Signal, Trouble> {
        let signals = self.blueprint.signals()?;
        let signal = signals.get(&self.last).cloned();
        signal.ok_or_else(|| Trouble::internal(format!("no layer `{}`", self.last)))
    }
}

fn int(number: usize) -> ParamValue {
    ParamValue::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn text(id: &str) -> ParamValue {
    ParamValue::Text(id.to_owned())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::blueprint::Head;
    use crate::layers::{input, output};

    /// A network from one input through `push` to an output.
    pub(crate) fn network(
        input: Signal,
        head: Head,
        push: impl FnOnce(&mut Blueprint) -> Result<String, Trouble>,
    ) -> Result<Blueprint, Trouble> {
        let mut blueprint = Blueprint::new(vec![input]);
        blueprint.push("in", input::SPEC.id, ParamValues::new(), &[])?;
        let last = push(&mut blueprint)?;
        let units = ParamValues::from([(output::UNITS.spec.id.to_owned(), int(head.n_units()))]);
        blueprint.push("out", output::SPEC.id, units, &[last])?;
        blueprint.head = Some(head);
        Ok(blueprint)
    }

    /// The kinds that no preset uses, in odd settings, on pictures.
    fn pictures(blueprint: &mut Blueprint) -> Result<String, Trouble> {
        let mut chain = Chain::new(blueprint, "odd", "in");
        let slow =
            [("filters", int(4)), ("kernel", int(2)), ("stride", int(2)), ("groups", int(2))];
        chain.push(conv2d::SPEC.id, &slow)?;
        chain.activation("silu")?;
        chain.push(
            "avg_pool2d",
            &[("kernel", int(3)), ("padding", int(1)), ("counts_padding", ParamValue::Bool(false))],
        )?;
        chain.activation("elu")?;
        let wide = [
            ("filters", int(3)),
            ("padding", text("number")),
            ("pad", int(2)),
            ("dilation", int(2)),
        ];
        chain.push(conv2d::SPEC.id, &wide)?;
        chain.push(batch_norm::SPEC.id, &[])?;
        chain.activation("softmax")?;
        chain.push("global_pool", &[("kind", text("max"))])?;
        Ok(chain.last)
    }

    /// A picture made smaller and larger again.
    fn hourglass(blueprint: &mut Blueprint) -> Result<String, Trouble> {
        let mut chain = Chain::new(blueprint, "odd", "in");
        chain.push(conv2d::SPEC.id, &[("filters", int(6)), ("stride", int(2))])?;
        chain.push("group_norm", &[("groups", int(3))])?;
        chain.activation("relu")?;
        chain.push("conv_transpose2d", &[("filters", int(5))])?;
        chain.activation("relu")?;
        let uneven =
            [("filters", int(4)), ("kernel", int(3)), ("stride", int(1)), ("padding", int(0))];
        chain.push("conv_transpose2d", &uneven)?;
        chain.push("global_pool", &[("kind", text("avg"))])?;
        Ok(chain.last)
    }

    /// Squares of a picture as a sequence, read by recurrent layers of all kinds.
    fn sequences(blueprint: &mut Blueprint) -> Result<String, Trouble> {
        let mut chain = Chain::new(blueprint, "odd", "in");
        chain.push("patches", &[("side", int(2))])?;
        let short = [("filters", int(6)), ("kernel", int(2)), ("groups", int(2))];
        chain.push("conv1d", &[&short[..], &[("padding", text("valid"))]].concat())?;
        let all = |cell: &str| [("cell", text(cell)), ("units", int(5)), ("result", text("all"))];
        chain.push("recurrent", &all("lstm"))?;
        chain.push("recurrent", &all("rnn"))?;
        let last =
            [("cell", text("gru")), ("units", int(4)), ("both_ways", ParamValue::Bool(true))];
        chain.push("recurrent", &last)?;
        Ok(chain.last)
    }

    /// Token ids with padding, read from both ends.
    fn read(blueprint: &mut Blueprint) -> Result<String, Trouble> {
        let mut chain = Chain::new(blueprint, "odd", "in");
        chain.push(embedding::SPEC.id, &[("dim", int(6))])?;
        let both = ("both_ways", ParamValue::Bool(true));
        chain.push("recurrent", &[("units", int(4)), ("result", text("all")), both.clone()])?;
        chain.push("recurrent", &[("cell", text("rnn")), ("units", int(3)), both])?;
        Ok(chain.last)
    }

    /// The same on token ids, with a gate.
    fn texts(blueprint: &mut Blueprint) -> Result<String, Trouble> {
        let mut chain = Chain::new(blueprint, "odd", "in");
        chain.push(embedding::SPEC.id, &[("dim", int(6))])?;
        chain.push(positions::SPEC.id, &[("kind", text("learnt"))])?;
        chain.push(dense::SPEC.id, &[("units", int(5))])?;
        chain.activation("leaky_relu")?;
        let open = chain.last.clone();
        chain.push(layer_norm::SPEC.id, &[])?;
        chain.activation("tanh")?;
        let gate = chain.last;
        blueprint.push("gated", "multiply", ParamValues::new(), &[open.clone(), gate.clone()])?;
        blueprint.push("joined", "concatenate", ParamValues::new(), &["gated".to_owned(), open])?;
        let mut chain = Chain::new(blueprint, "odd", "joined");
        let past = [("filters", int(7)), ("stride", int(2)), ("padding", text("causal"))];
        chain.push("conv1d", &past)?;
        chain.push("rms_norm", &[])?;
        chain.push(sequence_pool::SPEC.id, &[("kind", text("max"))])?;
        chain.activation("sigmoid")?;
        Ok(chain.last)
    }

    /// One network per preset and setting, and some that hold the other kinds.
    pub(crate) fn samples() -> Vec<Blueprint> {
        let mlp = |has_batch_norm, activation: &str| {
            let mlp = Mlp {
                hidden: vec![16, 8],
                activation: activation.to_owned(),
                dropout: 0.1,
                has_batch_norm,
            };
            network(Signal::numbers([5]), Head::Softmax { n_classes: 3 }, |b| {
                mlp.push(b, "mlp", "in")
            })
        };
        let transformer = |norm: &str, activation: &str, pool: &str| {
            let preset = TransformerText {
                dim: 16,
                n_heads: 4,
                n_blocks: 2,
                feed_forward: 24,
                dropout: 0.1,
                norm: norm.to_owned(),
                activation: activation.to_owned(),
                pool: pool.to_owned(),
            };
            network(Signal::ids(7, 30), Head::Sigmoid, |b| preset.push(b, "text", "in"))
        };
        let lenet_of = |side| {
            network(Signal::numbers([1, side, side]), Head::Softmax { n_classes: 10 }, |b| {
                lenet(b, "lenet", "in")
            })
        };
        let flat = Mlp {
            hidden: vec![],
            activation: "relu".to_owned(),
            dropout: 0.0,
            has_batch_norm: false,
        };
        [
            mlp(false, "relu"),
            mlp(true, "gelu"),
            network(Signal::numbers([3, 4, 4]), Head::Linear { n_outputs: 2 }, |b| {
                flat.push(b, "flat", "in")
            }),
            lenet_of(28),
            lenet_of(8),
            transformer("pre", "gelu", "mean"),
            transformer("post", "relu", "max"),
            transformer("post", "gelu", "first"),
            network(Signal::numbers([2, 7, 9]), Head::Softmax { n_classes: 4 }, pictures),
            network(Signal::ids(5, 12), Head::Linear { n_outputs: 1 }, texts),
            network(Signal::numbers([2, 4, 6]), Head::Softmax { n_classes: 3 }, sequences),
            network(Signal::ids(5, 12), Head::Sigmoid, read),
            network(Signal::numbers([2, 7, 9]), Head::Linear { n_outputs: 2 }, hourglass),
        ]
        .into_iter()
        .map(|blueprint| blueprint.expect("fits"))
        .chain(table::tests::tables())
        .collect()
    }

    fn n_params(blueprint: &Blueprint) -> u64 {
        blueprint.summary().expect("fits").total.n_params
    }

    #[test]
    fn sizes_are_those_of_pytorch() {
        let all = samples();
        assert_eq!(n_params(&all[3]), 61_706, "LeNet-5 on 28 × 28");
        let preset = TransformerText {
            dim: 128,
            n_heads: 4,
            n_blocks: 2,
            feed_forward: 512,
            dropout: 0.1,
            norm: "post".to_owned(),
            activation: "relu".to_owned(),
            pool: "mean".to_owned(),
        };
        let network =
            network(Signal::ids(128, 8000), Head::Sigmoid, |b| preset.push(b, "text", "in"))
                .expect("fits");
        assert_eq!(n_params(&network), 8000 * 128 + 2 * 198_272 + 129);
    }

    #[test]
    fn a_picture_of_one_pixel_is_refused_at_a_layer() {
        let input = Signal::numbers([1, 1, 1]);
        let trouble =
            network(input, Head::Sigmoid, |b| lenet(b, "lenet", "in")).expect_err("too small");
        assert_eq!(trouble.code, "window-too-large");
        assert_eq!(trouble.details.place.node.as_deref(), Some("lenet.max_pool2d_1"));
    }
}

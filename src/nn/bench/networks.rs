//! The reference networks, as `resources/scripts/bench_pytorch.py` builds them.

use pg_base::{ParamValue, ParamValues, Trouble};

use crate::blueprint::{Blueprint, Head};
use crate::layers::{
    activation, add, batch_norm, class_token, conv2d, dense, embedding, flatten, global_pool,
    input, layer_norm, max_pool2d, output, patches, pool, positions, recurrent, sequence_pool,
    transformer_block,
};
use crate::presets::{self, Mlp};
use crate::spec::Signal;

/// 784-512-10 with ReLU.
pub(super) fn mlp() -> Result<Blueprint, Trouble> {
    let mut net = Net::entered([Signal::numbers([784])])?;
    net.last = hidden(&[512]).push(&mut net.blueprint, "mlp", &net.last)?;
    net.finished(Head::Softmax { n_classes: 10 })
}

/// LeNet-5 on 28 × 28 pictures.
pub(super) fn lenet() -> Result<Blueprint, Trouble> {
    let mut net = Net::entered([Signal::numbers([1, 28, 28])])?;
    net.last = presets::lenet(&mut net.blueprint, "lenet", &net.last)?;
    net.finished(Head::Softmax { n_classes: 10 })
}

/// Two 3 × 3 convolutions with 16 and 32 filters, ReLU and 2 × 2 pooling, on 28 × 28 pictures.
pub(super) fn cnn() -> Result<Blueprint, Trouble> {
    let mut net = Net::entered([Signal::numbers([1, 28, 28])])?;
    for filters in [16, 32] {
        net.add(conv2d::SPEC.id, &[("filters", int(filters)), ("kernel", int(3))])?;
        net.add(activation::SPEC.id, &[])?;
        net.add(max_pool2d::SPEC.id, &[(pool::KERNEL.spec.id, int(2))])?;
    }
    net.add(flatten::SPEC.id, &[])?;
    net.finished(Head::Softmax { n_classes: 10 })
}

/// ResNet-18 (He et al. 2016) for 32 × 32 pictures: a first window of 3 × 3 and no first pooling.
pub(super) fn resnet18() -> Result<Blueprint, Trouble> {
    let mut net = Net::entered([Signal::numbers([3, 32, 32])])?;
    net.convolved(64, 3, 1)?;
    net.add(activation::SPEC.id, &[])?;
    for (stage, filters) in [64, 128, 256, 512].into_iter().enumerate() {
        for block in 0..2 {
            let stride = if stage > 0 && block == 0 { 2 } else { 1 };
            let start = net.last.clone();
            net.convolved(filters, 3, stride)?;
            net.add(activation::SPEC.id, &[])?;
            net.convolved(filters, 3, 1)?;
            let end = std::mem::replace(&mut net.last, start);
            if stride == 2 {
                net.convolved(filters, 1, 2)?;
            }
            let shortcut = net.last.clone();
            net.join(add::SPEC.id, &[end, shortcut])?;
            net.add(activation::SPEC.id, &[])?;
        }
    }
    net.add(global_pool::SPEC.id, &[])?;
    net.finished(Head::Softmax { n_classes: 10 })
}

/// An LSTM with 128 units over 100 steps of 32 numbers, the last state to 10 classes.
pub(super) fn lstm() -> Result<Blueprint, Trouble> {
    let mut net = Net::entered([Signal::numbers([100, 32])])?;
    net.add(recurrent::SPEC.id, &[("units", int(128))])?;
    net.finished(Head::Softmax { n_classes: 10 })
}

/// Two encoder blocks of width 128 with 4 heads, feed-forward 512 and dropout 0.1, on 128 of 8000 tokens.
pub(super) fn transformer() -> Result<Blueprint, Trouble> {
    let mut net = Net::entered([Signal::ids(128, 8000)])?;
    net.add(embedding::SPEC.id, &[("dim", int(128))])?;
    net.add(positions::SPEC.id, &[])?;
    for _ in 0..2 {
        net.add(
            transformer_block::SPEC.id,
            &[
                ("heads", int(4)),
                ("feed_forward", int(512)),
                ("dropout", ParamValue::Float(0.1)),
                ("norm", text("post")),
                ("activation", text("relu")),
            ],
        )?;
    }
    net.add(sequence_pool::SPEC.id, &[("kind", text("mean"))])?;
    net.finished(Head::Sigmoid)
}

/// ViT-Tiny (Touvron et al. 2021) on 32 × 32 pictures in squares of 4: twelve blocks of width 192 with 3 heads.
pub(super) fn vit_tiny() -> Result<Blueprint, Trouble> {
    let mut net = Net::entered([Signal::numbers([3, 32, 32])])?;
    net.add(patches::SPEC.id, &[("side", int(4))])?;
    net.add(dense::SPEC.id, &[("units", int(192))])?;
    net.add(class_token::SPEC.id, &[])?;
    net.add(positions::SPEC.id, &[("kind", text("learnt"))])?;
    for _ in 0..12 {
        net.add(
            transformer_block::SPEC.id,
            &[
                ("heads", int(3)),
                ("feed_forward", int(768)),
                ("dropout", ParamValue::Float(0.0)),
                ("norm", text("pre")),
                ("activation", text("gelu")),
            ],
        )?;
    }
    net.add(layer_norm::SPEC.id, &[])?;
    net.add(sequence_pool::SPEC.id, &[("kind", text("first"))])?;
    net.finished(Head::Softmax { n_classes: 10 })
}

/// Ten numbers and ten categories of 50 kinds, each embedded, into 128-64-2 with ReLU.
pub(super) fn table_mlp() -> Result<Blueprint, Trouble> {
    let numbers = std::iter::once(Signal::numbers([10]));
    let mut net = Net::entered(numbers.chain((0..10).map(|_| Signal::ids(1, 50))))?;
    let entries = std::mem::take(&mut net.entries);
    let flat = presets::flat(&mut net.blueprint, "flat", &entries)?;
    net.last = hidden(&[128, 64]).push(&mut net.blueprint, "mlp", &flat)?;
    net.finished(Head::Softmax { n_classes: 2 })
}

/// A network in the making.
struct Net {
    blueprint: Blueprint,
    entries: Vec<String>,
    last: String,
}

impl Net {
    fn entered(signals: impl IntoIterator<Item = Signal>) -> Result<Self, Trouble> {
        let mut blueprint = Blueprint::new(signals.into_iter().collect());
        let mut entries = Vec::new();
        for slot in 0..blueprint.inputs.len() {
            let id = format!("input_{slot}");
            let params = ParamValues::from([(input::SLOT.spec.id.to_owned(), int(slot))]);
            blueprint.push(&id, input::SPEC.id, params, &[])?;
            entries.push(id);
        }
        let last = entries.first().cloned().unwrap_or_default();
        Ok(Self { blueprint, entries, last })
    }

    fn add(&mut self, kind: &str, params: &[(&str, ParamValue)]) -> Result<(), Trouble> {
        let id = format!("{kind}_{}", self.blueprint.layers.len());
        let params = params.iter().map(|(id, value)| ((*id).to_owned(), value.clone())).collect();
        self.blueprint.push(&id, kind, params, std::slice::from_ref(&self.last))?;
        self.last = id;
        Ok(())
    }

    fn join(&mut self, kind: &str, from: &[String]) -> Result<(), Trouble> {
        let id = format!("{kind}_{}", self.blueprint.layers.len());
        self.blueprint.push(&id, kind, ParamValues::new(), from)?;
        self.last = id;
        Ok(())
    }

    /// A convolution without bias and its batch normalisation.
    fn convolved(&mut self, filters: usize, kernel: usize, stride: usize) -> Result<(), Trouble> {
        let params = [
            ("filters", int(filters)),
            ("kernel", int(kernel)),
            ("stride", int(stride)),
            ("padding", text("number")),
            ("pad", int(kernel / 2)),
            ("bias", ParamValue::Bool(false)),
        ];
        self.add(conv2d::SPEC.id, &params)?;
        self.add(batch_norm::SPEC.id, &[])
    }

    fn finished(mut self, head: Head) -> Result<Blueprint, Trouble> {
        self.add(output::SPEC.id, &[(output::UNITS.spec.id, int(head.n_units()))])?;
        self.blueprint.head = Some(head);
        Ok(self.blueprint)
    }
}

fn hidden(units: &[usize]) -> Mlp {
    Mlp {
        hidden: units.to_vec(),
        activation: "relu".to_owned(),
        dropout: 0.0,
        has_batch_norm: false,
    }
}

fn int(number: usize) -> ParamValue {
    ParamValue::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn text(id: &str) -> ParamValue {
    ParamValue::Text(id.to_owned())
}

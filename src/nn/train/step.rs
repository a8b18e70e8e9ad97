//! One training step and one validation batch: the only places where batches meet a network.

use burn::module::AutodiffModule;
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};
use pg_base::{Array, Batch, Trouble};

use super::TrainSettings;
use super::gradients::Gradients;
use super::loss::{LossKind, Target, check_target};
use super::optimizer::Optimizer;
use super::score::Tally;
use crate::blueprint::{Blueprint, Head};
use crate::guard::random_turn;
use crate::inputs::check_inputs;
use crate::kernels::Kernels;
use crate::net::Net;
use crate::value::Value;

/// What does not change during a training.
#[derive(Clone, Debug)]
pub struct Frame<'a, D> {
    /// The network as data.
    pub blueprint: &'a Blueprint,
    /// What its output means.
    pub head: Head,
    /// The loss, resolved for the head.
    pub loss: LossKind,
    /// Largest global gradient norm.
    pub clip_norm: Option<f64>,
    /// Where it is computed.
    pub device: &'a D,
}

impl<'a, D> Frame<'a, D> {
    /// Checks that network and settings fit.
    pub fn new(
        blueprint: &'a Blueprint,
        settings: &TrainSettings,
        device: &'a D,
    ) -> Result<Self, Trouble> {
        let head =
            blueprint.head.ok_or_else(|| Trouble::internal("the network has no output layer"))?;
        let loss = settings.loss.resolve(head)?;
        Ok(Self { blueprint, head, loss, clip_norm: settings.clip_norm, device })
    }
}

/// A network that learns, with its optimizer.
#[derive(Debug)]
pub struct Learner<B: AutodiffBackend, K> {
    /// The network; inside, so that nothing shares its weights while they are changed in place.
    pub net: Net<B>,
    /// How it moves.
    pub optimizer: Optimizer<B::InnerBackend, K>,
}

/// What a step leaves on the device, to be read when the loop wants it.
#[derive(Debug)]
pub struct Outcome<I: Backend> {
    loss: Tensor<I, 1>,
    outputs: Tensor<I, 2>,
    target: Array,
}

impl<B, K> Learner<B, K>
where
    B: AutodiffBackend,
    K: Kernels<B> + Kernels<B::InnerBackend>,
{
    /// Learns from one batch. `seed` decides dropout. Afterwards no graph is left.
    pub fn step(
        self,
        batch: Batch,
        frame: &Frame<'_, B::Device>,
        seed: u64,
        learning_rate: f64,
    ) -> Result<(Self, Outcome<B::InnerBackend>), Trouble> {
        let Self { net, mut optimizer } = self;
        let (inputs, target) = to_device::<B>(&batch, frame)?;
        let outputs = {
            let _turn = random_turn();
            B::seed(frame.device, seed);
            net.forward_with::<K>(inputs)?
        };
        let kept_outputs = outputs.clone().inner();
        let loss = frame.loss.of(outputs, target)?;
        let kept_loss = loss.clone().inner();
        let mut gradients = Gradients::of(&net, loss.backward());
        if let Some(max_norm) = frame.clip_norm {
            gradients.clip(max_norm);
        }
        let net = optimizer.step(net, gradients, learning_rate);
        let target =
            batch.target.ok_or_else(|| Trouble::internal("a training batch has no target"))?;
        Ok((Self { net, optimizer }, Outcome { loss: kept_loss, outputs: kept_outputs, target }))
    }

    /// The network without gradients, for predictions.
    pub fn valid(&self) -> Net<B::InnerBackend> {
        self.net.valid()
    }
}

/// Measures a network without gradients on one batch.
pub fn measure<I: Backend, K: Kernels<I>>(
    net: &Net<I>,
    batch: Batch,
    frame: &Frame<'_, I::Device>,
) -> Result<Outcome<I>, Trouble> {
    let (inputs, target) = to_device::<I>(&batch, frame)?;
    let outputs = net.forward_with::<K>(inputs)?;
    let loss = frame.loss.of(outputs.clone(), target)?;
    let target =
        batch.target.ok_or_else(|| Trouble::internal("a validation batch has no target"))?;
    Ok(Outcome { loss, outputs, target })
}

impl<I: Backend> Outcome<I> {
    /// Reads loss and outputs back (this waits for the device), adds them to `tally`, and returns the loss.
    pub fn read(self, head: Head, tally: &mut Tally) -> Result<f64, Trouble> {
        let loss = numbers(self.loss)?.first().copied().map(f64::from);
        let loss = loss.ok_or_else(|| Trouble::internal("the loss is empty"))?;
        tally.add(loss, &numbers(self.outputs)?, &self.target, head)?;
        Ok(loss)
    }
}

/// The numbers of a tensor on the host, row-major.
pub fn numbers<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Result<Vec<f32>, Trouble> {
    let failed =
        |error: String| Trouble::internal(format!("the device gave no numbers back: {error}"));
    let data = tensor.try_into_data().map_err(|error| failed(format!("{error:?}")))?;
    data.convert::<f32>().into_vec().map_err(|error| failed(format!("{error:?}")))
}

fn to_device<B: Backend>(
    batch: &Batch,
    frame: &Frame<'_, B::Device>,
) -> Result<(Vec<Value<B>>, Target<B>), Trouble> {
    check_inputs(frame.blueprint, &batch.inputs)?;
    let target = check_target(batch.target.as_ref(), frame.head, batch.n_rows())?;
    let inputs = batch
        .inputs
        .iter()
        .map(|array| Value::from_array(array, frame.device))
        .collect::<Result<_, _>>()?;
    Ok((inputs, Target::new(target, frame.head, frame.device)?))
}

//! One training step and one validation batch: the only places where batches meet a network.

use burn::module::AutodiffModule;
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};
use pg_base::{Array, Batch, Trouble};

use super::TrainSettings;
use super::average::Average;
use super::gradients::{Gathered, Gradients};
use super::loss::Loss;
use super::optimizer::Optimizer;
use super::score::Tally;
use super::target::{Target, check_target};
use crate::blueprint::{Blueprint, Head};
use crate::guard::random_turn;
use crate::inputs::check_inputs;
use crate::kernels::{Kernels, chance};
use crate::net::Net;
use crate::value::Value;

/// What does not change during a training.
#[derive(Clone, Debug)]
pub struct Frame<'a, D> {
    /// The network as data.
    pub blueprint: &'a Blueprint,
    /// What its output means.
    pub head: Head,
    /// The loss, ready for the head.
    pub loss: Loss,
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
        let loss = Loss::new(settings, head)?;
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
    /// The running average of its weights, where one is kept.
    pub average: Option<Average<B::InnerBackend>>,
    /// Gradients of batches that have not led to a step yet.
    pub gathered: Option<Gathered<B::InnerBackend>>,
}

/// How one batch is learnt from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepPlan {
    /// Decides dropout.
    pub seed: u64,
    /// Step size.
    pub learning_rate: f64,
    /// Whether the weights move after this batch; else its gradients are gathered for a later one.
    pub moves: bool,
    /// Whether the length of the gradient is wanted, which waits for the device.
    pub wants_norm: bool,
}

/// What a step leaves on the device, to be read when the loop wants it.
#[derive(Debug)]
pub struct Outcome<I: Backend> {
    loss: Tensor<I, 1>,
    weight: f64,
    outputs: Tensor<I, 2>,
    target: Array,
    /// Length of the gradient, where it was wanted.
    pub gradient_norm: Option<f64>,
}

impl<B, K> Learner<B, K>
where
    B: AutodiffBackend,
    K: Kernels<B> + Kernels<B::InnerBackend>,
{
    /// A network that has not learnt yet.
    pub fn new(net: Net<B>, settings: &TrainSettings) -> Self {
        Self {
            net,
            optimizer: Optimizer::new(settings.optimizer, settings.weight_decay),
            average: settings.average_decay.map(Average::new),
            gathered: None,
        }
    }

    /// Learns from one batch. Afterwards no graph is left.
    pub fn step(
        self,
        batch: Batch,
        frame: &Frame<'_, B::Device>,
        plan: StepPlan,
    ) -> Result<(Self, Outcome<B::InnerBackend>), Trouble> {
        let _turn = random_turn();
        <K as Kernels<B>>::hosted(|| self.step_here(batch, frame, plan))
    }

    fn step_here(
        self,
        batch: Batch,
        frame: &Frame<'_, B::Device>,
        plan: StepPlan,
    ) -> Result<(Self, Outcome<B::InnerBackend>), Trouble> {
        let Self { mut net, mut optimizer, mut average, gathered } = self;
        let (inputs, target) = to_device::<B>(&batch, frame)?;
        B::seed(frame.device, plan.seed);
        chance::begin(plan.seed);
        let outputs = net.forward_with::<K>(inputs)?;
        let kept_outputs = outputs.clone().inner();
        let loss = frame.loss.of::<_, K>(outputs, target)?;
        let kept_loss = loss.clone().inner();
        let target =
            batch.target.ok_or_else(|| Trouble::internal("a training batch has no target"))?;
        let weight = frame.loss.weight(&target);
        let gradients = Gradients::of(&net, loss.backward());
        let gradient_norm = plan.wants_norm.then(|| gradients.norm::<K>());
        let (moving, gathered) = match (gathered, plan.moves) {
            (None, true) => (Some(gradients), None),
            (gathered, moves) => {
                let mut all = gathered.unwrap_or_default();
                all.add(gradients, weight);
                if moves { (Some(all.mean()), None) } else { (None, Some(all)) }
            }
        };
        if let Some(mut gradients) = moving {
            if let Some(max_norm) = frame.clip_norm {
                gradients.clip::<K>(max_norm);
            }
            net = optimizer.step(net, gradients, plan.learning_rate);
            if let Some(average) = &mut average {
                average.add(&net);
            }
        }
        let outcome =
            Outcome { loss: kept_loss, weight, outputs: kept_outputs, target, gradient_norm };
        Ok((Self { net, optimizer, average, gathered }, outcome))
    }
}

impl<B: AutodiffBackend, K> Learner<B, K> {
    /// The network without gradients, for predictions: with averaged weights where they are kept.
    pub fn valid(&self) -> Net<B::InnerBackend> {
        let net = self.net.valid();
        match &self.average {
            Some(average) => average.applied(net),
            None => net,
        }
    }
}

/// Measures a network without gradients on one batch.
pub fn measure<I: Backend, K: Kernels<I>>(
    net: &Net<I>,
    batch: Batch,
    frame: &Frame<'_, I::Device>,
) -> Result<Outcome<I>, Trouble> {
    K::hosted(|| {
        let (inputs, target) = to_device::<I>(&batch, frame)?;
        let outputs = net.forward_with::<K>(inputs)?;
        let loss = frame.loss.of::<_, K>(outputs.clone(), target)?;
        let target =
            batch.target.ok_or_else(|| Trouble::internal("a validation batch has no target"))?;
        let weight = frame.loss.weight(&target);
        Ok(Outcome { loss, weight, outputs, target, gradient_norm: None })
    })
}

impl<I: Backend> Outcome<I> {
    /// Reads loss and outputs back (this waits for the device), adds them to `tally`, and returns the loss.
    pub fn read(self, head: Head, tally: &mut Tally) -> Result<f64, Trouble> {
        let loss = numbers(self.loss)?.first().copied().map(f64::from);
        let loss = loss.ok_or_else(|| Trouble::internal("the loss is empty"))?;
        tally.add((loss, self.weight), &numbers(self.outputs)?, &self.target, head)?;
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

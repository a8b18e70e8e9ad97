//! A device made of a burn backend: the form of [`Compute`] that the crates of floor 3 instantiate.

use std::marker::PhantomData;
use std::time::Instant;

use burn::tensor::backend::{AutodiffBackend, Backend};
use pg_base::{Array, Batch, Trouble};

use crate::blueprint::{Blueprint, Head};
use crate::compute::{Compute, DeviceInfo, Predictor, StepTimes};
use crate::guard::guarded;
use crate::inputs::check_inputs;
use crate::kernels::Kernels;
use crate::net::Net;
use crate::train::fit::fit;
use crate::train::order::step_seed;
use crate::train::step::{Frame, Learner, StepPlan};
use crate::train::{TrainControl, TrainEvent, TrainJob, TrainSettings, Trained};
use crate::weights::Weights;

/// A burn backend `B` with the faster steps `K`, opened on one device.
#[derive(Debug)]
pub struct BurnDevice<B: Backend, K> {
    info: DeviceInfo,
    device: B::Device,
    kernels: PhantomData<K>,
}

impl<B: Backend, K> BurnDevice<B, K> {
    /// A device that is known to work.
    pub fn new(info: DeviceInfo, device: B::Device) -> Self {
        Self { info, device, kernels: PhantomData }
    }
}

impl<B, K> Compute for BurnDevice<B, K>
where
    B: AutodiffBackend,
    K: Kernels<B> + Kernels<B::InnerBackend>,
{
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn train(
        &self,
        job: &TrainJob,
        control: &TrainControl,
        on_event: &mut dyn FnMut(TrainEvent),
    ) -> Result<Trained, Trouble> {
        let trained = guarded(|| fit::<B, K>(job, control, on_event, &self.device));
        // A GPU keeps freed memory for the next training; others on the machine may want it.
        let _ = guarded(|| {
            B::memory_cleanup(&self.device);
            Ok(())
        });
        trained
    }

    fn load(
        &self,
        blueprint: &Blueprint,
        weights: &Weights,
    ) -> Result<Box<dyn Predictor>, Trouble> {
        let head =
            blueprint.head.ok_or_else(|| Trouble::internal("the network has no output layer"))?;
        let device = self.device.clone();
        let net = guarded(|| {
            Net::<B::InnerBackend>::build(blueprint, 0, &device)?.with_weights(weights)
        })?;
        Ok(Box::new(BurnPredictor::<_, K> {
            net,
            blueprint: blueprint.clone(),
            head,
            device,
            kernels: PhantomData,
        }))
    }

    fn time_steps(
        &self,
        blueprint: &Blueprint,
        settings: &TrainSettings,
        batch: &Batch,
        n_warm_up: usize,
        n_steps: usize,
    ) -> Result<StepTimes, Trouble> {
        guarded(|| {
            settings.check()?;
            let frame = Frame::new(blueprint, settings, &self.device)?;
            let net = Net::<B>::build(blueprint, 0, &self.device)?;
            let mut learner = Learner::<B, K>::new(net, settings);
            let mut train_ms = Vec::with_capacity(n_steps);
            for index in 0..n_warm_up + n_steps {
                let batch = batch.clone();
                let started = Instant::now();
                let plan = StepPlan {
                    seed: step_seed(0, index),
                    learning_rate: settings.learning_rate,
                    moves: true,
                    wants_norm: false,
                };
                (learner, _) = learner.step(batch, &frame, plan)?;
                self.wait()?;
                train_ms.push(started.elapsed().as_secs_f64() * 1000.0);
            }
            let net = learner.valid();
            let mut infer_ms = Vec::with_capacity(n_steps);
            for _ in 0..n_warm_up + n_steps {
                let started = Instant::now();
                net.predict::<K>(&batch.inputs, &self.device)?;
                infer_ms.push(started.elapsed().as_secs_f64() * 1000.0);
            }
            let times = |ms: Vec<f64>| median(ms.into_iter().skip(n_warm_up).collect());
            Ok(StepTimes { train_ms: times(train_ms), infer_ms: times(infer_ms) })
        })
    }
}

impl<B: Backend, K> BurnDevice<B, K> {
    fn wait(&self) -> Result<(), Trouble> {
        B::sync(&self.device)
            .map_err(|error| Trouble::internal(format!("the device failed: {error:?}")))
    }
}

struct BurnPredictor<I: Backend, K> {
    net: Net<I>,
    blueprint: Blueprint,
    head: Head,
    device: I::Device,
    kernels: PhantomData<K>,
}

impl<I: Backend, K: Kernels<I>> Predictor for BurnPredictor<I, K> {
    fn predict(&mut self, inputs: &[Array]) -> Result<Array, Trouble> {
        let n_rows = check_inputs(&self.blueprint, inputs)?;
        if n_rows > 0 {
            return guarded(|| self.net.predict::<K>(inputs, &self.device));
        }
        // burn does not take empty tensors everywhere.
        Ok(Array::f32([0, self.head.n_answers()], Vec::new()))
    }
}

/// The middle value; 0 of nothing.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let low = if values.len().is_multiple_of(2) { middle.saturating_sub(1) } else { middle };
    match (values.get(low), values.get(middle)) {
        (Some(low), Some(high)) => f64::midpoint(*low, *high),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(vec![]), 0.0);
    }
}

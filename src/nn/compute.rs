//! The narrow waist: what a device can do, in plain data. Nothing above floor 3 sees a burn type.

use std::fmt;

use pg_base::{Array, Batch, Trouble, say};
use serde::{Deserialize, Serialize};

use crate::blueprint::Blueprint;
use crate::train::{TrainControl, TrainEvent, TrainJob, TrainSettings, Trained};
use crate::weights::Weights;

/// Something that can compute, or says why it cannot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// What the person types: `cpu`, `ndarray`, `cuda:0`.
    pub id: String,
    /// Devices of one class give the same numbers; a part of cache keys: `cpu`, `ndarray`, `cuda`.
    pub class: String,
    /// What the person reads.
    pub name: String,
    /// Memory in bytes, where known.
    pub memory_bytes: Option<u64>,
    /// Why it cannot be used; none when it can.
    pub unavailable: Option<Trouble>,
}

impl DeviceInfo {
    /// Whether it shares its memory with everything else on the machine, as the processor does.
    pub fn uses_machine_memory(&self) -> bool {
        matches!(self.class.as_str(), "cpu" | "ndarray")
    }
}

/// A trained network on a device.
pub trait Predictor: Send {
    /// The outputs for the inputs of a batch: class probabilities `[rows, classes]` (a sigmoid head gives two columns,
    /// a head of labels two for each) or numbers `[rows, outputs]`.
    fn predict(&mut self, inputs: &[Array]) -> Result<Array, Trouble>;
}

/// Median times of one batch in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepTimes {
    /// Forward, backward and optimizer.
    pub train_ms: f64,
    /// Forward alone, without gradients.
    pub infer_ms: f64,
}

/// A device that is ready to compute.
pub trait Compute: Send + Sync {
    /// Which device.
    fn info(&self) -> &DeviceInfo;

    /// Trains a network; reports while it runs, obeys `control`, resumes from the job's checkpoint where one fits.
    fn train(
        &self,
        job: &TrainJob,
        control: &TrainControl,
        on_event: &mut dyn FnMut(TrainEvent),
    ) -> Result<Trained, Trouble>;

    /// Puts trained weights on the device.
    fn load(&self, blueprint: &Blueprint, weights: &Weights)
    -> Result<Box<dyn Predictor>, Trouble>;

    /// Times `n_steps` training steps and inferences on one batch after `n_warm_up` untimed ones.
    fn time_steps(
        &self,
        blueprint: &Blueprint,
        settings: &TrainSettings,
        batch: &Batch,
        n_warm_up: usize,
        n_steps: usize,
    ) -> Result<StepTimes, Trouble>;
}

/// A device in the list, with the way to open it.
pub struct DeviceEntry {
    /// What is known before opening it.
    pub info: DeviceInfo,
    /// Opens it.
    pub open: Box<dyn Fn() -> Result<Box<dyn Compute>, Trouble> + Send + Sync>,
}

impl fmt::Debug for DeviceEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceEntry").field("info", &self.info).finish_non_exhaustive()
    }
}

/// All devices of this machine; the one place where a device is chosen.
#[derive(Debug, Default)]
pub struct Devices {
    /// The default device first.
    pub entries: Vec<DeviceEntry>,
}

impl Devices {
    /// What can compute here and what cannot.
    pub fn infos(&self) -> impl Iterator<Item = &DeviceInfo> {
        self.entries.iter().map(|entry| &entry.info)
    }

    /// The entry a person asked for; `cuda` means `cuda:0`.
    pub fn find(&self, id: &str) -> Result<&DeviceEntry, Trouble> {
        let wanted = if id == "cuda" { "cuda:0" } else { id };
        let entry = self
            .entries
            .iter()
            .find(|entry| entry.info.id == wanted || entry.info.id == id)
            .ok_or_else(|| {
                let known =
                    self.infos().map(|info| info.id.as_str()).collect::<Vec<_>>().join(", ");
                Trouble::new(
                    "device-unknown",
                    say!("there is no device `{id}`", "没有名为 `{id}` 的设备"),
                )
                .expected(say!("one of {known}", "以下之一：{known}"))
            })?;
        match &entry.info.unavailable {
            Some(trouble) => Err(trouble.clone()),
            None => Ok(entry),
        }
    }

    /// Opens the device a person asked for.
    pub fn open(&self, id: &str) -> Result<Box<dyn Compute>, Trouble> {
        (self.find(id)?.open)()
    }
}

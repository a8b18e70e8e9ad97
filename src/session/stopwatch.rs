//! Times trainings that have not run: one at a time, in a worker process of its own, and never beside a job.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::time::{Duration, Instant};

use pg_base::{Fingerprint, Trouble};
use pg_nn::StepTimes;
use pg_pipeline::{NodeId, TrainingNeed};

use crate::client::{News, Worker};
use crate::worker::{FromWorker, MeasureRequest, ToWorker};

/// What takes longer is not worth the wait; a graphics card compiles its kernels in this time.
const TIMEOUT: Duration = Duration::from_mins(2);

/// What the time of a step depends on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TimingKey {
    network: Fingerprint,
    n_rows: u64,
    device: String,
}

impl TimingKey {
    /// The key of a training on a device.
    pub(crate) fn of(need: &TrainingNeed, device: &str) -> Self {
        Self { network: need.network, n_rows: need.rows_per_step(), device: device.to_owned() }
    }
}

/// Nodes to be timed, the one that is, and the times so far.
#[derive(Debug, Default)]
pub(crate) struct Stopwatch {
    wanted: VecDeque<NodeId>,
    running: Option<Timing>,
    times: BTreeMap<TimingKey, StepTimes>,
}

#[derive(Debug)]
struct Timing {
    node: NodeId,
    key: TimingKey,
    worker: Worker,
    started: Instant,
}

impl Stopwatch {
    /// Notes that a node is to be timed.
    pub(crate) fn want(&mut self, node: NodeId) {
        let is_running = self.running.as_ref().is_some_and(|timing| timing.node == node);
        if !is_running && !self.wanted.contains(&node) {
            self.wanted.push_back(node);
        }
    }

    /// The times of a training, where it was timed.
    pub(crate) fn times_of(&self, key: &TimingKey) -> Option<StepTimes> {
        self.times.get(key).copied()
    }

    /// Makes way for a job; what was under way is timed again later.
    pub(crate) fn make_way(&mut self) {
        if let Some(timing) = self.running.take() {
            self.wanted.push_front(timing.node);
        }
    }

    /// Forgets what was to be timed.
    pub(crate) fn clear(&mut self) {
        self.wanted.clear();
        self.running = None;
    }

    /// Whether nothing is left to be timed.
    pub(crate) fn is_idle(&self) -> bool {
        self.wanted.is_empty() && self.running.is_none()
    }

    /// Whether the next node may be begun.
    pub(crate) fn next(&mut self) -> Option<NodeId> {
        if self.running.is_some() { None } else { self.wanted.pop_front() }
    }

    /// Begins to time a node; false where its times are known already.
    pub(crate) fn start(
        &mut self,
        node: NodeId,
        need: &TrainingNeed,
        device: &str,
        program: Option<&Path>,
    ) -> Result<bool, Trouble> {
        let key = TimingKey::of(need, device);
        if self.times.contains_key(&key) {
            return Ok(false);
        }
        let mut worker = Worker::start(program)?;
        let request = MeasureRequest {
            blueprint: need.blueprint.clone(),
            n_rows: usize::try_from(key.n_rows).unwrap_or(usize::MAX),
            device: device.to_owned(),
        };
        worker.tell(&ToWorker::Measure { request: Box::new(request) });
        self.running = Some(Timing { node, key, worker, started: Instant::now() });
        Ok(true)
    }

    /// The node that was just timed, or could not be; never waits.
    pub(crate) fn poll(&mut self) -> Option<NodeId> {
        let timing = self.running.as_mut()?;
        let times = loop {
            match timing.worker.poll() {
                Some(News::Said(FromWorker::Measured { times })) => break times,
                Some(News::Said(_)) => {}
                Some(News::Lost(trouble)) => break Err(trouble),
                None if timing.started.elapsed() >= TIMEOUT => {
                    break Err(Trouble::internal("timing a training took too long"));
                }
                None => return None,
            }
        };
        let Timing { node, key, .. } = self.running.take()?;
        match times {
            Ok(times) => {
                self.times.insert(key, times);
            }
            // A forecast without a time is no reason to alarm anybody.
            Err(trouble) => tracing::debug!(%trouble, "a training was not timed"),
        }
        Some(node)
    }
}

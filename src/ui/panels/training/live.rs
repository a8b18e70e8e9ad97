//! What the window heard of trainings while they ran: the last one of every node, with its curves.
//!
//! Invariant: memory is bounded however long a training runs; see [`Steps`].

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use pg_base::Trouble;
use pg_contract::RunEvent;
use pg_nn::{EpochRecord, History, TrainEvent};
use pg_pipeline::{EngineEvent, NodeId, StepOutcome};
use pg_session::Event;

/// Points of the step-wise curve; beyond them neighbours are joined.
const MAX_POINTS: usize = 2048;

/// How a training stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum State {
    /// It goes on.
    Running,
    /// The person holds it.
    Paused,
    /// Its model is there.
    Done,
    /// It could not go on.
    Failed(Trouble),
    /// The person threw it away.
    Cancelled,
    /// The process that ran it is gone.
    Lost,
}

/// The numbers of the newest step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tick {
    /// From 1, over all epochs.
    pub step: usize,
    /// From 1.
    pub epoch: usize,
    /// Step size.
    pub learning_rate: f64,
    /// Training speed.
    pub rows_per_second: f64,
    seconds_left: f64,
    at: Instant,
}

/// The loss step by step, thinned evenly so that it never takes much room.
#[derive(Clone, Debug)]
pub(crate) struct Steps {
    /// Step, mean loss and step size over [`Self::n_joined`] reported steps each.
    pub points: Vec<[f64; 3]>,
    n_joined: usize,
    open: Vec<[f64; 3]>,
}

/// One training.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    /// How it stands.
    pub state: State,
    /// Trained numbers.
    pub n_params: u64,
    /// Steps of all epochs.
    pub n_steps: usize,
    /// Epochs that were asked for.
    pub n_epochs: usize,
    /// Steps that an earlier run had done.
    pub n_steps_resumed: usize,
    /// Trainings that the node began in this job, with this one.
    pub n_trainings: usize,
    /// The loss step by step.
    pub steps: Steps,
    /// What the epochs gave.
    pub epochs: Vec<EpochRecord>,
    /// The whole story, once it has ended.
    pub history: Option<History>,
    /// The newest step.
    pub tick: Option<Tick>,
    /// What it did without: a damaged checkpoint, a full disk.
    pub warnings: Vec<Trouble>,
    /// Rises with everything that was heard, over all trainings.
    pub n_heard: u64,
    active: Duration,
    active_since: Option<Instant>,
}

/// The last training of every node.
#[derive(Debug, Default)]
pub(crate) struct Lives {
    by_node: BTreeMap<NodeId, Live>,
    current: Option<NodeId>,
}

impl Default for Steps {
    fn default() -> Self {
        Self { points: Vec::new(), n_joined: 1, open: Vec::new() }
    }
}

impl Steps {
    fn push(&mut self, point: [f64; 3]) {
        self.open.push(point);
        if self.open.len() < self.n_joined {
            return;
        }
        self.points.push(mean(&self.open));
        self.open.clear();
        if self.points.len() >= MAX_POINTS {
            self.points = self.points.chunks(2).map(mean).collect();
            self.n_joined *= 2;
        }
    }

    fn forget_after(&mut self, step: usize) {
        self.points.retain(|[at, ..]| *at <= step as f64);
        self.open.clear();
    }
}

fn mean(points: &[[f64; 3]]) -> [f64; 3] {
    let n = points.len().max(1) as f64;
    [0, 1, 2].map(|axis| points.iter().filter_map(|point| point.get(axis)).sum::<f64>() / n)
}

impl Live {
    /// Whether steps may still come.
    pub(crate) fn is_active(&self) -> bool {
        matches!(self.state, State::Running | State::Paused)
    }

    /// Steps of one epoch, at least one.
    pub(crate) fn steps_per_epoch(&self) -> f64 {
        (self.n_steps as f64 / self.n_epochs.max(1) as f64).max(1.0)
    }

    /// Steps that are done.
    pub(crate) fn n_steps_done(&self) -> usize {
        self.tick.map_or(self.n_steps_resumed, |tick| tick.step)
    }

    /// Epoch (from 1) that it is in, or was in when it ended.
    pub(crate) fn epoch(&self) -> usize {
        let resumed = (self.n_steps_resumed as f64 / self.steps_per_epoch()) as usize + 1;
        self.tick.map_or(resumed, |tick| tick.epoch).clamp(1, self.n_epochs.max(1))
    }

    /// Time that it trained in this run; pauses do not count.
    pub(crate) fn seconds(&self) -> f64 {
        let now = self.active_since.map_or(Duration::ZERO, |since| since.elapsed());
        (self.active + now).as_secs_f64()
    }

    /// Estimate of the time that is left, counted down between steps.
    pub(crate) fn seconds_left(&self) -> Option<f64> {
        let tick = self.tick.filter(|_| self.is_active())?;
        let passed =
            if self.state == State::Running { tick.at.elapsed().as_secs_f64() } else { 0.0 };
        Some((tick.seconds_left - passed).max(0.0))
    }

    fn set_state(&mut self, state: State) {
        self.n_heard += 1;
        let is_running = state == State::Running;
        if let Some(since) = self.active_since.take() {
            self.active += since.elapsed();
        }
        self.active_since = is_running.then(Instant::now);
        self.state = state;
    }

    fn hear(&mut self, event: &TrainEvent) {
        self.n_heard += 1;
        match event {
            TrainEvent::Step {
                step,
                epoch,
                loss,
                learning_rate,
                rows_per_second,
                seconds_left,
            } => {
                self.steps.push([*step as f64, *loss, *learning_rate]);
                self.tick = Some(Tick {
                    step: *step,
                    epoch: *epoch,
                    learning_rate: *learning_rate,
                    rows_per_second: *rows_per_second,
                    seconds_left: *seconds_left,
                    at: Instant::now(),
                });
            }
            TrainEvent::Epoch(record) => self.epochs.push(record.clone()),
            TrainEvent::Paused => self.set_state(State::Paused),
            TrainEvent::GoesOn => self.set_state(State::Running),
            TrainEvent::Warned { trouble } => self.warnings.push(trouble.clone()),
            TrainEvent::Started { .. } | TrainEvent::Ended { .. } => {}
        }
    }
}

impl Lives {
    /// The last training of a node.
    pub(crate) fn get(&self, node: &str) -> Option<&Live> {
        self.by_node.get(node)
    }

    /// The node that trains now.
    pub(crate) fn current(&self) -> Option<&NodeId> {
        self.current.as_ref().filter(|node| self.get(node).is_some_and(Live::is_active))
    }

    /// Whether the training that runs is held.
    pub(crate) fn is_paused(&self) -> bool {
        self.by_node.values().any(|live| live.state == State::Paused)
    }

    /// Follows what happens; true where a training has just begun.
    pub(crate) fn hear(&mut self, event: &Event) -> bool {
        match event {
            Event::ProjectOpened { .. } => *self = Self::default(),
            Event::JobStarted { .. } => {
                for live in self.by_node.values_mut() {
                    live.n_trainings = 0;
                }
            }
            Event::Job {
                event: EngineEvent::Running { node, event: RunEvent::Training(event) },
                ..
            } => {
                if matches!(event, TrainEvent::Started { .. }) {
                    self.start(node, event);
                    return true;
                }
                if let Some(live) = self.by_node.get_mut(node) {
                    live.hear(event);
                }
            }
            Event::Job { event: EngineEvent::Ended { result }, .. } if !result.is_cached => {
                if let Some(live) =
                    self.by_node.get_mut(&result.node).filter(|live| live.is_active())
                {
                    live.set_state(match &result.outcome {
                        StepOutcome::Done { .. } => State::Done,
                        StepOutcome::Failed { trouble } => State::Failed(trouble.clone()),
                        StepOutcome::Skipped { .. } | StepOutcome::Cancelled => State::Cancelled,
                    });
                }
            }
            Event::JobEnded { outcome, .. } => self.end(match outcome {
                Err(trouble) if !trouble.is_cancelled() => State::Failed(trouble.clone()),
                _ => State::Cancelled,
            }),
            Event::WorkerLost { .. } => self.end(State::Lost),
            _ => {}
        }
        false
    }

    fn end(&mut self, state: State) {
        for live in self.by_node.values_mut().filter(|live| live.is_active()) {
            live.set_state(state.clone());
        }
    }

    fn start(&mut self, node: &str, event: &TrainEvent) {
        let TrainEvent::Started { n_params, n_steps, n_epochs, n_steps_resumed } = *event else {
            return;
        };
        let before = self.by_node.remove(node);
        let n_trainings = before.as_ref().map_or(0, |before| before.n_trainings) + 1;
        let n_heard = before.as_ref().map_or(0, |before| before.n_heard) + 1;
        // A resumed training goes on with the curve that is there.
        let is_same = |before: &Live| {
            n_steps_resumed > 0 && (before.n_steps, before.n_epochs) == (n_steps, n_epochs)
        };
        let (mut steps, mut epochs) = before
            .filter(is_same)
            .map_or_else(Default::default, |before| (before.steps, before.epochs));
        let n_epochs_resumed = n_steps_resumed * n_epochs.max(1) / n_steps.max(1);
        steps.forget_after(n_steps_resumed);
        epochs.retain(|record| record.epoch <= n_epochs_resumed);
        let live = Live {
            state: State::Running,
            n_params,
            n_steps,
            n_epochs,
            n_steps_resumed,
            n_trainings,
            steps,
            epochs,
            history: None,
            tick: None,
            warnings: Vec::new(),
            n_heard,
            active: Duration::ZERO,
            active_since: Some(Instant::now()),
        };
        self.by_node.insert(node.to_owned(), live);
        self.current = Some(node.to_owned());
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An event of a training of the node `fit`.
    pub(crate) fn training(event: TrainEvent) -> Event {
        let event =
            EngineEvent::Running { node: "fit".to_owned(), event: RunEvent::Training(event) };
        Event::Job { job: 1, revision: 1, event }
    }

    /// The begin of 4 epochs of 10 steps.
    pub(crate) fn started(n_steps_resumed: usize) -> Event {
        training(TrainEvent::Started { n_params: 15, n_steps: 40, n_epochs: 4, n_steps_resumed })
    }

    /// A step.
    pub(crate) fn step(step: usize, loss: f64) -> Event {
        training(TrainEvent::Step {
            step,
            epoch: (step - 1) / 10 + 1,
            loss,
            learning_rate: 0.01,
            rows_per_second: 100.0,
            seconds_left: 9.0,
        })
    }

    /// The record of an epoch.
    pub(crate) fn record(
        epoch: usize,
        training_loss: f64,
        validation_loss: Option<f64>,
    ) -> EpochRecord {
        EpochRecord {
            epoch,
            training_loss,
            validation_loss,
            training_score: 0.5,
            validation_score: validation_loss.map(|_| 0.5),
            learning_rate: 0.01,
            seconds: 1.0,
            signs: pg_nn::train::Signs::default(),
        }
    }

    #[test]
    fn a_training_is_followed_through_pause_loss_and_resume() {
        let mut lives = Lives::default();
        assert!(lives.hear(&started(0)));
        for number in 1..=25 {
            lives.hear(&step(number, 1.0));
            if number % 10 == 0 {
                lives.hear(&training(TrainEvent::Epoch(record(number / 10, 1.0, None))));
            }
        }
        lives.hear(&training(TrainEvent::Paused));
        let check = |lives: &Lives, expected: &str| {
            let live = lives.get("fit").expect("heard of");
            let text = format!(
                "{:?} epoch {} step {} points {} epochs {} active {}",
                live.state,
                live.epoch(),
                live.n_steps_done(),
                live.steps.points.len(),
                live.epochs.len(),
                lives.current().is_some(),
            );
            assert_eq!(text, expected);
        };
        check(&lives, "Paused epoch 3 step 25 points 25 epochs 2 active true");
        lives.hear(&training(TrainEvent::GoesOn));
        let trouble = Trouble::internal("gone");
        lives.hear(&Event::WorkerLost { job: 1, revision: 1, trouble });
        check(&lives, "Lost epoch 3 step 25 points 25 epochs 2 active false");
        lives.hear(&started(20));
        check(&lives, "Running epoch 3 step 20 points 20 epochs 2 active true");
        lives.hear(&started(0));
        check(&lives, "Running epoch 1 step 0 points 0 epochs 0 active true");
    }

    #[test]
    fn long_curves_are_thinned() {
        let mut steps = Steps::default();
        for step in 1..=100_000 {
            steps.push([f64::from(step), 2.0, 0.1]);
        }
        assert!(
            (MAX_POINTS / 2..MAX_POINTS).contains(&steps.points.len()),
            "{}",
            steps.points.len()
        );
        assert!(steps.points.is_sorted_by(|one, other| one.first() < other.first()));
        assert!(steps.points.iter().all(|[_, loss, _]| (loss - 2.0).abs() < 1e-9));
    }
}

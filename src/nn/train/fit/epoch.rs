//! The end of an epoch and the reading of losses: scores, validation, events, patience.

use std::sync::Arc;
use std::time::Instant;

use burn::tensor::backend::AutodiffBackend;
use pg_base::{BatchSource, Trouble, say};

use super::{Run, Unread};
use crate::kernels::Kernels;
use crate::train::order::BatchPlan;
use crate::train::prefetch::{Passes, Prefetch};
use crate::train::score::Tally;
use crate::train::step::{Learner, Outcome, measure};
use crate::train::{EpochRecord, Monitor, Signs, TrainEvent};

impl<B: AutodiffBackend> Run<'_, B> {
    /// Reads the losses of the steps done since the last time, and reports them.
    pub(super) fn read(&mut self) -> Result<(), Trouble> {
        let n_rows: usize = self.unread.iter().map(|unread| unread.n_rows).sum();
        let mut losses = Vec::with_capacity(self.unread.len());
        for Unread { outcome, step, learning_rate, .. } in std::mem::take(&mut self.unread) {
            let loss = outcome.read(self.frame.head, &mut self.progress.tally)?;
            if !loss.is_finite() {
                return Err(not_finite(loss, step, learning_rate));
            }
            losses.push((step, loss, learning_rate));
        }
        let seconds = self.tick();
        self.speed.add_rows(n_rows, seconds);
        let n_steps_left = self.n_steps - self.progress.n_steps;
        let n_epochs_left = self.job.settings.n_epochs - self.progress.n_epochs;
        for (step, loss, learning_rate) in losses {
            (self.on_event)(TrainEvent::Step {
                step,
                epoch: self.progress.n_epochs + 1,
                loss,
                learning_rate,
                rows_per_second: self.speed.rows_per_second(),
                seconds_left: self
                    .speed
                    .seconds_for(n_steps_left * self.plan.batch_size, n_epochs_left),
            });
        }
        Ok(())
    }

    /// Measures the validation rows, writes the epoch's record and decides whether it is the best so far.
    pub(super) fn end_epoch<K>(&mut self, learner: &Learner<B, K>) -> Result<(), Trouble>
    where
        K: Kernels<B> + Kernels<B::InnerBackend>,
    {
        let validation = self.validate(learner)?;
        self.tick();
        let tally = std::mem::take(&mut self.progress.tally);
        let signs = Signs {
            baseline_score: tally.baseline_score(),
            ..std::mem::take(&mut self.progress.signs)
        };
        let learning_rate = self.learning_rate(self.progress.n_batches.saturating_sub(1));
        self.progress.n_epochs += 1;
        self.progress.n_batches = 0;
        let record = EpochRecord {
            epoch: self.progress.n_epochs,
            training_loss: tally.loss(),
            validation_loss: validation.as_ref().map(Tally::loss),
            training_score: tally.score(),
            validation_score: validation.as_ref().map(Tally::score),
            learning_rate,
            seconds: std::mem::take(&mut self.progress.epoch_seconds),
            signs,
        };
        self.judge(&record, learner)?;
        let loss = record.validation_loss.unwrap_or(record.training_loss);
        self.progress.plateau.hear(loss, self.job.settings.schedule);
        self.progress.history.epochs.push(record.clone());
        (self.on_event)(TrainEvent::Epoch(record));
        Ok(())
    }

    /// Decides whether an epoch is the best so far, and whether it became better by enough.
    fn judge<K>(&mut self, record: &EpochRecord, learner: &Learner<B, K>) -> Result<(), Trouble>
    where
        K: Kernels<B> + Kernels<B::InnerBackend>,
    {
        let settings = &self.job.settings;
        let value = match settings.monitor {
            Monitor::Loss => record.validation_loss,
            Monitor::Score => record.validation_score.map(|score| -score),
        };
        let Some(value) = value else { return Ok(()) };
        let best = self.progress.best_value;
        let reference = self.progress.reference_value.or(best);
        if reference.is_none_or(|reference| value < reference - settings.min_improvement) {
            self.progress.reference_value = Some(value);
            self.progress.n_epochs_since_best = 0;
        } else {
            self.progress.n_epochs_since_best += 1;
        }
        if best.is_none_or(|best| value < best) {
            self.progress.best_value = Some(value);
            if settings.keeps_best {
                self.best = Some(learner.valid().weights()?);
                self.progress.history.best_epoch = record.epoch;
            }
        }
        Ok(())
    }

    fn validate<K>(&mut self, learner: &Learner<B, K>) -> Result<Option<Tally>, Trouble>
    where
        K: Kernels<B> + Kernels<B::InnerBackend>,
    {
        let Some(source) =
            self.job.validation.clone().filter(|source: &Arc<dyn BatchSource>| source.n_rows() > 0)
        else {
            return Ok(None);
        };
        let started = Instant::now();
        let net = learner.valid();
        let plan = BatchPlan::all(source.n_rows(), self.job.settings.batch_size);
        let passes = Passes { plan, seed: None, first_epoch: 0, first_batch: 0, end_epoch: 1 };
        let mut tally = Tally::default();
        let mut unread = Vec::new();
        for batch in Prefetch::start(source, passes)? {
            self.control.cancel.check()?;
            unread.push(measure::<_, K>(&net, batch?, &self.frame)?);
            if unread.len() >= <K as Kernels<B>>::STEPS_PER_READ {
                self.read_measured(&mut unread, &mut tally)?;
            }
        }
        self.read_measured(&mut unread, &mut tally)?;
        self.speed.set_validation(started.elapsed().as_secs_f64());
        Ok(Some(tally))
    }

    fn read_measured(
        &self,
        unread: &mut Vec<Outcome<B::InnerBackend>>,
        tally: &mut Tally,
    ) -> Result<(), Trouble> {
        for outcome in unread.drain(..) {
            let loss = outcome.read(self.frame.head, tally)?;
            if !loss.is_finite() {
                return Err(not_finite(
                    loss,
                    self.progress.n_steps,
                    self.job.settings.learning_rate,
                ));
            }
        }
        Ok(())
    }

    pub(super) fn is_out_of_patience(&self) -> bool {
        self.job
            .settings
            .patience
            .is_some_and(|patience| self.progress.n_epochs_since_best >= patience.max(1))
    }
}

fn not_finite(loss: f64, step: usize, learning_rate: f64) -> Trouble {
    Trouble::new("loss-not-finite", say!("the loss is {loss} at step {step}", "第 {step} 步的损失为 {loss}"))
        .expected(say!("a finite number", "有限的数"))
        .advice(say!(
            "Lower the learning rate (it was {learning_rate}), standardise the inputs and a numeric target, or clip the gradient norm.",
            "请降低学习率（当前为 {learning_rate}），对输入和数值目标做标准化，或限制梯度范数。"
        ))
        .param("learning_rate")
}

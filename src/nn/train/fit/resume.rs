//! How a training begins, anew or from a checkpoint, and how checkpoints are written.

use std::time::Instant;

use burn::tensor::backend::AutodiffBackend;
use pg_base::Trouble;

use super::Run;
use crate::kernels::Kernels;
use crate::net::Net;
use crate::train::TrainEvent;
use crate::train::average::Average;
use crate::train::checkpoint::Checkpoint;
use crate::train::score::Tally;
use crate::train::step::Learner;

impl<B: AutodiffBackend> Run<'_, B> {
    /// Builds the network, or takes it from a checkpoint, and says that it starts.
    pub(super) fn open<K>(&mut self) -> Result<Learner<B, K>, Trouble>
    where
        K: Kernels<B> + Kernels<B::InnerBackend>,
    {
        let n_params = self.job.blueprint.summary()?.total.n_params;
        let learner = if let Some(learner) = self.resumed()? { learner } else { self.fresh()? };
        Tally::score_name(self.frame.head).clone_into(&mut self.progress.history.score_name);
        (self.on_event)(TrainEvent::Started {
            n_params,
            n_steps: self.n_steps,
            n_epochs: self.job.settings.n_epochs,
            n_steps_resumed: self.progress.n_steps,
        });
        self.clock = Instant::now();
        Ok(learner)
    }

    fn fresh<K: Kernels<B> + Kernels<B::InnerBackend>>(&self) -> Result<Learner<B, K>, Trouble> {
        let net = Net::build(&self.job.blueprint, self.job.seed, self.frame.device)?;
        Ok(Learner::new(net, &self.job.settings))
    }

    fn resumed<K>(&mut self) -> Result<Option<Learner<B, K>>, Trouble>
    where
        K: Kernels<B> + Kernels<B::InnerBackend>,
    {
        let Some(store) = &self.store else { return Ok(None) };
        let (checkpoint, warnings) = store.load();
        for trouble in warnings {
            (self.on_event)(TrainEvent::Warned { trouble });
        }
        let Some(Checkpoint { progress, weights, optimizer, best, average }) = checkpoint else {
            return Ok(None);
        };
        let mut learner = self.fresh()?;
        let (n_steps, device) = (progress.n_optimizer_steps, self.frame.device);
        let outcome = learner.net.with_weights(&weights).and_then(|net| {
            learner.optimizer.restore(n_steps, &optimizer, device)?;
            if let Some(kept) = &mut learner.average {
                kept.restore(n_steps, &average, device)?;
            }
            Ok(Learner { net, ..learner })
        });
        match outcome {
            Ok(learner)
                if progress.n_batches <= self.plan.n_batches
                    && progress.n_steps <= self.n_steps =>
            {
                self.progress = progress;
                self.best = best;
                Ok(Some(learner))
            }
            Ok(_) => Ok(None),
            Err(trouble) => {
                (self.on_event)(TrainEvent::Warned { trouble });
                Ok(None)
            }
        }
    }

    pub(super) fn save_when_due<K: Kernels<B::InnerBackend>>(
        &mut self,
        learner: &Learner<B, K>,
        is_epoch_end: bool,
    ) {
        // Steps whose losses are not read yet would be missing in the sums, gathered gradients in the next step.
        if self.unread.is_empty()
            && learner.gathered.is_none()
            && self.store.as_ref().is_some_and(|store| store.is_due(is_epoch_end))
        {
            self.save(learner);
        }
    }

    /// Writes a checkpoint; a failure (a full disk) is told and the training goes on.
    pub(super) fn save<K: Kernels<B::InnerBackend>>(&mut self, learner: &Learner<B, K>) {
        let Some(store) = &mut self.store else { return };
        self.progress.n_optimizer_steps = learner.optimizer.n_steps();
        let saved = learner.net.weights().and_then(|weights| {
            let optimizer = learner.optimizer.arrays()?;
            let average = learner.average.as_ref().map(Average::arrays).transpose()?;
            store.save(Checkpoint {
                progress: self.progress.clone(),
                weights,
                optimizer,
                best: self.best.clone(),
                average: average.unwrap_or_default(),
            })
        });
        if let Err(trouble) = saved {
            store.wait_again();
            (self.on_event)(TrainEvent::Warned { trouble });
        }
    }
}

//! Jobs: started in the worker, followed, recorded when they end, however they end.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use pg_base::{Fingerprint, Trouble, say};
use pg_pipeline::{EngineEvent, NodeId, RunOutcome, Targets};

use super::Session;
use crate::client::{News, Worker};
use crate::commands::Event;
use crate::lost::LostJob;
use crate::runner::RunRequest;
use crate::runs::{RunEnd, Watch};
use crate::status::{self, JobView};
use crate::worker::{FromWorker, JobId, ToWorker};

/// A job that does not notice that it is cancelled is ended with its process after this time.
const CANCEL_WITHIN: Duration = Duration::from_secs(3);
/// A worker without a job gives its memory back after this time.
const KEEP_WORKER: Duration = Duration::from_mins(1);

/// A job under way.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: JobId,
    revision: u64,
    targets: Targets,
    /// State that it runs; its keys come with the answer about it.
    pub(super) question: u64,
    pub(super) keys: Option<BTreeMap<NodeId, Fingerprint>>,
    pub(super) view: JobView,
    watch: Watch,
    pub(super) cancelled_at: Option<Instant>,
}

impl Session {
    pub(super) fn start_job(&mut self, targets: Targets) -> Result<(), Trouble> {
        if self.job.is_some() {
            return Err(Trouble::new(
                "job-running",
                say!("a run is under way", "已有任务正在运行"),
            )
            .advice(say!("Wait for its end, or cancel it.", "请等待其结束，或取消它。")));
        }
        self.stopwatch.make_way();
        if self.worker.as_ref().is_none_or(Worker::is_lost) {
            self.worker = Some(Worker::start(self.options.worker_program.as_deref())?);
        }
        let request = RunRequest {
            targets: targets.clone(),
            device: self.device.clone(),
            cache_bytes: self.options.cache_bytes,
            ..RunRequest::of(&self.project)
        };
        self.n_jobs += 1;
        self.lost = None;
        let (id, revision) = (self.n_jobs, self.revision);
        let plan = self.known.plan.as_ref().filter(|_| !self.is_analysing());
        self.job = Some(Job {
            id,
            revision,
            targets,
            question: self.n_questions,
            keys: plan.map(status::keys_of),
            view: JobView::default(),
            watch: Watch::new(self.document().clone(), self.device.clone()),
            cancelled_at: None,
        });
        self.events.push(Event::JobStarted { job: id, revision });
        self.tell(&ToWorker::Run { job: id, request: Box::new(request) })
    }

    pub(super) fn tell(&mut self, message: &ToWorker) -> Result<(), Trouble> {
        match &mut self.worker {
            Some(worker) if self.job.is_some() => {
                worker.tell(message);
                Ok(())
            }
            _ => Err(Trouble::new("job-none", say!("nothing is running", "没有正在运行的任务"))),
        }
    }

    /// Takes in what the worker said, and ends what has lasted too long.
    pub(super) fn pump_job(&mut self) {
        while let Some(news) = self.worker.as_mut().and_then(Worker::poll) {
            self.hear(news);
        }
        let is_overdue =
            |job: &Job| job.cancelled_at.is_some_and(|at| at.elapsed() >= CANCEL_WITHIN);
        if self.job.as_ref().is_some_and(is_overdue) {
            self.worker = None;
            self.end_job(Err(Trouble::cancelled()));
        }
        if self.job.is_none() && self.worker.is_some() && self.idle_since.elapsed() >= KEEP_WORKER {
            self.worker = None;
        }
    }

    fn hear(&mut self, news: News) {
        let is_ours =
            |job: JobId, running: Option<&Job>| running.is_some_and(|running| running.id == job);
        match news {
            News::Said(FromWorker::Event { job, event }) => self.hear_event(job, event),
            News::Said(FromWorker::Finished { job, outcome })
                if is_ours(job, self.job.as_ref()) =>
            {
                self.end_job(Ok(outcome));
            }
            News::Said(FromWorker::Failed { job, trouble }) if is_ours(job, self.job.as_ref()) => {
                self.end_job(Err(trouble));
            }
            News::Said(_) => {}
            News::Lost(trouble) => {
                self.worker = None;
                match &self.job {
                    Some(job) if job.cancelled_at.is_some() => {
                        self.end_job(Err(Trouble::cancelled()));
                    }
                    Some(_) => self.lose_job(trouble),
                    None => {}
                }
            }
        }
    }

    fn hear_event(&mut self, job: JobId, event: EngineEvent) {
        let Some(running) = self.job.as_mut().filter(|running| running.id == job) else { return };
        running.view.follow(&event);
        running.watch.follow(&event);
        let revision = running.revision;
        match &event {
            EngineEvent::Planned { nodes } => {
                for node in nodes {
                    self.refresh_status(node);
                }
            }
            EngineEvent::Started { node } | EngineEvent::Running { node, .. } => {
                self.refresh_status(node);
            }
            EngineEvent::Ended { result } => self.refresh_status(&result.node),
        }
        self.events.push(Event::Job { job, revision, event });
    }

    pub(super) fn end_job(&mut self, outcome: Result<RunOutcome, Trouble>) {
        let Some(job) = self.job.take() else { return };
        self.idle_since = Instant::now();
        let keys = job.keys.unwrap_or_default();
        if let Ok(outcome) = &outcome {
            self.failures.take(outcome, &keys);
        }
        let end = match &outcome {
            Err(trouble) if trouble.is_cancelled() => RunEnd::Cancelled,
            Ok(outcome) if outcome.is_cancelled() => RunEnd::Cancelled,
            Ok(outcome) if !outcome.is_ok() => RunEnd::Failed,
            Err(_) => RunEnd::Failed,
            Ok(_) if job.watch.was_stopped() => RunEnd::Stopped,
            Ok(_) => RunEnd::Done,
        };
        self.record(job.watch, end, &keys);
        self.events.push(Event::JobEnded { job: job.id, revision: job.revision, outcome });
        self.settle(&job.view);
    }

    /// The worker died and took the job with it.
    fn lose_job(&mut self, trouble: Trouble) {
        let Some(job) = self.job.take() else { return };
        let keys = job.keys.unwrap_or_default();
        self.lost = Some(LostJob {
            job: job.id,
            targets: job.targets,
            trouble: trouble.clone(),
            trainings: job.watch.reached(),
            keys: keys.clone(),
            revision: job.revision,
        });
        self.record(job.watch, RunEnd::Failed, &keys);
        self.events.push(Event::WorkerLost { job: job.id, revision: job.revision, trouble });
        self.settle(&job.view);
    }

    fn record(&mut self, watch: Watch, end: RunEnd, keys: &BTreeMap<NodeId, Fingerprint>) {
        if let Some(record) = watch.record(end, keys, self.core.registry(), &self.runs) {
            self.archive.add(record);
        }
    }

    /// Nothing runs any more, and other nodes are fresh now.
    fn settle(&mut self, view: &JobView) {
        for node in view.unfinished() {
            self.refresh_status(node);
        }
        self.ask();
    }
}

//! What a person sees while a project runs: bars on a terminal, one line per step where standard error is piped.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};
use pg_base::{Lang, say as words};
use pg_contract::{RunEvent, ValueSummary};
use pg_nn::TrainEvent;
use pg_nn::train::diagnosis::{Remark, diagnose};
use pg_pipeline::{EngineEvent, StepOutcome, StepResult};

use crate::say;

/// One bar for the running step; finished steps leave a line.
pub(crate) struct Bars {
    bar: ProgressBar,
    lang: Lang,
    is_quiet: bool,
    /// Of the running steps: the remarks about each training that has ended within.
    remarks: Mutex<BTreeMap<String, Vec<Vec<Remark>>>>,
}

impl Bars {
    /// Bars on a terminal. `is_quiet` leaves the finished steps out (troubles and warnings are always told).
    pub(crate) fn new(lang: Lang, is_quiet: bool) -> Self {
        let bar = if std::io::stderr().is_terminal() {
            ProgressBar::new(1000)
        } else {
            ProgressBar::hidden()
        };
        if let Ok(style) = ProgressStyle::with_template("{bar:28.blue/black} {msg}") {
            bar.set_style(style);
        }
        Self { bar, lang, is_quiet, remarks: Mutex::default() }
    }

    /// Shows one event.
    pub(crate) fn show(&self, event: &EngineEvent) {
        match event {
            EngineEvent::Started { node } => {
                self.bar.set_position(0);
                self.bar.set_message(node.clone());
            }
            EngineEvent::Running { node, event } => self.running(node, event),
            EngineEvent::Planned { .. } => {}
            EngineEvent::Ended { result } => self.ended(result),
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn running(&self, node: &str, event: &RunEvent) {
        match event {
            RunEvent::Progress { fraction, message } => {
                self.bar.set_position((fraction * 1000.0) as u64);
                self.bar.set_message(format!("{node}: {}", message.get(self.lang)));
            }
            RunEvent::Training(TrainEvent::Started { n_steps, n_steps_resumed, .. }) => {
                self.bar.set_length(*n_steps as u64);
                self.bar.set_position(*n_steps_resumed as u64);
                if *n_steps_resumed > 0 {
                    let said = words!(
                        "{node}: resumes after step {n_steps_resumed}",
                        "{node}：从第 {n_steps_resumed} 步之后继续"
                    );
                    self.line(said.get(self.lang));
                }
            }
            RunEvent::Training(TrainEvent::Step {
                step,
                epoch,
                loss,
                rows_per_second,
                seconds_left,
                ..
            }) => {
                self.bar.set_position(*step as u64);
                let said = words!(
                    "{node}: epoch {epoch}, loss {loss:.4}, {rows_per_second:.0} rows/s, {seconds_left:.0} s left",
                    "{node}：第 {epoch} 轮，损失 {loss:.4}，{rows_per_second:.0} 行/秒，剩余 {seconds_left:.0} 秒"
                );
                self.bar.set_message(said.get(self.lang).to_owned());
            }
            RunEvent::Training(TrainEvent::Ended { history }) => {
                self.remarks().entry(node.to_owned()).or_default().push(diagnose(history));
            }
            RunEvent::Training(_) => {}
            RunEvent::Warning(trouble) => {
                let warning = words!("warning", "警告");
                self.line(&format!(
                    "{} [{node}]: {}",
                    warning.get(self.lang),
                    trouble.message(self.lang)
                ));
            }
        }
    }

    fn ended(&self, result: &StepResult) {
        self.bar.set_length(1000);
        let StepResult { node, seconds, is_cached, outcome, .. } = result;
        let remarks = self.remarks().remove(node).unwrap_or_default();
        // A search or a learning curve trains many times: what it found is the story, not each training.
        if let (StepOutcome::Done { outputs }, [remarks]) = (outcome, remarks.as_slice())
            && outputs.values().any(|output| matches!(output, ValueSummary::Model { .. }))
        {
            for remark in remarks {
                let (title, help) = (remark.title.get(self.lang), remark.help.get(self.lang));
                self.line(&format!("{node}: {title}. {help}"));
            }
        }
        match outcome {
            StepOutcome::Done { outputs } if !self.is_quiet => {
                let found = outputs
                    .values()
                    .map(|summary| brief(summary, self.lang))
                    .collect::<Vec<_>>()
                    .join(", ");
                let time = if *is_cached {
                    words!("fresh", "无需重算").get(self.lang).to_owned()
                } else {
                    format!("{seconds:.2} s")
                };
                self.line(&format!("{node:<18} {time:>9}  {found}"));
            }
            StepOutcome::Failed { trouble } => {
                let mut trouble = trouble.clone();
                trouble.details.place.node.get_or_insert_with(|| node.clone());
                self.bar.suspend(|| say::trouble(&trouble));
            }
            StepOutcome::Skipped { because } => {
                let said = words!(
                    "{node}: not run, because `{because}` gives nothing",
                    "{node}：未运行，因为 `{because}` 没有结果"
                );
                self.line(said.get(self.lang));
            }
            _ => {}
        }
    }

    fn remarks(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Vec<Remark>>>> {
        self.remarks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(&self, text: &str) {
        self.bar.suspend(|| eprintln!("{text}"));
    }
}

fn brief(summary: &ValueSummary, lang: Lang) -> String {
    match summary {
        ValueSummary::Table { n_rows, n_columns } => {
            words!("{n_rows} rows × {n_columns} columns", "{n_rows} 行 × {n_columns} 列")
                .get(lang)
                .to_owned()
        }
        ValueSummary::Network { n_layers, n_params } => {
            words!("{n_layers} layers, {n_params} parameters", "{n_layers} 层，{n_params} 个参数")
                .get(lang)
                .to_owned()
        }
        ValueSummary::Plan { method } => method.get(lang).to_owned(),
        ValueSummary::Estimator { method, size, .. } => {
            format!("{}: {}", method.get(lang), size.get(lang))
        }
        ValueSummary::Model { n_epochs, best_epoch, .. } => {
            words!("{n_epochs} epochs, best {best_epoch}", "{n_epochs} 轮，最佳第 {best_epoch} 轮")
                .get(lang)
                .to_owned()
        }
        ValueSummary::Report { metrics, .. } => ["accuracy", "r2"]
            .iter()
            .find_map(|name| metrics.get(*name).map(|value| format!("{name} {value:.4}")))
            .unwrap_or_default(),
        ValueSummary::Bundle { path } => path.display().to_string(),
    }
}

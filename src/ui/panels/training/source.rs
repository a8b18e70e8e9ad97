//! The curves of a training as one plain value, whether they were heard while it ran or come from the finished model.

use pg_contract::{Facts, Value};
use pg_nn::{EpochRecord, Head, History};
use pg_session::Session;

use super::live::{Live, State};
use crate::lang::{lang, tr};

/// Why a training ended that gave a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// All epochs are done.
    Finished,
    /// Nothing became better any more.
    EarlyStopping,
    /// The time was over.
    TimeLimit,
    /// The person had enough.
    Stopped,
}

/// What is known of a training.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Curves {
    /// What the score is called: the id of a metric, or nothing where it is not known.
    pub score_name: String,
    /// Place in epochs, loss and step size of single steps; nothing where nobody heard them.
    pub steps: Vec<[f64; 3]>,
    /// One record per epoch.
    pub epochs: Vec<EpochRecord>,
    /// Step size over the epochs.
    pub rates: Vec<[f64; 2]>,
    /// Epochs that were asked for; none once it has ended.
    pub n_epochs_planned: Option<usize>,
    /// Epoch with the lowest validation loss.
    pub best_epoch: Option<usize>,
    /// Why it ended.
    pub ending: Option<Ending>,
    /// Wall time in all.
    pub seconds: Option<f64>,
    /// Of which it waited for data.
    pub data_wait_seconds: Option<f64>,
    /// Trained numbers.
    pub n_params: Option<u64>,
}

impl Curves {
    /// What was heard so far.
    pub(crate) fn of_live(live: &Live, score_name: &str) -> Self {
        if let Some(history) = &live.history {
            let told = Self::of_history(history);
            return Self { steps: steps(live), n_params: Some(live.n_params), ..told }.with_rates();
        }
        let validation =
            live.epochs.iter().filter_map(|record| Some((record.epoch, record.validation_loss?)));
        Self {
            score_name: score_name.to_owned(),
            steps: steps(live),
            best_epoch: validation
                .min_by(|one, other| one.1.total_cmp(&other.1))
                .map(|(epoch, _)| epoch),
            epochs: live.epochs.clone(),
            n_epochs_planned: live.is_active().then_some(live.n_epochs),
            n_params: Some(live.n_params),
            ..Self::default()
        }
        .with_rates()
    }

    /// The history of a model; `live` adds the steps where it is the same training.
    pub(crate) fn of_value(value: &Value, live: Option<&Live>) -> Option<Self> {
        let Value::Model(model) = value else { return None };
        let network = model.network()?;
        let is_same = |live: &&Live| {
            live.state == State::Done && live.epochs.last() == network.history.epochs.last()
        };
        let told = Self {
            steps: live.filter(is_same).map(steps).unwrap_or_default(),
            n_params: network.blueprint.summary().ok().map(|summary| summary.total.n_params),
            ..Self::of_history(&network.history)
        };
        Some(told.with_rates())
    }

    fn of_history(history: &History) -> Self {
        let has_validation = history.epochs.iter().any(|record| record.validation_loss.is_some());
        Self {
            score_name: history.score_name.clone(),
            epochs: history.epochs.clone(),
            best_epoch: has_validation.then_some(history.best_epoch),
            ending: match history.ended_by.as_str() {
                "early_stopping" => Some(Ending::EarlyStopping),
                "time_limit" => Some(Ending::TimeLimit),
                "stopped" => Some(Ending::Stopped),
                _ => Some(Ending::Finished),
            },
            seconds: Some(history.seconds),
            data_wait_seconds: Some(history.data_wait_seconds),
            ..Self::default()
        }
    }

    /// The story so far, to be put into words.
    pub(crate) fn history(&self) -> History {
        let ended_by = match self.ending {
            None => "",
            Some(Ending::Finished) => "finished",
            Some(Ending::EarlyStopping) => "early_stopping",
            Some(Ending::TimeLimit) => "time_limit",
            Some(Ending::Stopped) => "stopped",
        };
        History {
            score_name: self.score_name.clone(),
            epochs: self.epochs.clone(),
            best_epoch: self.best_epoch.unwrap_or_default(),
            seconds: self.seconds.unwrap_or_default(),
            data_wait_seconds: self.data_wait_seconds.unwrap_or_default(),
            ended_by: ended_by.to_owned(),
            ..History::default()
        }
    }

    /// With the step sizes of its steps or, where nobody heard them, of its epochs.
    fn with_rates(mut self) -> Self {
        self.rates = if self.steps.is_empty() {
            self.epochs.iter().map(|record| [record.epoch as f64, record.learning_rate]).collect()
        } else {
            self.steps.iter().map(|[at, _, rate]| [*at, *rate]).collect()
        };
        self
    }

    /// What the person reads for the score.
    pub(crate) fn score_title(&self) -> &'static str {
        match (pg_metrics::metric(&self.score_name), lang()) {
            (Some(metric), pg_base::Lang::En) => metric.title,
            (Some(metric), pg_base::Lang::Zh) => metric.title_zh,
            (None, _) => tr("Score", "得分"),
        }
    }
}

/// The score that a node will tell, from the head of the network that reaches it; empty where it is not known.
pub(crate) fn score_name(session: &Session, node: &str) -> &'static str {
    let analysis = session.analysis();
    let own = analysis.facts.get(node).into_iter().flatten();
    let links = session.document().links().iter().filter(|link| link.to.node == node);
    let before = links.filter_map(|link| analysis.facts.get(&link.from.node)).flatten();
    let heads = own.chain(before).filter_map(|facts| match facts {
        Facts::Network(network) | Facts::Model(network) => network.head,
        _ => None,
    });
    match heads.into_iter().next() {
        Some(Head::Softmax { .. } | Head::Sigmoid | Head::Labels { .. }) => "accuracy",
        Some(Head::Linear { .. } | Head::Rate { .. }) => "r2",
        None => "",
    }
}

/// The steps that were heard, placed in epochs.
fn steps(live: &Live) -> Vec<[f64; 3]> {
    let steps_per_epoch = live.steps_per_epoch();
    live.steps
        .points
        .iter()
        .map(|[step, loss, rate]| [step / steps_per_epoch, *loss, *rate])
        .collect()
}

//! Fitting one network to one split table: the work behind Train and Cross-validate.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use pg_base::{BatchSource, Fingerprint, ParamValues, Trouble, say};
use pg_contract::{Network, RunCx};
use pg_data::encode::{Encoded, Rejected};
use pg_data::{EncodedRows, Encoder, Part, Table, TargetCodec};
use pg_deploy::{Learnt, Model, TrainedNetwork};
use pg_nn::{TrainEvent, TrainJob};

use crate::model;
use crate::train::{settings, target};

/// Raw rows that a model carries so that every load can prove itself.
const N_SAMPLE_ROWS: usize = 16;

/// What distinguishes one training from another of the same node.
pub(crate) struct Fit<'a> {
    /// Rows with parts and recipe.
    pub(crate) table: &'a Table,
    /// The network to fit.
    pub(crate) network: &'a Network,
    /// Parameters of the node.
    pub(crate) params: &'a ParamValues,
    /// Key that a checkpoint must have.
    pub(crate) key: Fingerprint,
    /// Where checkpoints go.
    pub(crate) checkpoint_folder: Option<PathBuf>,
}

/// Trains and puts the model together; events go to the context and to `on_event`.
pub(crate) fn fit(
    cx: &RunCx<'_>,
    fit: &Fit<'_>,
    on_event: &mut dyn FnMut(TrainEvent),
) -> Result<Model, Trouble> {
    let (job, encoder) = job_of(cx, fit)?;
    let trained = cx.env.compute.train(&job, cx.env.control, on_event)?;
    let learnt = Learnt::Network(Box::new(TrainedNetwork {
        blueprint: job.blueprint,
        weights: trained.weights,
        settings: job.settings,
        history: trained.history,
    }));
    model_of(fit.table, encoder, learnt)
}

/// Puts a model together from what was learnt from a table.
pub(crate) fn model_of(table: &Table, encoder: Encoder, learnt: Learnt) -> Result<Model, Trouble> {
    let class_counts = class_counts(table, &encoder)?;
    let mut target_means = Vec::new();
    for target in &encoder.targets {
        if let TargetCodec::Number { column, .. } = target {
            target_means.extend(table.training_mean(column)?);
        }
    }
    Ok(Model {
        input_schema: table.origin_schema().clone(),
        recipe: table.recipe().clone(),
        encoder,
        learnt,
        training_class_counts: class_counts,
        training_target_means: target_means,
        threshold: None,
        metrics: BTreeMap::new(),
        sample_rows: pg_deploy::golden::raw_rows(
            &table.some_origin_rows(Part::Training, N_SAMPLE_ROWS)?,
            N_SAMPLE_ROWS,
        )?,
    })
}

/// The training that is to be done, with encoded rows and the encoder that fits the loss.
pub(crate) fn job_of(cx: &RunCx<'_>, fit: &Fit<'_>) -> Result<(TrainJob, Encoder), Trouble> {
    let Fit { table, network, params, .. } = fit;
    let mut encoder = network
        .encoder
        .clone()
        .ok_or_else(|| Trouble::internal("a network without its encoder"))?;
    let mut settings = settings::of(params);
    settings.class_weights =
        target::class_weights(params, &encoder, &class_counts(table, &encoder)?)?;
    let mut blueprint = model::finished(network)?;
    target::fit_to_loss(&settings, &mut encoder, &mut blueprint)?;
    let training = source(cx, &encoder, table, Part::Training)?;
    let validation = source(cx, &encoder, table, Part::Validation)?;
    let job = TrainJob {
        blueprint,
        settings,
        validation: (validation.n_rows() > 0).then_some(validation),
        training,
        seed: cx.seed,
        checkpoint_folder: fit.checkpoint_folder.clone(),
        key: fit.key,
    };
    Ok((job, encoder))
}

/// Training rows of each class.
fn class_counts(table: &Table, encoder: &Encoder) -> Result<Vec<u64>, Trouble> {
    let counts = encoder.training_class_counts(table)?;
    Ok(counts.into_iter().map(|count| count as u64).collect())
}

/// The rows of a part to train on: as arrays, or of a large table a window at a time.
fn source(
    cx: &RunCx<'_>,
    encoder: &Encoder,
    table: &Table,
    part: Part,
) -> Result<Arc<dyn BatchSource>, Trouble> {
    if !table.is_large() {
        return Ok(Arc::new(encode(cx, encoder, table, part)?));
    }
    let mut gaps = Gaps::new(encoder);
    let rows = encoder.stream_part(table, part, |rejected| {
        cx.check_cancelled()?;
        gaps.see(rejected)
    })?;
    gaps.tell(cx, part);
    require_rows(part, rows.n_rows())?;
    Ok(Arc::new(rows))
}

/// The rows of a part as arrays. A gap in a feature stops it with the row and the column; a gap in the target drops the
/// row with a warning.
pub(crate) fn encode(
    cx: &RunCx<'_>,
    encoder: &Encoder,
    table: &Table,
    part: Part,
) -> Result<EncodedRows, Trouble> {
    let Encoded { rows: encoded, rejected, .. } = encoder.encode_part(table, part)?;
    let mut gaps = Gaps::new(encoder);
    gaps.see(rejected)?;
    gaps.tell(cx, part);
    require_rows(part, encoded.n_rows())?;
    Ok(encoded)
}

/// Rows without a target.
struct Gaps<'a> {
    encoder: &'a Encoder,
    /// The first target that was missing.
    target: Option<String>,
    n_rows: usize,
}

impl<'a> Gaps<'a> {
    fn new(encoder: &'a Encoder) -> Self {
        Self { encoder, target: None, n_rows: 0 }
    }

    /// Counts rows without a target; another fault of a row is an error.
    fn see(&mut self, rejected: Vec<Rejected>) -> Result<(), Trouble> {
        for rejected in rejected {
            let column = rejected.trouble.details.place.column.clone();
            let Some(target) = column.filter(|column| self.encoder.is_target(column)) else {
                return Err(rejected.trouble);
            };
            self.target.get_or_insert(target);
            self.n_rows += 1;
        }
        Ok(())
    }

    fn tell(self, cx: &RunCx<'_>, part: Part) {
        let n_rows = self.n_rows;
        if n_rows == 0 {
            return;
        }
        let (en, zh) = match part {
            Part::Training => ("training", "训练"),
            Part::Validation => ("validation", "验证"),
            Part::Test => ("test", "测试"),
        };
        let found = say!(
            "{n_rows} {en} rows have no usable target and were left out",
            "{n_rows} 个{zh}行没有可用的目标，已略去"
        );
        cx.warn(Trouble::new("target-gaps", found).column(self.target.unwrap_or_default()));
    }
}

/// Refuses to train on nothing.
fn require_rows(part: Part, n_rows: usize) -> Result<(), Trouble> {
    if part != Part::Training || n_rows > 0 {
        return Ok(());
    }
    Err(Trouble::new("rows-none", say!("there are no training rows", "没有训练数据"))
        .advice(say!(
            "Check the source and the fractions of the split.",
            "请检查数据源和划分比例。"
        ))
        .port("table"))
}

//! The thread that owns a model while it is tried: it opens it, answers the newest question, and then says what else
//! would have been answered around it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

use eframe::egui::Context;
use pg_base::{CancelToken, Trouble, Words, say};
pub(super) use pg_deploy::Answer;
use pg_deploy::inputs::{Input, inputs_of};
use pg_deploy::json_rows::{JsonRow, rows_from_json};
use pg_deploy::{Bundle, Model, Scorer};
use pg_session::{Core, ValuePlace};
use serde_json::Value as Json;

use super::learnt::Learnt;
use crate::tasks::Task;

/// What trying a model computes on: always there, and a fault of a graphics driver must not end the window.
pub(super) const DEVICE: &str = "cpu";

/// Where a model comes from.
#[derive(Debug)]
pub(super) enum Origin {
    /// The result of a node, and the table that it was trained on, where that is at hand.
    Node(Arc<Model>, Option<ValuePlace>),
    /// A bundle on the disk.
    File(PathBuf),
}

/// What is known of a model once it is open.
#[derive(Debug)]
pub(super) struct About {
    /// The model.
    pub model: Arc<Model>,
    /// The file's content, where it came from one.
    pub bundle: Option<Arc<Bundle>>,
    /// Changes with the weights.
    pub version: String,
    /// What it predicts.
    pub targets: Vec<String>,
    /// How large what it learnt is.
    pub size: Words,
    /// The fields of a row, or why there are none.
    pub inputs: Result<Vec<Input>, Trouble>,
}

/// What the person asks: one row, and some of its fields with other values in place of their own.
#[derive(Debug)]
pub(super) struct Question {
    /// Counts up; an answer to an older question is passed over.
    pub id: u64,
    /// One value per field.
    pub row: JsonRow,
    /// What else is to be tried.
    pub probes: Vec<Probe>,
}

/// One field with several values.
#[derive(Debug)]
pub(super) struct Probe {
    /// Name of the field.
    pub field: String,
    /// Its values.
    pub values: Vec<Json>,
}

/// Answers of one target for the values of a probe; none for a value that the model rejects.
pub(super) type Curve = Vec<Option<Answer>>;

/// The same of all targets.
pub(super) type Curves = Vec<Option<Vec<Answer>>>;

/// What the thread tells.
#[derive(Debug)]
pub(super) enum News {
    /// The model is open.
    Opened(Arc<About>),
    /// What the training rows looked like.
    Learnt(Learnt),
    /// The answer to a question, one per target, or what is wrong with the row.
    Answered(u64, Result<Vec<Answer>, Vec<Trouble>>),
    /// What one probe of it gave.
    Probed(u64, String, Curves),
    /// It is of no use any more.
    Failed(Trouble),
}

/// A model at work; dropping it ends its thread.
#[derive(Debug)]
pub(super) struct Oracle {
    questions: Sender<Question>,
    news: Receiver<News>,
    task: Task<()>,
}

impl Oracle {
    /// Opens a model; the first news tells whether that worked.
    pub(super) fn open(ctx: &Context, core: Arc<Core>, origin: Origin) -> Self {
        let (questions, inbox) = mpsc::channel();
        let (outbox, news) = mpsc::channel();
        let repaint = ctx.clone();
        let task = Task::spawn(ctx, move |cx| {
            let tell = move |news| {
                // The panel may show another model by now.
                let _ = outbox.send(news);
                repaint.request_repaint();
            };
            work(&core, origin, &inbox, &tell, cx.cancel())
        });
        Self { questions, news, task }
    }

    /// Asks; a question that is still waiting then is not answered any more.
    pub(super) fn ask(&self, question: Question) {
        // A thread that is gone has told why.
        let _ = self.questions.send(question);
    }

    /// What it told since the last call.
    pub(super) fn poll(&mut self) -> Vec<News> {
        let mut news: Vec<News> = self.news.try_iter().collect();
        if let Some(Err(trouble)) = self.task.poll()
            && !trouble.is_cancelled()
        {
            news.push(News::Failed(trouble));
        }
        news
    }
}

fn work(
    core: &Core,
    origin: Origin,
    inbox: &Receiver<Question>,
    tell: &dyn Fn(News),
    cancel: &CancelToken,
) -> Result<(), Trouble> {
    let compute = core.devices().open(DEVICE)?;
    let (mut scorer, bundle, table) = match origin {
        Origin::Node(model, table) => (Scorer::new(model, &*compute)?, None, table),
        Origin::File(path) => {
            let bundle = Bundle::read(&path)?;
            let scorer =
                bundle.clone().into_scorer(&*compute).map_err(|trouble| trouble.path(path))?;
            (scorer, Some(Arc::new(bundle)), None)
        }
    };
    let model = Arc::clone(scorer.model());
    let inputs = inputs_of(&model);
    tell(News::Opened(Arc::new(About {
        bundle,
        version: scorer.version().to_owned(),
        targets: model.target_names().into_iter().map(str::to_owned).collect(),
        size: size_of(&model)?,
        inputs: inputs.clone(),
        model: Arc::clone(&model),
    })));
    // Without fields there is nothing to ask; the reason has been told.
    let Ok(inputs) = inputs else { return Ok(()) };
    cancel.check()?;
    let mut learnt = Learnt::of_model(&model, &inputs);
    if let Some(table) = table.and_then(|place| place.read())
        && let pg_contract::Value::Table(table) = table
    {
        learnt.refine(&table, &inputs, &model)?;
    }
    tell(News::Learnt(learnt));
    let mut next = inbox.recv().ok();
    while let Some(mut question) = next.take() {
        if let Some(newer) = inbox.try_iter().last() {
            question = newer;
        }
        cancel.check()?;
        let answer = answer(&mut scorer, &inputs, std::slice::from_ref(&question.row));
        let is_answered = answer.is_ok();
        tell(News::Answered(question.id, answer.and_then(first)));
        for probe in question.probes.into_iter().filter(|_| is_answered) {
            cancel.check()?;
            next = inbox.try_recv().ok();
            if next.is_some() {
                break;
            }
            let rows: Vec<JsonRow> =
                probe.values.iter().map(|value| with(&question.row, &probe.field, value)).collect();
            if let Ok(answers) = answer_all(&mut scorer, &inputs, &rows) {
                tell(News::Probed(question.id, probe.field, answers));
            }
        }
        if next.is_none() {
            next = inbox.recv().ok();
        }
    }
    Ok(())
}

/// Only the row itself has something to be told; a probe that fails is not drawn.
fn answer_all(
    scorer: &mut Scorer,
    inputs: &[Input],
    rows: &[JsonRow],
) -> Result<Curves, Vec<Trouble>> {
    let answers = answer(scorer, inputs, rows)?;
    Ok(answers.into_iter().map(Result::ok).collect())
}

fn answer(
    scorer: &mut Scorer,
    inputs: &[Input],
    rows: &[JsonRow],
) -> Result<Vec<Result<Vec<Answer>, Trouble>>, Vec<Trouble>> {
    let known = scorer.model().input_schema.clone();
    let typed = rows_from_json(inputs, &known, rows)?;
    // The pictures lie on the disk until `typed` goes.
    let scored = scorer.score(typed.rows.clone()).map_err(|trouble| vec![trouble])?;
    Ok(scored.by_row())
}

fn first(answers: Vec<Result<Vec<Answer>, Trouble>>) -> Result<Vec<Answer>, Vec<Trouble>> {
    let answer = answers.into_iter().next();
    answer
        .unwrap_or_else(|| Err(Trouble::internal("no row was answered")))
        .map_err(|trouble| vec![trouble])
}

fn with(row: &JsonRow, field: &str, value: &Json) -> JsonRow {
    let mut row = row.clone();
    row.insert(field.to_owned(), value.clone());
    row
}

fn size_of(model: &Model) -> Result<Words, Trouble> {
    if let Some(estimator) = model.estimator() {
        return Ok(estimator.size());
    }
    let n_params = crate::widgets::count(model.learnt.n_params()?.unwrap_or_default());
    Ok(say!("{n_params} parameters", "{n_params} 个参数"))
}

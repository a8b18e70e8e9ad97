//! Several runs side by side as plain data: settings, course and metrics row by row, their curves, and all of it as CSV.

use std::collections::BTreeSet;

use pg_base::{Words, say, t};
use pg_contract::Registry;
use pg_nn::{EpochRecord, History};
use pg_pipeline::NodeId;
use pg_session::RunRecord;

use super::changes::{settings, title};
use crate::figure::{Axis, Figure, Ink, Line, Points};
use crate::lang::{Tr, tr};
use crate::widgets;

/// Runs side by side.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Comparison {
    /// Numbers of the runs, the oldest first.
    pub ids: Vec<u64>,
    /// Rows by group.
    pub rows: Vec<Row>,
    /// Loss over the epochs.
    pub curves: Figure,
}

/// What a row tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    /// Settings in which the runs differ.
    Differences,
    /// How good the models are.
    Metrics,
    /// How the trainings went.
    Training,
    /// Settings that all have in common.
    Common,
}

/// One thing, told of every run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// What it tells of.
    pub group: Group,
    /// What it is.
    pub label: Words,
    /// One per run.
    pub cells: Vec<Cell>,
    /// Which cells hold the best value; none where there is no best.
    pub is_best: Vec<bool>,
}

/// What a row says of one run.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    /// Nothing.
    Empty,
    /// Words.
    Text(Words),
    /// A number.
    Number(f64),
    /// A time span.
    Seconds(f64),
}

/// Which values are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Better {
    Higher,
    Lower,
    Neither,
}

impl Cell {
    /// What the person reads.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Empty => "–".to_owned(),
            Self::Text(words) => words.tr().to_owned(),
            Self::Number(number) => widgets::number(*number),
            Self::Seconds(seconds) => widgets::duration(*seconds),
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) | Self::Seconds(number) => Some(*number),
            Self::Empty | Self::Text(_) => None,
        }
    }
}

impl Row {
    /// Whether the runs differ in it.
    pub(super) fn differs(&self) -> bool {
        self.cells.windows(2).any(|pair| matches!(pair, [one, other] if one != other))
    }
}

impl Comparison {
    /// Compares runs; they stand from the oldest to the newest.
    pub(super) fn of(runs: &[&RunRecord], registry: &Registry) -> Self {
        let mut runs = runs.to_vec();
        runs.sort_by_key(|run| run.id);
        let (mut rows, common): (Vec<Row>, Vec<Row>) =
            setting_rows(&runs, registry).into_iter().partition(Row::differs);
        for row in &mut rows {
            row.group = Group::Differences;
        }
        rows.extend(metric_rows(&runs, registry));
        rows.extend(training_rows(&runs, registry));
        rows.extend(common);
        Self { ids: runs.iter().map(|run| run.id).collect(), rows, curves: curves(&runs, registry) }
    }

    /// The table for a spreadsheet, numbers in full.
    pub(super) fn csv(&self) -> String {
        let quoted = |text: &str| {
            if text.contains([',', '"', '\n', '\r']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text.to_owned()
            }
        };
        let head = self.ids.iter().map(|id| format!(",{} {id}", tr("run", "运行")));
        let mut text = format!("{}{}\n", tr("what", "项目"), head.collect::<String>());
        for row in &self.rows {
            text.push_str(&quoted(row.label.tr()));
            for cell in &row.cells {
                text.push(',');
                text.push_str(&match cell {
                    Cell::Empty => String::new(),
                    Cell::Text(words) => quoted(words.tr()),
                    Cell::Number(number) | Cell::Seconds(number) => number.to_string(),
                });
            }
            text.push('\n');
        }
        text
    }
}

/// The record of the epoch whose weights were kept.
pub(super) fn best_record(history: &History) -> Option<&EpochRecord> {
    history
        .epochs
        .iter()
        .find(|record| record.epoch == history.best_epoch)
        .or(history.epochs.last())
}

/// What a metric is called, under the id it has in reports (means of folds have `_std` beside them).
pub(super) fn metric_title(id: &str) -> Words {
    let (stem, is_deviation) = id.strip_suffix("_std").map_or((id, false), |stem| (stem, true));
    let Some(metric) = pg_metrics::metric(stem) else { return id.into() };
    let (en, zh) = (metric.title, metric.title_zh);
    if is_deviation { say!("{en}, deviation", "{zh}（标准差）") } else { say!("{en}", "{zh}") }
}

fn row(group: Group, label: Words, cells: Vec<Cell>, better: Better) -> Row {
    let values = || cells.iter().filter_map(Cell::number);
    let best = match better {
        Better::Higher => values().reduce(f64::max),
        Better::Lower => values().reduce(f64::min),
        Better::Neither => None,
    };
    // A best needs something worse.
    let best = best.filter(|best| values().any(|value| value != *best));
    let is_best = cells.iter().map(|cell| best.is_some() && cell.number() == best).collect();
    Row { group, label, cells, is_best }
}

fn union<'a>(
    runs: &[&'a RunRecord],
    of: impl Fn(&'a RunRecord) -> Vec<&'a NodeId>,
) -> Vec<&'a NodeId> {
    runs.iter().flat_map(|run| of(run)).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The label, with the node where several nodes have the same.
fn placed(
    runs: &[&RunRecord],
    registry: &Registry,
    node: &str,
    is_alone: bool,
    label: Words,
) -> Words {
    if is_alone {
        return label;
    }
    let named = runs.iter().rev().find_map(|run| run.document.node(node));
    let name = named.map_or_else(|| node.into(), |node| title(node, registry));
    Words { en: format!("{}: {}", name.en, label.en), zh: format!("{}：{}", name.zh, label.zh) }
}

fn metric_rows(runs: &[&RunRecord], registry: &Registry) -> Vec<Row> {
    let nodes = union(runs, |run| run.metrics.keys().collect());
    let mut rows = Vec::new();
    for node in &nodes {
        let values = |id: &str| -> Vec<Cell> {
            let of = |run: &&RunRecord| {
                run.metrics.get(*node).and_then(|metrics| metrics.get(id)).copied()
            };
            runs.iter().map(|run| of(run).map_or(Cell::Empty, Cell::Number)).collect()
        };
        let ids: BTreeSet<&String> = runs
            .iter()
            .filter_map(|run| run.metrics.get(*node))
            .flat_map(|metrics| metrics.keys())
            .collect();
        let rank = |id: &str| {
            let stem = id.strip_suffix("_std").unwrap_or(id);
            pg_metrics::metrics().position(|metric| metric.id == stem).unwrap_or(usize::MAX)
        };
        let mut ids: Vec<&String> = ids.into_iter().collect();
        ids.sort_by_key(|id| (rank(id), id.len()));
        for id in ids {
            let better = match pg_metrics::metric(id) {
                Some(metric) if metric.higher_is_better => Better::Higher,
                Some(_) => Better::Lower,
                None => Better::Neither,
            };
            let label = placed(runs, registry, node, nodes.len() == 1, metric_title(id));
            rows.push(row(Group::Metrics, label, values(id), better));
        }
    }
    rows
}

fn training_rows(runs: &[&RunRecord], registry: &Registry) -> Vec<Row> {
    let nodes = union(runs, |run| run.trainings.keys().collect());
    let mut rows = Vec::new();
    for node in &nodes {
        let cells = |of: &dyn Fn(&History) -> Option<f64>| -> Vec<Cell> {
            let history = |run: &&RunRecord| of(&run.trainings.get(*node)?.history);
            runs.iter().map(|run| history(run).map_or(Cell::Empty, Cell::Number)).collect()
        };
        let mut add = |label: Words, cells: Vec<Cell>, better: Better| {
            if cells.iter().any(|cell| *cell != Cell::Empty) {
                let label = placed(runs, registry, node, nodes.len() == 1, label);
                rows.push(row(Group::Training, label, cells, better));
            }
        };
        let best = |of: fn(&EpochRecord) -> Option<f64>| {
            move |history: &History| best_record(history).and_then(of)
        };
        add(
            t("Validation loss", "验证损失").into(),
            cells(&best(|record| record.validation_loss)),
            Better::Lower,
        );
        add(
            t("Training loss", "训练损失").into(),
            cells(&best(|record| Some(record.training_loss))),
            Better::Lower,
        );
        let epochs = |history: &History| {
            Some(history.epochs.len() as f64).filter(|n_epochs| *n_epochs > 0.0)
        };
        add(t("Epochs", "训练轮数").into(), cells(&epochs), Better::Neither);
        let best_epoch =
            |history: &History| Some(history.best_epoch as f64).filter(|epoch| *epoch > 0.0);
        add(t("Best epoch", "最佳轮次").into(), cells(&best_epoch), Better::Neither);
    }
    let seconds = runs.iter().map(|run| Cell::Seconds(run.seconds)).collect();
    rows.push(row(
        Group::Training,
        t("Time of the run", "运行用时").into(),
        seconds,
        Better::Neither,
    ));
    rows
}

/// Device, seed, every setting in which the runs differ, and all settings of what trains.
fn setting_rows(runs: &[&RunRecord], registry: &Registry) -> Vec<Row> {
    let mut rows = Vec::new();
    let devices = runs.iter().map(|run| Cell::Text(run.device.as_str().into())).collect();
    rows.push(row(Group::Common, t("Device", "设备").into(), devices, Better::Neither));
    let seeds = runs.iter().map(|run| Cell::Text(run.document.seed().to_string().into())).collect();
    rows.push(row(Group::Common, t("Seed", "随机种子").into(), seeds, Better::Neither));
    let trains = |node: &str| runs.iter().any(|run| run.trainings.contains_key(node));
    for node in union(runs, |run| run.document.nodes().map(|node| &node.id).collect()) {
        let nodes: Vec<_> = runs.iter().map(|run| run.document.node(node)).collect();
        let kinds: BTreeSet<Option<&str>> =
            nodes.iter().map(|node| node.map(|node| node.kind.as_str())).collect();
        if kinds.len() > 1 {
            // It is not there everywhere, or something else: its settings would say nothing more.
            let name = |node: &pg_pipeline::Node| Cell::Text(title(node, registry));
            let cells = nodes.iter().map(|node| node.map_or(Cell::Empty, name)).collect();
            rows.push(row(Group::Common, t("Node", "节点").into(), cells, Better::Neither));
            continue;
        }
        let of_runs: Vec<_> = nodes.iter().flatten().map(|node| settings(node, registry)).collect();
        let mut seen = BTreeSet::new();
        for (param, _) in of_runs.iter().flatten() {
            if !seen.insert(param.id) {
                continue;
            }
            let value = |settings: &Vec<(&pg_base::ParamSpec, Words)>| {
                let found = settings.iter().find(|(other, _)| other.id == param.id);
                found.map_or(Cell::Empty, |(_, words)| Cell::Text(words.clone()))
            };
            let label = placed(runs, registry, node, false, param.label.into());
            let row =
                row(Group::Common, label, of_runs.iter().map(value).collect(), Better::Neither);
            if row.differs() || trains(node) {
                rows.push(row);
            }
        }
    }
    rows
}

/// Validation loss of every training (training loss where nothing was held back), one colour per run.
fn curves(runs: &[&RunRecord], registry: &Registry) -> Figure {
    let trainings = || {
        runs.iter()
            .enumerate()
            .flat_map(|(index, run)| run.trainings.iter().map(move |it| (index, run, it)))
    };
    let has_validation = trainings().any(|(_, _, (_, training))| {
        training.history.epochs.iter().any(|record| record.validation_loss.is_some())
    });
    let title_text = if has_validation {
        tr("Validation loss", "验证损失")
    } else {
        tr("Training loss", "训练损失")
    };
    let mut figure = Figure::new(title_text).x(Axis::new(tr("epoch", "轮"))).y(Axis::default());
    for (index, run, (node, training)) in trainings() {
        let loss = |record: &EpochRecord| {
            if has_validation { record.validation_loss } else { Some(record.training_loss) }
        };
        let epochs = &training.history.epochs;
        let points: Vec<[f64; 2]> =
            epochs.iter().filter_map(|record| Some([record.epoch as f64, loss(record)?])).collect();
        let name = match run.document.node(node) {
            Some(node) if run.trainings.len() > 1 => {
                format!("{} {}", run.id, title(node, registry).tr())
            }
            _ => run.id.to_string(),
        };
        let ink = Ink::Series(index);
        if points.len() == 1 {
            figure = figure.with(Points::new("", ink, points.clone()));
        }
        figure = figure.with(Line::new(name, ink, points));
    }
    figure
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use pg_pipeline::Document;
    use pg_session::{RunEnd, Training};

    use super::*;

    /// A run of a node `fit` that learnt for two epochs.
    pub(crate) fn run(id: u64, accuracy: f64, validation_loss: f64) -> RunRecord {
        let epoch = |epoch: usize, loss: f64| EpochRecord {
            epoch,
            training_loss: loss / 2.0,
            validation_loss: Some(loss),
            training_score: 0.9,
            validation_score: Some(0.8),
            learning_rate: 0.01,
            seconds: 1.0,
            signs: pg_nn::train::Signs::default(),
        };
        let history = History {
            score_name: "accuracy".to_owned(),
            epochs: vec![epoch(1, 1.0), epoch(2, validation_loss)],
            best_epoch: 2,
            ..History::default()
        };
        RunRecord {
            id,
            started_unix_secs: 1_000 * id,
            seconds: 2.5,
            device: "cpu".to_owned(),
            document: Document::new("x"),
            trainings: BTreeMap::from([(
                "fit".to_owned(),
                Training { history, ..Training::default() },
            )]),
            metrics: BTreeMap::from([(
                "report".to_owned(),
                BTreeMap::from([("accuracy".to_owned(), accuracy)]),
            )]),
            outcome: RunEnd::Done,
            note: String::new(),
        }
    }

    #[test]
    fn the_best_is_marked_and_the_oldest_stands_first() {
        let (one, two) = (run(1, 0.9, 0.3), run(2, 0.95, 0.4));
        let comparison = Comparison::of(&[&two, &one], &Registry::default());
        assert_eq!(comparison.ids, [1, 2]);
        let line = |row: &Row| {
            let cells = row.cells.iter().zip(&row.is_best);
            let cells: Vec<String> = cells
                .map(|(cell, is_best)| {
                    format!("{}{}", cell.text(), if *is_best { "*" } else { "" })
                })
                .collect();
            format!("{}: {}", row.label.en, cells.join(" "))
        };
        let lines: Vec<String> = comparison.rows.iter().map(line).collect();
        let expected = [
            "Accuracy: 0.900 0.950*",
            "Validation loss: 0.300* 0.400",
            "Training loss: 0.150* 0.200",
            "Epochs: 2 2",
            "Best epoch: 2 2",
            "Time of the run: 2.5 s 2.5 s",
            "Device: cpu cpu",
            "Seed: 42 42",
        ];
        assert_eq!(lines, expected);
        assert_eq!(comparison.curves.layers.len(), 2);
        assert!(
            comparison.csv().starts_with("what,run 1,run 2\nAccuracy,0.9,0.95\n"),
            "{}",
            comparison.csv()
        );
    }
}

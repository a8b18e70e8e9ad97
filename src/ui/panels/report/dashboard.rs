//! Everything that the panel shows of one report, made once and drawn many times.

use pg_base::{Lang, Words};
use pg_contract::Report;
use pg_metrics::{ClassificationReport, ConfusionMatrix};
use pg_pipeline::NodeId;

use super::cards::{self, Card};
use super::curves::{self, Choice};
use super::sums::{self, Spread};
use super::table::Table;
use super::words::Headline;
use super::{errors, findings, folds, tables};
use crate::figure::Figure;
use crate::values::Key;

/// What a dashboard was made for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stamp {
    pub(super) node: NodeId,
    pub(super) key: Key,
    pub(super) lang: Lang,
    pub(super) choice: Choice,
    /// What the judged rows are called.
    pub(super) rows: Words,
}

/// A report as it is shown.
#[derive(Debug)]
pub(super) struct Dashboard {
    pub(super) stamp: Stamp,
    pub(super) headline: Headline,
    pub(super) notes: Vec<Words>,
    pub(super) cards: Vec<Card>,
    pub(super) metrics: Table,
    /// Folds, and how they differ.
    pub(super) folds: Option<(Table, Vec<Figure>)>,
    pub(super) matrix: Option<(Figure, ConfusionMatrix)>,
    pub(super) classes: Option<Table>,
    pub(super) worst: Table,
    /// Source rows of the table of worst rows.
    pub(super) worst_rows: Vec<u64>,
    /// Predicted against true numbers and the like; the first two show points, in the order of `point_rows`.
    pub(super) numbers: Vec<Figure>,
    pub(super) point_rows: Vec<Option<u64>>,
    /// How well classes are told apart.
    pub(super) curves: Vec<Figure>,
    /// Classes to choose from, where there are many.
    pub(super) curve_classes: Vec<String>,
    /// What another analysis than an evaluation found.
    pub(super) sections: Vec<findings::Section>,
}

impl Dashboard {
    /// The dashboard of a report, in the language of the window.
    pub(super) fn of(stamp: Stamp, report: &Report) -> Self {
        match report {
            Report::Evaluation(own) => {
                let headline = if own.metrics().is_empty() {
                    Headline::unusable()
                } else {
                    Headline::of(own, &stamp.rows)
                };
                let mut board = Self::parts(stamp, Some(own));
                board.headline = headline;
                board.notes = own.notes().to_vec();
                board.cards = cards::of_report(own);
                board.metrics = tables::metrics(own);
                match &**own {
                    pg_metrics::Report::Classification(own) => board.add_curves(own),
                    pg_metrics::Report::Several(own) => {
                        if let Some(labels) = curves::of_labels(own) {
                            board.add_curves(&labels);
                        }
                    }
                    pg_metrics::Report::Regression(_) => {}
                }
                board
            }
            Report::Findings(own) => {
                let mut board = Self::parts(stamp, None);
                (board.headline, board.sections) = findings::of(own);
                board.cards = cards::of_findings(own);
                board.metrics = tables::metrics_of_findings(own);
                board
            }
            Report::CrossValidation { folds } => {
                let joined = sums::joined(folds);
                let mut board = Self::parts(stamp, joined.as_ref());
                board.headline = headline_of(folds);
                board.notes = sums::notes(folds);
                board.cards = cards::of_folds(folds);
                board.metrics = tables::metrics_of_folds(folds);
                let figures =
                    folds::spread(folds).into_iter().chain(curves::of_folds(folds)).collect();
                board.folds = Some((folds::table(folds), figures));
                board
            }
        }
    }

    /// The curves of classes, with a choice where there are many.
    fn add_curves(&mut self, report: &ClassificationReport) {
        self.curves = curves::figures(report, &self.stamp.choice);
        if report.roc.len() > curves::MAX_CURVES {
            self.curve_classes = report.roc.iter().map(|curve| curve.class.clone()).collect();
        }
    }

    /// What an evaluation and the sum of several have in common.
    fn parts(stamp: Stamp, whole: Option<&pg_metrics::Report>) -> Self {
        let mut board = Self {
            stamp,
            headline: Headline::unusable(),
            notes: Vec::new(),
            cards: Vec::new(),
            metrics: Table::default(),
            folds: None,
            matrix: None,
            classes: None,
            worst: whole.map(tables::worst).unwrap_or_default(),
            worst_rows: whole
                .map(|whole| whole.worst().iter().map(|row| row.row).collect())
                .unwrap_or_default(),
            numbers: Vec::new(),
            point_rows: Vec::new(),
            curves: Vec::new(),
            curve_classes: Vec::new(),
            sections: Vec::new(),
        };
        match whole {
            Some(pg_metrics::Report::Classification(whole)) => {
                board.matrix = errors::matrix(&whole.confusion)
                    .map(|figure| (figure, whole.confusion.clone()));
                board.classes =
                    (!whole.per_class.is_empty()).then(|| tables::classes(&whole.per_class));
            }
            Some(pg_metrics::Report::Regression(whole)) => {
                board.numbers = errors::of_numbers(whole);
                board.point_rows = whole.points.iter().map(|point| point.row).collect();
            }
            Some(pg_metrics::Report::Several(whole)) => {
                board.numbers = errors::of_targets(whole);
                board.classes = Some(tables::targets(whole));
            }
            None => {}
        }
        board
    }
}

fn headline_of(folds: &[pg_metrics::Report]) -> Headline {
    let Some(first) = folds.first() else { return Headline::unusable() };
    let id = Headline::id_of_folds(first);
    match Spread::of(&sums::values(folds, id)) {
        Some(value) => Headline::of_folds(folds.len(), first, value, sums::baseline(folds, id)),
        None => Headline::unusable(),
    }
}

#[cfg(test)]
mod tests {
    use pg_base::{StableHasher, say};

    use super::*;
    use crate::panels::report::sums::tests::{classification, labels, regression};

    fn board(report: Report) -> Dashboard {
        let stamp = Stamp {
            node: "judge".to_owned(),
            key: (StableHasher::new().finish(), "report".to_owned()),
            lang: Lang::En,
            choice: Choice::Hardest,
            rows: say!("test rows", "测试数据"),
        };
        Dashboard::of(stamp, &report)
    }

    #[test]
    fn a_classification_shows_everything() {
        let board = board(Report::Evaluation(Box::new(classification(1))));
        assert_eq!(board.headline.main, "The model is right in 66.7 % of 3 test rows.");
        assert_eq!(
            board.headline.beside,
            "Always guessing the largest class would be right in 66.7 %."
        );
        assert!(board.matrix.is_some() && board.classes.is_some() && board.folds.is_none());
        assert_eq!((board.curves.len(), board.numbers.len()), (4, 0));
        assert_eq!(board.worst_rows, [2, 3]);
    }

    #[test]
    fn labels_show_their_curves_and_a_table() {
        let board = board(Report::Evaluation(Box::new(labels(1))));
        assert_eq!(board.headline.main, "Of the 2 labels of 3 test rows, 66.7 % are right.");
        assert_eq!(board.classes.map(|table| table.rows.len()), Some(2));
        assert_eq!((board.curves.len(), board.matrix.is_some()), (4, false));
        assert_eq!(board.cards.first().map(|card| card.name.as_str()), Some("F1 score (micro)"));
    }

    #[test]
    fn numbers_show_points() {
        let board = board(Report::Evaluation(Box::new(regression(1))));
        assert_eq!(
            board.headline.main,
            "The predictions for 3 test rows are off by 0.500 on average."
        );
        assert_eq!((board.numbers.len(), board.point_rows.len()), (3, 3));
    }

    #[test]
    fn folds_are_joined() {
        let board =
            board(Report::CrossValidation { folds: vec![classification(1), classification(4)] });
        let (table, figures) = board.folds.expect("folds");
        assert_eq!((table.rows.len(), figures.len()), (4, 2));
        assert!(board.headline.main.contains("tested on 2 parts"), "{}", board.headline.main);
        assert!(board.matrix.is_some_and(|(_, matrix)| matrix.rows_of(1, 0) == [2, 5]));
        assert!(board.curves.is_empty());
    }
}

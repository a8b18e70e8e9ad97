//! Pictures of where a model goes wrong: the confusion matrix, and predicted against true numbers.

use pg_base::say;
use pg_metrics::{ConfusionMatrix, RegressionReport, Report, SeveralReport, TargetReport};

use super::words::{cell, percent};
use crate::figure::{Axis, Bars, Figure, Heat, Ink, Points, Rule, RuleAt};
use crate::lang::{Tr, tr};
use crate::widgets;

/// Beyond this, cells hold counts only.
const MAX_CLASSES_WITH_SHARES: usize = 6;
/// Pictures of targets at most; the table has all.
const MAX_TARGETS: usize = 12;
/// Free space around points, as a share of their range.
const AIR: f64 = 0.04;

/// The matrix with the count of each cell, and its share of the true class where there is room.
pub(super) fn matrix(confusion: &ConfusionMatrix) -> Option<Figure> {
    let n_classes = confusion.counts.len();
    if n_classes == 0 {
        return None;
    }
    let shares = |row: &Vec<u64>| -> Vec<f64> {
        let sum = row.iter().sum::<u64>().max(1) as f64;
        row.iter().map(|count| *count as f64 / sum).collect()
    };
    let text = |row: &Vec<u64>| -> Vec<String> {
        let written = |(count, share): (&u64, f64)| match *count {
            0 => String::new(),
            count if n_classes <= MAX_CLASSES_WITH_SHARES => {
                format!("{} · {}", widgets::count(count), percent(share))
            }
            count => widgets::count(count),
        };
        row.iter().zip(shares(row)).map(written).collect()
    };
    let names = confusion.class_names.clone();
    // The values are counts, so that copying them gives the matrix that other tools give.
    let values: Vec<f64> = confusion.counts.iter().flatten().map(|count| *count as f64).collect();
    let most = values.iter().copied().fold(1.0, f64::max);
    let texts = confusion.counts.iter().flat_map(text).collect();
    let heat = Heat::new(tr("Rows", "行数"), names.clone(), names.clone(), values)
        .texts(texts)
        .range(0.0, most);
    let figure = Figure::new(tr("What was taken for what", "混淆矩阵"))
        .x(Axis::new(tr("Prediction", "预测")).categories(names.clone()))
        .y(Axis::new(tr("Truth", "真实")).categories(names))
        .with(heat);
    Some(figure)
}

/// What the cell under the pointer says, else the most frequent mistake.
pub(super) fn matrix_sentence(confusion: &ConfusionMatrix, hovered: Option<usize>) -> String {
    let n_classes = confusion.class_names.len().max(1);
    let name = |class: usize| confusion.class_names.get(class).map_or("", String::as_str);
    let count = |truth: usize, prediction: usize| {
        confusion.counts.get(truth).and_then(|row| row.get(prediction)).copied().unwrap_or_default()
    };
    if let Some(index) = hovered {
        let (truth, prediction) = (index / n_classes, index % n_classes);
        let (own, all) = (
            count(truth, prediction),
            confusion.counts.get(truth).map_or(0, |row| row.iter().sum::<u64>()),
        );
        let mut sentence = cell(own, name(truth), name(prediction));
        if own > 0 {
            let share = percent(own as f64 / all.max(1) as f64);
            sentence.push_str(say!(" That is {share} of this class.", "占该类别的 {share}。").tr());
        }
        if confusion.rows_of(truth, prediction).is_empty() {
            return sentence;
        }
        return format!("{sentence} {}", tr("Click to see them.", "点击查看这些行。"));
    }
    let cells =
        (0..n_classes).flat_map(|truth| (0..n_classes).map(move |prediction| (truth, prediction)));
    let mistakes = cells.filter(|(truth, prediction)| truth != prediction);
    let worst = mistakes.max_by_key(|(truth, prediction)| {
        (count(*truth, *prediction), std::cmp::Reverse((*truth, *prediction)))
    });
    match worst.map(|(truth, prediction)| (count(truth, prediction), truth, prediction)) {
        Some((count, truth, prediction)) if count > 0 => {
            let sentence = cell(count, name(truth), name(prediction));
            let words = say!("Most frequent mistake: {sentence}", "最常见的错误：{sentence}");
            words.tr().to_owned()
        }
        _ => tr("Not one mistake.", "没有一个错误。").to_owned(),
    }
}

/// Predicted against true numbers, errors against predictions, and how the errors are spread.
pub(super) fn of_numbers(report: &RegressionReport) -> Vec<Figure> {
    let pairs: Vec<[f64; 2]> =
        report.points.iter().map(|point| [point.truth, point.prediction]).collect();
    let errors: Vec<[f64; 2]> = report
        .points
        .iter()
        .map(|point| [point.prediction, point.truth - point.prediction])
        .collect();
    let mut figures = Vec::new();
    if let Some([low, high]) = range(pairs.iter().flatten().copied()) {
        let note = if report.points.len() < report.n_rows {
            let (shown, all) =
                (widgets::count(report.points.len() as u64), widgets::count(report.n_rows as u64));
            say!("{shown} of {all} rows", "{all} 行中的 {shown} 行")
        } else {
            pg_base::Words::default()
        };
        figures.push(
            Figure::new(tr("Prediction against truth", "预测值与真实值"))
                .note(note.tr())
                .x(Axis::new(tr("Truth", "真实值")).range(low, high))
                .y(Axis::new(tr("Prediction", "预测值")).range(low, high))
                .with(Points::new("", Ink::Series(1), pairs))
                .with(Rule::new(RuleAt::Diagonal, tr("exactly right", "完全正确")))
                .square(),
        );
        figures.push(
            Figure::new(tr("Error against prediction", "误差与预测值"))
                .x(Axis::new(tr("Prediction", "预测值")))
                .y(Axis::new(tr("Truth minus prediction", "真实值减预测值")).with_zero())
                .with(Points::new("", Ink::Series(1), errors))
                .with(Rule::new(RuleAt::Y(0.0), "")),
        );
    }
    if let Some(histogram) = &report.residuals {
        let counts = histogram.counts.iter().map(|count| *count as f64).collect();
        figures.push(
            Figure::new(tr("How large the errors are", "误差分布"))
                .x(Axis::new(tr("Truth minus prediction", "真实值减预测值")))
                .y(Axis::new(tr("Rows", "行数")).with_zero())
                .with(Bars::bins("", Ink::Series(1), histogram.edges.clone(), counts))
                .with(Rule::new(RuleAt::X(0.0), "")),
        );
    }
    figures
}

/// Predicted against true numbers, a picture per target.
pub(super) fn of_targets(report: &SeveralReport) -> Vec<Figure> {
    let of_target = |target: &TargetReport| match &target.report {
        Report::Regression(own) => {
            let title = target.name.clone();
            of_numbers(own).into_iter().next().map(|figure| Figure { title, ..figure })
        }
        _ => None,
    };
    report.targets.iter().take(MAX_TARGETS).filter_map(of_target).collect()
}

/// Both ends of some numbers with air around them.
fn range(values: impl Iterator<Item = f64>) -> Option<[f64; 2]> {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let air = if high > low { (high - low) * AIR } else { 0.5 };
    low.is_finite().then_some([low - air, high + air])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::report::sums::tests::{classification, regression};

    #[test]
    fn the_matrix_says_what_was_taken_for_what() {
        let Report::Classification(report) = classification(1) else { panic!("a classification") };
        let figure = matrix(&report.confusion).expect("a matrix");
        let Some(crate::figure::Layer::Heat(heat)) = figure.layers.first() else { panic!("cells") };
        assert_eq!(heat.texts, ["1 · 100 %", "", "1 · 50 %", "1 · 50 %"]);
        let check = |hovered, expected: &str| {
            assert_eq!(matrix_sentence(&report.confusion, hovered), expected);
        };
        check(None, "Most frequent mistake: 1 row of “yes” was taken for “no”.");
        check(
            Some(2),
            "1 row of “yes” was taken for “no”. That is 50 % of this class. Click to see them.",
        );
        check(Some(1), "No row of “no” was taken for “yes”.");
        assert!(matrix(&ConfusionMatrix::default()).is_none());
        assert_eq!(matrix_sentence(&ConfusionMatrix::default(), None), "Not one mistake.");
    }

    #[test]
    fn numbers_have_three_pictures() {
        let Report::Regression(report) = regression(1) else { panic!("a regression") };
        assert_eq!(of_numbers(&report).len(), 3);
        assert_eq!(range([1.0].into_iter()), Some([0.5, 1.5]));
        assert_eq!(range(std::iter::empty()), None);
    }
}

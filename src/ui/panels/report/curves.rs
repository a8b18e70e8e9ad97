//! Pictures of how well classes are told apart: ROC, precision and recall, calibration and gain.

use pg_base::say;
use pg_metrics::{ClassificationReport, Report, SeveralReport};

use crate::figure::{Axis, Figure, Ink, Line, Points, Rule, RuleAt};
use crate::lang::{Tr, tr};

use super::words::percent;

/// More curves than this in one picture cannot be told apart; then the hardest classes are shown.
pub(super) const MAX_CURVES: usize = 6;

/// Which classes have curves.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Choice {
    /// All, or those that are hardest to tell apart where there are many.
    #[default]
    Hardest,
    /// One.
    Class(String),
}

/// The four pictures of a report; those that it has nothing for are left out.
pub(super) fn figures(report: &ClassificationReport, choice: &Choice) -> Vec<Figure> {
    let classes = chosen(report, choice);
    let note = if classes.len() < report.roc.len() && *choice == Choice::Hardest {
        let (n, all) = (classes.len(), report.roc.len());
        say!(
            "the {n} of {all} classes that are hardest to tell apart",
            "{all} 个类别中最难区分的 {n} 个"
        )
    } else {
        pg_base::Words::default()
    };
    let all = [
        roc(report, &classes).note(note.tr()),
        precision_recall(report, &classes).note(note.tr()),
        calibration(report, &classes),
        gain(report, &classes),
    ];
    all.into_iter().filter(|figure| !figure.is_empty()).collect()
}

/// The curves of all labels, each as that of a class.
pub(super) fn of_labels(report: &SeveralReport) -> Option<ClassificationReport> {
    let mut labels = report.targets.iter().filter_map(|target| match &target.report {
        Report::Classification(own) => Some((&target.name, own)),
        _ => None,
    });
    let (name, first) = labels.next()?;
    let mut all = first.clone();
    rename(&mut all, name);
    for (name, own) in labels {
        let mut own = own.clone();
        rename(&mut own, name);
        all.roc.extend(own.roc);
        all.pr.extend(own.pr);
        all.calibration.extend(own.calibration);
        all.lift.extend(own.lift);
    }
    Some(all)
}

/// Calls the class of all curves by another name.
fn rename(report: &mut ClassificationReport, name: &str) {
    let roc = report.roc.iter_mut().map(|curve| &mut curve.class);
    let pr = report.pr.iter_mut().map(|curve| &mut curve.class);
    let calibration = report.calibration.iter_mut().map(|curve| &mut curve.class);
    let lift = report.lift.iter_mut().map(|curve| &mut curve.class);
    roc.chain(pr).chain(calibration).chain(lift).for_each(|class| name.clone_into(class));
}

/// One ROC curve per fold, where there are two classes.
pub(super) fn of_folds(folds: &[Report]) -> Option<Figure> {
    let mut figure = roc_axes();
    for (number, fold) in folds.iter().enumerate() {
        let Report::Classification(report) = fold else { return None };
        let [curve] = report.roc.as_slice() else { return None };
        let number_shown = number + 1;
        let name = say!("fold {number_shown}", "第 {number_shown} 折");
        let name = format!("{} · {:.3}", name.tr(), curve.auc);
        let points = curve.points.iter().map(|point| [point.fpr, point.tpr]).collect();
        figure = figure.with(Line::new(name, Ink::Series(number), points));
    }
    (!figure.is_empty()).then_some(figure)
}

/// Names of the classes to show, in their own order.
fn chosen<'a>(report: &'a ClassificationReport, choice: &'a Choice) -> Vec<&'a str> {
    if let Choice::Class(name) = choice
        && report.roc.iter().any(|curve| curve.class == *name)
    {
        return vec![name];
    }
    let mut by_area: Vec<usize> = (0..report.roc.len()).collect();
    let area = |index: &usize| report.roc.get(*index).map_or(0.0, |curve| curve.auc);
    by_area.sort_by(|a, b| area(a).total_cmp(&area(b)));
    by_area.truncate(MAX_CURVES);
    by_area.sort_unstable();
    by_area
        .into_iter()
        .filter_map(|index| report.roc.get(index).map(|curve| curve.class.as_str()))
        .collect()
}

fn roc_axes() -> Figure {
    Figure::new(tr("ROC curve", "ROC 曲线"))
        .x(Axis::new(tr("False alarms (false positive rate)", "误报率（假正例率）"))
            .range(0.0, 1.0))
        .y(Axis::new(tr("Found (true positive rate)", "检出率（真正例率）")).range(0.0, 1.0))
        .with(Rule::new(RuleAt::Diagonal, tr("guessing", "随机猜测")))
        .square()
}

fn roc(report: &ClassificationReport, classes: &[&str]) -> Figure {
    let mut figure = roc_axes();
    for (number, class) in classes.iter().enumerate() {
        let Some(curve) = report.roc.iter().find(|curve| curve.class == **class) else { continue };
        let points = curve.points.iter().map(|point| [point.fpr, point.tpr]).collect();
        figure = figure.with(Line::new(
            format!("{class} · AUC {:.3}", curve.auc),
            Ink::Series(number),
            points,
        ));
    }
    figure
}

fn precision_recall(report: &ClassificationReport, classes: &[&str]) -> Figure {
    let mut figure = Figure::new(tr("Precision and recall", "精确率与召回率"))
        .x(Axis::new(tr("Found (recall)", "检出率（召回率）")).range(0.0, 1.0))
        .y(Axis::new(tr("Right when named (precision)", "判断正确率（精确率）")).range(0.0, 1.0))
        .square();
    for (number, class) in classes.iter().enumerate() {
        let Some(curve) = report.pr.iter().find(|curve| curve.class == **class) else { continue };
        let name = format!("{class} · AP {:.3}", curve.average_precision);
        let points = curve.points.iter().map(|point| [point.recall, point.precision]).collect();
        figure = figure.with(Line::new(name, Ink::Series(number), points));
    }
    figure
}

fn calibration(report: &ClassificationReport, classes: &[&str]) -> Figure {
    let mut figure = Figure::new(tr("How sure, and how often right", "把握程度与实际比例"))
        .x(Axis::new(tr("Probability that the model gives", "模型给出的概率")).range(0.0, 1.0))
        .y(Axis::new(tr("Share that is so", "实际属于该类的比例")).range(0.0, 1.0))
        .note(tr(
            "Below the line the model is too sure, above it too careful.",
            "低于对角线说明过于自信，高于则过于保守。",
        ))
        .square();
    for (number, class) in classes.iter().enumerate() {
        let Some(curve) = report.calibration.iter().find(|curve| curve.class == **class) else {
            continue;
        };
        let points: Vec<[f64; 2]> =
            curve.points.iter().map(|point| [point.predicted, point.observed]).collect();
        let ink = Ink::Series(number);
        figure =
            figure.with(Line::new(*class, ink, points.clone())).with(Points::new("", ink, points));
    }
    if figure.is_empty() {
        figure
    } else {
        figure.with(Rule::new(RuleAt::Diagonal, tr("as sure as right", "恰如其分")))
    }
}

fn gain(report: &ClassificationReport, classes: &[&str]) -> Figure {
    /// How many rows the note looks at.
    const SHARE: f64 = 0.2;
    let mut figure = Figure::new(tr("Gain", "增益曲线"))
        .x(Axis::new(tr(
            "Share of rows looked at, the likeliest first",
            "查看的行所占比例（最可能的在前）",
        ))
        .range(0.0, 1.0))
        .y(Axis::new(tr("Share of the class found", "找到的该类比例")).range(0.0, 1.0))
        .square();
    let mut note = String::new();
    for (number, class) in classes.iter().enumerate() {
        let Some(curve) = report.lift.iter().find(|curve| curve.class == **class) else { continue };
        let points: Vec<[f64; 2]> =
            curve.points.iter().map(|point| [point.share, point.gain]).collect();
        if number == 0
            && let Some(found) = at(&points, SHARE)
        {
            let (share, found, lift) = (percent(SHARE), percent(found), found / SHARE);
            let words = say!(
                "The first {share} hold {found} of “{class}”: {lift:.1} times as many as by chance.",
                "前 {share} 的行包含 {found} 的“{class}”，是随机查看的 {lift:.1} 倍。"
            );
            words.tr().clone_into(&mut note);
        }
        figure = figure.with(Line::new(*class, Ink::Series(number), points));
    }
    if figure.is_empty() {
        return figure;
    }
    figure.note(note).with(Rule::new(RuleAt::Diagonal, tr("by chance", "随机")))
}

/// The height of a rising line at a place, straight between its points.
fn at(points: &[[f64; 2]], x: f64) -> Option<f64> {
    let above = points.iter().position(|point| point[0] >= x)?;
    let [right, high] = *points.get(above)?;
    let Some([left, low]) = above.checked_sub(1).and_then(|below| points.get(below)).copied()
    else {
        return Some(high);
    };
    if right <= left { Some(high) } else { Some(low + (high - low) * (x - left) / (right - left)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Layer;
    use crate::panels::report::sums::tests::{classification, regression};

    fn names(figure: &Figure) -> Vec<&str> {
        figure.layers.iter().filter_map(Layer::legend).map(|(name, _)| name).collect()
    }

    #[test]
    fn two_classes_have_one_curve_in_each_picture() {
        let Report::Classification(report) = classification(1) else { panic!("a classification") };
        let figures = figures(&report, &Choice::Hardest);
        assert_eq!(figures.len(), 4);
        let found: Vec<Vec<&str>> = figures.iter().map(names).collect();
        assert_eq!(
            found,
            [vec!["yes · AUC 1.000"], vec!["yes · AP 1.000"], vec!["yes"], vec!["yes"]]
        );
        assert!(figures.iter().all(|figure| figure.is_square));
    }

    #[test]
    fn many_classes_show_the_hardest() {
        let Report::Classification(mut report) = classification(1) else {
            panic!("a classification")
        };
        let curve = report.roc.first().expect("a curve").clone();
        report.roc = (0..10)
            .map(|number| pg_metrics::RocCurve {
                class: format!("c{number}"),
                auc: 1.0 - f64::from(number) / 100.0,
                ..curve.clone()
            })
            .collect();
        assert_eq!(chosen(&report, &Choice::Hardest), ["c4", "c5", "c6", "c7", "c8", "c9"]);
        assert_eq!(chosen(&report, &Choice::Class("c2".to_owned())), ["c2"]);
        assert_eq!(chosen(&report, &Choice::Class("gone".to_owned())).len(), MAX_CURVES);
    }

    #[test]
    fn folds_share_one_picture_where_there_are_two_classes() {
        let figure = of_folds(&[classification(1), classification(4)]).expect("two curves");
        assert_eq!(names(&figure), ["fold 1 · 1.000", "fold 2 · 1.000"]);
        assert!(of_folds(&[regression(1)]).is_none());
        assert_eq!(at(&[[0.0, 0.0], [0.5, 1.0], [1.0, 1.0]], 0.25), Some(0.5));
    }
}

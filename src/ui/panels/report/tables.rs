//! The tables of a report: all metrics, the classes one by one, and the rows with the largest errors.

use pg_metrics::{ClassScore, Findings, Report, SeveralReport, TargetReport, WorstRow};

use super::sums::{self, Spread};
use super::table::{Column, Table};
use super::words::{interval_of, name_of, percent, value_of};
use crate::lang::{Tr, tr};
use crate::widgets;

/// Column of the predictions among the hardest rows.
const PREDICTION: usize = 2;

/// Every metric beside the baseline, with the function of scikit-learn that gives the same number.
pub(super) fn metrics(report: &Report) -> Table {
    let mut table = metrics_table(tr("95 % interval", "95% 区间"), &["low", "high"]);
    for metric in pg_metrics::metrics() {
        let Some(value) = report.metrics().get(metric.id).copied() else { continue };
        let baseline = report.baseline().get(metric.id).copied();
        let interval =
            report.intervals().get(metric.id).filter(|interval| interval.low < interval.high);
        let shown = interval.map_or_else(String::new, |interval| {
            interval_of(Some(metric), interval.low, interval.high)
        });
        push(
            &mut table,
            metric,
            value,
            baseline,
            shown,
            interval.map(|interval| [interval.low, interval.high]),
        );
    }
    table
}

/// The same over folds: means and deviations.
pub(super) fn metrics_of_folds(folds: &[Report]) -> Table {
    let mut table = metrics_table(tr("Deviation over folds", "各折标准差"), &["std"]);
    for metric in pg_metrics::metrics() {
        let Some(spread) = Spread::of(&sums::values(folds, metric.id)) else { continue };
        let shown = format!("± {}", value_of(Some(metric), spread.deviation));
        push(
            &mut table,
            metric,
            spread.mean,
            sums::baseline(folds, metric.id),
            shown,
            Some([spread.deviation]),
        );
    }
    table
}

fn metrics_table(spread: &str, spread_names: &[&str]) -> Table {
    let mut table = Table::new(tr("All metrics", "全部指标"), "metrics");
    table.columns = vec![
        Column::text(tr("Metric", "指标")).csv_name("metric"),
        Column::number(tr("Model", "模型")).csv_name("value"),
        Column::number(tr("Baseline", "基线")).csv_name("baseline"),
        Column::number(spread).csv_name(spread_names.join(",")),
        Column::text("scikit-learn").csv_name("sklearn"),
    ];
    table
}

fn push<const N: usize>(
    table: &mut Table,
    metric: &'static pg_metrics::Metric,
    value: f64,
    baseline: Option<f64>,
    spread: String,
    raw_spread: Option<[f64; N]>,
) {
    let shown = |value: Option<f64>| {
        value.map_or_else(|| "–".to_owned(), |value| value_of(Some(metric), value))
    };
    let raw = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let cells = vec![
        name_of(Some(metric), metric.id),
        shown(Some(value)),
        shown(baseline),
        spread,
        metric.sklearn.to_owned(),
    ];
    let mut in_file = vec![metric.id.to_owned(), raw(Some(value)), raw(baseline)];
    in_file.extend(raw_spread.map_or_else(
        || vec![String::new(); N],
        |bounds| bounds.map(|bound| bound.to_string()).to_vec(),
    ));
    in_file.push(metric.sklearn.to_owned());
    table.push_with_help(cells, in_file, &format!("{}\n{}", metric.help.tr(), metric.sklearn));
}

/// Every number of any other analysis; none where the cards say them all.
pub(super) fn metrics_of_findings(findings: &Findings) -> Table {
    let mut table = Table::new(tr("All metrics", "全部指标"), "metrics");
    table.columns = vec![
        Column::text(tr("Metric", "指标")).csv_name("metric"),
        Column::number(tr("Value", "值")).csv_name("value"),
    ];
    for (id, value) in &findings.metrics {
        let metric = pg_metrics::metric(id);
        let cells = vec![name_of(metric, id), value_of(metric, *value)];
        table.push(cells, vec![id.clone(), value.to_string()]);
    }
    table
}

/// Precision, recall and F1 of every class.
pub(super) fn classes(scores: &[ClassScore]) -> Table {
    let mut table = Table::new(tr("Class by class", "各类别表现"), "classes");
    table.columns = vec![
        Column::text(tr("Class", "类别")).csv_name("class"),
        Column::number(tr("Precision", "精确率"))
            .help(tr(
                "When the model names this class, how often it is right.",
                "模型判为该类别时，有多大比例是对的。",
            ))
            .csv_name("precision"),
        Column::number(tr("Recall", "召回率"))
            .help(tr(
                "Of the rows of this class, the share that the model finds.",
                "在该类别的所有行中，模型找出的比例。",
            ))
            .csv_name("recall"),
        Column::number("F1")
            .help(tr("Both in one number, from 0 to 1.", "两者合成的一个数，范围 0 到 1。"))
            .csv_name("f1"),
        Column::number(tr("Rows", "行数"))
            .help(tr("Rows that belong to this class.", "真正属于该类别的行数。"))
            .csv_name("support"),
        Column::number(tr("Predicted", "预测数"))
            .help(tr("Rows that the model takes for this class.", "模型判为该类别的行数。"))
            .csv_name("n_predicted"),
    ];
    for score in scores {
        let cells = vec![
            score.class.clone(),
            percent(score.precision),
            percent(score.recall),
            widgets::number(score.f1),
            widgets::count(score.support),
            widgets::count(score.n_predicted),
        ];
        let mut raw = vec![score.class.clone()];
        raw.extend([score.precision, score.recall, score.f1].map(|value| value.to_string()));
        raw.extend([score.support, score.n_predicted].map(|count| count.to_string()));
        table.push(cells, raw);
    }
    table
}

/// How well each of several targets is predicted.
pub(super) fn targets(report: &SeveralReport) -> Table {
    let is_of_labels = report.is_of_labels();
    let mut table = if is_of_labels {
        Table::new(tr("Label by label", "各标签表现"), "labels")
    } else {
        Table::new(tr("Target by target", "各目标表现"), "targets")
    };
    let ids: &[&str] = if is_of_labels {
        &["f1", "precision", "recall", "roc_auc", "accuracy"]
    } else {
        &["r2", "mae", "rmse", "max_error"]
    };
    let of_there = |target: &TargetReport, id: &str| match &target.report {
        Report::Classification(own) => {
            let there = own.per_class.get(1)?;
            match id {
                "f1" => Some(there.f1),
                "precision" => Some(there.precision),
                "recall" => Some(there.recall),
                _ => None,
            }
        }
        _ => None,
    };
    let title = if is_of_labels { tr("Label", "标签") } else { tr("Target", "目标") };
    table.columns = vec![Column::text(title).csv_name("target")];
    table.columns.extend(ids.iter().map(|id| {
        let metric = pg_metrics::metric(id);
        let name = match *id {
            "f1" => "F1".to_owned(),
            "precision" => tr("Precision", "精确率").to_owned(),
            "recall" => tr("Recall", "召回率").to_owned(),
            id => name_of(metric, id),
        };
        let help = metric.map(|metric| metric.help.tr()).unwrap_or_default();
        Column::number(name).help(help).csv_name(*id)
    }));
    let (base, base_name) = if is_of_labels {
        (tr("Rows with it", "具有该标签的行"), "support")
    } else {
        (tr("Baseline error", "基线误差"), "baseline_mae")
    };
    table.columns.push(Column::number(base).csv_name(base_name));
    for target in &report.targets {
        let (mut cells, mut raw) = (vec![target.name.clone()], vec![target.name.clone()]);
        for id in ids {
            let value = of_there(target, id).or_else(|| target.report.metrics().get(*id).copied());
            cells.push(
                value.map_or_else(
                    || "–".to_owned(),
                    |value| value_of(pg_metrics::metric(id), value),
                ),
            );
            raw.push(value.map_or_else(String::new, |value| value.to_string()));
        }
        match &target.report {
            Report::Classification(own) => {
                let support = own.per_class.get(1).map_or(0, |there| there.support);
                cells.push(widgets::count(support));
                raw.push(support.to_string());
            }
            other => {
                let mae = other.baseline().get("mae");
                cells.push(mae.map_or_else(|| "–".to_owned(), |mae| widgets::number(*mae)));
                raw.push(mae.map_or_else(String::new, f64::to_string));
            }
        }
        table.push(cells, raw);
    }
    table
}

/// The rows with the largest errors; a click shows one in the data.
pub(super) fn worst(report: &Report) -> Table {
    let mut table = Table::new(tr("Hardest rows", "最难判断的行"), "hardest_rows");
    let is_classes = match report {
        Report::Classification(_) => true,
        Report::Regression(_) => false,
        Report::Several(own) => own.is_of_labels(),
    };
    let is_several = matches!(report, Report::Several(_));
    let loss = if is_several && !is_classes {
        Column::number(tr("Mean error", "平均误差"))
            .help(tr(
                "The mean over the targets, each error in standard deviations of its target.",
                "各目标误差的均值，误差以该目标的标准差为单位。",
            ))
            .csv_name("mean_error")
    } else if is_classes {
        Column::number(tr("Probability of the truth", "真实类别的概率"))
            .help(tr("How likely the model held what is true.", "模型认为真实类别有多大可能。"))
            .csv_name("probability_of_truth")
    } else {
        Column::number(tr("Error", "误差")).csv_name("absolute_error")
    };
    let text = |title: &str, name: &str| {
        let is_text = is_classes || is_several;
        let column = if is_text { Column::text(title) } else { Column::number(title) };
        column.csv_name(name)
    };
    table.columns = vec![
        Column::number(tr("Row", "行")).csv_name("row"),
        text(tr("Truth", "真实"), "truth"),
        text(tr("Prediction", "预测"), "prediction"),
        loss,
    ];
    tr("Show this row in the data", "在数据中查看该行").clone_into(&mut table.row_action);
    for row in report.worst() {
        let WorstRow { row: number, truth, prediction, loss } = row;
        let (shown, raw) = if is_classes {
            let probability = (-loss).exp();
            let shown = if probability < 0.0005 {
                format!("< {}", percent(0.001))
            } else {
                percent(probability)
            };
            (shown, probability.to_string())
        } else {
            (widgets::number(*loss), loss.to_string())
        };
        let read = |text: &String| {
            if is_classes {
                text.clone()
            } else {
                text.parse().map_or_else(|_| text.clone(), widgets::number)
            }
        };
        let cells = vec![widgets::count(*number), read(truth), read(prediction), shown];
        table.push(cells, vec![number.to_string(), truth.clone(), prediction.clone(), raw]);
        if is_classes && truth != prediction {
            table.mark(PREDICTION);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::report::sums::tests::{classification, labels, regression};

    #[test]
    fn all_metrics_stand_beside_the_baseline() {
        let table = metrics(&classification(1));
        let first = table.rows.first().expect("an accuracy");
        assert_eq!(
            first.cells.get(..3).map(<[String]>::to_vec),
            Some(vec!["Accuracy".into(), "66.7 %".into(), "66.7 %".into()])
        );
        let csv = table.csv();
        let head = csv.lines().next().unwrap_or_default();
        assert_eq!(head, "metric,value,baseline,low,high,sklearn");
        assert!(csv.lines().all(|line| line.split(',').count() >= 6), "{csv}");
        let csv = metrics_of_folds(&[classification(1), classification(4)]).csv();
        assert!(csv.starts_with("metric,value,baseline,std,sklearn\naccuracy,0.666"), "{csv}");
    }

    #[test]
    fn every_target_has_a_row() {
        let Report::Several(labels) = labels(1) else { panic!("labels") };
        let table = targets(&labels);
        let first: Vec<&str> =
            table.rows.iter().filter_map(|row| row.cells.first()).map(String::as_str).collect();
        assert_eq!(first, ["news", "sport"]);
        assert!(
            table.csv().starts_with("target,f1,precision,recall,roc_auc,accuracy,support\nnews,")
        );
        let worst = worst(&Report::Several(labels));
        assert!(worst.rows.iter().all(|row| row.cells.len() == 4));
    }

    #[test]
    fn mistakes_name_their_rows() {
        let table = worst(&classification(5));
        let first = table.rows.first().expect("a mistake");
        assert_eq!(first.cells, ["6", "yes", "no", "20 %"]);
        let table = worst(&regression(5));
        assert_eq!(
            table.rows.first().map(|row| row.cells.clone()),
            Some(vec!["7".into(), "4".into(), "3".into(), "1".into()])
        );
    }
}

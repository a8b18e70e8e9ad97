//! What a page says of each kind of value, as findings.

use std::collections::BTreeMap;

use pg_base::{CancelToken, Words, say, t};
use pg_contract::{Report, Value};
use pg_data::Table;
use pg_data::quality::quality;
use pg_deploy::Model;
use pg_metrics::findings::{Bar, Body, Chart, Findings, Grid, Line, PointGroup, title_of};
use pg_metrics::{ClassificationReport, RegressionReport, SeveralReport, TargetReport, WorstRow};

/// Curves of one kind at most; more cannot be told apart.
const MAX_CURVES: usize = 6;

/// None for what has nothing to read: a network, a file, a table that did not come from a source.
pub(super) fn of(value: &Value) -> Option<Findings> {
    match value {
        Value::Table(table) if table.recipe().steps.is_empty() && !table.is_split() => {
            of_source(table)
        }
        Value::Model(model) => Some(of_model(model)),
        Value::Report(report) => Some(of_report(report)),
        Value::Table(_) | Value::Network(_) | Value::Plan(_) | Value::Bundle(_) => None,
    }
}

fn of_source(table: &Table) -> Option<Findings> {
    let seen = table.glimpse().ok()?;
    let found = quality(seen.rows(), &CancelToken::default()).ok()?;
    let (n_rows, n_columns) = (table.n_rows(), found.columns.len());
    let mut findings = Findings::default();
    findings.push(
        t("Data", "数据"),
        say!("{n_rows} rows, {n_columns} columns.", "{n_rows} 行，{n_columns} 列。"),
        Body::Words,
    );
    if !found.concerns.is_empty() {
        let troubles: Vec<_> =
            found.concerns.iter().map(|concern| concern.trouble(table.schema()).details).collect();
        let grid = Grid::default()
            .texts(t("Found", "发现"), troubles.iter().map(|details| details.found.clone()))
            .texts(t("What to do", "建议"), troubles.iter().map(|details| details.advice.clone()));
        findings.push(t("What is doubtful", "可疑之处"), Words::default(), Body::Grid(grid));
    }
    Some(findings)
}

fn of_model(model: &Model) -> Findings {
    let mut findings = Findings::default();
    let steps: Vec<Words> = model.recipe.steps.iter().map(pg_data::RecipeStep::describe).collect();
    if !steps.is_empty() {
        let grid = Grid::default().texts(t("Steps", "步骤"), steps);
        findings.push(
            t("Recipe", "处理流程"),
            t(
                "What every row goes through before the model sees it.",
                "每一行在进入模型之前经过的处理。",
            ),
            Body::Grid(grid),
        );
    }
    let importances = model.importances();
    if !importances.is_empty() {
        let bar = |(name, value): (String, f64)| Bar { name: name.into(), value, interval: None };
        findings.push(
            t("What it looks at", "模型关注什么"),
            t("Share of each feature in what was learnt.", "各特征在所学内容中的占比。"),
            Body::Chart(Chart::Bars {
                x: t("Share", "比例").into(),
                bars: importances.into_iter().map(bar).collect(),
            }),
        );
    }
    let Some(history) = model.network().map(|network| &network.history) else { return findings };
    let epochs = &history.epochs;
    if !epochs.is_empty() {
        let line = |name, of: fn(&pg_nn::train::EpochRecord) -> Option<f64>| Line {
            name: Words::from(name),
            points: epochs
                .iter()
                .filter_map(|epoch| Some([epoch.epoch as f64, of(epoch)?]))
                .collect(),
            band: Vec::new(),
        };
        let (best, n_epochs) = (history.best_epoch, epochs.len());
        let mut lines = vec![line(t("Training", "训练"), |epoch| Some(epoch.training_loss))];
        lines.push(line(t("Validation", "验证"), |epoch| epoch.validation_loss));
        lines.retain(|line| !line.points.is_empty());
        findings.push(
            t("Loss", "损失"),
            say!(
                "{n_epochs} epochs; the weights of epoch {best} were kept.",
                "共 {n_epochs} 轮；保留了第 {best} 轮的权重。"
            ),
            Body::Chart(Chart::Lines {
                x: t("Epoch", "轮次").into(),
                y: t("Loss", "损失").into(),
                is_x_log: false,
                lines,
            }),
        );
    }
    findings
}

fn of_report(report: &Report) -> Findings {
    match report {
        Report::Evaluation(report) => match &**report {
            pg_metrics::Report::Classification(own) => of_classes(report, own),
            pg_metrics::Report::Regression(own) => of_numbers(report, own),
            pg_metrics::Report::Several(own) => of_several(report, own),
        },
        Report::CrossValidation { folds } => of_folds(report, folds),
        Report::Findings(findings) => (**findings).clone(),
    }
}

/// Cards for the few numbers that everybody asks for, and a table of all.
fn metrics(report: &pg_metrics::Report) -> Findings {
    let mut findings = Findings::default();
    let first = ["accuracy", "f1_macro", "roc_auc", "log_loss", "r2", "rmse", "mae"];
    let all = report.metrics();
    findings.metrics = all
        .iter()
        .filter(|(id, _)| first.contains(&id.as_str()))
        .map(|(id, value)| (id.clone(), *value))
        .collect();
    let of =
        |values: &BTreeMap<String, f64>, id: &String| values.get(id).copied().unwrap_or(f64::NAN);
    let end = |id: &String, of: fn(&pg_metrics::Interval) -> f64| {
        report.intervals().get(id).map_or(f64::NAN, of)
    };
    let grid = Grid::default()
        .texts(t("Metric", "指标"), all.keys().map(|id| title_of(id)))
        .numbers(t("Value", "值"), all.values().copied())
        .numbers(t("Lower end", "下限"), all.keys().map(|id| end(id, |interval| interval.low)))
        .numbers(t("Upper end", "上限"), all.keys().map(|id| end(id, |interval| interval.high)))
        .numbers(t("Baseline", "基线"), all.keys().map(|id| of(report.baseline(), id)));
    let n_rows = report.n_rows();
    findings.push(
        t("Metrics", "指标"),
        say!(
            "On {n_rows} rows; the ends are those of the 95 % interval, the baseline ignores all features.",
            "基于 {n_rows} 行；上下限为 95% 区间，基线不使用任何特征。"
        ),
        Body::Grid(grid),
    );
    for note in report.notes() {
        findings.push(t("Note", "说明"), note.clone(), Body::Words);
    }
    findings
}

/// The averages, then the metrics that every target has, a column each.
fn of_several(report: &pg_metrics::Report, own: &SeveralReport) -> Findings {
    let mut findings = metrics(report);
    let targets = &own.targets;
    let mut grid =
        Grid::default().texts(t("Target", "目标"), targets.iter().map(|one| one.name.as_str()));
    for metric in pg_metrics::metrics() {
        let value = |target: &TargetReport| target.report.metrics().get(metric.id).copied();
        if targets.iter().any(|target| value(target).is_some()) {
            let title = Words { en: metric.title.to_owned(), zh: metric.title_zh.to_owned() };
            let values = targets.iter().map(|target| value(target).unwrap_or(f64::NAN));
            grid = grid.numbers(title, values);
        }
    }
    findings.push(t("Each target", "各目标"), Words::default(), Body::Grid(grid));
    worst(&mut findings, &own.worst);
    findings
}

fn of_classes(report: &pg_metrics::Report, own: &ClassificationReport) -> Findings {
    let mut findings = metrics(report);
    let names = own.confusion.class_names.clone();
    let cells = own.confusion.counts.iter();
    let cells = cells.map(|row| row.iter().map(|count| Some(*count as f64)).collect()).collect();
    findings.push(
        t("Confusion matrix", "混淆矩阵"),
        t("Rows are the truth, columns what was predicted.", "行为真实类别，列为预测类别。"),
        Body::Chart(Chart::HeatMap {
            x: t("Predicted", "预测").into(),
            y: t("True", "真实").into(),
            columns: names.clone(),
            rows: names,
            cells,
        }),
    );
    let scores = &own.per_class;
    let grid = Grid::default()
        .texts(t("Class", "类别"), scores.iter().map(|score| score.class.as_str()))
        .numbers(t("Precision", "精确率"), scores.iter().map(|score| score.precision))
        .numbers(t("Recall", "召回率"), scores.iter().map(|score| score.recall))
        .numbers(t("Rows", "行数"), scores.iter().map(|score| score.support as f64));
    findings.push(t("Classes", "各类别"), Words::default(), Body::Grid(grid));
    let line =
        |name: &String, points| Line { name: Words::from(name.as_str()), points, band: Vec::new() };
    let roc = own.roc.iter().take(MAX_CURVES).map(|curve| {
        line(&curve.class, curve.points.iter().map(|point| [point.fpr, point.tpr]).collect())
    });
    let pr = own.pr.iter().take(MAX_CURVES).map(|curve| {
        line(
            &curve.class,
            curve.points.iter().map(|point| [point.recall, point.precision]).collect(),
        )
    });
    let calibration = own.calibration.iter().take(MAX_CURVES).map(|curve| {
        line(
            &curve.class,
            curve.points.iter().map(|point| [point.predicted, point.observed]).collect(),
        )
    });
    for (title, x, y, lines) in [
        (
            t("ROC curve", "ROC 曲线"),
            t("False positive rate", "假阳性率"),
            t("True positive rate", "真阳性率"),
            roc.collect::<Vec<_>>(),
        ),
        (
            t("Precision and recall", "精确率与召回率"),
            t("Recall", "召回率"),
            t("Precision", "精确率"),
            pr.collect(),
        ),
        (
            t("Calibration", "校准"),
            t("Predicted probability", "预测概率"),
            t("Observed share", "实际比例"),
            calibration.collect(),
        ),
    ] {
        if !lines.is_empty() {
            let chart = Chart::Lines { x: x.into(), y: y.into(), is_x_log: false, lines };
            findings.push(title, Words::default(), Body::Chart(chart));
        }
    }
    worst(&mut findings, &own.worst);
    findings
}

fn of_numbers(report: &pg_metrics::Report, own: &RegressionReport) -> Findings {
    let mut findings = metrics(report);
    let points = own.points.iter().map(|point| [point.truth, point.prediction]).collect();
    findings.push(
        t("Predicted and true values", "预测值与真实值"),
        t("A perfect model has all points on the diagonal.", "完美的模型所有点都在对角线上。"),
        Body::Chart(Chart::Points {
            x: t("True", "真实").into(),
            y: t("Predicted", "预测").into(),
            groups: vec![PointGroup { name: t("Rows", "行").into(), points }],
        }),
    );
    worst(&mut findings, &own.worst);
    findings
}

fn worst(findings: &mut Findings, rows: &[WorstRow]) {
    if rows.is_empty() {
        return;
    }
    let grid = Grid::default()
        .numbers(t("Source row", "源行号"), rows.iter().map(|row| row.row as f64))
        .texts(t("True", "真实"), rows.iter().map(|row| row.truth.as_str()))
        .texts(t("Predicted", "预测"), rows.iter().map(|row| row.prediction.as_str()))
        .numbers(t("Loss", "损失"), rows.iter().map(|row| row.loss));
    findings.push(t("Worst rows", "最差的行"), Words::default(), Body::Grid(grid));
}

fn of_folds(report: &Report, folds: &[pg_metrics::Report]) -> Findings {
    let mut findings = Findings::default();
    let means = report.metrics();
    let ids: Vec<&String> = means.keys().filter(|id| !id.ends_with("_std")).collect();
    let first = ["accuracy", "f1_macro", "roc_auc", "r2", "rmse", "mae"];
    findings.metrics = means
        .iter()
        .filter(|(id, _)| first.contains(&id.trim_end_matches("_std")))
        .map(|(id, value)| (id.clone(), *value))
        .collect();
    let mut grid = Grid::default()
        .texts(t("Metric", "指标"), ids.iter().map(|id| id.as_str()))
        .numbers(
            t("Mean", "均值"),
            ids.iter().map(|id| means.get(*id).copied().unwrap_or(f64::NAN)),
        )
        .numbers(
            t("Deviation", "标准差"),
            ids.iter().map(|id| means.get(&format!("{id}_std")).copied().unwrap_or(f64::NAN)),
        );
    for (index, fold) in folds.iter().enumerate().take(10) {
        let number = index + 1;
        let values = ids.iter().map(|id| fold.metrics().get(*id).copied().unwrap_or(f64::NAN));
        grid = grid.numbers(say!("Fold {number}", "第 {number} 折"), values);
    }
    findings.push(t("Folds", "各折"), Words::default(), Body::Grid(grid));
    findings
}

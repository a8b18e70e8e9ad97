//! How good a model is, in plain words: what a person reads first.

use pg_base::{Lang, Words, say};
use pg_metrics::{Metric, Report};

use super::sums::Spread;
use crate::lang::{Tr, lang, tr};
use crate::widgets;

/// How a model does beside one that ignores the features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It leaves less than half of the mistakes.
    Good,
    /// It is better.
    Fair,
    /// Hardly better.
    Poor,
    /// As good, or worse.
    Useless,
}

/// The sentences at the top.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Headline {
    /// How good it is.
    pub(super) main: String,
    /// What that is worth; may be empty.
    pub(super) beside: String,
    /// Beside the baseline, where there is one.
    pub(super) verdict: Option<Verdict>,
}

impl Verdict {
    /// From the share of the baseline's mistakes that the model avoids.
    fn of(avoided: f64) -> Self {
        match avoided {
            avoided if avoided >= 0.5 => Self::Good,
            avoided if avoided >= 0.15 => Self::Fair,
            avoided if avoided >= 0.02 => Self::Poor,
            _ => Self::Useless,
        }
    }

    /// What the person reads.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Good => tr("Clearly better than guessing", "明显优于盲猜"),
            Self::Fair => tr("Better than guessing", "优于盲猜"),
            Self::Poor => tr("Hardly better than guessing", "仅略优于盲猜"),
            Self::Useless => tr("No better than guessing", "并不比盲猜好"),
        }
    }
}

impl Headline {
    /// The headline of one evaluation; `rows` is what the judged rows are called, for instance “test rows”.
    pub(super) fn of(report: &Report, rows: &Words) -> Self {
        let (n, en, zh) = (widgets::count(report.n_rows() as u64), &rows.en, &rows.zh);
        let value = |id: &str| report.metrics().get(id).copied();
        let baseline = |id: &str| report.baseline().get(id).copied();
        let (main, beside, verdict) = match report {
            Report::Several(own) if own.is_of_labels() => {
                let Some(loss) = value("hamming_loss") else { return Self::unusable() };
                let (p, k) = (percent(1.0 - loss), own.targets.len());
                let main = say!(
                    "Of the {k} labels of {n} {en}, {p} are right.",
                    "在 {n} 行{zh}的 {k} 个标签中，判断正确的占 {p}。"
                );
                let baseline = baseline("hamming_loss").map(|loss| 1.0 - loss);
                (main, baseline.map(label_guess), compare(1.0 - loss, baseline, true))
            }
            Report::Several(own) => {
                let Some(r2) = value("r2") else { return Self::unusable() };
                let (p, k) = (percent(r2), own.targets.len());
                let main = say!(
                    "On average over {k} targets, the model explains {p} of the differences between {n} {en}.",
                    "模型平均解释了 {k} 个目标在 {n} 行{zh}之间差异的 {p}。"
                );
                (main, None, compare(r2, baseline("r2"), true))
            }
            Report::Classification(_) => {
                let Some(accuracy) = value("accuracy") else { return Self::unusable() };
                let p = percent(accuracy);
                let main = say!(
                    "The model is right in {p} of {n} {en}.",
                    "在 {n} 行{zh}中，模型判断正确的占 {p}。"
                );
                (
                    main,
                    baseline("accuracy").map(guess),
                    compare(accuracy, baseline("accuracy"), true),
                )
            }
            Report::Regression(_) => {
                let Some(mae) = value("mae") else { return Self::unusable() };
                let off = widgets::number(mae);
                let main = say!(
                    "The predictions for {n} {en} are off by {off} on average.",
                    "对 {n} 行{zh}的预测平均偏离 {off}。"
                );
                (main, baseline("mae").map(mean_guess), compare(mae, baseline("mae"), false))
            }
        };
        Self { main: main.tr().to_owned(), beside: beside.unwrap_or_default(), verdict }
    }

    /// The metric that the headline of a cross-validation is about.
    pub(super) fn id_of_folds(first: &Report) -> &'static str {
        match first {
            Report::Classification(_) => "accuracy",
            Report::Regression(_) => "mae",
            Report::Several(own) if own.is_of_labels() => "f1_micro",
            Report::Several(_) => "r2",
        }
    }

    /// The headline of a cross-validation: means over the folds like the first, and how far they lie apart.
    pub(super) fn of_folds(
        n_folds: usize,
        first: &Report,
        value: Spread,
        baseline: Option<f64>,
    ) -> Self {
        let spread = value.deviation;
        let (main, beside, verdict) = match first {
            Report::Classification(_) => {
                let (p, d) = (percent(value.mean), points(spread));
                let main = say!(
                    "The model is right in {p} of the rows, give or take {d}, tested on {n_folds} parts in turn.",
                    "轮流在 {n_folds} 份数据上测试，模型判断正确的平均占 {p}，上下浮动 {d}。"
                );
                (main, baseline.map(guess), compare(value.mean, baseline, true))
            }
            Report::Regression(_) => {
                let (off, d) = (widgets::number(value.mean), widgets::number(spread));
                let main = say!(
                    "The predictions are off by {off} on average, give or take {d}, tested on {n_folds} parts in turn.",
                    "轮流在 {n_folds} 份数据上测试，预测平均偏离 {off}，上下浮动 {d}。"
                );
                (main, baseline.map(mean_guess), compare(value.mean, baseline, false))
            }
            Report::Several(own) => {
                let id = Self::id_of_folds(first);
                let (name, k) = (name_of(pg_metrics::metric(id), id), own.targets.len());
                let (mean, d) = (short(value.mean), short(spread));
                let main = say!(
                    "{name} over {k} targets is {mean}, give or take {d}, tested on {n_folds} parts in turn.",
                    "轮流在 {n_folds} 份数据上测试，{k} 个目标的{name}为 {mean}，上下浮动 {d}。"
                );
                (main, None, compare(value.mean, baseline, true))
            }
        };
        Self { main: main.tr().to_owned(), beside: beside.unwrap_or_default(), verdict }
    }

    /// Where nothing could be judged.
    pub(super) fn unusable() -> Self {
        Self {
            main: tr("The model gives no usable predictions.", "模型没有给出可用的预测。")
                .to_owned(),
            beside: String::new(),
            verdict: Some(Verdict::Useless),
        }
    }
}

fn guess(accuracy: f64) -> String {
    let p = percent(accuracy);
    let words = say!(
        "Always guessing the largest class would be right in {p}.",
        "若总是猜最常见的类别，正确率为 {p}。"
    );
    words.tr().to_owned()
}

fn label_guess(share: f64) -> String {
    let p = percent(share);
    let words = say!(
        "Always answering what is usual for each label would be right in {p}.",
        "若每个标签都按最常见的情况回答，正确率为 {p}。"
    );
    words.tr().to_owned()
}

fn mean_guess(mae: f64) -> String {
    let off = widgets::number(mae);
    let words = say!(
        "Always answering the mean of the training rows would be off by {off}.",
        "若总是回答训练数据的均值，平均偏离 {off}。"
    );
    words.tr().to_owned()
}

fn compare(value: f64, baseline: Option<f64>, is_accuracy: bool) -> Option<Verdict> {
    let (mistakes, of_baseline) =
        if is_accuracy { (1.0 - value, 1.0 - baseline?) } else { (value, baseline?) };
    (of_baseline > 0.0).then(|| Verdict::of(1.0 - mistakes / of_baseline))
}

/// A share as a percentage: `96.7 %`.
pub(super) fn percent(share: f64) -> String {
    let value = share * 100.0;
    if !value.is_finite() {
        return "–".to_owned();
    }
    let rounded = (value * 10.0).round() / 10.0;
    let decimals = usize::from(rounded.fract() != 0.0 && rounded.abs() < 1000.0);
    let sign = if rounded < 0.0 { "−" } else { "" };
    format!("{sign}{:.decimals$}{}", rounded.abs(), unit())
}

/// A difference of shares: `2.1 points`.
fn points(share: f64) -> String {
    let value = share * 100.0;
    match lang() {
        Lang::En => format!("{value:.1} points"),
        Lang::Zh => format!("{value:.1} 个百分点"),
    }
}

fn unit() -> &'static str {
    tr(" %", "%")
}

/// A value of a metric as people read it.
pub(super) fn value_of(metric: Option<&Metric>, value: f64) -> String {
    if metric.is_some_and(|metric| metric.is_percentage) { percent(value) } else { short(value) }
}

/// A number for people; small ones with three digits that say something.
pub(super) fn short(value: f64) -> String {
    let size = value.abs();
    if !(1e-4..0.1).contains(&size) {
        return widgets::number(value);
    }
    let decimals = (2 - size.log10().floor() as i32).max(0) as usize;
    format!("{}{size:.decimals$}", if value < 0.0 { "−" } else { "" })
}

/// An interval of a metric: `83 – 99 %`.
pub(super) fn interval_of(metric: Option<&Metric>, low: f64, high: f64) -> String {
    if metric.is_some_and(|metric| metric.is_percentage) {
        let (low, high) = (percent(low), percent(high));
        format!("{} – {high}", low.trim_end_matches(unit()))
    } else {
        format!("{} – {}", short(low), short(high))
    }
}

/// The name of a metric.
pub(super) fn name_of(metric: Option<&Metric>, id: &str) -> String {
    match (metric, lang()) {
        (Some(metric), Lang::En) => metric.title.to_owned(),
        (Some(metric), Lang::Zh) => metric.title_zh.to_owned(),
        (None, _) => pg_metrics::findings::title_of(id).tr().to_owned(),
    }
}

/// What one cell of a confusion matrix says.
pub(super) fn cell(count: u64, truth: &str, prediction: &str) -> String {
    let n = widgets::count(count);
    let (rows, were) = if count == 1 { ("row", "was") } else { ("rows", "were") };
    let words = match (truth == prediction, count) {
        (true, _) => {
            say!("{n} {rows} of “{truth}” {were} recognised.", "有 {n} 行“{truth}”被正确识别。")
        }
        (false, 0) => say!(
            "No row of “{truth}” was taken for “{prediction}”.",
            "没有“{truth}”的行被误判为“{prediction}”。"
        ),
        (false, _) => say!(
            "{n} {rows} of “{truth}” {were} taken for “{prediction}”.",
            "有 {n} 行“{truth}”被误判为“{prediction}”。"
        ),
    };
    words.tr().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::set_lang;

    #[test]
    fn percentages_are_short() {
        let check = |share: f64, expected: &str| assert_eq!(percent(share), expected, "{share}");
        check(0.9667, "96.7 %");
        check(1.0, "100 %");
        check(0.0, "0 %");
        check(-0.125, "−12.5 %");
        check(f64::NAN, "–");
        let accuracy = pg_metrics::metric("accuracy");
        assert_eq!(interval_of(accuracy, 0.833, 0.994), "83.3 – 99.4 %");
        assert_eq!(value_of(pg_metrics::metric("mae"), 42.13), "42.13");
        assert_eq!(
            (short(0.02276), short(-0.00596), short(0.995)),
            ("0.0228".into(), "−0.00596".into(), "0.995".into())
        );
    }

    #[test]
    fn verdicts_follow_the_mistakes_that_are_left() {
        let check = |value, baseline, is_accuracy, expected| {
            assert_eq!(compare(value, baseline, is_accuracy), expected);
        };
        check(0.967, Some(0.333), true, Some(Verdict::Good));
        check(0.95, Some(0.94), true, Some(Verdict::Fair));
        check(0.9, Some(0.94), true, Some(Verdict::Useless));
        check(42.0, Some(65.0), false, Some(Verdict::Fair));
        check(0.5, None, true, None);
        check(1.0, Some(1.0), true, None);
    }

    #[test]
    fn cells_are_sentences_in_both_languages() {
        assert_eq!(
            cell(4, "versicolor", "virginica"),
            "4 rows of “versicolor” were taken for “virginica”."
        );
        assert_eq!(cell(1, "a", "a"), "1 row of “a” was recognised.");
        set_lang(Lang::Zh);
        assert_eq!(cell(4, "甲", "乙"), "有 4 行“甲”被误判为“乙”。");
        assert_eq!(percent(0.5), "50%");
    }
}

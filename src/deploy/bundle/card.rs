//! The model card: what the model does, from what it was made, how good it is and where it ends, in two languages.

use std::fmt::Write as _;

use pg_base::{Lang, Trouble, Words, say};
use pg_classic::Estimator;
use pg_data::{RecipeStep as _, TargetCodec};

use super::Bundle;
use crate::inputs::{Input, InputKind, inputs_of, needed_columns};
use crate::model::{Learnt, Model, TrainedNetwork};

/// Values of a category that the card lists.
const MAX_VALUES: usize = 12;

/// The card as Markdown: English, then Chinese.
pub(crate) fn model_card(bundle: &Bundle) -> Result<String, Trouble> {
    let english = card(bundle, Lang::En)?;
    let chinese = card(bundle, Lang::Zh)?;
    Ok(format!("{english}\n---\n\n{chinese}"))
}

/// What the model predicts, in one line.
pub(crate) fn purpose(model: &Model) -> Words {
    match model.encoder.targets.as_slice() {
        [TargetCodec::Classes { column, names }] => {
            let n = names.len();
            let shown = listed(names);
            say!(
                "Predicts `{column}`: one of {n} classes ({shown}).",
                "预测 `{column}`：{n} 个类别之一（{shown}）。"
            )
        }
        [TargetCodec::Number { column, .. }] => {
            say!("Predicts the number `{column}`.", "预测数值 `{column}`。")
        }
        [] => Words::default(),
        targets => {
            let (n, shown) = (targets.len(), listed(&model.target_names()));
            if model.has_labels() {
                say!(
                    "Predicts which of {n} labels a row has ({shown}).",
                    "预测一行具有 {n} 个标签中的哪些（{shown}）。"
                )
            } else {
                say!("Predicts {n} numbers ({shown}).", "预测 {n} 个数值（{shown}）。")
            }
        }
    }
}

fn card(bundle: &Bundle, lang: Lang) -> Result<String, Trouble> {
    let model = &*bundle.model;
    let mut text = String::new();
    let title = title(model);
    line(&mut text, lang, &say!("# Model card: {title}", "# 模型卡：{title}"));
    line(&mut text, lang, &purpose(model));
    data(&mut text, lang, model)?;
    steps(&mut text, lang, model);
    match &model.learnt {
        Learnt::Network(trained) => {
            network(&mut text, lang, trained)?;
            training(&mut text, lang, trained);
        }
        Learnt::Estimator { estimator } => self::estimator(&mut text, lang, model, estimator),
    }
    metrics(&mut text, lang, model);
    limits(&mut text, lang, bundle);
    usage(&mut text, lang);
    Ok(text)
}

/// The column that is predicted, or all of them.
fn title(model: &Model) -> String {
    match (model.encoder.only_target(), model.split_labels()) {
        (Some(only), _) => only.column().to_owned(),
        (None, Some(splits)) => splits.column.clone(),
        (None, None) => listed(&model.target_names()),
    }
}

fn data(text: &mut String, lang: Lang, model: &Model) -> Result<(), Trouble> {
    line(text, lang, &say!("## Data", "## 数据"));
    let n_rows = n_training_rows(model);
    if n_rows > 0 {
        line(text, lang, &say!("Trained on {n_rows} rows.", "训练数据共 {n_rows} 行。"));
        if let Some(names) = model.class_names() {
            for (name, count) in names.iter().zip(&model.training_class_counts).take(MAX_VALUES) {
                let _ = writeln!(text, "- {}: {count}", plain(name));
            }
            if names.len() > MAX_VALUES {
                text.push_str("- …\n");
            }
            text.push('\n');
        } else {
            labels(text, lang, model);
        }
    }
    if let (Some(threshold), Some(name)) =
        (model.decision_threshold(), model.class_names().and_then(|names| names.get(1)))
    {
        let name = plain(name);
        line(
            text,
            lang,
            &say!(
                "`{name}` is answered where its probability is at least {threshold:.4}.",
                "当“{name}”的概率不低于 {threshold:.4} 时，回答该类别。"
            ),
        );
    }
    for (target, mean) in model.target_names().iter().zip(&model.training_target_means) {
        let words = if model.encoder.targets.len() > 1 {
            let target = plain(target);
            say!(
                "Mean of `{target}` in training: {mean:.6}.",
                "训练数据中“{target}”的均值：{mean:.6}。"
            )
        } else {
            say!("Mean of the target in training: {mean:.6}.", "训练数据中目标的均值：{mean:.6}。")
        };
        line(text, lang, &words);
    }
    line(text, lang, &say!("Columns that a row must have:", "每行必须包含的列："));
    let heads = say!("| Column | Kind | May be missing |", "| 列 | 类型 | 可缺失 |");
    let _ = writeln!(text, "{}\n|---|---|---|", heads.get(lang));
    match inputs_of(model) {
        Ok(inputs) => inputs.iter().for_each(|input| column_line(text, lang, input)),
        // Columns that only exist in memory: their names at least.
        Err(_) => {
            for column in needed_columns(model)?.columns {
                let _ = writeln!(
                    text,
                    "| {} | {} | |",
                    plain(&column.name),
                    column.kind.label().get(lang)
                );
            }
        }
    }
    text.push('\n');
    Ok(())
}

/// Training rows with a class; those of several labels are the rows with and without the first.
fn n_training_rows(model: &Model) -> u64 {
    let n_classes = model.encoder.targets.first().map_or(0, |first| first.class_names().len());
    model.training_class_counts.iter().take(n_classes).sum()
}

/// How many training rows have each label.
fn labels(text: &mut String, lang: Lang, model: &Model) {
    line(text, lang, &say!("Of these have the label:", "其中具有各标签的行数："));
    let with = model.training_class_counts.chunks(2).filter_map(<[u64]>::last);
    for (name, count) in model.target_names().iter().zip(with).take(MAX_VALUES) {
        let _ = writeln!(text, "- {}: {count}", plain(name));
    }
    if model.encoder.targets.len() > MAX_VALUES {
        text.push_str("- …\n");
    }
    text.push('\n');
}

fn column_line(text: &mut String, lang: Lang, input: &Input) {
    let mut kind = input.column.kind.label().get(lang).to_owned();
    if let InputKind::Choice { options } = &input.kind
        && !options.is_empty()
    {
        let _ = write!(kind, ": {}", listed(options));
    }
    let gaps = if input.may_be_missing { say!("yes", "是") } else { say!("no", "否") };
    let _ = writeln!(text, "| {} | {kind} | {} |", plain(&input.column.name), gaps.get(lang));
}

fn steps(text: &mut String, lang: Lang, model: &Model) {
    line(text, lang, &say!("## Preparation", "## 预处理"));
    if model.recipe.steps.is_empty() {
        line(
            text,
            lang,
            &say!("None: the columns enter the model as they are.", "无：各列直接输入模型。"),
        );
        return;
    }
    line(
        text,
        lang,
        &say!(
            "Learnt from training rows only, replayed on every row:",
            "仅从训练数据中学习，并用于每一行："
        ),
    );
    for (index, step) in model.recipe.steps.iter().enumerate() {
        let _ = writeln!(text, "{}. {}", index + 1, plain(step.describe().get(lang)));
    }
    text.push('\n');
}

fn network(text: &mut String, lang: Lang, network: &TrainedNetwork) -> Result<(), Trouble> {
    let summary = network.blueprint.summary()?;
    let (n_layers, n_params) = (summary.rows.len(), summary.total.n_params);
    line(text, lang, &say!("## Network", "## 网络"));
    line(
        text,
        lang,
        &say!(
            "{n_layers} layers, {n_params} trained numbers.",
            "{n_layers} 层，{n_params} 个参数。"
        ),
    );
    for row in &summary.rows {
        let _ = writeln!(text, "- {} ({}): {}", plain(&row.id), row.kind, row.signal.label());
    }
    text.push('\n');
    Ok(())
}

fn estimator(text: &mut String, lang: Lang, model: &Model, estimator: &Estimator) {
    line(text, lang, &say!("## Method", "## 方法"));
    let (title, size) = (Words::from(estimator.method.title()), estimator.size());
    let _ = writeln!(text, "{}: {}", title.get(lang), size.get(lang));
    text.push('\n');
    let shares = model.importances();
    if shares.is_empty() {
        return;
    }
    line(text, lang, &say!("What counted most:", "影响最大的列："));
    for (name, share) in shares.iter().take(MAX_VALUES) {
        let _ = writeln!(text, "- {}: {:.1} %", plain(name), 100.0 * share);
    }
    text.push('\n');
}

fn training(text: &mut String, lang: Lang, network: &TrainedNetwork) {
    let settings = &network.settings;
    let history = &network.history;
    line(text, lang, &say!("## Training", "## 训练"));
    let (loss, optimizer, schedule) =
        (kind_of(&settings.loss), kind_of(&settings.optimizer), kind_of(&settings.schedule));
    let (rate, batch, decay) = (settings.learning_rate, settings.batch_size, settings.weight_decay);
    let (n_epochs, best, n_steps) = (history.epochs.len(), history.best_epoch, history.n_steps);
    let ended = &history.ended_by;
    let items = [
        say!(
            "Loss {loss}, optimizer {optimizer}, learning rate {rate}, schedule {schedule}.",
            "损失 {loss}，优化器 {optimizer}，学习率 {rate}，调度 {schedule}。"
        ),
        say!(
            "Batches of {batch} rows, weight decay {decay}.",
            "每批 {batch} 行，权重衰减 {decay}。"
        ),
        say!(
            "{n_epochs} epochs, {n_steps} steps, ended by `{ended}`; the weights are those of epoch {best}.",
            "共 {n_epochs} 轮、{n_steps} 步，结束原因 `{ended}`；权重取自第 {best} 轮。"
        ),
    ];
    for item in &items {
        let _ = writeln!(text, "- {}", item.get(lang));
    }
    for remark in pg_nn::train::diagnosis::diagnose(history) {
        let _ = writeln!(text, "- {}. {}", remark.title.get(lang), remark.help.get(lang));
    }
    text.push('\n');
}

fn metrics(text: &mut String, lang: Lang, model: &Model) {
    line(text, lang, &say!("## Metrics", "## 指标"));
    if model.metrics.is_empty() {
        line(text, lang, &say!("Not evaluated when it was bundled.", "打包时未进行评估。"));
    } else {
        for (name, value) in &model.metrics {
            let _ = writeln!(text, "- {}: {value:.4}", plain(name));
        }
        text.push('\n');
    }
    let n_rows = n_training_rows(model);
    let most = model.training_class_counts.iter().max().copied().unwrap_or(0);
    if n_rows > 0 && model.encoder.targets.len() == 1 {
        let share = most as f64 / n_rows as f64;
        line(
            text,
            lang,
            &say!(
                "For comparison: always saying the most frequent class is right for {share:.4} of the training rows.",
                "作为对照：总是回答最常见的类别，在训练数据上的正确率为 {share:.4}。"
            ),
        );
    } else if !model.training_target_means.is_empty() {
        line(
            text,
            lang,
            &say!(
                "For comparison: always saying the mean of the training rows has an R² of 0.",
                "作为对照：总是回答训练数据的均值，R² 为 0。"
            ),
        );
    }
}

fn limits(text: &mut String, lang: Lang, bundle: &Bundle) {
    line(text, lang, &say!("## Limits", "## 局限"));
    let n_golden = bundle.golden.rows.len();
    let items = [
        say!(
            "It is as good as its data: rows unlike those it was trained on may get confident, wrong answers.",
            "模型的好坏取决于数据：与训练数据差异较大的行可能得到自信但错误的结果。"
        ),
        say!("Probabilities are not calibrated.", "概率未经校准。"),
        say!(
            "A category that was not seen in training counts as unknown.",
            "训练时未出现的类别按未知处理。"
        ),
        say!(
            "`golden.json` holds {n_golden} rows of the training data: share the bundle only if those may be shared.",
            "`golden.json` 中含有 {n_golden} 行训练数据：仅在允许公开这些数据时才分享此模型包。"
        ),
    ];
    for item in &items {
        let _ = writeln!(text, "- {}", item.get(lang));
    }
    text.push('\n');
}

fn usage(text: &mut String, lang: Lang) {
    line(text, lang, &say!("## Use", "## 使用"));
    text.push_str("```text\npyrograph predict MODEL.pyromodel ROWS.csv -o OUT.csv\npyrograph serve MODEL.pyromodel\n```\n");
}

fn line(text: &mut String, lang: Lang, words: &Words) {
    text.push_str(words.get(lang));
    text.push_str("\n\n");
}

/// The `kind` under which a setting is written to files.
fn kind_of(setting: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(setting).unwrap_or_default();
    value.get("kind").and_then(|kind| kind.as_str()).unwrap_or_default().to_owned()
}

fn listed(names: &[impl AsRef<str>]) -> String {
    let shown: Vec<String> =
        names.iter().take(MAX_VALUES).map(|name| plain(name.as_ref())).collect();
    let more = if names.len() > MAX_VALUES { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// Text from the data without characters that would change the page.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() || matches!(c, '|' | '<' | '>' | '`') { ' ' } else { c })
        .take(80)
        .collect()
}

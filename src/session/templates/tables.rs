//! Tables: classification and regression.

use pg_base::{ParamValue, ParamValues, Trouble, say, t};
use pg_data::encode::Task;
use pg_data::guess;
use pg_data::quality::rare_class;
use pg_data::steps::convert_type::ConvertType;
use pg_data::{Column, ColumnKind, Role, Table, TargetCodec};

use super::{Draft, Template, described, params, text};

pub(super) const CLASSIFICATION: Template = Template {
    id: "tabular_classification",
    text: described(
        t("Tabular classification", "表格分类"),
        t("Predict a category from the columns of a table.", "根据表格各列预测类别。"),
        t(
            "From a CSV file to a network, its test report and a model file.",
            "从 CSV 文件到网络、测试报告和模型文件。",
        ),
        &["csv", "classification", "分类"],
    ),
    sample: "iris.csv",
    build: |draft| build(draft, "classification"),
};

pub(super) const REGRESSION: Template = Template {
    id: "tabular_regression",
    text: described(
        t("Tabular regression", "表格回归"),
        t("Predict a number from the columns of a table.", "根据表格各列预测数值。"),
        t(
            "From a CSV file to a network, its test report and a model file.",
            "从 CSV 文件到网络、测试报告和模型文件。",
        ),
        &["csv", "regression", "回归"],
    ),
    sample: "diabetes.csv",
    build: |draft| build(draft, "regression"),
};

/// A text with so few rows per value is no feature of a table model.
fn is_unusable(kind: &ColumnKind) -> bool {
    matches!(kind, ColumnKind::Text | ColumnKind::Audio)
}

/// Text columns of which at least four in five values are numbers: a few slips must not cost the whole column.
fn mostly_numbers(sample: &Table) -> Result<Vec<String>, Trouble> {
    let mut names = Vec::new();
    for column in sample
        .schema()
        .columns
        .iter()
        .filter(|column| matches!(column.kind, ColumnKind::Text | ColumnKind::Category))
    {
        let texts = sample.rows().texts(&column.name)?;
        let n_present = texts.iter().flatten().count();
        let n_numbers =
            texts.iter().flatten().filter(|text| text.trim().parse::<f64>().is_ok()).count();
        if n_numbers > 0 && 5 * n_numbers >= 4 * n_present {
            names.push(column.name.clone());
        }
    }
    Ok(names)
}

/// Number features with values that no scaling can bear: more than ten widths of the middle half beyond it.
fn far_out(sample: &Table, targets: &[String]) -> Result<Vec<String>, Trouble> {
    let mut names = Vec::new();
    let is_candidate =
        |column: &&Column| column.kind == ColumnKind::Number && !targets.contains(&column.name);
    for column in sample.schema().in_role(Role::Feature).filter(is_candidate) {
        let numbers = sample.rows().numbers(&column.name)?;
        let mut values: Vec<f64> =
            numbers.iter().flatten().filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let at =
            |share: f64| values.get((values.len() as f64 * share) as usize).copied().unwrap_or(0.0);
        let (low, high) = (at(0.25), at(0.75));
        let reach = 10.0 * (high - low);
        if reach > 0.0 && values.iter().any(|value| *value < low - reach || *value > high + reach) {
            names.push(column.name.clone());
        }
    }
    Ok(names)
}

fn build(draft: &mut Draft<'_>, task: &str) -> Result<(), Trouble> {
    let numbers = mostly_numbers(&draft.sample()?)?;
    say_names(
        draft,
        &numbers,
        "read as numbers, with the text among them as missing",
        "按数值读取，其中的文字视为缺失",
    );
    let sample = draft.sample_with(&numbers)?;
    let written = guess::written_numbers(&sample)?;
    say_names(draft, &written, "made numbers without their signs", "去掉符号后转换为数值");
    let sample = sample.then(ConvertType { columns: written.clone(), ..ConvertType::default() })?;
    let schema = sample.schema();
    let targets = match task {
        "regression" => {
            draft.choose_targets(schema, |column| column.kind == ColumnKind::Number, |_| false)?
        }
        _ => draft.choose_targets(
            schema,
            |column| is_classes(&sample, column),
            |column| column.kind != ColumnKind::Date,
        )?,
    };
    let features = |is_wanted: fn(&ColumnKind) -> bool| -> Vec<String> {
        let others = schema.in_role(Role::Feature).filter(|column| !targets.contains(&column.name));
        others.filter(|column| is_wanted(&column.kind)).map(|column| column.name.clone()).collect()
    };
    let ignored = features(is_unusable);
    say_names(
        draft,
        &ignored,
        "left out, because a table model cannot read them as they are",
        "以下列未使用，因为表格模型无法直接读取",
    );
    let dates = features(|kind| *kind == ColumnKind::Date);
    let time = guess::time_of_series(&sample)?.filter(|time| dates.contains(time));
    if let Some(time) = &time {
        draft.say(say!(
            "the rows follow each other by `{time}`: the latest ones are the test",
            "各行按 `{time}` 先后排列：用最新的数据测试"
        ));
    }
    let extreme = far_out(&sample, &targets)?;
    say_names(draft, &extreme, "extreme numbers are pulled back in", "以下列的极端数值将被截断");
    let is_uneven = match &targets[..] {
        [target] if task != "regression" => rare_class(sample.rows(), target)?.is_some(),
        _ => false,
    };
    if is_uneven {
        draft.say(say!(
            "classes are weighed, because some are rare",
            "有稀少的类别，因此按类别加权"
        ));
    }
    let batch_size = if sample.n_rows() < 1000 { 16 } else { 64 };
    let columns = |names: Vec<String>| params([("columns", ParamValue::Texts(names))]);
    let mut source = draft.source("path");
    source.insert("numbers".to_owned(), ParamValue::Texts(numbers));
    let mut last = draft.table_kind();
    draft.then(last, source, &[])?;
    if !written.is_empty() {
        draft.step(&mut last, "convert_type", columns(written))?;
    }
    let roles = params([
        ("target", ParamValue::Texts(targets)),
        ("ignored", ParamValue::Texts(ignored)),
        ("time", text(time.as_deref().unwrap_or_default())),
    ]);
    draft.step(&mut last, "set_target", roles)?;
    if !dates.is_empty() {
        let parts = date_parts(&sample, dates, time.is_some())?;
        draft.step(&mut last, "date_features", parts)?;
    }
    draft.step(&mut last, "remove_duplicates", params([]))?;
    draft.step(&mut last, "fill_missing", params([]))?;
    draft.step(&mut last, "split", params([]))?;
    if !extreme.is_empty() {
        draft.step(&mut last, "clip_outliers", columns(extreme))?;
    }
    draft.step(&mut last, "standardise", params([]))?;
    draft.step(&mut last, "one_hot", params([]))?;
    let network = params([
        ("task", text(task)),
        ("hidden", ParamValue::Ints(vec![128, 64])),
        ("dropout", ParamValue::Float(0.2)),
    ]);
    draft.then("mlp", network, &[(last, "table", "table")])?;
    let training = params([
        ("epochs", ParamValue::Int(150)),
        ("batch_size", ParamValue::Int(batch_size)),
        ("optimizer", text("adamw")),
        ("learning_rate", ParamValue::Float(0.003)),
        ("weight_decay", ParamValue::Float(0.01)),
        ("schedule", text("cosine")),
        ("early_stopping", ParamValue::Int(30)),
        ("class_weights", text(if is_uneven { "balanced" } else { "none" })),
    ]);
    draft.finish(last, "mlp", training)
}

/// Whether a column holds classes rather than measured numbers or free text.
fn is_classes(sample: &Table, column: &Column) -> bool {
    match column.kind {
        ColumnKind::Category => true,
        ColumnKind::Number => {
            let codec = TargetCodec::fit(sample.rows(), &column.name, Task::Auto);
            codec.is_ok_and(|codec| !codec.class_names().is_empty())
        }
        _ => false,
    }
}

/// What a model can learn from dates: the season, the weekday, the hour and the trend. The split needs the date of a
/// series afterwards.
fn date_parts(sample: &Table, dates: Vec<String>, is_series: bool) -> Result<ParamValues, Trouble> {
    let mut has_time = false;
    for name in &dates {
        has_time |= guess::has_time_of_day(sample, name)?;
    }
    let flag = ParamValue::Bool;
    Ok(params([
        ("columns", ParamValue::Texts(dates)),
        ("year", flag(false)),
        ("month", flag(true)),
        ("weekday", flag(true)),
        ("hour", flag(has_time)),
        ("days_since", flag(true)),
        ("cycles", text("circle")),
        ("keep_date", flag(is_series)),
    ]))
}

/// Says a choice that was made for some columns.
fn say_names(draft: &mut Draft<'_>, names: &[String], en: &str, zh: &str) {
    if !names.is_empty() {
        let names = names.join(", ");
        draft.say(say!("{en}: {names}", "{zh}：{names}"));
    }
}

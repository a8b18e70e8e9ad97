//! Small models and a device in plain arithmetic for the tests of this crate.

use std::collections::BTreeMap;
use std::path::Path;

use pg_base::{Array, Batch, ParamValue, ParamValues, Trouble};
use pg_data::encode::Task;
use pg_data::steps::{
    fill_missing, one_hot, resize_images, select_columns, set_roles, split_labels, standardise,
};
use pg_data::{Column, ColumnKind, Encoder, ImageForm, Role, Rows, Schema, Table, TargetCodec};
use pg_nn::{
    Blueprint, Compute, DeviceInfo, Head, History, Predictor, Signal, StepTimes, TrainControl,
    TrainEvent, TrainJob, TrainSettings, Trained, Weights,
};
use polars::prelude::*;

use crate::model::{Learnt, Model, TrainedNetwork};

/// Computes `flattened input · weight + bias` of the layer `output`, and nothing else.
#[derive(Debug)]
pub(crate) struct Plain;

#[derive(Debug)]
struct PlainPredictor {
    weight: Vec<f32>,
    bias: Vec<f32>,
    head: Option<Head>,
}

impl Compute for Plain {
    fn info(&self) -> &DeviceInfo {
        static INFO: DeviceInfo = DeviceInfo {
            id: String::new(),
            class: String::new(),
            name: String::new(),
            memory_bytes: None,
            unavailable: None,
        };
        &INFO
    }

    fn train(
        &self,
        _: &TrainJob,
        _: &TrainControl,
        _: &mut dyn FnMut(TrainEvent),
    ) -> Result<Trained, Trouble> {
        Err(Trouble::internal("this device cannot train"))
    }

    fn load(
        &self,
        blueprint: &Blueprint,
        weights: &Weights,
    ) -> Result<Box<dyn Predictor>, Trouble> {
        Ok(Box::new(PlainPredictor {
            weight: weights.f32("output.weight")?.to_vec(),
            bias: weights.f32("output.bias")?.to_vec(),
            head: blueprint.head,
        }))
    }

    fn time_steps(
        &self,
        _: &Blueprint,
        _: &TrainSettings,
        _: &Batch,
        _: usize,
        _: usize,
    ) -> Result<StepTimes, Trouble> {
        Err(Trouble::internal("this device keeps no time"))
    }
}

impl Predictor for PlainPredictor {
    fn predict(&mut self, inputs: &[Array]) -> Result<Array, Trouble> {
        let input = inputs.first().ok_or_else(|| Trouble::internal("no input"))?;
        let values = input.as_f32().ok_or_else(|| Trouble::internal("ids"))?;
        let (n_rows, n_out) = (input.n_rows(), self.bias.len());
        let n_in = values.len() / n_rows.max(1);
        let mut answers = Vec::with_capacity(n_rows * n_out);
        for row in values.chunks(n_in.max(1)) {
            if row.first() == Some(&13.0) {
                std::thread::sleep(std::time::Duration::from_millis(1500));
            }
            let mut sums = self.bias.clone();
            for (value, weights) in row.iter().zip(self.weight.chunks(n_out)) {
                sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += value * weight);
            }
            match self.head {
                Some(Head::Softmax { .. }) => {
                    let total: f32 = sums.iter().map(|sum| sum.exp()).sum();
                    sums = sums.iter().map(|sum| sum.exp() / total).collect();
                }
                Some(Head::Labels { .. }) => {
                    let there = sums.iter().map(|sum| 1.0 / (1.0 + (-sum).exp()));
                    sums = there.flat_map(|there| [1.0 - there, there]).collect();
                }
                _ => {}
            }
            answers.extend(sums);
        }
        let n_answers = self.head.map_or(n_out, Head::n_answers);
        Ok(Array::f32([n_rows, n_answers], answers))
    }
}

/// Ten flowers; `length` has a gap in row 3, `width` one in row 4; `note` is of no use, `species` is the target.
pub(crate) fn flowers() -> Table {
    let length = vec![
        Some(5.1),
        Some(4.9),
        None,
        Some(4.6),
        Some(7.0),
        Some(6.4),
        Some(6.9),
        Some(5.5),
        Some(6.3),
        Some(5.8),
    ];
    let width = vec![
        Some(3.5),
        Some(3.0),
        Some(3.2),
        None,
        Some(3.2),
        Some(3.2),
        Some(3.1),
        Some(2.3),
        Some(3.3),
        Some(2.7),
    ];
    let colour = vec!["red", "red", "blue", "red", "blue", "red", "blue", "blue", "red", "blue"];
    let note = vec!["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let species = vec![
        "setosa",
        "setosa",
        "setosa",
        "setosa",
        "virginica",
        "virginica",
        "virginica",
        "virginica",
        "virginica",
        "setosa",
    ];
    let columns = [
        (Series::new("length".into(), length), ColumnKind::Number),
        (Series::new("width".into(), width), ColumnKind::Number),
        (Series::new("colour".into(), colour), ColumnKind::Category),
        (Series::new("note".into(), note), ColumnKind::Text),
        (Series::new("species".into(), species), ColumnKind::Category),
    ];
    let schema = Schema {
        columns: columns
            .iter()
            .map(|(series, kind)| Column::new(series.name().as_str(), kind.clone()))
            .collect(),
    };
    let frame = DataFrame::new(10, columns.into_iter().map(|(series, _)| series.into()).collect())
        .expect("a frame");
    let table = Table::from_source(frame, schema).expect("a table");
    let roles = BTreeMap::from([("species".to_owned(), Role::Target)]);
    let fill =
        fill_missing::FillMissing { columns: vec!["length".to_owned()], ..Default::default() };
    let drop = select_columns::SelectColumns {
        columns: vec!["note".to_owned()],
        selection: select_columns::Selection::Drop,
        ..Default::default()
    };
    table
        .then(set_roles::SetRoles { roles })
        .and_then(|table| table.then(drop))
        .and_then(|table| table.then(fill))
        .and_then(|table| table.then(standardise::Standardise::default()))
        .and_then(|table| table.then(one_hot::OneHot::default()))
        .expect("prepared")
}

/// A model for [`flowers`].
pub(crate) fn flowers_model() -> Model {
    let table = flowers();
    let weight = vec![-1.0, 1.0, 0.25, 0.0, 0.5, 0.0, 0.0, 0.125];
    model(&table, weight, vec![0.5, 0.0])
}

/// Rows with a feature `x` and a target `y = 2 x + 1`, raw.
pub(crate) fn numbers(n_rows: usize) -> Rows {
    let x: Vec<f64> = (0..n_rows).map(|row| row as f64 / 8.0 - 1.0).collect();
    let y: Vec<f64> = x.iter().map(|x| 2.0 * x + 1.0).collect();
    let frame = DataFrame::new(
        n_rows,
        vec![Series::new("x".into(), x).into(), Series::new("y".into(), y).into()],
    );
    let columns = vec![
        Column::new("x", ColumnKind::Number),
        Column::new("y", ColumnKind::Number).with_role(Role::Target),
    ];
    Rows { frame: frame.expect("a frame"), schema: Schema { columns } }
}

/// A model for [`numbers`].
pub(crate) fn numbers_model() -> Model {
    let Rows { frame, schema } = numbers(40);
    model(&Table::from_source(frame, schema).expect("a table"), vec![0.5], vec![0.25])
}

/// Rows of [`numbers`] with a second target `z = 10 - x`, raw.
pub(crate) fn pairs(n_rows: usize) -> Rows {
    let Rows { mut frame, mut schema } = numbers(n_rows);
    let x = frame.column("x").expect("x").f64().expect("numbers");
    let z = x.apply_values(|x| 10.0 - x).with_name("z".into());
    frame.with_column(z.into_series().into()).expect("as long");
    schema.columns.push(Column::new("z", ColumnKind::Number).with_role(Role::Target));
    Rows { frame, schema }
}

/// A model for [`pairs`] that is right about the first target only.
pub(crate) fn pair_model() -> Model {
    let Rows { frame, schema } = pairs(40);
    let table = Table::from_source(frame, schema).expect("a table");
    let encoder = Encoder::fit(&table, Task::Auto).expect("an encoder");
    let [TargetCodec::Number { mean, std, .. }, _] = encoder.targets.as_slice() else {
        panic!("two numbers")
    };
    let (weight, bias) = ((2.0 / std) as f32, ((1.0 - mean) / std) as f32);
    model(&table, vec![weight, 0.5], vec![bias, 0.0])
}

/// Raw rows with a feature `x` and the labels of the signs of `x - 1` and `x + 1` in one column.
pub(crate) fn tagged(n_rows: usize) -> Rows {
    let x: Vec<f64> = (0..n_rows).map(|row| (row * 7 % 33) as f64 / 8.0 - 2.0).collect();
    let tags = x.iter().map(|x| match x {
        x if *x > 1.0 => Some("large; positive"),
        x if *x > -1.0 => Some("positive"),
        _ => None,
    });
    let tags: Vec<Option<&str>> = tags.collect();
    let frame = DataFrame::new(
        n_rows,
        vec![Series::new("x".into(), x).into(), Series::new("tags".into(), tags).into()],
    );
    let columns =
        vec![Column::new("x", ColumnKind::Number), Column::new("tags", ColumnKind::Category)];
    Rows { frame: frame.expect("a frame"), schema: Schema { columns } }
}

/// A model for [`tagged`] that is always right.
pub(crate) fn labels_model() -> Model {
    let Rows { frame, schema } = tagged(40);
    let roles = BTreeMap::from([("tags".to_owned(), Role::Target)]);
    let table = Table::from_source(frame, schema)
        .and_then(|table| table.then(set_roles::SetRoles { roles }))
        .and_then(|table| table.then(split_labels::SplitLabels::new("tags", ";")))
        .expect("labels");
    model(&table, vec![8.0, 8.0], vec![-8.0, 8.0])
}

/// A model for four grey pictures of 6 × 4 pixels that lie in `folder`; it sees 3 × 3 in colour.
pub(crate) fn pictures_model(folder: &Path) -> Model {
    let mut paths = Vec::new();
    for shade in [10_u8, 60, 190, 240] {
        let path = folder.join(format!("{shade}.png"));
        image::GrayImage::from_fn(6, 4, |x, y| image::Luma([shade.wrapping_add((x * y) as u8)]))
            .save(&path)
            .expect("written");
        paths.push(path.to_string_lossy().into_owned());
    }
    let frame = DataFrame::new(
        4,
        vec![
            Series::new("image".into(), paths).into(),
            Series::new("label".into(), ["dark", "dark", "light", "light"]).into(),
        ],
    );
    let columns = vec![
        Column::new("image", ColumnKind::Image(ImageForm::Files)),
        Column::new("label", ColumnKind::Category).with_role(Role::Target),
    ];
    let resize =
        resize_images::ResizeImages { height: 3, width: 3, channels: 3, ..Default::default() };
    let table = Table::from_source(frame.expect("a frame"), Schema { columns })
        .and_then(|table| table.then(resize))
        .expect("prepared");
    let weight = (0..54).map(|index| if index % 2 == 0 { -0.25 } else { 0.25 }).collect();
    model(&table, weight, vec![3.0, -3.0])
}

fn model(table: &Table, weight: Vec<f32>, bias: Vec<f32>) -> Model {
    let encoder = Encoder::fit(table, Task::Auto).expect("an encoder");
    let shape = encoder.inputs.first().expect("an input").shape();
    let mut blueprint = Blueprint::new(vec![Signal::numbers(shape.clone())]);
    let n_out = bias.len();
    let units = ParamValues::from([("units".to_owned(), ParamValue::Int(n_out as i64))]);
    blueprint.push("input", "input", ParamValues::new(), &[]).expect("a layer");
    let mut last = "input".to_owned();
    if shape.len() > 1 {
        blueprint.push("flatten", "flatten", ParamValues::new(), &[last]).expect("a layer");
        last = "flatten".to_owned();
    }
    blueprint.push("output", "output", units, &[last]).expect("a layer");
    let is_classes = !encoder.targets.iter().any(|target| target.class_names().is_empty());
    blueprint.head = Some(match (is_classes, encoder.targets.len()) {
        (false, n_outputs) => Head::Linear { n_outputs },
        (true, 1) => Head::Softmax { n_classes: n_out },
        (true, n_labels) => Head::Labels { n_labels },
    });
    let n_in: usize = shape.iter().product();
    let arrays = BTreeMap::from([
        ("output.weight".to_owned(), Array::f32([n_in, n_out], weight)),
        ("output.bias".to_owned(), Array::f32([n_out], bias)),
    ]);
    let counts = encoder.training_class_counts(table).expect("counts");
    let n_targets = encoder.targets.len();
    Model {
        input_schema: table.origin_schema().clone(),
        recipe: table.recipe().clone(),
        encoder,
        learnt: Learnt::Network(Box::new(TrainedNetwork {
            blueprint,
            weights: Weights { arrays },
            settings: TrainSettings::default(),
            history: History {
                score_name: "accuracy".to_owned(),
                ended_by: "finished".to_owned(),
                ..History::default()
            },
        })),
        training_class_counts: counts.into_iter().map(|count| count as u64).collect(),
        training_target_means: if is_classes { Vec::new() } else { vec![2.0; n_targets] },
        threshold: None,
        metrics: BTreeMap::from([("accuracy".to_owned(), 0.9)]),
        sample_rows: crate::golden::raw_rows(table.origin(), 16).expect("rows"),
    }
}

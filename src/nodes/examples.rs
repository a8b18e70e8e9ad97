//! Small values that the worked examples of the kinds start from.

use std::sync::Arc;

use pg_base::files::write_atomic;
use pg_base::{Array, ParamValue, ParamValues, Trouble};
use pg_contract::Value;
use pg_data::table::polars_trouble;
use pg_data::{Augment, Column, ColumnKind, ImageForm, Part, Role, Schema, Table};
use pg_deploy::{Learnt, Model, TrainedNetwork};
use pg_nn::Weights;
use polars::prelude::*;

/// No parameter differs from its default.
pub(crate) fn defaults() -> ParamValues {
    ParamValues::new()
}

/// Parameters by id.
pub(crate) fn params<const N: usize>(values: [(&str, ParamValue); N]) -> ParamValues {
    values.into_iter().map(|(id, value)| (id.to_owned(), value)).collect()
}

/// Twelve flowers with a gap, an outlier, a repeated row, a category and a target.
pub(crate) fn flowers() -> Result<Table, Trouble> {
    let length = [
        Some(5.1),
        Some(4.9),
        None,
        Some(4.6),
        Some(7.0),
        Some(6.4),
        Some(6.9),
        Some(55.0),
        Some(6.3),
        Some(5.8),
        Some(5.1),
        Some(6.5),
    ];
    let width = [3.5, 3.0, 3.2, 3.1, 3.2, 3.2, 3.1, 2.3, 3.3, 2.7, 3.5, 3.0];
    let colour = [
        Some("red"),
        Some("red"),
        Some("blue"),
        None,
        Some("blue"),
        Some("red"),
        Some("blue"),
        Some("white"),
        Some("red"),
        Some("white"),
        Some("red"),
        Some("blue"),
    ];
    let species = [
        "setosa",
        "setosa",
        "setosa",
        "setosa",
        "versicolor",
        "versicolor",
        "versicolor",
        "versicolor",
        "virginica",
        "virginica",
        "setosa",
        "virginica",
    ];
    table(vec![
        (Series::new("length".into(), length.to_vec()), ColumnKind::Number, Role::Feature),
        (Series::new("width".into(), width.to_vec()), ColumnKind::Number, Role::Feature),
        (Series::new("colour".into(), colour.to_vec()), ColumnKind::Category, Role::Feature),
        (Series::new("species".into(), species.to_vec()), ColumnKind::Category, Role::Target),
    ])
}

/// Four orders as people type them: blanks, dates, prices and an address within texts.
pub(crate) fn orders() -> Result<Table, Trouble> {
    let columns = [
        ("city", [Some(" oslo"), Some("Oslo"), Some("BERN "), None]),
        ("day", [Some("31.12.2023"), Some("1/2/2024"), None, Some("30.02.2024")]),
        ("price", [Some("1.234,50 €"), Some("12,5"), Some("free"), Some("(3)")]),
        ("note", [Some("mail anna@example.org"), None, Some("call 138-1234-5678"), Some("paid")]),
    ];
    let texts = columns.map(|(name, values)| {
        (Series::new(name.into(), values.to_vec()), ColumnKind::Text, Role::Feature)
    });
    table(texts.into())
}

/// Two clouds of points, split: something a small network learns at once.
pub(crate) fn clouds() -> Result<Table, Trouble> {
    let mut rng = pg_base::Rng::new(1, "example clouds");
    let n_rows = 60;
    let labels: Vec<&str> =
        (0..n_rows).map(|row| if row % 2 == 0 { "left" } else { "right" }).collect();
    let mut axis = |centre: f64| -> Vec<f64> {
        labels
            .iter()
            .map(|label| if *label == "left" { -centre } else { centre })
            .map(|c| c + 0.3 * rng.normal())
            .collect()
    };
    let (x, y) = (axis(1.0), axis(0.5));
    let parts: Vec<Part> = (0..n_rows)
        .map(|row| match row % 10 {
            8 => Part::Validation,
            9 | 5 => Part::Test,
            _ => Part::Training,
        })
        .collect();
    table(vec![
        (Series::new("x".into(), x), ColumnKind::Number, Role::Feature),
        (Series::new("y".into(), y), ColumnKind::Number, Role::Feature),
        (Series::new("side".into(), labels), ColumnKind::Category, Role::Target),
    ])?
    .with_parts(&parts)
}

/// Sentences with a mood.
pub(crate) fn sentences() -> Result<Table, Trouble> {
    let texts = [
        "good day",
        "bad day",
        "a good film",
        "a bad film",
        "very good",
        "very bad",
        "好 天气",
        "坏 天气",
    ];
    let moods = ["up", "down", "up", "down", "up", "down", "up", "down"];
    table(vec![
        (Series::new("text".into(), texts.to_vec()), ColumnKind::Text, Role::Feature),
        (Series::new("mood".into(), moods.to_vec()), ColumnKind::Category, Role::Target),
    ])
}

/// Eight grey pictures of 16 by 16 pixels, light on the left or on the right.
pub(crate) fn pictures() -> Result<Table, Trouble> {
    let side = 16;
    let pixels: Vec<Vec<u8>> = (0..8_u8)
        .map(|row| {
            (0..side * side)
                .map(|at| if (at % side < side / 2) == (row % 2 == 0) { 200 + row } else { 20 })
                .collect()
        })
        .collect();
    let labels: Vec<&str> = (0..8).map(|row| if row % 2 == 0 { "left" } else { "right" }).collect();
    let form = ImageForm::Pixels {
        height: side,
        width: side,
        channels: 1,
        mean: vec![0.0],
        std: vec![1.0],
        augment: Augment::default(),
    };
    table(vec![
        (Series::new("image".into(), pixels), ColumnKind::Image(form), Role::Feature),
        (Series::new("label".into(), labels), ColumnKind::Category, Role::Target),
    ])
}

/// The sentences as token ids.
pub(crate) fn tokens() -> Result<Table, Trouble> {
    let ids: Vec<Series> =
        (0..8_u32).map(|row| Series::new("".into(), vec![2 + row % 2, 4, 5 + row % 3])).collect();
    let moods: Vec<&str> = (0..8).map(|row| if row % 2 == 0 { "up" } else { "down" }).collect();
    table(vec![
        (
            Series::new("text".into(), ids),
            ColumnKind::Sequence { length: 6, vocabulary: 10 },
            Role::Feature,
        ),
        (Series::new("mood".into(), moods), ColumnKind::Category, Role::Target),
    ])
}

/// A network for [`clouds`].
pub(crate) fn small_network() -> Result<Value, Trouble> {
    let start = crate::model::input::begin(&clouds()?, &defaults(), "input_1")?;
    Ok(Value::Network(crate::model::shared(crate::model::with_output(&start, "output_1", "auto")?)))
}

/// A model for [`clouds`] that was never trained: its weights say "right" where x is above 0.
pub(crate) fn small_model() -> Result<Value, Trouble> {
    let table = clouds()?;
    let Value::Network(network) = small_network()? else {
        return Err(Trouble::internal("a network was expected"));
    };
    let encoder =
        network.encoder.clone().ok_or_else(|| Trouble::internal("an encoder was expected"))?;
    let arrays = [
        ("output_1.weight", Array::f32([2, 2], vec![-1.0, 1.0, 0.0, 0.0])),
        ("output_1.bias", Array::f32([2], vec![0.0, 0.0])),
    ];
    let weights = Weights {
        arrays: arrays.into_iter().map(|(name, array)| (name.to_owned(), array)).collect(),
    };
    Ok(Value::Model(Arc::new(Model {
        input_schema: table.origin_schema().clone(),
        recipe: table.recipe().clone(),
        encoder,
        learnt: Learnt::Network(Box::new(TrainedNetwork {
            blueprint: crate::model::finished(&network)?,
            weights,
            settings: crate::train::settings::of(&defaults()),
            history: pg_nn::History::default(),
        })),
        training_class_counts: vec![21, 21],
        training_target_means: Vec::new(),
        threshold: None,
        metrics: std::collections::BTreeMap::new(),
        sample_rows: Vec::new(),
    })))
}

/// The small model beside the table that it fits.
pub(crate) fn model_and_table() -> Result<Vec<(&'static str, Value)>, Trouble> {
    Ok(vec![("model", small_model()?), ("table", Value::Table(clouds()?))])
}

/// A small CSV file in the temporary folder; its content is always the same.
pub(crate) fn csv_path() -> String {
    let path = example_folder().join("flowers.csv");
    // A file that cannot be written shows as a failing example, which says the path.
    let _ = write_atomic(
        &path,
        b"length,colour,species\n5.1,red,setosa\n7.0,blue,versicolor\n?,red,setosa\n",
    );
    path.to_string_lossy().into_owned()
}

/// A folder with two classes of two tiny pictures.
pub(crate) fn picture_folder() -> String {
    let folder = example_folder().join("pictures");
    for (class, shade) in [("dark", 10), ("light", 240)] {
        for number in 0..2_u8 {
            let _ = write_atomic(
                &folder.join(class).join(format!("{number}.bmp")),
                &grey_bmp(shade + number),
            );
        }
    }
    folder.to_string_lossy().into_owned()
}

/// The files of [`picture_folder`] as a table.
pub(crate) fn files() -> Result<Table, Trouble> {
    Ok(pg_data::read::scan_image_folder(
        std::path::Path::new(&picture_folder()),
        &pg_base::CancelToken::default(),
    )?
    .table)
}

fn example_folder() -> std::path::PathBuf {
    std::env::temp_dir().join("pyrograph-examples")
}

/// A picture of 4 by 4 pixels of one shade as an uncompressed 24-bit BMP.
fn grey_bmp(shade: u8) -> Vec<u8> {
    let (side, row_bytes) = (4_u32, 12_u32);
    let mut bytes = b"BM".to_vec();
    let mut number = |value: u32| bytes.extend(value.to_le_bytes());
    number(54 + row_bytes * side);
    number(0);
    number(54);
    number(40);
    number(side);
    number(side);
    number(1 | (24 << 16));
    for value in [0, row_bytes * side, 2835, 2835, 0, 0] {
        number(value);
    }
    bytes.extend(std::iter::repeat_n(shade, (row_bytes * side) as usize));
    bytes
}

/// One table on the port `table`.
pub(crate) fn on_table(
    table: Result<Table, Trouble>,
) -> Result<Vec<(&'static str, Value)>, Trouble> {
    Ok(vec![("table", Value::Table(table?))])
}

/// A table of columns with their kinds and roles.
pub(crate) fn table(columns: Vec<(Series, ColumnKind, Role)>) -> Result<Table, Trouble> {
    let schema = Schema {
        columns: columns
            .iter()
            .map(|(series, kind, role)| {
                Column::new(series.name().as_str(), kind.clone()).with_role(*role)
            })
            .collect(),
    };
    let n_rows = columns.first().map_or(0, |(series, ..)| series.len());
    let frame =
        DataFrame::new(n_rows, columns.into_iter().map(|(series, ..)| series.into()).collect())
            .map_err(polars_trouble)?;
    Table::from_source(frame, schema)
}

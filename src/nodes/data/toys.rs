//! Tables with a known shape; the same numbers for the same seed, the first rows the same however many are made.

use std::f64::consts::{PI, TAU};

use pg_base::{Rng, Trouble};
use pg_data::table::polars_trouble;
use pg_data::{Column, ColumnKind, Role, Schema, Table};
use polars::prelude::{DataFrame, DataType, NamedFrom, Series};

/// What to make.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Toy {
    pub shape: String,
    pub n_rows: usize,
    /// Standard deviation of what is added.
    pub noise: f64,
    pub n_classes: usize,
    pub n_features: usize,
    pub n_informative: usize,
    pub seed: u64,
}

/// Features row by row, and the target.
struct Made {
    features: Vec<Vec<f64>>,
    target: Target,
}

enum Target {
    Classes(Vec<usize>),
    Numbers(Vec<f64>),
}

/// Makes the table.
pub(super) fn make(toy: &Toy) -> Result<Table, Trouble> {
    let mut rng = Rng::new(toy.seed, &format!("toy {}", toy.shape));
    if toy.shape == "series" {
        return series(toy, &mut rng);
    }
    let made = match toy.shape.as_str() {
        "blobs" => blobs(toy, &mut rng),
        "circles" => planar(toy, &mut rng, 2, |class, rng| {
            let (angle, radius) = (rng.uniform(0.0, TAU), if class == 0 { 1.0 } else { 0.5 });
            [radius * angle.cos(), radius * angle.sin()]
        }),
        "spiral" => planar(toy, &mut rng, toy.n_classes, |class, rng| {
            let way = rng.unit();
            let angle = 1.25 * TAU * way + TAU * class as f64 / toy.n_classes as f64;
            [3.0 * way * angle.cos(), 3.0 * way * angle.sin()]
        }),
        "classification" => classification(toy, &mut rng),
        "linear" => linear(toy, &mut rng),
        "friedman" => friedman(toy, &mut rng),
        _ => planar(toy, &mut rng, 2, |class, rng| {
            let angle = rng.uniform(0.0, PI);
            if class == 0 {
                [angle.cos(), angle.sin()]
            } else {
                [1.0 - angle.cos(), 0.5 - angle.sin()]
            }
        }),
    };
    table(made)
}

/// Points of a plane, classes in turn.
fn planar(
    toy: &Toy,
    rng: &mut Rng,
    n_classes: usize,
    place: impl Fn(usize, &mut Rng) -> [f64; 2],
) -> Made {
    let classes: Vec<usize> = (0..toy.n_rows).map(|row| row % n_classes).collect();
    let features = classes
        .iter()
        .map(|class| place(*class, rng).map(|value| value + toy.noise * rng.normal()).to_vec())
        .collect();
    Made { features, target: Target::Classes(classes) }
}

/// Normal clouds around centres that lie on a circle; the noise widens them.
fn blobs(toy: &Toy, rng: &mut Rng) -> Made {
    planar(toy, rng, toy.n_classes, |class, rng| {
        let angle = TAU * class as f64 / toy.n_classes as f64;
        [4.0 * angle.cos() + 0.5 * rng.normal(), 4.0 * angle.sin() + 0.5 * rng.normal()]
    })
}

/// Normal clouds around a random centre per class in the informative columns; the other columns are noise.
fn classification(toy: &Toy, rng: &mut Rng) -> Made {
    let n_informative = toy.n_informative.clamp(1, toy.n_features);
    let centres: Vec<Vec<f64>> = (0..toy.n_classes)
        .map(|_| (0..n_informative).map(|_| 2.0 * rng.normal()).collect())
        .collect();
    let classes: Vec<usize> = (0..toy.n_rows).map(|row| row % toy.n_classes).collect();
    let row = |class: &usize| {
        let centre = centres.get(*class).map_or(&[][..], Vec::as_slice);
        (0..toy.n_features)
            .map(|index| match centre.get(index) {
                Some(centre) => centre + (1.0 + toy.noise) * rng.normal(),
                None => rng.normal(),
            })
            .collect()
    };
    Made { features: classes.iter().map(row).collect(), target: Target::Classes(classes) }
}

/// A sum of the informative columns, each times a number that falls from 3 to 1.
fn linear(toy: &Toy, rng: &mut Rng) -> Made {
    let n_informative = toy.n_informative.clamp(1, toy.n_features);
    let weight = |index: usize| 3.0 - 2.0 * index as f64 / n_informative.max(2) as f64;
    regression(toy, rng, Rng::normal, |row| {
        row.iter().take(n_informative).enumerate().map(|(index, value)| weight(index) * value).sum()
    })
}

/// Friedman's first function (1991): 10 sin(π x₁ x₂) + 20 (x₃ − ½)² + 10 x₄ + 5 x₅, at least five columns.
fn friedman(toy: &Toy, rng: &mut Rng) -> Made {
    let toy = Toy { n_features: toy.n_features.max(5), ..toy.clone() };
    regression(&toy, rng, Rng::unit, |row| match row {
        [a, b, c, d, e, ..] => {
            10.0 * (PI * a * b).sin() + 20.0 * (c - 0.5).powi(2) + 10.0 * d + 5.0 * e
        }
        _ => 0.0,
    })
}

fn regression(
    toy: &Toy,
    rng: &mut Rng,
    draw: impl Fn(&mut Rng) -> f64,
    function: impl Fn(&[f64]) -> f64,
) -> Made {
    let (mut features, mut values) =
        (Vec::with_capacity(toy.n_rows), Vec::with_capacity(toy.n_rows));
    for _ in 0..toy.n_rows {
        let row: Vec<f64> = (0..toy.n_features).map(|_| draw(rng)).collect();
        values.push(function(&row) + toy.noise * rng.normal());
        features.push(row);
    }
    Made { features, target: Target::Numbers(values) }
}

/// One value a day: a trend of 10 a year, a week and a year, and noise; the date is the time.
fn series(toy: &Toy, rng: &mut Rng) -> Result<Table, Trouble> {
    const FIRST_DAY: i32 = 18_262;
    let days: Vec<i32> = (FIRST_DAY..).take(toy.n_rows).collect();
    let value = |day: usize| {
        let day = day as f64;
        let seasons = 5.0 * (TAU * day / 365.25).sin() + 2.0 * (TAU * day / 7.0).sin();
        20.0 + 10.0 * day / 365.25 + seasons + toy.noise * rng.normal()
    };
    let values: Vec<f64> = (0..toy.n_rows).map(value).collect();
    let dates = Series::new("date".into(), days).cast(&DataType::Date).map_err(polars_trouble)?;
    let columns = vec![dates.into(), Series::new("value".into(), values).into()];
    let frame = DataFrame::new(toy.n_rows, columns).map_err(polars_trouble)?;
    let schema = Schema {
        columns: vec![
            Column::new("date", ColumnKind::Date).with_role(Role::Time),
            Column::new("value", ColumnKind::Number).with_role(Role::Target),
        ],
    };
    Table::from_source(frame, schema)
}

fn table(made: Made) -> Result<Table, Trouble> {
    let n_features = made.features.first().map_or(0, Vec::len);
    let name = |index: usize| match (n_features, index) {
        (2, 0) => "x".to_owned(),
        (2, _) => "y".to_owned(),
        _ => format!("x{}", index + 1),
    };
    let (mut columns, mut schema) = (Vec::new(), Schema::default());
    for index in 0..n_features {
        let values: Vec<f64> =
            made.features.iter().filter_map(|row| row.get(index).copied()).collect();
        columns.push(Series::new(name(index).into(), values).into());
        schema.columns.push(Column::new(name(index), ColumnKind::Number));
    }
    let (target, kind) = match made.target {
        Target::Classes(classes) => {
            let labels: Vec<String> =
                classes.iter().map(|class| format!("class {}", class + 1)).collect();
            (Series::new("class".into(), labels), ColumnKind::Category)
        }
        Target::Numbers(values) => (Series::new("target".into(), values), ColumnKind::Number),
    };
    schema.columns.push(Column::new(target.name().as_str(), kind).with_role(Role::Target));
    columns.push(target.into());
    let frame = DataFrame::new(made.features.len(), columns).map_err(polars_trouble)?;
    Table::from_source(frame, schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toy(shape: &str, n_rows: usize) -> Toy {
        Toy {
            shape: shape.into(),
            n_rows,
            noise: 0.0,
            n_classes: 3,
            n_features: 6,
            n_informative: 2,
            seed: 1,
        }
    }

    fn check(shape: &str, n_columns: usize, task: &ColumnKind) {
        let table = make(&toy(shape, 60)).expect("a table");
        assert_eq!((table.n_rows(), table.schema().columns.len()), (60, n_columns), "{shape}");
        assert_eq!(&table.schema().target().expect("a target").kind, task, "{shape}");
        let shorter = make(&toy(shape, 20)).expect("a table");
        let head = table.rows().frame.head(Some(20));
        assert!(head.equals_missing(&shorter.rows().frame), "{shape}: the first rows stay");
    }

    #[test]
    fn every_shape() {
        for shape in ["blobs", "moons", "circles", "spiral"] {
            check(shape, 3, &ColumnKind::Category);
        }
        check("classification", 7, &ColumnKind::Category);
        check("linear", 7, &ColumnKind::Number);
        check("friedman", 7, &ColumnKind::Number);
        check("series", 2, &ColumnKind::Number);
    }

    #[test]
    fn without_noise_the_formula_holds() {
        let table = make(&toy("friedman", 5)).expect("a table");
        let x = |index: usize, row: usize| {
            table.rows().numbers(&format!("x{index}")).expect("a column").get(row).expect("a value")
        };
        let expected = 10.0 * (PI * x(1, 3) * x(2, 3)).sin()
            + 20.0 * (x(3, 3) - 0.5).powi(2)
            + 10.0 * x(4, 3)
            + 5.0 * x(5, 3);
        let found = table.rows().numbers("target").expect("a target").get(3).expect("a value");
        assert!((found - expected).abs() < 1e-12);
    }
}

//! Columns as plain numbers and labels, for those who draw them and know nothing of frames.

use std::collections::BTreeMap;

use pg_base::Trouble;
use polars::prelude::*;

use crate::schema::{ColumnKind, Schema};
use crate::steps::statistics;
use crate::table::{Rows, polars_trouble};
use crate::view::{is_text, numbers_behind};

/// A column as numbers of labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coded {
    /// The labels: numbers by size, texts in the order of code points.
    pub names: Vec<String>,
    /// Number of the label of each row; none where the value is missing.
    pub codes: Vec<Option<u32>>,
}

impl Rows {
    /// These columns of the rows at these places (from 0), in the order of the places.
    pub fn taken(&self, names: &[&str], places: &[u32]) -> Result<Self, Trouble> {
        let mut schema = Schema::default();
        for name in names {
            if schema.get(name).is_none() {
                schema.columns.push(self.schema.require(name)?.clone());
            }
        }
        let columns = schema.columns.iter().map(|column| column.name.as_str());
        let places = IdxCa::from_vec("places".into(), places.to_vec());
        let frame = self.frame.select(columns).map_err(polars_trouble)?;
        Ok(Self { frame: frame.take(&places).map_err(polars_trouble)?, schema })
    }

    /// Mean of the finite values of a number column; none without any.
    pub fn mean(&self, name: &str) -> Result<Option<f64>, Trouble> {
        Ok(statistics::mean(&statistics::finite(&self.numbers(name)?)))
    }

    /// The numbers behind a column: numbers themselves, dates as seconds since 1970, sequences by their length, texts
    /// by their number of characters; NaN where there is none.
    pub fn floats(&self, name: &str) -> Result<Vec<f64>, Trouble> {
        let kind = &self.schema.require(name)?.kind;
        if is_text(kind) {
            let length =
                |text: Option<&str>| text.map_or(f64::NAN, |text| text.chars().count() as f64);
            return Ok(self.texts(name)?.iter().map(length).collect());
        }
        let values = numbers_behind(self.column(name)?.as_materialized_series(), kind)?;
        Ok(values.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
    }

    /// A category, text or number column as numbers of labels.
    pub fn coded(&self, name: &str) -> Result<Coded, Trouble> {
        let counts = self.label_counts(name)?;
        let names: Vec<String> = counts.into_iter().map(|(name, _)| name).collect();
        let numbers: BTreeMap<&str, u32> = names.iter().map(String::as_str).zip(0..).collect();
        let codes = if self.schema.require(name)?.kind == ColumnKind::Number {
            let labels = self.labels(name)?;
            labels.iter().map(|label| numbers.get(label.as_deref()?).copied()).collect()
        } else {
            self.texts(name)?.iter().map(|text| numbers.get(text?).copied()).collect()
        };
        Ok(Coded { names, codes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Column;

    fn rows() -> Rows {
        let age = Series::new("age".into(), [Some(10.0), None, Some(2.0), Some(10.0)]);
        let city = Series::new("city".into(), [Some("巴黎"), Some("Bonn"), None, Some("Bonn")]);
        let day = Series::new("day".into(), [0_i32, 1, 2, 3]).cast(&DataType::Date).expect("days");
        let frame =
            DataFrame::new(4, vec![age.into(), city.into(), day.into()]).expect("equal lengths");
        let columns = vec![
            Column::new("age", ColumnKind::Number),
            Column::new("city", ColumnKind::Category),
            Column::new("day", ColumnKind::Date),
        ];
        Rows { frame, schema: Schema { columns } }
    }

    #[test]
    fn columns_are_numbers() {
        let floats = |name: &str| rows().floats(name).expect("known column");
        let age = floats("age");
        assert_eq!((age[0], age[1].is_nan(), age[3]), (10.0, true, 10.0));
        assert_eq!(floats("day"), [0.0, 86_400.0, 172_800.0, 259_200.0]);
        let lengths = floats("city");
        assert_eq!((lengths[0], lengths[1], lengths[2].is_nan()), (2.0, 4.0, true));
        assert_eq!(rows().floats("x").expect_err("unknown").code, "column-unknown");
    }

    #[test]
    fn labels_have_numbers_in_a_stable_order() {
        let coded = rows().coded("city").expect("a category");
        assert_eq!(coded.names, ["Bonn", "巴黎"]);
        assert_eq!(coded.codes, [Some(1), Some(0), None, Some(0)]);
        let coded = rows().coded("age").expect("a number");
        assert_eq!(coded.names, ["2", "10"]);
        assert_eq!(coded.codes, [Some(1), None, Some(0), Some(1)]);
    }

    #[test]
    fn rows_are_taken_by_place() {
        let taken = rows().taken(&["city", "city", "age"], &[3, 0]).expect("known rows");
        assert_eq!(taken.schema.columns.len(), 2);
        assert_eq!(taken.coded("city").expect("taken").codes, [Some(0), Some(1)]);
        assert!(rows().taken(&["age"], &[9]).is_err());
        assert_eq!(rows().taken(&[], &[]).expect("nothing").schema.columns.len(), 0);
    }
}

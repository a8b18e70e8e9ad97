//! From a table and a spec to a figure, with what it takes to find the rows behind a bar or a rectangle again.

use pg_base::{CancelToken, Rng, Trouble};
use pg_data::view::Filter;
use pg_data::{ColumnKind, Part, Rows, Table};

use super::choices::{Kind, Slot, Spec, is_number, measure_of};
use super::{charts, xy};
use crate::figure::{Axis, Figure};
use crate::lang::tr;
use crate::widgets::count;

/// Rows looked at; dots and lines are drawn one by one, everything else is counted.
const MAX_DRAWN: usize = 50_000;
const MAX_COUNTED: usize = 1_000_000;

/// A figure of a table.
#[derive(Clone, Debug, Default)]
pub(super) struct Made {
    pub(super) figure: Figure,
    pub(super) picks: Picks,
}

/// Which rows stand behind the parts of a figure.
#[derive(Clone, Debug, Default)]
pub(super) struct Picks {
    /// Per layer and bar, box or cell: what its rows fulfil; none where that cannot be said.
    pub(super) parts: Vec<Vec<Option<Vec<Filter>>>>,
    /// Columns of the two axes, where a rectangle chooses rows.
    pub(super) axes: Option<[String; 2]>,
}

/// The rows that are looked at.
pub(super) struct Sample {
    /// The columns of the spec.
    pub(super) rows: Rows,
    /// Their places in the table.
    pub(super) places: Vec<u32>,
    /// Rows that there are.
    pub(super) n_rows: usize,
}

/// Makes the figure of a spec whose columns are there; for a thread of its own.
pub(super) fn make(table: &Table, spec: &Spec, cancel: &CancelToken) -> Result<Made, Trouble> {
    let sample = Sample::of(table, spec)?;
    cancel.check()?;
    match spec.kind {
        Kind::Histogram => charts::histogram(&sample, spec),
        Kind::Boxes => charts::boxes(&sample, spec),
        Kind::Bars => charts::bars(&sample, spec),
        Kind::Heat => charts::heat(&sample, spec),
        Kind::Correlation => charts::correlation(&sample, cancel),
        Kind::Scatter => xy::scatter(&sample, spec),
        Kind::Line => xy::line(&sample, spec),
    }
}

impl Sample {
    fn of(table: &Table, spec: &Spec) -> Result<Self, Trouble> {
        let all: Vec<u32> = match spec.part {
            None => (0..table.n_rows() as u32).collect(),
            Some(wanted) => part_places(&table.parts(), wanted),
        };
        let most =
            if matches!(spec.kind, Kind::Scatter | Kind::Line) { MAX_DRAWN } else { MAX_COUNTED };
        let places = sampled(&all, most);
        let names: Vec<&str> = if spec.kind == Kind::Correlation {
            table
                .schema()
                .columns
                .iter()
                .filter(|column| is_number(column))
                .map(|column| column.name.as_str())
                .collect()
        } else {
            spec.columns.iter().flatten().map(String::as_str).collect()
        };
        Ok(Self { rows: table.rows().taken(&names, &places)?, places, n_rows: all.len() })
    }

    /// Rows looked at.
    pub(super) fn n(&self) -> usize {
        self.places.len()
    }

    /// How many rows there are and how many of them were looked at; `n_missing` of them have no value.
    pub(super) fn note(&self, n_missing: usize, more: &[String]) -> String {
        let (all, own) = (count(self.n_rows as u64), count(self.n() as u64));
        let mut parts = vec![if self.n() < self.n_rows {
            format!(
                "{own} {} {all}{}",
                tr("of", "/"),
                tr(" rows, drawn at random", " 行（随机抽取）")
            )
        } else {
            format!("{all}{}", tr(" rows", " 行"))
        }];
        if n_missing > 0 {
            parts.push(format!("{}{}", count(n_missing as u64), tr(" without a value", " 行缺失")));
        }
        parts.extend_from_slice(more);
        parts.join(" · ")
    }

    /// The numbers behind the column of a place.
    pub(super) fn floats(&self, spec: &Spec, slot: Slot) -> Result<Vec<f64>, Trouble> {
        match spec.column(slot) {
            Some(name) => self.rows.floats(name),
            None => Ok(vec![f64::NAN; self.n()]),
        }
    }

    /// An axis for the numbers behind a column.
    pub(super) fn axis(&self, spec: &Spec, slot: Slot) -> Axis {
        let Some(column) = spec.column(slot).and_then(|name| self.rows.schema.get(name)) else {
            return Axis::default();
        };
        let axis = Axis::new(measure_of(column));
        let is_log = spec.is_log.get(slot as usize).copied().unwrap_or(false);
        match column.kind {
            ColumnKind::Date => axis.time(),
            _ if is_log => axis.log(),
            _ => axis,
        }
    }
}

fn part_places(parts: &[Part], wanted: Part) -> Vec<u32> {
    (0_u32..).zip(parts).filter(|(_, part)| **part == wanted).map(|(place, _)| place).collect()
}

/// At most so many of the places, spread over all of them, in their order: one at random from each of equal stretches.
fn sampled(places: &[u32], most: usize) -> Vec<u32> {
    if places.len() <= most {
        return places.to_vec();
    }
    let mut random = Rng::new(0, "plots");
    let start = |stretch: usize| stretch * places.len() / most;
    let pick = |stretch: usize| {
        let (from, to) = (start(stretch), start(stretch + 1));
        places.get(from + random.below(to - from)).copied()
    };
    (0..most).filter_map(pick).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_spread_in_order_and_the_same_every_time() {
        let all: Vec<u32> = (0..1000).collect();
        let some = sampled(&all, 10);
        assert_eq!(some.len(), 10);
        assert!(some.iter().zip(0..).all(|(place, stretch)| place / 100 == stretch), "{some:?}");
        assert_eq!(sampled(&all, 10), some);
        assert_eq!(sampled(&all, 1000), all);
        assert_eq!(sampled(&[], 10), Vec::<u32>::new());
    }
}

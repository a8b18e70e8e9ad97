//! A cross-validation fold by fold: a table with mean and deviation, and how the main metric is spread.

use pg_base::say;
use pg_metrics::Report;

use super::cards::ids;
use super::sums::{Spread, values};
use super::table::{Column, Table};
use super::words::{name_of, value_of};
use crate::figure::{Axis, BoxStats, Boxes, Figure, Ink, Points};
use crate::lang::{Tr, tr};
use crate::widgets;

/// One row per fold, then mean and deviation.
pub(super) fn table(folds: &[Report]) -> Table {
    let Some(first) = folds.first() else { return Table::default() };
    let ids: Vec<&str> =
        ids(first).iter().copied().filter(|id| !values(folds, id).is_empty()).collect();
    let mut table = Table::new(tr("Folds", "各折结果"), "folds");
    table.columns = vec![
        Column::text(tr("Fold", "折")).csv_name("fold"),
        Column::number(tr("Rows", "行数")).csv_name("rows"),
    ];
    table.columns.extend(ids.iter().map(|id| {
        let metric = pg_metrics::metric(id);
        let help = metric.map(|metric| metric.help.tr()).unwrap_or_default();
        Column::number(name_of(metric, id)).help(help).csv_name(*id)
    }));
    for (number, fold) in folds.iter().enumerate() {
        let mut row = vec![(number + 1).to_string(), widgets::count(fold.n_rows() as u64)];
        let mut raw = vec![(number + 1).to_string(), fold.n_rows().to_string()];
        for id in &ids {
            let value = fold.metrics().get(*id);
            row.push(
                value.map_or_else(
                    || "–".to_owned(),
                    |value| value_of(pg_metrics::metric(id), *value),
                ),
            );
            raw.push(value.map_or_else(String::new, f64::to_string));
        }
        table.push(row, raw);
    }
    for (name, csv_name, part) in [
        (tr("Mean", "均值"), "mean", (|spread: Spread| spread.mean) as fn(Spread) -> f64),
        (tr("Deviation", "标准差"), "std", |spread: Spread| spread.deviation),
    ] {
        let (mut row, mut raw) =
            (vec![name.to_owned(), String::new()], vec![csv_name.to_owned(), String::new()]);
        for id in &ids {
            let value = Spread::of(&values(folds, id)).map(part);
            row.push(
                value.map_or_else(String::new, |value| value_of(pg_metrics::metric(id), value)),
            );
            raw.push(value.map_or_else(String::new, |value| value.to_string()));
        }
        table.push(row, raw);
    }
    table.n_foot = 2;
    table
}

/// The folds as points over a box: shares together, else the main metric alone.
pub(super) fn spread(folds: &[Report]) -> Option<Figure> {
    let first = folds.first()?;
    let is_shown = |id: &&str| match first {
        Report::Regression(_) => Some(id) == ids(first).first(),
        Report::Several(own) if !own.is_of_labels() => Some(id) == ids(first).first(),
        // All of these end at 1, so that they share an axis.
        Report::Classification(_) | Report::Several(_) => {
            pg_metrics::metric(id).is_some_and(|metric| metric.higher_is_better)
        }
    };
    let shown: Vec<&str> = ids(first)
        .iter()
        .copied()
        .filter(is_shown)
        .filter(|id| !values(folds, id).is_empty())
        .collect();
    let mut points = Vec::new();
    let mut boxes = Vec::new();
    for (place, id) in shown.iter().enumerate() {
        let values = values(folds, id);
        points.extend(values.iter().map(|value| [place as f64, *value]));
        boxes.extend(BoxStats::of(&values).map(|stats| BoxStats { outliers: Vec::new(), ..stats }));
    }
    if boxes.is_empty() {
        return None;
    }
    let n_folds = folds.len();
    let names = shown.iter().map(|id| name_of(pg_metrics::metric(id), id));
    let note = say!("each point is one of {n_folds} folds", "每个点为 {n_folds} 折中的一折");
    let figure = Figure::new(tr("How much the folds differ", "各折差异"))
        .note(note.tr())
        .x(Axis::new("").categories(names))
        .y(Axis::new(""))
        .with(Boxes::new(boxes).ink(Ink::Accent))
        .with(Points::new("", Ink::Strong, points));
    Some(figure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::report::sums::tests::{classification, regression};

    #[test]
    fn folds_end_with_mean_and_deviation() {
        let table = table(&[classification(1), classification(4)]);
        let first: Vec<&str> =
            table.rows.iter().filter_map(|row| row.cells.first()).map(String::as_str).collect();
        assert_eq!(first, ["1", "2", "Mean", "Deviation"]);
        let accuracy: Vec<&str> =
            table.rows.iter().filter_map(|row| row.cells.get(2)).map(String::as_str).collect();
        assert_eq!(accuracy, ["66.7 %", "66.7 %", "66.7 %", "0 %"]);
        assert!(table.csv().starts_with("fold,rows,accuracy,"), "{}", table.csv());
    }

    #[test]
    fn shares_lie_in_one_picture_and_numbers_show_their_main_metric() {
        let categories = |folds: &[Report]| {
            spread(folds).and_then(|figure| figure.x.categories).map(|names| names.len())
        };
        assert_eq!(categories(&[classification(1), classification(4)]), Some(4));
        assert_eq!(categories(&[regression(1), regression(4)]), Some(1));
        assert_eq!(categories(&[]), None);
    }
}

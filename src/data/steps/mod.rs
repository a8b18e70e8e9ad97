//! The steps of a recipe, one file each, and what they share.
//!
//! Rules for every step: an empty list of columns means all features that fit, never the target, an id or an ignored
//! column; those are touched only when named. Learning ignores missing and infinite values.

pub mod clip_outliers;
pub mod cluster;
pub mod fill_missing;
pub mod flip_images;
pub mod min_max;
pub mod move_images;
pub mod normalise_images;
pub mod one_hot;
pub mod remove_duplicates;
pub mod resize_images;
pub mod select_columns;
pub mod set_roles;
pub mod standardise;
pub(crate) mod statistics;
pub mod tokenise;

#[cfg(test)]
pub(crate) mod tests;

use pg_base::{Trouble, say};
use polars::prelude::{ChunkApply, IntoSeries, Series};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::schema::{Augment, ColumnKind, ImageForm, Role, Schema};
use crate::table::Rows;

/// What was learnt about one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted<T> {
    /// Name of the column.
    pub column: String,
    /// Whether it was a feature, so that new rows must have it; a target, for instance, may be absent.
    pub is_feature: bool,
    /// What was learnt.
    pub learnt: T,
}

impl<T> Fitted<T> {
    /// Whether the column is there; a missing feature is a trouble.
    pub(crate) fn is_in(&self, rows: &Rows) -> Result<bool, Trouble> {
        let is_there = rows.schema.get(&self.column).is_some();
        if !is_there && self.is_feature { Err(column_missing(&self.column)) } else { Ok(is_there) }
    }
}

/// New rows lack a column that the model needs.
pub(crate) fn column_missing(name: &str) -> Trouble {
    Trouble::new(
        "column-missing",
        say!("the rows have no column `{name}`", "数据中没有列 `{name}`"),
    )
    .expected(say!("the columns the model was trained with", "与训练时相同的列"))
    .advice(say!(
        "Add the column, or correct its name; capital letters and blanks count.",
        "请补上该列或更正列名；区分大小写和空格。"
    ))
    .column(name)
}

/// Learns from each chosen column, in parallel; the first trouble in column order is returned.
pub(crate) fn learn<T: Send>(
    training: &Rows,
    named: &[String],
    kind_ids: &[&str],
    learn_one: impl Fn(&str) -> Result<T, Trouble> + Sync,
) -> Result<Vec<Fitted<T>>, Trouble> {
    let names = training.schema.select(named, kind_ids)?;
    let learnt: Vec<Result<T, Trouble>> = names.par_iter().map(|name| learn_one(name)).collect();
    names
        .into_iter()
        .zip(learnt)
        .map(|(column, learnt)| {
            let is_feature =
                training.schema.get(&column).is_some_and(|column| column.role == Role::Feature);
            Ok(Fitted { is_feature, column, learnt: learnt? })
        })
        .collect()
}

/// Names of the columns a step learns from; nothing where an option names an unknown column, which `refit` reports.
pub(crate) fn chosen(schema: &Schema, named: &[String], kind_ids: &[&str]) -> Vec<String> {
    schema.select(named, kind_ids).unwrap_or_default()
}

/// Changes the present number columns of a fitted step, in parallel; missing stays missing.
pub(crate) fn map_numbers<T: Sync>(
    mut rows: Rows,
    fitted: &[Fitted<T>],
    map: impl Fn(&T, f64) -> f64 + Sync,
) -> Result<Rows, Trouble> {
    let present = present(&rows, fitted)?;
    let mapped: Vec<Result<Series, Trouble>> = present
        .par_iter()
        .map(|fitted| {
            let values = rows.numbers(&fitted.column)?;
            Ok(values.apply_values(|value| map(&fitted.learnt, value)).into_series())
        })
        .collect();
    let mapped: Vec<Series> = mapped.into_iter().collect::<Result<_, _>>()?;
    rows.set_all(mapped, Some(&ColumnKind::Number))?;
    Ok(rows)
}

/// The fitted columns that the rows have.
pub(crate) fn present<'a, T>(
    rows: &Rows,
    fitted: &'a [Fitted<T>],
) -> Result<Vec<&'a Fitted<T>>, Trouble> {
    let mut found = Vec::with_capacity(fitted.len());
    for one in fitted {
        if one.is_in(rows)? {
            found.push(one);
        }
    }
    Ok(found)
}

/// The number of channels of a column of decoded pictures, or advice to resize them first.
pub(crate) fn n_channels(schema: &Schema, name: &str) -> Result<usize, Trouble> {
    match &schema.require(name)?.kind {
        ColumnKind::Image(ImageForm::Pixels { channels, .. }) => Ok(*channels),
        _ => Err(Trouble::new(
            "image-not-resized",
            say!("the pictures of `{name}` are still files", "`{name}` 中的图像仍是文件"),
        )
        .expected(say!("pictures of one size", "尺寸统一的图像"))
        .advice(say!(
            "Put a Resize images node before this one.",
            "请在此节点之前加入“调整图像大小”节点。"
        ))
        .column(name)),
    }
}

/// The image columns named (all image features where none is), which must hold pixels already.
fn decoded_images(training: &Rows, columns: &[String]) -> Result<Vec<Fitted<()>>, Trouble> {
    learn(training, columns, &["image"], |name| n_channels(&training.schema, name).map(|_| ()))
}

/// Changes how training pictures of the fitted columns vary.
fn augmented(
    mut rows: Rows,
    fitted: &[Fitted<()>],
    change: impl Fn(&mut Augment),
) -> Result<Rows, Trouble> {
    for fitted in present(&rows, fitted)? {
        let kind = rows.schema.get_mut(&fitted.column).map(|column| &mut column.kind);
        if let Some(ColumnKind::Image(ImageForm::Pixels { augment, .. })) = kind {
            change(augment);
        }
    }
    Ok(rows)
}

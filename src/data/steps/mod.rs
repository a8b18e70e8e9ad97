//! The steps of a recipe, one file each, and what they share.
//!
//! Rules for every step: an empty list of columns means all features that fit, never the target, an id or an ignored
//! column; those are touched only when named. Learning ignores missing and infinite values.

mod carry;

pub mod add_formula;
pub mod balance;
pub mod bin;
pub mod clean_text;
pub mod clip;
pub mod clip_outliers;
pub mod cluster;
pub mod convert_type;
pub mod curve;
pub mod date_features;
pub mod drop_constant;
pub mod drop_correlated;
pub mod fill_missing;
pub mod filter_formula;
pub mod filter_rows;
pub mod flip_images;
pub mod frequency_encode;
pub mod hash_encode;
pub mod hide_personal;
pub mod impute;
pub mod isolation;
pub mod join_lookup;
pub(crate) mod labels;
pub mod map_values;
pub(crate) mod matrix;
pub mod merge_rare;
pub mod min_max;
pub mod move_images;
pub(crate) mod names;
pub(crate) mod normal;
pub mod normalise_images;
pub mod one_hot;
pub mod ordinal_encode;
pub mod parse_dates;
pub mod pca;
pub mod piecewise;
pub mod polynomial;
pub mod remove_duplicates;
pub mod reshape;
pub mod resize_images;
pub mod sample_rows;
pub mod scale;
pub mod select_best;
pub mod select_columns;
pub mod set_roles;
pub mod sort_rows;
pub mod split_labels;
pub mod standardise;
pub(crate) mod statistics;
pub mod target_encode;
pub mod tokenise;
pub mod transform_target;

#[cfg(test)]
pub(crate) mod tests;

use std::borrow::Cow;
use std::collections::BTreeSet;

use pg_base::{Trouble, say};
use polars::prelude::{
    BooleanChunked, ChunkApply, IntoSeries, NewChunkedArray, Series, StringChunked, UInt8Chunked,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::schema::{Augment, Column, ColumnKind, ImageForm, Role, Schema};
use crate::table::Rows;

/// What was learnt about one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted<T> {
    /// Name of the column.
    pub column: String,
    /// Whether new rows must have it: only the target may be absent, for what was learnt of an id or a time may well
    /// end in a feature.
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
                training.schema.get(&column).is_some_and(|column| column.role != Role::Target);
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

/// Changes the present text and category columns of a fitted step, in parallel; missing stays missing.
pub(crate) fn map_texts<T: Sync>(
    mut rows: Rows,
    fitted: &[Fitted<T>],
    map: impl for<'a> Fn(&'a T, &'a str) -> Option<Cow<'a, str>> + Sync,
) -> Result<Rows, Trouble> {
    let present = present(&rows, fitted)?;
    let mapped: Vec<Result<Series, Trouble>> = present
        .par_iter()
        .map(|fitted| {
            let values = rows.texts(&fitted.column)?;
            let mapped = values.iter().map(|value| map(&fitted.learnt, value?));
            let mapped: StringChunked = mapped.collect();
            Ok(mapped.with_name(fitted.column.as_str().into()).into_series())
        })
        .collect();
    rows.set_all(mapped.into_iter().collect::<Result<_, _>>()?, None)?;
    Ok(rows)
}

/// Drops the training rows that are not to be kept; rows of other parts always stay.
pub(crate) fn keep_training(rows: &Rows, keeps: &[bool]) -> Result<Rows, Trouble> {
    let keeps = training_rows(rows)?
        .into_iter()
        .zip(keeps)
        .map(|(is_training, keeps)| !is_training || *keeps);
    let keeps: Vec<bool> = keeps.collect();
    rows.filter(&BooleanChunked::from_slice("keeps".into(), &keeps))
}

/// Which rows are training rows, in order; before a split all are.
pub(crate) fn training_rows(rows: &Rows) -> Result<Vec<bool>, Trouble> {
    Ok(match rows.training_mask()? {
        Some(mask) => mask.iter().map(|is_training| is_training == Some(true)).collect(),
        None => vec![true; rows.n_rows()],
    })
}

/// The entries of a list that a person wrote, one per line or with semicolons outside quotes between them, and their
/// numbers from 1; empty ones are left out.
pub(crate) fn entries(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut is_quoted = false;
    let ends = move |c: char| {
        // A quote that is never closed ends with its line.
        is_quoted = c != '\n' && is_quoted != (c == '"');
        c == '\n' || (!is_quoted && matches!(c, ';' | '；'))
    };
    text.split(ends).map(str::trim).zip(1..).filter(|(entry, _)| !entry.is_empty())
}

/// A name no column has: the wished one, with a number behind it where that is taken.
pub(crate) fn free_name(wished: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|n: usize| format!("{wished} ({n})"));
    std::iter::once(wished.to_owned())
        .chain(numbered)
        .find(|name| !is_taken(name))
        .unwrap_or_default()
}

/// Adds number columns of 0 and 1 behind the others; a column of the same name gives way.
pub(crate) fn add_marks(rows: &mut Rows, marks: Vec<(String, Vec<bool>)>) -> Result<(), Trouble> {
    let names: BTreeSet<&String> = marks.iter().map(|(name, _)| name).collect();
    rows.retain(|column| !names.contains(&column.name))?;
    for (name, marks) in &marks {
        let marks = marks.iter().map(|mark| u8::from(*mark));
        rows.set(UInt8Chunked::from_iter_values(name.as_str().into(), marks).into_series())?;
        rows.schema.columns.push(Column::new(name, ColumnKind::Number));
    }
    // Puts the reserved columns behind the new ones, as everywhere else.
    rows.retain(|_| true)
}

/// Every `n`-th row, so that no more than `most` are left; what is expensive to learn is learnt from them.
pub(crate) fn stride(n_rows: usize, most: usize) -> usize {
    n_rows.div_ceil(most.max(1)).max(1)
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

/// Puts a column in the place of the one that has its name, or behind all others.
pub(crate) fn put(rows: &mut Rows, column: Column, values: Series) -> Result<(), Trouble> {
    if rows.schema.get(&column.name).is_some() {
        return rows.replace([(column.name.clone(), vec![(column, values)])].into());
    }
    rows.set(values.with_name(column.name.as_str().into()))?;
    rows.schema.columns.push(column);
    Ok(())
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

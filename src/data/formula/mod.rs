//! A small safe language for values made row by row: `log([Fare paid] + 1)`, `if(age < 18, "child", "adult")`.
//!
//! Invariants: a formula sees one row at a time and nothing outside it, so it gives the same on any chunk of rows;
//! it cannot loop, its depth is bounded, and its kinds are checked before the first row.
//! Missing values make the result missing, except in `is_missing`, `coalesce`, `and` and `or`; so does a result that is
//! no finite number (division by zero, the root of a negative number).

mod compile;
mod fail;
mod functions;
mod lexer;
mod parser;
#[cfg(test)]
mod tests;
mod typed;

use pg_base::{Trouble, say};
use polars::prelude::*;
use rayon::prelude::*;

use crate::schema::{Column, ColumnKind, Role, Schema};
use crate::steps::Fitted;
use crate::table::{Rows, polars_trouble};
use compile::{Columns, Loaded, compile};
use parser::{Node, Tree};
use typed::Typed;

pub use typed::ValueKind;

/// A formula that was read without error.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    source: String,
    root: Node,
}

/// What a formula gives: one value per row.
#[derive(Clone, Debug)]
pub enum Values {
    /// Numbers.
    Numbers(Float64Chunked),
    /// Texts.
    Texts(StringChunked),
    /// Yes or no.
    Flags(BooleanChunked),
    /// Microseconds since 1970.
    Dates(Int64Chunked),
}

impl Formula {
    /// Reads a formula.
    ///
    /// Errors: `param-formula` with the place in the text.
    pub fn parse(source: &str) -> Result<Self, Trouble> {
        Ok(Self { source: source.to_owned(), root: parser::parse(source)? })
    }

    /// The columns that it reads, with the kind that each has, in the order of the schema.
    ///
    /// Errors: `column-unknown` and `column-kind` with the place in the formula.
    pub fn inputs(&self, schema: &Schema) -> Result<Vec<Fitted<ValueKind>>, Trouble> {
        let mut named = Vec::new();
        find_columns(&self.root, &mut named);
        for (at, name) in &named {
            let Some(column) = schema.get(name) else {
                let names = schema.columns.iter().map(|column| column.name.as_str());
                let found = say!("there is no column `{name}`", "没有名为 `{name}` 的列");
                let mut trouble = fail::at(&self.source, *at, found)
                    .advice(fail::did_you_mean(name, names))
                    .column(*name);
                "column-unknown".clone_into(&mut trouble.code);
                return Err(trouble);
            };
            if kind_of(column).is_none() {
                let (en, zh) = (column.kind.label().en, column.kind.label().zh);
                let found = say!("`{name}` is a {en} column", "`{name}` 是{zh}列");
                let mut trouble = fail::at(&self.source, *at, found)
                    .expected(say!("numbers, texts or dates", "数值、文本或日期"))
                    .column(*name);
                "column-kind".clone_into(&mut trouble.code);
                return Err(trouble);
            }
        }
        let read =
            schema.columns.iter().filter(|column| named.iter().any(|(_, n)| *n == column.name));
        Ok(read
            .filter_map(|column| {
                Some(Fitted {
                    column: column.name.clone(),
                    is_feature: column.role != Role::Target,
                    learnt: kind_of(column)?,
                })
            })
            .collect())
    }

    /// The kind of the result, or what does not fit together.
    pub fn kind(&self, inputs: &[Fitted<ValueKind>]) -> Result<ValueKind, Trouble> {
        let columns = inputs
            .iter()
            .map(|input| (input.column.clone(), Loaded::Nothing(input.learnt)))
            .collect();
        Ok(compile(&self.source, &self.root, &columns)?.kind())
    }

    /// The value of each row. A column that was no feature may be absent: it then counts as missing.
    ///
    /// Errors: `column-missing`, `column-kind` where the rows do not have the inputs.
    pub fn evaluate(&self, rows: &Rows, inputs: &[Fitted<ValueKind>]) -> Result<Values, Trouble> {
        let mut columns = Columns::new();
        for input in inputs {
            columns.insert(input.column.clone(), load(rows, input)?);
        }
        let n_rows = rows.n_rows();
        Ok(match compile(&self.source, &self.root, &columns)? {
            Typed::Number(fun) => Values::Numbers(all(n_rows, fun).into_iter().collect()),
            Typed::Flag(fun) => Values::Flags(all(n_rows, fun).into_iter().collect()),
            Typed::Date(fun) => Values::Dates(all(n_rows, fun).into_iter().collect()),
            Typed::Text(fun) => Values::Texts(all(n_rows, fun).into_iter().collect()),
            Typed::Literal(text) => Values::Texts(StringChunked::full("".into(), text, n_rows)),
            Typed::Missing => Values::Numbers(Float64Chunked::full_null("".into(), n_rows)),
        })
    }
}

/// The columns that a part of a formula names, with their places.
fn find_columns<'a>(node: &'a Node, found: &mut Vec<(usize, &'a str)>) {
    match &node.tree {
        Tree::Column(name) => found.push((node.at, name)),
        Tree::Call(_, args) => args.iter().for_each(|arg| find_columns(arg, found)),
        _ => {}
    }
}

fn all<T: Send>(n_rows: usize, fun: typed::Fun<'_, T>) -> Vec<Option<T>> {
    (0..n_rows).into_par_iter().with_min_len(1024).map(fun).collect()
}

/// What a column is in a formula; none for pictures, sounds and token ids.
fn kind_of(column: &Column) -> Option<ValueKind> {
    match column.kind {
        ColumnKind::Number => Some(ValueKind::Number),
        ColumnKind::Category | ColumnKind::Text => Some(ValueKind::Text),
        ColumnKind::Date => Some(ValueKind::Date),
        ColumnKind::Image(_) | ColumnKind::Audio | ColumnKind::Sequence { .. } => None,
    }
}

/// The values of an input. Columns without any value fit every kind, whatever they were read as.
fn load(rows: &Rows, input: &Fitted<ValueKind>) -> Result<Loaded, Trouble> {
    let name = &input.column;
    if !input.is_in(rows)? || rows.column(name)?.null_count() == rows.n_rows() {
        return Ok(Loaded::Nothing(input.learnt));
    }
    let column = rows.schema.require(name)?;
    let found = kind_of(column);
    Ok(match (input.learnt, found) {
        (ValueKind::Number, Some(ValueKind::Number)) => {
            Loaded::Numbers(rows.numbers(name)?.rechunk().into_owned())
        }
        (ValueKind::Date, Some(ValueKind::Date)) => {
            Loaded::Dates(rows.moments(name)?.rechunk().into_owned())
        }
        (ValueKind::Text, Some(ValueKind::Text)) => {
            Loaded::Texts(rows.texts(name)?.rechunk().into_owned())
        }
        (ValueKind::Text, Some(ValueKind::Number)) => {
            Loaded::Texts(rows.labels(name)?.into_iter().collect())
        }
        (wanted, _) => {
            let (en, zh) = (column.kind.label().en, column.kind.label().zh);
            return Err(Trouble::new(
                "column-kind",
                say!("`{name}` is a {en} column", "`{name}` 是{zh}列"),
            )
            .expected(wanted.label())
            .column(name));
        }
    })
}

impl Rows {
    /// The values of a date column as microseconds since 1970; missing is null.
    pub fn moments(&self, name: &str) -> Result<Int64Chunked, Trouble> {
        let moments = self
            .column(name)?
            .as_materialized_series()
            .cast(&DataType::Datetime(TimeUnit::Microseconds, None))
            .map_err(polars_trouble)?;
        Ok(moments.to_physical_repr().i64().map_err(polars_trouble)?.clone())
    }
}

//! From the tree of a formula to typed functions; all checks of kinds happen here, before the first row.

use std::collections::BTreeMap;

use pg_base::{Trouble, say};
use polars::prelude::*;

use super::fail;
use super::functions::Function;
use super::parser::{Node, Tree};
use super::typed::{Fun, Str, Typed, ValueKind};

/// The values of a column, or only what kind they have.
pub(super) enum Loaded {
    Numbers(Float64Chunked),
    Texts(StringChunked),
    /// Microseconds since 1970.
    Dates(Int64Chunked),
    /// The column is absent or wholly missing.
    Nothing(ValueKind),
}

/// The values of the columns that a formula names.
pub(super) type Columns = BTreeMap<String, Loaded>;

/// Compiles a part.
pub(super) fn compile<'a>(
    source: &'a str,
    node: &'a Node,
    columns: &'a Columns,
) -> Result<Typed<'a>, Trouble> {
    Ok(match &node.tree {
        Tree::Number(number) => {
            let number = *number;
            Typed::number(move |_| Some(number))
        }
        Tree::Text(text) => Typed::Literal(text),
        Tree::Flag(flag) => {
            let flag = *flag;
            Typed::flag(move |_| Some(flag))
        }
        Tree::Missing => Typed::Missing,
        Tree::Column(name) => match columns.get(name) {
            Some(Loaded::Numbers(values)) => Typed::number(|row| values.get(row)),
            Some(Loaded::Texts(values)) => {
                Typed::Text(Box::new(|row| values.get(row).map(Str::Borrowed)))
            }
            Some(Loaded::Dates(values)) => Typed::date(|row| values.get(row)),
            Some(Loaded::Nothing(kind)) => nothing(*kind),
            None => return Err(Trouble::internal(format!("the column {name} is not loaded"))),
        },
        Tree::Call(function, nodes) => {
            let mut args = Args { source, at: node.at, function, values: Vec::new() };
            for node in nodes {
                args.values.push((node.at, compile(source, node, columns)?));
            }
            function.compile(args)?
        }
    })
}

/// A value of a kind that is always missing.
fn nothing<'a>(kind: ValueKind) -> Typed<'a> {
    match kind {
        ValueKind::Number => Typed::number(|_| None),
        ValueKind::Text => Typed::text(|_| None),
        ValueKind::Flag => Typed::flag(|_| None),
        ValueKind::Date => Typed::date(|_| None),
        ValueKind::Missing => Typed::Missing,
    }
}

/// The compiled values that a function is given, each with its place.
pub(super) struct Args<'a> {
    source: &'a str,
    at: usize,
    function: &'static Function,
    values: Vec<(usize, Typed<'a>)>,
}

impl<'a> Args<'a> {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// Checks how many there are.
    pub(super) fn counted(&self, n: std::ops::RangeInclusive<usize>) -> Result<(), Trouble> {
        if n.contains(&self.len()) {
            return Ok(());
        }
        let (found, usage) = (self.len(), self.function.usage);
        Err(fail::at(self.source, self.at, say!("{found} values are given", "给出了 {found} 个值"))
            .expected(say!("{usage}", "{usage}")))
    }

    /// A trouble at the function itself.
    pub(super) fn fail(&self, found: pg_base::Words) -> Trouble {
        fail::at(self.source, self.at, found)
    }

    /// The kinds of all values.
    pub(super) fn kinds(&self) -> Vec<ValueKind> {
        self.values.iter().map(|(_, value)| value.kind()).collect()
    }

    /// Turns the order of the values round.
    pub(super) fn swap(&mut self) {
        self.values.reverse();
    }

    /// Takes the next value.
    pub(super) fn take(&mut self) -> (usize, Typed<'a>) {
        if self.values.is_empty() { (self.at, Typed::Missing) } else { self.values.remove(0) }
    }

    /// Takes the next value, a number.
    pub(super) fn number(&mut self) -> Result<Fun<'a, f64>, Trouble> {
        let (at, value) = self.take();
        value.into_number().map_err(|value| self.other_kind(at, &value, ValueKind::Number))
    }

    /// Takes the next value, a text.
    pub(super) fn text(&mut self) -> Result<Fun<'a, Str<'a>>, Trouble> {
        let (at, value) = self.take();
        value.into_text().map_err(|value| self.other_kind(at, &value, ValueKind::Text))
    }

    /// Takes the next value, a text in quotes.
    pub(super) fn literal(&mut self) -> Result<(usize, &'a str), Trouble> {
        match self.take() {
            (at, Typed::Literal(text)) => Ok((at, text)),
            (at, _) => Err(fail::at(
                self.source,
                at,
                say!("a text in quotes is needed here", "此处需要用引号括起的文本"),
            )),
        }
    }

    /// Takes the next value, yes or no.
    pub(super) fn flag(&mut self) -> Result<Fun<'a, bool>, Trouble> {
        let (at, value) = self.take();
        value.into_flag().map_err(|value| self.other_kind(at, &value, ValueKind::Flag))
    }

    /// Takes the next value, a date.
    pub(super) fn date(&mut self) -> Result<Fun<'a, i64>, Trouble> {
        let (at, value) = self.take();
        value.into_date().map_err(|value| self.other_kind(at, &value, ValueKind::Date))
    }

    /// Takes all values that are left and brings them to one kind; yes or no beside numbers count as numbers.
    pub(super) fn alike(&mut self) -> Result<(ValueKind, Vec<Typed<'a>>), Trouble> {
        let mut common = ValueKind::Missing;
        for (at, value) in &self.values {
            common = match (common, value.kind()) {
                (a, b) if a == b || b == ValueKind::Missing => a,
                (ValueKind::Missing, b) => b,
                (ValueKind::Number, ValueKind::Flag) | (ValueKind::Flag, ValueKind::Number) => {
                    ValueKind::Number
                }
                (a, _) => return Err(self.other_kind(*at, value, a)),
            };
        }
        let values =
            std::mem::take(&mut self.values).into_iter().map(|(_, value)| match (common, value) {
                (ValueKind::Number, value) => value.into_number().map_or_else(|v| v, Typed::Number),
                (_, Typed::Missing) => nothing(common),
                (_, value) => value,
            });
        Ok((common, values.collect()))
    }

    /// A trouble at a value of this place.
    pub(super) fn fail_at(&self, at: usize, found: pg_base::Words) -> Trouble {
        fail::at(self.source, at, found)
    }

    fn other_kind(&self, at: usize, value: &Typed<'_>, wanted: ValueKind) -> Trouble {
        let (found, wanted_label) = (value.kind().label(), wanted.label());
        let (name, usage) = (self.function.name, self.function.usage);
        let advice = match (value.kind(), wanted) {
            (ValueKind::Text, ValueKind::Number) => {
                say!("number(…) reads a text as a number.", "number(…) 可将文本读作数值。")
            }
            (ValueKind::Text, ValueKind::Date) => {
                say!("date(…) reads a text as a date.", "date(…) 可将文本读作日期。")
            }
            (_, ValueKind::Text) => {
                say!("text(…) makes a text of any value.", "text(…) 可将任意值转为文本。")
            }
            (ValueKind::Number, ValueKind::Flag) => {
                say!("Compare it, for instance with `> 0`.", "请加上比较，例如 `> 0`。")
            }
            _ => say!("It is used so: {usage}", "用法：{usage}"),
        };
        let (en, zh) = (found.en, found.zh);
        fail::at(self.source, at, say!("`{name}` is given {en}", "`{name}` 得到的是{zh}"))
            .expected(wanted_label)
            .advice(advice)
    }
}

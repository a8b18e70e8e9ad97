//! Map values: old values become new ones by a list that a person wrote.

use std::collections::BTreeMap;

use pg_base::{Trouble, Words, say};
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Fitted, chosen, entries, learn, present};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{ColumnKind, Schema};
use crate::table::Rows;

/// Replaces whole values; nothing is learnt.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MapValues {
    /// Columns; with none named nothing changes.
    pub columns: Vec<String>,
    /// New values by old ones, see [`MapValues::read`].
    pub new_values: BTreeMap<String, String>,
    /// Whether a value that is not in the list becomes missing.
    pub drops_others: bool,
    /// Whether the column becomes one of numbers, as it was one before and all new values are numbers.
    #[serde(default)]
    pub fitted: Vec<Fitted<bool>>,
}

const KINDS: &[&str] = &["number", "category", "text"];

impl MapValues {
    /// Reads entries of the form `old = new`, one per line or separated by semicolons. An empty side means a missing
    /// value; quotes keep blanks, semicolons and equals signs.
    pub fn read(lines: &str) -> Result<BTreeMap<String, String>, Trouble> {
        let mut new_values = BTreeMap::new();
        for (line, at) in entries(lines) {
            let Some((old, new)) = split(line) else {
                return Err(Trouble::new(
                    "param-invalid",
                    say!("entry {at} is `{line}`", "第 {at} 项是 `{line}`"),
                )
                .expected(say!("old value = new value", "旧值 = 新值"))
                .param("values"));
            };
            if new_values.insert(old.to_owned(), new.to_owned()).is_some() {
                return Err(Trouble::new(
                    "param-invalid",
                    say!("entry {at} maps `{old}` a second time", "第 {at} 项再次映射了 `{old}`"),
                )
                .expected(say!("each old value once", "每个旧值只出现一次"))
                .param("values"));
            }
        }
        Ok(new_values)
    }

    /// The new value of a listed one.
    fn map(&self, old: Option<&str>) -> Option<&str> {
        let new = self.new_values.get(old.unwrap_or_default());
        new.map(String::as_str).filter(|new| !new.is_empty())
    }

    fn is_listed(&self, old: Option<&str>) -> bool {
        self.drops_others || self.new_values.contains_key(old.unwrap_or_default())
    }

    fn mapped(&self, rows: &Rows, name: &str, is_number: bool) -> Result<Series, Trouble> {
        let labels = rows.labels(name)?;
        if is_number {
            let values = rows.numbers(name)?;
            let mapped = labels.iter().zip(values.iter()).map(|(label, value)| {
                // An infinite number has no label but is not missing.
                let is_gap = value.is_none();
                if (label.is_some() || is_gap) && self.is_listed(label.as_deref()) {
                    number(self.map(label.as_deref())?)
                } else {
                    value
                }
            });
            return Ok(mapped.collect::<Float64Chunked>().with_name(name.into()).into_series());
        }
        let mapped = labels.iter().map(|label| {
            let label = label.as_deref();
            if self.is_listed(label) { self.map(label) } else { label }
        });
        Ok(mapped.collect::<StringChunked>().with_name(name.into()).into_series())
    }
}

impl RecipeStep for MapValues {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        if self.columns.is_empty() {
            return Ok(Self { fitted: Vec::new(), ..self.clone() });
        }
        let are_numbers =
            self.new_values.values().all(|new| new.is_empty() || number(new).is_some());
        let fitted = learn(training, &self.columns, KINDS, |name| {
            Ok(are_numbers && training.schema.require(name)?.kind == ColumnKind::Number)
        })?;
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, mut rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        for fitted in present(&rows, &self.fitted)? {
            let series = self.mapped(&rows, &fitted.column, fitted.learnt)?;
            let was_number = rows.schema.require(&fitted.column)?.kind == ColumnKind::Number;
            let kind = (was_number && !fitted.learnt).then_some(ColumnKind::Category);
            rows.set_all(vec![series], kind.as_ref())?;
        }
        Ok(rows)
    }

    fn depends_on_parts(&self) -> bool {
        false
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        if self.columns.is_empty() { Vec::new() } else { chosen(schema, &self.columns, KINDS) }
    }

    fn describe(&self) -> Words {
        let (n, n_values) = (self.fitted.len(), self.new_values.len());
        say!("Map {n_values} values in {n} columns", "在 {n} 列中映射 {n_values} 个值")
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// The sides of the first equals sign outside quotes.
fn split(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let start = match line.strip_prefix('"') {
        Some(rest) => rest.find('"')? + 2,
        None => 0,
    };
    let at = start + line.get(start..)?.find(['=', '＝'])?;
    let (old, new) = line.split_at_checked(at)?;
    let new = new.strip_prefix(['=', '＝'])?;
    Some((unquoted(old.trim()), unquoted(new.trim())))
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::tests::{numbers, table, texts};

    fn mapped(lines: &str, drops_others: bool) -> Vec<(ColumnKind, Vec<Option<String>>)> {
        let (number, ages) = numbers(&[Some(1.0), Some(2.5), None, Some(f64::INFINITY)]);
        let (category, cities) =
            texts(ColumnKind::Category, &[Some("NYC"), Some("a=b"), None, Some("Bonn")]);
        let table = table(vec![("n", number, ages), ("c", category, cities)]);
        let step = MapValues {
            columns: vec!["n".into(), "c".into()],
            new_values: MapValues::read(lines).expect("good lines"),
            drops_others,
            fitted: Vec::new(),
        };
        let mapped = table.then(step).expect("fits");
        let column = |name: &str| {
            let kind = mapped.schema().require(name).expect("there").kind.clone();
            (kind, mapped.rows().labels(name).expect("labels"))
        };
        vec![column("n"), column("c")]
    }

    #[test]
    fn values_are_mapped() {
        let some = |text: &str| Some(text.to_owned());
        let found = mapped("1 = 10\n= 0\n", false);
        assert_eq!(found[0], (ColumnKind::Number, vec![some("10"), some("2.5"), some("0"), None]));
        assert_eq!(found[1].1, [some("NYC"), some("a=b"), some("0"), some("Bonn")]);
        let found = mapped("\"a=b\" = New York\nNYC = New York; Bonn =；2.5 = half", true);
        assert_eq!(found[0], (ColumnKind::Category, vec![None, some("half"), None, None]));
        assert_eq!(found[1].1, [some("New York"), some("New York"), None, None]);
    }

    #[test]
    fn bad_lines_are_named() {
        for (lines, found) in [
            ("a = b\nnothing", "entry 2 is `nothing`"),
            ("a=1\na=2", "entry 2 maps `a` a second time"),
        ] {
            let trouble = MapValues::read(lines).expect_err(lines);
            assert_eq!(trouble.details.found.en, found);
        }
        assert_eq!(MapValues::read("\n ;\n").expect("nothing"), BTreeMap::new());
        assert!(MapValues::read("\"open = x").is_err());
    }
}

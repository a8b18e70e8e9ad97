//! Filter rows: keeps or drops training rows by conditions that a person wrote.

use pg_base::{Trouble, Words, say};
use serde::{Deserialize, Serialize};

use super::{entries, keep_training};
use crate::read::parse_moment;
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{ColumnKind, Schema};
use crate::table::Rows;

/// Drops rows while a table is built, after a split training rows only; new rows are never dropped.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FilterRows {
    /// The conditions, see [`Condition::read`]; with none nothing changes.
    pub conditions: Vec<Condition>,
    /// Whether one condition is enough; else all must be met.
    pub any_is_enough: bool,
    /// Whether the rows that meet them go; else they stay and the others go.
    pub drops_matches: bool,
}

/// One condition; a missing value meets none but "is missing".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// Name of the column.
    pub column: String,
    /// What its value must be.
    pub test: Test,
}

/// What a value must be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// Smaller or larger than a number, or than a moment in seconds since 1970.
    Size {
        /// Which way.
        comparison: Comparison,
        /// Than what.
        bound: f64,
    },
    /// One of some numbers or moments.
    Number {
        /// The numbers.
        among: Vec<f64>,
        /// Whether it must be one of them; else none.
        is_wanted: bool,
    },
    /// One of some texts.
    Text {
        /// The texts.
        among: Vec<String>,
        /// Whether it must be one of them; else none.
        is_wanted: bool,
    },
    /// Has a text within it, small or capital letters alike.
    Contains {
        /// The text in small letters.
        text: String,
        /// Whether it must; else must not.
        is_wanted: bool,
    },
    /// Is missing.
    Missing {
        /// Whether it must; else must not.
        is_wanted: bool,
    },
}

/// Which way a size is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// `<`
    Less,
    /// `≤`
    AtMost,
    /// `>`
    Greater,
    /// `≥`
    AtLeast,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Size(Comparison),
    Among { is_wanted: bool, is_list: bool },
    Contains { is_wanted: bool },
    Missing { is_wanted: bool },
}

/// Longer signs and words come before those they begin with.
const OPERATORS: [(&[&str], Operator); 12] = [
    (&["is not missing", "不为空", "不缺失", "非空"], Operator::Missing { is_wanted: false }),
    (&["is missing", "为空", "缺失"], Operator::Missing { is_wanted: true }),
    (&["not contains", "does not contain", "不包含"], Operator::Contains { is_wanted: false }),
    (&["contains", "包含"], Operator::Contains { is_wanted: true }),
    (&["not in", "不属于"], Operator::Among { is_wanted: false, is_list: true }),
    (&["in", "属于"], Operator::Among { is_wanted: true, is_list: true }),
    (&["<=", "≤"], Operator::Size(Comparison::AtMost)),
    (&[">=", "≥"], Operator::Size(Comparison::AtLeast)),
    (&["!=", "<>", "≠", "is not"], Operator::Among { is_wanted: false, is_list: false }),
    (&["==", "=", "＝", "is"], Operator::Among { is_wanted: true, is_list: false }),
    (&["<", "＜"], Operator::Size(Comparison::Less)),
    (&[">", "＞"], Operator::Size(Comparison::Greater)),
];

impl Condition {
    /// Reads entries, one per line or separated by semicolons, such as `age >= 18`, `city in Oslo, Bern`,
    /// `name contains smith`, `income is missing`.
    /// A column name may stand in quotes or backticks.
    pub fn read(lines: &str, schema: &Schema) -> Result<Vec<Self>, Trouble> {
        entries(lines).map(|(line, at)| Self::read_line(line, at, schema)).collect()
    }

    fn read_line(line: &str, at: usize, schema: &Schema) -> Result<Self, Trouble> {
        let wrong = |expected: Words| {
            Trouble::new("param-invalid", say!("entry {at} is `{line}`", "第 {at} 项是 `{line}`"))
                .expected(expected)
                .param("conditions")
        };
        let mut columns: Vec<_> = schema.columns.iter().collect();
        // Where one name begins another, the longer one is meant.
        columns.sort_by_key(|column| std::cmp::Reverse(column.name.len()));
        let found = columns.into_iter().find_map(|column| {
            let (operator, value) = operator(after_name(line, &column.name)?)?;
            Some((column, operator, value))
        });
        let Some((column, operator, value)) = found else {
            let names: Vec<&str> =
                schema.columns.iter().take(12).map(|c| c.name.as_str()).collect();
            let names = names.join(", ");
            return Err(wrong(say!(
                "a column, one of = != < <= > >= contains, in, is missing, and a value; columns are {names}",
                "列名、运算符（= ≠ < ≤ > ≥ 包含、属于、缺失）和值；可用的列：{names}"
            )));
        };
        let name = column.name.clone();
        let (kind_en, kind_zh) = (column.kind.label().en, column.kind.label().zh);
        let number = |text: &str| match column.kind {
            ColumnKind::Date => parse_moment(text).map(|moment| moment.micros as f64 / 1e6),
            _ => text.parse().ok().filter(|number: &f64| number.is_finite()),
        };
        let is_sized = matches!(column.kind, ColumnKind::Number | ColumnKind::Date);
        let is_text = matches!(column.kind, ColumnKind::Category | ColumnKind::Text);
        let no_number = || match column.kind {
            ColumnKind::Date => wrong(say!("a date such as 2023-12-31", "日期，例如 2023-12-31")),
            _ => wrong(say!("a number, as `{name}` holds numbers", "数字，因为 `{name}` 是数值列")),
        };
        let test = match operator {
            Operator::Missing { is_wanted } if value.is_empty() => Test::Missing { is_wanted },
            Operator::Missing { .. } => {
                return Err(wrong(say!("nothing behind “is missing”", "“缺失”之后不应有内容")));
            }
            _ if value.is_empty() => {
                return Err(wrong(say!("a value at the end", "末尾应有一个值")));
            }
            _ if !is_sized && !is_text => {
                return Err(wrong(say!(
                    "is missing, as `{name}` is a {kind_en} column",
                    "“缺失”，因为 `{name}` 是{kind_zh}列"
                )));
            }
            Operator::Size(comparison) if is_sized => {
                Test::Size { comparison, bound: number(unquoted(value)).ok_or_else(no_number)? }
            }
            Operator::Size(_) => {
                return Err(wrong(say!(
                    "a number or date column; `{name}` is a {kind_en} column, convert it first",
                    "数值或日期列；`{name}` 是{kind_zh}列，请先转换类型"
                )));
            }
            Operator::Contains { is_wanted } if !is_sized => {
                Test::Contains { text: unquoted(value).to_lowercase(), is_wanted }
            }
            Operator::Contains { .. } => {
                return Err(wrong(say!("a text or category column", "文本或类别列")));
            }
            Operator::Among { is_wanted, is_list } => {
                let values: Vec<&str> = if is_list {
                    value.split([',', '，', '、']).map(|value| unquoted(value.trim())).collect()
                } else {
                    vec![unquoted(value)]
                };
                if is_sized {
                    let among = values.into_iter().map(|value| number(value).ok_or_else(no_number));
                    Test::Number { among: among.collect::<Result<_, _>>()?, is_wanted }
                } else {
                    Test::Text { among: values.into_iter().map(str::to_owned).collect(), is_wanted }
                }
            }
        };
        Ok(Self { column: name, test })
    }

    /// Which rows meet it.
    fn met(&self, rows: &Rows) -> Result<Vec<bool>, Trouble> {
        let name = &self.column;
        let of_numbers = |is_met: &dyn Fn(f64) -> bool| -> Result<Vec<bool>, Trouble> {
            Ok(rows
                .floats(name)?
                .into_iter()
                .map(|value| !value.is_nan() && is_met(value))
                .collect())
        };
        let of_texts = |is_met: &dyn Fn(&str) -> bool| -> Result<Vec<bool>, Trouble> {
            Ok(rows.texts(name)?.iter().map(|text| text.is_some_and(is_met)).collect())
        };
        match &self.test {
            Test::Missing { is_wanted } => {
                let is_missing = rows.column(name)?.is_null();
                Ok(is_missing.iter().map(|is| (is == Some(true)) == *is_wanted).collect())
            }
            Test::Size { comparison, bound } => of_numbers(&|value| match comparison {
                Comparison::Less => value < *bound,
                Comparison::AtMost => value <= *bound,
                Comparison::Greater => value > *bound,
                Comparison::AtLeast => value >= *bound,
            }),
            Test::Number { among, is_wanted } => {
                of_numbers(&|value| among.contains(&value) == *is_wanted)
            }
            Test::Text { among, is_wanted } => {
                of_texts(&|text| among.iter().any(|other| other == text) == *is_wanted)
            }
            Test::Contains { text, is_wanted } => {
                of_texts(&|found| found.to_lowercase().contains(text) == *is_wanted)
            }
        }
    }
}

impl RecipeStep for FilterRows {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        for condition in &self.conditions {
            training.schema.require(&condition.column)?;
        }
        Ok(self.clone())
    }

    fn apply(&self, rows: Rows, purpose: Purpose) -> Result<Rows, Trouble> {
        if purpose == Purpose::Replaying || self.conditions.is_empty() {
            return Ok(rows);
        }
        let mut met = vec![!self.any_is_enough; rows.n_rows()];
        for condition in &self.conditions {
            for (met, this) in met.iter_mut().zip(condition.met(&rows)?) {
                *met = if self.any_is_enough { *met || this } else { *met && this };
            }
        }
        let keeps: Vec<bool> = met.into_iter().map(|met| met != self.drops_matches).collect();
        keep_training(&rows, &keeps)
    }

    fn learns_from(&self, _schema: &Schema) -> Vec<String> {
        Vec::new()
    }

    fn describe(&self) -> Words {
        let n = self.conditions.len();
        if self.drops_matches {
            say!("Drop training rows by {n} conditions", "按 {n} 个条件删除训练行")
        } else {
            say!("Keep training rows by {n} conditions", "按 {n} 个条件保留训练行")
        }
    }
}

/// What follows the name at the start of a line.
fn after_name<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    for quote in ["`", "\"", "'"] {
        let inner = line.strip_prefix(quote).and_then(|line| line.strip_prefix(name));
        if let Some(rest) = inner.and_then(|line| line.strip_prefix(quote)) {
            return Some(rest);
        }
    }
    line.strip_prefix(name)
}

fn operator(text: &str) -> Option<(Operator, &str)> {
    let trimmed = text.trim_start();
    let had_blank = trimmed.len() < text.len();
    OPERATORS.iter().find_map(|(signs, operator)| {
        signs.iter().find_map(|sign| {
            let (start, rest) = trimmed.split_at_checked(sign.len())?;
            let is_latin = sign.starts_with(|c: char| c.is_ascii_alphabetic());
            // A word stands apart; a sign need not.
            let is_apart =
                !is_latin || (had_blank && !rest.starts_with(|c: char| c.is_alphanumeric()));
            (start.eq_ignore_ascii_case(sign) && is_apart).then_some((*operator, rest.trim()))
        })
    })
}

fn unquoted(text: &str) -> &str {
    ['"', '\'', '`']
        .into_iter()
        .find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::tests::{numbers, table, texts};
    use crate::table::Table;

    fn people() -> Table {
        let (number, ages) = numbers(&[Some(17.0), Some(18.0), None, Some(64.5)]);
        let (category, cities) =
            texts(ColumnKind::Category, &[Some("Oslo"), None, Some("São Paulo"), Some("北京")]);
        table(vec![
            ("age", number.clone(), ages.clone()),
            ("age = x", number, ages),
            ("城 市", category, cities),
        ])
    }

    fn check(lines: &str, expected: &[u32]) {
        let table = people();
        let conditions =
            Condition::read(lines, table.schema()).unwrap_or_else(|t| panic!("{lines}: {t}"));
        let kept = table.then(FilterRows { conditions, ..FilterRows::default() }).expect("fits");
        assert_eq!(kept.rows().row_numbers(), expected, "{lines}");
    }

    #[test]
    fn conditions_are_met() {
        check("", &[1, 2, 3, 4]);
        check("age >= 18", &[2, 4]);
        check("age<18", &[1]);
        check("age ≠ 18", &[1, 4]);
        check("age = x is missing", &[3]);
        check("age in 17, 64.5", &[1, 4]);
        check("age is not missing; 城 市 is not missing", &[1, 4]);
        check("城 市 = 北京", &[4]);
        check("`城 市` in Oslo，\"São Paulo\"", &[1, 3]);
        check("城 市 contains PAULO", &[3]);
        check("城 市 不包含 o", &[4]);
        check("城 市 缺失", &[2]);
    }

    #[test]
    fn any_and_dropping() {
        let table = people();
        let conditions = Condition::read("age < 18\n城 市 缺失", table.schema()).expect("reads");
        let rows = |any_is_enough, drops_matches| {
            let step = FilterRows { conditions: conditions.clone(), any_is_enough, drops_matches };
            table.then(step).expect("fits").rows().row_numbers()
        };
        assert_eq!(rows(true, false), [1, 2]);
        assert_eq!(rows(true, true), [3, 4]);
        assert_eq!(rows(false, true), [1, 2, 3, 4]);
    }

    #[test]
    fn bad_lines_are_explained() {
        let schema = people().schema().clone();
        for line in [
            "weight > 3",
            "age",
            "age >",
            "age > old",
            "城 市 < 3",
            "age contains 1",
            "age is missing 3",
            "age inside 3",
        ] {
            let trouble = Condition::read(line, &schema).expect_err(line);
            assert_eq!(trouble.code, "param-invalid", "{line}");
            assert!(trouble.details.found.en.contains(line), "{trouble}");
        }
    }
}

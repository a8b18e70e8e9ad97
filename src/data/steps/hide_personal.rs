//! Hide personal data: takes it out of texts, puts a code in its place, or drops the columns that hold it.

use std::borrow::Cow;

use hmac::{Hmac, KeyInit, Mac};
use pg_base::{Trouble, Words, say};
use polars::prelude::{IntoSeries, StringChunked};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{Fitted, present};
use crate::personal::{count_personal, find_personal};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{ColumnKind, Role, Schema};
use crate::table::Rows;

/// Where columns are named, their whole values are personal; where none is, personal data is looked for in every column
/// of texts, categories and numbers, whatever its role, but the target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HidePersonal {
    /// Columns whose values are personal; empty to look for personal data everywhere.
    pub columns: Vec<String>,
    /// What becomes of it.
    pub action: Hiding,
    /// The secret that makes the codes of [`Hiding::Code`].
    pub key: String,
    /// What the training rows taught.
    #[serde(default)]
    pub fitted: Vec<Fitted<Scope>>,
}

/// What becomes of personal data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hiding {
    /// It is replaced by its sort: `[email]`; a whole value by `***`.
    #[default]
    Mask,
    /// It is replaced by the first 16 hexadecimal digits of its HMAC-SHA256: the same value has the same code.
    Code,
    /// Columns are dropped of whose training values at least one in twenty holds personal data.
    Drop,
}

/// How much of a value is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// What is found in it.
    Parts,
    /// All of it.
    Whole,
    /// The column goes.
    Column,
}

const KINDS: &[&str] = &["category", "text", "number"];
/// A column is dropped from this share of personal values on.
const MIN_SHARE: f64 = 0.05;
/// Quantities may look like phone numbers now and then; only columns in which most numbers do are taken for such.
const MIN_SHARE_OF_NUMBERS: f64 = 0.5;

impl HidePersonal {
    /// The columns that are looked at, in the order of the table.
    fn names(&self, schema: &Schema) -> Result<Vec<String>, Trouble> {
        if !self.columns.is_empty() {
            return schema.select(&self.columns, KINDS);
        }
        let looked_at = schema
            .columns
            .iter()
            .filter(|column| column.role != Role::Target && KINDS.contains(&column.kind.id()));
        Ok(looked_at.map(|column| column.name.clone()).collect())
    }

    fn scope(&self, training: &Rows, name: &str) -> Result<Option<Scope>, Trouble> {
        let is_number = training.schema.require(name)?.kind == ColumnKind::Number;
        if !self.columns.is_empty() {
            let is_dropped = self.action == Hiding::Drop;
            return Ok(Some(if is_dropped { Scope::Column } else { Scope::Whole }));
        }
        if self.action != Hiding::Drop && !is_number {
            return Ok(Some(Scope::Parts));
        }
        let labels = training.labels(name)?;
        let share = count_personal(labels.iter().flatten().map(String::as_str)).share();
        let is_personal = share >= if is_number { MIN_SHARE_OF_NUMBERS } else { MIN_SHARE };
        let scope = if self.action == Hiding::Drop { Scope::Column } else { Scope::Parts };
        Ok(is_personal.then_some(scope))
    }

    fn hide<'a>(&self, scope: Scope, value: &'a str) -> Cow<'a, str> {
        if scope == Scope::Whole {
            return match self.action {
                Hiding::Code => Cow::Owned(code(&self.key, value)),
                Hiding::Mask | Hiding::Drop => Cow::Borrowed("***"),
            };
        }
        let found = find_personal(value);
        if found.is_empty() {
            return Cow::Borrowed(value);
        }
        let (mut hidden, mut end) = (String::with_capacity(value.len()), 0);
        for one in found {
            hidden.push_str(value.get(end..one.range.start).unwrap_or_default());
            match self.action {
                Hiding::Code => {
                    let personal = value.get(one.range.clone()).unwrap_or_default();
                    hidden.push_str(&code(&self.key, personal));
                }
                Hiding::Mask | Hiding::Drop => hidden.push_str(one.personal.mask()),
            }
            end = one.range.end;
        }
        hidden.push_str(value.get(end..).unwrap_or_default());
        Cow::Owned(hidden)
    }
}

impl RecipeStep for HidePersonal {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        if self.action == Hiding::Code && self.key.is_empty() {
            return Err(Trouble::new("param-invalid", say!("there is no key", "没有密钥"))
                .expected(say!("a secret of your own", "您自己的密钥"))
                .advice(say!(
                    "Without a secret anyone could try all phone numbers and find the one of a code.",
                    "没有密钥时，任何人都可以穷举电话号码来还原编码。"
                ))
                .param("key"));
        }
        let mut fitted = Vec::new();
        for name in self.names(&training.schema)? {
            let Some(learnt) = self.scope(training, &name)? else { continue };
            let is_feature = training.schema.require(&name)?.role == Role::Feature;
            // What is dropped need not be there.
            fitted.push(Fitted {
                is_feature: is_feature && learnt != Scope::Column,
                column: name,
                learnt,
            });
        }
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, mut rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        for fitted in present(&rows, &self.fitted)? {
            let (name, scope) = (fitted.column.as_str(), fitted.learnt);
            if scope == Scope::Column {
                rows.retain(|column| column.name != name)?;
                continue;
            }
            let labels = rows.labels(name)?;
            let hidden = labels.iter().map(|label| Some(self.hide(scope, label.as_deref()?)));
            let hidden = hidden.collect::<StringChunked>().with_name(name.into()).into_series();
            let was_number = rows.schema.require(name)?.kind == ColumnKind::Number;
            rows.set_all(vec![hidden], was_number.then_some(&ColumnKind::Category))?;
        }
        Ok(rows)
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        self.names(schema).unwrap_or_default()
    }

    fn describe(&self) -> Words {
        let n = self.fitted.len();
        match self.action {
            Hiding::Mask => say!("Mask personal data in {n} columns", "遮盖 {n} 列中的个人信息"),
            Hiding::Code => say!("Code personal data in {n} columns", "将 {n} 列中的个人信息编码"),
            Hiding::Drop => {
                say!("Drop {n} columns with personal data", "删除 {n} 个含个人信息的列")
            }
        }
    }
}

/// The first 16 hexadecimal digits of the HMAC-SHA256 of a value.
fn code(key: &str, value: &str) -> String {
    // A key of any length is accepted, so no error can come of it.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
        return "***".to_owned();
    };
    mac.update(value.as_bytes());
    let digits = mac.finalize().into_bytes();
    let start = digits.first_chunk().map_or(0, |start| u64::from_be_bytes(*start));
    format!("{start:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::tests::{numbers, table, texts, with_role};
    use crate::table::Table;

    fn people() -> Table {
        let of = |values: &[Option<&str>]| texts(ColumnKind::Text, values);
        let columns = [
            ("note", of(&[Some("mail a@b.co now"), None, Some("fine")])),
            ("city", of(&[Some("Oslo"), Some("Bern"), None])),
            ("phone", numbers(&[Some(13_812_345_678.0), None, Some(13_912_345_678.0)])),
            ("n", numbers(&[Some(1.0), Some(2.0), None])),
            ("label", of(&[Some("a@b.co"), Some("x"), Some("y")])),
        ];
        let table =
            table(columns.into_iter().map(|(name, (kind, series))| (name, kind, series)).collect());
        with_role(&table, "label", Role::Target)
    }

    fn hidden(action: Hiding, columns: &[&str]) -> Table {
        let columns = columns.iter().map(|name| (*name).to_owned()).collect();
        let step = HidePersonal { columns, action, key: "secret".to_owned(), fitted: Vec::new() };
        people().then(step).expect("fits")
    }

    fn labels(table: &Table, name: &str) -> Vec<Option<String>> {
        table.rows().labels(name).expect("labels")
    }

    #[test]
    fn personal_data_is_masked_and_coded() {
        let masked = hidden(Hiding::Mask, &[]);
        assert_eq!(
            labels(&masked, "note"),
            [Some("mail [email] now".into()), None, Some("fine".into())]
        );
        assert_eq!(
            labels(&masked, "phone"),
            [Some("[phone]".into()), None, Some("[phone]".into())]
        );
        assert_eq!(labels(&masked, "n"), labels(&people(), "n"));
        assert_eq!(labels(&masked, "label"), labels(&people(), "label"));
        let masked = hidden(Hiding::Mask, &["city"]);
        assert_eq!(labels(&masked, "city"), [Some("***".into()), Some("***".into()), None]);
        let coded = hidden(Hiding::Code, &["city"]);
        // Python: hmac.new(b"secret", b"Oslo", "sha256").hexdigest()[:16]
        assert_eq!(labels(&coded, "city")[0].as_deref(), Some("3aa63b4ce7259446"));
    }

    #[test]
    fn columns_are_dropped_and_a_key_is_needed() {
        let dropped = hidden(Hiding::Drop, &[]);
        let names: Vec<&str> = dropped.schema().columns.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["city", "n", "label"]);
        let step = HidePersonal { action: Hiding::Code, ..HidePersonal::default() };
        let trouble = people().then(step).expect_err("no key");
        assert_eq!(trouble.details.place.param.as_deref(), Some("key"));
    }
}

//! Joins: columns of a second table beside the rows of the first, by key.
//!
//! The second table becomes a part of the recipe (see [`Lookup`]), so that rows which are predicted later are joined
//! with the very same values.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use pg_base::{Trouble, say};
use polars::prelude::*;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::keys::{gathered, require_plain, row_keys, shown};
use super::require_fresh;
use crate::schema::{Column, ColumnKind, Role, Schema};
use crate::steps::free_name;
use crate::steps::join_lookup::JoinLookup;
use crate::table::{Rows, Table, polars_trouble};

/// Most cells that a recipe carries along.
const MAX_CELLS: usize = 2_000_000;

/// How a table is joined with a lookup table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Join {
    /// Key columns of the table; empty for those whose names both tables have.
    pub keys: Vec<String>,
    /// Key columns of the lookup table; empty for the same names.
    pub lookup_keys: Vec<String>,
    /// Which rows stay, and whether columns are added.
    pub kind: JoinKind,
    /// What happens where several rows of the lookup table have one key.
    pub duplicates: Duplicates,
}

/// Which rows stay while a table is built; new rows always stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JoinKind {
    /// All rows; columns of the lookup table are added.
    #[default]
    Left,
    /// Rows with a match; columns are added.
    Inner,
    /// Rows with a match; no column is added.
    Semi,
    /// Rows without a match; no column is added.
    Anti,
}

/// What happens where several rows of the lookup table have one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// It is an error.
    #[default]
    Refuse,
    /// The first one counts.
    First,
    /// The row is repeated with each: the result is a new table.
    Multiply,
}

/// A lookup table as data: columns by key. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Lookup(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    content: Content,
    /// Row by key; made when it is first needed.
    places: OnceLock<HashMap<String, u32>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Content {
    /// The key of each row.
    keys: Vec<String>,
    columns: Vec<LookupColumn>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct LookupColumn {
    column: Column,
    values: LookupValues,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LookupValues {
    Numbers(Vec<Option<f64>>),
    Texts(Vec<Option<String>>),
    /// Microseconds since 1970.
    Dates(Vec<Option<i64>>),
}

impl Lookup {
    /// The columns that it adds.
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        self.0.content.columns.iter().map(|column| &column.column)
    }

    /// The row of the lookup table for each row; none where the key is missing or unknown.
    pub(crate) fn places(&self, rows: &Rows, keys: &[String]) -> Result<Vec<Option<u32>>, Trouble> {
        let places = self.0.places.get_or_init(|| {
            let mut places = HashMap::with_capacity(self.0.content.keys.len());
            for (place, key) in (0..).zip(&self.0.content.keys) {
                places.entry(key.clone()).or_insert(place);
            }
            places
        });
        let keys = row_keys(rows, keys)?;
        Ok(keys.iter().map(|key| places.get(key.as_deref()?).copied()).collect())
    }

    /// The columns of the lookup table at some places.
    pub(crate) fn gathered(
        &self,
        places: &[Option<u32>],
    ) -> Result<Vec<(Column, Series)>, Trouble> {
        fn at<T>(values: &[Option<T>], place: Option<u32>) -> Option<&T> {
            values.get(place? as usize)?.as_ref()
        }
        let places = || places.iter().copied();
        let mut found = Vec::new();
        for LookupColumn { column, values } in &self.0.content.columns {
            let series = match values {
                LookupValues::Numbers(values) => {
                    let values = places().map(|place| at(values, place).copied());
                    values.collect::<Float64Chunked>().into_series()
                }
                LookupValues::Texts(values) => {
                    let values = places().map(|place| at(values, place).map(String::as_str));
                    values.collect::<StringChunked>().into_series()
                }
                LookupValues::Dates(values) => {
                    let values = places().map(|place| at(values, place).copied());
                    let micros = values.collect::<Int64Chunked>().into_series();
                    micros
                        .cast(&DataType::Datetime(TimeUnit::Microseconds, None))
                        .map_err(polars_trouble)?
                }
            };
            found.push((column.clone(), series));
        }
        Ok(found)
    }
}

impl PartialEq for Lookup {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.content == other.0.content
    }
}

impl Serialize for Lookup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.content.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Lookup {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let content = Content::deserialize(deserializer)?;
        Ok(Self(Arc::new(Inner { content, places: OnceLock::new() })))
    }
}

/// The table with the columns of `lookup` (see [`JoinKind`]).
///
/// Errors: `join-keys` where the keys do not fit, `join-duplicates`, `join-too-large`, `join-target` where the lookup
/// table would tell the answer, `join-split` where it is split; with [`Duplicates::Multiply`] those of
/// [`require_fresh`] too.
pub fn join(table: &Table, lookup: &Table, options: &Join) -> Result<Table, Trouble> {
    if lookup.is_split() {
        return Err(Trouble::new(
            "reshape-after-split",
            say!("the lookup table is split", "查找表已经划分"),
        )
        .expected(say!("a table that is not split", "未划分的表格"))
        .advice(say!("Put the split behind the join.", "请将划分节点放在连接之后。")));
    }
    let (keys, lookup_keys) = resolved(table.schema(), lookup.schema(), options)?;
    let adds = matches!(options.kind, JoinKind::Left | JoinKind::Inner);
    let added: Vec<&Column> = lookup
        .schema()
        .columns
        .iter()
        .filter(|column| adds && !lookup_keys.contains(&column.name))
        .collect();
    if let Some(target) = added.iter().find(|column| column.role == Role::Target) {
        let name = &target.name;
        return Err(Trouble::new(
            "join-target",
            say!(
                "`{name}` of the lookup table is a target or made from one: the model would be told the answer",
                "查找表的 `{name}` 是目标列或由目标列得出：这等于把答案告诉模型"
            ),
        )
        .advice(say!(
            "Drop the column from the lookup table, or set its role there if it is no answer.",
            "请从查找表中删除该列；若它并非答案，请在查找表中更改其角色。"
        ))
        .column(name));
    }
    let own_keys = row_keys(lookup.rows(), &lookup_keys)?;
    // A column of the table gives no way: the one of the lookup table gets another name.
    let mut taken: BTreeSet<String> =
        table.schema().columns.iter().map(|column| column.name.clone()).collect();
    let mut named = Vec::new();
    for column in added {
        require_plain(lookup.rows(), &column.name)?;
        let name = free_name(&column.name, |name| taken.contains(name));
        taken.insert(name.clone());
        named.push((column.name.as_str(), Column { name, ..column.clone() }));
    }
    if options.duplicates == Duplicates::Multiply && adds {
        return multiplied(table, lookup, (&keys, &own_keys), named, options.kind);
    }
    let kept = distinct(&own_keys, options.duplicates == Duplicates::Refuse && adds)?;
    let n_cells = kept.len().saturating_mul(named.len() + 1);
    if n_cells > MAX_CELLS {
        let n_rows = kept.len();
        return Err(Trouble::new(
            "join-too-large",
            say!("the lookup table has {n_rows} keys and {n_cells} cells", "查找表有 {n_rows} 个键、{n_cells} 个单元格"),
        )
        .expected(say!("at most {MAX_CELLS} cells, because the model carries them along", "不超过 {MAX_CELLS} 个单元格，因为它们会随模型保存"))
        .advice(say!(
            "Drop columns that are not needed, or choose “repeat the row”, which makes a new table.",
            "请删除不需要的列，或选择“重复该行”以生成新表。"
        )));
    }
    let places: Vec<Option<u32>> = kept.iter().copied().map(Some).collect();
    let mut columns = Vec::new();
    for (own, column) in named {
        let values = gathered(lookup.rows(), own, &places)?;
        columns.push(LookupColumn { values: plain(&values, &column.kind)?, column });
    }
    let keys_of = kept.iter().filter_map(|row| own_keys.get(*row as usize).cloned().flatten());
    let content = Content { keys: keys_of.collect(), columns };
    let lookup = Lookup(Arc::new(Inner { content, places: OnceLock::new() }));
    table.then(JoinLookup { keys, kind: options.kind, lookup, ..JoinLookup::default() })
}

/// Every pair of a row and a row of the lookup table with its key, as a new table.
fn multiplied(
    table: &Table,
    lookup: &Table,
    (keys, lookup_keys): (&[String], &[Option<String>]),
    named: Vec<(&str, Column)>,
    kind: JoinKind,
) -> Result<Table, Trouble> {
    require_fresh(table)?;
    let mut by_key: HashMap<&str, Vec<u32>> = HashMap::new();
    for (row, key) in (0..).zip(lookup_keys) {
        if let Some(key) = key {
            by_key.entry(key).or_default().push(row);
        }
    }
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for (row, key) in (0_u32..).zip(row_keys(table.rows(), keys)?) {
        let found = key.as_deref().and_then(|key| by_key.get(key));
        match found {
            Some(found) => {
                left.extend(found.iter().map(|_| Some(row)));
                right.extend(found.iter().copied().map(Some));
            }
            None if kind == JoinKind::Left => {
                left.push(Some(row));
                right.push(None);
            }
            None => {}
        }
    }
    let mut schema = table.schema().clone();
    let mut columns: Vec<polars::prelude::Column> = Vec::new();
    for column in &table.schema().columns {
        columns.push(gathered(table.rows(), &column.name, &left)?.into());
    }
    for (own, column) in named {
        let values = gathered(lookup.rows(), own, &right)?;
        columns.push(values.with_name(column.name.as_str().into()).into());
        schema.columns.push(column);
    }
    let frame = DataFrame::new(left.len(), columns).map_err(polars_trouble)?;
    Table::from_source(frame, schema)
}

/// The key columns on both sides.
fn resolved(
    table: &Schema,
    lookup: &Schema,
    options: &Join,
) -> Result<(Vec<String>, Vec<String>), Trouble> {
    let keys = if options.keys.is_empty() {
        let shared = table.columns.iter().filter(|column| lookup.get(&column.name).is_some());
        let is_plain = |column: &&Column| {
            matches!(
                column.kind,
                ColumnKind::Number | ColumnKind::Category | ColumnKind::Text | ColumnKind::Date
            )
        };
        shared.filter(is_plain).map(|column| column.name.clone()).collect()
    } else {
        table.select(&options.keys, &[])?
    };
    if keys.is_empty() {
        return Err(Trouble::new(
            "join-keys",
            say!("the tables have no column of the same name", "两个表格没有同名列"),
        )
        .expected(say!("a key that both tables have", "两个表格共有的键"))
        .advice(say!("Choose the key columns by name.", "请按名称选择键列。"))
        .param("keys"));
    }
    let lookup_keys =
        if options.lookup_keys.is_empty() { keys.clone() } else { options.lookup_keys.clone() };
    for name in &lookup_keys {
        lookup.require(name).map_err(|trouble| trouble.param("lookup_keys"))?;
    }
    if keys.len() != lookup_keys.len() {
        let (n, n_lookup) = (keys.len(), lookup_keys.len());
        return Err(Trouble::new(
            "join-keys",
            say!(
                "the table has {n} key columns, the lookup table {n_lookup}",
                "表格有 {n} 个键列，查找表有 {n_lookup} 个"
            ),
        )
        .expected(say!("as many on both sides, in the same order", "两侧数量相同、顺序一致"))
        .param("lookup_keys"));
    }
    Ok((keys, lookup_keys))
}

/// The first row of each key; rows without a key are passed over.
fn distinct(keys: &[Option<String>], refuses_duplicates: bool) -> Result<Vec<u32>, Trouble> {
    let mut known: HashMap<&str, usize> = HashMap::new();
    let mut kept = Vec::new();
    for (row, key) in (0..).zip(keys) {
        if let Some(key) = key {
            let n = known.entry(key).or_default();
            *n += 1;
            if *n == 1 {
                kept.push(row);
            }
        }
    }
    let n = known.values().filter(|n| **n > 1).count();
    if n == 0 || !refuses_duplicates {
        return Ok(kept);
    }
    let is_repeated = |key: &&String| known.get(key.as_str()).is_some_and(|n| *n > 1);
    let example = keys.iter().flatten().find(is_repeated).map(|key| shown(key)).unwrap_or_default();
    let n_rows = keys.iter().flatten().filter(|key| shown(key) == example).count();
    Err(Trouble::new(
        "join-duplicates",
        say!(
            "{n} keys occur more than once in the lookup table, for instance `{example}` in {n_rows} rows",
            "查找表中有 {n} 个键重复，例如 `{example}` 出现在 {n_rows} 行"
        ),
    )
    .expected(say!("one row per key", "每个键只有一行"))
    .advice(say!(
        "Choose what happens then, or bring the lookup table to one row per key with Group by.",
        "请选择重复时的处理方式，或用“分组汇总”使每个键只剩一行。"
    ))
    .param("duplicates"))
}

/// A column as plain data.
fn plain(values: &Series, kind: &ColumnKind) -> Result<LookupValues, Trouble> {
    Ok(match kind {
        ColumnKind::Number => {
            let values = values.cast(&DataType::Float64).map_err(polars_trouble)?;
            let values = values.f64().map_err(polars_trouble)?;
            let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
            LookupValues::Numbers(values.iter().map(finite).collect())
        }
        ColumnKind::Date => {
            let values = values
                .cast(&DataType::Datetime(TimeUnit::Microseconds, None))
                .map_err(polars_trouble)?;
            let micros = values.to_physical_repr();
            LookupValues::Dates(micros.i64().map_err(polars_trouble)?.iter().collect())
        }
        _ => {
            let values = values.cast(&DataType::String).map_err(polars_trouble)?;
            let values = values.str().map_err(polars_trouble)?;
            LookupValues::Texts(values.iter().map(|text| text.map(str::to_owned)).collect())
        }
    })
}

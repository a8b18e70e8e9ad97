//! Cluster: a column that says to which group of similar rows each row belongs.

mod density;
mod k_means;
mod linkage;
mod silhouette;

use std::collections::BTreeSet;

use pg_base::{Trouble, Words, say};
use polars::prelude::{IntoSeries, StringChunked};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{chosen, column_missing, statistics};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{Column, ColumnKind, Role, Schema};
use crate::table::Rows;
pub use linkage::Linkage;

/// Groups rows by their number columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// Number columns; empty for all number features.
    pub columns: Vec<String>,
    /// Whether each column is brought to mean 0 and deviation 1 first, so that none counts more than another.
    pub scales: bool,
    /// How groups are found.
    pub method: ClusterMethod,
    /// Whether the new column is a feature to learn from, rather than one to look at.
    pub is_feature: bool,
    /// Seed of the first centres.
    pub seed: u64,
    /// What the training rows taught.
    #[serde(default)]
    pub fitted: Option<Groups>,
}

/// How groups are found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum ClusterMethod {
    /// Each group has a centre, and each row belongs to the nearest.
    KMeans {
        /// Groups.
        n_clusters: usize,
        /// Starts, of which the best counts.
        n_starts: usize,
        /// Moves of the centres at most.
        max_moves: usize,
    },
    /// Groups are where rows lie close together.
    Density {
        /// How near a neighbour is.
        radius: f64,
        /// Rows within the radius, itself included, that make a row the core of a group.
        min_rows: usize,
    },
    /// The two nearest groups are joined again and again.
    Hierarchical {
        /// Groups that are left.
        n_clusters: usize,
        /// What near means for groups.
        linkage: Linkage,
    },
}

/// Groups as rows to compare with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Groups {
    /// Name of the new column.
    pub name: String,
    /// Columns that are compared, each with its mean and scale.
    pub columns: Vec<(String, f64, f64)>,
    /// Centres, core rows or all training rows, scaled; one after the other.
    points: Vec<f64>,
    /// Group of each point, from 0; the largest group first.
    labels: Vec<u32>,
    /// Beyond this distance a row belongs to no group.
    radius: Option<f64>,
    /// Training rows of each group.
    pub sizes: Vec<u64>,
    /// Training rows in no group.
    pub n_alone: u64,
    /// Mean of each group by column, in the unit of the column.
    pub centres: Vec<Vec<f64>>,
    /// Sum of squared distances of the training rows to the centre of their group, scaled.
    pub inertia: f64,
    /// Mean silhouette of (at most 2000) training rows, -1 to 1; none for fewer than two groups.
    pub silhouette: Option<f64>,
}

/// Points with their groups, as the methods give them.
struct Found {
    points: Vec<f64>,
    labels: Vec<u32>,
    radius: Option<f64>,
}

const KINDS: &[&str] = &["number"];
/// Text of a row that belongs to no group.
const ALONE: &str = "none";

impl Default for ClusterMethod {
    fn default() -> Self {
        Self::KMeans { n_clusters: 3, n_starts: 10, max_moves: 300 }
    }
}

impl RecipeStep for Cluster {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let names = training.schema.select(&self.columns, KINDS)?;
        if names.is_empty() {
            return Err(Trouble::new(
                "feature-none",
                say!("there is no number column to compare rows by", "没有可用于比较的数值列"),
            )
            .advice(say!(
                "Choose number columns, or one-hot encode categories first.",
                "请选择数值列，或先对类别做独热编码。"
            )));
        }
        let mut columns = Vec::with_capacity(names.len());
        for name in names {
            let values = statistics::finite(&training.numbers(&name)?);
            let (mean, scale) =
                if self.scales { statistics::mean_and_scale(&values) } else { (0.0, 1.0) };
            columns.push((name, mean, scale));
        }
        let width = columns.len();
        let rows: Vec<f64> =
            points_of(training, &columns)?.into_iter().flatten().flatten().collect();
        let n_rows = rows.len() / width;
        if n_rows < 2 {
            return Err(Trouble::new(
                "rows-too-few",
                say!(
                    "{n_rows} training rows have all values",
                    "只有 {n_rows} 行训练数据没有缺失值"
                ),
            )
            .expected(say!("at least two rows without gaps", "至少两行没有缺失值的数据"))
            .advice(say!("Add a Fill missing values node.", "请加入“填充缺失值”节点。")));
        }
        let found = match self.method {
            ClusterMethod::KMeans { n_clusters, n_starts, max_moves } => {
                k_means::find(&rows, width, [n_clusters, n_starts, max_moves], self.seed)
            }
            ClusterMethod::Density { radius, min_rows } => {
                density::find(&rows, width, radius, min_rows)?
            }
            ClusterMethod::Hierarchical { n_clusters, linkage } => {
                linkage::find(&rows, width, n_clusters, linkage)?
            }
        };
        let mut groups = Groups {
            name: unique_name(&training.schema),
            columns,
            points: found.points,
            labels: found.labels,
            radius: found.radius,
            sizes: Vec::new(),
            n_alone: 0,
            centres: Vec::new(),
            inertia: 0.0,
            silhouette: None,
        };
        groups.measure(&rows);
        Ok(Self { fitted: Some(groups), ..self.clone() })
    }

    fn apply(&self, mut rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        let Some(groups) = &self.fitted else { return Ok(rows) };
        let points = points_of(&rows, &groups.columns)?;
        let labels: Vec<Option<String>> = points
            .par_iter()
            .map(|point| {
                let label = groups.label(point.as_ref()?);
                Some(label.map_or_else(|| ALONE.to_owned(), |label| format!("C{}", label + 1)))
            })
            .collect();
        let name = groups.name.as_str();
        let labels: StringChunked = labels.into_iter().collect();
        rows.set(labels.with_name(name.into()).into_series())?;
        rows.schema.columns.retain(|column| column.name != name);
        let role = if self.is_feature { Role::Feature } else { Role::Ignored };
        rows.schema.columns.push(Column::new(name, ColumnKind::Category).with_role(role));
        Ok(rows)
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        chosen(schema, &self.columns, KINDS)
    }

    fn describe(&self) -> Words {
        let n = self.fitted.as_ref().map_or(0, |groups| groups.sizes.len());
        say!("Group rows into {n} clusters", "将数据分为 {n} 个簇")
    }
}

impl Groups {
    /// The group of a scaled row; none where it lies apart from all.
    fn label(&self, row: &[f64]) -> Option<u32> {
        let (label, squared) = nearest(&self.points, &self.labels, row)?;
        let is_near = self.radius.is_none_or(|radius| squared <= radius * radius * (1.0 + 1e-12));
        is_near.then_some(label)
    }

    /// Numbers groups by size and measures them on the training rows.
    fn measure(&mut self, rows: &[f64]) {
        let width = self.columns.len();
        let mut of_rows: Vec<Option<u32>> =
            rows.par_chunks(width).map(|row| self.label(row)).collect();
        let n_groups = self.labels.iter().max().map_or(0, |label| *label as usize + 1);
        let mut sizes: Vec<(u64, u32)> = (0..n_groups as u32).map(|label| (0, label)).collect();
        for label in of_rows.iter().flatten() {
            if let Some(size) = sizes.get_mut(*label as usize) {
                size.0 += 1;
            }
        }
        sizes.sort_by_key(|(size, label)| (std::cmp::Reverse(*size), *label));
        let mut place = vec![0_u32; n_groups];
        for (rank, (_, label)) in (0..).zip(&sizes) {
            if let Some(slot) = place.get_mut(*label as usize) {
                *slot = rank;
            }
        }
        let renamed = |label: &mut u32| *label = place.get(*label as usize).copied().unwrap_or(0);
        self.labels.iter_mut().for_each(renamed);
        of_rows.iter_mut().flatten().for_each(renamed);
        self.n_alone = of_rows.iter().filter(|label| label.is_none()).count() as u64;
        self.sizes = sizes.iter().map(|(size, _)| *size).filter(|size| *size > 0).collect();
        let mut centres = vec![vec![0.0; width]; self.sizes.len()];
        for (row, label) in rows.chunks(width).zip(&of_rows) {
            let Some(centre) = label.and_then(|label| centres.get_mut(label as usize)) else {
                continue;
            };
            centre.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
        for (centre, size) in centres.iter_mut().zip(&self.sizes) {
            for sum in centre {
                *sum /= *size as f64;
            }
        }
        let from_centre = |(row, label): (&[f64], &Option<u32>)| {
            label.and_then(|label| centres.get(label as usize)).map_or(0.0, |c| squared(row, c))
        };
        self.inertia =
            statistics::bounded(rows.chunks(width).zip(&of_rows).map(from_centre).sum::<f64>());
        self.silhouette = silhouette::mean(rows, width, &of_rows, self.sizes.len());
        for centre in &mut centres {
            for (value, (_, mean, scale)) in centre.iter_mut().zip(&self.columns) {
                *value = statistics::bounded(*value * scale + mean);
            }
        }
        self.centres = centres;
    }
}

/// The scaled rows; none for one with a gap.
fn points_of(
    rows: &Rows,
    columns: &[(String, f64, f64)],
) -> Result<Vec<Option<Vec<f64>>>, Trouble> {
    let mut points = vec![Some(Vec::with_capacity(columns.len())); rows.n_rows()];
    for (name, mean, scale) in columns {
        if rows.schema.get(name).is_none() {
            return Err(column_missing(name));
        }
        for (point, value) in points.iter_mut().zip(rows.numbers(name)?.iter()) {
            let value = value.map(|value| (value - mean) / scale).filter(|value| value.is_finite());
            match (value, point.as_mut()) {
                (Some(value), Some(known)) => known.push(value),
                _ => *point = None,
            }
        }
    }
    Ok(points)
}

/// Label and squared distance of the nearest point, the first of equal ones.
fn nearest(points: &[f64], labels: &[u32], row: &[f64]) -> Option<(u32, f64)> {
    let away = points.chunks(row.len().max(1)).map(|point| squared(point, row));
    away.zip(labels)
        .map(|(away, label)| (*label, away))
        .reduce(|best, other| if other.1 < best.1 { other } else { best })
}

fn squared(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

fn unique_name(schema: &Schema) -> String {
    let taken: BTreeSet<&str> = schema.columns.iter().map(|column| column.name.as_str()).collect();
    let mut name = "cluster".to_owned();
    let mut n = 2;
    while taken.contains(name.as_str()) {
        name = format!("cluster_{n}");
        n += 1;
    }
    name
}

fn too_many(n_rows: usize, most: usize) -> Trouble {
    Trouble::new(
        "too-many-rows",
        say!("there are {n_rows} training rows", "训练数据有 {n_rows} 行"),
    )
    .expected(say!("at most {most} for this method", "该方法最多 {most} 行"))
    .advice(say!(
        "Take a sample of the rows, or K-means, which is made for many rows.",
        "请抽取部分数据，或改用适合大数据量的 K-means。"
    ))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{numbers, table};
    use super::*;
    use crate::table::Table;

    /// Three balls of 20 rows and one row far away.
    fn balls() -> Table {
        let mut rng = pg_base::Rng::new(5, "balls");
        let (mut x, mut y) = (vec![Some(60.0)], vec![Some(60.0)]);
        for row in 0..60 {
            let (a, b) = [(0.0, 0.0), (10.0, 0.0), (0.0, 12.0)][row % 3];
            x.push(Some(a + rng.normal()));
            y.push((row != 7).then(|| b + rng.normal()));
        }
        let ((kind, x), (_, y)) = (numbers(&x), numbers(&y));
        table(vec![("x", kind.clone(), x), ("y", kind, y)])
    }

    fn check(method: ClusterMethod, sizes: &[u64], n_alone: u64) {
        let step = Cluster { method, ..Cluster::default() };
        let grouped = balls().then(step).expect("grouped");
        let Some(crate::recipe::Step::Cluster(step)) = grouped.recipe().steps.last() else {
            panic!("a cluster step")
        };
        let groups = step.fitted.as_ref().expect("fitted");
        assert_eq!((groups.sizes.as_slice(), groups.n_alone), (sizes, n_alone), "{method:?}");
        assert!(groups.silhouette.is_some_and(|s| s > 0.6), "{:?}", groups.silhouette);
        let labels = grouped.rows().texts("cluster").expect("the new column");
        assert_eq!(labels.null_count(), 1);
        // Rows of one ball have one label.
        let of_row = |row: usize| labels.get(row).expect("a label").to_owned();
        assert!((1..58).step_by(3).all(|row| of_row(row) == of_row(1)));
        assert_ne!(of_row(1), of_row(2));
        let json = serde_json::to_string(grouped.recipe()).expect("finite");
        assert_eq!(&serde_json::from_str::<crate::Recipe>(&json).expect("reads"), grouped.recipe());
    }

    #[test]
    fn balls_are_found_by_every_method() {
        check(
            ClusterMethod::KMeans { n_clusters: 4, n_starts: 10, max_moves: 300 },
            &[20, 20, 19, 1],
            0,
        );
        check(ClusterMethod::Density { radius: 2.5, min_rows: 4 }, &[20, 20, 19], 1);
        for linkage in [Linkage::Ward, Linkage::Average, Linkage::Complete, Linkage::Single] {
            let method = ClusterMethod::Hierarchical { n_clusters: 4, linkage };
            check(method, &[20, 20, 19, 1], 0);
        }
    }
}

//! Findings: what an analysis says beside the report of one model, as plain data that a window, a terminal or a page can
//! show without knowing who found it.
//!
//! Invariant: no number in it is NaN or infinite; a value that is absent is `None`.

use std::collections::BTreeMap;

use pg_base::{Text, Words, t};
use serde::{Deserialize, Serialize};

/// Numbers to compare by, and sections to read in order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// Numbers under scikit-learn's names, or names in the same style.
    pub metrics: BTreeMap<String, f64>,
    /// In reading order, the conclusion first.
    pub sections: Vec<Section>,
}

/// A heading, what it means in a sentence or two, and what was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Section {
    pub title: Words,
    /// What to conclude, in plain words; may be empty.
    pub note: Words,
    pub body: Body,
}

/// What stands below the heading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "body", rename_all = "snake_case")]
pub enum Body {
    /// The note alone.
    Words,
    Grid(Grid),
    Chart(Chart),
}

/// A table of results.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// All of one length.
    pub columns: Vec<GridColumn>,
}

/// A named column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GridColumn {
    pub title: Words,
    pub cells: Cells,
}

/// The cells of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cells {
    Numbers(Vec<Option<f64>>),
    /// Read as percentages: 0.5 as 50 %.
    Shares(Vec<Option<f64>>),
    Texts(Vec<Words>),
}

/// A drawing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "chart", rename_all = "snake_case")]
pub enum Chart {
    /// Lines over one axis, each with an optional band.
    Lines { x: Words, y: Words, is_x_log: bool, lines: Vec<Line> },
    /// Horizontal bars, the most important first, each with an optional interval.
    Bars { x: Words, bars: Vec<Bar> },
    /// Points in the plane, coloured by group.
    Points { x: Words, y: Words, groups: Vec<PointGroup> },
    /// A matrix of numbers by colour; missing cells stay empty.
    HeatMap {
        x: Words,
        y: Words,
        columns: Vec<String>,
        rows: Vec<String>,
        cells: Vec<Vec<Option<f64>>>,
    },
}

/// A line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub name: Words,
    /// x and y, by growing x.
    pub points: Vec<[f64; 2]>,
    /// Lower and upper end at each point, or nothing.
    pub band: Vec<[f64; 2]>,
}

/// A bar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    pub name: Words,
    pub value: f64,
    /// Lower and upper end.
    pub interval: Option<[f64; 2]>,
}

/// Points of one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PointGroup {
    pub name: Words,
    pub points: Vec<[f64; 2]>,
}

impl Findings {
    /// What every section says, one after the other.
    pub fn conclusions(&self) -> Vec<Words> {
        let said = self.sections.iter().filter_map(|section| {
            let (title, note) = (&section.title, &section.note);
            match (note.is_empty(), &section.body) {
                (true, Body::Words) => Some(title.clone()),
                (true, _) => None,
                (false, _) => Some(Words {
                    en: format!("{}: {}", title.en, note.en),
                    zh: format!("{}：{}", title.zh, note.zh),
                }),
            }
        });
        said.collect()
    }

    /// Adds a section.
    pub fn push(&mut self, title: impl Into<Words>, note: impl Into<Words>, body: Body) {
        self.sections.push(Section { title: title.into(), note: note.into(), body });
    }

    /// Adds a metric, unless it is NaN or infinite.
    pub fn measure(&mut self, id: &str, value: f64) {
        if value.is_finite() {
            self.metrics.insert(id.to_owned(), value);
        }
    }
}

impl Grid {
    /// The same grid with one more column of numbers; those that are NaN or infinite become absent.
    pub fn numbers(
        mut self,
        title: impl Into<Words>,
        cells: impl IntoIterator<Item = f64>,
    ) -> Self {
        let cells = Cells::Numbers(finite(cells));
        self.columns.push(GridColumn { title: title.into(), cells });
        self
    }

    /// The same grid with one more column of shares, 0 to 1; those that are NaN or infinite become absent.
    pub fn shares(mut self, title: impl Into<Words>, cells: impl IntoIterator<Item = f64>) -> Self {
        let cells = Cells::Shares(finite(cells));
        self.columns.push(GridColumn { title: title.into(), cells });
        self
    }

    /// The same grid with one more column of texts.
    pub fn texts<W: Into<Words>>(
        mut self,
        title: impl Into<Words>,
        cells: impl IntoIterator<Item = W>,
    ) -> Self {
        let cells = cells.into_iter().map(Into::into).collect();
        self.columns.push(GridColumn { title: title.into(), cells: Cells::Texts(cells) });
        self
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.columns.first().map_or(0, |column| match &column.cells {
            Cells::Numbers(cells) | Cells::Shares(cells) => cells.len(),
            Cells::Texts(cells) => cells.len(),
        })
    }
}

fn finite(cells: impl IntoIterator<Item = f64>) -> Vec<Option<f64>> {
    cells.into_iter().map(|cell| cell.is_finite().then_some(cell)).collect()
}

/// Titles of numbers that are no metrics of the registry.
static TITLES: &[(&str, Text)] = &[
    ("base_rate", t("Share of the positive class", "正类占比")),
    ("best_threshold", t("Best threshold", "最佳阈值")),
    ("completeness", t("Completeness", "完整度")),
    ("cost_at_best", t("Cost per row at the best threshold", "最佳阈值处每行成本")),
    ("cost_at_half", t("Cost per row at threshold 0.5", "阈值 0.5 处每行成本")),
    ("demographic_parity_difference", t("Demographic parity difference", "人口均等差异")),
    ("disparate_impact", t("Disparate impact", "差别影响比")),
    ("equalized_odds_difference", t("Equalised odds difference", "均等几率差异")),
    ("inertia", t("Inertia", "簇内平方和")),
    ("learning_rate", t("Learning rate", "学习率")),
    ("mean_prediction", t("Mean prediction", "平均预测")),
    ("n_clusters", t("Clusters", "簇数")),
    ("n_columns", t("Columns", "列数")),
    ("n_drifted", t("Columns that drifted", "发生漂移的列数")),
    ("n_rows", t("Rows", "行数")),
    ("n_slices", t("Weak groups found", "发现的薄弱群体")),
    ("p_value", t("p-value", "p 值")),
    ("prediction", t("Prediction", "预测")),
    ("silhouette_score", t("Silhouette score", "轮廓系数")),
    ("uniqueness", t("Uniqueness", "行唯一度")),
    ("validation_score", t("Validation score", "验证得分")),
    ("variety", t("Variety", "有变化的列占比")),
    ("worst_psi", t("Largest stability index", "最大稳定性指数")),
];

/// What a person reads of a number: the title of the metric, one known here, or the id in words.
pub fn title_of(id: &str) -> Words {
    if let Some(metric) = crate::metric(id) {
        return Words { en: metric.title.to_owned(), zh: metric.title_zh.to_owned() };
    }
    if let Some((_, title)) = TITLES.iter().find(|(known, _)| *known == id) {
        return (*title).into();
    }
    if let Some(of) = id.strip_suffix("_std") {
        let Words { en, zh } = title_of(of);
        return Words { en: format!("{en}, deviation"), zh: format!("{zh}标准差") };
    }
    let words = id.replace('_', " ");
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let words = first + letters.as_str();
    Words { zh: words.clone(), en: words }
}

#[cfg(test)]
mod tests {
    use pg_base::say;

    use super::*;

    #[test]
    fn conclusions_are_what_the_sections_say() {
        let mut findings = Findings::default();
        findings.push(say!("A wins", "甲胜"), Words::default(), Body::Words);
        findings.push(say!("Table", "表"), say!("Look.", "看。"), Body::Grid(Grid::default()));
        findings.push(say!("Silent", "无言"), Words::default(), Body::Grid(Grid::default()));
        let said = findings.conclusions();
        assert_eq!(said, [say!("A wins", "甲胜"), say!("Table: Look.", "表：看。")]);
    }

    #[test]
    fn ids_have_titles() {
        assert_eq!(title_of("accuracy").en, "Accuracy");
        assert_eq!(title_of("n_rows").zh, "行数");
        assert_eq!(title_of("some_new_number").en, "Some new number");
    }
}

//! Findings: what an analysis says beside the report of one model, as plain data that a window, a terminal or a page can
//! show without knowing who found it.
//!
//! Invariant: no number in it is NaN or infinite; a value that is absent is `None`.

use std::collections::BTreeMap;

use pg_base::Words;
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
        let cells = cells.into_iter().map(|cell| cell.is_finite().then_some(cell)).collect();
        self.columns.push(GridColumn { title: title.into(), cells: Cells::Numbers(cells) });
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
            Cells::Numbers(cells) => cells.len(),
            Cells::Texts(cells) => cells.len(),
        })
    }
}

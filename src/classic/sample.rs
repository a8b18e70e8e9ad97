//! What a method learns from: rows of numbers with their answers.

use pg_base::{CancelToken, Progress, Trouble, say};

/// Rows of numbers side by side; a gap is NaN.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    values: Vec<f32>,
    n_columns: usize,
}

/// The answers, one per row.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// One of several classes.
    Classes {
        /// Class of each row, below `n_classes`.
        ids: Vec<u32>,
        /// Number of classes.
        n_classes: usize,
    },
    /// A number.
    Numbers(Vec<f64>),
}

/// Rows with answers and weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Features.
    pub x: Matrix,
    /// Answers.
    pub y: Target,
    /// How much each row counts; 1 for an ordinary row.
    pub weights: Vec<f64>,
}

/// One fit: what to learn from, and how to tell and stop.
pub struct Job<'a> {
    /// Rows to learn from.
    pub training: &'a Sample,
    /// Rows that say when to stop, for methods that can go too far.
    pub validation: Option<&'a Sample>,
    /// Seed of everything random.
    pub seed: u64,
    /// Asked now and then.
    pub cancel: &'a CancelToken,
    /// Told now and then.
    pub progress: &'a dyn Progress,
}

impl std::fmt::Debug for Job<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").field("seed", &self.seed).finish_non_exhaustive()
    }
}

impl Matrix {
    /// Row-major values; a rest that fills no row is left off.
    pub fn new(mut values: Vec<f32>, n_columns: usize) -> Self {
        values.truncate(values.len() - values.len() % n_columns.max(1));
        Self { values, n_columns }
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.values.len() / self.n_columns.max(1)
    }

    /// Number of columns.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// The rows in order.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, f32> {
        self.values.chunks_exact(self.n_columns.max(1))
    }

    /// One row; empty beyond the last.
    pub fn row(&self, index: usize) -> &[f32] {
        self.values.get(index * self.n_columns..(index + 1) * self.n_columns).unwrap_or_default()
    }

    /// The values of a column in the order of the rows.
    pub fn column(&self, index: usize) -> impl Iterator<Item = f32> + '_ {
        self.values.iter().skip(index).step_by(self.n_columns.max(1)).copied()
    }

    /// All values, row after row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The rows at these positions.
    pub fn take(&self, rows: &[usize]) -> Self {
        let values = rows.iter().flat_map(|row| self.row(*row)).copied().collect();
        Self { values, n_columns: self.n_columns }
    }
}

impl Target {
    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        match self {
            Self::Classes { ids, .. } => ids.len(),
            Self::Numbers(numbers) => numbers.len(),
        }
    }

    /// Number of answers per row: a probability per class, or one number.
    pub fn n_outputs(&self) -> usize {
        match self {
            Self::Classes { n_classes, .. } => *n_classes,
            Self::Numbers(_) => 1,
        }
    }
}

impl Sample {
    /// Rows that all count the same.
    ///
    /// Errors: `internal` where rows and answers differ in number.
    pub fn new(x: Matrix, y: Target) -> Result<Self, Trouble> {
        if x.n_rows() != y.n_rows() {
            return Err(Trouble::internal("one answer per row is needed"));
        }
        if let Target::Classes { ids, n_classes } = &y
            && ids.iter().any(|id| *id as usize >= *n_classes)
        {
            return Err(Trouble::internal("a class beyond the last one"));
        }
        let weights = vec![1.0; x.n_rows()];
        Ok(Self { x, y, weights })
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.weights.len()
    }

    /// The same rows, every class counting the same in sum; numbers stay as they are.
    pub fn balanced(mut self) -> Self {
        if let Target::Classes { ids, n_classes } = &self.y {
            let mut counts = vec![0_usize; *n_classes];
            for id in ids {
                if let Some(count) = counts.get_mut(*id as usize) {
                    *count += 1;
                }
            }
            let n_present = counts.iter().filter(|count| **count > 0).count();
            let share = ids.len() as f64 / n_present.max(1) as f64;
            for (weight, id) in self.weights.iter_mut().zip(ids) {
                let count = counts.get(*id as usize).copied().unwrap_or(1).max(1);
                *weight = share / count as f64;
            }
        }
        self
    }

    /// The class of each row, or the trouble of a method that knows classes only.
    pub(crate) fn classes(&self, method: pg_base::Text) -> Result<(&[u32], usize), Trouble> {
        match &self.y {
            Target::Classes { ids, n_classes } => Ok((ids, *n_classes)),
            Target::Numbers(_) => {
                let (en, zh) = (method.en, method.zh);
                Err(Trouble::new(
                    "target-not-classes",
                    say!("the target is a number", "目标是数值"),
                )
                .expected(say!("classes for {en}", "{zh}需要类别目标"))
                .advice(say!(
                    "Choose another method, or set the task to classification.",
                    "请换一种方法，或将任务设为分类。"
                )))
            }
        }
    }
}

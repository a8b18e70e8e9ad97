//! A fitted method: plain data that answers rows of numbers.

use pg_base::{Trouble, Words, say};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::bayes::Bayes;
use crate::boosting::Boosted;
use crate::forest::{Forest, ForestSettings};
use crate::linear::Linear;
use crate::method::Method;
use crate::neighbours::Neighbours;
use crate::sample::{Job, Matrix};
use crate::svm::Svm;

/// What a method learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimator {
    /// The method that was fitted.
    pub method: Method,
    /// Columns of a row.
    pub n_columns: usize,
    /// Answers per row: a probability per class, or one number; of several targets one after the other.
    pub n_outputs: usize,
    /// Training rows.
    pub n_rows: usize,
    /// Share of each column in what was learnt, summing to 1; empty where the method does not tell.
    pub importances: Vec<f64>,
    learnt: Learnt,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Learnt {
    Forest(Forest),
    Boosted(Boosted),
    Neighbours(Neighbours),
    Bayes(Bayes),
    Linear(Linear),
    Svm(Svm),
    /// One estimator per target.
    Each(Vec<Estimator>),
}

/// Rows answered by one thread at a time.
const BLOCK_ROWS: usize = 64;

impl Method {
    /// Learns from the training rows.
    ///
    /// Errors: `rows-none`, `value-missing` where the method takes no gaps, `target-not-classes`, `too-many-rows`,
    /// `too-many-columns`, `penalty-unsupported`, and a cancelled run.
    pub fn fit(&self, job: &Job<'_>) -> Result<Estimator, Trouble> {
        let sample = job.training;
        if sample.n_rows() == 0 {
            return Err(Trouble::new(
                "rows-none",
                say!("there are no training rows", "没有训练数据"),
            ));
        }
        if !self.accepts_gaps() && sample.x.values().iter().any(|value| !value.is_finite()) {
            return Err(gaps(self));
        }
        let (learnt, parts) = match self {
            Self::DecisionTree(settings) => {
                let alone = ForestSettings {
                    n_trees: 1,
                    tree: settings.clone(),
                    column_share: Some(1.0),
                    draws_rows: false,
                    draws_thresholds: false,
                };
                let (forest, parts) = Forest::fit(&alone, job)?;
                (Learnt::Forest(forest), parts)
            }
            Self::RandomForest(settings) => {
                let (forest, parts) = Forest::fit(settings, job)?;
                (Learnt::Forest(forest), parts)
            }
            Self::GradientBoosting(settings) => {
                let (boosted, parts) = Boosted::fit(settings, job)?;
                (Learnt::Boosted(boosted), parts)
            }
            Self::KNearest(settings) => {
                (Learnt::Neighbours(Neighbours::fit(settings, job)), Vec::new())
            }
            Self::NaiveBayes(settings) => (Learnt::Bayes(Bayes::fit(settings, job)?), Vec::new()),
            Self::LinearModel(settings) => {
                let (linear, parts) = Linear::fit(settings, job)?;
                (Learnt::Linear(linear), parts)
            }
            Self::Svm(settings) => (Learnt::Svm(Svm::fit(settings, job)?), Vec::new()),
        };
        let whole: f64 = parts.iter().sum();
        let importances = if whole > 0.0 && whole.is_finite() {
            parts.into_iter().map(|part| part / whole).collect()
        } else {
            Vec::new()
        };
        Ok(Estimator {
            method: self.clone(),
            n_columns: sample.x.n_columns(),
            n_outputs: sample.y.n_outputs(),
            n_rows: sample.n_rows(),
            importances,
            learnt,
        })
    }
}

impl Estimator {
    /// Estimators of the same rows for a target each as one, as scikit-learn's `MultiOutputClassifier` and
    /// `MultiOutputRegressor`; a single one stays as it is.
    ///
    /// Errors: `internal` without any.
    pub fn beside(mut each: Vec<Self>) -> Result<Self, Trouble> {
        let last = each.pop().ok_or_else(|| Trouble::internal("no estimator"))?;
        if each.is_empty() {
            return Ok(last);
        }
        let (method, n_columns, n_rows) = (last.method.clone(), last.n_columns, last.n_rows);
        each.push(last);
        let n_outputs = each.iter().map(|one| one.n_outputs).sum();
        let importances = mean_shares(&each);
        Ok(Self { method, n_columns, n_outputs, n_rows, importances, learnt: Learnt::Each(each) })
    }

    /// The answers to rows, `[rows, n_outputs]` row-major.
    ///
    /// Errors: `internal` where the rows have other columns.
    pub fn answer(&self, x: &Matrix) -> Result<Vec<f32>, Trouble> {
        if x.n_columns() != self.n_columns {
            return Err(Trouble::internal("the rows have another number of columns"));
        }
        let (width, n_outputs) = (self.n_columns.max(1), self.n_outputs.max(1));
        let mut answers = vec![0.0; x.n_rows() * n_outputs];
        let blocks = answers
            .par_chunks_mut(BLOCK_ROWS * n_outputs)
            .zip(x.values().par_chunks(BLOCK_ROWS * width));
        blocks.for_each(|(answers, rows)| {
            let pairs = answers.chunks_exact_mut(n_outputs).zip(rows.chunks_exact(width));
            pairs.for_each(|(answers, row)| self.answer_row(row, answers));
        });
        Ok(answers)
    }

    fn answer_row(&self, row: &[f32], answers: &mut [f32]) {
        match &self.learnt {
            Learnt::Forest(forest) => forest.answer(row, answers),
            Learnt::Boosted(boosted) => boosted.answer(row, answers),
            Learnt::Neighbours(neighbours) => neighbours.answer(row, answers),
            Learnt::Bayes(bayes) => bayes.answer(row, answers),
            Learnt::Linear(linear) => linear.answer(row, answers),
            Learnt::Svm(svm) => svm.answer(row, answers),
            Learnt::Each(each) => {
                let mut rest = answers;
                for one in each {
                    let (own, next) = rest.split_at_mut(one.n_outputs.min(rest.len()));
                    one.answer_row(row, own);
                    rest = next;
                }
            }
        }
    }

    /// Whether one that comes from a file is sound: answering any row then neither panics nor loops.
    ///
    /// Errors: `model-inconsistent`.
    pub fn check(&self) -> Result<(), Trouble> {
        let (n_columns, n_outputs) = (self.n_columns, self.n_outputs);
        if n_columns == 0 || n_outputs == 0 {
            return Err(Trouble::new(
                "model-inconsistent",
                say!("the estimator has no columns", "估计器没有列"),
            ));
        }
        match &self.learnt {
            Learnt::Forest(forest) => forest.check(n_columns, n_outputs),
            Learnt::Boosted(boosted) => boosted.check(n_columns, n_outputs),
            Learnt::Neighbours(neighbours) => neighbours.check(n_columns, n_outputs),
            Learnt::Bayes(bayes) => bayes.check(n_columns, n_outputs),
            Learnt::Linear(linear) => linear.check(n_columns, n_outputs),
            Learnt::Svm(svm) => svm.check(n_columns, n_outputs),
            Learnt::Each(each) => {
                let is_one = |one: &Self| {
                    one.n_columns == n_columns && !matches!(one.learnt, Learnt::Each(_))
                };
                let n_of_all = each.iter().try_fold(0_usize, |n, one| n.checked_add(one.n_outputs));
                let fits = each.iter().all(is_one) && n_of_all == Some(n_outputs);
                if !fits {
                    return Err(Trouble::new(
                        "model-inconsistent",
                        say!("the estimators do not fit each other", "各估计器互不匹配"),
                    ));
                }
                each.iter().try_for_each(Self::check)
            }
        }
    }

    /// What was learnt, in a few words: `100 trees, at most 9 deep`.
    pub fn size(&self) -> Words {
        match &self.learnt {
            Learnt::Forest(forest) => {
                let (n_trees, depth, n_leaves) =
                    (forest.n_trees(), forest.depth(), forest.n_leaves());
                if n_trees == 1 {
                    say!("{n_leaves} leaves, {depth} deep", "{n_leaves} 个叶节点，深度 {depth}")
                } else {
                    say!("{n_trees} trees, up to {depth} deep", "{n_trees} 棵树，最大深度 {depth}")
                }
            }
            Learnt::Boosted(boosted) => {
                let (n_rounds, n_trees) = (boosted.n_rounds(), boosted.n_trees());
                say!("{n_rounds} rounds, {n_trees} trees", "{n_rounds} 轮，{n_trees} 棵树")
            }
            Learnt::Neighbours(neighbours) => {
                let n_rows = neighbours.n_rows();
                say!("{n_rows} known rows", "{n_rows} 行已知数据")
            }
            Learnt::Bayes(_) => {
                let (n_columns, n_classes) = (self.n_columns, self.n_outputs);
                say!(
                    "{n_columns} columns, {n_classes} classes",
                    "{n_columns} 列，{n_classes} 个类别"
                )
            }
            Learnt::Linear(linear) => {
                let n = linear.n_weights();
                say!("{n} weights", "{n} 个权重")
            }
            Learnt::Svm(svm) => {
                let n = svm.n_vectors();
                say!("{n} support vectors", "{n} 个支持向量")
            }
            Learnt::Each(each) => {
                let n = each.len();
                say!("{n} estimators, one per target", "{n} 个估计器，每个目标一个")
            }
        }
    }
}

/// The mean share of each column; empty where the method does not tell.
fn mean_shares(each: &[Estimator]) -> Vec<f64> {
    let told: Vec<&[f64]> = each
        .iter()
        .map(|one| one.importances.as_slice())
        .filter(|shares| !shares.is_empty())
        .collect();
    let n_columns = told.iter().map(|shares| shares.len()).min().unwrap_or(0);
    let mean = |column: usize| {
        let shares = told.iter().filter_map(|shares| shares.get(column));
        shares.sum::<f64>() / told.len() as f64
    };
    (0..n_columns).map(mean).collect()
}

fn gaps(method: &Method) -> Trouble {
    let title = method.title();
    let (en, zh) = (title.en, title.zh);
    Trouble::new("value-missing", say!("some rows have gaps", "部分数据存在缺失值"))
        .expected(say!("a value everywhere for: {en}", "{zh}要求没有缺失值"))
        .advice(say!(
            "Add a Fill missing values node, or take a tree, a forest or gradient boosting, which accept gaps.",
            "请加入“填充缺失值”节点，或改用可处理缺失值的决策树、随机森林或梯度提升。"
        ))
}

#[cfg(test)]
mod tests {
    use pg_base::{CancelToken, NoProgress};

    use super::*;
    use crate::sample::{Sample, Target};

    fn fitted(y: Target) -> Estimator {
        let x = Matrix::new((0..20).flat_map(|row| [row as f32, 1.0]).collect(), 2);
        let training = Sample::new(x, y).expect("one answer per row");
        let job = Job {
            training: &training,
            validation: None,
            seed: 1,
            cancel: &CancelToken::default(),
            progress: &NoProgress,
        };
        Method::DecisionTree(crate::tree::TreeSettings::default()).fit(&job).expect("fits")
    }

    #[test]
    fn several_targets_are_answered_one_after_the_other() {
        let number = fitted(Target::Numbers((0..20).map(f64::from).collect()));
        let ids = (0..20).map(|row| u32::from(row >= 10)).collect();
        let class = fitted(Target::Classes { ids, n_classes: 2 });
        assert_eq!(Estimator::beside(vec![number.clone()]), Ok(number.clone()));
        let both = Estimator::beside(vec![number.clone(), class]).expect("two");
        assert_eq!((both.n_outputs, both.check()), (3, Ok(())));
        let rows = Matrix::new(vec![3.0, 1.0, 15.0, 1.0], 2);
        assert_eq!(both.answer(&rows), Ok(vec![3.0, 1.0, 0.0, 15.0, 0.0, 1.0]));
        assert_eq!(both.importances, [1.0, 0.0]);
        assert!(Estimator { n_outputs: 2, ..both }.check().is_err());
        assert!(Estimator::beside(Vec::new()).is_err());
    }
}

//! Support vector machines: the widest gap between classes, or a tube around numbers; linear or with bell-shaped
//! similarity.

mod kernel;
mod platt;
mod smo;

use pg_base::{Rng, Trouble, say};
use serde::{Deserialize, Serialize};

use crate::sample::{Job, Matrix, Target};
pub use kernel::Kernel;
use kernel::{Fixed, Rows};
use platt::Platt;

/// How the machine learns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SvmSettings {
    /// Similarity of rows.
    pub kernel: Kernel,
    /// What an error costs (C): larger fits closer.
    pub cost: f64,
    /// Half the width of the tube in which numbers count as right, in standard deviations of the target.
    pub tube: f64,
}

impl Default for SvmSettings {
    fn default() -> Self {
        Self { kernel: Kernel::Rbf { gamma: None }, cost: 1.0, tube: 0.1 }
    }
}

/// Support vectors with a coefficient per machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Svm {
    kernel: Fixed,
    /// Row after row.
    vectors: Vec<f32>,
    machines: Vec<Machine>,
}

/// One decision: this class against the others, or the number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Machine {
    /// One per support vector.
    coefficients: Vec<f64>,
    bias: f64,
    /// From a decision to a probability; none for numbers.
    platt: Option<Platt>,
}

/// The work grows with the square of the rows.
const MAX_ROWS: usize = 20_000;
/// Parts of the training rows on which probabilities are measured by machines that have not seen them.
const N_FOLDS: usize = 3;

impl Svm {
    pub(crate) fn fit(settings: &SvmSettings, job: &Job<'_>) -> Result<Self, Trouble> {
        let sample = job.training;
        let n_rows = sample.n_rows();
        if n_rows > MAX_ROWS {
            return Err(too_many(n_rows));
        }
        let kernel = settings.kernel.fixed(&sample.x);
        let costs: Vec<f64> = sample.weights.iter().map(|weight| settings.cost * weight).collect();
        let all: Vec<usize> = (0..n_rows).collect();
        let mut dense = Vec::new();
        match &sample.y {
            Target::Numbers(numbers) => {
                let mut rows = Rows::new(kernel, &sample.x, &all);
                let (coefficients, bias) =
                    smo::tube(&mut rows, numbers, settings.tube, &costs, job.cancel)?;
                dense.push(Machine { coefficients, bias, platt: None });
            }
            Target::Classes { ids, n_classes } => {
                let folds = folds(n_rows, job.seed);
                let n_machines = if *n_classes == 2 { 1 } else { *n_classes };
                let mut rows = Rows::new(kernel, &sample.x, &all);
                for machine in 0..n_machines {
                    let number = machine + 1;
                    job.progress.report(
                        machine as f64 / n_machines as f64,
                        &say!(
                            "machine {number} of {n_machines}",
                            "第 {number} 个，共 {n_machines} 个"
                        ),
                    );
                    let class = if n_machines == 1 { 1 } else { machine };
                    let signs: Vec<f64> = ids
                        .iter()
                        .map(|id| if *id as usize == class { 1.0 } else { -1.0 })
                        .collect();
                    let (coefficients, bias) = smo::gap(&mut rows, &signs, &costs, job.cancel)?;
                    let decisions = held_out(kernel, &sample.x, &signs, &costs, &folds, job)?;
                    let platt = Some(Platt::fit(&decisions, &signs));
                    dense.push(Machine { coefficients, bias, platt });
                }
            }
        }
        Ok(Self::sparse(kernel, &sample.x, dense))
    }

    /// Keeps the rows that any machine needs.
    fn sparse(kernel: Fixed, x: &Matrix, mut machines: Vec<Machine>) -> Self {
        let is_used = |row: &usize| {
            machines.iter().any(|machine| machine.coefficients.get(*row).is_some_and(|c| *c != 0.0))
        };
        let used: Vec<usize> = (0..x.n_rows()).filter(is_used).collect();
        for machine in &mut machines {
            let own = used.iter().map(|row| machine.coefficients.get(*row).copied().unwrap_or(0.0));
            machine.coefficients = own.collect();
        }
        Self { kernel, vectors: x.take(&used).values().to_vec(), machines }
    }

    pub(crate) fn answer(&self, row: &[f32], answers: &mut [f32]) {
        let near: Vec<f64> = self
            .vectors
            .chunks_exact(row.len().max(1))
            .map(|vector| self.kernel.similarity(row, vector))
            .collect();
        let decide =
            |machine: &Machine| machine.bias + crate::solve::dot(&machine.coefficients, &near);
        let yes = |machine: &Machine| {
            machine.platt.as_ref().map_or(0.5, |platt| platt.probability(decide(machine)))
        };
        match (self.machines.as_slice(), answers) {
            ([machine], [answer]) => *answer = decide(machine) as f32,
            ([machine], [no, one]) => {
                (*no, *one) = ((1.0 - yes(machine)) as f32, yes(machine) as f32);
            }
            (machines, answers) => {
                let shares: Vec<f64> =
                    machines.iter().map(|machine| yes(machine).max(1e-9)).collect();
                let whole: f64 = shares.iter().sum();
                let pairs = answers.iter_mut().zip(shares);
                pairs.for_each(|(answer, share)| *answer = (share / whole) as f32);
            }
        }
    }

    pub(crate) fn n_vectors(&self) -> usize {
        self.machines.first().map_or(0, |machine| machine.coefficients.len())
    }

    pub(crate) fn check(&self, n_columns: usize, n_outputs: usize) -> Result<(), Trouble> {
        let n_machines = if n_outputs == 2 { 1 } else { n_outputs };
        let fits = |machine: &Machine| {
            machine.coefficients.len() * n_columns == self.vectors.len()
                && machine.platt.is_some() == (n_outputs > 1)
        };
        if self.machines.len() == n_machines && self.machines.iter().all(fits) {
            Ok(())
        } else {
            Err(Trouble::new(
                "model-inconsistent",
                say!("the support vectors do not fit", "支持向量不匹配"),
            ))
        }
    }
}

/// The fold of each row.
fn folds(n_rows: usize, seed: u64) -> Vec<usize> {
    let mut folds: Vec<usize> = (0..n_rows).map(|row| row % N_FOLDS).collect();
    Rng::new(seed, "svm folds").shuffle(&mut folds);
    folds
}

/// The decision about each row by a machine that did not learn from it.
fn held_out(
    kernel: Fixed,
    x: &Matrix,
    signs: &[f64],
    costs: &[f64],
    folds: &[usize],
    job: &Job<'_>,
) -> Result<Vec<f64>, Trouble> {
    let mut decisions = vec![0.0; signs.len()];
    for fold in 0..N_FOLDS {
        let (held, learnt): (Vec<usize>, Vec<usize>) =
            (0..signs.len()).partition(|row| folds.get(*row) == Some(&fold));
        let pick = |values: &[f64]| -> Vec<f64> {
            learnt.iter().filter_map(|row| values.get(*row).copied()).collect()
        };
        let (signs, costs) = (pick(signs), pick(costs));
        if signs.iter().all(|sign| Some(sign) == signs.first()) {
            // One class only: nothing parts, and the machine always says so.
            let side = signs.first().copied().unwrap_or(0.0);
            for row in held {
                if let Some(slot) = decisions.get_mut(row) {
                    *slot = side;
                }
            }
            continue;
        }
        let mut rows = Rows::new(kernel, x, &learnt);
        let (coefficients, bias) = smo::gap(&mut rows, &signs, &costs, job.cancel)?;
        for row in held {
            let similar = learnt.iter().zip(&coefficients).filter(|(_, c)| **c != 0.0);
            let decision: f64 =
                similar.map(|(other, c)| c * kernel.similarity(x.row(row), x.row(*other))).sum();
            if let Some(slot) = decisions.get_mut(row) {
                *slot = bias + decision;
            }
        }
    }
    Ok(decisions)
}

fn too_many(n_rows: usize) -> Trouble {
    Trouble::new(
        "too-many-rows",
        say!("there are {n_rows} training rows", "训练数据有 {n_rows} 行"),
    )
    .expected(say!("at most {MAX_ROWS} for support vectors", "支持向量机最多 {MAX_ROWS} 行"))
    .advice(say!(
        "Take a sample of the rows, or gradient boosting, which is made for many rows.",
        "请抽取部分数据，或改用适合大数据量的梯度提升。"
    ))
}

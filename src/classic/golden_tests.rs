//! Every method against scikit-learn, and what must hold for all of them.

use pg_base::{CancelToken, NoProgress};
use serde::Deserialize;

use crate::*;

#[derive(Deserialize)]
struct Case {
    name: String,
    method: Method,
    kind: String,
    x: Vec<Vec<f32>>,
    y: Vec<f64>,
    x_test: Vec<Vec<f32>>,
    answers: Vec<Vec<f64>>,
}

fn matrix(rows: &[Vec<f32>]) -> Matrix {
    Matrix::new(rows.concat(), rows.first().map_or(1, Vec::len))
}

fn fit(method: &Method, sample: &Sample, validation: Option<&Sample>) -> Estimator {
    let cancel = CancelToken::default();
    let job = Job { training: sample, validation, seed: 7, cancel: &cancel, progress: &NoProgress };
    method.fit(&job).expect("fits")
}

#[test]
fn answers_agree_with_scikit_learn() {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("golden/exact.json")).expect("golden values");
    for case in cases {
        let y = if case.kind == "classes" {
            let ids: Vec<u32> = case.y.iter().map(|id| *id as u32).collect();
            let n_classes = case.answers[0].len();
            Target::Classes { ids, n_classes }
        } else {
            Target::Numbers(case.y.clone())
        };
        let sample = Sample::new(matrix(&case.x), y).expect("one answer per row");
        let estimator = fit(&case.method, &sample, None);
        estimator.check().expect("sound");
        let found = estimator.answer(&matrix(&case.x_test)).expect("answers");
        let expected = case.answers.concat();
        assert_eq!(found.len(), expected.len(), "{}", case.name);
        // Machines stop within a tolerance of their own.
        let tolerance = if matches!(case.method, Method::Svm(_)) { 2e-3 } else { 2e-6 };
        for (row, (found, expected)) in found.iter().zip(&expected).enumerate() {
            let off = (f64::from(*found) - expected).abs();
            assert!(off < tolerance, "{}, answer {row}: {found} for {expected}", case.name);
        }
    }
}

/// Two moons, or a wave for numbers.
fn moons(n_rows: usize, has_numbers: bool, with_gaps: bool) -> Sample {
    let mut rng = pg_base::Rng::new(3, "moons");
    let mut values = Vec::new();
    let (mut ids, mut numbers) = (Vec::new(), Vec::new());
    for row in 0..n_rows {
        let angle = rng.uniform(0.0, std::f64::consts::PI);
        let id = (row % 3) as u32;
        let x = angle.cos() + f64::from(id) + 0.1 * rng.normal();
        let y = if id == 1 { 0.4 - angle.sin() } else { angle.sin() } + 0.1 * rng.normal();
        let gap = with_gaps && row % 7 == 0;
        values.extend([if gap { f32::NAN } else { x as f32 }, y as f32, rng.normal() as f32]);
        ids.push(id);
        numbers.push((2.0 * x).sin() + y);
    }
    let target =
        if has_numbers { Target::Numbers(numbers) } else { Target::Classes { ids, n_classes: 3 } };
    Sample::new(Matrix::new(values, 3), target).expect("one answer per row")
}

fn all() -> Vec<Method> {
    let extra =
        ForestSettings { draws_rows: false, draws_thresholds: true, ..ForestSettings::default() };
    let linear = SvmSettings { kernel: Kernel::Linear, ..SvmSettings::default() };
    let absolute = BoostingSettings { loss: BoostingLoss::Absolute, ..BoostingSettings::default() };
    vec![
        Method::DecisionTree(TreeSettings::default()),
        Method::RandomForest(ForestSettings::default()),
        Method::RandomForest(extra),
        Method::GradientBoosting(BoostingSettings::default()),
        Method::GradientBoosting(absolute),
        Method::KNearest(NeighboursSettings::default()),
        Method::NaiveBayes(BayesSettings::default()),
        Method::LinearModel(LinearSettings::default()),
        Method::Svm(SvmSettings::default()),
        Method::Svm(linear),
    ]
}

fn score(estimator: &Estimator, sample: &Sample) -> f64 {
    let answers = estimator.answer(&sample.x).expect("answers");
    match &sample.y {
        Target::Classes { ids, n_classes } => {
            let right = answers.chunks(*n_classes).zip(ids).filter(|(row, id)| {
                assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-4, "{row:?}");
                row.iter().all(|p| *p <= row[**id as usize])
            });
            right.count() as f64 / ids.len() as f64
        }
        Target::Numbers(numbers) => {
            let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
            let off = answers.iter().zip(numbers).map(|(a, y)| (f64::from(*a) - y).powi(2));
            let spread = numbers.iter().map(|y| (y - mean).powi(2));
            1.0 - off.sum::<f64>() / spread.sum::<f64>()
        }
    }
}

#[test]
fn every_method_learns_repeats_itself_and_survives_json() {
    for has_numbers in [false, true] {
        let (sample, test) = (moons(300, has_numbers, false), moons(900, has_numbers, false));
        for method in all() {
            if has_numbers && matches!(method, Method::NaiveBayes(_)) {
                continue;
            }
            let estimator = fit(&method, &sample, Some(&test));
            let is_straight = matches!(method, Method::LinearModel(_) | Method::NaiveBayes(_))
                || matches!(&method, Method::Svm(svm) if svm.kernel == Kernel::Linear);
            let found = score(&estimator, &test);
            assert!(found > if is_straight { 0.1 } else { 0.8 }, "{method:?}: {found}");
            assert_eq!(estimator, fit(&method, &sample, Some(&test)), "{method:?}");
            let json = serde_json::to_string(&estimator).expect("finite");
            let again: Estimator = serde_json::from_str(&json).expect("reads back");
            again.check().expect("sound");
            assert_eq!(score(&again, &test), found, "{method:?}");
        }
    }
}

#[test]
fn gaps_are_learnt_from_or_told() {
    let sample = moons(300, false, true);
    for method in all() {
        if method.accepts_gaps() {
            let found = score(&fit(&method, &sample, None), &sample);
            assert!(found > 0.8, "{method:?}: {found}");
        } else {
            let cancel = CancelToken::default();
            let (training, progress) = (&sample, &NoProgress);
            let job = Job { training, validation: None, seed: 1, cancel: &cancel, progress };
            assert_eq!(method.fit(&job).expect_err("gaps").code, "value-missing");
        }
    }
}

#[test]
fn poor_tables_give_an_answer_or_a_reason() {
    let huge = [3e38, -3e38, 1e-38, 0.0];
    let constant = [2.0; 4];
    for values in [&huge[..], &constant[..], &huge[..1]] {
        let n = values.len();
        let classes =
            Target::Classes { ids: (0..n as u32).map(|id| id % 2).collect(), n_classes: 2 };
        let numbers = Target::Numbers((0..n).map(|row| row as f64).collect());
        for y in [classes, numbers] {
            let sample = Sample::new(Matrix::new(values.to_vec(), 1), y).expect("fits");
            for method in all() {
                let cancel = CancelToken::default();
                let (training, progress) = (&sample, &NoProgress);
                let job = Job { training, validation: None, seed: 1, cancel: &cancel, progress };
                match method.fit(&job) {
                    Ok(estimator) => {
                        estimator.check().expect("sound");
                        estimator.answer(&sample.x).expect("answers");
                        serde_json::from_str::<Estimator>(
                            &serde_json::to_string(&estimator).expect("JSON"),
                        )
                        .unwrap_or_else(|error| panic!("{method:?} on {values:?}: {error}"));
                    }
                    Err(trouble) => assert_eq!(trouble.code, "target-not-classes", "{method:?}"),
                }
            }
        }
    }
}

//! The figures of a training: loss, score and step size over the epochs.

use pg_nn::EpochRecord;

use super::source::Curves;
use crate::figure::{Axis, Band, Figure, Ink, Line, Points, Rule, RuleAt};
use crate::lang::tr;

/// Colour of what is measured on training rows.
const TRAINING: Ink = Ink::Series(0);
/// Colour of what is measured on validation rows.
const VALIDATION: Ink = Ink::Series(1);
/// Places along the axis at which the lowest and the highest of the steps around are shown.
const N_SPREADS: usize = 160;
/// Fewer steps than this have no spread.
const MIN_STEPS_PER_SPREAD: usize = 4;
/// A short training tells of few of its steps: they do not show a spread.
const MIN_STEPS: usize = 10 * MIN_STEPS_PER_SPREAD;
/// Up to here the axis shows all epochs that were asked for from the start; longer trainings let it grow.
const N_EPOCHS_SHOWN: usize = 30;
/// Single losses above this share of all are noise of the first steps: the axis does not reach for them.
const SHOWN_LOSSES: f64 = 0.97;

/// How the person wants to see the curves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Look {
    /// Share of the value before in a moving average, 0 for none.
    pub smoothing: f32,
    /// Whether the loss has a logarithmic axis.
    pub is_log: bool,
}

/// Loss on training and validation rows, and of the single steps behind them.
pub(crate) fn loss(curves: &Curves, look: Look) -> Figure {
    let steps: Vec<[f64; 2]> = curves.steps.iter().map(|[at, loss, _]| [*at, *loss]).collect();
    let training = series(curves, |record| Some(record.training_loss));
    let validation = series(curves, |record| record.validation_loss);
    let mut y = if look.is_log { Axis::default().log() } else { Axis::default() };
    if !look.is_log {
        y.range = loss_range(&steps, &training, &validation);
    }
    let mut figure = Figure::new(titled(tr("Loss", "损失"), look)).x(epochs_axis(curves)).y(y);
    let steps = smoothed(steps, look.smoothing);
    let name = tr("steps", "各步");
    if curves.epochs.is_empty() {
        // Before the first epoch has ended there is nothing else to see.
        figure = figure.with(Line::new(name, TRAINING, steps));
    } else if steps.len() >= MIN_STEPS.max(curves.epochs.len()) {
        figure = figure.with(Band::new(name, TRAINING, spread(&steps)));
    }
    figure = with_pair(figure, training, validation, look);
    let label = curves
        .best_epoch
        .map(|epoch| format!("{} {epoch}", tr("best", "最佳")))
        .unwrap_or_default();
    with_best(figure, curves, label, |record| record.validation_loss)
}

/// The score on training and validation rows.
pub(crate) fn score(curves: &Curves, look: Look) -> Figure {
    let training = series(curves, |record| Some(record.training_score));
    let validation = series(curves, |record| record.validation_score);
    let y = Axis { range: score_range(&training, &validation), ..Axis::default() };
    let figure = Figure::new(titled(curves.score_title(), look)).x(epochs_axis(curves)).y(y);
    with_best(with_pair(figure, training, validation, look), curves, String::new(), |record| {
        record.validation_score
    })
}

/// The step size.
pub(crate) fn rate(curves: &Curves) -> Figure {
    Figure::new(tr("Learning rate", "学习率"))
        .x(epochs_axis(curves))
        .y(Axis::default().with_zero())
        .with(Line::new("", Ink::Series(4), curves.rates.clone()))
}

/// An exponential moving average without the pull of its first value (as `TensorBoard` does it).
pub(crate) fn smoothed(mut points: Vec<[f64; 2]>, smoothing: f32) -> Vec<[f64; 2]> {
    let share = f64::from(smoothing).clamp(0.0, 0.999);
    if share == 0.0 {
        return points;
    }
    let (mut sum, mut weight) = (0.0, 0.0);
    for [_, value] in points.iter_mut().filter(|[_, value]| value.is_finite()) {
        sum = share * sum + (1.0 - share) * *value;
        weight = share * weight + (1.0 - share);
        *value = sum / weight;
    }
    points
}

/// Place, lowest and highest of neighbouring steps: a faint band instead of a scribble.
fn spread(steps: &[[f64; 2]]) -> Vec<[f64; 3]> {
    let n_together = steps.len().div_ceil(N_SPREADS).max(MIN_STEPS_PER_SPREAD);
    let of = |together: &[[f64; 2]]| {
        let losses = || together.iter().map(|[_, loss]| *loss).filter(|loss| loss.is_finite());
        let at = together.iter().map(|[at, _]| *at).sum::<f64>() / together.len() as f64;
        Some([at, losses().reduce(f64::min)?, losses().reduce(f64::max)?])
    };
    steps.chunks(n_together).filter_map(of).collect()
}

fn titled(title: &str, look: Look) -> String {
    if look.smoothing > 0.0 {
        format!("{title} · {}", tr("smoothed", "已平滑"))
    } else {
        title.to_owned()
    }
}

fn series(curves: &Curves, of: impl Fn(&EpochRecord) -> Option<f64>) -> Vec<[f64; 2]> {
    curves.epochs.iter().filter_map(|record| Some([record.epoch as f64, of(record)?])).collect()
}

fn with_pair(
    mut figure: Figure,
    training: Vec<[f64; 2]>,
    validation: Vec<[f64; 2]>,
    look: Look,
) -> Figure {
    let names = [tr("training", "训练"), tr("validation", "验证")];
    for (name, ink, points) in [(names[0], TRAINING, training), (names[1], VALIDATION, validation)]
    {
        if points.is_empty() {
            continue;
        }
        // A line of one point is nothing to see.
        if points.len() == 1 {
            figure = figure.with(Points::new("", ink, points.clone()));
        }
        let line = Line::new(name, ink, smoothed(points, look.smoothing));
        figure = figure.with(if ink == VALIDATION { line.dashed() } else { line });
    }
    figure
}

fn with_best(
    figure: Figure,
    curves: &Curves,
    label: String,
    of: impl Fn(&EpochRecord) -> Option<f64>,
) -> Figure {
    let best = curves.epochs.iter().find(|record| Some(record.epoch) == curves.best_epoch);
    let Some((epoch, value)) = best.and_then(|record| Some((record.epoch, of(record)?))) else {
        return figure;
    };
    let at = epoch as f64;
    figure.with(Rule::new(RuleAt::X(at), label).ink(Ink::Good)).with(Points::new(
        "",
        Ink::Good,
        vec![[at, value]],
    ))
}

/// From the first epoch to the last one asked for; where that is far away, to a round number ahead.
fn epochs_axis(curves: &Curves) -> Axis {
    let n_done = curves.epochs.last().map_or(0, |record| record.epoch);
    let reached = curves.steps.last().map_or(0.0, |[at, ..]| *at).max(n_done as f64);
    let high = match curves.n_epochs_planned {
        Some(n_planned) if n_planned > N_EPOCHS_SHOWN => {
            let ahead = (reached * 1.15).max(10.0);
            let round = [10.0, 20.0, 30.0, 40.0, 50.0, 75.0, 100.0];
            let unit = 10_f64.powf((ahead / 100.0).log10().ceil().max(0.0));
            let step =
                round.iter().map(|step| step * unit).find(|high| *high >= ahead).unwrap_or(ahead);
            step.min(n_planned as f64)
        }
        Some(n_planned) => n_planned as f64,
        None => reached,
    };
    Axis::new(tr("epoch", "轮")).range(0.0, high.max(1.0))
}

/// All epochs and nearly all steps; none where there is nothing to see.
fn loss_range(
    steps: &[[f64; 2]],
    training: &[[f64; 2]],
    validation: &[[f64; 2]],
) -> Option<[f64; 2]> {
    let mut losses: Vec<f64> =
        steps.iter().map(|[_, loss]| *loss).filter(|loss| loss.is_finite()).collect();
    losses.sort_unstable_by(f64::total_cmp);
    let shown =
        losses.get((losses.len().saturating_sub(1) as f64 * SHOWN_LOSSES) as usize).copied();
    let of_epochs =
        training.iter().chain(validation).map(|[_, loss]| *loss).filter(|loss| loss.is_finite());
    let high = of_epochs.clone().chain(shown).reduce(f64::max)?;
    let low = of_epochs.chain(losses.first().copied()).reduce(f64::min)?;
    // Losses are read against zero.
    Some([low.min(0.0), if high > low { high * 1.04 } else { low.abs() + 1.0 }])
}

/// Scores end at 1; a bad beginning (R² far below zero) does not flatten the rest.
fn score_range(training: &[[f64; 2]], validation: &[[f64; 2]]) -> Option<[f64; 2]> {
    let scores = training
        .iter()
        .chain(validation)
        .map(|[_, score]| *score)
        .filter(|score| score.is_finite());
    let low = scores.clone().reduce(f64::min)?;
    let high = scores.reduce(f64::max)?;
    let low = if low < -1.0 && high > 0.0 { -0.5 } else { low };
    // Round ends, so that the axis has numbers at both of them.
    let step = match high - low {
        span if span > 0.3 => 0.1,
        span if span > 0.06 => 0.02,
        _ => 0.005,
    };
    let padding = step * 0.2;
    let (low, high) =
        (((low - padding) / step).floor() * step, ((high + padding) / step).ceil() * step);
    Some([low, high.min(1.0)])
}

#[cfg(test)]
mod tests {
    use super::super::live::tests::record;
    use super::*;

    #[test]
    fn averages_start_at_the_first_value_and_keep_a_constant() {
        let points = |values: &[f64]| values.iter().map(|value| [0.0, *value]).collect::<Vec<_>>();
        let values =
            |points: Vec<[f64; 2]>| points.iter().map(|[_, value]| *value).collect::<Vec<_>>();
        assert_eq!(values(smoothed(points(&[2.0, 2.0, 2.0]), 0.5)), [2.0, 2.0, 2.0]);
        assert_eq!(values(smoothed(points(&[3.0, 0.0]), 0.5)), [3.0, 1.0]);
        assert_eq!(values(smoothed(points(&[3.0, 0.0]), 0.0)), [3.0, 0.0]);
    }

    #[test]
    fn steps_become_a_band_from_lowest_to_highest() {
        let steps: Vec<[f64; 2]> =
            (0..8).map(|step| [f64::from(step), f64::from(step % 4)]).collect();
        assert_eq!(spread(&steps), [[1.5, 0.0, 3.0], [5.5, 0.0, 3.0]]);
        assert_eq!(spread(&[[0.0, f64::NAN]]), [] as [[f64; 3]; 0]);
    }

    #[test]
    fn the_axis_shows_all_epochs_or_grows_by_round_steps() {
        let check = |n_done: usize, n_planned: Option<usize>, expected: f64| {
            let epochs = (1..=n_done).map(|epoch| record(epoch, 1.0, None)).collect();
            let curves = Curves { epochs, n_epochs_planned: n_planned, ..Curves::default() };
            assert_eq!(
                epochs_axis(&curves).range,
                Some([0.0, expected]),
                "{n_done} of {n_planned:?}"
            );
        };
        check(0, Some(20), 20.0);
        check(7, Some(20), 20.0);
        check(1, Some(500), 10.0);
        check(9, Some(500), 20.0);
        check(95, Some(500), 200.0);
        check(490, Some(500), 500.0);
        check(14, None, 14.0);
    }

    #[test]
    fn scores_far_below_zero_leave_room_for_the_rest() {
        let range = score_range(&[[1.0, -40.0], [2.0, 0.6]], &[]);
        assert!(
            range.is_some_and(|[low, high]| low > -1.0 && high < 1.0 && high > 0.6),
            "{range:?}"
        );
        let range = score_range(&[[1.0, 0.33], [2.0, 0.97]], &[[1.0, 0.71]]);
        assert!(
            range.is_some_and(|[low, high]| (low - 0.3).abs() < 1e-9 && (high - 1.0).abs() < 1e-9),
            "{range:?}"
        );
        assert_eq!(score_range(&[], &[]), None);
    }
}

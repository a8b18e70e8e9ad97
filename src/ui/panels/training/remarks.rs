//! What the curves of a training say, in plain words: computed from the records of its epochs, never stored.

use pg_base::{Words, say};
use pg_nn::EpochRecord;

use super::source::{Curves, Ending};

/// Validation loss counts as risen when the mean of its last values is this much above its lowest mean.
const RISE: f64 = 1.1;
/// Epochs without a better validation loss before anything is said of it.
const N_EPOCHS_TO_RISE: usize = 3;
/// Training loss has jumped when it is this much above its lowest value and has lost this share of all that it had gained.
const JUMP: f64 = 1.5;
const JUMP_BACK: f64 = 0.15;
/// A training loss that fell by less than this share in that many epochs is stuck.
const FALL: f64 = 0.03;
const N_EPOCHS_TO_FALL: usize = 4;
/// A score on training rows that is this much better than on validation rows is a gap.
const GAP: f64 = 0.12;
/// A loss that fell by this share over the last fifth of the epochs was still improving.
const STILL_FALLS: f64 = 0.03;
/// Share of the time spent waiting for data that is worth a word.
const WAITS: f64 = 0.3;

/// Something to know about a training.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Remark {
    /// The finding, short.
    pub title: Words,
    /// What it means and what to try.
    pub help: Words,
    /// Whether something should be done about it; otherwise it is a hint.
    pub is_warning: bool,
}

fn remark(title: Words, help: Words) -> Remark {
    Remark { title, help, is_warning: true }
}

fn hint(title: Words, help: Words) -> Remark {
    Remark { title, help, is_warning: false }
}

/// All remarks about a training, the most important first.
pub(crate) fn of(curves: &Curves) -> Vec<Remark> {
    let findings = [not_a_number, jumps, stuck, rises, gap, still_improves, waits_for_data];
    let mut remarks: Vec<Remark> = findings.iter().filter_map(|finding| finding(curves)).collect();
    // A gap is what memorising looks like: one of the two says it.
    if remarks.iter().any(|remark| Some(remark) == rises(curves).as_ref()) {
        remarks.retain(|remark| Some(remark) != gap(curves).as_ref());
    }
    remarks
}

fn not_a_number(curves: &Curves) -> Option<Remark> {
    let is_bad = |record: &EpochRecord| {
        !record.training_loss.is_finite()
            || record.validation_loss.is_some_and(|loss| !loss.is_finite())
    };
    let epoch = curves.epochs.iter().find(|record| is_bad(record))?.epoch;
    Some(remark(
        say!("Loss is not a number since epoch {epoch}", "自第 {epoch} 轮起损失不是数字"),
        say!(
            "The steps are too large and the numbers ran away. Lower the learning rate, standardise the inputs, or clip the gradients.",
            "步子太大，数值失控了。请降低学习率、对输入做标准化，或启用梯度裁剪。"
        ),
    ))
}

fn jumps(curves: &Curves) -> Option<Remark> {
    let (last, earlier) = curves.epochs.split_last()?;
    let first_loss = earlier.first()?.training_loss;
    let (epoch, lowest) = lowest(earlier, |record| Some(record.training_loss))?;
    let jump = last.training_loss - lowest;
    if !jump.is_finite() {
        return None;
    }
    if lowest <= 0.0
        || last.training_loss <= lowest * JUMP
        || jump < JUMP_BACK * (first_loss - lowest)
    {
        return None;
    }
    Some(remark(
        say!("Training loss jumped up after epoch {epoch}", "第 {epoch} 轮之后训练损失突然升高"),
        say!(
            "The steps may be too large for this network. A lower learning rate, a warm-up or clipped gradients make it calmer.",
            "步子对这个网络来说可能太大。降低学习率、加入预热或梯度裁剪可以使训练更平稳。"
        ),
    ))
}

fn stuck(curves: &Curves) -> Option<Remark> {
    let first = curves.epochs.first()?.training_loss;
    let (_, lowest) = lowest(&curves.epochs, |record| Some(record.training_loss))?;
    if curves.epochs.len() < N_EPOCHS_TO_FALL || first <= 0.0 || (first - lowest) / first >= FALL {
        return None;
    }
    Some(remark(
        say!("The loss hardly falls", "损失几乎没有下降"),
        say!(
            "The model learns next to nothing. Another learning rate (ten times lower or higher), standardised inputs or a larger network may help; \
             or the inputs do not tell what is asked for.",
            "模型几乎没有学到东西。可以换一个学习率（调低或调高十倍）、对输入做标准化，或使用更大的网络；\
             也可能是输入数据与目标无关。"
        ),
    ))
}

fn rises(curves: &Curves) -> Option<Remark> {
    let last = curves.epochs.last()?;
    let (best, _) = lowest(&curves.epochs, |record| record.validation_loss)?;
    let at_best = curves.epochs.iter().find(|record| record.epoch == best)?;
    // Means of a few epochs, because single ones go up and down by chance.
    let losses: Vec<f64> =
        curves.epochs.iter().filter_map(|record| record.validation_loss).collect();
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    let means = || losses.windows(N_EPOCHS_TO_RISE).map(mean);
    let is_risen = last.epoch >= best + N_EPOCHS_TO_RISE
        && means().next_back()? > means().reduce(f64::min)? * RISE;
    if !is_risen || last.training_loss >= at_best.training_loss {
        return None;
    }
    Some(remark(
        say!("Validation loss rises since epoch {best}", "验证损失自第 {best} 轮起上升"),
        say!(
            "The model begins to memorise the training rows (overfitting): it still gets better on them, but worse on rows it has not seen. \
             The weights of epoch {best} are the ones that are kept. More rows, dropout, weight decay or a smaller network help.",
            "模型开始死记训练数据（过拟合）：在训练数据上仍在进步，在没见过的数据上却在变差。\
             最终保留的是第 {best} 轮的权重。增加数据、使用 Dropout、权重衰减或更小的网络会有帮助。"
        ),
    ))
}

fn gap(curves: &Curves) -> Option<Remark> {
    let last = curves
        .epochs
        .iter()
        .find(|record| Some(record.epoch) == curves.best_epoch)
        .or(curves.epochs.last())?;
    let validation = last.validation_score?;
    if curves.epochs.len() < N_EPOCHS_TO_RISE || last.training_score - validation < GAP {
        return None;
    }
    Some(remark(
        say!(
            "Much better on training rows than on validation rows",
            "在训练数据上明显好于验证数据"
        ),
        say!(
            "The model knows the training rows better than the rule behind them (overfitting). More rows, dropout, weight decay or a smaller network help.",
            "模型记住了训练数据，却没有学会其中的规律（过拟合）。增加数据、使用 Dropout、权重衰减或更小的网络会有帮助。"
        ),
    ))
}

fn still_improves(curves: &Curves) -> Option<Remark> {
    let last = curves.epochs.last()?;
    if curves.ending != Some(Ending::Finished) || curves.epochs.len() < 2 {
        return None;
    }
    let loss = |record: &EpochRecord| record.validation_loss.or(Some(record.training_loss));
    let (best, best_loss) = lowest(&curves.epochs, loss)?;
    let n_before = (curves.epochs.len() * 4 / 5).clamp(1, curves.epochs.len() - 1);
    let (_, before) = lowest(curves.epochs.get(..n_before)?, loss)?;
    if best != last.epoch || before <= 0.0 || (before - best_loss) / before < STILL_FALLS {
        return None;
    }
    Some(hint(
        say!("Still improving at the last epoch", "到最后一轮仍在进步"),
        say!(
            "The loss was still falling when the training ended: more epochs may give a better model. Early stopping ends it when nothing is gained any more.",
            "训练结束时损失仍在下降：增加训练轮数可能得到更好的模型。启用提前停止，可在不再进步时自动结束。"
        ),
    ))
}

fn waits_for_data(curves: &Curves) -> Option<Remark> {
    let share = curves.data_wait_seconds? / curves.seconds.filter(|seconds| *seconds > 2.0)?;
    if share < WAITS {
        return None;
    }
    let percent = (share * 100.0).round();
    Some(hint(
        say!("{percent} % of the time went by waiting for data", "{percent} % 的时间在等待数据"),
        say!(
            "Reading and preparing rows is slower than learning from them. Smaller pictures, a faster disk or simpler steps before the training help.",
            "读取和准备数据比学习本身更慢。使用更小的图片、更快的磁盘，或简化训练前的步骤会有帮助。"
        ),
    ))
}

/// Epoch and value of the lowest number.
fn lowest(
    records: &[EpochRecord],
    of: impl Fn(&EpochRecord) -> Option<f64>,
) -> Option<(usize, f64)> {
    let values = records.iter().filter_map(|record| Some((record.epoch, of(record)?)));
    values.filter(|(_, value)| value.is_finite()).min_by(|one, other| one.1.total_cmp(&other.1))
}

#[cfg(test)]
mod tests {
    use super::super::live::tests::record;
    use super::*;

    fn check(losses: &[(f64, f64)], ending: Option<Ending>, expected: &[&str]) {
        let epochs = losses
            .iter()
            .zip(1..)
            .map(|(loss, epoch)| record(epoch, loss.0, Some(loss.1)))
            .collect();
        let curves = Curves { epochs, ending, ..Curves::default() };
        let titles: Vec<String> = of(&curves).into_iter().map(|remark| remark.title.en).collect();
        assert_eq!(titles, expected, "{losses:?}");
    }

    #[test]
    fn curves_are_put_into_words() {
        check(&[], None, &[]);
        check(&[(1.0, 1.0), (0.5, 0.6)], None, &[]);
        check(
            &[(1.0, 1.0), (0.5, 0.6), (0.3, 0.5)],
            Some(Ending::Finished),
            &["Still improving at the last epoch"],
        );
        check(&[(1.0, 1.0), (0.5, 0.6), (0.3, 0.5)], Some(Ending::Stopped), &[]);
        let memorises = [(1.0, 1.0), (0.5, 0.6), (0.3, 0.65), (0.2, 0.7), (0.1, 0.8)];
        check(&memorises, None, &["Validation loss rises since epoch 2"]);
        // It wobbles, but nothing is lost.
        check(&[(1.0, 1.0), (0.5, 0.6), (0.3, 0.61), (0.2, 0.6), (0.1, 0.61)], None, &[]);
        check(
            &[(1.0, 1.0), (0.5, 0.6), (4.0, 3.0)],
            None,
            &["Training loss jumped up after epoch 2"],
        );
        check(
            &[(2.3, 2.3), (2.31, 2.3), (2.29, 2.3), (2.3, 2.3)],
            None,
            &["The loss hardly falls"],
        );
        check(&[(1.0, 1.0), (f64::NAN, 0.6)], None, &["Loss is not a number since epoch 2"]);
    }

    #[test]
    fn a_gap_between_the_parts_is_told_once() {
        let epochs = (1..=4)
            .map(|epoch| pg_nn::EpochRecord {
                training_score: 0.99,
                ..record(epoch, 1.0 / epoch as f64, Some(1.0))
            })
            .collect();
        let curves = Curves { epochs, ..Curves::default() };
        let titles: Vec<String> = of(&curves).into_iter().map(|remark| remark.title.en).collect();
        assert_eq!(titles, ["Much better on training rows than on validation rows"]);
    }
}

//! What the story of a training says, in plain words with the numbers that were seen: a pure function of its history,
//! the same while it runs and afterwards.

use pg_base::{Words, say};
use serde::{Deserialize, Serialize};

use super::{EpochRecord, History};

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
/// Nothing is stuck that is as good as this.
const GOOD_SCORE: f64 = 0.98;
/// A score within this of the best constant answer is no better than it; one above it by more than that has learnt.
const SAME_SCORE: f64 = 0.005;
const LEARNT_SCORE: f64 = 0.05;
/// A score on training rows that is this much better than on validation rows is a gap.
const GAP: f64 = 0.12;
/// Validation is strangely good when its loss is below this share of the training loss, and its score this much better.
const STRANGE_SHARE: f64 = 0.7;
const STRANGE_SCORE: f64 = 0.05;
/// A loss that fell by this share over the last fifth of the epochs was still improving.
const STILL_FALLS: f64 = 0.03;
/// Share of the time spent waiting for data that is worth a word.
const WAITS: f64 = 0.3;
/// A gradient this short moves nothing; a step size this small moves nothing soon; inputs this large are not scaled.
const DEAD_GRADIENT: f64 = 1e-6;
const TINY_RATE: f64 = 2e-5;
const LARGE_INPUT: f64 = 30.0;

/// Something to know about a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remark {
    /// The finding, short.
    pub title: Words,
    /// What it means and what to try.
    pub help: Words,
    /// Whether something should be done about it; otherwise it is a hint.
    pub is_warning: bool,
}

/// All remarks about a training, the most important first. Without `ended_by` it still runs.
pub fn diagnose(history: &History) -> Vec<Remark> {
    let rises = rises(history);
    // A gap is what memorising looks like, and a constant answer what being stuck looks like: one of the two says it.
    let gap = if rises.is_some() { None } else { gap(history) };
    let stuck = stuck(history).or_else(|| no_better_than_a_constant(history));
    let found = [
        not_a_number(history),
        jumps(history),
        stuck,
        rises,
        gap,
        strangely_good(history),
        still_improves(history),
        waits_for_data(history),
    ];
    found.into_iter().flatten().collect()
}

fn warning(title: Words, help: Words) -> Remark {
    Remark { title, help, is_warning: true }
}

fn hint(title: Words, help: Words) -> Remark {
    Remark { title, help, is_warning: false }
}

fn not_a_number(history: &History) -> Option<Remark> {
    let is_bad = |record: &&EpochRecord| {
        !record.training_loss.is_finite()
            || record.validation_loss.is_some_and(|loss| !loss.is_finite())
    };
    let record = history.epochs.iter().find(is_bad)?;
    let (epoch, rate, tenth) =
        (record.epoch, short(record.learning_rate), short(record.learning_rate / 10.0));
    Some(warning(
        say!("Loss is not a number since epoch {epoch}", "自第 {epoch} 轮起损失不是数字"),
        say!(
            "The steps are too large and the numbers ran away: the learning rate is {rate}, try {tenth}. Standardised inputs or clipped gradients help too.",
            "步子太大，数值失控了：当前学习率为 {rate}，请试试 {tenth}。对输入做标准化或启用梯度裁剪也有帮助。"
        ),
    ))
}

fn jumps(history: &History) -> Option<Remark> {
    let (last, earlier) = history.epochs.split_last()?;
    let first_loss = earlier.first()?.training_loss;
    let (epoch, lowest) = lowest(earlier, |record| Some(record.training_loss))?;
    let jump = last.training_loss - lowest;
    let is_jump = jump.is_finite()
        && lowest > 0.0
        && last.training_loss > lowest * JUMP
        && jump >= JUMP_BACK * (first_loss - lowest);
    if !is_jump {
        return None;
    }
    let (from, to) = (short(lowest), short(last.training_loss));
    let rate = highest_rate(history);
    let (rate, tenth) = (short(rate), short(rate / 10.0));
    Some(warning(
        say!(
            "Training loss jumped from {from} to {to} after epoch {epoch}",
            "第 {epoch} 轮之后训练损失从 {from} 突然升到 {to}"
        ),
        say!(
            "The learning rate {rate} may be too high for this network: try {tenth}, a warm-up, or clipped gradients.",
            "学习率 {rate} 对这个网络来说可能太高：请试试 {tenth}、加入预热或梯度裁剪。"
        ),
    ))
}

fn stuck(history: &History) -> Option<Remark> {
    let (first, last) = (history.epochs.first()?, history.epochs.last()?);
    let (_, lowest) = lowest(&history.epochs, |record| Some(record.training_loss))?;
    let start = first.training_loss;
    // It may have learnt all there is within the first epoch.
    let has_learnt = last
        .signs
        .baseline_score
        .is_some_and(|baseline| last.training_score > baseline + LEARNT_SCORE);
    let is_stuck = history.epochs.len() >= N_EPOCHS_TO_FALL
        && start > 0.0
        && (start - lowest) / start < FALL
        && last.training_score < GOOD_SCORE
        && !has_learnt;
    if !is_stuck {
        return None;
    }
    let (from, to) = (short(start), short(lowest));
    Some(warning(
        say!("The loss hardly falls: {from} to {to}", "损失几乎没有下降：{from} 到 {to}"),
        why(history, last),
    ))
}

/// Why nothing is learnt, as far as the last epoch and the learning rates tell.
fn why(history: &History, last: &EpochRecord) -> Words {
    let signs = &last.signs;
    if let Some(norm) = signs.gradient_norm.filter(|norm| *norm < DEAD_GRADIENT) {
        let norm = short(norm);
        return say!(
            "The gradient is dead (length {norm}): nothing reaches the weights. Try another activation (ReLU or GELU instead of sigmoid), \
             normalisation layers, fewer layers or skip connections.",
            "梯度消失（长度 {norm}），权重得不到更新。请更换激活函数（用 ReLU 或 GELU 代替 sigmoid）、加入归一化层、减少层数或使用跳跃连接。"
        );
    }
    if let Some(largest) = signs.largest_input.filter(|largest| *largest > LARGE_INPUT) {
        let largest = short(largest);
        return say!(
            "The inputs are not scaled: they hold numbers up to {largest}. Put a Standardise step before the training.",
            "输入没有缩放：其中的数值最大达 {largest}。请在训练前加入标准化步骤。"
        );
    }
    let rate = highest_rate(history);
    if rate < TINY_RATE {
        let (rate, more) = (short(rate), short(rate * 10.0));
        return say!(
            "The learning rate {rate} is very small: try {more} or more.",
            "学习率 {rate} 非常小：请试试 {more} 或更大。"
        );
    }
    let rate = short(rate);
    say!(
        "The model learns next to nothing with the learning rate {rate}. Ten times lower or higher, a larger network or other columns may help; \
         or the inputs do not tell what is asked for.",
        "在学习率 {rate} 下模型几乎没有学到东西。可以调低或调高十倍、使用更大的网络或其他列；也可能是输入数据与目标无关。"
    )
}

fn no_better_than_a_constant(history: &History) -> Option<Remark> {
    let last = history.epochs.last()?;
    let baseline = last.signs.baseline_score?;
    let best = history.epochs.iter().map(|record| record.training_score).reduce(f64::max)?;
    if history.epochs.len() <= N_EPOCHS_TO_FALL
        || best > baseline + SAME_SCORE
        || best >= GOOD_SCORE
    {
        return None;
    }
    let seen = percent(best);
    if history.score_name != "accuracy" {
        let seen = short(best);
        return Some(warning(
            say!(
                "No better than the mean of the target (R² {seen})",
                "并不比目标均值更好（R² 为 {seen}）"
            ),
            why(history, last),
        ));
    }
    let share = percent(baseline);
    Some(warning(
        say!(
            "No better than always giving the most frequent class ({seen} against {share})",
            "并不比总是回答最多的类别更好（{seen}，对照 {share}）"
        ),
        say!(
            "Where one class is much more frequent, balanced class weights or the focal loss help if they are not on yet, and F1 judges \
             better than accuracy. Otherwise: another learning rate, a larger network or other columns.",
            "如果某一类别远多于其他类别，可使用平衡的类别权重或焦点损失（若尚未启用），并用 F1 而不是准确率来评判。否则请更换学习率、使用更大的网络或其他列。"
        ),
    ))
}

fn rises(history: &History) -> Option<Remark> {
    let last = history.epochs.last()?;
    let (best, lowest) = lowest(&history.epochs, |record| record.validation_loss)?;
    let at_best = history.epochs.iter().find(|record| record.epoch == best)?;
    // Means of a few epochs, because single ones go up and down by chance.
    let losses: Vec<f64> =
        history.epochs.iter().filter_map(|record| record.validation_loss).collect();
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    let means = || losses.windows(N_EPOCHS_TO_RISE).map(mean);
    let is_risen = last.epoch >= best + N_EPOCHS_TO_RISE
        && means().next_back()? > means().reduce(f64::min)? * RISE;
    // Where the training itself has diverged, nothing is learnt by heart.
    let has_diverged = !last.training_loss.is_finite()
        || last.training_loss >= at_best.training_loss
        || jumps(history).is_some();
    if !is_risen || has_diverged {
        return None;
    }
    let (low, high) = (short(lowest), short(last.validation_loss?));
    let (from, to) = (short(at_best.training_loss), short(last.training_loss));
    Some(warning(
        say!("Over-fitting since epoch {best}", "自第 {best} 轮起过拟合"),
        say!(
            "Validation loss rose from {low} to {high} while training loss fell from {from} to {to}: the model learns the training rows by heart. \
             The best weights are kept. Try dropout, weight decay, fewer epochs, a smaller network or more data.",
            "验证损失从 {low} 升到 {high}，而训练损失从 {from} 降到 {to}：模型在死记训练数据。\
             保留的是最佳权重。可尝试 Dropout、权重衰减、减少轮数、更小的网络或更多数据。"
        ),
    ))
}

fn gap(history: &History) -> Option<Remark> {
    let kept = history.epochs.iter().find(|record| record.epoch == history.best_epoch);
    let shown = kept.or(history.epochs.last())?;
    let validation = shown.validation_score?;
    if history.epochs.len() < N_EPOCHS_TO_RISE || shown.training_score - validation < GAP {
        return None;
    }
    let (of_training, of_validation) = (short(shown.training_score), short(validation));
    Some(warning(
        say!(
            "Much better on training rows ({of_training}) than on validation rows ({of_validation})",
            "训练数据上的得分（{of_training}）明显好于验证数据（{of_validation}）"
        ),
        say!(
            "The model knows the training rows better than the rule behind them (over-fitting). More rows, dropout, weight decay or a smaller network help.",
            "模型记住了训练数据，却没有学会其中的规律（过拟合）。增加数据、使用 Dropout、权重衰减或更小的网络会有帮助。"
        ),
    ))
}

fn strangely_good(history: &History) -> Option<Remark> {
    let last = history.epochs.last()?;
    let is_strange = |record: &EpochRecord| {
        let (loss, score) = (record.validation_loss?, record.validation_score?);
        let is_strange = loss < STRANGE_SHARE * record.training_loss
            && score > record.training_score + STRANGE_SCORE;
        is_strange.then_some(())
    };
    // While it learns fast, the end of an epoch is better than its mean.
    let settled = history.epochs.iter().rev().take(N_EPOCHS_TO_RISE);
    if history.epochs.len() <= N_EPOCHS_TO_RISE
        || !settled.map(is_strange).all(|strange| strange.is_some())
    {
        return None;
    }
    let (of_validation, of_training) = (short(last.validation_loss?), short(last.training_loss));
    Some(hint(
        say!(
            "Validation loss ({of_validation}) is much lower than training loss ({of_training})",
            "验证损失（{of_validation}）远低于训练损失（{of_training}）"
        ),
        say!(
            "Dropout and augmentation make training rows harder, which is fine. Without them the validation rows may be easier, too few, \
             or copies of training rows (a leak): check the split.",
            "Dropout 和数据增强会使训练数据更难，这是正常的。否则可能是验证数据更容易、太少，或与训练数据重复（数据泄漏）：请检查划分。"
        ),
    ))
}

fn still_improves(history: &History) -> Option<Remark> {
    let last = history.epochs.last()?;
    let is_over = matches!(history.ended_by.as_str(), "finished" | "time_limit");
    if !is_over || history.epochs.len() < 2 {
        return None;
    }
    let loss = |record: &EpochRecord| record.validation_loss.or(Some(record.training_loss));
    let (best, best_loss) = lowest(&history.epochs, loss)?;
    let n_before = (history.epochs.len() * 4 / 5).clamp(1, history.epochs.len() - 1);
    let (_, before) = lowest(history.epochs.get(..n_before)?, loss)?;
    if best != last.epoch || before <= 0.0 || (before - best_loss) / before < STILL_FALLS {
        return None;
    }
    let (from, to, epoch) = (short(before), short(best_loss), last.epoch);
    Some(hint(
        say!("Still improving at the last epoch ({epoch})", "到最后一轮（第 {epoch} 轮）仍在进步"),
        say!(
            "The loss was still falling when the training ended, at last from {from} to {to}: train longer. Early stopping ends it when nothing is gained any more.",
            "训练结束时损失仍在下降，最后从 {from} 降到 {to}：请训练更久。启用提前停止，可在不再进步时自动结束。"
        ),
    ))
}

fn waits_for_data(history: &History) -> Option<Remark> {
    if history.seconds <= 2.0 || history.data_wait_seconds < WAITS * history.seconds {
        return None;
    }
    let percent = percent(history.data_wait_seconds / history.seconds);
    Some(hint(
        say!("{percent} of the time went by waiting for data", "{percent} 的时间在等待数据"),
        say!(
            "Reading and preparing rows is slower than learning from them. Smaller pictures, a faster disk or simpler steps before the training help.",
            "读取和准备数据比学习本身更慢。使用更小的图片、更快的磁盘，或简化训练前的步骤会有帮助。"
        ),
    ))
}

/// The largest learning rate of the epochs: the last one may be the end of a schedule.
fn highest_rate(history: &History) -> f64 {
    history.epochs.iter().map(|record| record.learning_rate).fold(0.0, f64::max)
}

/// Epoch and value of the lowest number.
fn lowest(
    records: &[EpochRecord],
    of: impl Fn(&EpochRecord) -> Option<f64>,
) -> Option<(usize, f64)> {
    let values = records.iter().filter_map(|record| Some((record.epoch, of(record)?)));
    values.filter(|(_, value)| value.is_finite()).min_by(|one, other| one.1.total_cmp(&other.1))
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// Three significant digits.
fn short(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || !size.is_finite() {
        return value.to_string();
    }
    if !(1e-4..1e5).contains(&size) {
        return format!("{value:.1e}");
    }
    let n_decimals = (2.0 - size.log10().floor()).max(0.0) as usize;
    let text = format!("{value:.n_decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Signs;

    fn record(epoch: usize, training_loss: f64, validation_loss: f64) -> EpochRecord {
        EpochRecord {
            epoch,
            training_loss,
            validation_loss: Some(validation_loss),
            training_score: 0.5,
            validation_score: Some(0.5),
            learning_rate: 0.01,
            seconds: 1.0,
            signs: Signs::default(),
        }
    }

    fn history(losses: &[(f64, f64)], ended_by: &str) -> History {
        let epochs = losses.iter().zip(1..).map(|(loss, epoch)| record(epoch, loss.0, loss.1));
        History { epochs: epochs.collect(), ended_by: ended_by.to_owned(), ..History::default() }
    }

    fn titles(history: &History) -> Vec<String> {
        diagnose(history).into_iter().map(|remark| remark.title.en).collect()
    }

    fn check(losses: &[(f64, f64)], ended_by: &str, expected: &[&str]) {
        assert_eq!(titles(&history(losses, ended_by)), expected, "{losses:?}");
    }

    #[test]
    fn curves_are_put_into_words() {
        check(&[], "", &[]);
        check(&[(1.0, 1.0), (0.5, 0.6)], "", &[]);
        let falls = [(1.0, 1.0), (0.5, 0.6), (0.3, 0.5)];
        check(&falls, "finished", &["Still improving at the last epoch (3)"]);
        check(&falls, "time_limit", &["Still improving at the last epoch (3)"]);
        check(&falls, "stopped", &[]);
        let memorises = [(1.0, 1.0), (0.5, 0.6), (0.3, 0.65), (0.2, 0.7), (0.1, 0.8)];
        check(&memorises, "", &["Over-fitting since epoch 2"]);
        let help = &diagnose(&history(&memorises, ""))[0].help.en;
        assert!(help.contains("from 0.6 to 0.8") && help.contains("from 0.5 to 0.1"), "{help}");
        // It wobbles, but nothing is lost.
        check(&[(1.0, 1.0), (0.5, 0.6), (0.3, 0.61), (0.2, 0.6), (0.1, 0.61)], "", &[]);
        check(
            &[(1.0, 1.0), (0.5, 0.6), (4.0, 3.0)],
            "",
            &["Training loss jumped from 0.5 to 4 after epoch 2"],
        );
        // It learnt by heart at first, but what is to be said is that it ran away.
        check(
            &[(1.0, 1.0), (0.5, 0.6), (0.2, 0.65), (0.1, 0.7), (0.4, 3.0)],
            "",
            &["Training loss jumped from 0.1 to 0.4 after epoch 4"],
        );
        check(&[(1.0, 1.0), (f64::NAN, 0.6)], "", &["Loss is not a number since epoch 2"]);
    }

    #[test]
    fn a_training_that_learns_nothing_is_told_why() {
        let flat = [(2.3, 2.3), (2.31, 2.3), (2.29, 2.3), (2.3, 2.3)];
        check(&flat, "", &["The loss hardly falls: 2.3 to 2.29"]);
        let why = |signs: Signs, learning_rate: f64| {
            let mut history = history(&flat, "");
            history.epochs.iter_mut().for_each(|record| record.learning_rate = learning_rate);
            // The end of a schedule says nothing.
            let last = history.epochs.last_mut().expect("epochs");
            (last.signs, last.learning_rate) = (signs, learning_rate / 1e6);
            diagnose(&history)[0].help.en.clone()
        };
        let sign = Signs { gradient_norm: Some(1e-9), ..Signs::default() };
        assert!(why(sign, 0.01).contains("dead (length 1.0e-9)"));
        let sign = Signs { largest_input: Some(1234.0), ..Signs::default() };
        assert!(why(sign, 0.01).contains("up to 1234"));
        assert!(why(Signs::default(), 1e-6).contains("try 1.0e-5"));
        assert!(why(Signs::default(), 0.01).contains("learning rate 0.01."));
        let mut learnt = history(&flat, "");
        for record in &mut learnt.epochs {
            record.signs.baseline_score = Some(0.0);
        }
        assert_eq!(titles(&learnt), [""; 0]);
    }

    #[test]
    fn an_answer_that_never_changes_is_told() {
        let falls = [(1.0, 1.0), (0.8, 0.8), (0.6, 0.6), (0.5, 0.5), (0.45, 0.45)];
        let mut history = history(&falls, "");
        history.score_name = "accuracy".to_owned();
        for record in &mut history.epochs {
            record.training_score = 0.9;
            record.validation_score = Some(0.9);
            record.signs.baseline_score = Some(0.9);
        }
        let expected = "No better than always giving the most frequent class (90 % against 90 %)";
        assert_eq!(titles(&history), [expected]);
        history.score_name = "r2".to_owned();
        for record in &mut history.epochs {
            record.training_score = 0.001;
            record.signs.baseline_score = Some(0.0);
        }
        assert_eq!(titles(&history), ["No better than the mean of the target (R² 0.001)"]);
    }

    #[test]
    fn differences_between_the_parts_are_told_once() {
        let mut gap = history(&[(1.0, 1.0), (0.5, 1.0), (0.3, 1.0), (0.25, 1.0)], "");
        gap.epochs.iter_mut().for_each(|record| record.training_score = 0.99);
        let expected = "Much better on training rows (0.99) than on validation rows (0.5)";
        assert_eq!(titles(&gap), [expected]);
        let mut strange = history(&[(1.0, 0.5), (0.9, 0.4), (0.8, 0.3), (0.7, 0.2)], "");
        strange.epochs.iter_mut().for_each(|record| record.validation_score = Some(0.8));
        let expected = "Validation loss (0.2) is much lower than training loss (0.7)";
        assert_eq!(titles(&strange), [expected]);
    }

    #[test]
    fn numbers_are_short() {
        for (value, expected) in [
            (0.12345, "0.123"),
            (1234.5, "1234"),
            (2.0, "2"),
            (0.0, "0"),
            (1e-7, "1.0e-7"),
            (100.0, "100"),
        ] {
            assert_eq!(short(value), expected);
        }
    }
}

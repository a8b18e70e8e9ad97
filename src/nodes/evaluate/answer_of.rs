//! Which single number of a model's answer is looked at: the probability of one class, or the predicted number.

use pg_base::{Param, Trouble, Words, say, t};

use super::judge::{Judge, Truth, same};

/// Which class to look at.
pub(super) const CLASS: Param<String> = Param::text("class", t("Class", "类别"), "").help(t(
    "Whose probability is looked at. Empty: the last class. Numbers need none.",
    "查看哪个类别的概率。留空则取最后一个类别；预测数值时无需填写。",
));

/// Which class to look at, where each row has an answer of its own.
pub(super) const CLASS_OR_ANSWER: Param<String> = Param::text(
    CLASS.spec.id,
    t("Class", "类别"),
    "",
)
.help(t(
    "Whose probability is explained. Empty: the class that the model answers. Numbers need none.",
    "解释哪个类别的概率。留空则取模型所回答的类别；预测数值时无需填写。",
));

/// The number, and what an axis says of it.
pub(super) fn answer_of(judge: &Judge, class: &str) -> Result<(usize, Words), Trouble> {
    if matches!(judge.truth, Truth::Numbers(_)) {
        let target = judge.target();
        return Ok((0, say!("Predicted {target}", "预测的 {target}")));
    }
    let class = judge.class(class).map_err(|trouble| trouble.param(CLASS.spec.id))?;
    let name = judge.class_names().get(class).cloned().unwrap_or_default();
    Ok((class, say!("Probability of “{name}”", "“{name}”的概率")))
}

/// How a value reads beside its column: `Age = 38`.
pub(super) fn with_value(column: &str, value: &str) -> Words {
    same(format!("{column} = {value}"))
}

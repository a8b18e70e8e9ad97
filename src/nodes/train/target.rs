//! What a training's loss asks of the target: weights of its classes, and a scale that fits the loss.

use pg_base::{ParamValues, Trouble, say};
use pg_data::{Encoder, TargetCodec};
use pg_nn::train::LossKind;
use pg_nn::{Blueprint, Head, TrainSettings};

use crate::train::settings::{self, CLASS_WEIGHT_LIST, ClassWeighting};

/// The weights of the classes in the order of their ids; empty where all count the same. `counts` are the rows of each.
pub(crate) fn class_weights(
    params: &ParamValues,
    encoder: &Encoder,
    counts: &[u64],
) -> Result<Vec<f64>, Trouble> {
    let weighting = settings::class_weighting(params);
    if weighting == ClassWeighting::Same {
        return Ok(Vec::new());
    }
    let n_targets = encoder.targets.len();
    if n_targets > 1 {
        return Err(Trouble::new(
            "class-weights",
            say!("there are {n_targets} targets", "有 {n_targets} 个目标"),
        )
        .expected(say!(
            "one target with classes for class weights",
            "类别权重只适用于单个类别型目标"
        ))
        .advice(say!(
            "Let all classes count the same; the focal loss also helps rare labels.",
            "请将类别权重设为“相同”；焦点损失也有助于罕见标签。"
        ))
        .param("class_weights"));
    }
    let names = encoder.only_target().map_or(&[][..], TargetCodec::class_names);
    if names.is_empty() {
        return Err(Trouble::new("class-weights", say!("the target is a number", "目标是数值"))
            .expected(say!("a target with classes for class weights", "类别权重需要类别型目标"))
            .advice(say!("Let all classes count the same.", "请将类别权重设为“相同”。"))
            .param("class_weights"));
    }
    if weighting == ClassWeighting::Given {
        return given(&CLASS_WEIGHT_LIST.of(params), names);
    }
    let n_rows: u64 = counts.iter().sum();
    let balanced = |count: &u64| n_rows as f64 / (counts.len() as f64 * (*count).max(1) as f64);
    Ok(counts.iter().map(balanced).collect())
}

/// Reads `name = weight` lines; commas, semicolons and line ends part them.
fn given(text: &str, names: &[String]) -> Result<Vec<f64>, Trouble> {
    let mut weights = vec![1.0; names.len()];
    let known = || names.iter().take(20).map(String::as_str).collect::<Vec<_>>().join(", ");
    let lines = text.split(['\n', ';', '；', ',', '，']).map(str::trim);
    for line in lines.filter(|line| !line.is_empty()) {
        let bad = |found: pg_base::Words| {
            Trouble::new("class-weights", found).param(CLASS_WEIGHT_LIST.spec.id)
        };
        let parts = line.rsplit_once(['=', ':', '：']).map(|(name, weight)| (name.trim(), weight));
        let weight = parts.and_then(|(_, weight)| weight.trim().parse::<f64>().ok());
        let (Some((name, _)), Some(weight)) = (parts, weight) else {
            return Err(bad(say!("`{line}` is no weight", "`{line}` 不是权重"))
                .expected(say!("a class and a number: `name = 2`", "类别和数字：`名称 = 2`")));
        };
        if !(weight > 0.0 && weight.is_finite()) {
            return Err(bad(say!(
                "the weight of `{name}` is {weight}",
                "`{name}` 的权重为 {weight}"
            ))
            .expected(say!("a number above 0", "大于 0 的数")));
        }
        let mut slots = weights.iter_mut().zip(names);
        let Some((slot, _)) = slots.find(|(_, known)| *known == name) else {
            let known = known();
            return Err(bad(say!("there is no class `{name}`", "没有类别 `{name}`"))
                .expected(say!("one of {known}", "以下之一：{known}")));
        };
        *slot = weight;
    }
    Ok(weights)
}

/// Makes targets and output fit a Poisson loss: each target is divided by its mean and not centred, so that it stays a
/// count and the network starts near it, and the network gives its logarithm.
pub(crate) fn fit_to_loss(
    settings: &TrainSettings,
    encoder: &mut Encoder,
    blueprint: &mut Blueprint,
) -> Result<(), Trouble> {
    let (LossKind::Poisson, Some(Head::Linear { n_outputs })) = (settings.loss, blueprint.head)
    else {
        return Ok(());
    };
    for target in &mut encoder.targets {
        let TargetCodec::Number { column, mean, std, .. } = target else { continue };
        if *mean <= 0.0 {
            let mean = *mean;
            return Err(Trouble::new(
                "target-negative",
                say!("the mean of the target is {mean}", "目标的均值为 {mean}"),
            )
            .expected(say!("counts, 0 or above", "计数，不小于 0"))
            .advice(say!("Choose another loss.", "请选择其他损失。"))
            .column(column.as_str())
            .param("loss"));
        }
        (*std, *mean) = (*mean, 0.0);
    }
    blueprint.head = Some(Head::Rate { n_outputs });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&[f64], &str>) {
        let names = ["cat".to_owned(), "dog".to_owned(), "a=b".to_owned()];
        let found = given(text, &names).map_err(|trouble| trouble.to_string());
        assert_eq!(found, expected.map(<[f64]>::to_vec).map_err(str::to_owned), "{text}");
    }

    #[test]
    fn weights_are_read_by_class() {
        check("", Ok(&[1.0, 1.0, 1.0]));
        check("dog = 2.5", Ok(&[1.0, 2.5, 1.0]));
        check("dog: 2；cat：0.5\na=b = 3", Ok(&[0.5, 2.0, 3.0]));
        check("dog", Err("`dog` is no weight; expected: a class and a number: `name = 2`"));
        check("dog = -1", Err("the weight of `dog` is -1; expected: a number above 0"));
        check("cow = 2", Err("there is no class `cow`; expected: one of cat, dog, a=b"));
    }
}

//! Transform target: the network learns a skewed number on a better scale.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::set_roles::SetRoles;
use pg_data::steps::transform_target::TransformTarget;
use pg_data::{Role, Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const CURVE: Param<String> = Param::choice(
    "curve",
    t("Curve", "曲线"),
    "log",
    &[
        Choice { id: "log", label: t("Logarithm of 1 + x", "1 + x 的对数") },
        Choice {
            id: "yeo_johnson",
            label: t("Yeo-Johnson (any numbers)", "Yeo-Johnson（任意数值）"),
        },
        Choice { id: "box_cox", label: t("Box-Cox (positive numbers)", "Box-Cox（正数）") },
        Choice {
            id: "quantile_normal", label: t("Quantiles, bell-shaped", "分位数（正态）")
        },
    ],
)
.help(t(
    "The logarithm suits prices, counts and times; the others are fitted to the training rows.",
    "对数适合价格、计数和时长；其他曲线根据训练数据拟合。",
));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "transform_target",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("Transform target", "变换目标"),
        summary: t(
            "Learns a skewed number on a better scale and predicts in its own unit.",
            "在更合适的尺度上学习偏斜的目标，预测仍为原单位。",
        ),
        help: t(
            "A price between 100 and 10 million is learnt better as a logarithm: errors then count in percent and not in money. The table stays as it is; only the network sees the other scale, and every prediction and report speaks of the real values. For number targets only.",
            "介于一百与一千万之间的价格用对数学习效果更好：误差按百分比而不是金额计算。表格保持不变，只有网络看到另一种尺度，所有预测和报告仍使用真实值。仅适用于数值目标。",
        ),
        keywords: &[
            "TransformedTargetRegressor",
            "log target",
            "Box-Cox",
            "Yeo-Johnson",
            "regression",
            "skewed target",
            "目标变换",
            "对数目标",
            "回归",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[CURVE.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| by_step::infer(cx, step),
    run: |cx| by_step::run(cx, step),
    example: Example {
        params: examples::defaults,
        inputs: || {
            examples::on_table(examples::flowers().and_then(|table| {
                table.then(SetRoles { roles: [("width".to_owned(), Role::Target)].into() })
            }))
        },
    },
};

fn step(params: &ParamValues, _table: &Table) -> Result<Step, Trouble> {
    Ok(TransformTarget { curve: super::reshape::curve_of(&CURVE.of(params)) }.into())
}

//! The parameters of a training, shared by every node that trains.

use pg_base::{Choice, Param, ParamSpec, ParamValues, t};
use pg_nn::TrainSettings;
use pg_nn::train::{LossKind, OptimizerKind, ScheduleKind};

const EPOCHS: Param<i64> = Param::int("epochs", t("Epochs", "训练轮数"), 100, 1, 100_000).help(t(
    "Passes over the training rows; early stopping may end it sooner.",
    "遍历训练数据的次数；提前停止可能更早结束。",
));
/// Rows per step.
pub(crate) const BATCH_SIZE: Param<i64> =
    Param::int("batch_size", t("Batch size", "批大小"), 32, 1, 1_000_000)
        .unit(t("rows", "行"))
        .help(t(
            "Rows per step. Larger is faster per row and needs more memory.",
            "每步的行数。越大每行越快，占用内存越多。",
        ));
const OPTIMIZER: Param<String> = Param::choice(
    "optimizer",
    t("Optimizer", "优化器"),
    "adam",
    &[
        Choice { id: "adam", label: t("Adam", "Adam") },
        Choice { id: "adamw", label: t("AdamW", "AdamW") },
        Choice { id: "sgd", label: t("SGD with momentum", "带动量的 SGD") },
        Choice { id: "gradient_descent", label: t("Gradient descent", "梯度下降") },
    ],
);
const LEARNING_RATE: Param<f64> =
    Param::float("learning_rate", t("Learning rate", "学习率"), 0.001, 1e-9, 10.0).help(t(
        "Step size. Too high: the loss jumps; too low: it hardly falls.",
        "步长。过高损失会震荡，过低几乎不下降。",
    ));
const MOMENTUM: Param<f64> = Param::float("momentum", t("Momentum", "动量"), 0.9, 0.0, 0.999)
    .shown_when("optimizer", &["sgd"]);
const NESTEROV: Param<bool> =
    Param::flag("nesterov", t("Nesterov", "Nesterov"), false).shown_when("optimizer", &["sgd"]);
const WEIGHT_DECAY: Param<f64> =
    Param::float("weight_decay", t("Weight decay", "权重衰减"), 0.0, 0.0, 10.0).help(t(
        "Pulls weights towards zero; lessens over-fitting. 0.01 is usual with AdamW.",
        "使权重趋近于零，可减轻过拟合。AdamW 常用 0.01。",
    ));
const SCHEDULE: Param<String> = Param::choice(
    "schedule",
    t("Schedule", "学习率计划"),
    "constant",
    &[
        Choice { id: "constant", label: t("Constant", "恒定") },
        Choice { id: "cosine", label: t("Cosine", "余弦") },
        Choice { id: "linear", label: t("Linear", "线性") },
    ],
);
const WARM_UP: Param<i64> = Param::int("warm_up_steps", t("Warm-up", "预热"), 0, 0, 1_000_000)
    .unit(t("steps", "步"))
    .help(t(
        "Steps over which the learning rate rises from zero; helps transformers.",
        "学习率从零上升所用的步数；有助于 Transformer。",
    ));
const CLIP_NORM: Param<f64> =
    Param::float("clip_norm", t("Clip gradients at", "梯度裁剪"), 0.0, 0.0, 1e6).help(t(
        "Largest length of the whole gradient; 0 for no limit.",
        "整个梯度的最大长度；0 表示不限。",
    ));
const EARLY_STOPPING: Param<i64> = Param::int("early_stopping", t("Early stopping after", "提前停止"), 15, 0, 100_000)
    .unit(t("epochs", "轮"))
    .help(t(
        "Stops when the validation loss has not improved for so many epochs, and gives back the best weights; 0 never stops.",
        "验证损失连续这么多轮没有改善时停止，并恢复最佳权重；0 表示从不停止。",
    ));
const LOSS: Param<String> = Param::choice(
    "loss",
    t("Loss", "损失函数"),
    "auto",
    &[
        Choice { id: "auto", label: t("Automatic", "自动") },
        Choice { id: "cross_entropy", label: t("Cross-entropy", "交叉熵") },
        Choice { id: "binary_cross_entropy", label: t("Binary cross-entropy", "二元交叉熵") },
        Choice { id: "mean_squared", label: t("Mean squared error", "均方误差") },
        Choice { id: "huber", label: t("Huber", "Huber") },
    ],
);
const HUBER_DELTA: Param<f64> =
    Param::float("huber_delta", t("Huber delta", "Huber δ"), 1.0, 1e-6, 1e6)
        .shown_when("loss", &["huber"]);

/// All of them, in the order of the form.
pub(crate) const PARAMS: &[ParamSpec] = &[
    EPOCHS.spec,
    BATCH_SIZE.spec,
    OPTIMIZER.spec,
    LEARNING_RATE.spec,
    MOMENTUM.spec,
    NESTEROV.spec,
    WEIGHT_DECAY.spec,
    SCHEDULE.spec,
    WARM_UP.spec,
    CLIP_NORM.spec,
    EARLY_STOPPING.spec,
    LOSS.spec,
    HUBER_DELTA.spec,
];

/// The settings that the parameters mean.
pub(crate) fn of(params: &ParamValues) -> TrainSettings {
    let (beta1, beta2, epsilon) = (0.9, 0.999, 1e-8);
    TrainSettings {
        n_epochs: EPOCHS.of(params).unsigned_abs() as usize,
        batch_size: BATCH_SIZE.of(params).unsigned_abs() as usize,
        loss: match LOSS.of(params).as_str() {
            "cross_entropy" => LossKind::CrossEntropy,
            "binary_cross_entropy" => LossKind::BinaryCrossEntropy,
            "mean_squared" => LossKind::MeanSquared,
            "huber" => LossKind::Huber { delta: HUBER_DELTA.of(params) },
            _ => LossKind::Auto,
        },
        optimizer: match OPTIMIZER.of(params).as_str() {
            "sgd" => {
                OptimizerKind::Sgd { momentum: MOMENTUM.of(params), nesterov: NESTEROV.of(params) }
            }
            "gradient_descent" => OptimizerKind::GradientDescent,
            "adamw" => OptimizerKind::AdamW { beta1, beta2, epsilon },
            _ => OptimizerKind::Adam { beta1, beta2, epsilon },
        },
        learning_rate: LEARNING_RATE.of(params),
        schedule: match SCHEDULE.of(params).as_str() {
            "cosine" => ScheduleKind::Cosine { min_fraction: 0.0 },
            "linear" => ScheduleKind::Linear { end_fraction: 0.0 },
            _ => ScheduleKind::Constant,
        },
        n_warm_up_steps: WARM_UP.of(params).unsigned_abs() as usize,
        weight_decay: WEIGHT_DECAY.of(params),
        clip_norm: Some(CLIP_NORM.of(params)).filter(|norm| *norm > 0.0),
        patience: Some(EARLY_STOPPING.of(params).unsigned_abs() as usize)
            .filter(|n_epochs| *n_epochs > 0),
        keeps_best: true,
    }
}

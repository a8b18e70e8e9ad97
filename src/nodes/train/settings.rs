//! The parameters of a training, shared by every node that trains.

use pg_base::{Choice, Param, ParamSpec, ParamValues, t};
use pg_nn::TrainSettings;
use pg_nn::train::{LossKind, Monitor, OptimizerKind, ScheduleKind};

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
        Choice { id: "rmsprop", label: t("RMSprop", "RMSprop") },
        Choice { id: "adagrad", label: t("AdaGrad", "AdaGrad") },
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
const AMSGRAD: Param<bool> = Param::flag("amsgrad", t("AMSGrad", "AMSGrad"), false)
    .help(t(
        "Divides by the largest gradients so far instead of the recent ones; calmer near the end.",
        "用迄今最大的梯度而不是最近的梯度作除数；训练后期更平稳。",
    ))
    .shown_when("optimizer", &["adam", "adamw"])
    .advanced();
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
        Choice { id: "step", label: t("In steps", "阶梯") },
        Choice { id: "exponential", label: t("Exponential", "指数") },
        Choice { id: "one_cycle", label: t("One cycle", "单周期") },
        Choice { id: "plateau", label: t("On plateau", "停滞时降低") },
        Choice { id: "cosine_restarts", label: t("Cosine with restarts", "余弦重启") },
        Choice { id: "polynomial", label: t("Polynomial", "多项式") },
    ],
)
.help(t(
    "How the learning rate changes. On plateau lowers it when the loss has stopped falling; one cycle rises and then falls.",
    "学习率如何变化。“停滞时降低”在损失不再下降时降低；“单周期”先升后降。",
));
const STEP_EPOCHS: Param<i64> = Param::int("step_epochs", t("Every", "每隔"), 10, 1, 100_000)
    .unit(t("epochs", "轮"))
    .shown_when("schedule", &["step"]);
const STEP_FACTOR: Param<f64> = Param::float("step_factor", t("Times", "乘以"), 0.1, 1e-6, 1.0)
    .shown_when("schedule", &["step"]);
const EPOCH_FACTOR: Param<f64> =
    Param::float("epoch_factor", t("Times per epoch", "每轮乘以"), 0.95, 1e-3, 1.0)
        .shown_when("schedule", &["exponential"]);
const PLATEAU_EPOCHS: Param<i64> =
    Param::int("plateau_epochs", t("After no progress for", "多久没有进步"), 5, 0, 100_000)
        .unit(t("epochs", "轮"))
        .shown_when("schedule", &["plateau"]);
const PLATEAU_FACTOR: Param<f64> =
    Param::float("plateau_factor", t("Times", "乘以"), 0.1, 1e-6, 1.0)
        .shown_when("schedule", &["plateau"]);
const RESTART_EPOCHS: Param<i64> =
    Param::int("restart_epochs", t("First restart after", "首次重启"), 10, 1, 100_000)
        .unit(t("epochs", "轮"))
        .shown_when("schedule", &["cosine_restarts"]);
const RESTART_MULTIPLIER: Param<i64> =
    Param::int("restart_multiplier", t("Each time longer by", "每次延长倍数"), 2, 1, 10)
        .shown_when("schedule", &["cosine_restarts"]);
const POLYNOMIAL_POWER: Param<f64> =
    Param::float("polynomial_power", t("Power", "幂"), 1.0, 0.1, 10.0)
        .shown_when("schedule", &["polynomial"]);
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
        Choice { id: "mean_absolute", label: t("Mean absolute error", "平均绝对误差") },
        Choice { id: "quantile", label: t("Quantile (pinball)", "分位数（pinball）") },
        Choice { id: "poisson", label: t("Poisson (counts)", "泊松（计数）") },
        Choice { id: "focal", label: t("Focal", "焦点损失") },
    ],
)
.help(t(
    "What is minimised. Automatic takes cross-entropy for classes and the mean squared error for numbers. Mean absolute error bears outliers, quantile predicts for instance the value that 90 % stay below, Poisson is for counts, focal for rare classes.",
    "要最小化的量。“自动”对类别用交叉熵，对数值用均方误差。平均绝对误差不怕离群值；分位数损失可预测例如 90 % 的数据不超过的值；泊松用于计数；焦点损失用于罕见类别。",
));
const HUBER_DELTA: Param<f64> =
    Param::float("huber_delta", t("Huber delta", "Huber δ"), 1.0, 1e-6, 1e6)
        .shown_when("loss", &["huber"]);
const QUANTILE: Param<f64> = Param::float("quantile", t("Quantile", "分位数"), 0.5, 0.001, 0.999)
    .help(t(
        "The share of rows that should stay below the prediction.",
        "应低于预测值的数据所占的比例。",
    ))
    .shown_when("loss", &["quantile"]);
const FOCAL_GAMMA: Param<f64> =
    Param::float("focal_gamma", t("Focal gamma", "焦点 γ"), 2.0, 0.0, 10.0)
        .help(t(
            "How much less rows count that are right already.",
            "已经判断正确的数据权重降低的程度。",
        ))
        .shown_when("loss", &["focal"]);
const FOCAL_ALPHA: Param<f64> =
    Param::float("focal_alpha", t("Focal alpha", "焦点 α"), 0.0, 0.0, 0.999)
        .help(t(
            "Weight of the second of two classes; 0 for none.",
            "两个类别中第二个的权重；0 表示不设置。",
        ))
        .shown_when("loss", &["focal"]);
const CLASS_WEIGHTS: Param<String> = Param::choice(
    "class_weights",
    t("Class weights", "类别权重"),
    "none",
    &[
        Choice { id: "none", label: t("All the same", "相同") },
        Choice { id: "balanced", label: t("Balanced", "平衡") },
        Choice { id: "given", label: t("As given", "指定") },
    ],
)
.help(t(
    "Balanced makes rare classes count as much as frequent ones.",
    "“平衡”使罕见类别与常见类别同样重要。",
))
.advanced();
/// What each class counts, in words of the person.
pub(crate) const CLASS_WEIGHT_LIST: Param<String> = Param::lines(
    "class_weight_list",
    t("Weights", "权重"),
    "",
)
.help(t(
    "A class and its weight each: `ill = 5; healthy = 1`. Classes that are not named count 1.",
    "逐个写出类别及其权重：`患病 = 5; 健康 = 1`。未列出的类别权重为 1。",
))
.shown_when("class_weights", &["given"])
.advanced();
const LABEL_SMOOTHING: Param<f64> =
    Param::float("label_smoothing", t("Label smoothing", "标签平滑"), 0.0, 0.0, 0.9)
        .help(t(
            "Makes the classes less certain, against over-confident models; 0.1 is usual.",
            "使类别标签不那么绝对，避免模型过度自信；常用 0.1。",
        ))
        .advanced();
const MONITOR: Param<String> = Param::choice(
    "monitor",
    t("Best epoch by", "最佳轮次依据"),
    "loss",
    &[
        Choice { id: "loss", label: t("Validation loss", "验证损失") },
        Choice { id: "score", label: t("Accuracy or R²", "准确率或 R²") },
    ],
)
.advanced();
const MIN_IMPROVEMENT: Param<f64> =
    Param::float("min_improvement", t("Least improvement", "最小改善"), 0.0, 0.0, 1e6)
        .help(t(
            "Early stopping takes a smaller improvement for none.",
            "小于此值的改善在提前停止时视为没有改善。",
        ))
        .advanced();
const TIME_LIMIT: Param<f64> =
    Param::float("time_limit", t("Time limit", "时间上限"), 0.0, 0.0, 100_000.0)
        .unit(t("minutes", "分钟"))
        .help(t(
            "Ends the training after so long and keeps the best weights; 0 for no limit.",
            "超过此时间即结束训练并保留最佳权重；0 表示不限。",
        ))
        .advanced();
const ACCUMULATE: Param<i64> = Param::int(
    "accumulate",
    t("Batches per step", "每步批数"),
    1,
    1,
    100_000,
)
.help(t(
    "Gathers the gradients of several batches for one step: like a larger batch, in less memory.",
    "把多批数据的梯度累积为一步：效果如同更大的批，但占用内存更少。",
))
.advanced();
const AVERAGE_DECAY: Param<f64> = Param::float(
    "average_decay",
    t("Average weights", "权重平均"),
    0.0,
    0.0,
    0.99999,
)
.help(t(
    "Keeps a moving average of the weights and uses it instead; 0.999 is usual, 0 for none.",
    "使用权重的指数滑动平均代替权重本身；常用 0.999，0 表示不用。",
))
.advanced();

/// All of them, in the order of the form.
pub(crate) const PARAMS: &[ParamSpec] = &[
    EPOCHS.spec,
    BATCH_SIZE.spec,
    OPTIMIZER.spec,
    LEARNING_RATE.spec,
    MOMENTUM.spec,
    NESTEROV.spec,
    AMSGRAD.spec,
    WEIGHT_DECAY.spec,
    SCHEDULE.spec,
    STEP_EPOCHS.spec,
    STEP_FACTOR.spec,
    EPOCH_FACTOR.spec,
    PLATEAU_EPOCHS.spec,
    PLATEAU_FACTOR.spec,
    RESTART_EPOCHS.spec,
    RESTART_MULTIPLIER.spec,
    POLYNOMIAL_POWER.spec,
    WARM_UP.spec,
    CLIP_NORM.spec,
    EARLY_STOPPING.spec,
    LOSS.spec,
    HUBER_DELTA.spec,
    QUANTILE.spec,
    FOCAL_GAMMA.spec,
    FOCAL_ALPHA.spec,
    CLASS_WEIGHTS.spec,
    CLASS_WEIGHT_LIST.spec,
    LABEL_SMOOTHING.spec,
    MONITOR.spec,
    MIN_IMPROVEMENT.spec,
    TIME_LIMIT.spec,
    ACCUMULATE.spec,
    AVERAGE_DECAY.spec,
];

/// The ids of [`PARAMS`].
pub(crate) fn ids() -> Vec<&'static str> {
    PARAMS.iter().map(|param| param.id).collect()
}

/// Two lists of parameters one behind the other.
pub(crate) const fn joined<const N: usize>(
    first: &[ParamSpec],
    second: &[ParamSpec],
) -> [ParamSpec; N] {
    assert!(N == first.len() + second.len());
    let mut all = [EPOCHS.spec; N];
    let mut index = 0;
    while index < N {
        all[index] = if index < first.len() { first[index] } else { second[index - first.len()] };
        index += 1;
    }
    all
}

/// Those that shape a single step; what a learning rate fits to.
pub(crate) const PARAMS_OF_STEP: &[ParamSpec] = &[
    BATCH_SIZE.spec,
    OPTIMIZER.spec,
    MOMENTUM.spec,
    NESTEROV.spec,
    AMSGRAD.spec,
    WEIGHT_DECAY.spec,
    CLIP_NORM.spec,
    LOSS.spec,
    HUBER_DELTA.spec,
    QUANTILE.spec,
    FOCAL_GAMMA.spec,
    FOCAL_ALPHA.spec,
    CLASS_WEIGHTS.spec,
    CLASS_WEIGHT_LIST.spec,
    LABEL_SMOOTHING.spec,
];

/// How the classes are to be weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClassWeighting {
    /// All the same.
    Same,
    /// `rows / (classes · rows of the class)`.
    Balanced,
    /// As in [`CLASS_WEIGHT_LIST`].
    Given,
}

/// How the parameters want the classes to be weighed.
pub(crate) fn class_weighting(params: &ParamValues) -> ClassWeighting {
    match CLASS_WEIGHTS.of(params).as_str() {
        "balanced" => ClassWeighting::Balanced,
        "given" => ClassWeighting::Given,
        _ => ClassWeighting::Same,
    }
}

/// The settings that the parameters mean, without class weights: those need the classes.
pub(crate) fn of(params: &ParamValues) -> TrainSettings {
    TrainSettings {
        n_epochs: count(&EPOCHS, params),
        batch_size: count(&BATCH_SIZE, params),
        loss: loss(params),
        optimizer: optimizer(params),
        learning_rate: LEARNING_RATE.of(params),
        schedule: schedule(params),
        n_warm_up_steps: count(&WARM_UP, params),
        weight_decay: WEIGHT_DECAY.of(params),
        clip_norm: Some(CLIP_NORM.of(params)).filter(|norm| *norm > 0.0),
        patience: Some(count(&EARLY_STOPPING, params)).filter(|n_epochs| *n_epochs > 0),
        keeps_best: true,
        class_weights: Vec::new(),
        label_smoothing: LABEL_SMOOTHING.of(params),
        n_accumulated: count(&ACCUMULATE, params),
        average_decay: Some(AVERAGE_DECAY.of(params)).filter(|decay| *decay > 0.0),
        max_seconds: Some(60.0 * TIME_LIMIT.of(params)).filter(|seconds| *seconds > 0.0),
        monitor: match MONITOR.of(params).as_str() {
            "score" => Monitor::Score,
            _ => Monitor::Loss,
        },
        min_improvement: MIN_IMPROVEMENT.of(params),
    }
}

fn count(param: &Param<i64>, params: &ParamValues) -> usize {
    param.of(params).unsigned_abs() as usize
}

fn loss(params: &ParamValues) -> LossKind {
    match LOSS.of(params).as_str() {
        "cross_entropy" => LossKind::CrossEntropy,
        "binary_cross_entropy" => LossKind::BinaryCrossEntropy,
        "mean_squared" => LossKind::MeanSquared,
        "huber" => LossKind::Huber { delta: HUBER_DELTA.of(params) },
        "mean_absolute" => LossKind::MeanAbsolute,
        "quantile" => LossKind::Quantile { quantile: QUANTILE.of(params) },
        "poisson" => LossKind::Poisson,
        "focal" => LossKind::Focal {
            gamma: FOCAL_GAMMA.of(params),
            alpha: Some(FOCAL_ALPHA.of(params)).filter(|alpha| *alpha > 0.0),
        },
        _ => LossKind::Auto,
    }
}

fn optimizer(params: &ParamValues) -> OptimizerKind {
    let (beta1, beta2, epsilon, amsgrad) = (0.9, 0.999, 1e-8, AMSGRAD.of(params));
    match OPTIMIZER.of(params).as_str() {
        "sgd" => {
            OptimizerKind::Sgd { momentum: MOMENTUM.of(params), nesterov: NESTEROV.of(params) }
        }
        "gradient_descent" => OptimizerKind::GradientDescent,
        "adamw" => OptimizerKind::AdamW { beta1, beta2, epsilon, amsgrad },
        "rmsprop" => OptimizerKind::rms_prop(),
        "adagrad" => OptimizerKind::ada_grad(),
        _ => OptimizerKind::Adam { beta1, beta2, epsilon, amsgrad },
    }
}

fn schedule(params: &ParamValues) -> ScheduleKind {
    match SCHEDULE.of(params).as_str() {
        "cosine" => ScheduleKind::Cosine { min_fraction: 0.0 },
        "linear" => ScheduleKind::Linear { end_fraction: 0.0 },
        "step" => ScheduleKind::Step {
            n_epochs: count(&STEP_EPOCHS, params),
            factor: STEP_FACTOR.of(params),
        },
        "exponential" => ScheduleKind::Exponential { factor: EPOCH_FACTOR.of(params) },
        "one_cycle" => ScheduleKind::OneCycle,
        "plateau" => ScheduleKind::Plateau {
            factor: PLATEAU_FACTOR.of(params),
            patience: count(&PLATEAU_EPOCHS, params),
        },
        "cosine_restarts" => ScheduleKind::CosineRestarts {
            n_epochs: count(&RESTART_EPOCHS, params),
            multiplier: count(&RESTART_MULTIPLIER, params),
            min_fraction: 0.0,
        },
        "polynomial" => ScheduleKind::Polynomial { power: POLYNOMIAL_POWER.of(params) },
        _ => ScheduleKind::Constant,
    }
}

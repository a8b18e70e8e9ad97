//! The terms.

use pg_base::t;

use super::Term;

macro_rules! terms {
    ($($id:literal: $en:literal / $zh:literal => $text_en:literal / $text_zh:literal;)*) => {
        /// All terms, grouped by what they belong to.
        pub static ALL: &[Term] = &[$(Term { id: $id, name: t($en, $zh), text: t($text_en, $text_zh) }),*];
    };
}

terms! {
    // Data
    "feature": "Feature" / "特征" =>
        "A column that the model may look at to make its prediction, such as age or size."
        / "模型做预测时可以参考的列，例如年龄或尺寸。";
    "target": "Target" / "目标" =>
        "The column that the model has to predict. It is known for the rows to learn from and unknown for new ones."
        / "模型要预测的列。训练数据中它是已知的，新数据中则未知。";
    "class": "Class" / "类别" =>
        "One of the few values that a target can have, such as spam or not spam."
        / "目标可能取的少数几个值之一，例如“垃圾邮件”或“正常邮件”。";
    "row": "Row" / "行" =>
        "One example: a person, a flower, a picture. A model learns from many rows."
        / "一个样本：一个人、一朵花或一张图片。模型从许多行数据中学习。";
    "missing_value": "Missing value" / "缺失值" =>
        "A cell without a value. Most models cannot work with it, so it is filled in or the row is left out."
        / "没有值的单元格。多数模型无法处理，因此需要填补或删去该行。";
    "outlier": "Outlier" / "异常值" =>
        "A value far away from all others. It may be a mistake, and it can pull a model away from the rest."
        / "与其他值相差很远的值。它可能是错误，也可能使模型偏离大多数数据。";
    "split": "Split" / "数据划分" =>
        "Rows are dealt into three parts: to learn from, to watch the learning, and to judge the finished model."
        / "把数据分为三份：用于学习、用于观察学习过程、用于评判最终模型。";
    "training_rows": "Training rows" / "训练集" =>
        "The rows that the model learns from."
        / "模型用来学习的数据。";
    "validation": "Validation rows" / "验证集" =>
        "Rows that the model does not learn from. They show during training whether it learns something that holds for \
         new rows, and when to stop."
        / "模型不用于学习的数据。训练时用它们判断所学的规律对新数据是否成立，以及何时停止。";
    "test": "Test rows" / "测试集" =>
        "Rows that are put away until the end. How good the model is on them is the number to trust."
        / "一直保留到最后才使用的数据。模型在这些数据上的表现才是值得信赖的数字。";
    "leakage": "Leakage" / "数据泄漏" =>
        "The model sees something while it learns that it will not have when it is used, such as the answer in another \
         column. It then looks better than it is."
        / "模型在学习时看到了实际使用时不会有的信息，例如另一列中就含有答案。这会让它看起来比实际更好。";
    "imbalance": "Class imbalance" / "类别不平衡" =>
        "One class is much rarer than the others. A model can then be right most of the time without ever finding the \
         rare one: look at F1 instead of accuracy."
        / "某个类别远少于其他类别。模型即使从不识别少数类，也可能大多数时候是对的：此时应看 F1，而不是准确率。";
    "baseline": "Baseline" / "基线" =>
        "What a simple guess without any learning reaches: always the most frequent class, or the average. A model is \
         worth something where it beats that."
        / "不经学习、只靠简单猜测能达到的水平：总是猜最常见的类别，或猜平均值。模型超过它才有价值。";
    "seed": "Seed" / "随机种子" =>
        "The number that decides everything random. With the same seed, the same data gives the same result."
        / "决定所有随机过程的数字。种子相同，数据相同，结果就相同。";

    // Preparation
    "standardise": "Standardise" / "标准化" =>
        "Brings a number column to the mean 0 and the spread 1, so that large units do not drown small ones."
        / "将数值列变换为均值 0、标准差 1，避免单位大的列掩盖单位小的列。";
    "normalise": "Normalise" / "归一化" =>
        "Brings values to a common range, for instance pixels from 0–255 to about −1–1."
        / "将数值变换到统一范围，例如把像素从 0–255 变换到约 −1–1。";
    "one-hot": "One-hot" / "独热编码" =>
        "Turns a column of categories into one column of 0 and 1 per category, because networks only read numbers."
        / "将类别列拆成多个 0/1 列，每个类别一列，因为网络只能读取数字。";
    "token": "Token" / "词元" =>
        "A piece of text that gets a number: a word, a part of a word or a letter."
        / "文本中被编号的一小段：一个词、词的一部分或一个字。";
    "embedding": "Embedding" / "嵌入" =>
        "A list of learnt numbers that stands for a word or a category. Things of similar meaning get similar numbers."
        / "用一组学习得到的数字来表示词语或类别。含义相近的事物，数字也相近。";
    "augmentation": "Augmentation" / "数据增强" =>
        "Training pictures are shifted, turned or mirrored a little each time, so that the model learns what stays the same."
        / "训练时对图片做少量平移、旋转或翻转，让模型学会不变的特征。";
    "recipe": "Recipe" / "处理流程" =>
        "The list of preparation steps with everything they learnt from the training rows. It travels with the model, so \
         new data is prepared in exactly the same way."
        / "数据预处理步骤及其从训练数据中学到的参数。它随模型一起保存，因此新数据会以完全相同的方式处理。";

    // Networks
    "network": "Neural network" / "神经网络" =>
        "Layers of simple calculations with many adjustable numbers. Training adjusts them until the outputs fit."
        / "由许多简单计算层组成，含有大量可调节的数字。训练就是不断调节它们，直到输出符合要求。";
    "layer": "Layer" / "层" =>
        "One step of a network: it takes numbers in and gives numbers out."
        / "网络中的一步：输入一组数字，输出一组数字。";
    "parameter": "Parameter" / "参数" =>
        "One of the numbers in a network that training adjusts. More of them can learn more, but need more data and time."
        / "网络中由训练调节的数字。参数越多，能学到的越多，但也需要更多数据和时间。";
    "activation": "Activation" / "激活函数" =>
        "A bend after a layer, such as ReLU. Without it many layers could do no more than one."
        / "层之后的非线性变换，例如 ReLU。没有它，多层网络的能力与一层无异。";
    "dropout": "Dropout" / "随机失活" =>
        "During training a share of the values is set to zero at random. The network then cannot rely on single ones, \
         which helps against overfitting."
        / "训练时随机将一部分数值置零，使网络不依赖个别数值，有助于防止过拟合。";
    "convolution": "Convolution" / "卷积" =>
        "A layer that looks at small windows of a picture everywhere in the same way, and so finds edges and shapes."
        / "以相同方式扫描图片每一小块区域的层，从而识别边缘和形状。";
    "transformer": "Transformer" / "Transformer" =>
        "A network in which every part of a text or picture can look at every other part to find what belongs together."
        / "一种网络结构，文本或图片的每一部分都能关注其他部分，从而找出彼此的联系。";

    // Training
    "training": "Training" / "训练" =>
        "The network sees the training rows again and again and is adjusted a little each time so that its mistakes shrink."
        / "网络反复查看训练数据，每次做少量调整，使误差逐渐减小。";
    "epoch": "Epoch" / "轮次" =>
        "One pass over all training rows. Training takes many of them."
        / "完整遍历一次全部训练数据。训练通常需要许多轮。";
    "batch": "Batch" / "批次" =>
        "The rows that the network sees before it is adjusted once. Larger batches run faster and need more memory."
        / "网络每调整一次所看的若干行数据。批次越大，速度越快，占用内存也越多。";
    "loss": "Loss" / "损失" =>
        "How wrong the model is, as one number: the lower, the better. Training makes it smaller."
        / "衡量模型错误程度的数字，越低越好。训练的目标就是降低它。";
    "learning_rate": "Learning rate" / "学习率" =>
        "How far the network is adjusted in each step. Too high and it never settles; too low and it takes forever."
        / "每一步调整的幅度。太大则无法稳定，太小则学习过慢。";
    "optimizer": "Optimizer" / "优化器" =>
        "The rule by which the network is adjusted. Adam is a good start almost everywhere."
        / "调整网络所用的规则。Adam 几乎在任何情况下都是不错的起点。";
    "schedule": "Schedule" / "学习率策略" =>
        "How the learning rate changes during training, usually from large steps to small ones."
        / "训练过程中学习率的变化方式，通常由大到小。";
    "weight_decay": "Weight decay" / "权重衰减" =>
        "Pulls the numbers of the network towards zero a little in every step, which helps against overfitting."
        / "每一步都把网络中的数字略微拉向零，有助于防止过拟合。";
    "overfitting": "Overfitting" / "过拟合" =>
        "The model learns the training rows by heart instead of what they have in common. It shows when the loss on the \
         validation rows rises while that on the training rows still falls. More data, dropout or a smaller network help."
        / "模型死记硬背训练数据，而没有学到其中的规律。表现为训练损失仍在下降，验证损失却开始上升。增加数据、使用随机失活或\
           缩小网络会有帮助。";
    "underfitting": "Underfitting" / "欠拟合" =>
        "The model is too simple or has trained too briefly: it is bad even on the training rows."
        / "模型过于简单或训练不足：即使在训练数据上表现也不好。";
    "early_stopping": "Early stopping" / "早停" =>
        "Training ends when the validation loss has not become better for some epochs, and the best state is kept."
        / "当验证损失连续若干轮没有改善时停止训练，并保留最佳状态。";
    "checkpoint": "Checkpoint" / "检查点" =>
        "The state of a training, saved on the way. A training that was stopped goes on from there."
        / "训练途中保存的状态。中断的训练可以从这里继续。";
    "fold": "Cross-validation" / "交叉验证" =>
        "The rows are dealt into several parts, and each part is the test once. It takes longer and tells how much the \
         result depends on chance."
        / "把数据分成若干份，每份轮流作为测试集。耗时更长，但能看出结果受偶然因素影响的程度。";
    "search": "Hyperparameter search" / "超参数搜索" =>
        "Tries many settings of a training by itself and keeps the one with the best validation result."
        / "自动尝试多种训练设置，保留验证效果最好的一组。";

    // Judging
    "accuracy": "Accuracy" / "准确率" =>
        "The share of rows that were predicted right. Mind how much a simple guess would reach."
        / "预测正确的行所占的比例。请与简单猜测能达到的水平相比较。";
    "precision": "Precision" / "精确率" =>
        "Of the rows that the model puts into a class, the share that really belongs there."
        / "被模型判为某类的数据中，确实属于该类的比例。";
    "recall": "Recall" / "召回率" =>
        "Of the rows that really belong to a class, the share that the model finds."
        / "确实属于某类的数据中，被模型找出的比例。";
    "f1": "F1" / "F1 分数" =>
        "Precision and recall in one number between 0 and 1; it is only high where both are. The macro average counts \
         every class alike, however rare."
        / "把精确率和召回率合成一个 0 到 1 之间的数字，两者都高时它才高。宏平均对每个类别一视同仁，无论多少。";
    "roc_auc": "ROC AUC" / "ROC AUC" =>
        "How well the model ranks: the chance that it gives a row of the class a higher score than another one. 0.5 is \
         guessing, 1 is perfect."
        / "衡量模型的排序能力：属于该类的数据得分高于其他数据的概率。0.5 相当于瞎猜，1 为完美。";
    "confusion_matrix": "Confusion matrix" / "混淆矩阵" =>
        "A table that counts, for every true class, what the model said. The diagonal is right; the rest shows what is \
         taken for what."
        / "按真实类别统计模型预测结果的表格。对角线是预测正确的，其余显示哪些类别容易混淆。";
    "r2": "R²" / "R²（决定系数）" =>
        "The share of the ups and downs of the target that the model explains. 1 is perfect, 0 is no better than the average."
        / "模型能解释的目标变化所占的比例。1 为完美，0 表示不比猜平均值好。";
    "rmse": "RMSE" / "均方根误差" =>
        "How far predictions are off, in the unit of the target; large mistakes count more."
        / "预测与真实值的典型差距，单位与目标相同；大的误差权重更大。";
    "mae": "MAE" / "平均绝对误差" =>
        "How far predictions are off on average, in the unit of the target."
        / "预测与真实值的平均差距，单位与目标相同。";
    "threshold": "Threshold" / "阈值" =>
        "From which score on a row is put into the class. A lower one finds more, and is wrong more often."
        / "得分达到多少才判为该类。阈值越低，找到的越多，误判也越多。";
    "confidence": "Confidence interval" / "置信区间" =>
        "The range in which a number would probably lie with other test rows. The fewer rows, the wider it is."
        / "换一批测试数据时，该数字大概会落入的范围。数据越少，范围越宽。";

    // Using
    "inference": "Prediction" / "预测（推理）" =>
        "Using a finished model on new rows. It no longer learns."
        / "用训练好的模型处理新数据。此时模型不再学习。";
    "bundle": "Model file" / "模型文件" =>
        "One file with everything that is needed to predict: network, preparation and names of the classes."
        / "包含预测所需一切内容的文件：网络、预处理步骤和类别名称。";
    "onnx": "ONNX" / "ONNX" =>
        "A common format for models that many other programs can run."
        / "一种通用的模型格式，许多其他程序都能运行。";
    "serve": "Serving" / "模型服务" =>
        "Offering a model to other programs over the network: they send a row and get the prediction back."
        / "通过网络向其他程序提供模型：对方发送数据，即可得到预测结果。";
}

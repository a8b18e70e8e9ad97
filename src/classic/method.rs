//! The closed list of methods with their settings.

use pg_base::{Text, t};
use serde::{Deserialize, Serialize};

use crate::bayes::BayesSettings;
use crate::boosting::BoostingSettings;
use crate::forest::ForestSettings;
use crate::linear::LinearSettings;
use crate::neighbours::NeighboursSettings;
use crate::svm::SvmSettings;
use crate::tree::TreeSettings;

/// A method with its settings: what is known before it has learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum Method {
    /// One tree of questions.
    DecisionTree(TreeSettings),
    /// Many trees.
    RandomForest(ForestSettings),
    /// Trees that correct each other.
    GradientBoosting(BoostingSettings),
    /// Similar rows.
    KNearest(NeighboursSettings),
    /// Bell curves.
    NaiveBayes(BayesSettings),
    /// Weighted sums.
    LinearModel(LinearSettings),
    /// Support vectors.
    Svm(SvmSettings),
}

impl Method {
    /// What the person reads.
    pub const fn title(&self) -> Text {
        match self {
            Self::DecisionTree(_) => t("Decision tree", "决策树"),
            Self::RandomForest(settings) if settings.draws_thresholds => {
                t("Extra trees", "极端随机树")
            }
            Self::RandomForest(_) => t("Random forest", "随机森林"),
            Self::GradientBoosting(_) => t("Gradient boosting", "梯度提升"),
            Self::KNearest(_) => t("Nearest neighbours", "K 近邻"),
            Self::NaiveBayes(_) => t("Naive Bayes", "朴素贝叶斯"),
            Self::LinearModel(_) => t("Linear model", "线性模型"),
            Self::Svm(_) => t("Support vector machine", "支持向量机"),
        }
    }

    /// Whether it learns from rows with gaps and answers them.
    pub const fn accepts_gaps(&self) -> bool {
        matches!(self, Self::DecisionTree(_) | Self::RandomForest(_) | Self::GradientBoosting(_))
    }

    /// Whether it watches validation rows to know when to stop.
    pub const fn watches_validation(&self) -> bool {
        matches!(self, Self::GradientBoosting(_))
    }

    /// Whether columns of a larger spread count more, because it goes by distances.
    pub const fn minds_scale(&self) -> bool {
        matches!(self, Self::KNearest(_) | Self::Svm(_))
    }
}

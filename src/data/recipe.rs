//! The recipe: the fitted steps that made a table, replayed on every row the model ever sees.

use std::collections::BTreeMap;

use pg_base::{Trouble, Words};
use polars::prelude::{BooleanChunked, ChunkFullNull, IntoSeries, StringChunked};
use serde::{Deserialize, Serialize};

use crate::read::Reading;
use crate::schema::{Column, ColumnKind, Role, Schema};
use crate::steps;
use crate::steps::curve::CurveKind;
use crate::steps::split_labels::SplitLabels;
use crate::table::Rows;

/// Why a step is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The table is being built: steps that drop rows do so (after a split on training rows only).
    Building,
    /// New rows are prepared for a model: no row is ever dropped or reordered.
    Replaying,
}

/// What every fitted step can do; one implementation per file in `steps/`.
///
/// The value holds the options and what was learnt, so a recipe alone can be replayed and refitted.
pub trait RecipeStep: Sized {
    /// The same options, learnt anew from these rows (training rows only).
    fn refit(&self, training: &Rows) -> Result<Self, Trouble>;

    /// Applies what was learnt; must accept any rows whose schema has the columns the step names,
    /// zero rows included, and must not look at other rows of the same call (so chunks give the same result).
    fn apply(&self, rows: Rows, purpose: Purpose) -> Result<Rows, Trouble>;

    /// Whether the result of building can change with the parts of the rows: because it learns, or because it drops
    /// training rows only.
    fn depends_on_parts(&self) -> bool {
        true
    }

    /// Whether applying keeps number and order of the rows and can fail for no value (only for a missing column, which
    /// shows without rows): then it may wait until somebody looks at the rows. Costly steps are better done at once.
    fn can_wait(&self) -> bool {
        false
    }

    /// Whether building looks from one row at others (to sort them, say), so that all must be there at once.
    fn needs_all_rows(&self) -> bool {
        false
    }

    /// Which rows building keeps, for a step that needs all rows only to tell that: it sees them slice by slice.
    fn kept_rows(
        &self,
        _slices: &mut dyn Iterator<Item = Result<Rows, Trouble>>,
    ) -> Result<Option<BooleanChunked>, Trouble> {
        Ok(None)
    }

    /// Names of the columns whose values `refit` reads; others may be absent from the frame it is given.
    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        schema.columns.iter().map(|column| column.name.clone()).collect()
    }

    /// One line for model cards and reports: "Standardise 4 columns".
    fn describe(&self) -> Words;
}

/// Generates the closed enum of steps from one list: variant, id in files, type.
macro_rules! steps {
    ($($variant:ident($id:literal, $step:ty)),* $(,)?) => {
        /// Any fitted step.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "step")]
        pub enum Step {
            $(
                #[doc = concat!("`", $id, "`")]
                #[serde(rename = $id)]
                $variant($step),
            )*
        }

        impl Step {
            /// Ids of all steps, in order.
            pub const IDS: &'static [&'static str] = &[$($id),*];

            /// Id in files.
            pub fn id(&self) -> &'static str {
                match self { $(Self::$variant(_) => $id),* }
            }
        }

        impl RecipeStep for Step {
            fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
                match self { $(Self::$variant(step) => step.refit(training).map(Self::$variant)),* }
            }

            fn apply(&self, rows: Rows, purpose: Purpose) -> Result<Rows, Trouble> {
                match self { $(Self::$variant(step) => step.apply(rows, purpose)),* }
            }

            fn depends_on_parts(&self) -> bool {
                match self { $(Self::$variant(step) => step.depends_on_parts()),* }
            }

            fn can_wait(&self) -> bool {
                match self { $(Self::$variant(step) => step.can_wait()),* }
            }

            fn needs_all_rows(&self) -> bool {
                match self { $(Self::$variant(step) => step.needs_all_rows()),* }
            }

            fn kept_rows(
                &self,
                slices: &mut dyn Iterator<Item = Result<Rows, Trouble>>,
            ) -> Result<Option<BooleanChunked>, Trouble> {
                match self { $(Self::$variant(step) => step.kept_rows(slices)),* }
            }

            fn learns_from(&self, schema: &Schema) -> Vec<String> {
                match self { $(Self::$variant(step) => step.learns_from(schema)),* }
            }

            fn describe(&self) -> Words {
                match self { $(Self::$variant(step) => step.describe()),* }
            }
        }

        $(impl From<$step> for Step {
            fn from(step: $step) -> Self {
                Self::$variant(step)
            }
        })*
    };
}

steps! {
    SetRoles("set_roles", steps::set_roles::SetRoles),
    SplitLabels("split_labels", steps::split_labels::SplitLabels),
    SelectColumns("select_columns", steps::select_columns::SelectColumns),
    RemoveDuplicates("remove_duplicates", steps::remove_duplicates::RemoveDuplicates),
    AddFormula("formula", steps::add_formula::AddFormula),
    FilterFormula("filter_expression", steps::filter_formula::FilterFormula),
    DateFeatures("date_features", steps::date_features::DateFeatures),
    JoinLookup("join", steps::join_lookup::JoinLookup),
    FillMissing("fill_missing", steps::fill_missing::FillMissing),
    ClipOutliers("clip_outliers", steps::clip_outliers::ClipOutliers),
    CleanText("clean_text", steps::clean_text::CleanText),
    MergeRare("merge_rare", steps::merge_rare::MergeRare),
    MapValues("map_values", steps::map_values::MapValues),
    ConvertType("convert_type", steps::convert_type::ConvertType),
    ParseDates("parse_dates", steps::parse_dates::ParseDates),
    FilterRows("filter_rows", steps::filter_rows::FilterRows),
    SampleRows("sample_rows", steps::sample_rows::SampleRows),
    SortRows("sort_rows", steps::sort_rows::SortRows),
    DropConstant("drop_constant", steps::drop_constant::DropConstant),
    DropCorrelated("drop_correlated", steps::drop_correlated::DropCorrelated),
    HidePersonal("hide_personal", steps::hide_personal::HidePersonal),
    Standardise("standardise", steps::standardise::Standardise),
    MinMax("min_max", steps::min_max::MinMax),
    OneHot("one_hot", steps::one_hot::OneHot),
    Scale("scale", steps::scale::Scale),
    Reshape("reshape", steps::reshape::Reshape),
    Clip("clip", steps::clip::Clip),
    Bin("bin", steps::bin::Bin),
    OrdinalEncode("ordinal_encode", steps::ordinal_encode::OrdinalEncode),
    FrequencyEncode("frequency_encode", steps::frequency_encode::FrequencyEncode),
    TargetEncode("target_encode", steps::target_encode::TargetEncode),
    HashEncode("hash_encode", steps::hash_encode::HashEncode),
    Piecewise("piecewise", steps::piecewise::Piecewise),
    Polynomial("polynomial", steps::polynomial::Polynomial),
    Pca("pca", steps::pca::Pca),
    SelectBest("select_best", steps::select_best::SelectBest),
    Balance("balance_classes", steps::balance::Balance),
    TransformTarget("transform_target", steps::transform_target::TransformTarget),
    ResizeImages("resize_images", steps::resize_images::ResizeImages),
    NormaliseImages("normalise_images", steps::normalise_images::NormaliseImages),
    FlipImages("flip_images", steps::flip_images::FlipImages),
    MoveImages("move_images", steps::move_images::MoveImages),
    Tokenise("tokenise", steps::tokenise::Tokenise),
    Cluster("cluster", steps::cluster::Cluster),
}

/// The steps from the origin of a table to the table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// How the cells of the source are to be understood.
    #[serde(default, skip_serializing_if = "Reading::is_usual")]
    pub reading: Reading,
    /// In the order they are applied.
    pub steps: Vec<Step>,
}

impl Recipe {
    /// Prepares new rows for a model; the number and order of the rows stay.
    ///
    /// A column that the recipe itself declares to be no feature (the target above all) may be absent, even where a
    /// step before the declaration works on it: it then counts as missing in every row and is left out of the result.
    pub fn replay(&self, mut rows: Rows) -> Result<Rows, Trouble> {
        let mut absent: Vec<String> = self
            .optional_columns()
            .into_iter()
            .filter(|name| rows.schema.get(name).is_none())
            .collect();
        for name in &absent {
            rows.set(StringChunked::full_null(name.as_str().into(), rows.n_rows()).into_series())?;
            rows.schema.columns.push(Column::new(name, ColumnKind::Category));
        }
        for step in &self.steps {
            rows = step.apply(rows, Purpose::Replaying)?;
        }
        // Labels that nobody gave are not absent labels.
        for step in &self.steps {
            if let Step::SplitLabels(step) = step
                && absent.contains(&step.column)
            {
                absent.extend(step.fitted.iter().map(|label| label.column.clone()));
            }
        }
        if !absent.is_empty() {
            rows.retain(|column| !absent.contains(&column.name))?;
        }
        Ok(rows)
    }

    /// The curve that the target is learnt on, where the recipe asks for one.
    pub(crate) fn target_curve(&self) -> Option<CurveKind> {
        self.steps.iter().rev().find_map(|step| match step {
            Step::TransformTarget(step) => Some(step.curve),
            _ => None,
        })
    }

    /// The step that made these target columns out of the labels of one column.
    pub fn split_labels<'a>(
        &self,
        mut targets: impl Iterator<Item = &'a str>,
    ) -> Option<&SplitLabels> {
        let splits = self.steps.iter().rev().find_map(|step| match step {
            Step::SplitLabels(step) => Some(step),
            _ => None,
        })?;
        let is_of = |name: &str| splits.fitted.iter().any(|label| label.column == name);
        targets.all(is_of).then_some(splits)
    }

    /// Columns whose last declared role is not that of a feature.
    fn optional_columns(&self) -> Vec<String> {
        let mut roles = BTreeMap::new();
        for step in &self.steps {
            if let Step::SetRoles(step) = step {
                roles.extend(step.roles.iter().map(|(name, role)| (name.clone(), *role)));
            }
        }
        roles.into_iter().filter(|(_, role)| *role != Role::Feature).map(|(name, _)| name).collect()
    }
}

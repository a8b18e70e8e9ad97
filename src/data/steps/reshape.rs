//! Reshape: bring a skewed column closer to an even or a bell-shaped distribution.

use pg_base::{Trouble, Words, say};
use serde::{Deserialize, Serialize};

use super::curve::{Curve, CurveKind};
use super::{Fitted, chosen, learn, map_numbers, statistics};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::Schema;
use crate::table::Rows;

/// A fitted curve per column, then mean 0 and deviation 1 if wanted; the same as scikit-learn's `PowerTransformer`
/// and `QuantileTransformer`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reshape {
    /// Number columns; empty for all number features.
    pub columns: Vec<String>,
    /// Which curve.
    pub curve: CurveKind,
    /// Whether the result is standardised.
    pub standardises: bool,
    /// What the training rows taught.
    #[serde(default)]
    pub fitted: Vec<Fitted<Shape>>,
}

/// The curve of a column, and centre and spread of its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// Curve.
    pub curve: Curve,
    /// Mean of the training values on the curve; 0 where not wanted.
    pub mean: f64,
    /// Their deviation; 1 where not wanted.
    pub scale: f64,
}

const KINDS: &[&str] = &["number"];

impl RecipeStep for Reshape {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let fitted = learn(training, &self.columns, KINDS, |name| {
            let mut values = statistics::finite(&training.numbers(name)?);
            let curve = Curve::fit(self.curve, &values).map_err(|trouble| trouble.column(name))?;
            let (mut mean, mut scale) = (0.0, 1.0);
            if self.standardises {
                for value in &mut values {
                    *value = curve.forward(*value);
                }
                values.retain(|value| value.is_finite());
                (mean, scale) = statistics::mean_and_scale(&values);
            }
            Ok(Shape { curve, mean, scale })
        })?;
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        map_numbers(rows, &self.fitted, |shape, value| {
            statistics::bounded((shape.curve.forward(value) - shape.mean) / shape.scale)
        })
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        chosen(schema, &self.columns, KINDS)
    }

    fn can_wait(&self) -> bool {
        true
    }

    fn describe(&self) -> Words {
        let (n, label) = (self.fitted.len(), self.curve.label());
        let (en, zh) = (label.en, label.zh);
        say!("Reshape {n} columns ({en})", "变换 {n} 列的分布（{zh}）")
    }
}

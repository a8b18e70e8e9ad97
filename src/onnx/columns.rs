//! Lowerings of the usual preprocessing steps on columns of numbers and texts.
//!
//! Numbers that are missing come as NaN, missing texts as the empty text: ONNX knows no other mark.

use crate::error::OnnxError;
use crate::graph::{GraphBuilder, Name};
use crate::tensor::{Attr, ElemType};

/// A text and the number that stands for it.
pub type CategoryCode = (String, i64);

impl GraphBuilder {
    /// `x` `[n, columns]` with NaN replaced by `fill`, one value per column.
    ///
    /// Core operators only, so that runtimes without `ai.onnx.ml` run it too.
    pub fn impute(&mut self, x: Name, fill: &[f32]) -> Name {
        let fill = self.constant_f32("impute.fill", &[fill.len()], fill);
        let is_missing = self.node("IsNaN", &[x], &[]);
        self.node("Where", &[is_missing, fill, x], &[])
    }

    /// One where `x` is NaN and zero elsewhere, as floats of the same shape.
    pub fn missing_indicator(&mut self, x: Name) -> Name {
        let is_missing = self.node("IsNaN", &[x], &[]);
        self.cast(is_missing, ElemType::F32)
    }

    /// `(x − center) / divisor` with one value per column of `x` `[n, columns]`.
    ///
    /// Standardising takes mean and deviation, min-max scaling the smallest value and the range.
    /// A divisor of zero or NaN is refused: constant columns are scaled by one.
    pub fn scale(&mut self, x: Name, center: &[f32], divisor: &[f32]) -> Name {
        if let Some(position) = divisor.iter().position(|value| *value == 0.0 || value.is_nan()) {
            self.refuse(OnnxError::Invalid {
                place: format!("the scaling of column {}", position + 1),
                reason:
                    "found a divisor of zero or NaN; expected a number: use 1 for a constant column"
                        .to_owned(),
            });
        }
        let center = self.constant_f32("scale.center", &[center.len()], center);
        let divisor = self.constant_f32("scale.divisor", &[divisor.len()], divisor);
        let centered = self.node("Sub", &[x, center], &[]);
        self.node("Div", &[centered, divisor], &[])
    }

    /// `x` `[n, columns]` held between `lower` and `upper`, one value per column; NaN stays NaN.
    pub fn clip(&mut self, x: Name, lower: &[f32], upper: &[f32]) -> Name {
        let lower = self.constant_f32("clip.lower", &[lower.len()], lower);
        let upper = self.constant_f32("clip.upper", &[upper.len()], upper);
        let raised = self.node("Max", &[x, lower], &[]);
        self.node("Min", &[raised, upper], &[])
    }

    /// A column of texts `[n, 1]` as `[n, categories]` floats: one at the text's place, all zeros for an unknown text.
    pub fn one_hot_strings<S: AsRef<str>>(&mut self, x: Name, categories: &[S]) -> Name {
        let texts = categories.iter().map(|text| text.as_ref().to_owned()).collect();
        let attrs = [("cats_strings", Attr::Strings(texts)), ("zeros", Attr::Int(1))];
        let encoded = self.ml_node("OneHotEncoder", &[x], &attrs);
        self.squeeze(encoded, &[1])
    }

    /// Texts of any shape as 64-bit integers; a text that is not among `codes` becomes `default`.
    pub fn label_encode(&mut self, x: Name, codes: &[CategoryCode], default: i64) -> Name {
        let (keys, values) = codes.iter().cloned().unzip();
        let attrs = [
            ("keys_strings", Attr::Strings(keys)),
            ("values_int64s", Attr::Ints(values)),
            ("default_int64", Attr::Int(default)),
        ];
        self.ml_node("LabelEncoder", &[x], &attrs)
    }

    /// Class numbers (64-bit integers of any shape, counted from zero) as the class names; others become the empty text.
    pub fn label_decode<S: AsRef<str>>(&mut self, x: Name, classes: &[S]) -> Name {
        let attrs = [
            ("keys_int64s", Attr::Ints((0..classes.len() as i64).collect())),
            (
                "values_strings",
                Attr::Strings(classes.iter().map(|class| class.as_ref().to_owned()).collect()),
            ),
            ("default_string", Attr::Str(String::new())),
        ];
        self.ml_node("LabelEncoder", &[x], &attrs)
    }

    /// The place of the largest value along `axis`, which disappears; the first of equal ones.
    pub fn arg_max(&mut self, x: Name, axis: i64) -> Name {
        self.node("ArgMax", &[x], &[("axis", Attr::Int(axis)), ("keepdims", Attr::Int(0))])
    }
}

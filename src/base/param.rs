//! Parameters: declared once as typed constants; forms, checks, files, docs and `--set` derive from them.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use crate::say;
use crate::text::{Text, Words};
use crate::trouble::Trouble;

/// The value of one parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ParamValue {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// Text, the id of a choice, a path, or a column name.
    Text(String),
    /// Whole numbers, for instance the sizes of hidden layers; must come before `Texts` for untagged reading.
    Ints(Vec<i64>),
    /// Column names.
    Texts(Vec<String>),
}

/// Values by parameter id; ordered, so that files and hashes are stable.
pub type ParamValues = BTreeMap<String, ParamValue>;

/// One option of a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Stable id, written to files.
    pub id: &'static str,
    /// What the person reads.
    pub label: Text,
}

/// What a parameter holds, with its default and limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParamKind {
    /// Yes or no.
    Bool {
        /// Value on creation.
        default: bool,
    },
    /// A whole number in `min..=max`.
    Int {
        /// Value on creation.
        default: i64,
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// A number in `min..=max`, never NaN.
    Float {
        /// Value on creation.
        default: f64,
        /// Smallest.
        min: f64,
        /// Largest.
        max: f64,
    },
    /// One of a few options.
    Choice {
        /// Id on creation.
        default: &'static str,
        /// All options.
        options: &'static [Choice],
    },
    /// Free text.
    Text {
        /// Value on creation.
        default: &'static str,
        /// Whether it may have several lines.
        has_lines: bool,
    },
    /// A file (or folder) that is read; relative paths are relative to the project file.
    Path {
        /// Whether a folder is wanted.
        is_folder: bool,
        /// File name extensions that fit; empty for any.
        extensions: &'static [&'static str],
    },
    /// One column by name; empty means that the node chooses.
    Column {
        /// Ids of the column kinds that fit; empty for any.
        kinds: &'static [&'static str],
    },
    /// Several columns by name; empty means all that fit.
    Columns {
        /// Ids of the column kinds that fit; empty for any.
        kinds: &'static [&'static str],
    },
    /// Whole numbers in `min..=max`, such as hidden layer sizes.
    Ints {
        /// Values on creation.
        default: &'static [i64],
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
}

/// Shows a parameter only while another has one of some values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownWhen {
    /// Id of the other parameter.
    pub param: &'static str,
    /// Its values as text (`true`, a choice id) for which this one is shown.
    pub is_one_of: &'static [&'static str],
}

/// Everything a form, a check or a page needs to know about one parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParamSpec {
    /// Stable id, written to files and used by `--set node.id=value`.
    pub id: &'static str,
    /// Sentence-case label.
    pub label: Text,
    /// One or two sentences of help.
    pub help: Text,
    /// Unit shown behind the value.
    pub unit: Text,
    /// What it holds.
    pub kind: ParamKind,
    /// When it matters at all.
    pub shown_when: Option<ShownWhen>,
    /// Whether changing it can change results; a parameter that cannot is left out of cache keys.
    pub affects_output: bool,
    /// Whether it is rarely wanted: a form may hide it until it is asked for.
    pub is_advanced: bool,
}

/// A parameter whose value has the Rust type `T`.
#[derive(Clone, Copy, Debug)]
pub struct Param<T> {
    /// The erased record, for the list in a node's spec.
    pub spec: ParamSpec,
    marker: PhantomData<fn() -> T>,
}

impl<T> Param<T> {
    const fn new(id: &'static str, label: Text, kind: ParamKind) -> Self {
        let spec = ParamSpec {
            id,
            label,
            help: Text::EMPTY,
            unit: Text::EMPTY,
            kind,
            shown_when: None,
            affects_output: true,
            is_advanced: false,
        };
        Self { spec, marker: PhantomData }
    }

    /// Adds help.
    pub const fn help(mut self, help: Text) -> Self {
        self.spec.help = help;
        self
    }

    /// Adds a unit.
    pub const fn unit(mut self, unit: Text) -> Self {
        self.spec.unit = unit;
        self
    }

    /// Shows it only while another parameter has one of these values.
    pub const fn shown_when(
        mut self,
        param: &'static str,
        is_one_of: &'static [&'static str],
    ) -> Self {
        self.spec.shown_when = Some(ShownWhen { param, is_one_of });
        self
    }

    /// Declares that it is rarely wanted.
    pub const fn advanced(mut self) -> Self {
        self.spec.is_advanced = true;
        self
    }

    /// Declares that it cannot change results, so changing it keeps cached values fresh.
    pub const fn without_effect(mut self) -> Self {
        self.spec.affects_output = false;
        self
    }
}

impl Param<bool> {
    /// Yes or no.
    pub const fn flag(id: &'static str, label: Text, default: bool) -> Self {
        Self::new(id, label, ParamKind::Bool { default })
    }
}

impl Param<i64> {
    /// A whole number in `min..=max`.
    pub const fn int(id: &'static str, label: Text, default: i64, min: i64, max: i64) -> Self {
        Self::new(id, label, ParamKind::Int { default, min, max })
    }
}

impl Param<f64> {
    /// A number in `min..=max`.
    pub const fn float(id: &'static str, label: Text, default: f64, min: f64, max: f64) -> Self {
        Self::new(id, label, ParamKind::Float { default, min, max })
    }
}

impl Param<String> {
    /// One of a few options, by id.
    pub const fn choice(
        id: &'static str,
        label: Text,
        default: &'static str,
        options: &'static [Choice],
    ) -> Self {
        Self::new(id, label, ParamKind::Choice { default, options })
    }

    /// Free text.
    pub const fn text(id: &'static str, label: Text, default: &'static str) -> Self {
        Self::new(id, label, ParamKind::Text { default, has_lines: false })
    }

    /// Text of several lines.
    pub const fn lines(id: &'static str, label: Text, default: &'static str) -> Self {
        Self::new(id, label, ParamKind::Text { default, has_lines: true })
    }

    /// A file to read.
    pub const fn file(id: &'static str, label: Text, extensions: &'static [&'static str]) -> Self {
        Self::new(id, label, ParamKind::Path { is_folder: false, extensions })
    }

    /// A folder to read.
    pub const fn folder(id: &'static str, label: Text) -> Self {
        Self::new(id, label, ParamKind::Path { is_folder: true, extensions: &[] })
    }

    /// One column; empty means that the node chooses.
    pub const fn column(id: &'static str, label: Text, kinds: &'static [&'static str]) -> Self {
        Self::new(id, label, ParamKind::Column { kinds })
    }
}

impl Param<Vec<String>> {
    /// Several columns; empty means all that fit.
    pub const fn columns(id: &'static str, label: Text, kinds: &'static [&'static str]) -> Self {
        Self::new(id, label, ParamKind::Columns { kinds })
    }
}

impl Param<Vec<i64>> {
    /// Whole numbers in `min..=max`.
    pub const fn ints(
        id: &'static str,
        label: Text,
        default: &'static [i64],
        min: i64,
        max: i64,
    ) -> Self {
        Self::new(id, label, ParamKind::Ints { default, min, max })
    }
}

/// A Rust type that a parameter value converts to.
pub trait FromParam: Sized {
    /// The value, where its kind fits.
    fn from_param(value: &ParamValue) -> Option<Self>;
}

macro_rules! from_param {
    ($($variant:ident => $type:ty),* $(,)?) => {$(
        impl FromParam for $type {
            fn from_param(value: &ParamValue) -> Option<Self> {
                match value {
                    ParamValue::$variant(value) => Some(value.clone()),
                    _ => None,
                }
            }
        }
    )*};
}
from_param!(Bool => bool, Int => i64, Float => f64, Text => String, Texts => Vec<String>, Ints => Vec<i64>);

impl<T: FromParam> Param<T> {
    /// The value in `values`, or the default where it is absent or does not pass the check.
    /// The analysis reports a bad value long before anything runs.
    pub fn of(&self, values: &ParamValues) -> T {
        values
            .get(self.spec.id)
            .and_then(|value| self.spec.check(value).ok())
            .as_ref()
            .and_then(T::from_param)
            .or_else(|| T::from_param(&self.spec.default_value()))
            .unwrap_or_else(|| unreachable!("constructors tie T to the kind"))
    }
}

impl ParamSpec {
    /// The value on creation.
    pub fn default_value(&self) -> ParamValue {
        match self.kind {
            ParamKind::Bool { default } => ParamValue::Bool(default),
            ParamKind::Int { default, .. } => ParamValue::Int(default),
            ParamKind::Float { default, .. } => ParamValue::Float(default),
            ParamKind::Choice { default, .. } | ParamKind::Text { default, .. } => {
                ParamValue::Text(default.to_owned())
            }
            ParamKind::Path { .. } | ParamKind::Column { .. } => ParamValue::Text(String::new()),
            ParamKind::Columns { .. } => ParamValue::Texts(Vec::new()),
            ParamKind::Ints { default, .. } => ParamValue::Ints(default.to_vec()),
        }
    }

    /// The value brought to its canonical form (a whole number where a number is wanted becomes one), or why not.
    pub fn check(&self, value: &ParamValue) -> Result<ParamValue, Trouble> {
        let range = |is_inside: bool, min: String, max: String| {
            if is_inside {
                Ok(())
            } else {
                Err(self.bad(value, say!("between {min} and {max}", "介于 {min} 与 {max} 之间")))
            }
        };
        match (self.kind, value) {
            (ParamKind::Bool { .. }, ParamValue::Bool(_))
            | (
                ParamKind::Text { .. } | ParamKind::Path { .. } | ParamKind::Column { .. },
                ParamValue::Text(_),
            )
            | (ParamKind::Columns { .. }, ParamValue::Texts(_)) => Ok(value.clone()),
            (ParamKind::Int { min, max, .. }, ParamValue::Int(number)) => {
                range((min..=max).contains(number), min.to_string(), max.to_string())?;
                Ok(value.clone())
            }
            (ParamKind::Float { min, max, .. }, ParamValue::Float(_) | ParamValue::Int(_)) => {
                let number = match value {
                    ParamValue::Int(number) => *number as f64,
                    ParamValue::Float(number) => *number,
                    _ => f64::NAN,
                };
                range(number >= min && number <= max, min.to_string(), max.to_string())?;
                Ok(ParamValue::Float(number))
            }
            (ParamKind::Choice { options, .. }, ParamValue::Text(id)) => {
                if options.iter().any(|option| option.id == id) {
                    return Ok(value.clone());
                }
                let known = options.iter().map(|option| option.id).collect::<Vec<_>>().join(", ");
                Err(self.bad(value, say!("one of {known}", "以下之一：{known}")))
            }
            (ParamKind::Ints { min, max, .. }, ParamValue::Ints(numbers)) => {
                range(
                    numbers.iter().all(|number| (min..=max).contains(number)),
                    min.to_string(),
                    max.to_string(),
                )?;
                Ok(value.clone())
            }
            // An empty list reads back as a list of numbers: both lists have the same JSON.
            (ParamKind::Columns { .. }, ParamValue::Ints(numbers)) if numbers.is_empty() => {
                Ok(ParamValue::Texts(Vec::new()))
            }
            (ParamKind::Ints { .. }, ParamValue::Texts(texts)) if texts.is_empty() => {
                Ok(ParamValue::Ints(Vec::new()))
            }
            _ => Err(self.bad(value, self.wanted())),
        }
    }

    /// Reads what a person typed, for `--set` and for form fields; lists are separated by commas.
    pub fn parse(&self, text: &str) -> Result<ParamValue, Trouble> {
        let typed = text.trim();
        let as_text = || ParamValue::Text(text.to_owned());
        let parts = || typed.split([',', '，']).map(str::trim).filter(|part| !part.is_empty());
        let value = match self.kind {
            ParamKind::Bool { .. } => match typed.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" | "1" => Some(ParamValue::Bool(true)),
                "false" | "no" | "off" | "0" => Some(ParamValue::Bool(false)),
                _ => None,
            },
            ParamKind::Int { .. } => typed.parse().ok().map(ParamValue::Int),
            ParamKind::Float { .. } => typed.parse().ok().map(ParamValue::Float),
            ParamKind::Ints { .. } => parts()
                .map(|part| part.parse().ok())
                .collect::<Option<Vec<i64>>>()
                .map(ParamValue::Ints),
            ParamKind::Columns { .. } => {
                Some(ParamValue::Texts(parts().map(str::to_owned).collect()))
            }
            ParamKind::Choice { .. } => Some(ParamValue::Text(typed.to_owned())),
            _ => Some(as_text()),
        };
        self.check(&value.ok_or_else(|| self.bad(&as_text(), self.wanted()))?)
    }

    /// Whether the parameter matters, given the values of the others.
    pub fn is_shown(&self, values: &ParamValues, siblings: &[ParamSpec]) -> bool {
        let Some(rule) = self.shown_when else { return true };
        let other = siblings.iter().find(|spec| spec.id == rule.param);
        let value = values.get(rule.param).cloned().or_else(|| other.map(Self::default_value));
        value.is_some_and(|value| rule.is_one_of.contains(&value.to_string().as_str()))
    }

    fn wanted(&self) -> Words {
        match self.kind {
            ParamKind::Bool { .. } => say!("true or false", "true 或 false"),
            ParamKind::Int { .. } => say!("a whole number", "整数"),
            ParamKind::Float { .. } => say!("a number", "数字"),
            ParamKind::Ints { .. } => say!("whole numbers separated by commas", "以逗号分隔的整数"),
            ParamKind::Columns { .. } => say!("column names", "列名列表"),
            _ => say!("text", "文本"),
        }
    }

    fn bad(&self, value: &ParamValue, wanted: impl Into<Words>) -> Trouble {
        let (en, zh) = (self.label.en, self.label.zh);
        Trouble::new("param-invalid", say!("{en} is `{value}`", "{zh}的值是 `{value}`"))
            .expected(wanted)
            .param(self.id)
    }
}

impl std::fmt::Display for ParamValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value}"),
            Self::Text(value) => f.write_str(value),
            Self::Ints(values) => {
                f.write_str(&values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
            }
            Self::Texts(values) => f.write_str(&values.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::t;

    const RATE: Param<f64> = Param::float("rate", t("Rate", "比例"), 0.5, 0.0, 1.0);
    const SIZES: Param<Vec<i64>> = Param::ints("sizes", t("Sizes", "大小"), &[64, 32], 1, 4096);

    fn check(spec: &ParamSpec, typed: &str, expected: Result<ParamValue, &str>) {
        let found = spec.parse(typed).map_err(|trouble| trouble.to_string());
        assert_eq!(found, expected.map_err(str::to_owned), "{typed}");
    }

    #[test]
    fn typed_text_is_checked_and_made_canonical() {
        check(&RATE.spec, "1", Ok(ParamValue::Float(1.0)));
        check(&RATE.spec, "1.5", Err("Rate is `1.5`; expected: between 0 and 1"));
        check(&RATE.spec, "NaN", Err("Rate is `NaN`; expected: between 0 and 1"));
        check(&RATE.spec, "half", Err("Rate is `half`; expected: a number"));
        check(&SIZES.spec, "8, 4", Ok(ParamValue::Ints(vec![8, 4])));
    }

    #[test]
    fn absent_or_bad_values_fall_back_to_the_default() {
        let mut values = ParamValues::new();
        assert_eq!(RATE.of(&values), 0.5);
        values.insert("rate".into(), ParamValue::Int(1));
        assert_eq!(RATE.of(&values), 1.0);
        values.insert("rate".into(), ParamValue::Text("?".into()));
        assert_eq!(RATE.of(&values), 0.5);
    }

    #[test]
    fn values_survive_json() {
        for value in [
            ParamValue::Int(3),
            ParamValue::Float(3.0),
            ParamValue::Ints(vec![1]),
            ParamValue::Text("3".into()),
        ] {
            let json = serde_json::to_string(&value).expect("plain");
            assert_eq!(serde_json::from_str::<ParamValue>(&json).expect("plain"), value, "{json}");
        }
    }
}

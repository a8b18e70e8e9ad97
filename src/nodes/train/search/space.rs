//! What a search may vary: lines like `train.learning_rate = 0.0001 .. 0.1 log` and `mlp.hidden = 32 | 64, 32`.

use pg_base::{ParamKind, ParamSpec, ParamValue, Trouble, say};
use pg_contract::{Change, Trials};

/// One parameter and the values it may take.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    node: String,
    param: String,
    domain: Domain,
}

/// The values of a parameter; each is a place from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Domain {
    /// Numbers between two ends, both included.
    Range { low: f64, high: f64, is_log: bool, is_whole: bool },
    /// Some values.
    List(Vec<ParamValue>),
}

/// Steps of a grid along a range.
const N_GRID_STEPS: usize = 5;

impl Axis {
    /// Reads a line; the parameter must belong to a node before this one.
    pub(super) fn parse(line: &str, trials: &dyn Trials) -> Result<Self, Trouble> {
        let (name, values) = line.split_once(['=', '＝']).ok_or_else(|| malformed(line))?;
        let (node, param) = name.trim().split_once('.').ok_or_else(|| malformed(line))?;
        let spec = trials.param(node, param)?;
        let domain = Domain::parse(values.trim(), spec, line)?;
        Ok(Self { node: node.to_owned(), param: param.to_owned(), domain })
    }

    /// `node.param`.
    pub(super) fn name(&self) -> String {
        format!("{}.{}", self.node, self.param)
    }

    pub(super) fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The change that a place from 0 to 1 means.
    pub(super) fn change(&self, place: f64) -> Change {
        let value = self.domain.value(place);
        Change { node: self.node.clone(), param: self.param.clone(), value }
    }
}

impl Domain {
    fn parse(values: &str, spec: &ParamSpec, line: &str) -> Result<Self, Trouble> {
        let is_number = matches!(spec.kind, ParamKind::Int { .. } | ParamKind::Float { .. });
        if let (Some((low, high)), true) = (values.split_once(".."), is_number) {
            let is_log = high.trim_end().ends_with("log");
            let high = high.trim_end().trim_end_matches("log");
            let end = |text: &str| Ok(number(&spec.parse(text.trim())?));
            let (low, high): (f64, f64) = (end(low)?, end(high)?);
            if low >= high || is_log && low <= 0.0 {
                return Err(malformed(line));
            }
            let is_whole = matches!(spec.kind, ParamKind::Int { .. });
            return Ok(Self::Range { low, high, is_log, is_whole });
        }
        if let (ParamKind::Choice { options, .. }, "*") = (spec.kind, values) {
            let all = options.iter().map(|option| ParamValue::Text(option.id.to_owned()));
            return Ok(Self::List(all.collect()));
        }
        // Lists of lists are separated by bars.
        let separators: &[char] = if values.contains('|') { &['|'] } else { &[',', '，'] };
        let parts = values.split(separators).map(str::trim).filter(|part| !part.is_empty());
        let list: Vec<ParamValue> = parts.map(|part| spec.parse(part)).collect::<Result<_, _>>()?;
        if list.is_empty() { Err(malformed(line)) } else { Ok(Self::List(list)) }
    }

    pub(super) fn value(&self, place: f64) -> ParamValue {
        match self {
            Self::Range { low, high, is_log, is_whole } => {
                let value = if *is_log {
                    (low.ln() + (high.ln() - low.ln()) * place).exp()
                } else {
                    low + (high - low) * place
                };
                let value = value.clamp(*low, *high);
                if *is_whole {
                    ParamValue::Int(value.round() as i64)
                } else {
                    // Three digits tell as much and are easier to read and to type again.
                    ParamValue::Float(three_digits(value).clamp(*low, *high))
                }
            }
            Self::List(list) => {
                let index = (place * list.len() as f64) as usize;
                let value = list.get(index.min(list.len().saturating_sub(1)));
                value.cloned().unwrap_or(ParamValue::Bool(false))
            }
        }
    }

    /// Places of a grid.
    pub(super) fn grid(&self) -> Vec<f64> {
        match self {
            Self::List(list) => {
                (0..list.len()).map(|index| (index as f64 + 0.5) / list.len() as f64).collect()
            }
            Self::Range { low, high, is_whole: true, .. } if high - low < N_GRID_STEPS as f64 => {
                let n_steps = high - low;
                (0..=n_steps as usize).map(|step| step as f64 / n_steps).collect()
            }
            Self::Range { .. } => {
                (0..N_GRID_STEPS).map(|step| step as f64 / (N_GRID_STEPS - 1) as f64).collect()
            }
        }
    }
}

/// A number as a coordinate of a chart; 0 for what is none.
pub(super) fn number(value: &ParamValue) -> f64 {
    match value {
        ParamValue::Int(value) => *value as f64,
        ParamValue::Float(value) => *value,
        _ => 0.0,
    }
}

fn three_digits(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

fn malformed(line: &str) -> Trouble {
    Trouble::new("param-invalid", say!("`{line}` cannot be read", "无法识别 `{line}`"))
        .expected(say!(
            "NODE.PARAMETER = 0.001 .. 0.1 log, or NODE.PARAMETER = 16, 32, 64",
            "节点.参数 = 0.001 .. 0.1 log，或 节点.参数 = 16, 32, 64"
        ))
        .advice(say!(
            "Lists of lists are separated by bars: mlp.hidden = 32 | 64, 32. A star stands for all choices.",
            "列表的列表用竖线分隔：mlp.hidden = 32 | 64, 32。星号表示所有选项。"
        ))
        .param("space")
}

#[cfg(test)]
mod tests {
    use pg_base::{Choice, Param, t};

    use super::*;

    const RATE: Param<f64> = Param::float("rate", t("Rate", "率"), 0.1, 1e-6, 1.0);
    const SIZE: Param<i64> = Param::int("size", t("Size", "大小"), 8, 1, 1000);
    const SIZES: Param<Vec<i64>> = Param::ints("sizes", t("Sizes", "大小"), &[8], 1, 1000);
    const KIND: Param<String> = Param::choice(
        "kind",
        t("Kind", "种类"),
        "a",
        &[Choice { id: "a", label: t("A", "甲") }, Choice { id: "b", label: t("B", "乙") }],
    );

    struct Graph;

    impl Trials for Graph {
        fn param(&self, _node: &str, param: &str) -> Result<&'static ParamSpec, Trouble> {
            const SPECS: &[ParamSpec] = &[RATE.spec, SIZE.spec, SIZES.spec, KIND.spec];
            let spec = SPECS.iter().find(|spec| spec.id == param);
            spec.ok_or_else(|| Trouble::new("trial-param", "none"))
        }

        fn values(
            &self,
            _ports: &[&str],
            _changes: &[Change],
            _seed: u64,
        ) -> Result<Vec<pg_contract::Value>, Trouble> {
            Ok(Vec::new())
        }
    }

    /// The values of the grid of a line.
    fn check(line: &str, expected: &str) {
        let found = match Axis::parse(line, &Graph) {
            Ok(axis) => {
                let values = axis.domain.grid().into_iter().map(|place| axis.change(place).value);
                values.map(|value| value.to_string()).collect::<Vec<_>>().join("; ")
            }
            Err(trouble) => trouble.code.clone(),
        };
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn lines_become_values() {
        check("n.rate = 0.0001..1 log", "0.0001; 0.001; 0.01; 0.1; 1");
        check("n.rate=0.5, 0.25", "0.5; 0.25");
        check("n.size = 1 .. 3", "1; 2; 3");
        check("n.size = 10..50", "10; 20; 30; 40; 50");
        check("n.sizes = 8 | 16,8", "8; 16, 8");
        check("n.kind = *", "a; b");
        check("n.kind = b", "b");
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        check("n.rate", "param-invalid");
        check("rate = 1", "param-invalid");
        check("n.rate = 1..0.1", "param-invalid");
        check("n.rate =", "param-invalid");
        check("n.rate = 7", "param-invalid");
        check("n.other = 1", "trial-param");
    }

    #[test]
    fn places_stay_within_the_ends() {
        let axis = Axis::parse("n.rate = 0.001..0.1 log", &Graph).expect("a range");
        for place in [0.0, 0.3, 1.0 - f64::EPSILON] {
            let value = number(&axis.change(place).value);
            assert!((0.001..=0.1).contains(&value), "{value}");
        }
    }
}

//! Columns whose values arrive one by one with a type of their own: spreadsheets, JSON, databases.

use polars::prelude::*;

/// One value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Datum<'a> {
    Missing,
    Whole(i64),
    Real(f64),
    Flag(bool),
    Text(&'a str),
    /// Microseconds since 1970, and whether there is a time beside the day.
    Moment(i64, bool),
}

/// Values of one type as long as all are of it, else text.
pub(super) struct Mixed {
    values: Values,
}

enum Values {
    /// Nothing but missing values so far.
    None(usize),
    Wholes(Vec<Option<i64>>),
    Reals(Vec<Option<f64>>),
    Flags(Vec<Option<bool>>),
    Moments(Vec<Option<i64>>, bool),
    Texts(Box<StringChunkedBuilder>),
}

impl Mixed {
    /// A column that begins with missing values.
    pub(super) fn new(n_missing: usize) -> Self {
        Self { values: Values::None(n_missing) }
    }

    /// Adds a value; what is no finite number is missing.
    pub(super) fn push(&mut self, datum: Datum<'_>) {
        let datum = match datum {
            Datum::Real(real) if !real.is_finite() => Datum::Missing,
            other => other,
        };
        match (&mut self.values, datum) {
            (Values::None(n), Datum::Missing) => *n += 1,
            (Values::Wholes(values) | Values::Moments(values, _), Datum::Missing) => {
                values.push(None);
            }
            (Values::Wholes(values), Datum::Whole(whole)) => values.push(Some(whole)),
            (Values::Reals(values), Datum::Missing) => values.push(None),
            (Values::Reals(values), Datum::Real(real)) => values.push(Some(real)),
            (Values::Reals(values), Datum::Whole(whole)) => values.push(Some(whole as f64)),
            (Values::Flags(values), Datum::Missing) => values.push(None),
            (Values::Flags(values), Datum::Flag(flag)) => values.push(Some(flag)),
            (Values::Moments(values, has_time), Datum::Moment(micros, timed)) => {
                values.push(Some(micros));
                *has_time |= timed;
            }
            (Values::Texts(texts), datum) => push_text(texts, datum),
            (Values::None(n), _) => {
                self.values = Values::starting_with(*n, datum);
                self.push(datum);
            }
            (Values::Wholes(values), Datum::Real(_)) => {
                let reals = values.iter().map(|whole| whole.map(|whole| whole as f64)).collect();
                self.values = Values::Reals(reals);
                self.push(datum);
            }
            _ => {
                self.become_text();
                self.push(datum);
            }
        }
    }

    /// The column.
    pub(super) fn finish(self, name: &str) -> PolarsResult<Series> {
        let name = PlSmallStr::from(name);
        let moments = |values: Vec<Option<i64>>, has_time: bool| {
            let moments = Int64Chunked::from_iter_options(name.clone(), values.into_iter())
                .into_datetime(TimeUnit::Microseconds, None)
                .into_series();
            if has_time { Ok(moments) } else { moments.cast(&DataType::Date) }
        };
        Ok(match self.values {
            Values::None(n) => Series::full_null(name, n, &DataType::Float64),
            Values::Wholes(values) => Series::new(name, values),
            Values::Reals(values) => Series::new(name, values),
            Values::Flags(values) => Series::new(name, values),
            Values::Moments(values, has_time) => moments(values, has_time)?,
            Values::Texts(texts) => texts.finish().into_series().with_name(name),
        })
    }

    fn become_text(&mut self) {
        let mut texts = StringChunkedBuilder::new(PlSmallStr::EMPTY, 0);
        for datum in self.values.data() {
            push_text(&mut texts, datum);
        }
        self.values = Values::Texts(Box::new(texts));
    }
}

impl Values {
    /// The values so far; none of text, which need not become text.
    fn data(&self) -> Box<dyn Iterator<Item = Datum<'_>> + '_> {
        let missing = Datum::Missing;
        match self {
            Self::None(n) => Box::new(std::iter::repeat_n(missing, *n)),
            Self::Wholes(all) => Box::new(all.iter().map(move |v| v.map_or(missing, Datum::Whole))),
            Self::Reals(all) => Box::new(all.iter().map(move |v| v.map_or(missing, Datum::Real))),
            Self::Flags(all) => Box::new(all.iter().map(move |v| v.map_or(missing, Datum::Flag))),
            Self::Moments(all, has_time) => Box::new(
                all.iter()
                    .map(move |v| v.map_or(missing, |micros| Datum::Moment(micros, *has_time))),
            ),
            Self::Texts(_) => Box::new(std::iter::empty()),
        }
    }

    fn starting_with(n_missing: usize, datum: Datum<'_>) -> Self {
        match datum {
            Datum::Missing => Self::None(n_missing),
            Datum::Whole(_) => Self::Wholes(vec![None; n_missing]),
            Datum::Real(_) => Self::Reals(vec![None; n_missing]),
            Datum::Flag(_) => Self::Flags(vec![None; n_missing]),
            Datum::Moment(..) => Self::Moments(vec![None; n_missing], false),
            Datum::Text(_) => {
                let mut texts = StringChunkedBuilder::new(PlSmallStr::EMPTY, n_missing);
                (0..n_missing).for_each(|_| texts.append_null());
                Self::Texts(Box::new(texts))
            }
        }
    }
}

fn push_text(texts: &mut StringChunkedBuilder, datum: Datum<'_>) {
    match datum {
        Datum::Missing => texts.append_null(),
        Datum::Whole(whole) => texts.append_value(whole.to_string()),
        Datum::Real(real) => texts.append_value(real.to_string()),
        Datum::Flag(flag) => texts.append_value(if flag { "true" } else { "false" }),
        Datum::Text(text) => texts.append_value(text),
        Datum::Moment(micros, has_time) => {
            texts.append_value(super::dates::written(micros, has_time));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(data: &[Datum<'_>], expected: &str) {
        let mut column = Mixed::new(1);
        for datum in data {
            column.push(*datum);
        }
        let series = column.finish("x").expect("a series");
        let values: Vec<String> = series.iter().map(|value| value.to_string()).collect();
        assert_eq!(format!("{} {}", series.dtype(), values.join(" ")), expected);
    }

    #[test]
    fn values_keep_their_type_or_become_text() {
        check(&[], "f64 null");
        check(&[Datum::Whole(1), Datum::Missing], "i64 null 1 null");
        check(&[Datum::Whole(1), Datum::Real(0.5), Datum::Real(f64::NAN)], "f64 null 1.0 0.5 null");
        check(&[Datum::Flag(true), Datum::Text("x")], "str null \"true\" \"x\"");
        check(&[Datum::Moment(86_400_000_000, false)], "date null 1970-01-02");
        check(&[Datum::Moment(0, false), Datum::Whole(3)], "str null \"1970-01-01\" \"3\"");
    }
}

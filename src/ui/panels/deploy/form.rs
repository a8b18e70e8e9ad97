//! The row that is tried: one typed field per column, filled from a sample row, and read as the JSON that a model takes.

use eframe::egui::Context;
use pg_base::Trouble;
use pg_deploy::inputs::{Input, InputKind};
use pg_deploy::json_rows::JsonRow;
use serde_json::Value as Json;

use super::learnt::{Learnt, Span};
use super::oracle::{Curve, Probe};
use super::picture::{Picture, Source};
use super::words::{self, Effects};

/// Values of a number that are tried around its own.
const N_STEPS: usize = 33;
/// Options of a choice that are tried.
const MAX_TRIED_OPTIONS: usize = 24;

/// What a field holds now.
#[derive(Debug)]
pub(super) enum Content {
    /// A number, or nothing.
    Number(Option<f64>),
    /// One of the options, or nothing.
    Choice(Option<String>),
    /// Text or a date; empty for nothing.
    Text(String),
    /// A picture.
    Picture(Box<Picture>),
}

/// One field of the form.
#[derive(Debug)]
pub(super) struct Field {
    /// The column.
    pub input: Input,
    /// Its value.
    pub content: Content,
    /// Where a slider may go.
    pub span: Option<Span>,
    /// What can be chosen.
    pub options: Vec<String>,
    /// Why the model cannot use the value.
    pub trouble: Option<Trouble>,
    /// Values that were tried in its place, and what came out.
    pub tried: Vec<Json>,
    /// See `tried`.
    pub curve: Curve,
    /// What the words of a text do to the answer.
    pub effects: Effects,
    /// The text whose words were left out.
    pub tried_text: String,
    /// Whether it was on the screen in the last frame: only then is it worth trying other values.
    pub is_visible: bool,
}

/// All fields, and the sample row that they began as.
#[derive(Debug, Default)]
pub(super) struct Form {
    /// The fields in the order of the source.
    pub fields: Vec<Field>,
    /// Sample rows to begin with.
    pub samples: Vec<JsonRow>,
    /// Which one.
    pub sample: usize,
    /// Whether the row is still as the sample was.
    pub is_untouched: bool,
}

impl Form {
    /// A form for these columns, filled from the first sample row.
    pub(super) fn new(ctx: &Context, inputs: &[Input], samples: Vec<JsonRow>) -> Self {
        let field = |input: &Input| {
            let (content, options) = match &input.kind {
                InputKind::Number => (Content::Number(None), Vec::new()),
                InputKind::Choice { options } => (Content::Choice(None), options.clone()),
                InputKind::Text | InputKind::Date => (Content::Text(String::new()), Vec::new()),
                InputKind::Picture => (Content::Picture(Box::default()), Vec::new()),
            };
            Field {
                input: input.clone(),
                content,
                span: None,
                options,
                trouble: None,
                tried: Vec::new(),
                curve: Curve::new(),
                effects: Effects::default(),
                tried_text: String::new(),
                is_visible: false,
            }
        };
        let mut form = Self {
            fields: inputs.iter().map(field).collect(),
            samples,
            sample: 0,
            is_untouched: true,
        };
        form.fill(ctx);
        form
    }

    /// Takes in what is known of the training rows.
    pub(super) fn learn(&mut self, learnt: &Learnt) {
        for field in &mut self.fields {
            let name = &field.input.column.name;
            field.span = learnt.spans.get(name).copied();
            if let Some(options) = learnt.options.get(name) {
                field.options.clone_from(options);
            }
        }
    }

    /// Goes to the sample row so many further on, and fills the form with it.
    pub(super) fn go(&mut self, ctx: &Context, n_further: isize) {
        let n_samples = self.samples.len() as isize;
        if n_samples > 0 {
            self.sample = (self.sample as isize + n_further).rem_euclid(n_samples) as usize;
        }
        self.fill(ctx);
    }

    /// The value of a column in the sample row, the predicted one above all, as text.
    pub(super) fn in_sample(&self, column: &str) -> Option<String> {
        match self.samples.get(self.sample)?.get(column)? {
            Json::String(text) => Some(text.clone()),
            Json::Number(number) => number.as_f64().map(pg_data::table::number_label),
            _ => None,
        }
    }

    /// Whether there is a field whose value is a picture.
    pub(super) fn has_picture(&self) -> bool {
        self.fields.iter().any(|field| matches!(field.content, Content::Picture(_)))
    }

    /// The row; none while a picture is missing.
    pub(super) fn row(&self) -> Option<JsonRow> {
        self.fields
            .iter()
            .map(|field| Some((field.input.column.name.clone(), field.json()?)))
            .collect()
    }

    /// The row as an example for people: gaps where it is not whole.
    pub(super) fn example(&self, picture: &str) -> JsonRow {
        let value = |field: &Field| match &field.content {
            Content::Picture(_) => Json::from(picture),
            _ => field.json().unwrap_or_default(),
        };
        self.fields.iter().map(|field| (field.input.column.name.clone(), value(field))).collect()
    }

    /// What else is worth trying: the fields on the screen. A picture is too much to be sent again and again.
    pub(super) fn probes(&mut self) -> Vec<Probe> {
        if self.has_picture() {
            return Vec::new();
        }
        let mut probes = Vec::new();
        for field in self.fields.iter_mut().filter(|field| field.is_visible) {
            let values: Vec<Json> = match &field.content {
                Content::Number(_) => field
                    .span
                    .map(|span| span.steps(N_STEPS).into_iter().map(Json::from).collect())
                    .unwrap_or_default(),
                Content::Choice(_) if field.options.len() <= MAX_TRIED_OPTIONS => {
                    field.options.iter().map(|option| Json::from(option.as_str())).collect()
                }
                Content::Text(text) if field.input.kind == InputKind::Text => {
                    field.tried_text.clone_from(text);
                    words::shortened(text).into_iter().map(Json::from).collect()
                }
                _ => Vec::new(),
            };
            if field.tried != values {
                field.curve.clear();
                field.tried.clone_from(&values);
            }
            if !values.is_empty() {
                probes.push(Probe { field: field.input.column.name.clone(), values });
            }
        }
        probes
    }

    /// Tells what is wrong, at the fields where it is said which; gives the rest.
    pub(super) fn tell(&mut self, troubles: Vec<Trouble>) -> Option<Trouble> {
        self.forgive();
        let mut rest = None;
        for trouble in troubles {
            let column = trouble.details.place.column.as_deref();
            match self
                .fields
                .iter_mut()
                .find(|field| Some(field.input.column.name.as_str()) == column)
            {
                Some(field) => field.trouble = field.trouble.take().or(Some(trouble)),
                None => rest = rest.or(Some(trouble)),
            }
        }
        rest
    }

    /// Nothing is wrong any more.
    pub(super) fn forgive(&mut self) {
        for field in &mut self.fields {
            field.trouble = None;
        }
    }

    /// Takes in pictures that were read; true where there was one.
    pub(super) fn poll(&mut self) -> bool {
        let mut has_changed = false;
        for field in &mut self.fields {
            if let Content::Picture(picture) = &mut field.content {
                has_changed |= picture.poll();
            }
        }
        has_changed
    }

    fn fill(&mut self, ctx: &Context) {
        let sample = self.samples.get(self.sample);
        self.is_untouched = sample.is_some();
        for field in &mut self.fields {
            let value = sample.and_then(|row| row.get(&field.input.column.name));
            field.trouble = None;
            match &mut field.content {
                Content::Number(number) => *number = value.and_then(Json::as_f64),
                Content::Choice(choice) => *choice = value.and_then(text_of),
                Content::Text(text) => *text = value.and_then(text_of).unwrap_or_default(),
                Content::Picture(picture) => {
                    picture.pad = None;
                    if let Some(value) = value.filter(|value| value.is_string()) {
                        picture.load(ctx, &field.input, Source::Sample(value.clone()));
                    }
                }
            }
        }
    }
}

impl Field {
    /// The value as the model takes it; none for a picture that is not there.
    fn json(&self) -> Option<Json> {
        Some(match &self.content {
            Content::Number(number) => number.map_or(Json::Null, Json::from),
            Content::Choice(choice) => choice.as_deref().map_or(Json::Null, Json::from),
            Content::Text(text) if text.trim().is_empty() => Json::Null,
            Content::Text(text) => Json::from(text.as_str()),
            Content::Picture(picture) => picture.loaded.as_ref()?.json.clone(),
        })
    }
}

fn text_of(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => number.as_f64().map(pg_data::table::number_label),
        Json::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use pg_data::{Column, ColumnKind};
    use serde_json::json;

    use super::*;

    fn form() -> Form {
        let input = |name: &str, column, kind| Input {
            column: Column::new(name, column),
            kind,
            may_be_missing: true,
        };
        let options = vec!["blue".to_owned(), "red".to_owned()];
        let inputs = [
            input("length", ColumnKind::Number, InputKind::Number),
            input("colour", ColumnKind::Category, InputKind::Choice { options }),
            input("note", ColumnKind::Text, InputKind::Text),
        ];
        let rows = json!([
            {"length": 1.5, "colour": "red", "note": "a", "kind": 3},
            {"length": null, "colour": "blue", "note": null, "kind": 4},
        ]);
        Form::new(&Context::default(), &inputs, serde_json::from_value(rows).expect("rows"))
    }

    #[test]
    fn a_sample_row_becomes_a_row_again() {
        let mut form = form();
        assert_eq!(
            form.row().map(Json::from),
            Some(json!({"colour": "red", "length": 1.5, "note": "a"}))
        );
        assert_eq!((form.in_sample("kind").as_deref(), form.is_untouched), (Some("3"), true));
        form.go(&Context::default(), -1);
        assert_eq!(
            form.row().map(Json::from),
            Some(json!({"colour": "blue", "length": null, "note": null}))
        );
    }

    #[test]
    fn only_what_is_seen_is_tried() {
        let mut form = form();
        assert!(form.probes().is_empty());
        let spans =
            BTreeMap::from([("length".to_owned(), Span { low: 0.0, high: 2.0, is_whole: true })]);
        form.learn(&Learnt { spans, ..Learnt::default() });
        for field in &mut form.fields {
            field.is_visible = true;
        }
        let tried: Vec<(String, usize)> =
            form.probes().into_iter().map(|probe| (probe.field, probe.values.len())).collect();
        let expected = [("length", 3), ("colour", 2), ("note", 1)];
        assert_eq!(tried, expected.map(|(name, n_values)| (name.to_owned(), n_values)));
    }

    #[test]
    fn troubles_stand_at_their_fields() {
        let mut form = form();
        let rest = form.tell(vec![
            Trouble::new("value-missing", "no value").column("note"),
            Trouble::new("other", "something else"),
        ]);
        assert_eq!(rest.map(|trouble| trouble.code).as_deref(), Some("other"));
        let codes: Vec<Option<&str>> = form
            .fields
            .iter()
            .map(|field| field.trouble.as_ref().map(|trouble| trouble.code.as_str()))
            .collect();
        assert_eq!(codes, [None, None, Some("value-missing")]);
    }
}

//! Answers: predictions as JSON, and errors that name row and field.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pg_base::{Lang, Trouble, Words, say};
use serde_json::{Map, Value, json};

use super::Shared;
use crate::model::Model;
use crate::score::Answer;

/// A request that is not answered with predictions.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    status: StatusCode,
    troubles: Vec<Trouble>,
}

impl Failure {
    /// One reason.
    pub(super) fn new(status: StatusCode, trouble: Trouble) -> Self {
        Self { status, troubles: vec![trouble] }
    }

    /// Several reasons, the first one first.
    pub(super) fn many(status: StatusCode, troubles: Vec<Trouble>) -> Self {
        Self { status, troubles }
    }

    /// Short form for reasons without a place.
    pub(super) fn of(status: StatusCode, code: &str, found: Words) -> Self {
        Self::new(status, Trouble::new(code, found))
    }

    /// A fault of ours; the details stay in the log.
    pub(super) fn internal() -> Self {
        Self::of(
            StatusCode::INTERNAL_SERVER_ERROR,
            Trouble::INTERNAL,
            say!("the server failed", "服务器内部错误"),
        )
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let errors: Vec<Value> = self.troubles.iter().map(error_json).collect();
        let first = errors.first().cloned().unwrap_or_default();
        let mut response =
            (self.status, Json(json!({"error": first, "errors": errors}))).into_response();
        let headers = response.headers_mut();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if matches!(self.status, StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE) {
            // The rest of the body may still be on its way.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// Everything known about one error; rows are counted from 1, the path as in the request from 0.
fn error_json(trouble: &Trouble) -> Value {
    let place = &trouble.details.place;
    let mut error = Map::new();
    error.insert("code".to_owned(), json!(trouble.code));
    error.insert("message".to_owned(), json!(trouble.message(Lang::En)));
    error.insert("message_zh".to_owned(), json!(trouble.message(Lang::Zh)));
    if !trouble.details.found.is_empty() {
        error.insert("found".to_owned(), json!(trouble.details.found.en));
    }
    if !trouble.details.expected.is_empty() {
        error.insert("expected".to_owned(), json!(trouble.details.expected.en));
    }
    if let Some(row) = place.row {
        error.insert("row".to_owned(), json!(row));
    }
    if let Some(field) = &place.column {
        error.insert("field".to_owned(), json!(field));
        if let Some(row) = place.row {
            error.insert(
                "path".to_owned(),
                json!(format!("rows[{}].{field}", row.saturating_sub(1))),
            );
        }
    }
    Value::Object(error)
}

/// `{"model", "version", "predictions": [{"prediction", "probabilities"}]}`.
pub(super) fn predictions_json(shared: &Shared, rows: &[Vec<Answer>]) -> Value {
    let rows: Vec<Value> = rows.iter().map(|answers| row_json(&shared.model, answers)).collect();
    json!({"model": shared.name, "version": shared.version, "predictions": rows})
}

/// The answer of a single target, or objects with one field per target; of labels, `probabilities` are those of having
/// them, and labels of one column are written as that column is.
fn row_json(model: &Model, answers: &[Answer]) -> Value {
    if let (Some(names), [Answer::Class { best, probabilities }]) = (model.class_names(), answers) {
        let pairs = names.iter().zip(probabilities);
        let named: Map<String, Value> =
            pairs.map(|(name, p)| (name.clone(), json!(f64::from(*p)))).collect();
        return json!({"prediction": names.get(*best), "probabilities": named});
    }
    if let [Answer::Number(number)] = answers {
        return json!({"prediction": number});
    }
    let (mut predictions, mut probabilities) = (Map::new(), Map::new());
    let targets = model.encoder.targets.iter().zip(model.target_names());
    for ((target, name), answer) in targets.zip(answers) {
        let prediction = match answer {
            Answer::Class { best, probabilities: sides } => {
                let there = sides.last().copied().unwrap_or_default();
                probabilities.insert(name.to_owned(), json!(f64::from(there)));
                json!(target.class_name(*best))
            }
            Answer::Number(number) => json!(number),
        };
        predictions.insert(name.to_owned(), prediction);
    }
    let prediction = model.label_set(answers).map_or(Value::Object(predictions), Value::String);
    if probabilities.is_empty() {
        return json!({"prediction": prediction});
    }
    json!({"prediction": prediction, "probabilities": probabilities})
}

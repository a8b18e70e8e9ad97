//! What the server says about itself: metadata for the page and for programs, and the OpenAPI 3.1 description.

use pg_base::{Lang, Trouble};
use pg_data::TargetCodec;
use serde_json::{Map, Value, json};

use super::ServeOptions;
use crate::bundle::purpose;
use crate::inputs::{Input, InputKind};
use crate::model::Model;
use crate::score::Scorer;

/// Name, target, fields, metrics and limits.
pub(super) fn metadata(
    scorer: &Scorer,
    inputs: &[Input],
    options: &ServeOptions,
) -> Result<Value, Trouble> {
    let model = scorer.model();
    let words = purpose(model);
    let fields: Vec<Value> = inputs.iter().map(|input| field(model, input)).collect();
    let names = model.target_names();
    let target = match (model.split_labels(), names.as_slice()) {
        (Some(splits), _) => json!(splits.column),
        (None, [only]) => json!(only),
        (None, several) => json!(several),
    };
    let mut all = json!({
        "model": scorer.name(),
        "version": scorer.version(),
        "device": scorer.device(),
        "program": concat!("pyrograph ", env!("CARGO_PKG_VERSION")),
        "task": match model.encoder.targets.as_slice() {
            [TargetCodec::Classes { .. }] => "classification",
            [TargetCodec::Classes { .. }, ..] => "multi_label",
            _ => "regression",
        },
        "purpose": {"en": words.get(Lang::En), "zh": words.get(Lang::Zh)},
        "target": target,
        "classes": model.class_names(),
        "inputs": fields,
        "metrics": serde_json::to_value(&model.metrics).map_err(Trouble::internal)?,
        "n_params": model.learnt.n_params()?,
        "method": model.estimator().map_or("network", |estimator| estimator.method.title().en),
        "limits": {"max_rows": options.max_rows, "max_body_bytes": options.max_body_bytes},
    });
    if let (true, Some(all)) = (model.has_labels(), all.as_object_mut()) {
        all.insert("labels".to_owned(), json!(names));
    }
    Ok(all)
}

/// The description that other programs read.
pub(super) fn openapi(scorer: &Scorer, inputs: &[Input], options: &ServeOptions) -> Value {
    let model = scorer.model();
    let words = purpose(model);
    let properties: Map<String, Value> =
        inputs.iter().map(|input| (input.column.name.clone(), schema_of(model, input))).collect();
    let required: Vec<&str> = inputs.iter().map(|input| input.column.name.as_str()).collect();
    let prediction = prediction_schema(model);
    let error = |description: &str| {
        json!({
            "description": description,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}},
        })
    };
    let answer = |description: &str, schema: Value| {
        json!({
            "description": description, "content": {"application/json": {"schema": schema}},
        })
    };
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {"title": scorer.name(), "version": scorer.version(), "description": words.get(Lang::En)},
        "paths": {
            "/predict": {"post": {
                "operationId": "predict",
                "summary": "Predict rows",
                "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Request"}}}},
                "responses": {
                    "200": answer("One prediction per row, in order", json!({"$ref": "#/components/schemas/Answer"})),
                    "400": error("The body is no JSON"),
                    "401": error("The token is missing or wrong"),
                    "403": error("The request comes from elsewhere"),
                    "408": error("The body did not arrive in time"),
                    "413": error("The body is too large or has too many rows"),
                    "415": error("The content type is not application/json"),
                    "422": error("A row does not fit; `row` and `field` say where"),
                    "500": error("The server failed"),
                    "503": error("Too many requests are waiting; see Retry-After"),
                    "504": error("The prediction took too long"),
                },
            }},
            "/health": {"get": {"operationId": "health", "summary": "Whether the server answers", "security": [], "responses": {"200": answer("It does", json!({"type": "object"}))}}},
            "/metadata": {"get": {"operationId": "metadata", "summary": "What the model is and wants", "responses": {"200": answer("The model", json!({"type": "object"})), "401": error("The token is missing or wrong")}}},
        },
        "components": {"schemas": {
            "Row": {"type": "object", "required": required, "properties": properties},
            "Request": {"type": "object", "required": ["rows"], "properties": {
                "rows": {"type": "array", "minItems": 1, "maxItems": options.max_rows, "items": {"$ref": "#/components/schemas/Row"}},
            }},
            "Prediction": prediction,
            "Answer": {"type": "object", "required": ["model", "version", "predictions"], "properties": {
                "model": {"type": "string"},
                "version": {"type": "string"},
                "predictions": {"type": "array", "items": {"$ref": "#/components/schemas/Prediction"}},
            }},
            "Error": {"type": "object", "required": ["code", "message"], "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "message_zh": {"type": "string"},
                "found": {"type": "string"},
                "expected": {"type": "string"},
                "row": {"type": "integer", "minimum": 1, "description": "Counted from 1"},
                "field": {"type": "string"},
                "path": {"type": "string", "description": "rows[0].field, counted from 0"},
            }},
            "Failure": {"type": "object", "required": ["error"], "properties": {
                "error": {"$ref": "#/components/schemas/Error"},
                "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Error"}},
            }},
        }},
    });
    if options.token.as_deref().is_some_and(|token| !token.is_empty())
        && let Some(document) = document.as_object_mut()
    {
        document.insert("security".to_owned(), json!([{"token": []}]));
        if let Some(Value::Object(components)) = document.get_mut("components") {
            components.insert(
                "securitySchemes".to_owned(),
                json!({"token": {"type": "http", "scheme": "bearer"}}),
            );
        }
    }
    document
}

/// The form of one prediction: of a class, of labels, of a number or of several.
fn prediction_schema(model: &Model) -> Value {
    let of_target = |target: &TargetCodec| match target {
        TargetCodec::Classes { names, .. } => json!({"type": "string", "enum": names}),
        TargetCodec::Number { .. } => json!({"type": "number"}),
    };
    let targets = model.encoder.targets.as_slice();
    let prediction = match (model.split_labels(), targets) {
        (Some(splits), _) => {
            let separator = &splits.separator;
            json!({"type": "string", "description": format!("The labels with {separator} between them")})
        }
        (None, [only]) => of_target(only),
        (None, several) => {
            let schemas = several.iter().map(of_target);
            let fields = model.target_names().into_iter().map(str::to_owned).zip(schemas);
            json!({"type": "object", "properties": fields.collect::<Map<String, Value>>()})
        }
    };
    if targets.iter().all(|target| target.class_names().is_empty()) {
        return json!({"type": "object", "required": ["prediction"], "properties": {"prediction": prediction}});
    }
    json!({
        "type": "object",
        "required": ["prediction", "probabilities"],
        "properties": {
            "prediction": prediction,
            "probabilities": {"type": "object", "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1}},
        },
    })
}

fn field(model: &Model, input: &Input) -> Value {
    let mut field = json!({
        "name": input.column.name,
        "kind": input.kind.id(),
        "may_be_missing": input.may_be_missing,
        "example": example(model, input),
    });
    if let (InputKind::Choice { options }, Some(field)) = (&input.kind, field.as_object_mut()) {
        field.insert("options".to_owned(), json!(options));
    }
    field
}

fn schema_of(model: &Model, input: &Input) -> Value {
    let basic = if input.kind == InputKind::Number { "number" } else { "string" };
    let kind = if input.may_be_missing { json!([basic, "null"]) } else { json!(basic) };
    let mut schema = json!({"type": kind});
    let Some(object) = schema.as_object_mut() else { return schema };
    match &input.kind {
        InputKind::Choice { options } => {
            object.insert(
                "description".to_owned(),
                json!("Another value than the examples counts as unknown."),
            );
            object.insert("examples".to_owned(), json!(options));
        }
        InputKind::Date => {
            object.insert("format".to_owned(), json!("date"));
        }
        InputKind::Picture => {
            object.insert("contentEncoding".to_owned(), json!("base64"));
            object.insert("contentMediaType".to_owned(), json!("image/*"));
        }
        InputKind::Number | InputKind::Text => {
            let example = example(model, input);
            if !example.is_null() {
                object.insert("examples".to_owned(), json!([example]));
            }
        }
    }
    schema
}

/// A value to begin with: the middle one of the golden rows for numbers, the first option for choices.
/// Never a whole golden row, for these are training data.
fn example(model: &Model, input: &Input) -> Value {
    match &input.kind {
        InputKind::Number => {
            let cells =
                model.sample_rows.iter().filter_map(|row| row.get(&input.column.name)?.as_f64());
            let mut numbers: Vec<f64> = cells.collect();
            numbers.sort_unstable_by(f64::total_cmp);
            numbers.get(numbers.len() / 2).map_or(Value::Null, |number| json!(number))
        }
        InputKind::Choice { options } => {
            options.first().map_or(Value::Null, |option| json!(option))
        }
        InputKind::Text | InputKind::Date | InputKind::Picture => Value::Null,
    }
}

//! Requests: from the bytes of a body to typed rows.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use pg_base::{Trouble, say};
use serde_json::Value;

use super::Shared;
use super::answer::Failure;
use crate::inputs::InputKind;
use crate::json_rows::{JsonRow, TypedRows, rows_from_json};

/// The rows of a request.
pub(super) async fn rows_of(shared: &Shared, request: Request) -> Result<TypedRows, Failure> {
    check_content_type(&request)?;
    let body = body_of(shared, request).await?;
    let objects = parse(shared, &body)?;
    let typed = || rows_from_json(&shared.inputs, &shared.known, &objects);
    let takes_pictures = shared.inputs.iter().any(|input| input.kind == InputKind::Picture);
    // Pictures are written to disk: other requests must not wait for that.
    let typed = if takes_pictures { tokio::task::block_in_place(typed) } else { typed() };
    typed.map_err(|troubles| Failure::many(StatusCode::UNPROCESSABLE_ENTITY, troubles))
}

fn check_content_type(request: &Request) -> Result<(), Failure> {
    let found = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = found.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let kind = if kind.is_empty() { "nothing" } else { kind };
    let trouble =
        Trouble::new("content-type", say!("the content type is {kind}", "内容类型为 {kind}"))
            .expected(say!("application/json", "application/json"));
    Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, trouble))
}

async fn body_of(shared: &Shared, request: Request) -> Result<Bytes, Failure> {
    let max_bytes = shared.options.max_body_bytes;
    let too_large = || {
        let trouble = Trouble::new("body-too-large", say!("the request is too large", "请求过大"))
            .expected(say!("at most {max_bytes} bytes", "不超过 {max_bytes} 字节"))
            .advice(say!("Send the rows in several requests.", "请分多次发送。"));
        Failure::new(StatusCode::PAYLOAD_TOO_LARGE, trouble)
    };
    let declared = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|n_bytes| n_bytes > max_bytes as u64) {
        return Err(too_large());
    }
    let timeout = Duration::from_secs(shared.options.timeout_secs);
    match tokio::time::timeout(timeout, Bytes::from_request(request, &())).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(too_large())
        }
        Ok(Err(_)) => Err(Failure::of(
            StatusCode::BAD_REQUEST,
            "body-unreadable",
            say!("the request broke off", "请求中断"),
        )),
        Err(_) => {
            let secs = shared.options.timeout_secs;
            Err(Failure::of(
                StatusCode::REQUEST_TIMEOUT,
                "body-timeout",
                say!("the request did not arrive within {secs} s", "请求未在 {secs} 秒内到达"),
            ))
        }
    }
}

/// `{"rows": […]}`, `{"inputs": […]}`, a list of rows, or one row by itself.
fn parse(shared: &Shared, body: &[u8]) -> Result<Vec<JsonRow>, Failure> {
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        Failure::of(
            StatusCode::BAD_REQUEST,
            "json-invalid",
            say!("the request is no JSON: {error}", "请求不是有效的 JSON：{error}"),
        )
    })?;
    let rows = match value {
        Value::Array(rows) => rows,
        Value::Object(mut object) => {
            let key = ["rows", "inputs"]
                .into_iter()
                .find(|key| object.get(*key).is_some_and(Value::is_array));
            match key.and_then(|key| object.remove(key)) {
                Some(Value::Array(rows)) => rows,
                _ => vec![Value::Object(object)],
            }
        }
        _ => return Err(no_rows(say!("the request holds no rows", "请求中没有数据行"))),
    };
    let (n_rows, max_rows) = (rows.len(), shared.options.max_rows);
    if n_rows == 0 {
        return Err(no_rows(say!("the list of rows is empty", "数据行列表为空")));
    }
    if n_rows > max_rows {
        let trouble = Trouble::new(
            "too-many-rows",
            say!("the request has {n_rows} rows", "请求含有 {n_rows} 行"),
        )
        .expected(say!("at most {max_rows}", "不超过 {max_rows} 行"))
        .advice(say!(
            "Use `pyrograph predict` for whole files.",
            "整个文件请使用 `pyrograph predict`。"
        ));
        return Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, trouble));
    }
    let object = |(index, row): (usize, Value)| match row {
        Value::Object(object) => Ok(object),
        _ => Err(Failure::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            Trouble::new("row-type", say!("the row is no object", "该行不是对象"))
                .expected(say!("an object with one field per column", "每列一个字段的对象"))
                .row(index as u64 + 1),
        )),
    };
    rows.into_iter().enumerate().map(object).collect()
}

fn no_rows(found: pg_base::Words) -> Failure {
    let trouble = Trouble::new("rows-none", found)
        .expected(say!("{{\"rows\": [{{…}}]}}", "{{\"rows\": [{{…}}]}}"));
    Failure::new(StatusCode::UNPROCESSABLE_ENTITY, trouble)
}

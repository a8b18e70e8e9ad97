//! Routes and their handlers.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use pg_base::say;
use serde_json::{Value, json};
use tower_http::catch_panic::CatchPanicLayer;

use super::answer::{Failure, predictions_json};
use super::worker::Refused;
use super::{Shared, guards, request};

/// All routes behind their guards.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    let closed = Router::new()
        .route("/predict", post(predict))
        .route("/metadata", get(metadata))
        .route("/openapi.json", get(openapi))
        .route_layer(middleware::from_fn_with_state(shared.clone(), guards::authorise));
    Router::new()
        .route("/", get(page))
        .route("/health", get(health))
        .merge(closed)
        .fallback(|| async {
            Failure::of(
                StatusCode::NOT_FOUND,
                "path-unknown",
                say!("there is nothing at this path", "此路径不存在"),
            )
        })
        .method_not_allowed_fallback(|| async {
            Failure::of(
                StatusCode::METHOD_NOT_ALLOWED,
                "method-unknown",
                say!("this path takes another method", "此路径不支持该方法"),
            )
        })
        .layer(DefaultBodyLimit::max(shared.options.max_body_bytes))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(shared.clone(), guards::guard))
        .with_state(shared)
}

async fn page(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    shared.page.answer()
}

async fn health() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

async fn metadata(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(shared.metadata.clone())
}

async fn openapi(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(shared.openapi.clone())
}

async fn predict(
    State(shared): State<Arc<Shared>>,
    request: Request,
) -> Result<Json<Value>, Failure> {
    let rows = request::rows_of(&shared, request).await?;
    let answer = shared.queue.submit(rows).map_err(|refused| match refused {
        Refused::Full => Failure::of(
            StatusCode::SERVICE_UNAVAILABLE,
            "queue-full",
            say!("too many requests are waiting", "等待的请求过多"),
        ),
        Refused::Gone => Failure::internal(),
    })?;
    let secs = shared.options.timeout_secs;
    let answers = match tokio::time::timeout(Duration::from_secs(secs), answer).await {
        Ok(Ok(Ok(answers))) => answers,
        Ok(Ok(Err(_)) | Err(_)) => return Err(Failure::internal()),
        Err(_) => {
            return Err(Failure::of(
                StatusCode::GATEWAY_TIMEOUT,
                "predict-timeout",
                say!("there was no answer within {secs} s", "{secs} 秒内没有结果"),
            ));
        }
    };
    let mut predictions = Vec::with_capacity(answers.len());
    let mut troubles = Vec::new();
    for (row, answer) in answers.into_iter().enumerate() {
        match answer {
            Ok(prediction) => predictions.push(prediction),
            // Rows of several requests were counted together.
            Err(trouble) => troubles.push(trouble.row(row as u64 + 1)),
        }
    }
    if !troubles.is_empty() {
        troubles.truncate(20);
        return Err(Failure::many(StatusCode::UNPROCESSABLE_ENTITY, troubles));
    }
    Ok(Json(predictions_json(&shared, &predictions)))
}

#[expect(clippy::needless_pass_by_value, reason = "the layer's signature")]
fn panicked(panic: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let text = pg_nn::guard::panic_text(panic.as_ref());
    tracing::error!(text, "a request failed");
    Failure::internal().into_response()
}

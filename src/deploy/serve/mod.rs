//! The server: predictions over HTTP, with a page to try them; on this machine only, unless there is a token.

mod answer;
mod connections;
mod describe;
mod guards;
mod page;
mod request;
mod routes;
#[cfg(test)]
mod tests;
mod worker;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use pg_base::{CancelToken, Trouble, say};
use pg_data::Schema;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

use crate::inputs::{Input, InputKind, inputs_of};
use crate::model::Model;
use crate::score::Scorer;
use connections::Connections;

/// How to serve.
#[derive(Clone, PartialEq, Eq)]
pub struct ServeOptions {
    /// Where to listen; port 0 takes a free one.
    pub addr: SocketAddr,
    /// What callers must show as `Authorization: Bearer …`; needed for any address that other machines can reach.
    pub token: Option<String>,
    /// Largest request, in bytes.
    pub max_body_bytes: usize,
    /// Rows in one request at most.
    pub max_rows: usize,
    /// Requests that may wait; beyond, callers are told to come back.
    pub queue_len: usize,
    /// How long a request may take to arrive, and then to be answered.
    pub timeout_secs: u64,
    /// Rows that are predicted together at most, over several requests.
    pub max_batch: usize,
    /// How long the first request of a batch waits for company; with 0 only what waits anyway goes together.
    pub max_delay_ms: u64,
    /// Whether Ctrl-C and SIGTERM end the server. Listening takes both over for the rest of the process, so a program
    /// that is more than a server leaves it off.
    pub ends_on_signals: bool,
}

/// Shortest token that is worth the name.
const MIN_TOKEN_CHARS: usize = 16;
/// How long running requests may take after a shutdown was asked for.
const DRAIN_SECS: u64 = 10;

impl ServeOptions {
    /// Defaults for a model: 2 MiB per request, 25 MiB where pictures are sent.
    pub fn for_model(model: &Model, addr: SocketAddr) -> Self {
        let takes_pictures = inputs_of(model)
            .is_ok_and(|inputs| inputs.iter().any(|input| input.kind == InputKind::Picture));
        Self {
            addr,
            token: None,
            max_body_bytes: if takes_pictures { 25 << 20 } else { 2 << 20 },
            max_rows: 10_000,
            queue_len: 256,
            timeout_secs: 30,
            max_batch: 256,
            max_delay_ms: 0,
            ends_on_signals: true,
        }
    }
}

impl std::fmt::Debug for ServeOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The token must not reach a log.
        f.debug_struct("ServeOptions")
            .field("addr", &self.addr)
            .field("has_token", &self.token.is_some())
            .finish_non_exhaustive()
    }
}

/// What all requests share.
struct Shared {
    options: ServeOptions,
    inputs: Vec<Input>,
    /// Columns that may be sent and are passed over.
    known: Schema,
    name: String,
    version: String,
    model: Arc<Model>,
    metadata: serde_json::Value,
    openapi: serde_json::Value,
    page: page::Page,
    guard: guards::Guard,
    queue: worker::Queue,
}

/// Serves until `shutdown` is cancelled or, where [`ServeOptions::ends_on_signals`] says so, the process is told to end;
/// then running requests get ten seconds. `on_ready` is told the address once requests are answered.
///
/// Errors: `serve-needs-token`, `serve-token-short`, `serve-address` (in use, not ours), `input-kind`.
pub fn serve(
    scorer: Scorer,
    options: &ServeOptions,
    on_ready: impl FnOnce(SocketAddr),
    shutdown: &CancelToken,
) -> Result<(), Trouble> {
    check_token(options)?;
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Trouble::internal)?;
    let result = runtime.block_on(run(scorer, options, on_ready, shutdown));
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

async fn run(
    scorer: Scorer,
    options: &ServeOptions,
    on_ready: impl FnOnce(SocketAddr),
    shutdown: &CancelToken,
) -> Result<(), Trouble> {
    let inputs = inputs_of(scorer.model())?;
    let listener = TcpListener::bind(options.addr)
        .await
        .map_err(|error| address_trouble(options.addr, &error))?;
    let addr = listener.local_addr().map_err(|error| address_trouble(options.addr, &error))?;
    let shared = Arc::new(Shared {
        metadata: describe::metadata(&scorer, &inputs, options)?,
        openapi: describe::openapi(&scorer, &inputs, options),
        page: page::Page::new(),
        guard: guards::Guard::new(addr, options.token.as_deref()),
        known: scorer.model().input_schema.clone(),
        name: scorer.name().to_owned(),
        version: scorer.version().to_owned(),
        model: scorer.model().clone(),
        inputs,
        options: options.clone(),
        queue: worker::start(scorer, options)?,
    });
    let router = routes::router(shared);
    let connections =
        Connections::new(listener, Duration::from_secs(options.timeout_secs.max(15) * 2));
    on_ready(addr);
    tracing::info!(%addr, "serving");
    let (told, is_told) = tokio::sync::oneshot::channel::<()>();
    let server = axum::serve(connections, router).with_graceful_shutdown(async move {
        // A dropped sender means the same.
        let _ = is_told.await;
    });
    let server = async { server.await };
    tokio::pin!(server);
    tokio::select! {
        result = &mut server => return result.map_err(Trouble::internal),
        () = asked_to_end(shutdown, options.ends_on_signals) => {}
    }
    let _ = told.send(());
    // Whoever has not finished by then is cut off.
    let _ = tokio::time::timeout(Duration::from_secs(DRAIN_SECS), &mut server).await;
    Ok(())
}

async fn asked_to_end(shutdown: &CancelToken, ends_on_signals: bool) {
    let cancelled = async {
        while !shutdown.is_cancelled() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    if !ends_on_signals {
        return cancelled.await;
    }
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = cancelled => {}
        () = interrupted => {}
        () = terminated() => {}
    }
}

#[cfg(unix)]
async fn terminated() {
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut signal) => _ = signal.recv().await,
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}

fn check_token(options: &ServeOptions) -> Result<(), Trouble> {
    let addr = options.addr;
    match options.token.as_deref() {
        None | Some("") if !addr.ip().is_loopback() => Err(Trouble::new(
            "serve-needs-token",
            say!(
                "other machines can reach {addr}, and there is no token",
                "其他机器可以访问 {addr}，但没有设置令牌"
            ),
        )
        .expected(say!(
            "a token, or an address of this machine only such as 127.0.0.1:8080",
            "设置令牌，或使用仅限本机的地址，例如 127.0.0.1:8080"
        ))
        .advice(say!(
            "Set the environment variable PYROGRAPH_TOKEN to a long random text.",
            "请将环境变量 PYROGRAPH_TOKEN 设为一段较长的随机文本。"
        ))),
        Some(token) if !token.is_empty() && token.chars().count() < MIN_TOKEN_CHARS => Err(
            Trouble::new("serve-token-short", say!("the token is easy to guess", "令牌容易被猜到"))
                .expected(say!(
                    "at least {MIN_TOKEN_CHARS} characters",
                    "至少 {MIN_TOKEN_CHARS} 个字符"
                )),
        ),
        _ => Ok(()),
    }
}

fn address_trouble(addr: SocketAddr, error: &std::io::Error) -> Trouble {
    Trouble::new(
        "serve-address",
        say!("cannot listen on {addr}: {error}", "无法监听 {addr}：{error}"),
    )
    .advice(say!(
        "Choose another port, for instance --addr 127.0.0.1:0 for a free one.",
        "请更换端口，例如用 --addr 127.0.0.1:0 选择空闲端口。"
    ))
}

//! Tests of the server over plain connections: every status that a caller can meet.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pg_base::{CancelToken, Trouble};
use serde_json::{Value, json};

use super::{ServeOptions, serve};
use crate::model::Model;
use crate::score::Scorer;
use crate::testing::{self, Plain};

struct Server {
    addr: SocketAddr,
    shutdown: CancelToken,
    thread: Option<JoinHandle<Result<(), Trouble>>>,
}

impl Server {
    fn start(model: Model, change: impl FnOnce(&mut ServeOptions)) -> Self {
        let mut options =
            ServeOptions::for_model(&model, "127.0.0.1:0".parse().expect("an address"));
        change(&mut options);
        let (sender, receiver) = mpsc::channel();
        let shutdown = CancelToken::default();
        let token = shutdown.clone();
        let thread = std::thread::spawn(move || {
            let scorer = Scorer::new(Arc::new(model), &Plain)?.named("flowers");
            serve(scorer, &options, move |addr| sender.send(addr).expect("somebody waits"), &token)
        });
        let addr = receiver.recv_timeout(Duration::from_secs(20)).expect("the server starts");
        Self { addr, shutdown, thread: Some(thread) }
    }

    /// Sends a request with these header lines (the Host comes by itself unless given) and reads the whole answer.
    fn ask(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Answer {
        let mut lines = headers.join("\r\n");
        if !lines.is_empty() {
            lines.push_str("\r\n");
        }
        if !lines.to_lowercase().contains("host:") {
            lines.push_str(&format!("Host: {}\r\n", self.addr));
        }
        if !lines.to_lowercase().contains("content-length:") {
            lines.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        let mut stream = TcpStream::connect(self.addr).expect("connected");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        stream
            .write_all(
                format!("{method} {path} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n").as_bytes(),
            )
            .expect("sent");
        // The server may have answered and closed before it has seen the whole body.
        let _ = stream.write_all(body);
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        Answer::new(&String::from_utf8_lossy(&bytes))
    }

    fn predict(&self, body: &Value) -> Answer {
        self.ask(
            "POST",
            "/predict",
            &["Content-Type: application/json"],
            body.to_string().as_bytes(),
        )
    }

    fn stop(mut self) -> Result<(), Trouble> {
        self.shutdown.cancel();
        self.thread.take().expect("started").join().expect("no panic")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn new(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Self { status, head: head.to_lowercase(), body: body.to_owned() }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    fn error(&self) -> (u16, String) {
        (self.status, self.json()["error"]["code"].as_str().unwrap_or_default().to_owned())
    }
}

fn check(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.error(), (status, code.to_owned()), "{answer:?}");
}

fn row() -> Value {
    json!({"length": 5.0, "width": 3.0, "colour": "red"})
}

#[test]
fn rows_in_all_forms_are_predicted() {
    let server = Server::start(testing::flowers_model(), |_| {});
    for body in [json!({"rows": [row()]}), json!({"inputs": [row()]}), json!([row()]), row()] {
        let answer = server.predict(&body);
        assert_eq!(answer.status, 200, "{answer:?}");
        let json = answer.json();
        assert_eq!(json["model"], "flowers");
        let prediction = &json["predictions"][0];
        assert_eq!(prediction["prediction"], "setosa");
        let total: f64 = ["setosa", "virginica"]
            .iter()
            .filter_map(|name| prediction["probabilities"][name].as_f64())
            .sum();
        assert!((total - 1.0).abs() < 1e-6);
    }
    let answer = server.predict(
        &json!({"rows": [row(), {"length": null, "width": 1, "colour": "green", "species": "?"}]}),
    );
    assert_eq!(answer.json()["predictions"].as_array().map(Vec::len), Some(2), "{answer:?}");
    server.stop().expect("a clean end");
}

#[test]
fn the_answers_are_those_of_the_model() {
    let model = testing::flowers_model();
    let mut scorer = Scorer::new(Arc::new(model.clone()), &Plain).expect("loads");
    let inputs = crate::inputs::inputs_of(&model).expect("inputs");
    let rows: Vec<_> =
        model.sample_rows.iter().filter(|row| !row["width"].is_null()).cloned().collect();
    let typed =
        crate::json_rows::rows_from_json(&inputs, &model.input_schema, &rows).expect("typed");
    let scored = scorer.score(typed.rows).expect("scored");
    let [crate::score::Predictions::Classes { probabilities, .. }] = scored.predictions.as_slice()
    else {
        panic!("classes")
    };
    let server = Server::start(model, |_| {});
    let json = server.predict(&json!({"rows": rows})).json();
    for (index, expected) in probabilities.chunks(2).enumerate() {
        assert_eq!(
            json["predictions"][index]["probabilities"]["setosa"],
            json!(f64::from(expected[0]))
        );
    }
}

#[test]
fn wrong_input_is_named() {
    let server = Server::start(testing::flowers_model(), |options| options.max_rows = 3);
    let typed = ["Content-Type: application/json; charset=utf-8"];
    check(&server.ask("POST", "/predict", &typed, b"{\"rows\": ["), 400, "json-invalid");
    check(&server.ask("POST", "/predict", &typed, b"7"), 422, "rows-none");
    check(&server.ask("POST", "/predict", &typed, &[b'['; 5000]), 400, "json-invalid");
    check(&server.predict(&json!({"rows": []})), 422, "rows-none");
    check(&server.predict(&json!({"rows": [row(), 3]})), 422, "row-type");
    check(&server.predict(&json!([row(), row(), row(), row()])), 413, "too-many-rows");
    check(&server.predict(&json!({"rows": [{"length": 1, "width": 2}]})), 422, "field-missing");
    check(&server.predict(&json!({"row": [row()]})), 422, "field-unknown");
    let answer =
        server.predict(&json!({"rows": [row(), {"length": "abc", "width": 2, "colour": "red"}]}));
    check(&answer, 422, "field-type");
    let error = &answer.json()["error"];
    assert_eq!(
        (&error["row"], &error["field"], &error["path"]),
        (&json!(2), &json!("length"), &json!("rows[1].length"))
    );
    assert!(
        error["found"].as_str().is_some_and(|found| found.contains("abc"))
            && error["expected"] == "a number"
    );
    let answer =
        server.predict(&json!({"rows": [row(), {"length": 1, "width": null, "colour": "red"}]}));
    check(&answer, 422, "value-missing");
    assert_eq!(
        (&answer.json()["error"]["row"], &answer.json()["error"]["field"]),
        (&json!(2), &json!("width"))
    );
    check(&server.ask("POST", "/predict", &[], b"{}"), 415, "content-type");
    check(
        &server.ask("POST", "/predict", &["Content-Type: text/plain"], b"{}"),
        415,
        "content-type",
    );
    check(&server.ask("GET", "/predict", &[], b""), 405, "method-unknown");
    check(&server.ask("GET", "/nothing", &[], b""), 404, "path-unknown");
}

#[test]
fn the_page_and_the_descriptions_are_there() {
    let server = Server::start(testing::flowers_model(), |_| {});
    let page = server.ask("GET", "/", &[], b"");
    assert_eq!(page.status, 200);
    assert!(
        page.head.contains("content-type: text/html")
            && page
                .head
                .contains("content-security-policy: default-src 'none'; script-src 'sha256-")
    );
    assert!(page.body.starts_with("<!doctype html>"));
    assert_eq!(server.ask("GET", "/health", &[], b"").json(), json!({"status": "ok"}));
    let metadata = server.ask("GET", "/metadata", &[], b"").json();
    assert_eq!(metadata["classes"], json!(["setosa", "virginica"]));
    assert_eq!(metadata["inputs"][2]["options"], json!(["blue", "red"]));
    assert_eq!(metadata["inputs"][0]["kind"], "number");
    let openapi = server.ask("GET", "/openapi.json", &[], b"").json();
    assert_eq!(openapi["openapi"], "3.1.0");
    let schemas = &openapi["components"]["schemas"];
    assert_eq!(schemas["Row"]["required"], json!(["length", "width", "colour"]));
    assert_eq!(schemas["Row"]["properties"]["length"]["type"], json!(["number", "null"]));
    assert_eq!(schemas["Row"]["properties"]["width"]["type"], json!("number"));
}

#[test]
fn strangers_are_refused() {
    let server = Server::start(testing::flowers_model(), |_| {});
    check(&server.ask("GET", "/health", &["Host: evil.example"], b""), 403, "host-forbidden");
    check(
        &server.ask("GET", "/metadata", &["Sec-Fetch-Site: cross-site"], b""),
        403,
        "origin-forbidden",
    );
    check(
        &server.ask(
            "POST",
            "/predict",
            &["Origin: http://evil.example", "Content-Type: application/json"],
            b"{}",
        ),
        403,
        "origin-forbidden",
    );
    let server = Server::start(testing::flowers_model(), |options| {
        options.token = Some("a token of some length".to_owned());
    });
    assert_eq!(server.ask("GET", "/", &[], b"").status, 200);
    assert_eq!(server.ask("GET", "/health", &[], b"").status, 200);
    let answer = server.predict(&json!([row()]));
    check(&answer, 401, "token-missing");
    assert!(answer.head.contains("www-authenticate: bearer"));
    check(
        &server.ask("GET", "/metadata", &["Authorization: Bearer a token of some lengtH"], b""),
        401,
        "token-missing",
    );
    check(&server.ask("GET", "/openapi.json", &[], b""), 401, "token-missing");
    let headers =
        ["Authorization: Bearer a token of some length", "Content-Type: application/json"];
    assert_eq!(
        server.ask("POST", "/predict", &headers, json!([row()]).to_string().as_bytes()).status,
        200
    );
    let openapi = server.ask("GET", "/openapi.json", &headers, b"").json();
    assert_eq!(openapi["components"]["securitySchemes"]["token"]["scheme"], "bearer");
}

#[test]
fn addresses_and_tokens_are_checked_before_anything_starts() {
    let code = |addr: &str, token: Option<&str>| {
        let model = testing::flowers_model();
        let mut options = ServeOptions::for_model(&model, addr.parse().expect("an address"));
        options.token = token.map(str::to_owned);
        let scorer = Scorer::new(Arc::new(model), &Plain).expect("loads");
        serve(scorer, &options, |_| panic!("it must not start"), &CancelToken::default())
            .expect_err("refused")
            .code
    };
    assert_eq!(code("0.0.0.0:0", None), "serve-needs-token");
    assert_eq!(code("[::]:0", Some("")), "serve-needs-token");
    assert_eq!(code("0.0.0.0:0", Some("short")), "serve-token-short");
    let server = Server::start(testing::flowers_model(), |_| {});
    assert_eq!(code(&server.addr.to_string(), None), "serve-address");
}

#[test]
fn large_and_slow_bodies_are_cut_off() {
    let server = Server::start(testing::flowers_model(), |options| {
        (options.max_body_bytes, options.timeout_secs) = (1000, 1);
    });
    let typed = "Content-Type: application/json";
    check(&server.ask("POST", "/predict", &[typed], &vec![b' '; 2000]), 413, "body-too-large");
    let chunked = format!("7d0\r\n{}\r\n0\r\n\r\n", " ".repeat(2000));
    check(
        &server.ask(
            "POST",
            "/predict",
            &[typed, "Transfer-Encoding: chunked", "X-No: content-length:"],
            chunked.as_bytes(),
        ),
        413,
        "body-too-large",
    );
    check(
        &server.ask("POST", "/predict", &[typed, "Content-Length: 500"], b"{"),
        408,
        "body-timeout",
    );
}

#[test]
fn a_full_queue_and_a_slow_model_say_so() {
    // The model of the tests takes its time where x is 13.
    let slow = json!({"x": 13});
    let server = Server::start(testing::numbers_model(), |options| {
        (options.queue_len, options.timeout_secs) = (1, 1);
    });
    let statuses: Vec<(u16, Answer)> = std::thread::scope(|scope| {
        let ask = |wait_ms: u64| {
            let (server, slow) = (&server, &slow);
            scope.spawn(move || {
                std::thread::sleep(Duration::from_millis(wait_ms));
                let answer = server.predict(slow);
                (answer.status, answer)
            })
        };
        let threads = [ask(0), ask(200), ask(400)];
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    check(&statuses[0].1, 504, "predict-timeout");
    check(&statuses[1].1, 504, "predict-timeout");
    check(&statuses[2].1, 503, "queue-full");
    assert!(statuses[2].1.head.contains("retry-after: 1"));
    std::thread::sleep(Duration::from_millis(1800));
    let answer = server.predict(&json!({"x": 1}));
    assert_eq!(answer.status, 200, "it works again: {answer:?}");
}

#[test]
fn many_callers_share_batches_and_get_their_own_answers() {
    let server = Server::start(testing::numbers_model(), |options| options.max_delay_ms = 5);
    let alone: Vec<Value> = (0..40)
        .map(|x| server.predict(&json!({"x": x % 13})).json()["predictions"][0].clone())
        .collect();
    std::thread::scope(|scope| {
        for (x, alone) in alone.iter().enumerate() {
            let server = &server;
            scope.spawn(move || {
                assert_eq!(&server.predict(&json!({"x": x % 13})).json()["predictions"][0], alone);
            });
        }
    });
    let mixed: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..20)
            .map(|n| {
                let server = &server;
                scope.spawn(move || {
                    server
                        .predict(&if n % 2 == 0 { json!({"x": n}) } else { json!({"x": null}) })
                        .status
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert_eq!(mixed, (0..20).map(|n| if n % 2 == 0 { 200 } else { 422 }).collect::<Vec<u16>>());
}

#[test]
fn pictures_come_in_base64() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(testing::pictures_model(folder.path()), |_| {});
    let picture = std::fs::read(folder.path().join("240.png")).expect("a picture");
    let encoded = STANDARD.encode(&picture);
    for text in [encoded.clone(), format!("data:image/png;base64,{encoded}")] {
        let answer = server.predict(&json!({"image": text}));
        assert_eq!(answer.json()["predictions"][0]["prediction"], "light", "{answer:?}");
    }
    check(&server.predict(&json!({"image": "!"})), 422, "picture-base64");
    check(
        &server.predict(&json!({"image": STANDARD.encode("no picture")})),
        422,
        "image-unreadable",
    );
    check(
        &server.predict(&json!({"image": STANDARD.encode(&picture[..40])})),
        422,
        "image-unreadable",
    );
    check(&server.predict(&json!({"image": "/etc/passwd"})), 422, "picture-base64");
}

#[test]
fn several_targets_are_answered_by_name() {
    let server = Server::start(testing::labels_model(), |_| {});
    let answer = server.predict(&json!({"rows": [{"x": 2.0}, {"x": -2.0}]})).json();
    let first = &answer["predictions"][0];
    assert_eq!(first["prediction"], "large;positive", "{answer}");
    assert!(first["probabilities"]["large"].as_f64().is_some_and(|p| p > 0.9), "{answer}");
    assert_eq!(answer["predictions"][1]["prediction"], "");
    let metadata = server.ask("GET", "/metadata", &[], &[]).json();
    assert_eq!((&metadata["task"], &metadata["target"]), (&json!("multi_label"), &json!("tags")));
    assert_eq!(metadata["labels"], json!(["large", "positive"]));
    server.stop().expect("stops");

    let server = Server::start(testing::pair_model(), |_| {});
    let answer = server.predict(&json!({"rows": [{"x": 2.0}]})).json();
    let prediction = &answer["predictions"][0]["prediction"];
    assert!(prediction["y"].as_f64().is_some_and(|y| (y - 5.0).abs() < 1e-4), "{answer}");
    assert!(prediction["z"].is_number() && answer["predictions"][0]["probabilities"].is_null());
    let openapi = server.ask("GET", "/openapi.json", &[], &[]).json();
    let schema = &openapi["components"]["schemas"]["Prediction"]["properties"]["prediction"];
    assert_eq!(schema["properties"]["y"]["type"], "number", "{schema}");
    server.stop().expect("stops");
}

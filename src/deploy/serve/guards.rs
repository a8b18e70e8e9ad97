//! Who may ask: host names of this machine, no other web pages, and callers with the token.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use pg_base::{Trouble, say};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::Shared;
use super::answer::Failure;

/// The rules for one server.
pub(super) struct Guard {
    addr: SocketAddr,
    /// SHA-256 of the token; digests have one length, so that comparing them tells nothing about it.
    token: Option<[u8; 32]>,
}

impl Guard {
    /// Rules for a server that listens on `addr`.
    pub(super) fn new(addr: SocketAddr, token: Option<&str>) -> Self {
        let token =
            token.filter(|token| !token.is_empty()).map(|token| Sha256::digest(token).into());
        Self { addr, token }
    }

    /// On loopback only names of this machine: a page from elsewhere whose name was made to point here is refused.
    fn knows_host(&self, headers: &HeaderMap) -> bool {
        if !self.addr.ip().is_loopback() {
            return true;
        }
        let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else {
            return false;
        };
        let (name, port) = split_host(host);
        let is_ours = name.eq_ignore_ascii_case("localhost")
            || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        is_ours && port.is_none_or(|port| port == self.addr.port().to_string())
    }

    /// Requests that a page of another site made the browser send are refused.
    fn is_own_page(headers: &HeaderMap) -> bool {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        if text("sec-fetch-site").is_some_and(|site| site == "cross-site") {
            return false;
        }
        match (text("origin"), text("host")) {
            (Some(origin), Some(host)) => {
                let origin = origin.split_once("://").map_or(origin, |(_, rest)| rest);
                origin.eq_ignore_ascii_case(host)
            }
            (Some(_), None) => false,
            (None, _) => true,
        }
    }

    fn has_token(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else { return true };
        let shown = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let (scheme, shown) = shown.split_once(' ').unwrap_or_default();
        let digest: [u8; 32] = Sha256::digest(shown.trim()).into();
        scheme.eq_ignore_ascii_case("bearer") & bool::from(digest.ct_eq(token))
    }
}

/// Refuses strangers, and puts the security headers on every answer.
pub(super) async fn guard(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let guard = &shared.guard;
    let headers = request.headers();
    let mut response = if !guard.knows_host(headers) {
        Failure::of(
            StatusCode::FORBIDDEN,
            "host-forbidden",
            say!("the Host header does not name this server", "Host 头不是本服务器"),
        )
        .into_response()
    } else if !Guard::is_own_page(headers) {
        Failure::of(
            StatusCode::FORBIDDEN,
            "origin-forbidden",
            say!("the request comes from a page of another site", "请求来自其他网站的页面"),
        )
        .into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
        );
    }
    response
}

/// Lets callers with the token pass.
pub(super) async fn authorise(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    if shared.guard.has_token(request.headers()) {
        return next.run(request).await;
    }
    let trouble =
        Trouble::new("token-missing", say!("the token is missing or wrong", "缺少令牌或令牌错误"))
            .expected(say!("Authorization: Bearer TOKEN", "Authorization: Bearer 令牌"));
    Failure::new(StatusCode::UNAUTHORIZED, trouble).into_response()
}

/// Name and port; an IPv6 address without its brackets.
fn split_host(host: &str) -> (&str, Option<&str>) {
    if let Some((name, rest)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (name, rest.strip_prefix(':'));
    }
    match host.rsplit_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (host, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().expect("a name"), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn only_this_machine_is_known() {
        let guard = Guard::new("127.0.0.1:8080".parse().expect("an address"), None);
        let knows = |host: &'static str| guard.knows_host(&headers(&[("host", host)]));
        assert!(
            knows("127.0.0.1:8080")
                && knows("localhost:8080")
                && knows("LOCALHOST:8080")
                && knows("[::1]:8080")
        );
        assert!(
            !knows("evil.example:8080")
                && !knows("127.0.0.1:99")
                && !knows("127.0.0.1.evil.example")
                && !knows("")
        );
        assert!(!guard.knows_host(&HeaderMap::new()));
        let open = Guard::new("0.0.0.0:80".parse().expect("an address"), Some("0123456789abcdef"));
        assert!(open.knows_host(&headers(&[("host", "models.example")])));
    }

    #[test]
    fn other_pages_and_wrong_tokens_are_refused() {
        let own = |pairs: &[(&'static str, &'static str)]| Guard::is_own_page(&headers(pairs));
        assert!(own(&[("host", "localhost:1")]));
        assert!(own(&[("host", "localhost:1"), ("origin", "http://localhost:1")]));
        assert!(!own(&[("host", "localhost:1"), ("origin", "http://evil.example")]));
        assert!(!own(&[("host", "localhost:1"), ("origin", "null")]));
        assert!(!own(&[("host", "localhost:1"), ("sec-fetch-site", "cross-site")]));
        let guard =
            Guard::new("127.0.0.1:1".parse().expect("an address"), Some("0123456789abcdef"));
        let shows = |value: &'static str| guard.has_token(&headers(&[("authorization", value)]));
        assert!(shows("Bearer 0123456789abcdef") && shows("bearer 0123456789abcdef"));
        assert!(
            !shows("Bearer 0123456789abcdeF")
                && !shows("Bearer ")
                && !shows("Basic 0123456789abcdef")
                && !shows("")
        );
    }
}

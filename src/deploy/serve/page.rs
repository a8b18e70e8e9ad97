//! The try-it page: one file without anything from elsewhere, and a policy that allows exactly its own script and style.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

const HTML: &str = include_str!("page.html");

/// The page with its policy.
pub(super) struct Page {
    policy: HeaderValue,
}

impl Page {
    /// Computes the policy from the page itself, so that the two cannot differ.
    pub(super) fn new() -> Self {
        let (script, style) = (hash_of("script"), hash_of("style"));
        let policy = format!(
            "default-src 'none'; script-src {script}; style-src {style}; img-src data: blob:; connect-src 'self'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        // Digests in base64 are always valid in a header.
        let policy = HeaderValue::from_str(&policy)
            .unwrap_or(HeaderValue::from_static("default-src 'none'"));
        Self { policy }
    }

    /// Headers and text.
    pub(super) fn answer(&self) -> (HeaderMap, &'static str) {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        (headers, HTML)
    }
}

/// `'sha256-…'` of what stands between the tags.
fn hash_of(tag: &str) -> String {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let inside = HTML
        .split_once(&open)
        .and_then(|(_, rest)| rest.split_once(&close))
        .map_or("", |(inside, _)| inside);
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(inside)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_needs_nothing_from_elsewhere() {
        assert_eq!(HTML.matches("<script>").count(), 1);
        assert_eq!(HTML.matches("<style>").count(), 1);
        for foreign in
            ["https://", "src=\"http", "@import", "innerHTML", "style=\"", "onclick=", "eval("]
        {
            assert!(!HTML.contains(foreign), "{foreign}");
        }
        assert!(Page::new().policy.to_str().expect("text").contains("script-src 'sha256-"));
    }
}

//! The guard before every endpoint: it notes when a request came, asks for its token, counts it, and
//! sees to it that no answer is stored or sniffed.

use super::call::Call;
use super::clock;
use super::node::Node;
use super::routes::{Need, Route, Side};
use super::tokens::Token;
use super::way::Way;
use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, on};
use connectors::http::problem::{self, Problem};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Puts an endpoint on a router.
pub(super) fn route<F, A>(router: Router, node: &Arc<Node>, route: Route, work: F) -> Router
where
    F: Fn(Arc<Node>, Call) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Result<Response, Problem>> + Send + 'static,
{
    let node = Arc::clone(node);
    let took = node.meters.endpoint(route.path);
    let filter = match route.method {
        "POST" => MethodFilter::POST,
        "PUT" => MethodFilter::PUT,
        "DELETE" => MethodFilter::DELETE,
        _ => MethodFilter::GET,
    };
    let endpoint = move |names: Result<RawPathParams, RawPathParamsRejection>, request: Request| {
        let (node, work, took) = (Arc::clone(&node), work.clone(), took.clone());
        async move {
            let received = clock::moment();
            let open = Open::of(&node);
            let answer = match call(&node, route, names, request, received) {
                Ok(call) => work(Arc::clone(&node), call).await,
                Err(problem) => Err(problem),
            };
            let mut response = answer.unwrap_or_else(|problem| problem.into_response());
            dress(&mut response);
            took.record(received.elapsed().as_secs_f64());
            node.meters.request(route.path, response.status().as_u16());
            drop(open);
            response
        }
    };
    router.route(route.path, on(filter, endpoint))
}

/// Counts a request while it is worked on.
struct Open(Arc<Node>);

impl Open {
    fn of(node: &Arc<Node>) -> Self {
        node.requests.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(node))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.requests.fetch_sub(1, Ordering::AcqRel);
    }
}

fn call(
    node: &Arc<Node>,
    route: Route,
    names: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    received: std::time::Instant,
) -> Result<Call, Problem> {
    let (head, body) = request.into_parts();
    let token = admit(node, route, &head.headers)?;
    if route.method != "GET" {
        same_site(&head.headers)?;
    }
    let names = names.map_err(|_| {
        let detail = "the path is not percent-encoded UTF-8";
        Problem::new(problem::BAD_REQUEST, detail)
    })?;
    let names: BTreeMap<String, String> = names
        .iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    if route.side == Side::Admin && route.need != Need::Nothing {
        let by = token.as_ref().map_or("loopback", |token| &token.name);
        tracing::debug!(by, method = route.method, path = route.path, "operator");
    }
    Ok(Call {
        headers: head.headers,
        body,
        way: head.extensions.get::<Way>().cloned(),
        received,
        names,
        uri: head.uri,
        token,
    })
}

/// The token of a request, when tokens are asked for and it may do this.
fn admit(node: &Node, route: Route, headers: &HeaderMap) -> Result<Option<Arc<Token>>, Problem> {
    let Some(tokens) = node.tokens().filter(|_| route.need != Need::Nothing) else {
        return Ok(None);
    };
    let header = headers.get(header::AUTHORIZATION);
    let Some(token) = header.and_then(|header| tokens.find(header.as_bytes())) else {
        node.meters.unauthenticated.increment(1);
        let detail = "send `Authorization: Bearer …` with a token of the node's file";
        return Err(Problem::new(problem::UNAUTHENTICATED, detail));
    };
    let (may, scope) = match route.need {
        Need::Nothing => (true, ""),
        Need::Scope(scope) => (token.may(scope), scope),
        Need::Stream => (token.may_stream(), "stream:<kind>"),
    };
    if may {
        return Ok(Some(token));
    }
    node.meters.forbidden.increment(1);
    let detail = format!("the token has not the scope `{scope}`");
    Err(Problem::new(problem::FORBIDDEN, detail))
}

/// A page of another site may not give orders through somebody's browser.
fn same_site(headers: &HeaderMap) -> Result<(), Problem> {
    let foreign = HeaderValue::from_static("cross-site");
    if headers.get("sec-fetch-site") == Some(&foreign) {
        let detail = "the request comes from a page of another site";
        return Err(Problem::new(problem::FORBIDDEN, detail));
    }
    Ok(())
}

fn dress(response: &mut Response) {
    let headers = response.headers_mut();
    let no_store = HeaderValue::from_static("no-store");
    headers.insert(header::CACHE_CONTROL, no_store);
    let nosniff = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
}

//! The document tells of every endpoint, and of none that is not there.

use super::*;
use crate::run::probes::OPENAPI as DOCUMENT;
use rules::catalogue::load::events::OUTCOMES;
use serde_json::Value;
use std::collections::BTreeSet;

fn document() -> Value {
    serde_json::from_str(DOCUMENT).unwrap()
}

#[test]
fn the_document_and_the_routes_agree() {
    let mut told = BTreeSet::new();
    for (path, methods) in document()["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if method == "servers" {
                continue;
            }
            let scope = operation["x-scope"].as_str().unwrap_or("").to_owned();
            let side = operation["x-listener"].as_str().unwrap().to_owned();
            told.insert((method.to_uppercase(), path.clone(), side, scope));
        }
    }
    let there = ALL.map(|route| {
        let side = match route.side {
            Side::Public => "public",
            Side::Admin => "admin",
            Side::Peers => "peers",
        };
        let scope = match route.need {
            Need::Nothing => "",
            Need::Scope(scope) => scope,
            Need::Stream => "stream:<kind>",
        };
        let (method, path) = (route.method.to_owned(), route.path.to_owned());
        (method, path, side.to_owned(), scope.to_owned())
    });
    assert_eq!(told, BTreeSet::from(there));
}

#[test]
fn every_route_is_in_the_table() {
    let text = include_str!("../routes.rs");
    let attached = text.matches("guard::route(router, node, ").count();
    assert_eq!(attached, ALL.len());
}

#[test]
fn the_document_names_every_outcome() {
    let document = document();
    let told = &document["components"]["schemas"]["Outcome"]["properties"]["outcome"]["enum"];
    let told: BTreeSet<&str> = told
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let known: BTreeSet<&str> = OUTCOMES.into_iter().collect();
    assert_eq!(told, known);
}

#[test]
fn every_scope_of_the_document_can_be_given_to_a_token() {
    for route in ALL {
        if let Need::Scope(scope) = route.need {
            let file = format!(
                "[[token]]\nname = \"a\"\nsha256 = \"{}\"\nscopes = [\"{scope}\"]\n",
                "0".repeat(64)
            );
            assert!(crate::run::tokens::Tokens::parse(&file).is_ok(), "{scope}");
        }
    }
}

#[test]
fn every_code_is_documented() {
    let page = include_str!("../../../../docs/operations.md");
    for kind in problem::ALL {
        let row = format!("| `{}` | {} |", kind.code, kind.status.as_u16());
        assert!(page.contains(&row), "{row}");
    }
    let codes = include_str!("../../config/codes.rs");
    for code in codes
        .split('"')
        .filter(|word| word.starts_with('D') && word.len() == 4)
    {
        assert!(page.contains(&format!("`{code}`")), "{code}");
    }
}

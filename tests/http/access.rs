//! Who may do what: every endpoint of the document with every token, and nothing more.

use kit::http::{Answer, ask};
use kit::running::Running;
use kit::{Claimed, Failed, TempDir, Trial, claim, temp_dir, write};
use serde_json::Value;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim(
            "http::a_token_may_what_its_scopes_say_and_nothing_else",
            matrix,
        ),
        claim("http::tokens_are_read_anew_on_a_signal", anew),
    ]
}

/// The scopes, one token each.
const TOKENS: [&str; 7] = [
    "ingest",
    "decide",
    "outcome",
    "stream:service",
    "read:customer",
    "operate",
    "stream:*",
];

fn tokens() -> String {
    let mut file = String::new();
    for (number, scope) in TOKENS.iter().enumerate() {
        let hash = kit::running::sha256(format!("token-{number}").as_bytes());
        file.push_str(&format!(
            "[[token]]\nname = \"t{number}\"\nsha256 = \"{hash}\"\nscopes = [\"{scope}\"]\n"
        ));
    }
    file
}

fn folder(tokens: &str) -> Result<TempDir, Failed> {
    let folder = temp_dir("tokens")?;
    write(&folder.join("tokens.toml"), tokens)?;
    Ok(folder)
}

const AUTH: &str = "[auth]\ntokens = { file = \"tokens.toml\" }\n";

/// One operation of the document.
struct Operation {
    method: String,
    path: String,
    admin: bool,
    scope: Option<String>,
}

fn operations(document: &Value) -> Result<Vec<Operation>, Failed> {
    let paths = document
        .get("paths")
        .and_then(Value::as_object)
        .ok_or("no paths")?;
    let mut found = Vec::new();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            if method == "servers" {
                continue;
            }
            let word = |name: &str| operation.get(name).and_then(Value::as_str);
            found.push(Operation {
                method: method.to_uppercase(),
                path: path.replace("{id}", "d-none").replace("{switch}", "fraud"),
                admin: word("x-listener") == Some("admin"),
                scope: word("x-scope").map(str::to_owned),
            });
        }
    }
    Ok(found)
}

fn try_it(service: &Running, operation: &Operation, token: Option<&str>) -> Result<Answer, Failed> {
    let to = if operation.admin {
        service.admin
    } else {
        service.public
    };
    let bearer = token.map(|token| format!("Bearer {token}"));
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
    // A stream that is let in would not end; a parameter it does not know ends it.
    let path = if operation.path == "/v1/stream" {
        "/v1/stream?kinds=none".to_owned()
    } else {
        operation.path.clone()
    };
    ask(to, &operation.method, &path, &headers, b"")
}

fn matrix() -> Claimed {
    let service = Running::start_in(folder(&tokens())?, AUTH)?;
    let document = service.get("/openapi.json")?.expect(200)?.json()?;
    let mut operations = operations(&document)?;
    // The one that ends the service comes last.
    operations.sort_by_key(|operation| operation.path == "/v1/drain");
    if operations.len() < 15 {
        return Err("the document has hardly any operation".into());
    }
    for operation in &operations {
        let about = format!("{} {}", operation.method, operation.path);
        let Some(scope) = &operation.scope else {
            let answer = try_it(&service, operation, None)?;
            if matches!(answer.status, 401 | 403 | 404) {
                return Err(format!("{about}: {}", answer.status).into());
            }
            continue;
        };
        try_it(&service, operation, None)?.expect_problem(401, "UNAUTHENTICATED")?;
        try_it(&service, operation, Some("token-x"))?.expect_problem(401, "UNAUTHENTICATED")?;
        let kind = |scope: &str| scope.split(':').next().unwrap_or("").to_owned();
        // The right tokens last: the drain would close the door to the others.
        let mut order: Vec<usize> = (0..TOKENS.len()).collect();
        let may = |number: usize| {
            TOKENS.get(number).is_some_and(|has| {
                *has == scope || (scope == "stream:<kind>" && kind(has) == "stream")
            })
        };
        order.sort_by_key(|number| may(*number));
        for number in order {
            let answer = try_it(&service, operation, Some(&format!("token-{number}")))?;
            let refused = matches!(answer.status, 401 | 403);
            if refused == may(number) {
                let has = TOKENS.get(number).unwrap_or(&"");
                return Err(format!("{about} with `{has}`: {}", answer.status).into());
            }
        }
    }
    Ok(())
}

fn anew() -> Claimed {
    let service = Running::start_in(folder(&tokens())?, AUTH)?;
    let bearer = [("authorization", "Bearer token-5")];
    let status = || ask(service.admin, "GET", "/v1/status", &bearer, b"");
    status()?.expect(200)?;
    let text = tokens().replace("operate", "ingest");
    write(&service.folder.join("tokens.toml"), "nothing = 1\n")?;
    service.signal("HUP")?;
    std::thread::sleep(std::time::Duration::from_millis(300));
    // What cannot be used leaves those in force as they were.
    status()?.expect(200)?;
    write(&service.folder.join("tokens.toml"), text)?;
    service.signal("HUP")?;
    for _ in 0..400 {
        if status()?.status == 403 {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    Err("the old scope was never taken away".into())
}

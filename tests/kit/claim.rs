//! A promise as a trial: a name that says what holds, and the proof.

use std::path::Path;

use libtest_mimic::{Completion, Failed, Trial};

use crate::place::{SHARED, shared};

/// The environment variable that turns "left out, the shared data is absent" into a failure.
pub const SHARED_REQUIRED: &str = "DEFT_REQUIRE_SHARED";

/// What a proof answers.
pub type Claimed = Result<(), Failed>;

/// A promise that needs nothing but the workspace.
pub fn claim(name: impl Into<String>, proof: impl FnOnce() -> Claimed + Send + 'static) -> Trial {
    Trial::test(name, proof)
}

/// A promise that needs the shared data: left out with the reason when that is absent.
pub fn claim_on_shared(
    name: impl Into<String>,
    proof: impl FnOnce(&Path) -> Claimed + Send + 'static,
) -> Trial {
    Trial::ignorable_test(name, move || match shared() {
        Some(path) => proof(&path).map(|()| Completion::Completed),
        None if std::env::var(SHARED_REQUIRED).is_ok_and(|value| value == "1") => Err(format!(
            "the shared data is absent and {SHARED_REQUIRED}=1 asks for it: set {SHARED}"
        )
        .into()),
        None => Ok(Completion::ignored_with(format!(
            "the shared data is absent: set {SHARED} to its folder"
        ))),
    })
}

/// A promise that an outside program checks: left out with the reason when that is not installed,
/// unless the variable `required` is 1.
pub fn claim_with_tool(
    name: impl Into<String>,
    tool: &'static str,
    required: &'static str,
    proof: impl FnOnce() -> Claimed + Send + 'static,
) -> Trial {
    Trial::ignorable_test(name, move || {
        let is_there = std::process::Command::new(tool).arg("--version").output();
        match is_there {
            Ok(_) => proof().map(|()| Completion::Completed),
            Err(_) if std::env::var(required).is_ok_and(|value| value == "1") => {
                Err(format!("`{tool}` is not installed and {required}=1 asks for it").into())
            }
            Err(_) => Ok(Completion::ignored_with(format!(
                "`{tool}` is not installed"
            ))),
        }
    })
}

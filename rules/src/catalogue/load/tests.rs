//! Catalogues that load, and one row for each thing that can be wrong with one.

use super::load;
use crate::project::Project;
use std::path::Path;

fn folder(name: &str) -> Project {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    Project::read(&root.join(name)).unwrap()
}

#[test]
fn the_sparkov_project_loads_without_a_word() {
    let (c, findings) = load(&folder("../tests/projects/sparkov"));
    assert_eq!(
        findings.iter().collect::<Vec<_>>(),
        Vec::<&crate::finding::Finding>::new()
    );
    assert_eq!(c.columns.len(), 14);
    assert_eq!(c.features.len(), 12);
    assert_eq!(c.tags.len(), 3);
}

#[test]
fn the_retail_bank_loads_without_a_word() {
    let (c, findings) = load(&folder("retail-bank"));
    assert_eq!(
        findings.iter().collect::<Vec<_>>(),
        Vec::<&crate::finding::Finding>::new()
    );
    assert!(c.event_named("transaction.transfer").is_some());
    assert!(c.event_named("outcome.released").is_some());
}

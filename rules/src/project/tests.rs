//! Projects from disk and from memory.

use super::*;

fn paths(files: &[SourceFile]) -> Vec<&str> {
    files.iter().map(|f| &*f.path).collect()
}

#[test]
fn a_folder_is_read_in_the_order_of_its_paths() {
    let name = format!("deft-project-{}", std::process::id());
    let dir = std::env::temp_dir().join(name);
    let files = [
        ("catalog/tags.toml", ""),
        ("catalog/events.toml", "# e"),
        ("catalog/.hidden.toml", "?"),
        ("rules/offers/b.rhai", ""),
        ("rules/fraud/z.rhai", "// z"),
        ("rules/fraud/z.cases.toml", ""),
        ("rules/fraud/README.md", ""),
        ("rules/fraud/one/two/deep.rhai", ""),
        ("rules/fraud/picture.png", "?"),
        ("elsewhere/any.txt", ""),
    ];
    for (path, text) in files {
        let path = dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let project = Project::read(&dir).unwrap();
    std::fs::remove_dir_all(&dir).unwrap();
    assert_eq!(
        paths(&project.catalogue),
        ["catalog/events.toml", "catalog/tags.toml"]
    );
    assert_eq!(
        paths(&project.rules),
        ["rules/fraud/z.rhai", "rules/offers/b.rhai"]
    );
    assert_eq!(paths(&project.cases), ["rules/fraud/z.cases.toml"]);
    assert_eq!(&*project.catalogue[0].text, "# e");
    let said: Vec<&str> = project.findings.iter().map(|f| &*f.place.file).collect();
    assert_eq!(
        said,
        ["rules/fraud/one/two/deep.rhai", "rules/fraud/picture.png"]
    );
}

#[test]
fn memory_and_disk_give_the_same_project() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("retail-bank");
    let read = Project::read(&root).unwrap();
    let all = read.catalogue.iter().chain(&read.rules).chain(&read.cases);
    let made = Project::from_files(all.map(|f| (f.path.to_string(), f.text.as_bytes())));
    assert_eq!(made.catalogue, read.catalogue);
    assert_eq!(made.rules, read.rules);
    assert_eq!(made.cases, read.cases);
}

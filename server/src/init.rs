//! `deft init`: a project that passes `check` and `test` at once, commented as a tutorial.

use crate::cli::{LangArg, NO, YES};
use anyhow::Context as _;
use clap::Args;
use rules::finding::Words;
use std::path::PathBuf;

/// Arguments of `deft init`.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The folder: empty, or not there yet.
    dir: PathBuf,
    /// The language of messages.
    #[arg(long, value_enum, default_value_t)]
    lang: LangArg,
}

/// Files of the project, each with its path in it.
macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("init/project/", $path)))),*]
    };
}

/// Path and text of every file of a first project.
pub(crate) const FILES: &[(&str, &str)] = files![
    "README.md",
    "catalog/channels.toml",
    "catalog/entities.toml",
    "catalog/events.toml",
    "catalog/features.toml",
    "catalog/offers.toml",
    "catalog/policy.toml",
    "catalog/reasons.toml",
    "catalog/tags.toml",
    "events.ndjson",
    "rules/fraud/card_burst.cases.toml",
    "rules/fraud/card_burst.rhai",
    "rules/offers/cashback.cases.toml",
    "rules/offers/cashback.rhai",
];

/// Exit code 0 when the project is there, 1 when something else is there already.
pub(crate) fn run(args: &InitArgs) -> anyhow::Result<u8> {
    let dir = args.dir.display();
    if let Ok(mut entries) = std::fs::read_dir(&args.dir)
        && entries.next().is_some()
    {
        let words = Words::new(
            format!("`{dir}` is not empty, and nothing is ever overwritten: name another folder"),
            format!("`{dir}` 不为空，已有文件绝不覆盖：请换一个文件夹"),
        );
        eprintln!("{}", words.get(args.lang.into()));
        return Ok(NO);
    }
    if args.dir.is_file() {
        let words = Words::new(
            format!("`{dir}` is a file: name a folder that is empty or not there yet"),
            format!("`{dir}` 是文件：请给出空文件夹或尚不存在的文件夹"),
        );
        eprintln!("{}", words.get(args.lang.into()));
        return Ok(NO);
    }
    for (path, text) in FILES {
        let file = args.dir.join(path);
        let parent = file.parent().unwrap_or(&args.dir);
        std::fs::create_dir_all(parent)
            .and_then(|()| std::fs::write(&file, text))
            .with_context(|| format!("cannot write `{}`", file.display()))?;
    }
    let words = Words::new(
        format!(
            "a project of two rules in `{dir}`; {dir}/README.md says what is what\nnext: deft test {dir}"
        ),
        format!(
            "`{dir}` 中已建好含两条规则的项目，说明见 {dir}/README.md\n下一步：deft test {dir}"
        ),
    );
    eprintln!("{}", words.get(args.lang.into()));
    Ok(YES)
}

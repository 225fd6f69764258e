//! The retail bank inside the program, so that a demo needs no clone: its files as they were when it was
//! built.

/// Files of the project, each with its path in it.
macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../rules/retail-bank/", $path)))),*]
    };
}

/// Path and text of every file of the retail bank.
pub(crate) const FILES: &[(&str, &str)] = files![
    "catalog/channels.toml",
    "catalog/entities.toml",
    "catalog/events.toml",
    "catalog/features.toml",
    "catalog/lists.toml",
    "catalog/offers.toml",
    "catalog/patterns.toml",
    "catalog/policy.toml",
    "catalog/reasons.toml",
    "catalog/tags.toml",
    "catalog/timers.toml",
    "rules/fraud/mule_account.cases.toml",
    "rules/fraud/mule_account.rhai",
    "rules/fraud/new_device_new_payee.cases.toml",
    "rules/fraud/new_device_new_payee.rhai",
    "rules/fraud/terminal_burst.cases.toml",
    "rules/fraud/terminal_burst.rhai",
    "rules/fraud/transfer_after_reset.cases.toml",
    "rules/fraud/transfer_after_reset.rhai",
    "rules/fraud/unusual_amount.cases.toml",
    "rules/fraud/unusual_amount.rhai",
    "rules/fraud/withdrawal_burst.cases.toml",
    "rules/fraud/withdrawal_burst.rhai",
    "rules/offers/birthday.cases.toml",
    "rules/offers/birthday.rhai",
    "rules/offers/instalment.cases.toml",
    "rules/offers/instalment.rhai",
    "rules/offers/payroll_wealth.cases.toml",
    "rules/offers/payroll_wealth.rhai",
    "rules/offers/travel_cover.cases.toml",
    "rules/offers/travel_cover.rhai",
    "rules/retention/card_closing.cases.toml",
    "rules/retention/card_closing.rhai",
    "rules/retention/deposit_idle.cases.toml",
    "rules/retention/deposit_idle.rhai",
    "rules/retention/quote_abandoned.cases.toml",
    "rules/retention/quote_abandoned.rhai",
    "rules/retention/vip_outflow.cases.toml",
    "rules/retention/vip_outflow.rhai",
    "rules/service/complaint_callback.cases.toml",
    "rules/service/complaint_callback.rhai",
    "rules/service/deposit_matured.cases.toml",
    "rules/service/deposit_matured.rhai",
    "rules/service/travel_notice.cases.toml",
    "rules/service/travel_notice.rhai",
];

#[cfg(test)]
mod tests {
    use super::FILES;
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else {
                found.push(path);
            }
        }
    }

    #[test]
    fn every_file_of_the_retail_bank_is_inside() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules/retail-bank");
        let mut found = Vec::new();
        walk(&root.join("catalog"), &mut found);
        walk(&root.join("rules"), &mut found);
        let there: BTreeSet<String> = found
            .iter()
            .map(|path| path.strip_prefix(&root).unwrap().display().to_string())
            .collect();
        let inside: BTreeSet<String> = FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(inside, there);
    }
}

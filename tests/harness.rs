//! The tests' own tools tell the truth: a comparison that could not fail would promise nothing.

use std::process::Command;

use kit::{Claimed, Seed, Table, Trial, claim, deft, first_difference};

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        claim(
            "harness::absent_data_is_ignored_with_a_reason_or_fails_on_demand",
            absent_data,
        ),
        claim(
            "harness::csv_fields_may_hold_anything",
            csv_fields_may_hold_anything,
        ),
        claim(
            "harness::a_difference_names_its_row_and_column",
            a_difference_is_named,
        ),
        claim(
            "harness::a_wrong_exit_code_is_a_failure",
            a_wrong_exit_code_is_a_failure,
        ),
        claim(
            "harness::a_seed_gives_the_same_order_again",
            a_seed_gives_the_same_order_again,
        ),
        claim(
            "harness::a_temporary_folder_goes_with_its_owner",
            a_temporary_folder_goes,
        ),
    ]
}

fn absent_data() -> Claimed {
    let empty = kit::temp_dir("empty")?;
    for (required, passes, told) in [("0", true, "ignored"), ("1", false, "FAILED")] {
        let said = Command::new(std::env::current_exe()?)
            .args(["sparkov::every_row_is_exact", "--exact"])
            .env(kit::SHARED, empty.path())
            .env(kit::SHARED_REQUIRED, required)
            .output()?;
        let out = String::from_utf8_lossy(&said.stdout);
        if said.status.success() != passes || !out.contains(told) || !out.contains("absent") {
            return Err(format!(
                "with {}={required}: {}\n{out}",
                kit::SHARED_REQUIRED,
                said.status
            )
            .into());
        }
    }
    Ok(())
}

fn csv_fields_may_hold_anything() -> Claimed {
    let table = Table::parse("id,x\n\"a,\"\"b\"\"\r\n\",1\r\n,\n客,\"\"\n")?;
    let rows: Vec<Vec<&str>> = table
        .rows
        .iter()
        .map(|row| row.iter().map(String::as_str).collect())
        .collect();
    if rows != [["a,\"b\"\r\n", "1"], ["", ""], ["客", ""]] {
        return Err(format!("{rows:?}").into());
    }
    for wrong in ["a,b\n1\n", "a\n\"x\"y\n", "a\n\"open\n"] {
        if Table::parse(wrong).is_ok() {
            return Err(format!("{wrong:?} was taken").into());
        }
    }
    Ok(())
}

fn a_difference_is_named() -> Claimed {
    let expected = "id,a,b\ne-1,1,2\ne-2,3,4\n";
    let cases = [
        (
            "id,a,b\ne-1,1,2\ne-2,3,5\n",
            "line 3: `b` is 5, expected 4; 1 lines differ",
        ),
        ("id,a,b\ne-1,1,2\n", "2 lines, expected 3"),
        ("id,a,b\ne-1,1,2\ne-2,3\n", "line 3: the number of columns"),
        ("id,a,b\r\ne-1,1,2\r\ne-2,3,4\r\n", "line ends"),
        ("id,a,b\ne-1,1,2\ne-2,3,4", "line ends"),
    ];
    for (got, told) in cases {
        match first_difference(got, expected) {
            Some(difference) if difference.contains(told) => {}
            other => return Err(format!("{got:?}: {other:?}, expected {told:?}").into()),
        }
    }
    match first_difference(expected, expected) {
        None => Ok(()),
        Some(difference) => Err(difference.into()),
    }
}

fn a_wrong_exit_code_is_a_failure() -> Claimed {
    let said = deft(["--version"])?;
    let mut panicked = deft(["--version"])?;
    panicked.stderr = "thread 'main' panicked at x.rs:1".to_owned();
    if said.expect_code(1).is_ok() || panicked.expect_code(0).is_ok() {
        return Err("it was taken for right".into());
    }
    Ok(())
}

fn a_seed_gives_the_same_order_again() -> Claimed {
    let order = |seed| {
        let mut items: Vec<u32> = (0..100).collect();
        Seed::new(seed).shuffle(&mut items);
        items
    };
    let mut sorted = order(1);
    sorted.sort_unstable();
    // The first number of splitmix64 from 0 is published with it.
    let first = Seed::new(0).draw();
    if order(1) != order(1)
        || order(1) == order(2)
        || sorted == order(1)
        || first != 0xE220_A839_7B1D_CDAF
    {
        return Err(format!("{:?}, first {first:x}", order(1)).into());
    }
    if sorted.into_iter().eq(0..100) {
        Ok(())
    } else {
        Err("an item was lost".into())
    }
}

fn a_temporary_folder_goes() -> Claimed {
    let (one, two) = (kit::temp_dir("same")?, kit::temp_dir("same")?);
    let path = one.path().to_path_buf();
    kit::write(&one.join("file"), "x")?;
    drop(one);
    if path.exists() || !two.path().is_dir() || two.path() == path {
        return Err(format!("{} and {}", path.display(), two.path().display()).into());
    }
    Ok(())
}

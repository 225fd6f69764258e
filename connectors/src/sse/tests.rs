//! What readers of the stream get, and what they are told.

use super::*;

fn ring() -> Ring {
    Ring::new(Bounds {
        lines: 3,
        bytes: 100,
        age: 1_000,
    })
}

fn numbers(ring: &Ring, after: u64) -> Result<Vec<u64>, Gone> {
    let (lines, _) = ring.read(after, 10, |_| true)?;
    Ok(lines.iter().map(|line| line.number).collect())
}

#[test]
fn a_reader_gets_each_line_once_or_is_told_what_fell_out() {
    let ring = ring();
    assert_eq!(numbers(&ring, 0), Ok(vec![]));
    for n in 0..5 {
        ring.publish(n, [("a", n.to_string())]);
    }
    assert_eq!(numbers(&ring, 2), Ok(vec![3, 4, 5]));
    assert_eq!(numbers(&ring, 4), Ok(vec![5]));
    assert_eq!(numbers(&ring, 5), Ok(vec![]));
    assert_eq!(numbers(&ring, 1), Err(Gone { oldest: 3 }));
    let (lines, place) = ring.read(2, 1, |_| true).unwrap();
    assert_eq!((lines.len(), place), (1, 3));
}

#[test]
fn lines_of_an_earlier_life_are_gone_on_from() {
    let ring = ring();
    for number in [4, 5, 5] {
        ring.restore(0, number, "a", number.to_string().into());
    }
    ring.publish(1, [("a", "6".to_owned())]);
    assert_eq!(numbers(&ring, 3), Ok(vec![4, 5, 6]));
    assert_eq!(numbers(&ring, 2), Err(Gone { oldest: 4 }));
}

#[test]
fn a_number_is_never_given_twice_though_its_line_is_not_at_hand() {
    let ring = ring();
    ring.restore(0, 4, "a", "4".into());
    ring.begin_behind(3);
    assert_eq!(numbers(&ring, 3), Ok(vec![4]));
    ring.begin_behind(7);
    ring.publish(1, [("a", "8".to_owned())]);
    assert_eq!(numbers(&ring, 7), Ok(vec![8]));
    assert_eq!(numbers(&ring, 4), Err(Gone { oldest: 8 }));
}

#[test]
fn older_lines_are_put_back_as_long_as_there_is_room_and_no_gap() {
    let ring = ring();
    let older = |number: u64| ring.restore_older(0, number, "a", number.to_string().into());
    assert!(older(9) && older(8) && !older(6) && older(7) && !older(6));
    assert_eq!(numbers(&ring, 6), Ok(vec![7, 8, 9]));
    ring.publish(1, [("a", "10".to_owned())]);
    assert_eq!(numbers(&ring, 7), Ok(vec![8, 9, 10]));
}

#[test]
fn kinds_that_nobody_asked_for_are_passed_over() {
    let ring = ring();
    let lines = [("a", "1".to_owned()), ("b", "2".to_owned())];
    ring.publish(0, lines);
    let (lines, place) = ring.read(0, 10, |kind| kind == "a").unwrap();
    assert_eq!((lines.len(), place), (1, 2));
}

#[test]
fn bytes_and_age_are_bounds_too() {
    let ring = ring();
    ring.publish(0, [("a", "x".repeat(80)), ("a", "x".repeat(80))]);
    assert_eq!(numbers(&ring, 1), Ok(vec![2]));
    ring.publish(2_000, [("a", "y".to_owned())]);
    assert_eq!(numbers(&ring, 2), Ok(vec![3]));
    assert_eq!(numbers(&ring, 0), Err(Gone { oldest: 3 }));
}

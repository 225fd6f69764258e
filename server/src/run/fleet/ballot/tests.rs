//! Proposals and votes, one by one.

use super::*;

fn proposal(id: &str, book: &str) -> Proposal {
    Proposal {
        id: id.to_owned(),
        book: book.to_owned(),
        why: String::new(),
        by: "ops".to_owned(),
    }
}

fn says(proposal: &str, division: u16, refused: Option<&str>) -> Vote {
    Vote {
        proposal: proposal.to_owned(),
        division,
        refused: refused.map(str::to_owned),
    }
}

fn agreed(ballot: &Ballot) -> Option<&str> {
    ballot.agreed().map(|proposal| proposal.book.as_str())
}

#[test]
fn it_is_taken_up_when_all_can_and_not_before() {
    let mut ballot = Ballot::new(3);
    ballot.vote(says("o", 0, None));
    assert_eq!(ballot.propose(proposal("o", "A")), None);
    ballot.vote(says("o", 2, None));
    ballot.vote(says("o", 2, None));
    ballot.vote(says("o", 0, None));
    ballot.vote(says("other", 1, None));
    ballot.vote(says("o", 7, None));
    assert_eq!(agreed(&ballot), None);
    let open = ballot.present().unwrap();
    assert_eq!(open.waits, BTreeSet::from([1]));
    assert!(!open.is_settled());
    ballot.vote(says("o", 1, None));
    assert_eq!(agreed(&ballot), Some("A"));
    // It is agreed: nobody takes that back.
    ballot.vote(says("o", 1, Some("late")));
    assert!(ballot.present().unwrap().is_agreed());
}

#[test]
fn one_that_cannot_keeps_it_from_all_and_the_former_book_stays() {
    let mut ballot = Ballot::new(2);
    ballot.propose(proposal("1", "A"));
    ballot.vote(says("1", 0, None));
    ballot.vote(says("1", 1, None));
    assert_eq!(ballot.propose(proposal("2", "B")), None);
    ballot.vote(says("2", 0, None));
    ballot.vote(says("2", 0, Some("no longer")));
    ballot.vote(says("2", 1, None));
    ballot.vote(says("2", 0, None));
    assert_eq!(agreed(&ballot), Some("A"));
    let told = ballot.present().unwrap().refused.clone();
    assert_eq!(told, Some((0, "no longer".to_owned())));
    // It can be proposed again.
    assert_eq!(ballot.propose(proposal("3", "B")), None);
    ballot.vote(says("3", 0, None));
    ballot.vote(says("3", 1, None));
    assert_eq!(agreed(&ballot), Some("B"));
}

#[test]
fn a_newer_book_takes_the_place_of_one_that_is_open_and_the_same_one_does_not() {
    let mut ballot = Ballot::new(2);
    ballot.propose(proposal("1", "A"));
    ballot.vote(says("1", 0, None));
    assert_eq!(ballot.propose(proposal("2", "A")), None);
    assert!(ballot.present().unwrap().is("2"));
    let former = ballot.propose(proposal("3", "B")).unwrap();
    assert!(former.is("1") && former.is("2") && !former.is("3"));
    ballot.vote(says("1", 1, None));
    assert_eq!(agreed(&ballot), None);
    ballot.propose(proposal("4", "A"));
    ballot.propose(proposal("5", "A"));
    ballot.vote(says("4", 0, None));
    ballot.vote(says("5", 1, None));
    assert_eq!(agreed(&ballot), Some("A"));
}

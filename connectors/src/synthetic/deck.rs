//! The stories, dealt like cards: each comes as often as it stands in the deck, and none is forgotten.

use super::chance::Chance;

/// A story of the bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Story {
    /// A stolen card is emptied at cash machines.
    StolenCard,
    /// Stolen card numbers are tried at one till.
    CardTrial,
    /// A copied card buys something dear.
    CopiedCard,
    /// A password is reset by somebody else, and money leaves.
    Takeover,
    /// A stranger's phone sends a large sum to a stranger.
    StrangersPhone,
    /// Money that came in leaves at once in parts.
    Mule,
    /// A family pays for a kitchen: looks like a mule.
    Kitchen,
    /// Cash for a wedding: looks like a stolen card.
    Wedding,
    /// A reset password, and then the rent: looks like a takeover.
    Forgetful,
    /// A car bought from a new phone: looks like a stranger's.
    NewPhone,
    /// A kiosk with a bad line at a concert: looks like a trial of cards.
    Kiosk,
    /// Cash abroad, as announced.
    CashAbroad,
    /// A large purchase.
    Purchase,
    /// A trip.
    Trip,
    /// Payday.
    Payday,
    /// A complaint, and its end.
    Complaint,
    /// A card is to be closed.
    Closing,
    /// A wealthy customer moves money to another bank.
    Outflow,
    /// A birthday comes, of somebody who dines out.
    Birthday,
    /// A term deposit ends.
    Matured,
    /// A motor quote is looked at, and mostly left.
    Quote,
}

/// One deck, in the order in which the first is dealt: something of every kind comes soon.
const DECK: [Story; 31] = [
    Story::Trip,
    Story::Complaint,
    Story::StolenCard,
    Story::Closing,
    Story::Payday,
    Story::CopiedCard,
    Story::Matured,
    Story::Takeover,
    Story::Outflow,
    Story::Purchase,
    Story::StrangersPhone,
    Story::CardTrial,
    Story::Forgetful,
    Story::Trip,
    Story::Wedding,
    Story::Purchase,
    Story::Complaint,
    Story::Kiosk,
    Story::NewPhone,
    Story::Mule,
    Story::Payday,
    Story::CashAbroad,
    Story::Kitchen,
    Story::Birthday,
    Story::Closing,
    Story::Purchase,
    Story::Trip,
    Story::Outflow,
    Story::Matured,
    Story::Payday,
    Story::Quote,
];

/// The cards that are left, and when those were last dealt that keep a distance.
#[derive(Debug)]
pub(super) struct Deck {
    chance: Chance,
    left: Vec<Story>,
    first: bool,
    dealt: Vec<(Story, i64)>,
}

impl Deck {
    pub(super) fn new(chance: Chance) -> Self {
        let mut left = DECK.to_vec();
        left.reverse();
        Self {
            chance,
            left,
            first: true,
            dealt: Vec::new(),
        }
    }

    /// True while the first deck is dealt.
    pub(super) fn is_first(&self) -> bool {
        self.first
    }

    /// The next story at a time; one that comes too soon gives way to a trip.
    pub(super) fn deal(&mut self, at: i64) -> Story {
        if self.left.is_empty() {
            self.first = false;
            self.left.extend(DECK);
            self.chance.shuffle(&mut self.left);
        }
        let story = self.left.pop().unwrap_or(Story::Trip);
        let distance = distance_ms(story);
        if distance == 0 {
            return story;
        }
        let last = self.dealt.iter_mut().find(|(of, _)| *of == story);
        match last {
            Some((_, last)) if at.saturating_sub(*last) < distance => return Story::Trip,
            Some((_, last)) => *last = at,
            None => self.dealt.push((story, at)),
        }
        story
    }
}

/// The least event time between two stories of a kind, ms. A bank that has more of what looks like a fraud
/// has its rules braked, which is what brakes are for: one burst at a till alone is some seven blocks.
fn distance_ms(story: Story) -> i64 {
    match story {
        Story::CardTrial | Story::Kiosk => 120_000,
        Story::StolenCard | Story::Wedding => 30_000,
        Story::CopiedCard
        | Story::Takeover
        | Story::StrangersPhone
        | Story::NewPhone
        | Story::Mule
        | Story::Kitchen => 15_000,
        Story::Forgetful
        | Story::CashAbroad
        | Story::Purchase
        | Story::Trip
        | Story::Payday
        | Story::Complaint
        | Story::Closing
        | Story::Outflow
        | Story::Birthday
        | Story::Matured
        | Story::Quote => 0,
    }
}

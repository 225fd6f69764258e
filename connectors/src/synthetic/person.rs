//! Who a customer is: a function of the seed and the number, so nobody has to be remembered.

use super::chance::Chance;

/// A customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) id: String,
    pub(super) number: u64,
    pub(super) tier: &'static str,
    pub(super) age: i64,
    pub(super) risk: &'static str,
    /// Where the bank knows them to live.
    pub(super) home: bool,
    pub(super) travel_policy: bool,
    pub(super) in_hardship: bool,
    pub(super) phone: bool,
    pub(super) app: bool,
    pub(super) zone: Option<&'static str>,
    /// Marketing may come by app, SMS, call.
    pub(super) consents: [bool; 3],
    /// What a payment is like, minor units.
    pub(super) usual: i64,
    /// A month's pay, minor units.
    pub(super) salary: i64,
    /// What they hold with the bank, minor units.
    pub(super) assets: i64,
    /// How glad they are to hear from the bank, of a hundred.
    pub(super) mood: u64,
}

impl Person {
    /// The customer of a number.
    pub(super) fn of(seed: u64, number: u64) -> Self {
        let mut c = Chance::new(seed).branch(number.wrapping_add(1 << 32));
        let (tier, assets) = match c.below(100) {
            0..5 => ("platinum", c.from(800_000, 5_000_000)),
            5..20 => ("gold", c.from(100_000, 900_000)),
            _ => ("basic", c.from(2_000, 200_000)),
        };
        let usual = match c.below(10) {
            0..4 => c.from(6_000, 20_000),
            4..8 => c.from(20_000, 60_000),
            _ => c.from(60_000, 150_000),
        };
        let age = if c.percent(2) {
            c.from(16, 17)
        } else {
            c.from(18, 80)
        };
        Self {
            id: format!("C{number:06}"),
            number,
            tier,
            age,
            risk: c.pick(
                &["R1", "R2", "R2", "R3", "R3", "R3", "R4", "R4", "R5"],
                "R3",
            ),
            home: c.percent(95),
            travel_policy: c.percent(10),
            in_hardship: c.percent(4),
            phone: c.percent(95),
            app: c.percent(90),
            zone: c.percent(5).then_some("Europe/London"),
            consents: [c.percent(85), c.percent(75), c.percent(60)],
            usual,
            salary: c.from(600_000, 3_000_000),
            assets: assets * 100,
            mood: c.below(100),
        }
    }

    /// The card in the purse.
    pub(super) fn card(&self) -> String {
        format!("K{:08}", self.number)
    }

    /// The account that pay comes to.
    pub(super) fn account(&self) -> String {
        format!("A{:08}", self.number)
    }

    /// The phone.
    pub(super) fn device(&self) -> String {
        format!("D{:08}", self.number)
    }

    /// Somebody they pay every month.
    pub(super) fn payee(&self) -> String {
        format!("P{:08}", self.number)
    }

    /// The till they mostly stand at: some thirty customers share one.
    pub(super) fn terminal(&self) -> String {
        format!("T{:06}", self.number / 30)
    }

    /// May marketing reach them in the app?
    pub(super) fn hears_in_app(&self) -> bool {
        let [app, ..] = self.consents;
        self.app && app
    }

    /// May marketing reach them by SMS?
    pub(super) fn hears_by_sms(&self) -> bool {
        let [_, sms, _] = self.consents;
        self.phone && sms
    }

    /// May marketing reach them by a call?
    pub(super) fn hears_calls(&self) -> bool {
        let [.., call] = self.consents;
        self.phone && call
    }
}

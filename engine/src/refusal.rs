//! Why a candidate lost: one closed vocabulary for records, API, metrics, screens and documents.

use rules::finding::Words;

/// A stage of the decision, in the order a candidate meets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// May the rule act at all.
    Rule,
    /// Verdicts against each other, and against selling.
    Verdict,
    /// Does it fit the customer.
    Fit,
    /// May the customer be contacted for this.
    Consent,
    /// How often, when and where.
    Contact,
    /// Is there any left.
    Budget,
    /// Is the customer in the share that gets it.
    Rollout,
    /// Against the other candidates.
    Arbitration,
    /// The rule only watches.
    Shadow,
    /// After the decision.
    Delivery,
    /// Only in explanations.
    Explain,
    /// Of an event, not of a candidate.
    Event,
}

impl Stage {
    /// The word in the vocabulary.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Verdict => "verdict",
            Self::Fit => "fit",
            Self::Consent => "consent",
            Self::Contact => "contact policy",
            Self::Budget => "budget",
            Self::Rollout => "rollout",
            Self::Arbitration => "arbitration",
            Self::Shadow => "shadow",
            Self::Delivery => "delivery",
            Self::Explain => "explain",
            Self::Event => "event",
        }
    }
}

/// One row per code: the variant, its stage, its code, its sentence in English and in Chinese.
/// The order is the order of the stages; [`Refusal::ALL`], the codes and the sentences come from here.
macro_rules! refusals {
    ($($name:ident $stage:ident $code:literal $en:literal $zh:literal)*) => {
        /// Why a candidate lost.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Refusal {
            $(#[doc = $en] $name,)*
        }

        impl Refusal {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code in records, metrics and on the wire.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// The stage that says it.
            #[must_use]
            pub fn stage(self) -> Stage {
                match self { $(Self::$name => Stage::$stage),* }
            }

            /// The sentence for people.
            #[must_use]
            pub fn words(self) -> Words {
                match self { $(Self::$name => Words::new($en, $zh)),* }
            }
        }
    };
}

refusals! {
    RulePaused Rule "RULE_PAUSED" "the rule or its class is switched off" "该规则或其类别已暂停"
    RuleError Rule "RULE_ERROR" "the rule could not be evaluated" "规则执行出错"
    RuleBraked Rule "RULE_BRAKED" "the rule fired more often than its brake allows" "规则触发过于频繁，已被制动"
    OutOfValidity Rule "OUT_OF_VALIDITY" "the event lies outside the days the rule is valid" "事件不在规则有效期内"
    SuppressedFraudHold Verdict "SUPPRESSED_FRAUD_HOLD" "a hold or block is in force, so nothing is sold" "存在冻结或拦截，不做营销"
    StricterVerdict Verdict "STRICTER_VERDICT" "a stricter verdict was asked for" "已有更严格的处置"
    Overridden Verdict "OVERRIDDEN" "the customer is on the override list" "客户在豁免名单内"
    NotEligible Fit "NOT_ELIGIBLE" "the customer may not have it" "客户不符合资格"
    NotApplicable Fit "NOT_APPLICABLE" "it makes no sense now" "当前不适用"
    NotSuitable Fit "NOT_SUITABLE" "it is not in the customer's interest" "不适合该客户"
    NoConsent Consent "NO_CONSENT" "the customer never agreed to marketing there" "客户未同意该渠道营销"
    OptedOut Consent "OPTED_OUT" "the customer withdrew consent there" "客户已退订该渠道"
    NonPersonalised Consent "NON_PERSONALISED" "the customer asked for no personalised offers" "客户拒绝个性化推荐"
    SuppressedManual Contact "SUPPRESSED_MANUAL" "a suppression declared by the bank is in force" "处于人工设定的静默期"
    SuppressedComplaint Contact "SUPPRESSED_COMPLAINT" "a complaint silences it" "因投诉静默"
    SuppressedRefused Contact "SUPPRESSED_REFUSED" "the customer refused it before" "客户此前已拒绝"
    SuppressedIgnored Contact "SUPPRESSED_IGNORED" "the customer ignored it before" "客户此前多次未理会"
    SuppressedCooldown Contact "SUPPRESSED_COOLDOWN" "the rule acted not long ago" "规则冷却期内"
    SuppressedContactLimit Contact "SUPPRESSED_CONTACT_LIMIT" "a frequency cap is used up" "已达触达频次上限"
    SuppressedQuietHours Contact "SUPPRESSED_QUIET_HOURS" "the channel is in its quiet hours" "处于渠道免打扰时段"
    NoChannel Contact "NO_CHANNEL" "no channel reaches the customer" "没有可触达的渠道"
    BudgetExceeded Budget "BUDGET_EXCEEDED" "the budget or stock is used up" "预算或库存已用尽"
    OfferExpired Budget "OFFER_EXPIRED" "the offer is not valid on this day" "优惠不在有效期内"
    NotInRollout Rollout "NOT_IN_ROLLOUT" "the customer is not in the share the rule is rolled out to" "客户不在灰度范围内"
    ControlGroup Rollout "CONTROL_GROUP" "the customer is in the campaign's control group" "客户属于活动对照组"
    Outranked Arbitration "OUTRANKED" "a better candidate took its place" "有更优的候选胜出"
    ControlGroupGlobal Arbitration "CONTROL_GROUP_GLOBAL" "the customer is in the global control group" "客户属于全局对照组"
    ShadowOnly Shadow "SHADOW_ONLY" "the rule only watches" "规则仅影子运行"
    Deferred Delivery "DEFERRED" "it waits until the quiet hours end" "推迟到免打扰结束"
    DeliveryFailed Delivery "DELIVERY_FAILED" "the channel could not deliver it" "渠道投递失败"
    ExpiredUnsent Delivery "EXPIRED_UNSENT" "it expired before it was sent" "发送前已过期"
    Withdrawn Delivery "WITHDRAWN" "it was pulled back before it was shown" "展示前已撤回"
    ConditionFalse Explain "CONDITION_FALSE" "the condition was false" "条件不成立"
    MissingData Explain "MISSING_DATA" "a fact the rule needs was missing" "缺少所需数据"
    StaleData Explain "STALE_DATA" "a fact the rule needs was too old" "所需数据已过时"
    DuplicateEvent Event "DUPLICATE_EVENT" "the event was taken before" "事件重复"
    DuplicateMismatch Event "DUPLICATE_MISMATCH" "an event of this id came before with other content" "事件编号重复但内容不同"
    TooLate Event "TOO_LATE" "the event is older than the lateness allowed" "事件迟到超出允许范围"
    Quarantined Event "QUARANTINED" "the input is not an event we understand" "无法识别，已隔离"
}

impl Refusal {
    /// The refusal with this code.
    #[must_use]
    pub fn named(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|r| r.code() == code)
    }
}

/// What a candidate that won is called, where refusals are listed.
pub const CHOSEN: &str = "CHOSEN";

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the language's section on refusals, stage by stage.
    const VOCABULARY: &[(&str, &str)] = &[
        ("rule", "RULE_PAUSED RULE_ERROR RULE_BRAKED OUT_OF_VALIDITY"),
        (
            "verdict",
            "SUPPRESSED_FRAUD_HOLD STRICTER_VERDICT OVERRIDDEN",
        ),
        ("fit", "NOT_ELIGIBLE NOT_APPLICABLE NOT_SUITABLE"),
        ("consent", "NO_CONSENT OPTED_OUT NON_PERSONALISED"),
        (
            "contact policy",
            "SUPPRESSED_MANUAL SUPPRESSED_COMPLAINT SUPPRESSED_REFUSED SUPPRESSED_IGNORED \
             SUPPRESSED_COOLDOWN SUPPRESSED_CONTACT_LIMIT SUPPRESSED_QUIET_HOURS NO_CHANNEL",
        ),
        ("budget", "BUDGET_EXCEEDED OFFER_EXPIRED"),
        ("rollout", "NOT_IN_ROLLOUT CONTROL_GROUP"),
        ("arbitration", "OUTRANKED CONTROL_GROUP_GLOBAL"),
        ("shadow", "SHADOW_ONLY"),
        (
            "delivery",
            "DEFERRED DELIVERY_FAILED EXPIRED_UNSENT WITHDRAWN",
        ),
        ("explain", "CONDITION_FALSE MISSING_DATA STALE_DATA"),
        (
            "event",
            "DUPLICATE_EVENT DUPLICATE_MISMATCH TOO_LATE QUARANTINED",
        ),
    ];

    #[test]
    fn the_vocabulary_is_the_one_of_the_language_in_its_order() {
        let expected: Vec<(&str, &str)> = VOCABULARY
            .iter()
            .flat_map(|(stage, codes)| codes.split_whitespace().map(move |code| (*stage, code)))
            .collect();
        let ours: Vec<(&str, &str)> = Refusal::ALL
            .iter()
            .map(|r| (r.stage().name(), r.code()))
            .collect();
        assert_eq!(ours, expected);
    }

    #[test]
    fn stages_come_in_order_and_every_code_is_found_by_its_name() {
        assert!(Refusal::ALL.is_sorted_by_key(|r| r.stage()));
        for refusal in Refusal::ALL {
            assert_eq!(Refusal::named(refusal.code()), Some(*refusal));
            assert!(!refusal.words().en.is_empty() && !refusal.words().zh.is_empty());
        }
        assert_eq!(Refusal::named(CHOSEN), None);
    }
}

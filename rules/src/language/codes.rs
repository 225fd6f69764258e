//! The codes of findings about the rule language. A code keeps its meaning for ever.

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal;)+) => {
        $($(#[doc = $doc])+ pub const $name: &str = $code;)+

        /// Every code with what it means.
        pub const ALL: &[(&str, &str)] = &[$(($code, concat!($($doc),+)),)+];
    };
}

codes! {
    /// Full-width punctuation outside a text.
    FULL_WIDTH = "R001";
    /// A name that looks like another one: not NFKC-normal, or of two scripts.
    NAME_FORM = "R002";
    /// `.with(` cannot be parsed; the payload is `.data(#{…})`.
    WITH = "R003";
    /// A reserved word where a name is wanted.
    RESERVED = "R004";
    /// Single quotes make a character, not a text.
    CHARACTER = "R005";
    /// `;` is missing.
    MISSING_SEMICOLON = "R006";
    /// The text cannot be read.
    SYNTAX = "R007";
    /// An expression is nested too deep.
    TOO_DEEP = "R008";
    /// A function is written twice.
    FUNCTION_TWICE = "R009";
    /// A word of the host language that rules do not have.
    HOST_WORD = "R010";
    /// Something else stands between or after the declarations and constants.
    ORDER = "R020";
    /// A declaration that does not exist.
    UNKNOWN_DECLARATION = "R021";
    /// A declaration or constant twice.
    DECLARED_TWICE = "R022";
    /// A required declaration is missing.
    MISSING_DECLARATION = "R023";
    /// Wrong arguments of a declaration.
    ARGUMENTS = "R024";
    /// An event type that the catalogue does not have.
    UNKNOWN_EVENT = "R025";
    /// A word outside a closed list.
    UNKNOWN_WORD = "R026";
    /// A declaration that rules of this class do not have.
    NOT_FOR_CLASS = "R027";
    /// `on_error` is missing or may not be this.
    ON_ERROR = "R028";
    /// `brake` is missing.
    BRAKE = "R029";
    /// A constant that is not a literal.
    CONSTANT = "R031";
    /// A validity that cannot be.
    VALIDITY = "R032";
    /// An event of no customer without an audience, or an audience that cannot be.
    AUDIENCE = "R033";
    /// Wrong number of parameters.
    PARAMETERS = "R040";
    /// A function that nobody calls.
    UNUSED_FUNCTION = "R041";
    /// A function that the rule needs is missing, or that its class does not have.
    FUNCTION = "R042";
    /// A function calls itself.
    RECURSION = "R043";
    /// A name that is neither a parameter, a variable nor a constant.
    UNKNOWN_NAME = "R050";
    /// A word behind `event.` or `customer.` that the catalogue does not have.
    UNKNOWN_PATH = "R051";
    /// A field that not all event types of the rule have.
    NOT_ON_ALL = "R052";
    /// More than one hop through a reference.
    TWO_HOPS = "R053";
    /// A function that does not exist.
    UNKNOWN_FUNCTION = "R054";
    /// A word behind a value that it does not have.
    UNKNOWN_METHOD = "R055";
    /// An offer, team, reason, list … that the catalogue does not have.
    NOT_IN_CATALOGUE = "R056";
    /// A word that a closed symbol does not have.
    UNKNOWN_SYMBOL = "R057";
    /// A value that may be missing is read without a guard.
    MAYBE_MISSING = "R060";
    /// Two types that cannot be compared.
    NOT_COMPARABLE = "R061";
    /// More digits behind the point than the currency has.
    MONEY_DIGITS = "R062";
    /// Two currencies.
    CURRENCIES = "R063";
    /// Integer division.
    DIVISION = "R064";
    /// Money divided.
    MONEY_DIVISION = "R065";
    /// Decimals compared for equality.
    DECIMAL_EQUALITY = "R066";
    /// Operators on bits.
    BITS = "R067";
    /// `a < b < c`.
    CHAINED = "R068";
    /// An assignment where none can be.
    ASSIGNMENT = "R069";
    /// `has` on something that it cannot ask.
    HAS = "R070";
    /// A condition that is not true or false.
    NOT_BOOL = "R071";
    /// An operator between types that do not have it.
    ARITHMETIC = "R072";
    /// Wrong arguments of a function.
    ARGUMENT_TYPE = "R073";
    /// `??` where it cannot stand.
    FALLBACK = "R074";
    /// A `??` in `when` that makes the condition true for those without a value.
    FALLBACK_TRUE = "R075";
    /// A wrong inline window.
    WINDOW = "R076";
    /// Derived expressions or segments that need each other.
    CYCLE = "R077";
    /// `has` or `??` on something that is never missing.
    NEVER_MISSING = "R078";
    /// A catalogue expression of the wrong type.
    EXPRESSION_TYPE = "R079";
    /// A path of `then` without an action.
    NO_ACTION = "R080";
    /// A value that nobody takes.
    DISCARDED = "R081";
    /// `if` without `else`.
    NO_ELSE = "R082";
    /// A verb that does not fit the class.
    WRONG_CLASS = "R083";
    /// An offer of another kind.
    OFFER_KIND = "R084";
    /// A verdict without a reason.
    NO_REASON = "R085";
    /// A word of the chain that the verb does not have.
    NOT_ON_VERB = "R086";
    /// A text that is not a duration.
    DURATION = "R087";
    /// The array of actions is in the wrong order.
    RIDER = "R088";
    /// An action or a mark outside its function.
    MISPLACED = "R089";
    /// A value that does not fit the tag.
    TAG_VALUE = "R090";
    /// A rule that may not write the tag.
    WRITER = "R091";
    /// A mark on a timer that its date alone sets.
    DATED = "R120";
    /// A rule that starts itself by the segment it changes.
    CIRCLE = "R121";
    /// A condition of a pattern that reads a step which has no event yet.
    LATER_STEP = "R095";
    /// The rule reads the window of an entity.
    ENTITY_WINDOW = "R100";
    /// The interpreter runs the condition, or the end of it.
    INTERPRETED = "R101";
    /// A condition that no value satisfies.
    NOBODY = "R110";
    /// A condition that every value satisfies.
    ALWAYS = "R111";
    /// Conditions of which at most one can be true.
    CONTRADICTION = "R112";
    /// Two rules of a class with one condition.
    SAME_CONDITION = "R113";
    /// A rule that another one always beats, or whose offers are never valid with it.
    NEVER_WINS = "R114";
}

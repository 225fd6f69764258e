//! A token: its text, whose it is, and until when. What it says is for its broker to believe; here only
//! its end is read, so that the next one comes in time.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// Bytes of a token.
const BYTES_MAX: usize = 64 * 1024;
/// The end of years that a clock has, ms.
const UNTIL_MAX: i64 = 253_402_300_799_000;

/// A token.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::kafka) struct Token {
    pub(in crate::kafka) text: String,
    /// Whose it is, for whoever looks at a connection.
    pub(in crate::kafka) of: String,
    /// When it ends, ms since 1970.
    pub(in crate::kafka) until: i64,
}

/// What a token in the form of a JWT says of itself.
#[derive(Default, Deserialize)]
struct Claims {
    sub: Option<String>,
    /// Seconds since 1970.
    exp: Option<f64>,
}

impl Token {
    /// A token that lives so many seconds, or as long as it says itself, whichever is less; `of`: whose it
    /// is, where it does not say.
    pub(super) fn of(text: String, lives: Option<i64>, of: &str, now: i64) -> Result<Self, String> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        if text.is_empty() || text.len() > BYTES_MAX || !text.bytes().all(fits) {
            return Err("gives what is no token (RFC 6750)".to_owned());
        }
        let claims = claims(&text).unwrap_or_default();
        let lives = lives.map(|seconds| now.saturating_add(seconds.saturating_mul(1_000)));
        let ends = claims.exp.map(ms);
        let until = match (lives, ends) {
            (Some(lives), Some(ends)) => lives.min(ends),
            (Some(until), None) | (None, Some(until)) => until,
            (None, None) => {
                let what = "gives a token that does not say when it ends: no `expires_in` beside it, no `exp` in it";
                return Err(what.to_owned());
            }
        };
        if until <= now {
            return Err("gives a token that has ended already: compare the clocks, or have one written anew".to_owned());
        }
        let sub = claims
            .sub
            .filter(|sub| !sub.is_empty() && !sub.contains('\0'));
        Ok(Self {
            text,
            of: sub.unwrap_or_else(|| of.replace('\0', "")),
            until: until.min(UNTIL_MAX),
        })
    }

    /// Until when the library is told that it lives: three quarters of its time, since it asks for the next one late.
    pub(super) fn asked_by(&self, now: i64) -> i64 {
        self.until - self.until.saturating_sub(now) / 4
    }
}

/// What it says of itself; nothing where it has another form.
fn claims(text: &str) -> Option<Claims> {
    let mut parts = text.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Seconds as milliseconds, within the years that a clock has.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a number beyond the bounds is cut to them, and none at all is zero"
)]
fn ms(seconds: f64) -> i64 {
    ((seconds * 1_000.0) as i64).clamp(0, UNTIL_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(claims: &str) -> String {
        format!("e30.{}.", URL_SAFE_NO_PAD.encode(claims))
    }

    /// A connection that proves itself anew by a token that is about to end has to do so again within a second, which
    /// brokers refuse (Kafka's `KafkaChannel`): the next one is asked for well before nine tenths of the time.
    #[test]
    fn the_next_token_is_asked_for_well_before_this_one_is_needed_no_more() {
        for lives in [8, 60, 3_600] {
            let now = 1_000_000;
            let token = Token::of("opaque".to_owned(), Some(lives), "id", now).unwrap();
            let told = token.asked_by(now) - now;
            assert_eq!(told * 4 / 5, lives * 1_000 * 3 / 5, "{lives}");
        }
    }

    #[test]
    fn a_token_ends_when_it_or_its_giver_says_so() {
        let until = |text: &str, lives| {
            Token::of(text.to_owned(), lives, "id", 1_000_000).map(|one| (one.of, one.until))
        };
        let of = |of: &str, until| Ok((of.to_owned(), until));
        assert_eq!(until("opaque", Some(60)), of("id", 1_060_000));
        assert_eq!(
            until(&jwt(r#"{"sub":"deft","exp":1030.5}"#), None),
            of("deft", 1_030_500)
        );
        assert_eq!(
            until(&jwt(r#"{"exp":1030}"#), Some(60)),
            of("id", 1_030_000)
        );
        assert_eq!(
            until(&jwt(r#"{"exp":9030}"#), Some(60)),
            of("id", 1_060_000)
        );
        assert_eq!(until(&jwt(r#"{"exp":1e300}"#), None), of("id", UNTIL_MAX));
        for (text, lives, says) in [
            ("", Some(60), "no token"),
            ("a b", Some(60), "no token"),
            ("a\u{1}b", Some(60), "no token"),
            ("opaque", None, "does not say when it ends"),
            ("e30.###.", None, "no token"),
            ("e30.e30.", None, "does not say when it ends"),
            ("opaque", Some(0), "ended already"),
            ("opaque", Some(i64::MIN), "ended already"),
        ] {
            assert!(until(text, lives).unwrap_err().contains(says), "{text}");
        }
        assert!(
            until(&jwt(r#"{"exp":999}"#), Some(60))
                .unwrap_err()
                .contains("ended already")
        );
    }
}

//! A cursor over JSON text that knows the plain shapes alone: objects of scalars, strings without
//! escapes. Where it meets anything else it says nothing, and the full parser is asked.

/// A cursor. Every method gives `None` where the text is not of its shape; the cursor is then worth
/// nothing more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// One bit per byte of a word that is below 0x20, a quote or a backslash. Bytes of 0x80 and above are
/// none of these ("Bit Twiddling Hacks", S. E. Anderson: `hasless`, `haszero`); false bits may stand
/// above a true one, never below.
fn special(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH: u64 = ONES << 7;
    let zero = |x: u64| x.wrapping_sub(ONES) & !x & HIGH;
    let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
    control | zero(word ^ (ONES * 0x22)) | zero(word ^ (ONES * 0x5c))
}

/// True for text that stands in JSON as it is: no quote, no backslash, no control character.
pub(super) fn is_plain(text: &str) -> bool {
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    words
        .iter()
        .all(|word| special(u64::from_le_bytes(*word)) == 0)
        && rest.iter().all(|b| *b >= 0x20 && *b != b'"' && *b != b'\\')
}

impl<'a> Cursor<'a> {
    /// At the beginning of a text.
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Takes this byte, after any space.
    pub(super) fn take(&mut self, byte: u8) -> Option<()> {
        if self.next_is(byte) { Some(()) } else { None }
    }

    /// Takes this byte if it comes next, after any space.
    pub(super) fn next_is(&mut self, byte: u8) -> bool {
        self.skip_space();
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    /// Nothing but space is left.
    pub(super) fn end(&mut self) -> Option<()> {
        self.skip_space();
        (self.at == self.text.len()).then_some(())
    }

    /// A string without escapes: what stands between its quotes.
    pub(super) fn string(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let from = self.at;
        loop {
            let rest = self.text.as_bytes().get(self.at..)?;
            if let Some(word) = rest.first_chunk::<8>() {
                let found = special(u64::from_le_bytes(*word));
                if found == 0 {
                    self.at += 8;
                    continue;
                }
                self.at += usize::try_from(found.trailing_zeros() / 8).ok()?;
            }
            match self.peek()? {
                b'"' => break,
                b'\\' | 0..=0x1f => return None,
                _ => self.at += 1,
            }
        }
        let inner = self.text.get(from..self.at)?;
        self.at += 1;
        Some(inner)
    }

    /// A scalar as it stands: a string with its quotes, a number, `true`, `false` or `null`.
    pub(super) fn scalar(&mut self) -> Option<&'a str> {
        self.skip_space();
        let from = self.at;
        match self.peek()? {
            b'"' => {
                self.string()?;
            }
            b'-' | b'0'..=b'9' => self.number()?,
            b't' => self.word("true")?,
            b'f' => self.word("false")?,
            b'n' => self.word("null")?,
            _ => return None,
        }
        self.text.get(from..self.at)
    }

    /// A flat object as it stands.
    pub(super) fn flat_object(&mut self) -> Option<&'a str> {
        self.skip_space();
        let from = self.at;
        self.take(b'{')?;
        if !self.next_is(b'}') {
            loop {
                self.string()?;
                self.take(b':')?;
                self.scalar()?;
                if !self.next_is(b',') {
                    break;
                }
            }
            self.take(b'}')?;
        }
        self.text.get(from..self.at)
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let rest = self.text.get(self.at..)?;
        self.at += word.len();
        rest.starts_with(word).then_some(())
    }

    /// A number by RFC 8259 §6.
    fn number(&mut self) -> Option<()> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek()? {
            b'0' => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    /// One digit or more.
    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        (self.at > from).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    proptest! {
        #[test]
        fn a_special_byte_is_found_wherever_it_stands(bytes in any::<[u8; 8]>()) {
            let first = bytes.iter().position(|b| *b < 0x20 || *b == b'"' || *b == b'\\');
            let found = special(u64::from_le_bytes(bytes));
            let place = (found != 0).then(|| found.trailing_zeros() as usize / 8);
            prop_assert_eq!(place, first);
        }

        #[test]
        fn what_it_takes_as_a_scalar_is_json(text in "[-+0-9.eEtrufalsn\"\\\\ ]{0,12}") {
            let mut cursor = Cursor::new(&text);
            if let Some(raw) = cursor.scalar().filter(|_| cursor.end().is_some()) {
                let whole: &RawValue = serde_json::from_str(&text).unwrap();
                prop_assert_eq!(raw, whole.get());
            }
        }

        #[test]
        fn a_plain_scalar_is_taken(
            text in prop_oneof![
                "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,9})?([eE][-+]?[0-9]{1,3})?",
                "\"[a-zà-ü日本 ]{0,30}\"|true|false|null",
            ],
        ) {
            let mut cursor = Cursor::new(&text);
            prop_assert_eq!(cursor.scalar(), Some(text.as_str()));
            prop_assert_eq!(cursor.end(), Some(()));
        }
    }

    #[test]
    fn an_object_in_an_object_is_not_flat() {
        for text in [
            r#"{"a":{}}"#,
            r#"{"a":[1]}"#,
            r#"{"a":1,}"#,
            r#"{"a" 1}"#,
            "{",
        ] {
            assert_eq!(Cursor::new(text).flat_object(), None, "{text}");
        }
        for text in ["{}", "{ }", r#"{"a": 1 , "b":"x"}"#] {
            assert_eq!(Cursor::new(text).flat_object(), Some(text));
        }
    }
}

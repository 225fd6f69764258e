//! An expression of the rule language inside a TOML file, and the way back from a place in its text
//! to a place in the file.

use crate::book::ExpressionId;
use crate::finding::Place;

/// An expression of the rule language inside a TOML file, with the place of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    /// The source text, escapes resolved.
    pub text: String,
    /// Where its first character stands: the character after the opening quote.
    pub place: Place,
    /// Its id in the book; the loader numbers expressions from 0 in the order it meets them.
    pub id: ExpressionId,
    /// Line and column in the file of each code point of `text`, and of its end.
    spots: Vec<(u32, u32)>,
}

impl Expression {
    /// From the value of a TOML string, its text in the file with the quotes, and the place of the
    /// opening quote.
    #[must_use]
    pub fn quoted(text: &str, raw: &str, quote: &Place, id: ExpressionId) -> Self {
        let mut walk = Walk::inside(raw, quote);
        let mut spots: Vec<(u32, u32)> = text.chars().map(|sign| walk.spot_of(sign)).collect();
        spots.push((walk.line, walk.column));
        let (line, column) = spots.first().copied().unwrap_or((quote.line, quote.column));
        Self {
            text: text.to_owned(),
            place: Place::at(quote.file.clone(), line, column),
            id,
            spots,
        }
    }

    /// The place in the file of the code point at `offset` (from 0) of the text; the end of the text
    /// for any offset beyond it.
    #[must_use]
    pub fn place_at(&self, offset: usize) -> Place {
        let spot = self.spots.get(offset).or(self.spots.last());
        let (line, column) = spot
            .copied()
            .unwrap_or((self.place.line, self.place.column));
        Place::at(self.place.file.clone(), line, column)
    }
}

/// A walk over the text of a TOML string as it stands in the file.
struct Walk<'a> {
    rest: std::str::Chars<'a>,
    escapes: bool,
    line: u32,
    column: u32,
}

impl<'a> Walk<'a> {
    fn inside(raw: &'a str, quote: &Place) -> Self {
        let mut walk = Self {
            rest: raw.chars(),
            escapes: raw.starts_with('"'),
            line: quote.line,
            column: quote.column,
        };
        let long = raw.starts_with("\"\"\"") || raw.starts_with("'''");
        for _ in 0..if long { 3 } else { 1 } {
            walk.step();
        }
        if long {
            // A line end right after the opening quotes is not part of the text.
            if walk.peek() == Some('\r') {
                walk.step();
            }
            if walk.peek() == Some('\n') {
                walk.step();
            }
        }
        walk
    }

    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn step(&mut self) -> Option<char> {
        let sign = self.rest.next()?;
        if sign == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        Some(sign)
    }

    /// Where `sign`, the next code point of the text, stands; the walk goes on behind it.
    fn spot_of(&mut self, sign: char) -> (u32, u32) {
        loop {
            let spot = (self.line, self.column);
            match self.step() {
                Some('\\') if self.escapes => match self.step() {
                    Some('x') => self.skip(2),
                    Some('u') => self.skip(4),
                    Some('U') => self.skip(8),
                    Some(' ' | '\t' | '\r' | '\n') => {
                        // A backslash at the end of a line swallows the line end and the indent.
                        while matches!(self.peek(), Some(' ' | '\t' | '\r' | '\n')) {
                            self.step();
                        }
                        continue;
                    }
                    _ => {}
                },
                Some('\r') if sign == '\n' => continue,
                _ => {}
            }
            return spot;
        }
    }

    fn skip(&mut self, digits: usize) {
        for _ in 0..digits {
            self.step();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of the file at the place of each code point must be that code point or its escape.
    fn spots(toml: &str) -> Vec<(char, u32, u32)> {
        let document = toml_edit::Document::parse(toml).unwrap();
        let value = document.get("v").unwrap().as_value().unwrap().clone();
        let span = value.span().unwrap();
        let before = toml.get(..span.start).unwrap();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
        let quote = Place::at(
            "f",
            u32::try_from(line).unwrap(),
            u32::try_from(column).unwrap(),
        );
        let text = value.as_str().unwrap();
        let expression = Expression::quoted(text, toml.get(span).unwrap(), &quote, ExpressionId(0));
        let place = |at| expression.place_at(at);
        let all = text.chars().enumerate();
        all.map(|(at, c)| (c, place(at).line, place(at).column))
            .collect()
    }

    #[test]
    fn an_escape_takes_its_full_width() {
        assert_eq!(
            spots(r#"v = "a\"b\u91D1c""#),
            vec![
                ('a', 1, 6),
                ('"', 1, 7),
                ('b', 1, 9),
                ('金', 1, 10),
                ('c', 1, 16)
            ]
        );
    }

    #[test]
    fn columns_count_code_points() {
        assert_eq!(
            spots("v = '金卡x'"),
            vec![('金', 1, 6), ('卡', 1, 7), ('x', 1, 8)]
        );
    }

    #[test]
    fn long_texts_begin_on_the_line_after_the_quotes() {
        assert_eq!(
            spots("\nv = \"\"\"\nab\\\n   c\nd\"\"\""),
            vec![
                ('a', 3, 1),
                ('b', 3, 2),
                ('c', 4, 4),
                ('\n', 4, 5),
                ('d', 5, 1)
            ]
        );
    }

    #[test]
    fn beyond_the_end_is_the_end() {
        let quote = Place::at("f", 3, 8);
        let expression = Expression::quoted("ab", "\"ab\"", &quote, ExpressionId(4));
        assert_eq!(expression.place, Place::at("f", 3, 9));
        assert_eq!(expression.place_at(2), Place::at("f", 3, 11));
        assert_eq!(expression.place_at(99), Place::at("f", 3, 11));
    }
}

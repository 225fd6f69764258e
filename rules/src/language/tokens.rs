//! The words and marks of a script with their places: what the parser's tree does not keep.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A name or keyword.
    Word,
    /// A number.
    Number,
    /// A text in double quotes.
    Text,
    /// A text in backticks.
    Template,
    /// Something in single quotes.
    Char,
    /// An operator or bracket of ASCII marks.
    Mark,
    /// Any other character.
    Foreign,
}

/// One token.
#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// As written.
    pub text: &'a str,
    /// Line, from 1.
    pub line: u32,
    /// Column in code points, from 1.
    pub column: u32,
}

impl Token<'_> {
    /// True for this mark or word.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Mark | Kind::Word) && self.text == text
    }

    /// The column behind it, when it stands on one line.
    #[must_use]
    pub fn end_column(&self) -> u32 {
        let width = self.text.chars().count();
        self.column
            .saturating_add(u32::try_from(width).unwrap_or(u32::MAX))
    }
}

/// The content of a text token without its quotes, escapes left alone.
#[must_use]
pub fn unquoted<'a>(token: &Token<'a>) -> &'a str {
    let text = token.text;
    let inner = text.strip_prefix('"').unwrap_or(text);
    inner.strip_suffix('"').unwrap_or(inner)
}

/// All tokens of a script; comments and spacing left out. Never fails: what it does not know is
/// [`Kind::Foreign`].
#[must_use]
pub fn scan(text: &str) -> Vec<Token<'_>> {
    let mut scanner = Scanner {
        rest: text,
        line: 1,
        column: 1,
    };
    let mut tokens = Vec::new();
    while let Some(first) = scanner.rest.chars().next() {
        let (line, column) = (scanner.line, scanner.column);
        if first.is_whitespace() && first != '\u{3000}' {
            scanner.take(first.len_utf8());
            continue;
        }
        if let Some(length) = comment(scanner.rest) {
            scanner.take(length);
            continue;
        }
        let (kind, length) = measure(scanner.rest, first);
        let text = scanner.take(length);
        tokens.push(Token {
            kind,
            text,
            line,
            column,
        });
    }
    tokens
}

/// The script without comments and without spacing outside texts: what its version is the hash of.
#[must_use]
pub fn canonical(tokens: &[Token<'_>]) -> String {
    let mut all = String::new();
    for token in tokens {
        all.push_str(token.text);
        all.push('\n');
    }
    all
}

struct Scanner<'a> {
    rest: &'a str,
    line: u32,
    column: u32,
}

impl<'a> Scanner<'a> {
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .unwrap_or((self.rest, ""));
        self.rest = rest;
        for letter in taken.chars() {
            if letter == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        taken
    }
}

fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if !rest.starts_with("/*") {
        return None;
    }
    let (mut depth, mut last) = (0u32, ' ');
    for (at, letter) in rest.char_indices() {
        match (last, letter) {
            ('/', '*') => {
                depth += 1;
                last = ' ';
                continue;
            }
            ('*', '/') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
                last = ' ';
                continue;
            }
            _ => last = letter,
        }
    }
    Some(rest.len())
}

const MARKS: [&str; 34] = [
    "<<=", ">>=", "**=", "..=", "...", "===", "!==", "=>", "==", "!=", "<=", ">=", "&&", "||",
    "??", "?.", "?[", "..", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "**", "::",
    "->", "<-", "#{", "!!",
];

fn measure(rest: &str, first: char) -> (Kind, usize) {
    if first.is_ascii_digit() {
        return (Kind::Number, number(rest));
    }
    if first == '_' || first.is_alphabetic() {
        let more = |c: &char| *c == '_' || c.is_alphanumeric() || is_joining(*c);
        let length = rest.chars().take_while(more).map(char::len_utf8).sum();
        return (Kind::Word, length);
    }
    match first {
        '"' => (Kind::Text, quoted(rest, '"')),
        '`' => (Kind::Template, template(rest)),
        '\'' => (Kind::Char, quoted(rest, '\'')),
        '(' | ')' | ',' | ';' | '{' | '}' | '[' | ']' => (Kind::Mark, 1),
        _ if first.is_ascii() => {
            let known = MARKS.iter().find(|mark| rest.starts_with(**mark));
            (Kind::Mark, known.map_or(1, |mark| mark.len()))
        }
        _ => (Kind::Foreign, first.len_utf8()),
    }
}

/// Combining marks that may stand inside a word.
fn is_joining(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}')
}

fn number(rest: &str) -> usize {
    let mut length = 0;
    let mut letters = rest.chars().peekable();
    let mut pointed = rest.starts_with("0x") || rest.starts_with("0b") || rest.starts_with("0o");
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied();
        let more = letter.is_ascii_alphanumeric()
            && (letter.is_ascii_digit() || pointed || matches!(letter, 'e' | 'E'))
            || letter == '_';
        let point = letter == '.' && !pointed && next.is_some_and(|c| c.is_ascii_digit());
        if !more && !point {
            break;
        }
        pointed |= point;
        length += 1;
    }
    length.max(1)
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if letter == '\\' {
            escaped = true;
        } else if letter == quote {
            return at + quote.len_utf8();
        } else if letter == '\n' {
            return at;
        }
    }
    rest.len()
}

fn template(rest: &str) -> usize {
    let (mut depth, mut last) = (0u32, ' ');
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            '{' if last == '$' || depth > 0 => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '`' if depth == 0 => return at + 1,
            _ => {}
        }
        last = letter;
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_know_their_places() {
        let all = scan("on(\"a.b\"); // x\n  新 >= 20_000.5 && 10.minutes ..= `a${ {1} }`；");
        let text: Vec<&str> = all.iter().map(|t| t.text).collect();
        assert_eq!(
            text,
            [
                "on",
                "(",
                "\"a.b\"",
                ")",
                ";",
                "新",
                ">=",
                "20_000.5",
                "&&",
                "10",
                ".",
                "minutes",
                "..=",
                "`a${ {1} }`",
                "；"
            ]
        );
        assert_eq!((all[5].line, all[5].column, all[6].column), (2, 3, 5));
        assert_eq!(all[14].kind, Kind::Foreign);
    }

    #[test]
    fn spacing_and_comments_do_not_change_the_canonical_text() {
        let a = canonical(&scan("on(\"a\"); /* x /* y */ */ fn when(e,c){e.x>=1}"));
        let b = canonical(&scan(
            "on ( \"a\" ) ;\n// z\nfn when(e, c) {\n e.x >= 1 }\n",
        ));
        assert_eq!(a, b);
        assert_ne!(
            canonical(&scan("on(\"a b\")")),
            canonical(&scan("on(\"ab\")"))
        );
    }
}

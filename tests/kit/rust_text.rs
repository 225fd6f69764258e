//! Rust as text: what is code, what is comment, where functions begin and end.
//!
//! Not a parser. It knows strings, raw strings, characters, lifetimes and nested comments, so that
//! a brace in a string is no brace and a word in a comment is no code.

/// One source file, split into code and comments of the same shape: every line keeps its number.
#[derive(Debug)]
pub struct RustText {
    code: String,
    comments: String,
    tokens: Vec<Token>,
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The line of its `fn`, from 1.
    pub line: usize,
    /// How many lines from `fn` to the closing brace, both included.
    pub lines: usize,
}

#[derive(Debug)]
struct Token {
    line: usize,
    text: String,
}

impl RustText {
    /// Splits a source text.
    pub fn new(source: &str) -> Self {
        let chars: Vec<char> = source.chars().collect();
        let (code, comments) = split(&chars);
        let tokens = tokens(&code);
        Self {
            code,
            comments,
            tokens,
        }
    }

    /// The text with comments, strings and characters blanked.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The text with everything but comments blanked.
    pub fn comments(&self) -> &str {
        &self.comments
    }

    /// Every function that has a body, the inner ones too.
    pub fn functions(&self) -> Vec<Function> {
        let mut found = Vec::new();
        for (index, token) in self.tokens.iter().enumerate() {
            let name = self.tokens.get(index + 1).map_or("", |next| &next.text);
            if token.text != "fn" || !name.starts_with(is_word) {
                continue;
            }
            if let Some(end) = self.body_end(index) {
                found.push(Function {
                    name: name.to_owned(),
                    line: token.line,
                    lines: end + 1 - token.line,
                });
            }
        }
        found
    }

    /// Every declared type, trait or alias: its line and its name.
    pub fn types(&self) -> Vec<(usize, &str)> {
        let pairs = self.tokens.iter().zip(self.tokens.iter().skip(1));
        pairs
            .filter(|(word, name)| {
                matches!(&*word.text, "struct" | "enum" | "union" | "trait" | "type")
                    && name.text.starts_with(char::is_alphabetic)
            })
            .map(|(_, name)| (name.line, &*name.text))
            .collect()
    }

    /// The lines of a `#[cfg(test)] mod … { … }` that ends the file: its first and its last.
    pub fn test_block(&self) -> Option<(usize, usize)> {
        let words: Vec<&str> = self.tokens.iter().map(|token| &*token.text).collect();
        let start = (0..words.len()).find(|&at| is_test_module(words.get(at..).unwrap_or(&[])))?;
        let end = self.body_end(start + TEST_ATTRIBUTE)?;
        let last = self.tokens.last()?.line;
        (end == last).then_some((self.tokens.get(start)?.line, end))
    }

    /// The items of the file, outermost only: the line and the text of each, attributes included.
    pub fn items(&self) -> Vec<(usize, String)> {
        let mut items: Vec<(usize, String)> = Vec::new();
        let (mut depth, mut open) = (0_usize, false);
        for token in &self.tokens {
            match items.last_mut().filter(|_| open) {
                Some((_, text)) => {
                    text.push(' ');
                    text.push_str(&token.text);
                }
                None => items.push((token.line, token.text.clone())),
            }
            match &*token.text {
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => depth = depth.saturating_sub(1),
                _ => {}
            }
            open = depth > 0 || !matches!(&*token.text, ";" | "}" | "]");
        }
        items
    }

    /// The line where the body of the item at this token closes; `None` when it has no body.
    fn body_end(&self, from: usize) -> Option<usize> {
        let (mut round, mut curly) = (0_usize, 0_usize);
        for token in self.tokens.get(from..)? {
            match &*token.text {
                "(" | "[" if curly == 0 => round += 1,
                ")" | "]" if curly == 0 => round = round.saturating_sub(1),
                ";" if curly == 0 && round == 0 => return None,
                "{" if round == 0 => curly += 1,
                "}" if round == 0 => {
                    curly = curly.saturating_sub(1);
                    if curly == 0 {
                        return Some(token.line);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

/// How many tokens `#[cfg(test)]` is.
const TEST_ATTRIBUTE: usize = 7;

fn is_test_module(words: &[&str]) -> bool {
    matches!(
        words,
        ["#", "[", "cfg", "(", "test", ")", "]", "mod", _, "{", ..]
    )
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_' || char == '$'
}

fn tokens(code: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (index, text) in code.lines().enumerate() {
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let end = match rest.find(|char| !is_word(char)) {
                Some(0) => first.len_utf8(),
                Some(end) => end,
                None => rest.len(),
            };
            let (word, after) = rest.split_at(end);
            tokens.push(Token {
                line: index + 1,
                text: word.to_owned(),
            });
            rest = after.trim_start();
        }
    }
    tokens
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

fn split(mut rest: &[char]) -> (String, String) {
    let (mut code, mut comments) = (String::new(), String::new());
    let mut in_word = false;
    while let Some(&first) = rest.first() {
        let (kind, length) = piece(rest, in_word);
        let (taken, after) = rest.split_at(length.clamp(1, rest.len()));
        for &char in taken {
            let blank = if char == '\n' { '\n' } else { ' ' };
            code.push(if kind == Kind::Code { char } else { blank });
            comments.push(if kind == Kind::Comment { char } else { blank });
        }
        // `br"…"` and `cr"…"` begin with a letter, and are raw strings all the same.
        let prefix = !in_word && matches!(first, 'b' | 'c');
        in_word = kind == Kind::Code && is_word(first) && !prefix;
        rest = after;
    }
    (code, comments)
}

fn piece(rest: &[char], in_word: bool) -> (Kind, usize) {
    match rest {
        ['/', '/', ..] => (
            Kind::Comment,
            rest.iter().take_while(|&&char| char != '\n').count(),
        ),
        ['/', '*', ..] => (Kind::Comment, block_comment(rest)),
        ['"', ..] => (Kind::Literal, string(rest, '"')),
        ['r', '"' | '#', ..] if !in_word => match raw_string(rest) {
            Some(length) => (Kind::Literal, length),
            None => (Kind::Code, 1),
        },
        // A quote, then one character and a quote: a character. Anything else is a lifetime.
        ['\'', '\\', ..] => (Kind::Literal, string(rest, '\'')),
        ['\'', _, '\'', ..] => (Kind::Literal, 3),
        _ => (Kind::Code, 1),
    }
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0_usize, 0_usize);
    while let Some(ahead) = rest.get(at..).filter(|ahead| !ahead.is_empty()) {
        let step = match ahead {
            ['/', '*', ..] => {
                depth += 1;
                2
            }
            ['*', '/', ..] => {
                depth -= 1;
                2
            }
            _ => 1,
        };
        at += step;
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn string(rest: &[char], quote: char) -> usize {
    let mut escaped = false;
    for (index, &char) in rest.iter().enumerate().skip(1) {
        if escaped {
            escaped = false;
        } else if char == '\\' {
            escaped = true;
        } else if char == quote {
            return index + 1;
        }
    }
    rest.len()
}

fn raw_string(rest: &[char]) -> Option<usize> {
    let hashes = rest.iter().skip(1).take_while(|&&char| char == '#').count();
    let body = hashes + 2;
    if rest.get(hashes + 1) != Some(&'"') {
        return None;
    }
    let mut close = vec!['"'];
    close.resize(hashes + 1, '#');
    let ahead = rest.get(body..)?;
    let length = ahead
        .windows(close.len())
        .position(|window| window == close);
    Some(length.map_or(rest.len(), |length| body + length + close.len()))
}

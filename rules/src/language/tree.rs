//! Our own small syntax tree, with places. The parser's own types end at [`super::lift`].

use crate::value::Text;

/// A position: line and column from 1, columns in code points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

/// A whole rule file.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// Statements outside functions: declarations and constants.
    pub statements: Vec<Stmt>,
    /// Functions in the order of the file.
    pub functions: Vec<FnDef>,
}

impl Script {
    /// The function called `name`.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&FnDef> {
        self.functions.iter().find(|f| f.name == name)
    }
}

/// A function.
#[derive(Clone, Debug)]
pub struct FnDef {
    /// Its name.
    pub name: Text,
    /// Where its name stands.
    pub at: At,
    /// Its parameters.
    pub params: Vec<Text>,
    /// Its body.
    pub body: Vec<Stmt>,
    /// Where the body starts.
    pub start: At,
    /// Where the body ends.
    pub end: At,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its first character.
    pub at: At,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `()`
    Nothing,
    /// `true`
    Bool(bool),
    /// `12`
    Int(i64),
    /// `1.5`
    Decimal(f64),
    /// `"text"`
    Text(Text),
    /// `'c'`
    Char(char),
    /// `` `a ${b}` ``
    Template(Vec<Expr>),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `#{ a: 1 }`
    Map(Vec<(Text, At, Expr)>),
    /// A variable, parameter or constant.
    Name(Text),
    /// `a.b`
    Property(Box<Expr>, Text, At),
    /// `a.b(c)`
    Method(Box<Expr>, Text, At, Vec<Expr>),
    /// `a[b]`
    Index(Box<Expr>, Box<Expr>),
    /// `f(a)`
    Call(Text, Vec<Expr>),
    /// `!a`, `-a`
    Unary(Text, Box<Expr>),
    /// `a op b`
    Binary(Text, At, Box<Expr>, Box<Expr>),
    /// `a && b && …`
    And(Vec<Expr>),
    /// `a || b || …`
    Or(Vec<Expr>),
    /// `a ?? b`
    Fallback(Vec<Expr>),
    /// `a in b`, `a !in b`
    In {
        /// `!in`
        negated: bool,
        /// What is looked for.
        needle: Box<Expr>,
        /// Where.
        hay: Box<Expr>,
    },
    /// `a..b`, `a..=b`
    Range {
        /// First.
        from: Box<Expr>,
        /// Last.
        to: Box<Expr>,
        /// `..=`
        closed: bool,
    },
    /// `{ … }`, `if … { … } else { … }`, `switch …` as a value.
    Block(Vec<Stmt>),
    /// Something of the host language that rules do not have, in its own spelling.
    Refused(&'static str),
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Stmt {
    /// What it is.
    pub kind: StmtKind,
    /// Its first character.
    pub at: At,
}

/// What a statement is.
#[derive(Clone, Debug, PartialEq)]
pub enum StmtKind {
    /// A lone `;`
    Empty,
    /// `let a = b`, `const A = b`
    Let {
        /// Its name.
        name: Text,
        /// Where the name stands.
        name_at: At,
        /// `const`
        constant: bool,
        /// Its value.
        value: Expr,
    },
    /// `a = b`, `a += b`
    Assign {
        /// `=`, `+=` …
        op: Text,
        /// Where it stands.
        op_at: At,
        /// Left.
        target: Expr,
        /// Right.
        value: Expr,
    },
    /// `if a { … } else { … }`
    If {
        /// The condition.
        condition: Expr,
        /// Then.
        then: Vec<Stmt>,
        /// Otherwise; `None` without `else`.
        otherwise: Option<Vec<Stmt>>,
    },
    /// `switch a { … }`
    Switch {
        /// What is looked at.
        on: Expr,
        /// Its arms, in order.
        arms: Vec<Arm>,
    },
    /// `while`, `loop`, `do`: any loop without a list; the condition where there is one.
    Loop(Option<Expr>, Vec<Stmt>),
    /// `for x in y { … }`
    For {
        /// The names bound.
        names: Vec<Text>,
        /// What is walked.
        over: Expr,
        /// The body.
        body: Vec<Stmt>,
    },
    /// `return a`
    Return(Option<Expr>),
    /// `break`, `continue`
    Leave,
    /// `{ … }`
    Block(Vec<Stmt>),
    /// An expression.
    Expr(Expr),
    /// Something of the host language that rules do not have.
    Refused(&'static str),
}

/// One arm of a `switch`.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// Its labels; empty for `_`.
    pub labels: Vec<Expr>,
    /// `if …` behind the labels.
    pub guard: Option<Expr>,
    /// Its value.
    pub body: Vec<Stmt>,
}

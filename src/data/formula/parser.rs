//! From words to a tree: precedence climbing with a limit on depth, so that no formula can exhaust the stack.
//!
//! From weak to strong: `or`, `and`, `not`, comparisons, `&`, `+ -`, `* / %`, sign, `^` (from the right).

use pg_base::{Trouble, say};

use super::fail;
use super::functions::{self, Function};
use super::lexer::{Lexeme, Token, lexemes};

/// Deepest nesting.
const MAX_DEPTH: usize = 200;
/// Longest formula in bytes.
const MAX_BYTES: usize = 20_000;

/// A part of a formula.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// Byte where it begins; for operators where the operator stands.
    pub(super) at: usize,
    pub(super) tree: Tree,
    depth: usize,
}

/// What a part is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    Number(f64),
    Text(String),
    Flag(bool),
    Missing,
    Column(String),
    Call(&'static Function, Vec<Node>),
}

/// The tree of a formula.
pub(super) fn parse(source: &str) -> Result<Node, Trouble> {
    if source.trim().is_empty() {
        return Err(Trouble::new("param-formula", say!("the formula is empty", "公式为空"))
            .advice(say!("For instance: {EXAMPLE}", "例如：{EXAMPLE}")));
    }
    if source.len() > MAX_BYTES {
        let n = source.len();
        return Err(Trouble::new(
            "param-formula",
            say!("the formula has {n} bytes", "公式长度为 {n} 字节"),
        )
        .expected(say!("at most {MAX_BYTES}", "不超过 {MAX_BYTES}")));
    }
    let mut parser = Parser { source, lexemes: lexemes(source)?, next: 0, depth: 0 };
    let node = parser.expression(0)?;
    match parser.peek() {
        Token::End => Ok(node),
        Token::Sign(")") => Err(parser.fail(say!("no bracket was opened", "没有对应的左括号"))),
        Token::Sign(sign @ ("=" | "!=" | "<" | "<=" | ">" | ">=")) => Err(parser
            .fail(say!(
                "a second comparison `{sign}` cannot follow the first",
                "不能连续使用第二个比较符 `{sign}`"
            ))
            .advice(say!("Write `1 < x and x < 5`.", "请写成 `1 < x and x < 5`。"))),
        _ => Err(parser.fail(say!("an operator is missing", "缺少运算符"))),
    }
}

const EXAMPLE: &str = "if(age < 18, \"child\", \"adult\")";

/// Strength of a binary operator, and whether it groups from the right; comparisons do not chain.
fn binary(sign: &str) -> Option<u8> {
    Some(match sign {
        "or" => 1,
        "and" => 2,
        "=" | "!=" | "<" | "<=" | ">" | ">=" => 4,
        "&" => 5,
        "+" | "-" => 6,
        "*" | "/" | "%" => 7,
        "^" => 9,
        _ => return None,
    })
}
const NOT: u8 = 3;
const COMPARISON: u8 = 4;
const MINUS: u8 = 8;
const POWER: u8 = 9;

struct Parser<'a> {
    source: &'a str,
    lexemes: Vec<Lexeme>,
    next: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Token {
        self.lexemes.get(self.next).map_or(Token::End, |lexeme| lexeme.token.clone())
    }

    fn at(&self) -> usize {
        self.lexemes.get(self.next).map_or(self.source.len(), |lexeme| lexeme.at)
    }

    fn fail(&self, found: pg_base::Words) -> Trouble {
        fail::at(self.source, self.at(), found)
    }

    fn takes(&mut self, sign: &str) -> bool {
        let is_next = matches!(self.peek(), Token::Sign(next) if next == sign);
        self.next += usize::from(is_next);
        is_next
    }

    /// An expression whose operators are at least so strong.
    fn expression(&mut self, strength: u8) -> Result<Node, Trouble> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.too_deep());
        }
        let mut left = self.operand()?;
        let mut is_compared = false;
        while let Token::Sign(sign) = self.peek() {
            let Some(own) = binary(sign).filter(|own| *own >= strength) else { break };
            if own == COMPARISON && std::mem::replace(&mut is_compared, true) {
                break;
            }
            let at = self.at();
            self.next += 1;
            let right = self.expression(if own == POWER { own } else { own + 1 })?;
            left = self.call(sign, at, vec![left, right])?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn operand(&mut self) -> Result<Node, Trouble> {
        let at = self.at();
        let token = self.peek();
        let leaf = |tree| Ok(Node { at, tree, depth: 1 });
        if token != Token::End {
            self.next += 1;
        }
        match token {
            Token::Number(number) => leaf(Tree::Number(number)),
            Token::Text(text) => leaf(Tree::Text(text)),
            Token::Column(name) => leaf(Tree::Column(name)),
            Token::Name(name) if self.takes("(") => self.function(&name, at),
            Token::Name(name) => leaf(match name.to_ascii_lowercase().as_str() {
                "true" => Tree::Flag(true),
                "false" => Tree::Flag(false),
                "missing" | "null" => Tree::Missing,
                _ => Tree::Column(name),
            }),
            Token::Sign("-") => {
                let operand = self.expression(MINUS)?;
                self.call("negative", at, vec![operand])
            }
            Token::Sign("+") => self.expression(MINUS),
            Token::Sign("not") => {
                let operand = self.expression(NOT)?;
                self.call("not", at, vec![operand])
            }
            Token::Sign("(") => {
                let inner = self.expression(0)?;
                self.close(at)?;
                Ok(inner)
            }
            Token::Sign(sign) => Err(fail::at(
                self.source,
                at,
                say!("a value is missing before `{sign}`", "`{sign}` 之前缺少值"),
            )),
            Token::End => Err(self
                .fail(say!("the formula ends where a value is needed", "公式在需要值的地方结束"))),
        }
    }

    /// The values of a function whose opening bracket is read.
    fn function(&mut self, name: &str, at: usize) -> Result<Node, Trouble> {
        let mut args = Vec::new();
        if !self.takes(")") {
            loop {
                args.push(self.expression(0)?);
                if !self.takes(",") {
                    break;
                }
            }
            self.close(at)?;
        }
        self.call(name, at, args)
    }

    fn close(&mut self, opened_at: usize) -> Result<(), Trouble> {
        if self.takes(")") {
            return Ok(());
        }
        if self.peek() == Token::End {
            let found = say!("the bracket is not closed", "括号没有闭合");
            return Err(fail::at(self.source, opened_at, found));
        }
        Err(self.fail(say!("`,` or `)` is expected here", "此处应为 `,` 或 `)`")))
    }

    fn call(&self, name: &str, at: usize, args: Vec<Node>) -> Result<Node, Trouble> {
        let function = functions::find(name).ok_or_else(|| {
            fail::at(
                self.source,
                at,
                say!("there is no function `{name}`", "没有名为 `{name}` 的函数"),
            )
            .advice(fail::did_you_mean(name, functions::names()))
        })?;
        let depth = 1 + args.iter().map(|arg| arg.depth).max().unwrap_or_default();
        if depth > MAX_DEPTH {
            return Err(self.too_deep());
        }
        Ok(Node { at, tree: Tree::Call(function, args), depth })
    }

    fn too_deep(&self) -> Trouble {
        self.fail(say!("the formula is nested too deeply", "公式嵌套过深"))
            .expected(say!("at most {MAX_DEPTH} levels", "不超过 {MAX_DEPTH} 层"))
            .advice(say!("Use several formula nodes.", "请拆分为多个公式节点。"))
    }
}

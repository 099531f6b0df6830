//! A token stream laid flat, so that a rule can be written as a short pattern over neighbours.

use std::ops::Range;

use proc_macro2::{Delimiter, Group, LineColumn, Spacing, Span, TokenStream, TokenTree};

/// What a token is, as far as the rules care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Ident,
    /// Punctuation; `::` is one token, everything else one character.
    Punct,
    /// A string of any kind: its inside is not code.
    Text,
    /// Any other literal.
    Literal,
    Open,
    Close,
}

#[derive(Clone, Debug)]
pub struct Token {
    pub kind: Kind,
    pub text: String,
    /// From 1.
    pub line: usize,
    /// Bytes in the file.
    pub range: Range<usize>,
    /// The lines above which a note on this token may stand: its own, and where the statements and arguments
    /// around it begin, out to the nearest brace.
    pub anchors: Vec<usize>,
}

impl Token {
    pub fn is(&self, text: &str) -> bool {
        self.kind != Kind::Text && self.text == text
    }
}

/// Lays `stream`, the tokens of `text`, flat; doc comments are left out.
pub fn flatten(stream: TokenStream, text: &str) -> Vec<Token> {
    let mut flat = Flat { text, tokens: Vec::new() };
    flat.walk(stream, &[]);
    flat.tokens
}

/// The index of the delimiter that closes the one at `open`; the last token when there is none.
pub fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len() - 1
}

/// Whether the tokens from `at` on read exactly `pattern`.
pub fn reads(tokens: &[Token], at: usize, pattern: &[&str]) -> bool {
    pattern.iter().enumerate().all(|(step, text)| tokens.get(at + step).is_some_and(|token| token.is(text)))
}

struct Flat<'a> {
    text: &'a str,
    tokens: Vec<Token>,
}

impl Flat<'_> {
    fn walk(&mut self, stream: TokenStream, outer: &[usize]) {
        let mut start = None;
        let mut joint_colon = false;
        for tree in stream {
            if self.is_doc_comment(tree.span()) {
                continue;
            }
            let first: LineColumn = tree.span().start();
            let mut anchors = vec![first.line, *start.get_or_insert(first.line)];
            anchors.extend(outer);
            anchors.dedup();
            let was_joint_colon = std::mem::take(&mut joint_colon);
            match tree {
                TokenTree::Group(group) => {
                    self.group(&group, &anchors);
                    if group.delimiter() == Delimiter::Brace {
                        start = None;
                    }
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' && was_joint_colon => {
                    let merged = self.tokens.last_mut().expect("the first colon was pushed");
                    merged.text.push(':');
                    merged.range.end = punct.span().byte_range().end;
                }
                TokenTree::Punct(punct) => {
                    joint_colon = punct.as_char() == ':' && punct.spacing() == Spacing::Joint;
                    if matches!(punct.as_char(), ';' | ',') {
                        start = None;
                    }
                    self.push(Kind::Punct, punct.span(), anchors);
                }
                TokenTree::Ident(ident) => self.push(Kind::Ident, ident.span(), anchors),
                TokenTree::Literal(literal) => {
                    self.push(self.literal_kind(literal.span()), literal.span(), anchors)
                }
            }
        }
    }

    fn group(&mut self, group: &Group, anchors: &[usize]) {
        self.push(Kind::Open, group.span_open(), anchors.to_vec());
        let outer = if group.delimiter() == Delimiter::Brace { &[] } else { anchors };
        self.walk(group.stream(), outer);
        self.push(Kind::Close, group.span_close(), anchors.to_vec());
    }

    fn push(&mut self, kind: Kind, span: Span, anchors: Vec<usize>) {
        let range = span.byte_range();
        self.tokens.push(Token {
            kind,
            text: self.text[range.clone()].to_owned(),
            line: span.start().line,
            range,
            anchors,
        });
    }

    fn literal_kind(&self, span: Span) -> Kind {
        let text = &self.text[span.byte_range()];
        let body = text.trim_start_matches(['b', 'c', 'r', '#']);
        if body.starts_with('"') { Kind::Text } else { Kind::Literal }
    }

    /// The tokenizer turns a doc comment into an attribute whose tokens all lie on the comment.
    fn is_doc_comment(&self, span: Span) -> bool {
        let text = &self.text[span.byte_range()];
        text.starts_with("//") || text.starts_with("/*")
    }
}

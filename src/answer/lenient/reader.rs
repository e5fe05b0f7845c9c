//! The state of one reading, its entry, and where a value stands.

use serde_json::{Map, Value};

use super::lookahead::{Around, Comments, Open, closes_reply, gap, names_field};
use crate::answer::fault::{Repair, Repairs, Step};
use crate::answer::shape::Shapes;

/// Where a value stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum StringRole<'m> {
    /// The value of a member; the members before it.
    Member(&'m Map<String, Value>),
    /// An element of a list.
    Element,
}

/// Objects and lists may be nested this deep.
const DEPTH: usize = 128;
/// More contradictions than this are not collected.
const CONFLICTS: usize = 8;

/// How the end of a string is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quoting {
    /// As JSON has it; any repair at all breaks the reading.
    Exact,
    /// At the first quote after which the JSON can go on.
    First,
    /// As `First`, but quotes inside a string come in pairs.
    Paired,
}

/// Where a reading begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// At an opening bracket or brace.
    Bracket,
    /// At the first key of an object whose brace is missing.
    FirstKey,
}

/// A value read from the text.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) value: Value,
    /// Where the text goes on.
    pub(crate) end: usize,
    pub(crate) repairs: Repairs,
    pub(crate) cut: Option<Cut>,
    pub(crate) conflicts: Vec<Conflict>,
    pub(crate) doubt: Doubt,
}

/// Why a reading may be another than was meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Doubt {
    /// Where a string ends was a matter of judgement.
    pub(crate) guessed: bool,
    /// A string holds an odd number of unescaped quotes.
    pub(crate) unpaired: bool,
    /// A string or key without its own end holds what reads like a member.
    pub(crate) swallowed: bool,
}

impl Reading {
    /// Where the value ends was a matter of judgement, or it contradicts itself: it may not be what it seems.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.doubt != Doubt::default() || self.repairs.contains(Repair::DuplicateKey)
    }
}

/// Where the end of the text cut the value off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cut {
    /// From the root to the innermost place that was open; a cut value that is no string was left out.
    pub(crate) path: Vec<Step>,
}

/// A key that stands twice with different values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Conflict {
    pub(crate) path: Vec<Step>,
    pub(crate) earlier: Value,
    pub(crate) later: Value,
}

/// The text cannot be read as JSON from here on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken {
    /// The byte at which the reading stopped.
    pub(crate) at: usize,
    pub(crate) problem: &'static str,
    /// A field of the contract had been read before.
    pub(crate) begun: bool,
}

/// Reads one value from this byte on; what follows it is not looked at.
pub(crate) fn read(
    text: &str,
    at: usize,
    start: Start,
    quoting: Quoting,
    shapes: &Shapes,
) -> Result<Reading, Broken> {
    let mut reader = Reader::new(text, at, quoting, shapes);
    let value = match start {
        Start::Bracket if reader.peek() == Some(b'[') => reader.list()?,
        Start::Bracket => reader.object()?,
        Start::FirstKey => {
            reader.note(Repair::MissingBrace)?;
            reader.members()?
        }
    };
    Ok(Reading {
        value,
        end: reader.at,
        repairs: reader.repairs,
        cut: reader.cut,
        conflicts: reader.conflicts,
        doubt: reader.doubt,
    })
}

/// The state of one reading.
pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    pub(super) quoting: Quoting,
    pub(super) shapes: &'t Shapes,
    pub(super) path: Vec<Step>,
    pub(super) open_lists: usize,
    pub(super) open_objects: usize,
    /// Nothing more is to be read: the text or the reply ended.
    pub(super) over: bool,
    /// A field of the contract has been read.
    pub(super) begun: bool,
    pub(super) doubt: Doubt,
    repairs: Repairs,
    cut: Option<Cut>,
    conflicts: Vec<Conflict>,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str, at: usize, quoting: Quoting, shapes: &'t Shapes) -> Self {
        Self {
            text,
            at,
            quoting,
            shapes,
            path: Vec::new(),
            open_lists: 0,
            open_objects: 0,
            over: false,
            begun: false,
            doubt: Doubt::default(),
            repairs: Repairs::default(),
            cut: None,
            conflicts: Vec::new(),
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Passes over the prefix if it stands here.
    pub(super) fn eat(&mut self, prefix: &str) -> bool {
        let found = self.rest().starts_with(prefix);
        if found {
            self.at += prefix.len();
        }
        found
    }

    pub(super) fn broken<T>(&self, problem: &'static str) -> Result<T, Broken> {
        Err(Broken { at: self.at, problem, begun: self.begun })
    }

    /// Records a repair; in an exact reading there are none.
    pub(super) fn note(&mut self, repair: Repair) -> Result<(), Broken> {
        self.allow_repair()?;
        self.repairs.insert(repair);
        Ok(())
    }

    pub(super) fn allow_repair(&self) -> Result<(), Broken> {
        if self.quoting == Quoting::Exact {
            return self.broken("not exact JSON");
        }
        Ok(())
    }

    /// Passes over the gap between two tokens; whether a line break was crossed.
    pub(super) fn gap(&mut self) -> Result<bool, Broken> {
        let gap = gap(self.text, self.at, Comments::Whole);
        if gap.comment {
            self.note(Repair::CommentRemoved)?;
            if names_field(self.text, self.at..gap.end, self.shapes) {
                return self.broken("a field inside a comment");
            }
        }
        if gap.stray {
            self.note(Repair::StrayText)?;
        }
        self.at = gap.end;
        Ok(gap.newline)
    }

    /// What surrounds a value at this place.
    pub(super) fn around(&self, place: StringRole<'_>) -> Around {
        let outside = Open { object: self.open_objects > 0, list: self.open_lists > 0 };
        Around {
            in_list: matches!(place, StringRole::Element),
            outside,
            inside: Open::default(),
            loose: true,
        }
    }

    /// One level deeper, unless that is too deep.
    pub(super) fn descend(&mut self) -> Result<(), Broken> {
        if self.open_lists + self.open_objects >= DEPTH {
            return self.broken("nested deeper than 128 levels");
        }
        Ok(())
    }

    /// The text ended with something open.
    pub(super) fn cut_off(&mut self) -> Result<(), Broken> {
        self.note(Repair::Truncated)?;
        self.over = true;
        let path = &self.path;
        self.cut.get_or_insert_with(|| Cut { path: path.clone() });
        Ok(())
    }

    /// The end of the text, or a mark that ends the reply, with something open.
    pub(super) fn ended(&mut self) -> Result<bool, Broken> {
        if self.over {
            return Ok(true);
        }
        if self.peek().is_none() {
            self.cut_off()?;
        } else if closes_reply(self.text, self.at) {
            self.note(Repair::BracketMismatch)?;
            self.over = true;
        }
        Ok(self.over)
    }

    pub(super) fn conflict(&mut self, key: &str, earlier: Value, later: &Value) {
        if self.conflicts.len() < CONFLICTS {
            let mut path = self.path.clone();
            path.push(Step::Key(key.to_owned()));
            self.conflicts.push(Conflict { path, earlier, later: later.clone() });
        }
    }
}

//! How a request gives way to a server that refuses.
//!
//! Servers and models speak one protocol in dialects. A refusal names what is not taken, and the request
//! is made once more without it. What then worked is remembered for the calls that follow.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicU8, Ordering};

use super::said::{Said, may_give_way};

/// A way to ask for the answer's form.
pub(in crate::model) trait Form: Copy + Ord + 'static {
    /// All of them, the strictest first.
    const ALL: &'static [Self];

    /// Words of a refusal that is about this form.
    fn words(self) -> &'static [&'static str];
}

/// A field of the request that some servers or models do not take.
pub(in crate::model) trait Field: Copy + 'static {
    /// Those that a refusal may name, in the order in which they are given up.
    const NAMED: &'static [Self];

    fn name(self) -> &'static str;

    /// A bit of its own.
    fn bit(self) -> u8;
}

/// What one request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) struct Plan<L, F> {
    pub(in crate::model) level: L,
    without: u8,
    fields: PhantomData<F>,
}

impl<L: Form, F: Field> Plan<L, F> {
    /// With every field.
    pub(in crate::model) fn new(level: L) -> Self {
        Self { level, without: 0, fields: PhantomData }
    }

    pub(in crate::model) fn takes(self, field: F) -> bool {
        self.without & field.bit() == 0
    }

    pub(in crate::model) fn without(self, field: F) -> Self {
        Self { without: self.without | field.bit(), ..self }
    }

    /// The next thing to try after a refusal, if it names something that can give way.
    pub(in crate::model) fn after(self, status: Option<u16>, said: &Said, can_lower: bool) -> Option<Self> {
        if !may_give_way(status) {
            return None;
        }
        let mut fields = F::NAMED.iter().copied();
        if let Some(field) = fields.find(|field| self.takes(*field) && said.refuses(field.name())) {
            return Some(self.without(field));
        }
        let mut lower = L::ALL.iter().copied().filter(|level| *level > self.level);
        let level = lower.next().filter(|_| can_lower && self.refuses_form(status, said))?;
        Some(Self { level, ..self })
    }

    /// Whether a refusal is about the form that was asked for.
    pub(in crate::model) fn refuses_form(self, status: Option<u16>, said: &Said) -> bool {
        let words = said.words();
        may_give_way(status) && self.level.words().iter().any(|word| words.contains(word))
    }
}

/// What the calls so far have shown of a server and its model.
#[derive(Debug)]
pub(in crate::model) struct Lessons<L, F> {
    /// What is asked for while nothing is known.
    pub(in crate::model) first: Plan<L, F>,
    /// Its place in [`Form::ALL`].
    level: AtomicU8,
    without: AtomicU8,
}

impl<L: Form, F: Field> Lessons<L, F> {
    pub(in crate::model) fn new(first: Plan<L, F>) -> Self {
        Self { first, level: AtomicU8::new(place(first.level)), without: AtomicU8::new(first.without) }
    }

    /// What to ask for now.
    pub(in crate::model) fn plan(&self) -> Plan<L, F> {
        let level = L::ALL.get(usize::from(self.level.load(Ordering::Relaxed)));
        Plan {
            level: level.copied().unwrap_or(self.first.level),
            without: self.without.load(Ordering::Relaxed),
            fields: PhantomData,
        }
    }

    /// Remembers a plan that worked. Calls at the same time may learn different things; all stay.
    pub(in crate::model) fn remember(&self, plan: Plan<L, F>) {
        self.level.fetch_max(place(plan.level), Ordering::Relaxed);
        self.without.fetch_or(plan.without, Ordering::Relaxed);
    }
}

/// Where a level stands among all: few enough for a byte.
fn place<L: Form>(level: L) -> u8 {
    let stricter = L::ALL.iter().filter(|one| **one < level).count();
    u8::try_from(stricter).unwrap_or(u8::MAX)
}

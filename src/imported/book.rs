//! The labels of a dataset, by id.

use std::collections::HashMap;

use super::truth::{LabelPlan, People, Truth};
use crate::data::{DataFault, Record};
use crate::eval::{OffScale, OffScaleLabels};
use crate::signature::Scale;

/// Where the labels of judgments are.
#[derive(Debug)]
pub(crate) enum Truths {
    /// On the same lines as the judgments.
    InReplies(LabelPlan),
    /// In a dataset, joined by id.
    Dataset(Book),
}

/// The labels of a dataset, by id, in its order.
#[derive(Debug)]
pub(crate) struct Book {
    entries: Vec<(String, BookEntry)>,
    places: HashMap<String, usize>,
    people: People,
    has_fields: bool,
}

/// What a judgment takes from its record.
#[derive(Clone, Debug, Default)]
pub(super) struct BookEntry {
    pub(super) truth: Truth,
    pub(super) tags: Vec<String>,
    /// The group in which it is ranked.
    pub(super) group: Option<String>,
}

impl Book {
    /// Reads a dataset through.
    ///
    /// # Errors
    /// A line cannot be used: which one, and why.
    pub(crate) fn read(
        mut records: impl Iterator<Item = Result<Record, DataFault>>,
        file: &str,
        plan: &LabelPlan,
        (by, group): (&[String], Option<&str>),
        scale: &Scale,
    ) -> Result<Self, DataFault> {
        let mut book = Self {
            entries: Vec::new(),
            places: HashMap::new(),
            people: People::new(scale.clone(), plan.names()),
            has_fields: false,
        };
        while let Some(record) = records.next() {
            let record = record?;
            let truth = match plan.read(&record, scale) {
                Ok(truth) => truth,
                Err(label) => {
                    let problem = label.problem.clone();
                    let help = Some(help(plan, label, records, scale));
                    return Err(DataFault {
                        file: file.to_owned(),
                        line: record.line,
                        problem,
                        fatal: false,
                        help,
                    });
                }
            };
            book.has_fields |= truth.has_fields;
            book.people.tied += u64::from(truth.tied);
            if !truth.ratings.is_empty() {
                book.people.items.push(truth.ratings.clone());
            }
            let mut tags: Vec<String> = record.tags().map(str::to_owned).collect();
            tags.extend(groups(&record, by));
            book.places.insert(record.id.clone(), book.entries.len());
            let group = ranked_in(&record, group);
            book.entries.push((record.id, BookEntry { truth, tags, group }));
        }
        Ok(book)
    }

    /// Whether any record has the fields that labels stand in.
    #[must_use]
    pub(crate) fn has_fields(&self) -> bool {
        self.has_fields
    }

    /// What people said of the records.
    #[must_use]
    pub(crate) fn people(&self) -> &People {
        &self.people
    }

    pub(super) fn get(&self, id: &str) -> Option<&BookEntry> {
        self.entries.get(*self.places.get(id)?).map(|(_, entry)| entry)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(id, _)| id.as_str())
    }
}

/// What to do about a label off the scale, and about all others that the records after it have.
fn help(
    plan: &LabelPlan,
    first: OffScale,
    rest: impl Iterator<Item = Result<Record, DataFault>>,
    scale: &Scale,
) -> String {
    let mut labels = OffScaleLabels::from(first);
    rest.flatten().filter_map(|record| plan.read(&record, scale).err()).for_each(|label| labels.add(label));
    labels.help(&plan.values, scale)
}

impl LabelPlan {
    pub(super) fn names(&self) -> Vec<String> {
        self.people.as_ref().map(|people| people.names.clone()).unwrap_or_default()
    }
}

/// The group in which a record is ranked: the value of a field.
pub(super) fn ranked_in(record: &Record, field: Option<&str>) -> Option<String> {
    super::pattern::as_word(record.get(field?)?)
}

/// The groups a record is in: `FIELD=VALUE`, for each of the fields that it has.
pub(super) fn groups(record: &Record, by: &[String]) -> Vec<String> {
    by.iter()
        .filter_map(|field| {
            let value = super::pattern::as_word(record.get(field)?)?;
            Some(format!("{field}={value}"))
        })
        .collect()
}

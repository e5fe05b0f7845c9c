//! How far the labels are: which still hold, who is asked for what next, and what people come to together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::items::{Item, Looking};
use super::plan::{PlanFile, Planned};
use super::rubric::{ShownRubric, shown};
use super::store::{self, ADJUDICATED, LabelLine, PersonsLabels};
use crate::calibration::consensus;
use crate::error::Result;
use crate::eval::{Expected, read_label};
use crate::signature::Scale;
use crate::suite::config::Config;
use crate::suite::judges::Suite;

/// Whether a label still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Hold {
    Holds,
    /// It was given by another rubric.
    OtherRubric,
    /// The record is another by now.
    OtherRecord,
    /// There is no such record any more.
    Gone,
}

/// The labels of a suite, and its records.
pub(crate) struct Standing {
    pub(crate) suite: String,
    pub(crate) folder: PathBuf,
    pub(crate) looking: Looking,
    pub(crate) rubric: ShownRubric,
    pub(crate) items: Vec<Item>,
    places: BTreeMap<String, usize>,
    /// Records that cannot be looked at.
    pub(crate) left_out: u64,
    pub(crate) plan: Option<PlanFile>,
    pub(crate) people: BTreeMap<String, PersonsLabels>,
    pub(crate) adjudicated: PersonsLabels,
}

impl Standing {
    /// Reads a suite's records and labels.
    pub(crate) fn read(suite: &Suite, config: &Config, strata: Option<&str>) -> Result<Self> {
        let folder = folder(suite, config);
        let plan = PlanFile::read(&folder)?;
        let own_strata = plan.as_ref().and_then(|plan| plan.strata.clone());
        let mut looking = Looking::new(suite, config)?;
        let mut items = Vec::new();
        let strata = strata.or(own_strata.as_deref());
        let left_out = looking.each(suite, config, strata, |item| items.push(item))?;
        let rubric = shown(&looking.panel, &looking.scale);
        let places = items.iter().enumerate().map(|(place, item)| (item.id.clone(), place)).collect();
        let mut standing = Self {
            suite: suite.name.clone(),
            folder,
            looking,
            rubric,
            items,
            places,
            left_out,
            plan,
            people: BTreeMap::new(),
            adjudicated: PersonsLabels::default(),
        };
        standing.refresh()?;
        Ok(standing)
    }

    /// Reads the labels again: others may have added some.
    pub(crate) fn refresh(&mut self) -> Result<()> {
        self.people = store::read_all(&self.folder)?;
        self.adjudicated = self.people.remove(ADJUDICATED).unwrap_or_default();
        Ok(())
    }

    pub(crate) fn scale(&self) -> &Scale {
        &self.looking.scale
    }

    pub(crate) fn item(&self, id: &str) -> Option<&Item> {
        self.items.get(*self.places.get(id)?)
    }

    /// Whether a label still holds.
    pub(crate) fn hold(&self, line: &LabelLine) -> Hold {
        match self.item(&line.id) {
            None => Hold::Gone,
            Some(item) if item.hash != line.record => Hold::OtherRecord,
            Some(_) if line.rubric != self.rubric.version => Hold::OtherRubric,
            Some(_) => Hold::Holds,
        }
    }

    fn planned(&self, id: &str) -> Option<&Planned> {
        self.plan.as_ref()?.records.get(id)
    }

    /// The records that a person is asked for, in their order: planned ones in the plan's, or all in the dataset's.
    pub(crate) fn asked_of(&self, person: &str) -> Vec<&Item> {
        let Some(plan) = &self.plan else { return self.items.iter().collect() };
        let mut planned: Vec<(&String, &Planned)> =
            plan.records.iter().filter(|(_, planned)| planned.is_for(person)).collect();
        planned.sort_by_key(|(_, planned)| planned.place);
        planned.into_iter().filter_map(|(id, _)| self.item(id)).collect()
    }

    /// What a person is asked for next: first what the person labelled by another rubric or as another record, then
    /// what has no label yet.
    pub(crate) fn next(&self, person: &str) -> Option<(&Item, Option<Hold>)> {
        let labels = self.people.get(person);
        let own =
            |item: &Item| labels.and_then(|labels| labels.by_id.get(&item.id)).map(|line| self.hold(line));
        let again = labels.into_iter().flat_map(|labels| labels.by_id.values()).find_map(|line| {
            let hold = self.hold(line);
            let is_stale = matches!(hold, Hold::OtherRubric | Hold::OtherRecord);
            self.item(&line.id).filter(|_| is_stale).map(|item| (item, Some(hold)))
        });
        again.or_else(|| {
            let open = self.asked_of(person).into_iter().find(|item| own(item).is_none());
            open.map(|item| (item, None))
        })
    }

    /// A person's labels that hold, of how many that are asked for; and those to give again.
    pub(crate) fn progress(&self, person: &str) -> Progress {
        let asked = self.asked_of(person);
        let labels = self.people.get(person);
        let line = |id: &str| labels.and_then(|labels| labels.by_id.get(id));
        let holds = |line: &&LabelLine| self.hold(line) == Hold::Holds;
        let all = || labels.into_iter().flat_map(|labels| labels.by_id.values());
        let count = |hold: Hold| all().filter(|line| self.hold(line) == hold).count();
        Progress {
            asked: asked.len(),
            done: asked.iter().filter_map(|item| line(&item.id)).filter(holds).count(),
            given: all().filter(holds).count(),
            cannot_tell: all().filter(holds).filter(|line| line.label.is_none()).count(),
            other_rubric: count(Hold::OtherRubric),
            other_record: count(Hold::OtherRecord),
            gone: count(Hold::Gone),
        }
    }

    /// What people say of a record, as far as it holds; those who cannot tell left out.
    pub(crate) fn said(&self, id: &str) -> Vec<(&str, &LabelLine)> {
        let mut said = Vec::new();
        for (name, labels) in &self.people {
            let line =
                labels.by_id.get(id).filter(|line| self.hold(line) == Hold::Holds && line.label.is_some());
            said.extend(line.map(|line| (name.as_str(), line)));
        }
        said
    }

    /// A label on the scale.
    pub(crate) fn read_one(&self, label: &str) -> Option<Expected> {
        read_label(Some(&label.into()), "label", &BTreeMap::new(), self.scale()).ok().flatten()
    }

    /// What was decided about a record after people disagreed, where that holds.
    pub(crate) fn decided(&self, id: &str) -> Option<&LabelLine> {
        self.adjudicated.by_id.get(id).filter(|line| self.hold(line) == Hold::Holds)
    }

    /// The label that counts: what was decided, or what people agree on or most of them say.
    pub(crate) fn settled(&self, id: &str) -> Option<Expected> {
        if let Some(decided) = self.decided(id) {
            return self.read_one(decided.label.as_deref()?);
        }
        let said: Vec<Option<Expected>> = self.said(id).iter().map(|(_, line)| self.expected(line)).collect();
        consensus(&said, self.scale())
    }

    fn expected(&self, line: &LabelLine) -> Option<Expected> {
        self.read_one(line.label.as_deref()?)
    }

    /// Records on which people who can tell disagree, and nothing is decided yet.
    pub(crate) fn disputed(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| {
            let labels: BTreeSet<&str> =
                self.said(&item.id).iter().filter_map(|(_, line)| line.label.as_deref()).collect();
            labels.len() > 1 && self.decided(&item.id).is_none()
        })
    }

    /// The part of the plan that a record was drawn from.
    pub(crate) fn part_of(&self, id: &str) -> Option<&str> {
        self.planned(id).map(|planned| planned.part.as_str())
    }

    /// How many records a part of the plan has.
    pub(super) fn part_size(&self, part: &str) -> Option<u64> {
        self.plan.as_ref()?.parts.get(part).copied()
    }

    /// How many records a record of the plan stands for.
    pub(crate) fn weight(&self, id: &str) -> Option<f64> {
        self.planned(id).map(|planned| planned.weight)
    }
}

/// How far a person is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) asked: usize,
    pub(crate) done: usize,
    pub(crate) given: usize,
    pub(crate) cannot_tell: usize,
    pub(crate) other_rubric: usize,
    pub(crate) other_record: usize,
    pub(crate) gone: usize,
}

/// Where a suite's labels lie: where it says, or `labels/SUITE` beside evenhand.toml.
pub(super) fn folder(suite: &Suite, config: &Config) -> PathBuf {
    match &suite.file.labels {
        Some(folder) => config.path(folder),
        None => config.path(&PathBuf::from("labels").join(&suite.name)),
    }
}

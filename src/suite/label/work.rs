//! One person at work: what is shown next, a label that is given, one that is taken back.

use serde::Serialize;
use serde_json::{Value, json};

use super::items::Item;
use super::rubric::ShownRubric;
use super::standing::{Hold, Standing};
use super::store::{ADJUDICATED, LabelLine, append, check_name, now};
use crate::error::Result;
use crate::suite::config::Config;
use crate::suite::judges::Suite;
use crate::trajectory::{Format, Trajectory};

/// What a person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Labels without seeing what anybody else says.
    Label,
    /// Decides about records on which people disagree.
    Adjudicate,
}

/// A person at work. What others do meanwhile is seen at every step.
pub(crate) struct LabelWork {
    standing: Standing,
    person: String,
    mode: Mode,
}

/// What a person says of a record.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) id: String,
    /// None where the person cannot tell.
    pub(crate) label: Option<String>,
    pub(crate) remark: Option<String>,
}

/// Why a label is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// There is no such record, or no such label.
    Unknown(String),
    /// The person has labelled it meanwhile, in another window.
    Labelled,
}

/// A record as the page shows it.
#[derive(Serialize)]
struct ShownRecord<'a> {
    id: &'a str,
    /// Name, and text or JSON.
    inputs: Vec<ShownInput<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<Value>,
    /// Why it is asked for again: `rubric` or `record`.
    #[serde(skip_serializing_if = "Option::is_none")]
    again: Option<&'static str>,
    /// What the others say, in an adjudication alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    said: Vec<Value>,
}

#[derive(Serialize)]
struct ShownInput<'a> {
    name: &'a str,
    value: &'a Value,
}

impl LabelWork {
    /// Opens a suite for a person.
    ///
    /// # Errors
    /// The suite has nothing to label, or the name cannot be one.
    pub(crate) fn open(suite: &Suite, config: &Config, person: &str, mode: Mode) -> Result<Self> {
        check_name(person)?;
        Ok(Self { standing: Standing::read(suite, config, None)?, person: person.to_owned(), mode })
    }

    pub(crate) fn suite(&self) -> &str {
        &self.standing.suite
    }

    pub(crate) fn person(&self) -> &str {
        &self.person
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    pub(crate) fn rubric(&self) -> &ShownRubric {
        &self.standing.rubric
    }

    /// What is shown now: the record of this id, or the next one.
    ///
    /// # Errors
    /// The labels cannot be read.
    pub(crate) fn shown(&mut self, id: Option<&str>) -> Result<Value> {
        self.standing.refresh()?;
        let wanted = id.and_then(|id| self.standing.item(id)).map(|item| (item, None));
        let next = || match self.mode {
            Mode::Label => self.standing.next(&self.person),
            Mode::Adjudicate => self.standing.disputed().next().map(|item| (item, None)),
        };
        let (done, asked) = self.counts();
        let record = wanted.or_else(next).map(|(item, hold)| self.record(item, hold));
        Ok(json!({"record": record, "done": done, "asked": asked, "undo": self.can_undo()}))
    }

    fn counts(&self) -> (usize, usize) {
        match self.mode {
            Mode::Label => {
                let progress = self.standing.progress(&self.person);
                (progress.done, progress.asked.max(progress.done))
            }
            Mode::Adjudicate => {
                let items = &self.standing.items;
                let done = items.iter().filter(|item| self.standing.decided(&item.id).is_some()).count();
                (done, done + self.standing.disputed().count())
            }
        }
    }

    fn can_undo(&self) -> bool {
        match self.mode {
            Mode::Label => {
                self.standing.people.get(&self.person).is_some_and(|labels| labels.last().is_some())
            }
            Mode::Adjudicate => self.standing.adjudicated.last().is_some(),
        }
    }

    fn record<'a>(&'a self, item: &'a Item, hold: Option<Hold>) -> ShownRecord<'a> {
        let trajectory = self.standing.looking.trajectory.as_deref();
        let run = trajectory.and_then(|name| self.run(item.inputs.get(name)?));
        let inputs =
            item.inputs.iter().filter(|(name, _)| run.is_none() || Some(name.as_str()) != trajectory);
        let said = match self.mode {
            Mode::Label => Vec::new(),
            Mode::Adjudicate => {
                let told = |(name, line): (&str, &LabelLine)| json!({"by": name, "label": line.label, "remark": line.remark});
                self.standing.said(&item.id).into_iter().map(told).collect()
            }
        };
        ShownRecord {
            id: &item.id,
            inputs: inputs.map(|(name, value)| ShownInput { name, value }).collect(),
            again: match hold {
                Some(Hold::OtherRubric) => Some("rubric"),
                Some(Hold::OtherRecord) => Some("record"),
                _ => None,
            },
            run,
            said,
        }
    }

    /// What an agent did, where its steps are known.
    fn run(&self, raw: &Value) -> Option<Value> {
        let logged = raw.as_str().and_then(|text| serde_json::from_str(text).ok());
        let raw = logged.unwrap_or_else(|| raw.clone());
        let did = Trajectory::read_ignoring(&raw, &self.standing.looking.ignore).ok()?;
        (did.format != Format::Text).then(|| json!({"steps": did.steps, "answer": did.answer, "raw": raw}))
    }

    /// Keeps a label: when this returns, it is on disk.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn give(&mut self, given: Given) -> Result<std::result::Result<(), Refused>> {
        let Some(item) = self.standing.item(&given.id) else {
            return Ok(Err(Refused::Unknown(format!("there is no record \"{}\"", given.id))));
        };
        let label = match &given.label {
            None => None,
            Some(label) => match self.standing.read_one(label) {
                Some(known) => Some(known.label),
                None => return Ok(Err(Refused::Unknown(format!("\"{label}\" is none of the labels")))),
            },
        };
        let line = LabelLine {
            id: given.id,
            record: item.hash.clone(),
            rubric: self.standing.rubric.version.clone(),
            label,
            remark: given.remark.map(|remark| remark.trim().to_owned()).filter(|remark| !remark.is_empty()),
            by: self.person.clone(),
            at: now(),
            undone: false,
        };
        let standing = &self.standing;
        let added = append(&standing.folder, self.file(), |labels| {
            let known = labels.by_id.get(&line.id);
            let holds = known.is_some_and(|known| standing.hold(known) == Hold::Holds);
            (!holds).then_some(line)
        })?;
        Ok(added.map(|_| ()).ok_or(Refused::Labelled))
    }

    /// Takes the last label back. Gives its record's id.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn undo(&mut self) -> Result<Option<String>> {
        let person = self.person.clone();
        let taken = append(&self.standing.folder, self.file(), |labels| {
            let last = labels.last()?;
            Some(LabelLine { undone: true, remark: None, by: person, at: now(), ..last.clone() })
        })?;
        Ok(taken.map(|line| line.id))
    }

    /// The file that this person's words go to.
    fn file(&self) -> &str {
        match self.mode {
            Mode::Label => &self.person,
            Mode::Adjudicate => ADJUDICATED,
        }
    }
}

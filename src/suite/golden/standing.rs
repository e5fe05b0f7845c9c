//! A suite's judge setup and subject as they stand now, before anything is asked.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::settings;
use crate::data::{Record, merged_clusters};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{OnFault, Outcome, Panel, Plan, Repeat, read_label};
use crate::golden::{Fingerprints, Locked, Marks, Try, Watch, fingerprint};
use crate::judge::{AnswerLabels, AnswerOrders, Judge, Reading, Score, Unscored};
use crate::model::Parameters;
use crate::subject::Subject;
use crate::suite::config::Config;
use crate::suite::judges::{Overrides, Suite};
use crate::suite::loaded_models::NamedModels;
use crate::suite::prospect::{Prospect, prospect};
use crate::suite::run::RunOptions;

/// A suite's judge setup and subject as they stand now.
pub(crate) struct Standing {
    pub(crate) watch: Watch,
    /// The judging model; "checks alone" without one.
    pub(crate) model: String,
    pub(crate) fingerprints: Fingerprints,
    /// The dataset's records, without scores, by id.
    pub(crate) records: BTreeMap<String, Locked>,
    /// The field of the watched output, where outputs are watched.
    pub(crate) watched: Option<String>,
    /// What records have in common, by id.
    pub(crate) clusters: BTreeMap<String, String>,
    /// The run as it would be.
    pub(crate) prospect: Prospect,
}

impl Standing {
    pub(crate) fn of(suite: &Suite, config: &Config, options: &RunOptions) -> Result<Self> {
        let models = NamedModels::of(suite, config, options)?.silent(config)?;
        let overrides = Overrides { repeats: options.repeats, ..Overrides::default() };
        let prospect = prospect(config, suite, &models, options, &overrides)?;
        let watch = settings::watch(suite);
        let mut standing = Self {
            watch,
            model: prospect.panel.model().into_owned(),
            fingerprints: fingerprints(suite, &prospect, watch)?,
            records: BTreeMap::new(),
            watched: None,
            clusters: BTreeMap::new(),
            prospect,
        };
        standing.read(suite, config)?;
        Ok(standing)
    }

    fn read(&mut self, suite: &Suite, config: &Config) -> Result<()> {
        let records = self.each(suite, config)?;
        let Prospect { plan, panel, .. } = &self.prospect;
        let sources = Sources::new(suite, panel, plan, self.watch);
        for record in records {
            let record = record?;
            if let Some(cluster) = sources.cluster.and_then(|field| record.given(field)) {
                self.clusters.insert(record.id.clone(), plain(cluster));
            }
            self.records.insert(record.id.clone(), sources.record(&record));
        }
        if sources.cluster.is_some() {
            self.clusters = merged_clusters(&self.clusters, self.records.values().filter_map(alike));
        }
        self.watched.clone_from(&sources.watched);
        Ok(())
    }

    /// The dataset's records, each with its output as far as a file holds it.
    pub(super) fn each(
        &self,
        suite: &Suite,
        config: &Config,
    ) -> Result<impl Iterator<Item = Result<Record>> + use<>> {
        let mut subject = self.prospect.plan.subject.clone();
        let skips = suite.file.on_fault == OnFault::Skip;
        Ok(suite.dataset(config)?.filter_map(move |record| match record {
            Ok(mut record) => {
                // A record without an output is an outcome of the run.
                let _ = subject.join(&mut record);
                Some(Ok(record))
            }
            Err(fault) if skips && !fault.fatal => None,
            Err(fault) => Some(Err(Error::new(ErrorKind::Dataset, fault.to_string())
                .help("mend it, or set `on_fault = \"skip\"` to leave such records out and count them"))),
        }))
    }

    /// The marks that a record's inputs have in a suite with checks and in one without.
    pub(super) fn input_marks(&self, suite: &Suite, record: &Record) -> [Option<String>; 2] {
        let Prospect { plan, panel, .. } = &self.prospect;
        let sources = Sources::new(suite, panel, plan, self.watch);
        [Checks::Some, Checks::None].map(|checks| sources.inputs(record, checks))
    }

    /// Whether a locked record's inputs held the output, and are as they were.
    pub(super) fn inputs_hold_output(&self, suite: &Suite, locked: &Locked, record: &Record) -> bool {
        let Prospect { plan, panel, .. } = &self.prospect;
        let sources = Sources::new(suite, panel, plan, self.watch);
        let Some(output) = &sources.checked else { return false };
        let inputs = &locked.marks.inputs;
        let shown = sources.inputs.values().any(|source| source == output);
        *inputs == sources.inputs(record, Checks::Some)
            || (shown && *inputs == sources.inputs(record, Checks::None))
    }

    /// An outcome as it is locked: with what its record was made from.
    pub(crate) fn locked(&self, outcome: &Outcome) -> Locked {
        let mut locked = Locked::of(outcome);
        if let Some(record) = self.records.get(&outcome.id) {
            locked.marks = record.marks.clone();
        }
        if let Some(output) = outcome.subject.as_ref().and_then(|subject| subject.output.as_ref()) {
            locked.marks.output = Some(fingerprint(output));
        }
        let tries = outcome.repeats.iter().map(|repeat| self.repeat(repeat, locked.marks.output.as_ref()));
        locked.tries = tries.collect();
        locked
    }

    /// What a repeat gave; `own` is the mark of the record's output.
    fn repeat(&self, repeat: &Repeat, own: Option<&String>) -> Try {
        let output = repeat.subject.as_ref().and_then(|subject| subject.output.as_ref()).map(fingerprint);
        Try { output: output.filter(|mark| Some(mark) != own), ..self.once(repeat.result.as_ref()) }
    }

    /// What one of the times gave that a record was taken.
    pub(super) fn once(&self, result: Result<&Score, &Unscored>) -> Try {
        let once = Try::scored(result);
        // The parts of a judge alone are its criteria.
        if self.prospect.panel.alone().is_some() { Try { judges: BTreeMap::new(), ..once } } else { once }
    }
}

/// What a record shares with those that are judged by the same texts, under its id.
fn alike(record: &Locked) -> Option<(&str, [Option<&String>; 2])> {
    let marks = [record.marks.inputs.as_ref(), record.marks.output.as_ref()];
    marks.iter().any(Option::is_some).then_some((record.id.as_str(), marks))
}

/// The part of the subject that says what produces the outputs; it is there only where something does.
pub(super) const PRODUCER: &str = "what makes the outputs";

fn fingerprints(suite: &Suite, prospect: &Prospect, watch: Watch) -> Result<Fingerprints> {
    let mut fingerprints = Fingerprints::default();
    let panel = &prospect.panel;
    fingerprints.ruler.insert("scale".into(), fingerprint(&json!(panel.scale())));
    let weights: Vec<Value> =
        panel.judges.iter().map(|member| json!([member.name, member.weight, member.required])).collect();
    if panel.alone().is_none() {
        fingerprints.ruler.insert(
            "checks and weights".into(),
            fingerprint(&json!([suite.checks(), weights, panel.pass_at])),
        );
    }
    let side = match watch {
        Watch::Subject => &mut fingerprints.ruler,
        Watch::Judge => &mut fingerprints.subject,
    };
    if !panel.judges.is_empty() {
        side.insert(
            Fingerprints::JUDGE_MODEL.into(),
            of_judges(panel, |judge| judge.model().name().to_owned()),
        );
        side.insert("judge prompt".into(), prompt(panel, &prospect.plan)?);
        side.insert("judge reading".into(), of_judges(panel, reading));
        let parameters = |judge: &Judge| parameters(&judge.options().parameters);
        side.insert("judge parameters".into(), of_judges(panel, parameters));
        if let Some(calibration) = panel.calibration() {
            side.insert("judge calibration".into(), calibration);
        }
    }
    if let Subject::Produced { producer, .. } = &prospect.plan.subject {
        let hash = producer.fingerprint().chars().take(12).collect();
        fingerprints.subject.insert(PRODUCER.into(), hash);
    }
    Ok(fingerprints)
}

/// All that the judges are told, besides the record, and how a trajectory is cut for them.
fn prompt(panel: &Panel, plan: &Plan) -> Result<String> {
    let judges: Result<Vec<String>> =
        panel.judges.iter().map(|member| member.judge.prompt_fingerprint()).collect();
    let judges = judges?;
    let cut = plan.place.trajectory.as_ref().map(|place| format!("{:?}", place.cut));
    Ok(fingerprint(&json!([judges, cut])))
}

/// What is said of every judge: once where it is the same of all, and else by judge.
fn of_judges(panel: &Panel, say: impl Fn(&Judge) -> String) -> String {
    let asked = panel.asked();
    let said: Vec<String> = asked.iter().map(|(_, judge)| say(judge)).collect();
    match said.split_first() {
        Some((first, others)) if others.iter().all(|other| other == first) => first.clone(),
        _ => {
            let each = asked.iter().zip(&said).map(|((name, _), said)| format!("{name}: {said}"));
            each.collect::<Vec<_>>().join("; ")
        }
    }
}

fn reading(judge: &Judge) -> String {
    let options = judge.options();
    match options.reading {
        Reading::Sampled => format!("sampled, {} draws", options.samples),
        reading => {
            let mut said = reading.name().to_owned();
            if options.orders != AnswerOrders::Own {
                said += &format!(", answers in orders {}", options.orders.name());
            }
            if options.answer_labels != AnswerLabels::Words {
                said += &format!(", {} for answers", options.answer_labels.name());
            }
            said
        }
    }
}

fn parameters(parameters: &Parameters) -> String {
    let mut words = Vec::new();
    let mut add =
        |name: &str, value: Option<String>| words.extend(value.map(|value| format!("{name} {value}")));
    add("temperature", parameters.temperature.map(|value| value.to_string()));
    add("top_p", parameters.top_p.map(|value| value.to_string()));
    add("seed", parameters.seed.map(|value| value.to_string()));
    add("max_tokens", Some(parameters.max_tokens.to_string()));
    words.join(", ")
}

/// Which of a record's fields is what.
struct Sources<'a> {
    /// What the judges are shown: their names for it, and the record's fields.
    inputs: BTreeMap<String, String>,
    /// What they are shown of every record.
    given: Map<String, Value>,
    /// The output's field, where checks look at it and it is not watched.
    checked: Option<String>,
    references: Vec<String>,
    /// The field of the watched output.
    watched: Option<String>,
    cluster: Option<&'a str>,
    plan: &'a Plan,
    panel: &'a Panel,
}

impl<'a> Sources<'a> {
    fn new(suite: &'a Suite, panel: &'a Panel, plan: &'a Plan, watch: Watch) -> Self {
        let produced = suite.file.outputs.is_some() || watch == Watch::Subject;
        let watched = plan.place.output.clone().filter(|_| produced);
        let (mut inputs, mut given) = (BTreeMap::new(), Map::new());
        for field in panel.judges.iter().flat_map(|member| &member.judge.spec().inputs) {
            if let Some(text) = plan.mapping.given.get(&field.name) {
                given.insert(field.name.clone(), Value::from(text.as_str()));
                continue;
            }
            let source = plan.mapping.fields.get(&field.name).unwrap_or(&field.name);
            inputs.insert(field.name.clone(), source.clone());
        }
        let checked = plan.place.output.clone().filter(|output| Some(output) != watched.as_ref());
        inputs.retain(|_, source| Some(&*source) != watched.as_ref());
        Self {
            inputs,
            given,
            checked,
            references: references(suite),
            watched,
            cluster: suite.file.golden.cluster.as_deref(),
            plan,
            panel,
        }
    }

    /// The mark of what the judges are shown, and of the output that checks look at where there are some.
    fn inputs(&self, record: &Record, checks: Checks) -> Option<String> {
        let mut inputs = self.inputs.clone();
        if let (Checks::Some, Some(output)) = (checks, &self.checked) {
            inputs.insert(format!("checked {output}"), output.clone());
        }
        let mut shown = taken(record, inputs.iter());
        shown.extend(self.given.clone());
        marked(shown)
    }

    fn record(&self, record: &Record) -> Locked {
        let checks = if self.panel.checks.is_empty() { Checks::None } else { Checks::Some };
        Locked {
            id: record.id.clone(),
            expected: self.expected(record),
            marks: Marks {
                inputs: self.inputs(record, checks),
                references: marked(taken(record, self.references.iter().map(|source| (source, source)))),
                output: self.watched.as_ref().and_then(|field| record.get(field)).map(fingerprint),
            },
            ..Locked::default()
        }
    }

    /// The label, in the judge's words.
    fn expected(&self, record: &Record) -> Option<String> {
        let field = self.plan.label.as_ref()?;
        // A label off the scale is a fault of the run.
        let read = read_label(record.get(field), field, &self.plan.label_values, &self.panel.scale()?);
        read.ok()?.map(|expected| expected.label)
    }
}

/// Whether a suite has checks.
#[derive(Clone, Copy)]
enum Checks {
    Some,
    None,
}

/// A record's fields, each under a name.
fn taken<'n>(record: &Record, fields: impl Iterator<Item = (&'n String, &'n String)>) -> Map<String, Value> {
    fields.filter_map(|(name, source)| Some((name.clone(), record.get(source)?.clone()))).collect()
}

/// The mark of some fields; none where there are none.
fn marked(fields: Map<String, Value>) -> Option<String> {
    (!fields.is_empty()).then(|| fingerprint(&Value::Object(fields)))
}

/// The fields that checks compare the output with: their keys end in `_field`.
fn references(suite: &Suite) -> Vec<String> {
    let mut fields = Vec::new();
    for (_, check) in suite.checks() {
        let Ok(Value::Object(keys)) = serde_json::to_value(check) else { continue };
        let named = keys.iter().filter(|(key, _)| key.ends_with("_field"));
        fields.extend(named.filter_map(|(_, field)| Some(field.as_str()?.to_owned())));
    }
    fields.sort();
    fields.dedup();
    fields
}

/// A value as it names a source.
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

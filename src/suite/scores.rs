//! From a `[scores.NAME]` of `evenhand.toml` to what reads judgments.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use regex::Regex;

use super::config::{Config, PeopleFile, RangeFile, ReadFile, ScoreFile};
use super::signatures;
use crate::answer::Contract;
use crate::data::{Dataset, Filter, Layout};
use crate::error::{Error, ErrorKind, Result};
use crate::imported::{
    Book, JudgeName, JudgmentFormat, LabelPlan, Pair, Pattern, Patterns, PeoplePlan, Reader, Stretch, Truths,
    VerdictSource,
};
use crate::signature::{Label, Scale, ScaleKind, Spec};
use crate::summary::{NEAR_TIES, TallyHead};

/// Judgments that are made already, and everything said about them.
pub(crate) struct Judgments {
    pub(crate) name: String,
    pub(crate) file: ScoreFile,
    pub(crate) replies: PathBuf,
    pub(crate) scale: Scale,
    spec: Option<Spec>,
}

impl Judgments {
    pub(crate) fn open(name: &str, replies: Option<&Path>, config: &Config) -> Result<Self> {
        let file = config.score(name)?.clone();
        let replies = match (replies, &file.replies) {
            (Some(path), _) => given(path)?,
            (None, Some(path)) => config.path(path),
            (None, None) => {
                let detail = format!("[scores.{name}] names no file of judgments");
                return Err(Error::new(ErrorKind::Usage, detail)
                    .help(format!("evenhand score FILE --suite {name}, or set `replies` in evenhand.toml")));
            }
        };
        let signature = file.read.as_ref().and_then(|read| read.signature.as_ref());
        let spec = signature.map(|signature| signatures::find(signature, config)).transpose()?;
        let scale = scale(name, &file, spec.as_ref())?;
        Ok(Self { name: name.to_owned(), file, replies, scale, spec })
    }

    /// The lines of the file, from the start.
    pub(crate) fn lines(&self) -> Result<Dataset> {
        Dataset::open_lines(&self.replies)
    }

    /// Where the labels are, read if they are in a dataset.
    pub(crate) fn truths(&self, config: &Config) -> Result<Truths> {
        let plan = self.label_plan();
        let Some(dataset) = &self.file.dataset else {
            return Ok(Truths::InReplies(plan));
        };
        Ok(Truths::Dataset(self.book(&config.path(dataset), self.file.dataset_id.as_deref(), &plan)?))
    }

    /// The labels of the file itself, where nobody judged.
    pub(crate) fn items(&self) -> Result<Book> {
        self.book(&self.replies, self.file.id.as_deref(), &self.label_plan())
    }

    fn book(&self, path: &Path, id: Option<&str>, plan: &LabelPlan) -> Result<Book> {
        let layout = Layout { id: id.unwrap_or("id").to_owned() };
        let name = path.display().to_string();
        let records = Dataset::open(path, layout)?;
        Book::read(records, &name, plan, (&self.file.by, self.group()), &self.scale).map_err(|fault| {
            let told = Error::new(ErrorKind::Dataset, fault.to_string());
            told.help(fault.help.unwrap_or_else(|| "mend it; filters leave lines of judgments out".into()))
        })
    }

    /// The field that names the group in which a record is ranked.
    fn group(&self) -> Option<&str> {
        self.file.ranking.as_ref().map(|table| table.group.as_str())
    }

    fn label_plan(&self) -> LabelPlan {
        LabelPlan {
            label: self.file.label.clone(),
            values: self.file.label_values.clone(),
            people: self.file.people.as_ref().map(people),
        }
    }

    /// How the lines are read; `None` where nobody judged.
    pub(crate) fn imported(&self, filters: &[String]) -> Result<Option<JudgmentFormat>> {
        let Some(read) = &self.file.read else {
            return Ok(None);
        };
        let file = &self.file;
        let filters: Result<Vec<Filter>> =
            file.filter.iter().chain(filters).map(|text| Filter::parse(text)).collect();
        let judge = match (&file.judge, file.judge_fields.is_empty()) {
            (_, false) => JudgeName::Fields(file.judge_fields.clone()),
            (Some(name), true) => JudgeName::Given(name.clone()),
            (None, true) => JudgeName::Given(stem(&self.replies)),
        };
        Ok(Some(JudgmentFormat {
            file: self.replies.display().to_string(),
            judge,
            id: file.id.clone().unwrap_or_else(|| "id".into()),
            repeat: file.repeat.clone(),
            by: file.by.clone(),
            group: self.group().map(str::to_owned),
            filters: filters?,
            reader: Reader {
                source: self.source(read)?,
                scale: self.scale.clone(),
                values: read.values.clone(),
                stretch: stretch(read),
                reasons: read.reasons.clone(),
                unscored: read.unscored.clone(),
            },
            pair: pair(file),
        }))
    }

    fn source(&self, read: &ReadFile) -> Result<VerdictSource> {
        if let (Some(field), Some(spec)) = (&read.text, &self.spec) {
            let contract = Contract::new(&spec.output_schema()).map_err(|fault| {
                let detail = format!("`{}`: the answer's schema is unusable: {fault}", spec.name);
                Error::new(ErrorKind::Signature, detail)
            })?;
            let contract = match &spec.scale {
                Some(scale) => contract.shortening_all_but(&scale.field),
                None => contract,
            };
            return Ok(VerdictSource::Json { field: field.clone(), contract: Arc::new(contract) });
        }
        if let Some(field) = &read.text {
            return Ok(VerdictSource::Text { field: field.clone(), patterns: patterns(read)? });
        }
        if let Some(field) = &read.distribution {
            return Ok(VerdictSource::Distribution { field: field.clone(), reduce: read.reduce });
        }
        match (&read.value, read.compare.as_slice(), read.difference.as_slice()) {
            (Some(field), _, _) => Ok(VerdictSource::Value { field: field.clone() }),
            (_, [first, second], _) => Ok(VerdictSource::Compare {
                fields: [first.clone(), second.clone()],
                equal: read.equal,
                unreadable: read.unreadable,
            }),
            (_, _, [of, minus]) => Ok(VerdictSource::Difference { fields: [of.clone(), minus.clone()] }),
            _ => {
                let detail = format!("[scores.{}.read] does not say where the verdict stands", self.name);
                Err(Error::new(ErrorKind::Config, detail))
            }
        }
    }

    /// Whose outcomes a judge's are.
    pub(crate) fn tally_head(&self, imported: Option<&JudgmentFormat>, judge: &str) -> TallyHead {
        TallyHead {
            suite: self.name.clone(),
            signature: imported.map_or_else(|| "labels by people".into(), |imported| self.words(imported)),
            model: judge.to_owned(),
            reading: match imported.map(|imported| &imported.reader.source) {
                Some(VerdictSource::Distribution { .. }) => crate::judge::Reading::Weighted,
                _ => crate::judge::Reading::Text,
            },
            scale: Some(pair(&self.file).map_or_else(|| self.scale.clone(), |pair| pair.combined_scale())),
            by: self.file.by.clone(),
            pair: self.file.pair.as_ref().map(|pair| (pair.first.clone(), pair.second.clone())),
            near_ties: self.file.near_ties.unwrap_or(NEAR_TIES),
        }
    }

    /// How verdicts are read, in words.
    fn words(&self, imported: &JudgmentFormat) -> String {
        use crate::imported::{Combine, Reduce, Take};
        let how = match &imported.reader.source {
            VerdictSource::Text { patterns, .. } => {
                let take = match patterns.take {
                    Take::Listed => "the first listed that matches",
                    Take::First => "the first match in the text",
                    Take::Last => "the last match in the text",
                };
                format!("read by patterns, {take}")
            }
            VerdictSource::Json { .. } => {
                format!("read as answers to {}", self.spec.as_ref().map_or("a signature", |spec| &spec.name))
            }
            VerdictSource::Value { .. } => "as given".into(),
            VerdictSource::Distribution { reduce: Reduce::Expected, .. } => {
                "expected value of the distribution".into()
            }
            VerdictSource::Distribution { reduce: Reduce::Likeliest, .. } => {
                "likeliest level of the distribution".into()
            }
            VerdictSource::Compare { .. } => "the higher of two scores".into(),
            VerdictSource::Difference { .. } => "the difference of two scores".into(),
        };
        match imported.pair.as_ref().filter(|pair| pair.orders.len() > 1).map(|pair| pair.combine) {
            Some(Combine::Agree) => format!("{how}; both orders must agree"),
            Some(Combine::Sum) => format!("{how}; both orders summed up"),
            None => how,
        }
    }
}

/// A file named on the command line.
fn given(path: &Path) -> Result<PathBuf> {
    if path.is_file() {
        return Ok(path.to_owned());
    }
    let detail = format!("there is no file {}", path.display());
    Err(Error::new(ErrorKind::Usage, detail)
        .help("name a file of judgments, from here: .jsonl, .ndjson, .csv or .tsv"))
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| "judge".into(), |stem| stem.to_string_lossy().into_owned())
}

fn scale(name: &str, file: &ScoreFile, spec: Option<&Spec>) -> Result<Scale> {
    if let Some(pair) = pair(file) {
        let field = spec.and_then(|spec| spec.scale.as_ref()).map(|scale| scale.field.clone());
        let scale = pair.scale();
        return Ok(Scale { field: field.unwrap_or(scale.field), kind: scale.kind });
    }
    if let Some(RangeFile { min, max }) = file.scale {
        let whole = min.fract() == 0.0 && max.fract() == 0.0;
        return Ok(Scale { field: "verdict".into(), kind: ScaleKind::Numeric { min, max, whole } });
    }
    if !file.labels.is_empty() {
        return Ok(Scale { field: "verdict".into(), kind: ScaleKind::Labels(labels(file)) });
    }
    spec.and_then(|spec| spec.scale.clone()).ok_or_else(|| {
        let detail = format!("[scores.{name}]: the signature has no verdict");
        Error::new(ErrorKind::Config, detail).help("name one with a [score]")
    })
}

/// The named verdicts and their worth: of two, the first listed is worth 1 and the other 0 by default.
fn labels(file: &ScoreFile) -> Vec<Label> {
    let two = file.labels.len() == 2 && file.worth.is_empty();
    let worth = |place: usize, name: &str| match (two, place) {
        (true, 0) => Some(1.0),
        (true, _) => Some(0.0),
        (false, _) => file.worth.get(name).copied(),
    };
    file.labels
        .iter()
        .enumerate()
        .map(|(place, name)| Label { name: name.clone(), value: worth(place, name) })
        .collect()
}

fn pair(file: &ScoreFile) -> Option<Pair> {
    let pair = file.pair.as_ref()?;
    Some(Pair {
        first: pair.first.clone(),
        second: pair.second.clone(),
        tie: pair.tie.clone(),
        orders: pair.orders.clone(),
        order_field: pair.order.clone(),
        swapped: pair.swapped,
        combine: pair.combine,
    })
}

fn people(file: &PeopleFile) -> PeoplePlan {
    let columns = file.names.is_empty() && file.fields.len() > 1;
    PeoplePlan {
        fields: file.fields.clone(),
        names: if columns { file.fields.clone() } else { file.names.clone() },
        rule: file.rule,
        tied: file.tied.clone(),
    }
}

fn patterns(read: &ReadFile) -> Result<Patterns> {
    let list: Result<Vec<Pattern>> = read
        .patterns
        .iter()
        .map(|pattern| {
            let regex = Regex::new(&pattern.regex).map_err(|source| {
                Error::new(ErrorKind::Config, "a pattern does not compile").caused_by(source)
            })?;
            Ok(Pattern { regex, label: pattern.label.clone() })
        })
        .collect();
    Ok(Patterns { list: list?, take: read.take, several: read.several })
}

fn stretch(read: &ReadFile) -> Stretch {
    match read.range {
        Some(RangeFile { min, max }) => Stretch::From { min, max },
        None if read.range_observed => Stretch::Observed,
        None => Stretch::Scale,
    }
}

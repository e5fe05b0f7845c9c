//! Finding `evenhand.toml`, and checking what only the whole can tell.

use std::env;
use std::path::{Path, PathBuf};

use super::file::ConfigFile;
use super::model::ModelFile;
use super::scores::ScoreFile;
use super::suite::{SuiteFile, members};
use super::{headers, route_faults, score_faults, suite_faults};
use crate::document::{Document, Places, closest, faulty};
use crate::error::{Diagnostic, Error, ErrorKind, Result};
use crate::model::{provider_of, providers};
use crate::suite::environment::Environment;

/// The configuration, and the folders it speaks of.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) file: ConfigFile,
    /// The folder of evenhand.toml: paths in it are relative to this.
    pub(crate) root: PathBuf,
    pub(crate) state_dir: PathBuf,
    pub(crate) models_dir: PathBuf,
    /// What becomes of an embedded model that is missing.
    pub(crate) missing: Missing,
    pub(crate) environment: Environment,
}

/// Where a project is, besides what its file says.
#[derive(Clone, Debug)]
pub(crate) struct Folders {
    /// The configuration's file; the nearest from here upwards otherwise.
    pub(crate) config: Option<PathBuf>,
    /// Where runs are kept; `.evenhand` beside the file otherwise.
    pub(crate) state_dir: Option<PathBuf>,
    /// Where embedded models are kept; `models` in the state folder otherwise.
    pub(crate) models_dir: Option<PathBuf>,
    /// What becomes of an embedded model that is missing.
    pub(crate) missing: Missing,
    pub(crate) environment: Environment,
}

/// What becomes of an embedded model that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// The user is asked whether it is fetched.
    Ask,
    /// It is fetched: `--fetch`.
    Fetch,
    /// It is not fetched: `--offline`.
    Refuse,
}

/// The name of the configuration's file.
const NAME: &str = "evenhand.toml";

/// Reads the configuration.
pub(crate) fn load(folders: &Folders) -> Result<Config> {
    let path = match &folders.config {
        Some(path) => path.clone(),
        None => find().ok_or_else(|| {
            Error::new(ErrorKind::Config, "there is no evenhand.toml here or in any folder above")
                .help("`evenhand init` starts a project in this folder")
        })?,
    };
    read(&path, folders)
}

/// Reads the configuration, or goes without where there is none.
pub(crate) fn load_or_default(folders: &Folders) -> Result<Config> {
    match folders.config.clone().or_else(find) {
        Some(path) => read(&path, folders),
        None => Ok(config(ConfigFile::default(), PathBuf::new(), folders)),
    }
}

/// A configuration that a program gives as a text; `name` stands for its file in messages.
pub(crate) fn parse(text: &str, name: &str, folders: &Folders) -> Result<Config> {
    let document = Document::<ConfigFile>::parse(text, name, ErrorKind::Config)?;
    checked(document, name, PathBuf::new(), folders)
}

fn find() -> Option<PathBuf> {
    let here = env::current_dir().ok()?;
    let found = here.ancestors().map(|folder| folder.join(NAME)).find(|path| path.exists())?;
    // From the folder itself messages name the plain file.
    Some(if found.parent() == Some(&here) { PathBuf::from(NAME) } else { found })
}

fn read(path: &Path, folders: &Folders) -> Result<Config> {
    let document = Document::<ConfigFile>::open(path, ErrorKind::Config)?;
    let root = path.parent().unwrap_or(Path::new("")).to_owned();
    checked(document, &path.display().to_string(), root, folders)
}

fn checked(document: Document<ConfigFile>, name: &str, root: PathBuf, folders: &Folders) -> Result<Config> {
    let faults = faults(&document.content, &document.places);
    if faults.is_empty() {
        Ok(config(document.content, root, folders))
    } else {
        Err(faulty(name, ErrorKind::Config, faults))
    }
}

fn config(file: ConfigFile, root: PathBuf, folders: &Folders) -> Config {
    let state_dir = folders.state_dir.clone().unwrap_or_else(|| root.join(".evenhand"));
    let models_dir = folders.models_dir.clone().unwrap_or_else(|| state_dir.join("models"));
    let Folders { missing, environment, .. } = folders;
    Config { file, root, state_dir, models_dir, missing: *missing, environment: environment.clone() }
}

/// Where embedded models are kept when neither the command line nor the environment says so.
pub(crate) fn usual_models_dir() -> PathBuf {
    let root = find().and_then(|path| path.parent().map(Path::to_owned)).unwrap_or_default();
    root.join(".evenhand").join("models")
}

fn faults(file: &ConfigFile, places: &Places) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    for (role, model) in &file.models {
        faults.extend(provider_fault(&model.model, &format!("/models/{role}/model"), places));
        faults.extend(form_fault(model, &format!("/models/{role}/structured"), places));
        faults.extend(decision_fault(model, &format!("/models/{role}"), places));
        faults.extend(headers::faults(&model.headers, &format!("/models/{role}/headers"), places));
    }
    faults.extend(judge_fault(file.default_model.as_deref(), "/default_model", file, places));
    for (name, route) in &file.routes {
        for (index, rule) in route.rules.iter().enumerate() {
            for (place, model) in rule.to.iter().enumerate() {
                let pointer = format!("/routes/{name}/rules/{index}/to/{place}");
                faults.extend(role_fault(Some(model), &pointer, file, places));
            }
        }
    }
    faults.extend(route_faults::faults(file, places));
    for (name, suite) in &file.suites {
        faults.extend(judge_fault(suite.model.as_deref(), &format!("/suites/{name}/model"), file, places));
        for (judge, table) in &suite.judges {
            let pointer = format!("/suites/{name}/judges/{judge}/model");
            faults.extend(judge_fault(table.model.as_deref(), &pointer, file, places));
        }
        for (pointer, member) in members(name, suite) {
            faults.extend(role_fault(member.model.as_deref(), &format!("{pointer}/model"), file, places));
        }
        faults.extend(suite_faults::faults(name, suite, places));
        if let Some(outputs) = &suite.outputs {
            let pointer = format!("/suites/{name}/outputs");
            faults.extend(outputs.faults(&pointer, places));
            let pointer = format!("{pointer}/model");
            faults.extend(role_fault(outputs.model.as_deref(), &pointer, file, places));
            faults.extend(writing_fault(outputs.model.as_deref(), &pointer, file, places));
        }
    }
    for (name, score) in &file.scores {
        faults.extend(score_faults::faults(name, score, places));
    }
    faults.sort_by_key(|fault| (fault.line, fault.column));
    faults
}

fn provider_fault(model: &str, pointer: &str, places: &Places) -> Option<Diagnostic> {
    if provider_of(model).is_some() {
        return None;
    }
    let mut fault = places.at_value(pointer, format!("\"{model}\" is not PROVIDER/NAME"));
    let names = providers().map(|facts| facts.name);
    let near = model.split_once('/').and_then(|(provider, _)| closest(provider, names.clone()));
    fault.help = Some(match near {
        Some(near) => format!("did you mean \"{near}/...\"?"),
        None => format!("providers: {}", names.collect::<Vec<_>>().join(", ")),
    });
    Some(fault)
}

/// Not every provider has every form.
fn form_fault(model: &ModelFile, pointer: &str, places: &Places) -> Option<Diagnostic> {
    let (provider, _) = provider_of(&model.model)?;
    let (problem, help) = provider.refusal(model.structured?)?;
    let mut fault = places.at_value(pointer, problem);
    fault.help = Some(help);
    Some(fault)
}

/// A decision model writes no outputs.
fn writing_fault(
    model: Option<&str>,
    pointer: &str,
    file: &ConfigFile,
    places: &Places,
) -> Option<Diagnostic> {
    let model = file.models.get(model?).map_or(model?, |role| &role.model);
    provider_of(model)?.0.decision_limits()?;
    let mut fault = places.at_value(pointer, format!("{model} gives probabilities and writes no outputs"));
    fault.help = Some("name a model that writes text".to_owned());
    Some(fault)
}

/// Only decision models have a wire form, a path and limits to choose.
fn decision_fault(model: &ModelFile, pointer: &str, places: &Places) -> Option<Diagnostic> {
    let (provider, _) = provider_of(&model.model)?;
    let is_one = provider.decision_limits().is_some();
    if is_one || provider.is_recording() {
        let path = model.path.as_ref().filter(|path| !path.starts_with('/'))?;
        let problem = format!("\"{path}\" does not begin with `/`");
        return Some(places.at_value(&format!("{pointer}/path"), problem));
    }
    let own =
        [("form", model.form.is_some()), ("path", model.path.is_some()), ("limits", model.limits.is_some())];
    let (key, _) = own.into_iter().find(|(_, is_set)| *is_set)?;
    let problem = format!("{}/ has no `{key}`", provider.name);
    let mut fault = places.at_value(&format!("{pointer}/{key}"), problem);
    fault.help = Some("it is a key of decisions/ and systemone/".to_owned());
    Some(fault)
}

/// What a judge names as its model is a role, PROVIDER/NAME, or a route.
fn judge_fault(model: Option<&str>, pointer: &str, file: &ConfigFile, places: &Places) -> Option<Diagnostic> {
    let model = model.filter(|model| !file.routes.contains_key(*model))?;
    if model.contains('/') || file.models.contains_key(model) {
        return role_fault(Some(model), pointer, file, places);
    }
    let mut fault = places.at_value(pointer, format!("there is no model or route `{model}`"));
    let known = file.models.keys().chain(file.routes.keys()).map(String::as_str);
    fault.help = closest(model, known).map(|near| format!("did you mean `{near}`?"));
    Some(fault)
}

/// A model that is no judge's is a role, or PROVIDER/NAME.
fn role_fault(model: Option<&str>, pointer: &str, file: &ConfigFile, places: &Places) -> Option<Diagnostic> {
    let model = model?;
    if file.models.contains_key(model) {
        return None;
    }
    if model.contains('/') {
        return provider_fault(model, pointer, places);
    }
    if file.routes.contains_key(model) {
        let mut fault = places.at_value(pointer, format!("`{model}` is a route, and a model is needed here"));
        fault.help = Some(
            "name a role of [models], or PROVIDER/NAME; a route is the `model` of a suite or a judge, or the `default_model`".into(),
        );
        return Some(fault);
    }
    let mut fault = places.at_value(pointer, format!("there is no model `{model}` in [models]"));
    fault.help =
        closest(model, file.models.keys().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
    Some(fault)
}

impl Config {
    /// A suite by its name.
    pub(crate) fn suite(&self, name: &str) -> Result<&SuiteFile> {
        self.file.suites.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.file.suites.keys().map(String::as_str).collect();
            let help = match closest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("suites: {}", known.join(", ")),
            };
            Error::new(ErrorKind::Usage, format!("there is no suite `{name}`")).help(help)
        })
    }

    /// The judgments of this name, that are made already.
    pub(crate) fn score(&self, name: &str) -> Result<&ScoreFile> {
        self.file.scores.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.file.scores.keys().map(String::as_str).collect();
            let help = match closest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => "add a [scores.NAME]; docs/guides/scoring.md shows how".into(),
                None => format!("there are: {}", known.join(", ")),
            };
            Error::new(ErrorKind::Usage, format!("there is no [scores.{name}] in evenhand.toml")).help(help)
        })
    }

    /// A path of evenhand.toml, from where the command runs.
    pub(crate) fn path(&self, path: &Path) -> PathBuf {
        self.root.join(path)
    }
}

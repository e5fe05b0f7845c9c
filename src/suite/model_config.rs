//! From a name to a model: a role of `evenhand.toml`, or PROVIDER/NAME.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::config::{Config, HeaderFile, ModelFile};
use super::environment::{Environment, FromVariable, Origin, in_environment};
use crate::document::closest;
use crate::error::{Error, ErrorKind, Result};
use crate::judge::Reading;
use crate::model::catalogue::CatalogueEntry;
use crate::model::{
    Connection, DecisionLimits, DecisionSettings, Delivery, EMBEDDED, Parameters, Price, Provider,
    ProviderFacts, Recording, Request, Secret, ServerFacts, ServerSettings, Timeouts, catalogue,
    decision_body, opener, provider_of, providers, recorded_limits,
};

/// A model that was named, before it is there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ModelConfig {
    pub(crate) provider: &'static ProviderFacts,
    pub(crate) name: String,
    pub(crate) file: ModelFile,
    /// The recording that answers in its place, with its parameters.
    answers: Option<PathBuf>,
    environment: Environment,
}

/// A model that is there.
#[derive(Clone)]
pub(crate) struct OpenedModel {
    pub(crate) provider: Provider,
    /// How its verdicts are read where nobody says.
    pub(crate) reading: Reading,
}

impl ModelConfig {
    /// The model that `name` means; without a name, the project's default.
    pub(crate) fn new(name: Option<&str>, config: &Config) -> Result<Self> {
        let name = name.or(config.file.default_model.as_deref()).ok_or_else(none_named)?;
        let file = match config.file.models.get(name) {
            Some(file) => file.clone(),
            None if name.contains('/') => plain(name),
            None => return Err(unknown_role(name, config)),
        };
        let (provider, name) = provider_of(&file.model)
            .filter(|(_, name)| !name.is_empty())
            .ok_or_else(|| unknown_provider(&file.model))?;
        let name = name.to_owned();
        Ok(Self { provider, name, file, answers: None, environment: config.environment.clone() })
    }

    /// The same model, answered for by a recording where one is named.
    pub(crate) fn answered_from(self, recording: Option<PathBuf>) -> Self {
        Self { answers: recording, ..self }
    }

    /// Whether replies come from a recording alone.
    pub(crate) fn is_replayed(&self) -> bool {
        self.provider.is_recording() || self.answers.is_some()
    }

    /// Its name in the catalogue of embedded models, if that is where it comes from.
    pub(crate) fn in_catalogue(&self) -> Option<&str> {
        let is_file = self.name.to_lowercase().ends_with(".gguf");
        (self.provider.is_embedded() && self.answers.is_none() && !is_file).then_some(&self.name)
    }

    /// How verdicts are read where nobody says, without the model being there.
    pub(crate) fn usual_reading(&self, config: &Config) -> Result<Reading> {
        if self.provider.is_recording() {
            Ok(self.replay(config)?.reading)
        } else {
            Ok(self.default_reading())
        }
    }

    /// The same, without a recording being opened either.
    pub(crate) fn default_reading(&self) -> Reading {
        if self.provider.is_weighted { Reading::Weighted } else { Reading::Text }
    }

    fn replay(&self, config: &Config) -> Result<OpenedModel> {
        self.replayed(&config.path(Path::new(&self.name)), &self.name, None)
    }

    /// A recording as a model; `name` is its file as messages name it. In the place of one model, of a recording of
    /// several only its replies count.
    fn replayed(&self, path: &Path, name: &str, stands_for: Option<String>) -> Result<OpenedModel> {
        let recording = Recording::open(path)?;
        let is_weighed = recording.is_weighed(stands_for.as_deref());
        let reading = if is_weighed { Reading::Weighted } else { Reading::Text };
        let usual = match &stands_for {
            Some(_) => self.provider.decision_limits(),
            None => recorded_limits(&recording),
        };
        let limits = usual.map(|usual| self.limited(usual));
        let provider = Provider::replay(name, Arc::new(recording), stands_for, limits);
        Ok(OpenedModel { provider, reading })
    }

    /// How much it takes, if it is a decision model, without a recording being opened.
    pub(crate) fn decision_limits(&self) -> Option<DecisionLimits> {
        Some(self.limited(self.provider.decision_limits()?))
    }

    fn limited(&self, usual: DecisionLimits) -> DecisionLimits {
        let Some(own) = self.file.limits else { return usual };
        DecisionLimits {
            questions: own.questions.unwrap_or(usual.questions),
            choices: own.choices.unwrap_or(usual.choices),
            levels: own.levels.unwrap_or(usual.levels),
        }
    }

    /// The same; of a recording, as the model takes that replied.
    pub(crate) fn usual_limits(&self, config: &Config) -> Result<Option<DecisionLimits>> {
        if self.provider.is_recording() {
            Ok(self.replay(config)?.provider.decision_limits())
        } else {
            Ok(self.decision_limits())
        }
    }

    /// The body that a decision model would be sent.
    pub(crate) fn decision_body(&self, request: &Request) -> Option<Value> {
        let usual = self.provider.server()?.decision?.form;
        let form = self.file.form.unwrap_or(usual);
        request.decision.as_ref()?;
        Some(decision_body(form, &self.name, request, &self.file.extra))
    }

    /// `PROVIDER/NAME`, whoever answers in its place.
    pub(crate) fn full_name(&self) -> String {
        self.provider.full_name(&self.name)
    }

    /// How it decodes. Draws are taken at temperature 1 where nobody says.
    pub(crate) fn parameters(&self, reading: Reading) -> Parameters {
        let default = Parameters::default();
        let temperature = if reading == Reading::Sampled { Some(1.0) } else { default.temperature };
        Parameters {
            temperature: self.file.temperature.or(temperature),
            top_p: self.file.top_p,
            seed: self.file.seed,
            max_tokens: self.file.max_tokens.unwrap_or(default.max_tokens),
        }
    }

    pub(crate) fn price(&self) -> Option<Price> {
        self.file.price.map(|price| Price {
            input_per_million: price.input_per_million,
            output_per_million: price.output_per_million,
            batch: price.batch,
        })
    }

    /// The price that budgets reckon with: what runs on this machine costs
    /// nothing unless it has a price.
    pub(crate) fn budget_price(&self) -> Option<Price> {
        self.price().or_else(|| self.is_here().then(Price::default))
    }

    /// Whether it runs on this machine.
    pub(crate) fn is_here(&self) -> bool {
        match self.provider.server() {
            Some(server) => {
                server.loads_models && self.connection(server).is_ok_and(|server| server.is_on_this_machine())
            }
            None => true,
        }
    }

    /// The most calls at the same time: where the model sets no limit of its own, as many as records.
    pub(crate) fn calls_at_once(&self, records: Option<usize>) -> usize {
        let in_flight =
            || self.file.parallel.and_then(|parallel| usize::try_from(parallel).ok()).unwrap_or(1);
        let default = if self.provider.is_embedded() { in_flight() } else { records.unwrap_or(8) };
        self.file.concurrency.unwrap_or(default)
    }

    /// Makes the model ready: connects to nothing yet, but loads an embedded one, and fetches it first where
    /// it is missing and that is permitted.
    pub(crate) async fn open(&self, config: &Config) -> Result<OpenedModel> {
        if let Some(recording) = &self.answers {
            let name = recording.display().to_string();
            return self.replayed(recording, &name, Some(self.full_name()));
        }
        if self.provider.is_recording() {
            return self.replay(config);
        }
        let reading = self.default_reading();
        let provider = match (self.provider.server(), opener(self.provider)) {
            (Some(server), Some(open)) => open(self.settings(server)?)?,
            _ => self.local(config).await?,
        };
        Ok(OpenedModel { provider, reading })
    }

    fn settings(&self, server: &ServerFacts) -> Result<ServerSettings> {
        Ok(ServerSettings {
            model: self.name.clone(),
            connection: self.connection(server)?,
            form: self.file.structured.unwrap_or_default(),
            context_tokens: self.file.context_tokens,
            keep_alive: self.file.keep_alive.clone(),
            think: self.file.think,
            decision: DecisionSettings {
                form: self.file.form,
                path: self.file.path.clone(),
                limits: self.decision_limits(),
            },
        })
    }

    /// What `evenhand.toml` and the environment say about the server. With a `base_url` no key is
    /// sent but one that is named with it: a service's key goes to that service. An address in the
    /// provider's own variable gets the key in the provider's own variable, since the user set both.
    fn connection(&self, server: &ServerFacts) -> Result<Connection> {
        let mut connection = Connection::usual(server);
        if self.file.base_url.is_some() || self.file.api_key_env.is_some() {
            connection.api_key_env.clone_from(&self.file.api_key_env);
        }
        if let Some(url) = &self.file.base_url {
            connection.base_url.clone_from(url);
        } else if let Some(found) = in_environment(server, &self.environment)? {
            connection.base_url = found.url;
        }
        connection.api_key = connection.api_key_env.as_deref().and_then(|name| self.key(name));
        connection.headers = self.headers()?;
        connection.timeouts = self.timeouts();
        connection.delivery = self.delivery();
        connection.extra.clone_from(&self.file.extra);
        Ok(connection)
    }

    /// Who says where the server is.
    pub(crate) fn origin(&self) -> Result<Origin> {
        if self.file.base_url.is_some() {
            return Ok(Origin::Config);
        }
        let server = self.provider.server();
        let found = server.map(|server| in_environment(server, &self.environment)).transpose()?.flatten();
        Ok(found.map_or(Origin::Provider, |FromVariable { variable, .. }| Origin::Variable(variable)))
    }

    fn headers(&self) -> Result<Vec<(String, Secret)>> {
        let header = |(name, value): (&String, &HeaderFile)| {
            let value = match value {
                HeaderFile::Value(value) => Secret::new(value.as_str()),
                HeaderFile::Variable(variable) => {
                    self.key(&variable.env).ok_or_else(|| self.unset(name, &variable.env))?
                }
            };
            Ok((name.clone(), value))
        };
        self.file.headers.iter().map(header).collect()
    }

    fn key(&self, variable: &str) -> Option<Secret> {
        self.environment.text(variable).map(Secret::new)
    }

    fn unset(&self, header: &str, variable: &str) -> Error {
        let model = &self.file.model;
        Error::new(
            ErrorKind::Config,
            format!(
                "the header `{header}` of {model} needs the environment variable {variable}, which is not set"
            ),
        )
        .help(format!("set {variable}, or take the header out of evenhand.toml"))
    }

    fn timeouts(&self) -> Timeouts {
        let default = Timeouts::default();
        match self.file.timeout_s.map(Duration::from_secs) {
            Some(total) => Timeouts { total, idle: default.idle.min(total), ..default },
            None => default,
        }
    }

    fn delivery(&self) -> Delivery {
        if self.file.stream { Delivery::Stream } else { Delivery::Whole }
    }

    #[cfg(not(feature = "local"))]
    #[expect(clippy::unused_async, reason = "with the feature it fetches and loads")]
    async fn local(&self, _config: &Config) -> Result<Provider> {
        let model = self.full_name();
        let detail = format!("{model} needs the embedded engine, which this evenhand was built without");
        Err(Error::new(ErrorKind::Model, detail).help(how_to_get_a_model()))
    }

    #[cfg(feature = "local")]
    async fn local(&self, config: &Config) -> Result<Provider> {
        super::embedded::load(&self.name, &self.file, config).await
    }
}

/// A model without settings of its own.
fn plain(model: &str) -> ModelFile {
    ModelFile { model: model.to_owned(), ..ModelFile::default() }
}

/// Three lines for someone without a model: what this build can do.
fn how_to_get_a_model() -> String {
    let no_server = if cfg!(feature = "local") {
        let size = catalogue::find(EMBEDDED_DEFAULT).map_or(0, CatalogueEntry::megabytes);
        format!("--model {} (fetched once, {size} MB)", EMBEDDED.full_name(EMBEDDED_DEFAULT))
    } else {
        "build with `cargo build --release --features local` (needs CMake and a C++ compiler; `make demo` installs them)".to_owned()
    };
    let servers = || {
        let all = providers().filter_map(|facts| Some((facts, facts.server()?)));
        all.filter(|(_, server)| server.decision.is_none())
    };
    let loading = servers().filter(|(_, server)| server.loads_models);
    let loading: Vec<_> = loading.map(|(facts, _)| facts.full_name("NAME")).collect();
    let with_key = servers().filter_map(|(facts, server)| {
        Some(format!("{}, with {}", facts.full_name(server.example), server.key_variable?))
    });
    let mut keys: Vec<_> = with_key.collect();
    if let Some(first) = keys.first_mut() {
        first.push_str(" set");
    }
    let (loading, keys) = (loading.join(" or "), keys.join(", or "));
    format!(
        "no server: {no_server}\n\
        a server:  --model {loading}, or a [models.NAME] with base_url in evenhand.toml for one that speaks OpenAI's chat completions\n\
        a key:     --model {keys}"
    )
}

/// The embedded model of a new project.
pub(crate) const EMBEDDED_DEFAULT: &str = "qwen2.5-coder-1.5b";

fn none_named() -> Error {
    Error::new(ErrorKind::Model, "no model is named to judge with").help(how_to_get_a_model())
}

fn unknown_role(name: &str, config: &Config) -> Error {
    let roles = config.file.models.keys().map(String::as_str);
    if config.file.routes.contains_key(name) {
        let detail = format!("`{name}` is a route, and one model is needed here");
        return Error::new(ErrorKind::Model, detail).help("name a role of [models], or PROVIDER/NAME");
    }
    let routes = config.file.routes.keys().map(String::as_str);
    let help = match closest(name, roles.clone().chain(routes.clone())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "models in evenhand.toml: {}; or write PROVIDER/NAME, such as ollama/qwen2.5:7b",
            if config.file.models.is_empty() {
                "none".to_owned()
            } else {
                roles.chain(routes).collect::<Vec<_>>().join(", ")
            }
        ),
    };
    Error::new(ErrorKind::Model, format!("there is no model or route `{name}`")).help(help)
}

fn unknown_provider(model: &str) -> Error {
    let provider = model.split_once('/').map_or(model, |(provider, _)| provider);
    let names = providers().map(|facts| facts.name);
    let help = match closest(provider, names.clone()) {
        Some(near) => format!("did you mean `{near}/...`?"),
        None => format!("providers: {}", names.collect::<Vec<_>>().join(", ")),
    };
    Error::new(ErrorKind::Model, format!("`{model}` is not PROVIDER/NAME")).help(help)
}
/// The one model that all judges of a suite ask, for a batch: a request's key says nothing of who is asked.
///
/// # Errors
/// They ask several.
pub(crate) fn one_model<'m>(
    suite: &str,
    models: impl IntoIterator<Item = &'m ModelConfig>,
) -> Result<&'m ModelConfig> {
    let mut models = models.into_iter();
    let first = models.next();
    first.filter(|first| models.all(|model| model == *first)).ok_or_else(|| {
        let detail = format!("suite {suite} does not ask one model, and a batch is of one");
        Error::new(ErrorKind::Config, detail).help("name one for all: --model PROVIDER/NAME")
    })
}

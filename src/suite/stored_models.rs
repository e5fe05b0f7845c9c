//! Models on disk: embedded ones in the folder of models, and those of a server. They are fetched and removed by one
//! name, whosever they are.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::config::{Config, Missing};
use super::missing::find;
use super::model_config::ModelConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::model::catalogue::{self, CatalogueEntry};

pub(crate) use crate::model::served::{PullListener, PullProgress};

/// How long a server may take to fetch a model, in seconds.
const DAY: u64 = 86_400;

/// A model that is kept on a disk.
pub(crate) enum Stored {
    /// One of the catalogue, in the folder of models.
    Embedded(&'static CatalogueEntry),
    /// One on a server's disk.
    Served(Box<ModelConfig>),
}

impl Stored {
    /// By the name in the catalogue, by a role, or PROVIDER/NAME.
    pub(crate) fn named(name: &str, config: &Config) -> Result<Self> {
        if let Some(entry) = catalogue::find(name) {
            return Ok(Self::Embedded(entry));
        }
        if !name.contains('/') && !config.file.models.contains_key(name) {
            return find(name).map(Self::Embedded);
        }
        let mut model_config = ModelConfig::new(Some(name), config)?;
        if let Some(name) = model_config.in_catalogue() {
            return find(name).map(Self::Embedded);
        }
        if model_config.provider.server().is_some_and(|server| server.loads_models) {
            model_config.file.timeout_s = Some(DAY);
            return Ok(Self::Served(Box::new(model_config)));
        }
        let detail = format!("{} is on no disk that evenhand looks after", model_config.full_name());
        Err(Error::new(ErrorKind::Usage, detail)
            .help("name an embedded model (`evenhand models list` has them) or one of ollama/"))
    }

    /// What messages call it.
    pub(crate) fn full_name(&self) -> String {
        match self {
            Self::Embedded(entry) => entry.full_name(),
            Self::Served(model_config) => model_config.full_name(),
        }
    }

    /// Its size on disk in bytes; `None` where it is not there.
    pub(crate) async fn bytes(&self, config: &Config) -> Result<Option<u64>> {
        match self {
            Self::Embedded(entry) => {
                let sizes =
                    files(entry, &config.models_dir).into_iter().filter_map(|path| fs::metadata(path).ok());
                let sizes: Vec<u64> = sizes.map(|metadata| metadata.len()).collect();
                Ok((!sizes.is_empty()).then(|| sizes.iter().sum()))
            }
            Self::Served(model_config) => {
                let on_disk = model_config.open(config).await?.provider.on_disk().await;
                Ok(on_disk.map(|model| model.bytes.unwrap_or(0)))
            }
        }
    }

    /// Removes it from its disk.
    pub(crate) async fn remove(&self, config: &Config) -> Result<()> {
        match self {
            Self::Embedded(entry) => {
                for path in files(entry, &config.models_dir) {
                    remove_file(&path)?;
                }
                Ok(())
            }
            Self::Served(model_config) => {
                let provider = model_config.open(config).await?.provider;
                provider.delete().await.map(|_| ()).map_err(|failure| {
                    let detail = format!("{} cannot be removed: {failure}", model_config.full_name());
                    Error::new(ErrorKind::Model, detail)
                })
            }
        }
    }
}

/// Has a server fetch a model.
pub(crate) async fn pull(
    model_config: &ModelConfig,
    config: &Config,
    told: &mut PullListener<'_>,
) -> Result<()> {
    let name = model_config.full_name();
    if config.missing == Missing::Refuse {
        let detail = format!("{name} is not fetched: --offline");
        return Err(Error::new(ErrorKind::Usage, detail).help("leave out --offline"));
    }
    let provider = model_config.open(config).await?.provider;
    provider.pull(told).await.map(|_| ()).map_err(|failure| {
        Error::new(ErrorKind::Model, format!("{name} could not be fetched: {failure}"))
            .help("`ollama list` on the server shows what it has; the name is that of Ollama's library, with its tag")
    })
}

/// The files of an embedded model that are there: the model, what a broken-off fetch left, and its lock.
fn files(entry: &CatalogueEntry, folder: &Path) -> Vec<PathBuf> {
    let names = ["", ".part", ".lock"].map(|end| folder.join(format!("{}{end}", entry.file_name)));
    let has_model = names.iter().take(2).any(|path| path.exists());
    names.into_iter().filter(|path| has_model && path.exists()).collect()
}

fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::new(ErrorKind::Io, format!("cannot remove {}: {source}", path.display())))
        }
        _ => Ok(()),
    }
}

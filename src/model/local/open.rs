//! From a path to a loaded model.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

use llama_cpp_2::gguf::GgufContext;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;

use super::fault::EngineFault;

/// llama.cpp, initialized once in this process and with its own logging silenced.
///
/// # Errors
/// [`EngineFault::Load`] when another part of the program holds llama.cpp.
pub(super) fn backend() -> Result<&'static LlamaBackend, EngineFault> {
    static BACKEND: OnceLock<Result<LlamaBackend, String>> = OnceLock::new();
    BACKEND
        .get_or_init(|| {
            let mut backend = LlamaBackend::init().map_err(|error| error.to_string())?;
            backend.void_logs();
            Ok(backend)
        })
        .as_ref()
        .map_err(|error| EngineFault::Load { detail: format!("llama.cpp did not start: {error}") })
}

/// Loads the model file; its weights stay on disk and are mapped into memory.
///
/// # Errors
/// [`EngineFault::NotFound`], [`EngineFault::NotAModel`] or [`EngineFault::Load`].
pub(super) fn model(backend: &LlamaBackend, path: &Path) -> Result<LlamaModel, EngineFault> {
    check_magic(path)?;
    LlamaModel::load_from_file(backend, path, &LlamaModelParams::default()).map_err(|_| diagnose(path))
}

fn check_magic(path: &Path) -> Result<(), EngineFault> {
    let not_a_model = |detail: String| EngineFault::NotAModel { path: path.to_owned(), detail };
    let is_file = path.metadata().map(|metadata| metadata.is_file());
    match is_file {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(EngineFault::NotFound { path: path.to_owned() });
        }
        Err(error) => return Err(not_a_model(error.to_string())),
        Ok(false) => return Err(not_a_model("it is not a file".into())),
        Ok(true) => {}
    }
    let mut magic = [0_u8; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut magic)).map_err(|error| {
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => not_a_model("the file has no header".into()),
            _ => not_a_model(error.to_string()),
        }
    })?;
    if &magic == b"GGUF" {
        return Ok(());
    }
    Err(not_a_model("it does not begin with \"GGUF\"".into()))
}

/// Why llama.cpp refused the file; it says so only in its log, which is silenced.
fn diagnose(path: &Path) -> EngineFault {
    let Some(header) = GgufContext::from_file(path) else {
        return EngineFault::NotAModel {
            path: path.to_owned(),
            detail: "its header cannot be read; the file may be cut off, download it again".into(),
        };
    };
    let index = header.find_key("general.architecture");
    let architecture = (index >= 0).then(|| header.val_str(index)).flatten();
    EngineFault::Load {
        detail: format!(
            "llama.cpp refused {}: it is cut off (download it again), its architecture ({}) is not supported, or memory is short",
            path.display(),
            architecture.unwrap_or("none given"),
        ),
    }
}

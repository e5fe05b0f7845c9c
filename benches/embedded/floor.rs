//! llama.cpp's plain loop: what the engine is measured against.

use std::num::NonZeroU32;
use std::path::Path;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::token::LlamaToken;

use crate::Result;
use crate::machine::{Cost, Start};

const PROMPT: i32 = 512;

/// Evaluates a prompt in batches of so many rows.
pub(crate) fn prefill(path: &Path, rows: u32) -> Result<Cost> {
    with_context(path, rows, |context, batch| {
        read(context, batch, PROMPT, rows)?; // the weights come into memory
        context.clear_kv_cache();
        let start = Start::now();
        read(context, batch, PROMPT, rows)?;
        Ok(start.cost(f64::from(PROMPT)))
    })
}

/// Writes so many tokens after a short prompt, the likeliest each time.
pub(crate) fn decode(path: &Path, tokens: u32) -> Result<Cost> {
    with_context(path, 64, |context, batch| {
        const BEFORE: i32 = 64;
        read(context, batch, BEFORE, 64)?;
        let start = Start::now();
        for position in (BEFORE..).take(usize::try_from(tokens)?) {
            let token = likeliest(context.get_logits_ith(-1));
            batch.clear();
            batch.add(token, position, &[0], true)?;
            context.decode(batch)?;
        }
        Ok(start.cost(f64::from(tokens)))
    })
}

fn with_context(
    path: &Path,
    rows: u32,
    work: impl FnOnce(&mut LlamaContext<'_>, &mut LlamaBatch<'_>) -> Result<Cost>,
) -> Result<Cost> {
    let mut backend = LlamaBackend::init()?;
    backend.void_logs();
    let model = LlamaModel::load_from_file(&backend, path, &LlamaModelParams::default())?;
    let parameters = LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(2048))
        .with_n_batch(rows)
        .with_n_ubatch(rows)
        .with_n_threads(1)
        .with_n_threads_batch(1);
    let mut context = model.new_context(&backend, parameters)?;
    work(&mut context, &mut LlamaBatch::new(usize::try_from(rows)?, 1))
}

fn read(context: &mut LlamaContext<'_>, batch: &mut LlamaBatch<'_>, tokens: i32, rows: u32) -> Result<()> {
    let positions: Vec<i32> = (0..tokens).collect();
    for chunk in positions.chunks(usize::try_from(rows)?) {
        batch.clear();
        for &position in chunk {
            batch.add(LlamaToken(1000 + position * 7), position, &[0], position + 1 == tokens)?;
        }
        context.decode(batch)?;
    }
    Ok(())
}

fn likeliest(logits: &[f32]) -> LlamaToken {
    let best = (0..).zip(logits).max_by(|a, b| a.1.total_cmp(b.1));
    LlamaToken(best.map_or(0, |(token, _)| token))
}

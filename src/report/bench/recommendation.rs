//! What fits a machine, as text: what to use or to try first, then every model with what is measured and what is guessed.

use super::rows::{NONE, milliseconds};
use super::table::{Table, aligned};
use crate::bench::{CandidateState, Held, Known, Recommendation};
use crate::number::real;
use crate::report::formatting::Lines;

/// A recommendation as text.
pub(crate) fn recommendation_text(found: &Recommendation) -> String {
    let mut lines = Lines::default();
    lines.folded(&answer(found));
    lines.blank();
    lines.folded(&format!("  {}", machine(found)));
    lines.blank();
    let rows = found.models.iter().map(row).collect();
    let columns = vec!["models", "file", "memory", "a record", "κ", "here", "fits"];
    aligned(&mut lines, &Table { title: "models", columns, rows, notes: notes(found) });
    lines.text
}

fn answer(found: &Recommendation) -> String {
    let Some(chosen) = found.chosen() else {
        return "no model that evenhand knows fits these limits".to_owned();
    };
    let memory = format!("{} of memory ({})", gigabytes(chosen.memory_bytes.value), how(chosen.memory_bytes));
    let time = chosen.time_ms.map_or_else(
        || "its time is not known".to_owned(),
        |time| format!("{} a record ({})", milliseconds(time.value), how(time)),
    );
    match chosen.kappa {
        Some(kappa) => format!("use {}: κ {kappa:.2}, {memory}, {time}", chosen.model),
        None => format!("try {} first: the largest that fits; {memory}, {time}", chosen.model),
    }
}

fn how(known: Known) -> &'static str {
    if known.is_measured { "measured" } else { "a guess" }
}

fn machine(found: &Recommendation) -> String {
    let memory = found.machine.memory_bytes.map_or_else(String::new, |bytes| {
        let free =
            found.free_bytes.map_or_else(String::new, |free| format!(", {} free now", gigabytes(real(free))));
        format!("{} of memory{free}, ", gigabytes(real(bytes)))
    });
    let limit = found.wishes.memory_bytes.map_or_else(String::new, |bytes| {
        let whose =
            if found.wishes.is_memory_stated { "--memory" } else { "what is free; --memory says otherwise" };
        format!(" Most memory: {} ({whose}).", gigabytes(real(bytes)))
    });
    let time = found
        .wishes
        .time_ms
        .map_or_else(String::new, |ms| format!(" Longest time of a record: {} (--time).", milliseconds(ms)));
    format!("This machine has {memory}{} processors.{limit}{time}", found.machine.processors)
}

fn row(held: &Held) -> Vec<String> {
    let mark = |known: Known, text: String| if known.is_measured { text } else { format!("~{text}") };
    let place = match held.state {
        CandidateState::Here => "yes",
        CandidateState::NotFetched => "no",
        CandidateState::AtServer => "server",
    };
    let fits = match (held.fits_memory, held.fits_time) {
        (false, Some(false)) => "neither",
        (false, _) => "no memory",
        (true, Some(false)) => "too slow",
        (true, _) => "yes",
    };
    vec![
        held.model.clone(),
        gigabytes(real(held.file_bytes)),
        mark(held.memory_bytes, gigabytes(held.memory_bytes.value)),
        held.time_ms.map_or_else(|| NONE.to_owned(), |time| mark(time, milliseconds(time.value))),
        held.kappa.map_or_else(|| NONE.to_owned(), |kappa| format!("{kappa:.2}")),
        place.to_owned(),
        fits.to_owned(),
    ]
}

fn notes(found: &Recommendation) -> Vec<String> {
    let mut notes = vec![
        "~: a guess. Memory by the size of the file; time by that of the measured model nearest in size. The rest is \
         measured by benches on this machine."
            .to_owned(),
    ];
    let fit: Vec<&Held> = found.models.iter().filter(|held| held.fits() && held.kappa.is_none()).collect();
    if !fit.is_empty() {
        let names = |of: &[&Held]| of.iter().map(|held| held.model.as_str()).collect::<Vec<&str>>().join(",");
        let here: Vec<&Held> =
            fit.iter().copied().filter(|held| held.state != CandidateState::NotFetched).collect();
        let to_measure = if here.is_empty() {
            names(fit.get(fit.len().saturating_sub(2)..).unwrap_or_default())
        } else {
            names(&here)
        };
        let suite = found.wishes.suite.as_deref().unwrap_or("SUITE");
        notes.push(format!(
            "Sizes do not say how well a model judges. Measure it on your labels: evenhand bench {suite} --models \
             {to_measure}"
        ));
    }
    let warnings = found.models.iter().filter_map(|held| Some((held, held.note.as_ref()?)));
    let warnings = warnings.filter(|(held, note)| held.fits() && !note.starts_with("not measured"));
    notes.extend(warnings.map(|(held, note)| format!("{}: {note}", held.model)));
    notes
}

fn gigabytes(bytes: f64) -> String {
    format!("{:.1} GB", bytes / 1e9)
}

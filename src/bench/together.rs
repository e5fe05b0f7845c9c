//! Which models of one server were seen in its memory together, and which let another go.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::line::{Line, Loaded};

/// Two models of one server.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Together {
    /// Their cells' names.
    pub(crate) cells: [String; 2],
    /// Whether both were seen in memory at the same time; else loading one let the other go.
    pub(crate) fit: bool,
    /// The least share of each that was seen on a graphics processor while both were there, from 0 to 1; none where the
    /// server does not tell it, or where they were not there together.
    pub(crate) on_gpu: Option<[f64; 2]>,
}

/// What is known of a model.
struct Seen<'l> {
    cell: &'l str,
    states: Vec<&'l Loaded>,
}

/// Every two models of one server that were both loaded.
pub(super) fn together(lines: &[Line]) -> Vec<Together> {
    let mut models: BTreeMap<(&str, &str), Seen<'_>> = BTreeMap::new();
    for line in lines {
        let Some(loaded) = &line.loaded else { continue };
        if let (Some(server), Some(name)) = (&loaded.server, &loaded.name) {
            let seen = models.entry((server, name));
            seen.or_insert_with(|| Seen { cell: &line.cell, states: Vec::new() }).states.push(loaded);
        }
    }
    let mut pairs = Vec::new();
    for (place, (one, first)) in models.iter().enumerate() {
        for (other, second) in models.iter().skip(place + 1) {
            if one.0 == other.0 {
                pairs.push(pair((one.1, first), (other.1, second)));
            }
        }
    }
    pairs
}

fn pair((one, first): (&str, &Seen<'_>), (other, second): (&str, &Seen<'_>)) -> Together {
    let beside = |seen: &Seen<'_>, name: &str| {
        let with = |loaded: &&&Loaded| loaded.beside.iter().flatten().any(|beside| beside == name);
        seen.states.iter().filter(with).map(|loaded| share(loaded)).collect::<Vec<Option<f64>>>()
    };
    let (of_first, of_second) = (beside(first, other), beside(second, one));
    let least = |shares: &[Option<f64>]| shares.iter().copied().flatten().min_by(f64::total_cmp);
    Together {
        cells: [first.cell.to_owned(), second.cell.to_owned()],
        fit: !of_first.is_empty() || !of_second.is_empty(),
        on_gpu: least(&of_first).zip(least(&of_second)).map(|(first, second)| [first, second]),
    }
}

fn share(loaded: &Loaded) -> Option<f64> {
    let (all, there) = loaded.bytes.zip(loaded.gpu_bytes)?;
    (all > 0).then(|| crate::number::real(there) / crate::number::real(all))
}

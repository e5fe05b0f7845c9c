//! Measurements of several files as one bench.

use super::cell::{CellFigures, Volume};
use super::choice::Limits;
use super::import::{Part, meta_of};
use super::meta::Meta;
use super::summary::Bench;

impl Bench {
    /// From measurements of several files.
    ///
    /// # Errors
    /// Two of them are of different records: why, in words.
    pub(crate) fn side_by_side(parts: Vec<Part>, limits: Limits, volume: Volume) -> Result<Self, String> {
        let (mut whole, mut cells): (Option<Meta>, Vec<CellFigures>) = (None, Vec::new());
        for part in parts {
            let figures = match part {
                Part::Other(figures) => figures,
                Part::Own { file, meta, lines } => {
                    let meta = meta.map_or_else(|| meta_of(&lines, &file), |meta| *meta);
                    if let Some(before) = whole.as_ref().filter(|before| !before.may_stand_beside(&meta)) {
                        return Err(format!(
                            "{file} has other records than the file before it ({} and {}): their quality cannot be \
                             compared",
                            meta.suite, before.suite
                        ));
                    }
                    let figures = Self::cells(&meta, &lines, &volume);
                    whole = Some(whole.unwrap_or(meta));
                    figures
                }
            };
            for mut one in figures {
                one.meta.name = unlike(&one.meta.name, &cells);
                cells.push(one);
            }
        }
        let mut meta = whole.unwrap_or_else(|| meta_of(&[], "measurements of other tools"));
        meta.cells = cells.iter().map(|cell| cell.meta.clone()).collect();
        Ok(Self::of_cells(meta, cells, limits, volume))
    }
}

/// A name that no cell has yet.
fn unlike(name: &str, cells: &[CellFigures]) -> String {
    let is_taken = |name: &str| cells.iter().any(|cell| cell.meta.name == name);
    if !is_taken(name) {
        return name.to_owned();
    }
    let numbered = |number: usize| format!("{name} ({number})");
    (2..=cells.len() + 2).map(numbered).find(|name| !is_taken(name)).unwrap_or_default()
}

//! `evenhand explain`: the words of a report.

use super::print;
use crate::error::{Error, ErrorKind, Result};
use crate::report::{WORDS, explained};
use crate::suite::Exit;

/// One word, or all of them.
pub(super) fn explain(word: Option<&str>) -> Result<Exit> {
    let Some(asked) = word else {
        for word in WORDS {
            print(&format!("{:<15} {}\n", word.name, word.shown))?;
        }
        return Ok(Exit::Success);
    };
    let Some(word) = explained(asked) else {
        let names: Vec<&str> = WORDS.iter().map(|word| word.name).collect();
        return Err(Error::new(ErrorKind::Usage, format!("{asked:?} is not explained"))
            .help(format!("these are: {}", names.join(", "))));
    };
    print(&format!("{}: {}\n", word.shown, word.meaning))?;
    Ok(Exit::Success)
}

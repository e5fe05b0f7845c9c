//! An assertion that does not hold.

use std::fmt;

use crate::error::Error;
use crate::golden::Checked;
use crate::report::Detail;

/// An assertion that does not hold.
#[derive(Debug)]
#[non_exhaustive]
pub enum Broken {
    /// Nothing was judged: an empty run is not a success.
    Nothing,
    /// Two outputs have this id.
    Twice(String),
    /// There is no golden file, or it cannot be used, or it was locked with another judge setup.
    Golden(Error),
    /// The scores are worse, too few were judged, or it cannot be told.
    Quality {
        /// Everything that was compared.
        checked: Box<Checked>,
        /// How many changed scores wait for `evenhand golden review`.
        waiting: usize,
    },
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self::Golden(error)
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing was judged: an empty run is not a success"),
            Self::Twice(id) => write!(f, "two outputs have the id {id:?}"),
            Self::Golden(error) => write!(f, "{error:#}"),
            Self::Quality { checked, waiting } => {
                f.write_str(&checked.text(Detail::Figures))?;
                if *waiting > 0 {
                    write!(
                        f,
                        "\n{waiting} changed scores to decide about: evenhand golden review {}",
                        checked.suite
                    )?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for Broken {}

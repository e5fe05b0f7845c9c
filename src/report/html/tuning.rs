//! A tuning as a page.

use serde::Serialize;

use super::page::{Page, scripts};
use crate::error::Result;
use crate::optimizer::TunePage;
use crate::report::advice::Advice;
use crate::report::tuning::ranked;
use crate::report::tuning_words::{headline, tone};

const SCRIPT: &str = scripts!("tuning.js");

/// What the page reads.
#[derive(Serialize)]
struct Data<'a> {
    page: &'a TunePage,
    /// What candidates are ranked by, in words.
    objective: &'a str,
    /// The answer, and how it is to be taken.
    headline: String,
    tone: &'static str,
    advice: &'a Advice,
    /// The candidates by their places, the best first.
    order: Vec<usize>,
    /// The winner's prompt beside the baseline's.
    difference: Option<&'a str>,
}

impl TunePage {
    /// A tuning as one page that needs nothing else. `difference` is the winner's prompt beside the baseline's, :
    /// `prompt.diff` of the tuning's folder. `advice` is what to do.
    ///
    /// # Errors
    /// A fault of evenhand's own.
    pub(crate) fn html(&self, difference: Option<&str>, advice: &Advice) -> Result<String> {
        let data = Data {
            page: self,
            objective: self.objective.name(),
            headline: headline(self),
            tone: tone(self),
            advice,
            order: ranked(self).into_iter().map(|(place, _)| place).collect(),
            difference,
        };
        Page::whole(&format!("{}, tuned", self.suite), SCRIPT, &data)
    }
}

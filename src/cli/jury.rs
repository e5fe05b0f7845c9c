//! `evenhand jury`: runs that are over, combined into a jury.

use super::args::{Global, JuryArgs};
use super::{print, print_report};
use crate::error::Result;
use crate::report::{jury_answer, jury_line};
use crate::suite::config::load;
use crate::suite::jury::jury as jury_of;
use crate::suite::next_steps::after_jury;
use crate::suite::{Exit, JuryRequest};

pub(super) fn jury(global: &Global, args: &JuryArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let request = JuryRequest {
        runs: args.runs.clone(),
        members: args.members.clone(),
        rule: args.vote,
        quorum: args.quorum,
    };
    let page = jury_of(&config, &request)?;
    let advice = after_jury(&config, &page);
    args.files.write(|| jury_answer(&page, &advice))?;
    if args.json {
        print(&format!("{}\n", jury_line(&page)))?;
    } else {
        print_report(&format!("{}\n{}", page.text(global.detail()), advice.text()))?;
    }
    Ok(Exit::Success)
}

//! `evenhand report`: a run that is over, in other forms.

use super::args::{Global, ReportArgs};
use super::print;
use super::report_files::ReportFiles;
use crate::error::Result;
use crate::report::summary_text;
use crate::suite::Exit;
use crate::suite::config::load_or_default;
use crate::suite::finished::{Finished, folders};

pub(super) fn report(global: &Global, args: &ReportArgs) -> Result<Exit> {
    let config = load_or_default(&global.folders())?;
    let folders = folders(&config, &args.runs)?;
    let json_report = args.json.clone().or_else(|| args.files.json_report.clone());
    let files = ReportFiles { json_report, ..args.files.clone() };
    if files.any() {
        files.write(&config, &folders)?;
        return Ok(Exit::Success);
    }
    for folder in &folders {
        let run = Finished::open(folder, &config)?;
        print(&format!("\n{}\n", summary_text(&run.file.summary)))?;
        eprintln!("journal: {}", folder.join("journal.jsonl").display());
    }
    Ok(Exit::Success)
}

